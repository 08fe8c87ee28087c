/* What makes proportions of the exposures of a sample: P_j = (E_j / s_j) / sum_i (E_i / s_i), s the cell sizes. */
#ifndef UM_MIXTURE_H
#define UM_MIXTURE_H

#include <math.h>
#include <stddef.h>

typedef struct um_mixture {
    size_t C;                /* types: the first of the sources */
    const double *E;         /* M */
    const double *cell_size; /* C, or NULL */
} um_mixture;

/* (E_j + d_j) / s_j, at least 0; d (M) may be NULL. */
static inline double um_mixture_part(const um_mixture *mixture, const double *d, size_t j)
{
    const double exposure = mixture->E[j] + (d ? d[j] : 0.0);
    return fmax(exposure, 0.0) / (mixture->cell_size ? mixture->cell_size[j] : 1.0);
}

/* Their sum over the types. */
static inline double um_mixture_cells(const um_mixture *mixture, const double *d)
{
    double cells = 0.0;
    for (size_t j = 0; j < mixture->C; j++)
        cells += um_mixture_part(mixture, d, j);
    return cells;
}

/* What the moves d (M) change P_j by; `before` and `after` are the sums without and with them, both above 0. */
static inline double um_mixture_change(const um_mixture *mixture, const double *d, size_t j, double before, double after)
{
    return um_mixture_part(mixture, d, j) / after - um_mixture_part(mixture, NULL, j) / before;
}

#endif
