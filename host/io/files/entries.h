/* What lies in a folder. */
#ifndef UM_ENTRIES_H
#define UM_ENTRIES_H

#include "core/names.h"

/* Adds the names of what lies in the folder, sorted by bytes, without hidden ones; none where it cannot be read. Errors: MEMORY. */
unmix_status um_folder_entries(unmix_context *cx, const char *folder, um_names *names);

#endif
