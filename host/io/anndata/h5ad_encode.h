/* The simple elements of AnnData files with the attributes that say what they are. Sticky as the writer is. */
#ifndef UM_H5AD_ENCODE_H
#define UM_H5AD_ENCODE_H

#include "io/store/store_write.h"

void um_h5ad_put_encoding(um_writer *writer, um_node node, const char *encoding, const char *version);

/* A group of an encoding, to be released. */
um_node um_h5ad_put_group(um_writer *writer, um_node parent, const char *name, const char *encoding,
                          const char *version);

/* array: of rank 1 (columns 0) or 2, as um_put_numbers() stores it; to be released. */
um_node um_h5ad_put_array(um_writer *writer, um_node parent, const char *name, um_kind kind, size_t rows,
                          size_t columns, const double *values);

/* string-array, numeric-scalar, string. */
void um_h5ad_put_names(um_writer *writer, um_node parent, const char *name, const um_names *names);
void um_h5ad_put_scalar(um_writer *writer, um_node parent, const char *name, um_kind kind, double value);
void um_h5ad_put_text(um_writer *writer, um_node parent, const char *name, const char *text);

#endif
