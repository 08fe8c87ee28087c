/* The class of a fit and its reasons, on both sides of every limit. */
#include "deconvolve/certify/verdict.h"

#include <math.h>
#include <string.h>

#include "testing/testing.h"

static const um_evidence right = {.correlation = 0.9,
                                  .deviance_r2 = 0.8,
                                  .background = 0.05,
                                  .gap = 1e-7,
                                  .p_value = 0.01,
                                  .length_slope = -0.1,
                                  .length_correlation = -0.3,
                                  .dominance = 0.1,
                                  .dominant = "HBB, HBA1, HBA2",
                                  .counts = 1e6,
                                  .types = 10,
                                  .genes = 5000,
                                  .matched = 6000,
                                  .genes_least = 8000};

typedef struct judged {
    unmix_fit class;
    char text[1024];
} judged;

static judged judge(um_evidence evidence)
{
    judged result;
    result.class = um_verdict(&evidence, result.text, sizeof result.text);
    return result;
}

#define WITH(member, number) with_##member(number)
#define DEFINE_WITH(member, type)              \
    static um_evidence with_##member(type number) \
    {                                          \
        um_evidence changed = right;           \
        changed.member = number;               \
        return changed;                        \
    }
DEFINE_WITH(correlation, double)
DEFINE_WITH(deviance_r2, double)
DEFINE_WITH(background, double)
DEFINE_WITH(gap, double)
DEFINE_WITH(dominance, double)
DEFINE_WITH(counts, double)
DEFINE_WITH(p_value, double)
DEFINE_WITH(genes, size_t)
DEFINE_WITH(matched, size_t)

static void expect(um_evidence evidence, unmix_fit class, const char *words)
{
    const judged result = judge(evidence);
    if (result.class != class || !strstr(result.text, words))
        fail_msg("expected %s with '%s', found %s: '%s'", unmix_fit_name(class), words,
                 unmix_fit_name(result.class), result.text);
}

static void a_right_fit_is_good_and_has_no_reason(void **state)
{
    (void)state;
    const judged result = judge(right);
    assert_int_equal(result.class, UNMIX_FIT_GOOD);
    assert_string_equal(result.text, "");
}

static void every_limit_has_two_sides(void **state)
{
    (void)state;
    expect(WITH(correlation, 0.51), UNMIX_FIT_GOOD, "");
    expect(WITH(correlation, 0.49), UNMIX_FIT_DOUBTFUL, "correlation of counts and prediction 0.49 (below 0.5)");
    expect(WITH(correlation, 0.29), UNMIX_FIT_POOR, "correlation of counts and prediction 0.29");
    expect(WITH(deviance_r2, 0.21), UNMIX_FIT_GOOD, "");
    expect(WITH(deviance_r2, 0.19), UNMIX_FIT_DOUBTFUL, "19% of the deviance explained (below 20%)");
    expect(WITH(deviance_r2, 0.05), UNMIX_FIT_POOR, "5% of the deviance");
    expect(WITH(deviance_r2, -3.0), UNMIX_FIT_POOR, "0% of the deviance");
    expect(WITH(background, 0.29), UNMIX_FIT_GOOD, "");
    expect(WITH(background, 0.62), UNMIX_FIT_DOUBTFUL, "background has 62% of the molecules (above 30%): a type may be missing");
    expect(WITH(background, 0.83), UNMIX_FIT_POOR, "background has 83%");
    expect(WITH(gap, 0.9e-2), UNMIX_FIT_GOOD, "");
    expect(WITH(gap, 2e-2), UNMIX_FIT_DOUBTFUL, "not at the optimum: gap 2.0e-02");
    expect(WITH(gap, 0.2), UNMIX_FIT_POOR, "gap");
    expect(WITH(p_value, 0.05), UNMIX_FIT_GOOD, "");
    expect(WITH(p_value, 0.06), UNMIX_FIT_DOUBTFUL, "permuted genes are fitted as well (p = 0.06, above 0.05)");
    expect(WITH(p_value, 0.51), UNMIX_FIT_POOR, "permuted genes");
    expect(WITH(dominance, 0.49), UNMIX_FIT_GOOD, "");
    expect(WITH(dominance, 0.51), UNMIX_FIT_DOUBTFUL, "3 genes have 51% of the counts: HBB, HBA1, HBA2");
    expect(WITH(counts, 201.0), UNMIX_FIT_GOOD, "");
    expect(WITH(counts, 150.0), UNMIX_FIT_DOUBTFUL, "150 counts for 10 types");
    expect(WITH(genes, 50), UNMIX_FIT_GOOD, "");
    expect(WITH(genes, 49), UNMIX_FIT_DOUBTFUL, "49 genes for 10 types");
    expect(WITH(matched, 1600), UNMIX_FIT_GOOD, "");
    expect(WITH(matched, 1599), UNMIX_FIT_DOUBTFUL, "1599 of 8000 genes matched (fewer than a fifth)");
}

static void two_moderate_numbers_are_doubtful_together(void **state)
{
    (void)state;
    um_evidence evidence = right;
    evidence.correlation = 0.55;
    assert_int_equal(judge(evidence).class, UNMIX_FIT_GOOD);
    evidence.deviance_r2 = 0.55;
    expect(evidence, UNMIX_FIT_DOUBTFUL, "correlation 0.55 and 55% of the deviance explained (both below 0.6)");
}

/* Either of them alone has other reasons: 3' signatures, or a small slope that noise follows closely. */
static void lengths_applied_twice_show_in_slope_and_correlation(void **state)
{
    (void)state;
    um_evidence evidence = right;
    evidence.length_slope = -0.79;
    evidence.length_correlation = -0.44;
    assert_int_equal(judge(evidence).class, UNMIX_FIT_GOOD);
    evidence.length_correlation = -0.67;
    expect(evidence, UNMIX_FIT_DOUBTFUL, "falls with gene length (slope -0.79, correlation -0.67)");
    evidence.length_slope = -0.5;
    assert_int_equal(judge(evidence).class, UNMIX_FIT_GOOD);
    evidence.length_slope = 1.0;
    evidence.length_correlation = 0.9;
    assert_int_equal(judge(evidence).class, UNMIX_FIT_GOOD);
}

static void what_is_not_known_is_not_judged_but_a_constant_prediction_is(void **state)
{
    (void)state;
    um_evidence least_squares = right;
    least_squares.deviance_r2 = least_squares.background = least_squares.gap = least_squares.counts = least_squares.p_value =
        least_squares.length_slope = least_squares.length_correlation = NAN;
    assert_int_equal(judge(least_squares).class, UNMIX_FIT_GOOD);
    expect(WITH(correlation, NAN), UNMIX_FIT_POOR, "nothing is explained");
}

static void reasons_follow_each_other_and_never_overflow(void **state)
{
    (void)state;
    um_evidence evidence = right;
    evidence.correlation = 0.1;
    evidence.background = 0.9;
    expect(evidence, UNMIX_FIT_POOR, "(below 0.5); background has 90%");
    char small[24];
    assert_int_equal(um_verdict(&evidence, small, sizeof small), UNMIX_FIT_POOR);
    assert_true(strlen(small) < sizeof small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_fit_is_good_and_has_no_reason),
        cmocka_unit_test(every_limit_has_two_sides),
        cmocka_unit_test(two_moderate_numbers_are_doubtful_together),
        cmocka_unit_test(lengths_applied_twice_show_in_slope_and_correlation),
        cmocka_unit_test(what_is_not_known_is_not_judged_but_a_constant_prediction_is),
        cmocka_unit_test(reasons_follow_each_other_and_never_overflow),
    };
    return um_run_group(tests);
}
