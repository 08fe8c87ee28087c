/*
 * Tables of counts that other programs write in their own way, known by their headers: where the names and the counts are,
 * and where the lengths. A new one is a line in dialects.c; what the user says goes before.
 */
#ifndef UM_DIALECTS_H
#define UM_DIALECTS_H

#include "io/text/table_scan.h"
#include "unmix/data.h"

typedef struct um_dialect {
    const char *program;
    const char *columns[10]; /* in the header of each such table, in any case, up to NULL; the first holds the names */
    const char *counts;      /* the one column of values, for tables of one sample; NULL: all that are left */
    const char *stranded[2]; /* the columns for forward and reverse strand, in place of `counts`; or NULL */
    const char *length;      /* column of lengths, or NULL */
    const char *length_else; /* where that is 0 */
    const char *refused;     /* why such a table cannot be read, and the way out; or NULL */
    int exons;               /* 1: its rows may be exons, each with the name of its gene */
    int transcripts;         /* 1: its rows may be transcripts, which their names say */
} um_dialect;

/* The program whose table this is by its header or, without one, by its first field; NULL: none that is known. */
const um_dialect *um_find_dialect(const um_scan *scan);

/* The column of values of a table of one sample: by strand, or as the program has it. */
const char *um_dialect_counts(const um_dialect *dialect, unmix_strand strand);

/* 1 when the table has three columns of counts by strand of which the numbers must choose (STAR). */
int um_dialect_is_stranded(const um_dialect *dialect);

/* 1 for names of rows that count what was not assigned to a gene: __no_feature, N_unmapped, ... */
int um_counts_no_gene(const char *name, size_t length);

/* 1 for names of transcripts of Ensembl and RefSeq. */
int um_is_transcript(const char *name, size_t length);

#endif
