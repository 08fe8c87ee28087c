/* The steps (em.cl, adam.cl) and the sum of the loss against the formulas, at every size and at every group size. */
#include "kernel/reference.h"
#include "kernel/rig.h"

static const rig_case cases[] = {
    {UNMIX_SINGLE, ""},
    {UNMIX_SINGLE, "vector=1 vectors=1 group=64 stage=1 fixed-sources=1 tile=64"},
    {UNMIX_SINGLE, "vector=4 vectors=1 genes=4 group=8"},
    {UNMIX_SINGLE, "group=7"},
    {UNMIX_DOUBLE, ""},
    {UNMIX_DOUBLE, "vector=2 vectors=3 genes=4 tile=128 group=1"},
};

typedef struct shape {
    size_t tiles, sources, samples;
} shape;

/* The number of sources only counts work-items here: the program is the one of 22 sources throughout. */
static const shape shapes[] = {{1, 1, 1},    {4, 2, 2},    {20, 22, 15}, {20, 22, 16}, {3, 61, 17},
                               {20, 22, 33}, {2, 129, 97}, {80, 7, 31},  {1, 128, 32}};

/* Inputs of a step: tiles x sources x width sums, D, and rows over the samples. */
typedef struct inputs {
    shape s;
    size_t width, ld, n; /* n = sources x width */
    double *fold, *D, *sum;
    um_buffer dfold, dD;
    char where[80];
} inputs;

static inputs make_inputs(rig *r, shape s)
{
    inputs in = {.s = s, .width = rig_width(r, s.samples)};
    in.ld = in.width / r->tuning.vector;
    in.n = s.sources * in.width;
    in.fold = rig_new(s.tiles * in.n, NAN); /* NaN behind the samples */
    in.sum = rig_new(in.n, 0.0);
    in.D = rig_new(s.sources, 0.0);
    for (size_t j = 0; j < s.sources; j++)
        in.D[j] = rig_real(r, 0.2 + um_random_uniform(&r->random));
    for (size_t t = 0; t < s.tiles; t++)
        for (size_t j = 0; j < s.sources; j++)
            for (size_t i = 0; i < s.samples; i++) {
                const size_t at = j * in.width + i;
                in.fold[t * in.n + at] = rig_real(r, exp(2.0 * um_random_normal(&r->random)) / (double)s.tiles);
                in.sum[at] += in.fold[t * in.n + at];
            }
    in.dfold = rig_input(r, in.fold, s.tiles * in.n);
    in.dD = rig_input(r, in.D, s.sources);
    r->variant.sources = 22;
    (void)snprintf(in.where, sizeof in.where, "%zu tiles, %zu sources, %zu samples", s.tiles, s.sources, s.samples);
    return in;
}

static void inputs_clear(inputs *in)
{
    um_buffer_release(&in->dfold);
    um_buffer_release(&in->dD);
    free(in->fold);
    free(in->D);
    free(in->sum);
}

/* count random numbers, exp(spread x normal) x scale, as the device holds them. */
static double *draw(rig *r, size_t count, double scale, double spread)
{
    double *values = rig_new(count, 0.0);
    for (size_t i = 0; i < count; i++)
        values[i] = rig_real(r, scale * exp(spread * um_random_normal(&r->random)));
    return values;
}

static void em_shape(rig *r, shape s, double l1)
{
    inputs in = make_inputs(r, s);
    double *E = draw(r, in.n, 100.0, 3.0), *active = rig_new(in.width, 0.0);
    for (size_t i = 0; i < s.samples; i++)
        active[i] = i % 3 == 2 ? 0.0 : 1.0;
    um_buffer dE = rig_state(r, E, in.n), dactive = rig_input(r, active, in.width);
    const size_t penalised = s.sources - 1; /* the intercept is exempt */
    um_run(r->queue, UM_KERNEL_EM_STEP, r->variant, um_grid_2d(in.ld, s.sources), UM_U32(s.sources), UM_U32(in.ld),
           UM_U32(s.tiles), UM_U32(penalised), UM_REAL_ARGUMENT(l1), UM_BUF(&in.dfold), UM_BUF(&in.dD),
           UM_BUF(&dactive), UM_BUF(&dE));
    double *got = rig_read(r, &dE, in.n, in.where);
    for (size_t j = 0; j < s.sources; j++)
        for (size_t i = 0; i < s.samples; i++) {
            const size_t at = j * in.width + i;
            const double lambda = j < penalised ? l1 : 0.0;
            const double full = E[at] * in.sum[at] / in.D[j];
            const double want = active[i] > 0.0 ? reference_em(E[at], in.sum[at], in.D[j], lambda) : E[at];
            /* the sum in double or compensated, once rounded (2 u); division 5 u; product, difference, l1 each u */
            const double off = active[i] > 0.0 ? 9.0 * r->u * full + 2.0 * r->u * lambda : 0.0;
            rig_check(got[at], want, off, "E", j, i, in.where);
        }
    free(got);
    free(E);
    free(active);
    um_buffer_release(&dactive);
    inputs_clear(&in);
}

static void em_step_equals_the_formula(void **state)
{
    rig r = rig_open(*state);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        em_shape(&r, shapes[i], 0.0);
        em_shape(&r, shapes[i], 64.0); /* of the order of E: some become zero, and must be exactly zero */
    }
    rig_close(&r);
}

/* Rows over the samples and states of Adam. */
typedef struct adam {
    double *loss, *rate, *E0, *theta, *first, *second, *E;
} adam;

static adam draw_adam(rig *r, const inputs *in, int fresh)
{
    adam a = {
        .loss = draw(r, in->width, 1e4, 2.0),
        .rate = draw(r, in->width, 0.01, 1.0),
        .E0 = draw(r, in->width, 1e5, 2.0),
        .theta = rig_new(in->n, 0.0),
        .first = rig_new(in->n, 0.0),
        .second = rig_new(in->n, 0.0),
        .E = rig_new(in->n, 0.0),
    };
    for (size_t at = 0; at < in->n; at++) {
        a.theta[at] = rig_real(r, -3.0 + um_random_normal(&r->random));
        a.E[at] = rig_real(r, a.E0[at % in->width] * exp(a.theta[at]));
        a.first[at] = fresh ? 0.0 : rig_real(r, 1e4 * um_random_normal(&r->random));
        a.second[at] = fresh ? 0.0 : rig_real(r, 1e8 * um_random_uniform(&r->random));
    }
    return a;
}

static void adam_clear(adam *a)
{
    free(a->loss);
    free(a->rate);
    free(a->E0);
    free(a->theta);
    free(a->first);
    free(a->second);
    free(a->E);
}

typedef struct adam_options {
    double l1, l2;
    long step; /* 1: from zero moments */
} adam_options;

static void adam_shape(rig *r, shape s, adam_options o)
{
    inputs in = make_inputs(r, s);
    adam a = draw_adam(r, &in, o.step == 1);
    um_buffer loss = rig_input(r, a.loss, in.width), rate = rig_input(r, a.rate, in.width);
    um_buffer E0 = rig_input(r, a.E0, in.width);
    um_buffer theta = rig_state(r, a.theta, in.n), first = rig_state(r, a.first, in.n);
    um_buffer second = rig_state(r, a.second, in.n), E = rig_state(r, a.E, in.n);
    const size_t penalised = s.sources - 1;
    const double c1 = rig_real(r, 1.0 - pow(0.9, (double)o.step)), c2 = rig_real(r, 1.0 - pow(0.999, (double)o.step));
    um_run(r->queue, UM_KERNEL_ADAM_STEP, r->variant, um_grid_2d(in.ld, s.sources), UM_U32(s.sources), UM_U32(in.ld),
           UM_U32(s.tiles), UM_U32(penalised), UM_REAL_ARGUMENT(o.l1), UM_REAL_ARGUMENT(o.l2), UM_REAL_ARGUMENT(c1),
           UM_REAL_ARGUMENT(c2), UM_BUF(&in.dfold), UM_BUF(&in.dD), UM_BUF(&loss), UM_BUF(&rate), UM_BUF(&E0),
           UM_BUF(&theta), UM_BUF(&first), UM_BUF(&second), UM_BUF(&E));
    double *got_theta = rig_read(r, &theta, in.n, in.where), *got_first = rig_read(r, &first, in.n, in.where);
    double *got_second = rig_read(r, &second, in.n, in.where), *got_E = rig_read(r, &E, in.n, in.where);
    for (size_t j = 0; j < s.sources; j++)
        for (size_t i = 0; i < s.samples; i++) {
            const size_t at = j * in.width + i;
            const reference_adam_input input = {.fold = in.sum[at],
                                                .D = in.D[j],
                                                .loss = a.loss[i],
                                                .rate = a.rate[i],
                                                .E0 = a.E0[i],
                                                .l1 = o.l1,
                                                .l2 = o.l2,
                                                .c1 = c1,
                                                .c2 = c2,
                                                .penalised = j < penalised};
            reference_adam want = {a.first[at], a.second[at], a.theta[at], a.E[at]}, off;
            /* the decays are numbers of the precision in use: in float 1 - 0.999f is off by 5e-5 */
            reference_adam_step(&input, &want, &off, r->u, rig_real(r, 0.9), rig_real(r, 0.999));
            rig_check(got_first[at], want.first, off.first, "first moment", j, i, in.where);
            rig_check(got_second[at], want.second, off.second, "second moment", j, i, in.where);
            rig_check(got_theta[at], want.theta, off.theta, "theta", j, i, in.where);
            rig_check(got_E[at], want.E, off.E, "E", j, i, in.where);
        }
    free(got_theta);
    free(got_first);
    free(got_second);
    free(got_E);
    um_buffer_release(&loss);
    um_buffer_release(&rate);
    um_buffer_release(&E0);
    adam_clear(&a);
    inputs_clear(&in);
}

static void adam_step_equals_the_formula(void **state)
{
    rig r = rig_open(*state);
    static const adam_options options[] = {
        {0.0, 0.0, 1}, {0.0, 0.0, 1000}, {0.5, 0.0, 7}, {0.0, 2.0, 7}, {0.25, 4.0, 100}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (size_t o = 0; o < sizeof options / sizeof options[0]; o++)
            adam_shape(&r, shapes[i], options[o]);
    rig_close(&r);
}

/* Without penalties the loss is not even read: NaN there stays there. */
static void loss_is_not_read_without_penalties(void **state)
{
    rig r = rig_open(*state);
    inputs in = make_inputs(&r, (shape){1, 3, 5});
    adam a = draw_adam(&r, &in, 0);
    double *nan = rig_new(in.width, NAN);
    um_buffer loss = rig_input(&r, nan, in.width), rate = rig_input(&r, a.rate, in.width),
              E0 = rig_input(&r, a.E0, in.width);
    um_buffer theta = rig_input(&r, a.theta, in.n), first = rig_input(&r, a.first, in.n);
    um_buffer second = rig_input(&r, a.second, in.n), E = rig_state(&r, a.E, in.n);
    um_run(r.queue, UM_KERNEL_ADAM_STEP, r.variant, um_grid_2d(in.ld, 3), UM_U32(3), UM_U32(in.ld), UM_U32(1),
           UM_U32(2), UM_REAL_ARGUMENT(0.0), UM_REAL_ARGUMENT(0.0), UM_REAL_ARGUMENT(0.5), UM_REAL_ARGUMENT(0.5),
           UM_BUF(&in.dfold), UM_BUF(&in.dD), UM_BUF(&loss), UM_BUF(&rate), UM_BUF(&E0), UM_BUF(&theta), UM_BUF(&first),
           UM_BUF(&second), UM_BUF(&E));
    double *got = rig_read(&r, &E, in.n, in.where);
    for (size_t j = 0; j < 3; j++)
        for (size_t i = 0; i < 5; i++)
            assert_true(isfinite(got[j * in.width + i]));
    free(got);
    free(nan);
    um_buffer *buffers[] = {&loss, &rate, &E0, &theta, &first, &second};
    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++)
        um_buffer_release(buffers[b]);
    adam_clear(&a);
    inputs_clear(&in);
    rig_close(&r);
}

/*
 * Tiles that a plain float sum cannot add up: 1e8 and then thousands of small ones. In double or compensated the sum is
 * off by one rounding.
 */
static void loss_sum_keeps_what_float_would_lose(void **state)
{
    rig r = rig_open(*state);
    static const shape sums[] = {{1, 1, 1}, {2, 1, 17}, {3000, 1, 33}, {80, 1, 97}};
    r.variant.sources = 22;
    for (size_t s = 0; s < sizeof sums / sizeof sums[0]; s++) {
        const size_t tiles = sums[s].tiles, samples = sums[s].samples, width = rig_width(&r, samples);
        double *partial = rig_new(tiles * width, NAN);
        for (size_t t = 0; t < tiles; t++)
            for (size_t i = 0; i < samples; i++)
                partial[t * width + i] = rig_real(&r, t ? 3.0 * um_random_uniform(&r.random) : 1e8);
        um_buffer in = rig_input(&r, partial, tiles * width), out = rig_output(&r, width);
        const size_t ld = width / r.tuning.vector;
        um_run(r.queue, UM_KERNEL_LOSS_SUM, r.variant, um_grid_2d(ld, 1), UM_U32(tiles), UM_U32(ld), UM_BUF(&in),
               UM_BUF(&out));
        double *got = rig_read(&r, &out, width, "loss");
        for (size_t i = 0; i < samples; i++) {
            long double want = 0.0L;
            for (size_t t = 0; t < tiles; t++)
                want += partial[t * width + i];
            /* one rounding to the precision in use and, in double, one a tile */
            const double off = (2.0 * r.u + (double)tiles * 0x1p-53) * (double)want;
            rig_check(got[i], (double)want, off, "loss", tiles, i, "sum");
        }
        free(got);
        free(partial);
        um_buffer_release(&in);
    }
    rig_close(&r);
}

int main(void)
{
    enum { CASES = sizeof cases / sizeof cases[0] };
    struct CMUnitTest tests[3 * CASES + 1];
    size_t n = rig_add_tests(tests, cases, CASES, "EM step", em_step_equals_the_formula);
    n += rig_add_tests(tests + n, cases, CASES, "Adam step", adam_step_equals_the_formula);
    n += rig_add_tests(tests + n, cases, CASES, "sum of the loss", loss_sum_keeps_what_float_would_lose);
    (void)rig_add_tests(tests + n, cases, 1, "loss not read", loss_is_not_read_without_penalties);
    return um_run_group(tests);
}
