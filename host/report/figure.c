#include "report/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"
#include "report/templates.h"

static void clear_figure(um_figure *figure)
{
    um_text_clear(&figure->title);
    um_text_clear(&figure->caption);
    um_text_clear(&figure->script);
    um_text_clear(&figure->table);
    um_text_clear(&figure->asked);
    for (size_t d = 0; d < UNMIX_DRAWINGS; d++)
        um_text_clear(&figure->drawing[d]);
}

void um_figures_clear(um_figures *figures)
{
    for (size_t i = 0; i < figures->count; i++)
        clear_figure(&figures->figure[i]);
    free(figures->figure);
    *figures = (um_figures){0};
}

unmix_status um_figure_begin(unmix_context *cx, um_figures *figures, const char *name, const char *title,
                             um_figure **figure)
{
    UM_TRY(UM_GROW(cx, &figures->figure, &figures->capacity, figures->count + 1, "figures"));
    um_figure *const f = &figures->figure[figures->count++];
    const um_text empty = um_text_of(cx);
    *f = (um_figure){.title = empty, .caption = empty, .script = empty, .table = empty, .asked = empty};
    for (size_t d = 0; d < UNMIX_DRAWINGS; d++)
        f->drawing[d] = empty;
    (void)snprintf(f->name, sizeof f->name, "%s%s", figures->prefix, name);
    um_text_put(&f->title, title);
    *figure = f;
    return UNMIX_OK;
}

void um_figure_set(um_figure *figure, const char *name, double value)
{
    um_text_format(&figure->script, "%s = ", name);
    const size_t before = figure->script.length;
    um_text_number(&figure->script, value, 9);
    /* A real for gnuplot too, where 1 / 2 is 0. */
    const int whole = figure->script.bytes && !strpbrk(figure->script.bytes + before, ".eN");
    um_text_put(&figure->script, whole ? ".0\n" : "\n");
}

void um_figure_text(um_figure *figure, const char *name, const char *text)
{
    um_text_format(&figure->script, "%s = ", name);
    um_text_quoted(&figure->script, text, 0);
    um_text_put(&figure->script, "\n");
}

void um_figure_frame(um_figure *figure, const um_frame *frame)
{
    figure->width = ceil(frame->width);
    figure->height = ceil(frame->height);
    um_text_put(&figure->script, "# Size and margins in points\n");
    um_figure_set(figure, "W", figure->width);
    um_figure_set(figure, "H", figure->height);
    um_figure_set(figure, "L", frame->left);
    um_figure_set(figure, "R", frame->right);
    um_figure_set(figure, "T", frame->top);
    um_figure_set(figure, "B", frame->bottom);
}

static void add_template(um_text *script, const char *name)
{
    const um_embedded_template *found = um_template(name);
    um_text_add(script, (const char *)found->bytes, found->size);
}

unmix_status um_figure_end(unmix_context *cx, um_figure *figure, const char *template)
{
    (void)cx;
    add_template(&figure->script, "common.gp");
    add_template(&figure->script, template);
    UM_TRY(figure->title.status);
    UM_TRY(figure->caption.status);
    UM_TRY(figure->table.status);
    return figure->script.status;
}

const char *um_figure_script(unmix_context *cx, um_figure *figure, unmix_drawing drawing)
{
    um_text *const text = &figure->asked;
    const int w = (int)figure->width, h = (int)figure->height;
    um_text_clear(text);
    text->cx = cx;
    um_text_put(text, "# Figure of unmix report, for gnuplot 5.4 or later: ");
    um_text_quoted(text, um_text_string(&figure->title), 0); /* a backslash at the end would go on in the next line */
    um_text_put(text, "\n");
    if (drawing == UNMIX_DRAWING_SVG)
        um_text_format(text, "set terminal svg size %d,%d font 'sans-serif,11' background 'white' standalone noenhanced\n", w,
                       h);
    else if (drawing == UNMIX_DRAWING_PDF) /* inches: 72 points */
        um_text_format(text, "set terminal pdfcairo size %d./72,%d./72 font 'Sans,8' fontscale 0.75 noenhanced background 'white'\n",
                       w * 3 / 4, h * 3 / 4);
    else
        um_text_format(text, "set terminal pngcairo size %d,%d font 'Sans,8' fontscale 2 linewidth 2 pointscale 2 noenhanced "
                             "background 'white'\n", 2 * w, 2 * h);
    um_text_add(text, um_text_string(&figure->script), figure->script.length);
    return text->status == UNMIX_OK ? um_text_string(text) : NULL;
}

static void write_strings(um_figure *figure, const char *array, const um_names *names, const size_t *order, size_t count,
                          size_t most, void (*put)(um_text *text, const char *string, size_t most))
{
    um_text_format(&figure->script, "array %s[%zu]\n", array, count ? count : 1);
    for (size_t i = 0; i < count; i++) {
        um_text_format(&figure->script, "%s[%zu] = ", array, i + 1);
        put(&figure->script, um_name(names, order ? order[i] : i), most);
        um_text_put(&figure->script, "\n");
    }
}

void um_figure_labels(um_figure *figure, const char *array, const um_names *names, const size_t *order, size_t count,
                      size_t most)
{
    write_strings(figure, array, names, order, count, most, um_text_quoted);
}

void um_figure_tics(um_figure *figure, const char *array, const um_names *names, const size_t *order, size_t count,
                    size_t most)
{
    write_strings(figure, array, names, order, count, most, um_text_tic);
}

void um_figure_data(um_figure *figure, const char *name)
{
    um_text_format(&figure->script, "$%s << EOD\n", name);
}

void um_figure_data_end(um_figure *figure)
{
    um_text_put(&figure->script, "EOD\n");
}

double um_room_for(const um_names *names, size_t most, double size)
{
    size_t longest = 1;
    for (size_t i = 0; i < names->count; i++) {
        const size_t letters = um_letters(um_name(names, i));
        longest = letters > longest ? letters : longest;
    }
    return (double)(longest < most ? longest : most) * size * 0.62 + 8;
}

void um_sort_numbers(double *values, size_t *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++)
        if (!isnan(values[i]))
            values[kept++] = values[i];
    *n = kept;
    qsort(values, kept, sizeof *values, um_by_double);
}

double um_quantile(const double *sorted, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t low = (size_t)at;
    return low + 1 < n ? sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]) : sorted[n - 1];
}

double um_axis_end(double value)
{
    static const double ends[] = {1, 2, 4, 5, 8, 10};
    if (!(value > 0) || isinf(value))
        return 1;
    const double unit = pow(10, floor(log10(value)));
    size_t e = 0;
    while (e < 5 && ends[e] * unit < value * 0.9999)
        e++;
    return ends[e] * unit;
}

void um_figure_colours(um_figure *figure)
{
    static const char *const colours[UM_COLOURS] = {"#E69F00", "#56B4E9", "#009E73", "#F0E442",
                                                    "#0072B2", "#D55E00", "#CC79A7", "#000000"};
    um_text_format(&figure->script, "array colour[%d]\n", UM_COLOURS + 1);
    for (int c = 0; c < UM_COLOURS; c++)
        um_text_format(&figure->script, "colour[%d] = '%s'\n", c + 1, colours[c]);
    um_text_format(&figure->script, "colour[%d] = '#BBBBBB'\n", UM_COLOURS + 1);
}
