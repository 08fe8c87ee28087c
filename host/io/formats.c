#include "io/formats.h"

#include <stdio.h>

#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_element.h"
#include "io/backend/backend.h"
#include "io/files/paths.h"
#include "io/files/readable.h"
#include "io/folder.h"
#include "io/foreign.h"
#include "io/market/market.h"
#include "io/tenx/tenx.h"
#include "io/text/table.h"
#include "io/text/table_folder.h"
#include "io/text/table_source.h"

static unmix_status proportions_of_h5ad(unmix_context *cx, const char *path, um_matrix *matrix)
{
    return um_h5ad_read_obsm(cx, path, "proportions", matrix);
}

static unmix_status frame_of_h5ad(unmix_context *cx, const char *path, const char *name, um_matrix *frame)
{
    char element[64];
    int found = 0;
    (void)snprintf(element, sizeof element, "obsm/%s", name);
    UM_TRY(um_h5ad_has(cx, path, element, &found));
    return found ? um_h5ad_read_obsm(cx, path, name, frame) : UNMIX_OK;
}

static unmix_status proportions_of_table(unmix_context *cx, const char *path, um_matrix *matrix)
{
    return um_table_read(cx, path, &um_table_as_it_stands, matrix);
}

/* Every file that is nothing else, a pipe too. */
static int is_table(const char *path)
{
    return !um_is_folder(path);
}

static const um_format formats[] = {
    {.name = "a 10x file", .is = um_is_tenx, .open = um_tenx_source},
    {.name = "an .h5ad file",
     .is = um_is_store, /* that is not one of the above; what else it may be, its reader refuses by name */
     .options = UM_USES_LAYER | UM_USES_GENE_COLUMN,
     .annotated = 1,
     .open = um_h5ad_source_as,
     .proportions = proportions_of_h5ad,
     .frame = frame_of_h5ad},
    {.name = "a MatrixMarket folder", .is = um_is_market, .open = um_market_source, .labels = um_market_labels},
    {.name = "a folder of tables",
     .is = um_is_table_folder,
     .options = UM_USES_GENE_COLUMN | UM_USES_SKIP_COLUMNS | UM_USES_COLUMNS,
     .open = um_table_folder_source},
    {.name = "a MatrixMarket folder", .is = um_has_market, .open = um_market_source, .labels = um_market_labels},
    {.name = "a folder of results", .is = um_is_folder, .proportions = um_folder_proportions, .frame = um_folder_frame},
    {.name = "a table",
     .is = is_table,
     .options = UM_USES_GENE_COLUMN | UM_USES_SKIP_COLUMNS | UM_USES_COLUMNS,
     .open = um_table_source,
     .read = um_table_read,
     .proportions = proportions_of_table},
};

static int has_matrix(const um_format *format)
{
    return format->open != NULL;
}

static int has_proportions(const um_format *format)
{
    return format->proportions != NULL;
}

static int is_any(const um_format *format)
{
    return format != NULL;
}

/* The first that is wanted and says that the path is one of it; NULL: none. */
static const um_format *find(const unmix_context *cx, const char *path, int (*wanted)(const um_format *format))
{
    const um_format *found = NULL;
    um_tell_file(cx, UNMIX_FILE_READING, path); /* some look inside */
    for (size_t i = 0; i < sizeof formats / sizeof formats[0] && !found; i++)
        if (wanted(&formats[i]) && formats[i].is(path))
            found = &formats[i];
    um_tell_file(cx, UNMIX_FILE_READ, path);
    return found;
}

unmix_status um_find_matrix_format(unmix_context *cx, const char *path, const um_format **format)
{
    if (!um_is_folder(path))
        UM_TRY(um_check_readable(cx, path));
    UM_TRY(um_refuse_foreign(cx, path));
    *format = find(cx, path, has_matrix);
    if (*format)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: is a folder; a file is wanted, or a folder with matrix.mtx, features.tsv and barcodes.tsv", path);
}

unmix_status um_find_proportions_format(unmix_context *cx, const char *path, const um_format **format)
{
    if (!um_is_folder(path))
        UM_TRY(um_check_readable(cx, path));
    *format = find(cx, path, has_proportions); /* the last ones take all folders and files */
    return UNMIX_OK;
}

int um_is_anndata(const unmix_context *cx, const char *path)
{
    const um_format *const format = find(cx, path, is_any);
    return format && format->annotated;
}
