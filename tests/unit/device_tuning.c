/* The table of tunings and the text that changes them. */
#include "device/tuning.h"

#include <string.h>

#include "testing/testing.h"

static void cpus_get_vectors_gpus_get_groups(void **state)
{
    (void)state;
    const um_tuning single = um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_SINGLE, 0);
    const um_tuning twice = um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_DOUBLE, 0);
    assert_int_equal(single.vector, 16);
    assert_int_equal(twice.vector, 8);
    assert_int_equal(single.group, 1);
    assert_int_equal(single.fold, 1);
    assert_int_equal(twice.fold, 1);
    const unmix_device_kind kinds[] = {UNMIX_DEVICE_GPU, UNMIX_DEVICE_OTHER};
    for (size_t i = 0; i < 2; i++) {
        const um_tuning gpu = um_tuning_for(kinds[i], UNMIX_SINGLE, 1);
        assert_int_equal(gpu.vector, 1);
        assert_true(gpu.group > 1 && gpu.stage == 1 && gpu.fixed_sources == 1);
        assert_int_equal(gpu.fold, 0);
    }
}

static void narrow_cpus_get_their_own_width(void **state)
{
    (void)state;
    assert_int_equal(um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_SINGLE, 8).vector, 8);
    assert_int_equal(um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_SINGLE, 4).vector, 4);
    assert_int_equal(um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_DOUBLE, 4).vector, 4);
    assert_int_equal(um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_SINGLE, 16).vector, 16);
    assert_int_equal(um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_SINGLE, 1).vector, 16); /* 1 says nothing: scalar units */
}

/* Every row of the table is one that um_tuning_change() would allow. */
static void the_table_keeps_its_own_rules(void **state)
{
    (void)state;
    for (int kind = UNMIX_DEVICE_CPU; kind <= UNMIX_DEVICE_OTHER; kind++)
        for (int precision = UNMIX_SINGLE; precision <= UNMIX_DOUBLE; precision++)
            for (unsigned width = 0; width <= 32; width = width ? 2 * width : 1) {
                um_tuning tuning = um_tuning_for((unmix_device_kind)kind, (unmix_precision)precision, width);
                assert_null(um_tuning_change(&tuning, ""));
            }
}

static void changes_are_taken(void **state)
{
    (void)state;
    um_tuning t = um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_SINGLE, 16);
    assert_null(um_tuning_change(&t, "vector=4 vectors=3,genes=2 tile=64 group=7 stage=1 fixed-sources=1 fold=0"));
    assert_int_equal(t.vector, 4);
    assert_int_equal(t.vectors, 3);
    assert_int_equal(t.genes, 2);
    assert_int_equal(t.tile, 64);
    assert_int_equal(t.group, 7);
    assert_int_equal(t.stage, 1);
    assert_int_equal(t.fixed_sources, 1);
    assert_int_equal(t.fold, 0);
}

/* All programs have a lane; vectors are the device's, or narrower (down to 4) where half of one holds them all. */
static void programs_get_vectors_without_idle_halves(void **state)
{
    (void)state;
    static const struct {
        unsigned vector;
        size_t programs;
        um_rank want;
    } cases[] = {
        {16, 1, {4, 1}},  {16, 4, {4, 1}},  {16, 5, {8, 1}},  {16, 8, {8, 1}},   {16, 9, {16, 1}}, {16, 16, {16, 1}},
        {16, 17, {16, 2}}, {16, 33, {16, 3}}, {8, 3, {4, 1}},  {8, 9, {8, 2}},    {4, 1, {4, 1}},   {4, 5, {4, 2}},
        {2, 1, {2, 1}},   {2, 3, {2, 2}},   {1, 1, {1, 1}},   {1, 33, {1, 33}},  {16, 0, {4, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_tuning t = um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_SINGLE, 16);
        t.vector = cases[i].vector;
        const um_rank got = um_tuning_rank(&t, cases[i].programs);
        if (got.vector != cases[i].want.vector || got.vectors != cases[i].want.vectors)
            fail_msg("vector=%u, %zu programs: %u x %u, expected %u x %u", t.vector, cases[i].programs, got.vectors,
                     got.vector, cases[i].want.vectors, cases[i].want.vector);
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"vector", "NAME=NUMBER"},          {"vecto=4", "the names are"},
        {"vectorss=4", "the names are"},    {"=4", "the names are"},
        {"vector=", "whole number"},        {"vector=x", "whole number"},
        {"vector=4x", "whole number"},      {"vector=-1", "whole number"},
        {"group=4097", "whole number"},     {"group=1.5", "whole number"},
        {"vector=3", "vector must be"},     {"vector=0", "vector must be"},
        {"vector=32", "vector must be"},    {"vectors=0", "tile must be"},
        {"genes=0", "tile must be"},        {"tile=0", "tile must be"},
        {"tile=512", "tile must be"},       {"genes=3", "tile must be"},
        {"tile=4 genes=8", "tile must be"}, {"group=0", "group must be"},
        {"vectors=9", "vectors at most 8"}, {"stage=2", "stage, fixed-sources"},
        {"fixed-sources=2", "0 or 1"},      {"group=2 stage", "NAME=NUMBER"},
        {"fold=2", "fold 0 or 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_tuning t = um_tuning_for(UNMIX_DEVICE_CPU, UNMIX_SINGLE, 16);
        const char *wrong = um_tuning_change(&t, cases[i].text);
        if (!wrong || !strstr(wrong, cases[i].part))
            fail_msg("'%s': %s, expected '%s'", cases[i].text, wrong ? wrong : "accepted", cases[i].part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpus_get_vectors_gpus_get_groups),
        cmocka_unit_test(narrow_cpus_get_their_own_width),
        cmocka_unit_test(the_table_keeps_its_own_rules),
        cmocka_unit_test(changes_are_taken),
        cmocka_unit_test(programs_get_vectors_without_idle_halves),
        cmocka_unit_test(nonsense_is_refused),
    };
    return um_run_group(tests);
}
