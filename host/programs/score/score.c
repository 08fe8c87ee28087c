#include "programs/score/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "programs/cells/pass.h"

enum { LISTED = 20 };

/* A list as the cells meet it. */
typedef struct scored {
    unsigned char *listed, *control; /* of each gene that is used by any list (before that: of each gene) */
    size_t n_listed, n_controls;
} scored;

typedef struct scoring {
    const um_cells *cells;
    const um_score_options *options;
    um_expression_bins bins;
    size_t *missing;    /* of each gene: cells without a value */
    um_names names;     /* the genes of the source, with an index */
    scored *lists;
    size_t count;
    uint32_t *position; /* of each gene among those used, or UM_PASS_DROP */
    um_pass pass;
    double *score;
    unsigned threads;
} scoring;

static void release(scoring *s)
{
    for (size_t l = 0; s->lists && l < s->count; l++) {
        free(s->lists[l].listed);
        free(s->lists[l].control);
    }
    free(s->lists);
    free(s->bins.mean);
    free(s->bins.bin);
    free(s->missing);
    free(s->position);
    um_names_clear(&s->names);
    um_pass_clear(&s->pass);
}

static unmix_status open_scoring(unmix_context *cx, scoring *s)
{
    const size_t genes = s->cells->source->rows->count;
    s->bins.genes = genes;
    UM_TRY(UM_ALLOC(cx, &s->bins.mean, genes, "scores"));
    UM_TRY(UM_ALLOC(cx, &s->bins.bin, genes, "scores"));
    UM_TRY(UM_ALLOC(cx, &s->missing, genes, "scores"));
    UM_TRY(UM_ALLOC(cx, &s->position, genes, "scores"));
    UM_TRY(UM_ALLOC(cx, &s->lists, s->count, "scores"));
    UM_TRY(um_names_copy(cx, &s->names, s->cells->source->rows));
    return um_names_index(cx, &s->names);
}

/*
 * Mean of each gene over the cells that have a value, summed in the order of the cells. It only decides which genes are
 * controls for which; scanpy sums single precision in single precision, and whoever sums better gets other controls.
 */
static unmix_status take_means(unmix_context *cx, scoring *s)
{
    const size_t n = s->cells->source->columns->count;
    um_pass_begin(&s->pass, s->cells->source, "mean expression of");
    for (;;) {
        UM_TRY(um_pass_next(cx, &s->pass));
        um_block *block = &s->pass.block;
        if (!block->count)
            break;
        um_cells_apply(s->cells, s->pass.first, block);
        for (size_t i = 0; i < block->start[block->count]; i++) {
            double *sum = &s->bins.mean[block->row[i]];
            if (isnan(block->value[i]))
                s->missing[block->row[i]]++;
            else
                *sum = s->cells->single ? (double)(float)(*sum + block->value[i]) : *sum + block->value[i];
        }
    }
    for (size_t g = 0; g < s->bins.genes; g++)
        s->bins.mean[g] = s->missing[g] < n ? s->bins.mean[g] / (double)(n - s->missing[g]) : NAN;
    return UNMIX_OK;
}

/* Which genes of the list are there. */
static unmix_status find_genes(unmix_context *cx, scoring *s, const um_gene_list *list, scored *found)
{
    const char *origin = s->cells->source->origin;
    um_names absent = {0};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < list->genes->count && status == UNMIX_OK; i++) {
        const char *name = um_name(list->genes, i);
        const size_t gene = um_names_find(&s->names, name);
        if (gene == UM_NOT_FOUND || isnan(s->bins.mean[gene])) {
            status = um_names_add(cx, &absent, name, strlen(name));
        } else {
            found->n_listed += !found->listed[gene];
            found->listed[gene] = 1;
        }
    }
    char text[600];
    if (status == UNMIX_OK && !found->n_listed)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: none of the %zu genes of the list '%s' is there: %s", origin,
                         list->genes->count, list->name, um_list_names(&absent, LISTED, text, sizeof text));
    else if (status == UNMIX_OK && absent.count)
        um_note(cx, "%s: %zu of %zu genes of the list '%s' are not there: %s", origin, absent.count, list->genes->count,
                list->name, um_list_names(&absent, LISTED, text, sizeof text));
    um_names_clear(&absent);
    return status;
}

static unmix_status prepare_list(unmix_context *cx, scoring *s, const um_gene_list *list, scored *prepared)
{
    UM_TRY(UM_ALLOC(cx, &prepared->listed, s->bins.genes, "scores"));
    UM_TRY(UM_ALLOC(cx, &prepared->control, s->bins.genes, "scores"));
    UM_TRY(find_genes(cx, s, list, prepared));
    UM_TRY(um_score_draw(cx, &s->bins, s->options, prepared->listed, prepared->control, &prepared->n_controls));
    if (!prepared->n_controls && s->options->without_controls)
        um_warn(cx, "%s: no other genes are expressed like the %zu of '%s', so it is not scored; let it have fewer genes",
                s->cells->source->origin, prepared->n_listed, list->name);
    else if (!prepared->n_controls)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: there are no control genes for the list '%s': no other genes are expressed like its %zu; "
                       "ask for fewer bins", s->cells->source->origin, list->name, prepared->n_listed);
    um_detail(cx, "score of '%s': %zu genes, %zu control genes", list->name, prepared->n_listed, prepared->n_controls);
    return UNMIX_OK;
}

/* Only genes that a list or its controls have are looked at in the cells. */
static void keep_used_genes(scoring *s)
{
    uint32_t used = 0;
    for (size_t g = 0; g < s->bins.genes; g++) {
        int wanted = 0;
        for (size_t l = 0; l < s->count; l++)
            wanted |= s->lists[l].listed[g] | s->lists[l].control[g];
        s->position[g] = UM_PASS_DROP;
        if (!wanted)
            continue;
        for (size_t l = 0; l < s->count; l++) {
            s->lists[l].listed[used] = s->lists[l].listed[g];
            s->lists[l].control[used] = s->lists[l].control[g];
        }
        s->position[g] = used++;
    }
}

/* Mean of a cell over the `n` genes that are marked. */
static double mean_over(const um_block *block, size_t cell, const unsigned char *marked, size_t n)
{
    double sum = 0.0;
    for (size_t i = block->start[cell]; i < block->start[cell + 1]; i++) {
        if (!marked[block->row[i]])
            continue;
        if (isnan(block->value[i]))
            n--;
        else
            sum += block->value[i];
    }
    return n ? sum / (double)n : NAN;
}

static void score_part(void *state, unsigned thread)
{
    const scoring *s = state;
    const um_block *block = &s->pass.block;
    const size_t from = block->count * thread / s->threads, to = block->count * (thread + 1) / s->threads;
    for (size_t c = from; c < to; c++)
        for (size_t l = 0; l < s->count; l++) {
            const scored *list = &s->lists[l];
            s->score[(s->pass.first + c) * s->count + l] = mean_over(block, c, list->listed, list->n_listed) -
                                                           mean_over(block, c, list->control, list->n_controls);
        }
}

static unmix_status score_cells(unmix_context *cx, scoring *s)
{
    um_pass_begin(&s->pass, s->cells->source, "scoring");
    for (;;) {
        UM_TRY(um_pass_next(cx, &s->pass));
        if (!s->pass.block.count)
            return UNMIX_OK;
        um_pass_keep(&s->pass, s->position);
        um_cells_apply(s->cells, s->pass.first, &s->pass.block);
        um_parallel(s->threads, score_part, s);
    }
}

static unmix_status run(unmix_context *cx, scoring *s, const um_gene_list *lists)
{
    if (s->options->bins < 2 || !s->options->controls)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "scores need 2 bins or more and 1 control gene or more");
    UM_TRY(open_scoring(cx, s));
    UM_TRY(take_means(cx, s));
    UM_TRY(um_expression_bins_set(cx, &s->bins, s->options->bins));
    for (size_t l = 0; l < s->count; l++)
        UM_TRY(prepare_list(cx, s, &lists[l], &s->lists[l]));
    keep_used_genes(s);
    return score_cells(cx, s);
}

unmix_status um_score(unmix_context *cx, const um_cells *cells, const um_gene_list *lists, size_t count,
                      const um_score_options *options, double *score)
{
    scoring s = {.cells = cells, .options = options, .count = count, .score = score, .threads = um_threads(cx)};
    const unmix_status status = run(cx, &s, lists);
    release(&s);
    return status;
}

void um_score_standardise(unmix_context *cx, const um_gene_list *lists, size_t count, size_t cells, const double *score,
                          double *z)
{
    for (size_t l = 0; l < count; l++) {
        double sum = 0.0, squares = 0.0, n = 0.0, low = INFINITY, high = -INFINITY;
        for (size_t c = 0; c < cells; c++) {
            const double value = score[c * count + l];
            if (isnan(value))
                continue;
            sum += value;
            n += 1.0;
            low = fmin(low, value);
            high = fmax(high, value);
        }
        const double mean = sum / n;
        for (size_t c = 0; c < cells; c++)
            if (!isnan(score[c * count + l]))
                squares += (score[c * count + l] - mean) * (score[c * count + l] - mean);
        const double deviation = low < high ? sqrt(squares / n) : 0.0;
        if (deviation == 0.0 && n > 0.0)
            um_note(cx, "the score of '%s' is the same in all cells; its z-score is 0", lists[l].name);
        for (size_t c = 0; c < cells; c++) {
            const double value = score[c * count + l];
            z[c * count + l] = isnan(value) ? NAN : deviation > 0.0 ? (value - mean) / deviation : 0.0;
        }
    }
}
