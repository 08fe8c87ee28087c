/* 10x Genomics files of both layouts, made by hand, and every refusal with its line. */
#include "io/tenx/tenx.h"

#include <math.h>

#include "io/read.h"
#include "unit/io_h5ad_build.h"

static const char *const ids[BUILD_VAR] = {"ENSG1", "ENSG2", "ENSG3", "ENSG4"};
static const char *const kinds[BUILD_VAR] = {"Gene Expression", "Gene Expression", "Gene Expression",
                                             "Gene Expression"};

/* What a test may put in place of the right thing. */
typedef struct parts {
    const char *const *names;
    const char *const *kinds; /* NULL: none in the file */
    size_t n_names;
    int64_t shape[2];
    const int64_t *pointers, *indices;
    const double *values;
} parts;

static parts right_parts(void)
{
    return (parts){build_var, kinds, BUILD_VAR, {BUILD_VAR, BUILD_OBS}, build_csr_pointers, build_csr_indices,
                   build_csr_values};
}

/* barcodes, data, indices, indptr, shape: as CSC of genes x cells, that is build_x by cell. */
static hid_t build_numbers(hid_t parent, const char *name, const parts *p)
{
    const hid_t group = build_group(parent, name, NULL);
    build_strings(group, "barcodes", BUILD_OBS, build_obs, 4);
    build_doubles(group, "data", H5T_IEEE_F64LE, 6, p->values);
    build_integers(group, "indices", H5T_STD_I64LE, 6, p->indices);
    build_integers(group, "indptr", H5T_STD_I64LE, BUILD_OBS + 1, p->pointers);
    build_integers(group, "shape", H5T_STD_I32LE, 2, p->shape);
    return group;
}

/* Cell Ranger 3 and later. */
static const char *build_today(const char *name, const parts *p)
{
    const char *path = build_path(name);
    const hid_t file = build_file(path);
    const hid_t group = build_numbers(file, "matrix", p);
    const hid_t features = build_group(group, "features", NULL);
    build_strings(features, "id", BUILD_VAR, ids, 6);
    build_strings(features, "name", p->n_names, p->names, 8);
    if (p->kinds)
        build_strings(features, "feature_type", BUILD_VAR, p->kinds, 20);
    H5Gclose(features);
    H5Gclose(group);
    H5Fclose(file);
    return path;
}

/* Cell Ranger 2: a group a genome. */
static const char *build_before(const char *name, size_t n_genomes, const char *const *genomes)
{
    const char *path = build_path(name);
    const hid_t file = build_file(path);
    const parts p = right_parts();
    for (size_t i = 0; i < n_genomes; i++) {
        const hid_t group = build_numbers(file, genomes[i], &p);
        build_strings(group, "genes", BUILD_VAR, ids, 6);
        build_strings(group, "gene_names", BUILD_VAR, build_var, 8);
        H5Gclose(group);
    }
    H5Fclose(file);
    return path;
}

/* Through the one door; the whole matrix is build_x. */
static void assert_tenx_reads(const char *path)
{
    unmix_context *cx = um_test_context();
    um_source source = {0};
    um_matrix matrix = {0};
    assert_int_equal(um_is_tenx(path), 1);
    assert_ok(cx, um_open_source(cx, path, NULL, &source));
    assert_string_equal(source.origin, path);
    assert_true(source.preferred_block > 0);
    for (size_t i = 0; i < BUILD_VAR; i++) {
        assert_string_equal(um_name(source.rows, i), build_var[i]);
        assert_string_equal(um_name(source.row_ids, i), ids[i]);
    }
    assert_ok(cx, um_source_to_matrix(cx, &source, &matrix));
    for (size_t o = 0; o < BUILD_OBS; o++) {
        assert_string_equal(um_name(&matrix.columns, o), build_obs[o]);
        for (size_t v = 0; v < BUILD_VAR; v++)
            assert_true(um_row(&matrix, v)[o] == build_x[o * BUILD_VAR + v]);
    }
    um_matrix_clear(&matrix);
    um_source_close(&source);
    assert_string_equal(um_test_log(), "");
    unmix_context_free(cx);
    assert_nothing_open();
}

static void both_layouts(void **state)
{
    (void)state;
    parts p = right_parts();
    assert_tenx_reads(build_today("today.h5", &p));
    p.kinds = NULL;
    assert_tenx_reads(build_today("kindless.h5", &p));
    const char *const genome[] = {"GRCh38"};
    assert_tenx_reads(build_before("before.h5", 1, genome));
}

static void genes_among_features(void **state)
{
    (void)state;
    static const char *const mixed[BUILD_VAR] = {"Gene Expression", "Antibody Capture", "Gene Expression",
                                                 "Gene Expression"};
    static const char *const names[BUILD_VAR] = {"LYZ", "LYZ", "LYZ", "CD3"};
    parts p = right_parts();
    p.kinds = mixed;
    p.names = names;
    const char *path = build_today("mixed.h5", &p);
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_ok(cx, um_read_matrix(cx, path, NULL, &matrix));
    assert_int_equal(matrix.rows.count, 3);
    assert_string_equal(um_name(&matrix.rows, 1), "LYZ-1");
    static const double want[9] = {1, 0, 4, 2, 0, 0, 0, 3, 6};
    assert_memory_equal(matrix.values, want, sizeof want);
    assert_non_null(strstr(um_test_log(), "mixed.h5: 1 features of other kinds than 'Gene Expression' are left out"));
    assert_non_null(strstr(um_test_log(), "mixed.h5: 1 repeated gene names are made unique"));
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
    assert_nothing_open();
}

/* Opening or reading fails with `part` in a message that begins with the path. */
static void assert_tenx_refused(const char *path, const char *part)
{
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_int_equal(um_is_tenx(path), 1);
    const unmix_status status = um_read_matrix(cx, path, NULL, &matrix);
    assert_int_equal(strncmp(unmix_error_message(cx), path, strlen(path)), 0);
    assert_refused(cx, status, UNMIX_ERROR_INPUT, part);
    assert_null(matrix.values);
    unmix_context_free(cx);
    assert_nothing_open();
}

static void several_genomes(void **state)
{
    (void)state;
    const char *const genomes[] = {"GRCh38", "mm10"};
    assert_tenx_refused(build_before("genomes.h5", 2, genomes), "holds the matrices of 2 genomes: GRCh38, mm10");
}

static void wrong_numbers(void **state)
{
    (void)state;
    static const int64_t beyond[6] = {0, 2, 4, 0, 1, 3}, below[6] = {0, 2, 3, -1, 1, 3};
    static const int64_t falling[4] = {0, 3, 2, 6}, too_far[4] = {0, 2, 3, 7};
    static const double negative[6] = {1, 2, 3, 4, -5, 6}, infinite[6] = {1, 2, 3, 4, 5, INFINITY},
                        nan_value[6] = {1, NAN, 3, 4, 5, 6};
    const struct {
        const int64_t *indices, *pointers;
        const double *values;
        const char *part;
    } cases[] = {
        {beyond, NULL, NULL, "'matrix/indices': element 3 is 4, but there are 4 variables"},
        {below, NULL, NULL, "'matrix/indices': element 4 is -1"},
        {NULL, falling, NULL, "'matrix/indptr': element 3 is 2 after 3"},
        {NULL, too_far, NULL, "'matrix/indptr': element 4 is 7 after 3, with 6 values"},
        {NULL, NULL, negative, "'matrix': observation 's3', variable 'CD34': -5 is negative"},
        {NULL, NULL, infinite, "inf is not finite"},
        {NULL, NULL, nan_value, "'s1', variable 'LYZ': nan is not finite"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        parts p = right_parts();
        p.indices = cases[i].indices ? cases[i].indices : p.indices;
        p.pointers = cases[i].pointers ? cases[i].pointers : p.pointers;
        p.values = cases[i].values ? cases[i].values : p.values;
        assert_tenx_refused(build_today("numbers.h5", &p), cases[i].part);
    }
}

static void wrong_shape(void **state)
{
    (void)state;
    parts p = right_parts();
    p.shape[0] = 5;
    assert_tenx_refused(build_today("shape.h5", &p),
                        "'matrix/shape' says 5 x 3, but there are 4 features and 3 barcodes");
    p = right_parts();
    p.n_names = 3;
    assert_tenx_refused(build_today("names.h5", &p), "has 4 ids, 3 names and 4 kinds of features");
}

static void parts_not_there(void **state)
{
    (void)state;
    static const char *const gone[] = {"matrix/shape", "matrix/features/id", "matrix/data", "matrix/indices"};
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++) {
        const parts p = right_parts();
        const char *path = build_today("gone.h5", &p);
        const hid_t file = build_ok(H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT));
        build_ok(H5Ldelete(file, gone[i], H5P_DEFAULT));
        H5Fclose(file);
        assert_tenx_refused(path, "has no member '");
    }
    const char *path = build_path("bare.h5");
    const hid_t file = build_file(path);
    const parts p = right_parts();
    H5Gclose(build_numbers(file, "matrix", &p)); /* neither features nor genes */
    H5Fclose(file);
    assert_tenx_refused(path, "'matrix' has no member 'genes'");
}

static size_t pass_through(unsigned flags, size_t n_values, const unsigned values[], size_t n_bytes,
                           size_t *buffer_size, void **buffer)
{
    (void)flags, (void)n_values, (void)values, (void)buffer_size, (void)buffer;
    return n_bytes;
}

static void unknown_filter(void **state)
{
    (void)state;
    const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, 32001, 1, 1, "test", NULL, NULL, pass_through};
    const parts p = right_parts();
    const char *path = build_today("filter.h5", &p);
    build_ok(H5Zregister(&filter));
    const hid_t file = build_ok(H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT));
    const hid_t group = build_ok(H5Gopen2(file, "matrix", H5P_DEFAULT));
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t extent = 6;
    build_ok(H5Ldelete(group, "data", H5P_DEFAULT));
    build_ok(H5Pset_chunk(plist, 1, &extent));
    build_ok(H5Pset_filter(plist, 32001, 0, 0, NULL));
    H5Dclose(build_dataset(group, "data", H5T_STD_I32LE, 1, &extent, H5T_NATIVE_DOUBLE, build_csr_values, plist));
    H5Pclose(plist);
    H5Gclose(group);
    H5Fclose(file);
    build_ok(H5Zunregister(32001));
    assert_tenx_refused(path, "'matrix/data' is compressed with blosc (HDF5 filter 32001)");
}

static void missing_values(void **state)
{
    (void)state;
    static const double values[6] = {1, NAN, 3, 4, 5, 6};
    parts p = right_parts();
    p.values = values;
    const char *path = build_today("nan.h5", &p);
    const unmix_read_options options = {.missing = 1};
    unmix_context *cx = um_test_context();
    um_source source = {0};
    um_block block = {0};
    assert_ok(cx, um_open_source(cx, path, &options, &source));
    assert_int_equal(source.missing, 1);
    assert_ok(cx, um_source_read(cx, &source, 0, 1, &block));
    assert_int_equal(block.start[1], 2);
    assert_true(block.row[1] == 2 && isnan(block.value[1]));
    um_block_clear(&block);
    um_source_close(&source);
    unmix_context_free(cx);
}

static void what_is_no_tenx(void **state)
{
    (void)state;
    const char *path = build_path("anndata.h5ad");
    const hid_t file = build_begin(path);
    build_csr(file, "X");
    const parts p = right_parts();
    H5Gclose(build_numbers(file, "matrix", &p)); /* obs and var count more */
    H5Fclose(file);
    assert_int_equal(um_is_tenx(path), 0);
    assert_int_equal(um_is_tenx(build_path("not.there")), 0);
    assert_int_equal(um_is_tenx(um_test_file("text.h5", "gene\ts\nA\t1\n")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_layouts),    cmocka_unit_test(genes_among_features), cmocka_unit_test(several_genomes),
        cmocka_unit_test(wrong_numbers),   cmocka_unit_test(wrong_shape),          cmocka_unit_test(parts_not_there),
        cmocka_unit_test(unknown_filter),  cmocka_unit_test(missing_values),       cmocka_unit_test(what_is_no_tenx),
    };
    return um_run_group(tests);
}
