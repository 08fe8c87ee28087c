/* The dictionary of a result: how it was made, and what a consensus knows. */
#include <stdlib.h>
#include <string.h>

#include "api/api_programs_view.h"

static void add_run(um_programs_view *v, um_entry entry)
{
    if (v->status == UNMIX_OK && v->n_run == UM_VIEW_RUN)
        v->status = UM_FAIL(v->cx, UNMIX_ERROR_INTERNAL, "the result has too many parameters");
    if (v->status == UNMIX_OK)
        v->run[v->n_run++] = entry;
}

/* A table as a tree of columns, the first being the numbers that its rows are called by. */
static void add_table(um_programs_view *v, const char *key, const char *first, const um_matrix *table)
{
    const size_t rows = table->rows.count, columns = table->columns.count;
    um_entry *tree = um_view_piece(v, columns + 1, sizeof *tree);
    double *values = um_view_numbers(v, rows * (columns + 1));
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

static void add_list(um_programs_view *v, const char *key, um_kind kind, size_t count, const double *values)
{
    um_entry entry = um_entry_array(key, count, 0, values);
    entry.kind = kind;
    add_run(v, entry);
}

static void add_sizes(um_programs_view *v, const char *key, size_t count, const size_t *values)
{
    double *copy = um_view_numbers(v, count);
    for (size_t i = 0; i < count && copy; i++)
        copy[i] = values[i] == UM_NO_CLUSTER ? -1 : (double)values[i];
    if (copy)
        add_list(v, key, UM_INTEGER, count, copy);
}

/* As scipy's linkage matrix: left, right, height, size. */
static void add_linkage(um_programs_view *v, const um_tree *tree)
{
    const size_t merges = tree->leaves ? tree->leaves - 1 : 0;
    double *Z = um_view_numbers(v, merges * 4);
    for (size_t i = 0; i < merges && Z; i++) {
        Z[4 * i] = (double)tree->merge[i].left;
        Z[4 * i + 1] = (double)tree->merge[i].right;
        Z[4 * i + 2] = tree->merge[i].height;
        Z[4 * i + 3] = (double)tree->merge[i].size;
    }
    if (Z && merges)
        add_run(v, um_entry_array("linkage", merges, 4, Z));
}

static void add_cluster_facts(um_programs_view *v, const um_recurrent *r)
{
    const size_t clusters = um_consensus_clusters(&r->consensus);
    double *facts = um_view_numbers(v, clusters * 3);
    um_entry *tree = um_view_piece(v, 3, sizeof *tree);
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

static void add_cluster_genes(um_programs_view *v)
{
    const unmix_programs *p = v->p;
    um_entry *tree = um_view_piece(v, p->n_cluster_genes, sizeof *tree);
    for (size_t c = 0; c < p->n_cluster_genes && tree; c++)
        tree[c] = um_entry_names(um_name(&p->usages.matrix.columns, c), &p->cluster_genes[c]);
    if (tree)
        add_run(v, um_entry_tree("genes", tree, p->n_cluster_genes));
}

static void add_consensus(um_programs_view *v)
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

void um_view_add_uns(um_programs_view *v)
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
    add_run(v, um_record_tree(&p->run));
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
