#include "programs/nmf/losses.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/constants.h"

/* WH where it is divided by, or its logarithm is taken. */
static double floored(double y)
{
    return y < UM_NMF_TINY ? UM_NMF_TINY : y;
}

static double squares(double beta, double x, double y)
{
    (void)beta;
    return 0.5 * (x - y) * (x - y);
}

static double kl_stored(double x, double y)
{
    return x == 0 ? 0 : x * log(x / floored(y)) - x;
}

static double kl(double beta, double x, double y)
{
    (void)beta;
    return kl_stored(x, y) + y;
}

/* x counts where it is above UM_NMF_TINY, as in scikit-learn. */
static double beta_divergence(double b, double x, double y)
{
    const double quotient = x / floored(y);
    const int counts = !(x <= UM_NMF_TINY);
    if (b == 0)
        return (counts ? quotient - log(quotient) : 0) - 1;
    return ((b - 1) * pow(y, b) + (counts ? pow(x, b) - b * x * pow(floored(y), b - 1) : 0)) / (b * (b - 1));
}

#define HALS_OF_SQUARES                                                                                                \
    {                                                                                                                  \
        UM_KERNEL_NMF_CELLS_HALS, UM_KERNEL_NMF_GENES_HALS, UM_KERNEL_NMF_FOLD, UM_KERNEL_NMF_DENSE_HALS               \
    }
#define MU_OF_SQUARES                                                                                                  \
    {                                                                                                                  \
        UM_KERNEL_NMF_CELLS_MU, UM_KERNEL_NMF_GENES_MU, UM_KERNEL_NMF_FOLD, UM_KERNEL_NMF_DENSE_MU                     \
    }
#define MU_OF(NAME)                                                                                                    \
    {                                                                                                                  \
        UM_KERNEL_NMF_CELLS_##NAME, UM_KERNEL_NMF_GENES_##NAME, UM_KERNEL_NMF_FOLD_##NAME, UM_LOSS_NO_KERNEL           \
    }

static const um_loss losses[] = {
    [UM_NMF_FROBENIUS] = {.traits = {.loss = UNMIX_NMF_FROBENIUS,
                                     .name = "frobenius",
                                     .description = "squares, for log-normalised values",
                                     .beta = 2,
                                     .hals = 1},
                          .sum = UM_LOSS_SQUARES,
                          .kernels = {[UM_NMF_HALS] = HALS_OF_SQUARES, [UM_NMF_MU] = MU_OF_SQUARES},
                          .divergence = UM_LOSS_NO_KERNEL,
                          .entry = squares},
    [UM_NMF_KL] = {.traits = {.loss = UNMIX_NMF_KL,
                              .name = "kl",
                              .also = "kullback-leibler",
                              .description = "the Poisson likelihood, for counts",
                              .beta = 1},
                   .sum = UM_LOSS_TOTALS,
                   .kernels = {[UM_NMF_MU] = MU_OF(KL)},
                   .divergence = UM_KERNEL_NMF_DIVERGENCE_KL,
                   .stored = kl_stored,
                   .entry = kl},
    [UM_NMF_ITAKURA_SAITO] = {.traits = {.loss = UNMIX_NMF_ITAKURA_SAITO,
                                         .name = "itakura-saito",
                                         .description = "ratios, for values above 0"},
                              .sum = UM_LOSS_EVERY,
                              .kernels = {[UM_NMF_MU] = MU_OF(BETA)},
                              .divergence = UM_KERNEL_NMF_DIVERGENCE_BETA,
                              .entry = beta_divergence},
    [UM_NMF_BETA] = {.traits = {.loss = UNMIX_NMF_BETA,
                                .name = "BETA",
                                .description = "a number, the beta-divergence, of which those are 2, 1 and 0; 0 and below for "
                                               "values above 0",
                                .beta = NAN},
                     .sum = UM_LOSS_EVERY,
                     .kernels = {[UM_NMF_MU] = MU_OF(BETA)},
                     .divergence = UM_KERNEL_NMF_DIVERGENCE_BETA,
                     .entry = beta_divergence},
};
enum { LOSSES = sizeof losses / sizeof losses[0] };

const um_loss *um_loss_for(um_nmf_loss loss)
{
    return (size_t)loss < LOSSES ? &losses[loss] : NULL;
}

size_t unmix_nmf_loss_count(void)
{
    return LOSSES;
}

const unmix_nmf_loss_traits *unmix_nmf_loss_info(unmix_nmf_loss loss)
{
    return (size_t)loss < LOSSES ? &losses[loss].traits : NULL;
}

double um_loss_beta(const um_nmf_options *options)
{
    const double own = losses[options->loss].traits.beta;
    return isnan(own) ? options->beta : own;
}

int um_loss_is_undefined_at_zero(const um_nmf_options *options)
{
    return um_loss_beta(options) <= 0;
}

int um_loss_may_leave_range(const um_nmf_options *options)
{
    const double beta = um_loss_beta(options);
    return beta < -1.5 || beta > 3; /* (1e-7)^(beta - 2) or (1e14)^(beta - 1), summed over millions */
}

/* ---- Names ---- */

static int is_named(const unmix_nmf_loss_traits *loss, const char *text)
{
    return !isnan(loss->beta) && (strcmp(loss->name, text) == 0 || (loss->also && strcmp(loss->also, text) == 0));
}

int um_loss_read(const char *text, um_nmf_loss *loss, double *beta)
{
    char *end = NULL;
    const double number = strtod(text, &end);
    const int is_number = end != text && !*end && isfinite(number);
    for (size_t i = 0; i < LOSSES; i++) {
        const unmix_nmf_loss_traits *traits = &losses[i].traits;
        if (!is_named(traits, text) && !(is_number && (traits->beta == number || isnan(traits->beta))))
            continue;
        *loss = (um_nmf_loss)i;
        *beta = isnan(traits->beta) ? number : 0;
        return 1;
    }
    return 0;
}

/* The shortest decimals that give the same number again. */
static void write_number(double number, char *text, size_t size)
{
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, size, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            return;
    }
}

const char *um_loss_write(um_nmf_loss loss, double beta, char *text, size_t size)
{
    const unmix_nmf_loss_traits *traits = &losses[loss].traits;
    if (isnan(traits->beta))
        write_number(beta, text, size);
    else
        (void)snprintf(text, size, "%s", traits->name);
    return text;
}

const char *um_loss_names(char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < LOSSES && used < size; i++) {
        const unmix_nmf_loss_traits *traits = &losses[i].traits;
        const char *between = !i ? "" : i + 1 < LOSSES ? ", " : " or ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", between, isnan(traits->beta) ? "a number" : traits->name);
    }
    return text;
}

/* ---- Zeros ---- */

/* The first place of 0 .. columns - 1 that is neither among entries above 0 nor among those that are missing. */
static size_t first_gap(const um_nmf_data *data, size_t cell)
{
    const um_sparse *X = data->X, *missing = data->missing;
    size_t at = X->start[cell], lost = missing ? missing->start[cell] : 0;
    for (size_t j = 0; j < X->columns; j++) {
        const int stored = at < X->start[cell + 1] && X->column[at] == j;
        const int absent = missing && lost < missing->start[cell + 1] && missing->column[lost] == j;
        if (!absent && !(stored && X->value[at] > 0))
            return j;
        at += (size_t)stored;
        lost += (size_t)absent;
    }
    return X->columns;
}

int um_find_zero(const um_nmf_data *data, size_t *cell, size_t *gene)
{
    for (*cell = 0; *cell < data->X->rows; ++*cell) {
        *gene = first_gap(data, *cell);
        if (*gene < data->X->columns)
            return 1;
    }
    return 0;
}
