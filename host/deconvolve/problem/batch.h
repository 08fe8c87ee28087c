/*
 * A batch of samples on the device: their counts, the state that a method keeps for them, and the fused pass.
 * Converged samples leave it; who is left is packed together.
 *
 * The counts are dense (genes x samples) or sparse (the counts above zero of each sample); the batch chooses its kernels
 * by that, and whoever uses it does not see which. The two differ in rounding.
 */
#ifndef UM_BATCH_H
#define UM_BATCH_H

#include "deconvolve/problem/batch_sparse.h"

enum { UM_MAX_STATES = 16 };

/* rows x samples reals on the device, one vector of state per row (exposures: M rows; a learning rate: one row). */
typedef struct um_state {
    um_buffer buffer;
    size_t rows;
} um_state;

typedef struct um_batch {
    unmix_context *cx;
    um_queue *queue;
    const um_problem *problem;
    um_variant variant;    /* of its launches */
    uint32_t M, tiles;
    size_t padded_genes;   /* a multiple of the tile */
    um_buffer A, w, D;     /* of the problem; written once */
    size_t capacity;       /* samples */
    const um_block *block; /* where the counts come from */
    size_t count;          /* samples in the batch */
    size_t *column;        /* for each its column in the block */
    uint32_t ld;           /* vectors in a row on the device */
    size_t width;          /* reals in a row: ld x vector */
    um_buffer k;           /* padded_genes x ld: counts, unless sparse */
    um_batch_sparse sparse;
    um_buffer fold, loss;  /* partial sums over tiles */
    um_state state[UM_MAX_STATES];
    size_t n_states;
    int keep_whole;        /* 1: never pack (the same samples are fitted again and again) */
    double *scratch;       /* host */
    size_t scratch_capacity;
} um_batch;

/*
 * Room for `capacity` samples of the problem on the device. `divide` 0: D is all ones (the M-step that counts reads).
 * Released with um_batch_clear().
 */
unmix_status um_batch_open(unmix_context *cx, um_batch *batch, um_queue *queue, const um_problem *problem,
                           const double *D, size_t capacity);
unmix_status um_batch_open_sparse(unmix_context *cx, um_batch *batch, um_queue *queue, const um_problem *problem,
                                  const double *D, size_t capacity);
void um_batch_clear(um_batch *batch);

/*
 * Samples that fit the device at once with this problem; at least 1. Sparse: with `nonzeros` counts above zero in a sample
 * on average.
 */
size_t um_batch_fitting(const um_queue *queue, const um_problem *problem);
size_t um_batch_fitting_sparse(const um_queue *queue, const um_problem *problem, double nonzeros);

/* 1 when a sample with that many counts above zero belongs into a sparse batch on this device. */
int um_batch_is_sparse(const um_queue *queue, const um_problem *problem, size_t nonzeros);

/*
 * Room ahead of time: in a sparse batch for so many non-zeros (with the padding of each sample to whole vectors), in h
 * for the curvatures of a full batch, on the host for transfers of `rows` rows. What is not reserved is made when it is
 * needed.
 */
void um_batch_reserve(um_batch *batch, size_t nonzeros);
void um_batch_reserve_curvature(um_batch *batch, um_buffer *h);
void um_batch_reserve_transfer(um_batch *batch, size_t rows);

/* Adds a state of `rows` rows, for the whole life of the batch. */
um_state *um_batch_add_state(um_batch *batch, size_t rows, const char *what);

/*
 * Numbers of the genes (genes x columns, row-major) on the device with rows `stride` reals apart and zeros for the
 * genes of the padding. The buffer is the caller's.
 */
void um_batch_write_genes(um_batch *batch, um_buffer *buffer, const double *values, size_t columns, size_t stride);

/* The same of `rows` rows of anything, followed by zeros up to padded_rows. */
void um_batch_write_rows(um_batch *batch, um_buffer *buffer, const double *values, size_t rows, size_t columns,
                         size_t padded_rows, size_t stride);

/* Loads the counts of columns column[0..count) of the block. The block must stay. States are not touched. */
void um_batch_load(um_batch *batch, const um_block *block, const size_t *column, size_t count);

/* Transfers a state: values are rows x count, row-major. */
void um_batch_set(um_batch *batch, um_state *state, const double *values);
void um_batch_get(um_batch *batch, const um_state *state, double *values);

/* One row of reals (1 x ld) that is not a state: values[count]. */
void um_batch_read_row(um_batch *batch, const um_buffer *row, double *values);

/* Reals in a row on the device for a batch of `count` samples. */
size_t um_batch_width(const um_batch *batch, size_t count);

/* Keeps only the samples with keep[i] != 0 (at least one), in their order, with all their state. */
void um_batch_keep(um_batch *batch, const unsigned char *keep);

/*
 * Samples with keep[i] == 0 stop: `active` (a state of one row) says so to the kernels. They stay where they are until
 * half of the batch has stopped, because packing costs a new upload; then the batch is packed and keep[] is all ones.
 */
unmix_status um_batch_let_go(um_batch *batch, um_state *active, unsigned char *keep, size_t live);

/* fold <- A' (w k / (A E + eps)) per tile; with loss also the loss. No synchronisation. */
void um_batch_pass(um_batch *batch, const um_state *E);
void um_batch_pass_loss(um_batch *batch, const um_state *E);

/* The same, and h <- w k / (A E + eps)^2, genes x ld or one for each non-zero. Makes room in h, which may be empty. */
void um_batch_pass_curvature(um_batch *batch, const um_state *E, um_buffer *h);

/* The line search along d (M x ld) from E: partial (tiles x step lengths x ld) <- sums of kernels/line_search.cl. */
void um_batch_line_search(um_batch *batch, const um_state *E, const um_buffer *d, const um_buffer *partial);

/* The loss of the last um_batch_pass_loss(), tiles added up in double: NLL of each sample. Synchronises. */
void um_batch_read_loss(um_batch *batch, double *nll);

/* The grid of the step kernels: a work-item a vector of samples and source. */
static inline um_grid um_batch_step_grid(const um_batch *batch)
{
    return um_grid_2d(batch->ld, batch->M);
}

#endif
