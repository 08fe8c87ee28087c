#include "deconvolve/problem/specificity.h"

#include <math.h>

/* Chosen on measured truth with families of data left out: tools/docs/accuracy.md. */
static const double cap = 0.1, times_counting = 2.0;

void um_specificity_units(const double *S, size_t G, size_t C, double *unit)
{
    for (size_t j = 0; j < C; j++)
        unit[j] = 1.0;
    for (size_t g = 0; g < G; g++)
        for (size_t j = 0; j < C; j++)
            if (S[g * C + j] > 0.0)
                unit[j] = fmin(unit[j], S[g * C + j]);
}

double um_specificity(const double *S, const double *unit, size_t C)
{
    double mean = 0.0, square = 0.0, counting = 0.0;
    for (size_t j = 0; j < C; j++)
        mean += S[j] / (double)C;
    if (!(mean > 0.0))
        return 0.0;
    for (size_t j = 0; j < C; j++) { /* all relative to the mean */
        square += (S[j] / mean - 1.0) * (S[j] / mean - 1.0) / (double)C;
        counting += S[j] / mean * (unit[j] / mean) / (double)C;
    }
    const double beyond = square - times_counting * (1.0 - 1.0 / (double)C) * counting;
    return fmin(fmax(beyond, 0.0) / (double)(C - 1), cap);
}
