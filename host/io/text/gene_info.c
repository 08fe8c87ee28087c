#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/text/number.h"
#include "io/text/gene_info.h"
#include "io/text/known_columns.h"
#include "io/text/table.h"
#include "io/text/table_scan.h"

void um_gene_info_clear(um_gene_info *info)
{
    um_names_clear(&info->genes);
    um_aliases_clear(&info->aliases);
    free(info->length);
    free(info->weight);
    free(info->origin);
    *info = (um_gene_info){0};
}

static size_t find_any_case(const um_text_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (strcasecmp(um_name(&table->columns, i), name) == 0)
            return i;
    return UM_NOT_FOUND;
}

static unmix_status refuse_column(unmix_context *cx, const um_text_table *table, const char *name)
{
    char there[700];
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has no column '%.60s'; its columns are %s", table->origin, name,
                   um_list_names(&table->columns, UM_LISTED_COLUMNS, there, sizeof there));
}

/* A column without a name that counts 1, 2, 3, ... as R writes it beside a table. */
static int holds_row_numbers(const um_text_table *table, size_t column)
{
    if (um_name(&table->columns, column)[0] != '\0')
        return 0;
    for (size_t row = 0; row < table->n_rows; row++) {
        char number[24];
        (void)snprintf(number, sizeof number, "%zu", row + 1);
        if (strcmp(um_name(&table->fields[column], row), number) != 0)
            return 0;
    }
    return 1;
}

/* How many of the wanted names stand in a column. */
static unmix_status count_matches(unmix_context *cx, const um_names *column, const um_names *wanted, size_t *matches)
{
    unsigned char *seen = NULL;
    *matches = 0;
    if (!wanted)
        return UNMIX_OK;
    UM_TRY(UM_ALLOC(cx, &seen, wanted->count, "names of genes"));
    for (size_t row = 0; row < column->count; row++) {
        const size_t at = um_names_find(wanted, um_name(column, row));
        if (at == UM_NOT_FOUND || seen[at])
            continue;
        seen[at] = 1;
        ++*matches;
    }
    free(seen);
    return UNMIX_OK;
}

/* The column with most of the wanted names; among equals the first one. */
static unmix_status choose_gene_column(unmix_context *cx, const um_text_table *table, const um_names *wanted,
                                       size_t length, size_t weight, size_t *chosen)
{
    size_t best = 0;
    *chosen = UM_NOT_FOUND;
    for (size_t i = 0; i < table->columns.count; i++) {
        size_t matches = 0;
        if (i == length || i == weight || holds_row_numbers(table, i))
            continue;
        UM_TRY(count_matches(cx, &table->fields[i], wanted, &matches));
        if (*chosen != UM_NOT_FOUND && matches <= best)
            continue;
        *chosen = i;
        best = matches;
    }
    if (*chosen == UM_NOT_FOUND)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has no column with names of genes", table->origin);
    if (wanted && wanted->count)
        um_note(cx, "%s: genes are taken from column '%s' (%zu of %zu wanted genes are there)", table->origin,
                um_name(&table->columns, *chosen), best, wanted->count);
    return UNMIX_OK;
}

static unmix_status take_numbers(unmix_context *cx, const um_text_table *table, size_t column, double **numbers)
{
    UM_TRY(UM_ALLOC(cx, numbers, table->n_rows, "gene information"));
    for (size_t row = 0; row < table->n_rows; row++) {
        const char *text = um_name(&table->fields[column], row);
        if (text[0] == '\0' || strcasecmp(text, "NA") == 0 || strcasecmp(text, "NaN") == 0)
            (*numbers)[row] = NAN;
        else
            UM_TRY(um_text_table_number(cx, table, column, row, &(*numbers)[row]));
    }
    return UNMIX_OK;
}

/* The names may be empty (genes without a symbol) and may repeat: such rows matter only when they are used. */
static void take_genes(um_text_table *table, size_t column, um_gene_info *info)
{
    info->genes = table->fields[column];
    table->fields[column] = (um_names){0};
    info->first_line = table->first_line;
    info->origin = table->origin;
    table->origin = NULL;
}

static unmix_status take_aliases(unmix_context *cx, um_text_table *table, size_t genes, size_t length, size_t weight,
                                 um_gene_info *info)
{
    for (size_t i = 0; i < table->columns.count && info->aliases.columns.count < UM_MOST_ALIASES; i++)
        if (i != genes && i != length && i != weight && !holds_row_numbers(table, i))
            UM_TRY(um_aliases_add(cx, &info->aliases, um_name(&table->columns, i), &table->fields[i]));
    return UNMIX_OK;
}

/* The column 'length', or else the one that is called as lengths of genes are: gene_length, width of merged exons. */
static size_t find_length(unmix_context *cx, const um_text_table *table)
{
    const size_t length = find_any_case(table, "length");
    size_t known = UM_NOT_FOUND, n = 0;
    for (size_t i = 0; i < table->columns.count && length == UM_NOT_FOUND; i++)
        if (um_known_column(um_name(&table->columns, i)) == UM_COLUMN_LENGTH) {
            known = i;
            n++;
        }
    if (n == 1)
        um_note(cx, "%s: lengths are taken from column '%s'", table->origin, um_name(&table->columns, known));
    return n == 1 ? known : length;
}

static unmix_status take_info(unmix_context *cx, um_text_table *table, const char *gene_column, const um_names *wanted,
                              um_gene_info *info)
{
    const size_t length = find_length(cx, table);
    const size_t weight = find_any_case(table, "weight");
    size_t genes = UM_NOT_FOUND;
    if (length == UM_NOT_FOUND)
        return refuse_column(cx, table, "length");
    if (gene_column) {
        genes = um_text_table_column(table, gene_column);
        if (genes == UM_NOT_FOUND)
            return refuse_column(cx, table, gene_column);
    } else {
        UM_TRY(choose_gene_column(cx, table, wanted, length, weight, &genes));
    }
    UM_TRY(take_numbers(cx, table, length, &info->length));
    if (weight != UM_NOT_FOUND)
        UM_TRY(take_numbers(cx, table, weight, &info->weight));
    if (!gene_column)
        UM_TRY(take_aliases(cx, table, genes, length, weight, info));
    take_genes(table, genes, info);
    return UNMIX_OK;
}

unmix_status um_gene_info_read(unmix_context *cx, const char *path, const char *gene_column, const um_names *wanted,
                               um_gene_info *info)
{
    um_text_table table = {0};
    UM_TRY(um_text_table_read(cx, path, &table));
    const unmix_status status = take_info(cx, &table, gene_column, wanted, info);
    if (status != UNMIX_OK)
        um_gene_info_clear(info);
    um_text_table_clear(&table);
    return status;
}
