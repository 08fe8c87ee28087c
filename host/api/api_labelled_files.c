#include "api/api_labelled_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/source_join.h"
#include "core/source_select.h"
#include "io/read.h"

/* Leaves of `common` (indexed) what the rows of the source have, too. */
static unmix_status keep_common(unmix_context *cx, const um_source *source, um_names *common)
{
    um_names index = {0}, kept = {0};
    unmix_status status = um_names_copy(cx, &index, source->rows);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &index);
    for (size_t i = 0; i < common->count && status == UNMIX_OK; i++) {
        const char *name = um_name(common, i);
        if (um_names_find(common, name) == i && um_names_find(&index, name) != UM_NOT_FOUND)
            status = um_names_add(cx, &kept, name, strlen(name));
    }
    if (status == UNMIX_OK)
        status = um_names_index(cx, &kept);
    um_names_clear(&index);
    um_names_clear(common);
    *common = kept;
    return status;
}

static unmix_status common_genes(unmix_context *cx, const um_labelled *parts, size_t n, um_names *common)
{
    UM_TRY(um_names_copy(cx, common, parts[0].source.rows));
    UM_TRY(um_names_index(cx, common));
    for (size_t i = 0; i < n; i++) {
        UM_TRY(keep_common(cx, &parts[i].source, common));
        if (!common->count)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: has no gene in common with %s%s: '%.40s' here, '%.40s' there; give references with the same kind of "
                           "names (--signature-gene-column)", parts[i].source.origin, parts[0].source.origin,
                           i > 1 ? " and those after it" : "", um_name(parts[i].source.rows, 0),
                           um_name(parts[0].source.rows, 0));
    }
    return UNMIX_OK;
}

static void say_common(unmix_context *cx, const um_labelled *parts, size_t n, size_t common)
{
    char list[600] = "";
    for (size_t i = 0; i < n; i++) {
        const size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%.100s %zu", i ? ", " : "", parts[i].source.origin,
                       parts[i].source.rows->count);
    }
    um_note(cx, "%zu references are one: %zu genes are in all of them (%s)", n, common, list);
}

/* Levels by name, and where those of the part's cells go, which begin at `first`. */
static unmix_status add_labels(unmix_context *cx, const um_column_labels *part, size_t cells, size_t first,
                               um_column_labels *all)
{
    int64_t *place = NULL;
    UM_TRY(UM_ALLOC(cx, &place, part->levels.count, "labels"));
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < part->levels.count && status == UNMIX_OK; i++) {
        const char *name = um_name(&part->levels, i);
        size_t at = 0;
        while (at < all->levels.count && strcmp(um_name(&all->levels, at), name) != 0)
            at++;
        place[i] = (int64_t)at;
        if (at == all->levels.count)
            status = um_names_add(cx, &all->levels, name, strlen(name));
    }
    for (size_t c = 0; c < cells && status == UNMIX_OK; c++)
        all->level[first + c] = part->level[c] < 0 ? -1 : place[part->level[c]];
    free(place);
    return status;
}

static unmix_status join_labels(unmix_context *cx, const um_labelled *parts, size_t n, um_labelled *cells)
{
    size_t all = 0, first = 0;
    for (size_t i = 0; i < n; i++)
        all += parts[i].source.columns->count;
    UM_TRY(UM_ALLOC(cx, &cells->types.level, all, "labels"));
    if (parts[0].subjects.level)
        UM_TRY(UM_ALLOC(cx, &cells->subjects.level, all, "labels"));
    for (size_t i = 0; i < n; i++) {
        const size_t count = parts[i].source.columns->count;
        UM_TRY(add_labels(cx, &parts[i].types, count, first, &cells->types));
        if (parts[0].subjects.level)
            UM_TRY(add_labels(cx, &parts[i].subjects, count, first, &cells->subjects));
        first += count;
    }
    return UNMIX_OK;
}

static unmix_status join_sources(unmix_context *cx, um_labelled *parts, size_t n, const um_names *common, um_source *joined)
{
    um_source *selected = NULL;
    UM_TRY(UM_ALLOC(cx, &selected, n, "references"));
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < n && status == UNMIX_OK; i++) {
        char prefix[32];
        (void)snprintf(prefix, sizeof prefix, "%zu:", i + 1);
        status = um_source_select(cx, &parts[i].source, common, prefix, &selected[i]);
    }
    if (status == UNMIX_OK)
        status = um_source_join(cx, selected, n, joined);
    for (size_t i = 0; i < n; i++)
        um_source_close(&selected[i]);
    free(selected);
    return status;
}

static unmix_status join(unmix_context *cx, um_labelled *parts, size_t n, const unmix_signature_options *options,
                         um_labelled *cells)
{
    um_names common = {0};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < n && status == UNMIX_OK && options->read.duplicates == UNMIX_DUPLICATES_REFUSE; i++)
        status = um_refuse_repeated_genes(cx, &parts[i].source, "make the names unique, or use --duplicates sum");
    if (status == UNMIX_OK)
        status = common_genes(cx, parts, n, &common);
    if (status == UNMIX_OK)
        say_common(cx, parts, n, common.count);
    if (status == UNMIX_OK)
        status = join_labels(cx, parts, n, cells);
    if (status == UNMIX_OK)
        status = join_sources(cx, parts, n, &common, &cells->source);
    um_names_clear(&common);
    return status;
}

unmix_status um_labelled_open_files(unmix_context *cx, const char *const *paths, size_t n,
                                    const unmix_signature_options *options, um_labelled *cells)
{
    if (n == 1)
        return um_labelled_open(cx, paths[0], options, cells);
    um_labelled *parts = NULL;
    UM_TRY(UM_ALLOC(cx, &parts, n, "references"));
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < n && status == UNMIX_OK; i++)
        status = um_labelled_open(cx, paths[i], options, &parts[i]);
    if (status == UNMIX_OK)
        status = join(cx, parts, n, options, cells);
    for (size_t i = 0; i < n; i++)
        um_labelled_close(&parts[i]);
    free(parts);
    if (status != UNMIX_OK)
        um_labelled_close(cells);
    return status;
}
