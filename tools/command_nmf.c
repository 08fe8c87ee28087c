/* unmix nmf: which gene programs cells or spots are made of. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "command.h"

typedef struct arguments {
    um_common_options common;
    um_cells_arguments cells;
    unmix_nmf_options options;
    const char *components, *batch_key, *loss, *programs, *start, *output;
    double alpha_H;
    int all_genes, require_convergence;
} arguments;

static const um_option_range range_share = {0, 1, 0, 0, "a number from 0 to 1"};
static const um_option_range range_inside = {0, 1, 1, 1, "a number above 0 and below 1"};

enum { TEXT = 400 };

static void add(char *text, const char *before, const char *more)
{
    strncat(text, before, TEXT - 1 - strlen(text));
    strncat(text, more, TEXT - 1 - strlen(text));
}

static const unmix_nmf_loss_traits *loss_at(size_t i)
{
    return unmix_nmf_loss_info((unmix_nmf_loss)i);
}

/* "frobenius: what it is for; kl: ..." */
static void loss_text(const um_option *option, um_option_text *text)
{
    static char names[TEXT], help[TEXT];
    (void)option;
    names[0] = help[0] = '\0';
    for (size_t i = 0; i < unmix_nmf_loss_count(); i++) {
        add(names, i ? "|" : "", loss_at(i)->name);
        add(help, i ? "; " : "", loss_at(i)->name);
        add(help, ": ", loss_at(i)->description);
    }
    text->value = names;
    text->help = help;
    text->fallback = loss_at(0)->name;
}

static void solver_text(const um_option *option, um_option_text *text)
{
    static char help[TEXT], fallback[TEXT];
    (void)option;
    help[0] = fallback[0] = '\0';
    add(help, "", "hals: scikit-learn's coordinate descent, ");
    add(fallback, "", "hals; mu for ");
    size_t with = 0, without = 0;
    for (size_t i = 0; i < unmix_nmf_loss_count(); i++)
        if (loss_at(i)->hals)
            add(help, with++ ? ", " : "", loss_at(i)->name);
        else
            add(fallback, without++ ? ", " : "", loss_at(i)->name);
    add(help, " only; mu: ", "multiplicative updates");
    text->help = help;
    text->fallback = fallback;
}

/* clang-format off */
static const um_option options_input[] = {
    OPTIONS_READ_CELLS(arguments),
    OPTIONS_VALUES_OF_CELLS(arguments),
    {.name = NULL},
};

static const um_option options_genes[] = {
    {.name = "top-genes", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.cells.top_genes), .value = "N",
     .help = "highly variable genes to use", .range = &range_from_one},
    {.name = "gene-selection", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.cells.selection),
     .value = "seurat|variance|all",
     .help = "seurat: scanpy's highly_variable_genes with flavor='seurat'; variance: the largest variance of the log1p "
             "values; all: no choice"},
    {.name = "all-genes", .kind = OPTION_FLAG, .offset = offsetof(arguments, all_genes), .flag = 1,
     .help = "the same as --gene-selection all"},
    {.name = "batch-key", .kind = OPTION_TEXT, .offset = offsetof(arguments, batch_key), .value = "COLUMN",
     .help = "column of obs in an .h5ad: genes are chosen in each batch, and those of most batches taken",
     .fallback = "one batch"},
    {.name = NULL},
};

static const um_option options_method[] = {
    {.name = "components", .letter = 'k', .kind = OPTION_TEXT, .offset = offsetof(arguments, components),
     .value = "K|FIRST:LAST",
     .help = "number of programs; of a range every number is tried, and error, stability and the prediction of held out "
             "entries are printed as a table",
     .fallback = "10"},
    {.name = "loss", .kind = OPTION_TEXT, .offset = offsetof(arguments, loss), .made = loss_text},
    {.name = "solver", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.solver), .value = "hals|mu",
     .made = solver_text},
    {.name = "init", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.init), .value = "nndsvda|nndsvd|random",
     .help = "where the fit starts, as in scikit-learn with random_state = seed"},
    {.name = "starts", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.starts), .value = "N",
     .help = "fits from the seeds seed, seed + 1, ...; the one of the smallest loss is kept", .range = &range_from_one},
    {.name = "start", .kind = OPTION_TEXT, .offset = offsetof(arguments, start), .value = "FILE",
     .help = "start from these programs (a result of nmf or consensus, or a table with genes in rows)",
     .fallback = "--init"},
    {.name = "programs", .kind = OPTION_TEXT, .offset = offsetof(arguments, programs), .value = "FILE",
     .help = "keep these programs as they are and fit the usages of the cells alone"},
    {.name = "sweeps", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.sweeps), .value = "N",
     .help = "hals: sweeps over the programs for each product with the data; 1 is scikit-learn's, 3 takes fewer "
             "iterations to the same end",
     .range = &range_from_one},
    {.name = "tol", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.tolerance), .value = "X",
     .help = "stop when the gradient (mu: the gain in ten iterations) is below this part of what it was at first",
     .range = &range_from_zero},
    {.name = "max-iter", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.max_iterations), .value = "N",
     .help = "most iterations", .range = &range_from_one},
    {.name = "alpha-W", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.alpha_W), .value = "X",
     .help = "penalty on the usages, times the number of genes (scikit-learn's scaling)", .range = &range_from_zero},
    {.name = "alpha-H", .kind = OPTION_NUMBER, .offset = offsetof(arguments, alpha_H), .value = "X",
     .help = "penalty on the programs, times the number of cells", .range = &range_from_zero, .fallback = "as alpha-W"},
    {.name = "l1-ratio", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.l1_ratio), .value = "X",
     .help = "share of the penalties that is l1 (zeros); the rest is l2", .range = &range_share},
    {.name = NULL},
};

static const um_option options_range[] = {
    {.name = "resamples", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.resamples), .value = "N",
     .help = "fits of resampled cells for the stability of each number; 0: none"},
    {.name = "resample-fraction", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.resample_fraction),
     .value = "X", .help = "share of the cells in each", .range = &range_inside},
    {.name = "masks", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.masks), .value = "N",
     .help = "masks of held out entries for each number; 0: none"},
    {.name = "held-out", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.held_out), .value = "X",
     .help = "share of the entries in each mask", .range = &range_inside},
    {.name = NULL},
};

static const um_option options_output[] = {
    {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .offset = offsetof(arguments, output),
     .value = "OUT.h5ad|OUT/", .help = "AnnData file, or folder of tables and run.json; may be left out with a range of "
                                       "components"},
    {.name = "require-convergence", .kind = OPTION_FLAG, .offset = offsetof(arguments, require_convergence), .flag = 1,
     .help = "end with status 5 when the fit did not converge; the result is written all the same"},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"Input", options_input, 0},
    {"Genes", options_genes, 0},
    {"Method", options_method, 0},
    {"Method", options_seed, 0},
    {"Range of components", options_range, 0},
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
    unmix_nmf_options_init(&a->options);
    a->cells.options = a->options.cells;
    a->common.seed = a->options.seed;
}

/* ---- Options that are more than a value ---- */

static int whole(const char *text, char **end, size_t *number)
{
    errno = 0;
    if (*text < '0' || *text > '9')
        return 0;
    const unsigned long value = strtoul(text, end, 10);
    *number = (size_t)value;
    return errno == 0 && value >= 1 && value <= 4096;
}

/* "10" or "4:12". */
static unmix_status read_components(um_session *run, const char *text, unmix_nmf_options *o)
{
    char *end = NULL;
    if (!text)
        return UNMIX_OK;
    int right = whole(text, &end, &o->components);
    if (right && *end == ':')
        right = whole(end + 1, &end, &o->last_components) && o->last_components >= o->components;
    if (!right || *end)
        return session_usage(run, "--components '%s': expected a number (10) or a range (4:12) of 1 to 4096", text);
    return UNMIX_OK;
}

static unmix_status check_alone(um_session *run, const char *option, const char *other)
{
    return option_given(run->common, option) && option_given(run->common, other)
               ? session_usage(run, "--%s and --%s exclude each other", option, other)
               : UNMIX_OK;
}

static unmix_status check_together(um_session *run, const unmix_nmf_options *o)
{
    static const char *const pairs[][2] = {{"programs", "start"},    {"programs", "components"},
                                           {"programs", "init"},     {"programs", "starts"},
                                           {"start", "components"},  {"start", "init"},
                                           {"start", "starts"},      {"programs", "top-genes"},
                                           {"all-genes", "top-genes"}, {"all-genes", "gene-selection"}};
    static const char *const ranges[] = {"resamples", "resample-fraction", "masks", "held-out"};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const unmix_status status = check_alone(run, pairs[i][0], pairs[i][1]);
        if (status != UNMIX_OK)
            return status;
    }
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (option_given(run->common, ranges[i]) && o->last_components <= o->components)
            return session_usage(run, "--%s belongs to a range of components (--components 4:12)", ranges[i]);
    return UNMIX_OK;
}

static unmix_status read_options(um_session *run, const arguments *a, unmix_nmf_options *o)
{
    *o = a->options;
    unmix_status status = read_components(run, a->components, o);
    if (status == UNMIX_OK)
        status = cells_check(run);
    if (status == UNMIX_OK)
        status = check_together(run, o);
    o->cells.values = a->cells.options.values;
    o->cells.normalize = a->cells.options.normalize;
    o->cells.log1p = a->cells.options.log1p;
    if (a->all_genes)
        o->cells.selection = UNMIX_GENES_ALL;
    if (status == UNMIX_OK && a->loss)
        status = unmix_nmf_set_loss(run->cx, o, a->loss);
    if (option_given(run->common, "solver"))
        o->solver = a->options.solver;
    o->alpha_H = option_given(run->common, "alpha-H") ? a->alpha_H : o->alpha_W;
    o->seed = run->common->seed;
    return status;
}

static unmix_status check(um_session *run, const arguments *a, const unmix_nmf_options *o)
{
    const char *inputs[] = {run->common->positional.items[0], a->programs, a->start};
    if (!a->output && o->last_components > o->components)
        return UNMIX_OK;
    return cells_check_output(run, a->output, inputs, sizeof inputs / sizeof inputs[0]);
}

/* ---- The run ---- */

typedef struct inputs {
    unmix_device *device;
    unmix_source *source;
    unmix_matrix *programs;
    const char **batch;
    unmix_programs *result;
} inputs;

static void inputs_free(inputs *in)
{
    unmix_programs_free(in->result);
    unmix_labels_free(in->batch);
    unmix_matrix_free(in->programs);
    unmix_source_close(in->source);
    unmix_device_close(in->device);
}

static unmix_status read_inputs(um_session *run, const arguments *a, unmix_nmf_options *o, inputs *in)
{
    const char *path = run->common->positional.items[0], *programs = a->programs ? a->programs : a->start;
    size_t cells = 0;
    unmix_status status = cells_open(run, &a->cells, path, &in->source);
    if (status == UNMIX_OK && a->batch_key)
        status = unmix_labels_read(run->cx, path, a->batch_key, &in->batch, &cells);
    if (status == UNMIX_OK && programs)
        status = unmix_programs_read(run->cx, programs, &in->programs);
    o->cells.batch = in->batch;
    o->programs = in->programs;
    o->start_from_programs = a->start != NULL;
    return status;
}

/* ", 40.0% of the loss without programs"; nothing where there is nothing to explain. */
static const char *share_of_loss(const unmix_programs_summary *s)
{
    static char text[80];
    (void)snprintf(text, sizeof text, ", %.1f%% of the loss without programs", 100 * s->error);
    return isnan(s->error) ? "" : text;
}

static void summarise(um_session *run, const arguments *a, const unmix_programs_summary *s)
{
    session_say(run, "%s cells x %s genes of %s, %s programs", with_commas(s->cells), with_commas(s->genes_used),
                with_commas(s->genes), with_commas(s->components));
    if (*s->reason)
        session_say(run, "%s", s->reason);
    session_say(run, "%s iterations%s, loss %.8g%s", with_commas(s->iterations), s->converged ? "" : " (not converged)",
                s->loss, share_of_loss(s));
    if (a->output)
        session_say(run, "usages and programs are in %s", a->output);
}

static unmix_status finish(um_session *run, const arguments *a, const inputs *in)
{
    const unmix_programs_summary *s = unmix_programs_get_summary(in->result);
    unmix_status status = UNMIX_OK;
    if (a->output)
        status = cells_write(run, in->result, &a->cells, run->common->positional.items[0], a->output);
    if (status == UNMIX_OK && unmix_programs_matrix(in->result, "ranks"))
        status = cells_print(run, in->result, "ranks", "components");
    if (status != UNMIX_OK)
        return status;
    summarise(run, a, s);
    if (a->require_convergence && !s->converged)
        return session_fail(run, UNMIX_ERROR_NOT_CONVERGED, "not converged after %zu iterations; raise --max-iter, or --tol",
                            s->iterations);
    return UNMIX_OK;
}

static unmix_status run_nmf(um_session *run, const void *given)
{
    const arguments *a = given;
    unmix_nmf_options options;
    inputs in = {0};
    unmix_status status = read_options(run, a, &options);
    if (status == UNMIX_OK)
        status = check(run, a, &options);
    if (status == UNMIX_OK)
        status = session_open_device(run, &in.device);
    if (status == UNMIX_OK)
        status = read_inputs(run, a, &options, &in);
    if (status == UNMIX_OK)
        status = unmix_nmf(run->cx, in.device, in.source, &options, &in.result);
    if (status == UNMIX_OK)
        status = finish(run, a, &in);
    inputs_free(&in);
    return status;
}

const um_command command_nmf = {
    .name = "nmf",
    .summary = "which gene programs cells or spots are made of",
    .usage = "unmix nmf CELLS [--components K] [options] -o OUT.h5ad|OUT/\n"
             "unmix nmf CELLS --components FIRST:LAST [options] [-o OUT.h5ad|OUT/]\n"
             "unmix nmf CELLS --programs FILE [options] -o OUT.h5ad|OUT/",
    .description =
        "Factorises cells x genes into usages (cells x programs) and programs (programs x genes), all of them 0 or more. "
        "CELLS is an .h5ad, a 10x .h5, a MatrixMarket folder, or a table with genes in rows. Sparse data stays sparse. "
        "With a range of components every number is tried and one is chosen; with --programs new cells are described by "
        "programs found before.",
    .groups = groups,
    .output =
        "OUT.h5ad has everything that is in CELLS, and beside it obsm['X_nmf'] (usages), uns['X_nmf_components'] (programs "
        "x genes that take part, named in uns['X_nmf_genes']), varm['X_nmf'] (loadings of all genes: those of the programs, "
        "and for the other genes non-negative least squares on the usages), obs['nmf_program'] (number of the program with the "
        "largest usage, usages scaled to the same sum), var['highly_variable'] and its columns as scanpy names them, and "
        "uns['unmix_nmf'], which says everything about the run. OUT/ is a folder with usages.tsv, loadings.tsv, cells.tsv, "
        "genes.tsv and run.json.\n"
        "A range of components prints a table: error is the share of the loss that is left, stability the mean silhouette of "
        "the programs of resampled cells, held_out the mean loss of entries that were hidden from the fit, held_out_se the "
        "standard error of its difference from the least. Chosen is the smallest number whose held_out exceeds the least by "
        "no more than that.",
    .examples = "  Cells to try it on, then six programs of them:\n"
                "  $ unmix simulate --force --genes 1000 --types 6 --samples 200 --depth 5000 \\\n"
                "        --dispersion 0 --format h5ad -o cells/\n"
                "  $ unmix nmf cells/bulk.h5ad --normalize 1e4 --components 6 -o nmf.h5ad\n"
                "  How many programs are there?\n"
                "  $ unmix nmf cells/bulk.h5ad --normalize 1e4 -k 5:7 --resamples 5\n"
                "  The same programs in other cells:\n"
                "  $ unmix nmf cells/bulk.h5ad --normalize 1e4 --programs nmf.h5ad -o usages/\n",
    .arguments_size = sizeof(arguments),
    .positional_least = 1,
    .positional_most = 1,
    .positional = "an input: an .h5ad, a 10x .h5, a MatrixMarket folder or a table",
    .defaults = defaults,
    .run = run_nmf,
};
