/* Dates that a spreadsheet made of names of genes, and the genes that they may have been. */
#ifndef UM_GENE_DATE_H
#define UM_GENE_DATE_H

#include <stddef.h>

typedef struct um_gene_date {
    int month;  /* 1 to 12 */
    int number; /* behind the letters of the gene's name; 0: cannot be told, for the year and the day may be meant */
} um_gene_date;

/*
 * 1 for what spreadsheets make of MARCH1, SEPT2, DEC1: 1-Mar, 01.Mrz, 1-Mar-20, Sep-02, 2001-03-01. Names of genes such as
 * apr-1 and sep-1 of C. elegans are none.
 */
int um_gene_date_read(const char *text, size_t length, um_gene_date *date);

/* A gene that gives such a date: today's symbol and the one before, with the number put in. */
typedef struct um_dated_gene {
    char symbols[2][16];
} um_dated_gene;

enum { UM_DATED_GENES = 2 };

/* Writes the genes that give the date; yields how many: 0 to UM_DATED_GENES. */
size_t um_dated_genes(um_gene_date date, um_dated_gene genes[UM_DATED_GENES]);

#endif
