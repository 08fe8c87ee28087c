/*
 * Profiles: the sums of single donors of a type, or, where a type has fewer than two donors, of parts of its cells. They
 * say how far another reference might have been from this one. In a matrix, genes x profiles, the name of a column says
 * what it is: "TYPE|donor:NAME" or "TYPE|cells:1".
 */
#ifndef UM_PROFILES_H
#define UM_PROFILES_H

#include "core/matrix.h"
#include "deconvolve/reference/cell_sums.h"

/* A type of fewer than two donors has its cells dealt out to so many parts. */
enum { UM_PROFILE_PARTS = 10 };

/* `profiles` is empty on entry. Errors: MEMORY. */
unmix_status um_profiles_of_sums(unmix_context *cx, const um_cell_sums *sums, um_matrix *profiles);

typedef enum um_profile_kind { UM_PROFILE_NONE, UM_PROFILE_DONOR, UM_PROFILE_CELLS } um_profile_kind;

/* What a column is: its kind, and in *type the position of its type. UM_PROFILE_NONE: of no type in the list. */
um_profile_kind um_profile_read(const char *column, const um_names *types, size_t *type);

/*
 * What a deviation of one profile from the mean of n is multiplied with, times a standard normal number, so that the sum
 * over the profiles of a type has the variance of the difference between
 *
 *   donors  another donor and the mean of n:   sqrt((1 + 1/n) / (n - 1))
 *   cells   the mean of n parts and the truth: sqrt(1 / (n (n - 1)))
 */
double um_profile_scale(um_profile_kind kind, size_t n);

#endif
