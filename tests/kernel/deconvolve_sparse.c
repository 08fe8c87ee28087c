/*
 * The kernels over sparse counts against sums over all genes, zeros too, in double on the host: sizes that leave parts of
 * vectors and of runs of 256 non-zeros, samples with a single count, and batches that shrink.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "deconvolve/solve/gram.h"
#include "device/constants.h"
#include "testing/testing.h"


typedef struct sizes {
    size_t G, M, N;
    double density;
} sizes;

typedef struct setting {
    sizes of;
    um_problem problem;
    um_block block;
    size_t *column;
    double *k;          /* G x N */
    double *E, *d;      /* M x N */
    um_batch batch;
    um_state *state_E, *state_d;
} setting;

static double rounded(double x)
{
    return (double)(float)x;
}

static void make_problem(unmix_context *cx, setting *s, um_random *random)
{
    um_problem *p = &s->problem;
    const size_t G = s->of.G, M = s->of.M;
    p->n_sources = M;
    p->n_types = M > 1 ? M - 1 : M;
    for (size_t g = 0; g < G; g++)
        assert_ok(cx, um_names_add(cx, &p->genes, "g", 1));
    assert_ok(cx, UM_ALLOC(cx, &p->A, G * M, "A"));
    assert_ok(cx, UM_ALLOC(cx, &p->D, M, "D"));
    assert_ok(cx, UM_ALLOC(cx, &p->w, G, "w"));
    assert_ok(cx, UM_ALLOC(cx, &p->gene_of_row, G + 1, "rows"));
    for (size_t g = 0; g < G; g++) {
        p->gene_of_row[g] = (uint32_t)(G - 1 - g); /* the file has another order */
        p->w[g] = g % 3 == 0 ? 0.5 : 1.0;
        for (size_t j = 0; j < M; j++) {
            const double u = um_random_uniform(random);
            p->A[g * M + j] = rounded(u < 0.2 && j + 1 < M ? 0.0 : u * u / (double)G);
            p->D[j] += p->w[g] * p->A[g * M + j];
        }
    }
    p->gene_of_row[G] = 0; /* gene 0 stands in two rows */
}

/* Sample 0 has one count; the last sample is dense. */
static void make_counts(unmix_context *cx, setting *s, um_random *random)
{
    const size_t G = s->of.G, N = s->of.N;
    assert_ok(cx, UM_ALLOC(cx, &s->k, G * N, "k"));
    assert_ok(cx, UM_ALLOC(cx, &s->column, N, "columns"));
    assert_ok(cx, um_block_begin(cx, &s->block, N));
    size_t used = 0;
    for (size_t n = 0; n < N; n++) {
        s->column[n] = n;
        assert_ok(cx, um_block_reserve(cx, &s->block, used, G + 1));
        for (size_t row = 0; row <= G; row++) {
            const double density = n + 1 == N && N > 2 ? 1.0 : s->of.density;
            const int present = n == 0 ? row == G / 2 : um_random_uniform(random) < density;
            if (!present)
                continue;
            const double value = row % 5 == 4 ? 0.0 : 1.0 + floor(um_random_uniform(random) * 4.0); /* stored zeros too */
            s->block.row[used] = (uint32_t)row;
            s->block.value[used++] = n == 0 ? 3.0 : value;
            s->k[s->problem.gene_of_row[row] * N + n] += n == 0 ? 3.0 : value;
        }
        s->block.start[n + 1] = used;
    }
}

static void open_setting(unmix_context *cx, um_queue *queue, setting *s, sizes of)
{
    um_random random;
    um_random_start(&random, of.G + 131 * of.M, "test", "sparse");
    *s = (setting){.of = of};
    make_problem(cx, s, &random);
    make_counts(cx, s, &random);
    assert_ok(cx, UM_ALLOC(cx, &s->E, of.M * of.N, "E"));
    assert_ok(cx, UM_ALLOC(cx, &s->d, of.M * of.N, "d"));
    for (size_t i = 0; i < of.M * of.N; i++) {
        s->E[i] = rounded(500.0 * (0.5 + um_random_uniform(&random)));
        s->d[i] = rounded(-0.9 * s->E[i] + 900.0 * um_random_uniform(&random));
    }
    assert_ok(cx, um_batch_open_sparse(cx, &s->batch, queue, &s->problem, s->problem.D, of.N));
    s->state_E = um_batch_add_state(&s->batch, of.M, "E");
    s->state_d = um_batch_add_state(&s->batch, of.M, "d");
    um_batch_load(&s->batch, &s->block, s->column, of.N);
    um_batch_set(&s->batch, s->state_E, s->E);
    um_batch_set(&s->batch, s->state_d, s->d);
    assert_ok(cx, um_queue_status(queue));
}

static void close_setting(setting *s)
{
    um_batch_clear(&s->batch);
    um_problem_clear(&s->problem);
    um_block_clear(&s->block);
    free(s->column);
    free(s->k);
    free(s->E);
    free(s->d);
}

/* What the kernels should give for sample n. */
typedef struct answer {
    double fold[128], H[128][128], loss, scale, line[UM_STEPS], line_scale;
} answer;

static void answer_for(const setting *s, size_t n, answer *a)
{
    const size_t M = s->of.M, N = s->of.N;
    memset(a, 0, sizeof *a);
    for (size_t g = 0; g < s->of.G; g++) {
        const double *row = s->problem.A + g * M, k = s->k[g * N + n], w = s->problem.w[g];
        double y = 0.0, dy = 0.0;
        for (size_t j = 0; j < M; j++)
            y += row[j] * s->E[j * N + n], dy += row[j] * s->d[j * N + n];
        for (size_t j = 0; j < M; j++)
            a->fold[j] += w * k / (y + 1e-10) * row[j];
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < M; j++)
                a->H[i][j] += w * k / ((y + 1e-10) * (y + 1e-10)) * row[i] * row[j];
        a->loss += w * (k > 0.0 ? k * log(k / (y + 1e-10)) - k + y : y);
        a->scale += w * (k + y);
        for (int i = 0; i < UM_STEPS; i++) {
            const double change = um_step_length[i] * dy / (y + 1e-10);
            a->line[i] -= k > 0.0 ? w * k * log1p(change < -0.999 ? -1.0 : change) : 0.0;
        }
        a->line_scale += k > 0.0 ? w * k * (fabs(dy / y) / (1.0 + fmin(dy / y, 0.0)) + 1.0) : 0.0;
    }
}

/* Runs of 256, each term the result of about M + 8 operations. */
static double bound_of(const um_queue *queue, const setting *s)
{
    const double eps = um_queue_real_size(queue) == sizeof(float) ? 1.2e-7 : 2.3e-16;
    return (256.0 + (double)s->of.M + 8.0) * 0.5 * eps;
}

/* Compares everything for the samples that are in the batch. */
static void check_all(unmix_context *cx, um_queue *queue, setting *s)
{
    um_batch *batch = &s->batch;
    um_gram gram = {0};
    um_buffer h = {0}, trial = {0};
    const size_t M = s->of.M, width = um_batch_width(batch, batch->count);
    double *fold = NULL, *loss = NULL, *line = NULL, *H = NULL;
    um_gram_open(batch, &gram);
    um_buffer_reals(queue, &trial, UM_STEPS * width, "trial");
    assert_ok(cx, UM_ALLOC(cx, &fold, M * width, "fold"));
    assert_ok(cx, UM_ALLOC(cx, &loss, width, "loss"));
    assert_ok(cx, UM_ALLOC(cx, &line, UM_STEPS * width, "line"));
    assert_ok(cx, UM_ALLOC(cx, &H, um_gram_rows(&gram) * width, "H"));
    answer *a = malloc(sizeof *a);
    assert_non_null(a);
    const double bound = bound_of(queue, s);
    for (int with_loss = 0; with_loss < 3; with_loss++) {
        if (with_loss == 0)
            um_batch_pass(batch, s->state_E);
        else if (with_loss == 1)
            um_batch_pass_loss(batch, s->state_E);
        else
            um_batch_pass_curvature(batch, s->state_E, &h);
        um_read_reals(queue, &batch->fold, 0, fold, M * width);
        assert_ok(cx, um_queue_status(queue));
        for (size_t i = 0; i < batch->count; i++) {
            answer_for(s, batch->column[i], a);
            for (size_t j = 0; j < M; j++)
                um_assert_close(&fold[j * width + i], &a->fold[j], 1, bound, 0.0, "fold");
        }
    }
    um_batch_read_loss(batch, loss);
    um_gram_form(batch, &gram, &h);
    um_batch_line_search(batch, s->state_E, &s->state_d->buffer, &trial);
    um_read_reals(queue, &gram.H, 0, H, um_gram_rows(&gram) * width);
    um_read_reals(queue, &trial, 0, line, UM_STEPS * width);
    assert_ok(cx, um_queue_finish(queue));
    for (size_t n = 0; n < batch->count; n++) {
        answer_for(s, batch->column[n], a);
        um_assert_close(&loss[n], &a->loss, 1, 0.0, bound * a->scale, "loss");
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j <= i; j++)
                um_assert_close(&H[um_gram_entry(i, j) * width + n], &a->H[i][j], 1, bound, 1e-30, "Hessian");
        for (size_t i = 0; i < UM_STEPS; i++)
            um_assert_close(&line[i * width + n], &a->line[i], 1, 0.0, 2.0 * bound * a->line_scale, "line search");
    }
    um_gram_close(&gram);
    um_buffer_release(&h);
    um_buffer_release(&trial);
    free(fold);
    free(loss);
    free(line);
    free(H);
    free(a);
}

static void check_sizes(unmix_precision precision, const char *tuning, sizes of)
{
    unmix_context *cx = um_test_context();
    unmix_device *device = NULL;
    assert_ok(cx, unmix_device_open(cx, "auto", precision, &device));
    assert_ok(cx, unmix_device_tune(cx, device, tuning));
    um_queue *queue = NULL;
    assert_ok(cx, um_queue_open(cx, device, &queue));
    setting s;
    open_setting(cx, queue, &s, of);
    check_all(cx, queue, &s);
    if (of.N > 2) { /* every other sample leaves, the one with a single count and the dense one among them or not */
        unsigned char *keep = calloc(of.N, 1);
        assert_non_null(keep);
        for (size_t n = 0; n < of.N; n += 2)
            keep[n] = 1;
        um_batch_keep(&s.batch, keep);
        assert_int_equal(s.batch.count, (of.N + 1) / 2);
        assert_int_equal(s.batch.column[1], 2);
        check_all(cx, queue, &s);
        free(keep);
    }
    close_setting(&s);
    um_queue_close(queue);
    unmix_device_close(device);
}

static const sizes all_sizes[] = {
    {1, 1, 1, 1.0},      {2, 1, 2, 0.5},     {17, 2, 3, 0.3},     {300, 2, 33, 0.1},   {1029, 30, 65, 0.05},
    {700, 31, 5, 0.9},   {257, 61, 7, 1.0},  {515, 128, 18, 0.5}, {5000, 13, 40, 0.02}, {999, 4, 16, 0.3},
    {800, 16, 1, 0.4},   {100, 17, 2, 0.3},  {400, 25, 9, 0.2}};

static void in_single(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all_sizes / sizeof all_sizes[0]; i++)
        check_sizes(UNMIX_SINGLE, "", all_sizes[i]);
}

static void in_double(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all_sizes / sizeof all_sizes[0]; i++)
        check_sizes(UNMIX_DOUBLE, "", all_sizes[i]);
}

/* The widths of other devices, and the groups and constants of a GPU. */
static void other_tunings(void **state)
{
    (void)state;
    static const char *const tunings[] = {"vector=8 genes=4", "vector=4 genes=4", "vector=2", "vector=1",
                                          "vector=1 vectors=1 tile=64 group=64 stage=1 fixed-sources=1"};
    for (size_t t = 0; t < sizeof tunings / sizeof tunings[0]; t++) {
        check_sizes(UNMIX_SINGLE, tunings[t], (sizes){300, 3, 33, 0.2});
        check_sizes(UNMIX_SINGLE, tunings[t], (sizes){600, 31, 70, 0.3});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_single),
        cmocka_unit_test(in_double),
        cmocka_unit_test(other_tunings),
    };
    return um_run_group(tests);
}
