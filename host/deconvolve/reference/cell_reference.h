/*
 * A reference of single cells from several subjects: what MuSiC's weighted least squares need (peers' description of
 * Wang et al., Nature Communications 2019). X counts, type c, subject s, over the cells of both:
 *
 *   theta_gcs = sum X_g / sum X     relative abundance            S_cs = sum X / cells     RNA a cell
 *   mean_gc = mean over subjects of theta         variance_gc = variance over subjects (n - 1)
 *   size_c  = mean over subjects of S             basis_gc = mean_gc size_c
 *
 * Means run over the subjects that have counts of the type. With fewer than two of them there is no variance over
 * subjects: then it is what Poisson counts alone would give, mean_gc / (counts of the type), and a warning says so.
 */
#ifndef UM_CELL_REFERENCE_H
#define UM_CELL_REFERENCE_H

#include "core/matrix.h"
#include "deconvolve/reference/cell_sums.h"

typedef struct um_cell_reference {
    um_matrix signatures;  /* genes x types: mean over all cells, as um_signature_build() gives it */
    um_matrix mean;        /* genes x types */
    um_matrix variance;    /* genes x types */
    um_matrix cell_size;   /* types x 1 */
    um_matrix basis;       /* genes x types */
    um_matrix profiles;    /* genes x profiles: single donors, or parts of the cells (profiles.h) */
    double *total;         /* types: counts of all their cells */
    size_t n_subjects;     /* 0 when none were given: all cells are of one */
    size_t n_poisson;      /* types whose variance is that of Poisson counts */
    unmix_cell_scale scale;
} um_cell_reference;

void um_cell_reference_clear(um_cell_reference *reference);

/* `reference` is zero-initialised; cleared on failure. Errors: MEMORY. */
unmix_status um_cell_reference_form(unmix_context *cx, const um_cell_sums *sums, um_cell_reference *reference);

/*
 * Marker genes: for each type the `per_type` genes with the largest ratio of their mean in the type to the largest mean
 * in another, of relative abundances. A mean elsewhere is not known to be below one count in all cells of that type, so
 * it counts as at least that: a gene that a single cell shows is no marker. `weights` (empty on entry) gets genes x
 * (weight, ratio): 1 for a marker, 0 for the others, so that signatures are still scaled over all genes. Ties go to the
 * larger mean, then to the name. Types with fewer genes of a ratio above 1 than asked for are named in a note.
 * Errors: INPUT (a single type), MEMORY.
 */
unmix_status um_markers_choose(unmix_context *cx, const um_cell_reference *reference, size_t per_type,
                               um_matrix *weights);

/*
 * Gene weights that count genes less which differ between people: w_g = 1 / (1 + sum_c variance_gc / sum_c mean_gc^2),
 * one over one plus the squared coefficient of variation. `signatures` may have any scale per column, `variance` is of
 * shares that sum to 1; types are joined by name. Genes that are not in both are left out, and one that no type
 * expresses keeps weight 1. `weights` (empty on entry): genes x 1. Errors: INPUT (other types, nothing in common),
 * MEMORY.
 */
unmix_status um_variance_weights(unmix_context *cx, const um_matrix *signatures, const um_matrix *variance,
                                 um_matrix *weights);

#endif
