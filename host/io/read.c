#include "io/read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/h5ad.h"
#include "io/table.h"
#include "io/table_source.h"

unmix_status um_check_readable(unmix_context *cx, const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no such file", path);
        if (errno == EACCES)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no permission to read", path);
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    }
    if (S_ISDIR(about.st_mode))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is a folder; a file is wanted", path);
    if (access(path, R_OK) != 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no permission to read", path);
    if (S_ISREG(about.st_mode) && about.st_size == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is empty", path);
    return UNMIX_OK;
}

/* Looking at a pipe would take its first bytes away; only tables come through pipes. */
static int is_hdf5_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && um_is_hdf5(path);
}

/* An option that is for the other kind of file is not passed over in silence. */
static void note_unused(unmix_context *cx, const char *path, const char *option, const char *value, const char *kind)
{
    if (value)
        um_note(cx, "%s: %s '%s' does not matter for %s", path, option, value, kind);
}

static const char *layer_of_h5ad(unmix_context *cx, const char *path, const unmix_read_options *options)
{
    if (!options)
        return NULL;
    note_unused(cx, path, "the gene column", options->gene_column, "an .h5ad file");
    note_unused(cx, path, "the column to skip", options->skip_columns, "an .h5ad file");
    return options->layer;
}

static void note_layer_of_table(unmix_context *cx, const char *path, const unmix_read_options *options)
{
    if (options)
        note_unused(cx, path, "the layer", options->layer, "a table");
}

unmix_status um_read_matrix(unmix_context *cx, const char *path, const unmix_read_options *options, um_matrix *matrix)
{
    UM_TRY(um_check_readable(cx, path));
    if (is_hdf5_file(path))
        return um_h5ad_read(cx, path, layer_of_h5ad(cx, path, options), matrix);
    note_layer_of_table(cx, path, options);
    return um_table_read(cx, path, options, matrix);
}

unmix_status um_open_source(unmix_context *cx, const char *path, const unmix_read_options *options, um_source *source)
{
    UM_TRY(um_check_readable(cx, path));
    if (is_hdf5_file(path))
        return um_h5ad_source(cx, path, layer_of_h5ad(cx, path, options), source);
    note_layer_of_table(cx, path, options);
    return um_table_source(cx, path, options, source);
}

static unmix_status read_proportions_of_folder(unmix_context *cx, const char *path, um_matrix *matrix)
{
    const size_t length = strlen(path);
    const size_t size = length + sizeof "/proportions.tsv";
    char *file = NULL;
    UM_TRY(UM_ALLOC(cx, &file, size, "file name"));
    (void)snprintf(file, size, "%s%sproportions.tsv", path, length && path[length - 1] == '/' ? "" : "/");
    const unmix_status status =
        access(file, F_OK) == 0
            ? um_table_read(cx, file, NULL, matrix)
            : UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is a folder without proportions.tsv, so it is no result", path);
    free(file);
    return status;
}

static int is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static unmix_status read_any_proportions(unmix_context *cx, const char *path, um_matrix *matrix)
{
    if (is_folder(path))
        return read_proportions_of_folder(cx, path, matrix);
    UM_TRY(um_check_readable(cx, path));
    if (is_hdf5_file(path))
        return um_h5ad_read_obsm(cx, path, "proportions", matrix);
    return um_table_read(cx, path, NULL, matrix);
}

unmix_status um_read_proportions(unmix_context *cx, const char *path, um_matrix *matrix)
{
    UM_TRY(read_any_proportions(cx, path, matrix));
    unmix_status status = um_refuse_repeated(cx, matrix->origin ? matrix->origin : path, "sample", &matrix->rows,
                                             matrix->first_line, "every sample may be there once");
    if (status == UNMIX_OK)
        status = um_refuse_repeated(cx, matrix->origin ? matrix->origin : path, "type", &matrix->columns, 0,
                                    "every type may be there once");
    if (status != UNMIX_OK)
        um_matrix_clear(matrix);
    return status;
}
