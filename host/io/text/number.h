/* Numbers as text: exact in both directions and independent of the locale. */
#ifndef UM_NUMBER_H
#define UM_NUMBER_H

#include <stddef.h>

/*
 * 1 when text[0..length) is, as a whole, a decimal number (sign, digits, point, exponent); *number is then the nearest
 * double, infinite when it is out of range. 0 for all else: blanks, hexadecimal, "inf", "nan", trailing text.
 */
int um_parse_number(const char *text, size_t length, double *number);

/* 1 when text[0..length) says "no value": NA, NaN, N/A, null, None. Letter case does not matter. */
int um_is_no_value(const char *text, size_t length);

/* The same, also for infinities: what stands in columns of numbers and is none. */
int um_is_missing_word(const char *text, size_t length);

#define UM_NUMBER_SIZE 40

/* The fewest digits that read back equal; whole numbers plainly; "NA" for NaN. Returns the length. */
size_t um_format_number(double number, char text[UM_NUMBER_SIZE]);

#endif
