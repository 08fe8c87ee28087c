/*
 * Reports: results as figures with the numbers behind them, and one page with all of it.
 *
 * The library writes what gnuplot is to draw, and the page; it runs no program. Who has gnuplot draws the script of each
 * figure and hands the drawing back:
 *
 *   unmix_report_new(cx, &path, 1, NULL, &report);
 *   for (i = 0; i < unmix_report_count(report); i++)
 *       ... gnuplot < unmix_report_script(cx, report, i, UNMIX_DRAWING_SVG) > svg ...
 *       unmix_report_set_drawing(cx, report, i, UNMIX_DRAWING_SVG, svg, length);
 *   unmix_report_write_page(cx, report, "report.html", 0);
 */
#ifndef UNMIX_REPORT_H
#define UNMIX_REPORT_H

#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct unmix_report unmix_report;

/* Zero-initialised is the default. Strings are not kept. */
typedef struct unmix_report_options {
    const char *samples;     /* sample sheet: a table with the names of the samples in its first column; NULL: none */
    const char *group;       /* its column by which samples are grouped */
    const char *bulk;        /* observed counts, beside the predicted ones of results that have them; NULL: none */
    unmix_read_options read; /* of bulk */
    const char *truth;       /* true proportions; NULL: none */
    const char *coordinates; /* table with the places of cells, names first, then x and y; NULL: obsm/spatial */
} unmix_report_options;

/*
 * Figures of `n` results of deconvolution (files or folders) or of gene programs (.h5ad). Several deconvolutions are
 * also set against each other. Freed with unmix_report_free(). Errors: ARGUMENT, INPUT, MEMORY, INTERRUPTED.
 */
UNMIX_API unmix_status unmix_report_new(unmix_context *cx, const char *const *paths, size_t n,
                                        const unmix_report_options *options, unmix_report **report);
UNMIX_API void unmix_report_free(unmix_report *report);

UNMIX_API size_t unmix_report_count(const unmix_report *report);
/* Name (of its files) and title of figure i; owned by the report. */
UNMIX_API const char *unmix_report_name(const unmix_report *report, size_t i);
UNMIX_API const char *unmix_report_title(const unmix_report *report, size_t i);

typedef enum unmix_drawing { UNMIX_DRAWING_SVG, UNMIX_DRAWING_PDF, UNMIX_DRAWING_PNG } unmix_drawing;
enum { UNMIX_DRAWINGS = 3 };

/*
 * The gnuplot script of figure i: data and all, for standard output. Owned by the report until the next call for this
 * figure; NULL when memory is exhausted.
 */
UNMIX_API const char *unmix_report_script(unmix_context *cx, unmix_report *report, size_t i, unmix_drawing drawing);

/* Takes a copy of what gnuplot drew. Errors: INPUT (it is not of that kind), MEMORY. */
UNMIX_API unmix_status unmix_report_set_drawing(unmix_context *cx, unmix_report *report, size_t i, unmix_drawing drawing,
                                                const void *bytes, size_t length);

/*
 * The page: HTML that needs nothing but itself, with the SVG drawings and all numbers. It appears whole or not at all; an
 * existing one is replaced only with overwrite != 0. Errors: ARGUMENT (a drawing is missing), EXISTS, WRITE, MEMORY.
 */
UNMIX_API unmix_status unmix_report_write_page(unmix_context *cx, const unmix_report *report, const char *path,
                                               int overwrite);

/*
 * A folder (path ends in '/') with the drawings that were set: NAME.svg, NAME.pdf, NAME.png; or with the scripts NAME.gp.
 * A new folder appears as a whole; with overwrite, files of an existing one are replaced one by one. Errors: as above.
 */
UNMIX_API unmix_status unmix_report_write_drawings(unmix_context *cx, const unmix_report *report, const char *path,
                                                   int overwrite);
UNMIX_API unmix_status unmix_report_write_scripts(unmix_context *cx, unmix_report *report, const char *path,
                                                  int overwrite);

#ifdef __cplusplus
}
#endif
#endif
