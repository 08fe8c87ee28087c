/* The public options of gene programs in the terms of the room that works with them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_programs.h"
#include "core/memory.h"
#include "core/order.h"
#include "programs/nmf/losses.h"

static const double LARGEST_SEED = 4294967295.0;

static void init_cells(unmix_cells_options *options)
{
    *options = (unmix_cells_options){.log1p = 1, .top_genes = 2000};
}

void unmix_nmf_options_init(unmix_nmf_options *options)
{
    *options = (unmix_nmf_options){.components = 10,
                                   .starts = 1,
                                   .sweeps = 1,
                                   .tolerance = 1e-4,
                                   .max_iterations = 1000,
                                   .seed = 42,
                                   .resamples = 10,
                                   .resample_fraction = 0.8,
                                   .masks = 3,
                                   .held_out = 0.05};
    init_cells(&options->cells);
}

void unmix_consensus_options_init(unmix_consensus_options *options)
{
    *options = (unmix_consensus_options){
        .min_clusters = 4, .max_clusters = 10, .resamples = 100, .resample_fraction = 0.8, .cluster_genes = 50};
    unmix_nmf_options_init(&options->nmf);
    options->nmf.init = UNMIX_NMF_RANDOM;
    options->nmf.sweeps = 3;
}

void unmix_score_options_init(unmix_score_options *options)
{
    *options = (unmix_score_options){.controls = 50, .bins = 25, .controls_as_reference = 1};
    init_cells(&options->cells);
}

unmix_status unmix_nmf_set_loss(unmix_context *cx, unmix_nmf_options *options, const char *text)
{
    UM_TRY(um_begin(cx));
    um_nmf_loss loss = UM_NMF_FROBENIUS;
    char names[160];
    UM_NEED(cx, options);
    UM_NEED(cx, text);
    if (!um_loss_read(text, &loss, &options->beta))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "loss '%s': expected %s", text, um_loss_names(names, sizeof names));
    options->loss = (unmix_nmf_loss)loss;
    options->solver = unmix_nmf_loss_info(options->loss)->hals ? UNMIX_NMF_HALS : UNMIX_NMF_MU;
    return UNMIX_OK;
}

unmix_status um_check_nmf_options(unmix_context *cx, const unmix_nmf_options *o)
{
    const struct {
        const char *name;
        double value;
        int right;
    } checks[] = {
        {"number of components (1 or more)", (double)o->components, o->components >= 1},
        {"number of sweeps (1 to 100)", (double)o->sweeps, o->sweeps >= 1 && o->sweeps <= 100},
        {"number of starts (1 or more)", (double)o->starts, o->starts >= 1},
        {"tolerance (0 or more)", o->tolerance, o->tolerance >= 0 && isfinite(o->tolerance)},
        {"maximum of iterations (1 or more)", (double)o->max_iterations, o->max_iterations >= 1},
        {"alpha_W (0 or more)", o->alpha_W, o->alpha_W >= 0 && isfinite(o->alpha_W)},
        {"alpha_H (0 or more)", o->alpha_H, o->alpha_H >= 0 && isfinite(o->alpha_H)},
        {"l1 ratio (0 to 1)", o->l1_ratio, o->l1_ratio >= 0 && o->l1_ratio <= 1},
        {"seed (0 to 4294967295, as numpy's)", (double)o->seed, (double)o->seed <= LARGEST_SEED},
        {"normalization (0 or a total above 0)", o->cells.normalize, o->cells.normalize >= 0 && isfinite(o->cells.normalize)},
        {"number of top genes (1 or more)", (double)o->cells.top_genes, o->cells.top_genes >= 1},
        {"resample fraction (above 0, at most 1)", o->resample_fraction, o->resample_fraction > 0 && o->resample_fraction <= 1},
        {"held out share (above 0, below 1)", o->held_out, o->held_out > 0 && o->held_out < 1},
        {"number of resamples (0, or 2 or more)", (double)o->resamples, o->resamples != 1},
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (!checks[i].right)
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s cannot be %g", checks[i].name, checks[i].value);
    const unmix_nmf_loss_traits *loss = unmix_nmf_loss_info(o->loss);
    char text[32];
    if (!loss)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "there is no loss %d", (int)o->loss);
    if (o->solver == UNMIX_NMF_HALS && !loss->hals)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the %s loss is for the solver mu; hals minimises %s",
                       um_loss_write((um_nmf_loss)o->loss, o->beta, text, sizeof text), unmix_nmf_loss_info(0)->name);
    if (o->last_components && o->last_components < o->components)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "components %zu:%zu: the first number is larger than the last", o->components,
                       o->last_components);
    if (o->programs && o->last_components > o->components)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "given programs have their own number; a range of components is for fits");
    return UNMIX_OK;
}

/* ---- Batches ---- */

void um_batches_clear(um_batches *batches)
{
    um_names_clear(&batches->names);
    free(batches->of_cell);
    *batches = (um_batches){0};
}

/* Distinct labels, sorted; "" is no label. */
static unmix_status collect(unmix_context *cx, const char *const *label, size_t cells, um_names *names)
{
    const char **text = NULL;
    size_t count = 0;
    UM_TRY(UM_ALLOC(cx, &text, cells, "batches"));
    for (size_t c = 0; c < cells; c++)
        if (*label[c])
            text[count++] = label[c];
    const unmix_status status = um_names_add_distinct(cx, names, text, count);
    free(text);
    return status;
}

static unmix_status read_batches(unmix_context *cx, const char *const *label, size_t cells, um_batches *batches)
{
    size_t without = 0;
    UM_TRY(collect(cx, label, cells, &batches->names));
    UM_TRY(UM_ALLOC(cx, &batches->of_cell, cells, "batches"));
    for (size_t c = 0; c < cells; c++) {
        const size_t at = *label[c] ? um_names_find(&batches->names, label[c]) : UM_NOT_FOUND;
        batches->of_cell[c] = at == UM_NOT_FOUND ? -1 : (int64_t)at;
        without += at == UM_NOT_FOUND;
    }
    if (!batches->names.count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "no cell has a batch label");
    if (without)
        um_note(cx, "%zu cells without a batch label take no part in the choice of genes", without);
    return UNMIX_OK;
}

/* ---- Options ---- */

unmix_status um_prepare_options_of(unmix_context *cx, const unmix_cells_options *options, size_t cells,
                                   um_batches *batches, um_prepare_options *result)
{
    static const um_cells_kind kinds[] = {[UNMIX_VALUES_DETECT] = UM_CELLS_DETECT,
                                          [UNMIX_VALUES_COUNTS] = UM_CELLS_COUNTS,
                                          [UNMIX_VALUES_LOG1P] = UM_CELLS_LOGGED,
                                          [UNMIX_VALUES_LINEAR] = UM_CELLS_LINEAR};
    *result = (um_prepare_options){.all_genes = options->selection == UNMIX_GENES_ALL};
    result->cells = (um_cells_options){.kind = kinds[options->values],
                                       .target = options->normalize,
                                       .log1p = options->normalize > 0 && options->log1p};
    um_genes_options_init(&result->genes);
    result->genes.flavour = options->selection == UNMIX_GENES_VARIANCE ? UM_GENES_VARIANCE : UM_GENES_SEURAT;
    result->genes.top = options->top_genes;
    if (!options->batch)
        return UNMIX_OK;
    UM_TRY(read_batches(cx, options->batch, cells, batches));
    result->batch = batches->of_cell;
    result->batches = &batches->names;
    return UNMIX_OK;
}

um_factorise_options um_factorise_options_of(const unmix_nmf_options *o)
{
    static const um_nmf_start_kind starts[] = {[UNMIX_NMF_NNDSVDA] = UM_NMF_START_NNDSVDA,
                                               [UNMIX_NMF_NNDSVD] = UM_NMF_START_NNDSVD,
                                               [UNMIX_NMF_RANDOM] = UM_NMF_START_RANDOM};
    return (um_factorise_options){
        .nmf = {.solver = o->solver == UNMIX_NMF_MU ? UM_NMF_MU : UM_NMF_HALS,
                .loss = (um_nmf_loss)o->loss,
                .beta = o->beta,
                .components = o->components,
                .tolerance = o->tolerance,
                .max_iterations = o->max_iterations,
                .alpha_W = o->alpha_W,
                .alpha_H = o->alpha_H,
                .l1_ratio = o->l1_ratio,
                .sweeps = o->sweeps},
        .start = starts[o->init],
        .starts = o->starts,
        .seed = (uint32_t)o->seed,
    };
}
