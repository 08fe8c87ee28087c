/* Variable genes against scanpy and numpy (tests/golden/genes.py). */
#include "programs/cells/genes.h"

#include "golden/cells.h"
#include "golden/genes_golden.h"
#include "programs/cells/cells.h"
#include "testing/testing.h"

/*
 * Double: the variance is a difference of sums, so its relative error is about (cells) 2^-53 (mean^2 / variance), where
 * mean^2 / variance is below 100 here: 1e-12, and the dispersion is its logarithm. Normalising divides by deviations
 * within a bin, which are above 0.01 here: 1e-10.
 * Single: expm1 in single precision is good to 4 units of 2^-24 in numpy (vectorised), 2.4e-7, and so is its square
 * to 5e-7: 1e-6 in means and 100 x that, 1e-4 at worst, in dispersions; that the same genes are chosen is exact.
 */
typedef struct tolerance {
    double mean, dispersion, normalised;
} tolerance;

static const tolerance of_double = {1e-12, 1e-12, 1e-10}, of_single = {1e-6, 1e-4, 1e-3};

static unmix_context *cx;
static um_matrix matrices[3]; /* by golden_values */
static um_names batch_names;
static int64_t batch[GOLDEN_CELLS];

static int open_all(void **state)
{
    (void)state;
    cx = um_test_context();
    golden_cells(cx, &matrices[GOLDEN_DOUBLE], GOLDEN_GENES, GOLDEN_FACTOR_DOUBLE);
    golden_cells(cx, &matrices[GOLDEN_SINGLE], GOLDEN_GENES, GOLDEN_FACTOR_SINGLE);
    golden_cells(cx, &matrices[GOLDEN_COUNTS], GOLDEN_GENES, 1.0);
    for (size_t c = 0; c < GOLDEN_CELLS; c++)
        batch[c] = (int64_t)(c % GOLDEN_BATCHES);
    for (char b = '0'; b < '0' + GOLDEN_BATCHES; b++)
        assert_ok(cx, um_names_add(cx, &batch_names, (char[2]){'b', b}, 2));
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; m++)
        um_matrix_clear(&matrices[m]);
    um_names_clear(&batch_names);
    unmix_context_free(cx);
    return 0;
}

/* NaN in the same places, the rest close. */
static void check_numbers(const double *got, const double *want, double allowed, const char *what)
{
    for (size_t g = 0; g < GOLDEN_GENES; g++) {
        assert_int_equal(isnan(got[g]) != 0, isnan(want[g]) != 0);
        if (!isnan(want[g]))
            um_assert_close(&got[g], &want[g], 1, allowed, allowed, what);
    }
}

static void check_choice(const golden_choice *c)
{
    um_source source = {0};
    um_cells cells = {0};
    um_genes genes = {0};
    const um_cells_options options = {.kind = UM_CELLS_DETECT, .target = 1e4, .log1p = 1};
    um_genes_options choice;
    um_genes_options_init(&choice);
    choice.flavour = c->flavour;
    choice.top = c->top;
    um_source_of_matrix(&source, &matrices[c->values]);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &options, c->batches ? batch : NULL,
                                c->batches ? GOLDEN_BATCHES : 1));
    assert_int_equal(cells.kind, c->values == GOLDEN_COUNTS ? UM_CELLS_COUNTS : UM_CELLS_LOGGED);
    assert_int_equal(cells.single, c->values != GOLDEN_DOUBLE);
    assert_ok(cx, um_genes_choose(cx, &cells.moments, source.rows, c->batches ? &batch_names : NULL, source.origin,
                                  &choice, &genes));
    size_t chosen = 0;
    for (size_t g = 0; g < GOLDEN_GENES; g++) {
        assert_int_equal(genes.chosen[g], c->chosen[g] - '0');
        chosen += genes.chosen[g];
        if (c->times) {
            assert_int_equal(genes.in_batches[g], c->times[g] - '0');
            assert_int_equal(genes.in_all[g], c->times[g] - '0' == GOLDEN_BATCHES);
        }
    }
    assert_int_equal(genes.n_chosen, chosen);
    const tolerance *t = c->values == GOLDEN_DOUBLE ? &of_double : &of_single;
    if (c->means) {
        check_numbers(genes.means, c->means, t->mean, "means");
        check_numbers(genes.dispersions, c->dispersions, t->dispersion, "dispersions");
        check_numbers(genes.normalised, c->normalised, t->normalised, "normalised dispersions");
    }
    um_genes_clear(&genes);
    um_cells_clear(&cells);
}

static void the_same_genes_as_scanpy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_choices / sizeof golden_choices[0]; i++)
        check_choice(&golden_choices[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_genes_as_scanpy)};
    return cmocka_run_group_tests(tests, open_all, close_all) != 0 ? 1 : 0;
}
