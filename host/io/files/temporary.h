/*
 * Temporary files and folders beside what they become: ".NAME.unmix-HOST-PROCESS-START-NUMBER" (hexadecimal). The name says
 * whose they are, so that those of runs that were killed are known, and taken away by the next run into the same folder.
 */
#ifndef UM_TEMPORARY_H
#define UM_TEMPORARY_H

#include "core/diagnostics.h"

/* What is added to the name of a folder that was put aside to be replaced. */
#define UM_PUT_ASIDE ".old"

/* A name beside `path` (of which the first `length` bytes count, without slashes at the end), to be freed. */
unmix_status um_temporary_name(unmix_context *cx, const char *path, size_t length, unsigned attempt, char **name);

/*
 * Takes away what runs that are gone have left in `folder`. A folder that was put aside for another that never came gets its
 * name back; folders in folders are never ours, and go to where they belong.
 */
void um_clear_temporaries(const char *folder);

/* Moves what the folder `from` has and `to` has not, removes the other files in `from`, and then `from`. */
void um_merge_folder(const char *from, const char *to);

#endif
