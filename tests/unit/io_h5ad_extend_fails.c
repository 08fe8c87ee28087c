/* Results that cannot be put into an AnnData file: one line says why, and nothing half is left. */
#include <signal.h>
#include <sys/resource.h>

#include "unit/io_h5ad_addition.h"

static void refuses(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const char *input = build_modern("refuse.h5ad"), *output = build_path("no_file.h5ad");
    a.obs_column.name = "_index";
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INPUT,
                   "refuse.h5ad: the index of 'obs' is called '_index'");
    a.obs_column.name = "a/b";
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INTERNAL, "'a/b'");
    a.obs_column.name = "score";
    a.obsm.rows = BUILD_OBS - 1;
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INTERNAL, "'X_nmf' has 2 rows");
    a.obsm.rows = BUILD_OBS;
    um_names_clear(&a.obs);
    add(cx, &a.obs, "s1");
    add(cx, &a.obs, "x2");
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INPUT,
                   "'obs' has 3 rows now, 2");
    add(cx, &a.obs, "s3");
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INPUT,
                   "row 2 of 'obs' is 's2' now, 'x2' before");
    assert_refused(cx, um_h5ad_extend(cx, um_test_file("no.h5ad", "no"), &a.annotated, output, 0), UNMIX_ERROR_INPUT,
                   "not an HDF5 file");
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, "/no/such/folder/x.h5ad", 0), UNMIX_ERROR_WRITE,
                   "does not exist");
    assert_int_equal(files_named("no_file"), 0);
    assert_nothing_open();
    clear(&a);
    unmix_context_free(cx);
}

static int stop(void *payload, const char *stage, double fraction)
{
    (void)fraction;
    return strstr(stage, payload) != NULL;
}

static void interrupted(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    char name[] = "stopped.h5ad";
    addition a;
    make(cx, &a);
    const char *input = build_modern("go.h5ad");
    unmix_set_progress(cx, stop, name);
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, build_path(name), 0), UNMIX_ERROR_INTERRUPTED,
                   "interrupted while writing");
    assert_int_equal(files_named(name), 0);
    assert_nothing_open();
    clear(&a);
    unmix_context_free(cx);
}

/* X of 96 MiB: HDF5 copies it in one call, in which the disk below asks whether to go on. */
static int stop_later(void *payload, const char *stage, double fraction)
{
    (void)payload;
    return strstr(stage, "writing") && fraction > 0.2 && fraction < 0.8;
}

static void interrupted_within_x(void **state)
{
    (void)state;
    enum { WIDE = (96 << 20) / (BUILD_OBS * 8) };
    unmix_context *cx = um_test_context();
    const char *input = build_path("wide.h5ad"), *output = build_path("stopped_wide.h5ad");
    const hid_t file = build_begin(input);
    double *values = calloc((size_t)BUILD_OBS * WIDE, sizeof *values);
    assert_non_null(values);
    build_dense(file, "X", H5T_IEEE_F64LE, BUILD_OBS, WIDE, values);
    free(values);
    H5Fclose(file);
    addition a;
    make(cx, &a);
    unmix_set_progress(cx, stop_later, NULL);
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INTERRUPTED, "interrupted");
    assert_int_equal(files_named("stopped_wide"), 0);
    assert_nothing_open();
    assert_int_equal(remove(input), 0);
    clear(&a);
    unmix_context_free(cx);
}

/* A file size limit fails a write as a full disk does. */
static void full_disk(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const char *input = build_modern("large.h5ad");
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    for (rlim_t size = 0; size < 15000; size += 5000) {
        const struct rlimit small = {size, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        const unmix_status status = um_h5ad_extend(cx, input, &a.annotated, build_path("full.h5ad"), 0);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_refused(cx, status, UNMIX_ERROR_WRITE, "full.h5ad: cannot be written: File too large");
        assert_int_equal(files_named("full.h5ad"), 0);
        assert_nothing_open();
    }
    (void)signal(SIGXFSZ, old);
    clear(&a);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(interrupted),
        cmocka_unit_test(interrupted_within_x),
        cmocka_unit_test(full_disk),
    };
    return um_run_group(tests);
}
