/* unmix bench: how fast the kernels and methods are on this device, each verified before it is timed. */
#include <stdio.h>
#include <string.h>

#include "command.h"

typedef struct arguments {
    um_common_options common;
    unmix_bench_options options;
    const char *input;
} arguments;

static const um_option_range range_inside = {0, 1, 1, 1, "a number above 0 and below 1"};

/* clang-format off */
static const um_option options_what[] = {
    {.name = "genes", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.genes), .value = "N",
     .help = "number of genes", .range = &range_from_one},
    {.name = "types", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.types), .value = "N",
     .help = "number of cell types; the intercept comes to these", .range = &range_from_one},
    {.name = "samples", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.samples), .value = "N",
     .help = "number of bulk samples", .range = &range_from_one},
    {.name = "cells", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.cells), .value = "N",
     .help = "nmf: number of cells", .range = &range_from_one},
    {.name = "program-genes", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.program_genes), .value = "N",
     .help = "nmf: number of genes", .range = &range_from_one},
    {.name = "density", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.density), .value = "X",
     .help = "nmf: part of the entries above zero", .range = &range_inside},
    {.name = "components", .letter = 'k', .kind = OPTION_COUNT, .offset = offsetof(arguments, options.components), .value = "N",
     .help = "nmf: number of programs", .range = &range_from_one},
    {.name = "replicates", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.replicates), .value = "N",
     .help = "nmf: fits of resampled cells", .range = &range_from_one},
    {.name = "input", .letter = 'i', .kind = OPTION_TEXT, .offset = offsetof(arguments, input), .value = "FILE",
     .help = "nmf: cells x genes to factorise, values as they are", .fallback = "simulated cells"},
    {.name = "seconds", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.seconds), .value = "X",
     .help = "how long each item is repeated; at least 3 times, whole fits at least once", .range = &range_above_zero},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"Options", options_what, 0},
    {"Options", options_seed, 0},
    {"Options", options_device, 0},
    {"General", options_general, 0},
    {"Hidden", options_tuning, 1},
    {"Hidden", options_force, 1},
    {NULL, NULL, 0},
};
/* clang-format on */

static void defaults(void *given)
{
    arguments *a = given;
    unmix_bench_options_init(&a->options);
    a->common.seed = a->options.seed;
}

static unmix_status choose_part(um_session *run, unmix_bench_options *options)
{
    static const struct {
        const char *name;
        unmix_bench_part part;
    } parts[] = {{"all", UNMIX_BENCH_ALL}, {"em", UNMIX_BENCH_EM}, {"gram", UNMIX_BENCH_GRAM},
                 {"exact", UNMIX_BENCH_EXACT}, {"gd", UNMIX_BENCH_GD},
                 {"nmf", UNMIX_BENCH_NMF}};
    if (!run->common->positional.count)
        return UNMIX_OK;
    const char *name = run->common->positional.items[0];
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strcmp(parts[i].name, name) == 0) {
            options->part = parts[i].part;
            return UNMIX_OK;
        }
    return session_usage(run, "there is no part '%s'; the parts are all, em, gram, exact, gd and nmf", name);
}

static void print_line(void *payload, const char *json_line)
{
    um_session *run = payload;
    progress_clear(&run->progress);
    (void)puts(json_line);
    (void)fflush(stdout);
}

static unmix_status run_bench(um_session *run, const void *given)
{
    const arguments *a = given;
    unmix_bench_options options = a->options;
    unmix_device *device = NULL;
    unmix_source *source = NULL;
    options.seed = run->common->seed;
    unmix_status status = choose_part(run, &options);
    if (status == UNMIX_OK)
        status = session_open_device(run, &device);
    if (status == UNMIX_OK && a->input)
        status = unmix_source_open(run->cx, a->input, NULL, &source);
    options.source = source;
    if (status == UNMIX_OK)
        status = unmix_bench(run->cx, device, &options, print_line, run);
    unmix_source_close(source);
    unmix_device_close(device);
    return status;
}

const um_command command_bench = {
    .name = "bench",
    .summary = "how fast the kernels and methods are on a device",
    .usage = "unmix bench [all|em|gram|exact|gd|nmf] [--device X] [--seconds X]",
    .description =
        "Measures the kernels and whole fits on a simulated cohort (nmf: on simulated cells, or on those of a file), by default of a published size, beside what the "
        "device can do at most: a rate of multiply-adds and a rate of copying, measured in the same run. Every item is "
        "first compared with double precision on the host; one that computes wrongly ends the run with exit status 4.",
    .groups = groups,
    .output =
        "One JSON object a line on standard output: the ceilings 'multiply_add' and 'copy', then 'start' (seconds to "
        "build the kernels, of the first and the second pass; the driver may have kept the kernels on disk), then the "
        "items (of nmf there is no 'start'). 'seconds' is the median of 'repeats' runs; 'gflops' and 'gbs' count what the mathematics needs, without "
        "padding; 'peak_fraction' and 'copy_fraction' are relative to the ceilings; 'error' is the largest found, "
        "'bound' what is allowed, 'verified' the number of samples compared.",
    .examples = "  $ unmix bench em --genes 2000 --samples 20 --seconds 0.1\n"
                "  $ unmix bench exact --genes 2000 --types 8 --samples 20 --seconds 0.1\n",
    .arguments_size = sizeof(arguments),
    .positional_most = 1,
    .positional = "a part",
    .positional_value = "all|em|gram|exact|gd",
    .defaults = defaults,
    .run = run_bench,
};
