#include "deconvolve/problem/cohort.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/repeated.h"
#include "core/scale.h"
#include "deconvolve/problem/counts.h"

/* What the values look like over all that was read. */
typedef struct looks_like {
    double maximum;
    size_t fractions; /* values that are not whole */
    size_t values;    /* above zero */
    size_t small;     /* of them below a half */
    double silent;    /* counts of genes that no source can produce */
} looks_like;

void um_cohort_clear(um_cohort *cohort)
{
    free(cohort->total);
    free(cohort->T);
    free(cohort->nonzeros);
    free(cohort->dominant);
    free(cohort->share);
    free(cohort->used);
    um_block_clear(&cohort->block);
    *cohort = (um_cohort){0};
}

/* The block that was read last; columns first .. first+count are its. */
static unmix_status load(unmix_context *cx, um_cohort *cohort, size_t first, size_t count)
{
    cohort->loaded = 0;
    UM_TRY(um_source_read(cx, cohort->source, first, count, &cohort->block));
    cohort->first = first;
    cohort->loaded = 1;
    return UNMIX_OK;
}

unmix_status um_cohort_read(unmix_context *cx, um_cohort *cohort, size_t first, size_t count, um_block *block)
{
    if (!cohort->loaded || cohort->first != first || cohort->block.count != count)
        return um_source_read(cx, cohort->source, first, count, block);
    const um_block other = *block;
    *block = cohort->block;
    cohort->block = other;
    cohort->loaded = 0;
    return UNMIX_OK;
}

static void keep_largest(um_dominant *d, uint32_t gene, double count)
{
    if (!(count > d->count[UM_DOMINANT - 1]))
        return;
    size_t i = UM_DOMINANT - 1;
    for (; i > 0 && count > d->count[i - 1]; i--) {
        d->gene[i] = d->gene[i - 1];
        d->count[i] = d->count[i - 1];
    }
    d->gene[i] = gene;
    d->count[i] = count;
}

/* Adds a sample with this sum. */
static void look_at(um_bulk_look *look, double sum)
{
    const double n = (double)look->samples++;
    look->least = n > 0.0 ? fmin(look->least, sum) : sum;
    look->most = fmax(look->most, sum);
    look->mean = (look->mean * n + sum) / (n + 1.0);
    look->square = (look->square * n + sum * sum) / (n + 1.0);
}

static void add_shares(um_cohort *cohort, size_t c, double total)
{
    for (size_t at = cohort->block.start[c]; at < cohort->block.start[c + 1] && total > 0.0; at++) {
        const uint32_t g = cohort->problem->gene_of_row[cohort->block.row[at]];
        if (g != UM_NO_GENE)
            cohort->share[g] += cohort->block.value[at] / total;
    }
}

static void add_up(um_cohort *cohort, looks_like *seen)
{
    const um_problem *problem = cohort->problem;
    for (size_t c = 0; c < cohort->block.count; c++) {
        double total = 0.0, T = 0.0, all = 0.0;
        um_dominant dominant = {{UM_NO_GENE, UM_NO_GENE, UM_NO_GENE}, {0.0}};
        for (size_t at = cohort->block.start[c]; at < cohort->block.start[c + 1]; at++) {
            const double value = cohort->block.value[at];
            const uint32_t row = cohort->block.row[at], g = problem->gene_of_row[row];
            seen->maximum = value > seen->maximum ? value : seen->maximum;
            seen->fractions += value != floor(value);
            seen->values += value > 0.0;
            seen->small += value > 0.0 && value < 0.5;
            all += value;
            if (problem->silent_row[row])
                seen->silent += value;
            if (g == UM_NO_GENE)
                continue;
            total += value;
            keep_largest(&dominant, g, value);
            T += problem->w[g] * value;
        }
        cohort->total[cohort->first + c] = total;
        add_shares(cohort, c, total);
        look_at(&cohort->look, all);
        cohort->look.scaled += seen->fractions && um_are_scaled_counts(cohort->block.value + cohort->block.start[c],
                                                                       cohort->block.start[c + 1] - cohort->block.start[c]);
        cohort->T[cohort->first + c] = T;
        cohort->dominant[cohort->first + c] = dominant;
        cohort->nonzeros[cohort->first + c] = um_counts_above_zero(problem, &cohort->block, c);
    }
}

static unmix_status judge_scale(unmix_context *cx, const um_source *source, const looks_like *seen, unmix_bulk_scale scale)
{
    if (seen->maximum > UM_LARGEST_COUNT)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: the largest value is %g; no gene has so many reads: check the table",
                       source->origin, seen->maximum);
    if (scale == UNMIX_SCALE_DETECT && seen->fractions && seen->maximum < UM_LOG_LIMIT)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: the values look log-transformed (not whole, largest %g); give counts, or --scale linear if they "
                       "are linear all the same", source->origin, seen->maximum);
    return UNMIX_OK;
}

/* Empty samples: refused, or left out and named. */
static unmix_status judge_empty(unmix_context *cx, um_cohort *cohort, int drop_empty)
{
    const um_names *samples = cohort->source->columns;
    char list[600] = "";
    size_t n_empty = 0;
    cohort->n_used = 0;
    for (size_t i = 0; i < samples->count; i++) {
        cohort->used[i] = cohort->T[i] > 0.0;
        cohort->n_used += cohort->used[i];
        if (cohort->used[i])
            continue;
        if (!drop_empty)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: sample '%s' (column %zu) has no count at all over the genes in common with weight > 0; remove "
                           "it, or use --drop-empty", cohort->source->origin, um_name(samples, i), i + 1);
        if (n_empty++ < 20)
            (void)snprintf(list + strlen(list), sizeof list - strlen(list), "%s'%.60s'", n_empty > 1 ? ", " : "",
                           um_name(samples, i));
    }
    if (!cohort->n_used)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: every sample is empty over the genes in common", cohort->source->origin);
    if (n_empty)
        um_warn(cx, "%zu of %zu samples are empty and left out: %s%s", n_empty, samples->count, list, n_empty > 20 ? ", ..." : "");
    return UNMIX_OK;
}

unmix_status um_cohort_open(unmix_context *cx, um_cohort *cohort, const um_source *source, const um_problem *problem,
                            const unmix_deconvolve_options *options, size_t at_once)
{
    const size_t N = source->columns->count;
    *cohort = (um_cohort){.source = source, .problem = problem};
    UM_TRY(um_refuse_repeated_column(cx, source->origin, "sample", source->columns));
    UM_TRY(UM_ALLOC(cx, &cohort->total, N, "samples"));
    UM_TRY(UM_ALLOC(cx, &cohort->T, N, "samples"));
    UM_TRY(UM_ALLOC(cx, &cohort->nonzeros, N, "samples"));
    UM_TRY(UM_ALLOC(cx, &cohort->dominant, N, "samples"));
    UM_TRY(UM_ALLOC(cx, &cohort->used, N, "samples"));
    UM_TRY(UM_ALLOC(cx, &cohort->share, problem->genes.count, "samples"));
    looks_like seen = {0};
    for (size_t first = 0; first < N; first += at_once) {
        UM_TRY(load(cx, cohort, first, N - first < at_once ? N - first : at_once));
        add_up(cohort, &seen);
        cohort->entries += (double)cohort->block.start[cohort->block.count] / (double)N;
        UM_TRY(um_progress(cx, (double)first / (double)N, "checking %s", source->origin));
    }
    cohort->whole = !seen.fractions;
    cohort->look.values = seen.values;
    cohort->look.fractions = seen.fractions;
    cohort->look.small = seen.small;
    UM_TRY(judge_scale(cx, source, &seen, options->scale));
    if (problem->n_silent)
        um_note(cx, "%zu genes that no type expresses are left out (no intercept); %g counts stand there", problem->n_silent,
                seen.silent);
    return judge_empty(cx, cohort, options->drop_empty);
}
