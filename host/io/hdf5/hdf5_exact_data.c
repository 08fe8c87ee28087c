#include "io/hdf5/hdf5_exact_data.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/hdf5/hdf5_chunks.h"
#include "io/hdf5/hdf5_heap.h"

/* Bytes that are read at once of each of the two. */
static const size_t PIECE = (size_t)1 << 22;

typedef struct data {
    const um_exact_walk *walk;
    const char *member, *attribute;
    hid_t id[2], space[2], memory; /* `memory`: the type of an element as it lies in memory */
    hid_t type[2];
    int rank[2];
    hsize_t extent[2][H5S_MAX_RANK];
    size_t size; /* of an element */
    void *values[2];
    um_h5_heap heap[2]; /* for text of variable length */
} data;

static void differs(const data *d, const char *place, const char *a, const char *b)
{
    char full[360];
    if (d->attribute)
        (void)snprintf(full, sizeof full, "attribute '%.200s'%s%.100s", d->attribute, *place ? ", " : "", place);
    else
        (void)snprintf(full, sizeof full, "%.300s", place);
    um_exact_differs(d->walk->files, d->member, full, a, b);
}

static unmix_status unreadable(const data *d, int side)
{
    return UM_H5_FAIL(d->walk->cx, &d->walk->file[side], d->id[side], "cannot be read");
}

static unmix_status look(data *d)
{
    for (int s = 0; s < 2; s++) {
        um_h5_touch(d->walk->cx, &d->walk->file[s]);
        d->type[s] = d->attribute ? H5Aget_type(d->id[s]) : H5Dget_type(d->id[s]);
        d->space[s] = d->attribute ? H5Aget_space(d->id[s]) : H5Dget_space(d->id[s]);
        if (d->type[s] < 0 || d->space[s] < 0)
            return unreadable(d, s);
        d->rank[s] = H5Sget_simple_extent_dims(d->space[s], d->extent[s], NULL);
        if (d->rank[s] < 0)
            return unreadable(d, s);
    }
    d->memory = H5Tget_native_type(d->type[0], H5T_DIR_ASCEND);
    return d->memory < 0 ? unreadable(d, 0) : UNMIX_OK;
}

static const char *class_text(hid_t type)
{
    switch (H5Tget_class(type)) {
    case H5T_INTEGER: return "integers";
    case H5T_FLOAT: return "real numbers";
    case H5T_STRING: return "text";
    case H5T_ENUM: return "an enumeration";
    case H5T_COMPOUND: return "records";
    case H5T_VLEN: return "lists";
    case H5T_REFERENCE: return "references";
    default: return "something else";
    }
}

static const char *type_text(hid_t type, char out[60])
{
    (void)snprintf(out, 60, "%s, %zu bytes", class_text(type), H5Tget_size(type));
    return out;
}

static const char *shape_text(const data *d, int side, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, d->rank[side] ? "" : "single");
    for (int r = 0; r < d->rank[side] && used + 24 < size; r++)
        used += (size_t)snprintf(out + used, size - used, "%s%llu", r ? " x " : "", (unsigned long long)d->extent[side][r]);
    return out;
}

static int same_form(const data *d)
{
    char a[200], b[200];
    if (H5Tequal(d->type[0], d->type[1]) <= 0) {
        differs(d, "type", type_text(d->type[0], a), type_text(d->type[1], b));
        return 0;
    }
    if (d->rank[0] != d->rank[1] || memcmp(d->extent[0], d->extent[1], (size_t)d->rank[0] * sizeof d->extent[0][0]) != 0 ||
        H5Sget_simple_extent_type(d->space[0]) != H5Sget_simple_extent_type(d->space[1])) {
        differs(d, "shape", shape_text(d, 0, a, sizeof a), shape_text(d, 1, b, sizeof b));
        return 0;
    }
    return 1;
}

static const char *value_text(const data *d, const void *value, char out[100])
{
    const H5T_class_t class = H5Tget_class(d->memory);
    out[0] = '\0';
    if (class == H5T_STRING && H5Tis_variable_str(d->memory) > 0)
        (void)snprintf(out, 100, "%s", *(char *const *)value ? *(char *const *)value : "");
    else if (class == H5T_STRING)
        (void)snprintf(out, 100, "%.*s", (int)(d->size < 99 ? d->size : 99), (const char *)value);
    else if (class == H5T_FLOAT && d->size == sizeof(double))
        (void)snprintf(out, 100, "%.17g", *(const double *)value);
    else if (class == H5T_FLOAT && d->size == sizeof(float))
        (void)snprintf(out, 100, "%.9g", (double)*(const float *)value);
    else if ((class == H5T_INTEGER || class == H5T_ENUM) && d->size <= sizeof(int64_t)) {
        int64_t number[1] = {0};
        memcpy(number, value, d->size);
        const hid_t from = class == H5T_ENUM ? H5Tget_super(d->memory) : H5Tcopy(d->memory);
        if (H5Tconvert(from, H5T_NATIVE_INT64, 1, number, NULL, H5P_DEFAULT) >= 0)
            (void)snprintf(out, 100, "%lld", (long long)number[0]);
        um_h5_release(from);
    } else
        for (size_t i = 0; i < d->size && i < 32; i++)
            (void)snprintf(out + 2 * i, 3, "%02x", ((const unsigned char *)value)[i]);
    return out;
}

static int same_value(const data *d, const char *a, const char *b)
{
    if (H5Tget_class(d->memory) != H5T_STRING || H5Tis_variable_str(d->memory) == 0)
        return memcmp(a, b, d->size) == 0;
    const char *const first = *(char *const *)a, *const second = *(char *const *)b;
    return first && second ? strcmp(first, second) == 0 : first == second;
}

/* "[2,5]" of an element by its number in the whole. */
static const char *index_text(const data *d, size_t number, char *out, size_t size)
{
    size_t at[H5S_MAX_RANK], used = 0;
    for (int r = d->rank[0] - 1; r >= 0; r--) {
        at[r] = number % d->extent[0][r];
        number /= d->extent[0][r];
    }
    out[0] = '\0';
    for (int r = 0; r < d->rank[0] && used + 24 < size; r++)
        used += (size_t)snprintf(out + used, size - used, "%s%zu%s", r ? "," : "[", at[r], r == d->rank[0] - 1 ? "]" : "");
    return out;
}

/* Elements first .. first+count, which are in `values`. 1 when all are the same; else the first difference is told. */
static int same_values(const data *d, size_t first, size_t count)
{
    const char *a = d->values[0], *b = d->values[1];
    const int pointers = !um_h5_is_plain(d->memory);
    if (!pointers && memcmp(a, b, count * d->size) == 0)
        return 1;
    for (size_t i = 0; i < count; i++)
        if (!same_value(d, a + i * d->size, b + i * d->size)) {
            char place[120], text[2][100];
            differs(d, index_text(d, first + i, place, sizeof place), value_text(d, a + i * d->size, text[0]),
                    value_text(d, b + i * d->size, text[1]));
            return 0;
        }
    return 1;
}

/* Reads rows first .. first+count of both (a single value: first 0, count 1), compares, gives strings back. */
static unmix_status compare_rows(data *d, hsize_t first, hsize_t count, size_t row, int *same)
{
    hsize_t start[H5S_MAX_RANK] = {first}, length[H5S_MAX_RANK];
    memcpy(length, d->extent[0], sizeof length);
    length[0] = count;
    const int rank = d->rank[0];
    const hid_t memory_space = rank ? H5Screate_simple(rank, length, NULL) : H5Scopy(d->space[0]);
    unmix_status status = UNMIX_OK;
    int read = 0;
    for (; read < 2 && status == UNMIX_OK; read += status == UNMIX_OK) {
        herr_t done = 0;
        um_h5_touch(d->walk->cx, &d->walk->file[read]);
        memset(d->values[read], 0, (size_t)count * row * d->size);
        if (rank && !d->attribute)
            done = H5Sselect_hyperslab(d->space[read], H5S_SELECT_SET, start, NULL, length, NULL);
        if (done >= 0)
            done = d->attribute ? H5Aread(d->id[read], d->memory, d->values[read])
                                : H5Dread(d->id[read], d->memory, memory_space, d->space[read], d->heap[read].transfer,
                                          d->values[read]);
        if (done < 0)
            status = d->attribute ? unreadable(d, read)
                                  : um_h5_heap_fail(d->walk->cx, &d->walk->file[read], d->id[read], &d->heap[read]);
    }
    if (status == UNMIX_OK)
        *same = same_values(d, (size_t)first * row, (size_t)count * row);
    um_h5_heap_empty(&d->heap[0]);
    um_h5_heap_empty(&d->heap[1]);
    for (int s = 0; s < read && d->attribute && !um_h5_is_plain(d->memory); s++)
        (void)H5Dvlen_reclaim(d->memory, memory_space, H5P_DEFAULT, d->values[s]);
    um_h5_release(memory_space);
    return status;
}

static unmix_status compare_values(data *d)
{
    size_t row = 1;
    const hsize_t rows = d->rank[0] ? d->extent[0][0] : 1;
    for (int r = 1; r < d->rank[0]; r++)
        row = um_product_size(row, (size_t)d->extent[0][r], 1);
    if (row == 0 || rows == 0 || H5Sget_simple_extent_type(d->space[0]) == H5S_NULL)
        return UNMIX_OK;
    d->size = H5Tget_size(d->memory);
    const size_t bytes = um_product_size(row, d->size, 1);
    hsize_t most = d->attribute ? rows : bytes < PIECE ? PIECE / bytes : 1;
    most = most < rows ? most : rows;
    for (int s = 0; s < 2 && !d->attribute; s++) {
        UM_TRY(um_h5_check_chunks(d->walk->cx, &d->walk->file[s], d->id[s]));
        UM_TRY(um_h5_heap_begin(d->walk->cx, &d->walk->file[s], d->id[s], &d->heap[s]));
    }
    for (int s = 0; s < 2; s++)
        UM_TRY(um_alloc_(d->walk->cx, &d->values[s], um_product_size((size_t)most, row, 1), d->size, "values"));
    int same = 1;
    for (hsize_t first = 0; first < rows && same; first += most) {
        UM_TRY(um_progress(d->walk->cx, -1, "comparing %s", d->member));
        UM_TRY(compare_rows(d, first, rows - first < most ? rows - first : most, row, &same));
    }
    return UNMIX_OK;
}

/* Texts of variable length are followed; references (of anndata 0.7, to the categories) show what is compared anyway. */
static unmix_status compare(data *d)
{
    UM_TRY(look(d));
    if (!same_form(d) || H5Tget_class(d->memory) == H5T_REFERENCE)
        return UNMIX_OK;
    if (!um_h5_is_plain(d->memory) && H5Tget_class(d->memory) != H5T_STRING)
        return UM_FAIL(d->walk->cx, UNMIX_ERROR_INPUT, "%s: '%s' holds %s that cannot be compared", d->walk->file[0].path,
                       d->member, class_text(d->memory));
    return compare_values(d);
}

unmix_status um_exact_data(const um_exact_walk *walk, const char *member, const char *attribute, const hid_t id[2])
{
    data d = {.walk = walk, .member = member, .attribute = attribute, .id = {id[0], id[1]}, .space = {-1, -1}, .memory = -1,
              .type = {-1, -1}, .heap = {{.transfer = -1}, {.transfer = -1}}};
    const unmix_status status = compare(&d);
    for (int s = 0; s < 2; s++) {
        free(d.values[s]);
        um_h5_heap_end(&d.heap[s]);
        um_h5_release(d.type[s]);
        um_h5_release(d.space[s]);
    }
    um_h5_release(d.memory);
    return status;
}
