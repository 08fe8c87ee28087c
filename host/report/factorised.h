/* A result of nmf or consensus as it was written: what a report shows of it. */
#ifndef UM_REPORT_PROGRAMS_H
#define UM_REPORT_PROGRAMS_H

#include "core/matrix.h"
#include "report/text.h"

/* The consensus matrix in the order of its tree, and that tree. */
typedef struct um_found_consensus {
    size_t items;
    double *values;  /* items x items; owned. NULL: none */
    double *linkage; /* rows of scipy's Z over the clustered programs; owned. NULL: none */
    size_t *label;   /* cluster of each item in the order of the matrix; owned */
} um_found_consensus;

typedef struct um_found_programs {
    const char *path;
    int consensus;      /* 1: of consensus, 0: of nmf */
    um_matrix usages;   /* cells x programs */
    um_matrix loadings; /* genes x programs; values NULL: not there */
    um_matrix scores;   /* cells x programs, standardised; values NULL: not there */
    um_matrix places;   /* cells x 2; values NULL: not known */
    um_matrix numbers;  /* numbers of programs or clusters (row names) x what is known of them; values NULL: not there */
    double *history;    /* loss at each look; owned, NULL: not there */
    size_t looks;
    um_found_consensus matrix;
    size_t chosen;      /* the number of programs */
    um_text run;        /* "key \t value" lines */
} um_found_programs;

/* Zero-initialise; leaves it empty. */
void um_found_programs_clear(um_found_programs *programs);

/* 1 when the AnnData file holds the programs of nmf or consensus. */
unmix_status um_has_programs(unmix_context *cx, const char *path, int *has);

/* Reads it; `coordinates` is a table with a row for every cell (names, x, y), NULL: obsm/spatial where there is one. */
unmix_status um_found_programs_read(unmix_context *cx, const char *path, const char *coordinates,
                                    um_found_programs *programs);

#endif
