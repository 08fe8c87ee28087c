/*
 * Sums run as in pandas (means with Kahan's compensation, variances with Welford's update, in the order
 * of the genes), so that genes which are equal there are equal here and the cut falls at the same place.
 */
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "programs/cells/genes_judge.h"

enum { BINS = 20 };

typedef struct bin {
    size_t n;
    double sum, compensation;
    double running_mean, squares;
    double average, deviation;
} bin;

/* numpy.linspace(low, high, BINS + 1), the lowest edge lowered by a thousandth of the range; pandas.cut. */
static void set_edges(const double *mean, size_t n, double edge[BINS + 1])
{
    double low = mean[0], high = mean[0];
    for (size_t i = 1; i < n; i++) {
        low = mean[i] < low ? mean[i] : low;
        high = mean[i] > high ? mean[i] : high;
    }
    const double lowered = low == high ? 0.0 : 0.001 * (high - low);
    if (low == high) {
        low -= low != 0.0 ? 0.001 * fabs(low) : 0.001;
        high += high != 0.0 ? 0.001 * fabs(high) : 0.001;
    }
    const double step = (high - low) / BINS;
    for (int b = 0; b < BINS; b++)
        edge[b] = b * step + low;
    edge[0] -= lowered;
    edge[BINS] = high;
}

/* The bin whose interval (edge[b], edge[b + 1]] holds the mean. */
static size_t bin_of(const double edge[BINS + 1], double mean)
{
    size_t b = 0;
    while (b + 1 < BINS && mean > edge[b + 1])
        b++;
    return b;
}

static void add_to_bin(bin *b, double dispersion)
{
    if (isnan(dispersion))
        return;
    b->n++;
    const double y = dispersion - b->compensation;
    const double sum = b->sum + y;
    b->compensation = sum - b->sum - y;
    b->sum = sum;
    const double before = b->running_mean;
    b->running_mean += (dispersion - before) / (double)b->n;
    b->squares += (dispersion - b->running_mean) * (dispersion - before);
}

/* A single gene in its bin becomes 1: it is divided by itself. */
static void close_bin(bin *b)
{
    b->average = b->sum / (double)b->n;
    b->deviation = sqrt(b->squares / ((double)b->n - 1.0));
    if (b->n <= 1) {
        b->deviation = b->n ? b->average : NAN;
        b->average = 0.0;
    }
}

static void describe(const um_moment *m, size_t cells, double *mean, double *dispersion)
{
    const double n = (double)cells - m->missing;
    const double average = n > 0.0 ? m->sum / n : 0.0;
    double variance = n > 0.0 ? m->squares / n - average * average : 0.0;
    if (n > 1.0)
        variance *= n / (n - 1.0);
    const double divisor = average == 0.0 ? 1e-12 : average;
    const double ratio = variance / divisor;
    *dispersion = ratio > 0.0 ? log(ratio) : NAN;
    *mean = log1p(divisor);
}

unmix_status um_judge_seurat(unmix_context *cx, const um_moment *const *moment, size_t cells, um_judged *judged)
{
    double edge[BINS + 1];
    bin bins[BINS] = {0};
    unsigned char *place = NULL;
    UM_TRY(UM_ALLOC(cx, &place, judged->n, "genes"));
    for (size_t i = 0; i < judged->n; i++)
        describe(moment[i], cells, &judged->mean[i], &judged->dispersion[i]);
    set_edges(judged->mean, judged->n, edge);
    for (size_t i = 0; i < judged->n; i++) {
        place[i] = (unsigned char)bin_of(edge, judged->mean[i]);
        add_to_bin(&bins[place[i]], judged->dispersion[i]);
    }
    for (size_t b = 0; b < BINS; b++)
        close_bin(&bins[b]);
    for (size_t i = 0; i < judged->n; i++)
        judged->score[i] = (judged->dispersion[i] - bins[place[i]].average) / bins[place[i]].deviation;
    free(place);
    return UNMIX_OK;
}

void um_judge_variance(const um_moment *const *moment, size_t cells, um_judged *judged)
{
    for (size_t i = 0; i < judged->n; i++) {
        const um_moment *m = moment[i];
        const double n = (double)cells - m->missing;
        const double mean = n > 0.0 ? m->log_sum / n : 0.0;
        const double variance = n > 1.0 ? (m->log_squares - n * mean * mean) / (n - 1.0) : NAN;
        judged->mean[i] = mean;
        judged->dispersion[i] = judged->score[i] = variance < 0.0 ? 0.0 : variance;
    }
}
