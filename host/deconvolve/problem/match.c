#include "deconvolve/problem/match.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

void um_match_clear(um_match *match)
{
    um_names_clear(&match->signature_genes);
    um_names_clear(&match->bulk_genes);
    um_names_clear(&match->table_genes);
    free(match->name);
    free(match->table_row);
    free(match->of_signature);
    free(match->of_bulk);
    *match = (um_match){0};
}

/* An indexed copy of the names; repeated ones are refused unless they are to be summed. */
static unmix_status index_genes(unmix_context *cx, um_names *names, const um_names *from, const char *origin,
                                size_t first_line, unmix_duplicates duplicates)
{
    UM_TRY(um_names_copy(cx, names, from));
    UM_TRY(um_names_index(cx, names));
    const size_t again = um_names_repeated(names);
    if (duplicates == UNMIX_DUPLICATES_SUM || again == UM_NOT_FOUND)
        return UNMIX_OK;
    char here[32], there[32];
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: gene '%s' stands in %s and again in %s; remove one, or use --duplicates sum to add them up", origin,
                   um_name(names, again), um_row_place(first_line, um_names_find(names, um_name(names, again)), here, sizeof here),
                   um_row_place(first_line, again, there, sizeof there));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* For each row the position of its name in the sorted list, or UM_NO_GENE. */
static unmix_status map_rows(unmix_context *cx, const um_match *match, const um_names *names, uint32_t **of_row)
{
    UM_TRY(UM_ALLOC(cx, of_row, names->count, "gene matching"));
    for (size_t r = 0; r < names->count; r++) {
        const char *name = um_name(names, r);
        const char **found = bsearch(&name, match->name, match->count, sizeof *match->name, by_name);
        (*of_row)[r] = found ? (uint32_t)(found - match->name) : UM_NO_GENE;
    }
    return UNMIX_OK;
}

/* A gene that is needed must stand once in the gene table: with two rows nobody knows which length holds. */
static unmix_status refuse_repeated_info(unmix_context *cx, const um_match *match, const um_gene_table *table)
{
    for (size_t r = 0; r < match->table_genes.count; r++) {
        const char *name = um_name(&match->table_genes, r);
        const size_t first = um_names_find(&match->table_genes, name);
        if (first == r || !bsearch(&name, match->name, match->count, sizeof *match->name, by_name))
            continue;
        char here[32], there[32];
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: gene '%s' stands in %s and again in %s; keep one of them", table->origin,
                       name, um_row_place(table->first_line, first, here, sizeof here),
                       um_row_place(table->first_line, r, there, sizeof there));
    }
    return UNMIX_OK;
}

static unmix_status nothing_in_common(unmix_context *cx, const um_matrix *signatures, const um_source *bulk,
                                      const um_gene_table *table)
{
    const char *s = signatures->rows.count ? um_name(&signatures->rows, 0) : "";
    const char *b = bulk->rows->count ? um_name(bulk->rows, 0) : "";
    if (!table)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "no gene in common: signatures %s have names such as '%s', bulk %s such as '%s'; use the same kind of "
                       "gene names in both", signatures->origin, s, bulk->origin, b);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "no gene in common: signatures %s have names such as '%s', bulk %s such as '%s', gene information %s such as "
                   "'%s'; use the same kind of gene names in all, or --gene-column", signatures->origin, s, bulk->origin, b,
                   table->origin, table->genes->count ? um_name(table->genes, 0) : "");
}

unmix_status um_match_genes(unmix_context *cx, um_match *match, const um_matrix *signatures, const um_source *bulk,
                            const um_gene_table *table, unmix_duplicates duplicates)
{
    const um_names *ours = &match->signature_genes;
    UM_TRY(index_genes(cx, &match->signature_genes, &signatures->rows, signatures->origin, signatures->first_line, duplicates));
    UM_TRY(index_genes(cx, &match->bulk_genes, bulk->rows, bulk->origin, bulk->first_line, duplicates));
    if (table)
        UM_TRY(index_genes(cx, &match->table_genes, table->genes, table->origin, table->first_line, UNMIX_DUPLICATES_SUM));

    UM_TRY(UM_ALLOC(cx, &match->name, ours->count, "gene matching"));
    for (size_t r = 0; r < ours->count; r++) {
        const char *name = um_name(ours, r);
        const int first_time = um_names_find(ours, name) == r;
        if (first_time && um_names_find(&match->bulk_genes, name) != UM_NOT_FOUND &&
            (!table || um_names_find(&match->table_genes, name) != UM_NOT_FOUND))
            match->name[match->count++] = name;
    }
    if (!match->count)
        return nothing_in_common(cx, signatures, bulk, table);
    /* Sorted by name, so that the order of genes in the files does not even change the rounding. */
    qsort(match->name, match->count, sizeof *match->name, by_name);

    UM_TRY(map_rows(cx, match, ours, &match->of_signature));
    UM_TRY(map_rows(cx, match, &match->bulk_genes, &match->of_bulk));
    if (!table)
        return UNMIX_OK;
    UM_TRY(refuse_repeated_info(cx, match, table));
    UM_TRY(UM_ALLOC(cx, &match->table_row, match->count, "gene matching"));
    for (size_t g = 0; g < match->count; g++)
        match->table_row[g] = um_names_find(&match->table_genes, match->name[g]);
    return UNMIX_OK;
}
