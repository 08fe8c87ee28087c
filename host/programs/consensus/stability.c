#include "programs/consensus/stability.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/memory.h"

/* sums[i * clusters + c]: the distances of item i from the items of cluster c, added in the order of the items. */
static void distances_from_clusters(size_t n, const double *distances, size_t clusters, const size_t *label,
                                    double *sums)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, distances++) {
            sums[i * clusters + label[j]] += *distances;
            sums[j * clusters + label[i]] += *distances;
        }
}

static double silhouette(size_t clusters, size_t own, const double *sums, const double *size)
{
    double outside = INFINITY;
    if (size[own] < 2)
        return 0;
    for (size_t c = 0; c < clusters; c++)
        if (c != own && size[c] > 0 && sums[c] / size[c] < outside)
            outside = sums[c] / size[c];
    const double inside = sums[own] / (size[own] - 1), larger = inside > outside ? inside : outside;
    return isinf(outside) || larger == 0 ? 0 : (outside - inside) / larger;
}

unmix_status um_silhouettes(unmix_context *cx, size_t n, const double *distances, size_t clusters, const size_t *label,
                            double *of_item, double *mean)
{
    double *size;
    UM_TRY(UM_ALLOC(cx, &size, um_product_size(clusters, n + 1, 1), "silhouettes"));
    double *sums = size + clusters;
    for (size_t i = 0; i < n; i++)
        size[label[i]]++;
    distances_from_clusters(n, distances, clusters, label, sums);
    *mean = 0;
    for (size_t i = 0; i < n; i++) {
        const double s = silhouette(clusters, label[i], sums + i * clusters, size);
        if (of_item)
            of_item[i] = s;
        *mean += s;
    }
    *mean /= n ? (double)n : 1;
    free(size);
    return UNMIX_OK;
}

/* The bin of an entry; compared with the edges, as the division alone may miss by one (numpy's histogram()). */
static size_t bin(const um_cdf *cdf, double value)
{
    const double first = cdf->edge[0], last = cdf->edge[UM_CDF_BINS];
    size_t b = (size_t)((value - first) / (last - first) * UM_CDF_BINS);
    if (b >= UM_CDF_BINS)
        b = UM_CDF_BINS - 1;
    if (b > 0 && value < cdf->edge[b])
        b--;
    else if (b + 1 < UM_CDF_BINS && value >= cdf->edge[b + 1])
        b++;
    return b;
}

um_cdf um_consensus_cdf(size_t n, const double *consensus, const double *diagonal)
{
    const size_t pairs = um_pairs(n);
    um_cdf cdf = {{0}, {0}, 0};
    double least = n ? (diagonal ? diagonal[0] : 1) : 0, largest = least, count[UM_CDF_BINS] = {0}, sum = 0;
    for (size_t p = 0; p < pairs + (diagonal ? n : 0); p++) {
        const double value = p < pairs ? consensus[p] : diagonal[p - pairs];
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
    }
    const int flat = least == largest;
    cdf.edge[0] = flat ? least - 0.5 : least;
    cdf.edge[UM_CDF_BINS] = flat ? largest + 0.5 : largest;
    const double step = (cdf.edge[UM_CDF_BINS] - cdf.edge[0]) / UM_CDF_BINS;
    for (size_t b = 1; b < UM_CDF_BINS; b++)
        cdf.edge[b] = (double)b * step + cdf.edge[0];
    for (size_t p = 0; p < pairs; p++)
        count[bin(&cdf, consensus[p])] += 2;
    for (size_t i = 0; i < n; i++)
        count[bin(&cdf, diagonal ? diagonal[i] : 1)]++;
    for (size_t b = 0; b < UM_CDF_BINS; b++) {
        sum += count[b];
        cdf.share[b] = n ? sum / ((double)n * (double)n) : 0;
        cdf.area += cdf.share[b] * (cdf.edge[b + 1] - cdf.edge[b]);
    }
    return cdf;
}

void um_area_changes(size_t count, size_t first, const double *area, double *change)
{
    for (size_t i = 0; i < count; i++)
        change[i] = i + 1 == count ? NAN : first + i <= 2 ? area[i] : (area[i + 1] - area[i]) / area[i + 1];
}

double um_ambiguous(size_t n, const double *consensus)
{
    const size_t pairs = um_pairs(n);
    size_t between = 0;
    for (size_t p = 0; p < pairs; p++)
        between += consensus[p] > 0.1 && consensus[p] < 0.9;
    return pairs ? (double)between / (double)pairs : 0;
}

/*
 * Both axes scaled to [0, 1], d = y - x. A knee is the last highest point of d from which it falls by more than one
 * mean step of x before it has reached a low point. End points are compared with themselves.
 */
size_t um_knee(size_t count, const double *y, double *work)
{
    double *d = work, *x = work + count, least = INFINITY, largest = -INFINITY, step = 0, threshold = 0;
    size_t high = UM_NO_KNEE;
    int active = 1;
    for (size_t i = 0; i < count; i++) {
        least = y[i] < least ? y[i] : least;
        largest = y[i] > largest ? y[i] : largest;
    }
    if (count < 2 || !(largest > least))
        return UM_NO_KNEE;
    for (size_t i = 0; i < count; i++) {
        x[i] = (double)i / (double)(count - 1);
        d[i] = (y[i] - least) / (largest - least) - x[i];
        step += i ? x[i] - x[i - 1] : 0;
    }
    step /= (double)(count - 1);
    for (size_t i = 0; i + 1 < count; i++) {
        const double before = d[i ? i - 1 : 0], after = d[i + 1];
        if (d[i] >= before && d[i] >= after) {
            threshold = d[i] - step;
            high = i;
            active = 1;
        }
        if (high != UM_NO_KNEE && d[i] <= before && d[i] <= after) {
            threshold = 0;
            active = 0;
        }
        if (high != UM_NO_KNEE && active && after < threshold)
            return high;
    }
    return UM_NO_KNEE;
}

static double choose_two(double n)
{
    return n * (n - 1) / 2;
}

unmix_status um_adjusted_rand(unmix_context *cx, size_t n, size_t a_clusters, const size_t *a, size_t b_clusters,
                              const size_t *b, double *index)
{
    double *both, together = 0, in_a = 0, in_b = 0;
    UM_TRY(UM_ALLOC(cx, &both, um_product_size(a_clusters + 1, b_clusters + 1, 1), "adjusted Rand index"));
    double *of_a = both + a_clusters * b_clusters, *of_b = of_a + a_clusters;
    for (size_t i = 0; i < n; i++) {
        both[a[i] * b_clusters + b[i]]++;
        of_a[a[i]]++;
        of_b[b[i]]++;
    }
    for (size_t c = 0; c < a_clusters * b_clusters; c++)
        together += choose_two(both[c]);
    for (size_t c = 0; c < a_clusters; c++)
        in_a += choose_two(of_a[c]);
    for (size_t c = 0; c < b_clusters; c++)
        in_b += choose_two(of_b[c]);
    const double pairs = choose_two((double)n), expected = pairs > 0 ? in_a * in_b / pairs : 0,
                 most = (in_a + in_b) / 2;
    *index = most == expected ? 1 : (together - expected) / (most - expected);
    free(both);
    return UNMIX_OK;
}
