#include "core/record.h"

#include "testing/testing.h"

static void facts_come_in_order_and_are_replaced(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_record record = {0};
    char text[] = "cpu";
    const unmix_fact first[] = {{.key = "device", .text = text}, {.key = "threads", .number = 2, .whole = 1}};
    const unmix_fact second[] = {{.key = "seconds", .number = 3}, {.key = "device", .text = "gpu"}};
    assert_ok(cx, um_record_put_all(cx, &record, first, 2));
    text[0] = 'x'; /* texts are copied */
    assert_string_equal(record.entry[0].text, "cpu");
    assert_ok(cx, um_record_put_all(cx, &record, second, 2));
    const um_entry tree = um_record_tree(&record);
    assert_string_equal(tree.key, "run");
    assert_int_equal(tree.form, UM_FORM_TREE);
    assert_int_equal(tree.n_entries, 3);
    assert_string_equal(tree.entries[0].key, "device");
    assert_string_equal(tree.entries[0].text, "gpu");
    assert_int_equal(tree.entries[0].kind, UM_TEXT);
    assert_string_equal(tree.entries[1].key, "threads");
    assert_int_equal(tree.entries[1].kind, UM_INTEGER);
    assert_int_equal(tree.entries[2].kind, UM_REAL);
    assert_true(tree.entries[2].number == 3);
    um_record_clear(&record);
    assert_int_equal(record.n, 0);
    unmix_context_free(cx);
}

static void keys_are_needed(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_record record = {0};
    const unmix_fact wrong[] = {{.key = NULL}, {.key = ""}, {.key = "a/b", .text = "x"}};
    for (size_t i = 0; i < 3; i++)
        assert_refused(cx, um_record_put(cx, &record, &wrong[i]), UNMIX_ERROR_ARGUMENT, "a fact of the run needs a key");
    assert_int_equal(record.n, 0);
    um_record_clear(&record);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_come_in_order_and_are_replaced),
        cmocka_unit_test(keys_are_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0 ? 1 : 0;
}
