/* unmix score: how active lists of genes are in every cell. */
#include <string.h>

#include "cells.h"
#include "command.h"

typedef struct arguments {
    um_common_options common;
    um_cells_arguments cells;
    unmix_score_options options;
    const char *gene_sets, *output;
} arguments;

static const um_option_range range_from_two = {2, 1e9, 0, 0, "2 or more"};

/* clang-format off */
static const um_option options_input[] = {
    {.name = "gene-sets", .kind = OPTION_TEXT, .offset = offsetof(arguments, gene_sets), .value = "FILE",
     .help = "lists of genes: a GMT file, or a table with the columns set and gene",
     .fallback = "the clusters of 'unmix consensus' in CELLS"},
    OPTIONS_READ_CELLS(arguments),
    OPTIONS_VALUES_OF_CELLS(arguments),
    {.name = NULL},
};

static const um_option options_method[] = {
    {.name = "controls", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.controls), .value = "N",
     .help = "control genes drawn from each bin of mean expression", .range = &range_from_one},
    {.name = "bins", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.bins), .value = "N",
     .help = "bins of mean expression", .range = &range_from_two},
    {.name = "controls-elsewhere", .kind = OPTION_FLAG, .offset = offsetof(arguments, options.controls_as_reference),
     .flag = 0, .help = "leave the genes of a list out before controls are drawn (scanpy's ctrl_as_ref=False)"},
    {.name = NULL},
};

static const um_option options_output[] = {
    {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .offset = offsetof(arguments, output),
     .value = "OUT.h5ad|OUT/|OUT.tsv", .help = "AnnData file, folder, or table of the z-scores; required"},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"Input", options_input, 0},
    {"Method", options_method, 0},
    {"Method", options_seed, 0},
    {"Output", options_output, 0},
    {"Output", options_force, 0},
    {"Hidden", options_device, 1},
    {"General", options_general, 0},
    {NULL, NULL, 0},
};
/* clang-format on */

static void defaults(void *given)
{
    arguments *a = given;
    unmix_score_options_init(&a->options);
    a->cells.options = a->options.cells;
    a->common.seed = a->options.seed;
}

static int is_table(const char *path)
{
    return ends_with(path, ".tsv") || ends_with(path, ".csv") || ends_with(path, ".tsv.gz") || ends_with(path, ".csv.gz");
}

static unmix_status check(um_session *run, const arguments *a)
{
    const char *inputs[] = {run->common->positional.items[0], a->gene_sets};
    const unmix_status status = cells_check(run);
    if (status != UNMIX_OK)
        return status;
    if (a->output && is_table(a->output))
        return output_check(run, a->output, inputs, 2);
    return cells_check_output(run, a->output, inputs, 2);
}

typedef struct inputs {
    unmix_source *source;
    unmix_gene_sets *sets;
    unmix_programs *result;
} inputs;

static unmix_status solve(um_session *run, const arguments *a, inputs *in)
{
    const char *path = run->common->positional.items[0];
    unmix_score_options options = a->options;
    options.cells = a->cells.options;
    options.seed = run->common->seed;
    unmix_status status = cells_open(run, &a->cells, path, &in->source);
    if (status == UNMIX_OK)
        status = a->gene_sets ? unmix_gene_sets_read(run->cx, a->gene_sets, &in->sets)
                              : unmix_gene_sets_of_result(run->cx, path, &in->sets);
    if (status == UNMIX_OK)
        status = unmix_score(run->cx, in->source, in->sets, &options, &in->result);
    if (status != UNMIX_OK)
        return status;
    if (is_table(a->output))
        return unmix_matrix_write(run->cx, unmix_programs_matrix(in->result, "z_scores"), a->output, "cell",
                                  run->common->force);
    return cells_write(run, in->result, &a->cells, path, a->output);
}

static unmix_status run_score(um_session *run, const void *given)
{
    const arguments *a = given;
    inputs in = {0};
    unmix_status status = check(run, a);
    if (status == UNMIX_OK)
        status = solve(run, a, &in);
    if (status == UNMIX_OK)
        session_say(run, "%s lists scored in %s cells, in %s", with_commas(unmix_gene_sets_count(in.sets)),
                    with_commas(unmix_programs_get_summary(in.result)->cells), a->output);
    unmix_programs_free(in.result);
    unmix_gene_sets_free(in.sets);
    unmix_source_close(in.source);
    return status;
}

const um_command command_score = {
    .name = "score",
    .summary = "how active lists of genes are in every cell",
    .usage = "unmix score CELLS --gene-sets FILE [options] -o OUT.h5ad|OUT/|OUT.tsv\n"
             "unmix score CONSENSUS.h5ad [options] -o OUT.h5ad|OUT/|OUT.tsv",
    .description =
        "Mean expression of the genes of a list minus that of control genes of similar expression, numerically as scanpy's "
        "score_genes (1.10 and later, random_state = seed), then standardised over the cells. CELLS holds log-normalised "
        "values, or counts with --normalize. Without --gene-sets the clusters of 'unmix consensus' are scored.",
    .groups = groups,
    .output =
        "OUT.h5ad has everything that is in CELLS, and beside it for each list NAME the columns obs['NAME'] (z-score: mean 0, "
        "standard deviation 1) and obs['NAME_score'] (as scanpy gives it). OUT/ is a folder with cells.tsv and run.json; "
        "OUT.tsv a table of the z-scores.",
    .examples = "  Cells, a list of genes, and its scores:\n"
                "  $ unmix simulate --force --genes 1000 --types 6 --samples 200 --depth 5000 \\\n"
                "        --dispersion 0 --format h5ad -o cells/\n"
                "  $ awk 'NR == 1 {print \"set\\tgene\"} NR > 1 && NR < 41 {print \"mine\\t\" $1}' \\\n"
                "        cells/signatures.tsv > mine.tsv\n"
                "  $ unmix score cells/bulk.h5ad --normalize 1e4 --gene-sets mine.tsv \\\n"
                "        -o scores.tsv\n",
    .arguments_size = sizeof(arguments),
    .positional_least = 1,
    .positional_most = 1,
    .positional = "an input: an .h5ad, a 10x .h5, a MatrixMarket folder or a table",
    .defaults = defaults,
    .run = run_score,
};
