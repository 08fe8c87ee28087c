#include "api/api_elements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

typedef struct visit {
    unmix_context *cx;
    unmix_element_callback callback;
    void *payload;
} visit;

static const unmix_element_kind kinds[] = {[UM_REAL] = UNMIX_ELEMENT_REAL,
                                           [UM_INTEGER] = UNMIX_ELEMENT_INTEGER,
                                           [UM_BOOLEAN] = UNMIX_ELEMENT_BOOLEAN,
                                           [UM_TEXT] = UNMIX_ELEMENT_TEXT};

static unmix_status pointers_to(unmix_context *cx, const um_names *names, const char ***pointers)
{
    UM_TRY(UM_ALLOC(cx, pointers, names->count, "names"));
    for (size_t i = 0; i < names->count; i++)
        (*pointers)[i] = um_name(names, i);
    return UNMIX_OK;
}

static unmix_status hand_out_names(const visit *v, unmix_element element, const um_names *names)
{
    const char **texts = NULL;
    UM_TRY(pointers_to(v->cx, names, &texts));
    element.form = UNMIX_ELEMENT_LIST;
    element.kind = UNMIX_ELEMENT_TEXT;
    element.rows = names->count;
    element.texts = texts;
    v->callback(v->payload, &element);
    free(texts);
    return UNMIX_OK;
}

static unmix_status hand_out_frame(const visit *v, unmix_element element, const um_matrix *matrix)
{
    const char **columns = NULL, **rows = NULL;
    UM_TRY(pointers_to(v->cx, &matrix->columns, &columns));
    const unmix_status status = pointers_to(v->cx, &matrix->rows, &rows);
    element.form = UNMIX_ELEMENT_TABLE;
    element.rows = matrix->rows.count;
    element.columns = matrix->columns.count;
    element.numbers = matrix->values;
    element.column_names = columns;
    element.row_names = rows;
    if (status == UNMIX_OK)
        v->callback(v->payload, &element);
    free(columns);
    free(rows);
    return status;
}

static void hand_out_array(const visit *v, unmix_element element, const um_entry *entry)
{
    element.form = entry->columns ? UNMIX_ELEMENT_TABLE : UNMIX_ELEMENT_LIST;
    element.kind = kinds[entry->kind];
    element.rows = entry->rows;
    element.columns = entry->columns;
    element.numbers = entry->values;
    v->callback(v->payload, &element);
}

static void hand_out_scalar(const visit *v, unmix_element element, const um_entry *entry)
{
    const char *const text = entry->text ? entry->text : "";
    element.form = UNMIX_ELEMENT_VALUE;
    element.kind = kinds[entry->kind];
    element.rows = 1;
    element.numbers = &entry->number;
    element.texts = entry->kind == UM_TEXT ? &text : NULL;
    v->callback(v->payload, &element);
}

static unmix_status hand_out_leaf(const visit *v, const char *place, const char *key, const um_entry *entry)
{
    const unmix_element element = {.place = place, .key = key};
    switch (entry->form) {
    case UM_FORM_NAMES: return hand_out_names(v, element, entry->names);
    case UM_FORM_FRAME: return hand_out_frame(v, element, entry->matrix);
    case UM_FORM_ARRAY: hand_out_array(v, element, entry); break;
    default: hand_out_scalar(v, element, entry); break;
    }
    return UNMIX_OK;
}

/* A tree is handed out leaf by leaf, with the keys on the way. */
static unmix_status hand_out(const visit *v, const char *place, const char *above, const um_entry *entry)
{
    char *key = NULL;
    const size_t size = strlen(above) + strlen(entry->key) + 2;
    UM_TRY(UM_ALLOC(v->cx, &key, size, "key"));
    (void)snprintf(key, size, "%s%s%s", above, *above ? "/" : "", entry->key);
    unmix_status status = UNMIX_OK;
    if (entry->form != UM_FORM_TREE)
        status = hand_out_leaf(v, place, key, entry);
    else
        for (size_t i = 0; i < entry->n_entries && status == UNMIX_OK; i++)
            status = hand_out(v, place, key, &entry->entries[i]);
    free(key);
    return status;
}

static unmix_status hand_out_all(const visit *v, const char *place, const um_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        UM_TRY(hand_out(v, place, "", &entries[i]));
    return UNMIX_OK;
}

static unmix_status hand_out_columns(const visit *v, const char *place, size_t rows, const um_column *columns,
                                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const um_column *column = &columns[i];
        const unmix_element element = {.place = place, .key = column->name, .form = UNMIX_ELEMENT_LIST,
                                       .kind = kinds[column->kind], .rows = rows, .numbers = column->number};
        if (column->kind == UM_TEXT)
            UM_TRY(hand_out_names(v, element, column->text));
        else
            v->callback(v->payload, &element);
    }
    return UNMIX_OK;
}

unmix_status um_annotated_hand_out(unmix_context *cx, const um_annotated *a, unmix_element_callback callback,
                                   void *payload)
{
    const visit v = {cx, callback, payload};
    UM_TRY(hand_out_names(&v, (unmix_element){.place = "obs", .key = "_index"}, a->obs));
    UM_TRY(hand_out_names(&v, (unmix_element){.place = "var", .key = "_index"}, a->var));
    UM_TRY(hand_out_columns(&v, "obs", a->obs->count, a->obs_columns, a->n_obs_columns));
    UM_TRY(hand_out_columns(&v, "var", a->var->count, a->var_columns, a->n_var_columns));
    UM_TRY(hand_out_all(&v, "obsm", a->obsm, a->n_obsm));
    UM_TRY(hand_out_all(&v, "varm", a->varm, a->n_varm));
    return hand_out_all(&v, "uns", a->uns, a->n_uns);
}
