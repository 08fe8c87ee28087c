/* Which columns of a table of genes are no samples: by their names, and by what stands in them. */
#ifndef UM_TABLE_EVIDENCE_H
#define UM_TABLE_EVIDENCE_H

#include "io/text/table_look.h"
#include "io/text/table_plan.h"

/* Takes such columns out of plan->role; lengths of genes become UM_ROLE_LENGTH. */
unmix_status um_leave_out_no_samples(unmix_context *cx, const um_scan *scan, const um_look *look, um_plan *plan);

#endif
