/* Units: the table of factors, what is detected from the numbers, and signatures that are logarithms. */
#include "deconvolve/problem/units.h"

#include <math.h>
#include <string.h>

#include "testing/testing.h"

/* A gene of 2,000 bases, insert size 500: 4 reads a molecule. */
static void factors_are_those_of_the_table(void **state)
{
    (void)state;
    static const struct {
        unmix_bulk_units bulk;
        double molecules, reads;
    } table[] = {{UNMIX_BULK_READS, 4.0, 1.0},  {UNMIX_BULK_DETECT, 4.0, 1.0}, {UNMIX_BULK_UMI, 1.0, 0.25},
                 {UNMIX_BULK_TPM, 1.0, 0.25},   {UNMIX_BULK_FPKM, 1.0, 0.25},  {UNMIX_BULK_CPM, 4.0, 1.0}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_true(um_unit_factor(table[i].bulk, UNMIX_UNITS_MOLECULES, 2000.0, 500.0) == table[i].molecules);
        assert_true(um_unit_factor(table[i].bulk, UNMIX_UNITS_READS, 2000.0, 500.0) == table[i].reads);
    }
}

static um_bulk_look look(double least, double most, size_t samples, double fractions)
{
    const double mean = 0.5 * (least + most), deviation = 0.5 * (most - least);
    return (um_bulk_look){.values = 1000, .fractions = (size_t)(1000.0 * fractions), .least = least, .most = most, .mean = mean,
                          .square = mean * mean + deviation * deviation, .samples = samples};
}

static void tpm_are_known_by_fractions_and_equal_sums(void **state)
{
    (void)state;
    static const struct {
        double least, most, fractions;
        size_t samples;
        int tpm, fpkm;
    } cases[] = {
        {1e6, 1e6, 1.0, 4, 1, 0},      /* as they come */
        {9.63e5, 9.76e5, 1.0, 12, 1, 0}, /* some genes left out */
        {1e6, 1e6, 1.0, 1, 1, 0},      /* one sample */
        {5e6, 5e6, 0.0, 40, 0, 0},     /* counts of equal depth */
        {1e6, 1e6, 0.0, 4, 0, 0},      /* whole counts, rarefied to a million */
        {5.7e6, 6e6, 0.64, 7, 0, 0},   /* estimated counts */
        {9e6, 3e7, 1.0, 20, 0, 0},     /* lengthScaledTPM */
        {2.2e5, 3.9e5, 1.0, 10, 0, 1}, /* RPKM */
        {7e5, 7e5, 1.0, 1, 0, 1},      /* one sample of another sum */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const um_bulk_look l = look(cases[i].least, cases[i].most, cases[i].samples, cases[i].fractions);
        assert_int_equal(um_bulk_units_of(&l), cases[i].tpm ? UNMIX_BULK_TPM : UNMIX_BULK_READS);
        assert_int_equal(um_may_be_fpkm(&l), cases[i].fpkm);
    }
}

static um_matrix signatures(unmix_context *cx, double (*value)(double))
{
    um_matrix m = {0};
    for (size_t g = 0; g < 100; g++)
        assert_ok(cx, um_names_add(cx, &m.rows, "g", 1));
    assert_ok(cx, um_names_add(cx, &m.columns, "T", 1));
    assert_ok(cx, um_matrix_set_origin(cx, &m, "sig.tsv"));
    assert_ok(cx, um_matrix_allocate(cx, &m));
    for (size_t g = 0; g < 100; g++) /* expression from 0.02 to 5,000, evenly on a log scale */
        m.values[g] = value(0.02 * exp((double)g * log(5000.0 / 0.02) / 99.0));
    return m;
}

static double as_it_is(double x)
{
    return x;
}


static double fraction(double x)
{
    return x / 50000.0;
}

static double base_2(double x)
{
    return log2(x + 1.0);
}

static double whole(double x)
{
    return floor(log2(x + 1.0));
}

static void logarithms_are_refused_and_linear_values_are_not(void **state)
{
    (void)state;
    static const struct {
        double (*value)(double);
        int log;
    } cases[] = {{as_it_is, 0}, {fraction, 0}, {base_2, 1}, {log1p, 1}, {whole, 0}};
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_matrix m = signatures(cx, cases[i].value);
        if (cases[i].log)
            assert_refused(cx, um_refuse_logarithms(cx, &m, UNMIX_SCALE_DETECT), UNMIX_ERROR_INPUT,
                           "sig.tsv: the signatures look log-transformed (not whole, largest");
        else
            assert_ok(cx, um_refuse_logarithms(cx, &m, UNMIX_SCALE_DETECT));
        assert_ok(cx, um_refuse_logarithms(cx, &m, UNMIX_SCALE_LINEAR));
        um_matrix_clear(&m);
    }
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_are_those_of_the_table),
        cmocka_unit_test(tpm_are_known_by_fractions_and_equal_sums),
        cmocka_unit_test(logarithms_are_refused_and_linear_values_are_not),
    };
    return um_run_group(tests);
}
