#include "programs/nmf/loss.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "programs/nmf/losses.h"

typedef struct evaluation {
    const um_nmf_data *data;
    const um_loss *loss;
    double beta;
    size_t k;
    const double *W;
    const double *T;      /* genes x k: H turned, so that a gene's loadings lie together */
    const double *total;  /* sum over genes of H */
    const double *gram;   /* H H' */
    const unsigned char *cells;
    unsigned threads;
    double *of_cell;      /* the part of each cell: added up in order, whatever the number of threads */
} evaluation;

static double dot(size_t k, const double *a, const double *b)
{
    double sum = 0;
    for (size_t t = 0; t < k; t++)
        sum += a[t] * b[t];
    return sum;
}

/* 1/2 sum (x - y)^2 = 1/2 [ sum over entries of (x - y)^2 - y^2 + w' (H H') w ], without what is missing. */
static double squares_of_cell(const evaluation *e, size_t cell)
{
    const um_sparse *X = e->data->X, *missing = e->data->missing;
    const double *w = e->W + cell * e->k;
    double sum = 0;
    for (size_t t = 0; t < e->k; t++)
        sum += w[t] * dot(e->k, w, e->gram + t * e->k);
    for (size_t i = X->start[cell]; i < X->start[cell + 1]; i++) {
        const double x = X->value[i], y = dot(e->k, w, e->T + X->column[i] * e->k);
        sum += x * (x - 2 * y);
    }
    for (size_t i = missing ? missing->start[cell] : 0; missing && i < missing->start[cell + 1]; i++) {
        const double y = dot(e->k, w, e->T + missing->column[i] * e->k);
        sum -= y * y;
    }
    return 0.5 * sum;
}

/* Over what is stored, and the sum of y from the sum of H. */
static double totals_of_cell(const evaluation *e, size_t cell)
{
    const um_sparse *X = e->data->X, *missing = e->data->missing;
    const double *w = e->W + cell * e->k;
    double sum = dot(e->k, w, e->total);
    for (size_t i = X->start[cell]; i < X->start[cell + 1]; i++)
        sum += e->loss->stored(X->value[i], dot(e->k, w, e->T + X->column[i] * e->k));
    for (size_t i = missing ? missing->start[cell] : 0; missing && i < missing->start[cell + 1]; i++)
        sum -= dot(e->k, w, e->T + missing->column[i] * e->k);
    return sum;
}

static double every_of_cell(const evaluation *e, size_t cell)
{
    const um_sparse *X = e->data->X, *missing = e->data->missing;
    const double *w = e->W + cell * e->k;
    size_t at = X->start[cell], lost = missing ? missing->start[cell] : 0;
    double sum = 0;
    for (size_t j = 0; j < X->columns; j++) {
        const int stored = at < X->start[cell + 1] && X->column[at] == j;
        const int absent = missing && lost < missing->start[cell + 1] && missing->column[lost] == j;
        if (!absent)
            sum += e->loss->entry(e->beta, stored ? X->value[at] : 0, dot(e->k, w, e->T + j * e->k));
        at += (size_t)stored;
        lost += (size_t)absent;
    }
    return sum;
}

static void evaluate_part(void *state, unsigned thread)
{
    static double (*const of_cell[])(const evaluation *, size_t) = {
        [UM_LOSS_SQUARES] = squares_of_cell, [UM_LOSS_TOTALS] = totals_of_cell, [UM_LOSS_EVERY] = every_of_cell};
    evaluation *e = state;
    const size_t n = e->data->X->rows, first = n * thread / e->threads, last = n * (thread + 1) / e->threads;
    for (size_t cell = first; cell < last; cell++)
        if (!e->cells || e->cells[cell])
            e->of_cell[cell] = of_cell[e->loss->sum](e, cell);
}

/* T = H', sum over genes of H, and H H'. */
static void prepare(size_t k, size_t m, const double *H, double *T, double *total, double *gram)
{
    for (size_t t = 0; t < k; t++)
        for (size_t j = 0; j < m; j++)
            T[j * k + t] = H[t * m + j];
    for (size_t j = 0; j < m; j++)
        for (size_t t = 0; t < k; t++) {
            total[t] += T[j * k + t];
            for (size_t s = 0; s < k; s++)
                gram[t * k + s] += T[j * k + t] * T[j * k + s];
        }
}

unmix_status um_nmf_evaluate(unmix_context *cx, const um_nmf_data *data, const um_nmf_options *options,
                             const um_factors *factors, const unsigned char *cells, double *loss)
{
    const size_t n = data->X->rows, m = data->X->columns, k = options->components;
    double *memory = NULL;
    UM_TRY(UM_ALLOC(cx, &memory, um_product_size(m + 1 + k, k, 1) + n, "loss"));
    double *total = memory + m * k, *gram = total + k;
    prepare(k, m, factors->H, memory, total, gram);
    evaluation e = {data, um_loss_for(options->loss), um_loss_beta(options), k, factors->W, memory, total, gram,
                    cells, um_threads(cx), gram + k * k};
    um_parallel(e.threads, evaluate_part, &e);
    *loss = 0;
    for (size_t cell = 0; cell < n; cell++)
        *loss += e.of_cell[cell];
    free(memory);
    return UNMIX_OK;
}

/* One program that every cell uses alike: nothing, or the mean of each gene in the cells where it is observed. */
unmix_status um_nmf_evaluate_nothing(unmix_context *cx, const um_nmf_data *data, const um_nmf_options *options, double *loss)
{
    const um_sparse *X = data->X, *missing = data->missing;
    um_nmf_options one = *options;
    um_factors f = {0};
    double *observed = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &f.W, X->rows, "loss"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &f.H, X->columns, "loss"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &observed, X->columns, "loss"));
    for (size_t c = 0; c < X->rows; c++)
        f.W[c] = um_loss_for(options->loss)->sum != UM_LOSS_SQUARES;
    for (size_t j = 0; j < X->columns; j++)
        observed[j] = (double)X->rows;
    for (size_t i = 0; missing && i < um_sparse_entries(missing); i++)
        observed[missing->column[i]] -= 1;
    for (size_t i = 0; i < um_sparse_entries(X); i++)
        f.H[X->column[i]] += X->value[i] / observed[X->column[i]];
    one.components = 1;
    status = um_nmf_evaluate(cx, data, &one, &f, NULL, loss);
done:
    free(f.W);
    free(f.H);
    free(observed);
    return status;
}

unmix_status um_nmf_evaluate_at(unmix_context *cx, const um_sparse *held_out, const um_nmf_options *options,
                                const um_factors *factors, double *loss)
{
    const size_t m = held_out->columns, k = options->components;
    const um_loss *which = um_loss_for(options->loss);
    const double beta = um_loss_beta(options);
    double sum = 0;
    (void)cx;
    for (size_t cell = 0; cell < held_out->rows; cell++)
        for (size_t i = held_out->start[cell]; i < held_out->start[cell + 1]; i++) {
            const double x = held_out->value[i];
            double y = 0;
            for (size_t t = 0; t < k; t++)
                y += factors->W[cell * k + t] * factors->H[t * m + held_out->column[i]];
            sum += which->entry(beta, x, y);
        }
    *loss = um_sparse_entries(held_out) ? sum / (double)um_sparse_entries(held_out) : NAN;
    return UNMIX_OK;
}
