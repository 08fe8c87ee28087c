/*
 * The LZF filter, for reading. h5py can compress with it and anndata files in the wild use it, but the HDF5 library
 * does not know it. The format: a control byte below 32 announces that many bytes plus one as they are; any other one a
 * copy of earlier output, its upper three bits the length (7: a further byte is added) and the lower five with the next
 * byte the distance.
 */
#include "io/hdf5/hdf5_lzf.h"

#include <hdf5.h>

/* One step of the stream: `run` bytes as they are (distance 0) or from `distance` back. */
typedef struct step {
    size_t run;
    size_t distance;
} step;

/* Takes the next control bytes at from[*in]; 0 when the stream ends within them. */
static int next_step(const unsigned char *from, size_t length, size_t *in, step *now)
{
    const size_t control = from[(*in)++];
    *now = (step){.run = control + 1};
    if (control < 32)
        return now->run <= length - *in;
    now->run = (control >> 5) + 2;
    if (control >> 5 == 7) {
        if (*in == length)
            return 0;
        now->run += from[(*in)++];
    }
    if (*in == length)
        return 0;
    now->distance = ((control & 31) << 8 | from[(*in)++]) + 1;
    return 1;
}

size_t um_lzf_length(const unsigned char *from, size_t length)
{
    size_t in = 0, out = 0;
    while (in < length) {
        step now;
        if (!next_step(from, length, &in, &now) || now.distance > out)
            return 0;
        if (!now.distance)
            in += now.run;
        out += now.run;
    }
    return out;
}

void um_lzf_expand(const unsigned char *from, size_t length, unsigned char *to)
{
    size_t in = 0, out = 0;
    while (in < length) {
        step now;
        (void)next_step(from, length, &in, &now);
        for (size_t i = 0; i < now.run; i++, out++) /* byte by byte: source and target may overlap */
            to[out] = now.distance ? to[out - now.distance] : from[in++];
    }
}

/*
 * cd_values as h5py sets them: revision of the filter, version of LZF, bytes in a chunk; for text of variable length
 * there are none. Where the size is known the stream must have it: HDF5 trusts that a chunk is whole.
 */
static size_t filter(unsigned flags, size_t n_values, const unsigned values[], size_t length, size_t *size,
                     void **buffer)
{
    if (!(flags & H5Z_FLAG_REVERSE))
        return 0;
    const size_t whole = um_lzf_length(*buffer, length);
    if (!whole || (n_values >= 3 && whole != values[2]))
        return 0;
    unsigned char *expanded = H5allocate_memory(whole, 0);
    if (!expanded)
        return 0;
    um_lzf_expand(*buffer, length, expanded);
    (void)H5free_memory(*buffer);
    *buffer = expanded;
    *size = whole;
    return whole;
}

void um_h5_register_lzf(void)
{
    static const H5Z_class2_t lzf = {
        .version = H5Z_CLASS_T_VERS,
        .id = UM_H5_FILTER_LZF,
        .encoder_present = 0,
        .decoder_present = 1,
        .name = "lzf",
        .filter = filter,
    };
    if (H5Zfilter_avail(UM_H5_FILTER_LZF) <= 0)
        (void)H5Zregister(&lzf);
}
