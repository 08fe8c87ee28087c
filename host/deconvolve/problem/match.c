#include "deconvolve/problem/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gene_name.h"
#include "core/memory.h"
#include "core/order.h"
#include "deconvolve/problem/dates.h"
#include "deconvolve/problem/naming_advice.h"

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

static unmix_status index_genes(unmix_context *cx, um_names *names, const um_names *from)
{
    UM_TRY(um_names_copy(cx, names, from));
    return um_names_index(cx, names);
}

/* Names that are taken as they stand are refused when they repeat, unless they are to be summed. */
static unmix_status refuse_repeated(unmix_context *cx, const um_names *names, const char *origin, size_t first_line,
                                    unmix_duplicates duplicates)
{
    const size_t again = um_names_repeated(names);
    if (duplicates == UNMIX_DUPLICATES_SUM || again == UM_NOT_FOUND)
        return UNMIX_OK;
    char here[32], there[32];
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: gene '%s' stands in %s and again in %s; remove one, or use --duplicates sum to add them up", origin,
                   um_name(names, again), um_row_place(first_line, um_names_find(names, um_name(names, again)), here, sizeof here),
                   um_row_place(first_line, again, there, sizeof there));
}

/* For each row the position of its name in the sorted list, or UM_NO_GENE. */
static unmix_status map_rows(unmix_context *cx, const um_match *match, const um_names *names, uint32_t **of_row)
{
    UM_TRY(UM_ALLOC(cx, of_row, names->count, "gene matching"));
    for (size_t r = 0; r < names->count; r++) {
        const char *name = um_name(names, r);
        const char **found = bsearch(&name, match->name, match->count, sizeof *match->name, um_by_text);
        (*of_row)[r] = found ? (uint32_t)(found - match->name) : UM_NO_GENE;
    }
    return UNMIX_OK;
}

/* 1 when a column of names beside those that are used has each name once: such a table is of genes, whose symbols repeat. */
static unmix_status has_key(unmix_context *cx, const um_aliases *aliases, int *key)
{
    *key = 0;
    for (size_t a = 0; aliases && a < aliases->columns.count && !*key; a++) {
        um_names names = {0};
        const unmix_status status = index_genes(cx, &names, &aliases->names[a]);
        *key = status == UNMIX_OK && um_names_repeated(&names) == UM_NOT_FOUND;
        um_names_clear(&names);
        UM_TRY(status);
    }
    return UNMIX_OK;
}

/*
 * A gene that is needed must stand once in the gene table: with two rows nobody knows which length holds. In a table of
 * identifiers some symbols stand several times; there the first row counts, and it is said.
 */
static unmix_status refuse_repeated_info(unmix_context *cx, const um_match *match, const um_gene_table *table)
{
    size_t again = UM_NOT_FOUND, n = 0;
    int key = 0;
    for (size_t r = 0; r < match->table_genes.count; r++) {
        const char *name = um_name(&match->table_genes, r);
        if (um_names_find(&match->table_genes, name) == r ||
            !bsearch(&name, match->name, match->count, sizeof *match->name, um_by_text))
            continue;
        again = n++ ? again : r;
    }
    if (!n)
        return UNMIX_OK;
    const char *name = um_name(&match->table_genes, again);
    UM_TRY(has_key(cx, table->aliases, &key));
    if (key) {
        um_note(cx, "%s: %zu rows repeat names of genes above ('%s'), whose lengths count", table->origin, n, name);
        return UNMIX_OK;
    }
    char here[32], there[32];
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: gene '%s' stands in %s and again in %s; keep one of them", table->origin, name,
                   um_row_place(table->first_line, um_names_find(&match->table_genes, name), here, sizeof here),
                   um_row_place(table->first_line, again, there, sizeof there));
}

/* Below this share of the smaller list names are of two kinds that have a few in common. */
static const double hardly = 0.05;
/* So many times more must meet in another way before that is taken instead of names as they are. */
static const size_t clearly = 10;
/* Versions are no part of an identifier: where cutting them gives more genes by this, they are cut. */
static const double more_without_versions = 1.05;

static unmix_status nothing_in_common(unmix_context *cx, const um_named inputs[UM_INPUTS], const um_names *samples,
                                      const um_names *types)
{
    char names[UM_INPUTS][160] = {""}, advice[400];
    for (size_t i = 0; i < UM_INPUTS; i++)
        if (inputs[i].names)
            (void)snprintf(names[i], sizeof names[i], "%s %.60s such as '%.40s'", inputs[i].what, inputs[i].origin,
                           inputs[i].names->count ? um_name(inputs[i].names, 0) : "");
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "no gene in common: %s, %s%s%s; %s", names[UM_SIGNATURES], names[UM_BULK],
                   inputs[UM_TABLE].names ? ", " : "", names[UM_TABLE],
                   um_naming_advice(cx, inputs, samples, types, advice, sizeof advice));
}

/* The names that all inputs have, by the indexed lists of the match. */
static unmix_status collect_common(unmix_context *cx, um_match *match, int with_table)
{
    const um_names *ours = &match->signature_genes;
    free(match->name);
    match->count = 0;
    UM_TRY(UM_ALLOC(cx, &match->name, ours->count, "gene matching"));
    for (size_t r = 0; r < ours->count; r++) {
        const char *name = um_name(ours, r);
        if (name[0] && um_names_find(ours, name) == r && um_names_find(&match->bulk_genes, name) != UM_NOT_FOUND &&
            (!with_table || um_names_find(&match->table_genes, name) != UM_NOT_FOUND))
            match->name[match->count++] = name;
    }
    return UNMIX_OK;
}

static int few(size_t common, const um_named inputs[UM_INPUTS])
{
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < UM_INPUTS; i++)
        if (inputs[i].names && inputs[i].names->count < least)
            least = inputs[i].names->count;
    return (double)common < hardly * (double)least;
}

static int have_versions(const um_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (um_gene_unversioned(um_name(names, i), strlen(um_name(names, i))) != strlen(um_name(names, i)))
            return 1;
    return 0;
}

/* Tries the other ways to read the names, and takes one by which many more genes meet; replaced[i]: input i is read so. */
static unmix_status read_otherwise(unmix_context *cx, um_match *match, const um_named inputs[UM_INPUTS], int replaced[UM_INPUTS])
{
    um_names *const lists[UM_INPUTS] = {&match->signature_genes, &match->bulk_genes, &match->table_genes};
    um_naming naming;
    UM_TRY(um_naming_find(cx, inputs, &naming));
    unmix_status status = UNMIX_OK;
    const int many = few(match->count, inputs) ? naming.common > clearly * match->count
                                               : naming.versions_only && (double)naming.common > more_without_versions * (double)match->count;
    for (size_t i = 0; many && i < UM_INPUTS && status == UNMIX_OK; i++)
        if (naming.names[i].count) {
            um_names_clear(lists[i]);
            *lists[i] = naming.names[i];
            naming.names[i] = (um_names){0};
            replaced[i] = 1;
            status = um_names_index(cx, lists[i]);
        }
    if (status == UNMIX_OK && many) {
        match->read_otherwise = 1;
        um_note(cx, "names of genes: %s", naming.note);
        status = collect_common(cx, match, inputs[UM_TABLE].names != NULL);
    }
    um_naming_clear(&naming);
    return status;
}

/* Names that were different may be the same once they are read otherwise: versions, copies on Y. */
static void tell_added_up(unmix_context *cx, const um_match *match, const um_source *bulk)
{
    size_t rows = 0;
    for (size_t r = 0; r < bulk->rows->count; r++)
        rows += match->of_bulk[r] != UM_NO_GENE;
    if (rows > match->count)
        um_note(cx, "%s: %zu rows stand for %zu genes; rows of the same gene are added up", bulk->origin, rows, match->count);
}

/* Where only a few meet, and many more would in capitals, they meet by chance. */
static void warn_of_case(unmix_context *cx, const um_match *match, const um_named inputs[UM_INPUTS])
{
    const size_t n = um_naming_but_for_case(cx, inputs[UM_SIGNATURES].names, inputs[UM_BULK].names);
    if (n > clearly * match->count)
        um_warn(cx, "only %zu genes are in common, and %zu names differ in letter case only: genes of mouse and human?",
                match->count, n);
}

/* By the names of the inputs, dates among them repaired. */
static unmix_status match_inputs(unmix_context *cx, um_match *match, const um_named inputs[UM_INPUTS], const um_source *bulk,
                                 const um_matrix *signatures, const um_gene_table *table, unmix_duplicates duplicates)
{
    int replaced[UM_INPUTS] = {0};
    UM_TRY(index_genes(cx, &match->signature_genes, inputs[UM_SIGNATURES].names));
    UM_TRY(index_genes(cx, &match->bulk_genes, inputs[UM_BULK].names));
    if (table)
        UM_TRY(index_genes(cx, &match->table_genes, inputs[UM_TABLE].names));

    UM_TRY(collect_common(cx, match, table != NULL));
    if (few(match->count, inputs) || have_versions(inputs[UM_SIGNATURES].names) || have_versions(inputs[UM_BULK].names))
        UM_TRY(read_otherwise(cx, match, inputs, replaced));
    if (!replaced[UM_SIGNATURES])
        UM_TRY(refuse_repeated(cx, &match->signature_genes, signatures->origin, signatures->first_line, duplicates));
    if (!replaced[UM_BULK])
        UM_TRY(refuse_repeated(cx, &match->bulk_genes, bulk->origin, bulk->first_line, duplicates));
    if (!match->count)
        return nothing_in_common(cx, inputs, bulk->columns, &signatures->columns);
    if (few(match->count, inputs))
        warn_of_case(cx, match, inputs);
    /* Sorted by name, so that the order of genes in the files does not even change the rounding. */
    qsort(match->name, match->count, sizeof *match->name, um_by_text);

    UM_TRY(map_rows(cx, match, &match->signature_genes, &match->of_signature));
    UM_TRY(map_rows(cx, match, &match->bulk_genes, &match->of_bulk));
    if (match->read_otherwise)
        tell_added_up(cx, match, bulk);
    if (!table)
        return UNMIX_OK;
    UM_TRY(refuse_repeated_info(cx, match, table));
    UM_TRY(UM_ALLOC(cx, &match->table_row, match->count, "gene matching"));
    for (size_t g = 0; g < match->count; g++)
        match->table_row[g] = um_names_find(&match->table_genes, match->name[g]);
    return UNMIX_OK;
}

unmix_status um_match_genes(unmix_context *cx, um_match *match, const um_matrix *signatures, const um_source *bulk,
                            const um_gene_table *table, unmix_duplicates duplicates)
{
    um_named inputs[UM_INPUTS] = {
        {"signatures", signatures->origin, &signatures->rows, &signatures->aliases},
        {"bulk", bulk->origin, bulk->rows, bulk->aliases},
        {"gene information", table ? table->origin : "", table ? table->genes : NULL, table ? table->aliases : NULL},
    };
    um_names repaired[UM_INPUTS] = {{0}};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < UM_INPUTS && status == UNMIX_OK; i++)
        status = um_dates_repair(cx, inputs, i, &repaired[i]);
    for (size_t i = 0; i < UM_INPUTS; i++)
        if (repaired[i].count)
            inputs[i].names = &repaired[i];
    if (status == UNMIX_OK)
        status = match_inputs(cx, match, inputs, bulk, signatures, table, duplicates);
    for (size_t i = 0; i < UM_INPUTS; i++)
        um_names_clear(&repaired[i]);
    return status;
}
