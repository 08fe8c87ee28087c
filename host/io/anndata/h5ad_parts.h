/* The parts of an AnnData file, between the readers of h5ad*.c; tenx.c takes the matrix. Nobody else includes this. */
#ifndef UM_H5AD_PARTS_H
#define UM_H5AD_PARTS_H

#include "core/matrix.h"
#include "core/source.h"
#include "io/store/store.h"

/* What an element of an AnnData file is: by its encoding-type, or by its structure where there is none (before 0.7). */
typedef enum um_encoding {
    UM_ENCODING_ARRAY, /* a dataset of numbers or text */
    UM_ENCODING_RECORDS,
    UM_ENCODING_NULL,
    UM_ENCODING_CSR,
    UM_ENCODING_CSC,
    UM_ENCODING_FRAME,
    UM_ENCODING_CATEGORICAL,
    UM_ENCODING_NULLABLE, /* values and mask: integers, booleans or text */
    UM_ENCODING_GROUP     /* a dictionary or something else that holds members */
} um_encoding;

/* Fails with INPUT, naming place and encoding, for one that is not known. */
unmix_status um_h5ad_encoding(unmix_context *cx, um_node object, um_encoding *encoding);

/* Opens the file and makes sure that it is AnnData (obs and var): otherwise says what else it looks like. */
unmix_status um_h5ad_open(unmix_context *cx, const char *path, um_store *store);

/* A column as text. missing[i] != 0 where there is no value; NULL when all have one. */
typedef struct um_h5ad_texts {
    um_names text;
    unsigned char *missing;
} um_h5ad_texts;

void um_h5ad_texts_clear(um_h5ad_texts *texts);

/*
 * Text, integers and booleans as text, from a dataset, a member of its records, or a nullable group. Real numbers are
 * refused.
 */
unmix_status um_h5ad_read_texts(unmix_context *cx, um_node object, const char *member,
                                um_h5ad_texts *texts);

/*
 * Refuses names from `first` on that are more than a line: in tables, where they are written, they could not be read again.
 * `where` is what messages call the list.
 */
unmix_status um_h5ad_check_lines(unmix_context *cx, const char *path, const char *where, const um_names *names, size_t first);

/* Labels: levels and for every element the position of its level, or -1. */
typedef struct um_h5ad_factor {
    um_names levels;
    int64_t *level;
    size_t count;
} um_h5ad_factor;

void um_h5ad_factor_clear(um_h5ad_factor *factor);

/*
 * `codes` are integers (a dataset, or a member of its records) that point into `categories`; a negative one means
 * missing.
 */
unmix_status um_h5ad_read_codes(unmix_context *cx, um_node codes, const char *member,
                                um_node categories, um_h5ad_factor *factor);

/* A group of codes and categories. */
unmix_status um_h5ad_read_categorical(unmix_context *cx, um_node group, um_h5ad_factor *factor);

/* A list of text, of any encoding, without gaps. */
unmix_status um_h5ad_read_list(unmix_context *cx, um_node object, um_names *names);

/* The names of the observations or variables of a frame (obs, var, raw/var; group or legacy records). */
unmix_status um_h5ad_read_index(unmix_context *cx, um_node frame, um_names *names);

/* The name of the member that holds the index of a frame, cut to fit. */
unmix_status um_h5ad_index_name(unmix_context *cx, um_node frame, char *name, size_t size);

/* Numbers of a column (a dataset or a nullable group) of `rows` elements; what is missing becomes NaN. */
unmix_status um_h5ad_read_reals(unmix_context *cx, um_node object, size_t rows, double *values);

/* A column of a frame as labels; an unknown one is refused, naming those there are. */
unmix_status um_h5ad_read_factor(unmix_context *cx, um_node frame, const char *column,
                                 um_h5ad_factor *factor);

/* The columns of a frame in their order. */
unmix_status um_h5ad_columns(unmix_context *cx, um_node frame, um_names *columns);

/*
 * Names of the variables (n) beside the index: the columns of text that are nearly all different, such as gene_ids,
 * feature_name, gene_symbols. What cannot be read is passed over. Errors: MEMORY.
 */
unmix_status um_h5ad_read_aliases(unmix_context *cx, um_node var, size_t n, um_aliases *aliases);

/* A column of var in place of the index; a variable without a value there has the name "". INPUT: there is none. */
unmix_status um_h5ad_read_gene_column(unmix_context *cx, um_node var, const char *column, um_names *names);

/* A matrix of observations x variables inside an open file. */
typedef struct um_h5ad_matrix {
    const um_names *obs;
    const um_names *var;
    um_encoding encoding; /* ARRAY, CSR or CSC */
    um_node object;         /* the dataset or the group */
    um_node data;           /* CSR */
    um_node indices;        /* CSR */
    int64_t *start;       /* CSR: indptr */
    int64_t *index_piece; /* CSR, CSC: UM_STORE_PIECE integers to read into */
    double *dense;        /* ARRAY: observations that are read together */
    size_t dense_capacity;
    double *sum;     /* one for each variable, all zero between calls */
    um_block turned; /* CSC: the whole matrix by observation */
    size_t preferred_block;
    int missing; /* NaN is a missing entry */
} um_h5ad_matrix;

#define UM_H5AD_NO_MATRIX ((um_h5ad_matrix){.object = UM_NO_NODE, .data = UM_NO_NODE, .indices = UM_NO_NODE})

/*
 * Takes over `object`, the open element that holds the matrix, also on failure. obs and var are its names and fix its
 * shape. CSC is read here and turned.
 */
unmix_status um_h5ad_matrix_open(unmix_context *cx, um_node object, const um_names *obs,
                                 const um_names *var, um_h5ad_matrix *matrix);
void um_h5ad_matrix_close(um_h5ad_matrix *matrix);

/*
 * Observations first .. first+count as the columns of `block`: variables ascending, each once, no zeros. A negative or
 * non-finite value is refused (um_h5ad_check_value()).
 */
unmix_status um_h5ad_matrix_read(unmix_context *cx, um_h5ad_matrix *matrix, size_t first, size_t count,
                                 um_block *block);

/* Refuses a value of the matrix that is negative or not finite; NaN is let through where entries may be missing. */
unmix_status um_h5ad_check_value(unmix_context *cx, const um_h5ad_matrix *matrix, size_t obs, size_t var, double value);

/* The reading that h5ad_dense.c and h5ad_sparse.c do for h5ad_matrix.c. */
unmix_status um_h5ad_dense_open(unmix_context *cx, um_h5ad_matrix *matrix);
unmix_status um_h5ad_dense_read(unmix_context *cx, um_h5ad_matrix *matrix, size_t first, size_t count, um_block *block);
unmix_status um_h5ad_sparse_open(unmix_context *cx, um_h5ad_matrix *matrix);

/* The same when the shape is known to be obs x var, neither of them empty: opens data, indices and indptr. */
unmix_status um_h5ad_stored_open(unmix_context *cx, um_h5ad_matrix *matrix);
unmix_status um_h5ad_sparse_read(unmix_context *cx, um_h5ad_matrix *matrix, size_t first, size_t count,
                                 um_block *block);

#endif
