#include "unmix/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_handles.h"
#include "core/memory.h"
#include "core/source_join.h"
#include "io/read.h"
#include "io/text/table.h"
#include "io/text/gene_info.h"

/* Copies a list of names, which must be there and unique. */
static unmix_status copy_names(unmix_context *cx, const char *kind, const char *const *from, size_t count, um_names *to)
{
    for (size_t i = 0; i < count; i++) {
        if (!from[i] || !*from[i])
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the name of %s %zu is empty", kind, i + 1);
        UM_TRY(um_names_add(cx, to, from[i], strlen(from[i])));
    }
    UM_TRY(um_names_index(cx, to));
    const size_t again = um_names_repeated(to);
    if (again != UM_NOT_FOUND)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s %zu and %zu have the same name '%s'", kind,
                       um_names_find(to, um_name(to, again)) + 1, again + 1, um_name(to, again));
    return UNMIX_OK;
}

static unmix_status copy_values(unmix_context *cx, const double *values, um_matrix *matrix)
{
    UM_TRY(um_matrix_allocate(cx, matrix));
    const size_t columns = matrix->columns.count;
    for (size_t i = 0; i < matrix->rows.count * columns; i++) {
        if (!isfinite(values[i]) || values[i] < 0)
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "row '%s', column '%s': %g is not a finite number of 0 or more",
                           um_name(&matrix->rows, i / columns), um_name(&matrix->columns, i % columns), values[i]);
        matrix->values[i] = values[i];
    }
    return UNMIX_OK;
}

unmix_status unmix_matrix_new(unmix_context *cx, size_t rows, size_t columns, const char *const *row_names,
                              const char *const *column_names, const double *values, unmix_matrix **matrix)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, matrix);
    *matrix = NULL;
    UM_NEED(cx, row_names);
    UM_NEED(cx, column_names);
    UM_NEED(cx, values);
    unmix_matrix *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "matrix"));
    unmix_status status;
    UM_TRY_GOTO(status, done, copy_names(cx, "row", row_names, rows, &made->matrix.rows));
    UM_TRY_GOTO(status, done, copy_names(cx, "column", column_names, columns, &made->matrix.columns));
    UM_TRY_GOTO(status, done, copy_values(cx, values, &made->matrix));
    *matrix = made;
    return UNMIX_OK;
done:
    unmix_matrix_free(made);
    return status;
}

unmix_status unmix_matrix_read(unmix_context *cx, const char *path, const unmix_read_options *options,
                               unmix_matrix **matrix)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, matrix);
    *matrix = NULL;
    UM_NEED(cx, path);
    const unmix_read_options defaults = {0};
    unmix_matrix *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "matrix"));
    const unmix_status status = um_read_matrix(cx, path, options ? options : &defaults, &made->matrix);
    if (status != UNMIX_OK) {
        unmix_matrix_free(made);
        return status;
    }
    *matrix = made;
    return UNMIX_OK;
}

unmix_status unmix_proportions_read(unmix_context *cx, const char *path, unmix_matrix **matrix)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, matrix);
    *matrix = NULL;
    UM_NEED(cx, path);
    unmix_matrix *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "proportions"));
    const unmix_status status = um_read_proportions(cx, path, &made->matrix);
    if (status != UNMIX_OK) {
        unmix_matrix_free(made);
        return status;
    }
    *matrix = made;
    return UNMIX_OK;
}

unmix_status unmix_intervals_read(unmix_context *cx, const char *path, unmix_matrix **lower, unmix_matrix **upper)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, lower);
    UM_NEED(cx, upper);
    *lower = *upper = NULL;
    UM_NEED(cx, path);
    unmix_matrix *made[2] = {NULL, NULL};
    unmix_status status = UM_ALLOC(cx, &made[0], 1, "intervals");
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &made[1], 1, "intervals");
    if (status == UNMIX_OK)
        status = um_read_intervals(cx, path, &made[0]->matrix, &made[1]->matrix);
    if (status == UNMIX_OK && made[0]->matrix.values) {
        *lower = made[0];
        *upper = made[1];
        return UNMIX_OK;
    }
    unmix_matrix_free(made[0]);
    unmix_matrix_free(made[1]);
    return status;
}

unmix_status unmix_matrix_write(unmix_context *cx, const unmix_matrix *matrix, const char *path, const char *corner,
                                int overwrite)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, matrix);
    UM_NEED(cx, path);
    UM_NEED(cx, corner);
    return um_table_write(cx, &matrix->matrix, path, corner, overwrite);
}

void unmix_matrix_free(unmix_matrix *matrix)
{
    if (!matrix)
        return;
    um_matrix_clear(&matrix->matrix);
    free(matrix);
}

size_t unmix_matrix_rows(const unmix_matrix *matrix)
{
    return matrix->matrix.rows.count;
}

size_t unmix_matrix_columns(const unmix_matrix *matrix)
{
    return matrix->matrix.columns.count;
}

const char *unmix_matrix_row_name(const unmix_matrix *matrix, size_t row)
{
    return row < matrix->matrix.rows.count ? um_name(&matrix->matrix.rows, row) : NULL;
}

const char *unmix_matrix_column_name(const unmix_matrix *matrix, size_t column)
{
    return column < matrix->matrix.columns.count ? um_name(&matrix->matrix.columns, column) : NULL;
}

const double *unmix_matrix_values(const unmix_matrix *matrix)
{
    return matrix->matrix.values;
}

unmix_status unmix_source_open(unmix_context *cx, const char *path, const unmix_read_options *options,
                               unmix_source **source)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, source);
    *source = NULL;
    UM_NEED(cx, path);
    const unmix_read_options defaults = {0};
    unmix_source *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "source"));
    const unmix_status status = um_open_source(cx, path, options ? options : &defaults, &made->source);
    if (status != UNMIX_OK) {
        free(made);
        return status;
    }
    *source = made;
    return UNMIX_OK;
}

unmix_status unmix_source_open_files(unmix_context *cx, const char *const *paths, size_t n,
                                     const unmix_read_options *options, unmix_source **source)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, source);
    *source = NULL;
    UM_NEED(cx, paths);
    if (n == 1)
        return unmix_source_open(cx, paths[0], options, source);
    if (n == 0)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "no file is given");
    for (size_t i = 0; i < n; i++)
        UM_NEED(cx, paths[i]);
    unmix_source *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "source"));
    const unmix_status status = um_source_join_files(cx, paths, n, um_open_source, options, &made->source);
    if (status != UNMIX_OK) {
        free(made);
        return status;
    }
    *source = made;
    return UNMIX_OK;
}

unmix_status unmix_source_from_matrix(unmix_context *cx, const unmix_matrix *matrix, unmix_source **source)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, source);
    *source = NULL;
    UM_NEED(cx, matrix);
    UM_TRY(UM_ALLOC(cx, source, 1, "source"));
    um_source_of_matrix(&(*source)->source, &matrix->matrix);
    return UNMIX_OK;
}

void unmix_source_close(unmix_source *source)
{
    if (!source)
        return;
    um_source_close(&source->source);
    free(source);
}

/* The genes by which a column of gene information is recognised: those of both inputs, or of the one given. */
static unmix_status wanted_genes(unmix_context *cx, const um_names *a, const um_names *b, um_names *wanted)
{
    if (!a || !b) {
        UM_TRY(um_names_copy(cx, wanted, a ? a : b));
        return um_names_index(cx, wanted);
    }
    um_names index = {0};
    unmix_status status = um_names_copy(cx, &index, b);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &index);
    for (size_t i = 0; i < a->count && status == UNMIX_OK; i++)
        if (um_names_find(&index, um_name(a, i)) != UM_NOT_FOUND)
            status = um_names_add(cx, wanted, um_name(a, i), strlen(um_name(a, i)));
    um_names_clear(&index);
    return status == UNMIX_OK ? um_names_index(cx, wanted) : status;
}

unmix_status unmix_gene_info_read(unmix_context *cx, const char *path, const char *gene_column,
                                  const unmix_matrix *signatures, const unmix_source *bulk, unmix_gene_info **info)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, info);
    *info = NULL;
    UM_NEED(cx, path);
    if (!gene_column && !signatures && !bulk)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "%s: without signatures and bulk, the column with the gene names must be given", path);
    um_names wanted = {0};
    unmix_gene_info *made = NULL;
    unmix_status status = UNMIX_OK;
    if (signatures || bulk)
        UM_TRY_GOTO(
            status, done,
            wanted_genes(cx, signatures ? &signatures->matrix.rows : NULL, bulk ? bulk->source.rows : NULL, &wanted));
    else
        UM_TRY_GOTO(status, done, um_names_index(cx, &wanted));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &made, 1, "gene information"));
    status = um_gene_info_read(cx, path, gene_column, &wanted, &made->info);
done:
    um_names_clear(&wanted);
    if (status != UNMIX_OK) {
        unmix_gene_info_free(made);
        return status;
    }
    *info = made;
    return UNMIX_OK;
}

/* Names and lengths of the rows, each name once: those of rows beside each other, the exons of a gene, are added up. */
static unmix_status take_lengths(unmix_context *cx, const um_source *source, um_gene_info *info)
{
    const size_t size = strlen(source->origin) + 1;
    um_names index = {0};
    size_t *kept = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, um_names_copy(cx, &index, source->rows));
    UM_TRY_GOTO(status, done, um_names_index(cx, &index));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &kept, source->rows->count, "lengths of genes"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &info->length, source->rows->count, "lengths of genes"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &info->origin, size, "gene information"));
    memcpy(info->origin, source->origin, size);
    for (size_t row = 0; row < source->rows->count; row++) {
        const char *name = um_name(source->rows, row);
        if (info->genes.count && strcmp(name, um_name(source->rows, row - 1)) == 0 &&
            strcmp(name, um_name(&info->genes, info->genes.count - 1)) == 0)
            info->length[info->genes.count - 1] += source->row_lengths[row];
        if (um_names_find(&index, name) != row)
            continue;
        kept[info->genes.count] = row;
        info->length[info->genes.count] = source->row_lengths[row];
        UM_TRY_GOTO(status, done, um_names_add(cx, &info->genes, name, strlen(name)));
    }
    status = um_aliases_select(cx, &info->aliases, source->aliases, kept, info->genes.count);
done:
    um_names_clear(&index);
    free(kept);
    return status;
}

unmix_status unmix_source_gene_info(unmix_context *cx, const unmix_source *source, unmix_gene_info **info)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, info);
    *info = NULL;
    UM_NEED(cx, source);
    if (!source->source.row_lengths)
        return UNMIX_OK;
    unmix_gene_info *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "gene information"));
    const unmix_status status = take_lengths(cx, &source->source, &made->info);
    if (status != UNMIX_OK) {
        unmix_gene_info_free(made);
        return status;
    }
    *info = made;
    return UNMIX_OK;
}

/* A copy of n numbers, or NULL for NULL. */
static unmix_status copy_numbers(unmix_context *cx, const double *from, size_t n, double **to)
{
    if (!from)
        return UNMIX_OK;
    UM_TRY(UM_ALLOC(cx, to, n, "gene information"));
    memcpy(*to, from, n * sizeof *from);
    return UNMIX_OK;
}

unmix_status unmix_gene_info_new(unmix_context *cx, size_t n, const char *const *genes, const double *lengths,
                                 const double *weights, unmix_gene_info **info)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, info);
    *info = NULL;
    UM_NEED(cx, genes);
    unmix_gene_info *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "gene information"));
    unmix_status status;
    UM_TRY_GOTO(status, done, copy_names(cx, "gene", genes, n, &made->info.genes));
    UM_TRY_GOTO(status, done, copy_numbers(cx, lengths, n, &made->info.length));
    UM_TRY_GOTO(status, done, copy_numbers(cx, weights, n, &made->info.weight));
    *info = made;
    return UNMIX_OK;
done:
    unmix_gene_info_free(made);
    return status;
}

void unmix_gene_info_free(unmix_gene_info *info)
{
    if (!info)
        return;
    um_gene_info_clear(&info->info);
    free(info);
}
