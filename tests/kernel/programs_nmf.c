/*
 * Factorisations on the device against nmf_reference.h: every solver, penalties on either side, missing entries, fixed
 * programs and cells left out, at sizes that leave parts of vectors, panels, tiles and strips, and at the tuning of other
 * devices. What a number may be off by is worked out with it; in double that is about 1e-13, so that nothing but the
 * formula passes.
 */
#include "kernel/nmf_reference.h"
#include "kernel/rig.h"
#include "programs/nmf/nmf_stage.h"

static const rig_case cases[] = {
    {UNMIX_DOUBLE, "dense=0"},
    {UNMIX_SINGLE, "dense=0"},
    {UNMIX_DOUBLE, "dense=1"},
    {UNMIX_SINGLE, "dense=1"},
    {UNMIX_DOUBLE, "fold=0"},
    {UNMIX_SINGLE, "fold=0"},
    {UNMIX_SINGLE, "vector=8 dense=0"},
    {UNMIX_SINGLE, "vector=4 dense=0"},
    {UNMIX_DOUBLE, "vector=4 dense=0"},
    {UNMIX_SINGLE, "vector=4 dense=1"},
    {UNMIX_DOUBLE, "vector=1 dense=1"},
    {UNMIX_DOUBLE, "vector=2 fold=0"},
    {UNMIX_SINGLE, "vector=1 vectors=1 group=64 stage=1 fixed-sources=1 tile=64 fold=0"},
    {UNMIX_DOUBLE, "vector=1 vectors=1 group=64 stage=1 fixed-sources=1 tile=64 fold=0"},
};

typedef struct shape {
    size_t n, m, k;
} shape;

/* More programs than cells or genes too. A change of the width takes those that compile soon. */
static const shape all_shapes[] = {{1, 1, 1},    {2, 1, 2},     {1, 15, 3},    {15, 2, 5},     {16, 17, 4},   {17, 33, 10},
                                   {33, 259, 16}, {259, 33, 17}, {1031, 17, 2}, {17, 1031, 3}, {259, 127, 33}, {1031, 259, 5}};
static const shape few_shapes[] = {{5, 7, 1},   {7, 9, 2},    {1, 2, 3},     {9, 21, 4},   {15, 2, 5},
                                   {16, 17, 3}, {33, 259, 5}, {259, 33, 10}, {1031, 17, 3}};

typedef struct variant {
    const char *name;
    double alpha_W, alpha_H, l1_ratio;
    int missing, fixed;
} variant;

static const variant variants[] = {
    {"plain", 0, 0, 0, 0, 0},
    {"l1 and l2 of W", 0.013, 0, 0.4, 0, 0},
    {"l2 of H", 0, 0.007, 0, 0, 0},
    {"l1 and l2, missing", 0.011, 0.003, 0.6, 1, 0},
    {"missing", 0, 0, 0, 1, 0},
    {"fixed programs", 0.01, 0, 1, 0, 1},
    {"fixed programs, missing", 0, 0, 0, 1, 1},
};

typedef struct method {
    const char *name;
    um_nmf_solver solver;
    um_nmf_loss loss;
    double beta;
} method;

static const method methods[] = {{"hals", UM_NMF_HALS, UM_NMF_FROBENIUS, 0},
                                 {"mu", UM_NMF_MU, UM_NMF_FROBENIUS, 0},
                                 {"kl", UM_NMF_MU, UM_NMF_KL, 0}};

enum { REPLICATES = 3, ROUNDS = 2 };

/* X and pattern for the device, and a reference for each replicate, which has cells and a start of its own. */
typedef struct problem {
    rig *r;
    shape of;
    um_nmf_options options;
    um_sparse X, missing;
    nmf_reference reference[REPLICATES];
    unsigned char *uses; /* REPLICATES x n */
    um_factors factors[REPLICATES];
    char where[160];
} problem;

/* Cell 3 and gene 2 are empty, gene 4 is full; cell 5 misses almost all, gene 6 too. */
static double draw_x(rig *r, size_t cell, size_t gene)
{
    const double u = um_random_uniform(&r->random), x = rig_real(r, 0.25 + 6 * um_random_uniform(&r->random));
    return cell == 3 || gene == 2 || (gene != 4 && u > 0.3) ? 0 : x;
}

static int draw_missing(rig *r, const variant *v, size_t cell, size_t gene)
{
    const double u = um_random_uniform(&r->random);
    return v->missing && (u < 0.1 || (cell == 5 && gene % 7 != 0) || (gene == 6 && cell % 5 != 0));
}

static void draw_data(problem *p, const variant *v)
{
    rig *r = p->r;
    nmf_reference *first = &p->reference[0];
    const size_t n = p->of.n, m = p->of.m;
    size_t used = 0, lost = 0;
    assert_ok(r->cx, um_sparse_allocate(r->cx, &p->X, n, m, n * m));
    assert_ok(r->cx, um_sparse_allocate(r->cx, &p->missing, n, m, n * m));
    free(p->missing.value);
    p->missing.value = NULL;
    for (size_t c = 0; c < n; c++) {
        for (size_t j = 0; j < m; j++) {
            const double x = draw_x(r, c, j);
            first->missing[c * m + j] = (unsigned char)draw_missing(r, v, c, j);
            if (first->missing[c * m + j])
                p->missing.column[lost++] = (uint32_t)j;
            else if (x > 0 || (c + j) % 11 == 0) { /* zeros may be stored too */
                first->X[c * m + j] = x;
                p->X.column[used] = (uint32_t)j;
                p->X.value[used++] = x;
            }
        }
        p->X.start[c + 1] = used;
        p->missing.start[c + 1] = lost;
    }
}

/* Replicate 0 has all cells, 1 about two thirds, 2 the last only. Starts have zeros, which hals may leave. */
static void draw_start(problem *p, size_t replicate)
{
    rig *r = p->r;
    nmf_reference *ref = &p->reference[replicate];
    const size_t n = p->of.n, m = p->of.m, k = p->of.k;
    for (size_t c = 0; c < n; c++) {
        const int two_thirds = um_random_uniform(&r->random) < 0.667;
        ref->uses[c] = p->uses[replicate * n + c] = replicate == 0 || (replicate == 1 && two_thirds) || c + 1 == n;
        for (size_t t = 0; t < k; t++) {
            const double u = um_random_uniform(&r->random);
            p->factors[replicate].W[c * k + t] = rig_real(r, u < 0.1 ? 0 : u);
            ref->W.value[c * k + t] = ref->uses[c] ? rig_real(r, u < 0.1 ? 0 : u) : 0;
        }
    }
    for (size_t t = 0; t < k; t++)
        for (size_t j = 0; j < m; j++) {
            const double u = um_random_uniform(&r->random);
            ref->H.value[j * k + t] = p->factors[replicate].H[t * m + j] = rig_real(r, u < 0.1 ? 0 : u);
        }
}

static problem open_problem(rig *r, shape of, const method *how, const variant *v)
{
    problem p = {.r = r, .of = of, .uses = nmf_memory(REPLICATES * of.n, 1)};
    p.options = (um_nmf_options){how->solver, how->loss, of.k, 0, 1, v->alpha_W, v->alpha_H, v->l1_ratio, v->fixed, 1, how->beta};
    (void)snprintf(p.where, sizeof p.where, "%s, %s, %zu cells x %zu genes, %zu programs", how->name, v->name, of.n, of.m,
                   of.k);
    for (size_t i = 0; i < REPLICATES; i++) {
        nmf_reference *ref = &p.reference[i];
        *ref = nmf_reference_new(of.n, of.m, of.k);
        ref->options = p.options;
        ref->u = r->u;
        ref->little = r->u > 1e-10 ? NMF_LITTLE_SINGLE : NMF_LITTLE_DOUBLE;
        p.factors[i] = (um_factors){nmf_memory(of.n * of.k, sizeof(double)), nmf_memory(of.k * of.m, sizeof(double))};
        if (i == 0)
            draw_data(&p, v);
        memcpy(ref->X, p.reference[0].X, of.n * of.m * sizeof(double));
        memcpy(ref->missing, p.reference[0].missing, of.n * of.m);
        draw_start(&p, i);
    }
    return p;
}

static void close_problem(problem *p)
{
    for (size_t i = 0; i < REPLICATES; i++) {
        nmf_reference_clear(&p->reference[i]);
        free(p->factors[i].W);
        free(p->factors[i].H);
    }
    um_sparse_clear(&p->X);
    um_sparse_clear(&p->missing);
    free(p->uses);
}

/*
 * All within the bounds; and the bounds say something: most are small beside the largest number. (A sweep of hals
 * carries errors from program to program: with 33 of them the last bounds are wide.)
 */
static void check_factors(const problem *p, size_t replicate, size_t round)
{
    const nmf_reference *ref = &p->reference[replicate];
    const size_t n = p->of.n, m = p->of.m, k = p->of.k;
    double largest = 1; /* starts are below */
    size_t loose = 0;
    char where[240];
    (void)snprintf(where, sizeof where, "%s, replicate %zu, iteration %zu", p->where, replicate, round);
    for (size_t i = 0; i < n * k; i++)
        rig_check(p->factors[replicate].W[i], ref->W.value[i], ref->W.off[i], "W", i / k, i % k, where);
    for (size_t i = 0; i < m * k; i++)
        rig_check(p->factors[replicate].H[i % k * m + i / k], ref->H.value[i], ref->H.off[i], "H", i % k, i / k, where);
    for (size_t i = 0; i < n * k; i++)
        largest = fmax(largest, ref->W.value[i]);
    for (size_t i = 0; i < n * k; i++)
        loose += !(ref->W.off[i] <= 1e-8 * largest);
    if (p->r->u < 1e-10 && round == 1 && k <= 17 && loose > n * k / 3)
        fail_msg("%s: %zu of %zu bounds of W say nothing", where, loose, n * k);
}

/* The factors that came back become those of the reference: nothing is off. */
static void take_factors(problem *p, size_t replicate)
{
    nmf_reference *ref = &p->reference[replicate];
    const size_t n = p->of.n, m = p->of.m, k = p->of.k;
    memcpy(ref->W.value, p->factors[replicate].W, n * k * sizeof(double));
    for (size_t i = 0; i < m * k; i++)
        ref->H.value[i] = p->factors[replicate].H[i % k * m + i / k];
    memset(ref->W.off, 0, n * k * sizeof(double));
    memset(ref->H.off, 0, m * k * sizeof(double));
}

/* The loss that a fit ends with is a sum in double on the host, whatever the device computed. */
static void check_loss(const problem *p, size_t replicate, double got)
{
    double size = 0;
    const double loss = nmf_loss(&p->reference[replicate], &size);
    const double terms = (double)(p->of.n * p->of.m + 2 * p->of.k * p->of.k + 16);
    rig_check(got, loss, 0x1p-53 * terms * size, "loss", replicate, 0, p->where);
}

/* Iterations one by one, each from what the device has given. */
static void check_iterations(rig *r, shape of, const method *how, const variant *v)
{
    problem p = open_problem(r, of, how, v);
    const um_nmf_data data = {&p.X, v->missing ? &p.missing : NULL};
    for (size_t round = 1; round <= ROUNDS; round++) {
        um_nmf_fit fits[REPLICATES];
        assert_ok(r->cx, um_nmf_many(r->cx, r->device, &data, &p.options, REPLICATES, p.uses, p.factors, fits));
        for (size_t i = 0; i < REPLICATES; i++) {
            nmf_iterate(&p.reference[i]);
            check_factors(&p, i, round);
            take_factors(&p, i);
            assert_int_equal(fits[i].iterations, 1);
            assert_int_equal(fits[i].looks, 0);
            check_loss(&p, i, fits[i].loss);
            um_nmf_fit_clear(&fits[i]);
        }
    }
    close_problem(&p);
}

/* Sums of x^2 over the cells of a replicate, as um_nmf_stage_loss() wants them. */
static double squares_of(const nmf_reference *ref)
{
    double sum = 0;
    for (size_t i = 0; i < ref->n * ref->m; i++)
        sum += ref->uses[i / ref->m] ? ref->X[i] * ref->X[i] : 0;
    return sum;
}

/*
 * The l2 penalties stand on the diagonals of the Gram matrices (of reals: rounded) and are taken off again before these
 * are multiplied with each other, or with the penalties.
 */
static double size_of_diagonals(const nmf_reference *ref, const um_nmf_stage *s)
{
    const double W = s->l2_W + s->l1_W, H = s->l2_H + s->l1_H;
    double sum = (double)ref->k * (s->l2_W * s->l2_H) * (1 + ref->u);
    for (size_t i = 0; i < ref->n * ref->k; i++)
        sum += W * ref->W.value[i] * ref->W.value[i];
    for (size_t i = 0; i < ref->m * ref->k; i++)
        sum += H * ref->H.value[i] * ref->H.value[i];
    return sum;
}

/*
 * What an iteration reports, for replicates 2 and 0 in this order, at the factors that the device has. The loss is put
 * together from sums over cells and genes, each term a sum over programs.
 */
static void check_reports(rig *r, shape of, const method *how, const variant *v)
{
    enum { SLOTS = 2 };
    static const uint32_t active[SLOTS] = {2, 0};
    problem p = open_problem(r, of, how, v);
    const um_nmf_data data = {&p.X, v->missing ? &p.missing : NULL};
    um_nmf_stage stage;
    um_nmf_statistics cells[SLOTS], genes[SLOTS];
    double loss[SLOTS], penalties[SLOTS], squares[SLOTS];
    assert_ok(r->cx, um_nmf_stage_open(r->cx, r->queue, &data, &p.options, REPLICATES, &stage));
    for (size_t i = 0; i < REPLICATES; i++)
        um_nmf_stage_load(&stage, i, p.uses + i * of.n, &p.factors[i]);
    um_nmf_stage_activate(&stage, active, SLOTS);
    um_nmf_stage_begin(&stage, SLOTS);
    um_nmf_stage_iterate(&stage, SLOTS);
    for (size_t slot = 0; slot < SLOTS; slot++)
        squares[slot] = squares_of(&p.reference[active[slot]]);
    assert_ok(r->cx, um_nmf_stage_statistics(&stage, SLOTS, cells, genes));
    assert_ok(r->cx, um_nmf_stage_loss(&stage, SLOTS, squares, cells, genes, loss, penalties));
    for (size_t slot = 0; slot < SLOTS; slot++) {
        const size_t i = active[slot];
        const nmf_reference *ref = &p.reference[i];
        double size = 0;
        nmf_iterate(&p.reference[i]);
        if (how->solver == UM_NMF_HALS)
            rig_check(cells[slot].violation + genes[slot].violation, ref->violation,
                      ref->violation_off + 16 * r->u * ref->violation, "violation", i, 0, p.where);
        um_nmf_stage_store(&stage, i, &p.factors[i]);
        take_factors(&p, i);
        const double terms = (double)(of.n + of.m + 4 * of.k + 32), want = nmf_loss(ref, &size), more = nmf_penalties(ref);
        const double diagonals = 2 * r->u * size_of_diagonals(ref, &stage);
        rig_check(loss[slot], want, terms * r->u * 2 * (size + squares[slot]) + diagonals, "loss", i, 0, p.where);
        rig_check(penalties[slot], more, terms * r->u * 2 * more + diagonals, "penalties", i, 0, p.where);
    }
    um_nmf_stage_close(&stage);
    close_problem(&p);
}

/*
 * One gene with the same value in very many cells, where a sum in reals would drift by up to a per cent. One mu or kl step takes
 * every usage to x / h and the loading back to h; sums are at most of 1024 cells in reals, and of some parts in double.
 */
static void check_long_sums(rig *r, const method *how)
{
    enum { MANY = 400000 };
    const um_nmf_options options = {.solver = how->solver, .loss = how->loss, .components = 1, .max_iterations = 1};
    const double x = rig_real(r, 0.1);
    double H = 1, *W = rig_new(MANY, 0.5);
    um_sparse X = {0};
    um_nmf_fit fit = {0};
    um_factors factors = {W, &H};
    assert_ok(r->cx, um_sparse_allocate(r->cx, &X, MANY, 1, MANY));
    for (size_t c = 0; c < MANY; c++) {
        X.value[c] = x;
        X.start[c + 1] = c + 1;
    }
    assert_ok(r->cx, um_nmf(r->cx, r->device, &(um_nmf_data){&X, NULL}, &options, &factors, &fit));
    rig_check(H, 1, 2 * (1024 + 16) * r->u, "loading", 0, 0, how->name);
    rig_check(W[MANY - 1], x, 16 * r->u * x, "usage", MANY - 1, 0, how->name);
    um_nmf_fit_clear(&fit);
    um_sparse_clear(&X);
    free(W);
}

static void long_sums_do_not_drift(void **state)
{
    rig r = rig_open(*state);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        check_long_sums(&r, &methods[i]);
    rig_close(&r);
}

typedef void check(rig *r, shape of, const method *how, const variant *v);

static void check_all(const rig_case *c, check *what)
{
    rig r = rig_open(c);
    const int all = !strstr(c->tuning, "vector=");
    const shape *shapes = all ? all_shapes : few_shapes;
    const size_t count = all ? sizeof all_shapes / sizeof all_shapes[0] : sizeof few_shapes / sizeof few_shapes[0];
    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
            for (size_t v = 0; v < sizeof variants / sizeof variants[0]; v++)
                what(&r, shapes[s], &methods[i], &variants[v]);
    rig_close(&r);
}

static void iterations_equal_the_formulas(void **state)
{
    check_all(*state, check_iterations);
}

static void reports_equal_the_formulas(void **state)
{
    check_all(*state, check_reports);
}

int main(void)
{
    enum { CASES = sizeof cases / sizeof cases[0] };
    struct CMUnitTest tests[3 * CASES];
    size_t n = rig_add_tests(tests, cases, CASES, "iterations", iterations_equal_the_formulas);
    n += rig_add_tests(tests + n, cases, CASES, "reports", reports_equal_the_formulas);
    (void)rig_add_tests(tests + n, cases, CASES, "long sums", long_sums_do_not_drift);
    return um_run_group(tests);
}
