/*
 * Output files that appear whole or not at all: written under a temporary name in the same folder, fsynced, renamed.
 * An existing file is replaced only when asked, and only by a complete new one.
 */
#ifndef UM_OUTPUT_H
#define UM_OUTPUT_H

#include "core/diagnostics.h"

typedef struct um_output {
    char *path;      /* what the user asked for */
    char *temporary; /* where to write; on the same file system */
    int overwrite;
    const unmix_context *cx; /* who is told of the temporary name */
} um_output;

/*
 * Fails with EXISTS when path exists and overwrite is 0, with WRITE when its folder is missing or not writable. A path
 * that ends in '/' names a folder to be made; an empty one may be there already.
 */
unmix_status um_output_check(unmix_context *cx, const char *path, int overwrite);

/* Checks as above and chooses a fresh temporary name (the file is created empty). */
unmix_status um_output_begin(unmix_context *cx, um_output *output, const char *path, int overwrite);

/* fsync, rename to path, fsync of the folder. On failure the temporary file is removed. Releases the strings. */
unmix_status um_output_commit(unmix_context *cx, um_output *output);

/* Removes the temporary file and releases the strings. Allowed after commit and on a zeroed output. */
void um_output_abandon(um_output *output);

/*
 * The same for a folder of files: `temporary` is a fresh folder beside it, made with the files in it to `path` by one rename,
 * or exchanged with the folder that is replaced; what that had besides goes into the new one. Abandoning removes the files in
 * it.
 */
unmix_status um_output_begin_folder(unmix_context *cx, um_output *output, const char *path, int overwrite);
unmix_status um_output_commit_folder(unmix_context *cx, um_output *output);
void um_output_abandon_folder(um_output *output);

/* Sees the file `file`, which messages call `path`, onto the disk. */
unmix_status um_output_sync(unmix_context *cx, const char *path, const char *file);

/* 1 when path is an existing folder with something in it. */
int um_is_filled_folder(const char *path);

#endif
