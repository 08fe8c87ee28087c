#include "unmix/reference.h"

#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_labelled_files.h"
#include "api/api_handles.h"
#include "core/memory.h"
#include "deconvolve/reference/profiles.h"
#include "io/text/gene_info.h"

/* The matrices as public handles: shallow copies of what `reference` owns. */
static void make_views(unmix_reference *made)
{
    const um_cell_reference *r = &made->reference;
    const um_matrix *matrices[UM_REFERENCE_VIEWS] = {&r->signatures, &r->mean, &r->variance, &r->cell_size, &r->basis,
                                   &r->profiles};
    for (size_t v = 0; v < UM_REFERENCE_VIEWS; v++)
        made->view[v].matrix = *matrices[v];
}

static unmix_status read_reference(unmix_context *cx, const um_source *cells, const um_cell_labels *labels,
                                   const unmix_signature_options *options, unmix_reference *made)
{
    um_cell_sums sums = {0};
    um_cell_labels with_parts = *labels;
    with_parts.parts = UM_PROFILE_PARTS;
    UM_TRY(um_cell_sums_take(cx, cells, &with_parts, options, &sums));
    const unmix_status status = um_cell_reference_form(cx, &sums, &made->reference);
    um_cell_sums_clear(&sums);
    make_views(made);
    return status;
}

unmix_status unmix_reference_read(unmix_context *cx, const char *path, const unmix_signature_options *options,
                                  unmix_reference **reference)
{
    UM_TRY(um_begin(cx));
    return unmix_reference_read_files(cx, &path, 1, options, reference);
}

unmix_status unmix_reference_read_files(unmix_context *cx, const char *const *paths, size_t n,
                                        const unmix_signature_options *options, unmix_reference **reference)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, reference);
    *reference = NULL;
    UM_NEED(cx, paths);
    if (n == 0)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "no file is given");
    for (size_t i = 0; i < n; i++) {
        const char *const path = paths[i];
        UM_NEED(cx, path);
    }
    UM_NEED(cx, options);
    if (options->n_drop)
        UM_NEED(cx, options->drop);
    um_labelled cells = {0};
    unmix_reference *made = NULL;
    UM_TRY(um_labelled_open_files(cx, paths, n, options, &cells));
    const um_cell_labels labels = um_labelled_labels(&cells);
    unmix_status status = UM_ALLOC(cx, &made, 1, "reference");
    if (status == UNMIX_OK)
        status = read_reference(cx, &cells.source, &labels, options, made);
    um_labelled_close(&cells);
    if (status != UNMIX_OK) {
        unmix_reference_free(made);
        return status;
    }
    *reference = made;
    return UNMIX_OK;
}

unmix_status unmix_reference_of(unmix_context *cx, const unmix_source *cells, const unmix_cell_labels *types,
                                const unmix_cell_labels *subjects, const unmix_signature_options *options,
                                unmix_reference **reference)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, reference);
    *reference = NULL;
    UM_NEED(cx, cells);
    UM_NEED(cx, types);
    UM_NEED(cx, types->of_cell);
    if (subjects)
        UM_NEED(cx, subjects->of_cell);
    UM_NEED(cx, options);
    if (options->n_drop)
        UM_NEED(cx, options->drop);
    if (cells->source.missing)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s: references cannot leave out missing entries", cells->source.origin);
    um_names type_names = {0}, subject_names = {0};
    unmix_reference *made = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, um_take_labels(cx, "type", types, &cells->source, &type_names));
    if (subjects)
        UM_TRY_GOTO(status, done, um_take_labels(cx, "subject", subjects, &cells->source, &subject_names));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &made, 1, "reference"));
    const um_cell_labels labels = {&type_names, types->of_cell, subjects ? &subject_names : NULL,
                                   subjects ? subjects->of_cell : NULL, 0};
    UM_TRY_GOTO(status, done, read_reference(cx, &cells->source, &labels, options, made));
    *reference = made;
    made = NULL;
done:
    unmix_reference_free(made);
    um_names_clear(&type_names);
    um_names_clear(&subject_names);
    return status;
}

void unmix_reference_free(unmix_reference *reference)
{
    if (!reference)
        return;
    um_cell_reference_clear(&reference->reference);
    free(reference);
}

size_t unmix_reference_subjects(const unmix_reference *reference)
{
    return reference->reference.n_subjects;
}

const unmix_matrix *unmix_reference_matrix(const unmix_reference *reference, const char *name)
{
    static const char *const names[UM_REFERENCE_VIEWS] = {"signatures", "mean", "variance", "cell_size", "basis", "profiles"};
    for (size_t v = 0; v < UM_REFERENCE_VIEWS; v++)
        if (strcmp(names[v], name) == 0)
            return &reference->view[v];
    return NULL;
}

unmix_status unmix_reference_markers(unmix_context *cx, const unmix_reference *reference, size_t per_type,
                                     unmix_matrix **weights)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, weights);
    *weights = NULL;
    UM_NEED(cx, reference);
    if (!per_type)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the number of markers for each type must be 1 or more");
    unmix_matrix *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "markers"));
    const unmix_status status = um_markers_choose(cx, &reference->reference, per_type, &made->matrix);
    if (status != UNMIX_OK)
        free(made);
    else
        *weights = made;
    return status;
}

unmix_status unmix_variance_weights(unmix_context *cx, const unmix_matrix *signatures, const unmix_matrix *variance,
                                    unmix_matrix **weights)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, weights);
    *weights = NULL;
    UM_NEED(cx, signatures);
    UM_NEED(cx, variance);
    static char signatures_text[] = "signatures", variance_text[] = "variances";
    um_matrix s = signatures->matrix, v = variance->matrix; /* shallow, so that messages have names */
    s.origin = s.origin ? s.origin : signatures_text;
    v.origin = v.origin ? v.origin : variance_text;
    unmix_matrix *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "gene weights"));
    const unmix_status status = um_variance_weights(cx, &s, &v, &made->matrix);
    if (status != UNMIX_OK)
        free(made);
    else
        *weights = made;
    return status;
}

/* The names of the information that most weights have: genes, or others beside them. */
static const um_names *meeting_names(const um_gene_info *info, const um_names *index)
{
    const um_names *best = &info->genes;
    size_t most = 0;
    for (size_t a = 0; a <= info->aliases.columns.count; a++) {
        const um_names *names = a ? &info->aliases.names[a - 1] : &info->genes;
        size_t n = 0;
        for (size_t i = 0; i < names->count; i++)
            n += um_names_find(index, um_name(names, i)) != UM_NOT_FOUND;
        best = n > most ? names : best;
        most = n > most ? n : most;
    }
    return best;
}

/* Row i of the information with the weight of its gene; `to` has room for all. */
static unmix_status add_gene(unmix_context *cx, um_gene_info *to, const um_gene_info *from, size_t i, double weight)
{
    const size_t at = to->genes.count;
    to->length[at] = from->length ? from->length[i] : 0.0;
    to->weight[at] = weight * (from->weight ? from->weight[i] : 1.0);
    const char *name = um_name(&from->genes, i);
    return um_names_add(cx, &to->genes, name, strlen(name));
}

/* kept[genes]: the row that each gene of `to` was. */
static unmix_status weigh_genes(unmix_context *cx, const um_gene_info *from, const um_matrix *weights, const um_names *index,
                                size_t *kept, um_gene_info *to)
{
    const char *origin = weights->origin ? weights->origin : "gene weights";
    const um_names *names = meeting_names(from, index);
    UM_TRY(UM_ALLOC(cx, &to->length, from->genes.count, "gene information"));
    UM_TRY(UM_ALLOC(cx, &to->weight, from->genes.count, "gene information"));
    for (size_t i = 0; i < from->genes.count; i++) {
        const size_t row = um_names_find(index, um_name(names, i));
        if (row == UM_NOT_FOUND)
            continue;
        const double weight = um_row(weights, row)[0];
        char place[32];
        if (!(weight >= 0.0 && weight <= 1.0))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s: gene '%s' has weight %g; weights must be in [0, 1]", origin,
                           um_row_place(weights->first_line, row, place, sizeof place), um_name(names, i), weight);
        kept[to->genes.count] = i;
        UM_TRY(add_gene(cx, to, from, i, weight));
    }
    if (!to->genes.count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s and %s have no gene in common; use the same kind of gene names in both", origin,
                       from->origin ? from->origin : "the gene information");
    if (!from->length) {
        free(to->length);
        to->length = NULL;
    }
    return um_aliases_select(cx, &to->aliases, &from->aliases, kept, to->genes.count);
}

static unmix_status weigh(unmix_context *cx, const um_gene_info *from, const um_matrix *weights, const um_names *index,
                          um_gene_info *to)
{
    size_t *kept = NULL;
    UM_TRY(UM_ALLOC(cx, &kept, from->genes.count, "gene information"));
    const unmix_status status = weigh_genes(cx, from, weights, index, kept, to);
    free(kept);
    return status;
}

/* What the weights are multiplied with: the information, or, without, one about the genes of the weights. */
static unmix_status weigh_any(unmix_context *cx, const unmix_gene_info *given, const um_matrix *weights,
                              um_gene_info *to)
{
    um_names index = {0};
    um_gene_info bare = {0};
    const um_gene_info *from = given ? &given->info : &bare;
    const char *origin = from->origin ? from->origin : weights->origin ? weights->origin : "gene weights";
    unmix_status status;
    UM_TRY_GOTO(status, done, um_names_copy(cx, &index, &weights->rows));
    UM_TRY_GOTO(status, done, um_names_index(cx, &index));
    const size_t again = um_names_repeated(&index);
    if (again != UM_NOT_FOUND)
        UM_TRY_GOTO(status, done, UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: gene '%s' stands there twice",
                                          weights->origin ? weights->origin : "gene weights", um_name(&index, again)));
    if (!given)
        UM_TRY_GOTO(status, done, um_names_copy(cx, &bare.genes, &weights->rows));
    if (!given)
        UM_TRY_GOTO(status, done, um_aliases_copy(cx, &bare.aliases, &weights->aliases));
    UM_TRY_GOTO(status, done, weigh(cx, from, weights, &index, to));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &to->origin, strlen(origin) + 1, "gene information"));
    memcpy(to->origin, origin, strlen(origin) + 1);
    to->first_line = 0; /* rows have left: no line number holds any more */
done:
    um_names_clear(&index);
    um_gene_info_clear(&bare);
    return status;
}

unmix_status unmix_gene_info_weigh(unmix_context *cx, unmix_gene_info **info, const unmix_matrix *weights)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, info);
    UM_NEED(cx, weights);
    if (weights->matrix.columns.count != 1)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "gene weights are a matrix of one column, this one has %zu",
                       weights->matrix.columns.count);
    unmix_gene_info *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "gene information"));
    const unmix_status status = weigh_any(cx, *info, &weights->matrix, &made->info);
    if (status != UNMIX_OK) {
        unmix_gene_info_free(made);
        return status;
    }
    unmix_gene_info_free(*info);
    *info = made;
    return UNMIX_OK;
}
