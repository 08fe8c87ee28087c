/* Gram matrices of a batch: layout, cuts into chunks, and that they depend on the sample alone. */
#include "deconvolve/solve/gram.h"

#include "unit/deconvolve_run.h"

static unmix_context *cx;

static int begin(void **state)
{
    (void)state;
    cx = um_test_context();
    return 0;
}

static int end(void **state)
{
    (void)state;
    unmix_context_free(cx);
    return 0;
}

/* A staged problem with all its samples in a block. */
typedef struct staged {
    inputs in;
    um_source bulk;
    um_problem problem;
    um_block block;
} staged;

static staged stage(size_t G, size_t C, size_t N)
{
    staged s = {.in = inputs_draw(cx, G, C, N, 1e5, 0.1, G + C)};
    const unmix_deconvolve_options options = inputs_options();
    um_source_of_matrix(&s.bulk, &s.in.counts);
    assert_ok(cx, um_problem_stage(cx, &s.problem, &s.in.signatures, &s.bulk, NULL, &options));
    assert_ok(cx, um_source_read(cx, &s.bulk, 0, N, &s.block));
    return s;
}

static void staged_clear(staged *s)
{
    um_problem_clear(&s->problem);
    um_block_clear(&s->block);
    inputs_clear(&s->in);
}

/* H of the samples column[0..n), rows of the layout x n. h = w k / yhat^2 at E = 1 for all. Released with free(). */
static double *hessians(unmix_device *device, const staged *s, const size_t *column, size_t n, size_t capacity)
{
    um_batch batch = {0};
    um_gram gram;
    um_buffer h = {0};
    um_queue *queue = NULL;
    assert_ok(cx, um_queue_open(cx, device, &queue));
    assert_ok(cx, um_batch_open(cx, &batch, queue, &s->problem, s->problem.D, capacity));
    um_state *E = um_batch_add_state(&batch, batch.M, "exposures");
    um_gram_open(&batch, &gram);
    assert_true(gram.chunks >= 1 && (size_t)gram.chunks * gram.chunk_tiles >= batch.tiles);
    assert_true((size_t)(gram.chunks - 1) * gram.chunk_tiles < batch.tiles); /* none is empty */
    um_buffer_reals(queue, &h, batch.padded_genes * um_batch_width(&batch, capacity), "test");
    um_batch_load(&batch, &s->block, column, n);
    const size_t rows = um_gram_rows(&gram), M = batch.M;
    double *H = calloc((rows + M) * n, sizeof *H);
    assert_non_null(H);
    for (size_t i = 0; i < M * n; i++)
        H[i] = 1.0;
    um_batch_set(&batch, E, H);
    um_batch_pass_curvature(&batch, E, &h);
    um_gram_form(&batch, &gram, &h);
    const um_state view = {gram.H, rows};
    um_batch_get(&batch, &view, H);
    assert_ok(cx, um_queue_finish(queue));
    um_buffer_release(&h);
    um_gram_close(&gram);
    um_batch_clear(&batch);
    um_queue_close(queue);
    return H;
}

static double wanted(const staged *s, size_t n, size_t i, size_t j)
{
    const um_problem *p = &s->problem;
    double sum = 0.0;
    for (size_t at = s->block.start[n]; at < s->block.start[n + 1]; at++) {
        const uint32_t g = p->gene_of_row[s->block.row[at]];
        if (g == UM_NO_GENE)
            continue;
        const double *a = p->A + (size_t)g * p->n_sources;
        double y = 1e-10;
        for (size_t q = 0; q < p->n_sources; q++)
            y += a[q];
        sum += p->w[g] * s->block.value[at] / y / y * a[i] * a[j];
    }
    return sum;
}

static void entries_are_the_sums(void **state)
{
    (void)state;
    static const size_t types[] = {1, 2, 3, 4, 21, 60, 127};
    for (size_t p = 0; p < 2; p++) {
        unmix_device *device = inputs_device(cx, p ? UNMIX_DOUBLE : UNMIX_SINGLE);
        for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
            staged s = stage(900, types[t], 3);
            static const size_t column[] = {0, 1, 2};
            const size_t M = s.problem.n_sources;
            double *H = hessians(device, &s, column, 3, 3);
            /* terms >= 0: yhat (twice M), five products, a tile of 256 and what combines 900 genes */
            const double relative = (2.0 * (double)M + 280.0) * (p ? 0x1p-53 : 0x1p-24);
            for (size_t n = 0; n < 3; n++)
                for (size_t i = 0; i < M; i++)
                    for (size_t j = 0; j <= i; j++) {
                        const double want = wanted(&s, n, i, j);
                        um_assert_close(&H[um_gram_entry(i, j) * 3 + n], &want, 1, relative, 0.0, "H");
                    }
            free(H);
            staged_clear(&s);
        }
        unmix_device_close(device);
    }
}

/* The same bits whoever else is in the batch and however large it may get. */
static void a_sample_does_not_depend_on_the_batch(void **state)
{
    (void)state;
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    staged s = stage(3000, 9, 40);
    size_t column[40];
    for (size_t n = 0; n < 40; n++)
        column[n] = n;
    double *all = hessians(device, &s, column, 40, 40);
    const size_t rows = um_gram_entry(9, 9) + 1;
    for (size_t n = 0; n < 40; n += 13) {
        double *one = hessians(device, &s, &column[n], 1, n ? 1 : 97);
        for (size_t r = 0; r < rows; r++)
            if (memcmp(&one[r], &all[r * 40 + n], sizeof *one) != 0)
                fail_msg("sample %zu, row %zu: %.17g alone, %.17g among others", n, r, one[r], all[r * 40 + n]);
        free(one);
    }
    free(all);
    staged_clear(&s);
    unmix_device_close(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entries_are_the_sums, begin, end),
        cmocka_unit_test_setup_teardown(a_sample_does_not_depend_on_the_batch, begin, end),
    };
    return um_run_group(tests);
}
