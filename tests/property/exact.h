/* What the tests of the exact solver share: cohorts of every kind, and what must hold at each result. */
#ifndef UM_TESTS_EXACT_H
#define UM_TESTS_EXACT_H

#include "property/cohort.h"

static unmix_context *cx;

static inline int exact_begin(void **state)
{
    (void)state;
    cx = um_test_context();
    return 0;
}

static inline int exact_end(void **state)
{
    (void)state;
    unmix_context_free(cx);
    return 0;
}

static const unmix_precision precisions[] = {UNMIX_SINGLE, UNMIX_DOUBLE};

/* The tolerance that the method has by itself, and so what every gap must be below. */
static inline double tolerance_of(unmix_precision precision)
{
    return precision == UNMIX_SINGLE ? 1e-6 : 1e-9;
}

static inline unmix_deconvolve_options exact_options(void)
{
    unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EXACT, 0.0, 0);
    options.errors = 0;
    return options;
}

/* A cohort without any number in it yet; lengths are the insert size and weights 1. */
static inline cohort empty_cohort(size_t G, size_t C, size_t N)
{
    cohort c = {.G = G, .C = C, .N = N, .gene = cohort_names("g", G), .type = cohort_names("type", C),
                .sample = cohort_names("s", N), .S = cohort_reals(G * C), .k = cohort_reals(G * N),
                .length = cohort_reals(G), .weight = cohort_reals(G)};
    for (size_t g = 0; g < G; g++) {
        c.length[g] = 500.0;
        c.weight[g] = 1.0;
    }
    return c;
}

static inline void fill_signatures(cohort *c, um_random *r, double spread)
{
    for (size_t i = 0; i < c->G * c->C; i++)
        c->S[i] = exp(spread * um_random_normal(r));
}

/* Column `to` becomes column `from`, every entry changed by a factor of about 1 +- by. */
static inline void imitate(cohort *c, um_random *r, size_t from, size_t to, double by)
{
    for (size_t g = 0; g < c->G; g++)
        c->S[g * c->C + to] = c->S[g * c->C + from] * exp(by * um_random_normal(r));
}

/* What is read of gene g from the mixture P (C) of `depth` molecules: L/500 S P depth. */
static inline void expect(const cohort *c, const double *P, double depth, double *yhat)
{
    double *sum = cohort_reals(c->C);
    for (size_t i = 0; i < c->G * c->C; i++)
        sum[i % c->C] += c->S[i];
    for (size_t g = 0; g < c->G; g++) {
        yhat[g] = 0.0;
        for (size_t j = 0; j < c->C; j++)
            yhat[g] += c->length[g] / 500.0 * c->S[g * c->C + j] / sum[j] * P[j] * depth;
    }
    free(sum);
}

/* Random proportions; about half of the types are absent where `sparse`. */
static inline void draw_mixture(const cohort *c, um_random *r, int sparse, double *P)
{
    double sum = 0.0;
    for (size_t j = 0; j < c->C; j++) {
        P[j] = sparse && um_random_below(r, 2) ? 0.0 : um_random_gamma(r, 1.0) + 1e-3;
        sum += P[j];
    }
    if (sum <= 0.0)
        sum = P[0] = 1.0;
    for (size_t j = 0; j < c->C; j++)
        P[j] /= sum;
}

/* Sample n: Poisson counts of a mixture, or exactly the mixture. */
static inline void mix(cohort *c, um_random *r, size_t n, double depth, int noise)
{
    double *P = cohort_reals(c->C), *yhat = cohort_reals(c->G);
    draw_mixture(c, r, n % 2 == 1, P);
    expect(c, P, depth, yhat);
    for (size_t g = 0; g < c->G; g++)
        c->k[g * c->N + n] = noise ? um_random_poisson(r, yhat[g]) : yhat[g];
    free(P);
    free(yhat);
}

/*
 * The multipliers at the result, formed here, in double, from the definition: all at most 1 + gap, and those of sources
 * above zero 1. A source with the share s of the reads may have 1 - m up to what the gap leaves, gap / s: the mean of the
 * m_j, weighted with the shares, is 1.
 */
static inline void assert_kkt(const cohort *c, const unmix_result *result, size_t n, int intercept)
{
    const size_t M = c->C + (size_t)intercept;
    const double *E = cohort_row(result, "exposures", n), gap = cohort_metric(result, n, "gap");
    double *A = cohort_reals(c->G * M), *sum = cohort_reals(c->C), *fold = cohort_reals(M), *D = cohort_reals(M);
    double T = 0.0, predicted = 0.0;
    for (size_t i = 0; i < c->G * c->C; i++)
        sum[i % c->C] += c->S[i];
    for (size_t g = 0; g < c->G; g++) {
        double y = 1e-10, any = intercept ? 1.0 : 0.0;
        for (size_t j = 0; j < M; j++) {
            A[g * M + j] = c->length[g] / 500.0 * (j < c->C ? c->S[g * c->C + j] / sum[j] : 1.0 / (double)c->G);
            y += A[g * M + j] * E[j];
            any += A[g * M + j];
        }
        if (!(any > 0.0))
            continue; /* no source can produce it: it takes no part */
        T += c->weight[g] * c->k[g * c->N + n];
        for (size_t j = 0; j < M; j++) {
            D[j] += c->weight[g] * A[g * M + j];
            fold[j] += c->weight[g] * c->k[g * c->N + n] / y * A[g * M + j];
        }
    }
    for (size_t j = 0; j < M; j++)
        predicted += D[j] * E[j];
    double largest = 0.0, lost = 1.0; /* lost: what eps takes from the mean, where yhat is small */
    for (size_t j = 0; j < M; j++)
        lost -= E[j] * fold[j] / T;
    for (size_t j = 0; j < M; j++) {
        const double m = fold[j] / D[j] * predicted / T, share = D[j] * E[j] / predicted;
        largest = fmax(largest, m);
        if (m < 1.0 && !(share * (1.0 - m) <= exp(gap) - 1.0 + fabs(lost) + 1e-12))
            fail_msg("sample %zu, source %zu: m = %.12g with %.3g of the reads, gap %.3g", n, j, m, share, gap);
    }
    /* both are sums in double over G genes, in another order */
    if (!(fabs(log(largest) - gap) <= 2.0 * fabs(lost) + 1e-12))
        fail_msg("sample %zu: the gap is %.12g, the multipliers say %.12g", n, gap, log(largest));
    um_assert_close(&predicted, &T, 1, 1e-5 + 2.0 * fabs(lost), 0.0, "sum D E = T"); /* single: M products and a scaling */
    free(A);
    free(sum);
    free(fold);
    free(D);
}

/* Every sample arrived, and in few steps: most need 2 to 8, the hardest of some 10,000 random ones needed 12. */
static inline void assert_arrived(const cohort *c, const unmix_result *result, unmix_precision precision, int intercept,
                           const char *what)
{
    const size_t n_samples = unmix_result_summary(result)->samples;
    assert_int_equal(n_samples, c->N);
    for (size_t n = 0; n < n_samples; n++) {
        const double gap = cohort_metric(result, n, "gap"), steps = cohort_metric(result, n, "iterations");
        if (!(gap <= tolerance_of(precision) && cohort_metric(result, n, "converged") == 1.0 && steps <= 30.0))
            fail_msg("%s, %s, sample %zu: gap %.3g after %g steps", what, precision == UNMIX_SINGLE ? "single" : "double", n,
                     gap, steps);
        for (size_t j = 0; j < c->C; j++)
            assert_true(isfinite(cohort_row(result, "exposures", n)[j]) && cohort_row(result, "exposures", n)[j] >= 0.0);
        assert_kkt(c, result, n, intercept);
    }
    assert_int_equal(unmix_result_summary(result)->converged, n_samples);
    assert_int_equal(unmix_result_summary(result)->certified, n_samples);
}

typedef enum count_kind { POISSON, UNRELATED, SINGLE_GENE, EXACT, SPARSE, COUNT_KINDS } count_kind;

static inline void fill_sample(cohort *c, um_random *r, size_t n, count_kind kind)
{
    const double depth = pow(10.0, 1.0 + 7.5 * um_random_uniform(r));
    if (kind == POISSON || kind == EXACT) {
        mix(c, r, n, depth, kind == POISSON);
    } else {
        for (size_t g = 0; g < c->G; g++) {
            const double k = floor(exp(2.0 * um_random_normal(r)) * depth / (double)c->G);
            c->k[g * c->N + n] = kind == UNRELATED || (kind == SPARSE && um_random_below(r, 20) == 0) ? k : 0.0;
        }
    }
    const size_t g = um_random_below(r, c->G);
    c->k[g * c->N + n] += 1.0; /* never all zero */
}

static inline cohort draw_fuzz(uint64_t seed, int *intercept)
{
    static const double spreads[] = {0.3, 1.0, 3.0}, differences[] = {0.0, 1e-7, 1e-4, 1e-2}, zeros[] = {0.0, 0.5, 0.9};
    um_random r;
    um_random_start(&r, seed, "test", "fuzz");
    *intercept = um_random_below(&r, 3) > 0;
    const size_t M = 2 + um_random_below(&r, 11), G = 20 + um_random_below(&r, 181);
    cohort c = empty_cohort(G, M - (size_t)*intercept, 5);
    fill_signatures(&c, &r, spreads[um_random_below(&r, 3)]);
    const double zero = zeros[um_random_below(&r, 3)];
    for (size_t g = 0; g < G; g++) {
        c.length[g] = floor(200.0 * exp(4.0 * um_random_uniform(&r)));
        c.weight[g] = um_random_below(&r, 4) ? 1.0 : 0.5;
        for (size_t j = 0; j < c.C; j++)
            if (g != j && um_random_uniform(&r) < zero)
                c.S[g * c.C + j] = 0.0;
    }
    for (size_t j = 1; j < c.C; j++)
        if (um_random_below(&r, 3) == 0)
            imitate(&c, &r, um_random_below(&r, j), j, differences[um_random_below(&r, 4)]);
    for (size_t n = 0; n < c.N; n++)
        fill_sample(&c, &r, n, (count_kind)um_random_below(&r, COUNT_KINDS));
    if (!*intercept) /* gene 0 is made by type 0: no sample is empty */
        for (size_t n = 0; n < c.N; n++)
            c.k[n] += 1.0;
    return c;
}

static inline void clear(cohort *c)
{
    free(c->S);
    free(c->k);
    free(c->length);
    free(c->weight);
}

#define exact_test(f) cmocka_unit_test_setup_teardown(f, exact_begin, exact_end)

#endif
