/*
 * The formulas of the kernels in double (differences near k = yhat in long double), each with a bound of what rounding
 * in the device's precision can do to it. Written from the formulas of include/unmix/deconvolve.h, not from the kernels.
 *
 * u is half of eps. A sum of n positive products by fma has a relative error of at most n u. OpenCL allows a division
 * 2.5 ulp = 5 u and a logarithm or exponential 3 ulp = 6 u.
 */
#ifndef UM_TESTS_REFERENCE_H
#define UM_TESTS_REFERENCE_H

#include <math.h>
#include <stddef.h>

#define REFERENCE_EPS 1e-10 /* of log(yhat + eps) */

/* k log(k/y) - k + y with 0 log 0 = 0, to all digits of a double also where k and y are close. */
static inline double reference_deviance(double k, double y)
{
    if (k == 0.0)
        return y;
    const long double t = ((long double)y - k) / k;
    if (fabsl(t) > 0.01L)
        return (double)(k * logl((long double)k / y) + ((long double)y - k)); /* loses a factor of 200 of 5e-20 */
    long double series = 0.0L, power = t;
    for (int n = 2; n <= 12; n++) { /* t^13 / t^2 < 1e-22 */
        power *= t;
        series += (n % 2 ? -power : power) / n;
    }
    return (double)(k * series);
}

/*
 * What a term may be off when y is known to the relative error `delta`: through y, then through the formula itself.
 * Beyond |t| = `series_below` the term is k log(k/y) + (y - k); the logarithm of a quotient is off by 5 u (division)
 * and 6 u of itself, and both products and sums by another u. Nearer, a polynomial of seven steps is off by 16 u and by
 * the part of the series that is left out, t^6 / 4 of the term.
 */
static inline double reference_deviance_bound(double k, double y, double delta, double u, double series_below)
{
    const double term = reference_deviance(k, y);
    const double through_y = delta * fabs(y - k) + k * delta * delta;
    const double t = k > 0.0 ? fabs(y - k) / k : 1.0;
    if (k == 0.0)
        return through_y + u * y;
    if (t < series_below * (1.0 - 1e-3))
        return through_y + term * (16.0 * u + pow(t, 6) / 4.0);
    return through_y + u * (5.0 * k + 8.0 * k * fabs(log(k / y)) + 2.0 * fabs(y - k)) +
           term * pow(series_below, 6) / 4.0;
}

/* One tile of the pass over genes first .. end, for one sample. */
typedef struct reference_pass {
    const double *A, *w, *k, *E; /* genes x sources, genes, genes x stride, sources x stride */
    size_t sources, stride;
} reference_pass;

static inline double reference_yhat(const reference_pass *p, size_t gene, size_t sample)
{
    double y = REFERENCE_EPS;
    for (size_t j = 0; j < p->sources; j++)
        y += p->A[gene * p->sources + j] * p->E[j * p->stride + sample];
    return y;
}

static inline double reference_fold(const reference_pass *p, size_t first, size_t end, size_t sample, size_t source)
{
    double sum = 0.0;
    for (size_t g = first; g < end; g++)
        sum += p->w[g] * p->k[g * p->stride + sample] * p->A[g * p->sources + source] / reference_yhat(p, g, sample);
    return sum;
}

/* Relative error of one fold: yhat (a sum of `sources` products and eps), w k, the division, the sum over the tile. */
static inline double reference_fold_bound(size_t sources, size_t tile, double u)
{
    return ((double)sources + 2.0 + 1.0 + 5.0 + (double)tile) * u;
}

static inline double reference_loss(const reference_pass *p, size_t first, size_t end, size_t sample, double u,
                                    double series_below, double *bound)
{
    double sum = 0.0, off = 0.0;
    const double delta = ((double)p->sources + 2.0) * u;
    for (size_t g = first; g < end; g++) {
        const double k = p->k[g * p->stride + sample], y = reference_yhat(p, g, sample);
        sum += p->w[g] * reference_deviance(k, y);
        off += p->w[g] * reference_deviance_bound(k, y, delta, u, series_below);
    }
    *bound = off + (double)(end - first) * u * sum;
    return sum;
}

/* One element of the EM step. */
static inline double reference_em(double E, double fold, double D, double l1)
{
    const double after = E * fold / D - l1;
    return l1 > 0.0 && after < 0.0 ? 0.0 : after;
}

/* One element of Adam: what changes, and how far each may be off. */
typedef struct reference_adam {
    double first, second, theta, E;
} reference_adam;

typedef struct reference_adam_input {
    double fold, D, loss, rate, E0, l1, l2, c1, c2;
    int penalised;
} reference_adam_input;

static inline void reference_adam_step(const reference_adam_input *in, reference_adam *s, reference_adam *off, double u,
                                       double b1, double b2)
{
    const double x = s->E / in->E0;
    const double penalty = in->penalised ? in->loss / 100.0 * (in->l1 * x + 2.0 * in->l2 * x * x) : 0.0;
    const double g = s->E * (in->D - in->fold) + penalty;
    /* The difference cancels: its error is that of its sides. The penalty: two divisions and a few products. */
    const double g_off = 4.0 * u * (s->E * (in->D + in->fold)) + 20.0 * u * penalty + 2.0 * u * fabs(g);
    const double first = b1 * s->first + (1.0 - b1) * g, second = b2 * s->second + (1.0 - b2) * g * g;
    off->first = 3.0 * u * (b1 * fabs(s->first) + (1.0 - b1) * fabs(g)) + (1.0 - b1) * g_off;
    off->second = 4.0 * u * second + (1.0 - b2) * (2.0 * fabs(g) * g_off + g_off * g_off);
    const double root = sqrt(second / in->c2) + 1e-8, step = in->rate * (first / in->c1) / root;
    /*
     * Divisions and root 5 u each, and the relative errors of both moments; that of the root is half of the second's.
     */
    const double step_off = fabs(step) * (24.0 * u + off->second / second) + in->rate / in->c1 / root * off->first;
    *s = (reference_adam){first, second, s->theta - step, 0.0};
    off->theta = step_off + 2.0 * u * (fabs(s->theta) + fabs(step));
    s->E = in->E0 * exp(s->theta);
    off->E = s->E * (off->theta * (1.0 + off->theta) + 8.0 * u);
}

#endif
