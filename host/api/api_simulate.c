#include "unmix/simulate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_handles.h"
#include "core/memory.h"
#include "deconvolve/simulate/simulated_cohort.h"
#include "io/anndata/h5ad.h"
#include "io/files/output.h"
#include "io/files/paths.h"
#include "io/text/table.h"

/* Moves a matrix into a new handle. */
static unmix_status hand_out(unmix_context *cx, um_matrix *matrix, unmix_matrix **handle)
{
    UM_TRY(UM_ALLOC(cx, handle, 1, "simulation"));
    (*handle)->matrix = *matrix;
    *matrix = (um_matrix){0};
    return UNMIX_OK;
}

unmix_status unmix_simulate(unmix_context *cx, const unmix_simulate_options *options, unmix_simulation *simulation)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, simulation);
    *simulation = (unmix_simulation){0};
    UM_NEED(cx, options);
    um_simulation drawn = {0};
    UM_TRY(um_simulate(cx, options, &drawn));
    unmix_status status;
    UM_TRY_GOTO(status, done, hand_out(cx, &drawn.signatures, &simulation->signatures));
    UM_TRY_GOTO(status, done, hand_out(cx, &drawn.bulk, &simulation->bulk));
    UM_TRY_GOTO(status, done, hand_out(cx, &drawn.genes, &simulation->genes));
    UM_TRY_GOTO(status, done, hand_out(cx, &drawn.truth, &simulation->truth));
    return UNMIX_OK;
done:
    um_simulation_clear(&drawn);
    unmix_simulation_free(simulation);
    return status;
}

void unmix_simulation_free(unmix_simulation *simulation)
{
    if (!simulation)
        return;
    unmix_matrix_free(simulation->signatures);
    unmix_matrix_free(simulation->bulk);
    unmix_matrix_free(simulation->genes);
    unmix_matrix_free(simulation->truth);
    *simulation = (unmix_simulation){0};
}

/* ---- Files ---- */

enum { SIGNATURES, BULK, GENES, TRUTH, FILES };

static const char *const corners[FILES] = {"gene", "gene", "gene", "sample"};

/* What is written: matrices, and the bulk as a matrix or as samples x genes in a spill. */
typedef struct cohort {
    const um_matrix *matrix[FILES]; /* the bulk's may have names alone */
    um_spill *bulk;                 /* or NULL */
    unmix_simulation_format format;
    char *path[FILES];
    um_output output; /* the folder */
} cohort;

static const char *file_name(const cohort *c, size_t i)
{
    static const char *const names[FILES] = {"signatures.tsv", "bulk.tsv", "genes.tsv", "truth.tsv"};
    return i == BULK && c->format == UNMIX_SIMULATION_H5AD ? "bulk.h5ad" : names[i];
}

/* What stands in the way of a file is found before anything is drawn; all appear together, in a folder written beside. */
static unmix_status open_folder(unmix_context *cx, cohort *c, const char *folder, int overwrite)
{
    char *path = NULL;
    UM_TRY(um_file_in(cx, folder, "", &path));
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < FILES && um_is_folder(path) && status == UNMIX_OK; i++) {
        char *file = NULL;
        status = um_file_in(cx, path, file_name(c, i), &file);
        if (status == UNMIX_OK)
            status = um_output_check(cx, file, overwrite);
        free(file);
    }
    if (status == UNMIX_OK)
        status = um_output_begin_folder(cx, &c->output, path, 1);
    for (size_t i = 0; i < FILES && status == UNMIX_OK; i++)
        status = um_file_in(cx, c->output.temporary, file_name(c, i), &c->path[i]);
    free(path);
    return status;
}

/* All or nothing. */
static unmix_status close_folder(unmix_context *cx, cohort *c, unmix_status status)
{
    for (size_t i = 0; i < FILES; i++)
        free(c->path[i]);
    if (status == UNMIX_OK)
        return um_output_commit_folder(cx, &c->output);
    um_output_abandon_folder(&c->output);
    return status;
}

static unmix_status write_h5ad(unmix_context *cx, const cohort *c)
{
    const um_matrix *genes = c->matrix[GENES];
    const size_t n = genes->rows.count;
    double *values = NULL;
    UM_TRY(UM_ALLOC(cx, &values, 2 * n, "genes"));
    for (size_t g = 0; g < n; g++) {
        values[g] = um_row(genes, g)[0];
        values[n + g] = um_row(genes, g)[1];
    }
    const um_column columns[] = {{um_name(&genes->columns, 0), UM_REAL, values, NULL},
                                 {um_name(&genes->columns, 1), UM_REAL, values + n, NULL}};
    const um_layer x = {"X", NULL, c->bulk};
    const um_annotated annotated = {.obs = &c->matrix[BULK]->columns,
                                    .var = &c->matrix[BULK]->rows,
                                    .var_columns = columns,
                                    .n_var_columns = 2,
                                    .x = &x};
    const unmix_status status = um_h5ad_write(cx, &annotated, c->path[BULK], 0);
    free(values);
    return status;
}

static unmix_status write_file(unmix_context *cx, const cohort *c, size_t i)
{
    const um_matrix *matrix = c->matrix[i];
    if (i != BULK || !c->bulk)
        return um_table_write(cx, matrix, c->path[i], corners[i], 0);
    if (c->format == UNMIX_SIMULATION_H5AD)
        return write_h5ad(cx, c);
    return um_table_write_turned(cx, &matrix->rows, &matrix->columns, c->bulk, c->path[i], corners[i], 0);
}

static unmix_status write_files(unmix_context *cx, const cohort *c)
{
    for (size_t i = 0; i < FILES; i++)
        UM_TRY(write_file(cx, c, i));
    return UNMIX_OK;
}

unmix_status unmix_simulation_write(unmix_context *cx, const unmix_simulation *simulation, const char *path,
                                    int overwrite)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, simulation);
    UM_NEED(cx, path);
    const unmix_matrix *matrix[FILES] = {simulation->signatures, simulation->bulk, simulation->genes, simulation->truth};
    cohort c = {.format = UNMIX_SIMULATION_TSV};
    for (size_t i = 0; i < FILES; i++) {
        if (!matrix[i])
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the simulation has no matrix for %s", file_name(&c, i));
        c.matrix[i] = &matrix[i]->matrix;
    }
    unmix_status status = open_folder(cx, &c, path, overwrite);
    if (status == UNMIX_OK)
        status = write_files(cx, &c);
    status = close_folder(cx, &c, status);
    return status;
}

/* ---- Straight into files ---- */

static unmix_status take_sample(unmix_context *cx, void *state, size_t sample, const double *counts)
{
    (void)sample;
    return um_spill_add(cx, state, counts);
}

static unmix_status simulate_into(unmix_context *cx, const unmix_simulate_options *options, const char *scratch,
                                  um_simulation *drawn, um_spill *bulk)
{
    const um_spill_options spill = {.folder = scratch};
    const um_sample_taker taker = {bulk, take_sample};
    UM_TRY(um_spill_open(cx, bulk, options->genes ? options->genes : 1, &spill));
    UM_TRY(um_simulate_to(cx, options, drawn, &taker));
    return um_spill_finish(cx, bulk);
}

unmix_status unmix_simulate_write(unmix_context *cx, const unmix_simulate_options *options,
                                  unmix_simulation_format format, const char *path, const char *scratch, int overwrite)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, options);
    UM_NEED(cx, path);
    um_simulation drawn = {0};
    um_spill bulk = {0};
    cohort c = {.matrix = {&drawn.signatures, &drawn.bulk, &drawn.genes, &drawn.truth}, .bulk = &bulk, .format = format};
    unmix_status status = open_folder(cx, &c, path, overwrite);
    if (status == UNMIX_OK)
        status = simulate_into(cx, options, scratch, &drawn, &bulk);
    if (status == UNMIX_OK)
        status = write_files(cx, &c);
    status = close_folder(cx, &c, status);
    um_simulation_clear(&drawn);
    um_spill_close(&bulk);
    return status;
}
