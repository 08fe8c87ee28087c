/* What the first rows of a table say about its columns. */
#ifndef UM_TABLE_LOOK_H
#define UM_TABLE_LOOK_H

#include "io/text/table_scan.h"

/* Of one column. Fields without a value do not count. */
typedef struct um_look_column {
    size_t filled;
    size_t text;      /* no numbers */
    size_t thousands; /* of those: numbers with thousands separators, or what may be such */
    size_t commas;    /* decimal commas, or what may be such */
    size_t percents;
    size_t first_line; /* of the first of the latter three */
    char first[32];    /* and what stands there */
    double before;
    int whole;      /* all are whole numbers above 0 */
    int counting;   /* each is 1 more than the one above */
    int like_name;  /* each is the row's name */
    int not_before; /* each is a whole number not below the column to the left */
} um_look_column;

typedef struct um_look {
    um_look_column *columns;
    size_t rows;        /* that were looked at */
    size_t transcripts; /* rows whose names are transcripts */
    char name[64];      /* of the first such */
    size_t commas;      /* fields that can only be decimal commas */
    size_t points;      /* fields that are no whole numbers, or have thousands separators: no decimal commas there */
    double unassigned[4]; /* sums by column of the rows that count no gene, of the first columns */
} um_look;

/* Looks at the first 100 rows and goes back. Released with um_look_clear(). */
unmix_status um_look_at_rows(unmix_context *cx, um_scan *scan, size_t name_column, um_look *look);
void um_look_clear(um_look *look);

#endif
