/* What programs are built from: every file of the list, every number of constants.h, nothing dropped in silence. */
#include "device/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/constants.h"
#include "testing/testing.h"

static unmix_context *cx;

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

/* A program of many files has them all, each behind the line that names it and in the order of the list. */
static void no_file_is_dropped(void **state)
{
    (void)state;
    char files[400] = "common.cl", *text = NULL;
    for (int i = 0; i < 30; i++)
        strcat(files, i % 2 ? " em.cl" : " ceiling.cl");
    assert_ok(cx, um_build_text(cx, files, &text));
    assert_int_equal(count(text, "#line 1 \"kernels/"), 31);
    assert_int_equal(count(text, "#line 1 \"kernels/common.cl\"\n/*"), 1);
    assert_int_equal(count(text, "#line 1 \"kernels/em.cl\"\n/*"), 15);
    assert_int_equal(count(text, "UM_KERNEL void um_em_step("), 15);
    assert_true(strstr(text, "um_ceiling_copy(") < strstr(text, "um_em_step("));
    free(text);
}

static void a_file_that_is_not_there_is_refused(void **state)
{
    (void)state;
    char *text = NULL;
    assert_refused(cx, um_build_text(cx, "common.cl nothing.cl em.cl", &text), UNMIX_ERROR_INTERNAL,
                   "kernel file 'nothing.cl' is not embedded");
    assert_null(text);
    assert_refused(cx, um_build_text(cx, "comm", &text), UNMIX_ERROR_INTERNAL, "kernel file 'comm' is not embedded");
}

static um_build any_build(void)
{
    return (um_build){.program = UM_PROGRAM_DECONVOLVE,
                      .has_double = 1,
                      .tuning = um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_SINGLE, 16),
                      .sources = 22,
                      .programs = 10};
}

/* As a kernel sees it: " -DNAME=value " once. */
static void assert_option(const char *options, const char *name, const char *value)
{
    char option[100], padded[UM_OPTIONS_SIZE + 2];
    (void)snprintf(option, sizeof option, " -D%s=%s ", name, value);
    (void)snprintf(padded, sizeof padded, "%s ", options);
    if (count(padded, option) != 1)
        fail_msg("'%s' is not once in '%s'", option, options);
}

static void every_shared_number_is_an_option(void **state)
{
    (void)state;
    char options[UM_OPTIONS_SIZE], value[40];
    um_build build = any_build();
    um_build_options(&build, options, sizeof options);
    assert_true(strlen(options) < sizeof options - 100);
#define UM_ENTRY(name, number)                                    \
    (void)snprintf(value, sizeof value, "%uu", (unsigned)(number)); \
    assert_option(options, "UM_" #name, value);
    UM_SHARED_COUNTS(UM_ENTRY)
#undef UM_ENTRY
#define UM_ENTRY(name, number)                  \
    assert_option(options, "UM_" #name, #number); \
    assert_non_null(strpbrk(#number, ".e"));
    UM_SHARED_NUMBERS(UM_ENTRY)
#undef UM_ENTRY
    build.has_double = 0; /* then no number may be a double */
    um_build_options(&build, options, sizeof options);
#define UM_ENTRY(name, number) assert_option(options, "UM_" #name, #number "f");
    UM_SHARED_NUMBERS(UM_ENTRY)
#undef UM_ENTRY
}

/* A kernel reads a number as a double and rounds it; the nearest float must come of that. */
static void shared_numbers_round_to_the_nearest_float(void **state)
{
    (void)state;
#define UM_ENTRY(name, number) assert_true((float)UM_##name == strtof(#number, NULL));
    UM_SHARED_NUMBERS(UM_ENTRY)
#undef UM_ENTRY
}

static void builds_are_told_apart(void **state)
{
    (void)state;
    char first[UM_OPTIONS_SIZE], second[UM_OPTIONS_SIZE];
    um_build build = any_build();
    um_build_options(&build, first, sizeof first);
    build.sources = 61; /* room is kept for 128 */
    um_build_options(&build, second, sizeof second);
    assert_string_equal(first, second);
    build.sources = 129;
    um_build_options(&build, second, sizeof second);
    assert_string_not_equal(first, second);
    assert_option(second, "UM_MAX_SOURCES", "256u");
    build.tuning = um_tuning_for(UNMIX_DEVICE_GPU, UNMIX_SINGLE, 1);
    um_build_options(&build, second, sizeof second);
    assert_option(second, "UM_SOURCES", "129u");
    assert_option(second, "UM_MAX_SOURCES", "129u");
    build.program = UM_PROGRAM_NMF;
    um_build_options(&build, first, sizeof first);
    assert_option(first, "UM_KV", "10");
    build.sources = 7;
    um_build_options(&build, second, sizeof second);
    assert_string_equal(first, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_is_dropped),
        cmocka_unit_test(a_file_that_is_not_there_is_refused),
        cmocka_unit_test(every_shared_number_is_an_option),
        cmocka_unit_test(shared_numbers_round_to_the_nearest_float),
        cmocka_unit_test(builds_are_told_apart),
    };
    cx = um_test_context();
    const int failed = um_run_group(tests);
    unmix_context_free(cx);
    return failed;
}
