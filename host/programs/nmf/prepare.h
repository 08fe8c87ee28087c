/*
 * From a source of cells to the matrix that is factorised: what the values are, which genes take part, X of these genes.
 */
#ifndef UM_PREPARE_H
#define UM_PREPARE_H

#include "programs/cells/cells.h"
#include "programs/cells/genes.h"
#include "programs/nmf/nmf_problem.h"

typedef struct um_prepare_options {
    um_cells_options cells;
    um_genes_options genes;
    int all_genes;           /* 1: every gene with a value above zero takes part */
    const um_names *wanted;  /* exactly these genes (those that the source has), instead of a choice; NULL: none given */
    const int64_t *batch;    /* of each cell, for the choice of genes; NULL: one batch */
    const um_names *batches; /* NULL without batch */
} um_prepare_options;

typedef struct um_prepared {
    um_cells cells;
    um_genes chosen;   /* of the choice; n is 0 where there was none */
    size_t n_genes;
    size_t *gene;      /* the source's row of each gene that takes part, in the order of the columns of X */
    size_t *wanted;    /* with options->wanted: the place there of each of these genes; else NULL */
    um_sparse X;       /* cells x n_genes */
    um_sparse missing; /* pattern; rows is 0 without any */
    um_nmf_data data;  /* of the two */
} um_prepared;

/*
 * Reads the source twice. Errors: INPUT (as um_cells_look(), um_genes_choose() and um_cells_read(); none of the wanted
 * genes is there), MEMORY, INTERRUPTED. Released with um_prepared_clear(), also after a failure.
 */
unmix_status um_prepare_cells(unmix_context *cx, const um_source *source, const um_prepare_options *options,
                        um_prepared *prepared);
void um_prepared_clear(um_prepared *prepared);

/* INPUT where the loss has no value at a zero of X. */
unmix_status um_prepared_check(unmix_context *cx, const um_prepared *prepared, const um_nmf_options *options);

/* Says which cells kind was found, and warns of raw counts where they are taken as they are. */
void um_prepared_tell(unmix_context *cx, const um_prepared *prepared, um_nmf_loss loss);

#endif
