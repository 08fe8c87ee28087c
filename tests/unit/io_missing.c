/* Missing entries: errors by default, NaN where they are asked for; in tables, AnnData files and matrices. */
#include <math.h>

#include "io/read.h"
#include "unit/io_h5ad_build.h"

static const unmix_read_options allowed = {.missing = 1};

#define TABLE "gene\ts1\ts2\ts3\nA\t1\tNA\t0\nB\t\t2\tnan\nC\t0\t3\tN/A\nD\t4\tnull\tNone\n"
static const double table[12] = {1, NAN, 0, NAN, 2, NAN, 0, 3, NAN, 4, NAN, NAN};

static void assert_same(const double *got, const double *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(want[i]) ? !isnan(got[i]) : got[i] != want[i])
            fail_msg("%zu: %g, not %g", i, got[i], want[i]);
}

/* The whole source, and that missing entries and no others are NaN in its blocks. */
static void assert_delivers(unmix_context *cx, const um_source *source, const double *want)
{
    um_matrix matrix = {0};
    um_block block = {0};
    size_t missing = 0, wanted = 0, entries = 0;
    const size_t rows = source->rows->count, columns = source->columns->count;
    assert_int_equal(source->missing, 1);
    assert_ok(cx, um_source_to_matrix(cx, source, &matrix));
    assert_same(matrix.values, want, rows * columns);
    assert_ok(cx, um_source_read(cx, source, 0, columns, &block));
    for (size_t i = 0; i < block.start[columns]; i++)
        missing += isnan(block.value[i]) != 0;
    for (size_t i = 0; i < rows * columns; i++) {
        wanted += isnan(want[i]) != 0;
        entries += want[i] != 0.0;
    }
    assert_int_equal(missing, wanted);
    assert_int_equal(block.start[columns], entries);
    um_block_clear(&block);
    um_matrix_clear(&matrix);
}

static void in_tables(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const char *path = um_test_file("missing.tsv", TABLE);
    um_matrix matrix = {0};
    um_source source = {0};
    assert_refused(cx, um_read_matrix(cx, path, NULL, &matrix), UNMIX_ERROR_INPUT,
                   "line 2, column 's2': 'NA' is not a finite number");
    assert_refused(cx, um_open_source(cx, path, NULL, &source), UNMIX_ERROR_INPUT,
                   "line 2, column 's2': 'NA' is not a finite number");
    assert_ok(cx, um_read_matrix(cx, path, &allowed, &matrix));
    assert_same(matrix.values, table, 12);
    um_source_of_matrix(&source, &matrix);
    assert_delivers(cx, &source, table);
    um_source_close(&source);
    um_matrix_clear(&matrix);
    assert_ok(cx, um_open_source(cx, path, &allowed, &source));
    assert_delivers(cx, &source, table);
    um_source_close(&source);
    unmix_context_free(cx);
}

/* More than the memory allows: NaN goes through the temporary file. */
static void in_tables_on_disk(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_source source = {0};
    unmix_read_options options = allowed;
    options.memory = 1;
    options.scratch = um_test_folder();
    assert_ok(cx, um_open_source(cx, um_test_file("spilled.tsv", TABLE), &options, &source));
    assert_delivers(cx, &source, table);
    um_source_close(&source);
    unmix_context_free(cx);
}

static void still_refused_in_tables(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"gene\ts\nA\t1\nB\tinf\n", "line 3, column 's': 'inf' is not a finite number"},
        {"gene\ts\nA\t1\nB\t-1\n", "line 3, column 's': '-1' is negative"},
        {"gene\ts\nA\t1\nB\tx\n", "line 3, column 's': 'x' is not a finite number"},
        {"gene\ts\nA\t1\n\t2\n", "line 3 has no name"},
    };
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(cx, um_read_matrix(cx, um_test_file("bad.tsv", cases[i].text), &allowed, &matrix),
                       UNMIX_ERROR_INPUT, cases[i].part);
    unmix_context_free(cx);
}

/* build_x with two entries missing; stored dense, by observation, by variable, and out of order. */
static const double with_missing[BUILD_OBS * BUILD_VAR] = {1, 0, NAN, 0, 0, 0, 0, 3, NAN, 5, 0, 6};

static void build_all(const char *path)
{
    static const double csr[6] = {1, NAN, 3, NAN, 5, 6}, csc[6] = {1, NAN, 5, NAN, 3, 6};
    static const double mixed[7] = {NAN, 1, 3, 6, 5, NAN, 2};
    const hid_t file = build_begin(path);
    build_dense(file, "X", H5T_IEEE_F32LE, BUILD_OBS, BUILD_VAR, with_missing);
    const hid_t layers = build_group(file, "layers", "dict");
    H5Gclose(build_sparse(layers, "csr", "csr_matrix", H5T_STD_I32LE, BUILD_OBS + 1, build_csr_pointers, 6,
                          build_csr_indices, H5T_IEEE_F32LE, csr));
    H5Gclose(build_sparse(layers, "csc", "csc_matrix", H5T_STD_I64LE, BUILD_VAR + 1, (const int64_t[]){0, 2, 3, 4, 6},
                          6, (const int64_t[]){0, 2, 2, 0, 1, 2}, H5T_IEEE_F64LE, csc));
    H5Gclose(build_sparse(layers, "mixed", "csr_matrix", H5T_STD_I32LE, BUILD_OBS + 1, (const int64_t[]){0, 2, 3, 7}, 7,
                          (const int64_t[]){2, 0, 3, 3, 1, 0, 0}, H5T_IEEE_F64LE, mixed)); /* NaN + 2 is NaN */
    H5Gclose(layers);
    H5Fclose(file);
}

static void in_anndata(void **state)
{
    (void)state;
    static const char *const layers[] = {NULL, "csr", "csc", "mixed"};
    unmix_context *cx = um_test_context();
    const char *path = build_path("missing.h5ad");
    double want[BUILD_VAR * BUILD_OBS];
    build_all(path);
    for (size_t i = 0; i < BUILD_VAR * BUILD_OBS; i++)
        want[i] = with_missing[i % BUILD_OBS * BUILD_VAR + i / BUILD_OBS];
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        um_source source = {0};
        um_matrix matrix = {0};
        unmix_read_options options = {.layer = layers[i]};
        assert_refused(cx, um_read_matrix(cx, path, &options, &matrix), UNMIX_ERROR_INPUT,
                       "observation 's1', variable 'LYZ': nan is not finite");
        options.missing = 1;
        assert_ok(cx, um_open_source(cx, path, &options, &source));
        assert_delivers(cx, &source, want);
        um_source_close(&source);
    }
    unmix_context_free(cx);
    assert_nothing_open();
}

static void still_refused_in_anndata(void **state)
{
    (void)state;
    static const double bad[2][BUILD_OBS * BUILD_VAR] = {{1, NAN, -INFINITY}, {1, NAN, -1}};
    static const char *const parts[2] = {"variable 'LYZ': -inf is not finite", "variable 'LYZ': -1 is negative"};
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < 2; i++) {
        um_matrix matrix = {0};
        const char *path = build_path("bad.h5ad");
        const hid_t file = build_begin(path);
        build_dense(file, "X", H5T_IEEE_F64LE, BUILD_OBS, BUILD_VAR, bad[i]);
        H5Fclose(file);
        assert_refused(cx, um_read_matrix(cx, path, &allowed, &matrix), UNMIX_ERROR_INPUT, parts[i]);
    }
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_tables),
        cmocka_unit_test(in_tables_on_disk),
        cmocka_unit_test(still_refused_in_tables),
        cmocka_unit_test(in_anndata),
        cmocka_unit_test(still_refused_in_anndata),
    };
    return um_run_group(tests);
}
