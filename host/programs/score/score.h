/*
 * Gene scores: mean over the genes of a list minus the mean over control genes of similar expression, for every cell
 * (Tirosh et al. 2016), numerically as scanpy.tl.score_genes of scanpy 1.11 on a sparse matrix. The pool
 * of control genes is all genes.
 */
#ifndef UM_SCORE_H
#define UM_SCORE_H

#include "programs/cells/cells.h"
#include "programs/score/score_controls.h"

typedef struct um_gene_list {
    const char *name;
    const um_names *genes; /* names; repeated ones count once */
} um_gene_list;

/*
 * score[cell * count + l] of list l, from the values that the methods see (`cells`: logged, scaled or as they are); the
 * source is read twice. A mean leaves missing entries out; a cell in which all genes of a list (or all its controls)
 * are missing has NaN. Genes of a list that the data does not have, or only as missing entries, are counted in a note.
 * Errors: INPUT (a list without any gene in the data, or without control genes), ARGUMENT (bins < 2, no controls), MEMORY,
 * INTERRUPTED.
 */
unmix_status um_score(unmix_context *cx, const um_cells *cells, const um_gene_list *lists, size_t count,
                      const um_score_options *options, double *score);

/*
 * z[cell * count + l] = (score - mean) / standard deviation over the cells (by n, not n - 1), NaN staying NaN. A score
 * that is the same in all cells gives 0, and a note that names the list. z may be score.
 */
void um_score_standardise(unmix_context *cx, const um_gene_list *lists, size_t count, size_t cells, const double *score,
                          double *z);

#endif
