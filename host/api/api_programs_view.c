/* Cells and genes of a result: columns, usages, loadings, scores. */
#include <stdio.h>
#include <string.h>

#include "api/api_programs_view.h"

/* ---- obs ---- */

static void add_obs(um_programs_view *v, const char *name, um_kind kind, const double *values)
{
    for (size_t i = 0; i < v->n_obs && v->status == UNMIX_OK; i++)
        if (strcmp(v->obs[i].name, name) == 0)
            v->status = UM_FAIL(v->cx, UNMIX_ERROR_INPUT, "two columns of the cells would be called '%s': rename a list", name);
    if (v->status == UNMIX_OK)
        v->obs[v->n_obs++] = (um_column){.name = name, .kind = kind, .number = values};
}

/*
 * The program with the largest usage, usages scaled to the same sum over the cells; of equal ones the first; -1 for a cell
 * without any usage.
 */
static void add_top(um_programs_view *v)
{
    const um_matrix *W = &v->p->usages.matrix;
    const size_t n = W->rows.count, k = W->columns.count;
    double *top = um_view_numbers(v, n), *sum = um_view_numbers(v, k);
    if (v->status != UNMIX_OK)
        return;
    for (size_t c = 0; c < n; c++)
        for (size_t t = 0; t < k; t++)
            sum[t] += um_row(W, c)[t];
    for (size_t c = 0; c < n; c++) {
        size_t best = 0;
        for (size_t t = 1; t < k; t++)
            if (um_row(W, c)[t] * sum[best] > um_row(W, c)[best] * sum[t])
                best = t;
        top[c] = um_row(W, c)[best] > 0.0 ? (double)best : -1.0;
    }
    add_obs(v, v->p->places->top, UM_INTEGER, top);
}

/* What cannot be the name of a column of AnnData gets underscores. A folder has no such columns. */
static void make_storable(const um_programs_view *v, char *name)
{
    int changed = 0;
    for (char *c = name; *c && v->in_h5ad; c++)
        if (*c == '/') {
            *c = '_';
            changed = 1;
        }
    if (changed)
        um_note(v->cx, "'%s' has underscores instead of slashes: a column of AnnData cannot have these", name);
}

static void add_matrix_columns(um_programs_view *v, const um_matrix *matrix, const char *ending)
{
    for (size_t s = 0; s < matrix->columns.count && v->status == UNMIX_OK; s++) {
        const char *name = um_name(&matrix->columns, s);
        double *values = um_view_numbers(v, matrix->rows.count);
        char *key = um_view_piece(v, strlen(name) + strlen(ending) + 1, 1);
        if (v->status != UNMIX_OK)
            return;
        (void)sprintf(key, "%s%s", name, ending);
        make_storable(v, key);
        for (size_t c = 0; c < matrix->rows.count; c++)
            values[c] = um_row(matrix, c)[s];
        add_obs(v, key, UM_REAL, values);
    }
}

/* ---- var and varm: genes that the file has ---- */

static size_t gene_of(const um_programs_view *v, size_t var)
{
    return v->gene ? v->gene[var] : var;
}

typedef double (*of_gene)(const unmix_programs *p, size_t gene);

static double used(const unmix_programs *p, size_t gene)
{
    return p->used[gene];
}

static double means(const unmix_programs *p, size_t gene)
{
    return p->chosen.means[gene];
}

static double dispersions(const unmix_programs *p, size_t gene)
{
    return p->chosen.dispersions[gene];
}

static double normalised(const unmix_programs *p, size_t gene)
{
    return p->chosen.normalised[gene];
}

static double in_batches(const unmix_programs *p, size_t gene)
{
    return (double)p->chosen.in_batches[gene];
}

static double in_all(const unmix_programs *p, size_t gene)
{
    return p->chosen.in_all[gene];
}

static void add_var(um_programs_view *v, const char *name, um_kind kind, of_gene value, double without)
{
    double *values = um_view_numbers(v, v->var->count);
    if (v->status != UNMIX_OK)
        return;
    for (size_t g = 0; g < v->var->count; g++)
        values[g] = gene_of(v, g) == UM_NOT_FOUND ? without : value(v->p, gene_of(v, g));
    v->var_columns[v->n_var++] = (um_column){.name = name, .kind = kind, .number = values};
}

static void add_genes(um_programs_view *v)
{
    const um_genes *chosen = &v->p->chosen;
    if (v->p->places != &um_places_of_nmf)
        return;
    add_var(v, "highly_variable", UM_BOOLEAN, used, 0);
    if (!chosen->n)
        return;
    add_var(v, "means", UM_REAL, means, 0);
    add_var(v, chosen->normalised ? "dispersions" : "variances", UM_REAL, dispersions, 0);
    if (chosen->normalised)
        add_var(v, "dispersions_norm", UM_REAL, normalised, 0);
    if (chosen->in_batches)
        add_var(v, "highly_variable_nbatches", UM_INTEGER, in_batches, 0);
    if (chosen->in_all)
        add_var(v, "highly_variable_intersection", UM_BOOLEAN, in_all, 0);
}

static void add_loadings(um_programs_view *v)
{
    const um_matrix *loadings = &v->p->loadings.matrix;
    const size_t k = loadings->columns.count;
    double *values = um_view_numbers(v, v->var->count * k);
    if (v->status != UNMIX_OK)
        return;
    for (size_t g = 0; g < v->var->count; g++)
        if (gene_of(v, g) != UM_NOT_FOUND)
            memcpy(values + g * k, um_row(loadings, gene_of(v, g)), k * sizeof *values);
    v->varm[0] = um_entry_array(v->p->places->loadings, v->var->count, k, values);
    v->varm[0].names = &loadings->columns;
    v->varm[0].table = "loadings";
    v->annotated.varm = v->varm;
    v->annotated.n_varm = 1;
}

static void add_usages(um_programs_view *v)
{
    const um_matrix *usages = &v->p->usages.matrix;
    v->obsm[0] = um_entry_array(v->p->places->usages, usages->rows.count, usages->columns.count, usages->values);
    v->obsm[0].names = &usages->columns;
    v->obsm[0].table = "usages";
    v->annotated.obsm = v->obsm;
    v->annotated.n_obsm = 1;
}

/* ---- The whole ---- */

static void open_columns(um_programs_view *v)
{
    const size_t most = 1 + 2 * v->p->scores.matrix.columns.count;
    v->obs = um_view_piece(v, most, sizeof *v->obs);
    v->var_columns = um_view_piece(v, 8, sizeof *v->var_columns);
}

static void add_scores(um_programs_view *v)
{
    const unmix_programs *p = v->p;
    add_matrix_columns(v, &p->z_scores.matrix, "");
    if (p->places == &um_places_of_score)
        add_matrix_columns(v, &p->scores.matrix, "_score");
}

unmix_status um_view_make(um_programs_view *v)
{
    open_columns(v);
    if (v->p->usages.matrix.values) {
        add_top(v);
        add_usages(v);
        add_loadings(v);
    }
    add_scores(v);
    add_genes(v);
    um_view_add_uns(v);
    v->annotated.obs = &v->p->cells;
    v->annotated.var = v->var;
    v->annotated.obs_columns = v->obs;
    v->annotated.n_obs_columns = v->n_obs;
    v->annotated.var_columns = v->var_columns;
    v->annotated.n_var_columns = v->n_var;
    v->annotated.noun = "cell";
    v->annotated.obs_table = "cells";
    return v->status;
}
