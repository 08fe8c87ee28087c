/* What R calls. Arguments come checked from R/: doubles where numbers are wanted, character vectors for names. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "session.h"

#include <R_ext/Rdynload.h>

static SEXP item(SEXP list, const char *name)
{
    SEXP names = Rf_getAttrib(list, R_NamesSymbol);
    for (R_xlen_t i = 0; i < XLENGTH(list); i++)
        if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0)
            return VECTOR_ELT(list, i);
    return R_NilValue;
}

static double number(SEXP list, const char *name)
{
    return Rf_asReal(item(list, name));
}

static size_t whole(SEXP list, const char *name)
{
    return (size_t)number(list, name);
}

/* ---- Data: list(values | start, index, values; rows, columns) from R/data.R ---- */

/* A source over the numbers of R, which stay where they are: the list must live as long. */
static unmix_status open_source(session *s, SEXP data, const char *name)
{
    SEXP values = item(data, "values"), start = item(data, "start");
    const unmix_arrays arrays = {.name = name,
                                 .genes = (size_t)XLENGTH(item(data, "rows")),
                                 .columns = (size_t)XLENGTH(item(data, "columns")),
                                 .gene_names = texts_of(item(data, "rows")),
                                 .column_names = texts_of(item(data, "columns")),
                                 .type = UNMIX_NUMBER_DOUBLE,
                                 .values = REAL(values),
                                 .stored = (size_t)XLENGTH(values)};
    if (Rf_isNull(start))
        return unmix_source_from_dense(s->cx, &arrays, 1, arrays.genes, &s->source);
    return unmix_source_from_csc(s->cx, &arrays, UNMIX_NUMBER_INT32, INTEGER(start), INTEGER(item(data, "index")),
                                 &s->source);
}

/* R's columns, one after another, as rows. */
static unmix_status make_matrix(session *s, SEXP data, unmix_matrix **matrix)
{
    const size_t rows = (size_t)XLENGTH(item(data, "rows")), columns = (size_t)XLENGTH(item(data, "columns"));
    const double *from = REAL(item(data, "values"));
    double *values = (double *)R_alloc(rows * columns + 1, sizeof *values);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            values[r * columns + c] = from[c * rows + r];
    return unmix_matrix_new(s->cx, rows, columns, texts_of(item(data, "rows")), texts_of(item(data, "columns")), values,
                            matrix);
}

static const double *numbers_or_null(SEXP values)
{
    return Rf_isNull(values) ? NULL : REAL(values);
}

/* ---- deconvolve ---- */

static void read_options(session *s, SEXP o, unmix_deconvolve_options *options)
{
    unmix_deconvolve_options_init(options);
    options->method = unmix_method_named(CHAR(STRING_ELT(item(o, "method"), 0)))->method;
    options->m_step = (unmix_m_step)whole(o, "m_step");
    options->stop = (unmix_stop)whole(o, "stop");
    options->units = (unmix_signature_units)whole(o, "signature_units");
    options->bulk_units = (unmix_bulk_units)whole(o, "bulk_units");
    options->scale = (unmix_bulk_scale)whole(o, "scale");
    options->duplicates = (unmix_duplicates)whole(o, "duplicates");
    options->intercept = (int)number(o, "intercept");
    options->drop_empty = (int)number(o, "drop_empty");
    options->errors = (int)number(o, "errors");
    options->intervals = (unmix_intervals)whole(o, "intervals");
    options->bootstrap = whole(o, "bootstrap");
    options->permutations = whole(o, "permutations");
    options->predicted = 1;
    options->memory = SIZE_MAX; /* predicted counts become a matrix of R */
    options->signature_scale = (unmix_signature_scale)whole(o, "signature_scale");
    options->gene_weighting = (unmix_gene_weighting)whole(o, "gene_weighting");
    options->cell_size = s->cell_size;
    options->profiles = s->profiles;
    options->insert_size = number(o, "insert_size");
    options->tolerance = number(o, "tolerance");
    options->max_iterations = (long)number(o, "max_iterations");
    options->l1 = number(o, "l1");
    options->l2 = number(o, "l2");
    options->learning_rate = number(o, "learning_rate");
    options->start_exposure = number(o, "start_exposure");
    options->seed = (uint64_t)number(o, "seed");
}

static unmix_status run_deconvolve(session *s, SEXP signatures, SEXP bulk, SEXP info, SEXP o)
{
    unmix_deconvolve_options options;
    SEXP cell_size = item(o, "cell_size"), profiles = item(o, "profiles");
    unmix_status status = unmix_device_open(s->cx, CHAR(STRING_ELT(item(o, "device"), 0)),
                                            number(o, "double") != 0 ? UNMIX_DOUBLE : UNMIX_SINGLE, &s->device);
    if (status == UNMIX_OK)
        status = make_matrix(s, signatures, &s->signatures);
    if (status == UNMIX_OK)
        status = open_source(s, bulk, "bulk_counts");
    if (status == UNMIX_OK && !Rf_isNull(cell_size))
        status = make_matrix(s, cell_size, &s->cell_size);
    if (status == UNMIX_OK && !Rf_isNull(profiles))
        status = make_matrix(s, profiles, &s->profiles);
    if (status == UNMIX_OK && !Rf_isNull(info))
        status = unmix_gene_info_new(s->cx, (size_t)XLENGTH(item(info, "genes")), texts_of(item(info, "genes")),
                                     numbers_or_null(item(info, "lengths")), numbers_or_null(item(info, "weights")),
                                     &s->info);
    read_options(s, o, &options);
    if (status == UNMIX_OK)
        status = unmix_deconvolve(s->cx, s->device, s->signatures, s->source, s->info, &options, &s->result);
    unmix_log_level level;
    const char *text;
    for (size_t i = 0; status == UNMIX_OK && (text = unmix_result_remark(s->result, i, &level)) != NULL; i++)
        session_note(s, level, text);
    return status;
}

static SEXP summary_of(const unmix_summary *summary)
{
    const struct {
        const char *name;
        double value;
    } items[] = {{"bulk_units", (double)summary->bulk_units},
                 {"signature_scale", (double)summary->signature_scale},
                 {"samples", (double)summary->samples},     {"good", (double)summary->good},
                 {"doubtful", (double)summary->doubtful},   {"poor", (double)summary->poor},
                 {"inseparable", (double)summary->inseparable},
                 {"genes", (double)summary->genes},         {"genes_used", (double)summary->genes_used},
                 {"converged", (double)summary->converged}, {"certified", (double)summary->certified},
                 {"largest_gap", summary->largest_gap},     {"r2", summary->r2},
                 {"deviance_r2", summary->deviance_r2},     {"mape", summary->mape},
                 {"gene_correlation", summary->gene_correlation}};
    const int count = (int)(sizeof items / sizeof items[0]);
    SEXP list = PROTECT(Rf_allocVector(VECSXP, count));
    Rf_setAttrib(list, R_NamesSymbol, Rf_allocVector(STRSXP, count));
    for (int i = 0; i < count; i++)
        set_item(list, i, items[i].name, Rf_ScalarReal(items[i].value));
    UNPROTECT(1);
    return list;
}

static const char *fit_of(const unmix_result *result, size_t sample)
{
    return unmix_fit_name(unmix_result_fit(result, sample, NULL));
}

static const char *reasons_of(const unmix_result *result, size_t sample)
{
    const char *reasons;
    (void)unmix_result_fit(result, sample, &reasons);
    return reasons;
}

/* What a function says of each sample. */
static SEXP words_of(const unmix_result *result, const char *(*word)(const unmix_result *, size_t))
{
    const size_t samples = unmix_result_summary(result)->samples;
    SEXP words = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)samples));
    for (size_t i = 0; i < samples; i++)
        SET_STRING_ELT(words, (R_xlen_t)i, Rf_mkCharCE(word(result, i), CE_UTF8));
    UNPROTECT(1);
    return words;
}

static SEXP p_values_of(const unmix_result *result)
{
    const size_t samples = unmix_result_summary(result)->samples;
    SEXP p = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)samples));
    for (size_t i = 0; i < samples; i++)
        REAL(p)[i] = unmix_result_p_value(result, i);
    UNPROTECT(1);
    return p;
}

static SEXP frames_of(const unmix_result *result)
{
    static const char *const names[] = {"exposures",       "predicted",     "proportions", "proportions_with_intercept",
                                        "standard_errors", "lower", "upper", "bootstrap_low", "bootstrap_high", "metrics"};
    const int count = (int)(sizeof names / sizeof names[0]);
    SEXP list = PROTECT(Rf_allocVector(VECSXP, count + 5));
    Rf_setAttrib(list, R_NamesSymbol, Rf_allocVector(STRSXP, count + 5));
    for (int i = 0; i < count; i++)
        set_item(list, i, names[i], turned_matrix(unmix_result_matrix(result, names[i])));
    set_item(list, count, "summary", summary_of(unmix_result_summary(result)));
    set_item(list, count + 1, "fit", words_of(result, fit_of));
    set_item(list, count + 2, "fit_reasons", words_of(result, reasons_of));
    set_item(list, count + 3, "inseparable", words_of(result, unmix_result_inseparable));
    set_item(list, count + 4, "p_value", p_values_of(result));
    UNPROTECT(1);
    return list;
}

static SEXP deconvolve(SEXP signatures, SEXP bulk, SEXP info, SEXP options)
{
    session *s = session_begin();
    const unmix_status status = run_deconvolve(s, signatures, bulk, info, options);
    SEXP value = status == UNMIX_OK ? frames_of(s->result) : R_NilValue;
    return session_end(s, status, value);
}

/* ---- signatures ---- */

/* Levels and codes of a factor: R counts from 1, NA is no label. */
static unmix_cell_labels labels_of(SEXP levels, SEXP codes)
{
    const R_xlen_t count = XLENGTH(codes);
    int64_t *of_cell = (int64_t *)(void *)R_alloc((size_t)count + 1, sizeof *of_cell);
    for (R_xlen_t i = 0; i < count; i++)
        of_cell[i] = INTEGER(codes)[i] == NA_INTEGER ? -1 : INTEGER(codes)[i] - 1;
    return (unmix_cell_labels){(size_t)XLENGTH(levels), texts_of(levels), of_cell};
}

static unmix_status run_signatures(session *s, SEXP cells, SEXP types, SEXP of_cell, SEXP drop, SEXP o)
{
    unmix_signature_options options;
    unmix_signature_options_init(&options);
    options.drop = texts_of(drop);
    options.n_drop = (size_t)XLENGTH(drop);
    options.scale = (unmix_cell_scale)whole(o, "scale");
    options.read.duplicates = (unmix_duplicates)whole(o, "duplicates");
    const unmix_cell_labels labels = labels_of(types, of_cell);
    unmix_status status = open_source(s, cells, "cells");
    if (status == UNMIX_OK)
        status = unmix_signatures_of(s->cx, s->source, &labels, &options, &s->signatures);
    return status;
}

/* Types x genes; R turns them. */
static SEXP signatures(SEXP cells, SEXP types, SEXP of_cell, SEXP drop, SEXP options)
{
    session *s = session_begin();
    const unmix_status status = run_signatures(s, cells, types, of_cell, drop, options);
    SEXP value = status == UNMIX_OK ? turned_matrix(s->signatures) : R_NilValue;
    return session_end(s, status, value);
}

/* ---- devices ---- */

static SEXP texts(const unmix_device_info *list, size_t count, size_t offset)
{
    SEXP column = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)count));
    for (size_t i = 0; i < count; i++)
        SET_STRING_ELT(column, (R_xlen_t)i, Rf_mkCharCE((const char *)&list[i] + offset, CE_UTF8));
    UNPROTECT(1);
    return column;
}

static SEXP device_columns(const unmix_device_info *list, size_t count)
{
    static const struct {
        const char *name;
        size_t offset;
    } columns[] = {{"selector", offsetof(unmix_device_info, selector)}, {"name", offsetof(unmix_device_info, name)},
                   {"platform", offsetof(unmix_device_info, platform)}, {"vendor", offsetof(unmix_device_info, vendor)},
                   {"driver", offsetof(unmix_device_info, driver)},     {"version", offsetof(unmix_device_info, version)}};
    const int texts_count = (int)(sizeof columns / sizeof columns[0]);
    SEXP frame = PROTECT(Rf_allocVector(VECSXP, texts_count + 4));
    Rf_setAttrib(frame, R_NamesSymbol, Rf_allocVector(STRSXP, texts_count + 4));
    for (int i = 0; i < texts_count; i++)
        set_item(frame, i, columns[i].name, texts(list, count, columns[i].offset));
    SEXP kind = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)count));
    SEXP has_double = PROTECT(Rf_allocVector(LGLSXP, (R_xlen_t)count));
    SEXP units = PROTECT(Rf_allocVector(INTSXP, (R_xlen_t)count));
    SEXP bytes = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)count));
    static const char *const kinds[] = {
        [UNMIX_DEVICE_CPU] = "CPU", [UNMIX_DEVICE_GPU] = "GPU", [UNMIX_DEVICE_OTHER] = "other"};
    for (size_t i = 0; i < count; i++) {
        SET_STRING_ELT(kind, (R_xlen_t)i, Rf_mkChar(kinds[list[i].kind]));
        LOGICAL(has_double)[i] = list[i].has_double != 0;
        INTEGER(units)[i] = (int)list[i].compute_units;
        REAL(bytes)[i] = (double)list[i].memory_bytes;
    }
    set_item(frame, texts_count, "kind", kind);
    set_item(frame, texts_count + 1, "double", has_double);
    set_item(frame, texts_count + 2, "compute_units", units);
    set_item(frame, texts_count + 3, "memory_bytes", bytes);
    UNPROTECT(5);
    return frame;
}

static SEXP devices(void)
{
    session *s = session_begin();
    size_t count = 0;
    const unmix_status status = unmix_device_list(s->cx, &s->devices, &count);
    SEXP value = status == UNMIX_OK ? device_columns(s->devices, count) : R_NilValue;
    return session_end(s, status, value);
}

/* ---- methods ---- */

/* Those that give what deconvolve_bulk() hands on: with standard errors, from signatures. */
static SEXP methods(void)
{
    R_xlen_t n = 0;
    SEXP names = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)unmix_method_count()));
    for (size_t i = 0; i < unmix_method_count(); i++) {
        const unmix_method_traits *method = unmix_method_info((unmix_method)i);
        if (method->errors && !method->needs_reference)
            SET_STRING_ELT(names, n++, Rf_mkChar(method->name));
    }
    names = PROTECT(Rf_lengthgets(names, n));
    UNPROTECT(2);
    return names;
}

/* ---- Registration ---- */

static const R_CallMethodDef calls[] = {
    {"deconvolve", (DL_FUNC)&deconvolve, 4},
    {"signatures", (DL_FUNC)&signatures, 5},
    {"devices", (DL_FUNC)&devices, 0},
    {"methods", (DL_FUNC)&methods, 0},
    {NULL, NULL, 0},
};

void R_init_unmix(DllInfo *info);

void R_init_unmix(DllInfo *info)
{
    R_registerRoutines(info, NULL, calls, NULL, NULL);
    R_useDynamicSymbols(info, FALSE);
    R_forceSymbols(info, TRUE);
}
