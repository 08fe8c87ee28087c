/* Signatures of labelled cells: the mean of the cells of each label. See include/unmix/signatures.h for the contract.
 */
#ifndef UM_SIGNATURE_H
#define UM_SIGNATURE_H

#include "core/matrix.h"
#include "deconvolve/reference/cell_sums.h"

/* Genes x types from what the cells add up to. `signatures` is empty on entry. Errors: MEMORY. */
unmix_status um_signature_of_sums(unmix_context *cx, const um_cell_sums *sums, um_matrix *signatures);

/*
 * Averages the columns of `cells` by label. level[i] is the position in `levels` of the label of column i, or -1 where
 * it has none. Labels of options->drop are left out, so are labels without cells. `signatures` is empty on entry and
 * cleared on failure. Errors: those of um_cell_sums_take().
 */
unmix_status um_signature_build(unmix_context *cx, const um_source *cells, const um_names *levels, const int64_t *level,
                                const unmix_signature_options *options, um_matrix *signatures);

#endif
