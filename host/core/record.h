/* Facts about a run, in the order in which they came; they become the member `run` of a result's dictionary. */
#ifndef UM_RECORD_H
#define UM_RECORD_H

#include "core/annotated.h"
#include "unmix/run.h"

/* Zero-initialise with `um_record record = {0}`; release with um_record_clear(), which leaves it empty. */
typedef struct um_record {
    um_entry *entry; /* keys and texts are owned */
    size_t n, capacity;
} um_record;

void um_record_clear(um_record *record);

/* Adds a copy of a fact; one with the same key is replaced. Errors: ARGUMENT (no key, or with a '/'), MEMORY. */
unmix_status um_record_put(unmix_context *cx, um_record *record, const unmix_fact *fact);
unmix_status um_record_put_all(unmix_context *cx, um_record *record, const unmix_fact *facts, size_t count);

/* The record as a tree of entries. Valid until the record changes. */
um_entry um_record_tree(const um_record *record);

#endif
