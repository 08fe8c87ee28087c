/* Every encoding of AnnData that is read, each built by hand around the same matrix. */
#include <math.h>

#include "core/source.h"
#include "io/h5ad.h"
#include "unit/io_h5ad_build.h"

/* Reads the layer whole and compares with build_x; exact, as all values are small whole numbers. */
static void assert_reads(const char *path, const char *layer)
{
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read(cx, path, layer, &matrix));
    assert_int_equal(matrix.rows.count, BUILD_VAR);
    assert_int_equal(matrix.columns.count, BUILD_OBS);
    for (size_t v = 0; v < BUILD_VAR; v++) {
        assert_string_equal(um_name(&matrix.rows, v), build_var[v]);
        for (size_t o = 0; o < BUILD_OBS; o++)
            if (um_row(&matrix, v)[o] != build_x[o * BUILD_VAR + v])
                fail_msg("%s: %s, %s: %g", path, build_var[v], build_obs[o], um_row(&matrix, v)[o]);
    }
    for (size_t o = 0; o < BUILD_OBS; o++)
        assert_string_equal(um_name(&matrix.columns, o), build_obs[o]);
    assert_string_equal(matrix.origin, path);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
    assert_nothing_open();
}

/* ---- Matrices ---- */

static void dense_of_every_type(void **state)
{
    (void)state;
    const hid_t types[] = {H5T_STD_I8LE,  H5T_STD_I16LE, H5T_STD_I32LE,  H5T_STD_I64LE,  H5T_STD_U8LE,
                           H5T_STD_U16LE, H5T_STD_U32LE, H5T_STD_U64LE,  H5T_IEEE_F32LE, H5T_IEEE_F64LE,
                           H5T_IEEE_F32BE, H5T_STD_I32BE};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const char *path = build_path("dense.h5ad");
        const hid_t file = build_begin(path);
        build_dense(file, "X", types[i], BUILD_OBS, BUILD_VAR, build_x);
        H5Fclose(file);
        assert_reads(path, NULL);
        assert_reads(path, "X");
    }
}

static void dense_chunked_and_compressed(void **state)
{
    (void)state;
    const char *path = build_path("chunked.h5ad");
    const hid_t file = build_begin(path);
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t chunk[2] = {2, 3}, extent[2] = {BUILD_OBS, BUILD_VAR};
    build_ok(H5Pset_chunk(plist, 2, chunk));
    build_ok(H5Pset_shuffle(plist));
    build_ok(H5Pset_deflate(plist, 6));
    build_ok(H5Pset_fletcher32(plist));
    H5Dclose(build_dataset(file, "X", H5T_IEEE_F32LE, 2, extent, H5T_NATIVE_DOUBLE, build_x, plist));
    H5Pclose(plist);
    H5Fclose(file);
    assert_reads(path, NULL);
}

static void dense_of_booleans(void **state)
{
    (void)state;
    const char *path = build_path("bool.h5ad");
    const hid_t file = build_begin(path);
    const hid_t type = build_boolean_type();
    const hsize_t extent[2] = {BUILD_OBS, BUILD_VAR};
    const int8_t values[BUILD_OBS * BUILD_VAR] = {1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1};
    H5Dclose(build_dataset(file, "X", type, 2, extent, type, values, H5P_DEFAULT));
    H5Tclose(type);
    H5Fclose(file);
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read(cx, path, NULL, &matrix));
    for (size_t i = 0; i < BUILD_OBS * BUILD_VAR; i++)
        assert_true(um_row(&matrix, i % BUILD_VAR)[i / BUILD_VAR] == (double)values[i]);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
}

static void csr_of_every_index_type(void **state)
{
    (void)state;
    const hid_t types[] = {H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_U8LE, H5T_STD_U16LE, H5T_STD_U32LE, H5T_STD_U64LE};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const char *path = build_path("csr.h5ad");
        const hid_t file = build_begin(path);
        H5Gclose(build_sparse(file, "X", "csr_matrix", types[i], BUILD_OBS + 1, build_csr_pointers, 6,
                              build_csr_indices, H5T_STD_U16LE, build_csr_values));
        H5Fclose(file);
        assert_reads(path, NULL);
    }
}

/* Unsorted indices, a stored zero, and (s3, B) stored in two parts that add up to 6. */
static void csr_unsorted_and_repeated(void **state)
{
    (void)state;
    const int64_t pointers[BUILD_OBS + 1] = {0, 3, 4, 8};
    const int64_t indices[8] = {2, 1, 0, 3, 3, 1, 0, 3};
    const double values[8] = {2, 0, 1, 3, 2, 5, 4, 4};
    const char *path = build_path("unsorted.h5ad");
    const hid_t file = build_begin(path);
    H5Gclose(build_sparse(file, "X", "csr_matrix", H5T_STD_I32LE, BUILD_OBS + 1, pointers, 8, indices, H5T_IEEE_F64LE,
                          values));
    H5Fclose(file);
    assert_reads(path, NULL);
    unmix_context *cx = um_test_context();
    um_source source = {0};
    um_block block = {0};
    assert_ok(cx, um_h5ad_source(cx, path, NULL, &source));
    assert_ok(cx, um_source_read(cx, &source, 1, 2, &block));
    assert_int_equal(block.count, 2);
    assert_int_equal(block.start[1], 1);
    assert_int_equal(block.start[2], 4); /* three variables, the repeated one once */
    const uint32_t rows[4] = {3, 0, 1, 3};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(block.row[i], rows[i]);
    assert_true(block.value[3] == 6.0);
    um_block_clear(&block);
    um_source_close(&source);
    unmix_context_free(cx);
    assert_nothing_open();
}

static void csc_turned(void **state)
{
    (void)state;
    const int64_t pointers[BUILD_VAR + 1] = {0, 2, 3, 4, 7};
    const int64_t indices[7] = {2, 0, 2, 0, 1, 2, 2}; /* unsorted; (s3, B) in two parts */
    const double values[7] = {4, 1, 5, 2, 3, 1, 5};
    const char *path = build_path("csc.h5ad");
    const hid_t file = build_begin(path);
    H5Gclose(build_sparse(file, "X", "csc_matrix", H5T_STD_I64LE, BUILD_VAR + 1, pointers, 7, indices, H5T_IEEE_F32LE,
                          values));
    H5Fclose(file);
    assert_reads(path, NULL);
}

static void no_value_at_all(void **state)
{
    (void)state;
    const int64_t pointers[BUILD_OBS + 1] = {0};
    const char *path = build_path("void.h5ad");
    const hid_t file = build_begin(path);
    H5Gclose(build_sparse(file, "X", "csr_matrix", H5T_STD_I32LE, BUILD_OBS + 1, pointers, 0, pointers, H5T_IEEE_F32LE,
                          NULL));
    H5Fclose(file);
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read(cx, path, NULL, &matrix));
    for (size_t i = 0; i < BUILD_OBS * BUILD_VAR; i++)
        assert_true(matrix.values[i] == 0.0);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
}

static void legacy_sparse_group(void **state)
{
    (void)state;
    const char *path = build_path("h5sparse.h5ad");
    const hid_t file = build_begin(path);
    const hid_t group = build_sparse(file, "X", NULL, H5T_STD_I32LE, BUILD_OBS + 1, build_csr_pointers, 6,
                                     build_csr_indices, H5T_IEEE_F32LE, build_csr_values);
    build_attribute_sized(group, "h5sparse_format", "csr", 1);
    build_shape(group, "h5sparse_shape", BUILD_OBS, BUILD_VAR);
    H5Gclose(group);
    H5Fclose(file);
    assert_reads(path, NULL);
}

static void layers_and_raw(void **state)
{
    (void)state;
    const char *path = build_path("layers.h5ad");
    const double others[BUILD_OBS * BUILD_VAR] = {0};
    const hid_t file = build_begin(path);
    build_dense(file, "X", H5T_IEEE_F64LE, BUILD_OBS, BUILD_VAR, others);
    const hid_t layers = build_group(file, "layers", "dict");
    build_csr(layers, "counts");
    const hid_t raw = build_group(file, "raw", "raw");
    build_csr(raw, "X");
    H5Gclose(build_frame(raw, "var", BUILD_VAR, build_var));
    H5Gclose(raw);
    H5Gclose(layers);
    H5Fclose(file);
    assert_reads(path, "counts");
    assert_reads(path, "raw");
}

static void legacy_flat_raw(void **state)
{
    (void)state;
    const char *path = build_path("flatraw.h5ad");
    const hid_t file = build_begin(path);
    build_dense(file, "raw.X", H5T_IEEE_F32LE, BUILD_OBS, BUILD_VAR, build_x);
    H5Gclose(build_frame(file, "raw.var", BUILD_VAR, build_var));
    H5Fclose(file);
    assert_reads(path, "raw");
}

/* Small blocks of a matrix agree with the whole, in any order. */
static void blocks(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const char *paths[2] = {build_path("blocks_csr.h5ad"), build_path("blocks_dense.h5ad")};
    for (size_t kind = 0; kind < 2; kind++) {
        const hid_t file = build_begin(paths[kind]);
        if (kind == 0)
            build_csr(file, "X");
        else
            build_dense(file, "X", H5T_IEEE_F32LE, BUILD_OBS, BUILD_VAR, build_x);
        H5Fclose(file);
        um_source source = {0};
        um_block block = {0};
        assert_ok(cx, um_h5ad_source(cx, paths[kind], NULL, &source));
        assert_true(source.preferred_block > 0);
        for (size_t o = BUILD_OBS; o-- > 0;) {
            double values[BUILD_VAR] = {0};
            assert_ok(cx, um_source_read(cx, &source, o, 1, &block));
            for (size_t i = block.start[0]; i < block.start[1]; i++)
                values[block.row[i]] = block.value[i];
            assert_memory_equal(values, build_x + o * BUILD_VAR, sizeof values);
        }
        um_block_clear(&block);
        um_source_close(&source);
    }
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
    assert_labels(path, "nullable-integer", (const char *const[]){"-5", NULL, "1"}, 2, (const char *const[]){"-5", "1"});
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
    assert_refused(cx, um_h5ad_read_obsm(cx, path, "proportions", &matrix), UNMIX_ERROR_INPUT, "there are: array, frame");
    unmix_context_free(cx);
    assert_nothing_open();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_of_every_type),
        cmocka_unit_test(dense_chunked_and_compressed),
        cmocka_unit_test(dense_of_booleans),
        cmocka_unit_test(csr_of_every_index_type),
        cmocka_unit_test(csr_unsorted_and_repeated),
        cmocka_unit_test(csc_turned),
        cmocka_unit_test(no_value_at_all),
        cmocka_unit_test(legacy_sparse_group),
        cmocka_unit_test(layers_and_raw),
        cmocka_unit_test(legacy_flat_raw),
        cmocka_unit_test(blocks),
        cmocka_unit_test(index_of_fixed_length),
        cmocka_unit_test(index_nullable),
        cmocka_unit_test(index_categorical),
        cmocka_unit_test(index_of_integers),
        cmocka_unit_test(legacy_records),
        cmocka_unit_test(labels_of_every_kind),
        cmocka_unit_test(labels_of_anndata_0_7),
        cmocka_unit_test(obsm_of_arrays_and_frames),
    };
    return um_run_group(tests);
}
