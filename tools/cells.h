/* Options and reading of a matrix of cells, which nmf, consensus and score share. */
#ifndef CELLS_H
#define CELLS_H

#include "output.h"
#include "tables.h"

typedef struct um_cells_arguments {
    unmix_cells_options options;
    unmix_read_options read;
} um_cells_arguments;

/* clang-format off */
/* Rows of a table of options: how the file is read, for arguments `type` with an um_cells_arguments `cells`. */
#define OPTIONS_READ_CELLS(type)                                                                                          \
    {.name = "layer", .kind = OPTION_TEXT, .offset = offsetof(type, cells.read.layer), .value = "X|raw|NAME",             \
     .help = "matrix of an .h5ad to use", .fallback = "X"},                                                               \
    {.name = "gene-column", .kind = OPTION_TEXT, .offset = offsetof(type, cells.read.gene_column), .value = "NAME",       \
     .help = "column of a table with the names of the genes", .fallback = "the first"},                                   \
    OPTIONS_TABLE(type, cells.read, "a table"),                                                                          \
    {.name = "duplicates", .kind = OPTION_CHOICE, .offset = offsetof(type, cells.read.duplicates),                        \
     .value = "refuse|sum", .help = "genes of the same name in a table"},                                                 \
    {.name = "missing", .kind = OPTION_FLAG, .offset = offsetof(type, cells.read.missing), .flag = 1,                     \
     .help = "NaN, NA and empty values are missing and take no part; without this they are refused"}

/* How the values are taken. */
#define OPTIONS_VALUES_OF_CELLS(type)                                                                                     \
    {.name = "input", .kind = OPTION_CHOICE, .offset = offsetof(type, cells.options.values),                              \
     .value = "detect|counts|log1p|linear",                                                                               \
     .help = "what the values are: counts, log-normalised, or normalised without logarithm; detect looks, and says "      \
             "what it found"},                                                                                            \
    {.name = "normalize", .kind = OPTION_NUMBER, .offset = offsetof(type, cells.options.normalize), .value = "TOTAL",     \
     .help = "scale each cell to this total over all genes (1e4 is usual) and take log(1 + x); values that are "          \
             "log-normalised already stay as they are",                                                                   \
     .range = &range_above_zero, .fallback = "values as they are"},                                                       \
    {.name = "no-log", .kind = OPTION_FLAG, .offset = offsetof(type, cells.options.log1p), .flag = 0,                     \
     .help = "with --normalize: without the logarithm"}
/* clang-format on */

/* --no-log without --normalize has no effect: refused. */
unmix_status cells_check(um_session *run);

unmix_status cells_open(um_session *run, const um_cells_arguments *cells, const char *path, unmix_source **source);

/* The result to `output`, with everything that is in `input`. */
unmix_status cells_write(um_session *run, unmix_programs *programs, const um_cells_arguments *cells,
                         const char *input, const char *output);

/* Refuses an output that is missing, neither .h5ad nor folder, or in the way of an input. */
unmix_status cells_check_output(um_session *run, const char *output, const char *const *inputs, size_t n_inputs);

/* A matrix of the result as a table on standard output, first column `corner`. */
unmix_status cells_print(um_session *run, const unmix_programs *programs, const char *matrix, const char *corner);

#endif
