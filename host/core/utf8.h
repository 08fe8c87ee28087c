/* UTF-8: what all names and texts are in. */
#ifndef UM_UTF8_H
#define UM_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character that text[0..left) begins with and its *code; 0 where it is no UTF-8 (or nothing is left). */
size_t um_utf8_next(const char *text, size_t left, uint32_t *code);

/* Where the first byte of text[0..length) is that is no UTF-8, or `length`. */
size_t um_utf8_check(const char *text, size_t length);

/* from[0..length) taken as Latin-1 into to[2 * length], which is not ended; returns its length. */
size_t um_utf8_from_latin1(const char *from, size_t length, char *to);

#endif
