#include "report/described.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/anndata/h5ad_element.h"

static const um_described of_run[] = {{"cells", 0},   {"signatures", 0}, {"bulk", 0}, {"gene_info", 0}, {"device", 0}, {"driver", 0},
                                      {"threads", 1}, {"date", 0},       {"host", 0}, {"seconds", 1},   {"command", 0}, {NULL, 0}};

static unmix_status add(unmix_context *cx, const char *path, const char *element, const um_described *what, um_text *out)
{
    char *text = NULL;
    double number = NAN;
    if (what->number)
        UM_TRY(um_h5ad_read_number(cx, path, element, NULL, &number));
    else
        UM_TRY(um_h5ad_read_text(cx, path, element, NULL, &text));
    um_text_format(out, "%s\t", what->key);
    if (text)
        um_text_field(out, text);
    else
        um_text_number(out, number, 6);
    um_text_put(out, "\n");
    free(text);
    return out->status;
}

/* From the first of the two folders that has the key. */
static unmix_status add_found(unmix_context *cx, const char *path, const char *group, const char *const *folders,
                              const um_described *what, um_text *out)
{
    int found = 0;
    for (size_t i = 0; i < 2 && folders[i] && !found; i++) {
        char element[160];
        (void)snprintf(element, sizeof element, "%s%s/%s", group, folders[i], what->key);
        UM_TRY(um_h5ad_has(cx, path, element, &found));
        if (found)
            UM_TRY(add(cx, path, element, what, out));
    }
    return UNMIX_OK;
}

unmix_status um_describe(unmix_context *cx, const char *path, const char *group, const um_described *list, um_text *out)
{
    static const char *const settings[] = {"", NULL}, *const run[] = {"/run", ""};
    for (; list->key; list++)
        UM_TRY(add_found(cx, path, group, settings, list, out));
    for (list = of_run; list->key; list++)
        UM_TRY(add_found(cx, path, group, run, list, out));
    return UNMIX_OK;
}
