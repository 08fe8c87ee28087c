/* The figures of results: one function a subject. They are added to `figures` with caption, numbers and script. */
#ifndef UM_REPORT_FIGURES_H
#define UM_REPORT_FIGURES_H

#include "core/source.h"
#include "report/deconvolved.h"
#include "report/figure.h"
#include "report/factorised.h"
#include "unmix/compare.h"

/* Proportions as a heatmap and as stacked bars. */
unmix_status um_figures_of_proportions(unmix_context *cx, um_figures *figures, const um_deconvolved *result);

/* What the metrics say: correlation, residuals, background, certificate, convergence. */
unmix_status um_figures_of_metrics(unmix_context *cx, um_figures *figures, const um_deconvolved *result);

/* Proportions with their intervals; nothing where the result has none. agreement: over all types, with the truth, or NULL. */
unmix_status um_figures_of_intervals(unmix_context *cx, um_figures *figures, const um_deconvolved *result,
                                     const unmix_agreement *agreement);

/*
 * Observed (bulk) beside predicted counts (genes x samples both); weight (of each gene of `predicted`, or NULL): genes
 * at 0 take no part.
 */
unmix_status um_figures_of_fit(unmix_context *cx, um_figures *figures, const um_source *predicted,
                               const um_source *bulk, const double *weight);

/* Proportions of two tables against each other: `entries` are their agreement, "all" first, then the types in common. */
typedef struct um_pair_of_results {
    const um_matrix *x, *y;
    const char *x_name, *y_name; /* for the axes */
    const unmix_agreement *entries;
    size_t n_entries;
} um_pair_of_results;

/* One field coloured by type, for two methods; a field for each type, for estimates against the truth. */
unmix_status um_figure_of_methods(unmix_context *cx, um_figures *figures, const um_pair_of_results *pair);
unmix_status um_figure_of_truth(unmix_context *cx, um_figures *figures, const um_pair_of_results *pair);

/* Gene programs: all that the result has. */
unmix_status um_figures_of_programs(unmix_context *cx, um_figures *figures, const um_found_programs *programs);

/* A number for each cell and program: cells x programs, `symmetric` around 0 or from 0 on. */
typedef struct um_cells_figure {
    const um_matrix *values;
    const char *name, *title, *label, *caption;
    int symmetric;
} um_cells_figure;

unmix_status um_figure_of_cells(unmix_context *cx, um_figures *figures, const um_found_programs *programs,
                                const um_cells_figure *what);

#endif
