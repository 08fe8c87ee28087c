#include "deconvolve/problem/units.h"

#include <math.h>

#include "core/scale.h"

/* TPM of a part of the genes add up to a little less; equal to so much over the samples. */
static const double million = 1e6, least_tpm = 0.5e6, most_tpm = 1.05e6, spread_tpm = 0.02;

/*
 * The mean of the values above zero over the largest is at most 0.033 for linear expression (a panel of 1,570 markers),
 * 0.1 for exponential numbers, 0.046 (sparse cells) to 0.7 for logarithms. So much where the totals of the columns speak
 * for a logarithm, too, and so much without.
 */
static const size_t enough = 50; /* values above zero: fewer have no distribution */
static const double log_share = 0.04, log_share_alone = 0.2;

double um_unit_factor(unmix_bulk_units bulk, unmix_signature_units signatures, double length, double insert_size)
{
    const int bulk_has_lengths = bulk == UNMIX_BULK_READS || bulk == UNMIX_BULK_CPM || bulk == UNMIX_BULK_DETECT;
    const int signatures_have = signatures == UNMIX_UNITS_READS;
    if (bulk_has_lengths == signatures_have)
        return 1.0;
    return bulk_has_lengths ? length / insert_size : insert_size / length;
}

static int mostly_fractions(const um_bulk_look *look)
{
    return 2 * look->fractions >= look->values;
}

unmix_bulk_units um_bulk_units_of(const um_bulk_look *look)
{
    const double variance = look->square - look->mean * look->mean;
    const double spread = variance > 0.0 ? sqrt(variance) / look->mean : 0.0;
    if (!look->samples || !mostly_fractions(look) || look->least < least_tpm || look->most > most_tpm)
        return UNMIX_BULK_READS;
    const int equal = look->samples > 1 ? spread < spread_tpm : fabs(look->mean - million) < 0.01 * million;
    return equal ? UNMIX_BULK_TPM : UNMIX_BULK_READS;
}

int um_may_be_fpkm(const um_bulk_look *look)
{
    return mostly_fractions(look) && look->most <= most_tpm && um_bulk_units_of(look) == UNMIX_BULK_READS;
}

/* 1 when the columns add up to the same, a usual total, once the logarithm of this base is undone. */
static int totals_agree(const um_matrix *m, double base)
{
    const double factor = log(base);
    double least = INFINITY, most = 0.0;
    for (size_t j = 0; j < m->columns.count; j++) {
        double sum = 0.0;
        for (size_t g = 0; g < m->rows.count; g++)
            sum += expm1(factor * um_row(m, g)[j]);
        least = fmin(least, sum);
        most = fmax(most, sum);
    }
    return m->columns.count > 1 && least >= 1e3 && most <= 2e6 && most <= 1.1 * least;
}

unmix_status um_refuse_logarithms(unmix_context *cx, const um_matrix *signatures, unmix_bulk_scale scale)
{
    const size_t n = signatures->rows.count * signatures->columns.count;
    double most = 0.0, sum = 0.0;
    size_t above = 0, fractions = 0;
    for (size_t i = 0; i < n; i++) {
        const double x = signatures->values[i];
        most = x > most ? x : most;
        sum += x;
        above += x > 0.0;
        fractions += x != floor(x);
    }
    const double share = sum / (most * (double)above);
    if (scale == UNMIX_SCALE_LINEAR || above < enough || !fractions || most >= UM_LOG_LIMIT || most <= 1.0)
        return UNMIX_OK;
    const int natural = totals_agree(signatures, exp(1.0)), binary = !natural && totals_agree(signatures, 2.0);
    if (share <= (natural || binary ? log_share : log_share_alone))
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: the signatures look log-transformed (not whole, largest %.4g, mean of those above zero %.3g); give linear "
                   "values (%s of them), or --scale linear if they are linear all the same", signatures->origin, most,
                   sum / (double)above, natural ? "exp(x) - 1" : binary ? "2^x - 1" : "2^x - 1 or exp(x) - 1");
}

const char *um_bulk_units_name(unmix_bulk_units units)
{
    static const char *const names[] = {"detect", "reads", "umi", "tpm", "fpkm", "cpm"};
    return names[units];
}
