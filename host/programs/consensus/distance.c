#include "programs/consensus/distance.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "programs/consensus/tree.h"

void um_distances_euclidean(size_t n, size_t m, const double *points, double *distances)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            double sum = 0;
            for (size_t g = 0; g < m; g++) {
                const double d = points[i * m + g] - points[j * m + g];
                sum += d * d;
            }
            *distances++ = sqrt(sum);
        }
}

/* Rows of a tile: its rows of 2,000 genes fit the second-level cache. */
enum { TILE = 16, LANES = 8 };

typedef struct cosines {
    size_t n, m;
    const double *points;
    unsigned threads;
    double *distances;
} cosines;

/* Eight sums side by side, so that the compiler can use vectors; added up in a fixed order. */
static double dot(size_t m, const double *a, const double *b)
{
    double lane[LANES] = {0}, rest = 0;
    size_t g = 0;
    for (; g + LANES <= m; g += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += a[g + l] * b[g + l];
    for (; g < m; g++)
        rest += a[g] * b[g];
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7])) + rest;
}

static void cosines_of_tile(const cosines *c, size_t first, size_t last)
{
    for (size_t j = first + 1; j < c->n; j++)
        for (size_t i = first; i < last && i < j; i++) {
            const double d = 1 - dot(c->m, c->points + i * c->m, c->points + j * c->m);
            c->distances[um_pair(c->n, i, j)] = d < 0 ? 0 : d > 2 ? 2 : d;
        }
}

static void cosines_part(void *state, unsigned thread)
{
    const cosines *c = state;
    for (size_t first = TILE * thread; first < c->n; first += TILE * c->threads)
        cosines_of_tile(c, first, first + TILE < c->n ? first + TILE : c->n);
}

void um_distances_cosine(size_t n, size_t m, const double *points, unsigned threads, double *distances)
{
    cosines c = {n, m, points, threads, distances};
    um_parallel(threads, cosines_part, &c);
}

unmix_status um_correlations(unmix_context *cx, size_t rows, size_t columns, const double *values, const char *what,
                             double *correlations)
{
    double *mean;
    unmix_status status = UNMIX_OK;
    UM_TRY(UM_ALLOC(cx, &mean, um_product_size(columns, 2, 1), "correlations"));
    double *centred = mean + columns;
    for (size_t i = 0; i < rows; i++)
        for (size_t a = 0; a < columns; a++)
            mean[a] += values[i * columns + a];
    for (size_t a = 0; a < columns; a++)
        mean[a] /= (double)rows;
    for (size_t p = 0; p < columns * columns; p++)
        correlations[p] = 0;
    for (size_t i = 0; i < rows; i++) {
        for (size_t a = 0; a < columns; a++)
            centred[a] = values[i * columns + a] - mean[a];
        for (size_t a = 0; a < columns; a++)
            for (size_t b = a; b < columns; b++)
                correlations[a * columns + b] += centred[a] * centred[b];
    }
    for (size_t a = 0; a < columns; a++) {
        centred[a] = sqrt(correlations[a * columns + a]);
        if (!(centred[a] > 1e-14 * fabs(mean[a]) * sqrt((double)rows))) { /* rounding of the mean */
            status = UM_FAIL(cx, UNMIX_ERROR_INPUT,
                             "%s %zu has the same usage in all cells, so that it correlates with none: use fewer "
                             "components",
                             what, a + 1);
            goto done;
        }
    }
    for (size_t a = 0; a < columns; a++)
        for (size_t b = a; b < columns; b++) {
            const double r = a == b ? 1 : correlations[a * columns + b] / (centred[a] * centred[b]);
            correlations[a * columns + b] = correlations[b * columns + a] = r < -1 ? -1 : r > 1 ? 1 : r;
        }
done:
    free(mean);
    return status;
}
