/* How a result was made, as its dictionary says it, for a page. */
#ifndef UM_REPORT_DESCRIBED_H
#define UM_REPORT_DESCRIBED_H

#include "report/text.h"

/* A key of the dictionary that is shown: a text, or a number. */
typedef struct um_described {
    const char *key;
    int number;
} um_described;

/*
 * Adds a line "key \t value" for every key that `group` (for example "uns/unmix") of the file has: those of the list, which
 * ends with NULL, then what differs from run to run. Files of version 0.1 have device and input beside the settings.
 */
unmix_status um_describe(unmix_context *cx, const char *path, const char *group, const um_described *list, um_text *out);

#endif
