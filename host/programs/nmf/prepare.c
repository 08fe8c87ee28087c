#include "programs/nmf/prepare.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "programs/nmf/losses.h"

void um_prepared_clear(um_prepared *prepared)
{
    um_cells_clear(&prepared->cells);
    um_genes_clear(&prepared->chosen);
    free(prepared->gene);
    free(prepared->wanted);
    um_sparse_clear(&prepared->X);
    um_sparse_clear(&prepared->missing);
    *prepared = (um_prepared){0};
}

/* ---- Which genes take part ---- */

static unmix_status take_all(unmix_context *cx, um_prepared *p, size_t genes)
{
    UM_TRY(UM_ALLOC(cx, &p->gene, genes, "genes"));
    for (size_t g = 0; g < genes; g++)
        if (p->cells.entries[g])
            p->gene[p->n_genes++] = g;
    if (p->n_genes < genes)
        um_note(cx, "%s: %zu genes without a value above zero are left out", p->cells.source->origin, genes - p->n_genes);
    return UNMIX_OK;
}

static unmix_status take_chosen(unmix_context *cx, um_prepared *p, const um_prepare_options *o)
{
    const um_source *source = p->cells.source;
    UM_TRY(um_genes_choose(cx, &p->cells.moments, source->rows, o->batches, source->origin, &o->genes, &p->chosen));
    p->n_genes = p->chosen.n_chosen;
    UM_TRY(UM_ALLOC(cx, &p->gene, p->n_genes, "genes"));
    um_genes_list(&p->chosen, p->gene);
    return UNMIX_OK;
}

/* In the order of the source, as a choice would be. */
static unmix_status take_wanted(unmix_context *cx, um_prepared *p, const um_names *wanted)
{
    const um_source *source = p->cells.source;
    um_names index = {0};
    UM_TRY(UM_ALLOC(cx, &p->gene, wanted->count, "genes"));
    UM_TRY(UM_ALLOC(cx, &p->wanted, wanted->count, "genes"));
    unmix_status status = um_names_copy(cx, &index, wanted);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &index);
    for (size_t g = 0; g < source->rows->count && status == UNMIX_OK; g++) {
        const size_t at = um_names_find(&index, um_name(source->rows, g));
        if (at == UM_NOT_FOUND || p->n_genes >= wanted->count)
            continue;
        p->gene[p->n_genes] = g;
        p->wanted[p->n_genes++] = at;
    }
    um_names_clear(&index);
    if (status == UNMIX_OK && !p->n_genes)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: none of the %zu genes of the programs is there ('%s', ...); gene names must be of the same kind",
                       source->origin, wanted->count, wanted->count ? um_name(wanted, 0) : "");
    if (status == UNMIX_OK && p->n_genes < wanted->count)
        um_note(cx, "%s: %zu of the %zu genes of the programs are there; the others are left out", source->origin,
                p->n_genes, wanted->count);
    return status;
}

static unmix_status prepare(unmix_context *cx, const um_source *source, const um_prepare_options *o, um_prepared *p)
{
    UM_TRY(um_cells_look(cx, &p->cells, source, &o->cells, o->batch, o->batches ? o->batches->count : 1));
    if (o->wanted)
        UM_TRY(take_wanted(cx, p, o->wanted));
    else if (o->all_genes)
        UM_TRY(take_all(cx, p, source->rows->count));
    else
        UM_TRY(take_chosen(cx, p, o));
    UM_TRY(um_cells_read(cx, &p->cells, p->gene, p->n_genes, &p->X, &p->missing));
    p->data = (um_nmf_data){&p->X, p->missing.rows ? &p->missing : NULL};
    return UNMIX_OK;
}

unmix_status um_prepare_cells(unmix_context *cx, const um_source *source, const um_prepare_options *options,
                        um_prepared *prepared)
{
    *prepared = (um_prepared){0};
    const unmix_status status = prepare(cx, source, options, prepared);
    if (status != UNMIX_OK)
        um_prepared_clear(prepared);
    return status;
}

unmix_status um_prepared_check(unmix_context *cx, const um_prepared *p, const um_nmf_options *options)
{
    const um_source *source = p->cells.source;
    size_t cell = 0, j = 0;
    char loss[32];
    if (!um_loss_is_undefined_at_zero(options) || !um_find_zero(&p->data, &cell, &j))
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: cell '%s', gene '%s': 0, where the %s loss (beta %g) has no value; take a loss of beta above 0, or "
                   "data without zeros",
                   source->origin, um_name(source->columns, cell), um_name(source->rows, p->gene[j]),
                   um_loss_write(options->loss, options->beta, loss, sizeof loss), um_loss_beta(options));
}

void um_prepared_tell(unmix_context *cx, const um_prepared *p, um_nmf_loss loss)
{
    const um_cells *cells = &p->cells;
    um_note(cx, "%s: %s, %zu cells x %zu genes, of which %zu take part", cells->source->origin,
            um_cells_kind_name(cells->kind), p->X.rows, cells->source->rows->count, p->n_genes);
    if (cells->kind == UM_CELLS_COUNTS && cells->target == 0.0 && !cells->log1p && um_loss_for(loss)->sum == UM_LOSS_SQUARES)
        um_warn(cx,
                "%s: raw counts are factorised as they are, so cells of large totals and genes of large counts weigh most; "
                "--normalize 1e4 brings cells to one total and takes logarithms, --loss kl suits counts",
                cells->source->origin);
    if (um_sparse_entries(&p->missing))
        um_note(cx, "%s: %zu missing entries (%.2g%%) take no part", cells->source->origin, um_sparse_entries(&p->missing),
                100.0 * (double)um_sparse_entries(&p->missing) / ((double)p->X.rows * (double)p->X.columns));
}
