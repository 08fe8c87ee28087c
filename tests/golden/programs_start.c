/* Starts of factorisations against scikit-learn's; the matrices are made by the formula of programs_start.py. */
#include "programs/nmf/start.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing/testing.h"

#include "programs_start_golden.h"

static unmix_context *cx;

static int begin(void **state)
{
    (void)state;
    cx = um_test_context();
    return 0;
}

static int end(void **state)
{
    (void)state;
    unmix_context_free(cx);
    return 0;
}

/* 32 bits of a place. */
static uint32_t mix(uint32_t i, uint32_t j, uint32_t salt)
{
    uint32_t h = i * 73856093u ^ j * 19349663u ^ salt * 83492791u;
    h = (h ^ h >> 15) * 2246822519u;
    h = (h ^ h >> 13) * 3266489917u;
    return h ^ h >> 16;
}

static int is_missing(uint32_t i, uint32_t j)
{
    return mix(i, j, 3) % 10 == 0;
}

static double value_at(uint32_t i, uint32_t j, unsigned permille)
{
    if (mix(i, j, 1) % 1000 >= permille)
        return 0;
    return (mix(i, j, 2) % 31 + 1) / 8.0 * (i % 4 == j % 4 ? 4 : 1);
}

typedef struct case_data {
    um_sparse X, missing;
    unsigned char *uses;
    um_factors factors;
} case_data;

static void make(const golden_case *c, case_data *d)
{
    *d = (case_data){0};
    assert_ok(cx, um_sparse_allocate(cx, &d->X, c->rows, c->columns, c->rows * c->columns));
    assert_ok(cx, um_sparse_allocate(cx, &d->missing, c->rows, c->columns, c->rows * c->columns));
    free(d->missing.value);
    d->missing.value = NULL;
    d->uses = calloc(c->rows, 1);
    d->factors.W = malloc(c->rows * c->k * sizeof(double));
    d->factors.H = malloc(c->k * c->columns * sizeof(double));
    assert_true(d->uses && d->factors.W && d->factors.H);
    size_t x = 0, m = 0;
    for (uint32_t i = 0; i < c->rows; i++) {
        d->uses[i] = i % 3 != 1;
        for (uint32_t j = 0; j < c->columns; j++) {
            const double value = value_at(i, j, c->permille);
            if (c->missing && is_missing(i, j)) {
                d->missing.column[m++] = j;
            } else if (value > 0) {
                d->X.column[x] = j;
                d->X.value[x++] = value;
            }
        }
        d->X.start[i + 1] = x;
        d->missing.start[i + 1] = m;
    }
}

static void clear(case_data *d)
{
    um_sparse_clear(&d->X);
    um_sparse_clear(&d->missing);
    free(d->uses);
    free(d->factors.W);
    free(d->factors.H);
}

static void check(const golden_case *c)
{
    case_data d;
    make(c, &d);
    const um_nmf_data data = {&d.X, c->missing ? &d.missing : NULL};
    assert_ok(cx, um_nmf_start(cx, &data, c->subset ? d.uses : NULL, c->kind, c->k, c->seed, &d.factors));
    size_t used = 0;
    for (size_t i = 0; i < c->rows; i++) {
        double *row = d.factors.W + i * c->k;
        if (!c->subset || d.uses[i])
            memmove(d.factors.W + used++ * c->k, row, c->k * sizeof *row);
        else
            for (size_t t = 0; t < c->k; t++)
                assert_true(row[t] == 0);
    }
    assert_int_equal(c->count, (used + c->columns) * c->k);
    /*
     * Two stable ways to the same vectors differ by about eps (s1 / sk)^2 of their length at each of at most 15 products:
     * 2e-16 * 30^2 * 15 = 3e-12; loadings are 1e-2 to 10, and 1e-12 is for those that cancel to little.
     */
    um_assert_close(d.factors.W, c->want, used * c->k, 1e-9, 1e-12, c->name);
    um_assert_close(d.factors.H, c->want + used * c->k, c->columns * c->k, 1e-9, 1e-12, c->name);
    clear(&d);
}

static void test_starts_are_those_of_scikit_learn(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_cases / sizeof golden_cases[0]; i++)
        check(&golden_cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_starts_are_those_of_scikit_learn, begin, end),
    };
    return um_run_group(tests);
}
