#include "deconvolve/certify/inseparable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static const double quantile = 1.96;

/* H is formed in single precision where the device has no other: a correlation so close to 1 is the same profile. */
static const double same_profile = 1.0 - 1e-5;

/* A type that so few of the draws leave above zero says nothing of what it trades with. */
enum { SHARE_OF_DRAWS = 8 };

unmix_status um_moves_open(unmix_context *cx, um_moves *moves, size_t C, size_t most, size_t most_blocks)
{
    *moves = (um_moves){.C = C, .most = most};
    UM_TRY(UM_ALLOC(cx, &moves->d, um_product_size(most, C, 1), "types that cannot be told apart"));
    UM_TRY(UM_ALLOC(cx, &moves->block, most_blocks, "types that cannot be told apart"));
    UM_TRY(UM_ALLOC(cx, &moves->uncertain, C, "types that cannot be told apart"));
    return UM_ALLOC(cx, &moves->number, C + 1, "types that cannot be told apart");
}

void um_moves_close(um_moves *moves)
{
    free(moves->d);
    free(moves->block);
    free(moves->uncertain);
    free(moves->number);
    *moves = (um_moves){0};
}

void um_moves_add(um_moves *moves, const double *d)
{
    memcpy(moves->d + moves->n++ * moves->C, d, moves->C * sizeof *d);
}

/* ---- Groups ---- */

/* Everybody in the group of `from` joins that of `to`. */
static void merge(uint16_t *group, size_t C, uint16_t from, uint16_t to)
{
    for (size_t j = 0; j < C; j++)
        if (group[j] == from)
            group[j] = to;
}

/* Numbers the groups in the order of their first types; types of their own get 0. */
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

/* product = 1 - H^+ H over the free sources: two that share a direction outside of H have both entries there. */
static void find_null(um_sandwich *s)
{
    const size_t n = s->n;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            double sum = a == b ? 1.0 : 0.0;
            for (size_t c = 0; c < n; c++)
                sum -= s->inverse[a * n + c] * s->H[s->source[c] * s->M + s->source[b]];
            s->product[a * n + b] = sum;
        }
}

void um_inseparable_hidden(um_sandwich *s, size_t C, uint16_t *group)
{
    const size_t n = s->n, M = s->M;
    size_t hidden = 0;
    for (size_t j = 0; j < C; j++)
        group[j] = (uint16_t)(j + 1);
    for (size_t i = 0; i < C; i++)
        for (size_t j = 0; j < i; j++)
            if (s->H[i * M + j] > same_profile * sqrt(s->H[i * M + i] * s->H[j * M + j]))
                merge(group, C, group[i], group[j]);
    for (size_t a = 0; a < n && s->source[a] < C; a++)
        hidden += s->hidden[a] > UM_HIDDEN_SHARE;
    if (!hidden)
        return;
    find_null(s);
    for (size_t a = 0; a < n && s->source[a] < C; a++)
        for (size_t b = 0; b < a; b++)
            if (s->hidden[a] > UM_HIDDEN_SHARE && s->hidden[b] > UM_HIDDEN_SHARE &&
                s->product[a * n + b] * s->product[b * n + a] > UM_HIDDEN_SHARE * UM_HIDDEN_SHARE)
                merge(group, C, group[s->source[a]], group[s->source[b]]);
}

/* ---- Pairs of the draws ---- */

/* At its bound a move is minus the exposure, but for rounding. */
static int stays_above(double exposure, double move)
{
    return exposure + move > 1e-9 * (exposure + fabs(move));
}

static double size_of(const um_mixture *m, size_t type)
{
    return m->cell_size ? m->cell_size[type] : 1.0;
}

static int is_pair(const um_moves *moves, const um_mixture *m, size_t i, size_t j)
{
    double first = 0.0, second = 0.0, sum = 0.0;
    size_t both = 0;
    if (!moves->uncertain[i] && !moves->uncertain[j])
        return 0;
    for (size_t r = 0; r < moves->n; r++) {
        const double *d = moves->d + r * moves->C, x = d[i] / size_of(m, i), y = d[j] / size_of(m, j);
        if (!stays_above(m->E[i], d[i]) || !stays_above(m->E[j], d[j]))
            continue;
        first += x * x, second += y * y, sum += (x + y) * (x + y);
        both++;
    }
    const double most = UM_INSEPARABLE_SUM * UM_INSEPARABLE_SUM * fmax(first, second);
    return both * SHARE_OF_DRAWS >= moves->n && most > 0.0 && sum <= most;
}

/* The share of the types of group `number` after a move (NULL: none). */
static double share_of(const um_mixture *m, const uint16_t *group, uint16_t number, const double *move)
{
    double some = 0.0, all = 0.0;
    for (size_t j = 0; j < m->C; j++) {
        const double cells = fmax(m->E[j] + (move ? move[j] : 0.0), 0.0) / size_of(m, j);
        all += cells;
        some += group[j] == number ? cells : 0.0;
    }
    return all > 0.0 ? some / all : 0.0;
}

static void interval_of(const um_moves *moves, const um_mixture *m, const uint16_t *group, uint16_t number, double *low,
                        double *high)
{
    const double P = share_of(m, group, number, NULL);
    double down = 0.0, up = 0.0;
    for (size_t r = 0; r < moves->n; r++) {
        const double change = share_of(m, group, number, moves->d + r * moves->C) - P;
        *(change > 0.0 ? &up : &down) += 2.0 * change * change / (double)moves->n;
    }
    for (size_t b = 0; b < moves->n_blocks; b++) {
        const double change = share_of(m, group, number, moves->block[b]) - P;
        down += moves->block_weight * change * change;
        up += moves->block_weight * change * change;
    }
    *low = fmax(P - quantile * sqrt(down), 0.0);
    *high = fmin(P + quantile * sqrt(up), 1.0);
}

void um_inseparable_find(um_moves *moves, const um_mixture *m, const double *lower, const double *upper, uint16_t *group,
                         double *low, double *high)
{
    const size_t C = moves->C;
    double cells = 0.0;
    for (size_t j = 0; j < C; j++)
        cells += m->E[j] / size_of(m, j);
    for (size_t j = 0; j < C; j++) {
        const double width = (upper[j] - lower[j]) / 2.0, P = m->E[j] / size_of(m, j) / cells;
        moves->uncertain[j] = !(width < UM_INSEPARABLE_WIDTH * P || width < UM_INSEPARABLE_LEAST); /* NaN: not known at all */
    }
    for (size_t i = 0; i < C; i++)
        for (size_t j = 0; j < i; j++)
            if (is_pair(moves, m, i, j))
                merge(group, C, group[i], group[j]);
    renumber(group, C, moves->number);
    for (size_t j = 0; j < C; j++) {
        size_t first = 0;
        while (group[first] != group[j])
            first++;
        low[j] = high[j] = 0.0;
        if (group[j] && first < j)
            low[j] = low[first], high[j] = high[first];
        else if (group[j])
            interval_of(moves, m, group, group[j], &low[j], &high[j]);
    }
}
