#include "programs/nmf/factorise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "programs/nmf/losses.h"

void um_factorised_clear(um_factorised *f)
{
    free(f->factors.W);
    free(f->factors.H);
    um_nmf_fit_clear(&f->fit);
    *f = (um_factorised){0};
}

unmix_status um_factorised_allocate(unmix_context *cx, um_factorised *f, size_t n, size_t m, size_t k)
{
    *f = (um_factorised){.n = n, .m = m, .k = k};
    unmix_status status = UM_ALLOC(cx, &f->factors.W, um_product_size(n, k, 1), "usages");
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &f->factors.H, um_product_size(m, k, 1), "programs");
    if (status != UNMIX_OK)
        um_factorised_clear(f);
    return status;
}

static unmix_status check_rank(unmix_context *cx, const um_nmf_data *data, size_t k, size_t cells)
{
    if (k > cells || k > data->X->columns)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%zu components are more than there are %s (%zu cells, %zu genes take part): choose fewer components", k,
                       k > cells ? "cells" : "genes", cells, data->X->columns);
    return UNMIX_OK;
}

unmix_status um_factorise_check(unmix_context *cx, const um_nmf_data *data, size_t components)
{
    return check_rank(cx, data, components, data->X->rows);
}

/* ---- Several at once ---- */

static size_t cells_used(const unsigned char *uses, size_t n)
{
    size_t used = 0;
    for (size_t c = 0; c < n; c++)
        used += !uses || uses[c];
    return used;
}

static unmix_status start(unmix_context *cx, const um_nmf_data *data, const um_factorise_options *o, size_t r,
                          const unsigned char *uses, um_factorised *result)
{
    const size_t n = data->X->rows, k = o->nmf.components;
    char text[32];
    if (o->start == UM_NMF_START_NNDSVD && um_loss_is_undefined_at_zero(&o->nmf))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "nndsvd starts with zeros, which mu never leaves and the %s loss has no value for: take nndsvda or random",
                       um_loss_write(o->nmf.loss, o->nmf.beta, text, sizeof text));
    UM_TRY(check_rank(cx, data, k, cells_used(uses, n)));
    UM_TRY(um_factorised_allocate(cx, result, n, data->X->columns, k));
    UM_TRY(um_progress(cx, -1, "nmf: start %zu", r + 1));
    return um_nmf_start(cx, data, uses, o->start, k, o->seed + (uint32_t)r, &result->factors);
}

static unmix_status fit_all(unmix_context *cx, unmix_device *device, const um_nmf_data *data, const um_nmf_options *o,
                            size_t count, const unsigned char *uses, um_factorised *result)
{
    um_factors *factors = NULL;
    um_nmf_fit *fits = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &factors, count, "factors"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &fits, count, "factors"));
    for (size_t r = 0; r < count; r++)
        factors[r] = result[r].factors;
    UM_TRY_GOTO(status, done, um_nmf_many(cx, device, data, o, count, uses, factors, fits));
    for (size_t r = 0; r < count; r++)
        result[r].fit = fits[r];
done:
    free(factors);
    free(fits);
    return status;
}

unmix_status um_factorise_many(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                               const um_factorise_options *options, size_t count, const unsigned char *uses,
                               um_factorised *result)
{
    const size_t n = data->X->rows;
    unmix_status status = UNMIX_OK;
    for (size_t r = 0; r < count && status == UNMIX_OK; r++)
        status = start(cx, data, options, r, uses ? uses + r * n : NULL, &result[r]);
    if (status == UNMIX_OK)
        status = fit_all(cx, device, data, &options->nmf, count, uses, result);
    for (size_t r = 0; r < count && status != UNMIX_OK; r++)
        um_factorised_clear(&result[r]);
    return status;
}

/* ---- One ---- */

unmix_status um_factorise(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                          const um_factorise_options *options, um_factorised *result)
{
    const size_t count = options->starts ? options->starts : 1;
    um_factorised *all = NULL;
    *result = (um_factorised){0};
    UM_TRY(UM_ALLOC(cx, &all, count, "factors"));
    const unmix_status status = um_factorise_many(cx, device, data, options, count, NULL, all);
    size_t best = 0;
    for (size_t r = 1; r < count && status == UNMIX_OK; r++)
        if (all[r].fit.loss < all[best].fit.loss)
            best = r;
    if (status == UNMIX_OK) {
        *result = all[best];
        all[best] = (um_factorised){0};
        if (count > 1)
            um_note(cx, "of %zu starts the one with seed %lu has the smallest loss, %.8g", count,
                    (unsigned long)options->seed + best, result->fit.loss);
    }
    for (size_t r = 0; r < count; r++)
        um_factorised_clear(&all[r]);
    free(all);
    return status;
}

unmix_status um_factorise_from(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                               const um_nmf_options *options, um_factorised *result)
{
    um_nmf_fit_clear(&result->fit);
    return um_nmf(cx, device, data, options, &result->factors, &result->fit);
}

unmix_status um_factorise_usages(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                                 const um_nmf_options *options, um_factorised *result)
{
    const um_sparse *X = data->X;
    um_nmf_options o = *options;
    o.fixed_programs = 1;
    double sum = 0;
    for (size_t i = 0; i < um_sparse_entries(X); i++)
        sum += X->value[i];
    const double mean = sum / ((double)X->rows * (double)X->columns);
    const double from = o.solver == UM_NMF_MU ? sqrt(mean / (double)o.components) : 0;
    for (size_t i = 0; i < result->n * result->k; i++)
        result->factors.W[i] = from;
    return um_factorise_from(cx, device, data, &o, result);
}

/* ---- Resamples ---- */

size_t um_resample_size(size_t n, double fraction)
{
    return (size_t)floor(fraction * (double)n + 1e-9);
}

void um_resample_cells(size_t n, double fraction, uint64_t seed, size_t count, unsigned char *uses, size_t *scratch)
{
    const size_t take = um_resample_size(n, fraction);
    for (size_t r = 0; r < count; r++) {
        char name[32];
        um_random random;
        (void)snprintf(name, sizeof name, "%zu", r);
        um_random_start(&random, seed, "resampled cells", name);
        for (size_t c = 0; c < n; c++)
            scratch[c] = c;
        memset(uses + r * n, 0, n);
        for (size_t i = 0; i < take; i++) {
            const size_t j = i + (size_t)um_random_below(&random, n - i), picked = scratch[j];
            scratch[j] = scratch[i];
            uses[r * n + picked] = 1;
        }
    }
}
