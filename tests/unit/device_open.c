/* Listing and choosing devices. Expects at least one device, as every test on the device does. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "testing/testing.h"
#include "unmix/device.h"

static unmix_context *cx;
static unmix_device_info *list;
static size_t count;

static int open_list(void **state)
{
    (void)state;
    cx = um_test_context();
    assert_ok(cx, unmix_device_list(cx, &list, &count));
    assert_true(count > 0);
    return 0;
}

static int close_list(void **state)
{
    (void)state;
    unmix_device_list_free(list);
    unmix_context_free(cx);
    return 0;
}

static size_t of_kind(unmix_device_kind kind)
{
    size_t i = 0;
    while (i < count && list[i].kind != kind)
        i++;
    return i;
}

/* The selector finds the device at `want`; count: none. */
static void assert_selects(const char *selector, size_t want)
{
    unmix_device *device = NULL;
    if (want == count) {
        assert_refused(cx, unmix_device_open(cx, selector, UNMIX_SINGLE, &device), UNMIX_ERROR_NO_DEVICE,
                       "no device fits");
        assert_null(device);
        return;
    }
    assert_ok(cx, unmix_device_open(cx, selector, UNMIX_SINGLE, &device));
    assert_string_equal(unmix_device_get_info(device)->selector, list[want].selector);
    assert_int_equal(unmix_device_get_precision(device), UNMIX_SINGLE);
    unmix_device_close(device);
}

static void devices_are_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_true(*list[i].name && *list[i].platform && *list[i].driver && *list[i].version);
        assert_false(isspace((unsigned char)list[i].name[0]));
        assert_true(list[i].compute_units > 0);
        assert_true(list[i].memory_bytes >= list[i].largest_buffer_bytes && list[i].largest_buffer_bytes > 0);
        assert_true(list[i].local_bytes > 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(list[i].selector, list[j].selector);
    }
}

static void auto_is_a_gpu_else_a_cpu(void **state)
{
    (void)state;
    const size_t gpu = of_kind(UNMIX_DEVICE_GPU), cpu = of_kind(UNMIX_DEVICE_CPU);
    const size_t want = gpu < count ? gpu : cpu < count ? cpu : 0;
    assert_selects("auto", want);
    assert_selects(NULL, want);
}

static void kinds_are_found_or_refused(void **state)
{
    (void)state;
    assert_selects("cpu", of_kind(UNMIX_DEVICE_CPU));
    assert_selects("gpu", of_kind(UNMIX_DEVICE_GPU)); /* NO_DEVICE where there is none */
}

static void numbers_select(void **state)
{
    (void)state;
    for (size_t i = 0; i < count; i++)
        assert_selects(list[i].selector, i);
    assert_selects("0:9999", count);
    assert_selects("9999:0", count);
}

static void part_of_a_name_selects_in_any_case(void **state)
{
    (void)state;
    const char *const texts[] = {list[0].name, list[0].platform};
    for (size_t t = 0; t < 2; t++) {
        char part[200];
        const size_t n = strlen(texts[t]);
        (void)snprintf(part, sizeof part, "%s", texts[t] + (n > 6 ? 2 : 0));
        for (char *c = part; *c; c++)
            *c = (char)(isupper((unsigned char)*c) ? tolower((unsigned char)*c) : toupper((unsigned char)*c));
        assert_selects(part, 0);
    }
}

static void nonsense_fits_nothing(void **state)
{
    (void)state;
    assert_selects("no such device 4711", count);
    assert_selects("", count);
    unmix_device *device = NULL;
    assert_refused(cx, unmix_device_open(cx, "quux", UNMIX_SINGLE, &device), UNMIX_ERROR_NO_DEVICE, "'quux'");
}

/* Opens a list; its slots must be those of `want`. */
static void assert_list(const char *selector, const size_t *want, size_t n)
{
    unmix_device *device = NULL;
    assert_ok(cx, unmix_device_open(cx, selector, UNMIX_SINGLE, &device));
    assert_int_equal(unmix_device_count(device), n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(unmix_device_get_info_of(device, i)->selector, list[want[i]].selector);
    unmix_device_close(device);
}

static void lists_open_several(void **state)
{
    (void)state;
    const size_t last = count - 1;
    char selector[200];
    (void)snprintf(selector, sizeof selector, "%s,%s,%s", list[0].selector, list[last].selector, list[0].selector);
    assert_list(selector, (size_t[]){0, last, 0}, 3);
    assert_list(list[0].selector, (size_t[]){0}, 1);
}

static void all_of_a_kind(void **state)
{
    static const struct {
        const char *selector;
        unmix_device_kind kind;
    } kinds[] = {{"cpu:all", UNMIX_DEVICE_CPU}, {"gpu:all", UNMIX_DEVICE_GPU}};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        size_t want[64], n = 0;
        for (size_t i = 0; i < count && n < 64; i++)
            if (list[i].kind == kinds[k].kind)
                want[n++] = i;
        if (n)
            assert_list(kinds[k].selector, want, n);
        else
            assert_selects(kinds[k].selector, count);
    }
}

static void a_list_with_one_that_is_not_there_is_refused(void **state)
{
    static const char *const lists[] = {"auto,9999:0", "9999:0,auto", "auto,", ",auto", "auto,,auto"};
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        unmix_device *device = NULL;
        assert_refused(cx, unmix_device_open(cx, lists[i], UNMIX_SINGLE, &device), UNMIX_ERROR_NO_DEVICE, lists[i]);
        assert_null(device);
    }
    char many[5 * 65 + 1] = "";
    for (size_t i = 0; i < 65; i++)
        (void)strcat(many, i ? ",auto" : "auto");
    unmix_device *device = NULL;
    assert_refused(cx, unmix_device_open(cx, many, UNMIX_SINGLE, &device), UNMIX_ERROR_ARGUMENT, "more than 64");
}

static void double_needs_fp64(void **state)
{
    (void)state;
    for (size_t i = 0; i < count; i++) {
        unmix_device *device = NULL;
        if (list[i].has_double) {
            assert_ok(cx, unmix_device_open(cx, list[i].selector, UNMIX_DOUBLE, &device));
            assert_int_equal(unmix_device_get_precision(device), UNMIX_DOUBLE);
            unmix_device_close(device);
        } else {
            assert_refused(cx, unmix_device_open(cx, list[i].selector, UNMIX_DOUBLE, &device), UNMIX_ERROR_NO_DEVICE,
                           "no double precision");
            assert_null(device);
        }
    }
}

static void a_refused_tuning_leaves_the_device_as_it_was(void **state)
{
    (void)state;
    unmix_device *device = NULL;
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device));
    assert_refused(cx, unmix_device_tune(cx, device, "genes=8 tile=100"), UNMIX_ERROR_ARGUMENT, "tile must be");
    assert_ok(cx, unmix_device_tune(cx, device, "")); /* would be refused with tile 100 */
    unmix_device_close(device);
    unmix_device_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_are_described),
        cmocka_unit_test(auto_is_a_gpu_else_a_cpu),
        cmocka_unit_test(kinds_are_found_or_refused),
        cmocka_unit_test(numbers_select),
        cmocka_unit_test(part_of_a_name_selects_in_any_case),
        cmocka_unit_test(nonsense_fits_nothing),
        cmocka_unit_test(lists_open_several),
        cmocka_unit_test(all_of_a_kind),
        cmocka_unit_test(a_list_with_one_that_is_not_there_is_refused),
        cmocka_unit_test(double_needs_fp64),
        cmocka_unit_test(a_refused_tuning_leaves_the_device_as_it_was),
    };
    return cmocka_run_group_tests(tests, open_list, close_list) != 0 ? 1 : 0;
}
