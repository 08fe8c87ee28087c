/*
 * Factorisations X ~ W H by sums over a dense X in double, written from the formulas, with a bound of the error of every
 * number that a device computing in reals of unit roundoff u makes.
 *
 * Bounds are those of running error analysis: a sum of c terms in any order is off by at most c u times the sum of
 * their magnitudes (to first order), what a term is off by is carried along, and quotients are taken between the ends of
 * the interval. So they grow from step to step as the formulas make them grow, and there is nothing to tune.
 *
 * H is kept turned, genes x k, so that both factors take the same step: rows of one factor F against the other, E.
 */
#ifndef UM_TESTS_NMF_REFERENCE_H
#define UM_TESTS_NMF_REFERENCE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "programs/nmf/nmf.h"

/* In place of a zero denominator, and below yhat: scikit-learn's, the eps of float. */
#define NMF_EPS 1.1920928955078125e-7

/* Part of a sum over all columns below which what is left of it without the missing ones counts as rounding. */
#define NMF_LITTLE_SINGLE (double)1e-5f
#define NMF_LITTLE_DOUBLE 1e-12

/* A bound that says nothing: rounding decides whether a sum counts as nothing. Finite, so that 0 times it is 0. */
#define NMF_ANYTHING 1e100

typedef struct nmf_factor {
    size_t rows;
    double *value, *off; /* rows x k, and what each may be off by (NMF_ANYTHING or more: it may be anything) */
} nmf_factor;

typedef struct nmf_reference {
    size_t n, m, k;
    double *X;              /* n x m */
    unsigned char *missing; /* n x m */
    unsigned char *uses;    /* n */
    nmf_factor W, H;
    um_nmf_options options;
    double u;               /* of the device */
    double little;          /* NMF_LITTLE of the device */
    double violation, violation_off; /* of the last iteration */
} nmf_reference;

static inline void *nmf_memory(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

static inline nmf_factor nmf_factor_new(size_t rows, size_t k)
{
    return (nmf_factor){rows, nmf_memory(rows * k, sizeof(double)), nmf_memory(rows * k, sizeof(double))};
}

static inline nmf_reference nmf_reference_new(size_t n, size_t m, size_t k)
{
    return (nmf_reference){.n = n, .m = m, .k = k,
                           .X = nmf_memory(n * m, sizeof(double)),
                           .missing = nmf_memory(n * m, 1),
                           .uses = nmf_memory(n, 1),
                           .W = nmf_factor_new(n, k),
                           .H = nmf_factor_new(m, k)};
}

static inline void nmf_reference_clear(nmf_reference *r)
{
    double *all[] = {r->X, r->W.value, r->W.off, r->H.value, r->H.off};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
    free(r->missing);
    free(r->uses);
}

/* One side of the step. */
typedef struct nmf_side {
    const nmf_reference *r;
    int genes; /* rows are genes, columns cells; else rows are cells */
    nmf_factor *F;
    const nmf_factor *E;
    double l1, l2;
    double *gram, *whole, *gram_off; /* k x k: over the columns that are there, over all, and the error of either */
    double *total, *whole_total, *total_off; /* k: sums of E */
    double *p, *p_off;                       /* k */
} nmf_side;

static inline size_t nmf_place(const nmf_side *s, size_t row, size_t column)
{
    return s->genes ? column * s->r->m + row : row * s->r->m + column;
}

static inline int nmf_there(const nmf_side *s, size_t row, size_t column)
{
    return !s->r->missing[nmf_place(s, row, column)];
}

/* Terms of a sum over the columns, and the operations that each term is the result of. */
static inline double nmf_gamma(const nmf_side *s)
{
    return ((double)s->E->rows + 2.0 * (double)s->r->k + 16.0) * s->r->u;
}

static inline int nmf_has_missing(const nmf_side *s, size_t row)
{
    for (size_t j = 0; j < s->E->rows; j++)
        if (!nmf_there(s, row, j))
            return 1;
    return 0;
}

/* E'E and sums of E over the columns that row (or SIZE_MAX: none in particular) has. */
static inline void nmf_grams(const nmf_side *s, size_t row, double *gram, double *total)
{
    const size_t k = s->r->k;
    memset(gram, 0, k * k * sizeof *gram);
    memset(total, 0, k * sizeof *total);
    for (size_t j = 0; j < s->E->rows; j++) {
        const double *e = s->E->value + j * k;
        if (row != SIZE_MAX && !nmf_there(s, row, j))
            continue;
        for (size_t t = 0; t < k; t++) {
            total[t] += e[t];
            for (size_t q = 0; q < k; q++)
                gram[t * k + q] += e[t] * e[q];
        }
    }
}

static inline void nmf_gram_errors(const nmf_side *s)
{
    const size_t k = s->r->k;
    memset(s->gram_off, 0, k * k * sizeof(double));
    memset(s->total_off, 0, k * sizeof(double));
    for (size_t j = 0; j < s->E->rows; j++) {
        const double *e = s->E->value + j * k, *d = s->E->off + j * k;
        for (size_t t = 0; t < k; t++) {
            s->total_off[t] += d[t] + nmf_gamma(s) * e[t];
            for (size_t q = 0; q < k; q++)
                s->gram_off[t * k + q] += d[t] * e[q] + e[t] * d[q] + d[t] * d[q] + nmf_gamma(s) * e[t] * e[q];
        }
    }
}

/* What an entry is multiplied with: x, or x / yhat for kl, and how far off that may be. */
static inline double nmf_share(const nmf_side *s, size_t row, size_t column, double *off)
{
    const size_t k = s->r->k;
    const double x = s->r->X[nmf_place(s, row, column)];
    const double *f = s->F->value + row * k, *df = s->F->off + row * k;
    const double *e = s->E->value + column * k, *de = s->E->off + column * k;
    double y = 0, dy = 0;
    *off = 0;
    if (s->r->options.loss != UM_NMF_KL || x == 0)
        return x;
    for (size_t t = 0; t < k; t++) {
        y += f[t] * e[t];
        dy += df[t] * e[t] + f[t] * de[t] + df[t] * de[t];
    }
    dy += ((double)k + 4) * s->r->u * y;
    const double share = x / fmax(y, NMF_EPS);
    *off = x / fmax(y - dy, NMF_EPS) - share + 2 * s->r->u * share;
    if (x / fmax(y + dy, NMF_EPS) < share - *off)
        *off = share - x / fmax(y + dy, NMF_EPS);
    return share;
}

static inline void nmf_project(const nmf_side *s, size_t row)
{
    const size_t k = s->r->k;
    memset(s->p, 0, k * sizeof(double));
    memset(s->p_off, 0, k * sizeof(double));
    for (size_t j = 0; j < s->E->rows; j++) {
        double off = 0;
        if (!nmf_there(s, row, j) || s->r->X[nmf_place(s, row, j)] == 0)
            continue;
        const double share = nmf_share(s, row, j, &off);
        for (size_t t = 0; t < k; t++) {
            const double e = s->E->value[j * k + t], d = s->E->off[j * k + t];
            s->p[t] += share * e;
            s->p_off[t] += off * (e + d) + share * d + nmf_gamma(s) * share * e;
        }
    }
}

/* Adds a projected gradient that may be `off`. */
static inline void nmf_violate(nmf_reference *r, double w, double slope, double off)
{
    r->violation += w == 0 ? fmax(-slope, 0) : fabs(slope);
    r->violation_off += off;
}

/* Coordinate descent over the programs of a row, each with those before it already moved. */
static inline void nmf_hals(nmf_reference *r, const nmf_side *s, size_t row)
{
    const size_t k = s->r->k;
    double *w = s->F->value + row * k, *dw = s->F->off + row * k;
    for (size_t t = 0; t < k; t++) {
        const double curvature = s->gram[t * k + t] + s->l2, whole = s->whole[t * k + t] + s->l2;
        const double curvature_off = s->gram_off[t * k + t] + 2 * s->r->u * s->l2;
        double rest = s->p[t] - s->l1, off = s->p_off[t], size = s->p[t] + s->l1 + whole * w[t];
        for (size_t q = 0; q < k; q++) {
            rest -= q == t ? 0 : s->gram[t * k + q] * w[q];
            size += q == t ? 0 : s->whole[t * k + q] * w[q];
            off += s->gram_off[t * k + q] * (w[q] + dw[q]) + (q == t ? 0 : s->whole[t * k + q] * dw[q]);
        }
        off += nmf_gamma(s) * size;
        const double slope = curvature * w[t] - rest, to = fmax(rest / curvature, 0);
        if (curvature <= s->r->little * whole) { /* nothing is known of this program here: it stays */
            if (whole == 0)
                nmf_violate(r, w[t], slope, off);
            const int surely = curvature + curvature_off < s->r->little * (whole - curvature_off) ||
                               (whole == 0 && curvature_off == 0);
            dw[t] = surely ? dw[t] : NMF_ANYTHING;
            continue;
        }
        nmf_violate(r, w[t], slope, off + curvature_off * w[t]);
        dw[t] = curvature - curvature_off > s->r->little * whole
                    ? (off + fabs(rest / curvature) * curvature_off) / (curvature - curvature_off) + 4 * s->r->u * to
                    : NMF_ANYTHING;
        w[t] = to;
    }
}

/* w p / d between the ends of its intervals. */
static inline void nmf_multiply(const nmf_side *s, size_t row, size_t t, double d, double d_off, double least)
{
    double *w = s->F->value + row * s->r->k + t, *dw = s->F->off + row * s->r->k + t;
    const double low = fmax(d - d_off, least), high = fmax(d + d_off, least);
    const double p = s->p[t], dp = s->p_off[t], at = fmax(d, least), to = *w * p / (at == 0 ? NMF_EPS : at);
    const double most = (*w + *dw) * (p + dp);
    const double fewest = fmax(*w - *dw, 0) * fmax(p - dp, 0);
    const double above = most == 0 ? 0 : low > 0 ? most / low - to : d == 0 && d_off == 0 ? most / NMF_EPS - to : NMF_ANYTHING;
    const double below = to == 0 ? 0 : to - fewest / high;
    *w = to;
    *dw = fmax(above, below) + 4 * s->r->u * to;
}

static inline void nmf_mu(const nmf_side *s, size_t row)
{
    const size_t k = s->r->k;
    double d[64], d_off[64], whole[64];
    const double *w = s->F->value + row * k, *dw = s->F->off + row * k;
    for (size_t t = 0; t < k; t++) {
        const double penalty = s->l1 + s->l2 * w[t];
        d[t] = whole[t] = penalty;
        d_off[t] = s->l2 * dw[t];
        for (size_t q = 0; q < k; q++) {
            d[t] += s->gram[t * k + q] * w[q];
            whole[t] += s->whole[t * k + q] * w[q];
            d_off[t] += s->gram_off[t * k + q] * (w[q] + dw[q]) + s->whole[t * k + q] * dw[q];
        }
        d_off[t] += nmf_gamma(s) * whole[t];
    }
    for (size_t t = 0; t < k; t++)
        nmf_multiply(s, row, t, d[t], d_off[t], s->r->little * whole[t]);
}

static inline void nmf_kl(const nmf_side *s, size_t row)
{
    for (size_t t = 0; t < s->r->k; t++) {
        const double w = s->F->value[row * s->r->k + t], dw = s->F->off[row * s->r->k + t];
        const double penalty = s->l1 + s->l2 * w, whole = s->whole_total[t] + penalty;
        nmf_multiply(s, row, t, s->total[t] + penalty, s->total_off[t] + s->l2 * dw + nmf_gamma(s) * whole,
                     s->r->little * s->whole_total[t] + penalty);
    }
}

static inline void nmf_step(nmf_reference *r, int genes)
{
    const size_t k = r->k;
    const um_nmf_options *o = &r->options;
    const double scale = genes ? (double)r->n * o->alpha_H : (double)r->m * o->alpha_W;
    double *memory = nmf_memory(3 * k * k + 5 * k, sizeof(double)), *sums = memory + 3 * k * k;
    nmf_side s = {r, genes, genes ? &r->H : &r->W, genes ? &r->W : &r->H, scale * o->l1_ratio, scale * (1 - o->l1_ratio),
                  memory, memory + k * k, memory + 2 * k * k, sums, sums + k, sums + 2 * k, sums + 3 * k, sums + 4 * k};
    nmf_grams(&s, SIZE_MAX, s.whole, s.whole_total);
    nmf_gram_errors(&s);
    for (size_t row = 0; row < s.F->rows; row++) {
        if (!genes && !r->uses[row])
            continue;
        if (nmf_has_missing(&s, row))
            nmf_grams(&s, row, s.gram, s.total);
        else {
            memcpy(s.gram, s.whole, k * k * sizeof(double));
            memcpy(s.total, s.whole_total, k * sizeof(double));
        }
        nmf_project(&s, row);
        if (o->solver == UM_NMF_HALS)
            nmf_hals(r, &s, row);
        else if (o->loss == UM_NMF_FROBENIUS)
            nmf_mu(&s, row);
        else
            nmf_kl(&s, row);
    }
    free(memory);
}

/* Cells first, then the genes with the new usages. */
static inline void nmf_iterate(nmf_reference *r)
{
    r->violation = r->violation_off = 0;
    nmf_step(r, 0);
    if (!r->options.fixed_programs)
        nmf_step(r, 1);
}

/*
 * Loss of the factors over the entries that are there, of the cells in use. `size`: the sum of magnitudes in
 * it, with what missing entries would add, because their share may be added and taken away again.
 */
static inline double nmf_loss(const nmf_reference *r, double *size)
{
    double loss = 0;
    *size = 0;
    for (size_t c = 0; c < r->n; c++)
        for (size_t j = 0; j < r->m; j++) {
            const double x = r->X[c * r->m + j];
            double y = 0;
            if (!r->uses[c])
                continue;
            for (size_t t = 0; t < r->k; t++)
                y += r->W.value[c * r->k + t] * r->H.value[j * r->k + t];
            if (r->missing[c * r->m + j]) {
                *size += r->options.loss == UM_NMF_FROBENIUS ? 0.5 * y * y : y;
                continue;
            }
            if (r->options.loss == UM_NMF_FROBENIUS) {
                loss += 0.5 * (x - y) * (x - y);
                *size += 0.5 * (x + y) * (x + y);
            } else {
                loss += x > 0 ? x * log(x / fmax(y, NMF_EPS)) - x + y : y;
                *size += x > 0 ? x * fabs(log(x / fmax(y, NMF_EPS))) + x + y : y;
            }
        }
    return loss;
}

/* l1 sum F + l2/2 sum F^2 of both sides. */
static inline double nmf_penalties(const nmf_reference *r)
{
    const um_nmf_options *o = &r->options;
    double sum = 0;
    for (size_t i = 0; i < r->n * r->k; i++)
        sum += (double)r->m * o->alpha_W * r->W.value[i] * (o->l1_ratio + 0.5 * (1 - o->l1_ratio) * r->W.value[i]);
    for (size_t i = 0; i < r->m * r->k; i++)
        sum += (double)r->n * o->alpha_H * r->H.value[i] * (o->l1_ratio + 0.5 * (1 - o->l1_ratio) * r->H.value[i]);
    return sum;
}

#endif
