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

static um_bulk_look look(double least, double most, size_t samples, double fractions, double small, size_t scaled)
{
    const double mean = 0.5 * (least + most), deviation = 0.5 * (most - least);
    return (um_bulk_look){.values = 1000, .fractions = (size_t)(1000.0 * fractions), .small = (size_t)(1000.0 * small), .scaled = scaled, .least = least, .most = most, .mean = mean,
                          .square = mean * mean + deviation * deviation, .samples = samples};
}

static void units_are_known_by_fractions_and_sums(void **state)
{
    (void)state;
    static const struct {
        double least, most, fractions, small;
        size_t samples, scaled;
        unmix_bulk_units units;
        int doubt;
    } cases[] = {
        {1e6, 1e6, 1.0, 0.1, 4, 0, UNMIX_BULK_TPM, 0},        /* as they come */
        {9.63e5, 9.76e5, 1.0, 0.1, 12, 0, UNMIX_BULK_TPM, 0}, /* some genes left out */
        {1e6, 1e6, 1.0, 0.1, 1, 0, UNMIX_BULK_TPM, 0},        /* one sample */
        {1e6, 1e6, 1.0, 0.1, 4, 4, UNMIX_BULK_CPM, 0},        /* counts divided by their totals */
        {1e6, 1e6, 1.0, 0.1, 4, 3, UNMIX_BULK_TPM, 0},
        {5e6, 5e6, 0.0, 0.0, 40, 0, UNMIX_BULK_READS, 0},     /* counts of equal depth */
        {1e6, 1e6, 0.0, 0.0, 4, 0, UNMIX_BULK_READS, 0},      /* whole counts, rarefied to a million */
        {5.7e6, 6e6, 0.64, 0.05, 7, 0, UNMIX_BULK_READS, 0},  /* estimated counts */
        {9e6, 3e7, 1.0, 0.1, 20, 0, UNMIX_BULK_READS, 0},     /* lengthScaledTPM */
        {2.2e5, 3.9e5, 1.0, 0.3, 10, 0, UNMIX_BULK_FPKM, 0},  /* RPKM */
        {2.2e5, 3.9e5, 1.0, 0.02, 10, 0, UNMIX_BULK_READS, 1}, /* few estimated counts, or RPKM of some genes */
        {2.2e5, 3.9e5, 1.0, 0.3, 10, 10, UNMIX_BULK_READS, 0}, /* scaled counts of another total */
        {7e5, 7e5, 1.0, 0.0, 1, 0, UNMIX_BULK_READS, 1},      /* one sample of another sum */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const um_bulk_look l =
            look(cases[i].least, cases[i].most, cases[i].samples, cases[i].fractions, cases[i].small, cases[i].scaled);
        assert_int_equal(um_bulk_units_of(&l), cases[i].units);
        assert_int_equal(um_may_be_fpkm(&l), cases[i].doubt);
    }
}

static void scaled_counts_are_known(void **state)
{
    (void)state;
    double counts[100], few[10];
    for (size_t i = 0; i < 100; i++)
        counts[i] = (double)(3 + (i * i * 7919) % 4001) * 1e6 / 7654321.0;
    counts[17] = 3e6 / 7654321.0; /* the least value is 3 counts */
    assert_true(um_are_scaled_counts(counts, 100));
    memcpy(few, counts, sizeof few);
    assert_false(um_are_scaled_counts(few, 10));
    for (size_t i = 0; i < 100; i++)
        counts[i] = round(counts[i] * 100.0) / 100.0; /* digits cut: no longer */
    assert_false(um_are_scaled_counts(counts, 100));
    for (size_t i = 0; i < 100; i++)
        counts[i] *= 1.0 + 0.3 * sin((double)i); /* TPM */
    assert_false(um_are_scaled_counts(counts, 100));
}

static const char *told(unmix_bulk_units bulk, unmix_signature_units units, int detected, int lengths)
{
    unmix_context *cx = um_test_context();
    const unmix_deconvolve_options options = {.bulk_units = bulk, .units = units};
    um_tell_units(cx, "b.tsv", &options, detected, lengths);
    unmix_context_free(cx);
    return um_test_log();
}

static void what_becomes_of_lengths_is_said(void **state)
{
    (void)state;
    assert_non_null(strstr(told(UNMIX_BULK_READS, UNMIX_UNITS_MOLECULES, 1, 1), "taken as counts of reads, so gene lengths apply"));
    assert_non_null(strstr(told(UNMIX_BULK_CPM, UNMIX_UNITS_MOLECULES, 1, 1), "taken as CPM of reads, so gene lengths apply"));
    assert_non_null(strstr(told(UNMIX_BULK_TPM, UNMIX_UNITS_MOLECULES, 1, 1), "taken as TPM, so gene lengths are left out"));
    assert_non_null(strstr(told(UNMIX_BULK_FPKM, UNMIX_UNITS_READS, 1, 1), "FPKM, so gene lengths are taken out of the sig"));
    assert_non_null(strstr(told(UNMIX_BULK_UMI, UNMIX_UNITS_READS, 0, 1), "umi has no gene lengths in it"));
    assert_non_null(strstr(told(UNMIX_BULK_TPM, UNMIX_UNITS_READS, 1, 0), "give --gene-info"));
    assert_string_equal(told(UNMIX_BULK_TPM, UNMIX_UNITS_MOLECULES, 1, 0), "");
    assert_string_equal(told(UNMIX_BULK_READS, UNMIX_UNITS_MOLECULES, 0, 1), "");
    assert_string_equal(told(UNMIX_BULK_READS, UNMIX_UNITS_READS, 1, 1), "");
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
        cmocka_unit_test(units_are_known_by_fractions_and_sums),
        cmocka_unit_test(scaled_counts_are_known),
        cmocka_unit_test(what_becomes_of_lengths_is_said),
        cmocka_unit_test(logarithms_are_refused_and_linear_values_are_not),
    };
    return um_run_group(tests);
}
