/*
 * Block source: the columns of a large matrix (bulk samples, spots, cells) delivered in blocks, as sparse columns.
 * Who consumes it never sees whether the data lies in memory or in a file.
 */
#ifndef UM_SOURCE_H
#define UM_SOURCE_H

#include "core/matrix.h"

/*
 * Columns first .. first+count: the non-zeros of column c are row[i], value[i] for start[c] <= i < start[c+1].
 * A missing entry is one whose value is NaN; only sources that say so (`missing`) deliver such.
 */
typedef struct um_block {
    size_t count;
    size_t *start; /* count + 1 */
    size_t start_capacity;
    uint32_t *row;
    size_t row_capacity;
    double *value;
    size_t value_capacity;
} um_block;

/* Zero-initialise with `um_block block = {0}`; may be reused for many reads. */
void um_block_clear(um_block *block);

/* Empties the block for `count` columns (start[0] = 0) and makes room for their starts. */
unmix_status um_block_begin(unmix_context *cx, um_block *block, size_t count);

/* Room for `more` further non-zeros behind the `used` ones. */
unmix_status um_block_reserve(unmix_context *cx, um_block *block, size_t used, size_t more);

typedef struct um_source um_source;
struct um_source {
    const char *origin;      /* file name for messages */
    const um_names *rows;    /* genes */
    const um_names *row_ids; /* their identifiers (Ensembl) where the file has them beside the names; or NULL */
    const double *row_lengths; /* lengths of the genes where the file says them, NaN for those without; or NULL */
    const um_aliases *aliases; /* other names of the genes, or NULL */
    const um_names *columns; /* samples or cells */
    size_t first_line;       /* as in um_matrix; 0 when not a table */
    size_t preferred_block;  /* columns that are cheap to read together (chunk size); 0: any */
    int missing;             /* 1: entries may be missing (NaN) */
    void *state;             /* owned by the source */
    /*
     * Reads columns first .. first+count into block (um_block_begin was not yet called). Values are finite and >= 0, or
     * NaN for a missing entry.
     */
    unmix_status (*read)(unmix_context *cx, void *state, size_t first, size_t count, um_block *block);
    void (*close)(void *state); /* may be NULL */
};

static inline unmix_status um_source_read(unmix_context *cx, const um_source *source, size_t first, size_t count,
                                          um_block *block)
{
    return source->read(cx, source->state, first, count, block);
}

/* Releases what the source owns and zeroes it. */
void um_source_close(um_source *source);

/* Turns the whole source into `matrix` (empty): names, values and first_line; missing entries are NaN there too. */
unmix_status um_source_to_matrix(unmix_context *cx, const um_source *source, um_matrix *matrix);

/* A source over a matrix in memory, which must outlive it. NaN in it is a missing entry (and `missing` is set). */
void um_source_of_matrix(um_source *source, const um_matrix *matrix);

#endif
