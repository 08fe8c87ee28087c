/* What to know of a result before it is used: sentences that program, Python and R all say. */
#ifndef UM_REMARKS_H
#define UM_REMARKS_H

#include "deconvolve/certify/result.h"

/* Makes them of the summary, which is complete. Errors: MEMORY. */
unmix_status um_result_make_remarks(unmix_context *cx, um_result *result);

#endif
