/* A whole deconvolution: stage the problem, fit the cohort block by block, evaluate, collect. */
#ifndef UM_DECONVOLUTION_H
#define UM_DECONVOLUTION_H

#include "deconvolve/certify/result.h"

/*
 * See unmix_deconvolve(). `cell_size` (C values in the order of the signatures' columns, or NULL). `reference` (or
 * NULL): the one whose basis the signatures are. `profiles` (or NULL): single donors or parts of the cells that the
 * signatures were made of (reference/profiles.h).
 */
unmix_status um_deconvolve(unmix_context *cx, unmix_device *device, const um_matrix *signatures,
                           const um_matrix *profiles, const um_source *bulk,
                           const um_gene_table *table, const double *cell_size, const um_cell_reference *reference,
                           const unmix_deconvolve_options *options, um_result *result);

#endif
