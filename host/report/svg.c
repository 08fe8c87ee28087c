/*
 * SVG documents of gnuplot as parts of a page. Text in them has no '<' but as "&lt;", so that tags can be told; '>' it has
 * as it is, though "]]>" is not well-formed.
 */
#include <string.h>

#include "report/page.h"

static int starts(const char *text, size_t left, const char *with)
{
    const size_t length = strlen(with);
    return left >= length && memcmp(text, with, length) == 0;
}

/* Length of text[0..left) up to the end of the first `end` in it, or all. */
static size_t through(const char *text, size_t left, const char *end)
{
    const size_t length = strlen(end);
    for (size_t at = 0; at + length <= left; at++)
        if (memcmp(text + at, end, length) == 0)
            return at + length;
    return left;
}

void um_svg_clean(um_text *to, const char *svg, size_t length)
{
    static const char image[] = "<image ", plot[] = " id=\"gnuplot_plot_", title[] = "<title>";
    int in_tag = 0;
    for (size_t at = 0; at < length;) {
        const size_t left = length - at;
        if (!in_tag && starts(svg + at, left, title)) {
            at += through(svg + at, left, "</title>");
        } else if (!in_tag && starts(svg + at, left, image)) {
            um_text_put(to, "<image style='image-rendering:optimizeSpeed;image-rendering:pixelated' ");
            at += strlen(image);
            in_tag = 1;
        } else if (in_tag && starts(svg + at, left, plot)) {
            at += strlen(plot);
            at += through(svg + at, length - at, "\"");
        } else {
            if (svg[at] == '>' && !in_tag)
                um_text_put(to, "&gt;");
            else
                um_text_add(to, svg + at, 1);
            in_tag = svg[at] == '<' ? 1 : svg[at] == '>' ? 0 : in_tag;
            at++;
        }
    }
}

/* What of a document has no place in a page: how many bytes of it from here on, or 0. */
static size_t unwanted(const char *text, size_t left)
{
    static const char *const parts[][2] = {
        {"<?", "?>"}, {"<!--", "-->"}, {"<!DOCTYPE", ">"}, {"<title>", "</title>"}, {"<desc>", "</desc>"}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (starts(text, left, parts[i][0]))
            return through(text, left, parts[i][1]);
    return 0;
}

/* Length of what stands before an identifier inside a tag, or 0. */
static size_t before_identifier(const char *text, size_t left)
{
    static const char *const heads[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (starts(text, left, heads[i]))
            return strlen(heads[i]);
    return 0;
}

void um_svg_inline(um_text *html, const um_text *svg, const char *prefix, const char *label)
{
    const char *const text = um_text_string(svg);
    int in_tag = 0;
    for (size_t at = 0; at < svg->length;) {
        const size_t left = svg->length - at, skipped = in_tag ? 0 : unwanted(text + at, left);
        if (skipped) {
            at += skipped;
            continue;
        }
        size_t taken = in_tag ? before_identifier(text + at, left) : 0;
        if (taken) {
            um_text_add(html, text + at, taken);
            um_text_put(html, prefix);
        } else if (!in_tag && starts(text + at, left, "<svg")) {
            taken = strlen("<svg");
            um_text_put(html, "<svg role=\"img\" aria-label=\"");
            um_text_html(html, label, strlen(label));
            um_text_put(html, "\"");
            in_tag = 1;
        } else {
            taken = 1;
            in_tag = text[at] == '<' ? 1 : text[at] == '>' ? 0 : in_tag;
            um_text_add(html, text + at, 1);
        }
        at += taken;
    }
}
