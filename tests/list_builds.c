/*
 * Lists what the kernels are built from, for tools/check-kernels; no device is needed. Lines of fields between tabs:
 *
 *   build   PROGRAM  label  options  files
 *   kernel  PROGRAM  function
 *
 * A label is "row precision size", row as in the tuning table, size the number of sources or programs. Builds with the
 * same options are listed once.
 */
#include <stdio.h>
#include <string.h>

#include "device/build.h"

static const char *const program_names[UM_PROGRAM_COUNT] = {
#define UM_ENTRY(id, files) #id,
    UM_PROGRAMS(UM_ENTRY)
#undef UM_ENTRY
};

/* A CPU with wide vectors, one with narrow ones, and a GPU. */
static const struct {
    const char *name;
    unmix_device_kind kind;
    unsigned native_vector;
} rows[] = {{"cpu", UNMIX_DEVICE_CPU, 16}, {"narrow", UNMIX_DEVICE_CPU, 4}, {"gpu", UNMIX_DEVICE_GPU, 1}};

static const struct {
    const char *name;
    unmix_precision precision;
    int has_double;
} precisions[] = {{"single", UNMIX_SINGLE, 1}, {"double", UNMIX_DOUBLE, 1}, {"without-fp64", UNMIX_SINGLE, 0}};

static const uint32_t sources[] = {2, 14, 22, 61, 128}, programs[] = {2, 6, 10, 20, 33};

enum { ROWS = sizeof rows / sizeof rows[0], PRECISIONS = sizeof precisions / sizeof precisions[0],
       SIZES = sizeof sources / sizeof sources[0], MOST = ROWS * PRECISIONS * SIZES };

static char seen[MOST][UM_OPTIONS_SIZE];

/* 1 when the options were not there yet. */
static int is_new(const char *options, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(seen[i], options) == 0)
            return 0;
    memcpy(seen[(*count)++], options, UM_OPTIONS_SIZE);
    return 1;
}

static void list_program(um_program_id id)
{
    size_t count = 0;
    for (size_t i = 0; i < MOST; i++) {
        const size_t r = i / (PRECISIONS * SIZES), p = i / SIZES % PRECISIONS, s = i % SIZES;
        const um_build build = {.program = id,
                                .precision = precisions[p].precision,
                                .has_double = precisions[p].has_double,
                                .tuning = um_tuning_for(rows[r].kind, precisions[p].precision, rows[r].native_vector),
                                .sources = sources[s],
                                .programs = programs[s]};
        char options[UM_OPTIONS_SIZE];
        um_build_options(&build, options, sizeof options);
        if (is_new(options, &count))
            printf("build\t%s\t%s %s %u\t%s\t%s\n", program_names[id], rows[r].name, precisions[p].name,
                   id == UM_PROGRAM_NMF ? programs[s] : sources[s], options, um_program_files[id]);
    }
}

int main(void)
{
    for (size_t id = 0; id < UM_PROGRAM_COUNT; id++)
        list_program((um_program_id)id);
    for (size_t k = 0; k < UM_KERNEL_COUNT; k++)
        printf("kernel\t%s\t%s\n", program_names[um_kernel_table[k].program], um_kernel_table[k].function);
    return 0;
}
