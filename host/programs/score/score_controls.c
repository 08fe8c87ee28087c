#include "programs/score/score_controls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/numpy_random.h"
#include "core/order.h"

void um_score_options_init(um_score_options *options)
{
    *options = (um_score_options){.controls = 50, .bins = 25, .seed = 0, .controls_as_reference = 1};
}

typedef struct ranked {
    double mean;
    size_t gene;
} ranked;

static int by_mean(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->mean < y->mean || x->mean > y->mean)
        return x->mean < y->mean ? -1 : 1;
    return (x->gene > y->gene) - (x->gene < y->gene);
}

/* numpy.round(n / parts): halves go to the even number. */
static size_t genes_in_bin(size_t n, size_t parts)
{
    const size_t whole = n / parts, twice = 2 * (n % parts);
    return whole + (twice > parts || (twice == parts && whole % 2 == 1));
}

/* The bin is the rank (from 1, equal means have the lowest of theirs) divided by the number of genes in a bin. */
unmix_status um_expression_bins_set(unmix_context *cx, um_expression_bins *bins, size_t count)
{
    ranked *order = NULL;
    size_t n = 0;
    UM_TRY(UM_ALLOC(cx, &order, bins->genes, "genes"));
    for (size_t g = 0; g < bins->genes; g++)
        if (!isnan(bins->mean[g]))
            order[n++] = (ranked){bins->mean[g], g};
    qsort(order, n, sizeof *order, by_mean);
    const size_t together = genes_in_bin(n, count - 1);
    size_t rank = 1;
    for (size_t i = 0; i < n; i++) {
        rank = i && order[i].mean == order[i - 1].mean ? rank : i + 1;
        bins->bin[order[i].gene] = together ? rank / together : 0; /* very few genes: one bin */
    }
    free(order);
    return UNMIX_OK;
}

/* The bins of the genes of the list, ascending, each once: bin[genes]. Returns how many. */
static size_t bins_of_list(const um_expression_bins *bins, const unsigned char *listed, size_t *bin)
{
    size_t n = 0, kept = 0;
    for (size_t g = 0; g < bins->genes; g++)
        if (listed[g])
            bin[n++] = bins->bin[g];
    qsort(bin, n, sizeof *bin, um_by_size);
    for (size_t i = 0; i < n; i++)
        if (!i || bin[i] != bin[i - 1])
            bin[kept++] = bin[i];
    return kept;
}

/* Draws from one bin; `gene` and `order` are scratch for all genes. */
static void draw_from(const um_expression_bins *bins, size_t bin, const um_score_options *options,
                      const unsigned char *listed, um_mt *mt, size_t *gene, size_t *order, unsigned char *control)
{
    size_t n = 0;
    for (size_t g = 0; g < bins->genes; g++)
        if (bins->bin[g] == bin && !isnan(bins->mean[g]) && (options->controls_as_reference || !listed[g]))
            gene[n++] = g;
    size_t drawn = n;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    if (n > options->controls) {
        um_mt_permutation(mt, n, order);
        drawn = options->controls;
    }
    for (size_t i = 0; i < drawn; i++)
        control[gene[order[i]]] = !listed[gene[order[i]]];
}

unmix_status um_score_draw(unmix_context *cx, const um_expression_bins *bins, const um_score_options *options,
                           const unsigned char *listed, unsigned char *control, size_t *n_controls)
{
    size_t *scratch = NULL;
    const size_t genes = bins->genes;
    UM_TRY(UM_ALLOC(cx, &scratch, um_product_size(genes, 3, 1), "control genes"));
    um_mt mt;
    um_mt_start(&mt, options->seed);
    memset(control, 0, genes);
    const size_t n = bins_of_list(bins, listed, scratch);
    for (size_t i = 0; i < n; i++)
        draw_from(bins, scratch[i], options, listed, &mt, scratch + genes, scratch + 2 * genes, control);
    *n_controls = 0;
    for (size_t g = 0; g < genes; g++)
        *n_controls += control[g];
    free(scratch);
    return UNMIX_OK;
}
