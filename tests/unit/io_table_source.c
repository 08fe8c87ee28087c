/* Tables as sources: the same numbers, names and refusals as the table in memory, wherever the numbers lie. */
#include "io/text/table_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/read.h"
#include "io/text/table.h"
#include "testing/testing.h"

static unmix_context *cx;
static um_matrix matrix;
static um_source source;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    matrix = (um_matrix){0};
    source = (um_source){0};
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    um_matrix_clear(&matrix);
    um_source_close(&source);
    unmix_context_free(cx);
    return 0;
}

/* rows x columns with zeros, whole numbers and fractions; returns the path. */
static const char *make_table(const char *name, size_t rows, size_t columns)
{
    const char *path = um_test_file(name, "");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("gene", file);
    for (size_t c = 0; c < columns; c++)
        (void)fprintf(file, "\ts%zu", c);
    for (size_t r = 0; r < rows; r++) {
        (void)fprintf(file, "\ng%zu", r);
        for (size_t c = 0; c < columns; c++) {
            const size_t i = r * columns + c;
            (void)fprintf(file, i % 3 ? "\t%zu" : "\t0", i % 1000);
            if (r > rows / 2 && i % 3 == 1)
                (void)fputs(".25", file);
        }
    }
    (void)fclose(file);
    return path;
}

/* All blocks of `together` columns against the matrix. */
static void check_blocks(size_t together)
{
    um_block block = {0};
    const size_t columns = matrix.columns.count;
    for (size_t first = 0; first < columns; first += together) {
        const size_t count = columns - first < together ? columns - first : together;
        assert_ok(cx, um_source_read(cx, &source, first, count, &block));
        assert_int_equal(block.count, count);
        for (size_t c = 0; c < count; c++) {
            size_t at = block.start[c];
            for (size_t r = 0; r < matrix.rows.count; r++) {
                const double want = um_row(&matrix, r)[first + c];
                if (want == 0.0)
                    continue;
                assert_true(at < block.start[c + 1]);
                assert_int_equal(block.row[at], r);
                assert_memory_equal(&block.value[at], &want, sizeof want);
                at++;
            }
            assert_int_equal(at, block.start[c + 1]);
        }
    }
    um_block_clear(&block);
}

static void check_table(const char *path, const unmix_read_options *options)
{
    assert_ok(cx, um_table_read(cx, path, options, &matrix));
    assert_ok(cx, um_open_source(cx, path, options, &source));
    assert_string_equal(source.origin, matrix.origin);
    assert_int_equal(source.first_line, matrix.first_line);
    assert_int_equal(source.rows->count, matrix.rows.count);
    assert_int_equal(source.columns->count, matrix.columns.count);
    for (size_t r = 0; r < matrix.rows.count; r++)
        assert_string_equal(um_name(source.rows, r), um_name(&matrix.rows, r));
    for (size_t c = 0; c < matrix.columns.count; c++)
        assert_string_equal(um_name(source.columns, c), um_name(&matrix.columns, c));
    check_blocks(1);
    check_blocks(7);
    check_blocks(matrix.columns.count);
    um_source_close(&source);
    um_matrix_clear(&matrix);
}

static void test_same_as_matrix(void **unused)
{
    (void)unused;
    static const size_t shapes[][2] = {{1, 1}, {500, 1}, {1, 500}, {80, 90}, {3, 2000}};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        const char *path = make_table("shape.tsv", shapes[s][0], shapes[s][1]);
        const unmix_read_options memory = {0}, file = {.memory = 1, .scratch = um_test_folder()};
        check_table(path, &memory);
        check_table(path, &file);
    }
}

static void test_options(void **unused)
{
    (void)unused;
    const char *path = um_test_file("options.csv", "id,gene,a,b,note,a2\n1,G,1,2,x,3\n2,H,4,5,y,-0\n");
    const unmix_read_options options = {.gene_column = "gene", .skip_columns = "id,b", .memory = 1};
    check_table(path, &options);
}

static char *refusal_of(unmix_status (*open)(const char *path), const char *path, unmix_status *status)
{
    static char text[2][1024];
    static int next;
    char *message = text[next++ % 2];
    *status = open(path);
    (void)snprintf(message, sizeof text[0], "%s", unmix_error_message(cx));
    unmix_error_clear(cx);
    return message;
}

static unmix_status as_matrix(const char *path)
{
    return um_table_read(cx, path, NULL, &matrix);
}

static unmix_status as_source(const char *path)
{
    const unmix_read_options options = {.memory = 1};
    return um_open_source(cx, path, &options, &source);
}

static void test_same_refusals(void **unused)
{
    (void)unused;
    static const char *const bad[] = {
        "gene\ts1\ts2\nA\t1\t2\nB\t3\t-4\n", "gene\ts1\ts2\nA\t1\t2\nB\t3\tNA\n", "gene\ts1\ts2\nA\t1\t2\nB\t3\n",
        "gene\ts1\ts1\nA\t1\t2\n",           "gene\ts1\nA\t1\n\nB\t2\n",          "gene\ts1\nA\t1e999\n",
        "gene\ts1\n",                        "gene\ts1\nA\t1\n\t2\n",             "gene\nA\nB\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *path = um_test_file("bad.tsv", bad[i]);
        unmix_status want, got;
        const char *in_memory = refusal_of(as_matrix, path, &want);
        const char *streamed = refusal_of(as_source, path, &got);
        assert_int_equal(want, UNMIX_ERROR_INPUT);
        assert_int_equal(got, want);
        assert_string_equal(streamed, in_memory);
        assert_null(source.state);
    }
}

static void test_no_room(void **unused)
{
    (void)unused;
    const char *path = make_table("room.tsv", 20, 20);
    const unmix_read_options options = {.memory = 1, .scratch = "/not/there"};
    assert_refused(cx, um_open_source(cx, path, &options, &source), UNMIX_ERROR_WRITE, "/not/there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_as_matrix, setup, teardown),
        cmocka_unit_test_setup_teardown(test_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
    };
    return um_run_group(tests);
}
