#include "deconvolve/certify/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One number and where it becomes doubtful and poor. */
typedef struct limits {
    double doubtful, poor;
} limits;

/* Right sets have a correlation of 0.58 and more in their worst sample, wrong ones 0 (permuted) to 0.5. */
static const limits correlation = {0.5, 0.3};
/* Right sets have 0.53 and more, foreign signatures and logarithms 0.05 to 0.6. */
static const limits deviance_r2 = {0.2, 0.1};
/* Both of them moderate: no right set has that, sorted blood with signatures of other cells has. */
static const double both_weak = 0.6;
/* Right sets have at most 0.16, sets without one of their types up to 0.5, permuted names 0.8 to 1. */
static const limits background = {0.3, 0.7};
/* gd at its own tolerance ends below 2e-3 on most samples, with proportions within 0.01 of the optimum. */
static const limits gap = {1e-2, 1e-1};
static const limits p_value = {0.05, 0.5};
/*
 * With lengths in the predicted counts that are not in the observed ones, what is left goes as 1 / length: a slope of
 * -0.9 to -1.2 at correlations of -0.67 and beyond. Right sets have slopes of -0.11 to 0.14; 3' signatures with
 * full-length bulk, whose lengths are right, -0.36 to -0.79 at correlations of -0.19 to -0.44.
 */
static const double length_slope = -0.7, length_correlation = -0.6;
static const double dominance = 0.5;
/* An average type has counts / types of the counts, so a relative error of at least sqrt(types / counts). */
static const double counts_a_type = 20.0;
static const double genes_a_type = 5.0;
/* Below a fifth of the genes of the smaller input the names are usually of two kinds. */
static const double matched_share = 0.2;

typedef struct verdict {
    unmix_fit class;
    char *text;
    size_t size;
} verdict;

static void add(verdict *v, unmix_fit class, const char *format, ...) UM_PRINTF(3, 4);

static void add(verdict *v, unmix_fit class, const char *format, ...)
{
    const size_t used = strlen(v->text);
    va_list arguments;
    if (class > v->class)
        v->class = class;
    (void)snprintf(v->text + used, v->size - used, "%s", used ? "; " : "");
    va_start(arguments, format);
    (void)vsnprintf(v->text + strlen(v->text), v->size - strlen(v->text), format, arguments);
    va_end(arguments);
}

static unmix_fit below(double value, limits l)
{
    return value < l.poor ? UNMIX_FIT_POOR : value < l.doubtful ? UNMIX_FIT_DOUBTFUL : UNMIX_FIT_GOOD;
}

static unmix_fit above(double value, limits l)
{
    return value > l.poor ? UNMIX_FIT_POOR : value > l.doubtful ? UNMIX_FIT_DOUBTFUL : UNMIX_FIT_GOOD;
}

/* How near the predicted counts come to the counts. */
static void judge_prediction(verdict *v, const um_evidence *e)
{
    const unmix_fit by_r = isnan(e->correlation) ? UNMIX_FIT_POOR : below(e->correlation, correlation);
    const unmix_fit by_r2 = below(e->deviance_r2, deviance_r2);
    if (isnan(e->correlation))
        add(v, by_r, "the predicted counts do not differ between genes, so nothing is explained");
    else if (by_r > UNMIX_FIT_GOOD)
        add(v, by_r, "correlation of counts and prediction %.2f (below %g)", e->correlation, correlation.doubtful);
    if (by_r2 > UNMIX_FIT_GOOD)
        add(v, by_r2, "%.0f%% of the deviance explained (below %.0f%%)", 100.0 * fmax(e->deviance_r2, 0.0),
            100.0 * deviance_r2.doubtful);
    if (v->class == UNMIX_FIT_GOOD && e->correlation < both_weak && e->deviance_r2 < both_weak)
        add(v, UNMIX_FIT_DOUBTFUL, "correlation %.2f and %.0f%% of the deviance explained (both below %g)", e->correlation,
            100.0 * e->deviance_r2, both_weak);
}

static void judge_background(verdict *v, const um_evidence *e)
{
    const unmix_fit class = above(e->background, background);
    if (class > UNMIX_FIT_GOOD)
        add(v, class, "background has %.0f%% of the molecules (above %.0f%%): a type may be missing, or names or units do "
            "not fit", 100.0 * e->background, 100.0 * background.doubtful);
}

static void judge_gap(verdict *v, const um_evidence *e)
{
    const unmix_fit class = above(e->gap, gap);
    if (class > UNMIX_FIT_GOOD)
        add(v, class, "not at the optimum: gap %.1e (above %g)", e->gap, gap.doubtful);
}

static void judge_chance(verdict *v, const um_evidence *e)
{
    const unmix_fit class = above(e->p_value, p_value);
    if (class > UNMIX_FIT_GOOD)
        add(v, class, "permuted genes are fitted as well (p = %.2g, above %g)", e->p_value, p_value.doubtful);
}

static void judge_lengths(verdict *v, const um_evidence *e)
{
    if (e->length_slope < length_slope && e->length_correlation < length_correlation)
        add(v, UNMIX_FIT_DOUBTFUL, "what is left of the counts falls with gene length (slope %.2f, correlation %.2f): lengths are "
            "applied to values that have none, or twice (--bulk-units, --signature-units)", e->length_slope,
            e->length_correlation);
}

/* What there was to fit. */
static void judge_data(verdict *v, const um_evidence *e)
{
    if (e->dominance > dominance)
        add(v, UNMIX_FIT_DOUBTFUL, "%d genes have %.0f%% of the counts: %s", UM_DOMINANT, 100.0 * e->dominance, e->dominant);
    if (e->counts < counts_a_type * (double)e->types)
        add(v, UNMIX_FIT_DOUBTFUL, "%.0f counts for %zu types (fewer than %g a type)", e->counts, e->types, counts_a_type);
    if ((double)e->genes < genes_a_type * (double)e->types)
        add(v, UNMIX_FIT_DOUBTFUL, "%zu genes for %zu types (fewer than %g a type)", e->genes, e->types, genes_a_type);
    if ((double)e->matched < matched_share * (double)e->genes_least)
        add(v, UNMIX_FIT_DOUBTFUL, "%zu of %zu genes matched (fewer than a fifth)", e->matched, e->genes_least);
}

unmix_fit um_verdict(const um_evidence *evidence, char *text, size_t size)
{
    verdict v = {.class = UNMIX_FIT_GOOD, .text = text, .size = size};
    text[0] = '\0';
    judge_prediction(&v, evidence);
    judge_background(&v, evidence);
    judge_gap(&v, evidence);
    judge_chance(&v, evidence);
    judge_lengths(&v, evidence);
    judge_data(&v, evidence);
    return v.class;
}

/* "HBB, HBA1, HBA2" */
static const char *names_of(const um_problem *problem, const um_dominant *d, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < UM_DOMINANT && d->gene[i] != UM_NO_GENE; i++)
        (void)snprintf(text + strlen(text), size - strlen(text), "%s%.60s", i ? ", " : "", um_name(&problem->genes, d->gene[i]));
    return text;
}

unmix_status um_result_judge(unmix_context *cx, um_result *result, size_t row, const um_metrics *metrics,
                             const um_cohort *cohort, size_t column, const unmix_method_traits *method)
{
    const um_problem *problem = cohort->problem;
    const um_dominant *d = &cohort->dominant[column];
    const double *m = um_row(&result->metrics, row), total = cohort->total[column];
    char names[200], text[1000];
    const int likelihood = !method->variances;
    const um_evidence evidence = {
        .correlation = m[UM_METRIC_pearson],
        .deviance_r2 = likelihood ? 1.0 - m[UM_METRIC_nll] / m[UM_METRIC_null_nll] : NAN,
        .background = problem->n_sources > problem->n_types ? m[UM_METRIC_intercept_fraction] : NAN,
        .gap = likelihood && !result->penalised ? m[UM_METRIC_gap] : NAN,
        .p_value = result->p_value ? result->p_value[row] : NAN,
        .length_slope = likelihood ? metrics->length_slope : NAN,
        .length_correlation = likelihood ? metrics->length_correlation : NAN,
        .dominance = (d->count[0] + d->count[1] + d->count[2]) / total,
        .dominant = names_of(problem, d, names, sizeof names),
        .counts = cohort->whole ? total : NAN,
        .types = problem->n_types,
        .genes = problem->genes.count,
        .matched = problem->n_common,
        .genes_least = problem->n_least,
    };
    const unmix_fit fit = um_verdict(&evidence, text, sizeof text);
    return um_result_set_fit(cx, result, row, fit, text);
}

/* Lower is worse; a prediction that is constant has no correlation. */
static double rank_of(const um_result *result, size_t row)
{
    const double r = um_row(&result->metrics, row)[UM_METRIC_pearson];
    return -10.0 * (double)result->fit[row] + (isnan(r) ? -2.0 : r);
}

void um_result_count_fits(um_result *result)
{
    unmix_summary *s = &result->summary;
    size_t n[3] = {0};
    s->worst = s->significant = 0;
    for (size_t row = 0; row < result->metrics.rows.count; row++) {
        n[result->fit[row]]++;
        s->significant += result->p_value && result->p_value[row] <= p_value.doubtful;
        if (rank_of(result, row) < rank_of(result, s->worst))
            s->worst = row;
    }
    s->good = n[UNMIX_FIT_GOOD];
    s->doubtful = n[UNMIX_FIT_DOUBTFUL];
    s->poor = n[UNMIX_FIT_POOR];
}
