/*
 * Whether the sums of the signatures' columns mean something. Columns are scaled to sum 1 over the genes that match, which
 * loses how much of a cell's RNA these genes are, and how much RNA a cell has: exposures divided by the sums bring it back.
 * Sums of counts are depths and say nothing; those of a panel that was cut out of TPM, CPM or RPKM say it.
 */
#ifndef UM_SIGNATURE_SCALE_H
#define UM_SIGNATURE_SCALE_H

#include "core/matrix.h"
#include "unmix/deconvolve.h"

/* What the numbers of a whole file of signatures say of its sums. */
typedef enum um_scale_evidence {
    UM_SCALE_OF_COUNTS, /* all values are whole: sums are depths */
    UM_SCALE_OF_MEANS,  /* means of counts, x n whole with another n in each column: sums are depths a cell */
    UM_SCALE_EQUAL,     /* all columns add up to the same: CPM, TPM, one common unit */
    UM_SCALE_OF_PANEL,  /* neither, and few of the genes: cut out of something with a common unit */
    UM_SCALE_UNKNOWN    /* neither, and many genes, or all that the bulk has, too */
} um_scale_evidence;

/* `common` genes of the `bulk` genes match. */
um_scale_evidence um_signature_sums(const um_matrix *signatures, size_t common, size_t bulk);

/* COLUMNS or NONE. */
unmix_signature_scale um_signature_scale_of(um_scale_evidence sums);

/* 1 where the sums differ, by more than rounding, over the genes in common: else their scale changes nothing. */
int um_sums_differ(const double *sum, size_t n);

/* What proportions are of when the columns' sums are used. Static storage. */
const char *um_sums_proportions_of(um_scale_evidence sums);

/* What was found and done, as a line that ends in what overrules it. */
const char *um_signature_scale_words(um_scale_evidence sums);

const char *um_signature_scale_name(unmix_signature_scale scale);

#endif
