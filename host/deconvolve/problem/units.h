/*
 * What the numbers of the bulk and of the signatures stand for, and so what the expected count of a gene is multiplied
 * with (L its length, I the insert size):
 *
 *   bulk                              signatures in molecules (UMI, TPM)    in reads
 *   reads, full length                L / I                                 1
 *   UMI counts, protocols of one end  1                                     I / L
 *   TPM, FPKM                         1                                     I / L
 *   CPM of reads                      L / I                                 1
 */
#ifndef UM_UNITS_H
#define UM_UNITS_H

#include "core/matrix.h"
#include "unmix/deconvolve.h"

/* What is known of the bulk when it was read once, over all rows of the file. */
typedef struct um_bulk_look {
    size_t values, fractions, small; /* above zero; of them not whole, below a half */
    size_t scaled;            /* samples whose values are whole times one number */
    double least, most;       /* sum of a sample */
    double mean, square;      /* over the samples: mean sum, mean square of the sums */
    size_t samples;
} um_bulk_look;

/* The factor of a gene of this length. */
double um_unit_factor(unmix_bulk_units bulk, unmix_signature_units signatures, double length, double insert_size);

/* TPM, CPM or FPKM, where the numbers say so, else READS. */
unmix_bulk_units um_bulk_units_of(const um_bulk_look *look);

/* 1 where no sample adds up to more than TPM do, though they are not equal, and yet few values are small: FPKM, or few reads. */
int um_may_be_fpkm(const um_bulk_look *look);

/* 1 for values that are whole numbers times the same: counts divided by a total, before digits were cut. */
int um_are_scaled_counts(const double *values, size_t n);

/* 1 for units in which a long gene counts more than a short one of as many molecules. */
int um_has_lengths(unmix_bulk_units units);

/*
 * Says what the bulk was taken as, where that was `detected`, and what becomes of gene lengths; that they lack (`lengths` 0)
 * where they are needed to take them out of the signatures.
 */
void um_tell_units(unmix_context *cx, const char *origin, const unmix_deconvolve_options *options, int detected, int lengths);

/*
 * Refuses signatures that look like logarithms: not whole, none above UM_LOG_LIMIT, and the mean of the values above zero
 * near the largest: expression has few large values, its logarithm has many. Columns that add up to the same total once the
 * logarithm is undone say which one it is.
 */
unmix_status um_refuse_logarithms(unmix_context *cx, const um_matrix *signatures, unmix_bulk_scale scale);

const char *um_bulk_units_name(unmix_bulk_units units);

#endif
