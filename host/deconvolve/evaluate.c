#include "deconvolve/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

enum { LANES = UM_EVALUATE_LANES };

static const double eps = 1e-10; /* of log(yhat + eps), as in the kernels */

unmix_status um_totals_open(unmix_context *cx, um_totals *totals, size_t genes)
{
    *totals = (um_totals){.genes = genes};
    return UM_ALLOC(cx, &totals->gene, um_product_size(genes, 5, 1), "metrics");
}

void um_totals_clear(um_totals *totals)
{
    free(totals->gene);
    *totals = (um_totals){0};
}

double um_totals_r2(const um_totals *totals)
{
    const double mean = totals->k / totals->n;
    return 1.0 - totals->residual2 / (totals->kk - totals->n * mean * mean);
}

double um_totals_deviance_r2(const um_totals *totals)
{
    return 1.0 - totals->nll / totals->null_nll;
}

double um_totals_mape(const um_totals *totals)
{
    return totals->relative / totals->n;
}

/* Pearson correlation from sums over n values; NaN where a side is constant. */
static double correlation(double n, double x, double y, double xx, double yy, double xy)
{
    const double cov = xy - x * y / n, vx = xx - x * x / n, vy = yy - y * y / n;
    /* A constant side leaves rounding noise of about n eps of its square sum. */
    if (!(vx > 1e-14 * n * xx) || !(vy > 1e-14 * n * yy))
        return NAN;
    return cov / sqrt(vx * vy);
}

double um_totals_gene_correlation(const um_totals *totals)
{
    double sum = 0.0;
    size_t defined = 0;
    for (size_t g = 0; g < totals->genes; g++) {
        const double *s = totals->gene + 5 * g;
        const double r = correlation((double)totals->samples, s[0], s[1], s[2], s[3], s[4]);
        if (isnan(r))
            continue;
        sum += r;
        defined++;
    }
    return defined ? sum / (double)defined : NAN;
}

/* k log(k / (y + eps)) - k + y, with 0 log 0 = 0. Near k = y the difference is taken through log1p. */
static double deviance(double k, double y)
{
    if (!(k > 0.0))
        return y;
    const double t = (y + eps - k) / k;
    return fabs(t) < 0.5 ? k * (t - log1p(t)) : k * log(k / (y + eps)) - k + y;
}

/* Working arrays for LANES samples side by side: the inner loops run over the lanes. */
typedef struct lanes {
    double *k;    /* G x LANES */
    double *y;    /* G x LANES */
    double *E;    /* M x LANES */
    double *fold; /* M x LANES */
} lanes;

static unmix_status lanes_open(unmix_context *cx, lanes *l, size_t G, size_t M)
{
    UM_TRY(UM_ALLOC(cx, &l->k, um_product_size(G, LANES, 1), "evaluation"));
    UM_TRY(UM_ALLOC(cx, &l->y, um_product_size(G, LANES, 1), "evaluation"));
    UM_TRY(UM_ALLOC(cx, &l->E, M * LANES, "evaluation"));
    return UM_ALLOC(cx, &l->fold, M * LANES, "evaluation");
}

static void lanes_clear(lanes *l)
{
    free(l->k);
    free(l->y);
    free(l->E);
    free(l->fold);
}

static void spread(lanes *l, const um_problem *problem, const um_block *block, const size_t *column, size_t n,
                   const double *const *E)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t at = block->start[column[i]]; at < block->start[column[i] + 1]; at++) {
            const uint32_t g = problem->gene_of_row[block->row[at]];
            if (g != UM_NO_GENE)
                l->k[(size_t)g * LANES + i] += block->value[at];
        }
        for (size_t j = 0; j < problem->n_sources; j++)
            l->E[j * LANES + i] = E[i][j];
    }
}

/* y = A E and fold = A' (w k / (y + eps)), gene by gene. */
static void pass(lanes *l, const um_problem *problem)
{
    const size_t G = problem->genes.count, M = problem->n_sources;
    for (size_t g = 0; g < G; g++) {
        const double *a = problem->A + g * M, *k = l->k + g * LANES;
        double *restrict y = l->y + g * LANES;
        double r[LANES];
        for (size_t j = 0; j < M; j++)
            for (size_t i = 0; i < LANES; i++)
                y[i] += a[j] * l->E[j * LANES + i];
        for (size_t i = 0; i < LANES; i++)
            r[i] = problem->w[g] * k[i] / (y[i] + eps);
        for (size_t j = 0; j < M; j++)
            for (size_t i = 0; i < LANES; i++)
                l->fold[j * LANES + i] += a[j] * r[i];
    }
}

/* gap = log(max_j m_j sum_j D_j E_j / T): m_j scale inversely to E. */
static double gap_of(const um_problem *problem, const double *fold, const double *E, double T)
{
    double largest = 0.0, predicted = 0.0;
    for (size_t j = 0; j < problem->n_sources; j++) {
        const double m = fold[j * LANES] / problem->D[j];
        largest = m > largest ? m : largest;
        predicted += problem->D[j] * E[j * LANES];
    }
    if (!(predicted > 0.0))
        return INFINITY; /* no exposure at all: nothing to scale, so nothing is certified */
    const double gap = log(largest * predicted / T);
    return gap > 0.0 ? gap : 0.0; /* >= 0 by Jensen; eps and rounding may leave -1e-15 */
}

static size_t sources_in_use(const um_problem *problem, const double *E)
{
    size_t n = 0;
    for (size_t j = 0; j < problem->n_sources; j++)
        n += E[j * LANES] > 0.0;
    return n;
}

static void measure(const um_problem *problem, const lanes *l, size_t i, um_metrics *m, um_totals *totals)
{
    const size_t G = problem->genes.count;
    const double n = (double)G;
    double T = 0.0, sk = 0.0, sy = 0.0, skk = 0.0, syy = 0.0, sky = 0.0;
    double residual2 = 0.0, pearson2 = 0.0, relative = 0.0;
    for (size_t g = 0; g < G; g++)
        T += problem->w[g] * l->k[g * LANES + i];
    for (size_t g = 0; g < G; g++) {
        const double k = l->k[g * LANES + i], y = l->y[g * LANES + i], w = problem->w[g];
        m->nll += w * deviance(k, y);
        m->null_nll += w * deviance(k, problem->null[g] * T);
        sk += k, sy += y, skk += k * k, syy += y * y, sky += k * y;
        residual2 += (k - y) * (k - y);
        pearson2 += w * (k - y) * (k - y) / (y + eps);
        relative += fabs(k - y) / (k + 1.0);
        if (totals) {
            double *s = totals->gene + 5 * g;
            s[0] += k, s[1] += y, s[2] += k * k, s[3] += y * y, s[4] += k * y;
        }
    }
    const double free_genes = n - (double)sources_in_use(problem, l->E + i);
    m->total_counts = sk;
    m->gap = gap_of(problem, l->fold + i, l->E + i, T);
    m->pearson = correlation(n, sk, sy, skk, syy, sky);
    m->rmse = sqrt(residual2 / n);
    m->nrmse = m->rmse / (sk / n);
    m->count_ratio = sy / sk;
    m->dispersion = free_genes > 0.0 ? pearson2 / free_genes : NAN;
    if (totals) {
        totals->samples++;
        totals->n += n, totals->k += sk, totals->kk += skk;
        totals->residual2 += residual2, totals->relative += relative;
        totals->nll += m->nll, totals->null_nll += m->null_nll;
    }
}

unmix_status um_evaluate(unmix_context *cx, const um_problem *problem, const um_block *block, const size_t *column, size_t n,
                         const double *const *E, um_metrics *metrics, um_totals *totals, double *const *predicted)
{
    lanes l = {0};
    unmix_status status = lanes_open(cx, &l, problem->genes.count, problem->n_sources);
    if (status == UNMIX_OK) {
        spread(&l, problem, block, column, n, E);
        pass(&l, problem);
        for (size_t i = 0; i < n; i++) {
            metrics[i] = (um_metrics){0};
            measure(problem, &l, i, &metrics[i], totals);
            for (size_t g = 0; predicted && predicted[i] && g < problem->genes.count; g++)
                predicted[i][g] = l.y[g * LANES + i];
        }
    }
    lanes_clear(&l);
    return status;
}
