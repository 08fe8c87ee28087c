/* Folders of other programs that are not read: what they are, and how to get to a file that is. */
#ifndef UM_FOREIGN_H
#define UM_FOREIGN_H

#include "core/diagnostics.h"

/*
 * Fails with INPUT when the folder (or the folder that the file is in) is known by a file in it, naming the program and
 * the way out; UNMIX_OK otherwise.
 */
unmix_status um_refuse_foreign(unmix_context *cx, const char *path);

#endif
