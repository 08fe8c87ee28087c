/* What `deconvolve` reads: signatures or a reference, bulk, gene information and weights, cell sizes. */
#ifndef INPUTS_H
#define INPUTS_H

#include "session.h"

/* File names and how to read them, as given; NULL where an option was not. */
typedef struct um_input_names {
    const char *signatures, *variance, *profiles;                       /* tables by type */
    um_text_list reference; /* files of cells, joined */
    const char *cells, *groupby, *subject, *reference_layer; /* or cells to make them from */
    um_text_list drop;
    unmix_cell_scale scale;
    um_text_list bulk; /* files of samples, joined */
    const char *gene_info, *gene_weights, *cell_size;
    const char *gene_column, *signature_gene_column, *signature_columns;
    unmix_read_options bulk_read;
} um_input_names;

/* Everything that a run holds. Zero-initialised; released with inputs_free(). */
typedef struct um_inputs {
    unmix_matrix *signatures, *variance, *profiles, *cell_size;
    unmix_reference *reference;
    unmix_source *bulk;
    unmix_gene_info *info;
} um_inputs;

/* Refuses options without the ones they belong to. */
unmix_status inputs_check(um_session *run, const um_input_names *names);

/* 1 when the cell sizes are said to be the sums of the signatures' columns, as --signature-scale says it, too. */
int inputs_column_sums(const um_input_names *names);

/* Where gene weights come from: the variance, the specificity, or a file (NULL: no file). */
int inputs_variance_weights(const um_input_names *names);
int inputs_specificity_weights(const um_input_names *names);
const char *inputs_weights_file(const um_input_names *names);

unmix_status inputs_read(um_session *run, const um_input_names *names, unmix_duplicates duplicates, um_inputs *in);
void inputs_free(um_inputs *in);

#endif
