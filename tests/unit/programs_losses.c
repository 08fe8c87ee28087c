/* The table of losses: names, numbers, what goes with what. */
#include "programs/nmf/losses.h"

#include <math.h>
#include <string.h>

#include "testing/testing.h"

static void every_entry_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < unmix_nmf_loss_count(); i++) {
        const um_loss *loss = um_loss_for((um_nmf_loss)i);
        assert_int_equal(loss->traits.loss, i);
        assert_non_null(loss->traits.name);
        assert_non_null(loss->traits.description);
        assert_non_null(loss->entry);
        assert_true((loss->stored != NULL) == (loss->sum == UM_LOSS_TOTALS));
        assert_true((loss->divergence == UM_LOSS_NO_KERNEL) == (loss->sum == UM_LOSS_SQUARES));
        for (int solver = loss->traits.hals ? UM_NMF_HALS : UM_NMF_MU; solver <= UM_NMF_MU; solver++) {
            assert_true(strstr(um_kernel_table[loss->kernels[solver].cells].function, "um_nmf_cells_"));
            assert_true(strstr(um_kernel_table[loss->kernels[solver].genes].function, "um_nmf_genes_"));
            assert_true(strstr(um_kernel_table[loss->kernels[solver].fold].function, "um_nmf_fold"));
        }
    }
    assert_null(um_loss_for((um_nmf_loss)unmix_nmf_loss_count()));
    assert_null(unmix_nmf_loss_info((unmix_nmf_loss)unmix_nmf_loss_count()));
}

static void a_loss_is_read_by_name_or_number(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        um_nmf_loss loss;
        double beta;
        const char *written;
    } right[] = {{"frobenius", UM_NMF_FROBENIUS, 2, "frobenius"},
                 {"2", UM_NMF_FROBENIUS, 2, "frobenius"},
                 {"kl", UM_NMF_KL, 1, "kl"},
                 {"kullback-leibler", UM_NMF_KL, 1, "kl"},
                 {"1.0", UM_NMF_KL, 1, "kl"},
                 {"itakura-saito", UM_NMF_ITAKURA_SAITO, 0, "itakura-saito"},
                 {"-0", UM_NMF_ITAKURA_SAITO, 0, "itakura-saito"},
                 {"-1.2", UM_NMF_BETA, -1.2, "-1.2"},
                 {"5e-1", UM_NMF_BETA, 0.5, "0.5"},
                 {"0.10000000000000001", UM_NMF_BETA, 0.1, "0.1"},
                 {"1.3333333333333333", UM_NMF_BETA, 4.0 / 3.0, "1.3333333333333333"}};
    static const char *const wrong[] = {"", "is", "BETA", "nan", "inf", "-inf", "1.5x", "kl ", "Frobenius"};
    char text[32];
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        um_nmf_options options = {0};
        assert_true(um_loss_read(right[i].text, &options.loss, &options.beta));
        assert_int_equal(options.loss, right[i].loss);
        assert_true(um_loss_beta(&options) == right[i].beta);
        assert_true(um_loss_is_undefined_at_zero(&options) == (right[i].beta <= 0));
        assert_string_equal(um_loss_write(options.loss, options.beta, text, sizeof text), right[i].written);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        um_nmf_options options = {0};
        assert_false(um_loss_read(wrong[i], &options.loss, &options.beta));
    }
}

/* The beta-divergence goes over into those of its names, and is 0 where x is met. */
static void the_family_is_continuous(void **state)
{
    (void)state;
    static const um_nmf_loss named[] = {UM_NMF_ITAKURA_SAITO, UM_NMF_KL, UM_NMF_FROBENIUS};
    double (*const entry)(double, double, double) = um_loss_for(UM_NMF_BETA)->entry;
    for (size_t i = 0; i < 3; i++)
        for (double y = 0.25; y < 6; y += 0.75) {
            const double want = um_loss_for(named[i])->entry((double)i, 1.75, y), at = entry((double)i + 1e-6, 1.75, y);
            um_assert_close(&at, &want, 1, 0, 1e-4, "loss");
        }
    for (double beta = -2.1; beta <= 4; beta += 0.375)
        assert_true(fabs(entry(beta, 1.75, 1.75)) < 1e-13 && entry(beta, 1.75, 1.5) > 0 && entry(beta, 1.75, 2) > 0);
}

static void zeros_are_found(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_sparse X = {0}, missing = {0};
    size_t cell = 0, gene = 0;
    assert_ok(cx, um_sparse_allocate(cx, &X, 2, 3, 6));
    assert_ok(cx, um_sparse_allocate(cx, &missing, 2, 3, 6));
    static const size_t start[] = {0, 3, 5}, lost_start[] = {0, 0, 1};
    static const uint32_t column[] = {0, 1, 2, 0, 2};
    memcpy(X.start, start, sizeof start);
    memcpy(X.column, column, sizeof column);
    memcpy(missing.start, lost_start, sizeof lost_start);
    missing.column[0] = 1;
    for (size_t i = 0; i < 5; i++)
        X.value[i] = 1;
    assert_false(um_find_zero(&(um_nmf_data){&X, &missing}, &cell, &gene)); /* what is missing is no zero */
    assert_true(um_find_zero(&(um_nmf_data){&X, NULL}, &cell, &gene));
    assert_int_equal(cell, 1);
    assert_int_equal(gene, 1);
    X.value[2] = 0; /* stored */
    assert_true(um_find_zero(&(um_nmf_data){&X, &missing}, &cell, &gene));
    assert_int_equal(cell, 0);
    assert_int_equal(gene, 2);
    um_sparse_clear(&X);
    um_sparse_clear(&missing);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_whole),
        cmocka_unit_test(a_loss_is_read_by_name_or_number),
        cmocka_unit_test(the_family_is_continuous),
        cmocka_unit_test(zeros_are_found),
    };
    return um_run_group(tests);
}
