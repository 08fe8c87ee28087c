/* Reports: reads results, orders their samples by a tree, and joins them with truth, bulk and each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_report.h"
#include "core/memory.h"
#include "deconvolve/certify/agreement.h"
#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_element.h"
#include "io/files/paths.h"
#include "io/read.h"
#include "programs/consensus/distance.h"
#include "programs/consensus/tree.h"
#include "report/figures.h"
#include "report/verdicts.h"

/* Distances of more samples than this would take over 150 MB. */
enum { MOST_CLUSTERED = 6000 };

/* What a report is made from. */
typedef struct job {
    unmix_context *cx;
    const unmix_report_options *options;
    um_page *page;
    const char *const *paths;
    size_t n;
    um_deconvolved *result; /* of each path; proportions are empty where it has programs */
    um_matrix truth;
    um_source bulk;
    int has_bulk;
    int fitted; /* 1: some result had predicted counts */
    int programs; /* 1: some result had programs */
} job;

/* ---- Order ---- */

/* A tree of the samples by their proportions (Ward, Euclidean), and the order of its leaves. */
static unmix_status cluster(unmix_context *cx, um_deconvolved *r)
{
    const size_t n = r->proportions.rows.count;
    um_tree tree = {0};
    double *distances = NULL;
    unmix_status status;
    if (n < 3 || n > MOST_CLUSTERED || um_matrix_has_missing(&r->proportions))
        return UNMIX_OK;
    UM_TRY_GOTO(status, done, um_tree_allocate(cx, &tree, n));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &distances, um_pairs(n), "distances of samples"));
    um_distances_euclidean(n, r->proportions.columns.count, r->proportions.values, distances);
    um_tree_build(&tree, UM_LINKAGE_WARD, n, distances);
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &r->linkage, 4 * (n - 1), "tree"));
    for (size_t m = 0; m + 1 < n; m++) {
        const double row[4] = {(double)tree.merge[m].left, (double)tree.merge[m].right, tree.merge[m].height,
                               (double)tree.merge[m].size};
        memcpy(r->linkage + 4 * m, row, sizeof row);
    }
    um_tree_order(&tree, r->order);
done:
    free(distances);
    um_tree_clear(&tree);
    return status;
}

/* ---- Observed and predicted ---- */

static unmix_status weights_of(unmix_context *cx, const char *path, const um_source *predicted, double **weight)
{
    int found = 0;
    size_t n = 0;
    if (um_is_folder(path))
        return UNMIX_OK;
    UM_TRY(um_h5ad_has(cx, path, "var/weight", &found));
    if (!found)
        return UNMIX_OK;
    UM_TRY(um_h5ad_read_column(cx, path, "var", "weight", NULL, weight, &n));
    return n == predicted->rows->count ? UNMIX_OK
                                       : UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: var/weight does not fit the genes", path);
}

/* genes.tsv of a folder has the weights in the order of predicted.tsv. */
static unmix_status weights_of_folder(unmix_context *cx, const char *path, const um_source *predicted, double **weight)
{
    um_matrix genes = {0};
    char *file = NULL;
    unmix_status status = um_file_in(cx, path, "genes.tsv", &file);
    if (status == UNMIX_OK)
        status = um_read_matrix(cx, file, NULL, &genes);
    for (size_t c = 0; c < genes.columns.count && status == UNMIX_OK; c++) {
        if (strcmp(um_name(&genes.columns, c), "weight") != 0 || genes.rows.count != predicted->rows->count)
            continue;
        status = UM_ALLOC(cx, weight, genes.rows.count, "weights");
        for (size_t g = 0; g < genes.rows.count && status == UNMIX_OK; g++)
            (*weight)[g] = um_row(&genes, g)[c];
    }
    um_matrix_clear(&genes);
    free(file);
    return status;
}

static unmix_status open_predicted(unmix_context *cx, const char *path, const char *scratch, um_source *predicted)
{
    const unmix_read_options options = {.scratch = scratch};
    char *file = NULL;
    if (!um_is_folder(path))
        return um_h5ad_source(cx, path, "predicted", predicted);
    UM_TRY(um_file_in(cx, path, "predicted.tsv", &file));
    const unmix_status status = um_open_source(cx, file, &options, predicted);
    free(file);
    return status;
}

static unmix_status add_fit(job *j, const um_deconvolved *r)
{
    um_source predicted = {0};
    double *weight = NULL;
    unmix_status status = open_predicted(j->cx, r->path, j->options->read.scratch, &predicted);
    if (status == UNMIX_OK)
        status = um_is_folder(r->path) ? weights_of_folder(j->cx, r->path, &predicted, &weight)
                                       : weights_of(j->cx, r->path, &predicted, &weight);
    if (status == UNMIX_OK)
        status = um_figures_of_fit(j->cx, &j->page->figures, &predicted, &j->bulk, weight);
    free(weight);
    um_source_close(&predicted);
    j->fitted = 1;
    return status;
}

/* ---- Comparisons ---- */

static unmix_status add_methods_of(job *j, size_t a, size_t b)
{
    const um_matrix *x = &j->result[a].proportions, *y = &j->result[b].proportions;
    um_comparison comparison = {0};
    unmix_status status = um_compare(j->cx, x, y, NULL, &comparison);
    if (status == UNMIX_OK) {
        const um_pair_of_results pair = {.x = x, .y = y, .x_name = j->paths[a], .y_name = j->paths[b],
                                         .entries = comparison.entries, .n_entries = comparison.count};
        status = um_figure_of_methods(j->cx, &j->page->figures, &pair);
    }
    um_comparison_clear(&comparison);
    return status;
}

/* Intervals, and how often they hold the truth; then the proportions against it. */
static unmix_status add_truth(job *j, const um_deconvolved *r)
{
    const um_interval_ends ends = {&r->intervals.lower, &r->intervals.upper};
    um_comparison comparison = {0};
    unmix_status status = um_compare(j->cx, &r->proportions, &j->truth, r->intervals.lower.values ? &ends : NULL, &comparison);
    if (status == UNMIX_OK)
        status = um_figures_of_intervals(j->cx, &j->page->figures, r, &comparison.entries[0]);
    if (status == UNMIX_OK) {
        const um_pair_of_results pair = {.x = &j->truth, .y = &r->proportions, .x_name = "true proportion",
                                         .y_name = "estimated proportion", .entries = comparison.entries,
                                         .n_entries = comparison.count};
        status = um_figure_of_truth(j->cx, &j->page->figures, &pair);
    }
    um_comparison_clear(&comparison);
    return status;
}

/* ---- One result ---- */

/* Names of figures are unique on the page: those of the second result begin with "2_", and so on. */
static void set_prefix(job *j, size_t i)
{
    j->page->figures.prefix[0] = '\0';
    if (j->n > 1)
        (void)snprintf(j->page->figures.prefix, sizeof j->page->figures.prefix, "%zu_", i + 1);
}

static unmix_status add_deconvolved(job *j, um_deconvolved *r)
{
    UM_TRY(um_progress(j->cx, -1, "reading %s", r->path));
    UM_TRY(um_page_section(j->cx, j->page, r->path, um_text_string(&r->run)));
    UM_TRY(cluster(j->cx, r));
    if (j->options->samples)
        UM_TRY(um_deconvolved_group(j->cx, r, j->options->samples, j->options->group));
    um_section *section = um_page_last(j->page);
    UM_TRY(um_verdicts_write(j->cx, r, &section->verdict, &section->verdicts));
    UM_TRY(um_figures_of_proportions(j->cx, &j->page->figures, r));
    if (j->has_bulk && r->predicted)
        UM_TRY(add_fit(j, r));
    UM_TRY(um_figures_of_metrics(j->cx, &j->page->figures, r));
    return j->options->truth ? add_truth(j, r) : um_figures_of_intervals(j->cx, &j->page->figures, r, NULL);
}

static unmix_status add_programs(job *j, const char *path)
{
    um_found_programs programs = {0};
    unmix_status status = um_found_programs_read(j->cx, path, j->options->coordinates, &programs);
    if (status == UNMIX_OK)
        status = um_page_section(j->cx, j->page, path, um_text_string(&programs.run));
    if (status == UNMIX_OK)
        status = um_figures_of_programs(j->cx, &j->page->figures, &programs);
    um_found_programs_clear(&programs);
    return status;
}

static unmix_status refuse(unmix_context *cx, const char *path)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: is no result: wanted is what 'unmix deconvolve' (.h5ad or folder), 'unmix nmf' or 'unmix consensus' "
                   "(.h5ad) wrote", path);
}

static unmix_status add_result(job *j, size_t i)
{
    int deconvolved = 0, programs = 0;
    set_prefix(j, i);
    UM_TRY(um_is_deconvolved(j->cx, j->paths[i], &deconvolved));
    if (deconvolved) {
        UM_TRY(um_deconvolved_read(j->cx, j->paths[i], &j->result[i]));
        return add_deconvolved(j, &j->result[i]);
    }
    if (!um_is_folder(j->paths[i]))
        UM_TRY(um_has_programs(j->cx, j->paths[i], &programs));
    j->programs |= programs;
    return programs ? add_programs(j, j->paths[i]) : refuse(j->cx, j->paths[i]);
}

/* ---- The whole ---- */

static unmix_status add_methods(job *j)
{
    for (size_t a = 0; a < j->n; a++)
        for (size_t b = a + 1; b < j->n; b++) {
            if (!j->result[a].path || !j->result[b].path)
                continue;
            char title[600];
            (void)snprintf(title, sizeof title, "%.280s against %.280s", j->paths[a], j->paths[b]);
            (void)snprintf(j->page->figures.prefix, sizeof j->page->figures.prefix, "%zu_%zu_", a + 1, b + 1);
            UM_TRY(um_page_section(j->cx, j->page, title, NULL));
            UM_TRY(add_methods_of(j, a, b));
        }
    return UNMIX_OK;
}

/* What was asked for and has nothing to be shown on. */
static void note_unused(const job *j)
{
    int deconvolved = 0;
    for (size_t i = 0; i < j->n; i++)
        deconvolved |= j->result[i].path != NULL;
    if (j->has_bulk && !j->fitted)
        um_note(j->cx, "no result has predicted counts, so %s is not shown; run 'unmix deconvolve' with --predicted",
                j->options->bulk);
    if (!deconvolved && (j->options->truth || j->options->samples))
        um_note(j->cx, "no result has proportions: truth and sample sheet are not shown");
    if (!j->programs && j->options->coordinates)
        um_note(j->cx, "no result has gene programs: %s is not shown", j->options->coordinates);
}

static unmix_status make(job *j)
{
    if (j->options->truth)
        UM_TRY(um_read_proportions(j->cx, j->options->truth, &j->truth));
    if (j->options->bulk) {
        UM_TRY(um_open_source(j->cx, j->options->bulk, &j->options->read, &j->bulk));
        j->has_bulk = 1;
    }
    for (size_t i = 0; i < j->n; i++)
        UM_TRY(add_result(j, i));
    UM_TRY(add_methods(j));
    note_unused(j);
    return UNMIX_OK;
}

unmix_status unmix_report_new(unmix_context *cx, const char *const *paths, size_t n, const unmix_report_options *options,
                              unmix_report **report)
{
    UM_TRY(um_begin(cx));
    static const unmix_report_options defaults = {0};
    UM_NEED(cx, report);
    *report = NULL;
    UM_NEED(cx, paths);
    options = options ? options : &defaults;
    if (n == 0)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "a report needs one result or more");
    if (!options->samples != !options->group)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "a sample sheet and the column to group by belong together");
    unmix_report *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "report"));
    job j = {.cx = cx, .options = options, .page = &made->page, .paths = paths, .n = n};
    unmix_status status = UM_ALLOC(cx, &j.result, n, "results");
    if (status == UNMIX_OK)
        status = make(&j);
    for (size_t i = 0; i < n && j.result; i++)
        um_deconvolved_clear(&j.result[i]);
    free(j.result);
    um_matrix_clear(&j.truth);
    um_source_close(&j.bulk);
    if (status == UNMIX_OK)
        *report = made;
    else
        unmix_report_free(made);
    return status;
}
