/* Gene scores: absent genes, missing entries, refusals. Numbers against scanpy are in tests/golden. */
#include "programs/score/score.h"

#include <math.h>

#include "programs_table.h"

enum { GENES = 60, CELLS = 100 };

static unmix_context *cx;
static um_matrix matrix;
static um_source source;
static um_cells cells;
static um_names first, second;
static um_score_options options;

static double value(size_t g, size_t c)
{
    return 0.3 * (double)((g * 5 + c * 3 + g * c % 7) % (3 + g % 9));
}

static double with_a_hole(size_t g, size_t c)
{
    return c == 9 && (g == 10 || g == 40) ? NAN : g == 7 ? NAN : value(g, c);
}

static void add(um_names *names, const char *name)
{
    assert_ok(cx, um_names_add(cx, names, name, strlen(name)));
}

static int set_up(void **state)
{
    (void)state;
    cx = um_test_context();
    um_score_options_init(&options);
    options.bins = 5;
    options.controls = 4;
    add(&first, "g10");
    add(&first, "g40");
    add(&second, "g3");
    add(&second, "g21");
    add(&second, "g55");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    um_names_clear(&first);
    um_names_clear(&second);
    um_cells_clear(&cells);
    um_source_close(&source);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
    return 0;
}

static void look(double (*of)(size_t, size_t))
{
    table_make(cx, &matrix, GENES, CELLS, of);
    um_source_of_matrix(&source, &matrix);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &(um_cells_options){.kind = UM_CELLS_DETECT}, NULL, 1));
}

static void a_list_is_scored_alone_as_among_others(void **state)
{
    (void)state;
    static double both[2 * CELLS], alone[CELLS];
    const um_gene_list lists[2] = {{"first", &first}, {"second", &second}};
    look(value);
    assert_ok(cx, um_score(cx, &cells, lists, 2, &options, both));
    source.preferred_block = CELLS - 1; /* nor do blocks change a bit */
    assert_ok(cx, um_score(cx, &cells, lists + 1, 1, &options, alone));
    for (size_t c = 0; c < CELLS; c++)
        assert_true(both[2 * c + 1] == alone[c]);
}

static void the_seed_draws_other_controls(void **state)
{
    (void)state;
    static double zero[CELLS], one[CELLS];
    const um_gene_list list = {"first", &first};
    look(value);
    assert_ok(cx, um_score(cx, &cells, &list, 1, &options, zero));
    options.seed = 1;
    assert_ok(cx, um_score(cx, &cells, &list, 1, &options, one));
    assert_memory_not_equal(zero, one, sizeof zero);
}

static void a_cell_without_the_genes_has_no_score(void **state)
{
    (void)state;
    static double score[CELLS], z[CELLS];
    const um_gene_list list = {"first", &first};
    look(with_a_hole);
    assert_ok(cx, um_score(cx, &cells, &list, 1, &options, score));
    um_score_standardise(cx, &list, 1, CELLS, score, z);
    for (size_t c = 0; c < CELLS; c++) {
        assert_int_equal(isnan(score[c]) != 0, c == 9);
        assert_int_equal(isnan(z[c]) != 0, c == 9);
    }
}

static void absent_genes_are_said(void **state)
{
    (void)state;
    static double score[CELLS], without[CELLS];
    const um_gene_list list = {"first", &first};
    look(with_a_hole);
    assert_ok(cx, um_score(cx, &cells, &list, 1, &options, without));
    add(&first, "nowhere");
    add(&first, "g7"); /* missing in all cells */
    add(&first, "g10");
    assert_ok(cx, um_score(cx, &cells, &list, 1, &options, score));
    assert_memory_equal(score, without, sizeof score);
    assert_non_null(strstr(um_test_log(), "2 of 5 genes of the list 'first' are not there: nowhere, g7"));
}

static void a_list_without_genes_is_refused_by_name(void **state)
{
    (void)state;
    static double score[2 * CELLS];
    const um_gene_list lists[2] = {{"first", &first}, {"Hypoxia", &second}};
    look(value);
    um_names_clear(&second);
    add(&second, "VEGFA");
    assert_refused(cx, um_score(cx, &cells, lists, 2, &options, score), UNMIX_ERROR_INPUT,
                   "none of the 1 genes of the list 'Hypoxia' is there: VEGFA");
    um_names_clear(&second);
    assert_refused(cx, um_score(cx, &cells, lists, 2, &options, score), UNMIX_ERROR_INPUT, "list 'Hypoxia'");
}

static void a_list_of_all_genes_has_no_controls(void **state)
{
    (void)state;
    static double score[CELLS];
    const um_gene_list list = {"all", &matrix.rows};
    look(value);
    assert_refused(cx, um_score(cx, &cells, &list, 1, &options, score), UNMIX_ERROR_INPUT,
                   "no control genes for the list 'all'");
}

static void impossible_options_are_refused(void **state)
{
    (void)state;
    static double score[CELLS];
    const um_gene_list list = {"first", &first};
    look(value);
    options.bins = 1;
    assert_refused(cx, um_score(cx, &cells, &list, 1, &options, score), UNMIX_ERROR_ARGUMENT, "2 bins or more");
    options.bins = 5;
    options.controls = 0;
    assert_refused(cx, um_score(cx, &cells, &list, 1, &options, score), UNMIX_ERROR_ARGUMENT, "1 control gene or more");
}

static void a_constant_score_is_zero_when_standardised(void **state)
{
    (void)state;
    double score[6] = {0.1, 1.0, 0.1, 2.0, 0.1, 3.0};
    const um_gene_list lists[2] = {{"flat", &first}, {"steep", &second}};
    um_score_standardise(cx, lists, 2, 3, score, score);
    const double want[6] = {0.0, -sqrt(1.5), 0.0, 0.0, 0.0, sqrt(1.5)};
    um_assert_close(score, want, 6, 1e-15, 0.0, "z-scores"); /* a few operations on 3 whole numbers */
    assert_non_null(strstr(um_test_log(), "the score of 'flat' is the same in all cells"));
    assert_null(strstr(um_test_log(), "'steep'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_is_scored_alone_as_among_others),
        TEST(the_seed_draws_other_controls),
        TEST(a_cell_without_the_genes_has_no_score),
        TEST(absent_genes_are_said),
        TEST(a_list_without_genes_is_refused_by_name),
        TEST(a_list_of_all_genes_has_no_controls),
        TEST(impossible_options_are_refused),
        TEST(a_constant_score_is_zero_when_standardised),
    };
    return um_run_group(tests);
}
