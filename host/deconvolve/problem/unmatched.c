#include "deconvolve/problem/unmatched.h"

#include <string.h>

void um_unmatched_clear(um_unmatched *list)
{
    um_names_clear(&list->genes);
    um_names_clear(&list->where);
}

static unmix_status add(unmix_context *cx, um_unmatched *list, const char *gene, const char *where)
{
    UM_TRY(um_names_add(cx, &list->genes, gene, strlen(gene)));
    return um_names_add(cx, &list->where, where, strlen(where));
}

/* By the name under which row r was matched. */
static int has(const um_names *matched, size_t r, const um_names *others)
{
    const char *name = um_name(matched, r);
    return name[0] && um_names_find(others, name) != UM_NOT_FOUND;
}

unmix_status um_unmatched_take(unmix_context *cx, const um_match *match, const um_names *signatures, const um_names *bulk,
                               um_unmatched *list)
{
    for (size_t r = 0; r < signatures->count; r++)
        if (match->of_signature[r] == UM_NO_GENE)
            UM_TRY(add(cx, list, um_name(signatures, r),
                       has(&match->signature_genes, r, &match->bulk_genes) ? "both" : "signatures"));
    for (size_t r = 0; r < bulk->count; r++)
        if (match->of_bulk[r] == UM_NO_GENE && !has(&match->bulk_genes, r, &match->signature_genes))
            UM_TRY(add(cx, list, um_name(bulk, r), "bulk"));
    return UNMIX_OK;
}
