/* unmix simulate: a cohort with known truth. */
#include "command.h"
#include "output.h"

typedef struct arguments {
    um_common_options common;
    unmix_simulate_options options;
    const char *output;
    int format; /* unmix_simulation_format */
} arguments;

/* clang-format off */
static const um_option options_size[] = {
    {.name = "genes", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.genes), .value = "N",
     .help = "number of genes", .range = &range_from_one},
    {.name = "types", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.types), .value = "N",
     .help = "number of cell types", .range = &range_from_one},
    {.name = "samples", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.samples), .value = "N",
     .help = "number of bulk samples", .range = &range_from_one},
    {.name = NULL},
};

static const um_option options_shape[] = {
    {.name = "families", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.families), .value = "N",
     .help = "families of types that resemble each other", .range = &range_from_one},
    {.name = "similarity", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.similarity), .value = "X",
     .help = "share of the log-variance that a family has in common", .range = &range_below_one},
    {.name = "types-per-sample", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.types_per_sample),
     .value = "N", .help = "types in each sample, chosen anew for each; 0: all", .range = &range_from_zero},
    {.name = "depth", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.depth), .value = "READS",
     .help = "mean number of reads a sample", .range = &range_above_zero},
    {.name = "dispersion", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.dispersion), .value = "X",
     .help = "of the gamma-Poisson counts: variance = mean + X mean^2; 0: Poisson", .range = &range_from_zero},
    {.name = "background", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.background), .value = "X",
     .help = "share of the reads that comes from no type", .range = &range_below_one},
    {.name = "insert-size", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.insert_size), .value = "BASES",
     .help = "a gene of this length gives one read a molecule", .range = &range_above_zero},
    {.name = NULL},
};

static const um_option options_output[] = {
    {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .offset = offsetof(arguments, output), .value = "FOLDER/",
     .help = "folder to write the files to; made when it does not exist"},
    {.name = "format", .kind = OPTION_CHOICE, .offset = offsetof(arguments, format), .value = "tsv|h5ad",
     .help = "of the bulk: bulk.tsv, or bulk.h5ad, which is smaller and faster to read; the others are tables"},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"Size", options_size, 0},
    {"What is drawn", options_shape, 0},
    {"What is drawn", options_seed, 0},
    {"Output", options_output, 0},
    {"Output", options_force, 0},
    {"General", options_general, 0},
    {"Hidden", options_device, 1},
    {NULL, NULL, 0},
};
/* clang-format on */

static void defaults(void *given)
{
    arguments *a = given;
    unmix_simulate_options_init(&a->options);
    a->common.seed = a->options.seed;
}

static unmix_status check(um_session *run, const arguments *a)
{
    const char *const files[] = {"signatures.tsv", a->format == UNMIX_SIMULATION_H5AD ? "bulk.h5ad" : "bulk.tsv",
                                 "genes.tsv", "truth.tsv"};
    if (!a->output)
        return session_usage(run, "needs -o FOLDER/, where to write the files");
    if (a->options.types_per_sample > a->options.types)
        return session_usage(run, "--types-per-sample %zu is more than --types %zu", a->options.types_per_sample,
                             a->options.types);
    return output_check_files(run, a->output, files, sizeof files / sizeof files[0]);
}

static unmix_status run_simulate(um_session *run, const void *given)
{
    const arguments *a = given;
    unmix_simulate_options options = a->options;
    unmix_status status = check(run, a);
    if (status != UNMIX_OK)
        return status;
    options.seed = run->common->seed;
    status = unmix_simulate_write(run->cx, &options, (unmix_simulation_format)a->format, a->output, scratch_folder(),
                                  run->common->force);
    if (status == UNMIX_OK)
        session_say(run, "%s genes, %s types, %s samples in %s", with_commas(options.genes), with_commas(options.types),
                    with_commas(options.samples), a->output);
    return status;
}

const um_command command_simulate = {
    .name = "simulate",
    .summary = "a cohort of mixtures with known truth",
    .usage = "unmix simulate [options] -o FOLDER/",
    .description =
        "Draws signatures with families of similar cell types, gene lengths, and over-dispersed counts of bulk "
        "samples mixed from them, to try unmix on and to see how well it does. The sizes are by default those of "
        "a published cohort. A sample does not depend on how many others there are, and a cohort may be larger than "
        "memory: it takes a temporary file as large as the bulk (in TMPDIR) to write it.",
    .groups = groups,
    .output = "Four files in the folder, tab-separated tables:\n"
              "signatures.tsv  genes x types, molecules, each column sums to 1e6\n"
              "bulk.tsv        genes x samples, counts of reads (or bulk.h5ad, samples as obs)\n"
              "genes.tsv       length and weight of each gene, for --gene-info\n"
              "truth.tsv       samples x types, the true proportions of RNA",
    .examples = "  A small cohort, taken apart and compared with the truth:\n"
                "  $ unmix simulate --genes 2000 --types 6 --samples 20 -o small/\n"
                "  $ unmix deconvolve --signatures small/signatures.tsv --bulk small/bulk.tsv \\\n"
                "        --gene-info small/genes.tsv -o small.h5ad\n"
                "  $ unmix compare small.h5ad --truth small/truth.tsv\n"
                "  A large one, for a try at full size:\n"
                "  $ unmix simulate --samples 2000 --format h5ad -o large/\n"
                "  Three of 40 types in each sample, counts without over-dispersion:\n"
                "  $ unmix simulate --genes 5000 --types 40 --samples 10 --types-per-sample 3 \\\n"
                "        --dispersion 0 -o sparse/\n",
    .arguments_size = sizeof(arguments),
    .defaults = defaults,
    .run = run_simulate,
};
