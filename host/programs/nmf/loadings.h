/*
 * What every gene adds to programs that were found with some of them: for gene g, the non-negative least squares of its
 * values on the usages,
 *
 *   min sum_c (x_cg - sum_t W_ct v_t)^2,  v >= 0     over the cells where g is not missing
 */
#ifndef UM_LOADINGS_H
#define UM_LOADINGS_H

#include "programs/cells/cells.h"

/*
 * loadings[gene * k + t] for all genes of the source, which is read once; W is cells x k. Errors: those of the source,
 * MEMORY, INTERRUPTED.
 */
unmix_status um_loadings(unmix_context *cx, const um_cells *cells, size_t k, const double *W, double *loadings);

#endif
