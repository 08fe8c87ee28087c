#include "deconvolve/problem/units.h"

#include <math.h>

#include "core/scale.h"

/*
 * TPM of a part of the genes add up to a little less; equal to so much over the samples. Of FPKM of all genes a third is
 * below a half, of estimated counts a twentieth.
 */
static const double small_fpkm = 0.1, million = 1e6, least_tpm = 0.5e6, most_tpm = 1.05e6, spread_tpm = 0.02;

/*
 * The mean of the values above zero over the largest is at most 0.033 for linear expression (a panel of 1,570 markers),
 * 0.1 for exponential numbers, 0.046 (sparse cells) to 0.7 for logarithms. So much where the totals of the columns speak
 * for a logarithm, too, and so much without.
 */
static const size_t enough = 50; /* values above zero: fewer have no distribution */
static const double log_share = 0.04, log_share_alone = 0.2;

double um_unit_factor(unmix_bulk_units bulk, unmix_signature_units signatures, double length, double insert_size)
{
    const int bulk_has = um_has_lengths(bulk), signatures_have = signatures == UNMIX_UNITS_READS;
    if (bulk_has == signatures_have)
        return 1.0;
    return bulk_has ? length / insert_size : insert_size / length;
}

static int mostly_fractions(const um_bulk_look *look)
{
    return 2 * look->fractions >= look->values;
}

int um_are_scaled_counts(const double *values, size_t n)
{
    double least = INFINITY;
    for (size_t i = 0; i < n; i++)
        least = values[i] > 0.0 ? fmin(least, values[i]) : least;
    for (int k = 1; k <= 10; k++) { /* the least value is k counts */
        size_t i = 0;
        while (i < n && fabs(values[i] / least * k - nearbyint(values[i] / least * k)) <= 1e-6 * (1.0 + values[i] / least * k))
            i++;
        if (i == n)
            return n >= enough;
    }
    return 0;
}

/* Equal to about a million over the samples. */
static int adds_up_to_a_million(const um_bulk_look *look)
{
    const double variance = look->square - look->mean * look->mean;
    const double spread = variance > 0.0 ? sqrt(variance) / look->mean : 0.0;
    if (look->least < least_tpm || look->most > most_tpm)
        return 0;
    return look->samples > 1 ? spread < spread_tpm : fabs(look->mean - million) < 0.01 * million;
}

unmix_bulk_units um_bulk_units_of(const um_bulk_look *look)
{
    if (!look->samples || !mostly_fractions(look))
        return UNMIX_BULK_READS;
    if (adds_up_to_a_million(look))
        return look->scaled == look->samples ? UNMIX_BULK_CPM : UNMIX_BULK_TPM;
    const double small = (double)look->small / (double)look->values;
    return look->most <= most_tpm && !look->scaled && small >= small_fpkm ? UNMIX_BULK_FPKM : UNMIX_BULK_READS;
}

int um_may_be_fpkm(const um_bulk_look *look)
{
    return mostly_fractions(look) && look->most <= most_tpm && um_bulk_units_of(look) == UNMIX_BULK_READS && !look->scaled;
}

int um_has_lengths(unmix_bulk_units units)
{
    return units == UNMIX_BULK_READS || units == UNMIX_BULK_CPM || units == UNMIX_BULK_DETECT;
}

/* What was seen in the numbers, and what they were taken as. */
static const char *taken_as(unmix_bulk_units units)
{
    switch (units) {
    case UNMIX_BULK_TPM:
        return "values are not whole and every sample adds up to about a million: taken as TPM";
    case UNMIX_BULK_CPM:
        return "every sample adds up to about a million and is whole numbers times one factor: taken as CPM of reads";
    case UNMIX_BULK_FPKM:
        return "values are not whole, many are below a half, and no sample adds up to a million: taken as FPKM";
    default:
        return "taken as counts of reads";
    }
}

void um_tell_units(unmix_context *cx, const char *origin, const unmix_deconvolve_options *o, int detected, int lengths)
{
    const int bulk_has = um_has_lengths(o->bulk_units), signatures_have = o->units == UNMIX_UNITS_READS;
    if (!lengths && !bulk_has && signatures_have)
        um_warn(cx, "%s: %s has no gene lengths in it, and signatures in reads have: give --gene-info, so that they can be taken "
                    "out of the signatures", origin, um_bulk_units_name(o->bulk_units));
    if (!lengths || (bulk_has && signatures_have)) /* the problem says that they are ignored */
        return;
    if (detected)
        um_note(cx, "%s: %s, so gene lengths %s (--bulk-units overrules)", origin, taken_as(o->bulk_units),
                bulk_has          ? "apply"
                : signatures_have ? "are taken out of the signatures"
                                  : "are left out");
    else if (!bulk_has && signatures_have)
        um_note(cx, "%s: %s has no gene lengths in it, and signatures in reads have: they are taken out of the signatures", origin,
                um_bulk_units_name(o->bulk_units));
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
