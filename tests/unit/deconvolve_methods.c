/* What methods say of themselves. */
#include <string.h>

#include "deconvolve/solve/method.h"
#include "testing/testing.h"

static void the_list_has_every_method_once(void **state)
{
    (void)state;
    const size_t n = unmix_method_count();
    assert_true(n >= 5);
    for (size_t i = 0; i < n; i++) {
        const unmix_method_traits *method = unmix_method_info((unmix_method)i);
        assert_int_equal(method->method, i);
        assert_ptr_equal(unmix_method_named(method->name), method);
        assert_true(*method->description && *method->objective && !strchr(method->description, '\n'));
        assert_true(method->tolerance[UNMIX_SINGLE] > 0.0 && method->tolerance[UNMIX_DOUBLE] > 0.0);
        assert_true(method->max_iterations >= 1);
        assert_true(!unmix_method_takes(method, "tolerance") == !unmix_method_takes(method, "max-iterations"));
        const um_method *whole = um_method_for((unmix_method)i);
        assert_true(whole->open && whole->fit && whole->close);
    }
    assert_null(unmix_method_info((unmix_method)n));
    assert_null(unmix_method_info((unmix_method)-1));
    assert_null(unmix_method_named("best"));
    assert_null(unmix_method_named(NULL));
}

static void a_method_says_what_it_takes(void **state)
{
    (void)state;
    const unmix_method_traits *em = unmix_method_named("em"), *exact = unmix_method_named("exact");
    assert_non_null(unmix_method_takes(em, "l1"));
    assert_true(*unmix_method_takes(em, "l1")->text);
    assert_null(unmix_method_takes(em, "l2"));
    assert_null(unmix_method_takes(exact, "l1"));
    assert_null(unmix_method_takes(exact, "l"));
    assert_true(unmix_method_named("music")->needs_reference && !exact->needs_reference);
    assert_true(exact->gap && !exact->nll && em->nll && !em->gap);
}

static void methods_that_take_an_option_are_listed(void **state)
{
    (void)state;
    char text[64], small[8];
    assert_string_equal(unmix_methods_that_take("l1", "and", text, sizeof text), "em and gd");
    assert_string_equal(unmix_methods_that_take("l2", "and", text, sizeof text), "gd");
    assert_string_equal(unmix_methods_that_take("tolerance", "or", text, sizeof text), "exact, em, gd or music");
    assert_string_equal(unmix_methods_that_take("nothing", "or", text, sizeof text), "");
    assert_string_equal(unmix_methods_that_take("tolerance", "or", small, sizeof small), "exact, ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_every_method_once),
        cmocka_unit_test(a_method_says_what_it_takes),
        cmocka_unit_test(methods_that_take_an_option_are_listed),
    };
    return um_run_group(tests);
}
