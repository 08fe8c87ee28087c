#include "io/text/foreign_number.h"

#include <string.h>

#include "io/text/number.h"

#define LONGEST 40

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && is_digit(text[n]))
        n++;
    return n;
}

/* The length of a thousands separator at text: , . ' blank, or a no-break blank of UTF-8; 0 when there is none. */
static size_t separator_at(const char *text, size_t length)
{
    static const char *const wide[] = {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x99"};
    if (length && strchr(",.' ", text[0]))
        return 1;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (length >= strlen(wide[i]) && memcmp(text, wide[i], strlen(wide[i])) == 0)
            return strlen(wide[i]);
    return 0;
}

/* How many groups of three digits, each behind the same separator, follow the first digits; *used is their length. */
static size_t groups_of(const char *text, size_t length, size_t *used)
{
    const size_t wide = separator_at(text, length);
    size_t groups = 0;
    *used = 0;
    while (wide && length - *used > wide && memcmp(text + *used, text, wide) == 0 &&
           digits_at(text + *used + wide, length - *used - wide) == 3) {
        *used += wide + 3;
        groups++;
    }
    return groups;
}

/* Whether text is a decimal mark and digits, or nothing. */
static int is_fraction(const char *text, size_t length, char not_this)
{
    return length == 0 || ((text[0] == '.' || text[0] == ',') && text[0] != not_this &&
                           digits_at(text + 1, length - 1) == length - 1);
}

um_foreign_number um_foreign_number_kind(const char *text, size_t length)
{
    double number = 0.0;
    if (length && (*text == '-' || *text == '+')) {
        text++;
        length--;
    }
    if (length > 1 && text[length - 1] == '%' && um_parse_number(text, length - 1, &number))
        return UM_FOREIGN_PERCENT;
    const size_t first = digits_at(text, length);
    if (first == 0 || first == length || length > LONGEST)
        return UM_FOREIGN_NONE;
    size_t used = 0;
    const size_t groups = first <= 3 ? groups_of(text + first, length - first, &used) : 0;
    if (groups && is_fraction(text + first + used, length - first - used, text[first])) {
        const int alone = groups == 1 && first + used == length;
        if (!alone || text[first] != ',')
            return UM_FOREIGN_THOUSANDS;
        return text[0] == '0' ? UM_FOREIGN_COMMA : UM_FOREIGN_EITHER;
    }
    return um_parse_comma_number(text, length, &number) ? UM_FOREIGN_COMMA : UM_FOREIGN_NONE;
}

int um_parse_comma_number(const char *text, size_t length, double *number)
{
    char plain[LONGEST];
    const char *comma = memchr(text, ',', length);
    if (!comma || length >= sizeof plain || memchr(text, '.', length))
        return 0;
    memcpy(plain, text, length);
    plain[comma - text] = '.';
    return um_parse_number(plain, length, number);
}
