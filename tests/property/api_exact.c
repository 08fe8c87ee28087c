/*
 * The exact solver through the public API: it always arrives, and its certificate holds. Nothing here knows how it works.
 */
#include "property/exact.h"

/* Fits in both precisions and judges; the result in double is returned (in single where there is no fp64). */
static unmix_result *fit_both(const cohort *c, const unmix_deconvolve_options *options, const char *what)
{
    unmix_result *result = NULL;
    for (size_t p = 0; p < 2; p++) {
        unmix_device *device = NULL;
        const unmix_status status = unmix_device_open(cx, "auto", precisions[p], &device);
        if (p && status != UNMIX_OK) {
            unmix_error_clear(cx);
            break;
        }
        unmix_result_free(result);
        result = cohort_deconvolve(cx, device, c, options);
        assert_arrived(c, result, precisions[p], options->intercept, what);
        unmix_device_close(device);
    }
    return result;
}

enum { FUZZ_PROBLEMS = 300 };

static void random_problems_always_arrive(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        unmix_device *device = cohort_device(cx, precisions[p]);
        unmix_deconvolve_options options = exact_options();
        double most = 0.0, all = 0.0;
        for (uint64_t seed = 0; seed < FUZZ_PROBLEMS; seed++) {
            cohort c = draw_fuzz(seed, &options.intercept);
            unmix_result *result = cohort_deconvolve(cx, device, &c, &options);
            char what[40];
            (void)snprintf(what, sizeof what, "fuzz %u", (unsigned)seed);
            assert_arrived(&c, result, precisions[p], options.intercept, what);
            for (size_t n = 0; n < c.N; n++) {
                most = fmax(most, cohort_metric(result, n, "iterations"));
                all += cohort_metric(result, n, "iterations");
            }
            unmix_result_free(result);
            clear(&c);
        }
        print_message("%s: %g steps in the mean, %g at most\n", p ? "double" : "single", all / (5.0 * FUZZ_PROBLEMS), most);
        unmix_device_close(device);
    }
}

/* --- against em ------------------------------------------------------------------------------------------------------ */

/* Weights of a half, samples of a few hundred to millions of reads, several of the types absent. */
static void no_sample_is_above_em_after_5000_iterations(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 7, 40, 21);
    for (size_t p = 0; p < 2; p++) {
        unmix_device *device = cohort_device(cx, precisions[p]);
        for (int intercept = 0; intercept < 2; intercept++) {
            unmix_deconvolve_options options = exact_options(), em = cohort_options(UNMIX_METHOD_EM, cohort_never, 5000);
            options.intercept = em.intercept = intercept;
            em.errors = 0;
            unmix_result *exact = cohort_deconvolve(cx, device, &c, &options);
            unmix_result *other = cohort_deconvolve(cx, device, &c, &em);
            assert_arrived(&c, exact, precisions[p], intercept, "a cohort");
            for (size_t n = 0; n < c.N; n++) {
                const double allowed = cohort_T(&c, n) * cohort_metric(exact, n, "gap") + 1e-3;
                const double above = cohort_metric(exact, n, "nll") - cohort_metric(other, n, "nll");
                if (!(above <= allowed))
                    fail_msg("sample %zu: %g nats above em, allowed %g", n, above, allowed);
            }
            unmix_result_free(exact);
            unmix_result_free(other);
        }
        unmix_device_close(device);
    }
}

/* --- signatures that cannot be told apart ------------------------------------------------------------------------------ */

/* The cohort with one more type, a copy of type `of`; what it is made of stays. */
static cohort with_twin(const cohort *c, size_t of, const char *name)
{
    cohort d = empty_cohort(c->G, c->C + 1, c->N);
    for (size_t g = 0; g < c->G; g++) {
        d.gene[g] = c->gene[g];
        d.length[g] = c->length[g];
        d.weight[g] = c->weight[g];
        for (size_t j = 0; j < c->C; j++)
            d.S[g * d.C + j] = c->S[g * c->C + j];
        d.S[g * d.C + c->C] = c->S[g * c->C + of];
        memcpy(d.k + g * d.N, c->k + g * c->N, c->N * sizeof *c->k);
    }
    for (size_t j = 0; j < c->C; j++)
        d.type[j] = c->type[j];
    d.type[c->C] = cohort_names(name, 1)[0];
    memcpy(d.sample, c->sample, c->N * sizeof *c->sample);
    return d;
}

static void twins_share_what_one_would_get(void **state)
{
    (void)state;
    const cohort c = cohort_draw(200, 4, 12, 22), d = with_twin(&c, 2, "twin");
    unmix_deconvolve_options options = exact_options();
    for (size_t p = 0; p < 2; p++) {
        unmix_device *device = cohort_device(cx, precisions[p]);
        options.tolerance = tolerance_of(precisions[p]);
        unmix_result *one = cohort_deconvolve(cx, device, &c, &options), *both = cohort_deconvolve(cx, device, &d, &options);
        assert_arrived(&d, both, precisions[p], 1, "twins");
        assert_non_null(strstr(um_test_log(), "types 'type000003' and 'twin000001' cannot be told apart"));
        for (size_t n = 0; n < c.N; n++) {
            const double *P = cohort_row(one, "proportions", n), *Q = cohort_row(both, "proportions", n);
            /* Both are within T gap nats of the optimum; markers give at least T P/50 counts to a type (see cohort.h). */
            for (size_t j = 0; j < c.C; j++) {
                const double sum = Q[j] + (j == 2 ? Q[c.C] : 0.0);
                um_assert_close(&sum, &P[j], 1, 0.0, precisions[p] == UNMIX_SINGLE ? 2e-2 : 1e-3, "sum of the twins");
            }
        }
        unmix_result_free(one);
        unmix_result_free(both);
        unmix_device_close(device);
    }
}

/* From equal columns over differences of 1e-8, which single precision cannot hold, to plain similarity. */
static void nearly_collinear_columns_arrive(void **state)
{
    (void)state;
    static const double by[] = {0.0, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2};
    for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
        um_random r;
        um_random_start(&r, 23 + i, "test", "collinear");
        cohort c = empty_cohort(500, 8, 9);
        fill_signatures(&c, &r, 1.0);
        for (size_t j = 1; j < 4; j++)
            imitate(&c, &r, 0, j, by[i]);
        for (size_t g = 0; g < c.G; g++) /* and a type that is the mean of two others */
            c.S[g * c.C + 7] = (c.S[g * c.C + 5] + c.S[g * c.C + 6]) * exp(by[i] * um_random_normal(&r));
        for (size_t n = 0; n < c.N; n++)
            mix(&c, &r, n, pow(10.0, 3.0 + 0.6 * (double)n), 1);
        const unmix_deconvolve_options options = exact_options();
        char what[60];
        (void)snprintf(what, sizeof what, "columns that differ by %g", by[i]);
        unmix_result_free(fit_both(&c, &options, what));
        clear(&c);
    }
}

/* --- shapes --------------------------------------------------------------------------------------------------------- */

static void from_one_source_to_the_most(void **state)
{
    (void)state;
    static const struct {
        size_t C;
        int intercept;
    } shapes[] = {{1, 0}, {1, 1}, {2, 0}, {3, 1}, {4, 0}, {60, 1}, {127, 1}, {128, 0}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        um_random r;
        um_random_start(&r, 31 + i, "test", "shapes");
        cohort c = empty_cohort(1000, shapes[i].C, 3);
        fill_signatures(&c, &r, 1.0);
        for (size_t n = 0; n < c.N; n++)
            mix(&c, &r, n, pow(10.0, 4.0 + (double)n), 1);
        unmix_deconvolve_options options = exact_options();
        options.intercept = shapes[i].intercept;
        char what[60];
        (void)snprintf(what, sizeof what, "%zu types", shapes[i].C);
        unmix_result_free(fit_both(&c, &options, what));
        clear(&c);
    }
}

/* k = L/500 S E without noise: the optimum is E, and the loss there is 0. */
static void exact_mixtures_come_back(void **state)
{
    (void)state;
    um_random r;
    um_random_start(&r, 41, "test", "exact mixtures");
    cohort c = empty_cohort(300, 6, 8);
    fill_signatures(&c, &r, 1.0);
    double *truth = cohort_reals(c.N * c.C), *yhat = cohort_reals(c.G);
    for (size_t g = 0; g < c.G; g++) {
        c.length[g] = floor(200.0 + 5000.0 * um_random_uniform(&r));
        c.weight[g] = g % 3 ? 1.0 : 0.5;
    }
    for (size_t n = 0; n < c.N; n++) {
        draw_mixture(&c, &r, n % 2 == 1, truth + n * c.C);
        expect(&c, truth + n * c.C, pow(10.0, 3.0 + 0.5 * (double)n), yhat);
        for (size_t g = 0; g < c.G; g++)
            c.k[g * c.N + n] = yhat[g];
    }
    unmix_deconvolve_options options = exact_options();
    options.tolerance = 1e-14; /* the loss is quadratic in what is left: 1e-14 nats a read are 1e-7 of the exposures */
    unmix_device *device = cohort_device(cx, UNMIX_DOUBLE);
    unmix_result *result = cohort_deconvolve(cx, device, &c, &options);
    for (size_t n = 0; n < c.N; n++)
        um_assert_close(cohort_row(result, "proportions", n), truth + n * c.C, c.C, 0.0, 1e-6, "exact mixture");
    unmix_result_free(result);
    unmix_device_close(device);
    free(truth);
    free(yhat);
    clear(&c);
}

/* --- counts ------------------------------------------------------------------------------------------------------------ */

static void extreme_counts_arrive(void **state)
{
    (void)state;
    um_random r;
    um_random_start(&r, 51, "test", "extreme counts");
    cohort c = empty_cohort(400, 6, 7);
    fill_signatures(&c, &r, 1.5);
    for (size_t g = 0; g < c.G; g++) {
        c.weight[g] = g % 2 ? 1.0 : 0.5;
        c.length[g] = floor(200.0 + 5000.0 * um_random_uniform(&r));
    }
    mix(&c, &r, 0, 3e9, 1);   /* counts up to 1e8 and more */
    mix(&c, &r, 1, 1e9, 0);   /* the same without noise */
    mix(&c, &r, 2, 15.0, 1);  /* most genes are zero */
    mix(&c, &r, 3, 1e5, 1);
    for (size_t n = 0; n < 4; n++)
        c.k[n] += 1.0;
    c.k[7 * c.N + 4] = 1.0;   /* a single gene, a single count */
    c.k[8 * c.N + 5] = 1e8;   /* a single gene */
    for (size_t g = 0; g < c.G; g++)
        c.k[g * c.N + 6] = g % 40 == 3 ? 1e8 : g % 40 == 4 ? 1.0 : 0.0; /* nine orders apart */
    for (int intercept = 0; intercept < 2; intercept++) {
        unmix_deconvolve_options options = exact_options();
        options.intercept = intercept;
        unmix_result_free(fit_both(&c, &options, intercept ? "extreme counts" : "extreme counts, no intercept"));
    }
    clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        exact_test(random_problems_always_arrive),
        exact_test(no_sample_is_above_em_after_5000_iterations),
        exact_test(twins_share_what_one_would_get),
        exact_test(nearly_collinear_columns_arrive),
        exact_test(from_one_source_to_the_most),
        exact_test(exact_mixtures_come_back),
        exact_test(extreme_counts_arrive),
    };
    return um_run_group(tests);
}
