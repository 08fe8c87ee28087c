/* Numbers as people write them for people: thousands separators, decimal commas, percent signs. */
#ifndef UM_FOREIGN_NUMBER_H
#define UM_FOREIGN_NUMBER_H

#include <stddef.h>

typedef enum um_foreign_number {
    UM_FOREIGN_NONE,      /* no such number */
    UM_FOREIGN_THOUSANDS, /* 1,914  1 914  1'914  1.914.555  1.914,5: cannot be, or cannot only be, a decimal comma */
    UM_FOREIGN_EITHER,    /* 1,914 where a comma may also be the decimal point */
    UM_FOREIGN_COMMA,     /* 19,14  0,914 */
    UM_FOREIGN_PERCENT    /* 19% */
} um_foreign_number;

/* What kind of number text[0..length) is that um_parse_number() does not take. A lone "1,914" is EITHER. */
um_foreign_number um_foreign_number_kind(const char *text, size_t length);

/* Reads a number with a decimal comma; 1 when the whole text is one. */
int um_parse_comma_number(const char *text, size_t length, double *number);

#endif
