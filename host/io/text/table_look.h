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
    int sum;        /* each is the sum of all other numbers of the row, of which there are two or more */
} um_look_column;

typedef struct um_look {
    um_look_column *columns;
    size_t rows;        /* that were looked at */
    size_t repeated;    /* rows with the name of the row above, */
    char again[64];     /* the last of these names, or else of the rows */
    size_t transcripts; /* rows whose names are transcripts */
    char name[64];      /* of the first such */
    size_t commas;      /* fields that can only be decimal commas */
    size_t points;      /* fields that are no whole numbers, or have thousands separators: no decimal commas there */
    size_t in_groups; /* numbers such as 39.210, which may be thousands with points; */
    size_t in_groups_of_tens; /* those of them that end in 0, which no program writes behind a point alone */
    size_t below_thousand;    /* whole numbers of up to three digits */
    char in_group[32];        /* the first */
    size_t in_group_column, in_group_line;
    size_t other_numbers;     /* that cannot stand beside such */
    double unassigned[4]; /* sums by column of the rows that count no gene, of the first columns */
} um_look;

/* Looks at the first 100 rows and goes back. Released with um_look_clear(). */
unmix_status um_look_at_rows(unmix_context *cx, um_scan *scan, size_t name_column, um_look *look);
void um_look_clear(um_look *look);

#endif
