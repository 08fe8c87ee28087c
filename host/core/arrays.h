/*
 * Block source over arrays in memory that someone else holds (numpy, scipy, R): dense with any strides, or compressed.
 * Numbers are looked at when they are read, block by block.
 */
#ifndef UM_ARRAYS_H
#define UM_ARRAYS_H

#include "core/source.h"
#include "unmix/data.h"

/*
 * `arrays` is not kept, its numbers are: they must outlive the source. Names are copied; they may repeat (who uses the
 * source decides), but not be empty. On failure there is nothing to close. Errors: ARGUMENT, INPUT, MEMORY.
 */
unmix_status um_source_of_dense(unmix_context *cx, const unmix_arrays *arrays, size_t gene_stride, size_t column_stride,
                                um_source *source);

/* Column c has the entries start[c] .. start[c + 1]; index says which gene. */
unmix_status um_source_of_columns(unmix_context *cx, const unmix_arrays *arrays, unmix_number index_type,
                                  const void *start, const void *index, um_source *source);

/* Gene g has the entries start[g] .. start[g + 1]; index says which column. Turned here: a copy of the entries. */
unmix_status um_source_of_genes(unmix_context *cx, const unmix_arrays *arrays, unmix_number index_type,
                                const void *start, const void *index, um_source *source);

#endif
