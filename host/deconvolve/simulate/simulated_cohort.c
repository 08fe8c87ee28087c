/*
 * A cohort drawn from the model q = S E + I / G, yhat = L / insert_size q, counts gamma-Poisson
 * about yhat. Every draw is keyed by the name of its gene, family, type or sample, so that a cohort can grow without
 * changing what is there.
 */
#include "deconvolve/simulate/simulated_cohort.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/random.h"

/* What makes the numbers look like RNA-seq. Levels are natural logs. */
#define BASELINE_SD 2.0     /* of the genes' levels: rare and abundant transcripts are decades apart */
#define DEVIATION_SD 1.2    /* of a type from the level of its gene */
#define SILENT_BELOW (-2.5) /* a type does not express a gene below this level: 14% of all; makes markers */
#define LENGTH_MEDIAN 2500.0
#define LENGTH_SD 0.8 /* of the log */
#define LENGTH_MIN 200.0
#define LENGTH_MAX 100000.0
#define DEPTH_SD 0.35 /* of the log: about 95% of the samples within a factor of 2 */
#define SIGNATURE_SUM 1e6

enum { LENGTH, WEIGHT };

void unmix_simulate_options_init(unmix_simulate_options *options)
{
    *options = (unmix_simulate_options){
        .genes = 18879,
        .types = 21,
        .samples = 81,
        .families = 7,
        .similarity = 0.8,
        .types_per_sample = 0,
        .depth = 2e7,
        .dispersion = 0.1,
        .background = 0.02,
        .insert_size = 500.0,
        .seed = 42,
    };
}

void um_simulation_clear(um_simulation *simulation)
{
    um_matrix_clear(&simulation->signatures);
    um_matrix_clear(&simulation->bulk);
    um_matrix_clear(&simulation->genes);
    um_matrix_clear(&simulation->truth);
}

static unmix_status check_sizes(unmix_context *cx, const unmix_simulate_options *o)
{
    if (o->types < 1 || o->samples < 1 || o->families < 1)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "simulate: types (%zu), samples (%zu) and families (%zu) must be 1 or more", o->types,
                       o->samples, o->families);
    if (o->genes <= o->types)
        return UM_FAIL(
            cx, UNMIX_ERROR_ARGUMENT,
            "simulate: %zu genes cannot tell %zu types and the background apart; ask for more than %zu genes", o->genes,
            o->types, o->types);
    if (o->types_per_sample > o->types)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "simulate: types per sample (%zu) must not exceed the number of types (%zu)",
                       o->types_per_sample, o->types);
    return UNMIX_OK;
}

/* A condition on a value; comparisons with NaN are false, so that NaN is refused. */
static unmix_status require(unmix_context *cx, int condition, const char *name, double value, const char *range)
{
    if (!condition)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "simulate: %s is %g; it must be %s", name, value, range);
    return UNMIX_OK;
}

static unmix_status check(unmix_context *cx, const unmix_simulate_options *o)
{
    UM_TRY(check_sizes(cx, o));
    UM_TRY(require(cx, o->similarity >= 0 && o->similarity < 1, "similarity", o->similarity, "at least 0 and below 1"));
    UM_TRY(require(cx, o->depth >= 1 && o->depth <= 1e12, "depth", o->depth, "between 1 and 1e12 reads"));
    UM_TRY(require(cx, o->dispersion >= 0 && o->dispersion <= 100, "dispersion", o->dispersion, "between 0 and 100"));
    UM_TRY(require(cx, o->background >= 0 && o->background < 1, "background", o->background, "at least 0 and below 1"));
    return require(cx, o->insert_size > 0 && isfinite(o->insert_size), "insert size", o->insert_size, "above 0");
}

/* "gene00001", "gene00002", ... */
static unmix_status add_numbered(unmix_context *cx, um_names *names, const char *kind, int width, size_t count)
{
    for (size_t i = 1; i <= count; i++) {
        char name[64];
        const int length = snprintf(name, sizeof name, "%s%0*zu", kind, width, i);
        UM_TRY(um_names_add(cx, names, name, (size_t)length));
    }
    return UNMIX_OK;
}

static unmix_status allocate(unmix_context *cx, const unmix_simulate_options *o, um_simulation *s)
{
    UM_TRY(add_numbered(cx, &s->signatures.rows, "gene", 5, o->genes));
    UM_TRY(add_numbered(cx, &s->signatures.columns, "type", 2, o->types));
    UM_TRY(add_numbered(cx, &s->bulk.columns, "sample", 3, o->samples));
    UM_TRY(um_names_add(cx, &s->genes.columns, "length", 6));
    UM_TRY(um_names_add(cx, &s->genes.columns, "weight", 6));
    UM_TRY(um_names_copy(cx, &s->bulk.rows, &s->signatures.rows));
    UM_TRY(um_names_copy(cx, &s->genes.rows, &s->signatures.rows));
    UM_TRY(um_names_copy(cx, &s->truth.rows, &s->bulk.columns));
    UM_TRY(um_names_copy(cx, &s->truth.columns, &s->signatures.columns));
    UM_TRY(um_matrix_allocate(cx, &s->signatures));
    UM_TRY(um_matrix_allocate(cx, &s->genes));
    return um_matrix_allocate(cx, &s->truth);
}

/* Level, length and weight of every gene. The first gene always counts, so that no cohort is without weight. */
static void draw_genes(const unmix_simulate_options *o, um_matrix *genes, double *baseline)
{
    for (size_t g = 0; g < o->genes; g++) {
        um_random random;
        um_random_start(&random, o->seed, "simulate gene", um_name(&genes->rows, g));
        baseline[g] = BASELINE_SD * um_random_normal(&random);
        const double length = round(LENGTH_MEDIAN * exp(LENGTH_SD * um_random_normal(&random)));
        const double u = um_random_uniform(&random);
        um_row(genes, g)[LENGTH] = fmin(fmax(length, LENGTH_MIN), LENGTH_MAX);
        um_row(genes, g)[WEIGHT] = g == 0 || u < 0.85 ? 1.0 : u < 0.95 ? 0.5 : 0.0;
    }
}

/*
 * Levels of one type, made expression: S_gc = exp(level), 0 where silent, then the column scaled. The strongest gene
 * with weight is never silent: no signature is all zero on the genes that count.
 */
static void finish_signature(const um_simulation *s, size_t type)
{
    size_t strongest = 0;
    for (size_t g = 0; g < s->signatures.rows.count; g++)
        if (um_row(&s->genes, g)[WEIGHT] > 0 &&
            um_row(&s->signatures, g)[type] > um_row(&s->signatures, strongest)[type])
            strongest = g;
    double sum = 0.0;
    for (size_t g = 0; g < s->signatures.rows.count; g++) {
        double *level = um_row(&s->signatures, g) + type;
        *level = *level < SILENT_BELOW && g != strongest ? 0.0 : exp(*level);
        sum += *level;
    }
    for (size_t g = 0; g < s->signatures.rows.count; g++)
        um_row(&s->signatures, g)[type] *= SIGNATURE_SUM / sum;
}

/* level_gc = baseline_g + DEVIATION_SD ( sqrt(similarity) z_gf + sqrt(1 - similarity) z_gc ),  f the family of c */
static unmix_status draw_signatures(unmix_context *cx, const unmix_simulate_options *o, const double *baseline,
                                    double *common, um_simulation *s)
{
    const double of_family = DEVIATION_SD * sqrt(o->similarity), of_type = DEVIATION_SD * sqrt(1.0 - o->similarity);
    for (size_t family = 0; family < o->families && family < o->types; family++) {
        char name[64];
        (void)snprintf(name, sizeof name, "family%02zu", family + 1);
        um_random random;
        um_random_start(&random, o->seed, "simulate family", name);
        for (size_t g = 0; g < o->genes; g++)
            common[g] = baseline[g] + of_family * um_random_normal(&random);
        for (size_t type = family; type < o->types; type += o->families) {
            UM_TRY(um_progress(cx, -1.0, "simulating signatures"));
            um_random_start(&random, o->seed, "simulate type", um_name(&s->signatures.columns, type));
            for (size_t g = 0; g < o->genes; g++)
                um_row(&s->signatures, g)[type] = common[g] + of_type * um_random_normal(&random);
            finish_signature(s, type);
        }
    }
    return UNMIX_OK;
}

/* Dirichlet with all parameters 1, uniform over the mixtures, of the chosen types; the others are 0. */
static void draw_proportions(um_random *random, size_t types, size_t chosen, size_t *order, double *proportions)
{
    for (size_t c = 0; c < types; c++)
        order[c] = c;
    double sum = 0.0;
    for (size_t i = 0; i < chosen; i++) { /* Fisher-Yates, as far as needed */
        const size_t pick = i + (size_t)um_random_below(random, types - i);
        const size_t type = order[pick];
        order[pick] = order[i];
        proportions[type] = um_random_gamma(random, 1.0);
        sum += proportions[type];
    }
    for (size_t c = 0; c < types; c++)
        proportions[c] /= sum;
}

/*
 * Expected reads: with c_g = L_g / insert_size, r_g = c_g sum_j S_gj p_j and background share b,
 *     yhat_g = depth [ (1 - b) r_g / sum r + b c_g / sum c ]
 */
static void expect_reads(const unmix_simulate_options *o, const um_simulation *s, const double *proportions,
                         double depth, double *yhat)
{
    double sum_r = 0.0, sum_c = 0.0;
    for (size_t g = 0; g < o->genes; g++) {
        const double *signature = um_row(&s->signatures, g);
        double molecules = 0.0;
        for (size_t j = 0; j < o->types; j++)
            molecules += signature[j] * proportions[j];
        const double c = um_row(&s->genes, g)[LENGTH] / o->insert_size;
        yhat[g] = c * molecules;
        sum_r += yhat[g];
        sum_c += c;
    }
    for (size_t g = 0; g < o->genes; g++) {
        const double c = um_row(&s->genes, g)[LENGTH] / o->insert_size;
        yhat[g] = depth * ((1.0 - o->background) * yhat[g] / sum_r + o->background * c / sum_c);
    }
}

/* k ~ Poisson(yhat x), x ~ Gamma of mean 1 and variance `dispersion`: variance of k is yhat + dispersion yhat^2. */
static double draw_count(um_random *random, double yhat, double dispersion)
{
    if (dispersion > 0)
        yhat *= dispersion * um_random_gamma(random, 1.0 / dispersion);
    return um_random_poisson(random, yhat);
}

/* Working arrays: one for each gene, or each type. */
typedef struct work {
    double *baseline, *yhat, *counts;
    size_t *order;
} work;

static void draw_sample(const unmix_simulate_options *o, um_simulation *s, size_t sample, const work *w)
{
    double *yhat = w->yhat;
    um_random random;
    um_random_start(&random, o->seed, "simulate sample", um_name(&s->bulk.columns, sample));
    double *proportions = um_row(&s->truth, sample);
    draw_proportions(&random, o->types, o->types_per_sample ? o->types_per_sample : o->types, w->order, proportions);
    const double depth = o->depth * exp(DEPTH_SD * um_random_normal(&random) - 0.5 * DEPTH_SD * DEPTH_SD);
    expect_reads(o, s, proportions, depth, yhat);
    size_t likeliest = 0;
    double total = 0.0;
    for (size_t g = 0; g < o->genes; g++) {
        w->counts[g] = draw_count(&random, yhat[g], o->dispersion);
        if (um_row(&s->genes, g)[WEIGHT] == 0)
            continue;
        total += w->counts[g];
        if (yhat[g] > yhat[likeliest])
            likeliest = g;
    }
    if (total == 0) /* only at depths of a few reads: no sample is empty on the genes that count */
        w->counts[likeliest] = 1.0;
}

static unmix_status draw(unmix_context *cx, const unmix_simulate_options *o, um_simulation *s,
                         const um_sample_taker *taker, const work *w)
{
    draw_genes(o, &s->genes, w->baseline);
    UM_TRY(draw_signatures(cx, o, w->baseline, w->yhat, s));
    for (size_t n = 0; n < o->samples; n++) {
        UM_TRY(um_progress(cx, (double)n / (double)o->samples, "simulating sample %zu of %zu", n + 1, o->samples));
        draw_sample(o, s, n, w);
        UM_TRY(taker->take(cx, taker->state, n, w->counts));
    }
    return UNMIX_OK;
}

static unmix_status draw_with_work(unmix_context *cx, const unmix_simulate_options *o, um_simulation *s,
                                   const um_sample_taker *taker)
{
    work w = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &w.baseline, o->genes, "simulation"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &w.yhat, o->genes, "simulation"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &w.counts, o->genes, "simulation"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &w.order, o->types, "simulation"));
    status = draw(cx, o, s, taker, &w);
done:
    free(w.baseline);
    free(w.yhat);
    free(w.counts);
    free(w.order);
    return status;
}

unmix_status um_simulate_to(unmix_context *cx, const unmix_simulate_options *options, um_simulation *simulation,
                            const um_sample_taker *taker)
{
    UM_TRY(check(cx, options));
    unmix_status status = allocate(cx, options, simulation);
    if (status == UNMIX_OK)
        status = draw_with_work(cx, options, simulation, taker);
    if (status != UNMIX_OK)
        um_simulation_clear(simulation);
    return status;
}

static unmix_status take_into_matrix(unmix_context *cx, void *state, size_t sample, const double *counts)
{
    um_matrix *bulk = state;
    if (!bulk->values)
        UM_TRY(um_matrix_allocate(cx, bulk));
    for (size_t g = 0; g < bulk->rows.count; g++)
        um_row(bulk, g)[sample] = counts[g];
    return UNMIX_OK;
}

unmix_status um_simulate(unmix_context *cx, const unmix_simulate_options *options, um_simulation *simulation)
{
    const um_sample_taker taker = {&simulation->bulk, take_into_matrix};
    return um_simulate_to(cx, options, simulation, &taker);
}
