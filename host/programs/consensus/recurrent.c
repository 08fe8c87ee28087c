#include "programs/consensus/recurrent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "programs/nmf/loss.h"

/* Usages of replicates that are in memory at once, in numbers. */
static const size_t MOST_USAGES = (size_t)1 << 26;

void um_recurrent_clear(um_recurrent *r)
{
    free((double *)(uintptr_t)r->programs.loading);
    free((size_t *)(uintptr_t)r->programs.replicate);
    um_consensus_clear(&r->consensus);
    free(r->error);
    um_factorised_clear(&r->fit);
    free(r->cluster);
    *r = (um_recurrent){0};
}

/* ---- Factorisations of resampled cells; of each only the programs are kept ---- */

typedef struct resampling {
    unmix_device *device;
    const um_nmf_data *data;
    const um_recurrent_options *options;
    unsigned char *uses; /* resamples x cells */
    double *loading;
    size_t *replicate;
} resampling;

static unmix_status factorise_group(unmix_context *cx, const resampling *r, size_t first, size_t count)
{
    const size_t n = r->data->X->rows, m = r->data->X->columns, k = r->options->factorise.nmf.components;
    um_factorise_options factorise = r->options->factorise;
    um_factorised *f = NULL;
    UM_TRY(UM_ALLOC(cx, &f, count, "resamples"));
    factorise.seed += (uint32_t)first;
    const unmix_status status = um_factorise_many(cx, r->device, r->data, &factorise, count, r->uses + first * n, f);
    for (size_t i = 0; i < count; i++) {
        if (status == UNMIX_OK)
            memcpy(r->loading + (first + i) * k * m, f[i].factors.H, k * m * sizeof *r->loading);
        for (size_t t = 0; t < k; t++)
            r->replicate[(first + i) * k + t] = first + i;
        um_factorised_clear(&f[i]);
    }
    free(f);
    return status;
}

static unmix_status factorise_resamples(unmix_context *cx, const resampling *r)
{
    const size_t n = r->data->X->rows, k = r->options->factorise.nmf.components, resamples = r->options->resamples;
    const size_t most = MOST_USAGES / (n * k) ? MOST_USAGES / (n * k) : 1;
    for (size_t first = 0; first < resamples; first += most)
        UM_TRY(factorise_group(cx, r, first, resamples - first < most ? resamples - first : most));
    return UNMIX_OK;
}

static unmix_status resample(unmix_context *cx, resampling *r)
{
    const size_t n = r->data->X->rows, m = r->data->X->columns, k = r->options->factorise.nmf.components;
    const size_t resamples = r->options->resamples, taken = um_resample_size(n, r->options->fraction);
    size_t *scratch = NULL;
    if (taken < k)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%zu cells x %g = %zu cells in a resample are fewer than %zu components: use a larger fraction or fewer "
                       "components",
                       n, r->options->fraction, taken, k);
    UM_TRY(UM_ALLOC(cx, &r->uses, um_product_size(resamples, n, 1), "resamples"));
    UM_TRY(UM_ALLOC(cx, &r->loading, um_product_size(resamples, k, m), "programs of the resamples"));
    UM_TRY(UM_ALLOC(cx, &r->replicate, resamples * k, "programs of the resamples"));
    UM_TRY(UM_ALLOC(cx, &scratch, n, "resamples"));
    um_resample_cells(n, r->options->fraction, r->options->consensus.seed, resamples, r->uses, scratch);
    free(scratch);
    return factorise_resamples(cx, r);
}

/* ---- Median programs, and how well they do ---- */

/* The fit of the medians of a look: W from their H. */
static unmix_status fit_medians(unmix_context *cx, unmix_device *device, const um_nmf_data *data, const um_recurrent *r,
                                size_t look, const um_nmf_options *nmf, um_factorised *fit)
{
    const size_t clusters = r->consensus.look[look].clusters;
    um_nmf_options o = *nmf;
    o.components = clusters;
    o.alpha_W = o.alpha_H = 0;
    o.sweeps = 1; /* so that these usages are those that the programs get when they are given */
    UM_TRY(um_factorised_allocate(cx, fit, data->X->rows, data->X->columns, clusters));
    UM_TRY(um_program_medians(cx, &r->programs, clusters, r->consensus.label + look * r->consensus.items, fit->factors.H));
    return um_factorise_usages(cx, device, data, &o, fit);
}

/* Every number of clusters is fitted for its error; the chosen one is kept. */
static unmix_status finish(unmix_context *cx, unmix_device *device, const um_nmf_data *data, const um_nmf_options *nmf,
                           um_recurrent *r)
{
    double nothing = 0;
    UM_TRY(UM_ALLOC(cx, &r->error, r->consensus.looks, "errors"));
    UM_TRY(um_nmf_evaluate_nothing(cx, data, nmf, &nothing));
    for (size_t look = 0; look < r->consensus.looks; look++) {
        um_factorised fit = {0};
        const unmix_status status = fit_medians(cx, device, data, r, look, nmf, &fit);
        r->error[look] = nothing > 0 ? fit.fit.loss / nothing : NAN;
        if (status == UNMIX_OK && look == r->consensus.best)
            r->fit = fit;
        else
            um_factorised_clear(&fit);
        UM_TRY(status);
    }
    const size_t clusters = um_consensus_clusters(&r->consensus);
    UM_TRY(UM_ALLOC(cx, &r->cluster, clusters, "clusters"));
    return um_program_clusters(cx, &r->programs, clusters, um_consensus_labels(&r->consensus), r->consensus.silhouette,
                               r->cluster);
}

unmix_status um_recurrent_resample(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                                   const um_recurrent_options *options, um_recurrent *recurrent)
{
    resampling r = {.device = device, .data = data, .options = options};
    *recurrent = (um_recurrent){0};
    unmix_status status = resample(cx, &r);
    free(r.uses);
    recurrent->programs = (um_programs){.count = options->resamples * options->factorise.nmf.components,
                                        .genes = data->X->columns,
                                        .loading = r.loading,
                                        .replicate = r.replicate};
    if (status == UNMIX_OK)
        status = um_consensus_cluster(cx, &recurrent->programs, &options->consensus, &recurrent->consensus);
    if (status == UNMIX_OK)
        status = finish(cx, device, data, &options->factorise.nmf, recurrent);
    if (status != UNMIX_OK)
        um_recurrent_clear(recurrent);
    return status;
}

unmix_status um_recurrent_programs(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                                   const um_factorised *given, const um_resample_options *options,
                                   const um_nmf_options *nmf, um_recurrent *recurrent)
{
    double *loading = NULL;
    *recurrent = (um_recurrent){0};
    UM_TRY(UM_ALLOC(cx, &loading, given->k * given->m, "programs"));
    memcpy(loading, given->factors.H, given->k * given->m * sizeof *loading);
    recurrent->programs = (um_programs){.count = given->k, .genes = given->m, .loading = loading};
    unmix_status status =
        um_consensus_programs(cx, given->n, given->k, given->factors.W, options, &recurrent->consensus);
    if (status == UNMIX_OK)
        status = finish(cx, device, data, nmf, recurrent);
    if (status != UNMIX_OK)
        um_recurrent_clear(recurrent);
    return status;
}
