/*
 * Cells as the methods take them: counts brought to a common total and logged on the fly, or values as they are.
 * um_cells_look() reads the source once, says what the values are and sums up the genes; um_cells_read() reads it again
 * and keeps the chosen genes. Missing entries (NaN in the source) stay missing.
 *
 *   scaled  x target / total, total over all genes of the cell (scanpy.pp.normalize_total); x where target is 0
 *   logged  log1p(scaled), or x where the values are log-normalised already
 *   linear  expm1(logged)
 */
#ifndef UM_CELLS_H
#define UM_CELLS_H

#include "core/source.h"
#include "core/sparse.h"
#include "programs/cells/moments.h"

typedef enum um_cells_kind {
    UM_CELLS_DETECT, /* in options only: decide by the values */
    UM_CELLS_COUNTS, /* all whole */
    UM_CELLS_LOGGED, /* not whole, the largest below UM_LOG_LIMIT */
    UM_CELLS_LINEAR  /* not whole, larger: scaled to a total, or another linear measure, without a logarithm */
} um_cells_kind;

typedef struct um_cells_options {
    um_cells_kind kind; /* what the values are, where the user knows better */
    double target;      /* total of a cell; 0: as it is. Logged values are taken as they are, whatever stands here */
    int log1p;          /* 1: the methods see logged values, 0: scaled ones */
} um_cells_options;

typedef struct um_cells {
    const um_source *source;
    um_cells_kind kind; /* never DETECT */
    double target;      /* as applied: 0 for logged values */
    int log1p;          /* the same */
    unsigned threads;
    int single;         /* 1: every value fits single precision; see cells.c */
    double maximum;     /* largest value as read */
    double fraction;    /* the first value that is not whole; 0: none */
    size_t empty;       /* cells without any value above zero; they stay, as rows of zeros */
    double *total;      /* of each cell, as read, over all genes */
    size_t *entries;    /* of each gene: values above zero in all cells */
    um_moments moments;
} um_cells;

/*
 * `batch` is the number of the batch of each cell, negative for cells outside all (they count for everything but the
 * moments), with `batches` >= 1; NULL: one batch. Errors: INPUT (no cells or genes, a gene name twice, all zero, values
 * that give numbers beyond all bounds when taken as logged), MEMORY, INTERRUPTED. Released with um_cells_clear(), also
 * after a failure.
 */
unmix_status um_cells_look(unmix_context *cx, um_cells *cells, const um_source *source, const um_cells_options *options,
                           const int64_t *batch, size_t batches);
void um_cells_clear(um_cells *cells);

/* "counts", "log-normalised values" or "linear values": for notes. */
const char *um_cells_kind_name(um_cells_kind kind);

/* The values of `block`, whose first cell is cell `first`, become those that the methods see. Missing ones stay NaN. */
void um_cells_apply(const um_cells *cells, size_t first, um_block *block);

/*
 * X becomes cells x n_genes, gene[j] (a row of the source, each at most once) being column j; `missing` becomes the
 * pattern of the missing entries, with rows = 0 (and nothing to release) where there are none. Both empty on entry and
 * after a failure. Cells without a value among these genes stay and are counted in a note. Errors: INPUT (no genes, all
 * zero), MEMORY, INTERRUPTED.
 */
unmix_status um_cells_read(unmix_context *cx, const um_cells *cells, const size_t *gene, size_t n_genes, um_sparse *X,
                           um_sparse *missing);

#endif
