/*
 * Factorisations on the device: one copy of X, the factors of some replicates, and an iteration for all that are active.
 * Nothing here knows when to stop; see nmf.c.
 */
#ifndef UM_NMF_STAGE_H
#define UM_NMF_STAGE_H

#include "programs/nmf/nmf_entries.h"
#include "device/constants.h"
#include "programs/nmf/losses.h"
#include "programs/nmf/nmf_problem.h"

/* What a panel of cells or genes reports, UM_NMF_PER_PANEL numbers; see kernels/nmf_steps.cl. */
typedef struct um_nmf_statistics {
    double violation;
    double cross; /* sum of w p: <X, WH> for the gene side after its step */
    double lost;  /* sum of (WH)^2 over missing entries */
} um_nmf_statistics;

typedef struct um_nmf_stage {
    unmix_context *cx;
    um_queue *queue;
    um_variant variant;        /* of its launches */
    const um_nmf_options *options;
    size_t n, m, k;
    size_t width;              /* reals of a row of a factor on the device, at least k */
    size_t room;               /* replicates that the buffers hold */
    size_t cells, cell_panels; /* cells in a panel, panels */
    size_t genes, gene_panels;
    size_t parts;              /* partial sums of A */
    size_t sums;               /* 2: the denominators of the step stand behind A, in every part; else 1 */
    const um_loss *loss;
    const um_loss_kernels *kernels;
    double beta;
    size_t missing;            /* entries */
    int dense;                 /* 1: X.value is cells x genes, the rest of X is not there */
    double l1_W, l2_W, l1_H, l2_H;
    um_nmf_entries X, turned, lost, lost_turned;
    um_buffer uses, active, W, H, gram_W, gram_H, partial, A, cell_statistics, gene_statistics;
    double *transfer; /* one factor of one replicate, padded; or statistics */
    uint32_t *flags;  /* room x n: cells that take part */
    int flags_changed;
} um_nmf_stage;

/* Replicates that fit the device at once, at most `count`. */
size_t um_nmf_stage_room(um_queue *queue, const um_nmf_data *data, const um_nmf_options *options, size_t count);

/* Puts X there, with buffers for `room` replicates. `options` must outlive the stage. Released with um_nmf_stage_close(). */
unmix_status um_nmf_stage_open(unmix_context *cx, um_queue *queue, const um_nmf_data *data,
                               const um_nmf_options *options, size_t room, um_nmf_stage *stage);
void um_nmf_stage_close(um_nmf_stage *stage);

/* Factors of replicate r to the device and back; cells with uses[c] == 0 (NULL: none) take no part, their W is 0. */
void um_nmf_stage_load(um_nmf_stage *stage, size_t r, const unsigned char *uses, const um_factors *factors);
void um_nmf_stage_store(um_nmf_stage *stage, size_t r, const um_factors *factors);

/* Slot s works for replicate active[s] from now on. */
void um_nmf_stage_activate(um_nmf_stage *stage, const uint32_t *active, size_t slots);

/* The Gram matrix of H of every slot; needed once before the first iteration, and after another activation. */
void um_nmf_stage_begin(um_nmf_stage *stage, size_t slots);

/* One iteration of every slot: W, then (unless the programs are fixed) H. */
void um_nmf_stage_iterate(um_nmf_stage *stage, size_t slots);

/* What the iteration reported, one entry a slot: sums over the panels of either side. */
unmix_status um_nmf_stage_statistics(um_nmf_stage *stage, size_t slots, um_nmf_statistics *cells,
                                     um_nmf_statistics *genes);

/*
 * Loss without penalties and penalties of every slot, from the statistics (squares) or by another pass over X.
 * `squares`: sum of x^2 over the cells of each replicate (squares).
 */
unmix_status um_nmf_stage_loss(um_nmf_stage *stage, size_t slots, const double *squares, const um_nmf_statistics *cells,
                               const um_nmf_statistics *genes, double *loss, double *penalties);

#endif
