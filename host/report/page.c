#include "report/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "report/templates.h"

enum { MOST_CELLS = 3000 /* of a table; larger ones are text */ };

void um_page_clear(um_page *page)
{
    for (size_t s = 0; s < page->count; s++) {
        um_text_clear(&page->section[s].title);
        um_text_clear(&page->section[s].run);
        um_text_clear(&page->section[s].verdict);
        um_text_clear(&page->section[s].verdicts);
    }
    free(page->section);
    um_figures_clear(&page->figures);
    *page = (um_page){0};
}

unmix_status um_page_section(unmix_context *cx, um_page *page, const char *title, const char *run)
{
    UM_TRY(UM_GROW(cx, &page->section, &page->capacity, page->count + 1, "report"));
    um_section *const s = &page->section[page->count++];
    *s = (um_section){.title = um_text_of(cx), .run = um_text_of(cx), .first = page->figures.count};
    s->verdict = s->verdicts = um_text_of(cx);
    um_text_put(&s->title, title);
    um_text_put(&s->run, run ? run : "");
    UM_TRY(s->title.status);
    return s->run.status;
}

um_section *um_page_last(um_page *page)
{
    return &page->section[page->count - 1];
}

/* ---- Drawings ---- */

static int begins(const char *bytes, size_t length, const char *with, size_t size)
{
    return length >= size && memcmp(bytes, with, size) == 0;
}

static int ends(const char *bytes, size_t length, const char *with)
{
    while (length && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
        length--;
    return length >= strlen(with) && memcmp(bytes + length - strlen(with), with, strlen(with)) == 0;
}

static int is_whole(unmix_drawing drawing, const char *bytes, size_t length)
{
    switch (drawing) {
    case UNMIX_DRAWING_SVG:
        return begins(bytes, length, "<?xml", 5) && ends(bytes, length, "</svg>");
    case UNMIX_DRAWING_PDF:
        return begins(bytes, length, "%PDF-", 5) && ends(bytes, length, "%%EOF");
    case UNMIX_DRAWING_PNG:
        return begins(bytes, length, "\x89PNG\r\n\x1a\n", 8) && length > 20 && memcmp(bytes + length - 8, "IEND", 4) == 0;
    }
    return 0;
}

/* The same figures shall be the same bytes: "/CreationDate (D:2026...)" of a PDF becomes blanks, its length stays. */
static void forget_time(char *bytes, size_t length)
{
    static const char key[] = "/CreationDate (";
    for (size_t at = 0; at + sizeof key <= length; at++) {
        if (memcmp(bytes + at, key, sizeof key - 1) != 0)
            continue;
        for (size_t i = at; i < length && bytes[i] != '\n'; i++) {
            const int last = bytes[i] == ')';
            bytes[i] = ' ';
            if (last)
                return;
        }
        return;
    }
}

unmix_status um_page_take(unmix_context *cx, um_figure *figure, unmix_drawing drawing, const char *bytes, size_t length)
{
    um_text *const to = &figure->drawing[drawing];
    if (!is_whole(drawing, bytes, length))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "the drawing of figure '%s' is no %s, or not all of it", figure->name,
                       drawing == UNMIX_DRAWING_SVG ? "SVG" : drawing == UNMIX_DRAWING_PDF ? "PDF" : "PNG");
    um_text_clear(to);
    to->cx = cx;
    if (drawing == UNMIX_DRAWING_SVG)
        um_svg_clean(to, bytes, length);
    else
        um_text_add(to, bytes, length);
    if (drawing == UNMIX_DRAWING_PDF && to->status == UNMIX_OK)
        forget_time(to->bytes, to->length);
    return to->status;
}

/* ---- HTML ---- */

static void put_html(um_text *html, const char *text)
{
    um_text_html(html, text, strlen(text));
}

static size_t count_cells(const um_text *table)
{
    size_t cells = 0;
    for (size_t at = 0; at < table->length; at++)
        cells += table->bytes[at] == '\t' || table->bytes[at] == '\n';
    return cells;
}

/* One line, of `head` cells or ordinary ones; returns what is behind it. */
static const char *put_line(um_text *html, const char *line, const char *cell)
{
    const char *at = line;
    um_text_put(html, "<tr>");
    for (;;) {
        const size_t length = strcspn(at, "\t\n");
        um_text_format(html, "<%s>", cell);
        um_text_html(html, at, length);
        um_text_format(html, "</%s>", cell);
        at += length;
        if (*at != '\t')
            break;
        at++;
    }
    um_text_put(html, "</tr>\n");
    return *at == '\n' ? at + 1 : at;
}

static void put_table(um_text *html, const um_text *table)
{
    const char *at = um_text_string(table);
    um_text_put(html, "<div class=\"wide\"><table>\n<thead>");
    at = put_line(html, at, "th");
    um_text_put(html, "</thead>\n<tbody>\n");
    while (*at)
        at = put_line(html, at, "td");
    um_text_put(html, "</tbody>\n</table></div>\n");
}

static void put_numbers(um_text *html, const um_text *table)
{
    if (!table->length)
        return;
    um_text_put(html, "<details><summary>Numbers</summary>\n");
    if (count_cells(table) <= MOST_CELLS) {
        put_table(html, table);
    } else {
        um_text_put(html, "<pre>\n");
        um_text_html(html, table->bytes, table->length);
        um_text_put(html, "</pre>\n");
    }
    um_text_put(html, "</details>\n");
}

static unmix_status put_figure(unmix_context *cx, um_text *html, const um_figure *f, size_t number)
{
    char prefix[32];
    if (!f->drawing[UNMIX_DRAWING_SVG].length)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "figure '%s' was not drawn yet", f->name);
    (void)snprintf(prefix, sizeof prefix, "f%zu-", number);
    um_text_format(html, "<section id=\"%s\">\n<h3>", f->name);
    put_html(html, um_text_string(&f->title));
    um_text_put(html, "</h3>\n<figure>\n");
    um_svg_inline(html, &f->drawing[UNMIX_DRAWING_SVG], prefix, um_text_string(&f->title));
    um_text_put(html, "<figcaption>");
    put_html(html, um_text_string(&f->caption));
    um_text_put(html, "</figcaption>\n</figure>\n");
    put_numbers(html, &f->table);
    um_text_put(html, "</section>\n");
    return UNMIX_OK;
}

static void put_run(um_text *html, const um_text *run)
{
    const char *at = um_text_string(run);
    if (!*at)
        return;
    um_text_put(html, "<details><summary>How it was made</summary>\n");
    if (*at == '{') {
        um_text_put(html, "<pre>\n");
        put_html(html, at);
        um_text_put(html, "</pre>\n</details>\n");
        return;
    }
    um_text_put(html, "<div class=\"wide\"><table>\n<tbody>\n");
    while (*at)
        at = put_line(html, at, "td");
    um_text_put(html, "</tbody>\n</table></div>\n</details>\n");
}

static size_t end_of_section(const um_page *page, size_t s)
{
    return s + 1 < page->count ? page->section[s + 1].first : page->figures.count;
}

/* Several results have figures of the same title: each has a list of its own then. */
static void put_contents(um_text *html, const um_page *page)
{
    um_text_put(html, "<nav>\n");
    for (size_t s = 0; s < page->count; s++) {
        if (page->count > 1) {
            um_text_put(html, "<p>");
            put_html(html, um_text_string(&page->section[s].title));
            um_text_put(html, "</p>\n");
        }
        if (page->section[s].first == end_of_section(page, s))
            continue;
        um_text_put(html, "<ul>\n");
        for (size_t i = page->section[s].first; i < end_of_section(page, s); i++) {
            um_text_format(html, "<li><a href=\"#%s\">", page->figures.figure[i].name);
            put_html(html, um_text_string(&page->figures.figure[i].title));
            um_text_put(html, "</a></li>\n");
        }
        um_text_put(html, "</ul>\n");
    }
    um_text_put(html, "</nav>\n");
}

/* What was said of the samples, result by result. */
static void put_verdicts(um_text *html, const um_page *page)
{
    for (size_t s = 0; s < page->count; s++) {
        if (!page->section[s].verdict.length)
            continue;
        um_text_put(html, "<p class=\"verdict\">");
        if (page->count > 1) {
            um_text_put(html, "<b>");
            put_html(html, um_text_string(&page->section[s].title));
            um_text_put(html, "</b> ");
        }
        put_html(html, um_text_string(&page->section[s].verdict));
        um_text_put(html, "</p>\n");
    }
}

static void put_samples(um_text *html, const um_text *verdicts)
{
    if (!verdicts->length)
        return;
    um_text_put(html, "<details><summary>Samples to look at</summary>\n");
    put_table(html, verdicts);
    um_text_put(html, "</details>\n");
}

static void put_template(um_text *html, const char *name)
{
    const um_embedded_template *found = um_template(name);
    um_text_add(html, (const char *)found->bytes, found->size);
}

unmix_status um_page_html(unmix_context *cx, const um_page *page, um_text *html)
{
    put_template(html, "page_head.html");
    put_verdicts(html, page);
    put_contents(html, page);
    for (size_t s = 0; s < page->count; s++) {
        const um_section *section = &page->section[s];
        um_text_put(html, "<h2>");
        put_html(html, um_text_string(&section->title));
        um_text_put(html, "</h2>\n");
        put_samples(html, &section->verdicts);
        put_run(html, &section->run);
        for (size_t i = section->first; i < end_of_section(page, s); i++)
            UM_TRY(put_figure(cx, html, &page->figures.figure[i], i + 1));
    }
    put_template(html, "page_foot.html");
    return html->status;
}
