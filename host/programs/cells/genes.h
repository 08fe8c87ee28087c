/*
 * Highly variable genes, from the moments of the cells (um_cells_look()); always judged on log1p values.
 *
 *   seurat    scanpy.pp.highly_variable_genes(flavor='seurat') of scanpy 1.11: dispersion log(variance /
 *             mean) of the linear values, standardised among genes of similar mean
 *   variance  plain variance of the log1p values (n - 1), the `top` largest, of equal ones the earlier
 *
 * With batches the choice is made in each, and genes are ranked by the number of batches that chose them, then by the
 * mean of what ranks them there (normalised dispersion; variance); of equal ones scanpy takes the first by name.
 */
#ifndef UM_GENES_H
#define UM_GENES_H

#include "core/names.h"
#include "programs/cells/moments.h"

typedef enum um_genes_flavour { UM_GENES_SEURAT, UM_GENES_VARIANCE } um_genes_flavour;

typedef struct um_genes_options {
    um_genes_flavour flavour;
    size_t top;                /* genes to choose; 0 (seurat only): all within the limits below, which are exclusive */
    double min_mean, max_mean; /* of log1p of the mean */
    double min_dispersion, max_dispersion; /* normalised */
} um_genes_options;

/* scanpy's defaults, with 2,000 genes. */
void um_genes_options_init(um_genes_options *options);

/* One number a gene; arrays are owned. */
typedef struct um_genes {
    size_t n, n_chosen;
    unsigned char *chosen;
    double *means;       /* seurat: log1p of the mean of the linear values; variance: mean of the log1p values */
    double *dispersions; /* seurat: log(variance / mean), NaN without variance; variance: the variance */
    double *normalised;  /* seurat: standardised dispersion, NaN as above; variance: NULL */
    size_t *in_batches;  /* with batches: number of batches that chose the gene; else NULL */
    unsigned char *in_all; /* with batches: chosen in all of them; else NULL */
} um_genes;

/*
 * `genes` names the genes of the moments and `origin` the file. `batches` names the batches, or is NULL where there are
 * none (moments->batches is 1 then). Fewer genes than `top` that can be ranked: all of them, with a note. With seurat
 * and no batches, genes of equal dispersion at the end of the list are all chosen, as in scanpy. Errors: INPUT (a batch
 * without two cells or without any gene that can be ranked; no gene within the limits), ARGUMENT (variance without a
 * number), MEMORY. Released with um_genes_clear().
 */
unmix_status um_genes_choose(unmix_context *cx, const um_moments *moments, const um_names *genes,
                             const um_names *batches, const char *origin, const um_genes_options *options,
                             um_genes *result);
void um_genes_clear(um_genes *genes);

/* Positions of the chosen genes, ascending: list[n_chosen]. */
void um_genes_list(const um_genes *genes, size_t *list);

#endif
