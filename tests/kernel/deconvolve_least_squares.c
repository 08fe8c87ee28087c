/* The kernels of music and nnls (least_squares.cl) against the formulas in double, each with what rounding may do to
 * it. */
#include "device/constants.h"
#include "kernel/rig.h"

#define GPU_ROW "vector=1 vectors=1 group=64 stage=1 tile=64"

static const rig_case cases[] = {
    {UNMIX_SINGLE, ""}, {UNMIX_SINGLE, GPU_ROW}, {UNMIX_SINGLE, "vector=4 genes=4 group=8"},
    {UNMIX_DOUBLE, ""}, {UNMIX_DOUBLE, GPU_ROW},
};

enum { CASES = sizeof cases / sizeof cases[0] };

/* One more and one less than tiles and groups, one of each, and a size of real work. */
static const struct {
    size_t genes, sources, samples;
} shapes[] = {{1, 1, 1}, {63, 2, 7}, {257, 5, 16}, {300, 13, 17}, {1100, 22, 70}};

typedef struct problem {
    size_t genes, M, samples, stride, padded, tiles, width, ld;
    double *A, *V, *share, *w, *k, *s, *x, *u; /* as the device holds them */
    um_buffer dA, dV, dshare, dw, dk, ds, dx, du;
    double wide; /* half of eps of the working type */
} problem;

static double *draw(rig *r, size_t n, double scale)
{
    double *values = rig_new(n, 0.0);
    for (size_t i = 0; i < n; i++)
        values[i] = rig_real(r, scale * exp(um_random_normal(&r->random)));
    return values;
}

static problem make_problem(rig *r, size_t genes, size_t M, size_t samples)
{
    problem p = {.genes = genes, .M = M, .samples = samples, .stride = rig_round_up(M, 4)};
    p.padded = rig_round_up(genes, r->tuning.tile);
    p.tiles = p.padded / r->tuning.tile;
    p.width = rig_width(r, samples);
    p.ld = p.width / r->tuning.vector;
    p.wide = um_queue_wide_size(r->queue) == sizeof(double) ? 0x1p-53 : r->u;
    r->variant.sources = (uint32_t)M;
    p.A = draw(r, p.padded * p.stride, 1.0);
    p.V = draw(r, p.padded * p.stride, 1e-3);
    p.share = draw(r, p.padded, 1.0);
    p.w = draw(r, p.padded, 0.5);
    p.k = draw(r, p.padded * p.width, 20.0);
    p.s = draw(r, p.width, 0.5);
    p.x = draw(r, M * p.width, 1.0);
    p.u = draw(r, M * p.width, 10.0);
    for (size_t g = 0; g < p.padded; g++) {
        for (size_t j = 0; j < p.stride; j++)
            if (g >= genes || j >= M)
                p.A[g * p.stride + j] = p.V[g * p.stride + j] = 0.0;
        if (g >= genes)
            p.share[g] = p.w[g] = 0.0;
        for (size_t n = 0; n < p.width; n++)
            if (g >= genes || n >= samples || (g + n) % 4 == 3)
                p.k[g * p.width + n] = 0.0;
    }
    p.dA = rig_input(r, p.A, p.padded * p.stride);
    p.dV = rig_input(r, p.V, p.padded * p.stride);
    p.dshare = rig_input(r, p.share, p.padded);
    p.dw = rig_input(r, p.w, p.padded);
    p.dk = rig_input(r, p.k, p.padded * p.width);
    p.ds = rig_input(r, p.s, p.width);
    p.dx = rig_input(r, p.x, M * p.width);
    p.du = rig_input(r, p.u, M * p.width);
    return p;
}

static void clear_problem(problem *p)
{
    double *arrays[] = {p->A, p->V, p->share, p->w, p->k, p->s, p->x, p->u};
    um_buffer *buffers[] = {&p->dA, &p->dV, &p->dshare, &p->dw, &p->dk, &p->ds, &p->dx, &p->du};
    for (size_t i = 0; i < 8; i++) {
        free(arrays[i]);
        um_buffer_release(buffers[i]);
    }
}

static um_buffer wides(rig *r, size_t count)
{
    um_buffer buffer = {0};
    um_buffer_allocate(r->queue, &buffer, count * um_queue_wide_size(r->queue), "test");
    return buffer;
}

/* Partial sums (tiles x rows x ld) added up by um_ls_sum() and by the host, which must agree; rows x width. */
static double *add_tiles(rig *r, const problem *p, um_buffer *partial, size_t rows)
{
    double *parts = rig_new(p->tiles * rows * p->width, NAN), *sums = rig_new(rows * p->width, NAN);
    um_buffer total = wides(r, rows * p->width);
    um_run(r->queue, UM_KERNEL_LS_SUM, r->variant, um_grid_2d(p->ld, rows), UM_U32(p->ld), UM_U32(rows),
           UM_U32(p->tiles), UM_BUF(partial), UM_BUF(&total));
    um_read_wide(r->queue, partial, parts, p->tiles * rows * p->width);
    um_read_wide(r->queue, &total, sums, rows * p->width);
    assert_ok(r->cx, um_queue_status(r->queue));
    for (size_t row = 0; row < rows; row++)
        for (size_t n = 0; n < p->samples; n++) {
            double sum = 0.0, size = 0.0;
            for (size_t t = 0; t < p->tiles; t++) {
                sum += parts[(t * rows + row) * p->width + n];
                size += fabs(parts[(t * rows + row) * p->width + n]);
            }
            rig_check(sums[row * p->width + n], sum, (double)p->tiles * p->wide * size, "tiles", row, n, "sum");
        }
    um_buffer_release(&total);
    um_buffer_release(partial);
    free(parts);
    return sums;
}

/* fold from the h that the device formed: products and sums in the working type. */
static void check_fold(const problem *p, const double *h, const double *fold, const char *where)
{
    for (size_t j = 0; j < p->M; j++)
        for (size_t n = 0; n < p->samples; n++) {
            double sum = 0.0;
            for (size_t g = 0; g < p->genes; g++)
                sum += h[g * p->width + n] * p->s[n] * p->k[g * p->width + n] * p->A[g * p->stride + j];
            rig_check(fold[j * p->width + n], sum, ((double)p->genes + 3.0) * p->wide * sum, "fold", j, n, where);
        }
}

/* The weight of a gene, own / (nu + r^2 before + v), and its bound: yhat and v are sums of M, r loses what they have.
 */
static void check_weights(const rig *r, const problem *p, const double *before, const double *h, int compat)
{
    for (size_t g = 0; g < p->genes; g++)
        for (size_t n = 0; n < p->samples; n++) {
            double y = 0.0, v = 0.0;
            for (size_t j = 0; j < p->M; j++) {
                y += p->A[g * p->stride + j] * p->x[j * p->width + n];
                v += p->V[g * p->stride + j] * p->u[j * p->width + n];
            }
            const double count = p->k[g * p->width + n], scaled = p->s[n] * count, M = (double)p->M;
            const double own = p->w[g] * p->share[g] * p->share[g], nu = rig_real(r, 1e-4);
            const double was = compat ? before[g * p->width + n] / own : 1.0;
            const double residual = (scaled - y) * p->share[g];
            const double off = r->u * p->share[g] * (2.0 * scaled + (M + 1.0) * y + fabs(scaled - y));
            const double all = nu + residual * residual * was + v;
            const double all_off = was * (2.0 * fabs(residual) * off + off * off) + r->u * (14.0 * all + M * v);
            const double want = count > 0.0 ? own / all : 0.0;
            rig_check(h[g * p->width + n], want,
                      want * (all_off / (all - all_off > 0.0 ? all - all_off : all) + 12.0 * r->u), "h", g, n,
                      compat ? "compat" : "plain");
        }
}

/* From the h of the device. left = s k - yhat is off by `off` in the working type. */
static void check_moments(const problem *p, const double *h, const double *moments)
{
    for (size_t n = 0; n < p->samples; n++) {
        double want[UM_LS_MOMENTS] = {0}, off[UM_LS_MOMENTS] = {0};
        for (size_t g = 0; g < p->genes; g++) {
            double y = 0.0;
            for (size_t j = 0; j < p->M; j++)
                y += p->A[g * p->stride + j] * p->x[j * p->width + n];
            const double count = p->k[g * p->width + n], scaled = p->s[n] * count, one = p->share[g];
            if (!(count > 0.0))
                continue;
            const double left = scaled - y, unsure = p->wide * (2.0 * scaled + ((double)p->M + 1.0) * y);
            const double terms[UM_LS_MOMENTS] = {1.0,
                                           scaled * one,
                                           scaled * scaled * one * one,
                                           left * one,
                                           left * left * one * one,
                                           h[g * p->width + n] * left * left};
            const double through[UM_LS_MOMENTS] = {0, 0, 0, unsure * one, 2 * fabs(left) * unsure * one * one,
                                             2 * fabs(left) * unsure * h[g * p->width + n]};
            for (size_t m = 0; m < UM_LS_MOMENTS; m++) {
                want[m] += terms[m];
                off[m] += through[m] + ((double)p->genes + 8.0) * p->wide * fabs(terms[m]);
            }
        }
        for (size_t m = 0; m < UM_LS_MOMENTS; m++)
            rig_check(moments[m * p->width + n], want[m], off[m], "moment", m, n, "moments");
    }
}

static void run_shape(rig *r, size_t genes, size_t M, size_t samples)
{
    problem p = make_problem(r, genes, M, samples);
    const um_grid grid = um_grid_2d(p.ld, p.tiles);
    double *ones = rig_new(p.padded * p.width, 1.0);
    um_buffer h = rig_state(r, ones, p.padded * p.width), fold = wides(r, p.tiles * M * p.width);
    um_run(r->queue, UM_KERNEL_LS_START, r->variant, grid, UM_U32(M), UM_U32(p.ld), UM_BUF(&p.dA), UM_BUF(&p.dshare),
           UM_BUF(&p.dw), UM_BUF(&p.dk), UM_BUF(&p.ds), UM_BUF(&h), UM_BUF(&fold));
    double *sums = add_tiles(r, &p, &fold, M), *was = rig_read(r, &h, p.padded * p.width, "h");
    for (size_t g = 0; g < p.padded; g++)
        for (size_t n = 0; n < samples; n++) {
            const double want = p.k[g * p.width + n] > 0.0 ? p.w[g] * p.share[g] * p.share[g] : 0.0;
            rig_check(was[g * p.width + n], want, 3.0 * r->u * want, "h", g, n, "start");
        }
    check_fold(&p, was, sums, "start");
    for (int compat = 0; compat < 2; compat++) {
        um_buffer changed = rig_state(r, was, p.padded * p.width), moments = wides(r, p.tiles * UM_LS_MOMENTS * p.width);
        fold = wides(r, p.tiles * M * p.width);
        um_run(r->queue, UM_KERNEL_LS_WEIGHTS, r->variant, grid, UM_U32(M), UM_U32(p.ld), UM_U32(compat),
               UM_REAL_ARGUMENT(1e-4), UM_BUF(&p.dA), UM_BUF(&p.dV), UM_BUF(&p.dshare), UM_BUF(&p.dw), UM_BUF(&p.dk),
               UM_BUF(&p.ds), UM_BUF(&p.dx), UM_BUF(&p.du), UM_BUF(&changed), UM_BUF(&fold));
        um_run(r->queue, UM_KERNEL_LS_MOMENTS, r->variant, grid, UM_U32(M), UM_U32(p.ld), UM_BUF(&p.dA),
               UM_BUF(&p.dshare), UM_BUF(&p.dk), UM_BUF(&p.ds), UM_BUF(&p.dx), UM_BUF(&changed), UM_BUF(&moments));
        double *folds = add_tiles(r, &p, &fold, M), *found = add_tiles(r, &p, &moments, UM_LS_MOMENTS);
        double *now = rig_read(r, &changed, p.padded * p.width, "h");
        check_weights(r, &p, was, now, compat);
        check_fold(&p, now, folds, "weights");
        check_moments(&p, now, found);
        for (size_t g = genes; g < p.padded; g++)
            for (size_t n = 0; n < p.width; n++)
                assert_true(now[g * p.width + n] == 0.0);
        free(folds);
        free(found);
        free(now);
    }
    free(sums);
    free(was);
    free(ones);
    clear_problem(&p);
}

static void kernels_equal_the_formulas(void **state)
{
    rig r = rig_open(*state);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        run_shape(&r, shapes[i].genes, shapes[i].sources, shapes[i].samples);
    rig_close(&r);
}

int main(void)
{
    struct CMUnitTest tests[CASES];
    (void)rig_add_tests(tests, cases, CASES, "weights, right-hand sides and moments", kernels_equal_the_formulas);
    return um_run_group(tests);
}
