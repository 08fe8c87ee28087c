/* References: single cells of several subjects, and what is made of them: signatures, variances, gene weights. */
#ifndef UNMIX_REFERENCE_H
#define UNMIX_REFERENCE_H

#include "signatures.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct unmix_reference unmix_reference;

/*
 * Reads labelled cells once, in blocks; options->subject (may be NULL) names the column with the donors. A type that
 * fewer than two subjects have gets the variance of Poisson counts, and a warning says so. Freed with
 * unmix_reference_free(). Errors: those of unmix_signatures().
 */
UNMIX_API unmix_status unmix_reference_read(unmix_context *cx, const char *path, const unmix_signature_options *options,
                                            unmix_reference **reference);

/*
 * The same for the cells of several files as one reference: the genes that all have, labels of each; types and subjects of
 * the same name are one. Errors: also INPUT, where no gene is in all files.
 */
UNMIX_API unmix_status unmix_reference_read_files(unmix_context *cx, const char *const *paths, size_t n,
                                                  const unmix_signature_options *options, unmix_reference **reference);

/* The same over cells that are open; subjects may be NULL. Of the options drop, scale and read.duplicates matter. */
UNMIX_API unmix_status unmix_reference_of(unmix_context *cx, const unmix_source *cells, const unmix_cell_labels *types,
                                          const unmix_cell_labels *subjects, const unmix_signature_options *options,
                                          unmix_reference **reference);
UNMIX_API void unmix_reference_free(unmix_reference *reference);

/* Subjects that have cells; 0 when none were asked for. */
UNMIX_API size_t unmix_reference_subjects(const unmix_reference *reference);

/*
 * Matrices of the reference, owned by it; genes x types unless said otherwise.
 *   "signatures"  mean over all cells, as unmix_signatures() gives it
 *   "mean"        relative abundance (columns sum to 1), mean over the subjects
 *   "variance"    of the relative abundance, over the subjects
 *   "cell_size"   types x 1: counts a cell, mean over the subjects
 *   "basis"       mean x cell size
 *   "profiles"    genes x profiles: sums of the single subjects of each type ("TYPE|donor:NAME"), or, where a type has
 *                 fewer than two, of up to 10 parts of its cells ("TYPE|cells:1"); for options->profiles of
 *                 unmix_deconvolve()
 * NULL for any other name.
 */
UNMIX_API const unmix_matrix *unmix_reference_matrix(const unmix_reference *reference, const char *name);

/*
 * Marker genes: for each type the `per_type` genes with the largest ratio of the mean in the type to the largest mean
 * elsewhere. All genes x (weight: 1 for a marker, else 0; ratio: the largest of the gene). Freed with
 * unmix_matrix_free(). Errors: INPUT (a single type), ARGUMENT, MEMORY.
 */
UNMIX_API unmix_status unmix_reference_markers(unmix_context *cx, const unmix_reference *reference, size_t per_type,
                                               unmix_matrix **weights);

/*
 * Genes x 1: 1 / (1 + sum_c variance / sum_c mean^2), so that genes that differ between people count less. `signatures`
 * may have any scale per column; `variance` is that of a reference, or read back from a table. Freed with
 * unmix_matrix_free(). Errors: INPUT (types without variance, no gene in common), MEMORY.
 */
UNMIX_API unmix_status unmix_variance_weights(unmix_context *cx, const unmix_matrix *signatures,
                                              const unmix_matrix *variance, unmix_matrix **weights);

/*
 * Multiplies the weights of *info by those of a matrix of one column, genes in rows; genes that it does not have are
 * left out. *info may be NULL (lengths do not count); it is replaced, and stays as it was on failure. Errors: INPUT
 * (repeated genes, nothing in common), MEMORY.
 */
UNMIX_API unmix_status unmix_gene_info_weigh(unmix_context *cx, unmix_gene_info **info, const unmix_matrix *weights);

#ifdef __cplusplus
}
#endif
#endif
