#include "programs/nmf/start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/numpy_random.h"
#include "linalg/range.h"

#define SMALL 1e-6 /* loadings below this start as zeros */

/* What to start from: the used cells. */
typedef struct sample {
    um_sparse own;      /* empty where X itself serves */
    const um_sparse *X; /* X itself or `own` */
    size_t *cell;       /* of every row */
    double mean;        /* of all entries, also zeros */
} sample;

static void sample_clear(sample *s)
{
    um_sparse_clear(&s->own);
    free(s->cell);
}

static unmix_status choose_cells(unmix_context *cx, const um_sparse *X, const unsigned char *uses, sample *s, size_t *rows)
{
    UM_TRY(UM_ALLOC(cx, &s->cell, X->rows, "cells to start from"));
    *rows = 0;
    for (size_t i = 0; i < X->rows; i++)
        if (!uses || uses[i])
            s->cell[(*rows)++] = i;
    return UNMIX_OK;
}

static unmix_status check_values(unmix_context *cx, const um_sparse *X)
{
    for (size_t row = 0; row < X->rows; row++)
        for (size_t i = X->start[row]; i < X->start[row + 1]; i++)
            if (!(X->value[i] >= 0 && X->value[i] < INFINITY))
                return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                               "cell %zu, gene %zu (1-based): the value %g cannot be factorised; values must be finite and "
                               "not negative",
                               row + 1, (size_t)X->column[i] + 1, X->value[i]);
    return UNMIX_OK;
}

static unmix_status copy_cells(unmix_context *cx, const um_sparse *X, size_t rows, sample *s)
{
    size_t entries = 0;
    for (size_t r = 0; r < rows; r++)
        entries += X->start[s->cell[r] + 1] - X->start[s->cell[r]];
    UM_TRY(um_sparse_allocate(cx, &s->own, rows, X->columns, entries));
    for (size_t r = 0; r < rows; r++) {
        const size_t from = X->start[s->cell[r]], count = X->start[s->cell[r] + 1] - from, to = s->own.start[r];
        memcpy(s->own.column + to, X->column + from, count * sizeof *X->column);
        memcpy(s->own.value + to, X->value + from, count * sizeof *X->value);
        s->own.start[r + 1] = to + count;
    }
    s->X = &s->own;
    return UNMIX_OK;
}

/* By rows first, for the rounding of a long sum. */
static double total(const um_sparse *X)
{
    double sum = 0;
    for (size_t r = 0; r < X->rows; r++) {
        double of_row = 0;
        for (size_t i = X->start[r]; i < X->start[r + 1]; i++)
            of_row += X->value[i];
        sum += of_row;
    }
    return sum;
}

static unmix_status sample_open(unmix_context *cx, const um_nmf_data *data, const unsigned char *uses, size_t k, sample *s)
{
    const um_sparse *X = data->X;
    size_t rows;
    UM_TRY(choose_cells(cx, X, uses, s, &rows));
    if (k == 0 || k > rows || k > X->columns)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       k == 0 ? "%zu components of %zu cells and %zu genes: at least one component is needed"
                              : "%zu components are more components than genes or cells: there are %zu cells and %zu genes",
                       k, rows, X->columns);
    UM_TRY(check_values(cx, X));
    s->X = X;
    if (rows < X->rows)
        UM_TRY(copy_cells(cx, X, rows, s));
    s->mean = total(s->X) / ((double)rows * (double)X->columns);
    return UNMIX_OK;
}

/* Programs are drawn first. */
static void start_random(const sample *s, size_t k, uint32_t seed, um_factors *factors)
{
    const double scale = sqrt(s->mean / (double)k);
    um_mt mt;
    um_mt_start(&mt, seed);
    for (size_t i = 0; i < k * s->X->columns; i++)
        factors->H[i] = fabs(scale * um_mt_normal(&mt));
    for (size_t r = 0; r < s->X->rows; r++)
        for (size_t t = 0; t < k; t++)
            factors->W[s->cell[r] * k + t] = fabs(scale * um_mt_normal(&mt));
}

/* Length of the part of column t with this sign. */
static double length_of(const double *columns, size_t rows, size_t k, size_t t, double sign)
{
    double sum = 0;
    for (size_t i = 0; i < rows; i++) {
        const double x = fmax(sign * columns[i * k + t], 0);
        sum += x * x;
    }
    return sqrt(sum);
}

static double loading(double x, double scale, double instead)
{
    const double scaled = x * scale;
    return scaled < SMALL ? instead : scaled;
}

/*
 * Program t from the singular triplet (s, u, v): the sign in which |u| |v| is larger, scaled to s |u| |v| in all. The
 * first triplet has one sign. The loadings that remain zero become `instead`.
 */
static void split(const sample *s, const um_svd *svd, size_t k, size_t t, double instead, um_factors *factors)
{
    const size_t rows = s->X->rows, columns = s->X->columns;
    double of_u[2], of_v[2];
    for (int n = 0; n < 2; n++) {
        of_u[n] = length_of(svd->U, rows, k, t, n ? -1 : 1);
        of_v[n] = length_of(svd->V, columns, k, t, n ? -1 : 1);
    }
    const int negative = !(of_u[0] * of_v[0] > of_u[1] * of_v[1]);
    const double sign = negative ? -1 : 1, both = of_u[negative] * of_v[negative];
    const double size = sqrt(svd->S[t] * both);
    const double scale_u = both > 0 ? sign * size / of_u[negative] : 0, scale_v = both > 0 ? sign * size / of_v[negative] : 0;
    for (size_t r = 0; r < rows; r++)
        factors->W[s->cell[r] * k + t] = loading(svd->U[r * k + t], scale_u, instead);
    for (size_t j = 0; j < columns; j++)
        factors->H[t * columns + j] = loading(svd->V[j * k + t], scale_v, instead);
}

static void first_program(const sample *s, const um_svd *svd, size_t k, double instead, um_factors *factors)
{
    const double size = sqrt(svd->S[0]);
    for (size_t r = 0; r < s->X->rows; r++)
        factors->W[s->cell[r] * k] = loading(fabs(svd->U[r * k]), size, instead);
    for (size_t j = 0; j < s->X->columns; j++)
        factors->H[j] = loading(fabs(svd->V[j * k]), size, instead);
}

static unmix_status draw_and_decompose(unmix_context *cx, const um_sparse *X, size_t k, uint32_t seed, um_svd *svd)
{
    const size_t least = X->rows < X->columns ? X->rows : X->columns, count = least * (k + UM_RANGE_MORE);
    double *start = NULL;
    UM_TRY(UM_ALLOC(cx, &start, count, "random start"));
    um_mt mt;
    um_mt_start(&mt, seed);
    for (size_t i = 0; i < count; i++)
        start[i] = um_mt_normal(&mt);
    const unmix_status status = um_range_svd(cx, X, k, start, svd);
    free(start);
    return status;
}

static unmix_status start_nndsvd(unmix_context *cx, const sample *s, double instead, size_t k, uint32_t seed,
                                 um_factors *factors)
{
    um_svd svd = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &svd.U, s->X->rows * k, "singular vectors"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &svd.V, s->X->columns * k, "singular vectors"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &svd.S, k, "singular values"));
    UM_TRY_GOTO(status, done, draw_and_decompose(cx, s->X, k, seed, &svd));
    first_program(s, &svd, k, instead, factors);
    for (size_t t = 1; t < k; t++)
        split(s, &svd, k, t, instead, factors);
done:
    free(svd.U);
    free(svd.V);
    free(svd.S);
    return status;
}

unmix_status um_nmf_start(unmix_context *cx, const um_nmf_data *data, const unsigned char *uses, um_nmf_start_kind kind,
                          size_t k, uint32_t seed, um_factors *factors)
{
    sample s = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, sample_open(cx, data, uses, k, &s));
    memset(factors->W, 0, data->X->rows * k * sizeof *factors->W);
    if (kind == UM_NMF_START_RANDOM)
        start_random(&s, k, seed, factors);
    else
        status = start_nndsvd(cx, &s, kind == UM_NMF_START_NNDSVDA ? s.mean : 0, k, seed, factors);
done:
    sample_clear(&s);
    return status;
}
