/*
 * The steps of the exact solver (gram.cl, sqp.cl) one by one against the formulas in double: sums of multipliers, Gram
 * matrices, line search, update. The quadratic programs have a file of their own.
 */
#include "device/constants.h"
#include "kernel/sqp_problem.h"

static const shape shapes[] = {
    {300, 1, 1}, {257, 3, 17}, {256, 4, 97}, {700, 5, 17}, {700, 22, 97}, {300, 61, 17}, {600, 128, 1}, {1, 2, 1},
};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* --- sums of multipliers ------------------------------------------------------------------------------------------- */

static void fold_sum_adds_tiles_and_finds_the_largest(void **state)
{
    rig r = rig_open(*state);
    const shape s = {2000, 7, 19};
    problem p = make_problem(&r, s, 0, 0.0);
    double *partial = rig_new(p.tiles * s.sources * p.width, 0.0);
    for (size_t i = 0; i < p.tiles * s.sources * p.width; i++)
        partial[i] = rig_real(&r, draw_level(&r, 2.0));
    um_buffer dp = rig_input(&r, partial, p.tiles * s.sources * p.width);
    um_buffer fold = rig_output(&r, s.sources * p.width), top = rig_output(&r, p.width);
    um_run(r.queue, UM_KERNEL_FOLD_SUM, r.variant, um_grid_2d(p.ld, 1), UM_U32(s.sources), UM_U32(p.ld),
           UM_U32(p.tiles), UM_BUF(&dp), UM_BUF(&p.dD), UM_BUF(&p.dT), UM_BUF(&p.dE), UM_BUF(&fold), UM_BUF(&top));
    double *got = rig_read(&r, &fold, s.sources * p.width, "fold"), *got_top = rig_read(&r, &top, p.width, "top");
    for (size_t n = 0; n < s.samples; n++) {
        double largest = 0.0, predicted = 0.0;
        for (size_t j = 0; j < s.sources; j++) {
            double sum = 0.0;
            for (size_t t = 0; t < p.tiles; t++)
                sum += partial[(t * s.sources + j) * p.width + n];
            /* two-sum or double: one rounding at the end, and that of the order of a double's sum */
            rig_check(got[j * p.width + n], sum, 3.0 * r.u * sum, "fold", j, n, "fold sum");
            largest = fmax(largest, sum / p.D[j * p.width + n]);
            predicted += p.D[j * p.width + n] * p.E[j * p.width + n];
        }
        const double want = p.T[n] > 0.0 ? largest * predicted / p.T[n] : 1.0; /* without counts there is nothing to find */
        rig_check(got_top[n], want, (12.0 + (double)s.sources) * r.u * want, "top", 0, n, "fold sum");
    }
    free(got);
    free(got_top);
    free(partial);
    um_buffer_release(&dp);
    problem_clear(&p);
    rig_close(&r);
}

/* --- Gram matrices ------------------------------------------------------------------------------------------------- */

/* Random weights in place of a curvature. */
static double *draw_weights(rig *r, const problem *p)
{
    double *h = rig_new(p->padded * p->width, 0.0);
    for (size_t g = 0; g < p->shape.genes; g++)
        for (size_t n = 0; n < p->shape.samples; n++)
            h[g * p->width + n] = (g + n) % 7 == 6 ? 0.0 : rig_real(r, draw_level(r, 3.0));
    return h;
}

static void check_gram(const rig *r, const problem *p, const double *h, const double *H, double relative, const char *what)
{
    char where[80];
    where_of(p, where);
    for (size_t n = 0; n < p->shape.samples; n += p->shape.samples > 20 && p->shape.sources > 20 ? 24 : 1)
        for (size_t i = 0; i < p->shape.sources; i++)
            for (size_t j = 0; j <= i; j++) {
                const double want = gram_entry(p, h, i, j, n);
                rig_check(H[um_gram_entry(i, j) * p->width + n], want, relative * want, what, i, j, where);
            }
    (void)r;
}

static void gram_equals_the_sum(void **state)
{
    rig r = rig_open(*state);
    for (size_t s = 0; s < SHAPES; s++) {
        problem p = make_problem(&r, shapes[s], 0, 0.0);
        const size_t blocks = gram_blocks(shapes[s].sources), reals = blocks * 16 * p.width;
        double *h = draw_weights(&r, &p);
        um_buffer dh = rig_input(&r, h, p.padded * p.width);
        for (size_t chunk_tiles = 1; chunk_tiles <= p.tiles; chunk_tiles += 2) {
            const size_t chunks = (p.tiles + chunk_tiles - 1) / chunk_tiles;
            um_buffer partial = rig_output(&r, chunks * reals), sum = rig_output(&r, reals);
            const size_t per = chunk_tiles == 1 ? blocks : 1 + chunk_tiles % blocks, parts = (blocks + per - 1) / per;
            um_run(r.queue, UM_KERNEL_GRAM, r.variant, um_grid_2d(p.ld, parts * chunks), UM_U32(shapes[s].sources),
                   UM_U32(p.ld), UM_U32(p.tiles), UM_U32(blocks), UM_U32(per), UM_U32(chunk_tiles), UM_BUF(&p.dA),
                   UM_BUF(&dh), UM_BUF(&partial));
            um_run(r.queue, UM_KERNEL_GRAM_SUM, r.variant, um_grid_2d(p.ld, blocks * 16), UM_U32(p.ld),
                   UM_U32(blocks * 16), UM_U32(chunks), UM_BUF(&partial), UM_BUF(&sum));
            free(rig_read(&r, &partial, chunks * reals, "partial"));
            double *H = rig_read(&r, &sum, reals, "H");
            /* terms are >= 0: two products, sums within a tile, of tiles, and of chunks */
            check_gram(&r, &p, h, H, (4.0 + (double)(r.tuning.tile + chunk_tiles + chunks)) * r.u, "Gram");
            free(H);
        }
        free(h);
        um_buffer_release(&dh);
        problem_clear(&p);
    }
    rig_close(&r);
}

/* Every pair has its own place, below the end. */
static void block_layout_is_one_to_one(void **state)
{
    (void)state;
    for (size_t M = 1; M <= 129; M += M < 10 ? 1 : 17) {
        const size_t rows = gram_blocks(M) * 16;
        unsigned char *taken = calloc(rows, 1);
        assert_non_null(taken);
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j <= i; j++) {
                const size_t at = um_gram_entry(i, j);
                assert_true(at < rows && !taken[at]);
                taken[at] = 1;
            }
        free(taken);
    }
}

/* The careful kernels: sums in double whatever the precision, so one rounding is left. */
static void careful_kernels_round_once(void **state)
{
    rig r = rig_open(*state);
    if (!um_queue_info(r.queue)->has_double) {
        rig_close(&r);
        skip();
    }
    for (size_t s = 0; s < SHAPES; s++) {
        problem p = make_problem(&r, shapes[s], 0, 0.3);
        const size_t M = shapes[s].sources;
        um_buffer fold = rig_output(&r, p.tiles * M * p.width), h = rig_output(&r, p.padded * p.width);
        um_run(r.queue, UM_KERNEL_CURVATURE_CAREFUL, r.variant, um_grid_2d(p.ld, p.tiles), UM_U32(M), UM_U32(p.ld),
               UM_BUF(&p.dA), UM_BUF(&p.dw), UM_BUF(&p.dk), UM_BUF(&p.dE), UM_BUF(&fold), UM_BUF(&h));
        double *got = rig_read(&r, &fold, p.tiles * M * p.width, "fold"), *got_h = rig_read(&r, &h, p.padded * p.width, "h");
        /* what a sum of M and one of a tile leave in double, and the rounding to the device's reals */
        const double relative = r.u + (double)(M + r.tuning.tile + 8) * 0x1p-53;
        for (size_t n = 0; n < shapes[s].samples; n++)
            for (size_t t = 0; t < p.tiles; t++)
                for (size_t j = 0; j < M; j++) {
                    double want = 0.0;
                    for (size_t g = t * r.tuning.tile; g < (t + 1) * r.tuning.tile; g++) {
                        const double y = yhat(&p, g, n, p.E) + REFERENCE_EPS, weight = p.w[g] * p.k[g * p.width + n];
                        want += weight * p.A[g * p.stride + j] / y;
                        /* eps itself is a real of the device: off by 3 u where yhat is eps alone */
                        if (j == 0)
                            rig_check(got_h[g * p.width + n], weight / y / y, (2.0 * relative + 1e-15) * weight / y / y, "h", g, n,
                                      "careful");
                    }
                    rig_check(got[(t * M + j) * p.width + n], want, 2.0 * relative * want, "fold", t, j, "careful");
                }
        free(got);
        free(got_h);
        problem_clear(&p);
    }
    rig_close(&r);
}

/* Read back in double only; in single precision the programs below see what it gives. */
static void careful_gram_equals_the_sum(void **state)
{
    rig r = rig_open(*state);
    for (size_t s = 0; s < SHAPES; s++) {
        problem p = make_problem(&r, shapes[s], 0, 0.0);
        const size_t blocks = gram_blocks(shapes[s].sources), reals = blocks * 16 * p.width;
        double *h = draw_weights(&r, &p);
        um_buffer dh = rig_input(&r, h, p.padded * p.width), W = rig_output(&r, reals);
        um_run(r.queue, UM_KERNEL_GRAM_CAREFUL, r.variant, um_grid_2d(p.ld, blocks), UM_U32(shapes[s].sources),
               UM_U32(p.ld), UM_U32(p.padded), UM_BUF(&p.dA), UM_BUF(&dh), UM_BUF(&W));
        double *H = rig_read(&r, &W, reals, "H");
        check_gram(&r, &p, h, H, (4.0 + (double)shapes[s].genes) * r.u, "careful Gram");
        free(H);
        free(h);
        um_buffer_release(&dh);
        problem_clear(&p);
    }
    rig_close(&r);
}

/* --- line search and update --------------------------------------------------------------------------------------------- */

static void line_search_equals_the_formula(void **state)
{
    rig r = rig_open(*state);
    for (size_t s = 0; s < SHAPES; s++) {
        problem p = make_problem(&r, shapes[s], 0, 0.2);
        const size_t M = shapes[s].sources;
        double *d = rig_new(M * p.width, 0.0);
        for (size_t i = 0; i < M * p.width; i++) /* from a hair to the whole way, either direction */
            d[i] = rig_real(&r, p.E[i] * pow(10.0, -6.0 * um_random_uniform(&r.random)) * (i % 3 ? -1.0 : 1.0));
        um_buffer dd = rig_input(&r, d, M * p.width), partial = rig_output(&r, p.tiles * UM_STEPS * p.width);
        um_run(r.queue, UM_KERNEL_LINE_SEARCH, r.variant, um_grid_2d(p.ld, p.tiles), UM_U32(M), UM_U32(p.ld),
               UM_BUF(&p.dA), UM_BUF(&p.dw), UM_BUF(&p.dk), UM_BUF(&p.dE), UM_BUF(&dd), UM_BUF(&partial));
        double *got = rig_read(&r, &partial, p.tiles * UM_STEPS * p.width, "line search");
        for (size_t n = 0; n < shapes[s].samples; n++)
            for (size_t t = 0; t < p.tiles; t++)
                for (size_t i = 0; i < UM_STEPS; i++) {
                    double want = 0.0, off = 0.0;
                    int starved = 0, close_to_starved = 0;
                    for (size_t g = t * r.tuning.tile; g < (t + 1) * r.tuning.tile; g++) {
                        const double y = yhat(&p, g, n, p.E) + REFERENCE_EPS, count = p.w[g] * p.k[g * p.width + n];
                        if (!(count > 0.0))
                            continue;
                        double size = 0.0;
                        for (size_t j = 0; j < M; j++)
                            size += p.A[g * p.stride + j] * fabs(d[j * p.width + n]);
                        const double x = um_step_length[i] * yhat(&p, g, n, d) / y;
                        /* the sums are off by M u of their terms, division and log1p by 5 u and 4 u */
                        const double x_off = ((double)M + 2.0) * r.u * (size / y + fabs(x)) + 6.0 * r.u * fabs(x);
                        starved |= x < -0.999;
                        close_to_starved |= fabs(x + 0.999) <= 10.0 * x_off;
                        want -= count * log1p(fmax(x, -0.999));
                        off += count * (x_off / (1.0 + fmax(x, -0.999)) + (5.0 + (double)r.tuning.tile) * r.u * fabs(log1p(fmax(x, -0.999))));
                    }
                    const double value = got[(t * UM_STEPS + i) * p.width + n];
                    if (close_to_starved)
                        continue;
                    if (starved)
                        assert_true(isinf(value) && value > 0.0);
                    else
                        rig_check(value, want, 1.1 * off, "line search", t, i, "line search");
                }
        free(d);
        free(got);
        um_buffer_release(&dd);
        problem_clear(&p);
    }
    rig_close(&r);
}

/* What the line search found in sample n: the first `refused` step lengths rise, the others fall as much as predicted. */
static void one_search(const problem *p, double *partial, size_t n, size_t refused, const double *d, double slope)
{
    double linear = 0.0;
    for (size_t j = 0; j < p->shape.sources; j++)
        linear += p->D[j * p->width + n] * d[j * p->width + n];
    for (size_t i = 0; i < UM_STEPS; i++) {
        const double change = um_step_length[i] * (i < refused ? fabs(slope) : 0.5 * slope);
        for (size_t t = 0; t < p->tiles; t++)
            partial[(t * UM_STEPS + i) * p->width + n] = (change - um_step_length[i] * linear) / (double)p->tiles;
    }
    if (refused > 1)
        partial[n] = INFINITY; /* starved */
}

/* Samples 0-4: so many lengths refused (4: the EM step). 5: beyond rounding, the full step. 6: the same, rising. 7: done. */
static void update_takes_the_step_it_should(void **state)
{
    rig r = rig_open(*state);
    enum { N = 8 };
    const shape s = {700, 6, N};
    problem p = make_problem(&r, s, 0, 0.0);
    const size_t M = s.sources, count = M * p.width;
    double *d = rig_new(count, 0.0), *fold = rig_new(count, 1.0), *slope = rig_new(p.width, -1.0), *active = rig_new(p.width, 1.0);
    double *decrease = rig_new(p.width, -1.0), *partial = rig_new(p.tiles * UM_STEPS * p.width, 0.0);
    active[7] = 0.0;
    for (size_t n = 0; n < N; n++) {
        double size = 0.0;
        for (size_t j = 0; j < M; j++) {
            const size_t at = j * p.width + n;
            d[at] = rig_real(&r, j == 1 ? -p.E[at] : p.E[at] * (um_random_uniform(&r.random) - 0.4));
            fold[at] = rig_real(&r, p.D[at] * (0.5 + um_random_uniform(&r.random)));
            size += p.D[at] * fabs(d[at]);
        }
        const double nothing = 1e-3 * r.u * size;
        slope[n] = rig_real(&r, n == 5 || n == 6 ? -nothing : -0.1 * size);
        decrease[n] = rig_real(&r, 0.5 * slope[n]);
        one_search(&p, partial, n, n < 5 ? n : n == 7 ? 0 : 4, d, n == 6 ? 0.1 * size : slope[n]);
        if (n == 5)
            partial[n] = partial[n + UM_STEPS * p.width];
    }
    um_buffer dd = rig_input(&r, d, count), dfold = rig_input(&r, fold, count), dslope = rig_input(&r, slope, p.width);
    um_buffer ddecrease = rig_input(&r, decrease, p.width), dactive = rig_input(&r, active, p.width);
    um_buffer dpartial = rig_input(&r, partial, p.tiles * UM_STEPS * p.width), E = rig_state(&r, p.E, count);
    um_run(r.queue, UM_KERNEL_SQP_UPDATE, r.variant, um_grid_2d(p.ld, 1), UM_U32(M), UM_U32(p.ld), UM_U32(p.tiles),
           UM_BUF(&dpartial), UM_BUF(&p.dD), UM_BUF(&p.dT), UM_BUF(&dfold), UM_BUF(&dd), UM_BUF(&dslope),
           UM_BUF(&ddecrease), UM_BUF(&dactive), UM_BUF(&E));
    double *got = rig_read(&r, &E, count, "E");
    for (size_t n = 0; n < N; n++) {
        const double t = n < UM_STEPS ? um_step_length[n] : n == 5 ? 1.0 : 0.0;
        double want[6], predicted = 0.0;
        for (size_t j = 0; j < M; j++) {
            const size_t at = j * p.width + n;
            want[j] = t > 0.0 ? fmax(p.E[at] + t * d[at], 0.0) : p.E[at] * fold[at] / p.D[at];
            predicted += p.D[at] * want[j];
        }
        for (size_t j = 0; j < M; j++) {
            const size_t at = j * p.width + n;
            const double scaled = n == 7 ? p.E[at] : want[j] * p.T[n] / predicted;
            /* subtracting loses what E and d have; then products, sums of M and divisions */
            rig_check(got[at], scaled, n == 7 ? 0.0 : (20.0 + (double)M) * r.u * (scaled + p.E[at] * p.T[n] / predicted), "E", j, n,
                      "update");
        }
    }
    double *all[] = {d, fold, slope, active, decrease, partial, got};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
    um_buffer *buffers[] = {&dd, &dfold, &dslope, &ddecrease, &dactive, &dpartial};
    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++)
        um_buffer_release(buffers[b]);
    problem_clear(&p);
    rig_close(&r);
}

int main(void)
{
    static const rig_case in_double[] = {{UNMIX_DOUBLE, ""}, {UNMIX_DOUBLE, GPU_ROW}};
    struct CMUnitTest tests[5 * CASES + 3];
    size_t n = 0;
    n += rig_add_tests(tests + n, cases, CASES, "sums of multipliers", fold_sum_adds_tiles_and_finds_the_largest);
    n += rig_add_tests(tests + n, cases, CASES, "Gram", gram_equals_the_sum);
    n += rig_add_tests(tests + n, in_double, 2, "careful Gram", careful_gram_equals_the_sum);
    n += rig_add_tests(tests + n, cases, CASES, "careful curvature", careful_kernels_round_once);
    n += rig_add_tests(tests + n, cases, CASES, "line search", line_search_equals_the_formula);
    n += rig_add_tests(tests + n, cases, CASES, "update", update_takes_the_step_it_should);
    tests[n] = (struct CMUnitTest)cmocka_unit_test(block_layout_is_one_to_one);
    return um_run_group(tests);
}
