/* unmix_consensus(): recurrent programs of the cells, their usages and scores. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_programs.h"
#include "core/memory.h"
#include "io/read.h"

typedef struct job {
    unmix_context *cx;
    unmix_device *device;
    const um_source *source;
    const unmix_consensus_options *options;
    const um_matrix *usages, *components;
    um_factorise_options factorise;
    um_prepared prepared;
    unmix_programs *result;
} job;

/* ---- Options ---- */

static unmix_status check_options(unmix_context *cx, const unmix_consensus_options *o)
{
    UM_TRY(um_check_nmf_options(cx, &o->nmf));
    if (o->min_clusters < 2 || o->max_clusters < o->min_clusters)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "clusters from %zu to %zu: at least 2, and the first not above the last",
                       o->min_clusters, o->max_clusters);
    if (!(o->resample_fraction > 0 && o->resample_fraction <= 1))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "resample fraction (above 0, at most 1) cannot be %g", o->resample_fraction);
    if (o->resamples < 3)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%zu resamples are too few for a consensus: 3 or more", o->resamples);
    if (!o->cluster_genes)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "a cluster needs 1 gene or more to be scored");
    return UNMIX_OK;
}

static unmix_status check_given(job *j)
{
    const size_t cells = j->source->columns->count;
    if (j->usages->rows.count != cells || j->usages->columns.count != j->components->rows.count)
        return UM_FAIL(j->cx, UNMIX_ERROR_INPUT,
                       "%s: usages of %zu cells x %zu programs do not belong to %zu cells and %zu programs; run 'unmix nmf' again",
                       j->source->origin, j->usages->rows.count, j->usages->columns.count, cells, j->components->rows.count);
    return UNMIX_OK;
}

/* ---- Clustering ---- */

static unmix_status cluster_resamples(job *j)
{
    const unmix_consensus_options *o = j->options;
    um_recurrent_options r = {.factorise = j->factorise,
                              .resamples = o->resamples,
                              .fraction = o->resample_fraction,
                              .consensus = um_consensus_defaults()};
    r.factorise.nmf.components = j->usages->columns.count;
    r.consensus.min_clusters = o->min_clusters;
    r.consensus.max_clusters = o->max_clusters;
    r.consensus.seed = o->nmf.seed;
    return um_recurrent_resample(j->cx, j->device, &j->prepared.data, &r, &j->result->recurrent);
}

/* The factorisation as it was given, for the genes that take part. */
static unmix_status cluster_programs(job *j)
{
    const unmix_consensus_options *o = j->options;
    const um_resample_options r = {.min_clusters = o->min_clusters,
                                   .max_clusters = o->max_clusters,
                                   .resamples = o->resamples,
                                   .fraction = o->resample_fraction,
                                   .seed = o->nmf.seed};
    const size_t n = j->prepared.X.rows, m = j->prepared.n_genes, k = j->usages->columns.count;
    um_factorised given;
    UM_TRY(um_factorised_allocate(j->cx, &given, n, m, k));
    memcpy(given.factors.W, j->usages->values, n * k * sizeof(double));
    for (size_t t = 0; t < k; t++)
        for (size_t g = 0; g < m; g++)
            given.factors.H[t * m + g] = um_row(j->components, t)[j->prepared.wanted[g]];
    const unmix_status status = um_recurrent_programs(j->cx, j->device, &j->prepared.data, &given, &r, &j->factorise.nmf,
                                                      &j->result->recurrent);
    um_factorised_clear(&given);
    return status;
}

/* ---- Genes and scores of the clusters ---- */

static unmix_status name_genes(job *j, size_t cluster, const size_t *gene, size_t count)
{
    um_names *names = &j->result->cluster_genes[cluster];
    for (size_t i = 0; i < count; i++) {
        const char *name = um_name(&j->result->genes, j->prepared.gene[gene[i]]);
        UM_TRY(um_names_add(j->cx, names, name, strlen(name)));
    }
    return UNMIX_OK;
}

static unmix_status choose_genes(job *j)
{
    const um_recurrent *r = &j->result->recurrent;
    const size_t clusters = um_consensus_clusters(&r->consensus), most = j->options->cluster_genes;
    size_t *gene = NULL, count = 0;
    UM_TRY(UM_ALLOC(j->cx, &j->result->cluster_genes, clusters, "genes of the clusters"));
    j->result->n_cluster_genes = clusters;
    UM_TRY(UM_ALLOC(j->cx, &gene, most, "genes of the clusters"));
    unmix_status status = UNMIX_OK;
    for (size_t c = 0; c < clusters && status == UNMIX_OK; c++) {
        status = um_program_genes(j->cx, &r->programs, um_consensus_labels(&r->consensus), c, most, gene, NULL, &count);
        if (status == UNMIX_OK)
            status = name_genes(j, c, gene, count);
    }
    free(gene);
    return status;
}

static unmix_status score_clusters(job *j)
{
    unmix_programs *r = j->result;
    const size_t clusters = r->n_cluster_genes, cells = r->cells.count;
    const um_names *names = &r->usages.matrix.columns;
    um_score_options o;
    um_gene_list *lists = NULL;
    um_score_options_init(&o);
    o.without_controls = 1; /* small panels: the programs are not lost for it */
    UM_TRY(UM_ALLOC(j->cx, &lists, clusters, "scores"));
    for (size_t c = 0; c < clusters; c++)
        lists[c] = (um_gene_list){um_name(names, c), &r->cluster_genes[c]};
    unmix_status status;
    UM_TRY_GOTO(status, done, um_programs_matrix_open(j->cx, &r->scores.matrix, &r->cells, names));
    UM_TRY_GOTO(status, done, um_programs_matrix_open(j->cx, &r->z_scores.matrix, &r->cells, names));
    UM_TRY_GOTO(status, done, um_score(j->cx, &j->prepared.cells, lists, clusters, &o, r->scores.matrix.values));
    um_score_standardise(j->cx, lists, clusters, cells, r->scores.matrix.values, r->z_scores.matrix.values);
done:
    free(lists);
    return status;
}

/* ---- The result ---- */

static unmix_status keep_clusters(job *j)
{
    static const char *const columns[] = {"silhouette", "cophenetic", "area", "area_change", "ambiguous", "error", "support"};
    const um_recurrent *r = &j->result->recurrent;
    um_matrix *table = &j->result->clusters.matrix;
    for (size_t i = 0; i < r->consensus.looks; i++) {
        char name[24];
        const int length = snprintf(name, sizeof name, "%zu", r->consensus.look[i].clusters);
        UM_TRY(um_names_add(j->cx, &table->rows, name, (size_t)length));
    }
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++)
        UM_TRY(um_names_add(j->cx, &table->columns, columns[c], strlen(columns[c])));
    UM_TRY(um_matrix_allocate(j->cx, table));
    for (size_t i = 0; i < r->consensus.looks; i++) {
        const um_consensus_look *look = &r->consensus.look[i];
        const double row[] = {look->silhouette, look->cophenetic, look->area, look->area_change, look->ambiguous,
                              r->error[i],      (double)look->support};
        memcpy(um_row(table, i), row, sizeof row);
    }
    return UNMIX_OK;
}

static unmix_status put_together(job *j)
{
    unmix_programs *r = j->result;
    const um_consensus *consensus = &r->recurrent.consensus;
    um_programs_put_common(r, j->device, &j->options->nmf, &j->prepared);
    UM_TRY(um_programs_record_origin(j->cx, r, j->device, j->source));
    UM_TRY(um_programs_take_genes(j->cx, r, &j->prepared));
    UM_TRY(um_programs_take_fit(j->cx, r, &j->prepared, &r->recurrent.fit));
    UM_TRY(keep_clusters(j));
    UM_TRY(choose_genes(j));
    UM_TRY(score_clusters(j));
    r->summary.error = r->recurrent.error[consensus->best];
    (void)snprintf(r->reason, sizeof r->reason, "%s", consensus->reason);
    um_programs_put_text(r, "resample", j->options->resample == UNMIX_RESAMPLE_PROGRAMS ? "programs" : "spots");
    um_programs_put(r, "resamples", UM_INTEGER, (double)j->options->resamples);
    um_programs_put(r, "resample_fraction", UM_REAL, j->options->resample_fraction);
    um_programs_put(r, "cluster_genes", UM_INTEGER, (double)j->options->cluster_genes);
    um_programs_put(r, "n_components", UM_INTEGER, (double)j->usages->columns.count);
    um_programs_put(r, "n_clusters", UM_INTEGER, (double)um_consensus_clusters(consensus));
    um_programs_put(r, "loss", UM_REAL, r->summary.loss);
    um_programs_put(r, "error", UM_REAL, r->summary.error);
    um_programs_put_text(r, "reason", r->reason);
    return UNMIX_OK;
}

static unmix_status run(job *j)
{
    um_batches none = {0};
    um_prepare_options o;
    UM_TRY(um_prepare_options_of(j->cx, &j->options->nmf.cells, 0, &none, &o));
    o.wanted = &j->components->columns;
    UM_TRY(um_prepare_cells(j->cx, j->source, &o, &j->prepared));
    UM_TRY(check_given(j));
    const um_factorise_options factorise = um_factorise_options_of(&j->options->nmf);
    UM_TRY(um_prepared_check(j->cx, &j->prepared, &factorise.nmf));
    UM_TRY(j->options->resample == UNMIX_RESAMPLE_PROGRAMS ? cluster_programs(j) : cluster_resamples(j));
    return put_together(j);
}

unmix_status unmix_consensus(unmix_context *cx, unmix_device *device, const unmix_source *source,
                             const unmix_matrix *usages, const unmix_matrix *components,
                             const unmix_consensus_options *options, unmix_programs **programs)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, programs);
    *programs = NULL;
    UM_NEED(cx, device);
    UM_NEED(cx, source);
    UM_NEED(cx, usages);
    UM_NEED(cx, components);
    UM_NEED(cx, options);
    UM_TRY(check_options(cx, options));
    job j = {.cx = cx, .device = device, .source = &source->source, .options = options, .usages = &usages->matrix,
             .components = &components->matrix, .factorise = um_factorise_options_of(&options->nmf)};
    unmix_status status;
    UM_TRY_GOTO(status, done, um_refuse_repeated_genes(cx, j.source, "every gene may be there once"));
    UM_TRY_GOTO(status, done, um_refuse_repeated_cells(cx, j.source, "every cell may be there once"));
    UM_TRY_GOTO(status, done, um_programs_new(cx, j.source, &um_places_of_consensus, &j.result));
    UM_TRY_GOTO(status, done, run(&j));
    *programs = j.result;
    j.result = NULL;
done:
    um_prepared_clear(&j.prepared);
    unmix_programs_free(j.result);
    return status;
}
