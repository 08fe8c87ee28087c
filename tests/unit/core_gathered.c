/* What is said about many files alike is said once. */
#include "core/gathered.h"

#include <stdio.h>
#include <string.h>

#include "testing/testing.h"

/* Reads "files": each says what its kind is, the second that it is odd, and a warning with a number. */
static void said_once_with_the_number(void **unused)
{
    (void)unused;
    unmix_context *cx = um_test_context();
    um_gathered gathered = {0};
    um_gathered_begin(cx, &gathered);
    for (int i = 1; i <= 3; i++) {
        char path[40], sample[8];
        (void)snprintf(path, sizeof path, "in/S%d/quant.sf", i);
        (void)snprintf(sample, sizeof sample, "S%d", i);
        um_note(cx, "%s: a table of Salmon: 1 column of values, %s; TPM is none", path, sample);
        if (i == 2)
            um_note(cx, "%s: is odd", path);
        um_warn(cx, "%s: %d rows count no gene", path, i == 3 ? 5 : 4);
        assert_ok(cx, um_gathered_file(&gathered, path, sample));
    }
    um_note(cx, "in/S4/quant.sf: is half read");
    assert_string_equal(um_test_log(), "");
    um_gathered_end(&gathered);
    const char *log = um_test_log();
    assert_non_null(strstr(log, "in/S1/quant.sf and 2 more files: a table of Salmon: 1 column of values, S1; TPM is none"));
    assert_non_null(strstr(log, "in/S2/quant.sf: is odd"));
    assert_non_null(strstr(log, "in/S1/quant.sf and 1 more file: 4 rows count no gene"));
    assert_non_null(strstr(log, "in/S3/quant.sf: 5 rows count no gene"));
    assert_non_null(strstr(log, "in/S4/quant.sf: is half read"));
    assert_null(strstr(log, "S2; TPM"));
    um_note(cx, "after");
    assert_non_null(strstr(um_test_log(), "after"));
    unmix_context_free(cx);
}

/* The name of a sample that is a part of other words leaves those alone. */
static void names_within_words_stay(void **unused)
{
    (void)unused;
    unmix_context *cx = um_test_context();
    um_gathered gathered = {0};
    um_gathered_begin(cx, &gathered);
    um_note(cx, "a: column 'a' and table");
    assert_ok(cx, um_gathered_file(&gathered, "a", "a"));
    um_note(cx, "b: column 'b' and table");
    assert_ok(cx, um_gathered_file(&gathered, "b", "b"));
    um_note(cx, "t: column 't' and cable");
    assert_ok(cx, um_gathered_file(&gathered, "t", "t"));
    um_gathered_end(&gathered);
    assert_non_null(strstr(um_test_log(), "a and 1 more file: column 'a' and table"));
    assert_non_null(strstr(um_test_log(), "t: column 't' and cable"));
    unmix_context_free(cx);
}

static void silent_without_a_log(void **unused)
{
    (void)unused;
    unmix_context *cx = unmix_context_new();
    um_gathered gathered = {0};
    um_gathered_begin(cx, &gathered);
    um_note(cx, "a: x");
    assert_ok(cx, um_gathered_file(&gathered, "a", NULL));
    um_gathered_end(&gathered);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(said_once_with_the_number),
        cmocka_unit_test(names_within_words_stay),
        cmocka_unit_test(silent_without_a_log),
    };
    return um_run_group(tests);
}
