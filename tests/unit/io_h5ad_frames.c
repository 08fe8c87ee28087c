/* Names, labels and obsm of AnnData files in every encoding, built by hand. */
#include <math.h>

#include "core/source.h"
#include "io/anndata/h5ad.h"
#include "unit/io_h5ad_build.h"

/* ---- Names of genes beside the index ---- */

/* Symbols as text, ids as categories; neither numbers, flags, nor kinds that few share. */
static const char *build_gene_names(void)
{
    static const char *const symbols[BUILD_VAR] = {"A", "B", "C", ""}, *const ids[3] = {"I1", "I2", "I3"};
    const char *path = build_path("genes.h5ad");
    const hid_t file = build_file(path);
    H5Gclose(build_frame(file, "obs", BUILD_OBS, build_obs));
    const hid_t var = build_frame(file, "var", BUILD_VAR, build_var);
    build_strings(var, "feature_name", BUILD_VAR, symbols, 0);
    build_doubles(var, "mean", H5T_NATIVE_DOUBLE, BUILD_VAR, (const double[]){1.5, 2.5, 3.5, 4.5});
    build_booleans(var, "variable", BUILD_VAR, (const int8_t[]){0, 1, 0, 1});
    build_integers(var, "cells", H5T_STD_I64LE, BUILD_VAR, (const int64_t[]){1, 2, 3, 4});
    const char *const names[] = {"gene_ids", "genome"};
    for (size_t i = 0; i < 2; i++) {
        const hid_t group = build_group(var, names[i], "categorical");
        build_strings(group, "categories", i ? 1 : 3, ids, 0);
        build_integers(group, "codes", H5T_STD_I8LE, BUILD_VAR,
                       i ? (const int64_t[]){0, 0, 0, 0} : (const int64_t[]){2, 0, -1, 1});
        H5Gclose(group);
    }
    H5Gclose(var);
    build_csr(file, "X");
    H5Fclose(file);
    return path;
}

static void names_of_genes_beside_the_index(void **state)
{
    (void)state;
    const char *path = build_gene_names();
    unmix_context *cx = um_test_context();
    um_source source = {0};
    assert_ok(cx, um_h5ad_source_as(cx, path, &(const unmix_read_options){0}, &source));
    assert_int_equal(source.aliases->columns.count, 2);
    size_t ids = strcmp(um_name(&source.aliases->columns, 0), "gene_ids") ? 1 : 0;
    assert_string_equal(um_name(&source.aliases->columns, 1 - ids), "feature_name");
    assert_string_equal(um_name(&source.aliases->names[1 - ids], 2), "C");
    assert_string_equal(um_name(&source.aliases->names[ids], 0), "I3");
    assert_string_equal(um_name(&source.aliases->names[ids], 2), "");
    um_source_close(&source);
    assert_ok(cx, um_h5ad_source_as(cx, path, &(const unmix_read_options){.gene_column = "gene_ids"}, &source));
    assert_string_equal(um_name(source.rows, 3), "I2");
    assert_null(source.aliases);
    um_source_close(&source);
    assert_ok(cx, um_h5ad_source_as(cx, path, &(const unmix_read_options){.gene_column = "_index"}, &source));
    assert_string_equal(um_name(source.rows, 0), "GATA1");
    um_source_close(&source);
    assert_refused(cx, um_h5ad_source_as(cx, path, &(const unmix_read_options){.gene_column = "symbol"}, &source),
                   UNMIX_ERROR_INPUT, "'var' has no column 'symbol'; there are: ");
    unmix_context_free(cx);
    assert_nothing_open();
}

/* ---- The index ---- */

static void index_of_fixed_length(void **state)
{
    (void)state;
    const char *path = build_path("fixed.h5ad");
    const hid_t file = build_begin_var(path);
    const hid_t obs = build_group(file, "obs", "dataframe");
    build_attribute_sized(obs, "_index", "cells", 1);
    build_strings(obs, "cells", BUILD_OBS, build_obs, 2); /* as long as the names: no zero at their end */
    H5Gclose(obs);
    build_csr(file, "X");
    H5Fclose(file);
    assert_reads(path, NULL);
}

static void index_nullable(void **state)
{
    (void)state;
    const char *path = build_path("nullable.h5ad");
    const hid_t file = build_begin_var(path);
    const hid_t obs = build_group(file, "obs", "dataframe");
    build_attribute(obs, "_index", "_index");
    const hid_t index = build_group(obs, "_index", "nullable-string-array");
    build_strings(index, "values", BUILD_OBS, build_obs, 0);
    build_booleans(index, "mask", BUILD_OBS, (const int8_t[]){0, 0, 0});
    H5Gclose(index);
    H5Gclose(obs);
    build_csr(file, "X");
    H5Fclose(file);
    assert_reads(path, NULL);
}

static void index_categorical(void **state)
{
    (void)state;
    const char *path = build_path("catindex.h5ad");
    const hid_t file = build_begin_var(path);
    const hid_t obs = build_group(file, "obs", "dataframe");
    build_attribute(obs, "_index", "_index");
    const hid_t index = build_group(obs, "_index", "categorical");
    const char *const sorted[BUILD_OBS] = {"s3", "s1", "s2"};
    build_strings(index, "categories", BUILD_OBS, sorted, 0);
    build_integers(index, "codes", H5T_STD_I8LE, BUILD_OBS, (const int64_t[]){1, 2, 0});
    H5Gclose(index);
    H5Gclose(obs);
    build_csr(file, "X");
    H5Fclose(file);
    assert_reads(path, NULL);
}

static void index_of_integers(void **state)
{
    (void)state;
    const char *path = build_path("intindex.h5ad");
    const hid_t file = build_begin_var(path);
    const hid_t obs = build_group(file, "obs", NULL);
    build_attribute(obs, "_index", "_index");
    build_integers(obs, "_index", H5T_STD_I64LE, BUILD_OBS, (const int64_t[]){-1, 0, 9000000000});
    H5Gclose(obs);
    build_csr(file, "X");
    H5Fclose(file);
    unmix_context *cx = um_test_context();
    um_source source = {0};
    assert_ok(cx, um_h5ad_source(cx, path, NULL, &source));
    assert_string_equal(um_name(source.columns, 0), "-1");
    assert_string_equal(um_name(source.columns, 2), "9000000000");
    um_source_close(&source);
    unmix_context_free(cx);
}

/* obs as one dataset of records, as anndata wrote before 0.7: names, a categorical column and its codes. */
typedef struct record {
    char index[4];
    int8_t type;
    double depth;
} record;

static void build_records(hid_t file)
{
    const record records[BUILD_OBS] = {{"s1", 1, 7.0}, {"s2", 0, 8.0}, {"s3", -1, 9.0}};
    const hid_t text = build_text_type(4);
    const hid_t type = build_ok(H5Tcreate(H5T_COMPOUND, sizeof(record)));
    build_ok(H5Tinsert(type, "index", HOFFSET(record, index), text));
    build_ok(H5Tinsert(type, "type", HOFFSET(record, type), H5T_NATIVE_INT8));
    build_ok(H5Tinsert(type, "depth", HOFFSET(record, depth), H5T_NATIVE_DOUBLE));
    const hsize_t extent = BUILD_OBS;
    H5Dclose(build_dataset(file, "obs", type, 1, &extent, type, records, H5P_DEFAULT));
    H5Tclose(type);
    H5Tclose(text);
    const hid_t uns = build_group(file, "uns", NULL);
    const char *const categories[2] = {"B", "T"};
    build_strings(uns, "type_categories", 2, categories, 0);
    H5Gclose(uns);
}

static void legacy_records(void **state)
{
    (void)state;
    const char *path = build_path("records.h5ad");
    const hid_t file = build_begin_var(path);
    build_records(file);
    build_dense(file, "X", H5T_IEEE_F32LE, BUILD_OBS, BUILD_VAR, build_x);
    H5Fclose(file);
    assert_reads(path, NULL);
    unmix_context *cx = um_test_context();
    um_names levels = {0};
    int64_t *level = NULL;
    size_t n = 0;
    assert_ok(cx, um_h5ad_labels(cx, path, "type", &levels, &level, &n));
    assert_int_equal(n, BUILD_OBS);
    assert_string_equal(um_name(&levels, (size_t)level[0]), "T");
    assert_string_equal(um_name(&levels, (size_t)level[1]), "B");
    assert_int_equal(level[2], -1);
    free(level);
    um_names_clear(&levels);
    assert_refused(cx, um_h5ad_labels(cx, path, "celltype", &levels, &level, &n), UNMIX_ERROR_INPUT, "type, depth");
    assert_refused(cx, um_h5ad_labels(cx, path, "depth", &levels, &level, &n), UNMIX_ERROR_INPUT, "real numbers");
    unmix_context_free(cx);
    assert_nothing_open();
}

/* ---- Labels ---- */

/* Expects the labels in `want`, NULL for a missing one, and the levels in the order given. */
static void assert_labels(const char *path, const char *column, const char *const *want, size_t n_levels,
                          const char *const *want_levels)
{
    unmix_context *cx = um_test_context();
    um_names levels = {0};
    int64_t *level = NULL;
    size_t n = 0;
    assert_ok(cx, um_h5ad_labels(cx, path, column, &levels, &level, &n));
    assert_int_equal(n, BUILD_OBS);
    assert_int_equal(levels.count, n_levels);
    for (size_t i = 0; i < n_levels; i++)
        assert_string_equal(um_name(&levels, i), want_levels[i]);
    for (size_t i = 0; i < n; i++) {
        if (!want[i])
            assert_int_equal(level[i], -1);
        else
            assert_string_equal(um_name(&levels, (size_t)level[i]), want[i]);
    }
    free(level);
    um_names_clear(&levels);
    unmix_context_free(cx);
    assert_nothing_open();
}

static const char *const b_and_a[2] = {"b", "a"};

static void build_label_columns(hid_t obs)
{
    const char *const texts[BUILD_OBS] = {"b", "a", "b"};
    build_strings(obs, "text", BUILD_OBS, texts, 0);
    build_strings(obs, "fixed", BUILD_OBS, texts, 3);
    build_integers(obs, "whole", H5T_STD_U8LE, BUILD_OBS, (const int64_t[]){10, 9, 10});
    build_booleans(obs, "flag", BUILD_OBS, (const int8_t[]){1, 0, 1});
    build_doubles(obs, "real", H5T_IEEE_F64LE, BUILD_OBS, build_x);
    const hid_t categorical = build_group(obs, "categorical", "categorical");
    build_strings(categorical, "categories", 2, b_and_a, 0);
    build_integers(categorical, "codes", H5T_STD_I8LE, BUILD_OBS, (const int64_t[]){0, -1, 1});
    H5Gclose(categorical);
    const char *const encodings[] = {"nullable-string-array", "nullable-integer", "nullable-boolean"};
    for (size_t i = 0; i < 3; i++) {
        const hid_t group = build_group(obs, encodings[i], encodings[i]);
        if (i == 0)
            build_strings(group, "values", BUILD_OBS, texts, 0);
        else if (i == 1)
            build_integers(group, "values", H5T_STD_I64LE, BUILD_OBS, (const int64_t[]){-5, 7, 1});
        else
            build_booleans(group, "values", BUILD_OBS, (const int8_t[]){0, 1, 0});
        build_booleans(group, "mask", BUILD_OBS, (const int8_t[]){0, 1, 0});
        H5Gclose(group);
    }
}

static void labels_of_every_kind(void **state)
{
    (void)state;
    const char *path = build_path("labels.h5ad");
    const hid_t file = build_begin_var(path);
    const hid_t obs = build_frame(file, "obs", BUILD_OBS, build_obs);
    build_label_columns(obs);
    H5Gclose(obs);
    H5Fclose(file);
    static const char *const a_b[] = {"a", "b"}, *const texts[] = {"b", "a", "b"};
    assert_labels(path, "text", texts, 2, a_b);
    assert_labels(path, "fixed", texts, 2, a_b);
    assert_labels(path, "whole", (const char *const[]){"10", "9", "10"}, 2, (const char *const[]){"10", "9"});
    assert_labels(path, "flag", (const char *const[]){"True", "False", "True"}, 2,
                  (const char *const[]){"False", "True"});
    assert_labels(path, "categorical", (const char *const[]){"b", NULL, "a"}, 2, b_and_a);
    assert_labels(path, "nullable-string-array", (const char *const[]){"b", NULL, "b"}, 1, (const char *const[]){"b"});
    assert_labels(path, "nullable-integer", (const char *const[]){"-5", NULL, "1"}, 2,
                  (const char *const[]){"-5", "1"});
    assert_labels(path, "nullable-boolean", (const char *const[]){"False", NULL, "False"}, 1,
                  (const char *const[]){"False"});
}

/* anndata 0.7: codes as a plain dataset; the categories behind a reference, or only in __categories. */
static void labels_of_anndata_0_7(void **state)
{
    (void)state;
    const char *path = build_path("labels07.h5ad");
    const hid_t file = build_begin_var(path);
    const hid_t obs = build_frame(file, "obs", BUILD_OBS, build_obs);
    const hid_t categories = build_group(obs, "__categories", NULL);
    build_strings(categories, "named", 2, b_and_a, 0);
    build_strings(categories, "elsewhere", 2, b_and_a, 0);
    const int64_t codes[BUILD_OBS] = {0, -1, 1};
    build_integers(obs, "named", H5T_STD_I8LE, BUILD_OBS, codes);
    build_integers(obs, "referred", H5T_STD_I8LE, BUILD_OBS, codes);
    hobj_ref_t reference;
    build_ok(H5Rcreate(&reference, categories, "elsewhere", H5R_OBJECT, -1));
    const hid_t column = build_ok(H5Dopen2(obs, "referred", H5P_DEFAULT));
    const hid_t space = build_ok(H5Screate(H5S_SCALAR));
    const hid_t attribute =
        build_ok(H5Acreate2(column, "categories", H5T_STD_REF_OBJ, space, H5P_DEFAULT, H5P_DEFAULT));
    build_ok(H5Awrite(attribute, H5T_STD_REF_OBJ, &reference));
    H5Aclose(attribute);
    H5Sclose(space);
    H5Dclose(column);
    H5Gclose(categories);
    H5Gclose(obs);
    H5Fclose(file);
    assert_labels(path, "named", (const char *const[]){"b", NULL, "a"}, 2, b_and_a);
    assert_labels(path, "referred", (const char *const[]){"b", NULL, "a"}, 2, b_and_a);
}

/* ---- obsm ---- */

static void obsm_of_arrays_and_frames(void **state)
{
    (void)state;
    const char *path = build_path("obsm.h5ad");
    const hid_t file = build_begin(path);
    const hid_t obsm = build_group(file, "obsm", "dict");
    build_dense(obsm, "array", H5T_IEEE_F32LE, BUILD_OBS, BUILD_VAR, build_x);
    const hid_t frame = build_frame(obsm, "frame", BUILD_OBS, build_obs);
    build_integers(frame, "whole", H5T_STD_I32LE, BUILD_OBS, (const int64_t[]){1, 2, 3});
    const hid_t nullable = build_group(frame, "nullable", "nullable-integer");
    build_integers(nullable, "values", H5T_STD_I64LE, BUILD_OBS, (const int64_t[]){4, 5, 6});
    build_booleans(nullable, "mask", BUILD_OBS, (const int8_t[]){0, 1, 0});
    H5Gclose(nullable);
    H5Gclose(frame);
    H5Gclose(obsm);
    H5Fclose(file);
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read_obsm(cx, path, "array", &matrix));
    assert_int_equal(matrix.columns.count, BUILD_VAR);
    assert_string_equal(um_name(&matrix.columns, 3), "3");
    assert_string_equal(um_name(&matrix.rows, 2), "s3");
    assert_memory_equal(matrix.values, build_x, sizeof build_x);
    um_matrix_clear(&matrix);
    assert_ok(cx, um_h5ad_read_obsm(cx, path, "frame", &matrix));
    assert_int_equal(matrix.columns.count, 2); /* no column-order: by name */
    assert_string_equal(um_name(&matrix.columns, 0), "nullable");
    assert_true(um_row(&matrix, 2)[0] == 6.0 && isnan(um_row(&matrix, 1)[0]) && um_row(&matrix, 1)[1] == 2.0);
    um_matrix_clear(&matrix);
    assert_refused(cx, um_h5ad_read_obsm(cx, path, "proportions", &matrix), UNMIX_ERROR_INPUT,
                   "there are: array, frame");
    unmix_context_free(cx);
    assert_nothing_open();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_genes_beside_the_index),
        cmocka_unit_test(index_of_fixed_length), cmocka_unit_test(index_nullable),
        cmocka_unit_test(index_categorical),     cmocka_unit_test(index_of_integers),
        cmocka_unit_test(legacy_records),        cmocka_unit_test(labels_of_every_kind),
        cmocka_unit_test(labels_of_anndata_0_7), cmocka_unit_test(obsm_of_arrays_and_frames),
    };
    return um_run_group(tests);
}
