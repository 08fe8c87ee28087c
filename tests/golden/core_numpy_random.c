/* Random numbers draw for draw as numpy's (tests/golden/numpy_random.py): equal bits, no tolerance. */
#include "core/numpy_random.h"

#include "golden/numpy_random_golden.h"
#include "testing/testing.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { PERMUTED = 40, PERMUTED_AGAIN = 25, PER_INTERVAL = 5, PER_BOUND = 3, LARGEST_CHOICE = 12000 };

/* Whether number i of a stream is shown, and where. */
static int shown(size_t i, size_t *at)
{
    const size_t last = GOLDEN_STREAM - GOLDEN_SHOWN;
    *at = i < GOLDEN_SHOWN ? i : i - last + GOLDEN_SHOWN;
    return i < GOLDEN_SHOWN || i >= last;
}

static void uniform_and_normal_are_those_of_random_state(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT(golden_mt_seed); s++) {
        um_mt uniform, normal;
        um_mt_start(&uniform, golden_mt_seed[s][0]);
        um_mt_start(&normal, golden_mt_seed[s][0]);
        for (size_t i = 0, at; i < GOLDEN_STREAM; i++) {
            const double u = um_mt_uniform(&uniform), z = um_mt_normal(&normal);
            if (!shown(i, &at))
                continue;
            assert_true(u == golden_mt_uniform[s][at]);
            assert_true(z == golden_mt_normal[s][at]);
        }
    }
}

static void intervals_are_those_of_random_state(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT(golden_mt_seed); s++) {
        um_mt mt;
        um_mt_start(&mt, golden_mt_seed[s][0]);
        for (size_t i = 0; i < COUNT(golden_mt_interval[s]); i++)
            assert_int_equal(um_mt_interval(&mt, golden_mt_max[i / PER_INTERVAL][0]), golden_mt_interval[s][i]);
    }
}

static void permutations_are_those_of_random_state(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT(golden_mt_seed); s++) {
        um_mt mt;
        size_t order[PERMUTED];
        um_mt_start(&mt, golden_mt_seed[s][0]);
        um_mt_permutation(&mt, PERMUTED, order);
        for (size_t i = 0; i < PERMUTED; i++)
            assert_int_equal(order[i], golden_mt_permutation[s][i]);
        (void)um_mt_normal(&mt);
        um_mt_permutation(&mt, PERMUTED_AGAIN, order);
        for (size_t i = 0; i < PERMUTED_AGAIN; i++)
            assert_int_equal(order[i], golden_mt_permutation[s][PERMUTED + i]);
    }
}

static void bits_are_those_of_default_rng(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT(golden_pcg_seed); s++) {
        um_pcg pcg;
        um_pcg_start(&pcg, golden_pcg_seed[s][0]);
        for (size_t i = 0, at; i < GOLDEN_STREAM; i++) {
            const uint64_t bits = um_pcg_bits(&pcg);
            if (shown(i, &at))
                assert_true(bits == golden_pcg_bits[s][at]);
        }
    }
}

static void integers_are_those_of_default_rng(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT(golden_pcg_seed); s++) {
        um_pcg pcg;
        um_pcg_start(&pcg, golden_pcg_seed[s][0]);
        for (size_t i = 0; i < COUNT(golden_pcg_below[s]); i++)
            assert_true(um_pcg_below(&pcg, golden_pcg_bound[i / PER_BOUND][0]) == golden_pcg_below[s][i]);
    }
}

static uint64_t hash_of(const size_t *items, size_t count)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < count; i++)
        hash = hash * 1000003U + items[i] + 1;
    return hash;
}

static void choices_are_those_of_default_rng(void **state)
{
    (void)state;
    static size_t chosen[LARGEST_CHOICE];
    unmix_context *cx = um_test_context();
    for (size_t s = 0; s < COUNT(golden_pcg_seed); s++) {
        um_pcg pcg;
        um_pcg_start(&pcg, golden_pcg_seed[s][0]);
        for (size_t c = 0; c < COUNT(golden_pcg_choice_of); c++) {
            const size_t n = golden_pcg_choice_of[c][0], count = golden_pcg_choice_of[c][1];
            const uint64_t *want = golden_pcg_choice[s] + 3 * c;
            assert_ok(cx, um_pcg_choice(cx, &pcg, n, count, chosen));
            assert_true(chosen[0] == want[0] && chosen[count - 1] == want[1]);
            assert_true(hash_of(chosen, count) == want[2]);
        }
    }
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_and_normal_are_those_of_random_state),
        cmocka_unit_test(intervals_are_those_of_random_state),
        cmocka_unit_test(permutations_are_those_of_random_state),
        cmocka_unit_test(bits_are_those_of_default_rng),
        cmocka_unit_test(integers_are_those_of_default_rng),
        cmocka_unit_test(choices_are_those_of_default_rng),
    };
    return um_run_group(tests);
}
