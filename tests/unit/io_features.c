/* Which features are kept and what they are called. */
#include "io/tenx/features.h"

#include <string.h>

#include "testing/testing.h"

static void add_all(unmix_context *cx, um_names *names, const char *const *texts)
{
    for (; *texts; texts++)
        assert_ok(cx, um_names_add(cx, names, *texts, strlen(*texts)));
}

static void assert_names(const um_names *names, const char *const *want)
{
    size_t n = 0;
    for (; want[n]; n++) {
        assert_true(n < names->count);
        assert_string_equal(um_name(names, n), want[n]);
    }
    assert_int_equal(names->count, n);
}

/* What anndata.utils.make_index_unique() (anndata 0.12) gives for the same lists. */
static void unique_names(void **state)
{
    (void)state;
    static const struct {
        const char *names[9], *want[9];
        size_t changed;
    } cases[] = {
        {{"A", "B", NULL}, {"A", "B", NULL}, 0},
        {{"A", "A", "B", "A", NULL}, {"A", "A-1", "B", "A-2", NULL}, 2},
        {{"A", "A-1", "A", "A", NULL}, {"A", "A-1", "A-2", "A-3", NULL}, 2},
        {{"A", "A", "A-1", "A-1", "A-2", NULL}, {"A", "A-3", "A-1", "A-1-1", "A-2", NULL}, 2},
        {{"", "", NULL}, {"", "-1", NULL}, 1},
        {{"A", "A", "A-1", "A-1", "A-1-1", "A", NULL}, {"A", "A-2", "A-1", "A-1-2", "A-1-1", "A-3", NULL}, 3},
    };
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_names names = {0};
        size_t changed = 99;
        add_all(cx, &names, cases[i].names);
        assert_ok(cx, um_names_make_unique(cx, &names, &changed));
        assert_names(&names, cases[i].want);
        assert_int_equal(changed, cases[i].changed);
        um_names_clear(&names);
    }
    unmix_context_free(cx);
}

static void genes_are_kept(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_features features = {0};
    add_all(cx, &features.all_ids, (const char *const[]){"E1", "P1", "E2", "E3", "P2", "G1", NULL});
    add_all(cx, &features.all_names, (const char *const[]){"A", "A", "A", "", "CD3", "guide", NULL});
    add_all(cx, &features.all_kinds,
            (const char *const[]){"Gene Expression", "Antibody Capture", "Gene Expression", "Gene Expression",
                                  "Antibody Capture", "CRISPR Guide Capture", NULL});
    assert_ok(cx, um_features_settle(cx, "f.h5", &features));
    assert_names(&features.names, (const char *const[]){"A", "A-1", "E3", NULL}); /* unique after the others are gone */
    assert_names(&features.ids, (const char *const[]){"E1", "E2", "E3", NULL});
    assert_non_null(strstr(um_test_log(), "f.h5: 3 features of other kinds than 'Gene Expression' are left out: "
                                          "Antibody Capture (2), CRISPR Guide Capture (1)"));
    assert_non_null(strstr(um_test_log(), "f.h5: 1 repeated gene names are made unique"));

    size_t start[] = {0, 3, 3, 5};
    uint32_t row[] = {0, 1, 2, 4, 3};
    double value[] = {1, 2, 3, 4, 5};
    um_block block = {.count = 3, .start = start, .row = row, .value = value};
    um_features_keep(&features, &block);
    assert_memory_equal(start, ((const size_t[]){0, 2, 2, 3}), sizeof start);
    assert_memory_equal(row, ((const uint32_t[]){0, 1, 2}), 3 * sizeof *row);
    assert_memory_equal(value, ((const double[]){1, 3, 5}), 3 * sizeof *value);
    um_features_clear(&features);
    unmix_context_free(cx);
}

/* One kind alone is kept, whatever it is: the file is about nothing else. */
static void one_kind(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_features features = {0};
    add_all(cx, &features.all_ids, (const char *const[]){"P1", "P2", NULL});
    add_all(cx, &features.all_names, (const char *const[]){"CD3", "CD4", NULL});
    add_all(cx, &features.all_kinds, (const char *const[]){"Antibody Capture", "Antibody Capture", NULL});
    assert_ok(cx, um_features_settle(cx, "f.h5", &features));
    assert_int_equal(features.names.count, 2);
    assert_string_equal(um_name(&features.aliases.columns, 0), "id");
    assert_string_equal(um_name(&features.aliases.names[0], 1), "P2");
    assert_string_equal(um_test_log(), "");
    um_features_clear(&features);
    unmix_context_free(cx);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *ids[3], *names[3], *kinds[3], *part;
    } cases[] = {
        {{"P1", "G1", NULL}, {"a", "b", NULL}, {"Antibody Capture", "Custom", NULL},
         "f.h5: has features of the kinds Antibody Capture, Custom, but none is called 'Gene Expression'"},
        {{"P1", "G1", NULL}, {"a", NULL}, {NULL}, "f.h5: has 2 ids, 1 names and 0 kinds"},
        {{"P1", "G1", NULL}, {"a", "b", NULL}, {"Custom", NULL}, "f.h5: has 2 ids, 2 names and 1 kinds"},
        {{"P1", "", NULL}, {"a", "", NULL}, {NULL}, "f.h5: feature 2 has neither a name nor an id"},
    };
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_features features = {0};
        add_all(cx, &features.all_ids, cases[i].ids);
        add_all(cx, &features.all_names, cases[i].names);
        add_all(cx, &features.all_kinds, cases[i].kinds);
        assert_refused(cx, um_features_settle(cx, "f.h5", &features), UNMIX_ERROR_INPUT, cases[i].part);
        um_features_clear(&features);
    }
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unique_names),
        cmocka_unit_test(genes_are_kept),
        cmocka_unit_test(one_kind),
        cmocka_unit_test(refused),
    };
    return um_run_group(tests);
}
