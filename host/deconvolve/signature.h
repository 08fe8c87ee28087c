/* Signatures from labelled cells (or sorted samples): for each label the mean of its columns; DESIGN 2.6. */
#ifndef UM_SIGNATURE_H
#define UM_SIGNATURE_H

#include "core/matrix.h"
#include "core/source.h"
#include "unmix/signatures.h"

/*
 * Reads `cells` once, in blocks. level[i] is the position in `levels` of the label of column i, or negative for a
 * column without label. Uses options->drop, n_drop, scale and read.duplicates. `signatures` (empty on entry, cleared on
 * failure) is genes x types, the types in the order of `levels`. What was decided and what was left out is said in
 * notes. Errors: INPUT, MEMORY, INTERRUPTED.
 */
unmix_status um_signature_build(unmix_context *cx, const um_source *cells, const um_names *levels, const int64_t *level,
                                const unmix_signature_options *options, um_matrix *signatures);

#endif
