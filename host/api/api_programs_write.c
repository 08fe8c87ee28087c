/* Results of gene programs into files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_elements.h"
#include "api/api_programs_view.h"
#include "core/memory.h"
#include "io/anndata/h5ad_element.h"
#include "io/anndata/h5ad_extend.h"
#include "io/files/paths.h"
#include "io/files/readable.h"
#include "io/folder.h"
#include "io/formats.h"
#include "io/read.h"
#include "io/text/table.h"

static int is_raw(const unmix_read_options *options)
{
    return options && options->layer && strcmp(options->layer, "raw") == 0;
}

/* Genes of raw are not those of var: what is written beside var is for the genes that var has. */
static unmix_status match_genes(um_programs_view *v, const um_names *var)
{
    um_names index = {0};
    size_t *gene = um_view_piece(v, var->count, sizeof *gene), found = 0;
    UM_TRY(v->status);
    unmix_status status = um_names_copy(v->cx, &index, &v->p->genes);
    if (status == UNMIX_OK)
        status = um_names_index(v->cx, &index);
    for (size_t g = 0; g < var->count && status == UNMIX_OK; g++) {
        gene[g] = um_names_find(&index, um_name(var, g));
        found += gene[g] != UM_NOT_FOUND;
    }
    um_names_clear(&index);
    v->var = var;
    v->gene = gene;
    if (status == UNMIX_OK && found < v->p->genes.count)
        um_note(v->cx, "%zu of the %zu genes of raw are in var: loadings are kept for these, components for all that take part",
                found, v->p->genes.count);
    return status;
}

/* Lists of genes are named by the user, and may have the name of a column that is there. */
static unmix_status tell_replaced(const um_programs_view *v, const char *input)
{
    for (size_t i = 0; i < v->n_obs && v->p->places == &um_places_of_score; i++) {
        char element[256];
        int found = 0;
        (void)snprintf(element, sizeof element, "obs/%.200s", v->obs[i].name);
        UM_TRY(um_h5ad_has(v->cx, input, element, &found));
        if (found)
            um_note(v->cx, "%s: obs['%s'] is replaced", input, v->obs[i].name);
    }
    return UNMIX_OK;
}

static unmix_status extend(unmix_context *cx, const unmix_programs *p, const char *input, const unmix_read_options *options,
                           const char *path, int overwrite)
{
    um_programs_view v = {.cx = cx, .p = p, .var = &p->genes, .layer = options && options->layer ? options->layer : "X", .in_h5ad = 1};
    unmix_status status = UNMIX_OK;
    if (is_raw(options)) {
        UM_TRY_GOTO(status, done, um_h5ad_row_names(cx, input, "var", &v.file_var));
        UM_TRY_GOTO(status, done, match_genes(&v, &v.file_var));
    }
    UM_TRY_GOTO(status, done, um_view_make(&v));
    UM_TRY_GOTO(status, done, tell_replaced(&v, input));
    status = um_h5ad_extend(cx, input, &v.annotated, path, overwrite);
done:
    um_view_clear(&v);
    return status;
}

/* Its notes have been made when it was opened first. */
static unmix_status open_again(unmix_context *cx, const char *input, const unmix_read_options *options, um_source *source)
{
    const unmix_log_callback log = cx->log;
    if (um_is_stream(input))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: is a pipe, which can be read only once, and the .h5ad would hold the data too: save it in a file, "
                       "or write a folder",
                       input);
    cx->log = NULL;
    const unmix_status status = um_open_source(cx, input, options, source);
    cx->log = log;
    return status;
}

static unmix_status create(unmix_context *cx, const unmix_programs *p, const char *input, const unmix_read_options *options,
                           const char *path, int overwrite)
{
    um_programs_view v = {.cx = cx, .p = p, .var = &p->genes, .layer = "X", .in_h5ad = 1};
    um_source source = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, open_again(cx, input, options, &source));
    UM_TRY_GOTO(status, done, um_view_make(&v));
    status = um_h5ad_create(cx, &source, source.row_ids, &v.annotated, path, overwrite);
done:
    um_source_close(&source);
    um_view_clear(&v);
    return status;
}

static unmix_status write_folder(unmix_context *cx, const unmix_programs *p, const char *path, int overwrite)
{
    um_programs_view v = {.cx = cx, .p = p, .var = &p->genes};
    unmix_status status = um_view_make(&v);
    if (status == UNMIX_OK)
        status = um_folder_write(cx, &v.annotated, path, overwrite);
    um_view_clear(&v);
    return status;
}

unmix_status unmix_programs_record(unmix_context *cx, unmix_programs *programs, const unmix_fact *facts, size_t count)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, programs);
    UM_NEED(cx, facts);
    return um_record_put_all(cx, &programs->run, facts, count);
}

unmix_status unmix_programs_write(unmix_context *cx, const unmix_programs *programs, const char *input,
                                  const unmix_read_options *options, const char *path, int overwrite)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, programs);
    UM_NEED(cx, path);
    const size_t length = strlen(path);
    if (length && path[length - 1] == '/')
        return write_folder(cx, programs, path, overwrite);
    if (length <= 5 || strcmp(path + length - 5, ".h5ad") != 0)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "'%s': a result is an .h5ad file, or a folder when the name ends in '/'", path);
    UM_NEED(cx, input);
    return um_is_anndata(cx, input) ? extend(cx, programs, input, options, path, overwrite)
                             : create(cx, programs, input, options, path, overwrite);
}

unmix_status unmix_programs_elements(unmix_context *cx, const unmix_programs *programs, const char *layer,
                                     unmix_element_callback callback, void *payload)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, programs);
    UM_NEED(cx, callback);
    um_programs_view v = {.cx = cx, .p = programs, .var = &programs->genes, .layer = layer ? layer : "X", .in_h5ad = 1};
    unmix_status status = um_view_make(&v);
    if (status == UNMIX_OK)
        status = um_annotated_hand_out(cx, &v.annotated, callback, payload);
    um_view_clear(&v);
    return status;
}
