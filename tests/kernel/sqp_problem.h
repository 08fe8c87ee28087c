/* A fitting problem on host and device for the kernels of the exact solver, and the Gram matrices it leads to. */
#ifndef UM_TESTS_SQP_PROBLEM_H
#define UM_TESTS_SQP_PROBLEM_H

#include "deconvolve/solve/gram.h"
#include "kernel/reference.h"
#include "kernel/rig.h"

#define GPU_ROW "vector=1 vectors=1 group=64 stage=1 tile=64"

static const rig_case cases[] = {
    {UNMIX_SINGLE, ""}, {UNMIX_SINGLE, GPU_ROW}, {UNMIX_SINGLE, "vector=4 genes=4 group=8"},
    {UNMIX_DOUBLE, ""}, {UNMIX_DOUBLE, GPU_ROW},
};

enum { CASES = sizeof cases / sizeof cases[0] };

typedef struct shape {
    size_t genes, sources, samples;
} shape;

/*
 * Everything on the host, each number one that the device holds exactly. Columns behind the samples hold ones, as
 * um_batch_set() leaves them, and counts of zero.
 */
typedef struct problem {
    shape shape;
    size_t stride, padded, tiles, width, ld;
    double *A, *w, *k, *E, *D, *T; /* genes x stride, genes, genes x width, sources x width, the same, width */
    um_buffer dA, dw, dk, dE, dD, dT;
} problem;

static inline double draw_level(rig *r, double spread)
{
    return exp(spread * um_random_normal(&r->random));
}

static inline problem make_problem(rig *r, shape s, size_t twins, double zero_counts)
{
    problem p = {.shape = s, .stride = rig_round_up(s.sources, 4), .padded = rig_round_up(s.genes, r->tuning.tile),
                 .width = rig_width(r, s.samples)};
    p.tiles = p.padded / r->tuning.tile;
    p.ld = p.width / r->tuning.vector;
    p.A = rig_new(p.padded * p.stride, 0.0);
    p.w = rig_new(p.padded, 0.0);
    p.k = rig_new(p.padded * p.width, 0.0);
    p.E = rig_new(s.sources * p.width, 1.0);
    p.D = rig_new(s.sources * p.width, 1.0);
    p.T = rig_new(p.width, 1.0);
    for (size_t g = 0; g < s.genes; g++) {
        p.w[g] = g % 3 == 1 ? 0.5 : 1.0;
        for (size_t j = 0; j < s.sources; j++)
            p.A[g * p.stride + j] = (g + j) % 6 == 5 && s.genes > 10 ? 0.0 : rig_real(r, draw_level(r, 1.0) / (double)s.genes);
        for (size_t j = 1; j <= twins && j < s.sources; j++)
            p.A[g * p.stride + j] = p.A[g * p.stride];
    }
    for (size_t n = 0; n < s.samples; n++) {
        const double depth = pow(10.0, 2.0 + (double)(n % 5));
        for (size_t j = 0; j < s.sources; j++)
            p.E[j * p.width + n] = j && (j + n) % 5 == 4 ? 0.0 : rig_real(r, depth * um_random_uniform(&r->random));
        for (size_t g = 0; g < s.genes; g++) {
            double y = 0.1;
            for (size_t j = 0; j < s.sources; j++)
                y += p.A[g * p.stride + j] * p.E[j * p.width + n] * (j % 2 ? 0.3 : 1.5);
            const int none = g > 0 && um_random_uniform(&r->random) < zero_counts;
            p.k[g * p.width + n] = none ? 0.0 : rig_real(r, um_random_poisson(&r->random, y) + (g == 0));
            p.T[n] += p.w[g] * p.k[g * p.width + n];
        }
        p.T[n] = n == 11 ? 0.0 : rig_real(r, p.T[n] - 1.0);
        for (size_t j = 0; j < s.sources; j++) {
            double D = 0.0;
            for (size_t g = 0; g < s.genes; g++)
                D += p.w[g] * p.A[g * p.stride + j];
            p.D[j * p.width + n] = rig_real(r, D);
        }
    }
    p.dA = rig_input(r, p.A, p.padded * p.stride);
    p.dw = rig_input(r, p.w, p.padded);
    p.dk = rig_input(r, p.k, p.padded * p.width);
    p.dE = rig_input(r, p.E, s.sources * p.width);
    p.dD = rig_input(r, p.D, s.sources * p.width);
    p.dT = rig_input(r, p.T, p.width);
    r->variant.sources = (uint32_t)s.sources;
    return p;
}

static inline void problem_clear(problem *p)
{
    free(p->A);
    free(p->w);
    free(p->k);
    free(p->E);
    free(p->D);
    free(p->T);
    um_buffer_release(&p->dA);
    um_buffer_release(&p->dw);
    um_buffer_release(&p->dk);
    um_buffer_release(&p->dE);
    um_buffer_release(&p->dD);
    um_buffer_release(&p->dT);
}

static inline double yhat(const problem *p, size_t g, size_t n, const double *E)
{
    double y = 0.0;
    for (size_t j = 0; j < p->shape.sources; j++)
        y += p->A[g * p->stride + j] * E[j * p->width + n];
    return y;
}

static inline void where_of(const problem *p, char text[80])
{
    (void)snprintf(text, 80, "%zu genes, %zu sources, %zu samples", p->shape.genes, p->shape.sources, p->shape.samples);
}

static inline double gram_entry(const problem *p, const double *h, size_t i, size_t j, size_t n)
{
    double sum = 0.0;
    for (size_t g = 0; g < p->shape.genes; g++)
        sum += h[g * p->width + n] * p->A[g * p->stride + i] * p->A[g * p->stride + j];
    return sum;
}

static inline size_t gram_blocks(size_t M)
{
    const size_t n = (M + 3) / 4;
    return n * (n + 1) / 2;
}

#endif
