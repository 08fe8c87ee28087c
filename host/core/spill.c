#include "core/spill.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"

#define TILE_BYTES ((size_t)32 << 20)
#define COLUMN_BLOCK_BYTES ((size_t)8 << 20)
#define STRIP 64 /* columns that are transposed together: their ends stay in the cache */

#ifndef P_tmpdir
#define P_tmpdir "/tmp"
#endif

unmix_status um_spill_open(unmix_context *cx, um_spill *spill, size_t columns, const um_spill_options *options)
{
    static const um_spill_options defaults = {0};
    const um_spill_options *o = options ? options : &defaults;
    const char *folder = o->folder && *o->folder ? o->folder : P_tmpdir;
    const size_t tile = o->tile ? o->tile : TILE_BYTES, length = strlen(folder) + 1;
    *spill = (um_spill){.memory = o->memory ? o->memory : UM_SPILL_MEMORY, .columns = columns, .file = -1, .whole = 1};
    spill->tile_rows = tile / sizeof(double) / columns;
    if (spill->tile_rows < 1)
        spill->tile_rows = 1;
    UM_TRY(UM_ALLOC(cx, &spill->folder, length, "folder name"));
    memcpy(spill->folder, folder, length);
    return UNMIX_OK;
}

void um_spill_close(um_spill *spill)
{
    for (size_t t = 0; t < spill->n_tiles; t++)
        free(spill->tile[t].bytes);
    free(spill->tile);
    free(spill->open);
    free(spill->piece);
    if (spill->folder && spill->file >= 0)
        (void)close(spill->file);
    free(spill->folder);
    *spill = (um_spill){.file = -1};
}

/* ---- The file ---- */

static unmix_status fail_file(unmix_context *cx, const um_spill *spill, const char *what)
{
    return UM_FAIL(cx, UNMIX_ERROR_WRITE,
                   "%s: a temporary file of %.0f MB %s: %s; make room there, or name a folder on a larger disk (TMPDIR)",
                   spill->folder, ceil((double)spill->end * 1e-6), what, strerror(errno));
}

/* A file without a name: the system takes it back even when the process is killed. */
static unmix_status make_file(unmix_context *cx, um_spill *spill)
{
    static const char ending[] = "/unmix-XXXXXX";
    const size_t length = strlen(spill->folder);
    char *name = NULL;
    UM_TRY(UM_ALLOC(cx, &name, length + sizeof ending, "file name"));
    memcpy(name, spill->folder, length);
    memcpy(name + length, ending, sizeof ending);
    spill->file = mkstemp(name);
    if (spill->file >= 0)
        (void)unlink(name);
    free(name);
    return spill->file < 0 ? fail_file(cx, spill, "cannot be made") : UNMIX_OK;
}

static unmix_status append(unmix_context *cx, um_spill *spill, const unsigned char *bytes, size_t size)
{
    if (spill->file < 0)
        UM_TRY(make_file(cx, spill));
    while (size) {
        const ssize_t written = pwrite(spill->file, bytes, size, spill->end);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return fail_file(cx, spill, "cannot grow");
        bytes += written;
        size -= (size_t)written;
        spill->end += written;
    }
    return UNMIX_OK;
}

static unmix_status fetch(unmix_context *cx, const um_spill *spill, off_t offset, unsigned char *bytes, size_t size)
{
    while (size) {
        const ssize_t got = pread(spill->file, bytes, size, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "%s: a temporary file cannot be read back: %s", spill->folder,
                           got ? strerror(errno) : "it is too short");
        bytes += got;
        size -= (size_t)got;
        offset += got;
    }
    return UNMIX_OK;
}

/* ---- Packing ---- */

/* The numbers of column after column, `rows` each, as integers or doubles of type T. */
#define DEFINE_TYPE(T, pack_name, unpack_columns_name, unpack_rows_name)                                              \
    static void pack_name(const double *open, size_t rows, size_t columns, unsigned char *bytes)                      \
    {                                                                                                                 \
        T *const to = (T *)(void *)bytes;                                                                             \
        for (size_t first = 0; first < columns; first += STRIP) {                                                     \
            const size_t end = columns - first < STRIP ? columns : first + STRIP;                                     \
            for (size_t r = 0; r < rows; r++)                                                                         \
                for (size_t c = first; c < end; c++)                                                                  \
                    to[c * rows + r] = (T)open[r * columns + c];                                                      \
        }                                                                                                             \
    }                                                                                                                 \
    static void unpack_columns_name(const unsigned char *bytes, size_t rows, size_t columns, double *values,          \
                                    size_t stride)                                                                    \
    {                                                                                                                 \
        const T *const from = (const T *)(const void *)bytes;                                                         \
        for (size_t c = 0; c < columns; c++)                                                                          \
            for (size_t r = 0; r < rows; r++)                                                                         \
                values[c * stride + r] = (double)from[c * rows + r];                                                  \
    }                                                                                                                 \
    static void unpack_rows_name(const unsigned char *bytes, size_t rows, size_t columns, double *values)             \
    {                                                                                                                 \
        const T *const from = (const T *)(const void *)bytes;                                                         \
        for (size_t first = 0; first < columns; first += STRIP) {                                                     \
            const size_t end = columns - first < STRIP ? columns : first + STRIP;                                     \
            for (size_t r = 0; r < rows; r++)                                                                         \
                for (size_t c = first; c < end; c++)                                                                  \
                    values[r * columns + c] = (double)from[c * rows + r];                                             \
        }                                                                                                             \
    }

DEFINE_TYPE(uint8_t, pack_1, unpack_columns_1, unpack_rows_1)
DEFINE_TYPE(uint16_t, pack_2, unpack_columns_2, unpack_rows_2)
DEFINE_TYPE(uint32_t, pack_4, unpack_columns_4, unpack_rows_4)
DEFINE_TYPE(double, pack_8, unpack_columns_8, unpack_rows_8)

static const struct {
    void (*pack)(const double *open, size_t rows, size_t columns, unsigned char *bytes);
    void (*unpack_columns)(const unsigned char *bytes, size_t rows, size_t columns, double *values, size_t stride);
    void (*unpack_rows)(const unsigned char *bytes, size_t rows, size_t columns, double *values);
} types[9] = {
    [1] = {pack_1, unpack_columns_1, unpack_rows_1},
    [2] = {pack_2, unpack_columns_2, unpack_rows_2},
    [4] = {pack_4, unpack_columns_4, unpack_rows_4},
    [8] = {pack_8, unpack_columns_8, unpack_rows_8},
};

/* The fewest bytes that hold every number exactly; also keeps what the whole matrix looks like. */
static uint8_t width_of(um_spill *spill, const double *values, size_t count)
{
    double largest = 0.0;
    size_t nonzero = 0;
    int whole = 1;
    for (size_t i = 0; i < count; i++) {
        const double value = values[i];
        nonzero += value != 0.0;
        largest = value > largest ? value : largest;
        whole &= value >= 0.0 && value <= UINT32_MAX && !signbit(value) && value == floor(value);
    }
    spill->nonzero += nonzero;
    spill->largest = largest > spill->largest ? largest : spill->largest;
    spill->whole &= whole;
    return !whole ? 8 : largest <= UINT8_MAX ? 1 : largest <= UINT16_MAX ? 2 : 4;
}

/* Packs the open rows into a tile, which stays in memory while there is room. */
static unmix_status pack_open(unmix_context *cx, um_spill *spill)
{
    const size_t count = spill->open_rows * spill->columns;
    um_spill_tile tile = {.rows = spill->open_rows, .width = width_of(spill, spill->open, count), .offset = spill->end};
    const size_t size = count * tile.width;
    UM_TRY(UM_GROW(cx, &spill->tile, &spill->tile_capacity, spill->n_tiles + 1, "tiles"));
    UM_TRY(UM_ALLOC(cx, &tile.bytes, size, "numbers"));
    types[tile.width].pack(spill->open, tile.rows, spill->columns, tile.bytes);
    if (spill->held + size > spill->memory) {
        const unmix_status status = append(cx, spill, tile.bytes, size);
        free(tile.bytes);
        tile.bytes = NULL;
        UM_TRY(status);
    } else {
        spill->held += size;
    }
    spill->tile[spill->n_tiles++] = tile;
    spill->open_rows = 0;
    return UNMIX_OK;
}

unmix_status um_spill_add(unmix_context *cx, um_spill *spill, const double *row)
{
    const size_t columns = spill->columns;
    UM_TRY(UM_GROW(cx, &spill->open, &spill->open_capacity, (spill->open_rows + 1) * columns, "numbers"));
    memcpy(spill->open + spill->open_rows * columns, row, columns * sizeof *row);
    spill->open_rows++;
    spill->rows++;
    return spill->open_rows == spill->tile_rows ? pack_open(cx, spill) : UNMIX_OK;
}

unmix_status um_spill_finish(unmix_context *cx, um_spill *spill)
{
    if (spill->open_rows)
        UM_TRY(pack_open(cx, spill));
    free(spill->open);
    spill->open = NULL;
    spill->open_capacity = 0;
    return UNMIX_OK;
}

/* ---- Reading ---- */

/* The packed columns first .. first+count of a tile. */
static unmix_status piece_of(unmix_context *cx, um_spill *spill, const um_spill_tile *tile, size_t first, size_t count,
                             const unsigned char **piece)
{
    const size_t from = first * tile->rows * tile->width, size = count * tile->rows * tile->width;
    if (tile->bytes) {
        *piece = tile->bytes + from;
        return UNMIX_OK;
    }
    UM_TRY(UM_GROW(cx, &spill->piece, &spill->piece_capacity, size, "numbers"));
    *piece = spill->piece;
    return fetch(cx, spill, tile->offset + (off_t)from, spill->piece, size);
}

unmix_status um_spill_read_columns(unmix_context *cx, um_spill *spill, size_t first, size_t count, double *values)
{
    size_t row = 0;
    for (size_t t = 0; t < spill->n_tiles; t++) {
        const um_spill_tile *tile = &spill->tile[t];
        const unsigned char *piece = NULL;
        UM_TRY(piece_of(cx, spill, tile, first, count, &piece));
        types[tile->width].unpack_columns(piece, tile->rows, count, values + row, spill->rows);
        row += tile->rows;
    }
    return UNMIX_OK;
}

/* Makes `open` the rows of tile t. */
static unmix_status unpack(unmix_context *cx, um_spill *spill, size_t t)
{
    const um_spill_tile *tile = &spill->tile[t];
    const unsigned char *piece = NULL;
    if (spill->unpacked == t + 1)
        return UNMIX_OK;
    spill->unpacked = 0;
    UM_TRY(UM_GROW(cx, &spill->open, &spill->open_capacity, tile->rows * spill->columns, "numbers"));
    UM_TRY(piece_of(cx, spill, tile, 0, spill->columns, &piece));
    types[tile->width].unpack_rows(piece, tile->rows, spill->columns, spill->open);
    spill->unpacked = t + 1;
    return UNMIX_OK;
}

unmix_status um_spill_read_rows(unmix_context *cx, um_spill *spill, size_t first, size_t count, double *values)
{
    while (count) {
        const size_t t = first / spill->tile_rows, within = first % spill->tile_rows;
        UM_TRY(unpack(cx, spill, t));
        const size_t left = spill->tile[t].rows - within, now = left < count ? left : count;
        memcpy(values, spill->open + within * spill->columns, now * spill->columns * sizeof *values);
        values += now * spill->columns;
        first += now;
        count -= now;
    }
    return UNMIX_OK;
}

size_t um_spill_column_block(const um_spill *spill)
{
    const size_t block = COLUMN_BLOCK_BYTES / sizeof(double) / (spill->rows ? spill->rows : 1);
    return block ? block : 1;
}
