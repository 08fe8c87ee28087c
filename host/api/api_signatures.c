#include "unmix/signatures.h"

#include <stdlib.h>

#include "api/api_argument.h"
#include "api/api_labelled.h"
#include "api/api_handles.h"
#include "core/memory.h"
#include "deconvolve/reference/signature.h"

void unmix_signature_options_init(unmix_signature_options *options)
{
    *options = (unmix_signature_options){0};
}

unmix_status unmix_signatures(unmix_context *cx, const char *path, const unmix_signature_options *options,
                              unmix_matrix **signatures)
{
    UM_TRY(um_begin(cx));
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

unmix_status unmix_signatures_of(unmix_context *cx, const unmix_source *cells, const unmix_cell_labels *types,
                                 const unmix_signature_options *options, unmix_matrix **signatures)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, signatures);
    *signatures = NULL;
    UM_NEED(cx, cells);
    UM_NEED(cx, types);
    UM_NEED(cx, types->of_cell);
    UM_NEED(cx, options);
    if (options->n_drop)
        UM_NEED(cx, options->drop);
    if (cells->source.missing)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s: signatures cannot leave out missing entries", cells->source.origin);
    um_names levels = {0};
    unmix_matrix *made = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, um_take_labels(cx, "type", types, &cells->source, &levels));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &made, 1, "signatures"));
    UM_TRY_GOTO(status, done, um_signature_build(cx, &cells->source, &levels, types->of_cell, options, &made->matrix));
    *signatures = made;
    made = NULL;
done:
    free(made);
    um_names_clear(&levels);
    return status;
}
