/* Gene weights made from a reference: markers of the types, and genes that differ between people. See cell_reference.h.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "deconvolve/reference/cell_reference.h"

enum { LISTED = 20 };

typedef struct candidate {
    double ratio, mean;
    const char *name;
    size_t gene;
} candidate;

static int by_ratio(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->ratio != y->ratio)
        return x->ratio < y->ratio ? 1 : -1;
    if (x->mean != y->mean)
        return x->mean < y->mean ? 1 : -1;
    return strcmp(x->name, y->name);
}

/* Columns of the signatures as shares that sum to 1, genes x types. */
static unmix_status form_shares(unmix_context *cx, const um_matrix *signatures, double **shares)
{
    const size_t G = signatures->rows.count, C = signatures->columns.count;
    UM_TRY(UM_ALLOC(cx, shares, um_product_size(G, C, 1), "gene weights"));
    for (size_t c = 0; c < C; c++) {
        double sum = 0.0;
        for (size_t g = 0; g < G; g++)
            sum += um_row(signatures, g)[c];
        for (size_t g = 0; g < G && sum > 0.0; g++)
            (*shares)[g * C + c] = um_row(signatures, g)[c] / sum;
    }
    return UNMIX_OK;
}

/* The mean in type c over the largest elsewhere, which is at least one count in all cells of that type. */
static double ratio_of(const double *shares, const double *total, size_t C, size_t c)
{
    double elsewhere = 0.0;
    for (size_t j = 0; j < C; j++)
        if (j != c)
            elsewhere = fmax(elsewhere, fmax(shares[j], 1.0 / total[j]));
    return shares[c] / elsewhere;
}

static size_t mark_type(const um_cell_reference *reference, const double *shares, size_t c, size_t per_type,
                        candidate *candidates, um_matrix *weights)
{
    const size_t G = weights->rows.count, C = reference->signatures.columns.count;
    size_t marked = 0;
    for (size_t g = 0; g < G; g++)
        candidates[g] = (candidate){ratio_of(shares + g * C, reference->total, C, c), shares[g * C + c],
                                    um_name(&weights->rows, g), g};
    for (size_t g = 0; g < G; g++)
        if (candidates[g].ratio > um_row(weights, g)[1])
            um_row(weights, g)[1] = candidates[g].ratio;
    qsort(candidates, G, sizeof *candidates, by_ratio);
    for (; marked < per_type && marked < G && candidates[marked].ratio > 1.0; marked++)
        um_row(weights, candidates[marked].gene)[0] = 1.0;
    return marked;
}

static unmix_status choose(unmix_context *cx, const um_cell_reference *reference, size_t per_type, const double *shares,
                           candidate *candidates, um_matrix *weights, um_names *few)
{
    const um_names *types = &reference->signatures.columns;
    UM_TRY(um_names_copy(cx, &weights->rows, &reference->signatures.rows));
    UM_TRY(um_names_add(cx, &weights->columns, "weight", 6));
    UM_TRY(um_names_add(cx, &weights->columns, "ratio", 5));
    UM_TRY(um_matrix_allocate(cx, weights));
    for (size_t c = 0; c < types->count; c++)
        if (mark_type(reference, shares, c, per_type, candidates, weights) < per_type)
            UM_TRY(um_names_add(cx, few, um_name(types, c), strlen(um_name(types, c))));
    char list[600];
    if (few->count)
        um_note(cx, "fewer than %zu genes are higher in these types than in all others: %s", per_type,
                um_list_names(few, LISTED, list, sizeof list));
    return UNMIX_OK;
}

unmix_status um_markers_choose(unmix_context *cx, const um_cell_reference *reference, size_t per_type,
                               um_matrix *weights)
{
    const um_matrix *signatures = &reference->signatures;
    um_names few = {0};
    double *shares = NULL;
    candidate *candidates = NULL;
    unmix_status status;
    if (signatures->columns.count < 2)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: markers tell types apart, and there is only one ('%s')",
                       signatures->origin, um_name(&signatures->columns, 0));
    UM_TRY_GOTO(status, done, form_shares(cx, signatures, &shares));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &candidates, signatures->rows.count, "markers"));
    UM_TRY_GOTO(status, done, choose(cx, reference, per_type, shares, candidates, weights, &few));
done:
    um_names_clear(&few);
    free(shares);
    free(candidates);
    if (status != UNMIX_OK)
        um_matrix_clear(weights);
    return status;
}

/* For each type of the signatures its column of the variances. */
static unmix_status match_types(unmix_context *cx, const um_matrix *signatures, const um_matrix *variance,
                                size_t *column)
{
    for (size_t c = 0; c < signatures->columns.count; c++) {
        const char *type = um_name(&signatures->columns, c);
        column[c] = UM_NOT_FOUND;
        for (size_t j = 0; j < variance->columns.count && column[c] == UM_NOT_FOUND; j++)
            if (strcmp(um_name(&variance->columns, j), type) == 0)
                column[c] = j;
        if (column[c] == UM_NOT_FOUND)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no variance of type '%s' of %s", variance->origin, type,
                           signatures->origin);
    }
    return UNMIX_OK;
}

/* Genes of both, and their weights row by row in `values`. */
static unmix_status weigh(unmix_context *cx, const um_matrix *signatures, const um_matrix *variance,
                          const um_names *index, const size_t *column, const double *shares, double *values,
                          size_t *kept, um_matrix *weights)
{
    const size_t C = signatures->columns.count;
    for (size_t g = 0; g < signatures->rows.count; g++) {
        const char *name = um_name(&signatures->rows, g);
        const size_t row = um_names_find(index, name);
        double square = 0.0, spread = 0.0;
        for (size_t c = 0; row != UM_NOT_FOUND && c < C; c++) {
            square += shares[g * C + c] * shares[g * C + c];
            spread += um_row(variance, row)[column[c]];
        }
        if (row == UM_NOT_FOUND)
            continue;
        kept[weights->rows.count] = g;
        values[weights->rows.count] = square > 0.0 ? 1.0 / (1.0 + spread / square) : 1.0;
        UM_TRY(um_names_add(cx, &weights->rows, name, strlen(name)));
    }
    if (!weights->rows.count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s and %s have no gene in common", signatures->origin, variance->origin);
    UM_TRY(um_aliases_select(cx, &weights->aliases, &signatures->aliases, kept, weights->rows.count));
    UM_TRY(um_names_add(cx, &weights->columns, "weight", 6));
    UM_TRY(um_matrix_allocate(cx, weights));
    memcpy(weights->values, values, weights->rows.count * sizeof *values);
    return UNMIX_OK;
}

unmix_status um_variance_weights(unmix_context *cx, const um_matrix *signatures, const um_matrix *variance,
                                 um_matrix *weights)
{
    um_names index = {0};
    size_t *column = NULL, *kept = NULL;
    double *shares = NULL, *values = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, um_names_copy(cx, &index, &variance->rows));
    UM_TRY_GOTO(status, done, um_names_index(cx, &index));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &column, signatures->columns.count, "gene weights"));
    UM_TRY_GOTO(status, done, match_types(cx, signatures, variance, column));
    UM_TRY_GOTO(status, done, form_shares(cx, signatures, &shares));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &values, signatures->rows.count, "gene weights"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &kept, signatures->rows.count, "gene weights"));
    UM_TRY_GOTO(status, done, weigh(cx, signatures, variance, &index, column, shares, values, kept, weights));
done:
    um_names_clear(&index);
    free(column);
    free(kept);
    free(shares);
    free(values);
    if (status != UNMIX_OK)
        um_matrix_clear(weights);
    return status;
}
