#include "unmix/simulate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/argument.h"
#include "api/handles.h"
#include "core/memory.h"
#include "deconvolve/simulate.h"
#include "io/output.h"
#include "io/table.h"

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

enum { FILES = 4 };

typedef struct file {
    const char *name;
    const char *corner;
    const unmix_matrix *matrix;
    char *path;
} file;

static unmix_status place(unmix_context *cx, const char *folder, file *files)
{
    for (size_t i = 0; i < FILES; i++) {
        const size_t size = strlen(folder) + strlen(files[i].name) + 2;
        UM_TRY(UM_ALLOC(cx, &files[i].path, size, "file name"));
        const char *slash = *folder && folder[strlen(folder) - 1] == '/' ? "" : "/";
        (void)snprintf(files[i].path, size, "%s%s%s", folder, slash, files[i].name);
    }
    return UNMIX_OK;
}

/* All or nothing: what stands in the way is found before anything is written, and a failure takes back what was. */
static unmix_status write_files(unmix_context *cx, const file *files, int overwrite)
{
    for (size_t i = 0; i < FILES; i++)
        UM_TRY(um_output_check(cx, files[i].path, overwrite));
    for (size_t i = 0; i < FILES; i++) {
        const unmix_status status =
            um_table_write(cx, &files[i].matrix->matrix, files[i].path, files[i].corner, overwrite);
        if (status == UNMIX_OK)
            continue;
        while (i-- > 0)
            (void)unlink(files[i].path);
        return status;
    }
    return UNMIX_OK;
}

unmix_status unmix_simulation_write(unmix_context *cx, const unmix_simulation *simulation, const char *path,
                                    int overwrite)
{
    UM_NEED(cx, simulation);
    UM_NEED(cx, path);
    file files[FILES] = {
        {.name = "signatures.tsv", .corner = "gene", .matrix = simulation->signatures},
        {.name = "bulk.tsv", .corner = "gene", .matrix = simulation->bulk},
        {.name = "genes.tsv", .corner = "gene", .matrix = simulation->genes},
        {.name = "truth.tsv", .corner = "sample", .matrix = simulation->truth},
    };
    for (size_t i = 0; i < FILES; i++)
        if (!files[i].matrix)
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the simulation has no matrix for %s", files[i].name);
    const int made = mkdir(path, 0777) == 0;
    if (!made && errno != EEXIST)
        return UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: cannot make the folder: %s", path, strerror(errno));
    unmix_status status = place(cx, path, files);
    if (status == UNMIX_OK)
        status = write_files(cx, files, overwrite);
    for (size_t i = 0; i < FILES; i++)
        free(files[i].path);
    if (status != UNMIX_OK && made)
        (void)rmdir(path);
    return status;
}
