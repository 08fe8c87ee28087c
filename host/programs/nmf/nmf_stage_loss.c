/* What an iteration on the device reported, and the loss put together from it. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "programs/nmf/nmf_stage.h"

static void add_panels(um_nmf_stage *stage, const um_buffer *buffer, size_t panels, size_t slots, um_nmf_statistics *sums)
{
    um_read_reals(stage->queue, buffer, 0, stage->transfer, slots * panels * UM_NMF_PER_PANEL);
    for (size_t slot = 0; slot < slots; slot++) {
        sums[slot] = (um_nmf_statistics){0};
        for (size_t panel = 0; panel < panels; panel++) {
            const double *from = stage->transfer + (slot * panels + panel) * UM_NMF_PER_PANEL;
            sums[slot].violation += from[0];
            sums[slot].cross += from[1];
            sums[slot].lost += from[2];
        }
    }
}

unmix_status um_nmf_stage_statistics(um_nmf_stage *stage, size_t slots, um_nmf_statistics *cells,
                                     um_nmf_statistics *genes)
{
    add_panels(stage, &stage->cell_statistics, stage->cell_panels, slots, cells);
    if (stage->options->fixed_programs)
        memset(genes, 0, slots * sizeof *genes);
    else
        add_panels(stage, &stage->gene_statistics, stage->gene_panels, slots, genes);
    return um_queue_status(stage->queue);
}

/* l1 sum F + l2/2 sum F^2 from a Gram matrix, which has l2_there on its diagonal. */
static double penalty(const um_nmf_stage *stage, const double *gram, double l1, double l2, double l2_there)
{
    double sum = 0;
    for (size_t t = 0; t < stage->k; t++)
        sum += l1 * gram[stage->width * stage->width + t] +
               0.5 * l2 * (gram[t * stage->width + t] - l2_there);
    return sum;
}

/* sum of (WH)^2 = <W'W, HH'>. */
static double product_of_grams(const um_nmf_stage *stage, const double *W, const double *H)
{
    double sum = 0;
    for (size_t t = 0; t < stage->k; t++)
        for (size_t u = 0; u < stage->k; u++) {
            const size_t at = t * stage->width + u;
            sum += (W[at] - (t == u ? stage->l2_H : 0)) * (H[at] - (t == u ? stage->l2_W : 0));
        }
    return sum;
}

static double product_of_sums(const um_nmf_stage *stage, const double *W, const double *H)
{
    double sum = 0;
    for (size_t t = 0; t < stage->k; t++)
        sum += W[stage->width * stage->width + t] * H[stage->width * stage->width + t];
    return sum;
}

static void diverge(um_nmf_stage *s, size_t slots, um_nmf_statistics *sums)
{
    um_run(s->queue, s->loss->divergence, s->variant, um_grid_2d(s->cell_panels, slots), UM_U32(s->n),
           UM_U32(s->m), UM_U32(s->cells), UM_U32(s->cell_panels), UM_REAL_ARGUMENT(s->beta), UM_BUF(&s->active), UM_BUF(&s->uses),
           UM_BUF(&s->X.start), UM_BUF(&s->X.index), UM_BUF(&s->X.value), UM_BUF(&s->lost.start),
           UM_BUF(&s->lost.index), UM_BUF(&s->W), UM_BUF(&s->H), UM_BUF(&s->cell_statistics));
    add_panels(s, &s->cell_statistics, s->cell_panels, slots, sums);
}

unmix_status um_nmf_stage_loss(um_nmf_stage *stage, size_t slots, const double *squares, const um_nmf_statistics *cells,
                               const um_nmf_statistics *genes, double *loss, double *penalties)
{
    const size_t gram = (stage->width + 1) * stage->width;
    um_nmf_statistics *divergence = NULL;
    UM_TRY(UM_ALLOC(stage->cx, &divergence, slots, "statistics"));
    if (stage->loss->divergence != UM_LOSS_NO_KERNEL)
        diverge(stage, slots, divergence);
    double *W = stage->transfer, *H = W + slots * gram;
    um_read_reals(stage->queue, &stage->gram_W, 0, W, slots * gram);
    um_read_reals(stage->queue, &stage->gram_H, 0, H, slots * gram);
    for (size_t slot = 0; slot < slots; slot++, W += gram, H += gram) {
        const um_nmf_statistics *last = stage->options->fixed_programs ? &cells[slot] : &genes[slot];
        switch (stage->loss->sum) {
        case UM_LOSS_SQUARES:
            loss[slot] = 0.5 * (squares[slot] - 2 * last->cross + product_of_grams(stage, W, H) - last->lost);
            break;
        case UM_LOSS_TOTALS:
            loss[slot] = divergence[slot].cross + product_of_sums(stage, W, H);
            break;
        case UM_LOSS_EVERY:
            loss[slot] = divergence[slot].cross;
            break;
        }
        penalties[slot] = penalty(stage, W, stage->l1_W, stage->l2_W, stage->l2_H) +
                          penalty(stage, H, stage->l1_H, stage->l2_H, stage->l2_W);
    }
    free(divergence);
    return um_queue_status(stage->queue);
}
