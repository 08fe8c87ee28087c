#include "io/anndata/h5ad_put.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* '/' separates groups in HDF5, and anndata reserves the name of the index. */
static int is_storable(const char *name)
{
    return name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, UM_H5AD_INDEX) != 0;
}

/* Keys come from us, not from the user: an impossible one is our mistake. */
void um_h5ad_check_key(um_writer *writer, const char *key)
{
    if (writer->status == UNMIX_OK && !is_storable(key))
        writer->status = UM_FAIL(writer->cx, UNMIX_ERROR_INTERNAL, "%s: '%s' cannot be a key", writer->path, key);
}

/* ---- Frames ---- */

um_node um_h5ad_begin_frame(um_writer *writer, um_node parent, const char *name, const char *index_name,
                          const um_names *index, const um_names *columns)
{
    um_h5ad_check_key(writer, name);
    const um_node frame = um_h5ad_put_group(writer, parent, name, "dataframe", "0.2.0");
    um_put_attribute(writer, frame, "_index", index_name);
    um_put_attribute_names(writer, frame, "column-order", columns);
    um_h5ad_put_names(writer, frame, index_name, index);
    return frame;
}

void um_h5ad_put_column(um_writer *writer, um_node frame, const um_column *column, size_t rows)
{
    um_h5ad_check_key(writer, column->name);
    if (column->kind == UM_TEXT)
        um_h5ad_put_names(writer, frame, column->name, column->text);
    else
        um_node_release(um_h5ad_put_array(writer, frame, column->name, column->kind, rows, 0, column->number));
}

void um_h5ad_put_columns(um_writer *writer, const char *name, const um_names *index, const um_column *columns,
                         size_t count)
{
    um_names order = {0};
    for (size_t i = 0; i < count && writer->status == UNMIX_OK; i++)
        writer->status = um_names_add(writer->cx, &order, columns[i].name, strlen(columns[i].name));
    const um_node frame = um_h5ad_begin_frame(writer, writer->store.root, name, UM_H5AD_INDEX, index, &order);
    for (size_t i = 0; i < count; i++)
        um_h5ad_put_column(writer, frame, &columns[i], index->count);
    um_node_release(frame);
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

static void put_frame_column(um_writer *writer, um_node frame, const um_matrix *matrix, size_t column,
                             const char *stored, double *values)
{
    for (size_t r = 0; r < matrix->rows.count; r++)
        values[r] = um_row(matrix, r)[column];
    const um_node dataset = um_h5ad_put_array(writer, frame, stored, UM_REAL, matrix->rows.count, 0, values);
    if (strcmp(stored, um_name(&matrix->columns, column)) != 0)
        um_put_attribute(writer, dataset, "unmix-name", um_name(&matrix->columns, column));
    um_node_release(dataset);
}

/* `index` names the rows. */
static void put_frame(um_writer *writer, um_node parent, const char *name, const um_matrix *matrix,
                      const um_names *index)
{
    um_names stored = {0};
    double *values = NULL;
    for (size_t i = 0; i < matrix->columns.count && writer->status == UNMIX_OK; i++)
        writer->status = add_stored_name(writer->cx, &matrix->columns, i, &stored);
    if (writer->status == UNMIX_OK)
        writer->status = UM_ALLOC(writer->cx, &values, index->count, "column");
    const um_node frame = um_h5ad_begin_frame(writer, parent, name, UM_H5AD_INDEX, index, &stored);
    for (size_t i = 0; i < matrix->columns.count && writer->status == UNMIX_OK; i++)
        put_frame_column(writer, frame, matrix, i, um_name(&stored, i), values);
    um_node_release(frame);
    free(values);
    um_names_clear(&stored);
}

/* ---- Entries ---- */

static void put_tree(um_writer *writer, um_node parent, const um_entry *entry)
{
    const um_node group = um_h5ad_put_group(writer, parent, entry->key, "dict", "0.1.0");
    for (size_t i = 0; i < entry->n_entries && writer->status == UNMIX_OK; i++)
        um_h5ad_put_entry(writer, group, NULL, &entry->entries[i]);
    um_node_release(group);
}

static void put_scalar(um_writer *writer, um_node parent, const um_entry *entry)
{
    if (entry->kind == UM_TEXT)
        um_h5ad_put_text(writer, parent, entry->key, entry->text ? entry->text : "");
    else
        um_h5ad_put_scalar(writer, parent, entry->key, entry->kind, entry->number);
}

static size_t rows_of(const um_entry *entry)
{
    switch (entry->form) {
    case UM_FORM_ARRAY:
        return entry->rows;
    case UM_FORM_FRAME:
        return entry->matrix->rows.count;
    case UM_FORM_NAMES:
        return entry->names->count;
    default:
        return 0;
    }
}

void um_h5ad_put_entry(um_writer *writer, um_node parent, const um_names *rows, const um_entry *entry)
{
    um_h5ad_check_key(writer, entry->key);
    if (writer->status == UNMIX_OK && rows && rows_of(entry) != rows->count)
        writer->status = UM_FAIL(writer->cx, UNMIX_ERROR_INTERNAL, "%s: '%s' has %zu rows for %zu names", writer->path,
                                 entry->key, rows_of(entry), rows->count);
    if (writer->status != UNMIX_OK)
        return;
    switch (entry->form) {
    case UM_FORM_SCALAR:
        put_scalar(writer, parent, entry);
        break;
    case UM_FORM_ARRAY:
        um_node_release(um_h5ad_put_array(writer, parent, entry->key, entry->kind, entry->rows, entry->columns,
                                           entry->values));
        break;
    case UM_FORM_NAMES:
        um_h5ad_put_names(writer, parent, entry->key, entry->names);
        break;
    case UM_FORM_FRAME:
        put_frame(writer, parent, entry->key, entry->matrix, rows ? rows : &entry->matrix->rows);
        break;
    case UM_FORM_TREE:
        put_tree(writer, parent, entry);
        break;
    }
}

void um_h5ad_put_mapping(um_writer *writer, const char *name, const um_names *rows, const um_entry *entries,
                         size_t count)
{
    const um_node group = um_h5ad_put_group(writer, writer->store.root, name, "dict", "0.1.0");
    for (size_t i = 0; i < count && writer->status == UNMIX_OK; i++)
        um_h5ad_put_entry(writer, group, rows, &entries[i]);
    um_node_release(group);
}
