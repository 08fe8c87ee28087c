/* Sources over arrays that the caller holds. */
#include "core/arrays.h"

#include <stdlib.h>

#include "api/api_argument.h"
#include "api/api_handles.h"
#include "core/memory.h"

static unmix_status check_arrays(unmix_context *cx, const unmix_arrays *arrays)
{
    UM_NEED(cx, arrays);
    if (arrays->genes)
        UM_NEED(cx, arrays->gene_names);
    if (arrays->columns)
        UM_NEED(cx, arrays->column_names);
    if (arrays->type > UNMIX_NUMBER_INT64)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "there is no type of numbers %d", (int)arrays->type);
    return UNMIX_OK;
}

static unmix_status check_compressed(unmix_context *cx, const unmix_arrays *arrays, const void *start,
                                     const void *index)
{
    UM_TRY(check_arrays(cx, arrays));
    UM_NEED(cx, start);
    if (arrays->stored)
        UM_NEED(cx, index);
    if (arrays->stored)
        UM_NEED(cx, arrays->values);
    return UNMIX_OK;
}

/* Hands the opened source out, or frees what was to hold it. */
static unmix_status hand_out(unmix_status status, unmix_source *made, unmix_source **source)
{
    if (status == UNMIX_OK)
        *source = made;
    else
        free(made);
    return status;
}

unmix_status unmix_source_from_dense(unmix_context *cx, const unmix_arrays *arrays, size_t gene_stride,
                                     size_t column_stride,
                                     unmix_source **source)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, source);
    *source = NULL;
    UM_TRY(check_arrays(cx, arrays));
    if (arrays->genes && arrays->columns)
        UM_NEED(cx, arrays->values);
    unmix_source *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "source"));
    return hand_out(um_source_of_dense(cx, arrays, gene_stride, column_stride, &made->source), made, source);
}

unmix_status unmix_source_from_csc(unmix_context *cx, const unmix_arrays *arrays, unmix_number index_type,
                                   const void *start,
                                   const void *index, unmix_source **source)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, source);
    *source = NULL;
    UM_TRY(check_compressed(cx, arrays, start, index));
    unmix_source *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "source"));
    return hand_out(um_source_of_columns(cx, arrays, index_type, start, index, &made->source), made, source);
}

unmix_status unmix_source_from_csr(unmix_context *cx, const unmix_arrays *arrays, unmix_number index_type,
                                   const void *start,
                                   const void *index, unmix_source **source)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, source);
    *source = NULL;
    UM_TRY(check_compressed(cx, arrays, start, index));
    unmix_source *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "source"));
    return hand_out(um_source_of_genes(cx, arrays, index_type, start, index, &made->source), made, source);
}
