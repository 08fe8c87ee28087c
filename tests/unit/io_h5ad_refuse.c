/* Everything that can be wrong with an AnnData file ends in one line that names the file and the place in it. */
#include <fcntl.h>
#include <math.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/source.h"
#include "io/anndata/h5ad.h"
#include "io/read.h"
#include "io/files/readable.h"
#include "unit/io_h5ad_build.h"

/* ---- Not AnnData ---- */

static void not_hdf5(void **state)
{
    (void)state;
    assert_read_refused(um_test_file("text.h5ad", "gene\ts1\nA\t1\n"), NULL, "not an HDF5 file");
    assert_read_refused(build_path("missing.h5ad"), NULL, "no such file");
    assert_int_equal(um_is_hdf5(build_path("missing.h5ad")), 0);
}

static void only_a_signature(void **state)
{
    (void)state;
    assert_read_refused(um_test_file("head.h5ad", "\x89HDF\r\n\x1a\n and nothing of sense behind it"), NULL, "damaged");
}

static void other_kinds(void **state)
{
    (void)state;
    const struct {
        const char *members[3];
        const char *part;
    } kinds[] = {{{"matrix", "row_attrs", "col_attrs"}, "loom"},
                 {{"mod", "obs", "var"}, "MuData"},
                 {{"assays", "cell.names", "meta.data"}, "h5Seurat"},
                 {{"obs", "a", "b"}, "no 'var'; its members: a, b, obs"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *path = build_path("other.h5ad");
        const hid_t file = build_file(path);
        for (size_t m = 0; m < 3; m++)
            H5Gclose(build_group(file, kinds[i].members[m], NULL));
        H5Fclose(file);
        assert_read_refused(path, NULL, kinds[i].part);
    }
}

static void tenx(void **state)
{
    (void)state;
    const char *const groups[] = {"matrix", "GRCh38"}; /* the layouts of today and of Cell Ranger 2 */
    for (size_t i = 0; i < 2; i++) {
        const char *path = build_path("10x.h5");
        const hid_t file = build_file(path);
        const hid_t group = build_group(file, groups[i], NULL);
        build_strings(group, "barcodes", BUILD_OBS, build_obs, 2);
        build_integers(group, "indptr", H5T_STD_I64LE, 4, build_csr_pointers);
        H5Gclose(group);
        H5Fclose(file);
        assert_read_refused(path, NULL, "10x Genomics file, which holds counts only, no labels");
    }
}

static void locked(void **state)
{
    (void)state;
    const char *path = build_path("locked.h5ad");
    const hid_t file = build_begin(path);
    build_csr(file, "X");
    H5Fclose(file);
    const int holder = open(path, O_RDWR);
    assert_true(holder >= 0);
    if (getenv("HDF5_USE_FILE_LOCKING") || flock(holder, LOCK_EX) != 0) {
        (void)close(holder);
        skip();
    }
    assert_read_refused(path, NULL, "HDF5_USE_FILE_LOCKING");
    (void)close(holder);
}

/* ---- No matrix ---- */

static void no_matrix(void **state)
{
    (void)state;
    const char *path = build_path("nox.h5ad");
    hid_t file = build_begin(path);
    const hid_t layers = build_group(file, "layers", "dict");
    build_csr(layers, "counts");
    H5Gclose(build_group(layers, "deep", "dict"));
    H5Gclose(build_group(layers, "coo", "coo_matrix"));
    H5Gclose(layers);
    H5Fclose(file);
    assert_read_refused(path, NULL, "no 'X'; layers: coo, counts, deep");
    assert_read_refused(path, "raw", "no 'raw'");
    assert_read_refused(path, "tpm", "no layer 'tpm'; layers: coo, counts, deep");
    assert_read_refused(path, "deep", "'layers/deep' is not a matrix");
    assert_read_refused(path, "coo", "'layers/coo' has the encoding 'coo_matrix'");

    file = build_ok(H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT));
    const hid_t space = build_ok(H5Screate(H5S_NULL));
    const hid_t x = build_ok(H5Dcreate2(file, "X", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    build_attribute(x, "encoding-type", "null");
    H5Dclose(x);
    H5Sclose(space);
    H5Fclose(file);
    assert_read_refused(path, NULL, "it is null");
}

static void no_observations(void **state)
{
    (void)state;
    const char *path = build_path("empty.h5ad");
    const hid_t file = build_begin_var(path);
    H5Gclose(build_frame(file, "obs", 0, NULL));
    build_dense(file, "X", H5T_IEEE_F32LE, 0, BUILD_VAR, NULL);
    H5Fclose(file);
    assert_read_refused(path, NULL, "0 observations x 4 variables");
}

static void shapes(void **state)
{
    (void)state;
    const char *path = build_path("shape.h5ad");
    hid_t file = build_begin(path);
    build_dense(file, "X", H5T_IEEE_F32LE, BUILD_VAR, BUILD_OBS, build_x);
    const hid_t layers = build_group(file, "layers", "dict");
    build_doubles(layers, "flat", H5T_IEEE_F32LE, BUILD_OBS * BUILD_VAR, build_x);
    const hid_t sparse = build_group(layers, "turned", "csr_matrix");
    build_shape(sparse, "shape", BUILD_VAR, BUILD_OBS);
    H5Gclose(sparse);
    H5Gclose(build_group(layers, "shapeless", "csr_matrix"));
    build_strings(layers, "text", BUILD_OBS, build_obs, 0);
    H5Gclose(layers);
    H5Fclose(file);
    assert_read_refused(path, NULL, "'X' is 4 x 3, but there are 3 observations and 4 variables");
    assert_read_refused(path, "flat", "'layers/flat' is 12 x 1, but");
    assert_read_refused(path, "turned", "'layers/turned' is 4 x 3, but");
    assert_read_refused(path, "shapeless", "no attribute 'shape'");
    assert_read_refused(path, "text", "'layers/text' is 3 x 1");
}

/* ---- Filters and sizes ---- */

static size_t pass_through(unsigned flags, size_t n, const unsigned values[], size_t length, size_t *size,
                           void **buffer)
{
    (void)flags;
    (void)n;
    (void)values;
    (void)size;
    (void)buffer;
    return length;
}

static void unknown_filter(void **state)
{
    (void)state;
    const struct {
        H5Z_filter_t id;
        const char *part;
    } filters[] = {{32001, "'X' is compressed with blosc (HDF5 filter 32001)"}, {32015, "zstd (HDF5 filter 32015)"}};
    for (size_t i = 0; i < 2; i++) {
        const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, filters[i].id, 1, 1, "test", NULL, NULL, pass_through};
        build_ok(H5Zregister(&filter));
        const char *path = build_path("filter.h5ad");
        const hid_t file = build_begin(path);
        const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
        const hsize_t extent[2] = {BUILD_OBS, BUILD_VAR};
        build_ok(H5Pset_chunk(plist, 2, extent));
        build_ok(H5Pset_filter(plist, filters[i].id, 0, 0, NULL));
        H5Dclose(build_dataset(file, "X", H5T_IEEE_F32LE, 2, extent, H5T_NATIVE_DOUBLE, build_x, plist));
        H5Pclose(plist);
        H5Fclose(file);
        build_ok(H5Zunregister(filters[i].id));
        assert_read_refused(path, NULL, filters[i].part);
        assert_read_refused(path, NULL, "compression='gzip'");
    }
}

/* A claim of a million millions of names must not be believed. */
static void impossible_size(void **state)
{
    (void)state;
    const char *path = build_path("huge.h5ad");
    const hid_t file = build_begin_var(path);
    const hid_t obs = build_group(file, "obs", "dataframe");
    build_attribute(obs, "_index", "_index");
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t extent = 1000000000000, chunk = 1000;
    build_ok(H5Pset_chunk(plist, 1, &chunk));
    const hid_t type = build_text_type(0);
    H5Dclose(build_dataset(obs, "_index", type, 1, &extent, type, NULL, plist));
    H5Tclose(type);
    H5Pclose(plist);
    H5Gclose(obs);
    build_csr(file, "X");
    H5Fclose(file);
    assert_read_refused(path, NULL, "'obs/_index' claims 1000000000000 x 1 elements");
}

/* ---- Names and labels ---- */

static void bad_index(void **state)
{
    (void)state;
    const char *path = build_path("index.h5ad");
    hid_t file = build_begin_var(path);
    hid_t obs = build_group(file, "obs", "dataframe");
    build_attribute(obs, "_index", "cells");
    build_csr(file, "X");
    H5Gclose(obs);
    H5Fclose(file);
    assert_read_refused(path, NULL, "'obs' has no member 'cells'");

    file = build_begin_var(path);
    obs = build_group(file, "obs", "dataframe");
    build_doubles(obs, "_index", H5T_IEEE_F64LE, BUILD_OBS, build_x);
    build_csr(file, "X");
    H5Gclose(obs);
    H5Fclose(file);
    assert_read_refused(path, NULL, "'obs/_index' holds real numbers");

    file = build_begin_var(path);
    obs = build_group(file, "obs", "dataframe");
    const hid_t index = build_group(obs, "_index", "nullable-string-array");
    build_strings(index, "values", BUILD_OBS, build_obs, 0);
    build_booleans(index, "mask", BUILD_OBS, (const int8_t[]){0, 0, 1});
    H5Gclose(index);
    build_csr(file, "X");
    H5Gclose(obs);
    H5Fclose(file);
    assert_read_refused(path, NULL, "'obs/_index': the name in row 3 is missing");
}

static void assert_labels_refused(const char *path, const char *column, const char *part)
{
    unmix_context *cx = um_test_context();
    um_names levels = {0};
    int64_t *level = NULL;
    size_t n = 0;
    assert_refused(cx, um_h5ad_labels(cx, path, column, &levels, &level, &n), UNMIX_ERROR_INPUT, part);
    assert_null(level);
    unmix_context_free(cx);
    assert_nothing_open();
}

static void build_categorical(hid_t obs, const char *name, size_t n, const int64_t *codes,
                              const char *const *categories)
{
    const hid_t group = build_group(obs, name, "categorical");
    build_strings(group, "categories", 2, categories, 0);
    build_integers(group, "codes", H5T_STD_I8LE, n, codes);
    H5Gclose(group);
}

static void bad_labels(void **state)
{
    (void)state;
    const char *const ab[2] = {"a", "b"}, *const aa[2] = {"a", "a"};
    const char *path = build_path("badlabels.h5ad");
    const hid_t file = build_begin_var(path);
    const hid_t obs = build_frame(file, "obs", BUILD_OBS, build_obs);
    build_categorical(obs, "beyond", BUILD_OBS, (const int64_t[]){0, 2, 1}, ab);
    build_categorical(obs, "twice", BUILD_OBS, (const int64_t[]){0, 1, 1}, aa);
    build_categorical(obs, "short", 2, (const int64_t[]){0, 1}, ab);
    build_doubles(obs, "real", H5T_IEEE_F64LE, BUILD_OBS, build_x);
    H5Gclose(build_group(obs, "odd", "awkward-array"));
    H5Gclose(obs);
    H5Fclose(file);
    assert_labels_refused(path, "beyond", "'obs/beyond/codes': element 2 is 2, but there are 2 categories");
    assert_labels_refused(path, "twice", "the category 'a' is there twice");
    assert_labels_refused(path, "short", "'obs/short' has 2 elements for 3 observations");
    assert_labels_refused(path, "real", "'obs/real' holds real numbers");
    assert_labels_refused(path, "odd", "'awkward-array'");
    assert_labels_refused(path, "cell_type",
                          "'obs' has no column 'cell_type'; there are: beyond, odd, real, short, twice");
    assert_labels_refused(path, "", "has no column ''");
}

/* Names that repeat are read as they are; who cannot do with them has a refusal. */
static void repeated_names(void **state)
{
    (void)state;
    static const char *const obs[BUILD_OBS] = {"s1", "s2", "s1"}, *const var[BUILD_VAR] = {"A", "B", "B", "C"};
    const char *path = build_path("repeated.h5ad");
    const hid_t file = build_file(path);
    H5Gclose(build_frame(file, "obs", BUILD_OBS, obs));
    H5Gclose(build_frame(file, "var", BUILD_VAR, var));
    build_csr(file, "X");
    H5Fclose(file);
    unmix_context *cx = um_test_context();
    um_source source = {0};
    assert_ok(cx, um_open_source(cx, path, NULL, &source));
    assert_refused(cx, um_refuse_repeated_genes(cx, &source, "advice"), UNMIX_ERROR_INPUT,
                   "repeated.h5ad: gene 'B' stands in row 2 and in row 3; advice");
    assert_refused(cx, um_refuse_repeated_cells(cx, &source, "advice"), UNMIX_ERROR_INPUT,
                   "repeated.h5ad: cell 's1' stands in row 1 and in row 3; advice");
    um_source_close(&source);
    unmix_context_free(cx);
    assert_nothing_open();
}

/* ---- A reader that is told to stop ---- */

static int stop(void *payload, const char *stage, double fraction)
{
    (void)stage;
    (void)fraction;
    ++*(int *)payload;
    return 1;
}

static void interrupted(void **state)
{
    (void)state;
    const char *path = build_path("stop.h5ad");
    const hid_t file = build_begin(path);
    build_csr(file, "X");
    H5Fclose(file);
    unmix_context *cx = um_test_context();
    int asked = 0;
    unmix_set_progress(cx, stop, &asked);
    um_matrix matrix = {0};
    assert_refused(cx, um_h5ad_read(cx, path, NULL, &matrix), UNMIX_ERROR_INTERRUPTED, "reading");
    assert_int_equal(asked, 1);
    unmix_context_free(cx);
    assert_nothing_open();
}

/* The library must not change what the program that uses it has set. */
static herr_t own_handler(hid_t stack, void *payload)
{
    (void)stack;
    ++*(int *)payload;
    return 0;
}

static void callers_handler_stays(void **state)
{
    (void)state;
    int called = 0;
    H5E_auto2_t before, after;
    void *before_payload, *after_payload;
    build_ok(H5Eget_auto2(H5E_DEFAULT, &before, &before_payload));
    build_ok(H5Eset_auto2(H5E_DEFAULT, own_handler, &called));
    assert_read_refused(um_test_file("handler.h5ad", "\x89HDF\r\n\x1a\n?"), NULL, "damaged");
    build_ok(H5Eget_auto2(H5E_DEFAULT, &after, &after_payload));
    build_ok(H5Eset_auto2(H5E_DEFAULT, before, before_payload));
    assert_int_equal(called, 0);
    assert_true(after == own_handler && after_payload == &called);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_hdf5),        cmocka_unit_test(only_a_signature),
        cmocka_unit_test(other_kinds),     cmocka_unit_test(tenx),
        cmocka_unit_test(locked),          cmocka_unit_test(no_matrix),
        cmocka_unit_test(no_observations), cmocka_unit_test(shapes),
        cmocka_unit_test(unknown_filter),  cmocka_unit_test(impossible_size),
        cmocka_unit_test(bad_index),       cmocka_unit_test(bad_labels),
        cmocka_unit_test(repeated_names),  cmocka_unit_test(interrupted),
        cmocka_unit_test(callers_handler_stays),
    };
    return um_run_group(tests);
}
