#include "deconvolve/reference/signature.h"

#include "core/memory.h"

/* Mean over all cells of a type, whoever they come from. */
static void average(const um_cell_sums *sums, size_t type, um_matrix *signatures)
{
    size_t members = 0;
    for (size_t s = 0; s < sums->n_subjects; s++) {
        const double *sum = um_cell_sums_of(sums, type, s);
        members += sums->cells[type * sums->n_subjects + s];
        for (size_t g = 0; sum && g < sums->genes.count; g++)
            um_row(signatures, g)[type] += sum[g];
    }
    for (size_t g = 0; g < sums->genes.count; g++)
        um_row(signatures, g)[type] /= (double)members;
}

unmix_status um_signature_of_sums(unmix_context *cx, const um_cell_sums *sums, um_matrix *signatures)
{
    UM_TRY(um_names_copy(cx, &signatures->rows, &sums->genes));
    UM_TRY(um_aliases_copy(cx, &signatures->aliases, &sums->aliases));
    UM_TRY(um_names_copy(cx, &signatures->columns, &sums->types));
    UM_TRY(um_matrix_allocate(cx, signatures));
    for (size_t type = 0; type < sums->types.count; type++)
        average(sums, type, signatures);
    return UNMIX_OK;
}

unmix_status um_signature_build(unmix_context *cx, const um_source *cells, const um_names *levels, const int64_t *level,
                                const unmix_signature_options *options, um_matrix *signatures)
{
    um_cell_sums sums = {0};
    const um_cell_labels labels = {.types = levels, .type = level};
    UM_TRY(um_cell_sums_take(cx, cells, &labels, options, &sums));
    const unmix_status status = um_signature_of_sums(cx, &sums, signatures);
    um_cell_sums_clear(&sums);
    if (status != UNMIX_OK)
        um_matrix_clear(signatures);
    return status;
}
