/* Philox against its published answers; every distribution against its moments and its distribution function. */
#include "core/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "testing/testing.h"

enum { DRAWS = 200000 };

/*
 * Bounds. A mean of n draws has the standard error sqrt(variance / n), a sample variance sqrt((m4 - variance^2) / n)
 * with m4 the fourth central moment. Everything is allowed SIGMAS of these: 5 sigma happens once in 1.7 million.
 * The streams are fixed, so a test that passes once passes always.
 */
#define SIGMAS 5.0

/* Largest value allowed to a chi-square variable: Wilson and Hilferty's cube is normal to good accuracy. */
static double chi_square_bound(double df)
{
    const double t = 2.0 / (9.0 * df);
    return df * pow(1.0 - t + SIGMAS * sqrt(t), 3.0);
}

/* P(sqrt(n) D > 2.9) = 2 exp(-2 * 2.9^2) = 1e-7 (Kolmogorov). */
#define KS_BOUND(n) (2.9 / sqrt((double)(n)))

static void check_moments(const double *x, double mean, double variance, double m4)
{
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < DRAWS; i++) {
        sum += x[i] - mean; /* about the known mean, so that large means do not cancel */
        square += (x[i] - mean) * (x[i] - mean);
    }
    const double n = DRAWS;
    const double got_mean = mean + sum / n, got_variance = square / n;
    um_assert_close(&got_mean, &mean, 1, 0.0, SIGMAS * sqrt(variance / n), "mean");
    um_assert_close(&got_variance, &variance, 1, 0.0, SIGMAS * sqrt((m4 - variance * variance) / n), "variance");
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov's distance between the draws and a continuous distribution function. */
static double distance(double *x, double (*cdf)(double))
{
    qsort(x, DRAWS, sizeof *x, by_value);
    double d = 0.0;
    for (size_t i = 0; i < DRAWS; i++) {
        const double f = cdf(x[i]);
        d = fmax(d, fmax(f - (double)i / DRAWS, (double)(i + 1) / DRAWS - f));
    }
    return d;
}

static double *draws(void)
{
    static double x[DRAWS];
    return x;
}

static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    /* kat_vectors of Random123: "philox4x32 10", counter, key, expected */
    static const uint32_t answers[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6,
         0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420,
         0x24126ea1},
    };
    for (size_t i = 0; i < 3; i++) {
        um_random random = {.used = 4};
        memcpy(random.counter, answers[i], sizeof random.counter);
        memcpy(random.key, answers[i] + 4, sizeof random.key);
        const uint64_t first = um_random_bits(&random);
        assert_memory_equal(random.output, answers[i] + 6, sizeof random.output);
        assert_true(first == ((uint64_t)answers[i][7] << 32 | answers[i][6]));
        assert_true(um_random_bits(&random) == ((uint64_t)answers[i][9] << 32 | answers[i][8]));
    }
}

static void the_counter_carries_into_its_second_word(void **state)
{
    (void)state;
    um_random random = {.counter = {0xffffffff, 7, 1, 2}, .used = 4};
    (void)um_random_bits(&random);
    assert_int_equal(random.counter[0], 0);
    assert_int_equal(random.counter[1], 8);
    assert_int_equal(random.counter[2], 1);
    assert_int_equal(random.counter[3], 2);
}

static uint64_t first_bits(uint64_t seed, const char *purpose, const char *name)
{
    um_random random;
    um_random_start(&random, seed, purpose, name);
    return um_random_bits(&random);
}

static void a_stream_depends_on_seed_purpose_and_name_only(void **state)
{
    (void)state;
    const uint64_t base = first_bits(42, "gd exposures", "NK");
    assert_true(base == first_bits(42, "gd exposures", "NK"));
    assert_true(base != first_bits(43, "gd exposures", "NK"));
    assert_true(base != first_bits(42 + (UINT64_C(1) << 32), "gd exposures", "NK"));
    assert_true(base != first_bits(42, "gd exposure", "NK"));
    assert_true(base != first_bits(42, "gd exposures", "NKT"));
    assert_true(first_bits(42, "a", "bc") != first_bits(42, "ab", "c"));
    assert_true(first_bits(42, "a", "") != first_bits(42, "", "a"));
}

static double uniform_cdf(double x)
{
    return x;
}

static void uniform_has_its_distribution(void **state)
{
    (void)state;
    um_random random;
    um_random_start(&random, 1, "test", "uniform");
    double *x = draws();
    for (size_t i = 0; i < DRAWS; i++) {
        x[i] = um_random_uniform(&random);
        assert_true(x[i] > 0.0 && x[i] < 1.0);
    }
    check_moments(x, 0.5, 1.0 / 12.0, 1.0 / 80.0);
    const double d = distance(x, uniform_cdf);
    assert_true(d < KS_BOUND(DRAWS));
}

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

static void normal_has_its_distribution(void **state)
{
    (void)state;
    um_random random;
    um_random_start(&random, 1, "test", "normal");
    double *x = draws();
    for (size_t i = 0; i < DRAWS; i++)
        x[i] = um_random_normal(&random);
    check_moments(x, 0.0, 1.0, 3.0);
    assert_true(distance(x, normal_cdf) < KS_BOUND(DRAWS));
}

/* Gamma(a): mean a, variance a, fourth central moment 3 a^2 + 6 a. */
static void gamma_has_its_moments(void **state)
{
    (void)state;
    static const double shapes[] = {0.1, 1.0, 10.0};
    for (size_t s = 0; s < 3; s++) {
        const double a = shapes[s];
        um_random random;
        um_random_start(&random, s, "test", "gamma");
        double *x = draws();
        for (size_t i = 0; i < DRAWS; i++) {
            x[i] = um_random_gamma(&random, a);
            assert_true(x[i] >= 0.0 && isfinite(x[i]));
        }
        check_moments(x, a, a, 3.0 * a * a + 6.0 * a);
    }
}

static double exponential_cdf(double x)
{
    return -expm1(-x);
}

static void gamma_of_shape_one_is_exponential(void **state)
{
    (void)state;
    um_random random;
    um_random_start(&random, 1, "test", "exponential");
    double *x = draws();
    for (size_t i = 0; i < DRAWS; i++)
        x[i] = um_random_gamma(&random, 1.0);
    assert_true(distance(x, exponential_cdf) < KS_BOUND(DRAWS));
}

static double poisson_probability(double k, double mean)
{
    return exp(k * log(mean) - mean - lgamma(k + 1.0));
}

/* Chi-square over single values; neighbours are pooled until a bin expects 20 draws or more. */
static double poisson_chi_square(const double *x, double mean, double *df)
{
    enum { VALUES = 2000 };
    static double seen[VALUES + 1];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < DRAWS; i++)
        seen[x[i] < VALUES ? (size_t)x[i] : VALUES] += 1.0;
    double chi_square = 0.0, got = 0.0, expected = 0.0, left = DRAWS, got_left = DRAWS;
    *df = 0.0; /* bins - 1: the last bin below is not counted */
    for (size_t k = 0; k < VALUES; k++) {
        got += seen[k];
        expected += DRAWS * poisson_probability((double)k, mean);
        if (expected < 20.0 || left - expected < 20.0)
            continue;
        chi_square += (got - expected) * (got - expected) / expected;
        left -= expected;
        got_left -= got;
        got = expected = 0.0;
        *df += 1.0;
    }
    return chi_square + (got_left - left) * (got_left - left) / left;
}

static void poisson_has_its_distribution(void **state)
{
    (void)state;
    static const double means[] = {0.5, 5.0, 29.0, 31.0, 1000.0}; /* both sides of the change of method at 30 */
    for (size_t m = 0; m < sizeof means / sizeof means[0]; m++) {
        um_random random;
        um_random_start(&random, m, "test", "poisson");
        double *x = draws();
        for (size_t i = 0; i < DRAWS; i++) {
            x[i] = um_random_poisson(&random, means[m]);
            assert_true(x[i] >= 0.0 && x[i] == floor(x[i]));
        }
        check_moments(x, means[m], means[m], means[m] + 3.0 * means[m] * means[m]);
        double df = 0.0;
        const double chi_square = poisson_chi_square(x, means[m], &df);
        assert_true(df > 2.0);
        if (chi_square > chi_square_bound(df))
            fail_msg("mean %g: chi-square %g with %g degrees of freedom", means[m], chi_square, df);
    }
}

/*
 * For large means (k + 1/2 - mean) / sqrt(mean) is normal; the distance of the two distribution functions is at most
 * about 1 / (6 sqrt(2 pi mean)) for the skewness and 1 / (2 sqrt(2 pi mean)) for the steps of the whole numbers.
 */
static void poisson_of_a_large_mean_is_normal(void **state)
{
    (void)state;
    static const double means[] = {1e7, 1e9, 1e14};
    for (size_t m = 0; m < sizeof means / sizeof means[0]; m++) {
        um_random random;
        um_random_start(&random, m, "test", "large poisson");
        double *x = draws();
        for (size_t i = 0; i < DRAWS; i++)
            x[i] = um_random_poisson(&random, means[m]);
        assert_true(x[0] == floor(x[0]));
        check_moments(x, means[m], means[m], means[m] + 3.0 * means[m] * means[m]);
        for (size_t i = 0; i < DRAWS; i++)
            x[i] = (x[i] + 0.5 - means[m]) / sqrt(means[m]);
        assert_true(distance(x, normal_cdf) < KS_BOUND(DRAWS) + 0.67 / sqrt(6.28 * means[m]));
    }
}

static void poisson_of_zero_is_zero(void **state)
{
    (void)state;
    um_random random;
    um_random_start(&random, 1, "test", "zero");
    for (int i = 0; i < 100; i++)
        assert_true(um_random_poisson(&random, 0.0) == 0.0);
}

static void below_is_uniform_over_its_values(void **state)
{
    (void)state;
    enum { BOUND = 7 };
    um_random random;
    um_random_start(&random, 1, "test", "below");
    double seen[BOUND] = {0};
    for (size_t i = 0; i < DRAWS; i++) {
        const uint64_t value = um_random_below(&random, BOUND);
        assert_true(value < BOUND);
        seen[value] += 1.0;
    }
    const double expected = (double)DRAWS / BOUND;
    double chi_square = 0.0;
    for (size_t i = 0; i < BOUND; i++)
        chi_square += (seen[i] - expected) * (seen[i] - expected) / expected;
    assert_true(chi_square < chi_square_bound(BOUND - 1));
    assert_true(um_random_below(&random, 1) == 0);

    /* A bound of 2/3 of 2^64: the plain remainder would give the lower half of the values 2/3 of the draws. */
    const uint64_t large = UINT64_C(0xaaaaaaaaaaaaaaaa);
    double lower = 0.0;
    for (size_t i = 0; i < DRAWS; i++)
        lower += um_random_below(&random, large) < large / 2 ? 1.0 : 0.0;
    assert_true(fabs(lower / DRAWS - 0.5) < SIGMAS * sqrt(0.25 / DRAWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(the_counter_carries_into_its_second_word),
        cmocka_unit_test(a_stream_depends_on_seed_purpose_and_name_only),
        cmocka_unit_test(uniform_has_its_distribution),
        cmocka_unit_test(normal_has_its_distribution),
        cmocka_unit_test(gamma_has_its_moments),
        cmocka_unit_test(gamma_of_shape_one_is_exponential),
        cmocka_unit_test(poisson_has_its_distribution),
        cmocka_unit_test(poisson_of_a_large_mean_is_normal),
        cmocka_unit_test(poisson_of_zero_is_zero),
        cmocka_unit_test(below_is_uniform_over_its_values),
    };
    return um_run_group(tests);
}
