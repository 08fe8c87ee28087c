/*
 * Figures: what gnuplot is to draw, what is said about it, and the numbers behind it.
 *
 * A script is what C knows (variables, datablocks of plain numbers, names as strings) followed by a template of
 * tools/report/ that draws it. Names of the user never stand in data: text there would be parsed.
 */
#ifndef UM_REPORT_FIGURE_H
#define UM_REPORT_FIGURE_H

#include "core/names.h"
#include "report/text.h"
#include "unmix/report.h"

typedef struct um_figure {
    char name[80];        /* of its files */
    um_text title, caption;
    um_text script;       /* without terminal and output */
    um_text table;        /* tab-separated, first line names the columns */
    double width, height; /* points of the page */
    um_text drawing[UNMIX_DRAWINGS];
    um_text asked; /* the script as it was handed out last */
} um_figure;

/* A list; names of figures get `prefix`. Zero-initialise, release with um_figures_clear(). */
typedef struct um_figures {
    um_figure *figure;
    size_t count, capacity;
    char prefix[48];
    const char *of; /* the result that comes next is called so; NULL: there is only one */
} um_figures;

void um_figures_clear(um_figures *figures);

/* A new figure; the pointer is good until the next one. Title as plain text. */
unmix_status um_figure_begin(unmix_context *cx, um_figures *figures, const char *name, const char *title,
                             um_figure **figure);

/* Size, and the margins (points) that the template gives to axes and names. */
typedef struct um_frame {
    double width, height, left, right, top, bottom;
} um_frame;

/* Sets the size and writes W, H, L, R, T, B into the script. */
void um_figure_frame(um_figure *figure, const um_frame *frame);

/* Appends the template; the status of everything that was written. */
unmix_status um_figure_end(unmix_context *cx, um_figure *figure, const char *template);

/* The whole script for a kind of drawing, owned by the figure until it is asked again; NULL when memory is exhausted. */
const char *um_figure_script(unmix_context *cx, um_figure *figure, unmix_drawing drawing);

/* "name = number" */
void um_figure_set(um_figure *figure, const char *name, double value);

/* "name = 'text'" */
void um_figure_text(um_figure *figure, const char *name, const char *text);

/* An array of strings: labels[1] ..., shortened to `most` letters; order (NULL: as they are) says which. */
void um_figure_labels(um_figure *figure, const char *array, const um_names *names, const size_t *order, size_t count,
                      size_t most);

/* The same for what becomes labels of tics. */
void um_figure_tics(um_figure *figure, const char *array, const um_names *names, const size_t *order, size_t count,
                    size_t most);

/* The datablock $NAME is everything written into the script between these two. */
void um_figure_data(um_figure *figure, const char *name);
void um_figure_data_end(um_figure *figure);

/* Room in points for the longest of the names, shown with at most `most` letters of a font of `size` points. */
double um_room_for(const um_names *names, size_t most, double size);

/* Numbers of the values sorted ascending; NaN are left out (returned in *n). values is changed. */
void um_sort_numbers(double *values, size_t *n);

/* The quantile q of n > 0 ascending values, linear between them. */
double um_quantile(const double *sorted, size_t n, double q);

/* The end of an axis that goes from 0 to `value` or a little more: 1, 2, 4, 5 or 8 times a power of ten. */
double um_axis_end(double value);

/* Colours that people with any colour vision tell apart (Okabe and Ito 2008), as an array `colour`. */
enum { UM_COLOURS = 8 };
void um_figure_colours(um_figure *figure);

#endif
