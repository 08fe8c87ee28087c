/* Profiles of a reference and the deviations that a problem makes of them: parts of cells, names, scales, refusals. */
#include "deconvolve/problem/deviations.h"

#include "deconvolve/reference/profiles.h"
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

/* ---- Parts of cells ---- */

enum { CELLS = 47 };

static void deal(size_t first, um_cell_parts *parts)
{
    um_names cells = {0};
    size_t type[CELLS];
    for (size_t i = 0; i < CELLS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "cell%zu", (i + first) % CELLS);
        assert_ok(cx, um_names_add(cx, &cells, name, strlen(name)));
        const size_t id = (i + first) % CELLS; /* 4 of type 0, 1 of type 1, 40 of type 2, 2 of none */
        type[i] = id < 4 ? 0 : id < 5 ? 1 : id < 45 ? 2 : UM_NO_PART;
    }
    assert_ok(cx, um_cell_parts_deal(cx, &cells, type, 3, 10, parts));
    um_names_clear(&cells);
}

static void parts_are_even_and_do_not_depend_on_the_order(void **state)
{
    (void)state;
    um_cell_parts one = {0}, other = {0};
    deal(0, &one);
    deal(19, &other);
    const size_t first[] = {0, 4, 4, 14}; /* 4 parts of 4 cells, none of 1 cell, 10 of 40 cells */
    assert_memory_equal(one.first, first, sizeof first);
    assert_int_equal(one.n, 14);
    size_t members[14] = {0};
    for (size_t i = 0; i < CELLS; i++) {
        assert_int_equal(one.of_cell[(i + 19) % CELLS], other.of_cell[i]);
        if (one.of_cell[i] != UM_NO_PART)
            members[one.of_cell[i]]++;
    }
    for (size_t p = 0; p < 14; p++)
        assert_int_equal(members[p], p < 4 ? 1 : 4);
    assert_true(one.of_cell[4] == UM_NO_PART && one.of_cell[45] == UM_NO_PART);
    um_cell_parts_clear(&one);
    um_cell_parts_clear(&other);
}

/* ---- Names of columns ---- */

static void columns_say_what_they_are(void **state)
{
    (void)state;
    um_names types = {0};
    inputs_names(cx, &types, "T|donor:", 2); /* the worst names there could be */
    assert_ok(cx, um_names_add(cx, &types, "B", 1));
    size_t type = 9;
    assert_int_equal(um_profile_read("B|donor:x", &types, &type), UM_PROFILE_DONOR);
    assert_int_equal(type, 2);
    assert_int_equal(um_profile_read("B|cells:3", &types, &type), UM_PROFILE_CELLS);
    assert_int_equal(um_profile_read("T|donor:0002|donor:B|cells:1", &types, &type), UM_PROFILE_DONOR);
    assert_int_equal(type, 1);
    assert_int_equal(um_profile_read("T|donor:0001|cells:1", &types, &type), UM_PROFILE_CELLS);
    assert_int_equal(type, 0);
    const char *const none[] = {"B", "B|donor", "C|donor:x", "|donor:B", ""};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(um_profile_read(none[i], &types, &type), UM_PROFILE_NONE);
    um_names_clear(&types);
}

/* ---- Deviations ---- */

enum { G = 60, C = 3, K = 8 };

/* Three donors of the first type, five parts of the cells of the second, one donor of the third. */
static const char *const columns[K + 1] = {"type0001|donor:x", "type0001|donor:y", "type0001|donor:z",
                                           "type0002|cells:1", "type0002|cells:2", "type0002|cells:3",
                                           "type0002|cells:4", "type0002|cells:5", "type0003|donor:x"};

static um_matrix draw_profiles(void)
{
    um_matrix m = {0};
    um_random r;
    um_random_start(&r, 1, "test", "profiles");
    inputs_names(cx, &m.rows, "g", G);
    for (size_t k = 0; k <= K; k++)
        assert_ok(cx, um_names_add(cx, &m.columns, columns[k], strlen(columns[k])));
    assert_ok(cx, um_matrix_set_origin(cx, &m, "profiles.tsv"));
    assert_ok(cx, um_matrix_allocate(cx, &m));
    for (size_t i = 0; i < G * (K + 1); i++)
        m.values[i] = um_random_poisson(&r, 50.0);
    return m;
}

static void stage(const inputs *in, um_problem *problem)
{
    const unmix_deconvolve_options options = inputs_options();
    um_source bulk;
    um_source_of_matrix(&bulk, &in->counts);
    assert_ok(cx, um_problem_stage(cx, problem, &in->signatures, &bulk, NULL, &options));
}

/*
 * The sum of squares over the profiles of a type is the variance of a draw: (1 + 1/n) times that between donors, and 1/n
 * times that between parts.
 */
static void deviations_have_the_variance_of_the_profiles(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, G, C, 2, 1e4, 0.0, 3);
    um_matrix profiles = draw_profiles();
    um_problem problem = {0};
    um_deviation_origin origin[C] = {{0, 0}};
    double total[K + 1] = {0};
    stage(&in, &problem);
    assert_ok(cx, um_problem_take_profiles(cx, &problem, &in.signatures, &profiles, origin));
    assert_int_equal(problem.n_profiles, K);
    const um_deviation_origin want[C] = {{3, 0}, {0, 5}, {0, 0}};
    assert_memory_equal(origin, want, sizeof want);
    for (size_t g = 0; g < G; g++)
        for (size_t k = 0; k <= K; k++)
            total[k] += um_row(&profiles, g)[k];
    for (size_t g = 0; g < G; g++) {
        const struct {
            size_t first, n;
            double times;
        } type[] = {{0, 3, 1.0 + 1.0 / 3.0}, {3, 5, 1.0 / 5.0}};
        for (size_t t = 0; t < 2; t++) {
            double mean = 0.0, square = 0.0, found = 0.0;
            for (size_t k = type[t].first; k < type[t].first + type[t].n; k++)
                mean += um_row(&profiles, g)[k] / total[k] / (double)type[t].n;
            for (size_t k = type[t].first; k < type[t].first + type[t].n; k++) {
                square += pow(um_row(&profiles, g)[k] / total[k] - mean, 2) / (double)(type[t].n - 1);
                found += pow((double)problem.deviation[g * K + k], 2);
            }
            const double expected = type[t].times * square;
            um_assert_close(&found, &expected, 1, 1e-6, 1e-16, "variance"); /* kept in float */
        }
    }
    um_problem_clear(&problem);
    um_matrix_clear(&profiles);
    inputs_clear(&in);
}

/* A draw is linear in z, of each type by its own profiles alone, and has nothing for the background. */
static void draws_go_by_type(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, G, C, 2, 1e4, 0.0, 3);
    um_matrix profiles = draw_profiles();
    um_problem problem = {0};
    um_deviation_origin origin[C] = {{0, 0}};
    double z[K] = {0.5, -1.0, 2.0}, dA[G * (C + 1)], sum[C + 1] = {0};
    stage(&in, &problem);
    assert_ok(cx, um_problem_take_profiles(cx, &problem, &in.signatures, &profiles, origin));
    um_deviations_draw(&problem, z, dA);
    for (size_t g = 0; g < G; g++) {
        const float *d = problem.deviation + g * K;
        const double want = 0.5 * (double)d[0] - (double)d[1] + 2.0 * (double)d[2];
        um_assert_close(&dA[g * (C + 1)], &want, 1, 1e-12, 1e-18, "draw");
        for (size_t j = 0; j <= C; j++) {
            assert_true(j == 0 || dA[g * (C + 1) + j] == 0.0);
            sum[j] += dA[g * (C + 1) + j];
        }
    }
    assert_true(fabs(sum[0]) < 1e-6); /* signatures keep their sum */
    um_problem_clear(&problem);
    um_matrix_clear(&profiles);
    inputs_clear(&in);
}

static void refusals(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "profiles.tsv: column 'other|donor:x' is no profile of one of the types",
        "profiles.tsv: row 5, column 'type0001|donor:y': -1; profiles are sums of counts",
        "profiles.tsv and signatures have no gene in common",
    };
    for (size_t i = 0; i < 3; i++) {
        inputs in = inputs_draw(cx, G, C, 2, 1e4, 0.0, 3);
        um_matrix profiles = draw_profiles();
        um_problem problem = {0};
        um_deviation_origin origin[C] = {{0, 0}};
        stage(&in, &problem);
        if (i == 0)
            assert_ok(cx, um_names_add(cx, &profiles.columns, "other|donor:x", 13));
        if (i == 1)
            um_row(&profiles, 4)[1] = -1.0;
        if (i == 2) {
            um_names_clear(&profiles.rows);
            inputs_names(cx, &profiles.rows, "h", G);
        }
        assert_refused(cx, um_problem_take_profiles(cx, &problem, &in.signatures, &profiles, origin), UNMIX_ERROR_INPUT, texts[i]);
        um_problem_clear(&problem);
        um_matrix_clear(&profiles);
        inputs_clear(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_even_and_do_not_depend_on_the_order),
        cmocka_unit_test(columns_say_what_they_are),
        cmocka_unit_test(deviations_have_the_variance_of_the_profiles),
        cmocka_unit_test(draws_go_by_type),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, begin, end) != 0 ? 1 : 0;
}
