/* Results beside the data they were made from: an AnnData file with something added, or made from other data. */
#ifndef UM_H5AD_EXTEND_H
#define UM_H5AD_EXTEND_H

#include "core/annotated.h"
#include "core/source.h"

/*
 * Writes a copy of the AnnData file `input` with `added` in it. Everything in the file is copied as it is, also what is
 * not known here; columns and members of the same name are replaced. added->obs and ->var are the names of obs and var
 * in order (um_h5ad_row_names(); not those of raw/var) and added->x is NULL. Frames from before anndata 0.7 become
 * groups in the present encoding. `output` may be `input` itself when `overwrite` is set: it is replaced when all is
 * written. The same input and additions give the same bytes. Memory does not grow with the matrices.
 * Errors: EXISTS, WRITE, INPUT (the input is damaged, is no AnnData, has changed), MEMORY, INTERRUPTED.
 */
unmix_status um_h5ad_extend(unmix_context *cx, const char *input, const um_annotated *added, const char *output,
                            int overwrite);

/*
 * Writes data that was no AnnData as such a file: X as csr_matrix (columns of the source x its rows) in the smallest
 * exact type of int32, float32 and float64, then `added`, whose obs and var are the names of the source (NULL: taken
 * from there) and whose x is NULL. gene_ids: further names of the rows, for the column var["gene_ids"], or NULL. The
 * source is read twice, in blocks. Values that are NaN (missing) are written as such.
 */
unmix_status um_h5ad_create(unmix_context *cx, const um_source *source, const um_names *gene_ids,
                            const um_annotated *added, const char *output, int overwrite);

#endif
