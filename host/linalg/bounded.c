#include "linalg/bounded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* Below this share of the largest number a value or a gradient is not taken for negative. */
static const double rounding = 1e-12;

/* Exchanges of many at once that did not leave fewer to exchange, before it goes one at a time. */
enum { PATIENCE = 3 };

unmix_status um_bounded_open(unmix_context *cx, um_bounded *work, size_t n)
{
    work->n = n;
    double **vectors[] = {&work->scale, &work->low, &work->shift, &work->q, &work->right};
    double **tables[] = {&work->base, &work->table};
    for (size_t v = 0; v < sizeof vectors / sizeof vectors[0]; v++)
        UM_TRY(UM_ALLOC(cx, vectors[v], n, "quadratic programs"));
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        UM_TRY(UM_ALLOC(cx, tables[t], um_product_size(n, n, 1), "quadratic programs"));
    UM_TRY(UM_ALLOC(cx, &work->in_base, n, "quadratic programs"));
    UM_TRY(UM_ALLOC(cx, &work->in, n, "quadratic programs"));
    return UM_ALLOC(cx, &work->wrong, n, "quadratic programs");
}

void um_bounded_close(um_bounded *work)
{
    free(work->scale);
    free(work->low);
    free(work->shift);
    free(work->q);
    free(work->right);
    free(work->base);
    free(work->table);
    free(work->in_base);
    free(work->in);
    free(work->wrong);
    *work = (um_bounded){0};
}

/*
 * With y = d - low and w = Hy + q, q = g + H low, a row of the table is what a number follows from that may be above zero,
 * and its entry of `right` (NULL: not wanted) is that number where all others are zero. Exchanging y_k and w_k:
 *
 *   T_kk <- 1 / T_kk,  T_kj <- -T_kj / T_kk,  T_ik <- T_ik / T_kk,  T_ij <- T_ij - T_ik T_kj / T_kk
 */
static void exchange(double *table, size_t n, size_t k, double *right)
{
    double *row = table + k * n;
    const double pivot = 1.0 / row[k];
    for (size_t i = 0; i < n; i++) {
        if (i == k)
            continue;
        double *other = table + i * n;
        const double times = other[k] * pivot;
        for (size_t j = 0; j < n; j++)
            other[j] -= times * row[j];
        other[k] = times;
        if (right)
            right[i] -= times * right[k];
    }
    for (size_t j = 0; j < n; j++)
        row[j] *= -pivot;
    row[k] = pivot;
    if (right)
        right[k] *= -pivot;
}

void um_bounded_take(um_bounded *w, const double *H, const double *low, double ridge, const unsigned char *above)
{
    const size_t n = w->n;
    for (size_t i = 0; i < n; i++) {
        w->scale[i] = H[i * n + i] > 0.0 ? 1.0 / sqrt(H[i * n + i]) : 0.0;
        w->low[i] = w->scale[i] > 0.0 ? low[i] / w->scale[i] : low[i];
    }
    for (size_t i = 0; i < n; i++) {
        w->shift[i] = 0.0;
        for (size_t j = 0; j < n; j++)
            w->base[i * n + j] = H[i * n + j] * w->scale[i] * w->scale[j];
        w->base[i * n + i] = 1.0 + ridge;
        for (size_t j = 0; j < n; j++)
            w->shift[i] += w->scale[j] > 0.0 ? w->base[i * n + j] * w->low[j] : 0.0;
    }
    for (size_t i = 0; i < n; i++) {
        w->in_base[i] = above[i] && w->scale[i] > 0.0;
        if (w->in_base[i])
            exchange(w->base, n, i, NULL);
    }
}

/* Table and constants where the unknowns of the base are exchanged: right = q - T q over these, of them without q. */
static double begin(um_bounded *w, const double *g)
{
    const size_t n = w->n;
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        w->q[i] = w->scale[i] > 0.0 ? g[i] * w->scale[i] + w->shift[i] : 0.0;
        largest = fmax(largest, fmax(fabs(w->q[i]), fabs(w->low[i])));
    }
    for (size_t i = 0; i < n; i++) {
        w->right[i] = w->in_base[i] ? 0.0 : w->q[i];
        for (size_t j = 0; j < n; j++)
            w->right[i] -= w->in_base[j] ? w->base[i * n + j] * w->q[j] : 0.0;
    }
    memcpy(w->table, w->base, n * n * sizeof *w->table);
    memcpy(w->in, w->in_base, n);
    return largest;
}

/* The last that is below zero, or n; their number. */
static size_t find_wrong(const um_bounded *w, double zero, size_t *count)
{
    size_t last = w->n;
    *count = 0;
    for (size_t i = 0; i < w->n; i++)
        if (w->right[i] < -zero && w->scale[i] > 0.0) {
            last = i;
            ++*count;
        }
    return last;
}

static void swap(um_bounded *w, size_t k)
{
    exchange(w->table, w->n, k, w->right);
    w->in[k] = !w->in[k];
}

/* All that are below zero, as they were before the first exchange. */
static void swap_all(um_bounded *w, double zero)
{
    for (size_t i = 0; i < w->n; i++)
        w->wrong[i] = w->right[i] < -zero && w->scale[i] > 0.0;
    for (size_t i = 0; i < w->n; i++)
        if (w->wrong[i])
            swap(w, i);
}

void um_bounded_solve(um_bounded *w, const double *g, double *d)
{
    const size_t n = w->n, most = 50 + 20 * n; /* rounding could make it go round; it never did */
    const double zero = rounding * begin(w, g);
    size_t fewest = n + 1, patience = PATIENCE, count = 0;
    for (size_t round = 0; round < most; round++) {
        const size_t last = find_wrong(w, zero, &count);
        if (!count)
            break;
        if (count < fewest) {
            fewest = count;
            patience = PATIENCE;
        } else if (patience) {
            patience--;
        }
        if (patience)
            swap_all(w, zero);
        else
            swap(w, last);
    }
    for (size_t i = 0; i < n; i++) {
        const double y = w->in[i] ? fmax(w->right[i], 0.0) : 0.0;
        d[i] = w->scale[i] > 0.0 ? (y + w->low[i]) * w->scale[i] : g[i] > 0.0 ? w->low[i] : 0.0;
    }
}
