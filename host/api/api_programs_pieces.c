/* Memory of a result as annotated data: pieces that live as long as the view. */
#include <stdlib.h>

#include "api/api_programs_view.h"
#include "core/memory.h"

void um_view_clear(um_programs_view *v)
{
    for (size_t i = 0; i < v->n_pieces; i++)
        free(v->piece[i]);
    free(v->piece);
    um_names_clear(&v->file_var);
}

void *um_view_piece(um_programs_view *v, size_t count, size_t size)
{
    void *made = NULL;
    if (v->status == UNMIX_OK)
        v->status = UM_GROW(v->cx, &v->piece, &v->piece_capacity, v->n_pieces + 1, "result");
    if (v->status == UNMIX_OK)
        v->status = um_alloc_(v->cx, &made, count, size, "result");
    if (made)
        v->piece[v->n_pieces++] = made;
    return made;
}

double *um_view_numbers(um_programs_view *v, size_t count)
{
    return um_view_piece(v, count, sizeof(double));
}
