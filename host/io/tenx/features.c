#include "io/tenx/features.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"

static const char gene_expression[] = "Gene Expression";

void um_features_clear(um_features *features)
{
    um_names_clear(&features->all_ids);
    um_names_clear(&features->all_names);
    um_names_clear(&features->all_kinds);
    um_names_clear(&features->ids);
    um_names_clear(&features->names);
    um_aliases_clear(&features->aliases);
    free(features->place);
    *features = (um_features){0};
}

/* ---- Unique names ---- */

/* NAME-N for the repeated name i. Such names differ from one another: the last '-' parts them into name and number. */
static unmix_status add_numbered(unmix_context *cx, const um_names *names, size_t i, size_t *given, um_names *unique)
{
    const char *name = um_name(names, i);
    const size_t first = um_names_find(names, name), size = strlen(name) + 24;
    char *text = NULL;
    UM_TRY(UM_ALLOC(cx, &text, size, "names"));
    do
        (void)snprintf(text, size, "%s-%zu", name, ++given[first]);
    while (um_names_find(names, text) != UM_NOT_FOUND);
    const unmix_status status = um_names_add(cx, unique, text, strlen(text));
    free(text);
    return status;
}

static unmix_status add_unique(unmix_context *cx, const um_names *names, um_names *unique, size_t *changed)
{
    size_t *given = NULL; /* numbers given behind the name that stands first at i */
    UM_TRY(UM_ALLOC(cx, &given, names->count, "names"));
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < names->count && status == UNMIX_OK; i++) {
        const char *name = um_name(names, i);
        const int repeated = um_names_find(names, name) != i;
        *changed += (size_t)repeated;
        status = repeated ? add_numbered(cx, names, i, given, unique) : um_names_add(cx, unique, name, strlen(name));
    }
    free(given);
    return status;
}

unmix_status um_names_make_unique(unmix_context *cx, um_names *names, size_t *changed)
{
    *changed = 0;
    UM_TRY(um_names_index(cx, names));
    if (um_names_repeated(names) == UM_NOT_FOUND)
        return UNMIX_OK;
    um_names unique = {0};
    const unmix_status status = add_unique(cx, names, &unique, changed);
    if (status != UNMIX_OK) {
        um_names_clear(&unique);
        return status;
    }
    um_names_clear(names);
    *names = unique;
    return UNMIX_OK;
}

/* ---- What is kept ---- */

static int is_gene(const um_features *features, size_t i)
{
    return strcmp(um_name(&features->all_kinds, i), gene_expression) == 0;
}

/* The distinct kinds; `features` has them indexed afterwards. */
static unmix_status distinct_kinds(unmix_context *cx, um_features *features, um_names *kinds)
{
    UM_TRY(um_names_index(cx, &features->all_kinds));
    for (size_t i = 0; i < features->all_kinds.count; i++) {
        const char *kind = um_name(&features->all_kinds, i);
        if (um_names_find(&features->all_kinds, kind) == i)
            UM_TRY(um_names_add(cx, kinds, kind, strlen(kind)));
    }
    return UNMIX_OK;
}

/* "120 features are not genes and are left out: Antibody Capture (100), CRISPR Guide Capture (20)" */
static unmix_status note_left_out(unmix_context *cx, const char *origin, const um_features *features,
                                  const um_names *kinds)
{
    size_t *count = NULL, left_out = 0;
    um_names counted = {0};
    UM_TRY(UM_ALLOC(cx, &count, features->all_kinds.count, "features"));
    for (size_t i = 0; i < features->all_kinds.count; i++) {
        count[um_names_find(&features->all_kinds, um_name(&features->all_kinds, i))]++;
        left_out += !is_gene(features, i);
    }
    unmix_status status = UNMIX_OK;
    for (size_t k = 0; k < kinds->count && status == UNMIX_OK; k++) {
        char text[120];
        const char *kind = um_name(kinds, k);
        if (strcmp(kind, gene_expression) == 0)
            continue;
        (void)snprintf(text, sizeof text, "%.80s (%zu)", kind, count[um_names_find(&features->all_kinds, kind)]);
        status = um_names_add(cx, &counted, text, strlen(text));
    }
    char list[400];
    if (status == UNMIX_OK)
        um_note(cx, "%s: %zu features of other kinds than '%s' are left out: %s", origin, left_out, gene_expression,
                um_list_names(&counted, 8, list, sizeof list));
    um_names_clear(&counted);
    free(count);
    return status;
}

/* Whether only genes are kept: there are several kinds. */
static unmix_status choose(unmix_context *cx, const char *origin, um_features *features, int *genes_only)
{
    um_names kinds = {0};
    unmix_status status = distinct_kinds(cx, features, &kinds);
    *genes_only = kinds.count > 1;
    if (status == UNMIX_OK && *genes_only) {
        char list[400];
        status = um_names_find(&features->all_kinds, gene_expression) != UM_NOT_FOUND
                     ? note_left_out(cx, origin, features, &kinds)
                     : UM_FAIL(cx, UNMIX_ERROR_INPUT,
                               "%s: has features of the kinds %s, but none is called '%s'; call those so that "
                               "are meant",
                               origin, um_list_names(&kinds, 8, list, sizeof list), gene_expression);
    }
    um_names_clear(&kinds);
    return status;
}

static unmix_status keep(unmix_context *cx, const char *origin, um_features *features, size_t i)
{
    const char *id = um_name(&features->all_ids, i), *name = um_name(&features->all_names, i);
    if (!*name)
        name = id;
    if (!*name)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: feature %zu has neither a name nor an id", origin, i + 1);
    features->place[i] = (uint32_t)features->names.count;
    UM_TRY(um_names_add(cx, &features->ids, id, strlen(id)));
    return um_names_add(cx, &features->names, name, strlen(name));
}

static unmix_status refuse_length(unmix_context *cx, const char *origin, const um_features *features)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has %zu ids, %zu names and %zu kinds of features; the file is damaged",
                   origin, features->all_ids.count, features->all_names.count, features->all_kinds.count);
}

unmix_status um_features_settle(unmix_context *cx, const char *origin, um_features *features)
{
    const size_t count = features->all_names.count, kinds = features->all_kinds.count;
    if (features->all_ids.count != count || (kinds && kinds != count))
        return refuse_length(cx, origin, features);
    if (count >= UM_LEFT_OUT)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has %zu features; that is too many", origin, count);
    int genes_only = 0;
    UM_TRY(choose(cx, origin, features, &genes_only));
    UM_TRY(UM_ALLOC(cx, &features->place, count, "features"));
    for (size_t i = 0; i < count; i++) {
        features->place[i] = UM_LEFT_OUT;
        if (!genes_only || is_gene(features, i))
            UM_TRY(keep(cx, origin, features, i));
    }
    um_names_clear(&features->all_ids);
    um_names_clear(&features->all_kinds);
    um_names ids = {0};
    UM_TRY(um_names_copy(cx, &ids, &features->ids));
    UM_TRY(um_aliases_add(cx, &features->aliases, "id", &ids));
    size_t changed = 0;
    UM_TRY(um_names_make_unique(cx, &features->names, &changed));
    if (changed)
        um_note(cx, "%s: %zu repeated gene names are made unique by '-1', '-2', ... behind them", origin, changed);
    return UNMIX_OK;
}

void um_features_keep(const um_features *features, um_block *block)
{
    size_t used = 0, from = 0;
    for (size_t c = 0; c < block->count; c++) {
        for (; from < block->start[c + 1]; from++) {
            const uint32_t place = features->place[block->row[from]];
            if (place == UM_LEFT_OUT)
                continue;
            block->row[used] = place;
            block->value[used++] = block->value[from];
        }
        block->start[c + 1] = used;
    }
}
