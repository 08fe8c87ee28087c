/*
 * The random numbers of numpy, draw for draw, so that a run with a seed meets the same run of scikit-learn, scanpy and
 * consensusclustering: RandomState (MT19937, Matsumoto and Nishimura 1998) and Generator as default_rng gives it
 * (SeedSequence and PCG64 XSL-RR 128/64, O'Neill 2014). Checked against numpy 2.4.
 * New draws of this project's own take core/random.h.
 */
#ifndef UM_NUMPY_RANDOM_H
#define UM_NUMPY_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "core/diagnostics.h"

enum { UM_MT_WORDS = 624 };

/* numpy.random.RandomState(seed). */
typedef struct um_mt {
    uint32_t word[UM_MT_WORDS];
    size_t used;   /* words already given out */
    double spare;  /* the second number of a pair of normals */
    int has_spare;
} um_mt;

void um_mt_start(um_mt *mt, uint32_t seed);

uint32_t um_mt_bits(um_mt *mt);                   /* 32 uniform bits */
double um_mt_uniform(um_mt *mt);                  /* random_sample(): in [0,1), 53 bits */
double um_mt_normal(um_mt *mt);                   /* standard_normal(): the polar method, the pair in numpy's order */
uint32_t um_mt_interval(um_mt *mt, uint32_t max); /* 0 .. max inclusive; draws nothing when max is 0 */

/* shuffle(): in place, also what np.random.shuffle does to an array of objects. n <= 2^32. */
void um_mt_shuffle(um_mt *mt, size_t n, size_t *items);

/*
 * permutation(n): order[n] is a shuffled 0 .. n-1. Its first `count` are choice(n, count, replace=False) and
 * pandas' Series.sample(count, random_state=...).
 */
void um_mt_permutation(um_mt *mt, size_t n, size_t *order);

/* numpy.random.default_rng(seed). */
typedef struct um_pcg {
    uint64_t state[2]; /* low and high half */
    uint64_t step[2];  /* the increment, odd */
    uint32_t spare;    /* the upper half of 64 bits of which the lower was given out */
    int has_spare;
} um_pcg;

void um_pcg_start(um_pcg *pcg, uint64_t seed);

uint64_t um_pcg_bits(um_pcg *pcg); /* 64 uniform bits */

/* integers(0, bound): 0 .. bound-1, bound > 0; draws nothing when bound is 1 (Lemire 2019). */
uint64_t um_pcg_below(um_pcg *pcg, uint64_t bound);

/* choice(n, count, replace=False): chosen[count] in numpy's order; count <= n. Errors: MEMORY. */
unmix_status um_pcg_choice(unmix_context *cx, um_pcg *pcg, size_t n, size_t count, size_t *chosen);

#endif
