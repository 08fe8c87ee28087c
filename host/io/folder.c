#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/json.h"
#include "io/output.h"
#include "io/table.h"
#include "io/table_sheet.h"

static unmix_status put_dictionary(unmix_context *cx, um_text_out *out, const void *content)
{
    const um_annotated *const annotated = content;
    return um_json_entries(cx, out, annotated->uns, annotated->n_uns);
}

/* folder/name+ending, to be freed. */
static unmix_status join(unmix_context *cx, const char *folder, const char *name, const char *ending, char **path)
{
    const size_t length = strlen(folder);
    const size_t size = length + strlen(name) + strlen(ending) + 2;
    UM_TRY(UM_ALLOC(cx, path, size, "file name"));
    (void)snprintf(*path, size, "%s%s%s%s", folder, length && folder[length - 1] == '/' ? "" : "/", name, ending);
    return UNMIX_OK;
}

static unmix_status write_part(unmix_context *cx, const char *folder, const char *name, const char *ending, um_put put,
                               const void *content)
{
    char *path = NULL;
    UM_TRY(join(cx, folder, name, ending, &path));
    const unmix_status status = um_text_out_write(cx, path, 1, put, content);
    free(path);
    return status;
}

static unmix_status write_columns(unmix_context *cx, const char *folder, const char *name, const char *corner,
                                  const um_names *rows, const um_column *columns, size_t n_columns)
{
    if (n_columns == 0)
        return UNMIX_OK;
    const um_sheet sheet = {.corner = corner, .rows = rows, .columns = columns, .n_columns = n_columns};
    return write_part(cx, folder, name, ".tsv", um_sheet_put, &sheet);
}

static unmix_status write_all(unmix_context *cx, const um_annotated *annotated, const char *folder)
{
    for (size_t i = 0; i < annotated->n_obsm; i++) {
        const um_matrix *const matrix = annotated->obsm[i].matrix;
        const um_sheet sheet = {.corner = "sample",
                                .rows = annotated->obs,
                                .n_columns = matrix->columns.count,
                                .column_names = &matrix->columns,
                                .values = matrix->values,
                                .row_step = matrix->columns.count,
                                .column_step = 1};
        UM_TRY(write_part(cx, folder, annotated->obsm[i].name, ".tsv", um_sheet_put, &sheet));
    }
    for (size_t i = 0; i < annotated->n_layers; i++) {
        const um_sheet sheet = {.corner = "gene",
                                .rows = annotated->var,
                                .n_columns = annotated->obs->count,
                                .column_names = annotated->obs,
                                .values = annotated->layers[i].matrix->values,
                                .row_step = 1,
                                .column_step = annotated->var->count};
        UM_TRY(write_part(cx, folder, annotated->layers[i].name, ".tsv", um_sheet_put, &sheet));
    }
    UM_TRY(write_columns(cx, folder, "metrics", "sample", annotated->obs, annotated->obs_columns,
                         annotated->n_obs_columns));
    UM_TRY(
        write_columns(cx, folder, "genes", "gene", annotated->var, annotated->var_columns, annotated->n_var_columns));
    return write_part(cx, folder, "run", ".json", put_dictionary, annotated);
}

unmix_status um_folder_write(unmix_context *cx, const um_annotated *annotated, const char *path, int overwrite)
{
    UM_TRY(um_output_check(cx, path, overwrite));
    if (overwrite && um_is_filled_folder(path))
        return write_all(cx, annotated, path);
    um_output output;
    UM_TRY(um_output_begin_folder(cx, &output, path));
    const unmix_status status = write_all(cx, annotated, output.temporary);
    if (status == UNMIX_OK)
        return um_output_commit_folder(cx, &output);
    um_output_abandon_folder(&output);
    return status;
}
