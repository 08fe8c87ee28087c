/* Staging: five genes by hand, and every refusal. */
#include "deconvolve/problem/problem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "testing/testing.h"

static unmix_context *cx;

static void add_words(um_names *names, const char *words)
{
    while (*words) {
        const size_t length = strcspn(words, " ");
        assert_ok(cx, um_names_add(cx, names, words, length));
        words += length + strspn(words + length, " ");
    }
}

static um_matrix matrix(const char *origin, const char *rows, const char *columns, const double *values)
{
    um_matrix m = {.first_line = 2};
    add_words(&m.rows, rows);
    add_words(&m.columns, columns);
    assert_ok(cx, um_matrix_set_origin(cx, &m, origin));
    assert_ok(cx, um_matrix_allocate(cx, &m));
    memcpy(m.values, values, m.rows.count * m.columns.count * sizeof *values);
    return m;
}

/* Everything that a test may change before staging. */
typedef struct inputs {
    um_matrix signatures, bulk;
    um_names info;
    double length[16], weight[16];
    int with_info;
    unmix_deconvolve_options options;
    um_problem problem;
} inputs;

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

/*
 * Genes in common: a b c d e. "x" is only in the signatures, "y" only in the bulk, "z" only in the gene information.
 * Column sums over the genes in common: t1 10, t2 20.
 */
static inputs five_genes(void)
{
    inputs in = {
        .signatures = matrix("sig.tsv", "c x a e b d", "t1 t2", (double[]){2, 8, 100, 1, 5, 0, 0, 4, 3, 6, 0, 2}),
        .bulk = matrix("bulk.tsv", "y e d c b a", "s1 s2", (double[]){9, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}),
        .with_info = 1,
        .options = {.intercept = 1, .insert_size = 500.0},
    };
    add_words(&in.info, "a z b c d e");
    const double length[] = {1000, 77, 500, 250, 2000, 1500}, weight[] = {1, 1, 0.5, 1, 0, 1};
    memcpy(in.length, length, sizeof length);
    memcpy(in.weight, weight, sizeof weight);
    return in;
}

static unmix_status stage(inputs *in)
{
    um_source bulk;
    um_source_of_matrix(&bulk, &in->bulk);
    const um_gene_table table = {"genes.tsv", &in->info, NULL, in->length, in->weight, 2};
    return um_problem_stage(cx, &in->problem, &in->signatures, &bulk, in->with_info ? &table : NULL, &in->options);
}

static void clear(inputs *in)
{
    um_problem_clear(&in->problem);
    um_matrix_clear(&in->signatures);
    um_matrix_clear(&in->bulk);
    um_names_clear(&in->info);
}

static void assert_refuses(inputs *in, const char *part)
{
    assert_refused(cx, stage(in), UNMIX_ERROR_INPUT, part);
    clear(in);
}

static void assert_numbers(const double *got, const double *want, size_t n, const char *what)
{
    um_assert_close(got, want, n, 4 * 1.2e-16, 0.0, what); /* a quotient, a product and short sums */
}

static void assert_genes(const um_problem *p, const char *words)
{
    um_names want = {0};
    add_words(&want, words);
    assert_int_equal(p->genes.count, want.count);
    for (size_t g = 0; g < want.count; g++)
        assert_string_equal(um_name(&p->genes, g), um_name(&want, g));
    um_names_clear(&want);
}

/* d has weight 0: it counts for the scaling and for 1/G, and for nothing else. */
static void five_genes_by_hand(void **state)
{
    (void)state;
    inputs in = five_genes();
    assert_ok(cx, stage(&in));
    const um_problem *p = &in.problem;
    assert_genes(p, "a b c e");
    assert_int_equal(p->n_common, 5);
    assert_int_equal(p->n_types, 2);
    assert_int_equal(p->n_sources, 3);
    assert_int_equal(p->n_silent, 0);
    const double c[] = {2, 1, 0.5, 3}, w[] = {1, 0.5, 1, 1}, length[] = {1000, 500, 250, 1500};
    const double rows[4][3] = {{0.5, 0, 0.2}, {0.3, 0.3, 0.2}, {0.2, 0.4, 0.2}, {0, 0.2, 0.2}};
    double A[12], D[3] = {0}, null[4];
    for (size_t g = 0; g < 4; g++)
        for (size_t j = 0; j < 3; j++) {
            A[3 * g + j] = c[g] * rows[g][j];
            D[j] += w[g] * A[3 * g + j];
        }
    for (size_t g = 0; g < 4; g++)
        null[g] = A[3 * g + 2] / D[2];
    assert_numbers(p->A, A, 12, "A");
    assert_numbers(p->D, D, 3, "D");
    assert_numbers(p->D, (double[]){1.25, 0.95, 1.2}, 3, "D by hand");
    assert_numbers(p->w, w, 4, "w");
    assert_numbers(p->length, length, 4, "length");
    assert_numbers(p->null, null, 4, "null");
    assert_numbers(p->sum, (double[]){10, 20}, 2, "sum");
    const uint32_t rows_of_bulk[] = {UM_NO_GENE, 3, UM_NO_GENE, 2, 1, 0};
    for (size_t r = 0; r < 6; r++) {
        assert_int_equal(p->gene_of_row[r], rows_of_bulk[r]);
        assert_int_equal(p->silent_row[r], 0);
    }
    assert_non_null(strstr(um_test_log(), "5 genes in common"));
    clear(&in);
}

/* Both columns sum to 1024 over the genes in common. b is alike in both types and leaves, a and e are of one type. */
static void specificity_multiplies_the_weights(void **state)
{
    (void)state;
    inputs in = five_genes();
    in.options.gene_weighting = UNMIX_GENE_WEIGHTING_SPECIFICITY;
    um_matrix_clear(&in.signatures);
    in.signatures = matrix("sig.tsv", "a b c d e", "t1 t2", (double[]){512, 0, 256, 256, 255, 256, 1, 1, 0, 511});
    in.weight[4] = 1.0; /* of d */
    in.weight[5] = 0.5; /* of e */
    in.options.intercept = 0; /* two genes for two types */
    assert_ok(cx, stage(&in));
    assert_genes(&in.problem, "a e");
    assert_numbers(in.problem.w, (double[]){0.1, 0.05}, 2, "w");
    clear(&in);
    in = five_genes();
    in.options.gene_weighting = UNMIX_GENE_WEIGHTING_SPECIFICITY;
    um_matrix_clear(&in.signatures);
    in.signatures = matrix("sig.tsv", "a b", "t1", (double[]){1, 2});
    assert_refuses(&in, "sig.tsv: weights by specificity tell types apart, and there is only one ('t1')");
}

static void without_gene_information_lengths_and_weights_are_one(void **state)
{
    (void)state;
    inputs in = five_genes();
    in.with_info = 0;
    assert_ok(cx, stage(&in));
    assert_genes(&in.problem, "a b c d e");
    assert_numbers(in.problem.D, (double[]){1, 1, 1}, 3, "D");
    assert_numbers(in.problem.w, (double[]){1, 1, 1, 1, 1}, 5, "w");
    assert_numbers(in.problem.null, (double[]){0.2, 0.2, 0.2, 0.2, 0.2}, 5, "null");
    assert_non_null(strstr(um_test_log(), "no gene information"));
    clear(&in);
}

static void lengths_do_not_apply_to_reads_nor_to_the_counting_m_step(void **state)
{
    (void)state;
    for (int by_units = 0; by_units < 2; by_units++) {
        inputs in = five_genes();
        if (by_units)
            in.options.units = UNMIX_UNITS_READS;
        else
            in.options.m_step = UNMIX_M_STEP_COUNTS;
        assert_ok(cx, stage(&in));
        assert_numbers(in.problem.A, (double[]){0.5, 0, 0.2, 0.3, 0.3, 0.2, 0.2, 0.4, 0.2, 0, 0.2, 0.2}, 12, "A");
        assert_non_null(strstr(um_test_log(), "lengths are ignored"));
        clear(&in);
    }
}

/* Without an intercept a gene that no type expresses leaves, is counted, and its bulk row is marked. */
static void silent_genes_leave_without_an_intercept(void **state)
{
    (void)state;
    inputs in = five_genes();
    in.options.intercept = 0;
    in.signatures.values[2 * 0 + 0] = in.signatures.values[2 * 0 + 1] = 0.0; /* c */
    assert_ok(cx, stage(&in));
    const um_problem *p = &in.problem;
    assert_genes(p, "a b e");
    assert_int_equal(p->n_sources, 2);
    assert_int_equal(p->n_silent, 1);
    assert_int_equal(p->gene_of_row[3], UM_NO_GENE);
    for (size_t r = 0; r < 6; r++)
        assert_int_equal(p->silent_row[r], r == 3);
    /* A: a (2 x 5/8, 0), b (3/8, 6/12), e (0, 3 x 4/12); the null model is all sources alike */
    assert_numbers(p->A, (double[]){1.25, 0, 0.375, 0.5, 0, 1}, 6, "A");
    assert_numbers(p->D, (double[]){1.4375, 1.25}, 2, "D");
    assert_numbers(p->null, (double[]){1.25 / 2.6875, 0.875 / 2.6875, 1 / 2.6875}, 3, "null");
    clear(&in);
}

static void repeated_genes_are_refused_or_added_up(void **state)
{
    (void)state;
    inputs in = five_genes();
    um_names_clear(&in.signatures.rows);
    add_words(&in.signatures.rows, "c x a e b a");
    assert_refuses(&in, "sig.tsv: gene 'a' stands in line 4 and again in line 7");
    in = five_genes();
    um_names_clear(&in.bulk.rows);
    add_words(&in.bulk.rows, "y e d c b y"); /* not even in common: the file is not what it seems */
    assert_refuses(&in, "bulk.tsv: gene 'y' stands in line 2 and again in line 7");

    in = five_genes();
    in.options.duplicates = UNMIX_DUPLICATES_SUM;
    um_names_clear(&in.signatures.rows);
    add_words(&in.signatures.rows, "c x a e b a"); /* the row of d adds to a: (5, 0) + (0, 2) */
    um_names_clear(&in.bulk.rows);
    add_words(&in.bulk.rows, "a e d c b a");
    assert_ok(cx, stage(&in));
    assert_genes(&in.problem, "a b c e");
    assert_numbers(in.problem.sum, (double[]){10, 20}, 2, "sum");
    assert_numbers(in.problem.A, (double[]){1, 0.2, 0.5}, 3, "A of gene a: 2 x (5/10, 2/20, 1/4)");
    assert_int_equal(in.problem.gene_of_row[0], 0);
    assert_int_equal(in.problem.gene_of_row[5], 0);
    clear(&in);
}

static void repeated_gene_information_is_refused_where_it_matters(void **state)
{
    (void)state;
    inputs in = five_genes();
    um_names_clear(&in.info);
    add_words(&in.info, "z z b c d e"); /* nobody needs z */
    assert_ok(cx, stage(&in));
    assert_int_equal(in.problem.n_common, 4);
    clear(&in);
    in = five_genes();
    in.options.duplicates = UNMIX_DUPLICATES_SUM; /* lengths do not add up */
    um_names_clear(&in.info);
    add_words(&in.info, "a z b c d a");
    assert_refuses(&in, "genes.tsv: gene 'a' stands in line 2 and again in line 7");
}

static void lengths_and_weights_have_ranges(void **state)
{
    (void)state;
    const double bad_lengths[] = {0.0, -1.0, NAN, INFINITY}, bad_weights[] = {-0.1, 1.5, NAN};
    for (size_t i = 0; i < 4; i++) {
        inputs in = five_genes();
        in.length[3] = bad_lengths[i];
        assert_refuses(&in, "genes.tsv: line 5, column 'length': gene 'c'");
    }
    for (size_t i = 0; i < 3; i++) {
        inputs in = five_genes();
        in.weight[3] = bad_weights[i];
        assert_refuses(&in, "genes.tsv: line 5, column 'weight': gene 'c'");
    }
    inputs in = five_genes();
    in.length[1] = in.weight[1] = NAN; /* z is not in common */
    assert_ok(cx, stage(&in));
    clear(&in);
}

static void a_signature_column_of_zeros_is_refused(void **state)
{
    (void)state;
    inputs in = five_genes();
    for (size_t r = 0; r < 6; r++)
        if (r != 1) /* x, which is not in common, keeps its 1 */
            in.signatures.values[2 * r + 1] = 0.0;
    assert_refuses(&in, "sig.tsv: signature column 't2' is all zero");
    in = five_genes();
    for (size_t r = 0; r < 6; r++)
        in.signatures.values[2 * r + 1] = r == 5 ? 1.0 : 0.0; /* only d, whose weight is 0 */
    assert_refuses(&in, "signature column 't2' is all zero over the genes in common with weight > 0");
}

static void too_few_genes_are_refused(void **state)
{
    (void)state;
    inputs in = five_genes();
    in.weight[0] = in.weight[5] = 0.0; /* b and c are left for three sources */
    assert_refuses(&in, "sig.tsv and bulk.tsv have 5 genes in common, 2 of them usable, fewer than the 3 sources");
    in = five_genes();
    in.weight[0] = in.weight[5] = 0.0;
    in.options.intercept = 0; /* enough for two */
    assert_ok(cx, stage(&in));
    clear(&in);
}

static void nothing_in_common_shows_names_of_every_side(void **state)
{
    (void)state;
    inputs in = five_genes();
    um_names_clear(&in.bulk.rows);
    add_words(&in.bulk.rows, "ENSG1 ENSG2 ENSG3 ENSG4 ENSG5 ENSG6");
    in.with_info = 0;
    assert_refused(cx, stage(&in), UNMIX_ERROR_INPUT, "no gene in common");
    um_problem_clear(&in.problem);
    assert_refused(cx, stage(&in), UNMIX_ERROR_INPUT, "'ENSG1'");
    um_problem_clear(&in.problem);
    in.with_info = 1;
    assert_refused(cx, stage(&in), UNMIX_ERROR_INPUT, "gene information genes.tsv such as 'a'");
    clear(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(five_genes_by_hand, begin, end),
        cmocka_unit_test_setup_teardown(specificity_multiplies_the_weights, begin, end),
        cmocka_unit_test_setup_teardown(without_gene_information_lengths_and_weights_are_one, begin, end),
        cmocka_unit_test_setup_teardown(lengths_do_not_apply_to_reads_nor_to_the_counting_m_step, begin, end),
        cmocka_unit_test_setup_teardown(silent_genes_leave_without_an_intercept, begin, end),
        cmocka_unit_test_setup_teardown(repeated_genes_are_refused_or_added_up, begin, end),
        cmocka_unit_test_setup_teardown(repeated_gene_information_is_refused_where_it_matters, begin, end),
        cmocka_unit_test_setup_teardown(lengths_and_weights_have_ranges, begin, end),
        cmocka_unit_test_setup_teardown(a_signature_column_of_zeros_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(too_few_genes_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(nothing_in_common_shows_names_of_every_side, begin, end),
    };
    return um_run_group(tests);
}
