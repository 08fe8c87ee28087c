/*
 * The quadratic programs of the exact solver (um_qp in qp.cl): by their optimality conditions in double, and against solvers
 * of another kind, all active sets for few sources and coordinate descent for many.
 */
#include "kernel/sqp_problem.h"

/* One quadratic program in double, from the numbers that the device got. */
typedef struct program {
    size_t M;
    double *H, *g, *low, *D;
} program;

static program program_open(size_t M)
{
    return (program){M, rig_new(M * M, 0.0), rig_new(M, 0.0), rig_new(M, 0.0), rig_new(M, 0.0)};
}

static void program_clear(program *q)
{
    free(q->H);
    free(q->g);
    free(q->low);
    free(q->D);
}

static double value_at(const program *q, const double *d)
{
    double value = 0.0;
    for (size_t i = 0; i < q->M; i++) {
        double row = 0.0;
        for (size_t j = 0; j < q->M; j++)
            row += q->H[i * q->M + j] * d[j];
        value += d[i] * (q->g[i] + 0.5 * row);
    }
    return value;
}

/* Solves the n x n system by elimination with pivoting; 0 when it is singular. */
static int eliminate(double *a, double *b, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        size_t best = c;
        for (size_t i = c + 1; i < n; i++)
            best = fabs(a[i * n + c]) > fabs(a[best * n + c]) ? i : best;
        if (!(fabs(a[best * n + c]) > 0.0))
            return 0;
        for (size_t j = 0; j < n; j++) {
            const double t = a[c * n + j];
            a[c * n + j] = a[best * n + j];
            a[best * n + j] = t;
        }
        const double t = b[c];
        b[c] = b[best];
        b[best] = t;
        for (size_t i = 0; i < n; i++) {
            const double f = i == c ? 0.0 : a[i * n + c] / a[c * n + c];
            for (size_t j = c; j < n; j++)
                a[i * n + j] -= f * a[c * n + j];
            b[i] -= f * b[c];
        }
    }
    for (size_t i = 0; i < n; i++)
        b[i] /= a[i * n + i];
    return 1;
}

/* Every choice of sources at their bound: the best feasible stationary point. M <= 6. */
static double brute_force(const program *q)
{
    double best = INFINITY;
    for (size_t set = 0; set < (size_t)1 << q->M; set++) {
        double a[36], b[6], d[6];
        size_t free_at[6], n = 0;
        for (size_t i = 0; i < q->M; i++) {
            d[i] = q->low[i];
            if (!(set >> i & 1))
                free_at[n++] = i;
        }
        for (size_t i = 0; i < n; i++) {
            b[i] = -q->g[free_at[i]];
            for (size_t j = 0; j < q->M; j++)
                if (set >> j & 1)
                    b[i] -= q->H[free_at[i] * q->M + j] * q->low[j];
            for (size_t j = 0; j < n; j++)
                a[i * n + j] = q->H[free_at[i] * q->M + free_at[j]];
        }
        if (!eliminate(a, b, n))
            continue;
        int feasible = 1;
        for (size_t i = 0; i < n; i++) {
            d[free_at[i]] = b[i];
            feasible &= b[i] >= q->low[free_at[i]];
        }
        if (feasible)
            best = fmin(best, value_at(q, d));
    }
    return best;
}

/* Projected coordinate descent, without any linear algebra, for long enough: the value is quadratic in what is left. */
static double descend(const program *q)
{
    double *d = rig_new(q->M, 0.0);
    double change = 1.0;
    for (long sweep = 0; sweep < 50000 && change > 1e-9; sweep++) {
        change = 0.0;
        for (size_t i = 0; i < q->M; i++) {
            double r = q->g[i];
            for (size_t j = 0; j < q->M; j++)
                r += q->H[i * q->M + j] * d[j];
            const double next = fmax(d[i] - r / q->H[i * q->M + i], q->low[i]);
            change = fmax(change, fabs(next - d[i]) / (fabs(next) + fabs(q->low[i]) + 1e-300));
            d[i] = next;
        }
    }
    const double value = value_at(q, d);
    free(d);
    return value;
}

/*
 * Optimality: the gradient at d is 0 for sources off their bound and >= 0 for those on it, up to `relative` of D (the
 * unit of a gradient: D (1 - m)) and the rounding of d and of sums of M, which moves it by some M u sum |H d|.
 */
static void check_program(const rig *r, const program *q, const double *d, double relative, const char *where)
{
    for (size_t i = 0; i < q->M; i++) {
        double gradient = q->g[i], moved = 0.0;
        for (size_t j = 0; j < q->M; j++) {
            gradient += q->H[i * q->M + j] * d[j];
            moved += fabs(q->H[i * q->M + j] * d[j]);
        }
        const double off = relative * q->D[i] + (8.0 + 2.0 * (double)q->M) * r->u * moved;
        if (!(d[i] >= q->low[i] * (1.0 + 2.0 * r->u)))
            fail_msg("%s, source %zu: d = %.17g is below its bound %.17g", where, i, d[i], q->low[i]);
        const int at_bound = d[i] <= q->low[i] * (1.0 - 2.0 * r->u);
        if (!(gradient >= -off && (at_bound || gradient <= off)))
            fail_msg("%s, source %zu: d = %.9g (bound %.9g), gradient %.3g, allowed %.3g, D %.3g", where, i, d[i], q->low[i],
                     gradient, off, q->D[i]);
    }
}

typedef struct qp_kind {
    size_t genes, sources, samples, twins;
    double zero_counts, top, relative;
    int careful, singular;
} qp_kind;

static void solve_programs(rig *r, const qp_kind *kind)
{
    const shape s = {kind->genes, kind->sources, kind->samples};
    problem p = make_problem(r, s, kind->twins, kind->zero_counts);
    const size_t M = s.sources, rows = gram_blocks(M) * 16;
    double *h = rig_new(p.padded * p.width, 0.0), *fold = rig_new(M * p.width, 1.0), *H = rig_new(rows * p.width, 0.0);
    double *top = rig_new(p.width, kind->top);
    const double tau = rig_real(r, kind->top) > 1.001 ? 0.9 : 1.0;
    for (size_t n = 0; n < s.samples; n++) {
        for (size_t g = 0; g < s.genes; g++) {
            const double y = yhat(&p, g, n, p.E) + REFERENCE_EPS;
            h[g * p.width + n] = rig_real(r, p.w[g] * p.k[g * p.width + n] / y / y);
        }
        for (size_t j = 0; j < M; j++) {
            double sum = 0.0;
            for (size_t g = 0; g < s.genes; g++)
                sum += h[g * p.width + n] * p.A[g * p.stride + j] * (yhat(&p, g, n, p.E) + REFERENCE_EPS);
            fold[j * p.width + n] = rig_real(r, sum);
            for (size_t i = j; i < M; i++)
                H[um_gram_entry(i, j) * p.width + n] = rig_real(r, gram_entry(&p, h, i, j, n));
        }
    }
    um_buffer dh = rig_input(r, h, p.padded * p.width), dfold = rig_input(r, fold, M * p.width);
    um_buffer dH = rig_input(r, H, rows * p.width), dtop = rig_input(r, top, p.width), W = {0}, work = {0};
    um_buffer_allocate(r->queue, &W, rows * p.width * sizeof(double), "test");
    um_buffer_allocate(r->queue, &work, (6 * M + rows) * p.width * sizeof(double), "test");
    um_buffer d = rig_output(r, M * p.width), slope = rig_output(r, p.width), decrease = rig_output(r, p.width);
    if (kind->careful)
        um_run(r->queue, UM_KERNEL_GRAM_CAREFUL, r->variant, um_grid_2d(p.ld, rows / 16), UM_U32(M), UM_U32(p.ld),
               UM_U32(p.padded), UM_BUF(&p.dA), UM_BUF(&dh), UM_BUF(&W));
    const double ridge = r->u > 1e-10 && !kind->careful ? 1e-6 : 1e-12;
    um_run(r->queue, UM_KERNEL_QP, r->variant, um_grid_2d(p.ld, 1), UM_U32(M), UM_U32(p.ld), UM_U32(kind->careful),
           UM_REAL_ARGUMENT(ridge), UM_BUF(&dH), UM_BUF(&W), UM_BUF(&p.dD), UM_BUF(&dfold), UM_BUF(&p.dE),
           UM_BUF(&dtop), UM_BUF(&work), UM_BUF(&d), UM_BUF(&slope), UM_BUF(&decrease));
    double *got = rig_read(r, &d, M * p.width, "d"), *got_slope = rig_read(r, &slope, p.width, "slope");
    double *got_decrease = rig_read(r, &decrease, p.width, "decrease"), *one = rig_new(M, 0.0);
    for (size_t n = 0; n < s.samples; n++) {
        char where[80];
        (void)snprintf(where, sizeof where, "%zu genes, %zu sources, %zu twins, sample %zu", s.genes, M, kind->twins, n);
        program q = program_open(M);
        double linear = 0.0, size = 0.0;
        for (size_t i = 0; i < M; i++) {
            for (size_t j = 0; j <= i; j++)
                q.H[i * M + j] = q.H[j * M + i] =
                    kind->careful ? gram_entry(&p, h, i, j, n) : H[um_gram_entry(i, j) * p.width + n];
            q.D[i] = p.D[i * p.width + n];
            q.g[i] = q.D[i] - fold[i * p.width + n];
            q.low[i] = -tau * p.E[i * p.width + n];
            one[i] = got[i * p.width + n];
            linear += q.g[i] * one[i];
            size += fabs(q.g[i] * one[i]);
        }
        check_program(r, &q, one, kind->relative, where);
        const double value = value_at(&q, one);
        rig_check(got_slope[n], linear, 1e-6 * size, "slope", 0, n, where);
        rig_check(got_decrease[n], value, 1e-5 * size, "decrease", 0, n, where);
        if (!kind->singular) {
            const double best = M <= 6 ? brute_force(&q) : descend(&q);
            if (!(fabs(value - best) <= (r->u > 1e-10 ? 1e-5 : 1e-9) * fabs(best)))
                fail_msg("%s: value %.12g, the best is %.12g", where, value, best);
        }
        program_clear(&q);
    }
    free(h);
    free(fold);
    free(H);
    free(top);
    free(got);
    free(got_slope);
    free(got_decrease);
    free(one);
    um_buffer *buffers[] = {&dh, &dfold, &dH, &dtop, &W, &work};
    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++)
        um_buffer_release(buffers[b]);
    problem_clear(&p);
}

static void programs_are_solved(void **state)
{
    rig r = rig_open(*state);
    static const size_t sources[] = {1, 2, 3, 4, 5, 6, 22, 61, 128};
    for (size_t m = 0; m < sizeof sources / sizeof sources[0]; m++) {
        const size_t M = sources[m], N = M > 50 ? 3 : 19;
        const qp_kind kinds[] = {
            {.genes = 200 + 4 * M, .sources = M, .samples = N, .top = 1.0001, .relative = 1e-9},
            {.genes = 200 + 4 * M, .sources = M, .samples = N, .top = 1.5, .relative = 1e-9},
            {.genes = 200 + 4 * M, .sources = M, .samples = N, .top = 1.0001, .zero_counts = 0.5, .relative = 1e-9},
        };
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
            solve_programs(&r, &kinds[k]);
    }
    rig_close(&r);
}

/*
 * Singular: twin columns, and fewer counts than sources. In single precision the second is out of reach of H in floats
 * (its zero eigenvalues are rounding); it is what the careful kernels are for.
 */
static void singular_programs_are_solved(void **state)
{
    rig r = rig_open(*state);
    const int single = r.u > 1e-10, twice = um_queue_info(r.queue)->has_double;
    static const size_t sources[] = {2, 3, 6, 13, 22};
    for (size_t m = 0; m < sizeof sources / sizeof sources[0]; m++) {
        const size_t M = sources[m];
        const qp_kind twins = {.genes = 300, .sources = M, .samples = 19, .twins = (M + 1) / 3 + (M == 2), .top = 1.0001,
                               .relative = single ? 1e-6 : 1e-9, .singular = 1};
        solve_programs(&r, &twins);
        qp_kind poor = {.genes = 5, .sources = M, .samples = 19, .top = 1.0001, .relative = 1e-6, .singular = 1, .careful = single};
        if (!single || twice)
            solve_programs(&r, &poor);
    }
    rig_close(&r);
}

int main(void)
{
    struct CMUnitTest tests[2 * CASES];
    size_t n = rig_add_tests(tests, cases, CASES, "quadratic programs", programs_are_solved);
    (void)rig_add_tests(tests + n, cases, CASES, "singular programs", singular_programs_are_solved);
    return um_run_group(tests);
}
