/* Gene scores against scanpy (tests/golden/score.py). */
#include "programs/score/score.h"

#include "golden/cells.h"
#include "golden/score_golden.h"
#include "testing/testing.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { LISTS = 2 };

/*
 * A score is the difference of two means over at most 200 values below 6, added up in another order than scanpy's: each
 * mean is off by at most 200 x 2^-53 x 6 = 1.4e-13. A z-score divides by a deviation above 0.1.
 */
static const double allowed = 3e-13, allowed_standard = 1e-11;

static unmix_context *cx;
static um_names names[2][LISTS]; /* for all genes, for the first few */
static um_gene_list lists[2][LISTS];

static void fill(um_names *list, const char *const *genes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_ok(cx, um_names_add(cx, list, genes[i], strlen(genes[i])));
}

static int open_all(void **state)
{
    (void)state;
    cx = um_test_context();
    fill(&names[0][0], golden_list_0, COUNT(golden_list_0));
    fill(&names[0][1], golden_list_1, COUNT(golden_list_1));
    fill(&names[1][0], golden_list_few_0, COUNT(golden_list_few_0));
    fill(&names[1][1], golden_list_few_1, COUNT(golden_list_few_1));
    for (size_t few = 0; few < 2; few++)
        for (size_t l = 0; l < LISTS; l++)
            lists[few][l] = (um_gene_list){l ? "long" : "short", &names[few][l]};
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * LISTS; i++)
        um_names_clear(&names[i / LISTS][i % LISTS]);
    unmix_context_free(cx);
    return 0;
}

static void score(const golden_score *c, double *got)
{
    um_matrix matrix = {0};
    um_source source = {0};
    um_cells cells = {0};
    const um_cells_options options = {.kind = UM_CELLS_DETECT};
    const um_score_options how = {
        .controls = c->controls, .bins = c->bins, .seed = c->seed, .controls_as_reference = c->reference};
    golden_cells(cx, &matrix, c->genes, GOLDEN_FACTOR_DOUBLE);
    if (c->missing)
        golden_cells_without(&matrix);
    um_source_of_matrix(&source, &matrix);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &options, NULL, 1));
    assert_ok(cx, um_score(cx, &cells, lists[c->genes < GOLDEN_GENES], LISTS, &how, got));
    um_cells_clear(&cells);
    um_source_close(&source);
    um_matrix_clear(&matrix);
}

static void the_same_scores_as_scanpy(void **state)
{
    (void)state;
    static double got[GOLDEN_CELLS * LISTS];
    for (size_t i = 0; i < COUNT(golden_scores); i++) {
        score(&golden_scores[i], got);
        um_assert_close(got, golden_scores[i].scores, GOLDEN_CELLS * LISTS, 0.0, allowed, "scores");
    }
}

static void the_same_standard_scores_as_numpy(void **state)
{
    (void)state;
    static double got[GOLDEN_CELLS * LISTS];
    um_score_standardise(cx, lists[0], LISTS, GOLDEN_CELLS, golden_scores_drawn, got);
    um_assert_close(got, golden_standard_scores, GOLDEN_CELLS * LISTS, 0.0, allowed_standard, "z-scores");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_scores_as_scanpy),
        cmocka_unit_test(the_same_standard_scores_as_numpy),
    };
    return cmocka_run_group_tests(tests, open_all, close_all) != 0 ? 1 : 0;
}
