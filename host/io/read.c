#include "io/read.h"

#include "core/repeated.h"
#include "io/formats.h"
#include "io/text/table.h"

/* An option that is for another kind of file is not passed over in silence. */
static void note_unused(unmix_context *cx, const char *path, const unmix_read_options *options, const um_format *format)
{
    const struct {
        const char *name, *value;
        unsigned use;
    } given[] = {
        {"the gene column", options->gene_column, UM_USES_GENE_COLUMN},
        {"the column to skip", options->skip_columns, UM_USES_SKIP_COLUMNS},
        {"the choice of columns", options->columns, UM_USES_COLUMNS},
        {"the layer", options->layer, UM_USES_LAYER},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value && !(format->options & given[i].use))
            um_note(cx, "%s: %s '%s' does not matter for %s", path, given[i].name, given[i].value, format->name);
}

static const unmix_read_options defaults = {0};

unmix_status um_open_source(unmix_context *cx, const char *path, const unmix_read_options *options, um_source *source)
{
    const um_format *format = NULL;
    options = options ? options : &defaults;
    UM_TRY(um_find_matrix_format(cx, path, &format));
    note_unused(cx, path, options, format);
    return format->open(cx, path, options, source);
}

unmix_status um_read_matrix(unmix_context *cx, const char *path, const unmix_read_options *options, um_matrix *matrix)
{
    const um_format *format = NULL;
    um_source source = {0};
    options = options ? options : &defaults;
    UM_TRY(um_find_matrix_format(cx, path, &format));
    note_unused(cx, path, options, format);
    if (format->read) /* as it stands, not turned twice */
        return format->read(cx, path, options, matrix);
    UM_TRY(format->open(cx, path, options, &source));
    const unmix_status status = um_source_to_matrix(cx, &source, matrix);
    um_source_close(&source);
    return status;
}

unmix_status um_refuse_repeated_genes(unmix_context *cx, const um_source *source, const char *advice)
{
    return um_refuse_repeated(cx, source->origin, "gene", source->rows, source->first_line, advice);
}

unmix_status um_refuse_repeated_cells(unmix_context *cx, const um_source *source, const char *advice)
{
    return um_refuse_repeated(cx, source->origin, "cell", source->columns, 0, advice);
}

unmix_status um_read_proportions(unmix_context *cx, const char *path, um_matrix *matrix)
{
    const um_format *format = NULL;
    UM_TRY(um_find_proportions_format(cx, path, &format));
    UM_TRY(format->proportions(cx, path, matrix));
    const char *const origin = matrix->origin ? matrix->origin : path;
    unmix_status status = um_refuse_repeated(cx, origin, "sample", &matrix->rows, matrix->first_line,
                                             "every sample may be there once");
    if (status == UNMIX_OK)
        status = um_refuse_repeated(cx, origin, "type", &matrix->columns, 0, "every type may be there once");
    if (status == UNMIX_OK)
        status = um_names_index(cx, &matrix->rows);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &matrix->columns);
    if (status != UNMIX_OK)
        um_matrix_clear(matrix);
    return status;
}

unmix_status um_read_frame(unmix_context *cx, const char *path, const char *name, um_matrix *frame)
{
    const um_format *format = NULL;
    UM_TRY(um_find_proportions_format(cx, path, &format));
    return format->frame ? format->frame(cx, path, name, frame) : UNMIX_OK;
}

unmix_status um_read_intervals(unmix_context *cx, const char *path, um_matrix *lower, um_matrix *upper)
{
    static const char *const names[][2] = {{"lower", "upper"}, {"bootstrap_low", "bootstrap_high"}};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == UNMIX_OK; i++) {
        status = um_read_frame(cx, path, names[i][0], lower);
        if (status == UNMIX_OK)
            status = um_read_frame(cx, path, names[i][1], upper);
        if (status == UNMIX_OK && lower->values && upper->values)
            return UNMIX_OK;
        um_matrix_clear(lower);
        um_matrix_clear(upper);
    }
    return status;
}
