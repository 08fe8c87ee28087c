#include "io/hdf5/hdf5_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/shown.h"
#include "core/utf8.h"
#include "io/hdf5/hdf5_chunks.h"

/* How strings of one file type lie in memory. */
typedef struct layout {
    hid_t type; /* of one string in memory */
    int variable;
    size_t width; /* bytes from one string to the next */
} layout;

/* HDF5 does not convert between character sets, nor between fixed and variable length: memory follows the file. */
static unmix_status plan(unmix_context *cx, const um_h5_file *file, hid_t object, hid_t stored, layout *strings)
{
    const htri_t variable = H5Tis_variable_str(stored);
    strings->variable = variable > 0;
    strings->width = strings->variable ? sizeof(char *) : H5Tget_size(stored) + 1;
    strings->type = H5Tcopy(H5T_C_S1);
    if (variable >= 0 && strings->type >= 0 &&
        H5Tset_size(strings->type, strings->variable ? H5T_VARIABLE : strings->width) >= 0 &&
        H5Tset_cset(strings->type, H5Tget_cset(stored)) >= 0)
        return UNMIX_OK;
    const unmix_status status = UM_H5_FAIL(cx, file, object, "holds text of a type that cannot be read");
    um_h5_release(strings->type);
    strings->type = -1;
    return status;
}

/* A text of `object` as UTF-8. */
static unmix_status add_string(unmix_context *cx, const um_h5_file *file, hid_t object, const char *text, um_names *names)
{
    const size_t length = strlen(text);
    char shown[200], *converted = NULL;
    if (um_utf8_check(text, length) == length)
        return um_names_add(cx, names, text, length);
    if (cx->encoding != UNMIX_LATIN1)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: '%s', text %zu: '%s' is no UTF-8; where the file's text is Latin-1, give --encoding latin1", file->path,
                       um_h5_place_of(object).text, names->count + 1, um_shown(text, shown, sizeof shown));
    um_note(cx, "%s: text that is no UTF-8 is read as Latin-1", file->path);
    UM_TRY(UM_ALLOC(cx, &converted, 2 * length, "text"));
    const unmix_status status = um_names_add(cx, names, converted, um_utf8_from_latin1(text, length, converted));
    free(converted);
    return status;
}

static unmix_status add_strings(unmix_context *cx, const um_h5_file *file, hid_t object, const layout *strings,
                                const void *buffer, size_t count, um_names *names)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = strings->variable ? ((char *const *)buffer)[i] : (const char *)buffer + i * strings->width;
        UM_TRY(add_string(cx, file, object, text ? text : "", names));
    }
    return UNMIX_OK;
}

/* Of attributes, whose text HDF5 allocates itself. */
static void reclaim(const layout *strings, size_t count, void *buffer)
{
    const hsize_t extent = count;
    const hid_t space = strings->variable ? H5Screate_simple(1, &extent, NULL) : -1;
    if (space >= 0)
        (void)H5Dvlen_reclaim(strings->type, space, H5P_DEFAULT, buffer);
    um_h5_release(space);
}

/* Before text of variable length is read. */
static unmix_status begin_heap(unmix_context *cx, const um_h5_file *file, hid_t dataset, um_h5_heap *heap)
{
    UM_TRY(um_h5_check_chunks(cx, file, dataset));
    return um_h5_heap_begin(cx, file, dataset, heap);
}

/* Text of variable length where there is a heap, of fixed length without. */
static unmix_status read_strings(unmix_context *cx, const um_h5_file *file, hid_t dataset, hid_t memory_type,
                                 const um_h5_part *part, const um_h5_heap *heap, void *buffer)
{
    return heap->transfer >= 0 ? um_h5_read_text(cx, file, dataset, memory_type, part, heap, buffer)
                               : um_h5_read_raw(cx, file, dataset, memory_type, part, buffer);
}

/* Reads `count` strings in pieces of about 4 MB. */
static unmix_status read_pieces(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *member,
                                const layout *strings, size_t count, um_names *names)
{
    const size_t fitting = ((size_t)4 << 20) / strings->width;
    const size_t piece = fitting < 1 ? 1 : fitting;
    const hid_t memory_type = um_h5_memory_type(strings->type, member);
    if (memory_type < 0)
        return UM_H5_FAIL(cx, file, dataset, "cannot be read");
    char *buffer = NULL;
    um_h5_heap heap = {.transfer = -1};
    unmix_status status = um_alloc_(cx, (void **)&buffer, piece < count ? piece : count, strings->width, "names");
    if (status == UNMIX_OK && strings->variable)
        status = begin_heap(cx, file, dataset, &heap);
    for (size_t first = 0; status == UNMIX_OK && first < count; first += piece) {
        const size_t now = count - first < piece ? count - first : piece;
        const um_h5_part part = {{first, 0}, {now, 1}};
        status = read_strings(cx, file, dataset, memory_type, &part, &heap, buffer);
        if (status != UNMIX_OK)
            break;
        status = add_strings(cx, file, dataset, strings, buffer, now, names);
        um_h5_heap_empty(&heap);
        if (status == UNMIX_OK)
            status = um_progress(cx, -1.0, "reading %s", file->path);
    }
    free(buffer);
    um_h5_heap_end(&heap);
    um_h5_release(memory_type);
    return status;
}

/* The type of the strings in the file. */
static unmix_status string_type(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *member,
                                hid_t *type)
{
    const hid_t whole = H5Dget_type(dataset);
    *type = whole;
    if (member && whole >= 0) {
        *type = H5Tget_member_type(whole, (unsigned)H5Tget_member_index(whole, member));
        um_h5_release(whole);
    }
    return *type < 0 ? UM_H5_FAIL(cx, file, dataset, "cannot be described") : UNMIX_OK;
}

unmix_status um_h5_read_strings(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *member,
                                um_names *names)
{
    size_t count = 0;
    UM_TRY(um_h5_length(cx, file, dataset, &count));
    hid_t type = -1;
    UM_TRY(string_type(cx, file, dataset, member, &type));
    layout strings = {.type = -1};
    unmix_status status = plan(cx, file, dataset, type, &strings);
    if (status == UNMIX_OK && count)
        status = read_pieces(cx, file, dataset, member, &strings, count, names);
    um_h5_release(strings.type);
    um_h5_release(type);
    return status;
}

unmix_status um_h5_read_single_string(unmix_context *cx, const um_h5_file *file, hid_t dataset, um_names *names)
{
    hid_t type = -1;
    char *buffer = NULL;
    layout strings = {.type = -1};
    um_h5_heap heap = {.transfer = -1};
    UM_TRY(string_type(cx, file, dataset, NULL, &type));
    unmix_status status = plan(cx, file, dataset, type, &strings);
    if (status == UNMIX_OK)
        status = um_alloc_(cx, (void **)&buffer, 1, strings.width, "text");
    if (status == UNMIX_OK && strings.variable)
        status = begin_heap(cx, file, dataset, &heap);
    if (status == UNMIX_OK)
        status = read_strings(cx, file, dataset, strings.type, NULL, &heap, buffer);
    if (status == UNMIX_OK)
        status = add_strings(cx, file, dataset, &strings, buffer, 1, names);
    free(buffer);
    um_h5_heap_end(&heap);
    um_h5_release(strings.type);
    um_h5_release(type);
    return status;
}

static unmix_status read_attribute(unmix_context *cx, const um_h5_file *file, hid_t object, hid_t attribute, hid_t type,
                                   size_t count, um_names *names)
{
    layout strings = {.type = -1};
    UM_TRY(plan(cx, file, object, type, &strings));
    char *buffer = NULL;
    unmix_status status = um_alloc_(cx, (void **)&buffer, count, strings.width, "attribute");
    if (status == UNMIX_OK) {
        if (H5Aread(attribute, strings.type, buffer) < 0) {
            status = UM_H5_FAIL(cx, file, object, "has an attribute that cannot be read");
        } else {
            status = add_strings(cx, file, object, &strings, buffer, count, names);
            reclaim(&strings, count, buffer);
        }
    }
    free(buffer);
    um_h5_release(strings.type);
    return status;
}

unmix_status um_h5_attribute_strings(unmix_context *cx, const um_h5_file *file, hid_t object, const char *name,
                                     um_names *names)
{
    if (H5Aexists(object, name) <= 0)
        return UNMIX_OK;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return UM_H5_FAIL(cx, file, object, "has an attribute that cannot be opened");
    const hid_t type = H5Aget_type(attribute);
    const hid_t space = H5Aget_space(attribute);
    const hssize_t count = space < 0 ? 0 : H5Sget_simple_extent_npoints(space);
    unmix_status status = UNMIX_OK;
    /* anndata 0.8 writes an empty list of columns as an empty list of real numbers. */
    if (type >= 0 && H5Tget_class(type) == H5T_STRING && count > 0 && H5Sget_simple_extent_type(space) != H5S_NULL)
        status = (uint64_t)count > file->size ? UM_H5_FAIL(cx, file, object, "has an attribute of an impossible size")
                                              : read_attribute(cx, file, object, attribute, type, (size_t)count, names);
    um_h5_release(space);
    um_h5_release(type);
    um_h5_release(attribute);
    return status;
}

/* ---- Before HDF5 reads all at once ---- */

/* Rows first .. first + count of what has `rank` dimensions; all of what has none. */
static int read_rows(hid_t dataset, hid_t type, hid_t space, const hsize_t *extent, int rank, hsize_t first, hsize_t count,
                     const um_h5_heap *heap, void *buffer)
{
    hsize_t start[H5S_MAX_RANK] = {first}, length[H5S_MAX_RANK];
    memcpy(length, extent, sizeof length);
    length[0] = count;
    const hid_t memory = rank ? H5Screate_simple(rank, length, NULL) : H5Scopy(space);
    const int done = memory >= 0 && (!rank || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, length, NULL) >= 0) &&
                     H5Dread(dataset, type, memory, space, heap->transfer, buffer) >= 0;
    um_h5_release(memory);
    return done;
}

static unmix_status read_and_forget(unmix_context *cx, const um_h5_file *file, hid_t dataset, hid_t type, hid_t space)
{
    hsize_t extent[H5S_MAX_RANK] = {0};
    const int rank = H5Sget_simple_extent_dims(space, extent, NULL);
    size_t row = H5Tget_size(type);
    for (int r = 1; r < rank; r++)
        row = um_product_size(row, (size_t)extent[r], 1);
    const hsize_t rows = rank ? extent[0] : 1;
    if (rank < 0 || !row || !rows || H5Sget_simple_extent_type(space) == H5S_NULL)
        return UNMIX_OK;
    if (row / UM_H5_SHRINKS > file->size)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' claims more elements than the file can hold; the file is damaged",
                       file->path, um_h5_place_of(dataset).text);
    const hsize_t fitting = ((size_t)4 << 20) / row;
    const hsize_t piece = fitting < 1 ? 1 : fitting < rows ? fitting : rows;
    char *buffer = NULL;
    um_h5_heap heap = {.transfer = -1};
    unmix_status status = um_alloc_(cx, (void **)&buffer, (size_t)piece, row, "text");
    if (status == UNMIX_OK)
        status = um_h5_heap_begin(cx, file, dataset, &heap);
    for (hsize_t first = 0; status == UNMIX_OK && first < rows; first += piece) {
        const hsize_t now = rows - first < piece ? rows - first : piece;
        if (!read_rows(dataset, type, space, extent, rank, first, now, &heap, buffer))
            status = um_h5_heap_fail(cx, file, dataset, &heap);
        um_h5_heap_empty(&heap);
        if (status == UNMIX_OK)
            status = um_progress(cx, -1.0, "reading %s", file->path);
    }
    free(buffer);
    um_h5_heap_end(&heap);
    return status;
}

unmix_status um_h5_check_text(unmix_context *cx, const um_h5_file *file, hid_t dataset)
{
    UM_TRY(um_h5_check_chunks(cx, file, dataset));
    const hid_t stored = H5Dget_type(dataset);
    const hid_t type = stored < 0 ? -1 : H5Tget_native_type(stored, H5T_DIR_ASCEND);
    const hid_t space = H5Dget_space(dataset);
    unmix_status status = UNMIX_OK;
    if (type < 0 || space < 0)
        status = UM_H5_FAIL(cx, file, dataset, "cannot be described");
    else if (H5Tget_class(type) != H5T_REFERENCE)
        status = read_and_forget(cx, file, dataset, type, space);
    um_h5_release(space);
    um_h5_release(type);
    um_h5_release(stored);
    return status;
}
