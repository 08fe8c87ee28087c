#include "deconvolve/problem/signature_scale.h"

#include <math.h>

/*
 * Sums that differ by less are equal. Fewer genes are a panel, if the bulk has at least as many others: a bulk of the same
 * genes was cut likewise, or both are all that there is, and nothing is lost.
 */
static const double equal_sums = 0.01;
static const size_t panel = 5000;

/*
 * Means of counts: the smallest value above zero is k / n with a small k, and all others times n are whole, to the rounding
 * of single precision. Enough of them must not be whole to believe it: 1e-3 apart by chance is 1 in 500 each.
 */
static const double rounding = 1e-3, most_cells = 1e6;
static const size_t enough = 20, most_counts = 1000;

static int is_whole(double x, double within)
{
    return fabs(x - nearbyint(x)) <= within;
}

static int all_whole(const um_matrix *m)
{
    for (size_t i = 0; i < m->rows.count * m->columns.count; i++)
        if (m->values[i] != floor(m->values[i]))
            return 0;
    return 1;
}

static int sums_are_equal(const um_matrix *m)
{
    double least = INFINITY, most = 0.0;
    for (size_t j = 0; j < m->columns.count; j++) {
        double sum = 0.0;
        for (size_t g = 0; g < m->rows.count; g++)
            sum += um_row(m, g)[j];
        least = fmin(least, sum);
        most = fmax(most, sum);
    }
    return most - least <= equal_sums * most;
}

/* 1 when all values of a column are whole counts divided by n. */
static int divided_by(const um_matrix *m, size_t column, double n)
{
    for (size_t g = 0; g < m->rows.count; g++)
        if (!is_whole(um_row(m, g)[column] * n, rounding))
            return 0;
    return 1;
}

/* The number of cells that a column is the mean of; 1 for whole values, 0 for what is no mean of counts. */
static double cells_of(const um_matrix *m, size_t column)
{
    double least = INFINITY;
    size_t broken = 0;
    for (size_t g = 0; g < m->rows.count; g++) {
        const double x = um_row(m, g)[column];
        least = x > 0.0 ? fmin(least, x) : least;
        broken += x != floor(x);
    }
    if (!broken)
        return 1.0;
    for (size_t k = 1; k <= most_counts && broken >= enough; k++) {
        const double n = nearbyint((double)k / least);
        if (n >= 2.0 && n <= most_cells && divided_by(m, column, n))
            return n;
    }
    return 0.0;
}

/* Decimals that were cut look like the means of 10, 100, ... cells. */
static int is_power_of_ten(double n)
{
    while (n >= 10.0 && is_whole(n / 10.0, 0.0))
        n /= 10.0;
    return n <= 1.0;
}

static int all_means_of_counts(const um_matrix *m)
{
    int sure = 0;
    for (size_t j = 0; j < m->columns.count; j++) {
        const double n = cells_of(m, j);
        if (!(n > 0.0))
            return 0;
        sure |= !is_power_of_ten(n);
    }
    return sure;
}

um_scale_evidence um_signature_sums(const um_matrix *signatures, size_t common, size_t bulk)
{
    if (all_whole(signatures))
        return UM_SCALE_OF_COUNTS;
    if (sums_are_equal(signatures))
        return UM_SCALE_EQUAL;
    if (all_means_of_counts(signatures))
        return UM_SCALE_OF_MEANS;
    return signatures->rows.count < panel && 2 * common <= bulk ? UM_SCALE_OF_PANEL : UM_SCALE_UNKNOWN;
}

unmix_signature_scale um_signature_scale_of(um_scale_evidence sums)
{
    return sums == UM_SCALE_EQUAL || sums == UM_SCALE_OF_PANEL ? UNMIX_SIGNATURE_SCALE_COLUMNS : UNMIX_SIGNATURE_SCALE_NONE;
}

int um_sums_differ(const double *sum, size_t n)
{
    double least = INFINITY, most = 0.0;
    for (size_t j = 0; j < n; j++) {
        least = fmin(least, sum[j]);
        most = fmax(most, sum[j]);
    }
    return n > 1 && most - least > 1e-6 * most;
}

const char *um_sums_proportions_of(um_scale_evidence sums)
{
    return sums == UM_SCALE_EQUAL ? "RNA" : sums == UM_SCALE_OF_PANEL ? "RNA or cells" : "cells";
}

const char *um_signature_scale_words(um_scale_evidence sums)
{
    static const char *const words[] = {
        "the values are whole: counts of different depths, so the sums of the columns are not used; proportions are of RNA "
        "(--signature-scale columns uses them)",
        "the columns are means of counts: their sums are depths and are not used; proportions are of RNA "
        "(--signature-scale columns uses them)",
        "all columns add up to the same (CPM, TPM), so their sums over the genes that match are used; proportions are of RNA "
        "(--signature-scale none does without)",
        "a panel of genes whose columns add up to different sums, which are used: proportions are of cells if the columns have "
        "the RNA content of cells in them, of RNA if they were cut out of TPM or the like (--signature-scale none does without)",
        "the columns add up to different sums, which are not used; proportions are of RNA (--signature-scale columns uses them)",
    };
    return words[sums];
}

const char *um_signature_scale_name(unmix_signature_scale scale)
{
    static const char *const names[] = {"detect", "columns", "none"};
    return names[scale];
}
