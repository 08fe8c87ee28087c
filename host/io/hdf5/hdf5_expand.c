#include "io/hdf5/hdf5_expand.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#ifdef UM_SZIP
#include <szlib.h>
#endif

#include "io/hdf5/hdf5_lzf.h"

/* A chunk on its way back: `bytes` from malloc(). */
typedef struct stage {
    unsigned char *bytes;
    size_t size;
    size_t most; /* no stage is longer: a chunk with what checksums add */
} stage;

typedef const char *(*undo)(const struct um_h5_filter *filter, stage *s);

static const char no_memory[] = "out of memory";

/* Takes `bytes` of `size` in place of what there is. */
static void replace(stage *s, unsigned char *bytes, size_t size)
{
    free(s->bytes);
    s->bytes = bytes;
    s->size = size;
}

static const char *undo_deflate(const struct um_h5_filter *filter, stage *s)
{
    (void)filter;
    unsigned char *const to = malloc(s->most + 1);
    uLongf size = s->most + 1; /* one more than there may be, to see that it is longer */
    if (!to)
        return no_memory;
    const int result = uncompress(to, &size, s->bytes, s->size);
    if (result == Z_OK && size <= s->most) {
        replace(s, to, size);
        return NULL;
    }
    free(to);
    return result == Z_OK || result == Z_BUF_ERROR ? "does not expand to the size of a chunk" : "is damaged gzip";
}

static const char *undo_shuffle(const struct um_h5_filter *filter, stage *s)
{
    const size_t width = filter->n_values ? filter->value[0] : 0;
    if (width < 2)
        return width ? NULL : "is shuffled by an impossible number of bytes";
    const size_t count = s->size / width;
    unsigned char *const to = malloc(s->size + 1);
    if (!to)
        return no_memory;
    for (size_t i = 0; i < count; i += 4096) /* in pieces that stay in the cache */
        for (size_t b = 0; b < width; b++) {
            const unsigned char *const from = s->bytes + b * count;
            const size_t end = count - i < 4096 ? count : i + 4096;
            for (size_t j = i; j < end; j++)
                to[j * width + b] = from[j];
        }
    memcpy(to + count * width, s->bytes + count * width, s->size - count * width);
    replace(s, to, s->size);
    return NULL;
}

/* Fletcher's sum over words of 16 bits, most significant byte first, as HDF5 takes it. */
static uint32_t fletcher(const unsigned char *bytes, size_t size)
{
    uint32_t a = 0, b = 0;
    for (size_t at = 0; at < size;) {
        for (size_t n = 0; n < 360 && at < size; n++, at += 2) {
            a += (uint32_t)bytes[at] << 8 | (at + 1 < size ? bytes[at + 1] : 0u);
            b += a;
        }
        a = (a & 0xFFFF) + (a >> 16);
        b = (b & 0xFFFF) + (b >> 16);
    }
    a = (a & 0xFFFF) + (a >> 16);
    b = (b & 0xFFFF) + (b >> 16);
    return b << 16 | a;
}

static uint32_t little(const unsigned char *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* HDF5 1.6.2 and before turned the bytes of each half. */
static const char *undo_fletcher(const struct um_h5_filter *filter, stage *s)
{
    (void)filter;
    if (s->size < 4)
        return "is cut off";
    const size_t size = s->size - 4;
    const uint32_t sum = fletcher(s->bytes, size), stored = little(s->bytes + size);
    const uint32_t turned = (sum & 0x00FF00FFu) << 8 | (sum >> 8 & 0x00FF00FFu);
    if (sum != stored && turned != stored)
        return "has a wrong checksum";
    s->size = size;
    return NULL;
}

static const char *undo_lzf(const struct um_h5_filter *filter, stage *s)
{
    (void)filter;
    const size_t size = um_lzf_length(s->bytes, s->size);
    if (!size || size > s->most)
        return size ? "does not expand to the size of a chunk" : "is damaged LZF";
    unsigned char *const to = malloc(size);
    if (!to)
        return no_memory;
    um_lzf_expand(s->bytes, s->size, to);
    replace(s, to, size);
    return NULL;
}

#ifdef UM_SZIP
/* The stream follows its length when expanded, in 4 bytes. */
static const char *undo_szip(const struct um_h5_filter *filter, stage *s)
{
    const size_t announced = s->size < 4 || filter->n_values < 4 ? 0 : little(s->bytes);
    if (!announced || announced > s->most)
        return "does not expand to the size of a chunk";
    SZ_com_t how = {.options_mask = (int)filter->value[0],
                    .bits_per_pixel = (int)filter->value[2],
                    .pixels_per_block = (int)filter->value[1],
                    .pixels_per_scanline = (int)filter->value[3]};
    unsigned char *const to = calloc(announced, 1);
    size_t size = announced;
    if (!to)
        return no_memory;
    if (SZ_BufftoBuffDecompress(to, &size, s->bytes + 4, s->size - 4, &how) != SZ_OK || size != announced) {
        free(to);
        return "is damaged szip";
    }
    replace(s, to, size);
    return NULL;
}
#endif

static const struct known {
    H5Z_filter_t id;
    undo undo;
} known[] = {
    {H5Z_FILTER_DEFLATE, undo_deflate},
    {H5Z_FILTER_SHUFFLE, undo_shuffle},
    {H5Z_FILTER_FLETCHER32, undo_fletcher},
    {UM_H5_FILTER_LZF, undo_lzf},
#ifdef UM_SZIP
    {H5Z_FILTER_SZIP, undo_szip},
#endif
};

static undo undo_of(H5Z_filter_t id)
{
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
        if (known[k].id == id)
            return known[k].undo;
    return NULL;
}

void um_h5_get_filters(hid_t creation, um_h5_filters *filters)
{
    *filters = (um_h5_filters){0};
    const int count = H5Pget_nfilters(creation);
    for (int i = 0; i < count && i < H5Z_MAX_NFILTERS; i++) {
        struct um_h5_filter *const f = &filters->filter[filters->count++];
        unsigned flags = 0, options = 0;
        f->n_values = sizeof f->value / sizeof f->value[0];
        f->id = H5Pget_filter2(creation, (unsigned)i, &flags, &f->n_values, f->value, 0, NULL, &options);
    }
}

H5Z_filter_t um_h5_unknown_filter(const um_h5_filters *filters)
{
    for (size_t i = 0; i < filters->count; i++)
        if (!undo_of(filters->filter[i].id))
            return filters->filter[i].id;
    return H5Z_FILTER_NONE;
}

const char *um_h5_expand(const um_h5_filters *filters, unsigned mask, size_t whole, unsigned char **bytes, size_t size)
{
    stage s = {.bytes = *bytes, .size = size, .most = whole + 4 * filters->count};
    const char *wrong = NULL;
    for (size_t i = filters->count; i-- > 0 && !wrong;)
        if (!(mask >> i & 1)) {
            const undo back = undo_of(filters->filter[i].id);
            wrong = back ? back(&filters->filter[i], &s) : "has a filter that is not known here";
        }
    *bytes = s.bytes;
    return wrong ? wrong : s.size != whole ? "does not expand to the size of a chunk" : NULL;
}
