/*
 * The file formats that can be read: what each is called, how it is known, what it gives. A new one is a folder of io and
 * a line in formats.c. A table that some program writes in its own way is no format but a dialect (text/dialects.h).
 */
#ifndef UM_FORMATS_H
#define UM_FORMATS_H

#include "core/matrix.h"
#include "core/source.h"
#include "unmix/data.h"

/* The reading options that matter for a format; others that are given get a note. */
enum um_format_options { UM_USES_GENE_COLUMN = 1, UM_USES_SKIP_COLUMNS = 2, UM_USES_LAYER = 4, UM_USES_COLUMNS = 8 };

typedef struct um_format {
    const char *name;              /* for messages: "an .h5ad file" */
    int (*is)(const char *path);   /* looks inside; never fails. Of the formats that say 1 the first is meant */
    unsigned options;              /* of um_format_options */
    int annotated;                 /* 1: AnnData, with labels of cells and room for results (io/anndata) */
    /* The matrix as a source of columns, or as it stands (NULL: the columns put together). Both NULL: has none. */
    unmix_status (*open)(unmix_context *cx, const char *path, const unmix_read_options *options, um_source *source);
    unmix_status (*read)(unmix_context *cx, const char *path, const unmix_read_options *options, um_matrix *matrix);
    /* The table beside the data that has labels of its cells, to be freed, or none; NULL: never has. */
    unmix_status (*labels)(unmix_context *cx, const char *path, char **sheet);
    /* Proportions of types, samples in rows; NULL: is no result and no table. */
    unmix_status (*proportions)(unmix_context *cx, const char *path, um_matrix *matrix);
    /* Another frame of a result, left empty where the result has none of this name; NULL: no format of results. */
    unmix_status (*frame)(unmix_context *cx, const char *path, const char *name, um_matrix *frame);
} um_format;

/* Of a file or folder that is there: the format with a matrix, or with proportions. INPUT where there is none. */
unmix_status um_find_matrix_format(unmix_context *cx, const char *path, const um_format **format);
unmix_status um_find_proportions_format(unmix_context *cx, const char *path, const um_format **format);

/* 1 for a file in which AnnData's elements can be found; 0 otherwise, also when it cannot be read. */
int um_is_anndata(const unmix_context *cx, const char *path);

#endif
