/* References from cells of several subjects: means, variances and their fall back, who is left out, markers and
 * weights. */
#include "deconvolve/reference/cell_reference.h"

#include <math.h>
#include <string.h>

#include "testing/testing.h"

enum { GENES = 5, CELLS = 8 };

static void add_words(unmix_context *cx, um_names *names, const char *words)
{
    while (*words) {
        const size_t length = strcspn(words, " ");
        assert_ok(cx, um_names_add(cx, names, words, length));
        words += length + strspn(words + length, " ");
    }
}

/* Type B: cells 1 and 2 of donor x, 3 of y; type T: 4 of x, 5 of z (without a count); 6 has no donor, 7 no type, 8 is
 * "none". */
static const double counts[GENES * CELLS] = {
    4, 0, 2, 0, 0, 9, 9, 7, /* g1 */
    0, 4, 6, 0, 0, 9, 9, 0, /* g2 */
    0, 0, 0, 8, 0, 9, 9, 0, /* g3 */
    0, 0, 0, 0, 0, 0, 0, 5, /* g4: of "none" alone */
    0, 0, 0, 2, 0, 0, 0, 0, /* g5 */
};

typedef struct fixture {
    unmix_context *cx;
    um_matrix cells;
    um_source source;
    um_names types, donors;
    int64_t type[CELLS], donor[CELLS];
    const char *drop[1];
    unmix_signature_options options;
    um_cell_sums sums;
    um_cell_reference reference;
} fixture;

static void open_fixture(fixture *f)
{
    *f = (fixture){.cx = um_test_context(),
                   .type = {0, 0, 0, 1, 1, 0, -1, 2},
                   .donor = {0, 0, 1, 0, 2, -1, 0, 0},
                   .drop = {"none"}};
    add_words(f->cx, &f->cells.rows, "g1 g2 g3 g4 g5");
    add_words(f->cx, &f->cells.columns, "c1 c2 c3 c4 c5 c6 c7 c8");
    assert_ok(f->cx, um_matrix_allocate(f->cx, &f->cells));
    assert_ok(f->cx, um_matrix_set_origin(f->cx, &f->cells, "cells.tsv"));
    memcpy(f->cells.values, counts, sizeof counts);
    um_source_of_matrix(&f->source, &f->cells);
    add_words(f->cx, &f->types, "B T none");
    add_words(f->cx, &f->donors, "x y z w");
    f->options.drop = f->drop;
    f->options.n_drop = 1;
}

static unmix_status take(fixture *f)
{
    const um_cell_labels labels = {&f->types, f->type, &f->donors, f->donor, 10};
    return um_cell_sums_take(f->cx, &f->source, &labels, &f->options, &f->sums);
}

static void form(fixture *f)
{
    assert_ok(f->cx, take(f));
    assert_ok(f->cx, um_cell_reference_form(f->cx, &f->sums, &f->reference));
}

static void close_fixture(fixture *f)
{
    um_cell_sums_clear(&f->sums);
    um_cell_reference_clear(&f->reference);
    um_source_close(&f->source);
    um_matrix_clear(&f->cells);
    um_names_clear(&f->types);
    um_names_clear(&f->donors);
    unmix_context_free(f->cx);
}

static void cells_add_up_by_type_and_subject(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f);
    assert_ok(f.cx, take(&f));
    assert_int_equal(f.sums.n_subjects, 3);
    assert_int_equal(f.sums.n_groups, 4);
    um_assert_close(um_cell_sums_of(&f.sums, 0, 0), (const double[]){4, 4, 0, 0, 0}, 5, 0.0, 0.0, "B of x");
    um_assert_close(um_cell_sums_of(&f.sums, 0, 1), (const double[]){2, 6, 0, 0, 0}, 5, 0.0, 0.0, "B of y");
    um_assert_close(um_cell_sums_of(&f.sums, 1, 0), (const double[]){0, 0, 8, 0, 2}, 5, 0.0, 0.0, "T of x");
    assert_null(um_cell_sums_of(&f.sums, 1, 1));
    assert_non_null(strstr(um_test_log(), "cells.tsv: 1 of 8 cells have no label and are left out"));
    assert_non_null(strstr(um_test_log(), "cells.tsv: cells with dropped labels are left out: 1"));
    assert_non_null(strstr(um_test_log(), "cells.tsv: 1 cells have no subject and are left out"));
    assert_non_null(strstr(um_test_log(), "cells.tsv: no cell has the subject 'w'; it is left out"));
    close_fixture(&f);
}

/* B: theta (1/2, 1/2) of x and (1/4, 3/4) of y, sizes 4 and 8. T has counts of x alone: 8 and 2 of 10. */
static void means_and_variances_run_over_subjects_with_counts(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f);
    form(&f);
    const double mean[10] = {0.375, 0, 0.625, 0, 0, 0.8, 0, 0, 0, 0.2};
    const double variance[10] = {0.03125, 0, 0.03125, 0, 0, 0.08, 0, 0, 0, 0.02}; /* of T: mean / 10 counts */
    const double signatures[10] = {2, 0, 10.0 / 3, 0, 0, 4, 0, 0, 0, 1}; /* T over both cells, also the empty one */
    um_assert_close(f.reference.mean.values, mean, 10, 0.0, 0.0, "mean");
    um_assert_close(f.reference.variance.values, variance, 10, 1e-15, 0.0, "variance");
    um_assert_close(f.reference.cell_size.values, (const double[]){6, 10}, 2, 0.0, 0.0, "cell size");
    um_assert_close(f.reference.signatures.values, signatures, 10, 1e-15, 0.0, "signatures");
    assert_int_equal(f.reference.n_poisson, 1);
    assert_non_null(strstr(um_test_log(), "fewer than two subjects have cells of these types"));
    close_fixture(&f);
}

static void one_subject_is_said_for_all_types(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f);
    memset(f.donor, 0, sizeof f.donor);
    form(&f);
    assert_int_equal(f.reference.n_subjects, 1);
    assert_int_equal(f.reference.n_poisson, 2);
    assert_non_null(strstr(um_test_log(), "fewer than two subjects have cells of any type"));
    assert_non_null(strstr(um_test_log(), "not between people: B, T"));
    close_fixture(&f);
}

static void subjects_that_are_none_are_refused(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f);
    const int64_t own[CELLS] = {0, 1, 2, 3, -1, -1, -1, -1};
    memcpy(f.donor, own, sizeof own);
    assert_refused(f.cx, take(&f), UNMIX_ERROR_INPUT,
                   "cells.tsv: each of the 4 cells has a subject of its own, so there is no variance within a subject");
    for (size_t i = 0; i < CELLS; i++)
        f.donor[i] = -1;
    assert_refused(f.cx, take(&f), UNMIX_ERROR_INPUT, "cells.tsv: no cell with a type has a subject");
    close_fixture(&f);
}

/*
 * Shares: B (3/8, 5/8, 0, 0, 0), counts 16; T (0, 0, 4/5, 0, 1/5), counts 10. A mean elsewhere counts as at least one
 * of those: g2 of B has 5/8 / (1/10), g1 3/8 / (1/10); g3 of T 4/5 / (1/16), g5 1/5 / (1/16).
 */
static void markers_have_the_largest_ratios(void **state)
{
    (void)state;
    fixture f;
    um_matrix weights = {0};
    open_fixture(&f);
    form(&f);
    assert_ok(f.cx, um_markers_choose(f.cx, &f.reference, 1, &weights));
    um_assert_close(weights.values, (const double[]){0, 3.75, 1, 6.25, 1, 12.8, 0, 0, 0, 3.2}, 10, 1e-15, 0.0,
                    "markers");
    assert_string_equal(um_name(&weights.columns, 0), "weight");
    um_matrix_clear(&weights);
    assert_ok(f.cx, um_markers_choose(f.cx, &f.reference, 3, &weights));
    for (size_t g = 0; g < GENES; g++)
        assert_true(um_row(&weights, g)[0] == (g == 3 ? 0.0 : 1.0));
    assert_non_null(strstr(um_test_log(), "fewer than 3 genes are higher in these types than in all others: B, T"));
    um_matrix_clear(&weights);
    close_fixture(&f);
}

static void one_type_has_no_markers(void **state)
{
    (void)state;
    fixture f;
    um_matrix weights = {0};
    open_fixture(&f);
    for (size_t i = 0; i < CELLS; i++)
        f.type[i] = f.type[i] == 0 ? 0 : -1;
    form(&f);
    assert_refused(f.cx, um_markers_choose(f.cx, &f.reference, 3, &weights), UNMIX_ERROR_INPUT,
                   "there is only one ('B')");
    close_fixture(&f);
}

/* 1 / (1 + variance / square) with the shares of the signatures: g1 (3/8)^2 and 1/32; g3 (4/5)^2 and 0.08; g4 expressed
 * by none. */
static void genes_that_differ_between_people_count_less(void **state)
{
    (void)state;
    fixture f;
    um_matrix weights = {0};
    open_fixture(&f);
    form(&f);
    assert_ok(f.cx, um_variance_weights(f.cx, &f.reference.signatures, &f.reference.variance, &weights));
    const double want[5] = {1 / (1 + 0.03125 / 0.140625), 1 / (1 + 0.03125 / 0.390625), 1 / (1 + 0.08 / 0.64), 1.0,
                            1 / (1 + 0.02 / 0.04)};
    um_assert_close(weights.values, want, 5, 1e-14, 0.0, "weights");
    um_matrix_clear(&weights);
    um_names_clear(&f.reference.variance.columns);
    add_words(f.cx, &f.reference.variance.columns, "B NK");
    assert_refused(f.cx, um_variance_weights(f.cx, &f.reference.signatures, &f.reference.variance, &weights),
                   UNMIX_ERROR_INPUT, "there is no variance of type 'T'");
    close_fixture(&f);
}

/* Two types of three subjects with these numbers of cells, a count each. */
static void form_of(unmix_context *cx, size_t cells[6])
{
    size_t group[6] = {0, 1, 2, 3, 4, 5};
    double sum[6], total[6];
    for (size_t i = 0; i < 6; i++)
        sum[i] = total[i] = (double)cells[i];
    um_cell_sums sums = {.origin = "cells.tsv", .n_subjects = 3, .group = group, .cells = cells, .n_groups = 6, .sum = sum,
                         .total = total};
    um_cell_reference reference = {0};
    add_words(cx, &sums.genes, "g1");
    add_words(cx, &sums.types, "B T");
    add_words(cx, &sums.subjects, "x y z");
    assert_ok(cx, um_cell_reference_form(cx, &sums, &reference));
    um_cell_reference_clear(&reference);
    um_names_clear(&sums.genes);
    um_names_clear(&sums.types);
    um_names_clear(&sums.subjects);
}

/* One donor with nine cells of a type, and the same with all donors of few: sorted samples. */
static void subjects_with_few_cells_of_a_type_are_named(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    form_of(cx, (size_t[]){12, 10, 9, 20, 30, 40});
    assert_non_null(strstr(um_test_log(), "cells.tsv: subjects with few cells (under 10) of a type, whose mean of it counts as "
                                          "much as any other's: 'B' of 'z' (9)\n"));
    unmix_context_free(cx);
    cx = um_test_context();
    form_of(cx, (size_t[]){3, 2, 9, 1, 3, 40});
    assert_null(strstr(um_test_log(), "few cells"));
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_add_up_by_type_and_subject),
        cmocka_unit_test(means_and_variances_run_over_subjects_with_counts),
        cmocka_unit_test(one_subject_is_said_for_all_types),
        cmocka_unit_test(subjects_with_few_cells_of_a_type_are_named),
        cmocka_unit_test(subjects_that_are_none_are_refused),
        cmocka_unit_test(markers_have_the_largest_ratios),
        cmocka_unit_test(one_type_has_no_markers),
        cmocka_unit_test(genes_that_differ_between_people_count_less),
    };
    return um_run_group(tests);
}
