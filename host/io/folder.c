#include "io/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/files/output.h"
#include "io/files/paths.h"
#include "io/text/json.h"
#include "io/text/table.h"
#include "io/text/table_sheet.h"

static unmix_status put_dictionary(unmix_context *cx, um_text_out *out, const void *content)
{
    const um_annotated *const annotated = content;
    const um_entry *const only = annotated->n_uns == 1 ? annotated->uns : NULL;
    if (only && only->form == UM_FORM_TREE) /* its name says nothing here */
        return um_json_entries(cx, out, only->entries, only->n_entries);
    return um_json_entries(cx, out, annotated->uns, annotated->n_uns);
}

/* Where the parts go: into the folder itself, one by one, or into a new one that messages call by its later name. */
typedef struct place {
    const char *path;
    const char *temporary; /* NULL: files of the folder are replaced */
} place;

static unmix_status write_part(unmix_context *cx, const place *to, const char *name, const char *ending, um_put put,
                               const void *content)
{
    char *path = NULL, *file = NULL, *part = NULL;
    const size_t size = strlen(name) + strlen(ending) + 1;
    UM_TRY(UM_ALLOC(cx, &part, size, "file name"));
    (void)snprintf(part, size, "%s%s", name, ending);
    unmix_status status = um_file_in(cx, to->path, part, &path);
    if (status == UNMIX_OK && to->temporary)
        status = um_file_in(cx, to->temporary, part, &file);
    if (status == UNMIX_OK)
        status = file ? um_text_out_write_as(cx, path, file, put, content) : um_text_out_write(cx, path, 1, put, content);
    free(part);
    free(path);
    free(file);
    return status;
}

static unmix_status write_columns(unmix_context *cx, const place *to, const char *name, const char *corner,
                                  const um_names *rows, const um_column *columns, size_t n_columns)
{
    if (n_columns == 0)
        return UNMIX_OK;
    const um_sheet sheet = {.corner = corner, .rows = rows, .columns = columns, .n_columns = n_columns};
    return write_part(cx, to, name, ".tsv", um_sheet_put, &sheet);
}

/* A member of obsm or varm over the observations or variables in `rows`. */
static unmix_status write_values(unmix_context *cx, const place *to, const char *corner, const um_names *rows,
                                 const um_entry *entry, const um_names *columns, const double *values)
{
    const um_sheet sheet = {.corner = corner,
                            .rows = rows,
                            .n_columns = columns->count,
                            .column_names = columns,
                            .values = values,
                            .row_step = columns->count,
                            .column_step = 1};
    return write_part(cx, to, entry->table ? entry->table : entry->key, ".tsv", um_sheet_put, &sheet);
}

static unmix_status write_unnamed(unmix_context *cx, const place *to, const char *corner, const um_names *rows,
                                  const um_entry *entry)
{
    um_names columns = {0};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; (i < entry->columns || i == 0) && status == UNMIX_OK; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%zu", i);
        status = um_names_add(cx, &columns, name, strlen(name));
    }
    if (status == UNMIX_OK)
        status = write_values(cx, to, corner, rows, entry, &columns, entry->values);
    um_names_clear(&columns);
    return status;
}

static unmix_status write_member(unmix_context *cx, const place *to, const char *corner, const um_names *rows,
                                 const um_entry *entry)
{
    if (entry->form == UM_FORM_FRAME)
        return write_values(cx, to, corner, rows, entry, &entry->matrix->columns, entry->matrix->values);
    if (entry->form != UM_FORM_ARRAY)
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "'%s' cannot be a table", entry->key);
    if (!entry->names)
        return write_unnamed(cx, to, corner, rows, entry);
    return write_values(cx, to, corner, rows, entry, entry->names, entry->values);
}

static unmix_status write_layer(unmix_context *cx, const place *to, const um_annotated *annotated, const um_layer *layer)
{
    const um_sheet sheet = {.corner = "gene",
                            .rows = annotated->var,
                            .n_columns = annotated->obs->count,
                            .column_names = annotated->obs,
                            .values = layer->matrix ? layer->matrix->values : NULL,
                            .row_step = 1,
                            .column_step = annotated->var->count,
                            .turned = layer->spill};
    return write_part(cx, to, layer->name, ".tsv", um_sheet_put, &sheet);
}

static unmix_status write_all(unmix_context *cx, const um_annotated *annotated, const place *to)
{
    const char *const noun = annotated->noun ? annotated->noun : "sample";
    const char *const obs_table = annotated->obs_table ? annotated->obs_table : "metrics";
    for (size_t i = 0; i < annotated->n_obsm; i++)
        UM_TRY(write_member(cx, to, noun, annotated->obs, &annotated->obsm[i]));
    for (size_t i = 0; i < annotated->n_varm; i++)
        UM_TRY(write_member(cx, to, "gene", annotated->var, &annotated->varm[i]));
    for (size_t i = 0; i < annotated->n_layers; i++)
        UM_TRY(write_layer(cx, to, annotated, &annotated->layers[i]));
    UM_TRY(write_columns(cx, to, obs_table, noun, annotated->obs, annotated->obs_columns, annotated->n_obs_columns));
    UM_TRY(write_columns(cx, to, "genes", "gene", annotated->var, annotated->var_columns, annotated->n_var_columns));
    return write_part(cx, to, "run", ".json", put_dictionary, annotated);
}

unmix_status um_folder_write(unmix_context *cx, const um_annotated *annotated, const char *path, int overwrite)
{
    UM_TRY(um_output_check(cx, path, overwrite));
    um_output output;
    UM_TRY(um_output_begin_folder(cx, &output, path, overwrite));
    const unmix_status status = write_all(cx, annotated, &(place){path, output.temporary});
    if (status == UNMIX_OK)
        return um_output_commit_folder(cx, &output);
    um_output_abandon_folder(&output);
    return status;
}

unmix_status um_folder_proportions(unmix_context *cx, const char *path, um_matrix *matrix)
{
    char *file = NULL;
    UM_TRY(um_file_in(cx, path, "proportions.tsv", &file));
    const unmix_status status =
        access(file, F_OK) == 0
            ? um_table_read(cx, file, &um_table_as_it_stands, matrix)
            : UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is a folder without proportions.tsv, so it is no result", path);
    free(file);
    return status;
}

unmix_status um_folder_frame(unmix_context *cx, const char *path, const char *name, um_matrix *frame)
{
    const unmix_read_options options = {.missing = 1, .columns = "all"};
    char table[64], *file = NULL;
    (void)snprintf(table, sizeof table, "%s.tsv", name);
    UM_TRY(um_file_in(cx, path, table, &file));
    const unmix_status status = access(file, F_OK) == 0 ? um_table_read(cx, file, &options, frame) : UNMIX_OK;
    free(file);
    return status;
}
