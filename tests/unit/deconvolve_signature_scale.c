/* The scale of signatures: what the numbers of a file say of the sums of its columns. */
#include "deconvolve/problem/signature_scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "testing/testing.h"

/* The values of a gene and a type. */
typedef double (*values)(size_t gene, size_t type);

static um_matrix matrix(unmix_context *cx, size_t genes, size_t types, values value)
{
    um_matrix m = {0};
    char name[32];
    for (size_t g = 0; g < genes; g++)
        assert_ok(cx, um_names_add(cx, &m.rows, name, (size_t)snprintf(name, sizeof name, "g%zu", g)));
    for (size_t t = 0; t < types; t++)
        assert_ok(cx, um_names_add(cx, &m.columns, name, (size_t)snprintf(name, sizeof name, "t%zu", t)));
    assert_ok(cx, um_matrix_allocate(cx, &m));
    for (size_t g = 0; g < genes; g++)
        for (size_t t = 0; t < types; t++)
            um_row(&m, g)[t] = value(g, t);
    return m;
}

/* 0 to some hundreds, most of them few. */
static double count(size_t g, size_t t)
{
    return floor(200.0 * pow(fabs(sin(1.7 * (double)g + 0.9 * (double)t)), 6.0)) + (double)(g == t);
}

static double broken(size_t g, size_t t)
{
    return (1.0 + (double)t) * exp(3.0 * sin(12.9 * (double)g + 78.2 * (double)t));
}

static double mean_of_cells(size_t g, size_t t)
{
    return count(g, t) / (t ? 37.0 : 120.0);
}

static double mean_in_single_precision(size_t g, size_t t)
{
    return (double)(float)mean_of_cells(g, t);
}

static double two_decimals(size_t g, size_t t)
{
    return round(100.0 * broken(g, t)) / 100.0;
}

/* Each value stands once in every column. */
static double equal(size_t g, size_t t)
{
    return broken((g + 17 * t) % 400, 0);
}

static double nearly_equal(size_t g, size_t t)
{
    return equal(g, t) * (t ? 1.009 : 1.0);
}

static double whole_and_equal(size_t g, size_t t)
{
    return floor(equal(g, t));
}

static void files_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        values value;
        size_t genes;
        um_scale_evidence want;
        unmix_signature_scale scale;
    } cases[] = {
        {"counts", count, 400, UM_SCALE_OF_COUNTS, UNMIX_SIGNATURE_SCALE_NONE},
        {"counts of many genes", count, 6000, UM_SCALE_OF_COUNTS, UNMIX_SIGNATURE_SCALE_NONE},
        {"counts of equal sums", whole_and_equal, 400, UM_SCALE_OF_COUNTS, UNMIX_SIGNATURE_SCALE_NONE},
        {"means of counts", mean_of_cells, 400, UM_SCALE_OF_MEANS, UNMIX_SIGNATURE_SCALE_NONE},
        {"means in single precision", mean_in_single_precision, 400, UM_SCALE_OF_MEANS, UNMIX_SIGNATURE_SCALE_NONE},
        {"a panel", broken, 400, UM_SCALE_OF_PANEL, UNMIX_SIGNATURE_SCALE_COLUMNS},
        {"a panel with two decimals", two_decimals, 400, UM_SCALE_OF_PANEL, UNMIX_SIGNATURE_SCALE_COLUMNS},
        {"the largest panel", broken, 4999, UM_SCALE_OF_PANEL, UNMIX_SIGNATURE_SCALE_COLUMNS},
        {"more than a panel", broken, 5000, UM_SCALE_UNKNOWN, UNMIX_SIGNATURE_SCALE_NONE},
        {"a common unit", equal, 400, UM_SCALE_EQUAL, UNMIX_SIGNATURE_SCALE_COLUMNS},
        {"sums within 1%", nearly_equal, 400, UM_SCALE_EQUAL, UNMIX_SIGNATURE_SCALE_COLUMNS},
    };
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_matrix m = matrix(cx, cases[i].genes, 3, cases[i].value);
        const um_scale_evidence got = um_signature_sums(&m, cases[i].genes, 20000);
        if (got != cases[i].want || um_signature_scale_of(got) != cases[i].scale)
            fail_msg("%s: %d", cases[i].what, (int)got);
        um_matrix_clear(&m);
    }
    unmix_context_free(cx);
}

/* A bulk of the genes of the signatures leaves no panel. */
static void a_panel_is_few_of_the_genes_of_the_bulk(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix m = matrix(cx, 400, 3, broken);
    assert_int_equal(um_signature_sums(&m, 400, 800), UM_SCALE_OF_PANEL);
    assert_int_equal(um_signature_sums(&m, 400, 799), UM_SCALE_UNKNOWN);
    assert_int_equal(um_signature_sums(&m, 390, 400), UM_SCALE_UNKNOWN);
    um_matrix_clear(&m);
    unmix_context_free(cx);
}

/* Whatever was done, the line says so and how to do the other. */
static void lines_name_the_option_that_overrules(void **state)
{
    (void)state;
    for (um_scale_evidence e = UM_SCALE_OF_COUNTS; e <= UM_SCALE_UNKNOWN; e = (um_scale_evidence)(e + 1)) {
        const int used = um_signature_scale_of(e) == UNMIX_SIGNATURE_SCALE_COLUMNS;
        assert_non_null(strstr(um_signature_scale_words(e), used ? "--signature-scale none" : "--signature-scale columns"));
    }
}

static void equal_sums_change_nothing(void **state)
{
    (void)state;
    assert_false(um_sums_differ((const double[]){5.0}, 1));
    assert_false(um_sums_differ((const double[]){1.0, 1.0 + 1e-9, 1.0}, 3));
    assert_true(um_sums_differ((const double[]){1.0, 1.001}, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_told_apart),
        cmocka_unit_test(a_panel_is_few_of_the_genes_of_the_bulk),
        cmocka_unit_test(lines_name_the_option_that_overrules),
        cmocka_unit_test(equal_sums_change_nothing),
    };
    return um_run_group(tests);
}
