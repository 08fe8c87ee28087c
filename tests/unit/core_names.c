/* The small parts of core: context, memory, names, lists of names, matrices and the source over a matrix. */
#include "core/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "core/source.h"
#include "testing/testing.h"

static void add(unmix_context *cx, um_names *names, const char *name)
{
    assert_ok(cx, um_names_add(cx, names, name, strlen(name)));
}

static void names_are_found_by_their_first_position(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_names names = {0};
    add(cx, &names, "CD3D");
    add(cx, &names, "");
    add(cx, &names, "MS4A1");
    add(cx, &names, "CD3D");
    assert_ok(cx, um_names_index(cx, &names));
    assert_int_equal(names.count, 4);
    assert_int_equal(um_names_find(&names, "CD3D"), 0);
    assert_int_equal(um_names_find(&names, ""), 1);
    assert_int_equal(um_names_find(&names, "MS4A1"), 2);
    assert_true(um_names_find(&names, "cd3d") == UM_NOT_FOUND);
    assert_int_equal(um_names_repeated(&names), 3);
    um_names_clear(&names);
    assert_int_equal(names.count, 0);
    unmix_context_free(cx);
}

static void names_are_taken_by_length_and_need_no_terminator(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_names names = {0};
    assert_ok(cx, um_names_add(cx, &names, "CD3D\tCD3E", 4));
    assert_string_equal(um_name(&names, 0), "CD3D");
    um_names_clear(&names);
    unmix_context_free(cx);
}

static void many_names_survive_growth_and_copying(void **state)
{
    (void)state;
    enum { COUNT = 70000 };
    unmix_context *cx = um_test_context();
    um_names names = {0}, copy = {0};
    char name[32];
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof name, "gene%d", i);
        add(cx, &names, name);
    }
    assert_ok(cx, um_names_copy(cx, &copy, &names));
    um_names_clear(&names);
    assert_ok(cx, um_names_index(cx, &copy));
    for (int i = 0; i < COUNT; i += 997) {
        (void)snprintf(name, sizeof name, "gene%d", i);
        assert_int_equal(um_names_find(&copy, name), i);
    }
    assert_true(um_names_repeated(&copy) == UM_NOT_FOUND);
    um_names_clear(&copy);
    unmix_context_free(cx);
}

static void an_index_is_dropped_when_the_list_grows(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_names names = {0};
    add(cx, &names, "a");
    assert_ok(cx, um_names_index(cx, &names));
    add(cx, &names, "b");
    assert_null(names.index);
    assert_ok(cx, um_names_index(cx, &names));
    assert_ok(cx, um_names_index(cx, &names)); /* again: no leak, no change */
    assert_int_equal(um_names_find(&names, "b"), 1);
    um_names_clear(&names);
    unmix_context_free(cx);
}

static void an_empty_list_finds_nothing(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_names names = {0};
    assert_ok(cx, um_names_index(cx, &names));
    assert_true(um_names_find(&names, "a") == UM_NOT_FOUND);
    assert_true(um_names_repeated(&names) == UM_NOT_FOUND);
    um_names_clear(&names);
    unmix_context_free(cx);
}

static void lists_name_the_first_and_count_the_rest(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_names names = {0};
    char text[200];
    assert_string_equal(um_list_names(&names, 5, text, sizeof text), "none");
    add(cx, &names, "a");
    assert_string_equal(um_list_names(&names, 5, text, sizeof text), "a");
    add(cx, &names, "b");
    add(cx, &names, "c");
    assert_string_equal(um_list_names(&names, 3, text, sizeof text), "a, b, c");
    assert_string_equal(um_list_names(&names, 2, text, sizeof text), "a, b and 1 more");
    char longer[150];
    memset(longer, 'x', sizeof longer);
    assert_ok(cx, um_names_add(cx, &names, longer, sizeof longer));
    char narrow[100];
    assert_string_equal(um_list_names(&names, 5, narrow, sizeof narrow), "a, b, c and 1 more");
    um_names_clear(&names);
    assert_ok(cx, um_names_add(cx, &names, longer, sizeof longer));
    assert_string_equal(um_list_names(&names, 5, narrow, sizeof narrow), "1 more");
    um_names_clear(&names);
    unmix_context_free(cx);
}

static void allocations_are_zeroed_and_checked(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    double *values = NULL;
    assert_ok(cx, UM_ALLOC(cx, &values, 100, "values"));
    for (int i = 0; i < 100; i++)
        assert_true(values[i] == 0.0);
    free(values);
    assert_ok(cx, UM_ALLOC(cx, &values, 0, "nothing"));
    assert_non_null(values);
    free(values);
    assert_refused(cx, UM_ALLOC(cx, &values, SIZE_MAX / 4, "values"), UNMIX_ERROR_MEMORY, "values: ");
    assert_null(values);
    assert_true(um_product_size(SIZE_MAX, 2, 1) == SIZE_MAX);
    assert_true(um_product_size((size_t)1 << 32, (size_t)1 << 31, 2) == SIZE_MAX);
    assert_true(um_product_size(0, SIZE_MAX, SIZE_MAX) == 0);
    assert_true(um_product_size(3, 5, 7) == 105);
    unmix_context_free(cx);
}

static void growth_keeps_what_was_there(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    int *numbers = NULL;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        assert_ok(cx, UM_GROW(cx, &numbers, &capacity, (size_t)i + 1, "numbers"));
        numbers[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    assert_true(capacity >= 1000 && capacity < 4000);
    assert_refused(cx, UM_GROW(cx, &numbers, &capacity, SIZE_MAX / 2, "numbers"), UNMIX_ERROR_MEMORY, "numbers: ");
    assert_int_equal(numbers[999], 999);
    free(numbers);
    unmix_context_free(cx);
}

static void the_first_failure_wins_until_cleared(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    assert_string_equal(unmix_error_message(cx), "");
    assert_int_equal(UM_FAIL(cx, UNMIX_ERROR_INPUT, "line %d", 5), UNMIX_ERROR_INPUT);
    assert_int_equal(UM_FAIL(cx, UNMIX_ERROR_WRITE, "later"), UNMIX_ERROR_INPUT);
    assert_string_equal(unmix_error_message(cx), "line 5");
    assert_int_equal(unmix_error_status(cx), UNMIX_ERROR_INPUT);
    assert_ptr_equal(strstr(unmix_error_site(cx), "core_names.c:"), unmix_error_site(cx));
    unmix_error_clear(cx);
    assert_int_equal(unmix_error_status(cx), UNMIX_OK);
    assert_string_equal(unmix_error_site(cx), "");
    assert_int_equal(UM_FAIL(cx, UNMIX_ERROR_WRITE, "now"), UNMIX_ERROR_WRITE);
    unmix_context_free(cx);
}

static void a_message_is_one_line_of_bounded_length(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    (void)UM_FAIL(cx, UNMIX_ERROR_INPUT, "gene 'a\nb\tc\x1b[31m'");
    assert_string_equal(unmix_error_message(cx), "gene 'a\\nb\\tc\\x1b[31m'");
    unmix_error_clear(cx);
    static char longer[5000];
    memset(longer, 'x', sizeof longer - 1);
    (void)UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s", longer);
    assert_true(strlen(unmix_error_message(cx)) < 2000);
    um_note(cx, "%s", "a\nb");
    assert_string_equal(um_test_log(), "a\\nb\n");
    unmix_context_free(cx);
}

static void every_status_has_a_text_and_an_exit_status(void **state)
{
    (void)state;
    assert_string_equal(unmix_status_text(UNMIX_OK), "done");
    assert_string_equal(unmix_status_text((unmix_status)99), "unknown status");
    assert_int_equal(unmix_status_exit(UNMIX_OK), 0);
    assert_int_equal(unmix_status_exit(UNMIX_ERROR_ARGUMENT), 2);
    assert_int_equal(unmix_status_exit(UNMIX_ERROR_EXISTS), 2);
    assert_int_equal(unmix_status_exit(UNMIX_ERROR_INPUT), 3);
    assert_int_equal(unmix_status_exit(UNMIX_ERROR_NO_DEVICE), 4);
    assert_int_equal(unmix_status_exit(UNMIX_ERROR_NOT_CONVERGED), 5);
    assert_int_equal(unmix_status_exit(UNMIX_ERROR_INTERRUPTED), 130);
    assert_int_equal(unmix_status_exit((unmix_status)99), 1);
    assert_string_equal(unmix_version(), UNMIX_VERSION);
}

static int stop_at_half(void *payload, const char *stage, double fraction)
{
    (void)snprintf(payload, 64, "%s", stage);
    return fraction >= 0.5;
}

static void progress_can_stop_a_run(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    assert_ok(cx, um_progress(cx, 0.9, "nobody listens"));
    char stage[64] = "";
    unmix_set_progress(cx, stop_at_half, stage);
    assert_ok(cx, um_progress(cx, 0.1, "reading %s", "counts.tsv"));
    assert_string_equal(stage, "reading counts.tsv");
    assert_refused(cx, um_progress(cx, 0.5, "reading"), UNMIX_ERROR_INTERRUPTED, "interrupted while reading");
    unmix_context_free(cx);
}

static void places_of_rows_are_lines_or_rows(void **state)
{
    (void)state;
    char text[40];
    assert_string_equal(um_row_place(2, 3, text, sizeof text), "line 5");
    assert_string_equal(um_row_place(0, 3, text, sizeof text), "row 4");
}

static void a_matrix_is_a_source_of_its_non_zeros(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    add(cx, &matrix.rows, "g1");
    add(cx, &matrix.rows, "g2");
    add(cx, &matrix.columns, "s1");
    add(cx, &matrix.columns, "s2");
    add(cx, &matrix.columns, "s3");
    assert_ok(cx, um_matrix_allocate(cx, &matrix));
    assert_ok(cx, um_matrix_set_origin(cx, &matrix, "counts.tsv"));
    memcpy(matrix.values, (double[]){1, 0, 3, 4, 0, 6}, 6 * sizeof(double));
    um_source source;
    um_source_of_matrix(&source, &matrix);
    assert_string_equal(source.origin, "counts.tsv");
    um_block block = {0};
    assert_ok(cx, um_source_read(cx, &source, 1, 2, &block));
    assert_int_equal(block.count, 2);
    assert_int_equal(block.start[1], 0); /* s2 is empty */
    assert_int_equal(block.start[2], 2);
    assert_int_equal(block.row[0], 0);
    assert_int_equal(block.row[1], 1);
    assert_true(block.value[0] == 3 && block.value[1] == 6);
    assert_ok(cx, um_source_read(cx, &source, 0, 1, &block)); /* a block is used again */
    assert_int_equal(block.count, 1);
    assert_int_equal(block.start[1], 2);
    assert_true(block.value[0] == 1 && block.value[1] == 4);
    um_block_clear(&block);
    um_source_close(&source);
    assert_null(source.read);
    um_matrix_clear(&matrix);
    assert_null(matrix.values);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_by_their_first_position),
        cmocka_unit_test(names_are_taken_by_length_and_need_no_terminator),
        cmocka_unit_test(many_names_survive_growth_and_copying),
        cmocka_unit_test(an_index_is_dropped_when_the_list_grows),
        cmocka_unit_test(an_empty_list_finds_nothing),
        cmocka_unit_test(lists_name_the_first_and_count_the_rest),
        cmocka_unit_test(allocations_are_zeroed_and_checked),
        cmocka_unit_test(growth_keeps_what_was_there),
        cmocka_unit_test(the_first_failure_wins_until_cleared),
        cmocka_unit_test(a_message_is_one_line_of_bounded_length),
        cmocka_unit_test(every_status_has_a_text_and_an_exit_status),
        cmocka_unit_test(progress_can_stop_a_run),
        cmocka_unit_test(places_of_rows_are_lines_or_rows),
        cmocka_unit_test(a_matrix_is_a_source_of_its_non_zeros),
    };
    return um_run_group(tests);
}
