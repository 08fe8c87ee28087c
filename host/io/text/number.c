#include "io/text/number.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* More significant digits than this cannot change a double, except through "something follows". */
#define ENOUGH_DIGITS 770
#define LARGEST_EXPONENT 1000000

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/*
 * The general case, by strtod(). It gets the digits as one whole number with an exponent ("31416e-4"), so that the
 * locale's decimal point does not matter.
 */
static double convert_slowly(const char *digits, const char *end, int64_t exponent)
{
    char text[ENOUGH_DIGITS + 32];
    size_t used = 0;
    int more = 0;
    for (const char *at = digits; at < end; at++) {
        if (*at == '.' || (used == 0 && *at == '0'))
            continue;
        if (used < ENOUGH_DIGITS) {
            text[used++] = *at;
        } else {
            more |= *at != '0';
            exponent++;
        }
    }
    if (used == 0)
        return 0.0;
    if (more) {
        text[used++] = '1';
        exponent--;
    }
    (void)snprintf(text + used, sizeof text - used, "e%lld", (long long)exponent);
    return strtod(text, NULL);
}

/* Reads [sign] digits behind an 'e'; returns the end, or NULL when there are no digits. */
static const char *read_exponent(const char *at, const char *end, int64_t *exponent)
{
    int negative = 0;
    if (at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    if (at == end)
        return NULL;
    int64_t value = 0;
    for (; at < end && is_digit(*at); at++)
        if (value < LARGEST_EXPONENT)
            value = value * 10 + (*at - '0');
    *exponent = negative ? -value : value;
    return at;
}

int um_parse_number(const char *text, size_t length, double *number)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *at = text;
    const char *const end = text + length;
    int negative = 0;
    if (at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';

    const char *const digits = at;
    uint64_t mantissa = 0; /* may wrap around; then `count` is over 19 and it is not used */
    for (; at < end && is_digit(*at); at++)
        mantissa = mantissa * 10 + (uint64_t)(*at - '0');
    ptrdiff_t count = at - digits;
    int64_t exponent = 0;
    if (at < end && *at == '.') {
        const char *const fraction = ++at;
        for (; at < end && is_digit(*at); at++)
            mantissa = mantissa * 10 + (uint64_t)(*at - '0');
        count += at - fraction;
        exponent = -(int64_t)(at - fraction);
    }
    if (count == 0)
        return 0;
    const char *const digits_end = at;
    if (at < end && (*at == 'e' || *at == 'E')) {
        int64_t written = 0;
        at = read_exponent(at + 1, end, &written);
        if (!at)
            return 0;
        exponent += written;
    }
    if (at != end)
        return 0;

    /* Whole numbers up to 2^53 and powers of ten up to 10^22 are exact in double: one rounding, hence the right one. */
    double value;
    if (count <= 19 && mantissa <= (UINT64_C(1) << 53) && exponent >= -22 && exponent <= 22)
        value = exponent < 0 ? (double)mantissa / power[-exponent] : (double)mantissa * power[exponent];
    else
        value = convert_slowly(digits, digits_end, exponent);
    *number = negative ? -value : value;
    return 1;
}

static int is_one_of(const char *const *words, size_t n_words, const char *text, size_t length)
{
    for (size_t i = 0; i < n_words; i++)
        if (strlen(words[i]) == length && strncasecmp(words[i], text, length) == 0)
            return 1;
    return 0;
}

int um_is_no_value(const char *text, size_t length)
{
    static const char *const words[] = {"na", "nan", "n/a", "null", "none"};
    return is_one_of(words, sizeof words / sizeof words[0], text, length);
}

int um_is_missing_word(const char *text, size_t length)
{
    static const char *const infinities[] = {"inf", "-inf", "+inf", "infinity", "-infinity"};
    return um_is_no_value(text, length) ||
           is_one_of(infinities, sizeof infinities / sizeof infinities[0], text, length);
}

/* What printf() wrote, with the locale's decimal point (which may be several bytes) turned into '.'. */
static size_t plain_point(char *text)
{
    size_t used = 0;
    for (const char *at = text; *at; at++) {
        if (is_digit(*at) || strchr("+-e", *at))
            text[used++] = *at;
        else if (used == 0 || text[used - 1] != '.')
            text[used++] = '.';
    }
    text[used] = '\0';
    return used;
}

size_t um_format_number(double number, char text[UM_NUMBER_SIZE])
{
    if (isnan(number))
        return (size_t)snprintf(text, UM_NUMBER_SIZE, "NA");
    if (isinf(number))
        return (size_t)snprintf(text, UM_NUMBER_SIZE, number > 0.0 ? "Inf" : "-Inf");
    if (fabs(number) <= 9007199254740992.0 && number == trunc(number))
        return (size_t)snprintf(text, UM_NUMBER_SIZE, "%lld", (long long)number);
    size_t length = 0;
    double back = 0.0;
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(text, UM_NUMBER_SIZE, "%.*g", precision, number);
        length = plain_point(text);
        if (um_parse_number(text, length, &back) && back == number)
            break;
    }
    return length;
}
