/* A table of text as a source of its columns: read once, row by row, and kept transposed (core/spill.h). */
#ifndef UM_TABLE_SOURCE_H
#define UM_TABLE_SOURCE_H

#include "core/source.h"
#include "unmix/data.h"

/*
 * Reads as um_table_read() does and refuses the same, with the same words. Up to options->memory bytes stay in memory,
 * the rest goes to a temporary file in options->scratch; where that is full, WRITE.
 */
unmix_status um_table_source(unmix_context *cx, const char *path, const unmix_read_options *options, um_source *source);

#endif
