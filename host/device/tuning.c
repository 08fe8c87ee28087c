#include "device/tuning.h"

#include <stdlib.h>
#include <string.h>

#include "device/constants.h"

/*
 * CPU: one work-item a group (a group is what a thread takes), explicit vectors, 2 vectors x 8 genes of yhat fill 16 of
 * the 32 AVX-512 registers. GPU: one sample a work-item, neighbours read neighbouring samples, small tiles so that a
 * few dozen samples still fill the machine. Measured values are kept in bench/results.
 *
 * sparse: on two cores with AVX-512 the fused pass breaks even at 25-40 per cent of counts above zero (18,000 genes, 31
 * sources), the Hessian far above. On a GPU the sparse kernels read single elements: assumed, not measured.
 */
static const um_tuning cpu_single = {.vector = 16, .vectors = 2, .genes = 8, .tile = 256, .group = 1, .fold = 1, .dense = 35,
                                    .sparse = 25};
static const um_tuning cpu_double = {.vector = 8, .vectors = 2, .genes = 8, .tile = 256, .group = 1, .fold = 1, .dense = 35,
                                    .sparse = 25};
static const um_tuning gpu_any = {
    .vector = 1, .vectors = 1, .genes = 8, .tile = 64, .group = 64, .stage = 1, .fixed_sources = 1,
    .sparse = 10};

um_tuning um_tuning_for(unmix_device_kind kind, unmix_precision precision, unsigned native_vector)
{
    if (kind != UNMIX_DEVICE_CPU)
        return gpu_any;
    um_tuning tuning = precision == UNMIX_SINGLE ? cpu_single : cpu_double;
    /* Vectors wider than the registers only spill; narrower machines get their own width and fewer genes at a time. */
    if (native_vector >= 2 && native_vector < tuning.vector) {
        tuning.vector = native_vector;
        tuning.genes = 4;
    }
    return tuning;
}

um_rank um_tuning_rank(const um_tuning *tuning, size_t programs)
{
    unsigned vector = tuning->vector;
    while (vector > 4 && vector / 2 >= programs)
        vector /= 2;
    return (um_rank){vector, programs ? (unsigned)((programs + vector - 1) / vector) : 1};
}

const char *um_tuning_change(um_tuning *tuning, const char *text)
{
    const struct {
        const char *name;
        unsigned *value;
    } fields[] = {
        {"vector", &tuning->vector}, {"vectors", &tuning->vectors}, {"genes", &tuning->genes},
        {"tile", &tuning->tile},     {"group", &tuning->group},     {"stage", &tuning->stage},
        {"fixed-sources", &tuning->fixed_sources}, {"fold", &tuning->fold}, {"dense", &tuning->dense}, {"sparse", &tuning->sparse},
        {"largest-buffer", &tuning->largest_buffer}, {"memory", &tuning->memory},
        {"most-group", &tuning->most_group}, {"most-local", &tuning->most_local}, {"most-rows", &tuning->most_rows},
    };
    const size_t n_fields = sizeof fields / sizeof fields[0];
    while (*text) {
        const char *equals = strchr(text, '=');
        if (!equals)
            return "expected NAME=NUMBER";
        size_t f = 0;
        while (f < n_fields && (strlen(fields[f].name) != (size_t)(equals - text) ||
                                strncmp(fields[f].name, text, (size_t)(equals - text)) != 0))
            f++;
        if (f == n_fields)
            return "the names are vector, vectors, genes, tile, group, stage, fixed-sources, fold, dense, sparse, "
                   "largest-buffer, memory, most-group, most-local, most-rows";
        char *end = NULL;
        const unsigned long value = strtoul(equals + 1, &end, 10);
        if (end == equals + 1 || value > 4096 || (*end && *end != ' ' && *end != ','))
            return "a value is not a whole number up to 4096";
        *fields[f].value = (unsigned)value;
        text = *end ? end + 1 : end;
    }
    const unsigned v = tuning->vector;
    if (v != 1 && v != 2 && v != 4 && v != 8 && v != 16)
        return "vector must be 1, 2, 4, 8 or 16";
    if (!tuning->vectors || !tuning->genes || !tuning->tile || tuning->tile > UM_RUN || tuning->tile % tuning->genes)
        return "tile must be a multiple of genes and at most UM_RUN";
    if (!tuning->group || tuning->vectors > 8 || tuning->stage > 1 || tuning->fixed_sources > 1 ||
        tuning->fold > 1)
        return "group must be at least 1, vectors at most 8, stage, fixed-sources and fold 0 or 1";
    return NULL;
}
