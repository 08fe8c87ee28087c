#include "io/store/store_write.h"

/* ---- The whole ---- */

unmix_status um_writer_finish(um_writer *writer)
{
    if (writer->backend)
        writer->backend->finish(writer);
    um_store_close(&writer->store);
    return writer->status;
}

void um_writer_check(um_writer *writer)
{
    if (writer->status == UNMIX_OK)
        writer->backend->check(writer);
}

void um_writer_progress(um_writer *writer)
{
    const double fraction = writer->expected > 0.0 ? writer->backend->written(writer) / writer->expected : -1.0;
    if (writer->status == UNMIX_OK)
        writer->status = um_progress(writer->cx, fraction < 1.0 ? fraction : 1.0, "writing %s", writer->path);
}

/* ---- What is new ---- */

um_node um_put_group(um_writer *writer, um_node parent, const char *name)
{
    return writer->status == UNMIX_OK ? writer->backend->put_group(writer, parent, name) : UM_NO_NODE;
}

void um_put_attribute(um_writer *writer, um_node node, const char *name, const char *text)
{
    if (writer->status == UNMIX_OK)
        writer->backend->put_attribute(writer, node, name, text);
}

void um_put_attribute_names(um_writer *writer, um_node node, const char *name, const um_names *names)
{
    if (writer->status == UNMIX_OK)
        writer->backend->put_attribute_names(writer, node, name, names);
}

void um_put_attribute_pair(um_writer *writer, um_node node, const char *name, size_t first, size_t second)
{
    if (writer->status == UNMIX_OK)
        writer->backend->put_attribute_pair(writer, node, name, first, second);
}

void um_put_attribute_boolean(um_writer *writer, um_node node, const char *name, int value)
{
    if (writer->status == UNMIX_OK)
        writer->backend->put_attribute_boolean(writer, node, name, value);
}

um_node um_put_numbers(um_writer *writer, um_node parent, const char *name, um_kind kind, size_t rows, size_t columns,
                       const double *values)
{
    const size_t extent[2] = {rows, columns ? columns : 1};
    return writer->status == UNMIX_OK
               ? writer->backend->put_numbers(writer, parent, name, kind, columns ? 2 : 1, extent, values)
               : UM_NO_NODE;
}

um_node um_put_number(um_writer *writer, um_node parent, const char *name, um_kind kind, double value)
{
    static const size_t one[2] = {1, 1};
    return writer->status == UNMIX_OK ? writer->backend->put_numbers(writer, parent, name, kind, 0, one, &value)
                                      : UM_NO_NODE;
}

um_node um_begin_numbers(um_writer *writer, um_node parent, const char *name, um_stored stored, size_t rows,
                         size_t columns)
{
    const size_t extent[2] = {rows, columns ? columns : 1};
    return writer->status == UNMIX_OK
               ? writer->backend->begin_numbers(writer, parent, name, stored, columns ? 2 : 1, extent)
               : UM_NO_NODE;
}

void um_put_part(um_writer *writer, um_node array, const char *name, size_t first, size_t count, const double *values)
{
    if (writer->status == UNMIX_OK && count)
        writer->backend->put_part(writer, array, name, first, count, values);
}

um_node um_put_names(um_writer *writer, um_node parent, const char *name, const um_names *names)
{
    return writer->status == UNMIX_OK ? writer->backend->put_names(writer, parent, name, names) : UM_NO_NODE;
}

um_node um_put_text(um_writer *writer, um_node parent, const char *name, const char *text)
{
    return writer->status == UNMIX_OK ? writer->backend->put_text(writer, parent, name, text) : UM_NO_NODE;
}

/* ---- What is copied ---- */

void um_copy_member(um_writer *writer, um_node source, const char *member, um_node target, const char *name)
{
    if (writer->status == UNMIX_OK)
        writer->backend->copy(writer, source, member, target, name, UM_REFERRED_COPIED);
}

void um_copy_members(um_writer *writer, um_node source, um_node target, um_names *except, um_referred referred)
{
    if (writer->status == UNMIX_OK)
        writer->backend->copy_all(writer, source, target, except, referred);
}

void um_copy_attributes(um_writer *writer, um_node source, um_node target, const char *except)
{
    if (writer->status == UNMIX_OK)
        writer->backend->copy_attributes(writer, source, target, except);
}

um_node um_copy_field(um_writer *writer, um_node records, const char *field, um_node target)
{
    return writer->status == UNMIX_OK ? writer->backend->copy_field(writer, records, field, target) : UM_NO_NODE;
}

void um_refer_to_copies(um_writer *writer, um_node source, um_node target, const char *attribute)
{
    if (writer->status == UNMIX_OK)
        writer->backend->refer_to_copies(writer, source, target, attribute);
}

void um_remove_member(um_writer *writer, um_node group, const char *name)
{
    if (writer->status == UNMIX_OK)
        writer->backend->remove(writer, group, name);
}
