/* What holds for the random numbers of numpy whatever their values; the values are tested in tests/golden. */
#include "core/numpy_random.h"

#include "testing/testing.h"

static void draws_without_a_choice_leave_the_stream_alone(void **state)
{
    (void)state;
    um_mt mt, same_mt;
    um_pcg pcg, same_pcg;
    um_mt_start(&mt, 5);
    um_mt_start(&same_mt, 5);
    um_pcg_start(&pcg, 5);
    um_pcg_start(&same_pcg, 5);
    assert_int_equal(um_mt_interval(&mt, 0), 0);
    assert_true(um_pcg_below(&pcg, 1) == 0);
    assert_int_equal(um_mt_bits(&mt), um_mt_bits(&same_mt));
    assert_true(um_pcg_bits(&pcg) == um_pcg_bits(&same_pcg));
}

static void mt19937_gives_the_published_number(void **state)
{
    (void)state;
    um_mt mt; /* ISO C++ 26.5.5: the 10,000th number of mt19937 with its default seed 5489 is 4123659995 */
    um_mt_start(&mt, 5489);
    for (int i = 1; i < 10000; i++)
        (void)um_mt_bits(&mt);
    assert_true(um_mt_bits(&mt) == 4123659995U);
}

static void a_shuffle_of_positions_is_a_permutation(void **state)
{
    (void)state;
    um_mt mt, again;
    size_t order[9], items[9];
    um_mt_start(&mt, 3);
    um_mt_start(&again, 3);
    um_mt_permutation(&mt, 9, order);
    for (size_t i = 0; i < 9; i++)
        items[i] = 10 * i;
    um_mt_shuffle(&again, 9, items);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(items[i], 10 * order[i]);
}

static void check_choice(unmix_context *cx, size_t n, size_t count)
{
    static size_t chosen[11000];
    static unsigned char taken[11000];
    um_pcg pcg;
    um_pcg_start(&pcg, n);
    for (size_t i = 0; i < n; i++)
        taken[i] = 0;
    assert_ok(cx, um_pcg_choice(cx, &pcg, n, count, chosen));
    for (size_t i = 0; i < count; i++) {
        assert_true(chosen[i] < n);
        assert_int_equal(taken[chosen[i]], 0);
        taken[chosen[i]] = 1;
    }
}

static void a_choice_has_no_item_twice(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    check_choice(cx, 1, 1);
    check_choice(cx, 7, 0);
    check_choice(cx, 7, 7);
    check_choice(cx, 10001, 100);  /* Floyd */
    check_choice(cx, 11000, 8800); /* the tail of a shuffle */
    check_choice(cx, 11000, 11000);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_without_a_choice_leave_the_stream_alone),
        cmocka_unit_test(mt19937_gives_the_published_number),
        cmocka_unit_test(a_shuffle_of_positions_is_a_permutation),
        cmocka_unit_test(a_choice_has_no_item_twice),
    };
    return um_run_group(tests);
}
