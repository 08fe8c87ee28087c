/* Genes judged within one batch: the two flavours of genes.h. */
#ifndef UM_GENES_JUDGE_H
#define UM_GENES_JUDGE_H

#include "programs/cells/moments.h"

/* Of the genes that take part (n of them, in order). score ranks them: NaN, not at all. */
typedef struct um_judged {
    size_t n;
    double *mean, *dispersion, *score;
    unsigned char *chosen;
} um_judged;

/* moment[i] of the i-th gene that takes part, over `cells` cells. Fills mean, dispersion and score. */
unmix_status um_judge_seurat(unmix_context *cx, const um_moment *const *moment, size_t cells, um_judged *judged);
void um_judge_variance(const um_moment *const *moment, size_t cells, um_judged *judged);

#endif
