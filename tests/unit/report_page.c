/* Texts, scripts and the page of a report: names that mean something to gnuplot or HTML, and drawings that are none. */
#include "testing/testing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/page.h"

static unmix_context *cx;
static um_text text;
static um_page page;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    text = um_text_of(cx);
    page = (um_page){0};
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    um_text_clear(&text);
    um_page_clear(&page);
    unmix_context_free(cx);
    return 0;
}

static const char *take(void)
{
    static char copy[4096];
    (void)snprintf(copy, sizeof copy, "%s", um_text_string(&text));
    um_text_clear(&text);
    return copy;
}

static void test_numbers(void **unused)
{
    (void)unused;
    static const struct {
        double number;
        int digits;
        const char *want;
    } cases[] = {{0.123456, 4, "0.1235"}, {2.0, 4, "2"}, {1.0 / 3, 3, "0.333"}, {0.0, 3, "0"}, {-0.99996, 4, "-1"},
                 {NAN, 4, "NA"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_text_number(&text, cases[i].number, cases[i].digits);
        assert_string_equal(take(), cases[i].want);
    }
}

static void test_strings_of_gnuplot(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        size_t most;
        const char *want;
    } cases[] = {
        {"it's {a}_b \\n @x `id` 5%", 0, "\"it\\047s \\173a\\175_b \\134n \\100x \\140id\\140 5\\045\""},
        {"s'12 a3", 0, "\"s\\047\\061\\062 a3\""}, /* "\0471" would be another number */
        {"'T cell'", 0, "\"\\047T cell\\047\""},
        {"a''b\"c\"$HOME #", 0, "\"a\\047\\047b\\042c\\042\\044HOME \\043\""},
        {"two\nlines\tand\r", 0, "\"two\\134nlines\\134tand\\134r\""}, /* a line end would end the string */
        {"a\x1b[31m\xE2\x80\xAE", 0, "\"a\\134x1b\\133\\063\\061m\\134u202e\""},
        {"abcdef", 6, "\"abcdef\""},
        {"abcdef", 5, "\"abcd\xE2\x80\xA6\""},
        {"\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 3, "\"\xC3\xBC\xC3\xBC\xE2\x80\xA6\""}, /* whole letters, never half of one */
        {"''''", 3, "\"\\047\\047\xE2\x80\xA6\""},
        {"\n\n\n", 5, "\"\\134n\\134n\xE2\x80\xA6\""}, /* whole escapes, too */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_text_quoted(&text, cases[i].name, cases[i].most);
        assert_string_equal(take(), cases[i].want);
    }
    um_text_tic(&text, "it's 5%", 0);
    assert_string_equal(take(), "\"it\\047s 5\\045\\045\"");
}

static void test_html(void **unused)
{
    (void)unused;
    const char *name = "a<b> & \"c\"\n\x1b\xE2\x80\xAE\xFF";
    um_text_html(&text, name, strlen(name));
    assert_string_equal(take(), "a&lt;b&gt; &amp; &quot;c&quot;\n\\x1b\\u202e\\xff");
    um_text_field(&text, "a\tb\nc");
    assert_string_equal(take(), "a\\tb\\nc");
}

static void test_letters(void **unused)
{
    (void)unused;
    assert_int_equal(um_letters("abc"), 3);
    assert_int_equal(um_letters("\xC3\xBC\xC2\xB5"), 2);
    assert_int_equal(um_letters("\xE6\x97\xA5"), 2); /* as wide as two */
    assert_int_equal(um_letters(""), 0);
}

static void test_axes(void **unused)
{
    (void)unused;
    static const double cases[][2] = {{0.79, 0.8}, {1, 1}, {0.11, 0.2}, {3, 4}, {4.2, 5}, {81, 100}, {0, 1}, {NAN, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double end = um_axis_end(cases[i][0]);
        um_assert_close(&end, &cases[i][1], 1, 1e-12, 0, "end of an axis"); /* two roundings */
    }
}

static void test_quantiles(void **unused)
{
    (void)unused;
    double values[] = {3, NAN, 1, 2, NAN, 4};
    size_t n = 6;
    um_sort_numbers(values, &n);
    assert_int_equal(n, 4);
    assert_true(um_quantile(values, n, 0) == 1 && um_quantile(values, n, 1) == 4 && um_quantile(values, n, 0.5) == 2.5);
}

/* What a figure and a page take and refuse. */
static const char svg[] = "<?xml version=\"1.0\"?>\n<svg xmlns=\"x\"><title>Gnuplot</title><defs><path id='p'/></defs>"
                          "<g id=\"gnuplot_plot_1\" ><title>$d using 1</title><use xlink:href='#p'/></g>"
                          "<text> id='p' &lt;i> href='#p'</text><image x='1'/><g fill='url(#p)'/></svg>\n";

static um_figure *add_figure(void)
{
    um_figure *f = NULL;
    assert_ok(cx, um_page_section(cx, &page, "a <result>", "key\tva<lue\n"));
    assert_ok(cx, um_figure_begin(cx, &page.figures, "one", "Title & more", &f));
    um_figure_frame(f, &(um_frame){.width = 100, .height = 50});
    um_text_put(&f->table, "sample\tvalue\n<s>\t1\n");
    assert_ok(cx, um_figure_end(cx, f, "samples.gp"));
    return f;
}

static void test_script(void **unused)
{
    (void)unused;
    um_figure *f = add_figure();
    const char *script = um_figure_script(cx, f, UNMIX_DRAWING_SVG);
    assert_non_null(strstr(script, "set terminal svg size 100,50 "));
    assert_non_null(strstr(script, "noenhanced"));
    assert_non_null(strstr(script, "\nW = 100.0\n")); /* a real: 1 / 2 of gnuplot is 0 */
    assert_non_null(strstr(script, "plot $samples"));
    script = um_figure_script(cx, f, UNMIX_DRAWING_PDF);
    assert_non_null(strstr(script, "set terminal pdfcairo size 75./72,37./72 "));
}

static void test_page(void **unused)
{
    (void)unused;
    um_figure *f = add_figure();
    assert_refused(cx, um_page_html(cx, &page, &text), UNMIX_ERROR_ARGUMENT, "figure 'one' was not drawn yet");
    um_text_clear(&text);
    assert_ok(cx, um_page_take(cx, f, UNMIX_DRAWING_SVG, svg, sizeof svg - 1));
    assert_ok(cx, um_page_html(cx, &page, &text));
    const char *html = um_text_string(&text);
    assert_non_null(strstr(html, "<h2>a &lt;result&gt;</h2>"));
    assert_non_null(strstr(html, "<td>va&lt;lue</td>"));
    assert_non_null(strstr(html, "<td>&lt;s&gt;</td><td>1</td>"));
    assert_non_null(strstr(html, "<svg role=\"img\" aria-label=\"Title &amp; more\" xmlns"));
    assert_non_null(strstr(html, "<path id='f1-p'/>"));
    assert_non_null(strstr(html, "xlink:href='#f1-p'"));
    assert_non_null(strstr(html, "fill='url(#f1-p)'"));
    assert_non_null(strstr(html, "<text> id='p' &lt;i&gt; href='#p'</text>")); /* text, no identifiers */
    assert_non_null(strstr(html, "image-rendering:pixelated"));
    assert_null(strstr(html, "gnuplot_plot_1"));
    assert_null(strstr(html, "$d using 1"));
    assert_null(strstr(html, "<?xml"));
    assert_non_null(strstr(html, "<nav>\n<ul>\n<li><a href=\"#one\">Title &amp; more</a></li>\n</ul>\n</nav>"));

    /* A second result: the contents say whose figures are whose; one without figures has no empty list. */
    assert_ok(cx, um_page_section(cx, &page, "b", NULL));
    um_text_clear(&text);
    assert_ok(cx, um_page_html(cx, &page, &text));
    html = um_text_string(&text);
    assert_non_null(strstr(html, "<nav>\n<p>a &lt;result&gt;</p>\n<ul>\n"));
    assert_non_null(strstr(html, "</ul>\n<p>b</p>\n</nav>"));
}

static void test_drawings_are_checked(void **unused)
{
    (void)unused;
    um_figure *f = add_figure();
    static const char pdf[] = "%PDF-1.5\n<< /CreationDate (D:20261125)\n/Producer (x) >>\n%%EOF\n";
    assert_refused(cx, um_page_take(cx, f, UNMIX_DRAWING_SVG, "", 0), UNMIX_ERROR_INPUT, "'one' is no SVG");
    assert_refused(cx, um_page_take(cx, f, UNMIX_DRAWING_SVG, svg, sizeof svg - 8), UNMIX_ERROR_INPUT, "or not all of it");
    assert_refused(cx, um_page_take(cx, f, UNMIX_DRAWING_PDF, svg, sizeof svg - 1), UNMIX_ERROR_INPUT, "no PDF");
    assert_refused(cx, um_page_take(cx, f, UNMIX_DRAWING_PNG, "\x89PNG\r\n\x1a\n", 8), UNMIX_ERROR_INPUT, "no PNG");
    assert_ok(cx, um_page_take(cx, f, UNMIX_DRAWING_PDF, pdf, sizeof pdf - 1));
    assert_int_equal(f->drawing[UNMIX_DRAWING_PDF].length, sizeof pdf - 1); /* offsets in a PDF must stay true */
    assert_null(strstr(um_text_string(&f->drawing[UNMIX_DRAWING_PDF]), "2026"));
    assert_non_null(strstr(um_text_string(&f->drawing[UNMIX_DRAWING_PDF]), "/Producer (x)"));
}

static void test_large_tables_are_text(void **unused)
{
    (void)unused;
    um_figure *f = add_figure();
    for (size_t i = 0; i < 3000; i++)
        um_text_format(&f->table, "s%zu\t<%zu\n", i, i);
    assert_ok(cx, um_page_take(cx, f, UNMIX_DRAWING_SVG, svg, sizeof svg - 1));
    assert_ok(cx, um_page_html(cx, &page, &text));
    assert_non_null(strstr(um_text_string(&text), "<pre>\nsample\tvalue\n&lt;s&gt;\t1\n"));
    assert_non_null(strstr(um_text_string(&text), "\ns2999\t&lt;2999\n</pre>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_strings_of_gnuplot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_html, setup, teardown),
        cmocka_unit_test_setup_teardown(test_letters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_axes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quantiles, setup, teardown),
        cmocka_unit_test_setup_teardown(test_script, setup, teardown),
        cmocka_unit_test_setup_teardown(test_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drawings_are_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_large_tables_are_text, setup, teardown),
    };
    return um_run_group(tests);
}
