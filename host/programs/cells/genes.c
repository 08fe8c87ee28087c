#include "programs/cells/genes.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "programs/cells/genes_judge.h"

void um_genes_options_init(um_genes_options *options)
{
    *options = (um_genes_options){.top = 2000, .min_mean = 0.0125, .max_mean = 3.0, .min_dispersion = 0.5,
                                  .max_dispersion = INFINITY};
}

void um_genes_clear(um_genes *genes)
{
    free(genes->chosen);
    free(genes->means);
    free(genes->dispersions);
    free(genes->normalised);
    free(genes->in_batches);
    free(genes->in_all);
    *genes = (um_genes){0};
}

void um_genes_list(const um_genes *genes, size_t *list)
{
    for (size_t g = 0, at = 0; g < genes->n; g++)
        if (genes->chosen[g])
            list[at++] = g;
}

typedef struct choice {
    const um_moments *moments;
    const um_names *names, *batches;
    const char *origin;
    const um_genes_options *options;
    um_genes *result;
    const um_moment **part; /* the genes that take part in the batch at hand */
    size_t *gene;           /* which they are */
    double *sorted;
    um_judged judged;
    double *kahan;          /* 3 x genes: compensations of means, dispersions and scores */
    size_t *seen;           /* 3 x genes: numbers that are not NaN among them */
    double *score;          /* of each gene, over all batches */
} choice;

static void release(choice *c)
{
    free(c->part);
    free(c->gene);
    free(c->sorted);
    free(c->judged.mean);
    free(c->judged.dispersion);
    free(c->judged.score);
    free(c->judged.chosen);
    free(c->kahan);
    free(c->seen);
    free(c->score);
}

static unmix_status open_choice(unmix_context *cx, choice *c)
{
    const size_t n = c->moments->genes;
    um_genes *r = c->result;
    r->n = n;
    UM_TRY(UM_ALLOC(cx, &r->chosen, n, "genes"));
    UM_TRY(UM_ALLOC(cx, &r->means, n, "genes"));
    UM_TRY(UM_ALLOC(cx, &r->dispersions, n, "genes"));
    if (c->batches) {
        UM_TRY(UM_ALLOC(cx, &r->in_batches, n, "genes"));
        UM_TRY(UM_ALLOC(cx, &r->in_all, n, "genes"));
    }
    UM_TRY(UM_ALLOC(cx, &c->part, n, "genes"));
    UM_TRY(UM_ALLOC(cx, &c->gene, n, "genes"));
    UM_TRY(UM_ALLOC(cx, &c->sorted, n, "genes"));
    UM_TRY(UM_ALLOC(cx, &c->judged.mean, n, "genes"));
    UM_TRY(UM_ALLOC(cx, &c->judged.dispersion, n, "genes"));
    UM_TRY(UM_ALLOC(cx, &c->judged.score, n, "genes"));
    UM_TRY(UM_ALLOC(cx, &c->judged.chosen, n, "genes"));
    UM_TRY(UM_ALLOC(cx, &c->kahan, 3 * n, "genes"));
    UM_TRY(UM_ALLOC(cx, &c->seen, 3 * n, "genes"));
    return UM_ALLOC(cx, &c->score, n, "genes");
}

/* ---- Within a batch ---- */

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* numpy.nan_to_num, which scanpy applies before it compares. */
static double bounded(double score, double instead_of_nan)
{
    return isnan(score) ? instead_of_nan : fmax(fmin(score, DBL_MAX), -DBL_MAX);
}

static int within_limits(const um_genes_options *o, double mean, double score)
{
    return mean > o->min_mean && mean < o->max_mean && score > o->min_dispersion && score < o->max_dispersion;
}

static unmix_status refuse_batch(unmix_context *cx, const choice *c, size_t batch)
{
    const size_t cells = c->moments->cells[batch];
    if (c->batches)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: no gene stands out among the %zu cells of batch '%s', so none can be chosen there; leave "
                       "the batch out, or choose genes without batches",
                       c->origin, cells, um_name(c->batches, batch));
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: no gene stands out among the %zu cells, so none can be chosen; take all genes instead", c->origin,
                   cells);
}

/* The `top` highest scores; of the genes whose score equals the last of these, all (seurat) or the first (variance). */
static unmix_status choose_top(unmix_context *cx, choice *c, size_t batch)
{
    um_judged *j = &c->judged;
    size_t ranked = 0;
    for (size_t i = 0; i < j->n; i++)
        if (!isnan(j->score[i]))
            c->sorted[ranked++] = j->score[i];
    qsort(c->sorted, ranked, sizeof *c->sorted, descending);
    if (!ranked || (c->options->flavour == UM_GENES_VARIANCE && c->sorted[0] == 0.0))
        return refuse_batch(cx, c, batch);
    if (ranked < c->options->top && !c->batches)
        um_note(cx, "%s: %zu genes are asked for, but only %zu can be ranked; these are taken", c->origin,
                c->options->top, ranked);
    const size_t top = c->options->top < ranked ? c->options->top : ranked;
    const double last = c->sorted[top - 1];
    size_t equal = top;
    for (size_t i = 0; i < ranked && c->sorted[i] > last; i++)
        equal--;
    for (size_t i = 0; i < j->n; i++) {
        const double score = bounded(j->score[i], -INFINITY);
        j->chosen[i] = score >= last;
        if (c->options->flavour == UM_GENES_VARIANCE && score == last)
            j->chosen[i] = equal && equal--;
    }
    return UNMIX_OK;
}

static unmix_status judge_batch(unmix_context *cx, choice *c, size_t batch)
{
    const um_moments *moments = c->moments;
    const um_moment *moment = moments->gene + batch * moments->genes;
    um_judged *j = &c->judged;
    j->n = 0;
    for (size_t g = 0; g < moments->genes; g++) {
        if (c->batches && moment[g].above == 0.0)
            continue; /* scanpy leaves genes without any value in the batch out there */
        c->part[j->n] = &moment[g];
        c->gene[j->n++] = g;
    }
    if (!j->n || moments->cells[batch] < 2)
        return refuse_batch(cx, c, batch);
    if (c->options->flavour == UM_GENES_VARIANCE)
        um_judge_variance(c->part, moments->cells[batch], j);
    else
        UM_TRY(um_judge_seurat(cx, c->part, moments->cells[batch], j));
    if (c->options->top)
        return choose_top(cx, c, batch);
    for (size_t i = 0; i < j->n; i++)
        j->chosen[i] = (unsigned char)within_limits(c->options, j->mean[i], bounded(j->score[i], 0.0));
    return UNMIX_OK;
}

/* ---- Over all batches ---- */

/* Adds to a mean over batches as pandas does: with compensation, without NaN. */
static void add_number(choice *c, size_t which, size_t gene, double *sum, double value)
{
    if (isnan(value))
        return;
    double *kahan = &c->kahan[which * c->moments->genes + gene];
    const double y = value - *kahan, next = sum[gene] + y;
    *kahan = next - sum[gene] - y;
    *kahan = isnan(*kahan) ? 0.0 : *kahan;
    sum[gene] = next;
    c->seen[which * c->moments->genes + gene]++;
}

/* Genes that did not take part count as zeros, as in scanpy. */
static void add_batch(choice *c)
{
    const um_judged *j = &c->judged;
    um_genes *r = c->result;
    for (size_t g = 0, i = 0; g < r->n; g++) {
        const int took_part = i < j->n && c->gene[i] == g;
        add_number(c, 0, g, r->means, took_part ? j->mean[i] : 0.0);
        add_number(c, 1, g, r->dispersions, took_part ? j->dispersion[i] : 0.0);
        add_number(c, 2, g, c->score, took_part ? j->score[i] : 0.0);
        if (took_part && j->chosen[i]) {
            r->chosen[g] = 1;
            if (r->in_batches)
                r->in_batches[g]++;
        }
        i += (size_t)took_part;
    }
}

static void take_means(choice *c)
{
    double *sum[3] = {c->result->means, c->result->dispersions, c->score};
    for (size_t which = 0; which < 3; which++)
        for (size_t g = 0; g < c->result->n; g++) {
            const size_t seen = c->seen[which * c->result->n + g];
            sum[which][g] = seen ? sum[which][g] / (double)seen : NAN;
        }
}

typedef struct rank {
    size_t gene, batches;
    double score;
    const char *name; /* for equal genes; NULL: by position */
} rank;

static int better(const void *a, const void *b)
{
    const rank *x = a, *y = b;
    if (x->batches != y->batches)
        return x->batches > y->batches ? -1 : 1;
    if (isnan(x->score) != isnan(y->score))
        return isnan(x->score) ? 1 : -1;
    if (x->score < y->score || x->score > y->score)
        return x->score > y->score ? -1 : 1;
    const int by_name = x->name && y->name ? strcmp(x->name, y->name) : 0;
    return by_name ? by_name : (x->gene > y->gene) - (x->gene < y->gene);
}

static unmix_status choose_by_batches(unmix_context *cx, choice *c)
{
    um_genes *r = c->result;
    rank *order = NULL;
    UM_TRY(UM_ALLOC(cx, &order, r->n, "genes"));
    for (size_t g = 0; g < r->n; g++) {
        const char *name = c->options->flavour == UM_GENES_SEURAT ? um_name(c->names, g) : NULL;
        order[g] = (rank){g, r->in_batches[g], c->score[g], name};
        r->chosen[g] = 0;
    }
    qsort(order, r->n, sizeof *order, better);
    for (size_t i = 0; i < r->n && i < c->options->top; i++)
        r->chosen[order[i].gene] = 1;
    free(order);
    return UNMIX_OK;
}

static unmix_status combine(unmix_context *cx, choice *c)
{
    um_genes *r = c->result;
    for (size_t g = 0; g < r->n; g++)
        r->in_all[g] = r->in_batches[g] == c->moments->batches;
    if (c->options->top)
        return choose_by_batches(cx, c);
    for (size_t g = 0; g < r->n; g++) {
        c->score[g] = isnan(c->score[g]) ? 0.0 : c->score[g];
        r->chosen[g] = (unsigned char)within_limits(c->options, r->means[g], c->score[g]);
    }
    return UNMIX_OK;
}

static unmix_status choose(unmix_context *cx, choice *c)
{
    um_genes *r = c->result;
    UM_TRY(open_choice(cx, c));
    for (size_t b = 0; b < c->moments->batches; b++) {
        UM_TRY(judge_batch(cx, c, b));
        add_batch(c);
    }
    take_means(c);
    if (c->batches)
        UM_TRY(combine(cx, c));
    for (size_t g = 0; g < r->n; g++)
        r->n_chosen += r->chosen[g];
    if (!r->n_chosen)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: no gene has a mean between %g and %g and a normalised dispersion between %g and %g; give a "
                       "number of genes instead", c->origin, c->options->min_mean, c->options->max_mean,
                       c->options->min_dispersion, c->options->max_dispersion);
    if (c->options->flavour == UM_GENES_SEURAT) {
        r->normalised = c->score;
        c->score = NULL;
    }
    return UNMIX_OK;
}

unmix_status um_genes_choose(unmix_context *cx, const um_moments *moments, const um_names *genes,
                             const um_names *batches, const char *origin, const um_genes_options *options,
                             um_genes *result)
{
    *result = (um_genes){0};
    if (!options->top && options->flavour == UM_GENES_VARIANCE)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the number of genes to choose by variance must be 1 or more");
    choice c = {.moments = moments, .names = genes, .batches = batches, .origin = origin, .options = options,
                .result = result};
    const unmix_status status = choose(cx, &c);
    release(&c);
    if (status != UNMIX_OK)
        um_genes_clear(result);
    return status;
}
