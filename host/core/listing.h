/* Lists of names for messages. */
#ifndef UM_LISTING_H
#define UM_LISTING_H

#include "core/names.h"

/*
 * Writes "a, b, c" into text[size]; of more than `limit` names the first ones "and 12 more". "none" for an empty list;
 * cut off at a name where the text is full. Returns text.
 */
const char *um_list_names(const um_names *names, size_t limit, char *text, size_t size);

#endif
