/* The handle of gene programs: what nmf, consensus and score have in common. */
#include "api/api_programs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "core/memory.h"
#include "programs/nmf/losses.h"
#include "programs/nmf/loadings.h"

const um_programs_places um_places_of_nmf = {"unmix_nmf", "X_nmf", "X_nmf", "nmf_program", "nmf"};
const um_programs_places um_places_of_consensus = {"nmf_consensus", "X_nmf_consensus", "nmf_consensus",
                                                   "nmf_consensus_program", "nmf_cluster"};
const um_programs_places um_places_of_score = {"unmix_score", NULL, NULL, NULL, NULL};

unmix_status um_programs_new(unmix_context *cx, const um_source *source, const um_programs_places *places,
                             unmix_programs **programs)
{
    unmix_programs *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "programs"));
    made->places = places;
    made->summary = (unmix_programs_summary){
        .cells = source->columns->count, .genes = source->rows->count, .loss = NAN, .error = NAN, .reason = made->reason};
    unmix_status status = um_names_copy(cx, &made->cells, source->columns);
    if (status == UNMIX_OK)
        status = um_names_copy(cx, &made->genes, source->rows);
    if (status != UNMIX_OK) {
        unmix_programs_free(made);
        return status;
    }
    *programs = made;
    return UNMIX_OK;
}

void unmix_programs_free(unmix_programs *p)
{
    if (!p)
        return;
    unmix_matrix *matrices[] = {&p->usages, &p->components, &p->loadings, &p->ranks, &p->clusters, &p->scores, &p->z_scores};
    for (size_t i = 0; i < sizeof matrices / sizeof matrices[0]; i++)
        um_matrix_clear(&matrices[i]->matrix);
    um_names_clear(&p->cells);
    um_names_clear(&p->genes);
    um_record_clear(&p->run);
    um_genes_clear(&p->chosen);
    free(p->used);
    free(p->history);
    um_recurrent_clear(&p->recurrent);
    for (size_t i = 0; i < p->n_cluster_genes; i++)
        um_names_clear(&p->cluster_genes[i]);
    free(p->cluster_genes);
    free(p);
}

const unmix_programs_summary *unmix_programs_get_summary(const unmix_programs *programs)
{
    return &programs->summary;
}

const unmix_matrix *unmix_programs_matrix(const unmix_programs *p, const char *name)
{
    const struct {
        const char *name;
        const unmix_matrix *matrix;
    } matrices[] = {{"usages", &p->usages}, {"components", &p->components}, {"loadings", &p->loadings}, {"ranks", &p->ranks},
                    {"clusters", &p->clusters}, {"scores", &p->scores}, {"z_scores", &p->z_scores}};
    for (size_t i = 0; i < sizeof matrices / sizeof matrices[0]; i++)
        if (strcmp(matrices[i].name, name) == 0)
            return matrices[i].matrix->matrix.values ? matrices[i].matrix : NULL;
    return NULL;
}

/* ---- How it was made ---- */

static void put(unmix_programs *p, um_entry entry)
{
    if (p->n_parameters < UM_PROGRAMS_PARAMETERS)
        p->parameter[p->n_parameters++] = entry;
}

void um_programs_put(unmix_programs *programs, const char *key, um_kind kind, double value)
{
    put(programs, um_entry_number(key, kind, value));
}

void um_programs_put_text(unmix_programs *programs, const char *key, const char *text)
{
    put(programs, um_entry_text(key, text));
}

void um_programs_put_common(unmix_programs *p, const unmix_device *device, const unmix_nmf_options *o,
                            const um_prepared *prepared)
{
    static const char *const selections[] = {"seurat", "variance", "all"};
    static const char *const inits[] = {"nndsvda", "nndsvd", "random"};
    um_programs_put_text(p, "version", unmix_version());
    um_programs_put_text(p, "precision", unmix_device_get_precision(device) == UNMIX_DOUBLE ? "double" : "single");
    um_programs_put_text(p, "values", um_cells_kind_name(prepared->cells.kind));
    um_programs_put(p, "normalize", UM_REAL, prepared->cells.target);
    um_programs_put(p, "log1p", UM_BOOLEAN, prepared->cells.log1p);
    const int given = o->programs || p->places == &um_places_of_consensus;
    um_programs_put_text(p, "selection", given ? "given" : selections[o->cells.selection]);
    um_programs_put(p, "top_genes", UM_INTEGER, (double)o->cells.top_genes);
    um_programs_put(p, "n_genes", UM_INTEGER, (double)prepared->n_genes);
    um_programs_put_text(p, "solver", o->solver == UNMIX_NMF_MU ? "mu" : "hals");
    um_programs_put_text(p, "loss_function", um_loss_write((um_nmf_loss)o->loss, o->beta, p->loss, sizeof p->loss));
    um_programs_put_text(p, "init", o->programs ? "given" : inits[o->init]);
    um_programs_put(p, "sweeps", UM_INTEGER, (double)o->sweeps);
    um_programs_put(p, "tolerance", UM_REAL, o->tolerance);
    um_programs_put(p, "max_iterations", UM_INTEGER, (double)o->max_iterations);
    um_programs_put(p, "alpha_W", UM_REAL, o->alpha_W);
    um_programs_put(p, "alpha_H", UM_REAL, o->alpha_H);
    um_programs_put(p, "l1_ratio", UM_REAL, o->l1_ratio);
    um_programs_put(p, "seed", UM_INTEGER, (double)o->seed);
}

unmix_status um_programs_record_origin(unmix_context *cx, unmix_programs *programs, const unmix_device *device,
                                       const um_source *source)
{
    const unmix_device_info *const info = device ? unmix_device_get_info(device) : NULL;
    const unmix_fact facts[] = {{.key = "cells", .text = source->origin},
                                {.key = "device", .text = info ? info->name : ""},
                                {.key = "driver", .text = info ? info->driver : ""}};
    return um_record_put_all(cx, &programs->run, facts, info ? 3 : 1);
}

/* ---- Matrices ---- */

unmix_status um_numbered_names(unmix_context *cx, um_names *names, const char *prefix, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[64];
        const int length = snprintf(name, sizeof name, "%s_%zu", prefix, i);
        UM_TRY(um_names_add(cx, names, name, (size_t)length));
    }
    return UNMIX_OK;
}

unmix_status um_programs_matrix_open(unmix_context *cx, um_matrix *matrix, const um_names *rows, const um_names *columns)
{
    um_matrix_clear(matrix);
    UM_TRY(um_names_copy(cx, &matrix->rows, rows));
    UM_TRY(um_names_copy(cx, &matrix->columns, columns));
    return um_matrix_allocate(cx, matrix);
}

unmix_status um_programs_take_genes(unmix_context *cx, unmix_programs *p, um_prepared *prepared)
{
    UM_TRY(UM_ALLOC(cx, &p->used, p->genes.count, "genes"));
    for (size_t j = 0; j < prepared->n_genes; j++)
        p->used[prepared->gene[j]] = 1;
    p->summary.genes_used = prepared->n_genes;
    p->chosen = prepared->chosen;
    prepared->chosen = (um_genes){0};
    return UNMIX_OK;
}

/* H turned for the genes that take part; for the others what least squares on the usages give. */
static unmix_status take_loadings(unmix_context *cx, unmix_programs *p, const um_prepared *prepared,
                                  const um_factorised *fit)
{
    double *loadings = p->loadings.matrix.values;
    UM_TRY(um_loadings(cx, &prepared->cells, fit->k, fit->factors.W, loadings));
    for (size_t j = 0; j < fit->m; j++)
        for (size_t t = 0; t < fit->k; t++)
            loadings[prepared->gene[j] * fit->k + t] = fit->factors.H[t * fit->m + j];
    return UNMIX_OK;
}

unmix_status um_programs_take_fit(unmix_context *cx, unmix_programs *p, const um_prepared *prepared,
                                  const um_factorised *fit)
{
    um_names programs = {0}, genes = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, um_numbered_names(cx, &programs, p->places->program, fit->k));
    for (size_t j = 0; j < prepared->n_genes; j++) {
        const char *name = um_name(&p->genes, prepared->gene[j]);
        UM_TRY_GOTO(status, done, um_names_add(cx, &genes, name, strlen(name)));
    }
    UM_TRY_GOTO(status, done, um_programs_matrix_open(cx, &p->usages.matrix, &p->cells, &programs));
    UM_TRY_GOTO(status, done, um_programs_matrix_open(cx, &p->components.matrix, &programs, &genes));
    UM_TRY_GOTO(status, done, um_programs_matrix_open(cx, &p->loadings.matrix, &p->genes, &programs));
    memcpy(p->usages.matrix.values, fit->factors.W, fit->n * fit->k * sizeof(double));
    memcpy(p->components.matrix.values, fit->factors.H, fit->k * fit->m * sizeof(double));
    UM_TRY_GOTO(status, done, take_loadings(cx, p, prepared, fit));
    p->summary.components = fit->k;
    p->summary.iterations = fit->fit.iterations;
    p->summary.converged = fit->fit.converged;
    p->summary.loss = fit->fit.loss;
done:
    um_names_clear(&programs);
    um_names_clear(&genes);
    return status;
}
