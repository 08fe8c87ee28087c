/*
 * Staging of a problem: genes matched by name over all inputs, signatures scaled, A and D formed.
 *
 *   S_gj scaled to sum 1 over the genes in common, intercept 1/G;  c_g = L_g / insert_size;  A_gj = c_g S_gj
 *   D_j = sum_g w_g A_gj
 *
 * Only genes with w > 0 are kept: the others take part in nothing after the scaling.
 */
#ifndef UM_PROBLEM_H
#define UM_PROBLEM_H

#include "deconvolve/problem/match.h"
#include "deconvolve/problem/unmatched.h"
#include "deconvolve/reference/cell_reference.h"
#include "unmix/deconvolve.h"

#define UM_LEFT_OUT (UM_NO_GENE - 1)

typedef struct um_problem {
    um_names genes;   /* G genes that take part, in the order of their names */
    um_names types;   /* C */
    size_t n_common;  /* genes in common over all inputs, also those with w = 0 */
    size_t n_least;   /* genes of the input that has fewest */
    size_t n_types;   /* C */
    size_t n_sources; /* M = C + 1 with the intercept (last), else C */
    double *A;        /* G x M, row-major */
    double *D;        /* M */
    double *factor;   /* G: c_g, reads a molecule */
    double *w;        /* G */
    double *length;   /* G */
    double *null;     /* G: yhat of the null model per read of T (only the intercept, or all types alike) */
    double *sum;      /* C: what each signature column was divided by */
    size_t n_rows;         /* of the bulk */
    uint32_t *gene_of_row; /* for each row of the bulk its gene in `genes`, or UM_NO_GENE */
    uint32_t *gene_of_signature; /* for each row of the signatures likewise, or UM_LEFT_OUT: in common, but without weight */
    uint32_t *silent_row;  /* for each row of the bulk: 1 when no source can produce it (only without intercept) */
    size_t n_silent;
    um_unmatched unmatched;
    /* Only with profiles; see deviations.h. */
    size_t n_profiles;
    uint32_t *profile_type; /* of each profile its type */
    um_names profile_names;
    float *deviation;       /* G x profiles: of c_g S_gj */
    /* Only with a reference; see um_problem_take_reference(). */
    double *variance;  /* G x C: of relative abundances, over subjects */
    const double *cell_size; /* C: divides the exposures of the types in the proportions; NULL: nothing. The run's */
    double *abundance; /* C: sum of the mean relative abundances over the genes in common, before w > 0 */
} um_problem;

void um_problem_clear(um_problem *problem);

/*
 * Matches and stages. `table` may be NULL. Errors: INPUT (repeated names, bad lengths and weights, signature columns
 * that are all zero, too few genes), MEMORY. Notes say what was matched.
 */
unmix_status um_problem_stage(unmix_context *cx, um_problem *problem, const um_matrix *signatures, const um_source *bulk,
                              const um_gene_table *table, const unmix_deconvolve_options *options);

/*
 * Adds what the reference knows about the genes and types of a problem that was staged with its basis as signatures.
 * Errors: MEMORY.
 */
unmix_status um_problem_take_reference(unmix_context *cx, um_problem *problem, const um_cell_reference *reference);

#endif
