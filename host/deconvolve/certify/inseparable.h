/*
 * Types that the data of one sample cannot tell apart, though others may: what a draw of other counts or another reference
 * (draws.h) adds to one of them it takes from the other, so that only the sum of their proportions is known.
 *
 * Two types are a pair when their amounts x = E / s (s the cell sizes) move against each other by as much,
 *
 *   rms(dx_i + dx_j) <= UM_INSEPARABLE_SUM max(rms dx_i, rms dx_j)
 *
 * over the draws that leave both above zero, an eighth of all at least (this takes a correlation of -0.8 or less), and the 95% interval of one of them reaches UM_INSEPARABLE_WIDTH as far as its proportion to each side, and
 * UM_INSEPARABLE_LEAST in all; also when they have the same profile, or share a direction that H does not
 * determine. Pairs that have a type in common are one group.
 */
#ifndef UM_INSEPARABLE_H
#define UM_INSEPARABLE_H

#include <stdint.h>

#include "deconvolve/certify/sandwich.h"

#define UM_INSEPARABLE_SUM 0.6
#define UM_INSEPARABLE_WIDTH 0.5
#define UM_INSEPARABLE_LEAST 0.01

/* Share of a type in directions that the data do not determine above which it has no error of its own. */
#define UM_HIDDEN_SHARE 1e-3

/* What the draws of one sample moved the exposures of its types by. */
typedef struct um_moves {
    size_t C, most;           /* types; draws that there is room for */
    size_t n;                 /* draws so far; 0 begins another sample */
    double *d;                /* n x C */
    size_t n_blocks;          /* besides, what it moves to leave out a block of genes (jackknife.h); 0: nothing known */
    const double **block;     /* room for as many blocks as there are; each d (C or more). Not owned */
    double block_weight;      /* of their squares in a variance */
    unsigned char *uncertain; /* C */
    uint16_t *number;         /* C + 1 */
} um_moves;

unmix_status um_moves_open(unmix_context *cx, um_moves *moves, size_t C, size_t most, size_t most_blocks);
void um_moves_close(um_moves *moves);
void um_moves_add(um_moves *moves, const double *d);

/*
 * Groups of what no draw can show: types of the same profile and those that share a hidden direction of the sandwich.
 * group (C): the same number in a group, another one elsewhere.
 */
void um_inseparable_hidden(um_sandwich *sandwich, size_t C, uint16_t *group);

/*
 * Joins the pairs of the draws to these groups. lower, upper (C): the intervals of the proportions. group becomes 0 for a type
 * of no group, else the number of its group, from 1 in the order of their first types; low, high (C): the 95% interval of
 * the sum of the proportions of its group, as in draws.h; 0 without a group.
 */
void um_inseparable_find(um_moves *moves, const um_mixture *mixture, const double *lower, const double *upper, uint16_t *group,
                         double *low, double *high);

#endif
