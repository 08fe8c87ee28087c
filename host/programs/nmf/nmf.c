#include "programs/nmf/nmf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "device/trust.h"
#include "programs/nmf/loss.h"
#include "programs/nmf/losses.h"
#include "programs/nmf/nmf_range.h"
#include "programs/nmf/nmf_stage.h"

/* The loss is looked at every tenth iteration; multiplicative updates are judged by it then, as in scikit-learn. */
enum { LOOK = 10 };

/* Iterations that are remembered, and how many in a row must repeat one of them. */
enum { RECENT = 16, STILL = 4 };

/* One replicate on its way. */
typedef struct course {
    double squares;  /* sum of x^2 over its cells */
    double first;    /* violation of the first iteration (hals); error of the start (mu) */
    double previous; /* error at the last look (mu) */
    double recent[RECENT]; /* hals: violations of the last iterations */
    size_t still;          /* hals: iterations in a row whose violation was among these */
    int done;
    size_t capacity; /* of the history */
} course;

typedef struct run {
    unmix_context *cx;
    const um_nmf_data *data;
    const um_nmf_options *options;
    const unsigned char *uses; /* of the replicates of this group */
    um_factors *factors;
    um_nmf_fit *fits;
    size_t count, done_before, total;
    int may_leave_range; /* 1: by itself, on a right device */
    um_nmf_stage stage;
    course *course;
    uint32_t *active;
    size_t slots;
    um_nmf_statistics *cells, *genes; /* by slot */
    double *loss, *penalties, *squares; /* by slot */
} run;

void um_nmf_fit_clear(um_nmf_fit *fit)
{
    free(fit->history);
    *fit = (um_nmf_fit){0};
}

/* ---- Arguments ---- */

static unmix_status check(unmix_context *cx, const um_nmf_data *data, const um_nmf_options *o)
{
    const size_t n = data->X->rows, m = data->X->columns;
    const um_loss *loss = um_loss_for(o->loss);
    char text[32];
    if (!o->components)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "a factorisation needs 1 component or more");
    if (!loss)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "there is no loss %d", (int)o->loss);
    if (o->solver == UM_NMF_HALS && !loss->traits.hals)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "hals minimises the %s loss; for %s use mu", unmix_nmf_loss_info(0)->name,
                       um_loss_write(o->loss, o->beta, text, sizeof text));
    if (!isfinite(um_loss_beta(o)))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "beta cannot be %g", o->beta);
    if (!(o->tolerance >= 0) || !(o->alpha_W >= 0 && isfinite(o->alpha_W)) ||
        !(o->alpha_H >= 0 && isfinite(o->alpha_H)) || !(o->l1_ratio >= 0 && o->l1_ratio <= 1))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "tolerance and penalties must be 0 or more, the l1 ratio within [0, 1]");
    if (!o->max_iterations)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "a factorisation needs 1 iteration or more");
    if (n > UINT32_MAX / 2 || m > UINT32_MAX / 2 || o->components > 4096)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%zu cells x %zu genes with %zu components is too large", n, m,
                       o->components);
    if (!n || !m)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "there are %zu cells and %zu genes to factorise", n, m);
    if (data->missing && (data->missing->rows != n || data->missing->columns != m))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the missing entries are of %zu cells x %zu genes, the data of %zu x %zu",
                       data->missing->rows, data->missing->columns, n, m);
    return UNMIX_OK;
}

/* Values are 0 or more, and none stands where an entry is missing. */
static unmix_status check_cell(unmix_context *cx, const um_nmf_data *data, size_t cell, double *largest)
{
    const um_sparse *X = data->X, *missing = data->missing;
    size_t at = missing ? missing->start[cell] : 0;
    const size_t end = missing ? missing->start[cell + 1] : 0;
    for (size_t i = X->start[cell]; i < X->start[cell + 1]; i++) {
        if (!(X->value[i] >= 0 && isfinite(X->value[i])))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "cell %zu, gene %u: %g; a factorisation takes finite values of 0 or more",
                           cell + 1, X->column[i] + 1, X->value[i]);
        while (at < end && missing->column[at] < X->column[i])
            at++;
        if (at < end && missing->column[at] == X->column[i])
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "cell %zu, gene %u is missing and has a value, %g", cell + 1,
                           X->column[i] + 1, X->value[i]);
        *largest = fmax(*largest, X->value[i]);
    }
    return UNMIX_OK;
}

/* In single, products of some values of X and the factors must neither overflow nor vanish. */
static const double low = 1e-12, high = 1e12;

static unmix_status check_values(unmix_context *cx, const um_nmf_data *data, const um_nmf_options *o, int single)
{
    double largest = 0;
    size_t cell = 0, gene = 0;
    char text[32];
    for (; cell < data->X->rows; cell++)
        UM_TRY(check_cell(cx, data, cell, &largest));
    if (single && largest > 0 && (largest < low || largest > high))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "the largest value is %g: single precision takes %g to %g; scale the data, or use double precision",
                       largest, low, high);
    if (um_loss_is_undefined_at_zero(o) && um_find_zero(data, &cell, &gene))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "cell %zu, gene %zu: 0; the %s loss takes values above 0", cell + 1, gene + 1,
                       um_loss_write(o->loss, o->beta, text, sizeof text));
    return UNMIX_OK;
}

/* The start of one factor, or the programs given. */
static unmix_status check_start(unmix_context *cx, const double *factor, size_t rows, size_t columns, const char *what,
                                int single)
{
    for (size_t i = 0; i < rows * columns; i++)
        if (!(factor[i] >= 0 && isfinite(factor[i])) || (single && factor[i] > high))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "start of %s, row %zu, column %zu: %g; starts are finite, 0 or more, in single precision at most %g",
                           what, i / columns + 1, i % columns + 1, factor[i], high);
    return UNMIX_OK;
}

/* ---- Looks ---- */

static int uses_cell(const run *r, size_t replicate, size_t cell)
{
    return !r->uses || r->uses[replicate * r->data->X->rows + cell];
}

static double sum_of_squares(const run *r, size_t replicate)
{
    const um_sparse *X = r->data->X;
    double sum = 0;
    for (size_t c = 0; c < X->rows; c++)
        for (size_t i = X->start[c]; i < X->start[c + 1] && uses_cell(r, replicate, c); i++)
            sum += X->value[i] * X->value[i];
    return sum;
}

static unmix_status remember(run *r, size_t replicate, double loss)
{
    um_nmf_fit *fit = &r->fits[replicate];
    UM_TRY(UM_GROW(r->cx, &fit->history, &r->course[replicate].capacity, fit->looks + 1, "history"));
    fit->history[fit->looks++] = loss;
    return UNMIX_OK;
}

/* Fails where numbers stopped being numbers: the data are out of the range of the precision, or the device is wrong. */
static unmix_status check_finite(run *r, double value, size_t iteration)
{
    if (isfinite(value))
        return UNMIX_OK;
    if (!r->may_leave_range)
        return um_trust(r->stage.queue, &value, 1, "the factors, or the loss, of a factorisation");
    return UM_FAIL(r->cx, UNMIX_ERROR_INPUT,
                   "the factors left the range of numbers at iteration %zu: scale the data down, or use double precision",
                   iteration);
}

static int seen_lately(const course *c, double violation)
{
    int seen = 0;
    for (size_t i = 0; i < RECENT; i++)
        seen |= c->recent[i] == violation;
    return seen;
}

/*
 * hals: the projected gradient has become small beside that of the first iteration, or repeats itself to the last digit:
 * the factors stand still, or go round, in this precision (one program or an exact fit, whose first gradient was small,
 * too). With a tolerance of 0 all iterations are wanted.
 */
static unmix_status judge_violation(run *r, size_t slot, size_t iteration)
{
    course *c = &r->course[r->active[slot]];
    const double violation = r->cells[slot].violation + r->genes[slot].violation;
    UM_TRY(check_finite(r, violation, iteration));
    if (iteration == 1)
        c->first = violation;
    c->still = seen_lately(c, violation) ? c->still + 1 : 0;
    c->recent[iteration % RECENT] = violation;
    c->done = c->first == 0 || violation / c->first <= r->options->tolerance ||
              (c->still >= STILL && r->options->tolerance > 0);
    return UNMIX_OK;
}

/* mu: since the last look the error, sqrt(2 loss) without penalties, fell by less than a small part of that of the start. */
static void judge_error(run *r, size_t slot)
{
    course *c = &r->course[r->active[slot]];
    const double error = sqrt(2 * fmax(r->loss[slot], 0));
    c->done = r->options->tolerance > 0 && (c->first == 0 || (c->previous - error) / c->first < r->options->tolerance);
    c->previous = error;
}

static unmix_status look(run *r, size_t iteration)
{
    for (size_t slot = 0; slot < r->slots; slot++)
        r->squares[slot] = r->course[r->active[slot]].squares;
    UM_TRY(um_nmf_stage_loss(&r->stage, r->slots, r->squares, r->cells, r->genes, r->loss, r->penalties));
    for (size_t slot = 0; slot < r->slots; slot++) {
        const double loss = r->loss[slot] + r->penalties[slot];
        UM_TRY(check_finite(r, loss, iteration));
        UM_TRY(remember(r, r->active[slot], loss));
    }
    return UNMIX_OK;
}

/* Looks at the loss every tenth iteration, at the violation every time: a read back is all that it takes. */
static unmix_status judge(run *r, size_t iteration)
{
    const int hals = r->options->solver == UM_NMF_HALS, tenth = iteration % LOOK == 0;
    if (hals || tenth)
        UM_TRY(um_nmf_stage_statistics(&r->stage, r->slots, r->cells, r->genes));
    if (tenth)
        UM_TRY(look(r, iteration));
    for (size_t slot = 0; slot < r->slots; slot++) {
        if (hals)
            UM_TRY(judge_violation(r, slot, iteration));
        else if (tenth)
            judge_error(r, slot);
    }
    return UNMIX_OK;
}

/* ---- The course of a group of replicates ---- */

static unmix_status start_replicate(run *r, size_t replicate)
{
    const size_t n = r->data->X->rows;
    const unsigned char *uses = r->uses ? r->uses + replicate * n : NULL;
    course *c = &r->course[replicate];
    c->squares = sum_of_squares(r, replicate);
    if (r->options->solver == UM_NMF_MU) {
        double loss = 0;
        UM_TRY(um_nmf_evaluate(r->cx, r->data, r->options, &r->factors[replicate], uses,
                               &loss));
        c->first = c->previous = sqrt(2 * fmax(loss, 0));
    }
    um_nmf_stage_load(&r->stage, replicate, uses, &r->factors[replicate]);
    r->active[replicate] = (uint32_t)replicate;
    return um_queue_status(r->stage.queue);
}

/* Replicates that are done leave; the others move up. */
static void leave_done(run *r, size_t iteration)
{
    size_t left = 0;
    for (size_t slot = 0; slot < r->slots; slot++) {
        const uint32_t replicate = r->active[slot];
        r->fits[replicate].iterations = iteration;
        r->fits[replicate].converged = r->course[replicate].done;
        if (!r->course[replicate].done)
            r->active[left++] = replicate;
    }
    if (left && left < r->slots) {
        um_nmf_stage_activate(&r->stage, r->active, left);
        um_nmf_stage_begin(&r->stage, left);
    }
    r->slots = left;
}

static unmix_status tell(run *r, size_t iteration)
{
    const double part = (double)iteration / (double)r->options->max_iterations;
    if (r->total == 1)
        return um_progress(r->cx, part, "nmf: iteration %zu", iteration);
    const size_t done = r->done_before + r->count - r->slots;
    return um_progress(r->cx, (double)done / (double)r->total, "nmf: %zu of %zu replicates, iteration %zu", done, r->total,
                       iteration);
}

static unmix_status iterate(run *r)
{
    const size_t most = r->options->max_iterations;
    um_nmf_stage_activate(&r->stage, r->active, r->slots);
    um_nmf_stage_begin(&r->stage, r->slots);
    for (size_t iteration = 1; iteration <= most && r->slots; iteration++) {
        um_nmf_stage_iterate(&r->stage, r->slots);
        UM_TRY(judge(r, iteration));
        UM_TRY(um_queue_status(r->stage.queue));
        UM_TRY(tell(r, iteration));
        leave_done(r, iteration);
    }
    return um_queue_status(r->stage.queue);
}

static unmix_status finish_replicate(run *r, size_t replicate)
{
    const size_t n = r->data->X->rows;
    um_nmf_fit *fit = &r->fits[replicate];
    um_nmf_stage_store(&r->stage, replicate, &r->factors[replicate]);
    UM_TRY(um_queue_status(r->stage.queue));
    UM_TRY(um_nmf_evaluate(r->cx, r->data, r->options, &r->factors[replicate],
                           r->uses ? r->uses + replicate * n : NULL, &fit->loss));
    return check_finite(r, fit->loss, fit->iterations);
}

static unmix_status run_group(run *r)
{
    unmix_status status = UNMIX_OK;
    memset(r->course, 0, r->count * sizeof *r->course);
    for (size_t i = 0; i < r->count && status == UNMIX_OK; i++)
        status = start_replicate(r, i);
    r->slots = r->count;
    if (status == UNMIX_OK)
        status = iterate(r);
    for (size_t i = 0; i < r->count && status == UNMIX_OK; i++)
        status = finish_replicate(r, i);
    return status;
}

static unmix_status run_groups(run *r, size_t room, const unsigned char *uses, um_factors *factors, um_nmf_fit *fits)
{
    for (size_t first = 0; first < r->total; first += room) {
        r->count = r->total - first < room ? r->total - first : room;
        r->done_before = first;
        r->uses = uses ? uses + first * r->data->X->rows : NULL;
        r->factors = factors + first;
        r->fits = fits + first;
        UM_TRY(run_group(r));
    }
    return UNMIX_OK;
}

static unmix_status fit_many(unmix_context *cx, um_queue *queue, const um_nmf_data *data, const um_nmf_options *options,
                             size_t count, const unsigned char *uses, um_factors *factors, um_nmf_fit *fits)
{
    const int single = um_queue_real_size(queue) == sizeof(float);
    UM_TRY(check_values(cx, data, options, single));
    for (size_t i = 0; i < count; i++) {
        UM_TRY(check_start(cx, factors[i].W, data->X->rows, options->components, "W", single));
        UM_TRY(check_start(cx, factors[i].H, options->components, data->X->columns, "H", single));
    }
    int may_leave_range = um_loss_may_leave_range(options);
    for (size_t i = 0; i < count; i++)
        may_leave_range |= um_nmf_may_leave_range(data->X, fmax(options->alpha_W, options->alpha_H), options->components,
                                                  factors[i].W, factors[i].H);
    memset(fits, 0, count * sizeof *fits);
    const size_t room = um_nmf_stage_room(queue, data, options, count);
    run r = {.cx = cx, .data = data, .options = options, .total = count, .may_leave_range = may_leave_range};
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &r.course, room, "replicates"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &r.active, room, "replicates"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &r.cells, room, "replicates"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &r.genes, room, "replicates"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &r.loss, room, "replicates"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &r.penalties, room, "replicates"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &r.squares, room, "replicates"));
    UM_TRY_GOTO(status, done, um_nmf_stage_open(cx, queue, data, options, room, &r.stage));
    status = run_groups(&r, room, uses, factors, fits);
    um_nmf_stage_close(&r.stage);
done:
    for (size_t i = 0; i < count && status != UNMIX_OK; i++)
        um_nmf_fit_clear(&fits[i]);
    free(r.course);
    free(r.active);
    free(r.cells);
    free(r.genes);
    free(r.loss);
    free(r.penalties);
    free(r.squares);
    return status;
}

unmix_status um_nmf_many(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                         const um_nmf_options *options, size_t count, const unsigned char *uses, um_factors *factors,
                         um_nmf_fit *fits)
{
    um_queue *queue = NULL;
    UM_TRY(check(cx, data, options));
    UM_TRY(um_queue_open(cx, device, &queue));
    const unmix_status status = fit_many(cx, queue, data, options, count, uses, factors, fits);
    um_queue_close(queue);
    return status;
}

unmix_status um_nmf(unmix_context *cx, unmix_device *device, const um_nmf_data *data, const um_nmf_options *options,
                    um_factors *factors, um_nmf_fit *fit)
{
    return um_nmf_many(cx, device, data, options, 1, NULL, factors, fit);
}
