/* A list of names (genes, samples, types) with a hash index over them. */
#ifndef UM_NAMES_H
#define UM_NAMES_H

#include <stdint.h>

#include "core/diagnostics.h"

#define UM_NOT_FOUND SIZE_MAX

typedef struct um_names {
    size_t count;
    size_t capacity;
    size_t *offset;       /* of each name in `text` */
    char *text;           /* zero-terminated names one after another */
    size_t text_size;
    size_t text_capacity;
    void *index;          /* hash of first occurrences; NULL until um_names_index() */
} um_names;

/* Zero-initialise with `um_names names = {0}`; release with um_names_clear(), which leaves it empty. */
void um_names_clear(um_names *names);

/* Appends a copy of text[0..length). Drops the index. */
unmix_status um_names_add(unmix_context *cx, um_names *names, const char *text, size_t length);

/* Makes `to` (empty) a copy of `from`, without the index. */
unmix_status um_names_copy(unmix_context *cx, um_names *to, const um_names *from);

/* Name i; valid until the list changes. */
const char *um_name(const um_names *names, size_t i);

/* Builds the index. Needed before um_names_find(). Repeated names index their first occurrence. */
unmix_status um_names_index(unmix_context *cx, um_names *names);

/* Adds the distinct ones of text[count], which get sorted, and builds the index. */
unmix_status um_names_add_distinct(unmix_context *cx, um_names *names, const char **text, size_t count);

/* Position of the first name equal to `name`, or UM_NOT_FOUND. */
size_t um_names_find(const um_names *names, const char *name);

/* Position of the first name that repeats an earlier one, or UM_NOT_FOUND. Needs the index. */
size_t um_names_repeated(const um_names *names);

#endif
