/* host/io/text/number.c against strtod() and by reading back what was written. */
#include "testing/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/text/number.h"

static uint64_t state = 42;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t bits(double number)
{
    uint64_t pattern;
    memcpy(&pattern, &number, sizeof pattern);
    return pattern;
}

static void assert_as_strtod(const char *text)
{
    double got = 0.0;
    if (!um_parse_number(text, strlen(text), &got))
        fail_msg("'%s' was not taken for a number", text);
    const double want = strtod(text, NULL);
    if (bits(got) != bits(want))
        fail_msg("'%s' gave %.17g, strtod() gives %.17g", text, got, want);
}

/* [sign] 0-24 digits [. 0-24 digits] [e exponent] with at least one digit. */
static void random_decimal(char *text)
{
    size_t used = 0;
    const size_t whole = draw() % 25;
    const size_t fraction = whole ? draw() % 25 : 1 + draw() % 24;
    if (draw() % 4 == 0)
        text[used++] = draw() % 2 ? '-' : '+';
    for (size_t i = 0; i < whole; i++)
        text[used++] = (char)('0' + draw() % 10);
    if (fraction || draw() % 2)
        text[used++] = '.';
    for (size_t i = 0; i < fraction; i++)
        text[used++] = (char)('0' + (draw() % 3 ? draw() % 10 : 0));
    text[used] = '\0';
    if (draw() % 2)
        (void)sprintf(text + used, "%c%d", draw() % 2 ? 'e' : 'E', (int)(draw() % (draw() % 2 ? 60 : 660)) - 330);
}

static void test_parses_as_strtod(void **unused)
{
    (void)unused;
    char text[128];
    for (int i = 0; i < 300000; i++) {
        random_decimal(text);
        assert_as_strtod(text);
    }
}

static void test_hard_cases(void **unused)
{
    (void)unused;
    static const char *const texts[] = {"0",
                                        "-0",
                                        "+7",
                                        "5.",
                                        ".5",
                                        "0.1",
                                        "1e22",
                                        "1e23",
                                        "9007199254740993",
                                        "9007199254740992.9999999999",
                                        "2.2250738585072011e-308",
                                        "2.2250738585072012e-308",
                                        "4.9406564584124654e-324",
                                        "2.4703282292062327e-324",
                                        "2.4703282292062328e-324",
                                        "1.7976931348623157e308",
                                        "1.7976931348623159e308",
                                        "1e400",
                                        "1e-400",
                                        "0.000000000000000000000000000000000000000123e40",
                                        "100000000000000000000000000000000000000000e-41",
                                        "1e99999999999999999999",
                                        "0e99999999999999999999",
                                        "1e-99999999999999999999",
                                        "6.02214076E+23",
                                        "179769313486231580793728971405301e276",
                                        "8.15e-42"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_as_strtod(texts[i]);
}

/* Exactly between two doubles, and a digit after hundreds of others decides. */
static void test_many_digits(void **unused)
{
    (void)unused;
    static char text[4000];
    memset(text, '0', sizeof text - 1);
    memcpy(text, "9007199254740993.", 17);
    assert_as_strtod(text);
    text[sizeof text - 2] = '1';
    assert_as_strtod(text);
    memset(text, '9', sizeof text - 1);
    assert_as_strtod(text);
    text[1] = '.';
    assert_as_strtod(text);
}

static void test_refuses_what_is_no_number(void **unused)
{
    (void)unused;
    static const char *const texts[] = {"",    "-",   "+",    ".",    "e5",  "1e",   "1e+", "12abc",
                                        " 1",  "1 ",  "0x10", "1d5",  "1,5", "1_0",  "--1", "1.2.3",
                                        "nan", "NaN", "inf",  "-inf", "NA",  "1e5.", "1f",  "\xef\xbc\x91"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double number = 0.0;
        if (um_parse_number(texts[i], strlen(texts[i]), &number))
            fail_msg("'%s' was taken for the number %g", texts[i], number);
    }
    double number = 0.0;
    assert_true(um_parse_number("123", 2, &number)); /* the length counts, not the terminator */
    assert_true(number == 12.0);
}

static void test_missing_words(void **unused)
{
    (void)unused;
    assert_true(um_is_missing_word("NA", 2));
    assert_true(um_is_missing_word("nan", 3));
    assert_true(um_is_missing_word("-Inf", 4));
    assert_false(um_is_missing_word("NAT1", 4));
    assert_false(um_is_missing_word("", 0));
}

static void assert_written(double number, const char *want)
{
    char text[UM_NUMBER_SIZE];
    assert_int_equal(um_format_number(number, text), strlen(want));
    assert_string_equal(text, want);
}

static void test_writes_the_fewest_digits(void **unused)
{
    (void)unused;
    assert_written(0.0, "0");
    assert_written(-0.0, "0");
    assert_written(12.0, "12");
    assert_written(-3.0, "-3");
    assert_written(1e15, "1000000000000000");
    assert_written(9007199254740992.0, "9007199254740992");
    assert_written(0.1, "0.1");
    assert_written(1.0 / 3.0, "0.333333333333333"
                              "3");
    assert_written(0.1 + 0.2, "0.30000000000000004");
    assert_written(1e300, "1e+300");
    assert_written((double)NAN, "NA");
    assert_written((double)INFINITY, "Inf");
}

static void test_reads_back_equal(void **unused)
{
    (void)unused;
    for (int i = 0; i < 100000; i++) {
        double number;
        const uint64_t pattern = draw();
        memcpy(&number, &pattern, sizeof number);
        if (!isfinite(number))
            continue;
        char text[UM_NUMBER_SIZE];
        double back = 0.0;
        const size_t length = um_format_number(number, text);
        assert_true(um_parse_number(text, length, &back));
        if (back != number)
            fail_msg("%.17g was written as '%s'", number, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parses_as_strtod), cmocka_unit_test(test_hard_cases),
        cmocka_unit_test(test_many_digits),      cmocka_unit_test(test_refuses_what_is_no_number),
        cmocka_unit_test(test_missing_words),    cmocka_unit_test(test_writes_the_fewest_digits),
        cmocka_unit_test(test_reads_back_equal),
    };
    return um_run_group(tests);
}
