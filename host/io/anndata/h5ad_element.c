#include "io/anndata/h5ad_element.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "core/repeated.h"
#include "io/anndata/h5ad_parts.h"
#include "io/text/table.h"

void um_numbers_clear(um_numbers *numbers)
{
    free(numbers->values);
    *numbers = (um_numbers){0};
}

/* ---- Finding it ---- */

/* An open file with one element of it. */
typedef struct element {
    um_store store;
    const char *place;
    const char *advice;
    um_node object;
} element;

static void close_element(element *e)
{
    um_node_release(e->object);
    um_store_close(&e->store);
}

/* Length of the part of `place` that leads to members that exist, up to a '/' or its end. */
static size_t existing_part(um_node root, const char *place)
{
    char part[1024];
    size_t length = 0;
    for (size_t end = 0; place[end];) {
        end += strspn(place + end, "/");
        end += strcspn(place + end, "/");
        if (end >= sizeof part)
            break;
        (void)snprintf(part, end + 1, "%s", place);
        if (!um_node_has(root, part))
            break;
        length = end;
    }
    return length;
}

/* The element is not there: names what is there in the deepest group on the way. */
static unmix_status refuse_missing(unmix_context *cx, const element *e, size_t existing)
{
    char part[1024], list[400];
    um_names members = {0};
    (void)snprintf(part, existing + 1, "%s", e->place);
    um_node group = e->store.root;
    unmix_status status = existing ? um_node_find(cx, e->store.root, part, &group) : UNMIX_OK;
    if (status == UNMIX_OK && um_node_is_group(group))
        status = um_node_members(cx, group, &members);
    if (status == UNMIX_OK)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no '%s'; '%s' has: %s%s%s", e->store.path, e->place,
                         existing ? part : "/", um_list_names(&members, 20, list, sizeof list), e->advice ? "; " : "",
                         e->advice ? e->advice : "");
    if (existing)
        um_node_release(group);
    um_names_clear(&members);
    return status;
}

/* Always to be closed. */
static unmix_status open_element(unmix_context *cx, const char *path, const char *place, const char *advice, element *e)
{
    e->store = (um_store){0};
    e->place = place;
    e->advice = advice;
    e->object = UM_NO_NODE;
    UM_TRY(um_h5ad_open(cx, path, &e->store));
    const size_t existing = existing_part(e->store.root, place);
    if (place[existing])
        return refuse_missing(cx, e, existing);
    return um_node_find(cx, e->store.root, place, &e->object);
}

unmix_status um_h5ad_has(unmix_context *cx, const char *path, const char *place, int *found)
{
    um_store store = {0};
    const unmix_status status = um_h5ad_open(cx, path, &store);
    *found = status == UNMIX_OK && !place[existing_part(store.root, place)];
    um_store_close(&store);
    return status;
}

static unmix_status refuse_kind(unmix_context *cx, const element *e, const char *wanted)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is not %s, which is needed here%s%s", e->store.path, e->place,
                   wanted, e->advice ? "; " : "", e->advice ? e->advice : "");
}

/* ---- Arrays ---- */

static unmix_status count_rows(unmix_context *cx, const um_store *store, const char *frame, size_t *n)
{
    um_node object = UM_NO_NODE;
    um_names names = {0};
    UM_TRY(um_node_find(cx, store->root, frame, &object));
    const unmix_status status = um_h5ad_read_index(cx, object, &names);
    *n = names.count;
    um_names_clear(&names);
    um_node_release(object);
    return status;
}

/* Members of obsm and varm have a row for every observation or variable. */
static unmix_status check_rows(unmix_context *cx, const element *e, size_t rows)
{
    const char *const frame = strncmp(e->place, "obsm/", 5) == 0   ? "obs"
                              : strncmp(e->place, "varm/", 5) == 0 ? "var"
                                                                   : NULL;
    size_t wanted = rows;
    if (frame)
        UM_TRY(count_rows(cx, &e->store, frame, &wanted));
    if (wanted == rows)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %zu rows, but '%s' has %zu; the file is damaged", e->store.path,
                   e->place, rows, frame, wanted);
}

static unmix_status read_array(unmix_context *cx, const element *e, um_numbers *numbers)
{
    int rank = 0;
    size_t extent[2];
    um_encoding encoding;
    UM_TRY(um_h5ad_encoding(cx, e->object, &encoding));
    if (encoding != UM_ENCODING_ARRAY || um_node_element(e->object, NULL) == UM_ELEMENT_TEXT)
        return refuse_kind(cx, e, "an array of numbers");
    UM_TRY(um_node_shape(cx, e->object, &rank, extent));
    UM_TRY(check_rows(cx, e, (size_t)extent[0]));
    const size_t count = um_product_size((size_t)extent[0], (size_t)extent[1], 1);
    UM_TRY(UM_ALLOC(cx, &numbers->values, count, "array"));
    numbers->rows = (size_t)extent[0];
    numbers->columns = (size_t)extent[1];
    return count ? um_node_read_doubles(cx, e->object, NULL, NULL, numbers->values) : UNMIX_OK;
}

unmix_status um_h5ad_read_array(unmix_context *cx, const char *path, const char *place, const char *advice,
                                um_numbers *numbers)
{
    element e;
    unmix_status status = open_element(cx, path, place, advice, &e);
    if (status == UNMIX_OK)
        status = read_array(cx, &e, numbers);
    if (status != UNMIX_OK)
        um_numbers_clear(numbers);
    close_element(&e);
    return status;
}

unmix_status um_h5ad_read_names(unmix_context *cx, const char *path, const char *place, const char *advice,
                                um_names *names)
{
    element e;
    um_encoding encoding;
    unmix_status status = open_element(cx, path, place, advice, &e);
    if (status == UNMIX_OK)
        status = um_h5ad_encoding(cx, e.object, &encoding);
    if (status == UNMIX_OK && encoding != UM_ENCODING_ARRAY && encoding != UM_ENCODING_CATEGORICAL &&
        encoding != UM_ENCODING_NULLABLE)
        status = refuse_kind(cx, &e, "a list of names");
    if (status == UNMIX_OK)
        status = um_h5ad_read_list(cx, e.object, names);
    if (status != UNMIX_OK)
        um_names_clear(names);
    close_element(&e);
    return status;
}

/* ---- Single values ---- */

static int is_single(um_node object)
{
    return !um_node_is_group(object) && um_node_count(object, NULL) == 1;
}

static unmix_status read_number(unmix_context *cx, const element *e, double *number)
{
    if (!is_single(e->object) || !um_is_number(um_node_element(e->object, NULL)))
        return refuse_kind(cx, e, "a single number");
    return um_node_read_doubles(cx, e->object, NULL, NULL, number);
}

unmix_status um_h5ad_read_number(unmix_context *cx, const char *path, const char *place, const char *advice,
                                 double *number)
{
    element e;
    unmix_status status = open_element(cx, path, place, advice, &e);
    if (status == UNMIX_OK)
        status = read_number(cx, &e, number);
    close_element(&e);
    return status;
}

static unmix_status read_text(unmix_context *cx, const element *e, char **text)
{
    um_names names = {0};
    if (!is_single(e->object) || um_node_element(e->object, NULL) != UM_ELEMENT_TEXT)
        return refuse_kind(cx, e, "a single text");
    unmix_status status = um_node_read_single_text(cx, e->object, &names);
    const char *const value = status == UNMIX_OK ? um_name(&names, 0) : "";
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, text, strlen(value) + 1, "text");
    if (status == UNMIX_OK)
        memcpy(*text, value, strlen(value) + 1);
    um_names_clear(&names);
    return status;
}

unmix_status um_h5ad_read_text(unmix_context *cx, const char *path, const char *place, const char *advice, char **text)
{
    element e;
    unmix_status status = open_element(cx, path, place, advice, &e);
    if (status == UNMIX_OK)
        status = read_text(cx, &e, text);
    close_element(&e);
    return status;
}

/* ---- Columns ---- */

/* `e` is the frame. */
static unmix_status refuse_column(unmix_context *cx, const element *e, const char *column)
{
    um_names columns = {0};
    char list[400];
    unmix_status status = um_h5ad_columns(cx, e->object, &columns);
    if (status == UNMIX_OK)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has no column '%s'; there are: %s%s%s", e->store.path,
                         e->place, column, um_list_names(&columns, 20, list, sizeof list), e->advice ? "; " : "",
                         e->advice ? e->advice : "");
    um_names_clear(&columns);
    return status;
}

static int has_column(const element *e, const char *column)
{
    if (um_node_is_group(e->object))
        return um_node_has(e->object, column) && strcmp(column, "__categories") != 0;
    return um_node_element(e->object, column) != UM_ELEMENT_NONE;
}

static unmix_status read_column(unmix_context *cx, const element *e, const char *column, double *values, size_t n)
{
    if (!has_column(e, column))
        return refuse_column(cx, e, column);
    if (!um_node_is_group(e->object))
        return n ? um_node_read_doubles(cx, e->object, column, NULL, values) : UNMIX_OK;
    um_node object = UM_NO_NODE;
    UM_TRY(um_node_find(cx, e->object, column, &object));
    const unmix_status status = um_h5ad_read_reals(cx, object, n, values);
    um_node_release(object);
    return status;
}

unmix_status um_h5ad_read_column(unmix_context *cx, const char *path, const char *frame, const char *column,
                                 const char *advice, double **values, size_t *n)
{
    element e;
    *values = NULL;
    unmix_status status = open_element(cx, path, frame, advice, &e);
    if (status == UNMIX_OK)
        status = count_rows(cx, &e.store, frame, n);
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, values, *n, "column");
    if (status == UNMIX_OK)
        status = read_column(cx, &e, column, *values, *n);
    close_element(&e);
    if (status == UNMIX_OK)
        return UNMIX_OK;
    free(*values);
    *values = NULL;
    return status;
}

/* 1, 0, or -1 for what is no truth. */
static int truth_of(const char *text)
{
    static const char *const truths[2][4] = {{"False", "FALSE", "false", "0"}, {"True", "TRUE", "true", "1"}};
    for (int t = 0; t < 2; t++)
        for (size_t i = 0; i < 4; i++)
            if (strcmp(text, truths[t][i]) == 0)
                return t;
    return -1;
}

static unmix_status mask_of(unmix_context *cx, const element *e, const char *column, const um_h5ad_factor *factor,
                            unsigned char *mask)
{
    for (size_t i = 0; i < factor->count; i++) {
        const char *text = factor->level[i] < 0 ? "" : um_name(&factor->levels, (size_t)factor->level[i]);
        const int truth = truth_of(text);
        if (factor->level[i] < 0)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s/%s': row %zu is missing; every row must be true or false",
                           e->store.path, e->place, column, i + 1);
        if (truth < 0)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s/%s': row %zu is '%s'; every row must be true or false",
                           e->store.path, e->place, column, i + 1, text);
        mask[i] = (unsigned char)truth;
    }
    return UNMIX_OK;
}

static unmix_status read_mask(unmix_context *cx, const element *e, const char *column, unsigned char **mask, size_t *n)
{
    um_h5ad_factor factor = {0};
    UM_TRY(count_rows(cx, &e->store, e->place, n));
    if (!has_column(e, column))
        return refuse_column(cx, e, column);
    unmix_status status = um_h5ad_read_factor(cx, e->object, column, &factor);
    if (status == UNMIX_OK && factor.count != *n)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s/%s' has %zu elements for %zu rows; the file is damaged",
                         e->store.path, e->place, column, factor.count, *n);
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, mask, *n, "mask");
    if (status == UNMIX_OK)
        status = mask_of(cx, e, column, &factor, *mask);
    um_h5ad_factor_clear(&factor);
    return status;
}

unmix_status um_h5ad_read_mask(unmix_context *cx, const char *path, const char *frame, const char *column,
                               const char *advice, unsigned char **mask, size_t *n)
{
    element e;
    *mask = NULL;
    unmix_status status = open_element(cx, path, frame, advice, &e);
    if (status == UNMIX_OK)
        status = read_mask(cx, &e, column, mask, n);
    close_element(&e);
    if (status == UNMIX_OK)
        return UNMIX_OK;
    free(*mask);
    *mask = NULL;
    return status;
}

/* ---- Names of rows ---- */

unmix_status um_h5ad_row_names(unmix_context *cx, const char *path, const char *frame, um_names *names)
{
    element e;
    unmix_status status = open_element(cx, path, frame, NULL, &e);
    if (status == UNMIX_OK)
        status = um_h5ad_read_index(cx, e.object, names);
    if (status != UNMIX_OK)
        um_names_clear(names);
    close_element(&e);
    return status;
}

unmix_status um_h5ad_refuse_repeated(unmix_context *cx, const char *path, const char *frame)
{
    um_names names = {0};
    unmix_status status = um_h5ad_row_names(cx, path, frame, &names);
    if (status == UNMIX_OK)
        status = um_refuse_repeated(cx, path, frame, &names, 0,
                                    "every name may be there once; in Python: obs_names_make_unique() or "
                                    "var_names_make_unique(), and write the file again");
    um_names_clear(&names);
    return status;
}
