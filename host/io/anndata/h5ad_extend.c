#include "io/anndata/h5ad_extend.h"

#include <string.h>
#include <sys/stat.h>

#include "io/anndata/h5ad_copy.h"
#include "io/anndata/h5ad_put.h"
#include "io/backend/backend.h"
#include "io/files/output.h"

/* ---- What there is and what comes ---- */

static unmix_status check_names(unmix_context *cx, const um_store *store, const char *frame, const um_names *names)
{
    um_node object = UM_NO_NODE;
    um_names have = {0};
    UM_TRY(um_node_find(cx, store->root, frame, &object));
    unmix_status status = um_h5ad_read_index(cx, object, &have);
    if (status == UNMIX_OK && have.count != names->count)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %zu rows now, %zu before; the file has changed meanwhile",
                         store->path, frame, have.count, names->count);
    for (size_t i = 0; i < have.count && status == UNMIX_OK; i++)
        if (strcmp(um_name(&have, i), um_name(names, i)) != 0)
            status = UM_FAIL(cx, UNMIX_ERROR_INPUT,
                             "%s: row %zu of '%s' is '%s' now, '%s' before; the file has changed meanwhile", store->path,
                             i + 1, frame, um_name(&have, i), um_name(names, i));
    um_names_clear(&have);
    um_node_release(object);
    return status;
}

/* A mapping of the file at the root and what comes into it. */
typedef struct mapping {
    const char *name;
    const char *frame;    /* whose rows its members have: obs, var; NULL: any */
    const um_names *rows; /* their names */
    const um_entry *entries;
    size_t count;
} mapping;

/*
 * pandas compares the index of a frame in obsm with that of obs by its type, too: where the file has one of another
 * kind than ours (nullable text, categories), the frame gets a copy of it.
 */
static void take_index(const um_h5ad_copy *copy, const mapping *map, um_node target, const char *key)
{
    um_writer *const writer = copy->writer;
    char name[1024];
    um_node source = UM_NO_NODE, index = UM_NO_NODE;
    if (writer->status == UNMIX_OK)
        writer->status = um_node_find(writer->cx, copy->source->root, map->frame, &source);
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_index_name(writer->cx, source, name, sizeof name);
    if (writer->status == UNMIX_OK && um_node_is_group(source))
        writer->status = um_node_find(writer->cx, source, name, &index);
    if (um_node_is_group(index)) {
        um_node frame;
        writer->status = um_node_find(writer->cx, target, key, &frame);
        um_remove_member(writer, frame, UM_H5AD_INDEX);
        um_copy_member(writer, source, name, frame, UM_H5AD_INDEX);
        um_node_release(frame);
    }
    um_node_release(index);
    um_node_release(source);
}

static void put_entries(const um_h5ad_copy *copy, const mapping *map, um_node target)
{
    um_writer *const writer = copy->writer;
    for (size_t i = 0; i < map->count && writer->status == UNMIX_OK; i++) {
        um_h5ad_put_entry(writer, target, map->rows, &map->entries[i]);
        if (map->frame && map->entries[i].form == UM_FORM_FRAME)
            take_index(copy, map, target, map->entries[i].key);
    }
}

/* Old members, but those that are replaced and those in `except`; then the new ones. */
static void extend_mapping(const um_h5ad_copy *copy, const mapping *map, um_names *except)
{
    um_writer *const writer = copy->writer;
    um_node source = UM_NO_NODE;
    if (writer->status == UNMIX_OK && um_node_has(copy->source->root, map->name))
        writer->status = um_node_find(writer->cx, copy->source->root, map->name, &source);
    for (size_t i = 0; i < map->count && writer->status == UNMIX_OK; i++)
        writer->status = um_names_add(writer->cx, except, map->entries[i].key, strlen(map->entries[i].key));
    const int group = um_node_is_group(source);
    const um_node target = group ? um_put_group(writer, writer->store.root, map->name)
                               : um_h5ad_put_group(writer, writer->store.root, map->name, "dict", "0.1.0");
    if (group) {
        um_copy_attributes(writer, source, target, NULL);
        um_copy_members(writer, source, target, except, UM_REFERRED_COPIED);
    } else if (um_is_node(source) && um_node_element(source, NULL) == UM_ELEMENT_RECORD) {
        um_h5ad_convert_members(copy, source, target, except);
    }
    put_entries(copy, map, target);
    um_node_release(target);
    um_node_release(source);
}

static void extend_layers(const um_h5ad_copy *copy, const um_annotated *added)
{
    um_writer *const writer = copy->writer;
    um_names except = {0};
    um_node source = UM_NO_NODE;
    for (size_t i = 0; i < added->n_layers && writer->status == UNMIX_OK; i++)
        writer->status = um_names_add(writer->cx, &except, added->layers[i].name, strlen(added->layers[i].name));
    const um_node target = um_h5ad_put_group(writer, writer->store.root, "layers", "dict", "0.1.0");
    if (writer->status == UNMIX_OK && um_node_has(copy->source->root, "layers"))
        writer->status = um_node_find(writer->cx, copy->source->root, "layers", &source);
    if (um_is_node(source))
        um_copy_members(writer, source, target, &except, UM_REFERRED_COPIED);
    for (size_t i = 0; i < added->n_layers && writer->status == UNMIX_OK; i++)
        um_h5ad_put_layer(writer, target, &added->layers[i], added);
    um_node_release(target);
    um_node_release(source);
    um_names_clear(&except);
}

static void extend_frame(const um_h5ad_copy *copy, const char *name, const um_column *columns, size_t count,
                         size_t rows)
{
    um_writer *const writer = copy->writer;
    um_node frame = UM_NO_NODE;
    um_writer_progress(writer);
    if (writer->status == UNMIX_OK)
        writer->status = um_node_find(writer->cx, copy->source->root, name, &frame);
    const int group = um_node_is_group(frame);
    um_node_release(frame);
    if (!group)
        um_h5ad_convert_frame(copy, name, columns, count, rows);
    else if (count)
        um_h5ad_copy_frame(copy, name, columns, count, rows);
    else
        um_copy_member(writer, copy->source->root, name, writer->store.root, name);
}

/* ---- The file ---- */

static void extend_mappings(const um_h5ad_copy *copy, const um_annotated *added, um_names *converted)
{
    um_writer *const writer = copy->writer;
    const mapping maps[] = {{"obsm", "obs", added->obs, added->obsm, added->n_obsm},
                            {"varm", "var", added->var, added->varm, added->n_varm},
                            {"uns", NULL, NULL, added->uns, added->n_uns}};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0] && writer->status == UNMIX_OK; i++) {
        um_names none = {0};
        um_names *const except = maps[i].frame ? &none : converted;
        if (maps[i].count || except->count || !um_node_has(copy->source->root, maps[i].name))
            extend_mapping(copy, &maps[i], except);
        else
            um_copy_member(writer, copy->source->root, maps[i].name, writer->store.root, maps[i].name);
        um_names_clear(&none);
    }
}

static void extend_all(const um_h5ad_copy *copy, const um_annotated *added)
{
    static const char *const own[] = {"obs", "var", "obsm", "varm", "uns", "layers"};
    um_writer *const writer = copy->writer;
    um_names except = {0}, converted = {0};
    const size_t n_own = sizeof own / sizeof own[0] - (added->n_layers ? 0 : 1);
    for (size_t i = 0; i < n_own && writer->status == UNMIX_OK; i++)
        writer->status = um_names_add(writer->cx, &except, own[i], strlen(own[i]));
    um_h5ad_converted_categories(copy, "obs", &converted);
    um_h5ad_converted_categories(copy, "var", &converted);
    um_copy_attributes(writer, copy->source->root, writer->store.root, NULL);
    um_copy_members(writer, copy->source->root, writer->store.root, &except, UM_REFERRED_COPIED);
    extend_frame(copy, "obs", added->obs_columns, added->n_obs_columns, added->obs->count);
    extend_frame(copy, "var", added->var_columns, added->n_var_columns, added->var->count);
    if (added->n_layers)
        extend_layers(copy, added);
    extend_mappings(copy, added, &converted);
    um_names_clear(&except);
    um_names_clear(&converted);
}

static unmix_status extend_file(unmix_context *cx, const um_store *store, const um_annotated *added,
                                const um_output *output)
{
    um_writer writer;
    const um_h5ad_copy copy = {&writer, store};
    if (added->x)
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "%s: a matrix X cannot be added", output->path);
    UM_TRY(check_names(cx, store, "obs", added->obs));
    UM_TRY(check_names(cx, store, "var", added->var));
    um_store_write(&writer, cx, output->path, output->temporary);
    writer.expected = (double)store->size;
    extend_all(&copy, added);
    return um_writer_finish(&writer);
}

static int is_same_file(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

unmix_status um_h5ad_extend(unmix_context *cx, const char *input, const um_annotated *added, const char *output,
                            int overwrite)
{
    um_output out = {0};
    um_store store = {0};
    if (!overwrite && is_same_file(input, output))
        return UM_FAIL(cx, UNMIX_ERROR_EXISTS, "%s is the input; choose another name, or replace it with --force",
                       output);
    UM_TRY(um_output_begin(cx, &out, output, overwrite));
    unmix_status status = um_h5ad_open(cx, input, &store);
    if (status == UNMIX_OK)
        status = extend_file(cx, &store, added, &out);
    um_store_close(&store);
    if (status == UNMIX_OK)
        status = um_output_commit(cx, &out);
    um_output_abandon(&out);
    return status;
}
