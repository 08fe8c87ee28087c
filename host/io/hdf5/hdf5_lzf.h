/* The LZF compression of h5py, for reading. */
#ifndef UM_HDF5_LZF_H
#define UM_HDF5_LZF_H

#include <stddef.h>

#define UM_H5_FILTER_LZF 32000

/* Length of what from[0..length) expands to, or 0 when it is damaged. */
size_t um_lzf_length(const unsigned char *from, size_t length);

/* Expands a stream whose length was taken by the function above, and which is sound therefore. */
void um_lzf_expand(const unsigned char *from, size_t length, unsigned char *to);

/* Makes the filter readable in this process, where HDF5 itself expands (text of variable length). Harmless again. */
void um_h5_register_lzf(void);

#endif
