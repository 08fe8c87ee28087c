/* Values, indices and shapes inside the matrices that cannot be right. */
#include <math.h>

#include "io/anndata/h5ad.h"
#include "unit/io_h5ad_build.h"

typedef struct damage {
    const char *part;
    int64_t pointers[BUILD_OBS + 1];
    int64_t indices[6];
    double values[6];
} damage;

static void damaged_csr(void **state)
{
    (void)state;
    static const damage cases[] = {
        {"'X/indices': element 5 is 4, but there are 4 variables",
         {0, 2, 3, 6},
         {0, 2, 3, 0, 4, 3},
         {1, 2, 3, 4, 5, 6}},
        {"'X/indices': element 3 is -1", {0, 2, 3, 6}, {0, 2, -1, 0, 1, 3}, {1, 2, 3, 4, 5, 6}},
        {"'X/indptr': element 3 is 1 after 2", {0, 2, 1, 6}, {0, 2, 3, 0, 1, 3}, {1, 2, 3, 4, 5, 6}},
        {"'X/indptr': element 4 is 7 after 3", {0, 2, 3, 7}, {0, 2, 3, 0, 1, 3}, {1, 2, 3, 4, 5, 6}},
        {"'X/indptr': element 1 is 1", {1, 2, 3, 6}, {0, 2, 3, 0, 1, 3}, {1, 2, 3, 4, 5, 6}},
        {"'X/indptr': element 1 is -1", {-1, 2, 3, 6}, {0, 2, 3, 0, 1, 3}, {1, 2, 3, 4, 5, 6}},
        {"'X': observation 's2', variable 'B\xc3\xa9ta': -3 is negative",
         {0, 2, 3, 6},
         {0, 2, 3, 0, 1, 3},
         {1, 2, -3, 4, 5, 6}},
        {"observation 's3', variable 'CD34': nan is not finite",
         {0, 2, 3, 6},
         {0, 2, 3, 0, 1, 3},
         {1, 2, 3, 4, NAN, 6}},
        {"observation 's3', variable 'GATA1': inf is not finite",
         {0, 2, 3, 6},
         {0, 2, 3, 0, 1, 3},
         {1, 2, 3, INFINITY, 5, 6}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = build_path("damaged.h5ad");
        const hid_t file = build_begin(path);
        H5Gclose(build_sparse(file, "X", "csr_matrix", H5T_STD_I64LE, BUILD_OBS + 1, cases[i].pointers, 6,
                              cases[i].indices, H5T_IEEE_F32LE, cases[i].values));
        H5Fclose(file);
        assert_read_refused(path, NULL, cases[i].part);
    }
}

static void damaged_csc(void **state)
{
    (void)state;
    const int64_t pointers[BUILD_VAR + 1] = {0, 2, 3, 4, 6};
    const int64_t good[6] = {0, 2, 2, 0, 1, 2}, bad[6] = {0, 2, 2, 3, 1, 2};
    const double values[6] = {1, 4, 5, 2, -3, 6};
    const char *path = build_path("csc.h5ad");
    const hid_t file = build_begin(path);
    H5Gclose(
        build_sparse(file, "X", "csc_matrix", H5T_STD_I32LE, BUILD_VAR + 1, pointers, 6, bad, H5T_IEEE_F32LE, values));
    const hid_t layers = build_group(file, "layers", "dict");
    H5Gclose(build_sparse(layers, "a", "csc_matrix", H5T_STD_I32LE, BUILD_VAR + 1, pointers, 6, good, H5T_IEEE_F32LE,
                          values));
    H5Gclose(build_sparse(layers, "b", "csc_matrix", H5T_STD_I32LE, BUILD_OBS + 1, pointers, 6, good, H5T_IEEE_F32LE,
                          values));
    H5Gclose(layers);
    H5Fclose(file);
    assert_read_refused(path, NULL, "'X/indices': element 4 is 3, but there are 3 observations");
    assert_read_refused(path, "a", "'layers/a': observation 's2', variable 'B\xc3\xa9ta': -3 is negative");
    assert_read_refused(path, "b", "'layers/b/indptr' has 4 elements; 5 are expected");
}

static void incomplete_sparse(void **state)
{
    (void)state;
    const char *path = build_path("incomplete.h5ad");
    const hid_t file = build_begin(path);
    const hid_t group = build_group(file, "X", "csr_matrix");
    build_shape(group, "shape", BUILD_OBS, BUILD_VAR);
    build_doubles(group, "data", H5T_IEEE_F32LE, 6, build_csr_values);
    H5Gclose(group);
    const hid_t layers = build_group(file, "layers", "dict");
    const hid_t uneven = build_group(layers, "uneven", "csr_matrix");
    build_shape(uneven, "shape", BUILD_OBS, BUILD_VAR);
    build_doubles(uneven, "data", H5T_IEEE_F32LE, 6, build_csr_values);
    build_integers(uneven, "indices", H5T_STD_I32LE, 5, build_csr_indices);
    H5Gclose(uneven);
    const hid_t real = build_group(layers, "real", "csr_matrix");
    build_shape(real, "shape", BUILD_OBS, BUILD_VAR);
    build_doubles(real, "data", H5T_IEEE_F32LE, 6, build_csr_values);
    build_integers(real, "indices", H5T_STD_I32LE, 6, build_csr_indices);
    build_doubles(real, "indptr", H5T_IEEE_F32LE, 4, build_x);
    H5Gclose(real);
    H5Gclose(layers);
    H5Fclose(file);
    assert_read_refused(path, NULL, "'X' has no member 'indices'");
    assert_read_refused(path, "uneven", "6 values and 5 indices");
    assert_read_refused(path, "real", "'layers/real/indptr' holds real numbers; integers are expected");
}

static void negative_dense(void **state)
{
    (void)state;
    const double values[BUILD_OBS * BUILD_VAR] = {0, 0, 0, 0, 0, 0, -0.5, 0};
    const char *path = build_path("negative.h5ad");
    const hid_t file = build_begin(path);
    build_dense(file, "X", H5T_IEEE_F32LE, BUILD_OBS, BUILD_VAR, values);
    H5Fclose(file);
    assert_read_refused(path, NULL, "'X': observation 's2', variable 'LYZ': -0.5 is negative");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_csr),
        cmocka_unit_test(damaged_csc),
        cmocka_unit_test(incomplete_sparse),
        cmocka_unit_test(negative_dense),
    };
    return um_run_group(tests);
}
