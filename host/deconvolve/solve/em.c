/*
 * Expectation-maximisation: E_j <- E_j m_j, m_j = fold_j / D_j. The log-likelihood never decreases.
 * Start E = total counts / C, intercept 0.05 total counts. Looked at every 10 iterations, a sample stops when its gap is
 * below the tolerance. Where the steps do not lead to the optimum (l1, and the M-step that counts reads) the gap does not
 * close: it stops when |change of NLL| per iteration is below tolerance x (NLL + 1).
 *
 * All together, as viewmastR: after 1, 11, 21, ... iterations L = sum over samples and genes of w (k log yhat - yhat) is
 * rounded to single precision, and from the 21st on all stop when it has changed by less than the tolerance. At a billion
 * a step of single precision is 64, so it says that nothing has changed in eight digits, not that the optimum is near.
 */
#include "deconvolve/solve/iterate.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "deconvolve/problem/counts.h"

enum { LOOK_EVERY = 10, TOGETHER_FROM = 21 };

/* By which a sample stops. */
typedef enum um_em_rule { RULE_GAP, RULE_CHANGE, RULE_TOGETHER } um_em_rule;

/* What is left to the rounding of the gap, which the host forms again in double. */
static const double sure_gap = 0.9;

typedef struct um_em {
    um_em_rule rule;
    double tolerance;
    double l1;
    long max_iterations;
    int without_lengths; /* 1: the likelihood is that of counts divided by lengths */
    um_state *E;
    um_state *active;
    um_state *D, *T;        /* RULE_GAP */
    um_buffer fold, top;    /* likewise */
    double *previous;       /* NLL of each column at its last look */
    double constant;        /* RULE_TOGETHER: L + sum of NLL */
    float likelihood;       /* at the last look */
    int unchanged;          /* since the last look */
} um_em;

static um_em_rule rule_of(const unmix_deconvolve_options *options)
{
    if (options->stop == UNMIX_STOP_TOGETHER)
        return RULE_TOGETHER;
    return options->l1 > 0.0 || options->m_step == UNMIX_M_STEP_COUNTS ? RULE_CHANGE : RULE_GAP;
}

static double own_tolerance(const unmix_deconvolve_options *options)
{
    return rule_of(options) == RULE_GAP ? um_em_method.traits.tolerance[0] : 1e-6;
}

static unmix_status open_em(um_batch *batch, const unmix_deconvolve_options *options, void **state)
{
    um_em *self = NULL;
    UM_TRY(UM_ALLOC(batch->cx, &self, 1, "em"));
    *state = self;
    self->rule = rule_of(options);
    self->tolerance = options->tolerance;
    self->l1 = options->l1;
    self->max_iterations = options->max_iterations;
    self->without_lengths = options->m_step == UNMIX_M_STEP_LENGTHS;
    UM_TRY(UM_ALLOC(batch->cx, &self->previous, batch->capacity, "em"));
    self->E = um_batch_add_state(batch, batch->M, "exposures");
    self->active = um_batch_add_state(batch, 1, "active samples");
    if (self->rule == RULE_GAP) {
        const size_t width = um_batch_width(batch, batch->capacity);
        self->D = um_batch_add_state(batch, batch->M, "scales of the sources");
        self->T = um_batch_add_state(batch, 1, "totals");
        um_buffer_reals(batch->queue, &self->fold, batch->M * width, "multipliers");
        um_buffer_reals(batch->queue, &self->top, width, "gaps");
    }
    return um_queue_status(batch->queue);
}

static void close_em(void *state)
{
    um_em *em = state;
    if (!em)
        return;
    um_buffer_release(&em->fold);
    um_buffer_release(&em->top);
    free(em->previous);
    free(em);
}

static void gaps(void *state, um_batch *batch, double *gap)
{
    um_em *em = state;
    um_run(batch->queue, UM_KERNEL_FOLD_SUM, batch->variant, um_grid_2d(batch->ld, 1), UM_U32(batch->M),
           UM_U32(batch->ld), UM_U32(batch->tiles), UM_BUF(&batch->fold), UM_BUF(&em->D->buffer), UM_BUF(&em->T->buffer),
           UM_BUF(&em->E->buffer), UM_BUF(&em->fold), UM_BUF(&em->top));
    um_batch_read_row(batch, &em->top, gap);
    for (size_t i = 0; i < batch->count; i++)
        gap[i] = log(gap[i]);
}

static void looked(void *state, const double *nll, size_t count, long iteration)
{
    um_em *em = state;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += nll[i];
    const float likelihood = (float)(em->constant - sum), change = likelihood - em->likelihood;
    em->unchanged = iteration >= TOGETHER_FROM && fabsf(change) < (float)em->tolerance;
    em->likelihood = likelihood;
}

static int judge(void *state, const um_look *look, um_fit *fit)
{
    um_em *em = state;
    const double change = fabs(em->previous[look->sample] - look->nll) / LOOK_EVERY;
    const int whole = look->iteration > 0 && look->iteration % LOOK_EVERY == 0; /* not cut off between two looks */
    const int converged = em->rule == RULE_GAP      ? look->gap <= sure_gap * em->tolerance
                          : em->rule == RULE_CHANGE ? whole && change < em->tolerance * (look->nll + 1.0)
                                                    : em->unchanged;
    em->previous[look->sample] = look->nll;
    if (converged || look->iteration >= em->max_iterations)
        um_fit_keep(fit, look);
    return converged;
}

static void step(void *state, um_batch *batch, long iteration)
{
    const um_em *em = state;
    (void)iteration;
    um_run(batch->queue, UM_KERNEL_EM_STEP, batch->variant, um_batch_step_grid(batch), UM_U32(batch->M),
           UM_U32(batch->ld), UM_U32(batch->tiles), UM_U32(batch->problem->n_types), UM_REAL_ARGUMENT(em->l1),
           UM_BUF(&batch->fold), UM_BUF(&batch->D), UM_BUF(&em->active->buffer), UM_BUF(&em->E->buffer));
}

/* E_j = total / C, intercept 0.05 total. `values` has room for M x count. */
static void start_exposures(um_em *em, um_batch *batch, const double *totals, double *values)
{
    const size_t C = batch->problem->n_types, n = batch->count;
    for (size_t j = 0; j < batch->M; j++)
        for (size_t i = 0; i < n; i++)
            values[j * n + i] = totals[batch->column[i]] * (j < C ? 1.0 / (double)C : 0.05);
    um_batch_set(batch, em->E, values);
    for (size_t i = 0; i < n; i++)
        values[i] = 1.0;
    um_batch_set(batch, em->active, values);
}

static void start_gaps(um_em *em, um_batch *batch, const double *T, double *values)
{
    const size_t n = batch->count;
    for (size_t j = 0; j < batch->M; j++)
        for (size_t i = 0; i < n; i++)
            values[j * n + i] = batch->problem->D[j];
    um_batch_set(batch, em->D, values);
    for (size_t i = 0; i < n; i++)
        values[i] = T[batch->column[i]];
    um_batch_set(batch, em->T, values);
}

/* sum_g w_g (k log k - k), and for counts divided by c - k log c: what L and -NLL differ by. */
static unmix_status start_together(um_em *em, um_batch *batch)
{
    const um_problem *problem = batch->problem;
    um_counts counts = {0};
    UM_TRY(um_counts_open(batch->cx, &counts, problem->genes.count));
    em->constant = 0.0;
    for (size_t i = 0; i < batch->count; i++) {
        um_counts_take(&counts, problem, batch->block, batch->column[i]);
        for (size_t c = 0; c < counts.n; c++) {
            const double k = counts.value[c], factor = em->without_lengths ? problem->factor[counts.gene[c]] : 1.0;
            em->constant += problem->w[counts.gene[c]] * k * (log(k / factor) - 1.0);
        }
    }
    um_counts_clear(&counts);
    em->unchanged = 0;
    em->likelihood = -INFINITY;
    return UNMIX_OK;
}

static unmix_status start(um_em *em, um_batch *batch, const um_sums *sums)
{
    double *values = NULL;
    UM_TRY(UM_ALLOC(batch->cx, &values, batch->M * batch->count, "exposures"));
    start_exposures(em, batch, sums->total, values);
    if (em->rule == RULE_GAP)
        start_gaps(em, batch, sums->T, values);
    free(values);
    if (em->rule == RULE_TOGETHER)
        UM_TRY(start_together(em, batch));
    return um_queue_status(batch->queue);
}

static unmix_status fit_em(void *state, um_batch *batch, const um_sums *sums, um_fit *fit, double done, double share)
{
    um_em *em = state;
    UM_TRY(start(em, batch, sums));
    const um_iteration how = {
        .name = "em",
        .look_first = em->rule == RULE_TOGETHER ? 1 : 0,
        .look_every = LOOK_EVERY,
        .max_iterations = em->max_iterations,
        .sure = LONG_MAX,
        .state = em,
        .E = em->E,
        .active = em->active,
        .gaps = em->rule == RULE_GAP ? gaps : NULL,
        .looked = em->rule == RULE_TOGETHER ? looked : NULL,
        .judge = judge,
        .step = step,
    };
    return um_iterate(batch, &how, fit, done, share);
}

static const unmix_method_option options[] = {
    {"tolerance", "a sample stops when its gap is below this; with --l1 or --m-step counts when its loss changes by less, "
                  "relatively, per iteration (1e-6)"},
    {"max-iterations", ""},
    {"l1", "reads taken off at each step"},
    {"m-step", "as viewmastR publishes it, for comparison: counts ignores lengths and the sums of the weights; lengths, of its "
               "newer branch, divides the counts by lengths first"},
    {"stop", "together ends all samples at once, as viewmastR does: when their log-likelihood, in single precision, changes by "
             "less than the tolerance (1e-6) in 10 iterations"},
    {"bootstrap", ""},
    {"permutations", ""},
    {NULL, NULL},
};

const um_method um_em_method = {
    .traits = {.method = UNMIX_METHOD_EM,
               .name = "em",
               .description = "the same optimum by expectation-maximisation",
               .objective = UM_LIKELIHOOD_TEXT,
               .options = options,
               .tolerance = {1e-4, 1e-4},
               .max_iterations = 100000,
               .intercept = 1,
               .nll = 1,
               .errors = 1},
    .open = open_em,
    .fit = fit_em,
    .close = close_em,
    .own_tolerance = own_tolerance,
};
