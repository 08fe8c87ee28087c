/* Results as AnnData, in the encodings that anndata 0.8 and later write. A result has no X: it is obs and obsm. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/h5ad.h"
#include "io/h5ad_spill.h"
#include "io/hdf5_file.h"
#include "io/hdf5_write.h"
#include "io/output.h"

#define INDEX "_index"

static void put_dict(um_h5_writer *writer, const char *name)
{
    um_h5_writer_close(um_h5_put_group(writer, writer->file, name, "dict", "0.1.0"));
}

/* '/' separates groups in HDF5, and anndata reserves the name of the index. */
static int is_storable(const char *name)
{
    return name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, INDEX) != 0;
}

/* Keys come from us, not from the user: an impossible one is our mistake. */
static void check_key(um_h5_writer *writer, const char *key)
{
    if (writer->status == UNMIX_OK && !is_storable(key))
        writer->status = UM_FAIL(writer->cx, UNMIX_ERROR_INTERNAL, "%s: '%s' cannot be a key", writer->path, key);
}

/* ---- Frames ---- */

static hid_t begin_frame(um_h5_writer *writer, hid_t parent, const char *name, const um_names *index,
                         const um_names *columns)
{
    check_key(writer, name);
    const hid_t frame = um_h5_put_group(writer, parent, name, "dataframe", "0.2.0");
    um_h5_put_attribute(writer, frame, "_index", INDEX);
    um_h5_put_attribute_names(writer, frame, "column-order", columns);
    um_h5_put_names(writer, frame, INDEX, index);
    return frame;
}

static void put_column(um_h5_writer *writer, hid_t frame, const um_column *column, size_t rows)
{
    check_key(writer, column->name);
    if (column->kind == UM_TEXT)
        um_h5_put_names(writer, frame, column->name, column->text);
    else
        um_h5_writer_close(um_h5_put_array(writer, frame, column->name, column->kind, rows, 0, column->number));
}

static void put_columns(um_h5_writer *writer, const char *name, const um_names *index, const um_column *columns,
                        size_t count)
{
    um_names order = {0};
    for (size_t i = 0; i < count && writer->status == UNMIX_OK; i++)
        writer->status = um_names_add(writer->cx, &order, columns[i].name, strlen(columns[i].name));
    const hid_t frame = begin_frame(writer, writer->file, name, index, &order);
    for (size_t i = 0; i < count; i++)
        put_column(writer, frame, &columns[i], index->count);
    um_h5_writer_close(frame);
    um_names_clear(&order);
}

/* ---- obsm: columns are named by the user ---- */

static int has_name(const um_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(um_name(names, i), name) == 0)
            return 1;
    return 0;
}

/*
 * The name under which a column is stored: "Mono/Mac" cannot be a member of a group and becomes "Mono_Mac", with more
 * underscores where that is taken. um_h5ad_read_obsm() gives back the true name from an attribute.
 */
static unmix_status add_stored_name(unmix_context *cx, const um_names *names, size_t i, um_names *stored)
{
    char name[1024];
    const char *given = um_name(names, i);
    if (is_storable(given))
        return um_names_add(cx, stored, given, strlen(given));
    (void)snprintf(name, sizeof name - 1, "%s", given[0] && strcmp(given, ".") != 0 ? given : "_");
    for (char *c = name; *c; c++)
        if (*c == '/')
            *c = '_';
    for (size_t length = strlen(name); has_name(names, name) || has_name(stored, name); length++) {
        if (length + 1 >= sizeof name)
            return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "'%.40s...': no name to store it under", given);
        name[length] = '_';
        name[length + 1] = '\0';
    }
    um_note(cx, "'%s' is stored as '%s': a column of AnnData cannot have that name", given, name);
    return um_names_add(cx, stored, name, strlen(name));
}

static void put_frame_column(um_h5_writer *writer, hid_t frame, const um_matrix *matrix, size_t column,
                             const char *stored, double *values)
{
    for (size_t r = 0; r < matrix->rows.count; r++)
        values[r] = um_row(matrix, r)[column];
    const hid_t dataset = um_h5_put_array(writer, frame, stored, UM_REAL, matrix->rows.count, 0, values);
    if (strcmp(stored, um_name(&matrix->columns, column)) != 0)
        um_h5_put_attribute(writer, dataset, "unmix-name", um_name(&matrix->columns, column));
    um_h5_writer_close(dataset);
}

static void put_frame(um_h5_writer *writer, hid_t parent, const um_frame *part, const um_names *obs)
{
    const um_matrix *matrix = part->matrix;
    um_names stored = {0};
    double *values = NULL;
    if (writer->status == UNMIX_OK && matrix->rows.count != obs->count)
        writer->status = UM_FAIL(writer->cx, UNMIX_ERROR_INTERNAL, "%s: frame '%s' has %zu rows for %zu observations",
                                 writer->path, part->name, matrix->rows.count, obs->count);
    for (size_t i = 0; i < matrix->columns.count && writer->status == UNMIX_OK; i++)
        writer->status = add_stored_name(writer->cx, &matrix->columns, i, &stored);
    if (writer->status == UNMIX_OK)
        writer->status = UM_ALLOC(writer->cx, &values, obs->count, "column");
    const hid_t frame = begin_frame(writer, parent, part->name, obs, &stored);
    for (size_t i = 0; i < matrix->columns.count && writer->status == UNMIX_OK; i++)
        put_frame_column(writer, frame, matrix, i, um_name(&stored, i), values);
    um_h5_writer_close(frame);
    free(values);
    um_names_clear(&stored);
}

/* ---- The rest ---- */

static int fits(const um_layer *layer, const um_annotated *annotated)
{
    const size_t rows = layer->matrix ? layer->matrix->rows.count : layer->spill->rows;
    const size_t columns = layer->matrix ? layer->matrix->columns.count : layer->spill->columns;
    return rows == annotated->obs->count && columns == annotated->var->count;
}

/* X may have any form; a layer is an array of real numbers, whether it was held in memory or not. */
static void put_layer(um_h5_writer *writer, hid_t parent, const um_layer *layer, const um_annotated *annotated)
{
    check_key(writer, layer->name);
    if (writer->status == UNMIX_OK && !fits(layer, annotated))
        writer->status = UM_FAIL(writer->cx, UNMIX_ERROR_INTERNAL, "%s: layer '%s' is not %zu x %zu", writer->path,
                                 layer->name, annotated->obs->count, annotated->var->count);
    if (!layer->matrix)
        (layer == annotated->x ? um_h5ad_put_counts : um_h5ad_put_reals)(writer, parent, layer->name, layer->spill);
    else if (annotated->var->count)
        um_h5_writer_close(um_h5_put_array(writer, parent, layer->name, UM_REAL, annotated->obs->count,
                                           annotated->var->count, layer->matrix->values));
}

static void put_dictionary(um_h5_writer *writer, const um_annotated *annotated)
{
    const hid_t uns = um_h5_put_group(writer, writer->file, "uns", "dict", "0.1.0");
    if (annotated->uns_name) {
        check_key(writer, annotated->uns_name);
        const hid_t group = um_h5_put_group(writer, uns, annotated->uns_name, "dict", "0.1.0");
        for (size_t i = 0; i < annotated->n_uns; i++) {
            const um_entry *entry = &annotated->uns[i];
            check_key(writer, entry->key);
            if (entry->kind == UM_TEXT)
                um_h5_put_text(writer, group, entry->key, entry->text ? entry->text : "");
            else
                um_h5_put_scalar(writer, group, entry->key, entry->kind, entry->number);
        }
        um_h5_writer_close(group);
    }
    um_h5_writer_close(uns);
}

static void put_everything(um_h5_writer *writer, const um_annotated *annotated)
{
    um_h5_put_encoding(writer, writer->file, "anndata", "0.1.0");
    if (annotated->x)
        put_layer(writer, writer->file, annotated->x, annotated);
    put_columns(writer, "obs", annotated->obs, annotated->obs_columns, annotated->n_obs_columns);
    put_columns(writer, "var", annotated->var, annotated->var_columns, annotated->n_var_columns);
    const hid_t obsm = um_h5_put_group(writer, writer->file, "obsm", "dict", "0.1.0");
    for (size_t i = 0; i < annotated->n_obsm; i++)
        put_frame(writer, obsm, &annotated->obsm[i], annotated->obs);
    um_h5_writer_close(obsm);
    const hid_t layers = um_h5_put_group(writer, writer->file, "layers", "dict", "0.1.0");
    for (size_t i = 0; i < annotated->n_layers; i++)
        put_layer(writer, layers, &annotated->layers[i], annotated);
    um_h5_writer_close(layers);
    put_dictionary(writer, annotated);
    put_dict(writer, "varm");
    put_dict(writer, "obsp");
    put_dict(writer, "varp");
}

static unmix_status write_file(unmix_context *cx, const um_annotated *annotated, const um_output *output)
{
    um_h5_silence silence;
    um_h5_writer writer;
    um_h5_hush(&silence);
    um_h5_writer_begin(&writer, cx, output->path, output->temporary);
    put_everything(&writer, annotated);
    const unmix_status status = um_h5_writer_finish(&writer);
    um_h5_unhush(&silence);
    return status;
}

unmix_status um_h5ad_write(unmix_context *cx, const um_annotated *annotated, const char *path, int overwrite)
{
    um_output output = {0};
    UM_TRY(um_output_begin(cx, &output, path, overwrite));
    unmix_status status = write_file(cx, annotated, &output);
    if (status == UNMIX_OK)
        status = um_output_commit(cx, &output);
    um_output_abandon(&output);
    return status;
}
