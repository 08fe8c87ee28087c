/* Cells: what the values are taken for, how they are scaled, what is missing, what is refused. */
#include "programs/cells/cells.h"

#include <math.h>

#include "programs_table.h"

enum { GENES = 7, CELLS = 150 }; /* more cells than the first block holds */

static const um_cells_options detect = {.kind = UM_CELLS_DETECT};
static const um_cells_options normal = {.kind = UM_CELLS_DETECT, .target = 1e4, .log1p = 1};
static const size_t all_genes[GENES] = {0, 1, 2, 3, 4, 5, 6};

static unmix_context *cx;
static um_matrix matrix;
static um_source source;
static um_cells cells;
static um_sparse X, missing;

static int set_up(void **state)
{
    (void)state;
    cx = um_test_context();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    um_sparse_clear(&X);
    um_sparse_clear(&missing);
    um_cells_clear(&cells);
    um_source_close(&source);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
    return 0;
}

static void open_table(double (*value)(size_t, size_t))
{
    table_make(cx, &matrix, GENES, CELLS, value);
    um_source_of_matrix(&source, &matrix);
}

/* ---- What the values look like ---- */

static double count(size_t g, size_t c)
{
    return g == 5 || c == 20 ? 0.0 : (double)((g * 13 + c * 7) % 11) + (g == 6 ? 100.0 : 0.0);
}

/* Whole in the first block: the table is believed to be counts until cell 100. */
static double late_fraction(size_t g, size_t c)
{
    return g == 1 && c == 100 ? 0.5 : (double)((g + c) % 9);
}

/* Below 30 and not whole at first, larger at the end. */
static double late_large(size_t g, size_t c)
{
    return g == 1 && c == 140 ? 1000.0 : late_fraction(g, c);
}

static void counts_are_whole(void **state)
{
    (void)state;
    open_table(count);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &detect, NULL, 1));
    assert_int_equal(cells.kind, UM_CELLS_COUNTS);
    assert_true(cells.maximum == 110.0 && cells.fraction == 0.0 && cells.single);
    assert_int_equal(cells.empty, 1);
    assert_non_null(strstr(um_test_log(), "taken as counts (all whole, the largest is 110)"));
    assert_non_null(strstr(um_test_log(), "1 cells have no value above zero"));
}

static void fractions_below_30_are_logged(void **state)
{
    (void)state;
    open_table(late_fraction);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &normal, NULL, 1));
    assert_int_equal(cells.kind, UM_CELLS_LOGGED);
    assert_true(cells.fraction == 0.5);
    assert_true(cells.target == 0.0 && !cells.log1p); /* taken as they are, whatever is wanted for counts */
}

static void large_fractions_are_linear(void **state)
{
    (void)state;
    open_table(late_large);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &normal, NULL, 1));
    assert_int_equal(cells.kind, UM_CELLS_LINEAR);
    assert_true(cells.target == 1e4 && cells.log1p);
}

static void what_the_user_says_counts(void **state)
{
    (void)state;
    open_table(late_fraction);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &(um_cells_options){UM_CELLS_LINEAR, 10.0, 0}, NULL, 1));
    assert_int_equal(cells.kind, UM_CELLS_LINEAR);
    assert_true(cells.target == 10.0);
    assert_non_null(strstr(um_test_log(), "look log-transformed (0.5 is not whole, the largest is 8)"));
}

static double small_count(size_t g, size_t c)
{
    return (double)((g + c) % 9);
}

static void whole_logged_values_are_taken_with_a_warning(void **state)
{
    (void)state;
    open_table(small_count);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &(um_cells_options){.kind = UM_CELLS_LOGGED}, NULL, 1));
    assert_non_null(strstr(um_test_log(), "all values are whole"));
}

/* ---- Sums ---- */

/* After beginning again, every cell is in the sums once. 150 values below e^8: sums are good to 150 x 2^-53. */
static void sums_are_those_of_all_cells(void **state)
{
    (void)state;
    static const double relative = 1e-13;
    open_table(late_fraction);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &(um_cells_options){.kind = UM_CELLS_DETECT}, NULL, 1));
    for (size_t g = 0; g < GENES; g++) {
        double above = 0, sum = 0, squares = 0, log_sum = 0, log_squares = 0;
        for (size_t c = 0; c < CELLS; c++) {
            const double y = late_fraction(g, c), x = (float)expm1(y);
            above += y > 0;
            sum += x;
            squares += (float)(x * x);
            log_sum += y;
            log_squares += y * y;
        }
        const um_moment *m = &cells.moments.gene[g];
        const double got[5] = {m->above, m->sum, m->squares, m->log_sum, m->log_squares};
        const double want[5] = {above, sum, squares, log_sum, log_squares};
        um_assert_close(got, want, 5, relative, 0.0, "moments");
        assert_int_equal(cells.entries[g], (size_t)above);
    }
    assert_int_equal(cells.moments.cells[0], CELLS);
}

static void cells_outside_all_batches_are_not_in_the_sums(void **state)
{
    (void)state;
    int64_t batch[CELLS];
    double inside[2] = {0};
    for (size_t c = 0; c < CELLS; c++) {
        batch[c] = (int64_t)(c % 3) - 1;
        if (batch[c] >= 0)
            inside[batch[c]] += late_fraction(3, c);
    }
    open_table(late_fraction);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &detect, batch, 2));
    assert_int_equal(cells.moments.cells[0], CELLS / 3);
    assert_int_equal(cells.moments.cells[1], CELLS / 3);
    assert_true(cells.moments.gene[3].log_sum == inside[0]);
    assert_true(cells.moments.gene[GENES + 3].log_sum == inside[1]);
}

/* The same source, in blocks of other sizes. */
static void blocks_do_not_change_a_bit(void **state)
{
    (void)state;
    um_cells again = {0};
    um_sparse Y = {0}, none = {0};
    open_table(count);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &normal, NULL, 1));
    assert_ok(cx, um_cells_read(cx, &cells, all_genes, GENES, &X, &missing));
    source.preferred_block = CELLS - 1;
    assert_ok(cx, um_cells_look(cx, &again, &source, &normal, NULL, 1));
    assert_ok(cx, um_cells_read(cx, &again, all_genes, GENES, &Y, &none));
    assert_memory_equal(cells.moments.gene, again.moments.gene, GENES * sizeof *again.moments.gene);
    assert_int_equal(um_sparse_entries(&X), um_sparse_entries(&Y));
    assert_memory_equal(X.start, Y.start, (CELLS + 1) * sizeof *X.start);
    assert_memory_equal(X.value, Y.value, um_sparse_entries(&X) * sizeof *X.value);
    um_sparse_clear(&Y);
    um_cells_clear(&again);
}

/* ---- X ---- */

static double dense(const um_sparse *m, size_t row, size_t column)
{
    for (size_t i = m->start[row]; i < m->start[row + 1]; i++)
        if (m->column[i] == column)
            return m->value ? m->value[i] : 1.0;
    return 0.0;
}

/* Three roundings to single precision (divisor, quotient, logarithm) and one of the total: 4 x 2^-24. */
static void counts_are_scaled_and_logged_in_single_precision(void **state)
{
    (void)state;
    open_table(count);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &normal, NULL, 1));
    assert_ok(cx, um_cells_read(cx, &cells, all_genes, GENES, &X, &missing));
    assert_null(missing.start);
    for (size_t c = 0; c < CELLS; c++)
        for (size_t g = 0; g < GENES; g++) {
            double total = 0;
            for (size_t h = 0; h < GENES; h++)
                total += count(h, c);
            const double want = total > 0 ? log1p(count(g, c) * 1e4 / total) : 0.0, got = dense(&X, c, g);
            um_assert_close(&got, &want, 1, 0x1p-22, 0.0, "X");
            assert_true((double)(float)got == got);
        }
    assert_non_null(strstr(um_test_log(), "1 of 150 cells are zero in all of the 7 chosen genes"));
    assert_non_null(strstr(um_test_log(), "the first is 'c20'"));
}

static double decimal(size_t g, size_t c)
{
    return 40.1 * count(g, c);
}

static void other_numbers_are_scaled_in_double(void **state)
{
    (void)state;
    static const size_t gene[2] = {6, 2}; /* totals are over all genes, columns in the order asked for */
    open_table(decimal);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &(um_cells_options){UM_CELLS_DETECT, 100.0, 0}, NULL, 1));
    assert_false(cells.single);
    assert_ok(cx, um_cells_read(cx, &cells, gene, 2, &X, &missing));
    for (size_t c = 0; c < CELLS; c++)
        for (size_t j = 0; j < 2; j++) {
            double total = 0;
            for (size_t h = 0; h < GENES; h++)
                total += decimal(h, c);
            const double want = total > 0 ? decimal(gene[j], c) * 100.0 / total : 0.0, got = dense(&X, c, j);
            um_assert_close(&got, &want, 1, 1e-14, 0.0, "X"); /* a sum of 7 and two operations */
        }
    for (size_t i = 0; i < um_sparse_entries(&X); i++)
        assert_true(i == 0 || X.column[i] < 2);
    for (size_t c = 0; c < CELLS; c++)
        for (size_t i = X.start[c] + 1; i < X.start[c + 1]; i++)
            assert_true(X.column[i - 1] < X.column[i]);
}

static double with_gaps(size_t g, size_t c)
{
    return (g + c) % 10 == 3 ? NAN : count(g, c);
}

static void missing_entries_stay_missing(void **state)
{
    (void)state;
    open_table(with_gaps);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &detect, NULL, 1));
    assert_ok(cx, um_cells_read(cx, &cells, all_genes, GENES, &X, &missing));
    assert_null(missing.value);
    for (size_t c = 0; c < CELLS; c++) {
        double total = 0;
        for (size_t g = 0; g < GENES; g++) {
            const int gone = (g + c) % 10 == 3;
            assert_true(dense(&missing, c, g) == gone);
            assert_true(dense(&X, c, g) == (gone ? 0.0 : count(g, c)));
            total += gone ? 0.0 : count(g, c);
        }
        assert_true(cells.total[c] == total);
    }
    assert_true(cells.moments.gene[2].missing == CELLS / 10.0);
}

/* ---- Refusals ---- */

static double zero(size_t g, size_t c)
{
    (void)g;
    (void)c;
    return 0.0;
}

static void nothing_to_see_is_refused(void **state)
{
    (void)state;
    open_table(zero);
    assert_refused(cx, um_cells_look(cx, &cells, &source, &detect, NULL, 1), UNMIX_ERROR_INPUT, "all values are zero");
    um_cells_clear(&cells);
    um_matrix_clear(&matrix);
    table_make(cx, &matrix, GENES, 0, zero);
    assert_refused(cx, um_cells_look(cx, &cells, &source, &detect, NULL, 1), UNMIX_ERROR_INPUT, "no cells");
    um_matrix_clear(&matrix);
    table_make(cx, &matrix, 0, CELLS, zero);
    assert_refused(cx, um_cells_look(cx, &cells, &source, &detect, NULL, 1), UNMIX_ERROR_INPUT, "no genes");
}

static void a_gene_twice_is_refused(void **state)
{
    (void)state;
    open_table(count);
    um_names_clear(&matrix.rows);
    for (const char *name = "abcdbfg"; *name; name++)
        assert_ok(cx, um_names_add(cx, &matrix.rows, name, 1));
    assert_refused(cx, um_cells_look(cx, &cells, &source, &detect, NULL, 1), UNMIX_ERROR_INPUT,
                   "gene 'b' stands in row 2 and in row 5");
}

static double enormous(size_t g, size_t c)
{
    return 1000.0 + (double)(g * c);
}

static void logarithms_beyond_all_bounds_are_refused(void **state)
{
    (void)state;
    open_table(enormous);
    assert_refused(cx, um_cells_look(cx, &cells, &source, &(um_cells_options){.kind = UM_CELLS_LOGGED}, NULL, 1),
                   UNMIX_ERROR_INPUT, "taken as log-normalised values gives numbers beyond all bounds");
}

static double beyond_counts(size_t g, size_t c)
{
    return g == 1 && c == 130 ? 2e15 : count(g, c);
}

static void more_than_any_count_is_refused(void **state)
{
    (void)state;
    open_table(beyond_counts);
    assert_refused(cx, um_cells_look(cx, &cells, &source, &detect, NULL, 1), UNMIX_ERROR_INPUT,
                   "largest value is 2e+15");
}

static void a_choice_without_values_is_refused(void **state)
{
    (void)state;
    static const size_t silent[1] = {5};
    open_table(count);
    assert_ok(cx, um_cells_look(cx, &cells, &source, &detect, NULL, 1));
    assert_refused(cx, um_cells_read(cx, &cells, NULL, 0, &X, &missing), UNMIX_ERROR_INPUT, "no genes are chosen");
    assert_refused(cx, um_cells_read(cx, &cells, silent, 1, &X, &missing), UNMIX_ERROR_INPUT,
                   "every cell is zero in the 1 chosen genes");
    assert_null(X.start);
    assert_null(missing.start);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(counts_are_whole),
        TEST(fractions_below_30_are_logged),
        TEST(large_fractions_are_linear),
        TEST(what_the_user_says_counts),
        TEST(whole_logged_values_are_taken_with_a_warning),
        TEST(sums_are_those_of_all_cells),
        TEST(cells_outside_all_batches_are_not_in_the_sums),
        TEST(blocks_do_not_change_a_bit),
        TEST(counts_are_scaled_and_logged_in_single_precision),
        TEST(other_numbers_are_scaled_in_double),
        TEST(missing_entries_stay_missing),
        TEST(nothing_to_see_is_refused),
        TEST(a_gene_twice_is_refused),
        TEST(logarithms_beyond_all_bounds_are_refused),
        TEST(more_than_any_count_is_refused),
        TEST(a_choice_without_values_is_refused),
    };
    return um_run_group(tests);
}
