#include "deconvolve/reference/cell_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/gene_date.h"
#include "core/memory.h"
#include "core/scale.h"

/* Values in one block, at most: memory of some 50 MB for dense data. */
enum { BLOCK_VALUES = 1 << 22 };

typedef struct building {
    const um_source *cells;
    const unmix_signature_options *options;
    size_t *gene;  /* for each row of the cells */
    size_t *first; /* for each gene its first row */
    um_cell_levels levels;
    um_block block;
    double fraction; /* the first value that is not whole; 0: none */
    um_cell_sums *sums;
} building;

static void release(building *b)
{
    free(b->gene);
    free(b->first);
    um_cell_levels_clear(&b->levels);
    um_block_clear(&b->block);
}

void um_cell_sums_clear(um_cell_sums *sums)
{
    um_names_clear(&sums->genes);
    um_aliases_clear(&sums->aliases);
    um_names_clear(&sums->types);
    um_names_clear(&sums->subjects);
    free(sums->group);
    free(sums->cells);
    free(sums->sum);
    free(sums->total);
    um_cell_parts_clear(&sums->parts);
    free(sums->part_sum);
    *sums = (um_cell_sums){0};
}

/* The genes of the sums: those of the cells, repeated names once. */
static unmix_status match_genes(unmix_context *cx, building *b, um_names *genes)
{
    const um_source *cells = b->cells;
    UM_TRY(um_names_copy(cx, genes, cells->rows));
    UM_TRY(um_names_index(cx, genes));
    UM_TRY(UM_ALLOC(cx, &b->gene, genes->count, "genes"));
    UM_TRY(UM_ALLOC(cx, &b->first, genes->count, "genes"));
    for (size_t i = 0; i < genes->count; i++) {
        const char *name = um_name(genes, i);
        const size_t first = um_names_find(genes, name);
        if (first == i) {
            b->gene[i] = b->sums->genes.count;
            b->first[b->gene[i]] = i;
            UM_TRY(um_names_add(cx, &b->sums->genes, name, strlen(name)));
            continue;
        }
        char here[40], there[40];
        um_gene_date date;
        const int is_date = um_gene_date_read(name, strlen(name), &date);
        if (is_date || b->options->read.duplicates == UNMIX_DUPLICATES_REFUSE)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: gene '%s' stands in %s and in %s; %s", cells->origin, name,
                           um_row_place(cells->first_line, first, there, sizeof there),
                           um_row_place(cells->first_line, i, here, sizeof here),
                           is_date ? "a spreadsheet made one date of two genes, which are not added up: take the table from before it"
                                   : "make the names unique, or use --duplicates sum");
        b->gene[i] = b->gene[first];
    }
    return um_aliases_select(cx, &b->sums->aliases, cells->aliases, b->first, b->sums->genes.count);
}

/* A group for every type and subject that have cells together. */
static unmix_status open_groups(unmix_context *cx, building *b)
{
    um_cell_sums *sums = b->sums;
    const size_t pairs = um_product_size(sums->types.count, sums->n_subjects, 1);
    UM_TRY(UM_ALLOC(cx, &sums->group, pairs, "subjects"));
    UM_TRY(UM_ALLOC(cx, &sums->cells, pairs, "subjects"));
    size_t type = 0, subject = 0;
    for (size_t i = 0; i < b->cells->columns->count; i++)
        if (um_cell_levels_place(&b->levels, i, &type, &subject))
            sums->cells[type * sums->n_subjects + subject]++;
    for (size_t p = 0; p < pairs; p++)
        sums->group[p] = sums->cells[p] ? sums->n_groups++ : UM_NOT_FOUND;
    UM_TRY(UM_ALLOC(cx, &sums->total, sums->n_groups, "subjects"));
    return UM_ALLOC(cx, &sums->sum, um_product_size(sums->n_groups, sums->genes.count, 1), "sums of the cells");
}

/* Deals out the cells of the types that fewer than two subjects have. */
static unmix_status open_parts(unmix_context *cx, building *b, size_t most)
{
    um_cell_sums *sums = b->sums;
    size_t *type_of = NULL;
    if (!most)
        return UNMIX_OK;
    UM_TRY(UM_ALLOC(cx, &type_of, b->cells->columns->count, "parts of the cells"));
    for (size_t i = 0; i < b->cells->columns->count; i++) {
        size_t type = 0, subject = 0, donors = 0;
        const int placed = um_cell_levels_place(&b->levels, i, &type, &subject);
        for (size_t s = 0; placed && s < sums->n_subjects; s++)
            donors += sums->cells[type * sums->n_subjects + s] > 0;
        type_of[i] = placed && donors < 2 ? type : UM_NO_PART;
    }
    const unmix_status status = um_cell_parts_deal(cx, b->cells->columns, type_of, sums->types.count, most, &sums->parts);
    free(type_of);
    UM_TRY(status);
    return UM_ALLOC(cx, &sums->part_sum, um_product_size(sums->parts.n, sums->genes.count, 1), "parts of the cells");
}

static double as_it_is(double value)
{
    return value;
}

static void look(building *b)
{
    const double *value = b->block.value;
    for (size_t i = 0; i < b->block.start[b->block.count]; i++) {
        if (value[i] > b->sums->largest)
            b->sums->largest = value[i];
        if (b->fraction == 0.0 && value[i] != floor(value[i]))
            b->fraction = value[i];
    }
}

static void add_cell(const building *b, size_t c, double (*linear)(double), double *sum)
{
    for (size_t i = b->block.start[c]; i < b->block.start[c + 1]; i++)
        sum[b->gene[b->block.row[i]]] += linear(b->block.value[i]);
}

static void add(building *b, size_t first, double (*linear)(double))
{
    um_cell_sums *sums = b->sums;
    size_t type = 0, subject = 0;
    for (size_t c = 0; c < b->block.count; c++) {
        if (!um_cell_levels_place(&b->levels, first + c, &type, &subject))
            continue;
        const size_t G = sums->genes.count, part = sums->parts.n ? sums->parts.of_cell[first + c] : UM_NO_PART;
        add_cell(b, c, linear, sums->sum + sums->group[type * sums->n_subjects + subject] * G);
        if (part != UM_NO_PART)
            add_cell(b, c, linear, sums->part_sum + part * G);
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
                   b->cells->origin, b->fraction, b->sums->largest, UM_LOG_LIMIT);
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
        if (detect && b->fraction != 0.0 && b->sums->largest >= UM_LOG_LIMIT)
            return refuse_scale(cx, b);
        if (detect && b->fraction != 0.0 && *scale == UNMIX_CELLS_COUNTS) {
            *scale = UNMIX_CELLS_LOG1P;
            memset(b->sums->sum, 0, um_product_size(b->sums->n_groups, b->sums->genes.count, sizeof *b->sums->sum));
            if (b->sums->parts.n)
                memset(b->sums->part_sum, 0, um_product_size(b->sums->parts.n, b->sums->genes.count, sizeof *b->sums->sum));
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
                b->sums->largest);
    else if (b->options->scale == UNMIX_CELLS_DETECT)
        um_note(cx, "%s: taken as log1p (values are not whole, the largest is %g); signatures are means of expm1",
                origin, b->sums->largest);
    else if (scale == UNMIX_CELLS_COUNTS && b->fraction != 0.0 && b->sums->largest < UM_LOG_LIMIT)
        um_warn(cx, "%s: taken as counts as asked, but the values look log-transformed (%g is not whole, the largest is %g)",
                origin, b->fraction, b->sums->largest);
    else if (scale == UNMIX_CELLS_LOG1P && b->sums->largest >= UM_LOG_LIMIT)
        um_warn(cx, "%s: taken as log1p as asked, but the largest value is %g", origin, b->sums->largest);
}

/* Adds up each group; a type without any count has no expression to speak of. */
static unmix_status total_groups(unmix_context *cx, const building *b)
{
    um_cell_sums *sums = b->sums;
    for (size_t type = 0; type < sums->types.count; type++) {
        double total = 0.0;
        size_t members = 0;
        for (size_t subject = 0; subject < sums->n_subjects; subject++) {
            const size_t pair = type * sums->n_subjects + subject;
            const double *sum = um_cell_sums_of(sums, type, subject);
            members += sums->cells[pair];
            double own = 0.0;
            for (size_t g = 0; sum && g < sums->genes.count; g++)
                own += sum[g];
            if (sum)
                sums->total[sums->group[pair]] = own;
            total += own;
        }
        if (total == 0.0)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: type '%s' is zero in all of its cells (%zu); leave it out with --drop",
                           b->cells->origin, um_name(&sums->types, type), members);
        if (!isfinite(total))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: the mean of type '%s' is beyond all numbers (the largest value is %g); these are no log1p "
                           "values, use --input counts", b->cells->origin, um_name(&sums->types, type), sums->largest);
    }
    return UNMIX_OK;
}

static unmix_status take(unmix_context *cx, building *b, const um_cell_labels *labels, um_names *genes)
{
    UM_TRY(match_genes(cx, b, genes));
    UM_TRY(um_cell_levels_choose(cx, b->cells, labels, b->options, &b->levels, &b->sums->types, &b->sums->subjects));
    b->sums->n_subjects = labels->subject ? b->sums->subjects.count : 1;
    UM_TRY(open_groups(cx, b));
    UM_TRY(open_parts(cx, b, labels->parts));
    b->sums->scale = b->options->scale;
    UM_TRY(sum_cells(cx, b, &b->sums->scale));
    tell_scale(cx, b, b->sums->scale);
    return total_groups(cx, b);
}

unmix_status um_cell_sums_take(unmix_context *cx, const um_source *cells, const um_cell_labels *labels,
                               const unmix_signature_options *options, um_cell_sums *sums)
{
    building b = {.cells = cells,
                  .options = options,
                  .sums = sums};
    um_names genes = {0};
    sums->origin = cells->origin;
    const unmix_status status = take(cx, &b, labels, &genes);
    um_names_clear(&genes);
    release(&b);
    if (status != UNMIX_OK)
        um_cell_sums_clear(sums);
    return status;
}
