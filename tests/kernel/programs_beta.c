/*
 * Iterations of losses that visit every entry, against the formulas over a dense X in double: zeros and missing entries,
 * penalties, fixed programs, cells left out, at sizes that leave parts of vectors, panels and tiles, and at the tuning of
 * other devices. All terms are positive, so that errors are relative: a step sums over at most ROWS rows what comes of K
 * products, to powers of at most 4.2 (beta -1.2; pow is good to 16 units in the last place), once for W and once more for H.
 */
#include "kernel/rig.h"
#include "programs/nmf/nmf.h"

static const rig_case cases[] = {
    {UNMIX_DOUBLE, ""},
    {UNMIX_SINGLE, ""},
    {UNMIX_DOUBLE, "fold=0"},
    {UNMIX_SINGLE, "vector=4"},
    {UNMIX_DOUBLE, "vector=1"},
    {UNMIX_DOUBLE, "vector=2 fold=0"},
    {UNMIX_SINGLE, "vector=1 vectors=1 group=64 stage=1 fixed-sources=1 tile=64 fold=0 dense=0"},
};

typedef struct shape {
    size_t n, m, k;
} shape;

static const shape shapes[] = {{1, 1, 1},    {2, 3, 2},    {7, 9, 2},    {9, 7, 3},     {16, 17, 4},
                               {33, 31, 10}, {17, 259, 5}, {259, 16, 3}, {1031, 17, 2}, {15, 1031, 6}};

static const double betas[] = {-1.2, 0, 0.2, 0.5, 1.5, 2.5, 3};

typedef struct variant {
    const char *name;
    double alpha_W, alpha_H, l1_ratio;
    int missing, fixed;
} variant;

static const variant variants[] = {{"plain", 0, 0, 0, 0, 0},
                                   {"l1 and l2, missing", 0.011, 0.003, 0.6, 1, 0},
                                   {"missing, fixed programs", 0.01, 0, 0.3, 1, 1}};

enum { REPLICATES = 3 };
static const double EPS = 1.1920928955078125e-7;

/* One factor against the other: X's element (row, column) at row * across + column * along. */
typedef struct side {
    size_t rows, columns, across, along, k;
    double *F;
    const double *E, *x;
    const unsigned char *lost, *uses; /* uses: of the columns where the rows are genes */
    double l1, l2, beta;
} side;

static double floored(double y, double exponent)
{
    return exponent < 0 && y < EPS ? EPS : y;
}

static void naive_row(const side *s, size_t row)
{
    const double b = s->beta, exponent = b < 1 ? 1 / (2 - b) : b > 2 ? 1 / (b - 1) : 1;
    double above[16] = {0}, below[16] = {0}, *w = s->F + row * s->k;
    for (size_t j = 0; j < s->columns; j++) {
        const size_t at = row * s->across + j * s->along;
        double y = 0;
        for (size_t t = 0; t < s->k; t++)
            y += w[t] * s->E[j * s->k + t];
        for (size_t t = 0; t < s->k && !s->lost[at] && !(s->uses && !s->uses[j]); t++) {
            above[t] += s->x[at] * pow(floored(y, b - 2), b - 2) * s->E[j * s->k + t];
            below[t] += pow(floored(y, b - 1), b - 1) * s->E[j * s->k + t];
        }
    }
    for (size_t t = 0; t < s->k; t++) {
        const double d = below[t] + s->l1 + s->l2 * w[t];
        w[t] *= pow(above[t] / (d == 0 ? EPS : d), exponent);
        w[t] = b < 1 && w[t] < 0x1p-52 ? 0 : w[t];
    }
}

typedef struct problem {
    um_sparse X, missing;
    double *x, *W[REPLICATES], *H[REPLICATES], *T, *V; /* T: H turned, V: W, of the naive iteration */
    unsigned char *lost, *uses;
    um_factors factors[REPLICATES];
} problem;

static void draw_data(rig *r, shape of, double beta, const variant *v, problem *p)
{
    size_t used = 0, lost = 0;
    assert_ok(r->cx, um_sparse_allocate(r->cx, &p->X, of.n, of.m, of.n * of.m));
    assert_ok(r->cx, um_sparse_allocate(r->cx, &p->missing, of.n, of.m, of.n * of.m));
    p->x = rig_new(of.n * of.m, 0);
    p->lost = calloc(of.n * of.m, 1);
    for (size_t c = 0; c < of.n; c++) {
        for (size_t j = 0; j < of.m; j++) {
            const double u = um_random_uniform(&r->random), x = rig_real(r, 0.25 + 6 * um_random_uniform(&r->random));
            const size_t at = c * of.m + j;
            p->lost[at] = v->missing && um_random_uniform(&r->random) < (c % 5 == 3 || j % 7 == 4 ? 0.9 : 0.1);
            p->x[at] = p->lost[at] || (beta > 0 && (u > 0.6 || c == 4 || j == 2)) ? 0 : x;
            if (p->lost[at])
                p->missing.column[lost++] = (uint32_t)j;
            else if (p->x[at] > 0 || at % 11 == 0) { /* zeros may be stored too */
                p->X.column[used] = (uint32_t)j;
                p->X.value[used++] = p->x[at];
            }
        }
        p->X.start[c + 1] = used;
        p->missing.start[c + 1] = lost;
    }
}

/* Replicate 0 has all cells, 1 about two thirds, 2 the last only. */
static void draw_starts(rig *r, shape of, problem *p)
{
    p->uses = calloc(REPLICATES * of.n, 1);
    for (size_t i = 0; i < REPLICATES; i++) {
        p->W[i] = rig_new(of.n * of.k, 0);
        p->H[i] = rig_new(of.m * of.k, 0);
        p->factors[i] = (um_factors){p->W[i], p->H[i]};
        for (size_t c = 0; c < of.n; c++)
            p->uses[i * of.n + c] = i == 0 || c + 1 == of.n || (i == 1 && um_random_uniform(&r->random) < 0.667);
        for (size_t at = 0; at < of.n * of.k; at++)
            p->W[i][at] = rig_real(r, 0.05 + um_random_uniform(&r->random));
        for (size_t at = 0; at < of.m * of.k; at++)
            p->H[i][at] = rig_real(r, 0.05 + um_random_uniform(&r->random));
    }
}

static void naive(shape of, const um_nmf_options *o, const problem *p, size_t i, double *W, double *T)
{
    const unsigned char *uses = p->uses + i * of.n;
    const double scale_W = (double)of.m * o->alpha_W, scale_H = (double)of.n * o->alpha_H;
    side cells = {of.n, of.m, of.m, 1, of.k, W, T, p->x, p->lost, NULL, scale_W * o->l1_ratio, scale_W * (1 - o->l1_ratio),
                  o->beta};
    side genes = {of.m, of.n, 1, of.m, of.k, T, W, p->x, p->lost, uses, scale_H * o->l1_ratio, scale_H * (1 - o->l1_ratio),
                  o->beta};
    for (size_t at = 0; at < of.n * of.k; at++)
        W[at] = uses[at / of.k] ? p->W[i][at] : 0;
    for (size_t at = 0; at < of.m * of.k; at++)
        T[at] = p->H[i][at % of.k * of.m + at / of.k];
    for (size_t c = 0; c < of.n; c++)
        if (uses[c])
            naive_row(&cells, c);
    for (size_t j = 0; j < of.m && !o->fixed_programs; j++)
        naive_row(&genes, j);
}

static void check(rig *r, shape of, double beta, const variant *v)
{
    const um_nmf_options o = {.solver = UM_NMF_MU,
                              .loss = beta == 0 ? UM_NMF_ITAKURA_SAITO : UM_NMF_BETA,
                              .beta = beta,
                              .components = of.k,
                              .max_iterations = 1,
                              .alpha_W = v->alpha_W,
                              .alpha_H = v->alpha_H,
                              .l1_ratio = v->l1_ratio,
                              .fixed_programs = v->fixed};
    const double rows = (double)(of.n > of.m ? of.n : of.m);
    const double off = 2 * r->u * (2 * rows + 4.2 * 2 * (2 * (double)of.k + 32) + 64);
    problem p = {0};
    um_nmf_fit fits[REPLICATES];
    double *W[REPLICATES], *T[REPLICATES];
    char where[160];
    draw_data(r, of, beta, v, &p);
    draw_starts(r, of, &p);
    for (size_t i = 0; i < REPLICATES; i++) {
        W[i] = rig_new(of.n * of.k, 0);
        T[i] = rig_new(of.m * of.k, 0);
        naive(of, &o, &p, i, W[i], T[i]);
    }
    const um_nmf_data data = {&p.X, v->missing ? &p.missing : NULL};
    assert_ok(r->cx, um_nmf_many(r->cx, r->device, &data, &o, REPLICATES, p.uses, p.factors, fits));
    for (size_t i = 0; i < REPLICATES; i++) {
        (void)snprintf(where, sizeof where, "beta %g, %s, %zu x %zu, %zu programs, replicate %zu", beta, v->name, of.n, of.m,
                       of.k, i);
        for (size_t at = 0; at < of.n * of.k; at++)
            rig_check(p.W[i][at], W[i][at], off * W[i][at], "W", at / of.k, at % of.k, where);
        for (size_t at = 0; at < of.m * of.k; at++)
            rig_check(p.H[i][at % of.k * of.m + at / of.k], T[i][at], off * T[i][at], "H", at % of.k, at / of.k, where);
        um_nmf_fit_clear(&fits[i]);
        free(p.W[i]);
        free(p.H[i]);
        free(W[i]);
        free(T[i]);
    }
    um_sparse_clear(&p.X);
    um_sparse_clear(&p.missing);
    free(p.x);
    free(p.lost);
    free(p.uses);
}

static void iterations_equal_the_formulas(void **state)
{
    rig r = rig_open(*state);
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        for (size_t b = 0; b < sizeof betas / sizeof betas[0]; b++)
            for (size_t v = 0; v < sizeof variants / sizeof variants[0]; v++)
                check(&r, shapes[s], betas[b], &variants[v]);
    rig_close(&r);
}

int main(void)
{
    enum { CASES = sizeof cases / sizeof cases[0] };
    struct CMUnitTest tests[CASES];
    (void)rig_add_tests(tests, cases, CASES, "iterations", iterations_equal_the_formulas);
    return um_run_group(tests);
}
