/*
 * Writing a store, sticky: after the first failure every call does nothing, and um_writer_finish() reports it, also a full
 * disk. The same calls give the same bytes: no time stamps. Nodes are released with um_node_release().
 */
#ifndef UM_STORE_WRITE_H
#define UM_STORE_WRITE_H

#include "core/annotated.h"
#include "io/store/store.h"

typedef struct um_writer um_writer;

/* As what numbers are stored: 32-bit integers, float32, float64. */
typedef enum um_stored { UM_STORED_WHOLE, UM_STORED_SINGLE, UM_STORED_DOUBLE } um_stored;

/* What becomes of references to objects in what is copied: these come along, or the references stay as they are. */
typedef enum um_referred { UM_REFERRED_COPIED, UM_REFERRED_KEPT } um_referred;

/* What a backend does to write; see the functions below, which call it unless the writer has failed. */
typedef struct um_writer_backend {
    void (*begin)(um_writer *writer, const char *temporary);
    void (*finish)(um_writer *writer);
    void (*check)(um_writer *writer);
    double (*written)(const um_writer *writer);

    um_node (*put_group)(um_writer *writer, um_node parent, const char *name);
    void (*put_attribute)(um_writer *writer, um_node node, const char *name, const char *text);
    void (*put_attribute_names)(um_writer *writer, um_node node, const char *name, const um_names *names);
    void (*put_attribute_pair)(um_writer *writer, um_node node, const char *name, size_t first, size_t second);
    void (*put_attribute_boolean)(um_writer *writer, um_node node, const char *name, int value);
    um_node (*put_numbers)(um_writer *writer, um_node parent, const char *name, um_kind kind, int rank,
                           const size_t extent[2], const double *values);
    um_node (*begin_numbers)(um_writer *writer, um_node parent, const char *name, um_stored stored, int rank,
                             const size_t extent[2]);
    void (*put_part)(um_writer *writer, um_node array, const char *name, size_t first, size_t count,
                     const double *values);
    um_node (*put_names)(um_writer *writer, um_node parent, const char *name, const um_names *names);
    um_node (*put_text)(um_writer *writer, um_node parent, const char *name, const char *text);

    void (*copy)(um_writer *writer, um_node source, const char *member, um_node target, const char *name,
                 um_referred referred);
    void (*copy_all)(um_writer *writer, um_node source, um_node target, um_names *except, um_referred referred);
    void (*copy_attributes)(um_writer *writer, um_node source, um_node target, const char *except);
    um_node (*copy_field)(um_writer *writer, um_node records, const char *field, um_node target);
    void (*refer_to_copies)(um_writer *writer, um_node source, um_node target, const char *attribute);
    void (*remove)(um_writer *writer, um_node group, const char *name);
} um_writer_backend;

/* A store that is written. It must not move until it is finished. */
struct um_writer {
    const um_writer_backend *backend;
    unmix_context *cx;
    const char *path; /* for messages */
    unmix_status status;
    um_store store;   /* store.root: where things go */
    double expected;  /* bytes of the whole, for progress; 0: not known */
};

/* --- the whole (begun by um_store_write(), backend/backend.h) ------------------------------------------------------- */

/* Closes. Yields the status of the whole. */
unmix_status um_writer_finish(um_writer *writer);

/* Sees whether the disk still takes what is written: a full one is a failure from here on. */
void um_writer_check(um_writer *writer);

/* Reports progress. Where `expected` is known, that happens below long copies, too; interrupted, they fail. */
void um_writer_progress(um_writer *writer);

/* --- what is new ---------------------------------------------------------------------------------------------------- */

um_node um_put_group(um_writer *writer, um_node parent, const char *name);
void um_put_attribute(um_writer *writer, um_node node, const char *name, const char *text);
void um_put_attribute_names(um_writer *writer, um_node node, const char *name, const um_names *names);
void um_put_attribute_pair(um_writer *writer, um_node node, const char *name, size_t first, size_t second);
void um_put_attribute_boolean(um_writer *writer, um_node node, const char *name, int value);

/*
 * An array of rank 1 (columns 0) or 2: real as float64, integer as int64, boolean as numpy's. Large ones are compressed,
 * but not matrices of reals. um_put_number(): a single one.
 */
um_node um_put_numbers(um_writer *writer, um_node parent, const char *name, um_kind kind, size_t rows, size_t columns,
                       const double *values);
um_node um_put_number(um_writer *writer, um_node parent, const char *name, um_kind kind, double value);

/* An array of numbers that is filled part by part: rank 1 (columns 0) or 2. Then rows first .. first+count of it. */
um_node um_begin_numbers(um_writer *writer, um_node parent, const char *name, um_stored stored, size_t rows,
                         size_t columns);
void um_put_part(um_writer *writer, um_node array, const char *name, size_t first, size_t count, const double *values);

/* Text of variable length: a list, a single one. */
um_node um_put_names(um_writer *writer, um_node parent, const char *name, const um_names *names);
um_node um_put_text(um_writer *writer, um_node parent, const char *name, const char *text);

/* --- what is copied, from a store of the same backend, as it is: numbers are not even expanded, filters stay ---------- */

/*
 * A member of `source` and all below it becomes target/name. What it refers to is copied with it, also out of other
 * files; a link to another file that leads nowhere is left out, and a warning says so.
 */
void um_copy_member(um_writer *writer, um_node source, const char *member, um_node target, const char *name);

/* All members but those in `except` (may be empty; gets indexed), under their names. Reports progress. */
void um_copy_members(um_writer *writer, um_node source, um_node target, um_names *except, um_referred referred);

/* All attributes but `except` (NULL: none is left out). Those that refer to an object are left out. */
void um_copy_attributes(um_writer *writer, um_node source, um_node target, const char *except);

/*
 * A field of records as the array target/field, its elements as they are stored; lists of numbers become rows. A field
 * that is neither numbers nor such lists is left out: UM_NO_NODE while the writer has not failed.
 */
um_node um_copy_field(um_writer *writer, um_node records, const char *field, um_node target);

/* Members of `source` that refer to others of its group by this attribute: their copies refer to copies from here on. */
void um_refer_to_copies(um_writer *writer, um_node source, um_node target, const char *attribute);

/* Takes a member out again, where it is there. */
void um_remove_member(um_writer *writer, um_node group, const char *name);

#endif
