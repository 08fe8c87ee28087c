/* Gene sets and unmix_score(). */
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_programs.h"
#include "core/memory.h"
#include "io/text/gene_sets.h"
#include "io/anndata/h5ad_element.h"
#include "io/read.h"

struct unmix_gene_sets {
    um_gene_sets sets;
};

void unmix_gene_sets_free(unmix_gene_sets *sets)
{
    if (!sets)
        return;
    um_gene_sets_clear(&sets->sets);
    free(sets);
}

size_t unmix_gene_sets_count(const unmix_gene_sets *sets)
{
    return sets->sets.names.count;
}

const char *unmix_gene_sets_name(const unmix_gene_sets *sets, size_t i)
{
    return i < sets->sets.names.count ? um_name(&sets->sets.names, i) : NULL;
}

unmix_status unmix_gene_sets_read(unmix_context *cx, const char *path, unmix_gene_sets **sets)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, sets);
    *sets = NULL;
    UM_NEED(cx, path);
    unmix_gene_sets *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "gene sets"));
    const unmix_status status = um_gene_sets_read(cx, path, &made->sets);
    if (status != UNMIX_OK)
        unmix_gene_sets_free(made);
    else
        *sets = made;
    return status;
}

static unmix_status take_genes(unmix_context *cx, const char *set, const char *const *genes, size_t count, um_names *taken)
{
    for (size_t g = 0; g < count; g++) {
        if (!genes[g] || !*genes[g])
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "set '%s': the name of gene %zu is empty", set, g + 1);
        UM_TRY(um_names_index(cx, taken));
        if (um_names_find(taken, genes[g]) == UM_NOT_FOUND)
            UM_TRY(um_names_add(cx, taken, genes[g], strlen(genes[g])));
    }
    return UNMIX_OK;
}

static unmix_status take_sets(unmix_context *cx, size_t n, const char *const *names, const size_t *sizes,
                              const char *const *genes, um_gene_sets *sets)
{
    UM_TRY(UM_ALLOC(cx, &sets->genes, n, "gene sets"));
    for (size_t i = 0; i < n; i++) {
        if (!names[i] || !*names[i])
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the name of gene set %zu is empty", i + 1);
        if (!sizes[i])
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "set '%s' has no genes", names[i]);
        UM_TRY(um_names_add(cx, &sets->names, names[i], strlen(names[i])));
    }
    UM_TRY(um_names_index(cx, &sets->names));
    const size_t again = um_names_repeated(&sets->names);
    if (again != UM_NOT_FOUND)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "set '%s' is there twice", um_name(&sets->names, again));
    for (size_t i = 0, from = 0; i < n; from += sizes[i++])
        UM_TRY(take_genes(cx, names[i], genes + from, sizes[i], &sets->genes[i]));
    return UNMIX_OK;
}

unmix_status unmix_gene_sets_new(unmix_context *cx, size_t n, const char *const *names, const size_t *sizes,
                                 const char *const *genes, unmix_gene_sets **sets)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, sets);
    *sets = NULL;
    UM_NEED(cx, names);
    UM_NEED(cx, sizes);
    UM_NEED(cx, genes);
    if (!n)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "there is no gene set");
    unmix_gene_sets *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "gene sets"));
    const unmix_status status = take_sets(cx, n, names, sizes, genes, &made->sets);
    if (status != UNMIX_OK)
        unmix_gene_sets_free(made);
    else
        *sets = made;
    return status;
}

static unmix_status read_clusters(unmix_context *cx, const char *path, um_gene_sets *sets)
{
    static const char advice[] = "run 'unmix consensus' first, or give --gene-sets";
    double clusters = 0;
    UM_TRY(um_h5ad_read_number(cx, path, "uns/nmf_consensus/n_clusters", advice, &clusters));
    if (!(clusters >= 1 && clusters <= 1e6))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: uns/nmf_consensus/n_clusters is %g; run 'unmix consensus' again", path,
                       clusters);
    UM_TRY(um_numbered_names(cx, &sets->names, um_places_of_consensus.program, (size_t)clusters));
    UM_TRY(UM_ALLOC(cx, &sets->genes, sets->names.count, "gene sets"));
    for (size_t i = 0; i < sets->names.count; i++) {
        char element[128] = "uns/nmf_consensus/genes/";
        strncat(element, um_name(&sets->names, i), sizeof element - strlen(element) - 1);
        UM_TRY(um_h5ad_read_names(cx, path, element, advice, &sets->genes[i]));
    }
    return UNMIX_OK;
}

unmix_status unmix_gene_sets_of_result(unmix_context *cx, const char *path, unmix_gene_sets **sets)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, sets);
    *sets = NULL;
    UM_NEED(cx, path);
    unmix_gene_sets *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "gene sets"));
    const unmix_status status = read_clusters(cx, path, &made->sets);
    if (status != UNMIX_OK)
        unmix_gene_sets_free(made);
    else
        *sets = made;
    return status;
}

/* ---- Scores ---- */

static unmix_status score(unmix_context *cx, const um_cells *cells, const um_gene_sets *sets,
                          const unmix_score_options *options, unmix_programs *result)
{
    const um_score_options o = {.controls = options->controls,
                                .bins = options->bins,
                                .seed = (uint32_t)options->seed,
                                .controls_as_reference = options->controls_as_reference};
    const size_t count = sets->names.count;
    um_gene_list *lists = NULL;
    UM_TRY(UM_ALLOC(cx, &lists, count, "scores"));
    for (size_t i = 0; i < count; i++)
        lists[i] = (um_gene_list){um_name(&sets->names, i), &sets->genes[i]};
    unmix_status status;
    um_matrix *scores = &result->scores.matrix, *z = &result->z_scores.matrix;
    UM_TRY_GOTO(status, done, um_programs_matrix_open(cx, scores, &result->cells, &sets->names));
    UM_TRY_GOTO(status, done, um_programs_matrix_open(cx, z, &result->cells, &sets->names));
    UM_TRY_GOTO(status, done, um_score(cx, cells, lists, count, &o, scores->values));
    um_score_standardise(cx, lists, count, result->cells.count, scores->values, z->values);
done:
    free(lists);
    return status;
}

static void put_parameters(unmix_programs *result, const um_cells *cells, const unmix_score_options *o)
{
    um_programs_put_text(result, "version", unmix_version());
    um_programs_put_text(result, "values", um_cells_kind_name(cells->kind));
    um_programs_put(result, "normalize", UM_REAL, cells->target);
    um_programs_put(result, "log1p", UM_BOOLEAN, cells->log1p);
    um_programs_put(result, "controls", UM_INTEGER, (double)o->controls);
    um_programs_put(result, "bins", UM_INTEGER, (double)o->bins);
    um_programs_put(result, "seed", UM_INTEGER, (double)o->seed);
    um_programs_put(result, "controls_as_reference", UM_BOOLEAN, o->controls_as_reference);
}

static unmix_status check_options(unmix_context *cx, const unmix_score_options *o)
{
    if (o->seed > UINT32_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "seed (0 to 4294967295, as numpy's) cannot be %g", (double)o->seed);
    if (!(o->cells.normalize >= 0))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "normalization (0 or a total above 0) cannot be %g", o->cells.normalize);
    return UNMIX_OK;
}

unmix_status unmix_score(unmix_context *cx, const unmix_source *source, const unmix_gene_sets *sets,
                         const unmix_score_options *options, unmix_programs **programs)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, programs);
    *programs = NULL;
    UM_NEED(cx, source);
    UM_NEED(cx, sets);
    UM_NEED(cx, options);
    UM_TRY(check_options(cx, options));
    const um_source *cells_of = &source->source;
    um_batches none = {0};
    um_prepare_options o;
    um_cells cells = {0};
    unmix_programs *result = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, um_refuse_repeated_genes(cx, cells_of, "every gene may be there once"));
    UM_TRY_GOTO(status, done, um_refuse_repeated_cells(cx, cells_of, "every cell may be there once"));
    UM_TRY_GOTO(status, done, um_programs_new(cx, cells_of, &um_places_of_score, &result));
    UM_TRY_GOTO(status, done, um_prepare_options_of(cx, &options->cells, 0, &none, &o));
    UM_TRY_GOTO(status, done, um_cells_look(cx, &cells, cells_of, &o.cells, NULL, 1));
    if (cells.kind == UM_CELLS_COUNTS && !cells.log1p)
        um_warn(cx, "%s: raw counts are scored as they are; --normalize 1e4 brings cells to one total and takes logarithms",
                cells_of->origin);
    UM_TRY_GOTO(status, done, score(cx, &cells, &sets->sets, options, result));
    put_parameters(result, &cells, options);
    UM_TRY_GOTO(status, done, um_programs_record_origin(cx, result, NULL, cells_of));
    *programs = result;
    result = NULL;
done:
    um_cells_clear(&cells);
    unmix_programs_free(result);
    return status;
}
