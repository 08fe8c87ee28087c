/* A factorisation from its start to its end: one or several starts, fixed programs, resampled cells. */
#ifndef UM_FACTORISE_H
#define UM_FACTORISE_H

#include "programs/nmf/nmf.h"
#include "programs/nmf/start.h"

typedef struct um_factorise_options {
    um_nmf_options nmf;
    um_nmf_start_kind start;
    size_t starts; /* 1; more: that many starts (seed, seed + 1, ...), the one of the smallest loss is kept */
    uint32_t seed;
} um_factorise_options;

/* A factorisation in memory; W cells x k and H k x genes are owned. Zero-initialise, release with um_factorised_clear(). */
typedef struct um_factorised {
    size_t n, m, k;
    um_factors factors;
    um_nmf_fit fit;
} um_factorised;

void um_factorised_clear(um_factorised *f);
unmix_status um_factorised_allocate(unmix_context *cx, um_factorised *f, size_t n, size_t m, size_t k);

/* Fits `data`. Errors: INPUT (more components than cells or genes), ARGUMENT, MEMORY, DEVICE, INTERRUPTED. */
unmix_status um_factorise(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                          const um_factorise_options *options, um_factorised *result);

/* Goes on from given factors, which are `result` itself (allocated and filled by the caller). */
unmix_status um_factorise_from(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                               const um_nmf_options *options, um_factorised *result);

/*
 * Usages of given programs: fills result->factors.W for result->factors.H (allocated by the caller) from the start that
 * scikit-learn's transform() takes: 0 for hals, sqrt(mean / k) for mu.
 */
unmix_status um_factorise_usages(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                                 const um_nmf_options *options, um_factorised *result);

/*
 * `count` factorisations of the cells with uses[r * n + c] != 0 (NULL: all), each from the start of seed + r, into
 * result[count] (zeroed). Errors as um_factorise(), and INPUT where a replicate has fewer cells than components.
 */
unmix_status um_factorise_many(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                               const um_factorise_options *options, size_t count, const unsigned char *uses,
                               um_factorised *result);

/* INPUT where there are more components than cells or genes; the fits check it themselves, each when its turn comes. */
unmix_status um_factorise_check(unmix_context *cx, const um_nmf_data *data, size_t components);

/* floor(fraction n) */
size_t um_resample_size(size_t n, double fraction);

/* Which cells each of `count` resamples has: um_resample_size() of n, drawn without replacement by (seed, replicate). */
void um_resample_cells(size_t n, double fraction, uint64_t seed, size_t count, unsigned char *uses, size_t *scratch);

#endif
