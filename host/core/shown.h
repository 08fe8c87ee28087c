/*
 * Text of strangers as it is shown to a person: what a terminal or a page would obey instead of showing it (control
 * characters, those that turn the direction of writing) and what is no UTF-8 appears as an escape: \n, \x1b, \u202e.
 */
#ifndef UM_SHOWN_H
#define UM_SHOWN_H

#include <stddef.h>

#define UM_SHOWN_SIZE 12 /* of one character */

/*
 * The character at text[0], which is not its end, as it is shown, in out[UM_SHOWN_SIZE]; *taken: its bytes in `text`.
 * Returns 1 when it is an escape.
 */
int um_shown_character(const char *text, size_t *taken, char out[UM_SHOWN_SIZE]);

/* All of `text` in out[size], cut to fit between two characters; returns out. */
const char *um_shown(const char *text, char *out, size_t size);

/* The same in place: text[size] ends with zero. */
void um_show_in_place(char *text, size_t size);

#endif
