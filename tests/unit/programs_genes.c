/* The choice of genes: ties, batches, missing entries, refusals. Numbers against scanpy are in tests/golden. */
#include "programs/cells/genes.h"

#include <math.h>

#include "programs/cells/cells.h"
#include "programs_table.h"

enum { GENES = 30, CELLS = 40 };

static unmix_context *cx;
static um_matrix matrix;
static um_source source;
static um_cells cells;
static um_genes genes;
static um_names batches;
static int64_t batch[CELLS];

static int set_up(void **state)
{
    (void)state;
    cx = um_test_context();
    assert_ok(cx, um_names_add(cx, &batches, "left", 4));
    assert_ok(cx, um_names_add(cx, &batches, "right", 5));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    um_genes_clear(&genes);
    um_cells_clear(&cells);
    um_source_close(&source);
    um_matrix_clear(&matrix);
    um_names_clear(&batches);
    unmix_context_free(cx);
    return 0;
}

static void look(double (*value)(size_t, size_t), const int64_t *of_cell, size_t n_batches)
{
    const um_cells_options options = {.kind = UM_CELLS_DETECT};
    table_make(cx, &matrix, GENES, CELLS, value);
    um_source_of_matrix(&source, &matrix);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &options, of_cell, n_batches));
}

static unmix_status choose(um_genes_flavour flavour, size_t top, const um_names *batch_names)
{
    um_genes_options options;
    um_genes_options_init(&options);
    options.flavour = flavour;
    options.top = top;
    um_genes_clear(&genes);
    return um_genes_choose(cx, &cells.moments, source.rows, batch_names, "cells.h5ad", &options, &genes);
}

/* Log values. Genes 4, 5 and 6 are equal and vary most, gene 0 is silent. */
static double logged(size_t g, size_t c)
{
    if (g == 0)
        return 0.0;
    if (g >= 4 && g <= 6)
        return c % 2 ? 6.5 : 0.0;
    return (double)((g * c + c / 3) % (2 + g % 5)) * 0.5;
}

static void of_equal_variances_the_first_is_taken(void **state)
{
    (void)state;
    size_t list[2];
    look(logged, NULL, 1);
    assert_ok(cx, choose(UM_GENES_VARIANCE, 2, NULL));
    assert_int_equal(genes.n_chosen, 2);
    um_genes_list(&genes, list);
    assert_int_equal(list[0], 4);
    assert_int_equal(list[1], 5);
    assert_null(genes.normalised);
    assert_null(genes.in_batches);
    const double variance = 6.5 * 6.5 / 4 * CELLS / (CELLS - 1), mean = 3.25;
    um_assert_close(&genes.dispersions[4], &variance, 1, 1e-14, 0.0, "variance"); /* sums of 40 numbers */
    um_assert_close(&genes.means[4], &mean, 1, 0.0, 0.0, "mean");
}

static void more_genes_than_there_are_gives_all_that_can_be_ranked(void **state)
{
    (void)state;
    look(logged, NULL, 1);
    assert_ok(cx, choose(UM_GENES_VARIANCE, GENES + 1, NULL));
    assert_int_equal(genes.n_chosen, GENES);
    assert_ok(cx, choose(UM_GENES_SEURAT, GENES, NULL));
    assert_true(genes.n_chosen < GENES);
    assert_int_equal(genes.chosen[0], 0);
    assert_true(isnan(genes.normalised[0]));
    assert_non_null(strstr(um_test_log(), "30 genes are asked for, but only"));
}

static double counted(size_t g, size_t c)
{
    return floor(expm1(logged(g, c)) * 3.0) + (double)((g + c) % 2);
}

static double counted_and_logged(size_t g, size_t c)
{
    return (float)log1p(counted(g, c));
}

static void counts_are_judged_by_their_logarithms(void **state)
{
    (void)state;
    um_genes of_counts;
    look(counted, NULL, 1);
    assert_int_equal(cells.kind, UM_CELLS_COUNTS);
    assert_ok(cx, choose(UM_GENES_SEURAT, 10, NULL));
    of_counts = genes;
    genes = (um_genes){0};
    um_cells_clear(&cells);
    um_matrix_clear(&matrix);
    look(counted_and_logged, NULL, 1);
    assert_int_equal(cells.kind, UM_CELLS_LOGGED);
    assert_ok(cx, choose(UM_GENES_SEURAT, 10, NULL));
    assert_memory_equal(genes.chosen, of_counts.chosen, GENES);
    assert_memory_equal(genes.dispersions, of_counts.dispersions, GENES * sizeof *genes.dispersions);
    um_genes_clear(&of_counts);
}

/* The last ten cells are missing altogether. */
static double shortened(size_t g, size_t c)
{
    return c < CELLS - 10 ? logged(g, c) : NAN;
}

static void missing_entries_take_no_part(void **state)
{
    (void)state;
    um_genes all;
    look(shortened, NULL, 1);
    assert_ok(cx, choose(UM_GENES_SEURAT, 8, NULL));
    all = genes;
    genes = (um_genes){0};
    um_cells_clear(&cells);
    um_matrix_clear(&matrix);
    table_make(cx, &matrix, GENES, CELLS - 10, logged);
    const um_cells_options options = {.kind = UM_CELLS_DETECT};
    assert_ok(cx, um_cells_look(cx, &cells, &source, &options, NULL, 1));
    assert_ok(cx, choose(UM_GENES_SEURAT, 8, NULL));
    assert_memory_equal(all.chosen, genes.chosen, GENES);
    assert_memory_equal(all.means, genes.means, GENES * sizeof *genes.means);
    um_genes_clear(&all);
}

static void batches_vote(void **state)
{
    (void)state;
    for (size_t c = 0; c < CELLS; c++)
        batch[c] = c < CELLS / 2;
    look(logged, batch, 2);
    assert_ok(cx, choose(UM_GENES_VARIANCE, 3, &batches));
    assert_int_equal(genes.n_chosen, 3);
    for (size_t g = 4; g <= 6; g++) {
        assert_int_equal(genes.chosen[g], 1);
        assert_int_equal(genes.in_batches[g], 2);
        assert_int_equal(genes.in_all[g], 1);
    }
    assert_int_equal(genes.in_batches[1] + genes.in_all[1], 0);
}

static double flat_on_the_right(size_t g, size_t c)
{
    return c < CELLS / 2 ? logged(g, c) : 1.5;
}

static void a_batch_without_variation_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t c = 0; c < CELLS; c++)
        batch[c] = c >= CELLS / 2;
    look(flat_on_the_right, batch, 2);
    assert_refused(cx, choose(UM_GENES_VARIANCE, 3, &batches), UNMIX_ERROR_INPUT,
                   "among the 20 cells of batch 'right'");
    assert_null(genes.chosen);
}

static void a_batch_of_one_cell_is_refused(void **state)
{
    (void)state;
    for (size_t c = 0; c < CELLS; c++)
        batch[c] = c == 1;
    look(logged, batch, 2);
    assert_refused(cx, choose(UM_GENES_SEURAT, 3, &batches), UNMIX_ERROR_INPUT, "among the 1 cells of batch 'right'");
}

static void limits_that_no_gene_meets_are_refused(void **state)
{
    (void)state;
    um_genes_options options;
    um_genes_options_init(&options);
    options.top = 0;
    options.min_mean = 100.0;
    look(logged, NULL, 1);
    assert_refused(cx, um_genes_choose(cx, &cells.moments, source.rows, NULL, "cells.h5ad", &options, &genes),
                   UNMIX_ERROR_INPUT, "no gene has a mean between 100 and 3");
}

static void variance_needs_a_number(void **state)
{
    (void)state;
    look(logged, NULL, 1);
    assert_refused(cx, choose(UM_GENES_VARIANCE, 0, NULL), UNMIX_ERROR_ARGUMENT, "must be 1 or more");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_equal_variances_the_first_is_taken),
        TEST(more_genes_than_there_are_gives_all_that_can_be_ranked),
        TEST(counts_are_judged_by_their_logarithms),
        TEST(missing_entries_take_no_part),
        TEST(batches_vote),
        TEST(a_batch_without_variation_is_refused_by_name),
        TEST(a_batch_of_one_cell_is_refused),
        TEST(limits_that_no_gene_meets_are_refused),
        TEST(variance_needs_a_number),
    };
    return um_run_group(tests);
}
