/*
 * Where every value fits single precision (counts, and what scanpy leaves in a file), each step is rounded to it, as
 * numpy does for such arrays: scanpy's choice of genes comes from numbers that were rounded so, and on counts the
 * methods see what they would find in a file that scanpy had normalised.
 */
#include "programs/cells/cells.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "core/repeated.h"
#include "core/scale.h"
#include "programs/cells/pass.h"

/* What a value becomes; of one cell. */
typedef struct scaling {
    int single;
    int logged;     /* 1: the values are logged already */
    double divisor; /* 1: none */
} scaling;

static double rounded(const scaling *s, double value)
{
    return s->single ? (double)(float)value : value;
}

static scaling scaling_of(const um_cells *cells, double total)
{
    scaling s = {.single = cells->single, .logged = cells->kind == UM_CELLS_LOGGED, .divisor = 1.0};
    if (cells->target > 0.0 && total > 0.0)
        s.divisor = rounded(&s, rounded(&s, total) / cells->target);
    return s;
}

static double scaled(const scaling *s, double value)
{
    return rounded(s, value / s->divisor);
}

static double logged(const scaling *s, double value)
{
    return s->logged ? value : rounded(s, log1p(scaled(s, value)));
}

static double linear(const scaling *s, double value_logged)
{
    return rounded(s, expm1(value_logged));
}

static double total_of(const um_block *block, size_t cell)
{
    double total = 0.0;
    for (size_t i = block->start[cell]; i < block->start[cell + 1]; i++)
        if (!isnan(block->value[i]))
            total += block->value[i];
    return total;
}

/* ---- The values that the methods see ---- */

typedef struct applying {
    const um_cells *cells;
    size_t first;
    um_block *block;
    unsigned threads;
} applying;

static void apply_part(void *state, unsigned thread)
{
    const applying *a = state;
    um_block *block = a->block;
    const size_t from = block->count * thread / a->threads, to = block->count * (thread + 1) / a->threads;
    for (size_t c = from; c < to; c++) {
        const scaling s = scaling_of(a->cells, a->cells->total[a->first + c]);
        for (size_t i = block->start[c]; i < block->start[c + 1]; i++)
            block->value[i] = a->cells->log1p ? logged(&s, block->value[i]) : scaled(&s, block->value[i]);
    }
}

void um_cells_apply(const um_cells *cells, size_t first, um_block *block)
{
    applying a = {cells, first, block, cells->threads};
    if (cells->log1p || cells->target > 0.0)
        um_parallel(a.threads, apply_part, &a);
}

/* ---- The first look ---- */

typedef struct looking {
    um_cells *cells;
    const um_cells_options *options;
    const int64_t *batch;
    um_pass pass;
    double *linear, *logged; /* of the entries of the block */
    size_t linear_capacity, logged_capacity;
    unsigned threads;
} looking;

static void transform_part(void *state, unsigned thread)
{
    looking *l = state;
    const um_block *block = &l->pass.block;
    const size_t from = block->count * thread / l->threads, to = block->count * (thread + 1) / l->threads;
    for (size_t c = from; c < to; c++) {
        const double total = total_of(block, c);
        const scaling s = scaling_of(l->cells, total);
        l->cells->total[l->pass.first + c] = total;
        for (size_t i = block->start[c]; i < block->start[c + 1]; i++) {
            l->logged[i] = logged(&s, block->value[i]);
            l->linear[i] = linear(&s, l->logged[i]);
        }
    }
}

/* In the order of the cells, so that the sums do not depend on blocks and threads. */
static void add_up(looking *l)
{
    um_cells *cells = l->cells;
    const um_block *block = &l->pass.block;
    for (size_t c = 0; c < block->count; c++) {
        const int64_t batch = l->batch ? l->batch[l->pass.first + c] : 0;
        cells->empty += cells->total[l->pass.first + c] == 0.0;
        for (size_t i = block->start[c]; i < block->start[c + 1]; i++)
            cells->entries[block->row[i]] += block->value[i] > 0.0;
        if (batch < 0)
            continue;
        um_moment *moment = cells->moments.gene + (size_t)batch * cells->moments.genes;
        cells->moments.cells[batch]++;
        for (size_t i = block->start[c]; i < block->start[c + 1]; i++) {
            um_moment *m = moment + block->row[i];
            const double x = l->linear[i], y = l->logged[i];
            if (isnan(x)) {
                m->missing += 1.0;
                continue;
            }
            m->above += y > 0.0;
            m->sum += x;
            m->squares += cells->single ? (double)(float)(x * x) : x * x;
            m->log_sum += y;
            m->log_squares += y * y;
        }
    }
}

/* Takes note of the values of the block; 0 when what was believed about all values so far is wrong. */
static int believe(looking *l)
{
    um_cells *cells = l->cells;
    const um_block *block = &l->pass.block;
    const um_cells_kind kind = cells->kind;
    const int single = cells->single;
    for (size_t i = 0; i < block->start[block->count]; i++) {
        const double value = block->value[i];
        if (isnan(value))
            continue;
        cells->maximum = value > cells->maximum ? value : cells->maximum;
        cells->single &= (double)(float)value == value;
        if (cells->fraction == 0.0 && value != floor(value))
            cells->fraction = value;
    }
    if (l->options->kind == UM_CELLS_DETECT && cells->fraction != 0.0)
        cells->kind = cells->maximum < UM_LOG_LIMIT ? UM_CELLS_LOGGED : UM_CELLS_LINEAR;
    return kind == cells->kind && single == cells->single;
}

static void restart(looking *l)
{
    um_cells *cells = l->cells;
    const int as_it_is = cells->kind == UM_CELLS_LOGGED;
    cells->target = as_it_is ? 0.0 : l->options->target;
    cells->log1p = as_it_is ? 0 : l->options->log1p;
    cells->empty = 0;
    for (size_t g = 0; g < cells->source->rows->count; g++)
        cells->entries[g] = 0;
    um_moments_reset(&cells->moments);
    um_pass_begin(&l->pass, cells->source, "looking at");
}

/*
 * Values are believed to be counts of single precision until one of them is not; then the pass begins again. In a
 * log-normalised file that is in the first block, so the file is read about once.
 */
static unmix_status sum_all(unmix_context *cx, looking *l)
{
    restart(l);
    for (;;) {
        UM_TRY(um_pass_next(cx, &l->pass));
        const um_block *block = &l->pass.block;
        if (!block->count)
            return UNMIX_OK;
        if (!believe(l)) {
            restart(l);
            continue;
        }
        UM_TRY(UM_GROW(cx, &l->linear, &l->linear_capacity, block->start[block->count], "block of cells"));
        UM_TRY(UM_GROW(cx, &l->logged, &l->logged_capacity, block->start[block->count], "block of cells"));
        um_parallel(l->threads, transform_part, l);
        add_up(l);
    }
}

static unmix_status refuse_emptiness(unmix_context *cx, const um_source *source)
{
    if (!source->columns->count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there are no cells in it", source->origin);
    if (!source->rows->count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there are no genes in it", source->origin);
    return UNMIX_OK;
}

/* Sums beyond all numbers are expm1 of what is no logarithm. */
static unmix_status judge(unmix_context *cx, const um_cells *cells)
{
    const um_moments *moments = &cells->moments;
    const char *origin = cells->source->origin;
    if (cells->maximum == 0.0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: all values are zero", origin);
    if (cells->maximum > UM_LARGEST_COUNT)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: the largest value is %g; no gene has so many reads: check the matrix", origin,
                       cells->maximum);
    for (size_t i = 0; i < moments->genes * moments->batches; i++)
        if (!isfinite(moments->gene[i].squares))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: the largest value is %g, which taken as %s gives numbers beyond all bounds; check the "
                           "matrix, or say what the values are",
                           origin, cells->maximum, um_cells_kind_name(cells->kind));
    return UNMIX_OK;
}

const char *um_cells_kind_name(um_cells_kind kind)
{
    return kind == UM_CELLS_LOGGED ? "log-normalised values" : kind == UM_CELLS_LINEAR ? "linear values" : "counts";
}

static void tell(unmix_context *cx, const um_cells *cells, um_cells_kind asked)
{
    const char *origin = cells->source->origin;
    char scale[60] = "";
    if (cells->target > 0.0)
        (void)snprintf(scale, sizeof scale, ", scaled to %g a cell", cells->target);
    um_note(cx, "%s: %zu cells and %zu genes, taken as %s (%s, the largest is %g)%s%s", origin,
            cells->source->columns->count, cells->source->rows->count, um_cells_kind_name(cells->kind),
            cells->fraction != 0.0 ? "not all whole" : "all whole", cells->maximum, scale,
            cells->log1p ? ", log1p" : "");
    const int looks_logged = cells->fraction != 0.0 && cells->maximum < UM_LOG_LIMIT;
    if ((asked == UM_CELLS_COUNTS || asked == UM_CELLS_LINEAR) && looks_logged)
        um_warn(cx,
                "%s: taken as %s as asked, but the values look log-transformed (%g is not whole, the largest is %g)",
                origin, um_cells_kind_name(asked), cells->fraction, cells->maximum);
    if (asked == UM_CELLS_LOGGED && (cells->maximum >= UM_LOG_LIMIT || cells->fraction == 0.0))
        um_warn(cx, "%s: taken as log-normalised as asked, but %s (the largest is %g)", origin,
                cells->fraction == 0.0 ? "all values are whole" : "values are large", cells->maximum);
    if (cells->empty)
        um_note(cx, "%s: %zu cells have no value above zero", origin, cells->empty);
}

unmix_status um_cells_look(unmix_context *cx, um_cells *cells, const um_source *source, const um_cells_options *options,
                           const int64_t *batch, size_t batches)
{
    *cells = (um_cells){.source = source, .kind = options->kind, .single = 1, .threads = um_threads(cx)};
    if (cells->kind == UM_CELLS_DETECT)
        cells->kind = UM_CELLS_COUNTS;
    UM_TRY(refuse_emptiness(cx, source));
    UM_TRY(um_refuse_repeated(cx, source->origin, "gene", source->rows, source->first_line, "make the names unique"));
    UM_TRY(UM_ALLOC(cx, &cells->total, source->columns->count, "cells"));
    UM_TRY(UM_ALLOC(cx, &cells->entries, source->rows->count, "genes"));
    UM_TRY(um_moments_open(cx, &cells->moments, source->rows->count, batches));
    looking l = {.cells = cells, .options = options, .batch = batch, .threads = cells->threads};
    const unmix_status status = sum_all(cx, &l);
    um_pass_clear(&l.pass);
    free(l.linear);
    free(l.logged);
    UM_TRY(status);
    UM_TRY(judge(cx, cells));
    tell(cx, cells, options->kind);
    return UNMIX_OK;
}

void um_cells_clear(um_cells *cells)
{
    free(cells->total);
    free(cells->entries);
    um_moments_clear(&cells->moments);
    *cells = (um_cells){0};
}
