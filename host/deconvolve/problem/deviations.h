/*
 * How far another reference might have been from the one in hand. Every profile s_jd of a type (a donor, or a part of its
 * cells; reference/profiles.h) is scaled to sum 1 over the genes in common; a draw of other signatures is
 *
 *   dA_gj = c_g sum_d z_d scale_j (s_gjd - mean_d s_gjd),   z standard normal, drawn anew for each profile
 *
 * so that correlations between genes are those of the donors. The terms after z are the deviations.
 */
#ifndef UM_DEVIATIONS_H
#define UM_DEVIATIONS_H

#include "deconvolve/problem/problem.h"

/* Of each type where its deviations come from. */
typedef struct um_deviation_origin {
    size_t donors, parts; /* profiles; 0: none */
} um_deviation_origin;

/*
 * Takes the deviations of the profiles (genes x profiles, columns named as in profiles.h) into a problem that was staged
 * with these signatures, joined by the names of the genes. A type of fewer than two profiles has none. `origin`: of each
 * type. Errors: INPUT (a column of no type, repeated genes, no gene of the signatures, a negative value), MEMORY.
 */
unmix_status um_problem_take_profiles(unmix_context *cx, um_problem *problem, const um_matrix *signatures,
                                      const um_matrix *profiles, um_deviation_origin *origin);

/* `first`, then ", donors" and ", cells" as far as there are types that have these: what intervals hold. `origin` may be NULL. */
void um_deviations_text(const um_deviation_origin *origin, size_t n_types, const char *first, char *text, size_t size);

/* Says what is missing: donors of some types, of all; everything is only missed where `wanted`. Errors: MEMORY. */
unmix_status um_deviations_tell(unmix_context *cx, const um_names *types, const um_deviation_origin *origin, int wanted);

/* dA (G x M) <- sum over the profiles of z (profiles) times their deviations; the background has none. */
void um_deviations_draw(const um_problem *problem, const double *z, double *dA);

#endif
