/* What may stand in a matrix of counts. */
#include <math.h>

#include "io/anndata/h5ad_parts.h"

unmix_status um_h5ad_check_value(unmix_context *cx, const um_h5ad_matrix *matrix, size_t obs, size_t var, double value)
{
    if ((value >= 0.0 && isfinite(value)) || (matrix->missing && isnan(value)))
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: '%s': observation '%s', variable '%s': %g is %s; counts must be finite and 0 or more%s",
                   matrix->object.store->path, um_node_place(matrix->object).text, um_name(matrix->obs, obs),
                   um_name(matrix->var, var), value, isfinite(value) ? "negative" : "not finite",
                   isfinite(value) ? " (is the matrix scaled? use the raw one or a layer of counts)"
                   : isnan(value)  ? " (gene programs can do with missing values: --missing)"
                                   : "");
}
