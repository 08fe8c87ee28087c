/*
 * One call into the library from R. What it makes is in a session, which R's collector frees should a call into R not
 * come back; session_end() frees it at once. Nothing here raises an R error while the library is at work.
 */
#ifndef UNMIX_R_SESSION_H
#define UNMIX_R_SESSION_H

#define R_NO_REMAP
#include <Rinternals.h>

#include "unmix/unmix.h"

typedef struct session {
    SEXP pointer; /* for the collector; protected until session_end() */
    unmix_context *cx;
    unmix_device *device;
    unmix_matrix *signatures, *cell_size, *profiles;
    unmix_source *source;
    unmix_gene_info *info;
    unmix_result *result;
    unmix_device_info *devices;
    char **note; /* what the library said, each with the level's digit in front */
    size_t n_notes, notes_capacity;
    int interrupted;
} session;

/* A session with a context. Protects one object, which session_end() releases. */
session *session_begin(void);

/* Keeps a note, which session_end() hands over with those of the library. */
void session_note(session *s, unmix_log_level level, const char *message);

/* list(status, message, notes, value): status is a word, "ok" or the kind of error. Ends the session. */
SEXP session_end(session *s, unmix_status status, SEXP value);

/* Texts of a character vector in UTF-8, for the rest of the call; NULL for NULL. */
const char **texts_of(SEXP names);

/* A matrix of the library turned around (its columns become rows), with names; R's NULL for NULL. */
SEXP turned_matrix(const unmix_matrix *matrix);

/* A list with names from pairs; `value` must be protected by the caller. */
void set_item(SEXP list, int i, const char *name, SEXP value);

#endif
