#include "io/anndata/h5ad_extend.h"

#include <string.h>
#include <sys/stat.h>

#include "io/anndata/h5ad_copy.h"
#include "io/anndata/h5ad_put.h"
#include "io/files/output.h"

/* ---- What there is and what comes ---- */

static unmix_status check_names(unmix_context *cx, const um_h5_file *file, const char *frame, const um_names *names)
{
    hid_t object = -1;
    um_names have = {0};
    UM_TRY(um_h5_open_member(cx, file, file->id, frame, &object));
    unmix_status status = um_h5ad_read_index(cx, file, object, &have);
    if (status == UNMIX_OK && have.count != names->count)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %zu rows now, %zu before; the file has changed meanwhile",
                         file->path, frame, have.count, names->count);
    for (size_t i = 0; i < have.count && status == UNMIX_OK; i++)
        if (strcmp(um_name(&have, i), um_name(names, i)) != 0)
            status = UM_FAIL(cx, UNMIX_ERROR_INPUT,
                             "%s: row %zu of '%s' is '%s' now, '%s' before; the file has changed meanwhile", file->path,
                             i + 1, frame, um_name(&have, i), um_name(names, i));
    um_names_clear(&have);
    um_h5_release(object);
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
static void take_index(const um_h5ad_copy *copy, const mapping *map, hid_t target, const char *key)
{
    um_h5_writer *const writer = copy->writer;
    char name[1024];
    hid_t source = -1, index = -1;
    if (writer->status == UNMIX_OK)
        writer->status = um_h5_open_member(writer->cx, copy->file, copy->file->id, map->frame, &source);
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_index_name(writer->cx, copy->file, source, name, sizeof name);
    if (writer->status == UNMIX_OK && um_h5_is_group(source))
        writer->status = um_h5_open_member(writer->cx, copy->file, source, name, &index);
    if (index >= 0 && um_h5_is_group(index)) {
        const hid_t frame = H5Gopen2(target, key, H5P_DEFAULT);
        (void)H5Ldelete(frame, UM_H5AD_INDEX, H5P_DEFAULT); /* else the copy fails and says why */
        um_h5ad_copy_member(copy, source, name, frame, UM_H5AD_INDEX);
        um_h5_release(frame);
    }
    um_h5_release(index);
    um_h5_release(source);
}

static void put_entries(const um_h5ad_copy *copy, const mapping *map, hid_t target)
{
    um_h5_writer *const writer = copy->writer;
    for (size_t i = 0; i < map->count && writer->status == UNMIX_OK; i++) {
        um_h5ad_put_entry(writer, target, map->rows, &map->entries[i]);
        if (map->frame && map->entries[i].form == UM_FORM_FRAME)
            take_index(copy, map, target, map->entries[i].key);
    }
}

/* Old members, but those that are replaced and those in `except`; then the new ones. */
static void extend_mapping(const um_h5ad_copy *copy, const mapping *map, um_names *except)
{
    um_h5_writer *const writer = copy->writer;
    hid_t source = -1;
    if (writer->status == UNMIX_OK && um_h5_has(copy->file->id, map->name))
        writer->status = um_h5_open_member(writer->cx, copy->file, copy->file->id, map->name, &source);
    for (size_t i = 0; i < map->count && writer->status == UNMIX_OK; i++)
        writer->status = um_names_add(writer->cx, except, map->entries[i].key, strlen(map->entries[i].key));
    const int group = source >= 0 && um_h5_is_group(source);
    const hid_t target = group ? um_h5_put_bare_group(writer, writer->file, map->name)
                               : um_h5_put_group(writer, writer->file, map->name, "dict", "0.1.0");
    if (group) {
        um_h5ad_copy_attributes(copy, source, target, NULL);
        um_h5ad_copy_members(copy, source, target, except);
    } else if (source >= 0 && um_h5_class(source, NULL) == H5T_COMPOUND) {
        um_h5ad_convert_members(copy, source, target, except);
    }
    put_entries(copy, map, target);
    um_h5_writer_close(target);
    um_h5_release(source);
}

static void extend_layers(const um_h5ad_copy *copy, const um_annotated *added)
{
    um_h5_writer *const writer = copy->writer;
    um_names except = {0};
    hid_t source = -1;
    for (size_t i = 0; i < added->n_layers && writer->status == UNMIX_OK; i++)
        writer->status = um_names_add(writer->cx, &except, added->layers[i].name, strlen(added->layers[i].name));
    const hid_t target = um_h5_put_group(writer, writer->file, "layers", "dict", "0.1.0");
    if (writer->status == UNMIX_OK && um_h5_has(copy->file->id, "layers"))
        writer->status = um_h5_open_member(writer->cx, copy->file, copy->file->id, "layers", &source);
    if (source >= 0)
        um_h5ad_copy_members(copy, source, target, &except);
    for (size_t i = 0; i < added->n_layers && writer->status == UNMIX_OK; i++)
        um_h5ad_put_layer(writer, target, &added->layers[i], added);
    um_h5_writer_close(target);
    um_h5_release(source);
    um_names_clear(&except);
}

static void extend_frame(const um_h5ad_copy *copy, const char *name, const um_column *columns, size_t count,
                         size_t rows)
{
    um_h5_writer *const writer = copy->writer;
    hid_t frame = -1;
    um_h5_writer_progress(writer);
    if (writer->status == UNMIX_OK)
        writer->status = um_h5_open_member(writer->cx, copy->file, copy->file->id, name, &frame);
    const int group = frame >= 0 && um_h5_is_group(frame);
    um_h5_release(frame);
    if (!group)
        um_h5ad_convert_frame(copy, name, columns, count, rows);
    else if (count)
        um_h5ad_copy_frame(copy, name, columns, count, rows);
    else
        um_h5ad_copy_member(copy, copy->file->id, name, writer->file, name);
}

/* ---- The file ---- */

static void extend_mappings(const um_h5ad_copy *copy, const um_annotated *added, um_names *converted)
{
    um_h5_writer *const writer = copy->writer;
    const mapping maps[] = {{"obsm", "obs", added->obs, added->obsm, added->n_obsm},
                            {"varm", "var", added->var, added->varm, added->n_varm},
                            {"uns", NULL, NULL, added->uns, added->n_uns}};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0] && writer->status == UNMIX_OK; i++) {
        um_names none = {0};
        um_names *const except = maps[i].frame ? &none : converted;
        if (maps[i].count || except->count || !um_h5_has(copy->file->id, maps[i].name))
            extend_mapping(copy, &maps[i], except);
        else
            um_h5ad_copy_member(copy, copy->file->id, maps[i].name, writer->file, maps[i].name);
        um_names_clear(&none);
    }
}

static void extend_all(const um_h5ad_copy *copy, const um_annotated *added)
{
    static const char *const own[] = {"obs", "var", "obsm", "varm", "uns", "layers"};
    um_h5_writer *const writer = copy->writer;
    um_names except = {0}, converted = {0};
    const size_t n_own = sizeof own / sizeof own[0] - (added->n_layers ? 0 : 1);
    for (size_t i = 0; i < n_own && writer->status == UNMIX_OK; i++)
        writer->status = um_names_add(writer->cx, &except, own[i], strlen(own[i]));
    um_h5ad_converted_categories(copy, "obs", &converted);
    um_h5ad_converted_categories(copy, "var", &converted);
    um_h5ad_copy_attributes(copy, copy->file->id, writer->file, NULL);
    um_h5ad_copy_members(copy, copy->file->id, writer->file, &except);
    extend_frame(copy, "obs", added->obs_columns, added->n_obs_columns, added->obs->count);
    extend_frame(copy, "var", added->var_columns, added->n_var_columns, added->var->count);
    if (added->n_layers)
        extend_layers(copy, added);
    extend_mappings(copy, added, &converted);
    um_names_clear(&except);
    um_names_clear(&converted);
}

static unmix_status extend_file(unmix_context *cx, const um_h5_file *file, const um_annotated *added,
                                const um_output *output)
{
    um_h5_writer writer;
    const um_h5ad_copy copy = {&writer, file};
    if (added->x)
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "%s: a matrix X cannot be added", output->path);
    UM_TRY(check_names(cx, file, "obs", added->obs));
    UM_TRY(check_names(cx, file, "var", added->var));
    um_h5_register_lzf();
    um_h5_writer_begin(&writer, cx, output->path, output->temporary);
    writer.expected = (double)file->size;
    extend_all(&copy, added);
    return um_h5_writer_finish(&writer);
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
    um_h5_file file = UM_H5_CLOSED;
    um_h5_silence silence;
    if (!overwrite && is_same_file(input, output))
        return UM_FAIL(cx, UNMIX_ERROR_EXISTS, "%s is the input; choose another name, or replace it with --force",
                       output);
    UM_TRY(um_output_begin(cx, &out, output, overwrite));
    um_h5_hush(&silence);
    unmix_status status = um_h5ad_open(cx, input, &file);
    if (status == UNMIX_OK)
        status = extend_file(cx, &file, added, &out);
    um_h5_close(&file);
    um_h5_unhush(&silence);
    if (status == UNMIX_OK)
        status = um_output_commit(cx, &out);
    um_output_abandon(&out);
    return status;
}
