#include "deconvolve/certify/inseparable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static const double quantile = 1.96;

/* ---- Types at zero ---- */

/*
 * Whether type i, which is not free, could be above zero: row c of the inverse over the free sources and i is (-q, 1) / c_i with
 * q = H_FF^+ H_Fi, so its variance there is c' B c. `row` has room for M.
 */
static int may_be_there(const um_sandwich *s, const um_mixture *m, const double *D, size_t i, double cutoff, double *row)
{
    const double *H = s->H + i * s->M, *B = s->B + i * s->M;
    double curvature = H[i], gradient = D[i], variance = B[i];
    for (size_t j = 0; j < s->M; j++)
        gradient -= H[j] * m->E[j];
    for (size_t a = 0; a < s->n; a++) {
        row[a] = 0.0;
        for (size_t b = 0; b < s->n; b++)
            row[a] += s->inverse[a * s->n + b] * H[s->source[b]];
        curvature -= row[a] * H[s->source[a]];
    }
    if (!(H[i] > 0.0))
        return 0;
    if (!(curvature > cutoff * H[i]))
        return 1; /* the others can be exchanged for it */
    for (size_t a = 0; a < s->n; a++) {
        variance -= 2.0 * row[a] * B[s->source[a]];
        for (size_t b = 0; b < s->n; b++)
            variance += row[a] * s->B[s->source[a] * s->M + s->source[b]] * row[b];
    }
    return -gradient + quantile * sqrt(fmax(variance, 0.0)) > 0.0; /* both times 1 / c_i */
}

/* Adds the types at zero that could be there to the free sources; returns how many. */
static size_t add_zeros(um_sandwich *s, const um_mixture *m, const double *D, double cutoff, double *row, unsigned char *in)
{
    size_t added = 0, n = 0;
    memset(in, 0, s->M);
    for (size_t i = 0, a = 0; i < s->M; i++) {
        if (a < s->n && s->source[a] == i) {
            in[i] = 1;
            a++;
        } else if (i < m->C && may_be_there(s, m, D, i, cutoff, row)) {
            in[i] = 1;
            added++;
        }
    }
    for (size_t i = 0; i < s->M; i++)
        if (in[i])
            s->source[n++] = i;
    s->n = n;
    return added;
}

/* ---- Pairs ---- */

/* null = 1 - H^+ H over the free sources: two that share a direction outside of H have both entries there. */
static void find_null(const um_sandwich *s, double *null)
{
    const size_t n = s->n;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            double sum = a == b ? 1.0 : 0.0;
            for (size_t c = 0; c < n; c++)
                sum -= s->inverse[a * n + c] * s->H[s->source[c] * s->M + s->source[b]];
            null[a * n + b] = sum;
        }
}

/* Whether the interval of free source a, a type, leaves open how much there is of it. */
static unsigned char is_uncertain(const um_sandwich *s, const um_mixture *m, size_t a, unsigned char *in)
{
    const size_t j = s->source[a];
    in[j] = 1;
    const double width = quantile * sqrt(um_sandwich_variance(s, m, in)), P = um_mixture_sum(m, in);
    in[j] = 0;
    return width >= UM_INSEPARABLE_WIDTH * P && width >= UM_INSEPARABLE_LEAST;
}

static int is_pair(const um_sandwich *s, const unsigned char *uncertain, size_t a, size_t b)
{
    const size_t n = s->n;
    const double shared = s->product[a * n + b] * s->product[b * n + a];
    if (s->hidden[a] > UM_HIDDEN_SHARE && s->hidden[b] > UM_HIDDEN_SHARE)
        return shared > UM_HIDDEN_SHARE * UM_HIDDEN_SHARE;
    const double correlation = s->V[a * n + b] / sqrt(s->V[a * n + a] * s->V[b * n + b]);
    return correlation <= UM_INSEPARABLE_CORRELATION && (uncertain[a] || uncertain[b]);
}

/* Everybody in the group of `from` joins that of `to`. */
static void merge(uint16_t *group, size_t C, uint16_t from, uint16_t to)
{
    for (size_t j = 0; j < C; j++)
        if (group[j] == from)
            group[j] = to;
}

/* Numbers the groups in the order of their first types; types of their own get 0. `group` has a number for each type. */
static void renumber(uint16_t *group, size_t C, uint16_t *number)
{
    uint16_t next = 1;
    memset(number, 0, (C + 1) * sizeof *number);
    for (size_t j = 0; j < C; j++) {
        size_t members = 0;
        for (size_t i = 0; i < C; i++)
            members += group[i] == group[j];
        if (members > 1 && !number[group[j]])
            number[group[j]] = next++;
    }
    for (size_t j = 0; j < C; j++)
        group[j] = number[group[j]];
}

static void find_groups(um_sandwich *s, const um_mixture *m, unsigned char *uncertain, unsigned char *in, uint16_t *number,
                        uint16_t *group)
{
    size_t types = 0;
    memset(in, 0, s->M);
    find_null(s, s->product);
    while (types < s->n && s->source[types] < m->C)
        types++;
    for (size_t a = 0; a < types; a++)
        uncertain[a] = is_uncertain(s, m, a, in);
    for (size_t j = 0; j < m->C; j++)
        group[j] = (uint16_t)(j + 1);
    for (size_t a = 0; a < types; a++)
        for (size_t b = 0; b < a; b++)
            if (is_pair(s, uncertain, a, b))
                merge(group, m->C, group[s->source[a]], group[s->source[b]]);
    renumber(group, m->C, number);
}

static void find_sums(const um_sandwich *s, const um_mixture *m, unsigned char *in, const uint16_t *group, double *se)
{
    for (size_t j = 0; j < m->C; j++) {
        size_t first = 0;
        while (group[first] != group[j])
            first++;
        se[j] = first < j && group[j] ? se[first] : 0.0;
        if (!group[j] || first < j)
            continue;
        for (size_t i = 0; i < m->C; i++)
            in[i] = group[i] == group[j];
        se[j] = sqrt(um_sandwich_variance(s, m, in));
    }
}

unmix_status um_inseparable_find(unmix_context *cx, um_sandwich *s, const um_mixture *m, const double *D, double cutoff,
                                 uint16_t *group, double *se)
{
    double *row = NULL;
    unsigned char *in = NULL, *uncertain = NULL;
    uint16_t *number = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &row, s->M, "types that cannot be told apart"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &uncertain, s->M, "types that cannot be told apart"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &in, s->M, "types that cannot be told apart"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &number, m->C + 1, "types that cannot be told apart"));
    if (add_zeros(s, m, D, cutoff, row, in))
        UM_TRY_GOTO(status, done, um_sandwich_form(cx, s, cutoff));
    find_groups(s, m, uncertain, in, number, group);
    find_sums(s, m, in, group, se);
done:
    free(row);
    free(in);
    free(uncertain);
    free(number);
    return status;
}
