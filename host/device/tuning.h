/* What differs between classes of devices, in one table: vector width, unroll, tile and group sizes. */
#ifndef UM_TUNING_H
#define UM_TUNING_H

#include <stddef.h>

#include "unmix/device.h"

typedef struct um_tuning {
    unsigned vector;        /* samples in one vector: 16, 8, 4, 2 or 1 */
    unsigned vectors;       /* vectors of samples a work-item takes in the fused pass */
    unsigned genes;         /* genes at a time; divides tile */
    unsigned tile;          /* genes summed in reals, at most UM_RUN */
    unsigned group;         /* work-items in a group */
    unsigned stage;         /* 1: signatures go through local memory */
    unsigned fixed_sources; /* 1: the number of sources is a build constant */
    unsigned fold;          /* factorisation: 1: panels of cells fold X at once, 0: gene by gene from X turned */
    unsigned dense;         /* factorisation: per cent of X above zero from which on its zeros are kept too; 0: never */
    unsigned sparse;        /* per cent of a sample's counts above zero from which on its zeros are visited too; 0: always */
    /* Limits below those of the device, so that what happens at them can be tested; 0: the device's own. */
    unsigned largest_buffer; /* MiB that a buffer may have at most */
    unsigned memory;         /* MiB that all buffers together get before an allocation fails */
    unsigned most_group;     /* work-items in a group of a kernel */
    unsigned most_local;     /* bytes of local memory */
    unsigned most_rows;      /* groups in the second dimension of a launch */
} um_tuning;

/* The row for a device. `native_vector` is the width the device reports for the precision (0: unknown). */
um_tuning um_tuning_for(unmix_device_kind kind, unmix_precision precision, unsigned native_vector);

/* How kernels of factorisations keep k programs: in `vectors` vectors of `vector` reals, so that few lanes are idle. */
typedef struct um_rank {
    unsigned vector, vectors;
} um_rank;

um_rank um_tuning_rank(const um_tuning *tuning, size_t programs);

/*
 * Changes single values: "vector=8 group=64". Returns NULL when all is well, else what is wrong (static text). For
 * tests and benchmarks; the table is what users get.
 */
const char *um_tuning_change(um_tuning *tuning, const char *text);

#endif
