/* Checks of the output before any work is done, so that a long run does not end at a name that cannot be written. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "session.h"

/* 1 when text ends in `ending`. */
int ends_with(const char *text, const char *ending);

/* Refuses a result that is missing (NULL), or neither a file .h5ad nor a folder. */
unmix_status output_check_result(um_session *run, const char *path);

/*
 * Fails when `path` exists (EXISTS; not with --force), is of the other kind (a folder where a file is to be written, or
 * the other way round), its folder is missing or cannot be written (WRITE), or when writing would destroy one of the
 * `inputs` (ARGUMENT, also with --force; entries may be NULL). A path that ends in '/' is a folder.
 */
unmix_status output_check(um_session *run, const char *path, const char *const *inputs, size_t n_inputs);

/*
 * The same for a folder into which `files` will be written: the folder may exist, the files may not (without --force).
 */
unmix_status output_check_files(um_session *run, const char *folder, const char *const *files, size_t n_files);

/*
 * The name of a file beside `path`, into name[size]: what is called "sig.tsv.gz" gets "sig.markers.tsv.gz" beside it.
 * Returns name, or NULL where it does not fit.
 */
const char *output_beside(const char *path, const char *what, char *name, size_t size);

/* Where temporary files go: $TMPDIR, or NULL for the system's own. */
const char *scratch_folder(void);

#endif
