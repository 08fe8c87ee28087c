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
/* The certificate: 1e-4 nats a read is where error bars end, too. */
static const limits gap = {1e-4, 1e-2};
static const double dominance = 0.5;
/* An average type has counts / types of the counts, so a relative error of at least sqrt(types / counts). */
static const double counts_a_type = 20.0;
static const double genes_a_type = 5.0;
/* Below a fifth of the genes of the smaller input the names are usually of two kinds. */
static const double matched_share = 0.2;

typedef struct verdict {
    um_fit_class class;
    char *text;
    size_t size;
} verdict;

const char *um_fit_class_name(um_fit_class class)
{
    static const char *const names[] = {"good", "doubtful", "poor"};
    return names[class];
}

static void add(verdict *v, um_fit_class class, const char *format, ...) UM_PRINTF(3, 4);

static void add(verdict *v, um_fit_class class, const char *format, ...)
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

static um_fit_class below(double value, limits l)
{
    return value < l.poor ? UM_FIT_POOR : value < l.doubtful ? UM_FIT_DOUBTFUL : UM_FIT_GOOD;
}

static um_fit_class above(double value, limits l)
{
    return value > l.poor ? UM_FIT_POOR : value > l.doubtful ? UM_FIT_DOUBTFUL : UM_FIT_GOOD;
}

/* How near the predicted counts come to the counts. */
static void judge_prediction(verdict *v, const um_evidence *e)
{
    const um_fit_class by_r = isnan(e->correlation) ? UM_FIT_POOR : below(e->correlation, correlation);
    const um_fit_class by_r2 = below(e->deviance_r2, deviance_r2);
    if (isnan(e->correlation))
        add(v, by_r, "the predicted counts do not differ between genes, so nothing is explained");
    else if (by_r > UM_FIT_GOOD)
        add(v, by_r, "correlation of counts and prediction %.2f (below %g)", e->correlation, correlation.doubtful);
    if (by_r2 > UM_FIT_GOOD)
        add(v, by_r2, "%.0f%% of the deviance explained (below %.0f%%)", 100.0 * fmax(e->deviance_r2, 0.0),
            100.0 * deviance_r2.doubtful);
    if (v->class == UM_FIT_GOOD && e->correlation < both_weak && e->deviance_r2 < both_weak)
        add(v, UM_FIT_DOUBTFUL, "correlation %.2f and %.0f%% of the deviance explained (both below %g)", e->correlation,
            100.0 * e->deviance_r2, both_weak);
}

static void judge_background(verdict *v, const um_evidence *e)
{
    const um_fit_class class = above(e->background, background);
    if (class > UM_FIT_GOOD)
        add(v, class, "background has %.0f%% of the molecules (above %.0f%%): a type may be missing, or names or units do "
            "not fit", 100.0 * e->background, 100.0 * background.doubtful);
}

static void judge_gap(verdict *v, const um_evidence *e)
{
    const um_fit_class class = above(e->gap, gap);
    if (class > UM_FIT_GOOD)
        add(v, class, "not at the optimum: gap %.1e (above %g)", e->gap, gap.doubtful);
}

/* What there was to fit. */
static void judge_data(verdict *v, const um_evidence *e)
{
    if (e->dominance > dominance)
        add(v, UM_FIT_DOUBTFUL, "%d genes have %.0f%% of the counts: %s", UM_DOMINANT, 100.0 * e->dominance, e->dominant);
    if (e->counts < counts_a_type * (double)e->types)
        add(v, UM_FIT_DOUBTFUL, "%.0f counts for %zu types (fewer than %g a type)", e->counts, e->types, counts_a_type);
    if ((double)e->genes < genes_a_type * (double)e->types)
        add(v, UM_FIT_DOUBTFUL, "%zu genes for %zu types (fewer than %g a type)", e->genes, e->types, genes_a_type);
    if ((double)e->matched < matched_share * (double)e->genes_least)
        add(v, UM_FIT_DOUBTFUL, "%zu of %zu genes matched (fewer than a fifth)", e->matched, e->genes_least);
}

um_fit_class um_verdict(const um_evidence *evidence, char *text, size_t size)
{
    verdict v = {.class = UM_FIT_GOOD, .text = text, .size = size};
    text[0] = '\0';
    judge_prediction(&v, evidence);
    judge_background(&v, evidence);
    judge_gap(&v, evidence);
    judge_data(&v, evidence);
    return v.class;
}
