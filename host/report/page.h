/* The page of a report, and folders of its drawings and scripts. */
#ifndef UM_REPORT_PAGE_H
#define UM_REPORT_PAGE_H

#include "report/figure.h"

/* What belongs together: a result, or a comparison. Its figures are first .. up to those of the next section. */
typedef struct um_section {
    um_text title;
    um_text run; /* how it was made: "key \t value" lines, or (starting with '{') the run.json of a folder */
    um_text verdict;  /* a sentence on its samples, for the top of the page; may be empty */
    um_text verdicts; /* a table of those of which there is something to say; may be empty */
    size_t first;
} um_section;

typedef struct um_page {
    um_section *section;
    size_t count, capacity;
    um_figures figures;
} um_page;

/* Zero-initialise; leaves it empty. */
void um_page_clear(um_page *page);

/* A new section: figures that are added now belong to it. `run` (NULL: none) is copied. */
unmix_status um_page_section(unmix_context *cx, um_page *page, const char *title, const char *run);

/* The verdicts of the last section (verdicts.h), to be written into it. */
um_section *um_page_last(um_page *page);

/* Checks what gnuplot drew and takes a copy, from which the time of drawing is taken away. */
unmix_status um_page_take(unmix_context *cx, um_figure *figure, unmix_drawing drawing, const char *bytes, size_t length);

/* The whole page as text. Error ARGUMENT: a drawing is missing. */
unmix_status um_page_html(unmix_context *cx, const um_page *page, um_text *html);

/*
 * A drawing of gnuplot as it is kept: images keep their squares when they are made larger; commands that would show up
 * as tooltips, and names of plots, which repeat in grids of more than 26, are left out.
 */
void um_svg_clean(um_text *to, const char *svg, size_t length);

/*
 * An SVG document as part of a page: without its head, with `prefix` before all its identifiers, which would otherwise
 * repeat from drawing to drawing, and with `label` for those who cannot see it.
 */
void um_svg_inline(um_text *html, const um_text *svg, const char *prefix, const char *label);

/* A file with this text; appears whole or not at all. */
unmix_status um_text_write(unmix_context *cx, const um_text *text, const char *path, int overwrite);

/* The files of a folder: names and contents. A new folder appears as a whole, in an existing one they are replaced. */
typedef struct um_files {
    char (*name)[96];
    const um_text **text;
    size_t count;
} um_files;

unmix_status um_files_write(unmix_context *cx, const um_files *files, const char *path, int overwrite);

#endif
