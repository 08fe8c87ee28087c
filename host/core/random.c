#include "core/random.h"

#include <math.h>

#define TWO_PI 6.28318530717958647692

enum { PHILOX_ROUNDS = 10 };

/* One block of Philox 4x32-10: output = bijection of counter under key (Salmon et al., SC 2011, section 3.3). */
static void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        const uint64_t p0 = (uint64_t)0xD2511F53U * c0;
        const uint64_t p1 = (uint64_t)0xCD9E8D57U * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9U; /* golden ratio */
        k1 += 0xBB67AE85U; /* sqrt(3) - 1 */
    }
    output[0] = c0;
    output[1] = c1;
    output[2] = c2;
    output[3] = c3;
}

/* FNV-1a, 64 bits, of the text with its terminating zero, so that ("a", "bc") and ("ab", "c") differ. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    do {
        hash = (hash ^ *byte) * UINT64_C(0x100000001b3);
    } while (*byte++);
    return hash;
}

void um_random_start(um_random *random, uint64_t seed, const char *purpose, const char *name)
{
    const uint64_t stream = hash_text(hash_text(UINT64_C(0xcbf29ce484222325), purpose), name);
    *random = (um_random){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, 0, (uint32_t)stream, (uint32_t)(stream >> 32)},
        .used = 4,
    };
}

uint64_t um_random_bits(um_random *random)
{
    if (random->used > 2) {
        philox(random->counter, random->key, random->output);
        if (++random->counter[0] == 0)
            random->counter[1]++;
        random->used = 0;
    }
    const uint64_t low = random->output[random->used];
    const uint64_t high = random->output[random->used + 1];
    random->used += 2;
    return high << 32 | low;
}

double um_random_uniform(um_random *random)
{
    uint64_t bits;
    do
        bits = um_random_bits(random) >> 11;
    while (bits == 0);
    return (double)bits * 0x1p-53;
}

uint64_t um_random_below(um_random *random, uint64_t bound)
{
    /* The 2^64 mod bound smallest values would make some remainders likelier than others. */
    const uint64_t surplus = (0 - bound) % bound;
    uint64_t bits;
    do
        bits = um_random_bits(random);
    while (bits < surplus);
    return bits % bound;
}

double um_random_normal(um_random *random)
{
    const double radius = sqrt(-2.0 * log(um_random_uniform(random)));
    return radius * cos(TWO_PI * um_random_uniform(random));
}

double um_random_gamma(um_random *random, double shape)
{
    if (shape < 1.0) { /* Gamma(a) = Gamma(a + 1) U^(1/a) */
        const double power = pow(um_random_uniform(random), 1.0 / shape);
        return um_random_gamma(random, shape + 1.0) * power;
    }
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        const double x = um_random_normal(random);
        const double root = 1.0 + c * x;
        if (root <= 0.0)
            continue;
        const double v = root * root * root;
        if (log(um_random_uniform(random)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

/* Sequential search through the distribution function; as many steps as the value drawn. */
static double poisson_inversion(um_random *random, double mean)
{
    enum { STEPS = 250 }; /* P(k > 250) < 1e-130 for a mean below 30: the end only guards against rounding */
    double rest = um_random_uniform(random);
    double probability = exp(-mean);
    int k = 0;
    while (rest > probability && k < STEPS) {
        rest -= probability;
        k++;
        probability *= mean / k;
    }
    return k;
}

/*
 * log P(k) = k log(mean) - mean - log k!  With Stirling's series for log k! this is
 *     k (log1p(x) - x) - log(2 pi k) / 2 - 1/(12 k) + 1/(360 k^3) - 1/(1260 k^5),   x = (mean - k) / k,
 * which, unlike the first form, does not cancel when the mean is large.
 */
static double poisson_log_probability(double k, double mean)
{
    if (k < 16.0) { /* the series is good to 3e-12 from 16 on */
        double log_factorial = 0.0;
        for (int i = 2; i <= (int)k; i++)
            log_factorial += log(i);
        return k * log(mean) - mean - log_factorial;
    }
    const double x = (mean - k) / k;
    const double k2 = k * k;
    const double series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * k2)) / k2) / k;
    return k * (log1p(x) - x) - 0.5 * log(TWO_PI * k) - series;
}

/* Transformed rejection with squeeze: W. Hoermann, Insurance: Mathematics and Economics 12 (1993), algorithm PTRS. */
static double poisson_rejection(um_random *random, double mean)
{
    const double b = 0.931 + 2.53 * sqrt(mean);
    const double a = -0.059 + 0.02483 * b;
    const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    const double v_r = 0.9277 - 3.6224 / (b - 2.0);
    for (;;) {
        const double u = um_random_uniform(random) - 0.5;
        const double v = um_random_uniform(random);
        const double us = 0.5 - fabs(u);
        const double k = floor((2.0 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r)
            return k;
        if (k < 0.0 || (us < 0.013 && v > us))
            continue;
        if (log(v * inverse_alpha / (a / (us * us) + b)) <= poisson_log_probability(k, mean))
            return k;
    }
}

double um_random_poisson(um_random *random, double mean)
{
    return mean < 30.0 ? poisson_inversion(random, mean) : poisson_rejection(random, mean);
}
