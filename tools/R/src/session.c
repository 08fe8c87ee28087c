#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void clear(session *s)
{
    unmix_result_free(s->result);
    unmix_gene_info_free(s->info);
    unmix_source_close(s->source);
    unmix_matrix_free(s->signatures);
    unmix_matrix_free(s->cell_size);
    unmix_matrix_free(s->profiles);
    unmix_device_list_free(s->devices);
    unmix_device_close(s->device);
    unmix_context_free(s->cx);
    for (size_t i = 0; i < s->n_notes; i++)
        free(s->note[i]);
    free(s->note);
    free(s);
}

static void collect(SEXP pointer)
{
    session *s = R_ExternalPtrAddr(pointer);
    if (s)
        clear(s);
    R_ClearExternalPtr(pointer);
}

/* ---- Callbacks: they must not leave by an R error ---- */

void session_note(session *s, unmix_log_level level, const char *message)
{
    if (s->n_notes == s->notes_capacity) {
        const size_t capacity = s->notes_capacity ? 2 * s->notes_capacity : 16;
        char **more = realloc(s->note, capacity * sizeof *more);
        if (!more)
            return;
        s->note = more;
        s->notes_capacity = capacity;
    }
    const size_t size = strlen(message) + 2;
    char *copy = malloc(size);
    if (!copy)
        return;
    (void)snprintf(copy, size, "%d%s", (int)level, message);
    s->note[s->n_notes++] = copy;
}

static void keep_note(void *payload, unmix_log_level level, const char *message)
{
    session_note(payload, level, message);
}

static void look_for_interrupt(void *unused)
{
    (void)unused;
    R_CheckUserInterrupt();
}

static int progress(void *payload, const char *stage, double fraction)
{
    session *s = payload;
    (void)stage;
    (void)fraction;
    if (!s->interrupted)
        s->interrupted = !R_ToplevelExec(look_for_interrupt, NULL);
    return s->interrupted;
}

/* ---- Begin and end ---- */

session *session_begin(void)
{
    SEXP pointer = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
    R_RegisterCFinalizerEx(pointer, collect, TRUE);
    session *s = calloc(1, sizeof *s);
    if (!s)
        Rf_error("out of memory");
    R_SetExternalPtrAddr(pointer, s);
    s->pointer = pointer;
    s->cx = unmix_context_new();
    if (!s->cx)
        Rf_error("out of memory");
    unmix_set_log(s->cx, keep_note, s);
    unmix_set_progress(s->cx, progress, s);
    return s;
}

static const char *word_of(const session *s, unmix_status status)
{
    if (s->interrupted)
        return "interrupted";
    switch (status) {
    case UNMIX_OK: return "ok";
    case UNMIX_ERROR_ARGUMENT: return "argument";
    case UNMIX_ERROR_INPUT: return "input";
    case UNMIX_ERROR_NO_DEVICE:
    case UNMIX_ERROR_WRONG_DEVICE:
    case UNMIX_ERROR_DEVICE: return "device";
    case UNMIX_ERROR_MEMORY: return "memory";
    default: return "internal";
    }
}

static SEXP utf8(const char *text)
{
    return Rf_mkCharCE(text, CE_UTF8);
}

SEXP session_end(session *s, unmix_status status, SEXP value)
{
    PROTECT(value);
    SEXP list = PROTECT(Rf_allocVector(VECSXP, 4));
    Rf_setAttrib(list, R_NamesSymbol, Rf_allocVector(STRSXP, 4));
    SEXP notes = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)s->n_notes));
    for (size_t i = 0; i < s->n_notes; i++)
        SET_STRING_ELT(notes, (R_xlen_t)i, utf8(s->note[i]));
    set_item(list, 0, "status", PROTECT(Rf_mkString(word_of(s, status))));
    set_item(list, 1, "message", PROTECT(Rf_ScalarString(utf8(unmix_error_message(s->cx)))));
    set_item(list, 2, "notes", notes);
    set_item(list, 3, "value", value);
    collect(s->pointer);
    UNPROTECT(6); /* the five above, and that of session_begin() */
    return list;
}

/* ---- Values ---- */

const char **texts_of(SEXP names)
{
    if (Rf_isNull(names))
        return NULL;
    const R_xlen_t count = XLENGTH(names);
    const char **texts = (const char **)R_alloc((size_t)count + 1, sizeof *texts);
    for (R_xlen_t i = 0; i < count; i++)
        texts[i] = STRING_ELT(names, i) == NA_STRING ? "" : Rf_translateCharUTF8(STRING_ELT(names, i));
    return texts;
}

void set_item(SEXP list, int i, const char *name, SEXP value)
{
    SET_VECTOR_ELT(list, i, value);
    SET_STRING_ELT(Rf_getAttrib(list, R_NamesSymbol), i, Rf_mkChar(name));
}

/* Samples x types by rows is types x samples by columns, as R stores it. */
SEXP turned_matrix(const unmix_matrix *matrix)
{
    if (!matrix)
        return R_NilValue;
    const size_t rows = unmix_matrix_rows(matrix), columns = unmix_matrix_columns(matrix);
    SEXP turned = PROTECT(Rf_allocMatrix(REALSXP, (int)columns, (int)rows));
    if (rows && columns)
        memcpy(REAL(turned), unmix_matrix_values(matrix), rows * columns * sizeof(double));
    SEXP names = PROTECT(Rf_allocVector(VECSXP, 2));
    SET_VECTOR_ELT(names, 0, Rf_allocVector(STRSXP, (R_xlen_t)columns));
    SET_VECTOR_ELT(names, 1, Rf_allocVector(STRSXP, (R_xlen_t)rows));
    for (size_t i = 0; i < columns; i++)
        SET_STRING_ELT(VECTOR_ELT(names, 0), (R_xlen_t)i, utf8(unmix_matrix_column_name(matrix, i)));
    for (size_t i = 0; i < rows; i++)
        SET_STRING_ELT(VECTOR_ELT(names, 1), (R_xlen_t)i, utf8(unmix_matrix_row_name(matrix, i)));
    Rf_setAttrib(turned, R_DimNamesSymbol, names);
    UNPROTECT(2);
    return turned;
}
