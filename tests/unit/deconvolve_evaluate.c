/* Metrics against numbers worked out by hand: three genes, two sources. */
#include "deconvolve/certify/evaluate.h"

#include <math.h>
#include <string.h>

#include "core/memory.h"
#include "testing/testing.h"

enum { G = 3, M = 2 };

static unmix_context *cx;
static um_problem problem;
static um_block block;

/*
 * A = (2 0; 1 1; 0 4), w = (1, 0.5, 1), so D = (2.5, 4.5); the second source is the intercept, null = A_2 / D_2.
 * Samples: k = (8, 6, 12), (0, 0, 5), and more copies of the first. Row 1 of the bulk is no gene.
 */
static int begin(void **state)
{
    (void)state;
    cx = um_test_context();
    problem = (um_problem){.n_types = 1, .n_sources = M};
    static const double A[G * M] = {2, 0, 1, 1, 0, 4}, D[M] = {2.5, 4.5}, w[G] = {1, 0.5, 1};
    static const double length[G] = {500, 1000, 4000};
    static const double null[G] = {0, 1 / 4.5, 4 / 4.5};
    static const uint32_t gene_of_row[4] = {0, UM_NO_GENE, 1, 2};
    for (size_t g = 0; g < G; g++)
        assert_ok(cx, um_names_add(cx, &problem.genes, "g", 1));
    assert_ok(cx, UM_ALLOC(cx, &problem.A, G * M, "test"));
    assert_ok(cx, UM_ALLOC(cx, &problem.D, M, "test"));
    assert_ok(cx, UM_ALLOC(cx, &problem.w, G, "test"));
    assert_ok(cx, UM_ALLOC(cx, &problem.null, G, "test"));
    assert_ok(cx, UM_ALLOC(cx, &problem.gene_of_row, 4, "test"));
    assert_ok(cx, UM_ALLOC(cx, &problem.length, G, "test"));
    memcpy(problem.A, A, sizeof A);
    memcpy(problem.D, D, sizeof D);
    memcpy(problem.w, w, sizeof w);
    memcpy(problem.null, null, sizeof null);
    memcpy(problem.length, length, sizeof length);
    memcpy(problem.gene_of_row, gene_of_row, sizeof gene_of_row);

    static const uint32_t rows[] = {0, 1, 2, 3, 3, 2, 3, 0, 1};
    static const double values[] = {8, 99, 6, 12, 5,
                                    6, 12, 8, 99}; /* the third is the first, its rows in another order */
    static const size_t start[] = {0, 4, 5, 9};
    block = (um_block){0};
    assert_ok(cx, um_block_begin(cx, &block, 3));
    assert_ok(cx, um_block_reserve(cx, &block, 0, 9));
    memcpy(block.row, rows, sizeof rows);
    memcpy(block.value, values, sizeof values);
    memcpy(block.start, start, sizeof start);
    return 0;
}

static int end(void **state)
{
    (void)state;
    um_problem_clear(&problem);
    um_block_clear(&block);
    unmix_context_free(cx);
    return 0;
}

/* Evaluates one column; `evaluator` (NULL: one of its own) adds it to its totals. */
static um_metrics evaluate(size_t column, const double *E, um_evaluator *evaluator, double *predicted)
{
    um_metrics m[1];
    um_evaluator own = {0};
    double all[3 * M] = {0};
    memcpy(all + column * M, E, M * sizeof *E);
    if (!evaluator)
        assert_ok(cx, um_evaluator_open(cx, &own, &problem));
    assert_ok(cx, um_evaluate(cx, evaluator ? evaluator : &own, &block, &column, 1, all, m, predicted));
    um_evaluator_close(&own);
    return m[0];
}

static void assert_near(double got, double want, const char *what)
{
    um_assert_close(&got, &want, 1, 1e-14, 1e-9, what); /* eps = 1e-10 in three genes */
}

/* E = (3, 2): yhat = (6, 5, 8). */
static void every_metric_by_hand(void **state)
{
    (void)state;
    const double E[M] = {3, 2};
    double predicted[G];
    const um_metrics m = evaluate(0, E, NULL, predicted);
    um_assert_close(predicted, (double[]){6, 5, 8}, G, 0.0, 0.0, "yhat");
    assert_near(m.total_counts, 26, "total counts");
    assert_near(m.nll, (8 * log(8 / 6.0) - 2) + 0.5 * (6 * log(6 / 5.0) - 1) + (12 * log(12 / 8.0) - 4), "nll");
    /* T = 8 + 3 + 12 = 23; the null model expects (0, 23/4.5, 92/4.5) */
    const double n1 = 23 / 4.5, n2 = 92 / 4.5;
    assert_near(m.null_nll, (8 * log(8 / 1e-10) - 8) + 0.5 * (6 * log(6 / n1) - 6 + n1) + (12 * log(12 / n2) - 12 + n2),
                "null");
    /* m_1 = (8 x 2/6 + 0.5 x 6/5) / 2.5, m_2 = (0.5 x 6/5 + 12 x 4/8) / 4.5; sum D E = 16.5 */
    const double m1 = (8 / 3.0 + 0.6) / 2.5, m2 = 6.6 / 4.5;
    assert_near(m.gap, log((m1 > m2 ? m1 : m2) * 16.5 / 23), "gap");
    assert_near(m.rmse, sqrt((4 + 1 + 16) / 3.0), "rmse");
    assert_near(m.nrmse, sqrt(7.0) / (26 / 3.0), "nrmse");
    assert_near(m.count_ratio, 19 / 26.0, "ratio");
    /* 3 genes, 2 sources in use: one degree of freedom */
    assert_near(m.dispersion, 4 / 6.0 + 0.5 * 1 / 5.0 + 16 / 8.0, "dispersion");
    const double kb = 26 / 3.0, yb = 19 / 3.0;
    const double xy = (8 - kb) * (6 - yb) + (6 - kb) * (5 - yb) + (12 - kb) * (8 - yb);
    const double xx = (8 - kb) * (8 - kb) + (6 - kb) * (6 - kb) + (12 - kb) * (12 - kb);
    const double yy = (6 - yb) * (6 - yb) + (5 - yb) * (5 - yb) + (8 - yb) * (8 - yb);
    assert_near(m.pearson, xy / sqrt(xx * yy), "pearson");
}

/* A weighted regression about its means; without lengths that differ there is none. */
static void what_is_left_beside_the_lengths(void **state)
{
    (void)state;
    const double E[M] = {3, 2}, x[G] = {log(500), log(1000), log(4000)};
    const double z[G] = {log(9 / 7.0), log(7 / 6.0), log(13 / 9.0)}, weight[G] = {14, 11, 20};
    double W = 0, xm = 0, zm = 0, xx = 0, zz = 0, xz = 0;
    for (size_t g = 0; g < G; g++)
        W += weight[g], xm += weight[g] * x[g], zm += weight[g] * z[g];
    for (size_t g = 0; g < G; g++) {
        const double dx = x[g] - xm / W, dz = z[g] - zm / W;
        xx += weight[g] * dx * dx, zz += weight[g] * dz * dz, xz += weight[g] * dx * dz;
    }
    const um_metrics m = evaluate(0, E, NULL, NULL);
    assert_near(m.length_slope, xz / xx, "slope");
    assert_near(m.length_correlation, xz / sqrt(xx * zz), "correlation");
    for (size_t g = 0; g < G; g++)
        problem.length[g] = 700;
    const um_metrics none = evaluate(0, E, NULL, NULL);
    assert_true(isnan(none.length_slope) && isnan(none.length_correlation));
}

static void zero_counts_and_zero_sources(void **state)
{
    (void)state;
    const double E[M] = {0, 1.25}; /* yhat = (0, 1.25, 5), k = (0, 0, 5) */
    const um_metrics m = evaluate(1, E, NULL, NULL);
    assert_near(m.nll, 0.5 * 1.25, "nll");
    assert_near(m.dispersion, 0.5 * 1.25 / 2, "dispersion: one source in use");
    /* m_1 = 0, m_2 = 4 / 4.5; sum D E = 5.625, T = 5 */
    assert_near(m.gap, log(4 / 4.5 * 5.625 / 5), "gap");
    assert_near(m.count_ratio, 1.25, "ratio");
}

/* At a perfect fit everything vanishes, and the gap does not depend on the size of E. */
static void a_perfect_fit(void **state)
{
    (void)state;
    problem.w[1] = 1.0;
    problem.D[0] = 3.0;
    problem.D[1] = 5.0;
    const double E[M] = {4, 3}; /* yhat = (8, 7, 12); k has 6, so set it to 7 */
    block.value[2] = 7.0;
    um_metrics m = evaluate(0, E, NULL, NULL);
    assert_near(m.nll, 0.0, "nll");
    assert_near(m.gap, 0.0, "gap");
    assert_true(m.gap >= 0.0 && m.nll >= -3.0001e-10); /* at k = yhat a term is -eps: log(yhat + eps) */
    assert_near(m.rmse, 0.0, "rmse");
    assert_near(m.pearson, 1.0, "pearson");
    const double twice[M] = {8, 6};
    m = evaluate(0, twice, NULL, NULL);
    assert_near(m.gap, 0.0, "gap of twice the exposures");
    assert_near(m.count_ratio, 2.0, "ratio");
}

static void constant_sides_have_no_correlation(void **state)
{
    (void)state;
    block.value[0] = block.value[2] = block.value[3] = 5.0;
    const double E[M] = {3, 2};
    assert_true(isnan(evaluate(0, E, NULL, NULL).pearson));
}

static void as_many_sources_as_genes_leave_no_dispersion(void **state)
{
    (void)state;
    um_names_clear(&problem.genes);
    assert_ok(cx, um_names_add(cx, &problem.genes, "a", 1));
    assert_ok(cx, um_names_add(cx, &problem.genes, "b", 1));
    problem.gene_of_row[3] = UM_NO_GENE;
    const double E[M] = {3, 2};
    assert_true(isnan(evaluate(0, E, NULL, NULL).dispersion));
}

/* Samples do not mix: each gives the same bits in any place and beside any others. */
static void samples_side_by_side_do_not_mix(void **state)
{
    (void)state;
    enum { MANY = 19 };
    const double E[3 * M] = {3, 2, 0, 1.25, 3, 2};
    size_t columns[MANY];
    um_metrics m[MANY];
    um_evaluator evaluator = {0};
    for (size_t i = 0; i < MANY; i++)
        columns[i] = i * 7 % 3;
    assert_ok(cx, um_evaluator_open(cx, &evaluator, &problem));
    assert_ok(cx, um_evaluate(cx, &evaluator, &block, columns, MANY, E, m, NULL));
    um_evaluator_close(&evaluator);
    const um_metrics first = evaluate(0, E, NULL, NULL), second = evaluate(1, E + M, NULL, NULL);
    for (size_t i = 0; i < MANY; i++)
        assert_memory_equal(&m[i], columns[i] == 1 ? &second : &first, sizeof first);
}

static void totals_by_hand(void **state)
{
    (void)state;
    um_evaluator totals = {0};
    const double a[M] = {3, 2}, b[M] = {0, 1.25};
    assert_ok(cx, um_evaluator_open(cx, &totals, &problem));
    const um_metrics m1 = evaluate(0, a, &totals, NULL), m2 = evaluate(1, b, &totals, NULL);
    /* k = 8 6 12 0 0 5, yhat = 6 5 8 0 1.25 5 */
    const double mean = 31 / 6.0, squares = 64 + 36 + 144 + 25 - 6 * mean * mean;
    assert_near(um_evaluator_r2(&totals), 1 - (4 + 1 + 16 + 0 + 1.5625 + 0) / squares, "r2");
    assert_near(um_evaluator_deviance_r2(&totals), 1 - (m1.nll + m2.nll) / (m1.null_nll + m2.null_nll), "deviance r2");
    assert_near(um_evaluator_mape(&totals), (2 / 9.0 + 1 / 7.0 + 4 / 13.0 + 0 + 1.25 + 0) / 6, "mape");
    assert_near(um_evaluator_gene_correlation(&totals), 1.0, "two samples: every gene correlates fully");
    um_evaluator_close(&totals);
}

static void genes_without_correlation_are_left_out_of_the_mean(void **state)
{
    (void)state;
    um_evaluator totals = {0};
    const double a[M] = {3, 2};
    assert_ok(cx, um_evaluator_open(cx, &totals, &problem));
    (void)evaluate(0, a, &totals, NULL);
    (void)evaluate(2, a, &totals, NULL); /* the same again: nothing varies */
    assert_true(isnan(um_evaluator_gene_correlation(&totals)));
    um_evaluator_close(&totals);
}

/* Nothing fitted at all (l1 can do that without an intercept): no certificate may say that this is the optimum. */
static void no_exposure_at_all_is_not_certified(void **state)
{
    (void)state;
    const double none[M] = {0, 0};
    const um_metrics m = evaluate(0, none, NULL, NULL);
    assert_false(m.gap < 1.0); /* infinite or not a number */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_metric_by_hand, begin, end),
        cmocka_unit_test_setup_teardown(what_is_left_beside_the_lengths, begin, end),
        cmocka_unit_test_setup_teardown(zero_counts_and_zero_sources, begin, end),
        cmocka_unit_test_setup_teardown(a_perfect_fit, begin, end),
        cmocka_unit_test_setup_teardown(constant_sides_have_no_correlation, begin, end),
        cmocka_unit_test_setup_teardown(as_many_sources_as_genes_leave_no_dispersion, begin, end),
        cmocka_unit_test_setup_teardown(samples_side_by_side_do_not_mix, begin, end),
        cmocka_unit_test_setup_teardown(totals_by_hand, begin, end),
        cmocka_unit_test_setup_teardown(genes_without_correlation_are_left_out_of_the_mean, begin, end),
        cmocka_unit_test_setup_teardown(no_exposure_at_all_is_not_certified, begin, end),
    };
    return um_run_group(tests);
}
