/*
 * HDF5 files opened for reading: silence, failures as one line, objects by name. What the objects hold is read by
 * hdf5_data.h and hdf5_text.h. Everything in a file is a claim of whoever wrote it and is checked before it is used.
 */
#ifndef UM_HDF5_FILE_H
#define UM_HDF5_FILE_H

#include <hdf5.h>

#include "io/hdf5/hdf5_kept.h"
#include "io/store/store.h"

/*
 * HDF5 prints its errors by itself, and loads filters from wherever the environment says. Hush before own calls and give
 * the caller's handler and setting back after them: they are the process's.
 */
typedef struct um_h5_silence {
    H5E_auto2_t handler;
    void *payload;
    int known;        /* the caller's handler could be asked for */
    const unmix_context *cx; /* who is told which file is read, and says whether filters may be loaded; set before
                                um_h5_hush(), NULL for neither */
    unsigned loading; /* what the caller had */
    int loading_known;
} um_h5_silence;

void um_h5_hush(um_h5_silence *silence);
void um_h5_unhush(const um_h5_silence *silence);

typedef struct um_h5_file {
    hid_t id;      /* -1: not open */
    char *path;    /* as the user gave it */
    uint64_t size; /* bytes */
    size_t address; /* bytes of an address in it */
    um_h5_kept *kept;
} um_h5_file;

/* A part of a dataset of one or two dimensions: `count` from `first` on, in both where rank is 2. */
typedef struct um_h5_part {
    hsize_t first[2];
    hsize_t count[2];
} um_h5_part;

/* Deflate shrinks at most 1,032 times and LZF less: what claims to have shrunk more is damaged. */
#define UM_H5_SHRINKS 1100

/* A closed file, to start from: um_h5_close() is allowed on it. */
#define UM_H5_CLOSED ((um_h5_file){.id = -1})

/* Opens for reading. INPUT: missing, not HDF5, cut off, locked, damaged. What it points to: hdf5_visit.h. */
unmix_status um_h5_open(unmix_context *cx, const char *path, um_h5_file *file);
void um_h5_close(um_h5_file *file);

/* Closes a group, dataset, type, space, attribute or property list; -1 is allowed. */
void um_h5_release(hid_t id);

um_place um_h5_place_of(hid_t object);

/*
 * A failed HDF5 call as an INPUT failure: "FILE: 'PLACE' WHAT (HDF5: innermost cause)". Must follow the failed call at
 * once: the next call clears HDF5's error stack.
 */
#define UM_H5_FAIL(cx, file, object, what) um_h5_fail_((cx), __FILE__, __LINE__, (file), (object), (what))
unmix_status um_h5_fail_(unmix_context *cx, const char *source, int line, const um_h5_file *file, hid_t object,
                         const char *what);

/* The innermost message of HDF5's error stack, one line, in text[size]; returns text. */
const char *um_h5_cause(char *text, size_t size);

/* 1 when `parent` has a member `name` that exists. */
int um_h5_has(hid_t parent, const char *name);

/* Opens a member that must exist: a group or a dataset. */
unmix_status um_h5_open_member(unmix_context *cx, const um_h5_file *file, hid_t parent, const char *name, hid_t *id);

int um_h5_is_group(hid_t object);

/* HDF5 is about to read this file, of several: the caller is told where it crashes. */
void um_h5_touch(const unmix_context *cx, const um_h5_file *file);

/* Bytes of an element in the file: lists and text of variable length take a length, an address and a number there. */
size_t um_h5_stored_bytes(const um_h5_file *file, hid_t type);

/* 1 when an attribute is a reference to one object: *reference. */
int um_h5_read_reference(hid_t attribute, hobj_ref_t *reference);

/* Names of the members, sorted. */
unmix_status um_h5_members(unmix_context *cx, const um_h5_file *file, hid_t group, um_names *names);

#endif
