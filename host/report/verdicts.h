/*
 * What the program said of a result's samples, for the top of a page: whether the model explains them, and which types
 * they cannot tell apart.
 */
#ifndef UM_REPORT_VERDICTS_H
#define UM_REPORT_VERDICTS_H

#include "report/deconvolved.h"

/*
 * A sentence that counts the fits and names the worst, and a table of the samples of which there is something to say,
 * worst class first; both empty where the result has no verdicts, the table also where all is well.
 */
unmix_status um_verdicts_write(unmix_context *cx, const um_deconvolved *result, um_text *sentence, um_text *table);

#endif
