#include "device/limits.h"

/* More groups in the second dimension are refused by devices whose grids are those of CUDA. */
enum { MOST_ROWS = 65535 };

static size_t lowered(size_t limit, unsigned most)
{
    return most && most < limit ? most : limit;
}

um_limits um_limits_of(size_t largest_group, uint64_t local_bytes, const um_tuning *tuning)
{
    return (um_limits){.group = largest_group,
                       .local = lowered((size_t)local_bytes, tuning->most_local),
                       .rows = lowered(MOST_ROWS, tuning->most_rows)};
}

void um_limits_fit(const um_limits *limits, um_build *build)
{
    while (build->tuning.group > 1 && build->tuning.group > limits->group)
        build->tuning.group /= 2;
    if (um_build_local_bytes(build) > limits->local)
        build->tuning.stage = 0;
}

int um_limits_check(const um_limits *limits, size_t group, uint64_t local, um_build *build)
{
    um_tuning *t = &build->tuning;
    const int fits_local = local <= limits->local, fits_group = t->group <= lowered(group, t->most_group);
    if (fits_local && fits_group)
        return 1;
    if ((!fits_local && !t->stage) || (!fits_group && t->group == 1))
        return -1;
    if (!fits_local)
        t->stage = 0;
    if (!fits_group)
        t->group /= 2;
    return 0;
}
