#include "io/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/anndata/h5ad.h"
#include "io/files/readable.h"
#include "io/market/market.h"
#include "io/text/table.h"
#include "io/text/table_source.h"
#include "io/tenx/tenx.h"

/* Looking at a pipe would take its first bytes away; only tables come through pipes. */
static int is_hdf5_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && um_is_hdf5(path);
}

int um_is_h5ad(const char *path)
{
    return is_hdf5_file(path) && !um_is_tenx(path);
}

typedef enum kind { TABLE, H5AD, TENX, MARKET } kind;

/* For messages. */
static const char *const kind_names[] = {"a table", "an .h5ad file", "a 10x file", "a MatrixMarket folder"};

static int is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The kind of a file or folder that is there; folders that hold no matrix are refused. */
static unmix_status find_kind(unmix_context *cx, const char *path, kind *found)
{
    *found = MARKET;
    if (is_folder(path) && !um_is_market(path))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: is a folder; a file is wanted, or a folder with matrix.mtx, features.tsv and barcodes.tsv",
                       path);
    if (is_folder(path))
        return UNMIX_OK;
    UM_TRY(um_check_readable(cx, path));
    *found = is_hdf5_file(path) ? (um_is_tenx(path) ? TENX : H5AD) : um_is_market(path) ? MARKET : TABLE;
    return UNMIX_OK;
}

/* An option that is for another kind of file is not passed over in silence. */
static void note_unused(unmix_context *cx, const char *path, const unmix_read_options *options, kind of)
{
    const struct {
        const char *name, *value;
        int used;
    } given[] = {
        {"the gene column", options->gene_column, of == TABLE},
        {"the column to skip", options->skip_columns, of == TABLE},
        {"the layer", options->layer, of == H5AD},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value && !given[i].used)
            um_note(cx, "%s: %s '%s' does not matter for %s", path, given[i].name, given[i].value, kind_names[of]);
}

unmix_status um_open_source(unmix_context *cx, const char *path, const unmix_read_options *options, um_source *source)
{
    static const unmix_read_options defaults = {0};
    kind found;
    options = options ? options : &defaults;
    UM_TRY(find_kind(cx, path, &found));
    note_unused(cx, path, options, found);
    switch (found) {
    case H5AD:
        return um_h5ad_source_as(cx, path, options, source);
    case TENX:
        return um_tenx_source(cx, path, options, source);
    case MARKET:
        return um_market_source(cx, path, options, source);
    case TABLE:
        break;
    }
    return um_table_source(cx, path, options, source);
}

unmix_status um_read_matrix(unmix_context *cx, const char *path, const unmix_read_options *options, um_matrix *matrix)
{
    static const unmix_read_options defaults = {0};
    kind found;
    options = options ? options : &defaults;
    UM_TRY(find_kind(cx, path, &found));
    if (found == TABLE) { /* as it stands, not turned twice */
        note_unused(cx, path, options, found);
        return um_table_read(cx, path, options, matrix);
    }
    um_source source = {0};
    UM_TRY(um_open_source(cx, path, options, &source));
    const unmix_status status = um_source_to_matrix(cx, &source, matrix);
    um_source_close(&source);
    return status;
}

static unmix_status refuse_repeated_of(unmix_context *cx, const um_source *source, const char *what,
                                       const um_names *names, const char *advice)
{
    um_names copy = {0};
    unmix_status status = um_names_copy(cx, &copy, names);
    if (status == UNMIX_OK)
        status = um_refuse_repeated(cx, source->origin, what, &copy, names == source->rows ? source->first_line : 0,
                                    advice);
    um_names_clear(&copy);
    return status;
}

unmix_status um_refuse_repeated_genes(unmix_context *cx, const um_source *source, const char *advice)
{
    return refuse_repeated_of(cx, source, "gene", source->rows, advice);
}

unmix_status um_refuse_repeated_cells(unmix_context *cx, const um_source *source, const char *advice)
{
    return refuse_repeated_of(cx, source, "cell", source->columns, advice);
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
