/* Gene programs as annotated data: what is written beside the cells, built when it is wanted. Inside api only. */
#ifndef UM_PROGRAMS_VIEW_H
#define UM_PROGRAMS_VIEW_H

#include "api/api_programs.h"

enum { UM_VIEW_UNS = 4, UM_VIEW_RUN = UM_PROGRAMS_PARAMETERS + 16 };

/* The view, and what it points to that the handle does not have. */
typedef struct um_programs_view {
    unmix_context *cx;
    const unmix_programs *p;
    const um_names *var;   /* of the file: in the order that it has */
    const char *layer;     /* of the file that the values come from; NULL: no such file is written */
    const size_t *gene;    /* for each of them the gene of the handle, or UM_NOT_FOUND; NULL: the same */
    um_annotated annotated;
    um_column *obs, *var_columns;
    size_t n_obs, n_var;
    um_entry obsm[1], varm[1], uns[UM_VIEW_UNS], run[UM_VIEW_RUN];
    size_t n_uns, n_run;
    um_entry *genes; /* of the clusters */
    um_names file_var; /* where genes are those of raw */
    int in_h5ad;
    void **piece;
    size_t n_pieces, piece_capacity;
    unmix_status status;
} um_programs_view;

/*
 * Fills v->annotated from v->cx, p, var, layer and gene, which the caller has set in a zeroed view. Released with
 * um_view_clear(), also after a failure.
 */
unmix_status um_view_make(um_programs_view *v);
void um_view_clear(um_programs_view *v);

/* Zeroed memory that lives as long as the view; NULL after a failure, which the view then holds. */
void *um_view_piece(um_programs_view *v, size_t count, size_t size);
double *um_view_numbers(um_programs_view *v, size_t count);

/* The dictionary uns: how it was made, programs, and everything about a consensus (api_programs_uns.c). */
void um_view_add_uns(um_programs_view *v);

#endif
