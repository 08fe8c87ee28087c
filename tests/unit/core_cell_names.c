/* Names of the same cells as different programs write them. */
#include "core/cell_names.h"

#include <string.h>

#include "testing/testing.h"

static um_names words(unmix_context *cx, const char *text)
{
    um_names names = {0};
    while (*text) {
        const size_t length = strcspn(text, " ");
        assert_ok(cx, um_names_add(cx, &names, text, length));
        text += length + strspn(text + length, " ");
    }
    return names;
}

/* `want` is what the names become; "" where they stay. */
static void expect(const char *cells, const char *names, const char *want, const char *part)
{
    unmix_context *cx = um_test_context();
    um_names ours = words(cx, cells), theirs = words(cx, names), wanted = words(cx, *want ? want : names);
    const char *how = NULL;
    assert_ok(cx, um_cell_names_reconcile(cx, &ours, &theirs, &how));
    assert_int_equal(how != NULL, *want != '\0');
    if (how)
        assert_non_null(strstr(how, part));
    assert_int_equal(theirs.count, wanted.count);
    for (size_t i = 0; i < wanted.count; i++)
        assert_string_equal(um_name(&theirs, i), um_name(&wanted, i));
    um_names_clear(&ours);
    um_names_clear(&theirs);
    um_names_clear(&wanted);
    unmix_context_free(cx);
}

static void ways(void **state)
{
    (void)state;
    expect("AC-1 GT-1", "GT AC", "GT-1 AC-1", "without the number behind the dash");
    expect("AC.1 GT.1", "AC-1 GT-1", "AC.1 GT.1", "points for dashes");
    expect("AC-1 GT-1", "s1_AC-1 s1_GT-1", "AC-1 GT-1", "before '_'");
    expect("AC-1 GT-1", "s_1_AC s_1_GT", "AC-1 GT-1", "before '_' in all of one list, and without");
    expect("x_AC x_GT", "AC-1 GT-1 TT-1", "x_AC x_GT TT-1", "");
    expect("AC.1 GT.1", "s_AC-1 s_GT-1", "AC.1 GT.1", "with points");
}

static void nothing_that_is_not_sure(void **state)
{
    (void)state;
    expect("AC-1 AC-2", "AC GT", "", "");              /* one name for two cells */
    expect("AC-1 GT-1", "AC-1x GG", "", "");           /* nothing meets */
    expect("AC-1 GT-1 CC-1", "AC GG TT", "", "");      /* one of three */
    expect("AC-1 GT-1", "s1_AC-1 s2_GT-1", "", "");    /* of two samples */
    expect("12 13", "1 2", "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ways), cmocka_unit_test(nothing_that_is_not_sure)};
    return um_run_group(tests);
}
