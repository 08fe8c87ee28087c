/* AnnData files as others wrote them: skipped where the data are absent. */
#include <math.h>

#include "core/source.h"
#include "io/anndata/h5ad.h"
#include "io/read.h"
#include "unit/io_h5ad_build.h"

static const char *shared(const char *name)
{
    static char path[640];
    const char *folder = getenv("UNMIX_SHARED_DATA");
    (void)snprintf(path, sizeof path, "%s/%s", folder ? folder : "", name);
    FILE *file = folder ? fopen(path, "rb") : NULL;
    if (!file) {
        print_message("skipped: %s is not there\n", name);
        skip();
    }
    (void)fclose(file);
    return path;
}

/* Reads everything in the preferred blocks: the sum of the values and their number. */
static double pass(unmix_context *cx, const char *path, const char *layer, size_t n_var, size_t n_obs, size_t *stored)
{
    um_source source = {0};
    um_block block = {0};
    double sum = 0.0;
    *stored = 0;
    assert_ok(cx, um_h5ad_source(cx, path, layer, &source));
    assert_int_equal(source.rows->count, n_var);
    assert_int_equal(source.columns->count, n_obs);
    for (size_t first = 0; first < n_obs; first += source.preferred_block) {
        const size_t left = n_obs - first;
        assert_ok(cx, um_source_read(cx, &source, first, left < source.preferred_block ? left : source.preferred_block,
                                     &block));
        *stored += block.start[block.count];
        for (size_t i = 0; i < block.start[block.count]; i++)
            sum += block.value[i];
    }
    um_block_clear(&block);
    um_source_close(&source);
    assert_nothing_open();
    return sum;
}

static size_t count_labels(unmix_context *cx, const char *path, const char *column, const char *label, size_t n_levels)
{
    um_names levels = {0};
    int64_t *level = NULL;
    size_t n = 0, count = 0;
    assert_ok(cx, um_h5ad_labels(cx, path, column, &levels, &level, &n));
    assert_int_equal(levels.count, n_levels);
    for (size_t i = 0; i < n; i++)
        count += level[i] >= 0 && strcmp(um_name(&levels, (size_t)level[i]), label) == 0;
    free(level);
    um_names_clear(&levels);
    return count;
}

static void pbmc3k_counts(void **state)
{
    (void)state;
    const char *path = shared("pbmc3k/pbmc3k_counts.h5ad");
    unmix_context *cx = um_test_context();
    size_t stored;
    assert_true(pass(cx, path, NULL, 13714, 2700, &stored) == 6386518.0); /* its published number of molecules */
    assert_int_equal(stored, 2282976);
    assert_int_equal(count_labels(cx, path, "cell_type", "unlabelled", 10), 62);
    unmix_context_free(cx);
}

static void pbmc3k_lognorm(void **state)
{
    (void)state;
    const char *path = shared("pbmc3k/pbmc3k_lognorm.h5ad");
    unmix_context *cx = um_test_context();
    size_t stored;
    assert_true(pass(cx, path, NULL, 13714, 2700, &stored) > 0.0);
    assert_int_equal(stored, 2282976);
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read(cx, path, NULL, &matrix));
    for (size_t c = 0; c < matrix.columns.count; c += 300) { /* counts per 10,000 before the logarithm */
        double total = 0.0;
        for (size_t r = 0; r < matrix.rows.count; r++)
            total += expm1(um_row(&matrix, r)[c]);
        assert_true(fabs(total - 1e4) < 1e4 * 2700 * 6e-8); /* the values are float32, about 850 for each cell */
    }
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
}

/* anndata 0.7, no encoding at the root, old categoricals, everything compressed with lzf. */
static void anndata_0_7(void **state)
{
    (void)state;
    const struct {
        const char *name;
        size_t x, raw;
        double sum; /* of X, by h5py */
    } files[] = {{"h5ad_fixtures/anndata_archive_v0.7.0.h5ad", 228, 480, 285.0},
                 {"h5ad_fixtures/anndata_archive_v0.7.8.h5ad", 239, 453, 302.0}};
    for (size_t i = 0; i < 2; i++) {
        const char *path = shared(files[i].name);
        unmix_context *cx = um_test_context();
        size_t stored;
        assert_true(pass(cx, path, NULL, 20, 30, &stored) == files[i].sum);
        assert_int_equal(stored, files[i].x);
        (void)pass(cx, path, "raw", 40, 30, &stored);
        assert_int_equal(stored, files[i].raw);
        (void)pass(cx, path, "sparse", 20, 30, &stored);
        assert_int_equal(stored, 6);
        um_names levels = {0};
        int64_t *level = NULL;
        size_t n = 0;
        assert_ok(cx, um_h5ad_labels(cx, path, "obs_cat", &levels, &level, &n));
        assert_int_equal(n, 30);
        assert_int_equal(levels.count, i ? 21 : 22);
        free(level);
        um_names_clear(&levels);
        um_matrix matrix = {0};
        assert_ok(cx, um_h5ad_read_obsm(cx, path, "array", &matrix));
        assert_int_equal(matrix.columns.count, 50);
        um_matrix_clear(&matrix);
        unmix_context_free(cx);
        assert_nothing_open();
    }
}

static void pbmc68k_scaled_and_raw(void **state)
{
    (void)state;
    const char *path = shared("pbmc68k_reduced/pbmc68k_reduced.h5ad");
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_refused(cx, um_h5ad_read(cx, path, NULL, &matrix), UNMIX_ERROR_INPUT, "is negative");
    assert_refused(cx, um_h5ad_read(cx, path, "counts", &matrix), UNMIX_ERROR_INPUT, "layers: none; there is 'raw'");
    size_t stored;
    (void)pass(cx, path, "raw", 765, 700, &stored);
    assert_int_equal(stored, 174400);
    assert_ok(cx, um_h5ad_read_obsm(cx, path, "X_umap", &matrix));
    assert_int_equal(matrix.columns.count, 2);
    um_matrix_clear(&matrix);
    assert_true(count_labels(cx, path, "bulk_labels", "Dendritic", 10) > 0);
    unmix_context_free(cx);
    assert_nothing_open();
}

static void spots_and_wells(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    size_t stored;
    const char *path = shared("mOB_spatial/mOB_counts.h5ad");
    assert_true(pass(cx, path, NULL, 15928, 262, &stored) > 0.0);
    path = shared("sc_mixology/RNAmix_celseq2.h5ad");
    um_source source = {0};
    assert_ok(cx, um_h5ad_source(cx, path, NULL, &source));
    assert_int_equal(source.columns->count, 340);
    um_source_close(&source);
    unmix_context_free(cx);
}

/* 507 genes x 1107 cells; the sum of the counts is by h5py. */
static void a_10x_file(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_ok(cx, um_read_matrix(cx, shared("h5ad_fixtures/10x_v3_filtered_feature_bc_matrix.h5"), NULL, &matrix));
    assert_int_equal(matrix.rows.count, 507);
    assert_int_equal(matrix.columns.count, 1107);
    double sum = 0.0;
    for (size_t i = 0; i < matrix.rows.count * matrix.columns.count; i++)
        sum += matrix.values[i];
    assert_true(sum == 41549.0);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
    assert_nothing_open();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pbmc3k_counts), cmocka_unit_test(pbmc3k_lognorm),         cmocka_unit_test(anndata_0_7),
        cmocka_unit_test(a_10x_file),    cmocka_unit_test(pbmc68k_scaled_and_raw), cmocka_unit_test(spots_and_wells),
    };
    return um_run_group(tests);
}
