/* unmix consensus: which gene programs come again and again. */
#include <math.h>
#include <string.h>

#include "cells.h"
#include "command.h"

typedef struct arguments {
    um_common_options common;
    um_cells_arguments cells; /* of these only how the file is read; values are taken as nmf took them */
    unmix_consensus_options options;
    const char *output;
} arguments;

static const um_option_range range_fraction = {0, 1, 1, 0, "a number above 0, at most 1"};

/* clang-format off */
static const um_option options_input[] = {
    {.name = "layer", .kind = OPTION_TEXT, .offset = offsetof(arguments, cells.read.layer), .value = "X|raw|NAME",
     .help = "matrix of the .h5ad to use: the one that nmf used", .fallback = "X"},
    {.name = "missing", .kind = OPTION_FLAG, .offset = offsetof(arguments, cells.read.missing), .flag = 1,
     .help = "NaN values are missing and take no part; without this they are refused"},
    {.name = NULL},
};

static const um_option options_method[] = {
    {.name = "min-clusters", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.min_clusters), .value = "N",
     .help = "smallest number of clusters to try", .range = &range_from_one},
    {.name = "max-clusters", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.max_clusters), .value = "N",
     .help = "largest number of clusters to try", .range = &range_from_one},
    {.name = "resamples", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.resamples), .value = "N",
     .help = "resamplings", .range = &range_from_one},
    {.name = "resample-fraction", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.resample_fraction),
     .value = "X", .help = "share of the cells (or programs) in each", .range = &range_fraction},
    {.name = "resample", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.resample), .value = "spots|programs",
     .help = "spots: a factorisation of each resample of the cells, all their programs clustered; programs: the programs of "
             "the one factorisation resampled by the correlation of their usages, as published with tardis_spac"},
    {.name = "init", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.nmf.init),
     .value = "nndsvda|nndsvd|random", .help = "where the factorisations of the resamples start"},
    {.name = "sweeps", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.nmf.sweeps), .value = "N",
     .help = "hals: sweeps over the programs for each product with the data; 1 is scikit-learn's, 3 takes fewer "
             "iterations to the same end",
     .range = &range_from_one},
    {.name = "cluster-genes", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.cluster_genes), .value = "N",
     .help = "genes of each cluster that are named and scored", .range = &range_from_one},
    {.name = NULL},
};

static const um_option options_output[] = {
    {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .offset = offsetof(arguments, output),
     .value = "OUT.h5ad|OUT/", .help = "AnnData file, or folder of tables and run.json; required"},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"Input", options_input, 0},
    {"Method", options_method, 0},
    {"Method", options_seed, 0},
    {"Output", options_output, 0},
    {"Output", options_force, 0},
    {"Device", options_device, 0},
    {"General", options_general, 0},
    {NULL, NULL, 0},
};
/* clang-format on */

static void defaults(void *given)
{
    arguments *a = given;
    unmix_consensus_options_init(&a->options);
    a->common.seed = a->options.nmf.seed;
}

typedef struct inputs {
    unmix_device *device;
    unmix_source *source;
    unmix_matrix *usages, *components;
    unmix_programs *result;
} inputs;

static void inputs_free(inputs *in)
{
    unmix_programs_free(in->result);
    unmix_matrix_free(in->components);
    unmix_matrix_free(in->usages);
    unmix_source_close(in->source);
    unmix_device_close(in->device);
}

/* Everything about the factorisation comes from the file, except where the resamples start and the seed. */
static unmix_status solve(um_session *run, const arguments *a, inputs *in)
{
    const char *path = run->common->positional.items[0];
    unmix_consensus_options options = a->options;
    const unmix_nmf_init init = options.nmf.init;
    unmix_status status = unmix_nmf_read(run->cx, path, &options.nmf, &in->usages, &in->components);
    if (status == UNMIX_OK)
        status = unmix_nmf_check_layer(run->cx, path, a->cells.read.layer);
    options.nmf.init = init;
    options.nmf.seed = run->common->seed;
    if (status == UNMIX_OK)
        status = cells_open(run, &a->cells, path, &in->source);
    if (status == UNMIX_OK)
        status = unmix_consensus(run->cx, in->device, in->source, in->usages, in->components, &options, &in->result);
    return status == UNMIX_OK ? cells_write(run, in->result, &a->cells, path, a->output) : status;
}

static unmix_status run_consensus(um_session *run, const void *given)
{
    const arguments *a = given;
    inputs in = {0};
    const char *given_inputs[] = {run->common->positional.items[0]};
    unmix_status status = cells_check_output(run, a->output, given_inputs, 1);
    if (status == UNMIX_OK)
        status = session_open_device(run, &in.device);
    if (status == UNMIX_OK)
        status = solve(run, a, &in);
    if (status == UNMIX_OK)
        status = cells_print(run, in.result, "clusters", "clusters");
    if (status == UNMIX_OK) {
        const unmix_programs_summary *s = unmix_programs_get_summary(in.result);
        session_say(run, "%s", s->reason);
        session_say(run, "%s consensus programs leave %.1f%% of the loss; usages, programs and scores are in %s",
                    with_commas(s->components), 100 * s->error, a->output);
    }
    inputs_free(&in);
    return status;
}

const um_command command_consensus = {
    .name = "consensus",
    .summary = "which gene programs come again, and how many there are",
    .usage = "unmix consensus NMF.h5ad [options] -o OUT.h5ad|OUT/",
    .description =
        "NMF.h5ad is a result of 'unmix nmf'. Its cells are factorised again and again, 80% of them at a time; the programs of "
        "all these fits are clustered for each number of clusters, and the number is chosen by how stable the clusters are. "
        "The median program of each cluster is a consensus program: its usages in all cells are fitted, and its top genes "
        "are scored in every cell.",
    .groups = groups,
    .output =
        "Standard output: a table with a row for each number of clusters: mean silhouette, cophenetic correlation of the "
        "consensus matrix, area under its distribution and the change of it, ambiguous pairs (PAC), error (share of the loss "
        "that the median programs leave) and support (fewest resamples that any cluster has programs of). Why the number was "
        "chosen is said on standard error.\n"
        "OUT.h5ad has everything that is in NMF.h5ad, and beside it obsm['X_nmf_consensus'] (usages), varm['nmf_consensus'] "
        "(loadings of all genes), obs['nmf_cluster_0'], ... (z-scored gene scores as scanpy's score_genes), "
        "obs['nmf_consensus_program'], and uns['nmf_consensus']: the table, the reason, genes of each cluster, consensus "
        "matrix, linkage and labels. OUT/ is a folder with usages.tsv, loadings.tsv, cells.tsv and run.json.",
    .examples = "  Cells, a factorisation of them, and its consensus:\n"
                "  $ unmix simulate --force --genes 1000 --types 6 --samples 200 --depth 5000 \\\n"
                "        --dispersion 0 --format h5ad -o cells/\n"
                "  $ unmix nmf cells/bulk.h5ad --normalize 1e4 --components 6 -o nmf6.h5ad\n"
                "  $ unmix consensus nmf6.h5ad --resamples 10 -o consensus.h5ad\n",
    .arguments_size = sizeof(arguments),
    .positional_least = 1,
    .positional_most = 1,
    .positional = "a result of 'unmix nmf' (.h5ad)",
    .defaults = defaults,
    .run = run_consensus,
};
