/* Gene programs as annotated data, and into files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/argument.h"
#include "api/elements.h"
#include "api/programs.h"
#include "core/memory.h"
#include "io/h5ad_element.h"
#include "io/h5ad_extend.h"
#include "io/read.h"
#include "io/table.h"

enum { MOST_UNS = 4, MOST_RUN = UM_PROGRAMS_PARAMETERS + 16 };

/* The view, and what it points to that the handle does not have. */
typedef struct view {
    unmix_context *cx;
    const unmix_programs *p;
    const um_names *var;   /* of the file: in the order that it has */
    const char *layer;     /* of the file that the values come from; NULL: no such file is written */
    const size_t *gene;    /* for each of them the gene of the handle, or UM_NOT_FOUND; NULL: the same */
    um_annotated annotated;
    um_column *obs, *var_columns;
    size_t n_obs, n_var;
    um_entry obsm[1], varm[1], uns[MOST_UNS], run[MOST_RUN];
    size_t n_uns, n_run;
    um_entry *genes; /* of the clusters */
    um_names file_var; /* where genes are those of raw */
    int in_h5ad;
    void **piece;
    size_t n_pieces, piece_capacity;
    unmix_status status;
} view;

static void clear(view *v)
{
    for (size_t i = 0; i < v->n_pieces; i++)
        free(v->piece[i]);
    free(v->piece);
    um_names_clear(&v->file_var);
}

/* Zeroed memory that lives as long as the view; NULL after a failure. */
static void *piece(view *v, size_t count, size_t size)
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

static double *numbers(view *v, size_t count)
{
    return piece(v, count, sizeof(double));
}

/* ---- obs ---- */

static void add_obs(view *v, const char *name, um_kind kind, const double *values)
{
    for (size_t i = 0; i < v->n_obs && v->status == UNMIX_OK; i++)
        if (strcmp(v->obs[i].name, name) == 0)
            v->status = UM_FAIL(v->cx, UNMIX_ERROR_INPUT, "two columns of the cells would be called '%s': rename a list", name);
    if (v->status == UNMIX_OK)
        v->obs[v->n_obs++] = (um_column){.name = name, .kind = kind, .number = values};
}

/* The program with the largest usage, usages scaled to the same sum over the cells; of equal ones the first. */
static void add_top(view *v)
{
    const um_matrix *W = &v->p->usages.matrix;
    const size_t n = W->rows.count, k = W->columns.count;
    double *top = numbers(v, n), *sum = numbers(v, k);
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
        top[c] = (double)best;
    }
    add_obs(v, v->p->places->top, UM_INTEGER, top);
}

/* What cannot be the name of a column of AnnData gets underscores. A folder has no such columns. */
static void make_storable(const view *v, char *name)
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

static void add_matrix_columns(view *v, const um_matrix *matrix, const char *ending)
{
    for (size_t s = 0; s < matrix->columns.count && v->status == UNMIX_OK; s++) {
        const char *name = um_name(&matrix->columns, s);
        double *values = numbers(v, matrix->rows.count);
        char *key = piece(v, strlen(name) + strlen(ending) + 1, 1);
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

static size_t gene_of(const view *v, size_t var)
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

static void add_var(view *v, const char *name, um_kind kind, of_gene value, double without)
{
    double *values = numbers(v, v->var->count);
    if (v->status != UNMIX_OK)
        return;
    for (size_t g = 0; g < v->var->count; g++)
        values[g] = gene_of(v, g) == UM_NOT_FOUND ? without : value(v->p, gene_of(v, g));
    v->var_columns[v->n_var++] = (um_column){.name = name, .kind = kind, .number = values};
}

static void add_genes(view *v)
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

static void add_loadings(view *v)
{
    const um_matrix *loadings = &v->p->loadings.matrix;
    const size_t k = loadings->columns.count;
    double *values = numbers(v, v->var->count * k);
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

static void add_usages(view *v)
{
    const um_matrix *usages = &v->p->usages.matrix;
    v->obsm[0] = um_entry_array(v->p->places->usages, usages->rows.count, usages->columns.count, usages->values);
    v->obsm[0].names = &usages->columns;
    v->obsm[0].table = "usages";
    v->annotated.obsm = v->obsm;
    v->annotated.n_obsm = 1;
}

/* ---- uns ---- */

static void add_run(view *v, um_entry entry)
{
    if (v->status == UNMIX_OK && v->n_run == MOST_RUN)
        v->status = UM_FAIL(v->cx, UNMIX_ERROR_INTERNAL, "the result has too many parameters");
    if (v->status == UNMIX_OK)
        v->run[v->n_run++] = entry;
}

/* A table as a tree of columns, the first being the numbers that its rows are called by. */
static void add_table(view *v, const char *key, const char *first, const um_matrix *table)
{
    const size_t rows = table->rows.count, columns = table->columns.count;
    um_entry *tree = piece(v, columns + 1, sizeof *tree);
    double *values = numbers(v, rows * (columns + 1));
    if (v->status != UNMIX_OK)
        return;
    for (size_t r = 0; r < rows; r++) {
        values[r] = strtod(um_name(&table->rows, r), NULL);
        for (size_t c = 0; c < columns; c++)
            values[(c + 1) * rows + r] = um_row(table, r)[c];
    }
    tree[0] = um_entry_array(first, rows, 0, values);
    tree[0].kind = UM_INTEGER;
    for (size_t c = 0; c < columns; c++)
        tree[c + 1] = um_entry_array(um_name(&table->columns, c), rows, 0, values + (c + 1) * rows);
    add_run(v, um_entry_tree(key, tree, columns + 1));
}

static void add_list(view *v, const char *key, um_kind kind, size_t count, const double *values)
{
    um_entry entry = um_entry_array(key, count, 0, values);
    entry.kind = kind;
    add_run(v, entry);
}

static void add_sizes(view *v, const char *key, size_t count, const size_t *values)
{
    double *copy = numbers(v, count);
    for (size_t i = 0; i < count && copy; i++)
        copy[i] = values[i] == UM_NO_CLUSTER ? -1 : (double)values[i];
    if (copy)
        add_list(v, key, UM_INTEGER, count, copy);
}

/* As scipy's linkage matrix: left, right, height, size. */
static void add_linkage(view *v, const um_tree *tree)
{
    const size_t merges = tree->leaves ? tree->leaves - 1 : 0;
    double *Z = numbers(v, merges * 4);
    for (size_t i = 0; i < merges && Z; i++) {
        Z[4 * i] = (double)tree->merge[i].left;
        Z[4 * i + 1] = (double)tree->merge[i].right;
        Z[4 * i + 2] = tree->merge[i].height;
        Z[4 * i + 3] = (double)tree->merge[i].size;
    }
    if (Z && merges)
        add_run(v, um_entry_array("linkage", merges, 4, Z));
}

static void add_cluster_facts(view *v, const um_recurrent *r)
{
    const size_t clusters = um_consensus_clusters(&r->consensus);
    double *facts = numbers(v, clusters * 3);
    um_entry *tree = piece(v, 3, sizeof *tree);
    if (v->status != UNMIX_OK)
        return;
    for (size_t c = 0; c < clusters; c++) {
        facts[c] = (double)r->cluster[c].members;
        facts[clusters + c] = (double)r->cluster[c].replicates;
        facts[2 * clusters + c] = r->cluster[c].stability;
    }
    tree[0] = um_entry_array("members", clusters, 0, facts);
    tree[1] = um_entry_array("replicates", clusters, 0, facts + clusters);
    tree[0].kind = tree[1].kind = UM_INTEGER;
    tree[2] = um_entry_array("stability", clusters, 0, facts + 2 * clusters);
    add_run(v, um_entry_tree("programs", tree, 3));
}

static void add_cluster_genes(view *v)
{
    const unmix_programs *p = v->p;
    um_entry *tree = piece(v, p->n_cluster_genes, sizeof *tree);
    for (size_t c = 0; c < p->n_cluster_genes && tree; c++)
        tree[c] = um_entry_names(um_name(&p->usages.matrix.columns, c), &p->cluster_genes[c]);
    if (tree)
        add_run(v, um_entry_tree("genes", tree, p->n_cluster_genes));
}

static void add_consensus(view *v)
{
    const unmix_programs *p = v->p;
    const um_recurrent *r = &p->recurrent;
    const um_consensus *c = &r->consensus;
    add_table(v, "table", "clusters", &p->clusters.matrix);
    add_cluster_facts(v, r);
    add_cluster_genes(v);
    add_sizes(v, "labels", c->items, um_consensus_labels(c));
    add_list(v, "silhouettes", UM_REAL, c->items, c->silhouette);
    if (r->programs.replicate)
        add_sizes(v, "replicates", c->items, r->programs.replicate);
    add_sizes(v, "order", c->members, c->order);
    add_run(v, um_entry_array("consensus", c->members, c->members, c->consensus));
    add_linkage(v, &c->tree);
    add_run(v, um_entry_array("components", p->components.matrix.rows.count, p->components.matrix.columns.count,
                              p->components.matrix.values));
    add_run(v, um_entry_names("component_genes", &p->components.matrix.columns));
}

static void add_uns(view *v)
{
    const unmix_programs *p = v->p;
    for (size_t i = 0; i < p->n_parameters; i++)
        add_run(v, p->parameter[i]);
    if (v->layer)
        add_run(v, um_entry_text("layer", v->layer));
    if (p->looks)
        add_list(v, "history", UM_REAL, p->looks, p->history);
    if (p->ranks.matrix.values)
        add_table(v, "ranks", "components", &p->ranks.matrix);
    if (p->places == &um_places_of_consensus)
        add_consensus(v);
    v->uns[v->n_uns++] = um_entry_tree(p->places->run, v->run, v->n_run);
    if (p->places == &um_places_of_nmf) {
        const um_matrix *H = &p->components.matrix;
        v->uns[v->n_uns] = um_entry_array("X_nmf_components", H->rows.count, H->columns.count, H->values);
        v->uns[v->n_uns++].table = "components";
        v->uns[v->n_uns++] = um_entry_names("X_nmf_genes", &H->columns);
    }
    v->annotated.uns = v->uns;
    v->annotated.n_uns = v->n_uns;
}

/* ---- The whole ---- */

static void open_columns(view *v)
{
    const size_t most = 1 + 2 * v->p->scores.matrix.columns.count;
    v->obs = piece(v, most, sizeof *v->obs);
    v->var_columns = piece(v, 8, sizeof *v->var_columns);
}

static void add_scores(view *v)
{
    const unmix_programs *p = v->p;
    add_matrix_columns(v, &p->z_scores.matrix, "");
    if (p->places == &um_places_of_score)
        add_matrix_columns(v, &p->scores.matrix, "_score");
}

static unmix_status make_view(view *v)
{
    open_columns(v);
    if (v->p->usages.matrix.values) {
        add_top(v);
        add_usages(v);
        add_loadings(v);
    }
    add_scores(v);
    add_genes(v);
    add_uns(v);
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

/* ---- Files ---- */

static int is_raw(const unmix_read_options *options)
{
    return options && options->layer && strcmp(options->layer, "raw") == 0;
}

/* Genes of raw are not those of var: what is written beside var is for the genes that var has. */
static unmix_status match_genes(view *v, const um_names *var)
{
    um_names index = {0};
    size_t *gene = piece(v, var->count, sizeof *gene), found = 0;
    UM_TRY(v->status);
    unmix_status status = um_names_copy(v->cx, &index, &v->p->genes);
    if (status == UNMIX_OK)
        status = um_names_index(v->cx, &index);
    for (size_t g = 0; g < var->count && status == UNMIX_OK; g++) {
        gene[g] = um_names_find(&index, um_name(var, g));
        found += gene[g] != UM_NOT_FOUND;
    }
    um_names_clear(&index);
    v->var = var;
    v->gene = gene;
    if (status == UNMIX_OK && found < v->p->genes.count)
        um_note(v->cx, "%zu of the %zu genes of raw are in var: loadings are kept for these, components for all that take part",
                found, v->p->genes.count);
    return status;
}

/* Lists of genes are named by the user, and may have the name of a column that is there. */
static unmix_status tell_replaced(const view *v, const char *input)
{
    for (size_t i = 0; i < v->n_obs && v->p->places == &um_places_of_score; i++) {
        char element[256];
        int found = 0;
        (void)snprintf(element, sizeof element, "obs/%.200s", v->obs[i].name);
        UM_TRY(um_h5ad_has(v->cx, input, element, &found));
        if (found)
            um_note(v->cx, "%s: obs['%s'] is replaced", input, v->obs[i].name);
    }
    return UNMIX_OK;
}

static unmix_status extend(unmix_context *cx, const unmix_programs *p, const char *input, const unmix_read_options *options,
                           const char *path, int overwrite)
{
    view v = {.cx = cx, .p = p, .var = &p->genes, .layer = options && options->layer ? options->layer : "X", .in_h5ad = 1};
    unmix_status status = UNMIX_OK;
    if (is_raw(options)) {
        UM_TRY_GOTO(status, done, um_h5ad_row_names(cx, input, "var", &v.file_var));
        UM_TRY_GOTO(status, done, match_genes(&v, &v.file_var));
    }
    UM_TRY_GOTO(status, done, make_view(&v));
    UM_TRY_GOTO(status, done, tell_replaced(&v, input));
    status = um_h5ad_extend(cx, input, &v.annotated, path, overwrite);
done:
    clear(&v);
    return status;
}

/* Its notes have been made when it was opened first. */
static unmix_status open_again(unmix_context *cx, const char *input, const unmix_read_options *options, um_source *source)
{
    const unmix_log_callback log = cx->log;
    if (um_is_stream(input))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: is a pipe, which can be read only once, and the .h5ad would hold the data too: save it in a file, "
                       "or write a folder",
                       input);
    cx->log = NULL;
    const unmix_status status = um_open_source(cx, input, options, source);
    cx->log = log;
    return status;
}

static unmix_status create(unmix_context *cx, const unmix_programs *p, const char *input, const unmix_read_options *options,
                           const char *path, int overwrite)
{
    view v = {.cx = cx, .p = p, .var = &p->genes, .layer = "X", .in_h5ad = 1};
    um_source source = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, open_again(cx, input, options, &source));
    UM_TRY_GOTO(status, done, make_view(&v));
    status = um_h5ad_create(cx, &source, source.row_ids, &v.annotated, path, overwrite);
done:
    um_source_close(&source);
    clear(&v);
    return status;
}

static unmix_status write_folder(unmix_context *cx, const unmix_programs *p, const char *path, int overwrite)
{
    view v = {.cx = cx, .p = p, .var = &p->genes};
    unmix_status status = make_view(&v);
    if (status == UNMIX_OK)
        status = um_folder_write(cx, &v.annotated, path, overwrite);
    clear(&v);
    return status;
}

unmix_status unmix_programs_write(unmix_context *cx, const unmix_programs *programs, const char *input,
                                  const unmix_read_options *options, const char *path, int overwrite)
{
    UM_NEED(cx, programs);
    UM_NEED(cx, path);
    const size_t length = strlen(path);
    if (length && path[length - 1] == '/')
        return write_folder(cx, programs, path, overwrite);
    if (length <= 5 || strcmp(path + length - 5, ".h5ad") != 0)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "'%s': a result is an .h5ad file, or a folder when the name ends in '/'", path);
    UM_NEED(cx, input);
    return um_is_h5ad(input) ? extend(cx, programs, input, options, path, overwrite)
                             : create(cx, programs, input, options, path, overwrite);
}

unmix_status unmix_programs_elements(unmix_context *cx, const unmix_programs *programs, const char *layer,
                                     unmix_element_callback callback, void *payload)
{
    UM_NEED(cx, programs);
    UM_NEED(cx, callback);
    view v = {.cx = cx, .p = programs, .var = &programs->genes, .layer = layer ? layer : "X", .in_h5ad = 1};
    unmix_status status = make_view(&v);
    if (status == UNMIX_OK)
        status = um_annotated_hand_out(cx, &v.annotated, callback, payload);
    clear(&v);
    return status;
}
