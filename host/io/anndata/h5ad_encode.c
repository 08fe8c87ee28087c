#include "io/anndata/h5ad_encode.h"

void um_h5ad_put_encoding(um_writer *writer, um_node node, const char *encoding, const char *version)
{
    um_put_attribute(writer, node, "encoding-type", encoding);
    um_put_attribute(writer, node, "encoding-version", version);
}

static um_node encoded(um_writer *writer, um_node node, const char *encoding, const char *version)
{
    um_h5ad_put_encoding(writer, node, encoding, version);
    return node;
}

um_node um_h5ad_put_group(um_writer *writer, um_node parent, const char *name, const char *encoding,
                          const char *version)
{
    return encoded(writer, um_put_group(writer, parent, name), encoding, version);
}

um_node um_h5ad_put_array(um_writer *writer, um_node parent, const char *name, um_kind kind, size_t rows,
                          size_t columns, const double *values)
{
    return encoded(writer, um_put_numbers(writer, parent, name, kind, rows, columns, values), "array", "0.2.0");
}

void um_h5ad_put_names(um_writer *writer, um_node parent, const char *name, const um_names *names)
{
    um_node_release(encoded(writer, um_put_names(writer, parent, name, names), "string-array", "0.2.0"));
}

void um_h5ad_put_scalar(um_writer *writer, um_node parent, const char *name, um_kind kind, double value)
{
    um_node_release(encoded(writer, um_put_number(writer, parent, name, kind, value), "numeric-scalar", "0.2.0"));
}

void um_h5ad_put_text(um_writer *writer, um_node parent, const char *name, const char *text)
{
    um_node_release(encoded(writer, um_put_text(writer, parent, name, text), "string", "0.2.0"));
}
