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
    size_t values, fractions; /* above zero; of them not whole */
    double least, most;       /* sum of a sample */
    double mean, square;      /* over the samples: mean sum, mean square of the sums */
    size_t samples;
} um_bulk_look;

/* The factor of a gene of this length. */
double um_unit_factor(unmix_bulk_units bulk, unmix_signature_units signatures, double length, double insert_size);

/* UNMIX_BULK_TPM, where the numbers say so, else UNMIX_BULK_READS. */
unmix_bulk_units um_bulk_units_of(const um_bulk_look *look);

/* 1 where no sample adds up to more than TPM do, though they are not equal: FPKM, or few reads. */
int um_may_be_fpkm(const um_bulk_look *look);

/*
 * Refuses signatures that look like logarithms: not whole, none above UM_LOG_LIMIT, and the mean of the values above zero
 * near the largest: expression has few large values, its logarithm has many. Columns that add up to the same total once the
 * logarithm is undone say which one it is.
 */
unmix_status um_refuse_logarithms(unmix_context *cx, const um_matrix *signatures, unmix_bulk_scale scale);

const char *um_bulk_units_name(unmix_bulk_units units);

#endif
