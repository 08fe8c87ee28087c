#include "io/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Stores ---- */

void um_store_enter(um_store *store)
{
    if (store->backend && !store->entered)
        store->backend->enter(store);
    store->entered = 1;
}

void um_store_leave(um_store *store)
{
    if (store->backend && store->entered)
        store->backend->leave(store);
    store->entered = 0;
}

void um_store_close(um_store *store)
{
    um_store_enter(store);
    if (store->backend)
        store->backend->close(store);
    um_store_leave(store);
    free(store->state);
    *store = (um_store){0};
}

/* ---- Nodes ---- */

void um_node_release(um_node node)
{
    if (um_is_node(node))
        node.store->backend->release(node);
}

um_place um_node_place(um_node node)
{
    return um_is_node(node) ? node.store->backend->place(node) : (um_place){"an object without a name"};
}

int um_node_is_group(um_node node)
{
    return um_is_node(node) && node.store->backend->is_group(node);
}

int um_node_has(um_node group, const char *name)
{
    return um_is_node(group) && group.store->backend->has(group, name);
}

unmix_status um_node_find(unmix_context *cx, um_node group, const char *name, um_node *node)
{
    *node = UM_NO_NODE;
    return group.store->backend->find(cx, group, name, node);
}

unmix_status um_node_find_array(unmix_context *cx, um_node group, const char *name, um_node *node)
{
    UM_TRY(um_node_find(cx, group, name, node));
    if (!um_node_is_group(*node))
        return UNMIX_OK;
    const um_place place = um_node_place(*node);
    um_node_release(*node);
    *node = UM_NO_NODE;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is a group where a dataset is expected", group.store->path,
                   place.text);
}

unmix_status um_node_members(unmix_context *cx, um_node group, um_names *names)
{
    return group.store->backend->members(cx, group, names);
}

/* ---- Attributes ---- */

int um_node_has_attribute(um_node node, const char *name)
{
    return um_is_node(node) && node.store->backend->has_attribute(node, name);
}

unmix_status um_node_attribute_names(unmix_context *cx, um_node node, const char *name, um_names *names)
{
    return node.store->backend->attribute_names(cx, node, name, names);
}

unmix_status um_node_attribute_text(unmix_context *cx, um_node node, const char *name, char *text, size_t size)
{
    um_names names = {0};
    text[0] = '\0';
    const unmix_status status = um_node_attribute_names(cx, node, name, &names);
    if (status == UNMIX_OK && names.count == 1)
        (void)snprintf(text, size, "%s", um_name(&names, 0));
    um_names_clear(&names);
    return status;
}

unmix_status um_node_attribute_pair(unmix_context *cx, um_node node, const char *name, int64_t pair[2], int *found)
{
    return node.store->backend->attribute_pair(cx, node, name, pair, found);
}

um_node um_node_attribute_node(um_node node, const char *name)
{
    return node.store->backend->attribute_node(node, name);
}

/* ---- Arrays ---- */

um_element um_node_element(um_node array, const char *field)
{
    return um_is_node(array) ? array.store->backend->element(array, field) : UM_ELEMENT_NONE;
}

const char *um_element_name(um_element element)
{
    switch (element) {
    case UM_ELEMENT_INTEGER:
        return "integers";
    case UM_ELEMENT_REAL:
        return "real numbers";
    case UM_ELEMENT_TEXT:
        return "text";
    case UM_ELEMENT_RECORD:
        return "records";
    case UM_ELEMENT_BOOLEAN:
    case UM_ELEMENT_CHOICE:
        return "booleans";
    default:
        return "elements of an unusual type";
    }
}

int um_is_integer(um_element element)
{
    return element == UM_ELEMENT_INTEGER || element == UM_ELEMENT_BOOLEAN || element == UM_ELEMENT_CHOICE;
}

int um_is_number(um_element element)
{
    return element == UM_ELEMENT_REAL || um_is_integer(element);
}

unmix_status um_node_fields(unmix_context *cx, um_node array, um_names *names)
{
    return array.store->backend->fields(cx, array, names);
}

int64_t um_node_count(um_node array, int *rank)
{
    int ignored;
    return array.store->backend->count(array, rank ? rank : &ignored);
}

unmix_status um_node_shape(unmix_context *cx, um_node array, int *rank, size_t extent[2])
{
    return array.store->backend->shape(cx, array, rank, extent);
}

unmix_status um_node_length(unmix_context *cx, um_node array, size_t *length)
{
    int rank = 0;
    size_t extent[2];
    UM_TRY(um_node_shape(cx, array, &rank, extent));
    if (rank != 1)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has 2 dimensions; 1 is expected", array.store->path,
                       um_node_place(array).text);
    *length = extent[0];
    return UNMIX_OK;
}

void um_node_chunk(um_node array, size_t chunk[2])
{
    array.store->backend->chunk(array, chunk);
}

unmix_status um_node_keep_chunks(unmix_context *cx, um_node *array, size_t bytes)
{
    return array->store->backend->keep_chunks(cx, array, bytes);
}

static unmix_status refuse_elements(unmix_context *cx, um_node array, um_element got, const char *wanted)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' holds %s; %s are expected", array.store->path,
                   um_node_place(array).text, um_element_name(got), wanted);
}

unmix_status um_node_read_doubles(unmix_context *cx, um_node array, const char *field, const um_part *part,
                                  double *values)
{
    const um_element element = um_node_element(array, field);
    return um_is_number(element) ? array.store->backend->read_doubles(cx, array, field, part, values)
                                 : refuse_elements(cx, array, element, "numbers");
}

unmix_status um_node_read_integers(unmix_context *cx, um_node array, const char *field, const um_part *part,
                                   int64_t *values)
{
    const um_element element = um_node_element(array, field);
    return um_is_integer(element) ? array.store->backend->read_integers(cx, array, field, part, values)
                                  : refuse_elements(cx, array, element, "integers");
}

static unmix_status refuse_text(unmix_context *cx, um_node array, um_element got)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' holds %s; text is expected", array.store->path,
                   um_node_place(array).text, um_element_name(got));
}

unmix_status um_node_read_texts(unmix_context *cx, um_node array, const char *field, um_names *names)
{
    const um_element element = um_node_element(array, field);
    return element == UM_ELEMENT_TEXT ? array.store->backend->read_texts(cx, array, field, names)
                                      : refuse_text(cx, array, element);
}

unmix_status um_node_read_single_text(unmix_context *cx, um_node array, um_names *names)
{
    const um_element element = um_node_element(array, NULL);
    return element == UM_ELEMENT_TEXT ? array.store->backend->read_single_text(cx, array, names)
                                      : refuse_text(cx, array, element);
}
