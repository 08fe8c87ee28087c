#include "deconvolve/certify/agreement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "core/order.h"

enum { LISTED = 5 };

/* Positions of the names that both sides have, in the order of a. */
typedef struct common {
    size_t *in_a;
    size_t *in_b;
    size_t count;
} common;

typedef struct ranked {
    double value;
    size_t position;
} ranked;

/* The two tables: a with the ends of its intervals, or NULL. */
typedef struct sides {
    const um_matrix *a, *b;
    const um_interval_ends *ends;
} sides;

/* The pairs of one scope, and room for their ranks. */
typedef struct pairs {
    double *x;
    double *y;
    double *rank_x;
    double *rank_y;
    ranked *sorted;
    size_t count;
} pairs;

/* What the intervals of one scope hold. */
typedef struct tally {
    size_t n, held;
    double width;
} tally;

static void release_common(common *c)
{
    free(c->in_a);
    free(c->in_b);
}

static void release_pairs(pairs *p)
{
    free(p->x);
    free(p->y);
    free(p->rank_x);
    free(p->rank_y);
    free(p->sorted);
}

/* Names the members of `names` that `other` (indexed) does not have. */
static unmix_status note_missing(unmix_context *cx, const char *kind, const char *origin, const um_names *names,
                                 const um_names *other)
{
    um_names missing = {0};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < names->count && status == UNMIX_OK; i++)
        if (um_names_find(other, um_name(names, i)) == UM_NOT_FOUND)
            status = um_names_add(cx, &missing, um_name(names, i), strlen(um_name(names, i)));
    char list[600];
    if (status == UNMIX_OK && missing.count)
        um_note(cx, "%s only in %s, left out (%zu): %s", kind, origin, missing.count,
                um_list_names(&missing, LISTED, list, sizeof list));
    um_names_clear(&missing);
    return status;
}

static const char *origin_or(const um_matrix *matrix, const char *otherwise)
{
    return matrix->origin ? matrix->origin : otherwise;
}

static unmix_status intersect(unmix_context *cx, const um_names *a, const um_names *b, common *c)
{
    UM_TRY(UM_ALLOC(cx, &c->in_a, a->count, "comparison"));
    UM_TRY(UM_ALLOC(cx, &c->in_b, a->count, "comparison"));
    for (size_t i = 0; i < a->count; i++) {
        const size_t at = um_names_find(b, um_name(a, i));
        if (at == UM_NOT_FOUND)
            continue;
        c->in_a[c->count] = i;
        c->in_b[c->count++] = at;
    }
    return UNMIX_OK;
}

/* Matches the names of one side of the tables, says what is left out, and refuses when nothing is left. */
static unmix_status match(unmix_context *cx, const char *kind, const um_names *a, const um_names *b,
                          const char *origin_a, const char *origin_b, common *c)
{
    um_names index_a = {0}, index_b = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, um_names_copy(cx, &index_a, a));
    UM_TRY_GOTO(status, done, um_names_copy(cx, &index_b, b));
    UM_TRY_GOTO(status, done, um_names_index(cx, &index_a));
    UM_TRY_GOTO(status, done, um_names_index(cx, &index_b));
    UM_TRY_GOTO(status, done, intersect(cx, a, &index_b, c));
    if (!c->count) {
        char list_a[300], list_b[300];
        status =
            UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s and %s have no %s in common: %s against %s", origin_a, origin_b, kind,
                    um_list_names(a, LISTED, list_a, sizeof list_a), um_list_names(b, LISTED, list_b, sizeof list_b));
        goto done;
    }
    UM_TRY_GOTO(status, done, note_missing(cx, kind, origin_a, a, &index_b));
    UM_TRY_GOTO(status, done, note_missing(cx, kind, origin_b, b, &index_a));
done:
    um_names_clear(&index_a);
    um_names_clear(&index_b);
    return status;
}

/* r = sum (x - mean x)(y - mean y) / sqrt(sum (x - mean x)^2 sum (y - mean y)^2); NaN when a side is constant. */
static double pearson(const double *x, const double *y, size_t n)
{
    double mean_x = 0.0, mean_y = 0.0;
    int x_varies = 0, y_varies = 0;
    for (size_t i = 0; i < n; i++) {
        mean_x += x[i];
        mean_y += y[i];
        x_varies = x_varies || x[i] != x[0];
        y_varies = y_varies || y[i] != y[0];
    }
    if (!x_varies || !y_varies)
        return NAN;
    mean_x /= (double)n;
    mean_y /= (double)n;
    double xx = 0.0, yy = 0.0, xy = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double dx = x[i] - mean_x, dy = y[i] - mean_y;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    const double product = xx * yy; /* one root, so that equal tables give exactly 1 */
    if (product == 0.0)             /* differences below 1e-80 have vanished: not defined in double */
        return NAN;
    return fmax(-1.0, fmin(1.0, xy / sqrt(product)));
}

static int by_value(const void *a, const void *b)
{
    const double x = ((const ranked *)a)->value, y = ((const ranked *)b)->value;
    return (x > y) - (x < y);
}

/* Ranks 1 .. n; equal values share the mean of their ranks. */
static void rank(const double *x, size_t n, ranked *sorted, double *ranks)
{
    for (size_t i = 0; i < n; i++)
        sorted[i] = (ranked){x[i], i};
    qsort(sorted, n, sizeof *sorted, by_value);
    for (size_t first = 0, end; first < n; first = end) {
        end = first + 1;
        while (end < n && sorted[end].value == sorted[first].value)
            end++;
        for (size_t i = first; i < end; i++)
            ranks[sorted[i].position] = 0.5 * (double)(first + 1 + end);
    }
}

static unmix_agreement agree(const pairs *p)
{
    double squares = 0.0, absolutes = 0.0;
    for (size_t i = 0; i < p->count; i++) {
        const double d = p->x[i] - p->y[i];
        squares += d * d;
        absolutes += fabs(d);
    }
    rank(p->x, p->count, p->sorted, p->rank_x);
    rank(p->y, p->count, p->sorted, p->rank_y);
    const double n = (double)p->count; /* 0 / 0 is NaN: not defined, as promised */
    return (unmix_agreement){
        .n = p->count,
        .r = pearson(p->x, p->y, p->count),
        .rho = pearson(p->rank_x, p->rank_y, p->count),
        .rmse = sqrt(squares / n),
        .mae = absolutes / n,
    };
}

/* Adds the values of common type t in all samples; a value that one side lacks (NaN) makes no pair. */
static void gather(const sides *of, const common *samples, const common *types, size_t t, pairs *p)
{
    for (size_t s = 0; s < samples->count; s++) {
        const double x = um_row(of->a, samples->in_a[s])[types->in_a[t]];
        const double y = um_row(of->b, samples->in_b[s])[types->in_b[t]];
        if (!isfinite(x) || !isfinite(y))
            continue;
        p->x[p->count] = x;
        p->y[p->count++] = y;
    }
}

/* Adds the intervals of common type t; without an end, or without a value of b, there is none. */
static void hold(const sides *of, const common *samples, const common *types, size_t t, tally *sum)
{
    for (size_t s = 0; s < samples->count && of->ends; s++) {
        const double lower = um_row(of->ends->lower, samples->in_a[s])[types->in_a[t]];
        const double upper = um_row(of->ends->upper, samples->in_a[s])[types->in_a[t]];
        const double truth = um_row(of->b, samples->in_b[s])[types->in_b[t]];
        if (!isfinite(lower) || !isfinite(upper) || !isfinite(truth))
            continue;
        sum->n++;
        sum->held += lower <= truth && truth <= upper;
        sum->width += upper - lower;
    }
}

static void set_tally(unmix_agreement *entry, const tally *sum)
{
    entry->n_intervals = sum->n;
    entry->held = (double)sum->held / (double)sum->n; /* 0 / 0 is NaN, as promised */
    entry->width = sum->width / (double)sum->n;
}

static unmix_status allocate_pairs(unmix_context *cx, pairs *p, size_t count)
{
    UM_TRY(UM_ALLOC(cx, &p->x, count, "comparison"));
    UM_TRY(UM_ALLOC(cx, &p->y, count, "comparison"));
    UM_TRY(UM_ALLOC(cx, &p->rank_x, count, "comparison"));
    UM_TRY(UM_ALLOC(cx, &p->rank_y, count, "comparison"));
    return UM_ALLOC(cx, &p->sorted, count, "comparison");
}

/* Entry 0 is over all types, entry 1 + t over common type t. */
static unmix_status fill(unmix_context *cx, const sides *of, const common *samples, const common *types, pairs *p,
                         um_comparison *comparison)
{
    tally all = {0};
    UM_TRY(allocate_pairs(cx, p, um_product_size(samples->count, types->count, 1)));
    UM_TRY(UM_ALLOC(cx, &comparison->entries, types->count + 1, "comparison"));
    comparison->count = types->count + 1;
    UM_TRY(um_names_add(cx, &comparison->scopes, "all", 3));
    for (size_t t = 0; t < types->count; t++) {
        const char *name = um_name(&of->a->columns, types->in_a[t]);
        UM_TRY(um_names_add(cx, &comparison->scopes, name, strlen(name)));
        gather(of, samples, types, t, p);
        hold(of, samples, types, t, &all);
    }
    comparison->entries[0] = agree(p);
    set_tally(&comparison->entries[0], &all);
    for (size_t t = 0; t < types->count; t++) {
        tally one = {0};
        p->count = 0;
        gather(of, samples, types, t, p);
        hold(of, samples, types, t, &one);
        comparison->entries[t + 1] = agree(p);
        set_tally(&comparison->entries[t + 1], &one);
    }
    for (size_t i = 0; i < comparison->count; i++)
        comparison->entries[i].scope = um_name(&comparison->scopes, i);
    return UNMIX_OK;
}

/* The median of the rows' sums. */
static unmix_status typical_sum(unmix_context *cx, const um_matrix *m, double *sum)
{
    double *sums = NULL;
    UM_TRY(UM_ALLOC(cx, &sums, m->rows.count, "comparison"));
    for (size_t i = 0; i < m->rows.count; i++)
        for (size_t j = 0; j < m->columns.count; j++)
            sums[i] += isnan(um_row(m, i)[j]) ? 0.0 : um_row(m, i)[j];
    qsort(sums, m->rows.count, sizeof *sums, um_by_double);
    *sum = m->rows.count ? sums[m->rows.count / 2] : NAN;
    free(sums);
    return UNMIX_OK;
}

/* One side in per cent makes rmse and mae a hundred times too large; correlations do not mind. */
static unmix_status warn_of_percent(unmix_context *cx, const um_matrix *a, const char *origin_a, const um_matrix *b,
                                    const char *origin_b)
{
    double sum_a, sum_b;
    UM_TRY(typical_sum(cx, a, &sum_a));
    UM_TRY(typical_sum(cx, b, &sum_b));
    if (sum_b > 50.0 * sum_a || sum_a > 50.0 * sum_b)
        um_warn(cx, "the rows of %s add up to %.4g, those of %s to %.4g: is one of them in per cent (%%)? rmse and mae compare "
                    "the numbers as they stand", origin_a, sum_a, origin_b, sum_b);
    return UNMIX_OK;
}

static int are_same(const um_names *a, const um_names *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (strcmp(um_name(a, i), um_name(b, i)) != 0)
            return 0;
    return a->count == b->count;
}

static unmix_status check_ends(unmix_context *cx, const um_matrix *a, const um_interval_ends *ends)
{
    for (size_t i = 0; ends && i < 2; i++) {
        const um_matrix *end = i ? ends->upper : ends->lower;
        if (!are_same(&a->rows, &end->rows) || !are_same(&a->columns, &end->columns))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: the intervals' %s ends (%zu x %zu) are of other samples or types than the proportions "
                           "(%zu x %zu); run 'unmix deconvolve' again", origin_or(end, "the result"), i ? "upper" : "lower",
                           end->rows.count, end->columns.count, a->rows.count, a->columns.count);
    }
    return UNMIX_OK;
}

unmix_status um_compare(unmix_context *cx, const um_matrix *a, const um_matrix *b, const um_interval_ends *ends,
                        um_comparison *comparison)
{
    const char *origin_a = origin_or(a, "the first table"), *origin_b = origin_or(b, "the second table");
    const sides of = {a, b, ends};
    common samples = {0}, types = {0};
    pairs p = {0};
    unmix_status status = check_ends(cx, a, ends);
    if (status == UNMIX_OK)
        status = match(cx, "samples", &a->rows, &b->rows, origin_a, origin_b, &samples);
    if (status == UNMIX_OK)
        status = match(cx, "types", &a->columns, &b->columns, origin_a, origin_b, &types);
    if (status == UNMIX_OK)
        status = warn_of_percent(cx, a, origin_a, b, origin_b);
    if (status == UNMIX_OK)
        status = fill(cx, &of, &samples, &types, &p, comparison);
    release_common(&samples);
    release_common(&types);
    release_pairs(&p);
    if (status != UNMIX_OK)
        um_comparison_clear(comparison);
    return status;
}

void um_comparison_clear(um_comparison *comparison)
{
    um_names_clear(&comparison->scopes);
    free(comparison->entries);
    *comparison = (um_comparison){0};
}
