/* A matrix that leaves memory: what goes in comes out, by rows and by columns, whatever the tiles and the limit are. */
#include "core/spill.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "testing/testing.h"

enum { ROWS = 37, COLUMNS = 130 };

static unmix_context *cx;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    unmix_context_free(cx);
    return 0;
}

/* Rows of every width: bytes, 16 and 32 bits, fractions, and what only a double holds. */
static double number(size_t r, size_t c)
{
    const double hard[] = {NAN, -3.0, -0.0, INFINITY, 4294967296.0, 1e300, 0.1};
    const size_t i = r * COLUMNS + c;
    if (r < 10)
        return (double)(i * 7 % 256);
    if (r < 20)
        return (double)(i * 131 % 65536);
    if (r < 30)
        return c == 3 ? 4294967295.0 : (double)(i % 3);
    return i % 5 ? (double)i / 7.0 : hard[i % (sizeof hard / sizeof hard[0])];
}

static void fill(um_spill *spill, size_t rows, size_t columns, const um_spill_options *options)
{
    double row[COLUMNS];
    assert_ok(cx, um_spill_open(cx, spill, columns, options));
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++)
            row[c] = number(r, c);
        assert_ok(cx, um_spill_add(cx, spill, row));
    }
    assert_ok(cx, um_spill_finish(cx, spill));
    assert_int_equal(spill->rows, rows);
}

/* Bit for bit: NaN and -0 too. */
static void assert_same(double got, double want)
{
    assert_memory_equal(&got, &want, sizeof got);
}

static void check_rows(um_spill *spill, size_t first, size_t count)
{
    double *values = malloc((count * spill->columns + 1) * sizeof *values);
    assert_non_null(values);
    values[count * spill->columns] = 77.0;
    assert_ok(cx, um_spill_read_rows(cx, spill, first, count, values));
    for (size_t r = 0; r < count; r++)
        for (size_t c = 0; c < spill->columns; c++)
            assert_same(values[r * spill->columns + c], number(first + r, c));
    assert_true(values[count * spill->columns] == 77.0);
    free(values);
}

static void check_columns(um_spill *spill, size_t first, size_t count)
{
    double *values = malloc((count * spill->rows + 1) * sizeof *values);
    assert_non_null(values);
    values[count * spill->rows] = 77.0;
    assert_ok(cx, um_spill_read_columns(cx, spill, first, count, values));
    for (size_t c = 0; c < count; c++)
        for (size_t r = 0; r < spill->rows; r++)
            assert_same(values[c * spill->rows + r], number(r, first + c));
    assert_true(values[count * spill->rows] == 77.0);
    free(values);
}

static void check_all(size_t rows, size_t columns, const um_spill_options *options, int in_file)
{
    um_spill spill;
    fill(&spill, rows, columns, options);
    assert_int_equal(spill.file >= 0, in_file);
    check_rows(&spill, 0, rows);
    check_columns(&spill, 0, columns);
    for (size_t r = rows; r-- > 0;)
        check_rows(&spill, r, rows - r < 9 ? rows - r : 9);
    for (size_t c = columns; c-- > 0;)
        check_columns(&spill, c, columns - c < 70 ? columns - c : 70);
    check_rows(&spill, rows, 0);
    um_spill_close(&spill);
}

static void test_every_shape(void **unused)
{
    (void)unused;
    static const size_t tiles[] = {1, 3 * COLUMNS * sizeof(double), 0};
    static const size_t columns[] = {1, 2, 64, 65, COLUMNS};
    for (size_t t = 0; t < 3; t++)
        for (size_t c = 0; c < 5; c++) {
            const um_spill_options memory = {.tile = tiles[t]};
            const um_spill_options file = {.tile = tiles[t], .memory = 1, .folder = um_test_folder()};
            check_all(ROWS, columns[c], &memory, 0);
            check_all(ROWS, columns[c], &file, 1);
            check_all(1, columns[c], &memory, 0);
        }
}

static void test_half_in_memory(void **unused)
{
    (void)unused;
    const um_spill_options options = {.tile = COLUMNS * sizeof(double), .memory = 12 * COLUMNS, .folder = um_test_folder()};
    um_spill spill;
    fill(&spill, ROWS, COLUMNS, &options);
    assert_int_equal(spill.n_tiles, ROWS);
    assert_non_null(spill.tile[9].bytes);
    assert_null(spill.tile[ROWS - 1].bytes);
    assert_true(spill.held <= options.memory);
    check_rows(&spill, 0, ROWS);
    check_columns(&spill, 5, 100);
    um_spill_close(&spill);
}

static void test_widths(void **unused)
{
    (void)unused;
    const um_spill_options options = {.tile = 10 * COLUMNS * sizeof(double)};
    um_spill spill;
    fill(&spill, ROWS, COLUMNS, &options);
    assert_int_equal(spill.n_tiles, 4);
    const uint8_t want[] = {1, 2, 4, 8};
    for (size_t t = 0; t < 4; t++)
        assert_int_equal(spill.tile[t].width, want[t]);
    assert_false(spill.whole);
    assert_true(isinf(spill.largest));
    um_spill_close(&spill);
    fill(&spill, 30, COLUMNS, &options);
    assert_true(spill.whole && spill.largest == 4294967295.0);
    size_t nonzero = 0;
    for (size_t r = 0; r < 30; r++)
        for (size_t c = 0; c < COLUMNS; c++)
            nonzero += number(r, c) != 0.0;
    assert_int_equal(spill.nonzero, nonzero);
    um_spill_close(&spill);
}

static void test_no_folder(void **unused)
{
    (void)unused;
    const um_spill_options options = {.tile = 1, .memory = 1, .folder = "/not/there"};
    um_spill spill;
    const double row[2] = {1.5, 2.0};
    assert_ok(cx, um_spill_open(cx, &spill, 2, &options));
    assert_refused(cx, um_spill_add(cx, &spill, row), UNMIX_ERROR_WRITE, "/not/there: a temporary file");
    um_spill_close(&spill);
}

/* A file size limit fails a write as a full disk does. */
static void test_full_disk(void **unused)
{
    (void)unused;
    const um_spill_options options = {.tile = COLUMNS * sizeof(double), .memory = 1, .folder = um_test_folder()};
    struct rlimit before;
    um_spill spill;
    double row[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++)
        row[c] = 0.5;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {4096, before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    unmix_status status = um_spill_open(cx, &spill, COLUMNS, &options);
    for (size_t r = 0; r < 20 && status == UNMIX_OK; r++)
        status = um_spill_add(cx, &spill, row);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_refused(cx, status, UNMIX_ERROR_WRITE, "cannot grow");
    um_spill_close(&spill);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_shape, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_in_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_widths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_disk, setup, teardown),
    };
    return um_run_group(tests);
}
