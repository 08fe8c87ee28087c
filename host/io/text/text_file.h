/* Bytes of text files in and out, plain, gzip or bgzf (through htslib). Damage and full disks do not go unnoticed. */
#ifndef UM_TEXT_FILE_H
#define UM_TEXT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/diagnostics.h"
#include "io/text/number.h"
#include "io/files/readable.h"

/* How a MatrixMarket file begins. */
#define UM_MARKET_BANNER "%%MatrixMarket"

typedef struct um_text_in {
    const char *path; /* not owned */
    void *file;       /* BGZF */
    int descriptor;
    double size;    /* of the file on disk; 0 where that means nothing (a pipe) */
    int recognised; /* the first bytes were looked at */
    const char *accepts; /* beginning of a file that is no table, but wanted (UM_MARKET_BANNER); NULL: none */
} um_text_in;

/* Opens a file that um_check_readable() would let pass; "-" is standard input. */
unmix_status um_text_in_open(unmix_context *cx, um_text_in *in, const char *path);

/*
 * The next bytes of the text; *got is 0 at its end. Files that are no text and damaged compressed files end in
 * UNMIX_ERROR_INPUT. Reports progress, so that a long read can be interrupted.
 */
unmix_status um_text_in_read(unmix_context *cx, um_text_in *in, char *buffer, size_t capacity, size_t *got);
void um_text_in_close(um_text_in *in);

typedef struct um_text_out {
    const char *path; /* for messages; not owned */
    int descriptor;   /* -1: closed */
    int compressed;
    char separator;
    char *text; /* not yet written */
    size_t used;
    size_t capacity;
} um_text_out;

/*
 * Opens `file` ("-": standard output) for writing. `path` is the name for messages; when it ends in ".gz" the text is
 * compressed, when it ends in ".csv" or ".csv.gz" the separator is a comma, else a tab.
 */
unmix_status um_text_out_open(unmix_context *cx, um_text_out *out, const char *path, const char *file);
/* Bytes as they are. */
unmix_status um_text_out_put(unmix_context *cx, um_text_out *out, const char *text, size_t length);
/* A field of a table, quoted where it must be. */
unmix_status um_text_out_field(unmix_context *cx, um_text_out *out, const char *text);
unmix_status um_text_out_number(unmix_context *cx, um_text_out *out, double number);
unmix_status um_text_out_separator(unmix_context *cx, um_text_out *out);
unmix_status um_text_out_line_end(unmix_context *cx, um_text_out *out);

/* Writes the rest and closes; every error of the disk is seen here at the latest. */
unmix_status um_text_out_close(unmix_context *cx, um_text_out *out);
/* Closes after a failure. */
void um_text_out_abandon(um_text_out *out);

/* Puts `content` into an open file. */
typedef unmix_status (*um_put)(unmix_context *cx, um_text_out *out, const void *content);

/* Writes a file that appears whole or not at all; path "-" is standard output. See io/output.h for `overwrite`. */
unmix_status um_text_out_write(unmix_context *cx, const char *path, int overwrite, um_put put, const void *content);

/* Writes the new file `file`, which messages call `path`, and sees it onto the disk. For folders made as a whole. */
unmix_status um_text_out_write_as(unmix_context *cx, const char *path, const char *file, um_put put,
                                  const void *content);

#endif
