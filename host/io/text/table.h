/*
 * Text tables: tab-, comma- or blank-separated, plain, gzip or bgzf (through htslib), quoted or not, with or without
 * R's missing first header field, LF or CRLF, with or without a byte-order mark.
 */
#ifndef UM_TABLE_H
#define UM_TABLE_H

#include "core/annotated.h"
#include "core/matrix.h"
#include "unmix/data.h"

/*
 * Reads a table of numbers. The row names are in column options->gene_column, or the first one. Further columns that
 * hold text are skipped, and a note says which. Every other value must be a finite number >= 0: what is not ends in
 * UNMIX_ERROR_INPUT with file, line, column and value. `matrix` is empty on entry and cleared on failure. Names may
 * repeat; that is for the caller to judge (core/repeated.h).
 */
unmix_status um_table_read(unmix_context *cx, const char *path, const unmix_read_options *options, um_matrix *matrix);

/* For tables whose columns may be called anything, such as those of proportions: nothing is known of them by their names. */
extern const unmix_read_options um_table_as_it_stands;

/* What a table of numbers is besides its numbers. */
typedef struct um_table_head {
    um_names rows; /* grows by a name before each row is handed on */
    um_names columns;
    um_aliases aliases; /* other names of the rows */
    char *origin;
    size_t first_line; /* line of row 0 */
    double *lengths;   /* of the rows' genes, NaN where none is given; NULL where the table has none */
    size_t lengths_capacity;
} um_table_head;

void um_table_head_clear(um_table_head *head);

/* Who takes the numbers: `begin` when the columns are known, `take` for each row. */
typedef struct um_table_taker {
    void *state;
    unmix_status (*begin)(unmix_context *cx, void *state, const unmix_read_options *options);
    unmix_status (*take)(unmix_context *cx, void *state, const double *row);
} um_table_taker;

/* The reading behind um_table_read(), row by row. `head` is empty on entry and is the caller's to clear. */
unmix_status um_table_scan(unmix_context *cx, const char *path, const unmix_read_options *options, um_table_head *head,
                           const um_table_taker *taker);

/* A table as text: every column with its name and its fields. For sample sheets, gene information, cell sizes. */
typedef struct um_text_table {
    um_names columns;
    um_names *fields; /* one list a column, all of length n_rows */
    size_t n_rows;
    size_t first_line; /* line of row 0 */
    char *origin;
} um_text_table;

unmix_status um_text_table_read(unmix_context *cx, const char *path, um_text_table *table);
void um_text_table_clear(um_text_table *table);

/* Position of a column, or UM_NOT_FOUND. */
size_t um_text_table_column(const um_text_table *table, const char *name);

/*
 * The number in a field: the whole field must be a finite number (C locale), otherwise UNMIX_ERROR_INPUT with file,
 * line, column and value.
 */
unmix_status um_text_table_number(unmix_context *cx, const um_text_table *table, size_t column, size_t row,
                                  double *number);

/* Writes a table; see unmix_matrix_write(). Numbers are written with the fewest digits that read back equal. */
unmix_status um_table_write(unmix_context *cx, const um_matrix *matrix, const char *path, const char *corner,
                            int overwrite);

/* The same for columns of any kind beside the names of the rows. */
unmix_status um_table_write_columns(unmix_context *cx, const char *corner, const um_names *rows, const um_column *columns,
                                    size_t n_columns, const char *path, int overwrite);

/* The same for a matrix that lies in a spill with the table's columns as its rows. */
unmix_status um_table_write_turned(unmix_context *cx, const um_names *rows, const um_names *columns, um_spill *turned,
                                   const char *path, const char *corner, int overwrite);

#endif
