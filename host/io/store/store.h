/*
 * A store: groups and arrays by name, with attributes - what AnnData and 10x files are encoded in. HDF5 is one (hdf5/),
 * another one fills in a um_store_backend and is named in backend/. Everything in a store is a claim of whoever wrote it:
 * a backend checks sizes, types and filters before it reads, and every refusal names the file and the place in it.
 */
#ifndef UM_STORE_H
#define UM_STORE_H

#include <stdint.h>

#include "core/names.h"

typedef struct um_store um_store;

/* A group or an array of a store that is open; released with um_node_release() but for the root. */
typedef struct um_node {
    const um_store *store; /* NULL: none */
    int64_t id;
} um_node;

#define UM_NO_NODE ((um_node){.store = NULL, .id = -1})

/* What the elements of an array are. */
typedef enum um_element {
    UM_ELEMENT_NONE, /* there is no such array, or no such field in its records */
    UM_ELEMENT_INTEGER,
    UM_ELEMENT_REAL,
    UM_ELEMENT_BOOLEAN, /* FALSE and TRUE */
    UM_ELEMENT_CHOICE,  /* another enumeration: read as integers */
    UM_ELEMENT_TEXT,
    UM_ELEMENT_RECORD,
    UM_ELEMENT_OTHER
} um_element;

/* Elements that are read at once where a whole array is not wanted in memory. */
#define UM_STORE_PIECE ((size_t)1 << 18)

/* A part of an array of one or two dimensions: `count` from `first` on, in both where rank is 2. */
typedef struct um_part {
    size_t first[2];
    size_t count[2];
} um_part;

/* The path of a node inside its store, as messages show it: "obs/cell_type". */
typedef struct um_place {
    char text[256];
} um_place;

/* What a backend does to read; see the functions below, which call it. */
typedef struct um_store_backend {
    const char *name;
    int (*is)(const char *path);
    unmix_status (*open)(unmix_context *cx, const char *path, um_store *store);
    void (*close)(um_store *store);
    void (*enter)(um_store *store);
    void (*leave)(um_store *store);

    void (*release)(um_node node);
    um_place (*place)(um_node node);
    int (*is_group)(um_node node);
    int (*has)(um_node group, const char *name);
    unmix_status (*find)(unmix_context *cx, um_node group, const char *name, um_node *node);
    unmix_status (*members)(unmix_context *cx, um_node group, um_names *names);

    int (*has_attribute)(um_node node, const char *name);
    unmix_status (*attribute_names)(unmix_context *cx, um_node node, const char *name, um_names *names);
    unmix_status (*attribute_pair)(unmix_context *cx, um_node node, const char *name, int64_t pair[2], int *found);
    um_node (*attribute_node)(um_node node, const char *name);

    um_element (*element)(um_node array, const char *field);
    unmix_status (*fields)(unmix_context *cx, um_node array, um_names *names);
    int64_t (*count)(um_node array, int *rank);
    unmix_status (*shape)(unmix_context *cx, um_node array, int *rank, size_t extent[2]);
    void (*chunk)(um_node array, size_t chunk[2]);
    unmix_status (*keep_chunks)(unmix_context *cx, um_node *array, size_t bytes);

    unmix_status (*read_doubles)(unmix_context *cx, um_node array, const char *field, const um_part *part,
                                 double *values);
    unmix_status (*read_integers)(unmix_context *cx, um_node array, const char *field, const um_part *part,
                                  int64_t *values);
    unmix_status (*read_texts)(unmix_context *cx, um_node array, const char *field, um_names *names);
    unmix_status (*read_single_text)(unmix_context *cx, um_node array, um_names *names);
} um_store_backend;

/* An open store. It must not move: its nodes point to it. */
struct um_store {
    const um_store_backend *backend;
    char *path;    /* as the user gave it */
    uint64_t size; /* bytes */
    um_node root;
    void *state; /* the backend's, allocated; freed with the store */
    int entered;
};

/* --- stores (opened by um_store_open(), backend/backend.h) --------------------------------------------------------- */

/* Allowed on a zeroed one, and also after um_store_leave(). */
void um_store_close(um_store *store);

/*
 * A library below may have to be told to be silent while we call it, and its caller wants his settings back: an open
 * store is entered. Who keeps it open leaves it, and enters it again around what it calls.
 */
void um_store_enter(um_store *store);
void um_store_leave(um_store *store);

/* --- nodes -------------------------------------------------------------------------------------------------------- */

static inline int um_is_node(um_node node)
{
    return node.store != NULL && node.id >= 0;
}

/* UM_NO_NODE is allowed. */
void um_node_release(um_node node);

um_place um_node_place(um_node node);
int um_node_is_group(um_node node);

/* 1 when `group` has a member `name` ("a/b": one of a member) that exists. */
int um_node_has(um_node group, const char *name);

/* Opens a member that must exist; um_node_find_array(): and be an array. On failure *node is UM_NO_NODE. */
unmix_status um_node_find(unmix_context *cx, um_node group, const char *name, um_node *node);
unmix_status um_node_find_array(unmix_context *cx, um_node group, const char *name, um_node *node);

/* Names of the members, sorted. */
unmix_status um_node_members(unmix_context *cx, um_node group, um_names *names);

/* --- attributes --------------------------------------------------------------------------------------------------- */

int um_node_has_attribute(um_node node, const char *name);

/* Appends the texts of an attribute. One that is absent, empty or does not hold text adds nothing. */
unmix_status um_node_attribute_names(unmix_context *cx, um_node node, const char *name, um_names *names);

/* The single text of an attribute in text[size], cut to fit; "" when it is absent, or not text. */
unmix_status um_node_attribute_text(unmix_context *cx, um_node node, const char *name, char *text, size_t size);

/* Two integers out of an attribute (shape). *found is 0 when there is no such attribute. */
unmix_status um_node_attribute_pair(unmix_context *cx, um_node node, const char *name, int64_t pair[2], int *found);

/* The node that an attribute refers to, or UM_NO_NODE. */
um_node um_node_attribute_node(um_node node, const char *name);

/* --- arrays; `field` (or NULL) is the field of records that is meant ------------------------------------------------ */

um_element um_node_element(um_node array, const char *field);

/* "integers", "text", "records": what the elements are, for messages. */
const char *um_element_name(um_element element);

/* Integers, booleans and choices; with reals: what can be read as doubles. */
int um_is_integer(um_element element);
int um_is_number(um_element element);

/* The fields of records, in order. */
unmix_status um_node_fields(unmix_context *cx, um_node array, um_names *names);

/* Number of elements and, where wanted, rank: whatever they are, nothing is checked. -1 for an array that is null. */
int64_t um_node_count(um_node array, int *rank);

/* Rank 1 or 2 and extents (extent[1] is 1 for rank 1), which are possible for a store of this size and can be read. */
unmix_status um_node_shape(unmix_context *cx, um_node array, int *rank, size_t extent[2]);
unmix_status um_node_length(unmix_context *cx, um_node array, size_t *length); /* the same for rank 1 */

/* Extent of the chunks of an array of rank 1 or 2; zeros when it is not chunked. chunk[1] is 1 for rank 1. */
void um_node_chunk(um_node array, size_t chunk[2]);

/* Keeps `bytes` of expanded chunks, so that a chunk that several reads share is expanded once. Opens *array again. */
unmix_status um_node_keep_chunks(unmix_context *cx, um_node *array, size_t bytes);

/* A part (NULL: everything) as doubles or integers; refused where the elements are no numbers, no integers. */
unmix_status um_node_read_doubles(unmix_context *cx, um_node array, const char *field, const um_part *part,
                                  double *values);
unmix_status um_node_read_integers(unmix_context *cx, um_node array, const char *field, const um_part *part,
                                   int64_t *values);

/* Appends the texts of an array of rank 1; of an array of one element, of any rank. */
unmix_status um_node_read_texts(unmix_context *cx, um_node array, const char *field, um_names *names);
unmix_status um_node_read_single_text(unmix_context *cx, um_node array, um_names *names);

#endif
