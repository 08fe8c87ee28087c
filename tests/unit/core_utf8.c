/* UTF-8 is told from other bytes, and what a terminal would obey is shown as escapes. */
#include "testing/testing.h"

#include <string.h>

#include "core/shown.h"
#include "core/utf8.h"

static void test_check(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        size_t first; /* byte that is no UTF-8 */
    } cases[] = {
        {"", 0},
        {"plain ASCII, longer than eight", 30},
        {"\xC3\xBC \xE6\x97\xA5 \xF0\x9F\xA7\xAC", 11},
        {"M\xE9gacaryocyte", 1},              /* Latin-1 */
        {"eight or more, then \xE9", 20},
        {"cut \xE6\x97", 4},
        {"\xC0\xAF", 0},                      /* a slash in two bytes */
        {"\xE0\x80\xAF", 0},
        {"\xED\xA0\x80", 0},                  /* half of a pair of UTF-16 */
        {"\xF4\x90\x80\x80", 0},              /* beyond U+10FFFF */
        {"\x80", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(um_utf8_check(cases[i].text, strlen(cases[i].text)), cases[i].first);
}

static void test_shown(void **unused)
{
    (void)unused;
    static const char *const cases[][2] = {
        {"T cell \xC3\xBC", "T cell \xC3\xBC"},
        {"a\nb\tc\r", "a\\nb\\tc\\r"},
        {"\x1b[31mred\x7f", "\\x1b[31mred\\x7f"},
        {"\xC2\x9B" "1m", "\\x9b1m"},                                   /* the same as ESC [ to some terminals */
        {"\xE2\x80\xAEgnp.exe", "\\u202egnp.exe"},
        {"\xE2\x81\xA6x\xE2\x80\x8F", "\\u2066x\\u200f"},
        {"M\xE9g", "M\\xe9g"},
    };
    char out[64];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(um_shown(cases[i][0], out, sizeof out), cases[i][1]);
    char small[5];
    assert_string_equal(um_shown("ab\x1b", small, sizeof small), "ab"); /* no half of an escape */
    assert_string_equal(um_shown("abc\xC3\xBC", small, sizeof small), "abc");
    char message[8] = "a\nb";
    um_show_in_place(message, sizeof message);
    assert_string_equal(message, "a\\nb");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_check), cmocka_unit_test(test_shown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
