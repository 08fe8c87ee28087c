/* unmix deconvolve: which cell types each bulk sample is made of. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"

typedef struct arguments {
    um_common_options common;
    unmix_deconvolve_options options;
    const char *signatures, *bulk, *gene_info, *cell_size, *output;
    const char *gene_column, *bulk_gene_column, *signature_gene_column, *skip_columns, *layer;
    int require_convergence;
} arguments;

/* clang-format off */
static const um_option options_input[] = {
    {.name = "signatures", .kind = OPTION_TEXT, .offset = offsetof(arguments, signatures), .value = "FILE",
     .help = "expression of each cell type: genes in rows, types in columns, any scale per column; required"},
    {.name = "bulk", .kind = OPTION_TEXT, .offset = offsetof(arguments, bulk), .value = "FILE",
     .help = "counts of the samples: a table with genes in rows, an .h5ad with samples as obs, a 10x .h5 or a "
             "MatrixMarket folder; required"},
    {.name = "gene-info", .kind = OPTION_TEXT, .offset = offsetof(arguments, gene_info), .value = "FILE",
     .help = "table with the columns length (bases) and, if there is one, weight (0 to 1); without it lengths count as "
             "insert size and weights as 1"},
    {.name = "gene-column", .kind = OPTION_TEXT, .offset = offsetof(arguments, gene_column), .value = "NAME",
     .help = "column of the gene info with the names of the genes", .fallback = "the one that matches most"},
    {.name = "bulk-gene-column", .kind = OPTION_TEXT, .offset = offsetof(arguments, bulk_gene_column), .value = "NAME",
     .help = "the same for the bulk table", .fallback = "the first"},
    {.name = "signature-gene-column", .kind = OPTION_TEXT, .offset = offsetof(arguments, signature_gene_column),
     .value = "NAME", .help = "the same for the table of signatures", .fallback = "the first"},
    {.name = "skip-columns", .kind = OPTION_TEXT, .offset = offsetof(arguments, skip_columns), .value = "A,B",
     .help = "columns of the bulk table to leave out"},
    {.name = "layer", .kind = OPTION_TEXT, .offset = offsetof(arguments, layer), .value = "X|raw|NAME",
     .help = "matrix of the bulk .h5ad to use", .fallback = "X"},
    {.name = "duplicates", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.duplicates),
     .value = "refuse|sum", .help = "genes of the same name"},
    {.name = "drop-empty", .kind = OPTION_FLAG, .offset = offsetof(arguments, options.drop_empty), .flag = 1,
     .help = "leave out samples without any count instead of refusing them"},
    {.name = "scale", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.scale), .value = "detect|linear",
     .help = "detect refuses bulk that looks log-transformed; linear takes the values as they are"},
    {.name = NULL},
};

static const um_option options_model[] = {
    {.name = "no-intercept", .kind = OPTION_FLAG, .offset = offsetof(arguments, options.intercept), .flag = 0,
     .help = "do not fit a uniform background beside the types"},
    {.name = "signature-units", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.units),
     .value = "molecules|reads",
     .help = "molecules (UMI counts, TPM): gene lengths apply; reads: lengths are in the signatures already"},
    {.name = "insert-size", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.insert_size), .value = "BASES",
     .help = "a gene of this length gives one read a molecule", .range = &range_above_zero},
    {.name = "cell-size", .kind = OPTION_TEXT, .offset = offsetof(arguments, cell_size), .value = "column-sums|FILE",
     .help = "RNA content of each type, which turns fractions of RNA into fractions of cells: a table with the columns "
             "type and size, or the sums of the signature's columns where they carry it",
     .fallback = "fractions of RNA"},
    {.name = NULL},
};

static const um_option options_method[] = {
    {.name = "method", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.method), .value = "exact|em|gd",
     .help = "exact: the optimum itself, with a proven bound for each sample; em: expectation-maximisation; gd: gradient "
             "descent (Adam). All three look for the same optimum"},
    {.name = "m-step", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.m_step), .value = "exact|counts",
     .help = "em: counts is the update as viewmastR publishes it, for comparison; it ignores lengths"},
    {.name = "tolerance", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.tolerance), .value = "X",
     .help = "exact: a sample stops when its gap is below this; em and gd: when its loss changes by less than this, "
             "relatively, per iteration",
     .range = &range_above_zero, .fallback = "1e-6; exact in double precision 1e-9"},
    {.name = "max-iterations", .kind = OPTION_WHOLE, .offset = offsetof(arguments, options.max_iterations),
     .value = "N", .help = "most iterations", .range = &range_from_one, .fallback = "100 for exact, 1000 for em, 10000 for gd"},
    {.name = "l1", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.l1), .value = "X",
     .help = "pull small exposures to zero: em: reads taken off at each step; gd: 1 is about 1% of the loss",
     .range = &range_from_zero},
    {.name = "l2", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.l2), .value = "X",
     .help = "gd: pull large exposures together; 1 is about 1% of the loss", .range = &range_from_zero},
    {.name = "learning-rate", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.learning_rate), .value = "X",
     .help = "gd: first step size", .range = &range_above_zero},
    {.name = NULL},
};

static const um_option options_output[] = {
    {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .offset = offsetof(arguments, output),
     .value = "OUT.h5ad|OUT/", .help = "AnnData file, or folder of tables and run.json; required"},
    {.name = "no-errors", .kind = OPTION_FLAG, .offset = offsetof(arguments, options.errors), .flag = 0,
     .help = "leave out the standard errors"},
    {.name = "bootstrap", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.bootstrap), .value = "R",
     .help = "95% percentile intervals from R resamplings of the genes (20 or more; 200 is usual)", .fallback = "none"},
    {.name = "predicted", .kind = OPTION_FLAG, .offset = offsetof(arguments, options.predicted), .flag = 1,
     .help = "write the predicted counts too"},
    {.name = "require-convergence", .kind = OPTION_FLAG, .offset = offsetof(arguments, require_convergence), .flag = 1,
     .help = "end with status 5 when a sample did not converge; the result is written all the same"},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"Input", options_input, 0},
    {"Model", options_model, 0},
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
    unmix_deconvolve_options_init(&a->options);
    a->common.seed = a->options.seed;
}

static int column_sums(const arguments *a)
{
    return a->cell_size && strcmp(a->cell_size, "column-sums") == 0;
}

/* An option of one method given with the other would have no effect, and its user would not know. */
static unmix_status check_method(um_session *run, const arguments *a)
{
    static const struct {
        const char *option;
        unmix_method method;
    } only[] = {{"m-step", UNMIX_METHOD_EM}, {"l2", UNMIX_METHOD_GD}, {"learning-rate", UNMIX_METHOD_GD}};
    if (a->options.method == UNMIX_METHOD_EXACT && option_given(run->common, "l1"))
        return session_usage(run, "--l1 belongs to --method em or gd; exact has no penalty");
    for (size_t i = 0; i < sizeof only / sizeof only[0]; i++)
        if (option_given(run->common, only[i].option) && a->options.method != only[i].method)
            return session_usage(run, "--%s belongs to --method %s", only[i].option,
                                 only[i].method == UNMIX_METHOD_GD ? "gd" : "em");
    return UNMIX_OK;
}

static unmix_status check(um_session *run, const arguments *a)
{
    if (!a->signatures)
        return session_usage(run, "needs --signatures FILE");
    if (!a->bulk)
        return session_usage(run, "needs --bulk FILE");
    if (!a->output)
        return session_usage(run, "needs -o OUT.h5ad or -o OUT/, where to write the result");
    if (!ends_with(a->output, ".h5ad") && !ends_with(a->output, "/"))
        return session_usage(run, "'%s' must end in .h5ad (one file), or in / (a folder of tables)", a->output);
    if (a->gene_column && !a->gene_info)
        return session_usage(run, "--gene-column belongs to --gene-info");
    const unmix_status status = check_method(run, a);
    if (status != UNMIX_OK)
        return status;
    const char *inputs[] = {a->signatures, a->bulk, a->gene_info, column_sums(a) ? NULL : a->cell_size};
    return output_check(run, a->output, inputs, sizeof inputs / sizeof inputs[0]);
}

/* Everything that a run holds; released by inputs_free(). */
typedef struct inputs {
    unmix_device *device;
    unmix_matrix *signatures, *cell_size;
    unmix_source *bulk;
    unmix_gene_info *info;
    unmix_result *result;
} inputs;

static void inputs_free(inputs *in)
{
    unmix_result_free(in->result);
    unmix_gene_info_free(in->info);
    unmix_source_close(in->bulk);
    unmix_matrix_free(in->cell_size);
    unmix_matrix_free(in->signatures);
    unmix_device_close(in->device);
}

/* The column "size" of a table, alone. */
static unmix_status select_size(um_session *run, const char *path, unmix_matrix **table)
{
    const size_t rows = unmix_matrix_rows(*table), columns = unmix_matrix_columns(*table);
    size_t size = 0;
    while (size < columns && strcmp(unmix_matrix_column_name(*table, size), "size") != 0)
        size++;
    if (size == columns)
        return session_fail(run, UNMIX_ERROR_INPUT,
                            "%s: there is no column 'size'; cell sizes need columns type and size", path);
    if (columns == 1)
        return UNMIX_OK;
    const char **names = malloc((rows + 1) * sizeof *names);
    double *values = malloc((rows + 1) * sizeof *values);
    unmix_matrix *selected = NULL;
    unmix_status status = names && values ? UNMIX_OK : session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    for (size_t row = 0; row < rows && status == UNMIX_OK; row++) {
        names[row] = unmix_matrix_row_name(*table, row);
        values[row] = unmix_matrix_values(*table)[row * columns + size];
    }
    if (status == UNMIX_OK)
        status = unmix_matrix_new(run->cx, rows, 1, names, &(const char *){"size"}, values, &selected);
    free(names);
    free(values);
    if (status == UNMIX_OK) {
        unmix_matrix_free(*table);
        *table = selected;
    }
    return status;
}

static unmix_status read_cell_size(um_session *run, const char *path, unmix_matrix **sizes)
{
    const unmix_read_options options = {.gene_column = "type"};
    const unmix_status status = unmix_matrix_read(run->cx, path, &options, sizes);
    return status == UNMIX_OK ? select_size(run, path, sizes) : status;
}

static unmix_status read_inputs(um_session *run, const arguments *a, inputs *in)
{
    const unmix_read_options signatures = {.gene_column = a->signature_gene_column,
                                           .duplicates = a->options.duplicates};
    const unmix_read_options bulk = {.gene_column = a->bulk_gene_column,
                                     .skip_columns = a->skip_columns,
                                     .layer = a->layer,
                                     .scratch = scratch_folder(),
                                     .duplicates = a->options.duplicates};
    unmix_status status = unmix_matrix_read(run->cx, a->signatures, &signatures, &in->signatures);
    if (status == UNMIX_OK)
        status = unmix_source_open(run->cx, a->bulk, &bulk, &in->bulk);
    if (status == UNMIX_OK && a->gene_info)
        status = unmix_gene_info_read(run->cx, a->gene_info, a->gene_column, in->signatures, in->bulk, &in->info);
    if (status == UNMIX_OK && a->cell_size && !column_sums(a))
        status = read_cell_size(run, a->cell_size, &in->cell_size);
    return status == UNMIX_OK ? session_check_interrupt(run) : status;
}

static unmix_status solve(um_session *run, const arguments *a, inputs *in)
{
    unmix_deconvolve_options options = a->options;
    options.seed = run->common->seed;
    options.scratch = scratch_folder();
    options.cell_size_column_sums = column_sums(a);
    options.cell_size = in->cell_size;
    unmix_status status =
        unmix_deconvolve(run->cx, in->device, in->signatures, in->bulk, in->info, &options, &in->result);
    if (status == UNMIX_OK)
        status = session_check_interrupt(run);
    return status == UNMIX_OK ? unmix_result_write(run->cx, in->result, a->output, run->common->force) : status;
}

static void summarise(um_session *run, const arguments *a, const unmix_summary *s)
{
    const int penalised = a->options.l1 > 0.0 || a->options.l2 > 0.0;
    const int short_of_it = s->certified < s->samples && a->options.method != UNMIX_METHOD_EXACT && !penalised;
    session_say(run, "%s genes in common (%s with weight above 0), %s types, %s samples", with_commas(s->genes),
                with_commas(s->genes_used), with_commas(s->types), with_commas(s->samples));
    session_say(run, "%s of %s samples within 1e-6 of the optimum, the largest gap is %.2g nats a read%s%s",
                with_commas(s->certified), with_commas(s->samples), s->largest_gap,
                penalised ? " (of the likelihood alone, without the penalty)" : "",
                short_of_it ? "; --method exact goes all the way" : "");
    session_say(run, "R2 %.4f over all counts, %.4f of the deviance", s->r2, s->deviance_r2);
    session_say(run, "proportions, exposures and metrics of each sample are in %s", a->output);
}

static unmix_status judge_convergence(um_session *run, const arguments *a, const unmix_summary *s)
{
    const size_t open = s->samples - s->converged;
    if (open == 0)
        return UNMIX_OK;
    if (a->require_convergence)
        return session_fail(run, UNMIX_ERROR_NOT_CONVERGED,
                            "%zu of %zu samples did not converge; raise --max-iterations, or --tolerance", open,
                            s->samples);
    session_warn(run, "%zu of %zu samples did not converge; raise --max-iterations, or --tolerance", open, s->samples);
    return UNMIX_OK;
}

static unmix_status run_deconvolve(um_session *run, const void *given)
{
    const arguments *a = given;
    inputs in = {0};
    unmix_status status = check(run, a);
    if (status == UNMIX_OK)
        status = session_open_device(run, &in.device);
    if (status == UNMIX_OK)
        status = read_inputs(run, a, &in);
    if (status == UNMIX_OK)
        status = solve(run, a, &in);
    if (status == UNMIX_OK) {
        const unmix_summary *summary = unmix_result_summary(in.result);
        summarise(run, a, summary);
        status = judge_convergence(run, a, summary);
    }
    inputs_free(&in);
    return status;
}

const um_command command_deconvolve = {
    .name = "deconvolve",
    .summary = "which cell types each bulk sample is made of",
    .usage = "unmix deconvolve --signatures FILE --bulk FILE [options] -o OUT.h5ad|OUT/",
    .description =
        "Finds the mixture of cell types that explains the counts of each bulk sample best, under a Poisson model "
        "with gene lengths, gene weights and a uniform background. Genes are matched by name. Tables may be "
        "separated by tabs, commas or blanks, plain or gzipped; .h5ad files, 10x Genomics .h5 files and MatrixMarket "
        "folders are read too.",
    .groups = groups,
    .output =
        "OUT.h5ad is an AnnData file, as anndata and scanpy open it: samples are obs, obsm['proportions'], "
        "obsm['standard_errors'] and obsm['exposures'] are data frames, obs holds the metrics, and uns['unmix'] says "
        "everything about the run. OUT/ is a folder with proportions.tsv, standard_errors.tsv, exposures.tsv, "
        "metrics.tsv and run.json.\n"
        "proportions sum to 1 in each sample, background left out; they are fractions of RNA, or of cells with "
        "--cell-size. exposures are in molecules, or reads without lengths. Of the metrics, gap bounds the distance "
        "from the best possible fit: the log-likelihood could rise by at most gap nats a read. standard_errors are 0 for a "
        "type at exactly zero, whose interval is one-sided (--bootstrap gives it), and NA where the gap is above 1e-4 or "
        "types cannot be told apart.",
    .examples = "  A cohort to try it on, then two ways to write the result:\n"
                "  $ unmix simulate --force -o cohort/\n"
                "  $ unmix deconvolve --signatures cohort/signatures.tsv --bulk cohort/bulk.tsv \\\n"
                "        --gene-info cohort/genes.tsv -o result.h5ad\n"
                "  $ unmix deconvolve --signatures cohort/signatures.tsv --bulk cohort/bulk.tsv \\\n"
                "        --gene-info cohort/genes.tsv --method gd --tolerance 1e-5 -o result/\n"
                "  $ unmix compare result.h5ad result/ --truth cohort/truth.tsv\n",
    .arguments_size = sizeof(arguments),
    .defaults = defaults,
    .run = run_deconvolve,
};
