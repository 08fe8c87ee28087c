/* Earlier results of nmf and consensus, and labels of cells, out of files. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_programs.h"
#include "core/memory.h"
#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_element.h"
#include "io/files/readable.h"
#include "io/formats.h"
#include "programs/nmf/losses.h"

static const char nmf_first[] = "run 'unmix nmf' first";

static unmix_status need_h5ad(unmix_context *cx, const char *path)
{
    UM_TRY(um_check_readable(cx, path));
    if (!um_is_anndata(cx, path))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is no .h5ad file; %s, with -o NAME.h5ad", path, nmf_first);
    return UNMIX_OK;
}

/* rows x columns numbers of a file as a matrix with these names, which are taken over. */
static unmix_status matrix_of(unmix_context *cx, const char *path, const char *element, um_numbers *numbers, um_names *rows,
                              um_names *columns, unmix_matrix **matrix)
{
    if (numbers->rows != rows->count || numbers->columns != columns->count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s is %zu x %zu where %zu x %zu are expected; %s again", path, element,
                       numbers->rows, numbers->columns, rows->count, columns->count, "run 'unmix nmf'");
    for (size_t i = 0; i < numbers->rows * numbers->columns; i++)
        if (!isfinite(numbers->values[i]) || numbers->values[i] < 0)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s holds %g; numbers of 0 or more are wanted", path, element,
                           numbers->values[i]);
    unmix_matrix *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "matrix"));
    made->matrix.rows = *rows;
    made->matrix.columns = *columns;
    made->matrix.values = numbers->values;
    *rows = *columns = (um_names){0};
    *numbers = (um_numbers){0};
    *matrix = made;
    return um_matrix_set_origin(cx, &made->matrix, path);
}

/* The genes of the components: as unmix wrote them, else (other programs) the highly variable ones. */
static unmix_status read_component_genes(unmix_context *cx, const char *path, um_names *genes)
{
    int found = 0;
    UM_TRY(um_h5ad_has(cx, path, "uns/X_nmf_genes", &found));
    if (found)
        return um_h5ad_read_names(cx, path, "uns/X_nmf_genes", nmf_first, genes);
    um_names all = {0};
    unsigned char *mask = NULL;
    size_t n = 0;
    unmix_status status = um_h5ad_row_names(cx, path, "var", &all);
    if (status == UNMIX_OK)
        status = um_h5ad_read_mask(cx, path, "var", "highly_variable", nmf_first, &mask, &n);
    for (size_t g = 0; g < n && status == UNMIX_OK; g++)
        if (mask[g])
            status = um_names_add(cx, genes, um_name(&all, g), strlen(um_name(&all, g)));
    um_names_clear(&all);
    free(mask);
    return status;
}

static unmix_status read_usages(unmix_context *cx, const char *path, unmix_matrix **usages)
{
    um_numbers numbers = {0};
    um_names cells = {0}, programs = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, um_h5ad_read_array(cx, path, "obsm/X_nmf", nmf_first, &numbers));
    UM_TRY_GOTO(status, done, um_h5ad_row_names(cx, path, "obs", &cells));
    UM_TRY_GOTO(status, done, um_numbered_names(cx, &programs, um_places_of_nmf.program, numbers.columns));
    status = matrix_of(cx, path, "obsm/X_nmf", &numbers, &cells, &programs, usages);
done:
    um_numbers_clear(&numbers);
    um_names_clear(&cells);
    um_names_clear(&programs);
    return status;
}

static unmix_status read_components(unmix_context *cx, const char *path, unmix_matrix **components)
{
    um_numbers numbers = {0};
    um_names genes = {0}, programs = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, um_h5ad_read_array(cx, path, "uns/X_nmf_components", nmf_first, &numbers));
    UM_TRY_GOTO(status, done, read_component_genes(cx, path, &genes));
    UM_TRY_GOTO(status, done, um_numbered_names(cx, &programs, um_places_of_nmf.program, numbers.rows));
    status = matrix_of(cx, path, "uns/X_nmf_components", &numbers, &programs, &genes, components);
done:
    um_numbers_clear(&numbers);
    um_names_clear(&genes);
    um_names_clear(&programs);
    return status;
}

/* ---- How it was made ---- */

static unmix_status read_number(unmix_context *cx, const char *path, const char *element, double *number)
{
    int found = 0;
    UM_TRY(um_h5ad_has(cx, path, element, &found));
    return found ? um_h5ad_read_number(cx, path, element, NULL, number) : UNMIX_OK;
}

/* One that is not there, or not known here, leaves the options as they are. */
static unmix_status read_loss(unmix_context *cx, const char *path, unmix_nmf_options *o)
{
    static const char element[] = "uns/unmix_nmf/loss_function";
    um_nmf_loss loss = (um_nmf_loss)o->loss;
    int found = 0;
    char *text = NULL;
    UM_TRY(um_h5ad_has(cx, path, element, &found));
    if (!found)
        return UNMIX_OK;
    UM_TRY(um_h5ad_read_text(cx, path, element, NULL, &text));
    (void)um_loss_read(text, &loss, &o->beta);
    o->loss = (unmix_nmf_loss)loss;
    free(text);
    return UNMIX_OK;
}

/* *is becomes 1 when the text is there and is `wanted`. */
static unmix_status read_is(unmix_context *cx, const char *path, const char *element, const char *wanted, int *is)
{
    int found = 0;
    char *text = NULL;
    *is = 0;
    UM_TRY(um_h5ad_has(cx, path, element, &found));
    if (!found)
        return UNMIX_OK;
    UM_TRY(um_h5ad_read_text(cx, path, element, NULL, &text));
    *is = strcmp(text, wanted) == 0;
    free(text);
    return UNMIX_OK;
}

static unmix_status read_options(unmix_context *cx, const char *path, unmix_nmf_options *o)
{
    double iterations = (double)o->max_iterations, log1p = o->cells.log1p;
    int mu = 0;
    UM_TRY(read_number(cx, path, "uns/unmix_nmf/normalize", &o->cells.normalize));
    UM_TRY(read_number(cx, path, "uns/unmix_nmf/log1p", &log1p));
    UM_TRY(read_number(cx, path, "uns/unmix_nmf/tolerance", &o->tolerance));
    UM_TRY(read_number(cx, path, "uns/unmix_nmf/max_iterations", &iterations));
    UM_TRY(read_number(cx, path, "uns/unmix_nmf/alpha_W", &o->alpha_W));
    UM_TRY(read_number(cx, path, "uns/unmix_nmf/alpha_H", &o->alpha_H));
    UM_TRY(read_number(cx, path, "uns/unmix_nmf/l1_ratio", &o->l1_ratio));
    UM_TRY(read_is(cx, path, "uns/unmix_nmf/solver", "mu", &mu));
    UM_TRY(read_loss(cx, path, o));
    o->cells.log1p = o->cells.normalize > 0 ? log1p > 0 : o->cells.log1p;
    if (iterations >= 1 && iterations <= 1e9)
        o->max_iterations = (size_t)iterations;
    o->solver = mu ? UNMIX_NMF_MU : UNMIX_NMF_HALS;
    return UNMIX_OK;
}

unmix_status unmix_nmf_read(unmix_context *cx, const char *path, unmix_nmf_options *options, unmix_matrix **usages,
                            unmix_matrix **components)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, path);
    UM_NEED(cx, options);
    UM_NEED(cx, usages);
    UM_NEED(cx, components);
    *usages = *components = NULL;
    unmix_status status = need_h5ad(cx, path);
    if (status == UNMIX_OK)
        status = read_usages(cx, path, usages);
    if (status == UNMIX_OK)
        status = read_components(cx, path, components);
    if (status == UNMIX_OK)
        status = read_options(cx, path, options);
    if (status != UNMIX_OK) {
        unmix_matrix_free(*usages);
        unmix_matrix_free(*components);
        *usages = *components = NULL;
        return status;
    }
    options->components = (*usages)->matrix.columns.count;
    return UNMIX_OK;
}

unmix_status unmix_nmf_check_layer(unmix_context *cx, const char *path, const char *layer)
{
    UM_TRY(um_begin(cx));
    static const char element[] = "uns/unmix_nmf/layer";
    int found = 0;
    char *used = NULL;
    UM_NEED(cx, path);
    UM_TRY(need_h5ad(cx, path));
    UM_TRY(um_h5ad_has(cx, path, element, &found));
    if (!found)
        return UNMIX_OK;
    UM_TRY(um_h5ad_read_text(cx, path, element, NULL, &used));
    const unmix_status status =
        strcmp(used, layer ? layer : "X") == 0
            ? UNMIX_OK
            : UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: its factorisation was made from '%s', not from '%s': choose that layer", path,
                      used, layer ? layer : "X");
    free(used);
    return status;
}

/* ---- Programs to be used again ---- */

static unmix_status turned(unmix_context *cx, const um_matrix *from, um_matrix *to)
{
    UM_TRY(um_programs_matrix_open(cx, to, &from->columns, &from->rows));
    for (size_t r = 0; r < from->rows.count; r++)
        for (size_t c = 0; c < from->columns.count; c++)
            um_row(to, c)[r] = um_row(from, r)[c];
    return from->origin ? um_matrix_set_origin(cx, to, from->origin) : UNMIX_OK;
}

/* A consensus is newer than the factorisation that it was made from. */
static unmix_status read_consensus(unmix_context *cx, const char *path, unmix_matrix **components)
{
    static const char element[] = "uns/nmf_consensus/components";
    um_numbers numbers = {0};
    um_names genes = {0}, programs = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, um_h5ad_read_array(cx, path, element, NULL, &numbers));
    UM_TRY_GOTO(status, done, um_h5ad_read_names(cx, path, "uns/nmf_consensus/component_genes", NULL, &genes));
    UM_TRY_GOTO(status, done, um_numbered_names(cx, &programs, um_places_of_consensus.program, numbers.rows));
    status = matrix_of(cx, path, element, &numbers, &programs, &genes, components);
done:
    um_numbers_clear(&numbers);
    um_names_clear(&genes);
    um_names_clear(&programs);
    return status;
}

static unmix_status read_result(unmix_context *cx, const char *path, unmix_matrix *made)
{
    unmix_matrix *components = NULL;
    int consensus = 0;
    UM_TRY(um_h5ad_has(cx, path, "uns/nmf_consensus/components", &consensus));
    unmix_status status = consensus ? read_consensus(cx, path, &components) : read_components(cx, path, &components);
    if (status == UNMIX_OK)
        status = turned(cx, &components->matrix, &made->matrix);
    if (status == UNMIX_OK)
        um_note(cx, "%s: the %zu programs of %s", path, made->matrix.columns.count, consensus ? "the consensus" : "nmf");
    unmix_matrix_free(components);
    return status;
}

unmix_status unmix_programs_read(unmix_context *cx, const char *path, unmix_matrix **programs)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, programs);
    *programs = NULL;
    UM_NEED(cx, path);
    UM_TRY(um_check_readable(cx, path));
    if (!um_is_anndata(cx, path))
        return unmix_matrix_read(cx, path, NULL, programs);
    unmix_matrix *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "programs"));
    const unmix_status status = read_result(cx, path, made);
    if (status != UNMIX_OK)
        unmix_matrix_free(made);
    else
        *programs = made;
    return status;
}

/* ---- Labels ---- */

unmix_status unmix_labels_read(unmix_context *cx, const char *path, const char *column, const char ***labels, size_t *count)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, labels);
    *labels = NULL;
    UM_NEED(cx, path);
    UM_NEED(cx, column);
    UM_NEED(cx, count);
    UM_TRY(um_check_readable(cx, path));
    if (!um_is_anndata(cx, path))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: labels of cells are in an .h5ad file, which this is not", path);
    um_names levels = {0};
    int64_t *level = NULL;
    char *block = NULL;
    unmix_status status = um_h5ad_labels(cx, path, column, &levels, &level, count);
    const size_t pointers = *count * sizeof(char *);
    if (status == UNMIX_OK)
        status = um_alloc_(cx, (void **)&block, pointers + levels.text_size + 1, 1, "labels");
    if (status == UNMIX_OK) {
        const char **list = (const char **)(void *)block;
        char *text = block + pointers; /* "" first, then the levels one after another */
        if (levels.text_size)
            memcpy(text + 1, levels.text, levels.text_size);
        for (size_t i = 0; i < *count; i++)
            list[i] = level[i] < 0 ? text : text + 1 + levels.offset[level[i]];
        *labels = list;
    }
    um_names_clear(&levels);
    free(level);
    return status;
}

void unmix_labels_free(const char **labels)
{
    free(labels);
}
