#include "programs/consensus/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "programs/nmf/loss.h"
#include "programs/consensus/stability.h"

/* Resampled fits need their end only, not scikit-learn's way there. */
enum { RESAMPLE_SWEEPS = 3 };

void um_sweep_options_init(um_sweep_options *options)
{
    *options = (um_sweep_options){.resamples = 10, .fraction = 0.8, .repeats = 3, .held_out = 0.05, .seed = 42};
}

/* ---- Stability ---- */

static double cosine(size_t m, const double *a, const double *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t j = 0; j < m; j++) {
        ab += a[j] * b[j];
        aa += a[j] * a[j];
        bb += b[j] * b[j];
    }
    return aa > 0 && bb > 0 ? fmin(ab / sqrt(aa * bb), 1) : 0;
}

unmix_status um_program_stability(unmix_context *cx, size_t count, size_t k, size_t m, const double *programs,
                                  double *stability)
{
    const size_t items = count * k, pairs = um_pairs(items);
    um_tree tree = {0};
    double *distance = NULL, *work = NULL;
    size_t *label = NULL;
    unmix_status status;
    *stability = NAN;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &distance, pairs, "distances of programs"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &work, pairs, "distances of programs"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &label, items, "labels of programs"));
    UM_TRY_GOTO(status, done, um_tree_allocate(cx, &tree, items));
    for (size_t i = 0; i < items; i++)
        for (size_t j = i + 1; j < items; j++)
            distance[um_pair(items, i, j)] = 1 - cosine(m, programs + i * m, programs + j * m);
    memcpy(work, distance, pairs * sizeof *work);
    um_tree_build(&tree, UM_LINKAGE_AVERAGE, items, work);
    um_tree_cut(&tree, k, label);
    status = um_silhouettes(cx, items, distance, k, label, NULL, stability);
done:
    um_tree_clear(&tree);
    free(distance);
    free(work);
    free(label);
    return status;
}

static unmix_status collect_programs(unmix_context *cx, size_t count, const um_factorised *f, double **programs)
{
    const size_t size = f->k * f->m;
    UM_TRY(UM_ALLOC(cx, programs, um_product_size(count, size, 1), "programs"));
    for (size_t r = 0; r < count; r++)
        memcpy(*programs + r * size, f[r].factors.H, size * sizeof **programs);
    return UNMIX_OK;
}

static unmix_status measure_stability(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                                      const um_sweep_options *o, const um_factorise_options *factorise, double *stability)
{
    const size_t n = data->X->rows, count = o->resamples;
    um_factorise_options resampled = *factorise;
    um_factorised *f = NULL;
    unsigned char *uses = NULL;
    size_t *scratch = NULL;
    double *programs = NULL;
    unmix_status status;
    resampled.start = UM_NMF_START_RANDOM;
    resampled.nmf.sweeps = RESAMPLE_SWEEPS;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &f, count, "resamples"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &uses, um_product_size(count, n, 1), "resamples"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &scratch, n, "resamples"));
    um_resample_cells(n, o->fraction, o->seed, count, uses, scratch);
    UM_TRY_GOTO(status, done, um_factorise_many(cx, device, data, &resampled, count, uses, f));
    UM_TRY_GOTO(status, done, collect_programs(cx, count, f, &programs));
    status = um_program_stability(cx, count, factorise->nmf.components, data->X->columns, programs, stability);
done:
    for (size_t r = 0; f && r < count; r++)
        um_factorised_clear(&f[r]);
    free(f);
    free(uses);
    free(scratch);
    free(programs);
    return status;
}

/* ---- Held out entries ---- */

static unmix_status predict(unmix_context *cx, unmix_device *device, const um_mask *mask,
                            const um_factorise_options *factorise, double *loss)
{
    const um_nmf_data data = {&mask->X, &mask->missing};
    um_factorised f = {0};
    UM_TRY(um_factorise(cx, device, &data, factorise, &f));
    const unmix_status status =
        um_nmf_evaluate_at(cx, &mask->held_out, &factorise->nmf, &f.factors, loss);
    um_factorised_clear(&f);
    return status;
}

static size_t least_held_out(const um_sweep_look *look, size_t numbers)
{
    size_t least = 0;
    for (size_t i = 1; i < numbers; i++)
        if (look[i].held_out < look[least].held_out)
            least = i;
    return least;
}

/* loss: masks x numbers. All numbers have the same masks, so that they are compared mask by mask. */
static void sum_up_held_out(const um_sweep_options *o, const double *loss, um_sweep_look *look)
{
    const size_t numbers = o->last - o->first + 1;
    const double repeats = (double)o->repeats;
    for (size_t i = 0; i < numbers; i++) {
        double sum = 0;
        for (size_t repeat = 0; repeat < o->repeats; repeat++)
            sum += loss[repeat * numbers + i];
        look[i].held_out = sum / repeats;
    }
    const size_t least = least_held_out(look, numbers);
    for (size_t i = 0; i < numbers; i++) {
        double squares = 0;
        for (size_t repeat = 0; repeat < o->repeats; repeat++)
            squares += pow(loss[repeat * numbers + i] - loss[repeat * numbers + least] -
                               (look[i].held_out - look[least].held_out), 2);
        look[i].held_out_se = o->repeats > 1 ? sqrt(squares / (repeats - 1) / repeats) : NAN;
    }
}

/* One mask after the other, each for all numbers: masks are as large as X. */
static unmix_status measure_held_out(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                                     const um_sweep_options *o, um_sweep_look *look)
{
    const size_t numbers = o->last - o->first + 1;
    double *loss = NULL;
    UM_TRY(UM_ALLOC(cx, &loss, um_product_size(o->repeats, numbers, 1), "held out entries"));
    unmix_status status = UNMIX_OK;
    for (size_t repeat = 0; repeat < o->repeats && status == UNMIX_OK; repeat++) {
        um_mask mask;
        status = um_mask_draw(cx, data, o->held_out, o->seed, repeat, &mask);
        if (status == UNMIX_OK && !um_sparse_entries(&mask.held_out))
            status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "a share of %g holds out none of %zu cells x %zu genes: use a larger one",
                             o->held_out, data->X->rows, data->X->columns);
        for (size_t i = 0; i < numbers && status == UNMIX_OK; i++) {
            um_factorise_options factorise = o->factorise;
            factorise.nmf.components = o->first + i;
            status = predict(cx, device, &mask, &factorise, &loss[repeat * numbers + i]);
        }
        if (status == UNMIX_OK || mask.X.start)
            um_mask_clear(&mask);
    }
    if (status == UNMIX_OK)
        sum_up_held_out(o, loss, look);
    free(loss);
    return status;
}

/* ---- All together ---- */

static size_t choose(const um_sweep_options *o, const um_sweep_look *look)
{
    const size_t numbers = o->last - o->first + 1;
    size_t best = 0;
    if (o->repeats) {
        best = least_held_out(look, numbers);
        for (size_t i = 0; i < best; i++)
            if (look[i].held_out - look[best].held_out <= look[i].held_out_se)
                return i;
        return best;
    }
    for (size_t i = 1; i < numbers; i++)
        if (look[i].stability > look[best].stability)
            best = i;
    return best;
}

static unmix_status look_at(unmix_context *cx, unmix_device *device, const um_nmf_data *data, const um_sweep_options *o,
                            double nothing, um_sweep_look *look, um_factorised *result)
{
    um_factorise_options factorise = o->factorise;
    factorise.nmf.components = look->components;
    UM_TRY(um_factorise(cx, device, data, &factorise, result));
    look->iterations = result->fit.iterations;
    look->loss = result->fit.loss;
    look->error = nothing > 0 ? look->loss / nothing : NAN;
    look->stability = look->held_out = look->held_out_se = NAN;
    if (o->resamples)
        UM_TRY(measure_stability(cx, device, data, o, &factorise, &look->stability));
    return UNMIX_OK;
}

/* Before anything is fitted: the largest number must fit into the cells, all and resampled. */
static unmix_status check(unmix_context *cx, const um_nmf_data *data, const um_sweep_options *o)
{
    const size_t n = data->X->rows, taken = um_resample_size(n, o->fraction);
    UM_TRY(um_factorise_check(cx, data, o->last));
    if (o->resamples && taken < o->last)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%zu cells x %g = %zu cells in a resample are fewer than %zu components: use a larger fraction or fewer "
                       "components",
                       n, o->fraction, taken, o->last);
    return UNMIX_OK;
}

unmix_status um_sweep(unmix_context *cx, unmix_device *device, const um_nmf_data *data, const um_sweep_options *options,
                      um_sweep_look *look, size_t *best, um_factorised *results)
{
    double nothing = 0;
    UM_TRY(check(cx, data, options));
    UM_TRY(um_nmf_evaluate_nothing(cx, data, &options->factorise.nmf, &nothing));
    for (size_t i = 0; i <= options->last - options->first; i++) {
        um_factorised own = {0};
        um_factorised *result = results ? &results[i] : &own;
        look[i] = (um_sweep_look){.components = options->first + i};
        const unmix_status status = look_at(cx, device, data, options, nothing, &look[i], result);
        um_factorised_clear(&own);
        if (status != UNMIX_OK)
            return status;
    }
    if (options->repeats)
        UM_TRY(measure_held_out(cx, device, data, options, look));
    *best = choose(options, look);
    return UNMIX_OK;
}
