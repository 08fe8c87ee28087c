#include "unmix/signatures.h"

#include <stdlib.h>
#include <string.h>

#include "api/argument.h"
#include "api/labelled.h"
#include "api/handles.h"
#include "core/memory.h"
#include "deconvolve/signature.h"

void unmix_signature_options_init(unmix_signature_options *options)
{
    *options = (unmix_signature_options){0};
}

unmix_status unmix_signatures(unmix_context *cx, const char *path, const unmix_signature_options *options,
                              unmix_matrix **signatures)
{
    UM_NEED(cx, signatures);
    *signatures = NULL;
    UM_NEED(cx, path);
    UM_NEED(cx, options);
    if (options->n_drop)
        UM_NEED(cx, options->drop);
    unmix_signature_options types_only = *options;
    types_only.subject = NULL;
    um_labelled cells = {0};
    unmix_matrix *made = NULL;
    UM_TRY(um_labelled_open(cx, path, &types_only, &cells));
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &made, 1, "signatures"));
    UM_TRY_GOTO(status, done, um_signature_build(cx, &cells.source, &cells.types.levels, cells.types.level, &types_only,
                                                 &made->matrix));
    *signatures = made;
    made = NULL;
done:
    free(made);
    um_labelled_close(&cells);
    return status;
}

/* ---- Cells that are open ---- */

static unmix_status take_types(unmix_context *cx, size_t n, const char *const *types, um_names *levels)
{
    for (size_t i = 0; i < n; i++) {
        if (!types[i] || !*types[i])
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the name of type %zu is empty", i + 1);
        UM_TRY(um_names_add(cx, levels, types[i], strlen(types[i])));
    }
    UM_TRY(um_names_index(cx, levels));
    const size_t again = um_names_repeated(levels);
    return again == UM_NOT_FOUND
               ? UNMIX_OK
               : UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "type '%s' is there twice", um_name(levels, again));
}

unmix_status unmix_signatures_of(unmix_context *cx, const unmix_source *cells, size_t n_types, const char *const *types,
                                 const int64_t *type_of_cell, const unmix_signature_options *options,
                                 unmix_matrix **signatures)
{
    UM_NEED(cx, signatures);
    *signatures = NULL;
    UM_NEED(cx, cells);
    UM_NEED(cx, types);
    UM_NEED(cx, type_of_cell);
    UM_NEED(cx, options);
    if (options->n_drop)
        UM_NEED(cx, options->drop);
    if (cells->source.missing)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s: signatures cannot leave out missing entries", cells->source.origin);
    for (size_t i = 0; i < cells->source.columns->count; i++)
        if (type_of_cell[i] >= 0 && (uint64_t)type_of_cell[i] >= n_types)
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "cell %zu is of type %lld, but there are %zu", i + 1,
                           (long long)type_of_cell[i] + 1, n_types);
    um_names levels = {0};
    unmix_matrix *made = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, take_types(cx, n_types, types, &levels));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &made, 1, "signatures"));
    UM_TRY_GOTO(status, done, um_signature_build(cx, &cells->source, &levels, type_of_cell, options, &made->matrix));
    *signatures = made;
    made = NULL;
done:
    free(made);
    um_names_clear(&levels);
    return status;
}
