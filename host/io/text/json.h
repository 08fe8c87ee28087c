/* JSON out: only what a tree of entries needs. */
#ifndef UM_JSON_H
#define UM_JSON_H

#include "core/annotated.h"
#include "io/text/text_file.h"

/*
 * An object with the entries in the given order, one a line; arrays as lists of rows. NaN and infinities become null,
 * bytes that are no UTF-8 U+FFFD.
 */
unmix_status um_json_entries(unmix_context *cx, um_text_out *out, const um_entry *entries, size_t count);

#endif
