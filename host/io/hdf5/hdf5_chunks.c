#include "io/hdf5/hdf5_chunks.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/hdf5/hdf5_expand.h"

/* ---- What a dataset is made of ---- */

typedef struct chunked {
    const um_h5_file *file;
    hid_t dataset, type;
    int rank;
    hsize_t extent[H5S_MAX_RANK], chunk[H5S_MAX_RANK], across[H5S_MAX_RANK]; /* elements; chunks */
    size_t element, whole;                                                   /* bytes of an element, of a chunk */
    um_h5_filters filters;
    unsigned char *fill; /* an element that was never written */
} chunked;

static void chunked_clear(chunked *c)
{
    um_h5_release(c->type);
    free(c->fill);
}

static int describe(hid_t dataset, hid_t creation, chunked *c)
{
    const hid_t space = H5Dget_space(dataset);
    c->rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, c->extent, NULL);
    um_h5_release(space);
    c->type = H5Dget_type(dataset);
    if (c->rank < 1 || c->type < 0 || H5Pget_chunk(creation, H5S_MAX_RANK, c->chunk) != c->rank)
        return -1;
    c->element = c->whole = um_h5_stored_bytes(c->file, c->type);
    for (int r = 0; r < c->rank; r++) {
        if (!c->chunk[r])
            return -1;
        c->whole = um_product_size(c->whole, (size_t)c->chunk[r], 1);
        c->across[r] = (c->extent[r] + c->chunk[r] - 1) / c->chunk[r];
    }
    return c->element ? 0 : -1;
}

/* *c is left empty (no filters) where the dataset has none. */
static unmix_status chunked_begin(unmix_context *cx, const um_h5_file *file, hid_t dataset, chunked *c)
{
    *c = (chunked){.file = file, .dataset = dataset, .type = -1};
    const hid_t creation = H5Dget_create_plist(dataset);
    if (creation < 0)
        return UM_H5_FAIL(cx, file, dataset, "cannot be described");
    unmix_status status = UNMIX_OK;
    if (H5Pget_layout(creation) == H5D_CHUNKED)
        um_h5_get_filters(creation, &c->filters);
    if (c->filters.count && describe(dataset, creation, c) < 0)
        status = UM_H5_FAIL(cx, file, dataset, "cannot be described");
    um_h5_release(creation);
    if (status != UNMIX_OK)
        chunked_clear(c);
    return status;
}

int um_h5_is_expanded_here(hid_t dataset)
{
    um_h5_filters filters = {0};
    const hid_t creation = H5Dget_create_plist(dataset);
    if (creation >= 0 && H5Pget_layout(creation) == H5D_CHUNKED)
        um_h5_get_filters(creation, &filters);
    um_h5_release(creation);
    return filters.count && um_h5_unknown_filter(&filters) == H5Z_FILTER_NONE;
}

/* ---- A chunk ---- */

static unmix_status refuse(unmix_context *cx, const chunked *c, size_t number, const char *what)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: chunk %zu of '%s' %s; the file is damaged", c->file->path, number + 1,
                   um_h5_place_of(c->dataset).text, what);
}

static herr_t read_stored(hid_t dataset, const hsize_t *offset, uint32_t *mask, void *bytes)
{
#if H5_VERSION_GE(2, 0, 0)
    return H5Dread_chunk1(dataset, H5P_DEFAULT, offset, mask, bytes);
#else
    return H5Dread_chunk(dataset, H5P_DEFAULT, offset, mask, bytes);
#endif
}

/* The chunk at `place` (in chunks), expanded, from malloc(); *chunk is NULL where none was written. */
static unmix_status load(unmix_context *cx, const chunked *c, const hsize_t *place, size_t number, unsigned char **chunk)
{
    hsize_t offset[H5S_MAX_RANK], stored = 0;
    uint32_t mask = 0;
    for (int r = 0; r < c->rank; r++)
        offset[r] = place[r] * c->chunk[r];
    *chunk = NULL;
    if (H5Dget_chunk_info_by_coord(c->dataset, offset, NULL, NULL, &stored) < 0)
        return UM_H5_FAIL(cx, c->file, c->dataset, "has a chunk that cannot be found");
    if (!stored)
        return UNMIX_OK;
    if (stored > c->file->size)
        return refuse(cx, c, number, "is larger than the file");
    if (c->whole / UM_H5_SHRINKS > stored + 4096)
        return refuse(cx, c, number, "does not expand to the size of a chunk");
    unsigned char *bytes = NULL;
    UM_TRY(UM_ALLOC(cx, &bytes, (size_t)stored, "chunk"));
    if (read_stored(c->dataset, offset, &mask, bytes) < 0) {
        free(bytes);
        return UM_H5_FAIL(cx, c->file, c->dataset, "has a chunk that cannot be read");
    }
    const char *const wrong = um_h5_expand(&c->filters, mask, c->whole, &bytes, (size_t)stored);
    if (!wrong) {
        *chunk = bytes;
        return UNMIX_OK;
    }
    free(bytes);
    return refuse(cx, c, number, wrong);
}

unmix_status um_h5_check_chunks(unmix_context *cx, const um_h5_file *file, hid_t dataset)
{
    chunked c;
    UM_TRY(chunked_begin(cx, file, dataset, &c));
    unmix_status status = UNMIX_OK;
    hsize_t place[H5S_MAX_RANK] = {0};
    size_t count = c.rank > 0;
    for (int i = 0; i < c.rank; i++)
        count = um_product_size(count, (size_t)c.across[i], 1);
    if (um_h5_unknown_filter(&c.filters) != H5Z_FILTER_NONE)
        count = 0; /* see who asks whether it is read at all */
    if (count > file->size) /* each takes a few bytes even where it was never written */
        status = refuse(cx, &c, 0, "is one of more than the file can hold");
    int r = count ? c.rank : 0;
    for (size_t number = 0; r > 0 && status == UNMIX_OK; number++) {
        unsigned char *chunk = NULL;
        status = load(cx, &c, place, number, &chunk);
        free(chunk);
        if (status == UNMIX_OK && number % 64 == 63)
            status = um_progress(cx, -1.0, "reading %s", file->path);
        for (r = c.rank; r > 0 && ++place[r - 1] == c.across[r - 1]; r--) /* the last one runs fastest */
            place[r - 1] = 0;
    }
    chunked_clear(&c);
    return status;
}

/* ---- Reading ---- */

/* A part of a dataset of rank 1 or 2 as it is stored, rows of `row` bytes one after another. */
typedef struct target {
    um_h5_part part;
    size_t row;
    unsigned char *bytes;
} target;

/* Elements first..end in both directions, of the chunk at `place`, go where they belong. */
static void put(const chunked *c, const target *t, const hsize_t place[2], const unsigned char *chunk)
{
    hsize_t first[2], end[2];
    for (int r = 0; r < 2; r++) {
        const hsize_t begin = place[r] * c->chunk[r], last = begin + c->chunk[r];
        const hsize_t wanted = t->part.first[r] + t->part.count[r];
        first[r] = begin > t->part.first[r] ? begin : t->part.first[r];
        end[r] = last < wanted ? last : wanted;
    }
    size_t bytes = (size_t)(end[1] - first[1]) * c->element;
    hsize_t together = 1; /* rows: all, where one follows another in chunk and target */
    if (bytes == c->chunk[1] * c->element && bytes == t->row)
        together = end[0] - first[0];
    bytes *= (size_t)together;
    for (hsize_t i = first[0]; i < end[0]; i += together) {
        unsigned char *const to =
            t->bytes + (size_t)(i - t->part.first[0]) * t->row + (size_t)(first[1] - t->part.first[1]) * c->element;
        const size_t within = (size_t)((i - place[0] * c->chunk[0]) * c->chunk[1] + first[1] - place[1] * c->chunk[1]);
        if (chunk)
            memcpy(to, chunk + within * c->element, bytes);
        for (size_t b = 0; !chunk && b < bytes; b += c->element)
            memcpy(to + b, c->fill, c->element);
    }
}

static unmix_status gather(unmix_context *cx, const chunked *c, const target *t)
{
    const um_h5_part *const p = &t->part;
    hsize_t place[2];
    if (!p->count[0] || !p->count[1])
        return UNMIX_OK;
    for (place[0] = p->first[0] / c->chunk[0]; place[0] * c->chunk[0] < p->first[0] + p->count[0]; place[0]++)
        for (place[1] = p->first[1] / c->chunk[1]; place[1] * c->chunk[1] < p->first[1] + p->count[1]; place[1]++) {
            const size_t number = (size_t)(place[0] * c->across[1] + place[1]);
            const um_h5_chunk_key key = {c->dataset, number};
            unsigned char *chunk = um_h5_kept_find(c->file->kept, key);
            if (!chunk) {
                UM_TRY(load(cx, c, place, number, &chunk));
                if (chunk)
                    um_h5_kept_add(c->file->kept, key, chunk, c->whole);
            }
            put(c, t, place, chunk);
        }
    return UNMIX_OK;
}

/* What of records is not asked for needs a place to be kept while they are converted; others need none. */
static unmix_status convert(unmix_context *cx, const chunked *c, hid_t memory_type, size_t count, void *values)
{
    void *background = NULL;
    if (H5Tequal(c->type, memory_type) > 0)
        return UNMIX_OK;
    if (H5Tget_class(c->type) == H5T_COMPOUND)
        UM_TRY(um_alloc_(cx, &background, count, H5Tget_size(memory_type), "records"));
    const herr_t done = H5Tconvert(c->type, memory_type, count, values, background, H5P_DEFAULT);
    free(background);
    return done < 0 ? UM_H5_FAIL(cx, c->file, c->dataset, "cannot be read") : UNMIX_OK;
}

static unmix_status find_fill(unmix_context *cx, chunked *c)
{
    H5D_fill_value_t fill = H5D_FILL_VALUE_UNDEFINED;
    UM_TRY(UM_ALLOC(cx, &c->fill, c->element, "value"));
    const hid_t creation = H5Dget_create_plist(c->dataset);
    if (creation >= 0 && H5Pfill_value_defined(creation, &fill) >= 0 && fill == H5D_FILL_VALUE_USER_DEFINED)
        (void)H5Pget_fill_value(creation, c->type, c->fill);
    um_h5_release(creation);
    return UNMIX_OK;
}

static unmix_status read_part(unmix_context *cx, chunked *c, hid_t memory_type, const um_h5_part *part, void *buffer)
{
    if (c->rank > 2)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %d dimensions; 1 or 2 are expected", c->file->path,
                       um_h5_place_of(c->dataset).text, c->rank);
    target t = {.part = part ? *part : (um_h5_part){{0, 0}, {c->extent[0], c->extent[1]}}};
    if (c->rank == 1) {
        t.part.first[1] = 0;
        t.part.count[1] = c->extent[1] = c->chunk[1] = c->across[1] = 1;
    }
    if (!part && c->rank == 1)
        t.part.count[0] = c->extent[0];
    for (int r = 0; r < 2; r++)
        if (t.part.first[r] > c->extent[r] || t.part.count[r] > c->extent[r] - t.part.first[r])
            return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "%s: '%s' has no such part", c->file->path,
                           um_h5_place_of(c->dataset).text);
    const size_t count = um_product_size((size_t)t.part.count[0], (size_t)t.part.count[1], 1);
    const size_t size = H5Tget_size(memory_type);
    void *wider = NULL;
    if (c->element > size) /* before they are converted, in place */
        UM_TRY(um_alloc_(cx, &wider, count, c->element, "values"));
    t.row = (size_t)t.part.count[1] * c->element;
    t.bytes = wider ? wider : buffer;
    unmix_status status = gather(cx, c, &t);
    if (status == UNMIX_OK)
        status = convert(cx, c, memory_type, count, t.bytes);
    if (status == UNMIX_OK && wider)
        memcpy(buffer, wider, count * size);
    free(wider);
    return status;
}

unmix_status um_h5_read_expanded(unmix_context *cx, const um_h5_file *file, hid_t dataset, hid_t memory_type,
                                 const um_h5_part *part, void *buffer)
{
    chunked c;
    UM_TRY(chunked_begin(cx, file, dataset, &c));
    unmix_status status = find_fill(cx, &c);
    if (status == UNMIX_OK)
        status = read_part(cx, &c, memory_type, part, buffer);
    chunked_clear(&c);
    return status;
}
