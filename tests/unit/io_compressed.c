/* Compressed tables: gzip, several gzip members, bgzf; cut off at every byte, and with a damaged byte. */
#include "testing/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <htslib/bgzf.h>

#include "io/text/table.h"

static unmix_context *cx;
static um_matrix matrix;
static char *bytes;
static size_t length;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    matrix = (um_matrix){0};
    bytes = NULL;
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    free(bytes);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
    return 0;
}

static const char *write_bytes(const char *name, const char *content, size_t size)
{
    const char *path = um_test_file(name, "");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void load(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    length = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(length);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* A table with numbers that do not compress well, so that it fills several blocks. */
static char *make_table(int rows)
{
    char *text = malloc((size_t)rows * 32 + 64);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "gene\ts1\n");
    unsigned value = 1;
    for (int i = 0; i < rows; i++) {
        value = value * 1664525u + 1013904223u;
        used += (size_t)sprintf(text + used, "g%d\t%u\n", i, value);
    }
    return text;
}

/* Modes of bgzf_open(): "wg" writes gzip, "ag" appends a gzip member, "w" writes bgzf. */
static void compress_file(const char *path, const char *mode, const char *text)
{
    BGZF *file = bgzf_open(path, mode);
    assert_non_null(file);
    assert_true(bgzf_write(file, text, strlen(text)) == (ssize_t)strlen(text));
    assert_int_equal(bgzf_close(file), 0);
}

static void assert_damaged(const char *name, size_t kept)
{
    const char *path = write_bytes(name, bytes, kept);
    const unmix_status status = um_table_read(cx, path, NULL, &matrix);
    if (status != UNMIX_ERROR_INPUT)
        fail_msg("%s: %zu of %zu bytes were taken for a table", name, kept, length);
    assert_refused(cx, status, UNMIX_ERROR_INPUT, kept == 0 ? "is empty" : "cut off");
}

static void test_gzip_cut_anywhere(void **unused)
{
    (void)unused;
    const char *path = um_test_file("small.tsv.gz", "");
    compress_file(path, "wg", "gene\ts1\nA\t1\nB\t2\nC\t31\n");
    load(path);
    assert_ok(cx, um_table_read(cx, path, NULL, &matrix));
    assert_int_equal(matrix.rows.count, 3);
    assert_true(matrix.values[2] == 31.0);
    um_matrix_clear(&matrix);
    for (size_t kept = 0; kept < length; kept++)
        if (kept != 1) /* one byte is no sign of gzip */
            assert_damaged("cut.tsv.gz", kept);
}

static void test_large_gzip_cut(void **unused)
{
    (void)unused;
    char *text = make_table(200000);
    const char *path = um_test_file("large.tsv.gz", "");
    compress_file(path, "wg", text);
    free(text);
    load(path);
    assert_ok(cx, um_table_read(cx, path, NULL, &matrix));
    assert_int_equal(matrix.rows.count, 200000);
    um_matrix_clear(&matrix);
    for (size_t part = 1; part < 16; part++)
        assert_damaged("largecut.tsv.gz", length * part / 16);
    for (size_t part = 1; part <= 10; part++)
        assert_damaged("largecut.tsv.gz", length - part);
    /* On the sizes in which the file is read. */
    for (size_t kept = 65280; kept < length; kept += 65280)
        assert_damaged("largecut.tsv.gz", kept);
    for (size_t kept = 65536; kept < length; kept += 65536)
        assert_damaged("largecut.tsv.gz", kept);
}

static void test_gzip_members(void **unused)
{
    (void)unused;
    const char *path = um_test_file("members.tsv.gz", "");
    compress_file(path, "wg", "gene\ts1\nA\t1\nB");
    compress_file(path, "ag", "\t2\n");
    compress_file(path, "ag", "C\t3\n");
    assert_ok(cx, um_table_read(cx, path, NULL, &matrix));
    assert_int_equal(matrix.rows.count, 3);
    assert_true(matrix.values[1] == 2.0);
    um_matrix_clear(&matrix);
    load(path);
    assert_damaged("memberscut.tsv.gz", length - 1);
    assert_damaged("memberscut.tsv.gz", length - 12);
}

static void test_bgzf_cut(void **unused)
{
    (void)unused;
    char *text = make_table(30000);
    const char *path = um_test_file("blocks.tsv.gz", "");
    compress_file(path, "w", text);
    free(text);
    load(path);
    assert_ok(cx, um_table_read(cx, path, NULL, &matrix));
    assert_int_equal(matrix.rows.count, 30000);
    um_matrix_clear(&matrix);
    assert_damaged("blockscut.tsv.gz", length - 28); /* exactly without the empty block at the end */
    assert_damaged("blockscut.tsv.gz", length - 1);
    assert_damaged("blockscut.tsv.gz", length - 40);
    assert_damaged("blockscut.tsv.gz", length / 2);
    /* Between the first and the second block: their size stands in bytes 16 and 17. */
    const size_t first = (size_t)(unsigned char)bytes[16] + ((size_t)(unsigned char)bytes[17] << 8) + 1;
    assert_true(first < length);
    assert_damaged("blockscut.tsv.gz", first);
}

static void test_damaged_byte(void **unused)
{
    (void)unused;
    char *text = make_table(20000);
    const char *path = um_test_file("damaged.tsv.gz", "");
    for (int form = 0; form < 2; form++) {
        compress_file(path, form == 0 ? "wg" : "w", text);
        free(bytes);
        load(path);
        for (size_t part = 1; part < 20; part++) {
            const size_t at = length * part / 20;
            bytes[at] = (char)(bytes[at] ^ 0x10);
            path = write_bytes("damaged.tsv.gz", bytes, length);
            bytes[at] = (char)(bytes[at] ^ 0x10);
            /* Garbage may also be noticed as text first, before the check sum at the end is reached. */
            if (um_table_read(cx, path, NULL, &matrix) != UNMIX_ERROR_INPUT)
                fail_msg("form %d: byte %zu of %zu damaged, and nobody noticed", form, at, length);
            unmix_error_clear(cx);
        }
    }
    free(text);
    bytes[length / 2] = (char)(bytes[length / 2] ^ 0x10);
    path = write_bytes("damaged.tsv.gz", bytes, length);
    assert_refused(cx, um_table_read(cx, path, NULL, &matrix), UNMIX_ERROR_INPUT, "cut off or damaged");
}

#define UM_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {UM_CASE(test_gzip_cut_anywhere), UM_CASE(test_large_gzip_cut),
                                       UM_CASE(test_gzip_members), UM_CASE(test_bgzf_cut), UM_CASE(test_damaged_byte)};
    return um_run_group(tests);
}
