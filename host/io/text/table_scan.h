/* The common part of reading tables: lines, quotes, the separator, the header, rows of equal length. */
#ifndef UM_TABLE_SCAN_H
#define UM_TABLE_SCAN_H

#include "core/names.h"
#include "io/text/text_lines.h"
#include "unmix/data.h"

typedef struct um_field {
    const char *text; /* valid until the next row */
    size_t length;
} um_field;

/* What stands before the header (table_opening.c). */
typedef struct um_opening {
    const char *kind;    /* of a table known by it, for messages: "GEO series matrix", "GCT"; NULL: none */
    char ends_with;      /* a line that begins so ends the table (GEO: '!'); 0: none does */
    char separator;      /* said by a line "sep=;"; 0: none is */
    size_t more_columns; /* GCT: columns about the rows, behind the names */
    size_t more_rows;    /* GCT 1.3: rows about the columns, below the header */
    int hash;            /* the header begins with '#' */
} um_opening;

typedef struct um_scan {
    um_lines lines;
    um_opening opening;
    int headless;        /* the first line is a row; the columns are called column1, column2, ... */
    char first_field[64]; /* the beginning of the first row */
    int first_is_whole;  /* all further fields of the first row are whole numbers */
    int first_is_named;  /* the first row is two names, one of them of Ensembl, and a whole number */
    char separator;   /* tab, comma, semicolon, or ' ' for runs of blanks */
    um_names columns; /* from the header; the first is "" where R left its name out */
    size_t trailing;  /* fields behind the columns that rows may have, all empty */
    um_field *fields; /* of the current row */
    size_t n_fields;
    size_t fields_capacity;
    char *unquoted; /* where fields with doubled quotes are put together */
    size_t unquoted_capacity;
} um_scan;

/*
 * Opens a table and reads its header; the next row is the first one. At least one row exists. `header` says whether the
 * first line is one, or that its fields tell. On failure everything is released. `path` ("-": standard input) must
 * outlive the scan.
 */
unmix_status um_scan_open(unmix_context *cx, um_scan *scan, const char *path, unmix_header header);
void um_scan_close(um_scan *scan);

/* The next row: scan->fields, as many as columns. *more is 0 at the end of the table. */
unmix_status um_scan_next(unmix_context *cx, um_scan *scan, int *more);

/* Opens a list of rows without a header, for um_scan_row(). `path` must outlive the scan. */
unmix_status um_scan_open_plain(unmix_context *cx, um_scan *scan, const char *path, char separator);

/* The next row, however many fields it has. *more is 0 at the end. Blank lines are allowed there only. */
unmix_status um_scan_row(unmix_context *cx, um_scan *scan, int *more);

/* Reads what stands before the header, and finds the separator (table_opening.c). The header is the next line. */
unmix_status um_scan_opening(unmix_context *cx, um_scan *scan);

/* 1 when a line is blank; 1 when it holds separators alone, as spreadsheets leave them. */
int um_is_blank_line(const char *text, size_t length);
int um_is_empty_row(const char *text, size_t length);

/* Splits a line at the separator into scan->fields; quotes and blanks around fields are taken off (table_split.c). */
unmix_status um_scan_split(unmix_context *cx, um_scan *scan, const char *line, size_t length);
um_field um_trimmed(const char *begin, const char *end);

/* So many columns a message lists. */
#define UM_LISTED_COLUMNS 12

/* UNMIX_ERROR_INPUT when two columns have one name. Columns with skip[i] != 0 do not count; skip may be NULL. */
unmix_status um_refuse_repeated_columns(unmix_context *cx, const char *path, const um_names *columns,
                                        const unsigned char *skip);

#endif
