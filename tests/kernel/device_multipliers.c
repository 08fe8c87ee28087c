/* The fused pass (pass.cl) against the formula in double: sums of every tile, alone, with loss, with curvature. */
#include "kernel/reference.h"
#include "kernel/rig.h"

/* What a GPU runs; here also on a CPU. */
#define GPU_ROW "vector=1 vectors=1 group=64 stage=1 fixed-sources=1 tile=64"

static const rig_case cases[] = {
    {UNMIX_SINGLE, ""},
    {UNMIX_SINGLE, GPU_ROW},
    {UNMIX_SINGLE, "vector=8"},
    {UNMIX_SINGLE, "vector=4 vectors=1 genes=4 group=8"},
    {UNMIX_SINGLE, "group=7"},
    {UNMIX_SINGLE, "group=64 stage=1"},
    {UNMIX_DOUBLE, ""},
    {UNMIX_DOUBLE, GPU_ROW},
    {UNMIX_DOUBLE, "vector=2 vectors=3 genes=4 tile=128 group=1"},
};

typedef struct shape {
    size_t genes, sources, samples;
} shape;

/*
 * Around the tile (256), the vectors (16, 32 samples) and the room for sources (128). With a fixed number of sources
 * every different one is a program of its own: those with 2, 22 and 129 only.
 */
static const shape shapes[] = {
    {1, 2, 1},      {2, 2, 97},     {255, 22, 15},  {256, 22, 16}, {257, 22, 17},  {773, 22, 33},
    {5003, 22, 31}, {300, 129, 32}, {513, 2, 2},    {1, 1, 1},     {257, 1, 33},   {773, 61, 97},
    {256, 61, 1},   {300, 127, 17}, {300, 128, 33}, {5003, 61, 2}, {257, 129, 15},
};

/* Rows of A on the device are padded with zeros to whole blocks of four. */
static um_buffer signatures_input(rig *r, const double *A, size_t genes, size_t sources)
{
    const size_t stride = rig_round_up(sources, 4);
    double *padded = rig_new(genes * stride, 0.0);
    for (size_t g = 0; g < genes; g++)
        memcpy(padded + g * stride, A + g * sources, sources * sizeof *A);
    const um_buffer buffer = rig_input(r, padded, genes * stride);
    free(padded);
    return buffer;
}

/* Everything on the host; columns behind the samples hold NaN, which must reach nobody. */
typedef struct problem {
    shape shape;
    size_t padded, width, tiles;
    double *A, *w, *k, *E;
} problem;

/*
 * Counts from 0 to 1e7; some genes that nothing expresses (yhat = eps), some weights of a half, some exposures of zero.
 */
static problem make_problem(rig *r, shape s)
{
    const size_t tile = r->tuning.tile;
    problem p = {.shape = s, .padded = rig_round_up(s.genes, tile), .width = rig_width(r, s.samples)};
    p.tiles = p.padded / tile;
    p.A = rig_new(p.padded * s.sources, 0.0);
    p.w = rig_new(p.padded, 0.0);
    p.k = rig_new(p.padded * p.width, 0.0);
    p.E = rig_new(s.sources * p.width, NAN);
    for (size_t g = 0; g < s.genes; g++) {
        const double level = exp(3.0 * um_random_normal(&r->random)) / (double)s.genes;
        p.w[g] = g % 4 == 1 ? 0.5 : 1.0;
        for (size_t j = 0; j < s.sources; j++)
            p.A[g * s.sources + j] =
                g % 10 == 9 || (g + j) % 5 == 3 ? 0.0 : rig_real(r, level * um_random_uniform(&r->random));
    }
    for (size_t n = 0; n < s.samples; n++) {
        const double depth = pow(10.0, 1.0 + (double)(n % 8));
        for (size_t j = 0; j < s.sources; j++)
            p.E[j * p.width + n] =
                (j + n) % 7 == 6 ? 0.0 : rig_real(r, depth * um_random_uniform(&r->random) / (double)s.sources);
        for (size_t g = 0; g < s.genes; g++) {
            double mean = 0.3;
            for (size_t j = 0; j < s.sources; j++)
                mean += p.A[g * s.sources + j] * p.E[j * p.width + n];
            const double count = um_random_poisson(&r->random, mean);
            p.k[g * p.width + n] = (g + n) % 6 == 0 ? 0.0 : rig_real(r, count < 1e7 ? count : 1e7);
        }
    }
    for (size_t g = 0; g < p.padded; g++)
        for (size_t n = s.samples; n < p.width; n++)
            p.k[g * p.width + n] = NAN;
    return p;
}

static void problem_clear(problem *p)
{
    free(p->A);
    free(p->w);
    free(p->k);
    free(p->E);
}

static void check_fold(const rig *r, const problem *p, const double *fold, const char *where)
{
    const shape s = p->shape;
    const reference_pass pass = {p->A, p->w, p->k, p->E, s.sources, p->width};
    const double relative = reference_fold_bound(s.sources, r->tuning.tile, r->u);
    double *y = rig_new(s.genes, 0.0);
    for (size_t n = 0; n < s.samples; n++) {
        for (size_t g = 0; g < s.genes; g++)
            y[g] = reference_yhat(&pass, g, n);
        for (size_t t = 0; t < p->tiles; t++) {
            const size_t first = t * r->tuning.tile;
            const size_t end = first + r->tuning.tile < s.genes ? first + r->tuning.tile : s.genes;
            for (size_t j = 0; j < s.sources; j++) {
                double want = 0.0;
                for (size_t g = first; g < end; g++)
                    want += p->w[g] * p->k[g * p->width + n] * p->A[g * s.sources + j] / y[g];
                rig_check(fold[(t * s.sources + j) * p->width + n], want, relative * want, "fold", t * s.sources + j, n,
                          where);
            }
        }
    }
    free(y);
}

/* h = w k / yhat^2: the error of yhat twice, two divisions, two products. */
static void check_curvature(const rig *r, const problem *p, const double *h, const char *where)
{
    const shape s = p->shape;
    const reference_pass pass = {p->A, p->w, p->k, p->E, s.sources, p->width};
    const double relative = (2.0 * ((double)s.sources + 2.0) + 12.0) * r->u;
    for (size_t g = 0; g < s.genes; g++)
        for (size_t n = 0; n < s.samples; n++) {
            const double y = reference_yhat(&pass, g, n), want = p->w[g] * p->k[g * p->width + n] / (y * y);
            rig_check(h[g * p->width + n], want, relative * want, "h", g, n, where);
        }
}

static void check_loss(const rig *r, const problem *p, const double *loss, const char *where)
{
    const shape s = p->shape;
    const reference_pass pass = {p->A, p->w, p->k, p->E, s.sources, p->width};
    for (size_t t = 0; t < p->tiles; t++) {
        const size_t first = t * r->tuning.tile;
        const size_t end = first + r->tuning.tile < s.genes ? first + r->tuning.tile : s.genes;
        for (size_t n = 0; n < s.samples; n++) {
            double off = 0.0;
            const double want = reference_loss(&pass, first, end, n, r->u, r->series_below, &off);
            rig_check(loss[t * p->width + n], want, off, "loss", t, n, where);
        }
    }
}

static void run_shape(rig *r, shape s)
{
    char where[80];
    (void)snprintf(where, sizeof where, "%zu genes, %zu sources, %zu samples", s.genes, s.sources, s.samples);
    problem p = make_problem(r, s);
    r->variant.sources = (uint32_t)s.sources;
    um_buffer A = signatures_input(r, p.A, p.padded, s.sources), w = rig_input(r, p.w, p.padded);
    um_buffer k = rig_input(r, p.k, p.padded * p.width), E = rig_input(r, p.E, s.sources * p.width);
    const size_t n_fold = p.tiles * s.sources * p.width, n_loss = p.tiles * p.width, n_h = p.padded * p.width;
    um_buffer fold = rig_output(r, n_fold), fold2 = rig_output(r, n_fold), loss = rig_output(r, n_loss);
    um_buffer fold3 = rig_output(r, n_fold), h = rig_output(r, n_h);
    const size_t ld = p.width / r->tuning.vector;
    const um_grid grid = um_grid_2d(ld / r->tuning.vectors, p.tiles);
    um_run(r->queue, UM_KERNEL_MULTIPLIERS, r->variant, grid, UM_U32(s.sources), UM_U32(ld), UM_BUF(&A), UM_BUF(&w),
           UM_BUF(&k), UM_BUF(&E), UM_BUF(&fold));
    um_run(r->queue, UM_KERNEL_MULTIPLIERS_LOSS, r->variant, grid, UM_U32(s.sources), UM_U32(ld), UM_BUF(&A),
           UM_BUF(&w), UM_BUF(&k), UM_BUF(&E), UM_BUF(&fold2), UM_BUF(&loss));
    um_run(r->queue, UM_KERNEL_CURVATURE, r->variant, grid, UM_U32(s.sources), UM_U32(ld), UM_BUF(&A), UM_BUF(&w),
           UM_BUF(&k), UM_BUF(&E), UM_BUF(&fold3), UM_BUF(&h));
    double *got = rig_read(r, &fold, n_fold, where), *got2 = rig_read(r, &fold2, n_fold, where);
    double *got_loss = rig_read(r, &loss, n_loss, where);
    double *got3 = rig_read(r, &fold3, n_fold, where), *got_h = rig_read(r, &h, n_h, where);
    check_fold(r, &p, got, where);
    check_fold(r, &p, got2, where);
    check_fold(r, &p, got3, where);
    check_curvature(r, &p, got_h, where);
    check_loss(r, &p, got_loss, where);
    free(got);
    free(got2);
    free(got3);
    free(got_h);
    free(got_loss);
    um_buffer_release(&A);
    um_buffer_release(&w);
    um_buffer_release(&k);
    um_buffer_release(&E);
    problem_clear(&p);
}

static int is_built_for(const rig *r, size_t sources)
{
    return !r->tuning.fixed_sources || sources == 2 || sources == 22 || sources == 129;
}

static void pass_equals_the_formula(void **state)
{
    rig r = rig_open(*state);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if (is_built_for(&r, shapes[i].sources))
            run_shape(&r, shapes[i]);
    rig_close(&r);
}

/*
 * One source, A = 1, so that yhat is known to the last bit and each term of the loss stands alone: relative to the term
 * itself, from yhat = k (1 + 2^-20) through both sides of the place where the series ends to yhat = 0.
 */
static void every_term_of_the_loss_is_right_by_itself(void **state)
{
    rig r = rig_open(*state);
    const double eps = rig_real(&r, REFERENCE_EPS);
    static const double counts[] = {1.0, 3.0, 1000.0, 1e7};
    static const double ratios[] = {
        1.0,    1.0 + 0x1p-20, 1.0 - 0x1p-20, 1.0001, 0.9999, 1.003, 0.997, 1.0039, 1.00391, 0.9961, 1.03, 0.97, 1.0624,
        1.0626, 0.9376,        0.9374,        1.3,    0.5,    2.0,   10.0,  0.1,    1e-3,    1e3,    1e-7, 0.0};
    enum { RATIOS = sizeof ratios / sizeof ratios[0], COUNTS = sizeof counts / sizeof counts[0] };
    const size_t n = RATIOS * COUNTS, width = rig_width(&r, n), tile = r.tuning.tile;
    double *A = rig_new(tile, 0.0), *w = rig_new(tile, 0.0), *k = rig_new(tile * width, 0.0), *E = rig_new(width, 1.0);
    A[0] = w[0] = 1.0;
    for (size_t i = 0; i < n; i++) {
        k[i] = counts[i / RATIOS];
        E[i] = rig_real(&r, k[i] * ratios[i % RATIOS]);
    }
    r.variant.sources = 1;
    um_buffer dA = signatures_input(&r, A, tile, 1), dw = rig_input(&r, w, tile), dk = rig_input(&r, k, tile * width);
    um_buffer dE = rig_input(&r, E, width), fold = rig_output(&r, width), loss = rig_output(&r, width);
    const size_t ld = width / r.tuning.vector;
    um_run(r.queue, UM_KERNEL_MULTIPLIERS_LOSS, r.variant, um_grid_2d(ld / r.tuning.vectors, 1), UM_U32(1), UM_U32(ld),
           UM_BUF(&dA), UM_BUF(&dw), UM_BUF(&dk), UM_BUF(&dE), UM_BUF(&fold), UM_BUF(&loss));
    double *got_fold = rig_read(&r, &fold, width, "terms"), *got = rig_read(&r, &loss, width, "terms");
    for (size_t i = 0; i < n; i++) {
        const double y = rig_real(&r, E[i] + eps); /* one addition, rounded as the device does */
        rig_check(got[i], reference_deviance(k[i], y), reference_deviance_bound(k[i], y, 0.0, r.u, r.series_below),
                  "term", i / RATIOS, i % RATIOS, "one gene");
        rig_check(got_fold[i], k[i] / y, 6.0 * r.u * k[i] / y, "fold", i / RATIOS, i % RATIOS, "one gene");
    }
    free(got);
    free(got_fold);
    um_buffer_release(&dA);
    um_buffer_release(&dw);
    um_buffer_release(&dk);
    um_buffer_release(&dE);
    free(A);
    free(w);
    free(k);
    free(E);
    rig_close(&r);
}

int main(void)
{
    enum { CASES = sizeof cases / sizeof cases[0] };
    static const rig_case as_tuned[] = {{UNMIX_SINGLE, ""}, {UNMIX_DOUBLE, ""}};
    struct CMUnitTest tests[CASES + 2];
    const size_t n = rig_add_tests(tests, cases, CASES, "pass equals the formula", pass_equals_the_formula);
    (void)rig_add_tests(tests + n, as_tuned, 2, "every term of the loss", every_term_of_the_loss_is_right_by_itself);
    return um_run_group(tests);
}
