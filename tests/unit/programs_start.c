/* Starts of factorisations: refusals, subsets, and matrices without much in them. Values: tests/golden/programs_start.c. */
#include "programs/nmf/start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "testing/testing.h"

enum { CELLS = 9000, GENES = 40, FEW_CELLS = 12, MOST = CELLS * GENES };

static unmix_context *cx;
static um_sparse X;
static um_factors factors, others;

static int begin(void **state)
{
    (void)state;
    cx = um_test_context();
    factors = (um_factors){malloc(MOST * sizeof(double)), malloc(MOST * sizeof(double))};
    others = (um_factors){malloc(MOST * sizeof(double)), malloc(MOST * sizeof(double))};
    return factors.W && factors.H && others.W && others.H ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    um_sparse_clear(&X);
    free(factors.W);
    free(factors.H);
    free(others.W);
    free(others.H);
    unmix_context_free(cx);
    return 0;
}

static void draw(size_t rows, double share)
{
    um_random r;
    um_random_start(&r, 3, "test of starts", "X");
    assert_ok(cx, um_sparse_allocate(cx, &X, rows, GENES, rows * GENES));
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < GENES; j++)
            if (um_random_uniform(&r) < share) {
                X.column[count] = (uint32_t)j;
                X.value[count++] = um_random_gamma(&r, 0.5) * (i % 3 == j % 3 ? 5 : 1);
            }
        X.start[i + 1] = count;
    }
}

static unmix_status start(const unsigned char *uses, um_nmf_start_kind kind, size_t k)
{
    const um_nmf_data data = {&X, NULL};
    return um_nmf_start(cx, &data, uses, kind, k, 42, &factors);
}

static void test_refusals(void **state)
{
    (void)state;
    draw(FEW_CELLS, 0.4);
    const unsigned char uses[FEW_CELLS] = {0, 1, 1, 0, 1};
    assert_refused(cx, start(NULL, UM_NMF_START_NNDSVDA, 13), UNMIX_ERROR_ARGUMENT,
                   "13 components are more components than genes or cells: there are 12 cells and 40 genes");
    assert_refused(cx, start(uses, UM_NMF_START_NNDSVD, 4), UNMIX_ERROR_ARGUMENT, "there are 3 cells and 40 genes");
    assert_refused(cx, start(uses, UM_NMF_START_RANDOM, 4), UNMIX_ERROR_ARGUMENT, "more components than genes or cells");
    assert_refused(cx, start(NULL, UM_NMF_START_NNDSVDA, 0), UNMIX_ERROR_ARGUMENT, "at least one component");
    const double kept = X.value[X.start[2]];
    X.value[X.start[2]] = -1;
    assert_refused(cx, start(NULL, UM_NMF_START_NNDSVDA, 3), UNMIX_ERROR_ARGUMENT, "cell 3, gene");
    X.value[X.start[2]] = NAN;
    assert_refused(cx, start(NULL, UM_NMF_START_RANDOM, 3), UNMIX_ERROR_ARGUMENT, "must be finite");
    X.value[X.start[2]] = kept;
    assert_ok(cx, start(NULL, UM_NMF_START_NNDSVDA, 12));
}

/* Large enough for several blocks and threads. */
static void test_same_bytes_again(void **state)
{
    (void)state;
    draw(CELLS, 0.3);
    assert_ok(cx, start(NULL, UM_NMF_START_NNDSVDA, 7));
    memcpy(others.W, factors.W, CELLS * 7 * sizeof(double));
    memcpy(others.H, factors.H, GENES * 7 * sizeof(double));
    assert_ok(cx, start(NULL, UM_NMF_START_NNDSVDA, 7));
    assert_memory_equal(others.W, factors.W, CELLS * 7 * sizeof(double));
    assert_memory_equal(others.H, factors.H, GENES * 7 * sizeof(double));
}

static void test_all_cells_used_is_no_subset(void **state)
{
    (void)state;
    draw(CELLS, 0.3);
    unsigned char *uses = malloc(CELLS);
    assert_non_null(uses);
    memset(uses, 1, CELLS);
    assert_ok(cx, start(NULL, UM_NMF_START_NNDSVD, 3));
    memcpy(others.W, factors.W, CELLS * 3 * sizeof(double));
    assert_ok(cx, start(uses, UM_NMF_START_NNDSVD, 3));
    assert_memory_equal(others.W, factors.W, CELLS * 3 * sizeof(double));
    free(uses);
}

static void assert_all(const double *values, size_t count, double want)
{
    for (size_t i = 0; i < count; i++)
        assert_true(values[i] == want);
}

static void test_nothing_at_all(void **state)
{
    (void)state;
    draw(FEW_CELLS, 0);
    for (um_nmf_start_kind kind = UM_NMF_START_NNDSVDA; kind <= UM_NMF_START_RANDOM; kind++) {
        assert_ok(cx, start(NULL, kind, 3));
        assert_all(factors.W, FEW_CELLS * 3, 0);
        assert_all(factors.H, GENES * 3, 0);
    }
}

/* x_ij = a_i b_j: the first program is all of it, W0 H0 = X; the others are rounding (below 1e-6) and so the mean. */
static void test_rank_one(void **state)
{
    (void)state;
    draw(FEW_CELLS, 1);
    for (size_t i = 0; i < FEW_CELLS; i++)
        for (size_t j = 0; j < GENES; j++)
            X.value[i * GENES + j] = (double)(i + 1) * (double)(j % 7 + 1);
    const double mean = 6.5 * (5 * 28 + 15) / GENES;
    assert_ok(cx, start(NULL, UM_NMF_START_NNDSVDA, 4));
    for (size_t i = 0; i < FEW_CELLS; i++) {
        for (size_t j = 0; j < GENES; j++)
            assert_true(fabs(factors.W[i * 4] * factors.H[j] - X.value[i * GENES + j]) <= 1e-11);
        for (size_t t = 1; t < 4; t++)
            assert_true(fabs(factors.W[i * 4 + t] - mean) <= 1e-12);
    }
    for (size_t i = GENES; i < 4 * GENES; i++)
        assert_true(fabs(factors.H[i] - mean) <= 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refusals, begin, end),
        cmocka_unit_test_setup_teardown(test_same_bytes_again, begin, end),
        cmocka_unit_test_setup_teardown(test_all_cells_used_is_no_subset, begin, end),
        cmocka_unit_test_setup_teardown(test_nothing_at_all, begin, end),
        cmocka_unit_test_setup_teardown(test_rank_one, begin, end),
    };
    return um_run_group(tests);
}
