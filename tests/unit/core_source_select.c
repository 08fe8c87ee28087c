/* Rows of a source in another order, under columns of other names. */
#include "core/source_select.h"

#include <string.h>

#include "testing/testing.h"

static void add(unmix_context *cx, um_names *names, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_ok(cx, um_names_add(cx, names, texts[i], strlen(texts[i])));
}

/* Rows that repeat come several times; the others keep their values and other names. */
static void rows_are_chosen_and_columns_renamed(void **state)
{
    (void)state;
    static const char *const genes[] = {"a", "b", "c", "b"}, *const ids[] = {"ia", "ib", "ic", "id"}, *const cells[] = {"s1", "s2"};
    static const char *const wanted[] = {"c", "b"};
    static const double values[] = {1, 2, 3, 0, 5, 6, 7, 8};
    unmix_context *cx = um_test_context();
    um_matrix m = {0};
    um_names rows = {0}, other = {0};
    add(cx, &m.rows, genes, 4);
    add(cx, &m.columns, cells, 2);
    add(cx, &other, ids, 4);
    add(cx, &rows, wanted, 2);
    assert_ok(cx, um_matrix_allocate(cx, &m));
    memcpy(m.values, values, sizeof values);
    assert_ok(cx, um_aliases_add(cx, &m.aliases, "id", &other));
    um_source from, to;
    um_block block = {0};
    um_source_of_matrix(&from, &m);
    assert_ok(cx, um_source_select(cx, &from, &rows, "2:", &to));
    assert_string_equal(um_name(to.columns, 1), "2:s2");
    assert_string_equal(um_name(&to.aliases->names[0], 0), "ic");
    assert_string_equal(um_name(&to.aliases->names[0], 1), "ib");
    assert_ok(cx, um_source_read(cx, &to, 0, 2, &block));
    static const size_t start[] = {0, 3, 5};
    static const uint32_t row[] = {1, 0, 1, 0, 1};
    static const double value[] = {3, 5, 7, 6, 8};
    assert_memory_equal(block.start, start, sizeof start);
    assert_memory_equal(block.row, row, sizeof row);
    assert_memory_equal(block.value, value, sizeof value);
    um_block_clear(&block);
    um_source_close(&to);
    um_names_clear(&rows);
    um_matrix_clear(&m);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_chosen_and_columns_renamed),
    };
    return um_run_group(tests);
}
