/* Simulation: a cohort with known truth. */
#ifndef UNMIX_SIMULATE_H
#define UNMIX_SIMULATE_H

#include <stdint.h>

#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct unmix_simulate_options {
    size_t genes;            /* 18879 */
    size_t types;            /* 21 */
    size_t samples;          /* 81 */
    size_t families;         /* 7: types of one family share most of their expression */
    double similarity;       /* 0.8: share of log-variance that a family has in common, in [0,1) */
    size_t types_per_sample; /* 0: all types in every sample; else so many, chosen per sample */
    double depth;            /* 2e7: mean reads per sample; depths vary by a factor of about 2 */
    double dispersion;       /* 0.1: gamma-Poisson, variance = mean + dispersion mean^2; 0: Poisson */
    double background;       /* 0.02: share of reads from the uniform background */
    double insert_size;      /* 500 */
    uint64_t seed;           /* 42 */
} unmix_simulate_options;

UNMIX_API void unmix_simulate_options_init(unmix_simulate_options *options);

typedef struct unmix_simulation {
    unmix_matrix *signatures; /* genes x types: molecules per type, columns scaled to 1e6 */
    unmix_matrix *bulk;       /* genes x samples: counts */
    unmix_matrix *genes;      /* genes x (length, weight) */
    unmix_matrix *truth;      /* samples x types: proportions (fractions of RNA), rows sum to 1 */
} unmix_simulation;

/*
 * Draws a cohort. Same options, same numbers; a sample does not depend on how many others there are. The four matrices
 * are freed with unmix_simulation_free(). Errors: ARGUMENT, MEMORY, INTERRUPTED.
 */
UNMIX_API unmix_status unmix_simulate(unmix_context *cx, const unmix_simulate_options *options,
                                      unmix_simulation *simulation);
UNMIX_API void unmix_simulation_free(unmix_simulation *simulation);

typedef enum unmix_simulation_format {
    UNMIX_SIMULATION_TSV, /* bulk.tsv */
    UNMIX_SIMULATION_H5AD /* bulk.h5ad: samples are obs, genes are var with length and weight, X holds the counts */
} unmix_simulation_format;

/*
 * Writes signatures.tsv, bulk.tsv, genes.tsv and truth.tsv into the folder `path` (made when absent). Existing files
 * are replaced only with overwrite != 0. Errors: EXISTS, WRITE, MEMORY.
 */
UNMIX_API unmix_status unmix_simulation_write(unmix_context *cx, const unmix_simulation *simulation, const char *path,
                                              int overwrite);

/*
 * Draws a cohort straight into files, for cohorts of any size: the bulk is never in memory as a whole. The numbers and
 * the files are those of unmix_simulate() and unmix_simulation_write(), except that the bulk has the format asked for.
 * `scratch` is the folder for a temporary file as large as the bulk; NULL: the system's, P_tmpdir.
 * Errors: ARGUMENT, EXISTS, WRITE, MEMORY, INTERRUPTED.
 */
UNMIX_API unmix_status unmix_simulate_write(unmix_context *cx, const unmix_simulate_options *options,
                                            unmix_simulation_format format, const char *path, const char *scratch,
                                            int overwrite);

#ifdef __cplusplus
}
#endif
#endif
