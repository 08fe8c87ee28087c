#include "deconvolve/signature.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "core/scale.h"

/* Values in one block, at most: memory of some 50 MB for dense data. */
enum { BLOCK_VALUES = 1 << 22, LISTED = 20 };

typedef struct building {
    const um_source *cells;
    const int64_t *level;
    const unmix_signature_options *options;
    size_t *gene;    /* row of the signatures for each row of the cells */
    size_t *type;    /* column of the signatures for each level, or UM_NOT_FOUND */
    size_t *members; /* cells of each level */
    double *sum;     /* types x genes, so that the values of one cell fall close together */
    um_block block;
    double largest;  /* of all values */
    double fraction; /* the first value that is not whole; 0: none */
    um_matrix *signatures;
} building;

static void release(building *b)
{
    free(b->gene);
    free(b->type);
    free(b->members);
    free(b->sum);
    um_block_clear(&b->block);
}

/* The genes of the signatures: those of the cells, repeated names once. */
static unmix_status match_genes(unmix_context *cx, building *b, um_names *genes)
{
    const um_source *cells = b->cells;
    UM_TRY(um_names_copy(cx, genes, cells->rows));
    UM_TRY(um_names_index(cx, genes));
    UM_TRY(UM_ALLOC(cx, &b->gene, genes->count, "genes"));
    for (size_t i = 0; i < genes->count; i++) {
        const char *name = um_name(genes, i);
        const size_t first = um_names_find(genes, name);
        if (first == i) {
            b->gene[i] = b->signatures->rows.count;
            UM_TRY(um_names_add(cx, &b->signatures->rows, name, strlen(name)));
            continue;
        }
        char here[40], there[40];
        if (b->options->read.duplicates == UNMIX_DUPLICATES_REFUSE)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: gene '%s' stands in %s and in %s; make the names unique, or use --duplicates sum",
                           cells->origin, name, um_row_place(cells->first_line, first, there, sizeof there),
                           um_row_place(cells->first_line, i, here, sizeof here));
        b->gene[i] = b->gene[first];
    }
    return UNMIX_OK;
}

static unmix_status count_members(unmix_context *cx, building *b, const um_names *levels)
{
    UM_TRY(UM_ALLOC(cx, &b->members, levels->count, "labels"));
    size_t without = 0;
    for (size_t i = 0; i < b->cells->columns->count; i++)
        if (b->level[i] < 0)
            without++;
        else
            b->members[b->level[i]]++;
    if (without)
        um_note(cx, "%s: %zu of %zu cells have no label and are left out", b->cells->origin, without,
                b->cells->columns->count);
    return UNMIX_OK;
}

static unmix_status drop_types(unmix_context *cx, building *b, um_names *levels)
{
    UM_TRY(um_names_index(cx, levels));
    for (size_t i = 0; i < b->options->n_drop; i++) {
        const size_t level = um_names_find(levels, b->options->drop[i]);
        if (level == UM_NOT_FOUND) {
            char list[600];
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no label '%s' to drop; the labels are: %s",
                           b->cells->origin, b->options->drop[i], um_list_names(levels, LISTED, list, sizeof list));
        }
        b->type[level] = UM_NOT_FOUND;
    }
    return UNMIX_OK;
}

/* Which levels become a type: not dropped, and with at least one cell. */
static unmix_status choose_types(unmix_context *cx, building *b, um_names *levels)
{
    UM_TRY(UM_ALLOC(cx, &b->type, levels->count, "labels"));
    UM_TRY(count_members(cx, b, levels));
    UM_TRY(drop_types(cx, b, levels));
    size_t used = 0, dropped = 0;
    for (size_t i = 0; i < levels->count; i++) {
        const char *name = um_name(levels, i);
        if (b->type[i] == UM_NOT_FOUND) {
            dropped += b->members[i];
        } else if (b->members[i] == 0) {
            um_note(cx, "%s: no cell has the label '%s'; it is left out", b->cells->origin, name);
            b->type[i] = UM_NOT_FOUND;
        } else {
            b->type[i] = b->signatures->columns.count;
            used += b->members[i];
            UM_TRY(um_names_add(cx, &b->signatures->columns, name, strlen(name)));
        }
    }
    if (dropped)
        um_note(cx, "%s: cells with dropped labels are left out: %zu", b->cells->origin, dropped);
    if (!used)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no cell with a label is left, so there is no type to describe",
                       b->cells->origin);
    um_note(cx, "%s: %zu types from %zu cells", b->cells->origin, b->signatures->columns.count, used);
    return UNMIX_OK;
}

static double as_it_is(double value)
{
    return value;
}

static void look(building *b)
{
    const double *value = b->block.value;
    for (size_t i = 0; i < b->block.start[b->block.count]; i++) {
        if (value[i] > b->largest)
            b->largest = value[i];
        if (b->fraction == 0.0 && value[i] != floor(value[i]))
            b->fraction = value[i];
    }
}

static void add(building *b, size_t first, double (*linear)(double))
{
    const size_t genes = b->signatures->rows.count;
    for (size_t c = 0; c < b->block.count; c++) {
        const int64_t level = b->level[first + c];
        if (level < 0 || b->type[level] == UM_NOT_FOUND)
            continue;
        double *sum = b->sum + b->type[level] * genes;
        for (size_t i = b->block.start[c]; i < b->block.start[c + 1]; i++)
            sum[b->gene[b->block.row[i]]] += linear(b->block.value[i]);
    }
}

static size_t block_columns(const um_source *cells)
{
    const size_t rows = cells->rows->count ? cells->rows->count : 1;
    const size_t columns = BLOCK_VALUES / rows ? BLOCK_VALUES / rows : 1;
    const size_t cheap = cells->preferred_block;
    if (!cheap)
        return columns;
    return columns < cheap ? cheap : columns / cheap * cheap;
}

static unmix_status refuse_scale(unmix_context *cx, const building *b)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: the values are neither counts (%g is not whole) nor log1p (%g is not below %g); say which with "
                   "--input counts or --input log1p",
                   b->cells->origin, b->fraction, b->largest, UM_LOG_LIMIT);
}

/*
 * Sums the cells of each type. A scale that is to be detected counts as counts until a value is not whole, which in a
 * log-normalised file is in the first block; then the sums start again. So the file is read about once.
 */
static unmix_status sum_cells(unmix_context *cx, building *b, unmix_cell_scale *scale)
{
    const size_t n = b->cells->columns->count, step = block_columns(b->cells);
    const int detect = *scale == UNMIX_CELLS_DETECT;
    if (detect)
        *scale = UNMIX_CELLS_COUNTS;
    for (size_t first = 0; first < n;) {
        const size_t count = n - first < step ? n - first : step;
        UM_TRY(um_progress(cx, (double)first / (double)n, "reading %s", b->cells->origin));
        UM_TRY(um_source_read(cx, b->cells, first, count, &b->block));
        look(b);
        if (detect && b->fraction != 0.0 && b->largest >= UM_LOG_LIMIT)
            return refuse_scale(cx, b);
        if (detect && b->fraction != 0.0 && *scale == UNMIX_CELLS_COUNTS) {
            *scale = UNMIX_CELLS_LOG1P;
            memset(b->sum, 0, um_product_size(b->signatures->rows.count, b->signatures->columns.count, sizeof *b->sum));
            first = 0;
            continue;
        }
        add(b, first, *scale == UNMIX_CELLS_LOG1P ? expm1 : as_it_is);
        first += count;
    }
    return UNMIX_OK;
}

/* Says what was decided, and what looks odd about a scale that was given. */
static void tell_scale(unmix_context *cx, const building *b, unmix_cell_scale scale)
{
    const char *origin = b->cells->origin;
    if (b->options->scale == UNMIX_CELLS_DETECT && scale == UNMIX_CELLS_COUNTS)
        um_note(cx, "%s: taken as counts (all values are whole, the largest is %g); signatures are their means", origin,
                b->largest);
    else if (b->options->scale == UNMIX_CELLS_DETECT)
        um_note(cx, "%s: taken as log1p (values are not whole, the largest is %g); signatures are means of expm1",
                origin, b->largest);
    else if (scale == UNMIX_CELLS_COUNTS && b->fraction != 0.0 && b->largest < UM_LOG_LIMIT)
        um_warn(
            cx,
            "%s: taken as counts as asked, but the values look log-transformed (%g is not whole, the largest is %g)",
            origin, b->fraction, b->largest);
    else if (scale == UNMIX_CELLS_LOG1P && b->largest >= UM_LOG_LIMIT)
        um_warn(cx, "%s: taken as log1p as asked, but the largest value is %g", origin, b->largest);
}

/* signature_gc = sum_gc / cells of c */
static unmix_status finish(unmix_context *cx, building *b, const um_names *levels)
{
    um_matrix *s = b->signatures;
    for (size_t level = 0; level < levels->count; level++) {
        const size_t type = b->type[level];
        if (type == UM_NOT_FOUND)
            continue;
        const double *sum = b->sum + type * s->rows.count;
        double total = 0.0;
        for (size_t g = 0; g < s->rows.count; g++) {
            um_row(s, g)[type] = sum[g] / (double)b->members[level];
            total += sum[g];
        }
        if (total == 0.0)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: type '%s' is zero in all of its cells (%zu); leave it out with --drop",
                           b->cells->origin, um_name(levels, level), b->members[level]);
        if (!isfinite(total))
            return UM_FAIL(
                cx, UNMIX_ERROR_INPUT,
                "%s: the mean of type '%s' is beyond all numbers (the largest value is %g); these are no log1p "
                "values, use --input counts",
                b->cells->origin, um_name(levels, level), b->largest);
    }
    return UNMIX_OK;
}

static unmix_status build(unmix_context *cx, building *b, um_names *genes, um_names *levels)
{
    UM_TRY(match_genes(cx, b, genes));
    UM_TRY(choose_types(cx, b, levels));
    UM_TRY(um_matrix_allocate(cx, b->signatures));
    UM_TRY(UM_ALLOC(cx, &b->sum, um_product_size(b->signatures->rows.count, b->signatures->columns.count, 1),
                    "signatures"));
    unmix_cell_scale scale = b->options->scale;
    UM_TRY(sum_cells(cx, b, &scale));
    tell_scale(cx, b, scale);
    return finish(cx, b, levels);
}

unmix_status um_signature_build(unmix_context *cx, const um_source *cells, const um_names *levels, const int64_t *level,
                                const unmix_signature_options *options, um_matrix *signatures)
{
    building b = {.cells = cells, .level = level, .options = options, .signatures = signatures};
    um_names genes = {0}, indexed_levels = {0};
    unmix_status status = um_names_copy(cx, &indexed_levels, levels);
    if (status == UNMIX_OK)
        status = build(cx, &b, &genes, &indexed_levels);
    um_names_clear(&genes);
    um_names_clear(&indexed_levels);
    release(&b);
    if (status != UNMIX_OK)
        um_matrix_clear(signatures);
    return status;
}
