/* The figures of a report, what was drawn of them, and files. */
#include "api/api_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "core/memory.h"

void unmix_report_free(unmix_report *report)
{
    if (!report)
        return;
    um_page_clear(&report->page);
    free(report);
}

size_t unmix_report_count(const unmix_report *report)
{
    return report ? report->page.figures.count : 0;
}

static um_figure *figure_at(const unmix_report *report, size_t i)
{
    return i < unmix_report_count(report) ? &report->page.figures.figure[i] : NULL;
}

const char *unmix_report_name(const unmix_report *report, size_t i)
{
    const um_figure *f = figure_at(report, i);
    return f ? f->name : NULL;
}

const char *unmix_report_title(const unmix_report *report, size_t i)
{
    const um_figure *f = figure_at(report, i);
    return f ? um_text_string(&f->title) : NULL;
}

const char *unmix_report_script(unmix_context *cx, unmix_report *report, size_t i, unmix_drawing drawing)
{
    if (um_begin(cx) != UNMIX_OK)
        return NULL;
    um_figure *f = figure_at(report, i);
    return f ? um_figure_script(cx, f, drawing) : NULL;
}

unmix_status unmix_report_set_drawing(unmix_context *cx, unmix_report *report, size_t i, unmix_drawing drawing,
                                      const void *bytes, size_t length)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, report);
    UM_NEED(cx, bytes);
    um_figure *f = figure_at(report, i);
    if (!f || (unsigned)drawing >= UNMIX_DRAWINGS)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "there is no figure %zu, or no such kind of drawing", i);
    return um_page_take(cx, f, drawing, bytes, length);
}

unmix_status unmix_report_write_page(unmix_context *cx, const unmix_report *report, const char *path, int overwrite)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, report);
    UM_NEED(cx, path);
    um_text html = um_text_of(cx);
    unmix_status status = um_page_html(cx, &report->page, &html);
    if (status == UNMIX_OK)
        status = um_text_write(cx, &html, path, overwrite);
    um_text_clear(&html);
    return status;
}

/* ---- Folders ---- */

static unmix_status write_folder(unmix_context *cx, const um_files *files, const char *path, int overwrite)
{
    const size_t length = strlen(path);
    if (length == 0 || path[length - 1] != '/')
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "'%s' must end in '/': it is a folder", path);
    return um_files_write(cx, files, path, overwrite);
}

static unmix_status open_files(unmix_context *cx, size_t most, um_files *files)
{
    UM_TRY(UM_ALLOC(cx, &files->name, most, "files"));
    return UM_ALLOC(cx, &files->text, most, "files");
}

static void add_file(um_files *files, const char *name, const char *ending, const um_text *text)
{
    (void)snprintf(files->name[files->count], sizeof files->name[0], "%s.%s", name, ending);
    files->text[files->count++] = text;
}

static void close_files(um_files *files)
{
    free(files->name);
    free((void *)files->text);
}

unmix_status unmix_report_write_drawings(unmix_context *cx, const unmix_report *report, const char *path, int overwrite)
{
    UM_TRY(um_begin(cx));
    static const char *const endings[UNMIX_DRAWINGS] = {"svg", "pdf", "png"};
    UM_NEED(cx, report);
    UM_NEED(cx, path);
    um_files files = {0};
    unmix_status status = open_files(cx, unmix_report_count(report) * UNMIX_DRAWINGS, &files);
    for (size_t i = 0; i < unmix_report_count(report) && status == UNMIX_OK; i++)
        for (size_t d = 0; d < UNMIX_DRAWINGS; d++) {
            const um_figure *f = figure_at(report, i);
            if (f->drawing[d].length)
                add_file(&files, f->name, endings[d], &f->drawing[d]);
        }
    if (status == UNMIX_OK)
        status = write_folder(cx, &files, path, overwrite);
    close_files(&files);
    return status;
}

unmix_status unmix_report_write_scripts(unmix_context *cx, unmix_report *report, const char *path, int overwrite)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, report);
    UM_NEED(cx, path);
    um_files files = {0};
    unmix_status status = open_files(cx, unmix_report_count(report), &files);
    for (size_t i = 0; i < unmix_report_count(report) && status == UNMIX_OK; i++) {
        um_figure *f = figure_at(report, i);
        if (!um_figure_script(cx, f, UNMIX_DRAWING_SVG))
            status = f->asked.status;
        else
            add_file(&files, f->name, "gp", &f->asked);
    }
    if (status == UNMIX_OK)
        status = write_folder(cx, &files, path, overwrite);
    close_files(&files);
    return status;
}
