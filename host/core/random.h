/*
 * Random numbers that depend only on (seed, purpose, name): the draws for a type or a sample are the same whatever
 * else is in the run. A counter-based generator (Philox 4x32-10, Salmon et al., SC 2011), so streams never overlap.
 */
#ifndef UM_RANDOM_H
#define UM_RANDOM_H

#include <stdint.h>

typedef struct um_random {
    uint32_t key[2];
    uint32_t counter[4]; /* words 2 and 3 name the stream, 0 and 1 count */
    uint32_t output[4];
    unsigned used;       /* of output[]; 4: draw anew */
} um_random;

/* Starts the stream of (seed, purpose, name), for example (42, "gd exposures", "NK"). */
void um_random_start(um_random *random, uint64_t seed, const char *purpose, const char *name);

uint64_t um_random_bits(um_random *random);          /* 64 uniform bits */
double um_random_uniform(um_random *random);         /* in (0,1), 53 bits, never 0 or 1 */
uint64_t um_random_below(um_random *random, uint64_t bound); /* 0 .. bound-1, unbiased; bound > 0 */
double um_random_normal(um_random *random);          /* mean 0, variance 1 (Box-Muller, one of the pair) */
double um_random_gamma(um_random *random, double shape);  /* scale 1, shape > 0 (Marsaglia and Tsang 2000) */
double um_random_poisson(um_random *random, double mean); /* a whole number; mean >= 0 (inversion below 30, PTRS above) */

#endif
