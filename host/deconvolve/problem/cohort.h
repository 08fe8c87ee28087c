/*
 * The samples of a run: which take part, what they add up to, and reading them in blocks (an all-zero
 * sample and log-transformed values are refused before anything is fitted).
 */
#ifndef UM_COHORT_H
#define UM_COHORT_H

#include "deconvolve/problem/problem.h"
#include "deconvolve/problem/units.h"

/* The genes with most counts of a sample; fewer where fewer have any (then UM_NO_GENE). */
enum { UM_DOMINANT = 3 };

typedef struct um_dominant {
    uint32_t gene[UM_DOMINANT]; /* most first */
    double count[UM_DOMINANT];
} um_dominant;

typedef struct um_cohort {
    const um_source *source;
    const um_problem *problem;
    double *total;       /* for each column of the source: counts over the genes that take part */
    double *T;           /* sum_g w_g k_g */
    size_t *nonzeros;    /* counts above zero among them */
    um_dominant *dominant;
    double *share;       /* for each gene that takes part: its share of the counts of a sample, summed over the samples */
    um_bulk_look look;   /* over all rows of the source */
    int whole;           /* 1: every value is a whole number */
    unsigned char *used; /* 0: left out as empty */
    size_t n_used;
    double entries;      /* of a column on average, over all genes of the source */
    um_block block;      /* the columns first .. first+block.count, if loaded: as last read */
    size_t first;
    int loaded;
} um_cohort;

/*
 * Reads everything once and judges it. Errors: INPUT (repeated sample names, an all-zero sample unless drop_empty,
 * values that look log-transformed), MEMORY, INTERRUPTED. `at_once` columns are read together.
 */
unmix_status um_cohort_open(unmix_context *cx, um_cohort *cohort, const um_source *source, const um_problem *problem,
                            const unmix_deconvolve_options *options, size_t at_once);
void um_cohort_clear(um_cohort *cohort);

/* Reads columns first .. first+count; those that um_cohort_open() read last are handed over instead, once. */
unmix_status um_cohort_read(unmix_context *cx, um_cohort *cohort, size_t first, size_t count, um_block *block);

#endif
