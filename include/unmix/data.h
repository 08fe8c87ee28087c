/* Data: named matrices in memory, sources of samples or cells, gene information. */
#ifndef UNMIX_DATA_H
#define UNMIX_DATA_H

#include <stddef.h>

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A dense matrix of doubles with named rows and columns. */
typedef struct unmix_matrix unmix_matrix;

/* The columns (samples, spots or cells) of a genes x columns matrix, in memory or in a file, read in blocks. */
typedef struct unmix_source unmix_source;

/* Length and weight for genes. */
typedef struct unmix_gene_info unmix_gene_info;

typedef enum unmix_duplicates {
    UNMIX_DUPLICATES_REFUSE, /* a repeated gene name is an error */
    UNMIX_DUPLICATES_SUM     /* rows of the same gene are added up */
} unmix_duplicates;

/* Whether the first line of a table is its header. */
typedef enum unmix_header {
    UNMIX_HEADER_DETECT, /* its fields tell; a table without one is refused, but for those of known programs */
    UNMIX_HEADER_FIRST,  /* it is, though it looks like a row of numbers */
    UNMIX_HEADER_NONE    /* it is a row; the columns are called column1, column2, ... */
} unmix_header;

/* Which counts of a program that counts by strand (STAR, GDC). */
typedef enum unmix_strand {
    UNMIX_STRAND_DETECT, /* STAR: where most reads have a gene; GDC: unstranded */
    UNMIX_STRAND_NONE,
    UNMIX_STRAND_FORWARD,
    UNMIX_STRAND_REVERSE
} unmix_strand;

/*
 * How to read a file. Zero-initialised is the default. Strings are not kept. Missing entries are for what can leave
 * them out: deconvolution and signatures refuse what was read so.
 */
typedef struct unmix_read_options {
    const char *gene_column;  /* tables: header of the column with the row names; NULL: the first column */
    const char *skip_columns; /* tables: columns to leave out, separated by commas; NULL: none */
    /*
     * Tables: NULL takes every column of numbers that is no identifier, place or length of a gene, and knows the tables
     * of other programs (featureCounts, HTSeq, STAR, RSEM, Salmon, kallisto, GDC, GEO, GCT); "all" takes the table as it
     * stands; names, separated by commas, take those columns alone.
     */
    const char *columns;
    unmix_header header; /* tables */
    int average_columns; /* tables read as a matrix: 1: of columns of the same name the mean is taken, else they are errors */
    unmix_strand strand; /* tables of programs that count by strand */
    const char *layer;        /* .h5ad: "X" (or NULL), "raw", or the name of a layer */
    unmix_duplicates duplicates;
    int missing;         /* 1: NaN, NA and empty values are missing entries (NaN), not errors */
    const char *scratch; /* tables opened as a source: folder for a temporary file; NULL: the system's, P_tmpdir */
    size_t memory;       /* the same: bytes of numbers to keep in memory, the rest goes to the file; 0: 256 MiB */
} unmix_read_options;

/*
 * A matrix from memory. `values` is row-major, rows x columns, copied, finite and >= 0; names are copied and unique.
 * Freed with unmix_matrix_free(). Errors: ARGUMENT, MEMORY.
 */
UNMIX_API unmix_status unmix_matrix_new(unmix_context *cx, size_t rows, size_t columns, const char *const *row_names,
                                        const char *const *column_names, const double *values, unmix_matrix **matrix);

/*
 * Reads a matrix from a table (TSV, CSV or separated by blanks; plain, gzip or bgzf), an .h5ad file (rows are the
 * variables, columns the observations), a 10x Genomics .h5 file, or a MatrixMarket folder of Cell Ranger, STARsolo,
 * BD Rhapsody, kallisto | bustools, alevin or split-pipe (plain or gzip; or the path of the matrix in it). Of 10x files and folders only the
 * features of the kind "Gene Expression" are kept where there are several, and repeated gene names are made unique by
 * "-1", "-2", ... behind them. Rows of tables are genes, or samples for tables of proportions.
 * Errors: INPUT (file, line, column and value in the message), MEMORY, INTERRUPTED.
 */
UNMIX_API unmix_status unmix_matrix_read(unmix_context *cx, const char *path, const unmix_read_options *options,
                                         unmix_matrix **matrix);

/*
 * Reads proportions, rows are samples and columns are types: from a result of unmix (.h5ad with obsm/proportions, or
 * its folder) or from a table. Errors as unmix_matrix_read().
 */
UNMIX_API unmix_status unmix_proportions_read(unmix_context *cx, const char *path, unmix_matrix **matrix);

/*
 * The ends of the 95% intervals of such a result: "lower" and "upper", else those of the bootstrap. Both become NULL where
 * it has none; a table has none. Errors as unmix_matrix_read().
 */
UNMIX_API unmix_status unmix_intervals_read(unmix_context *cx, const char *path, unmix_matrix **lower, unmix_matrix **upper);

/*
 * Writes a table: tab-separated, or comma-separated when the path ends in .csv; compressed (bgzf) when it ends in .gz.
 * `corner` heads the column of row names. path "-" is standard output. The file appears whole or not at all; an existing
 * one is replaced only with overwrite != 0. Errors: EXISTS, WRITE, MEMORY.
 */
UNMIX_API unmix_status unmix_matrix_write(unmix_context *cx, const unmix_matrix *matrix, const char *path,
                                          const char *corner, int overwrite);

UNMIX_API void unmix_matrix_free(unmix_matrix *matrix);

UNMIX_API size_t unmix_matrix_rows(const unmix_matrix *matrix);
UNMIX_API size_t unmix_matrix_columns(const unmix_matrix *matrix);
UNMIX_API const char *unmix_matrix_row_name(const unmix_matrix *matrix, size_t row);
UNMIX_API const char *unmix_matrix_column_name(const unmix_matrix *matrix, size_t column);
/* Row-major values, rows x columns; owned by the matrix. */
UNMIX_API const double *unmix_matrix_values(const unmix_matrix *matrix);

/*
 * Opens the columns of a file or folder as unmix_matrix_read() reads them (tables as genes x samples; .h5ad with
 * samples as observations). A table is read here, once, and kept transposed: in memory, and what is more than
 * options->memory in a temporary file without a name. A MatrixMarket folder is read here into memory. An .h5ad or 10x
 * .h5 is read in blocks when it is used. Freed with unmix_source_close(). Errors as unmix_matrix_read(), and WRITE
 * where the folder for temporary files is full.
 */
UNMIX_API unmix_status unmix_source_open(unmix_context *cx, const char *path, const unmix_read_options *options,
                                         unmix_source **source);

/*
 * The same for several files of the same genes, such as the tables of one sample that RSEM, Salmon, kallisto, STAR and HTSeq
 * write: their columns one after another, genes in the order of the first file. Errors as unmix_source_open(); INPUT also
 * where a gene lacks in one of them or the name of a sample repeats.
 */
UNMIX_API unmix_status unmix_source_open_files(unmix_context *cx, const char *const *paths, size_t n,
                                               const unmix_read_options *options, unmix_source **source);

/* A source over a matrix (genes x samples) that must outlive it. Errors: MEMORY. */
UNMIX_API unmix_status unmix_source_from_matrix(unmix_context *cx, const unmix_matrix *matrix, unmix_source **source);

/* Types of numbers in arrays. */
typedef enum unmix_number { UNMIX_NUMBER_DOUBLE, UNMIX_NUMBER_FLOAT, UNMIX_NUMBER_INT32, UNMIX_NUMBER_INT64 } unmix_number;

/*
 * Genes x columns in arrays that the caller holds (numpy, scipy, R). Names are copied; gene names may repeat where
 * unmix_duplicates says what becomes of them. Numbers are NOT copied: `values`, and `start` and `index` below, must
 * outlive the source and stay as they are.
 */
typedef struct unmix_arrays {
    const char *name; /* in messages; NULL: "matrix". Copied */
    size_t genes, columns;
    const char *const *gene_names, *const *column_names;
    unmix_number type; /* of the values */
    const void *values;
    size_t stored;     /* number of values; compressed forms only */
    int missing;       /* 1: NaN is a missing entry, not an error */
} unmix_arrays;

/*
 * A source over a dense array: the value of gene g and column c is values[g * gene_stride + c * column_stride]. Errors:
 * INPUT, ARGUMENT, MEMORY; wrong values are found, and named, when the source is used. The same holds for those below.
 */
UNMIX_API unmix_status unmix_source_from_dense(unmix_context *cx, const unmix_arrays *arrays, size_t gene_stride,
                                               size_t column_stride, unmix_source **source);

/*
 * A source over compressed columns: column c has the entries start[c] .. start[c + 1], index[i] being the gene of value
 * i. This is a CSC matrix of genes x columns (R's dgCMatrix) and a CSR matrix of cells x genes (AnnData). Entries may be
 * in any order; those of the same gene are added up. `start` and `index` are of index_type: INT32 or INT64.
 */
UNMIX_API unmix_status unmix_source_from_csc(unmix_context *cx, const unmix_arrays *arrays, unmix_number index_type,
                                             const void *start, const void *index, unmix_source **source);

/* The same over compressed genes (CSR of genes x columns): turned here, which copies the entries and checks them. */
UNMIX_API unmix_status unmix_source_from_csr(unmix_context *cx, const unmix_arrays *arrays, unmix_number index_type,
                                             const void *start, const void *index, unmix_source **source);

UNMIX_API void unmix_source_close(unmix_source *source);

/*
 * Reads gene information: a table with a column `length` (bases, > 0) and, if present, `weight` (in [0,1]; 1 if the
 * column is absent). The gene column is `gene_column`, or, when NULL, the text column that has most names in common
 * with the rows of `signatures` and `bulk`. Values are checked when the genes are used, for the genes in common.
 * Freed with unmix_gene_info_free(). Errors as unmix_matrix_read().
 */
UNMIX_API unmix_status unmix_gene_info_read(unmix_context *cx, const char *path, const char *gene_column,
                                            const unmix_matrix *signatures, const unmix_source *bulk,
                                            unmix_gene_info **info);

/*
 * Gene information from the lengths that a table of samples holds itself (featureCounts, RSEM, Salmon, kallisto, a column
 * Length): *info is NULL where there are none. Of genes that repeat the first counts, of rows beside each other with one name (exons) the sum.
 * Errors: MEMORY.
 */
UNMIX_API unmix_status unmix_source_gene_info(unmix_context *cx, const unmix_source *source, unmix_gene_info **info);

/* Gene information from memory: n names, lengths (NULL: all insert_size) and weights (NULL: all 1), copied. */
UNMIX_API unmix_status unmix_gene_info_new(unmix_context *cx, size_t n, const char *const *genes, const double *lengths,
                                           const double *weights, unmix_gene_info **info);
UNMIX_API void unmix_gene_info_free(unmix_gene_info *info);

#ifdef __cplusplus
}
#endif
#endif
