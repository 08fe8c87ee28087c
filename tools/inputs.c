#include "inputs.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"

int inputs_column_sums(const um_input_names *names)
{
    return names->cell_size && strcmp(names->cell_size, "column-sums") == 0;
}

int inputs_variance_weights(const um_input_names *names)
{
    return names->gene_weights && strcmp(names->gene_weights, "variance") == 0;
}

int inputs_specificity_weights(const um_input_names *names)
{
    return names->gene_weights && strcmp(names->gene_weights, "specificity") == 0;
}

const char *inputs_weights_file(const um_input_names *names)
{
    static const char *const kinds[] = {"none", "specificity", "variance"};
    for (size_t i = 0; names->gene_weights && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(names->gene_weights, kinds[i]) == 0)
            return NULL;
    return names->gene_weights;
}

/* Options that say how to read a reference, without one. */
static unmix_status check_reference(um_session *run, const um_input_names *names)
{
    static const char *const belongs[] = {"groupby", "subject", "cells", "drop", "input", "reference-layer"};
    for (size_t i = 0; !names->reference.count && i < sizeof belongs / sizeof belongs[0]; i++)
        if (option_given(run->common, belongs[i]))
            return session_usage(run, "--%s belongs to --reference", belongs[i]);
    if (names->reference.count && !names->groupby)
        return session_usage(run, "--reference needs --groupby COLUMN, the column with the cell types");
    if (names->reference.count && names->profiles)
        return session_usage(run, "--profiles belongs to --signatures; a reference has its own");
    if (names->reference.count && names->variance)
        return session_usage(run, "--variance belongs to --signatures; a reference has its own");
    return UNMIX_OK;
}

unmix_status inputs_check(um_session *run, const um_input_names *names)
{
    if (!names->signatures && !names->reference.count)
        return session_usage(run, "needs --signatures FILE, or --reference FILE with single cells");
    if (names->signatures && names->reference.count)
        return session_usage(run, "takes either --signatures or --reference, not both");
    if (!names->bulk.count)
        return session_usage(run, "needs --bulk FILE");
    const unmix_status status = check_reference(run, names);
    if (status != UNMIX_OK)
        return status;
    if (names->gene_column && !names->gene_info)
        return session_usage(run, "--gene-column belongs to --gene-info");
    if (inputs_variance_weights(names) && names->reference.count && !names->subject)
        return session_usage(
            run, "--gene-weights variance needs --subject COLUMN: without donors there is no variance between them");
    if (inputs_variance_weights(names) && names->signatures && !names->variance)
        return session_usage(
            run, "--gene-weights variance needs --variance FILE, as 'unmix signatures --subject' writes it");
    if (names->variance && !inputs_variance_weights(names))
        return session_usage(run, "--variance belongs to --gene-weights variance");
    return UNMIX_OK;
}

void inputs_free(um_inputs *in)
{
    unmix_gene_info_free(in->info);
    unmix_source_close(in->bulk);
    unmix_reference_free(in->reference);
    unmix_matrix_free(in->cell_size);
    unmix_matrix_free(in->variance);
    unmix_matrix_free(in->profiles);
    unmix_matrix_free(in->signatures);
}

/* Leaves of a table the column `name` alone; `needs` ends the message when it is not there. */
static unmix_status select_column(um_session *run, const char *path, const char *name, const char *needs,
                                  unmix_matrix **table)
{
    const size_t rows = unmix_matrix_rows(*table), columns = unmix_matrix_columns(*table);
    size_t column = 0;
    while (column < columns && strcmp(unmix_matrix_column_name(*table, column), name) != 0)
        column++;
    if (column == columns)
        return session_fail(run, UNMIX_ERROR_INPUT, "%s: there is no column '%s'; %s", path, name, needs);
    if (columns == 1)
        return UNMIX_OK;
    const char **names = malloc((rows + 1) * sizeof *names);
    double *values = malloc((rows + 1) * sizeof *values);
    unmix_matrix *selected = NULL;
    unmix_status status = names && values ? UNMIX_OK : session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    for (size_t row = 0; row < rows && status == UNMIX_OK; row++) {
        names[row] = unmix_matrix_row_name(*table, row);
        values[row] = unmix_matrix_values(*table)[row * columns + column];
    }
    if (status == UNMIX_OK)
        status = unmix_matrix_new(run->cx, rows, 1, names, &name, values, &selected);
    free(names);
    free(values);
    if (status == UNMIX_OK) {
        unmix_matrix_free(*table);
        *table = selected;
    }
    return status;
}

static unmix_status read_cell_size(um_session *run, const char *path, unmix_matrix **sizes)
{
    const unmix_read_options options = {.gene_column = "type", .columns = "all"};
    const unmix_status status = unmix_matrix_read(run->cx, path, &options, sizes);
    return status == UNMIX_OK ? select_column(run, path, "size", "cell sizes need columns type and size", sizes)
                              : status;
}

static unmix_status read_weights(um_session *run, const char *path, unmix_matrix **weights)
{
    const unmix_read_options options = {.columns = "all"};
    const unmix_status status = unmix_matrix_read(run->cx, path, &options, weights);
    return status == UNMIX_OK ? select_column(run, path, "weight",
                                              "gene weights need the names of the genes, then a column weight", weights)
                              : status;
}

static unmix_status read_reference(um_session *run, const um_input_names *names, unmix_duplicates duplicates,
                                   um_inputs *in)
{
    const unmix_signature_options options = {
        .groupby = names->groupby,
        .subject = names->subject,
        .cells = names->cells,
        .drop = names->drop.items,
        .n_drop = names->drop.count,
        .scale = names->scale,
        .read = {.gene_column = names->signature_gene_column,
                 .columns = names->signature_columns,
                 .layer = names->reference_layer,
                 .scratch = scratch_folder(),
                 .duplicates = duplicates},
    };
    return unmix_reference_read_files(run->cx, names->reference.items, names->reference.count, &options, &in->reference);
}

/* The signatures of the run, wherever they come from. */
static const unmix_matrix *signatures_of(const um_inputs *in)
{
    return in->reference ? unmix_reference_matrix(in->reference, "signatures") : in->signatures;
}

/* Multiplies the weights of the genes by those of a file, or by what the variance says. */
static unmix_status weigh_genes(um_session *run, const um_input_names *names, um_inputs *in)
{
    const int lengths = in->info != NULL;
    unmix_matrix *weights = NULL;
    unmix_status status = UNMIX_OK;
    if (inputs_variance_weights(names))
        status = unmix_variance_weights(
            run->cx, signatures_of(in),
            in->reference ? unmix_reference_matrix(in->reference, "variance") : in->variance, &weights);
    else
        status = read_weights(run, names->gene_weights, &weights);
    if (status == UNMIX_OK)
        status = unmix_gene_info_weigh(run->cx, &in->info, weights);
    if (status == UNMIX_OK && !lengths)
        session_say(run, "no --gene-info: gene lengths do not count");
    unmix_matrix_free(weights);
    return status;
}

/* Lengths that stand in the bulk itself count where no others are given. */
static unmix_status take_lengths(um_session *run, const um_input_names *names, um_inputs *in)
{
    const unmix_status status = unmix_source_gene_info(run->cx, in->bulk, &in->info);
    if (status == UNMIX_OK && in->info)
        session_say(run, "no --gene-info: the lengths of genes are those of %s%s", names->bulk.items[0],
                    names->bulk.count > 1 ? " and the other tables, their means" : "");
    return status;
}

unmix_status inputs_read(um_session *run, const um_input_names *names, unmix_duplicates duplicates, um_inputs *in)
{
    const unmix_read_options tables = {.gene_column = names->signature_gene_column,
                                       .columns = names->signature_columns,
                                       .average_columns = 1,
                                       .duplicates = duplicates};
    static const unmix_read_options as_written = {.columns = "all"};
    unmix_read_options bulk = names->bulk_read;
    bulk.scratch = scratch_folder();
    bulk.duplicates = duplicates;
    unmix_status status = names->reference.count
                              ? read_reference(run, names, duplicates, in)
                              : unmix_matrix_read(run->cx, names->signatures, &tables, &in->signatures);
    if (status == UNMIX_OK && names->variance)
        status = unmix_matrix_read(run->cx, names->variance, NULL, &in->variance);
    if (status == UNMIX_OK && names->profiles)
        status = unmix_matrix_read(run->cx, names->profiles, &as_written, &in->profiles);
    if (status == UNMIX_OK)
        status = unmix_source_open_files(run->cx, names->bulk.items, names->bulk.count, &bulk, &in->bulk);
    if (status == UNMIX_OK && names->gene_info)
        status =
            unmix_gene_info_read(run->cx, names->gene_info, names->gene_column, signatures_of(in), in->bulk, &in->info);
    if (status == UNMIX_OK && !names->gene_info)
        status = take_lengths(run, names, in);
    if (status == UNMIX_OK && (inputs_variance_weights(names) || inputs_weights_file(names)))
        status = weigh_genes(run, names, in);
    if (status == UNMIX_OK && names->cell_size && !inputs_column_sums(names))
        status = read_cell_size(run, names->cell_size, &in->cell_size);
    return status == UNMIX_OK ? session_check_interrupt(run) : status;
}
