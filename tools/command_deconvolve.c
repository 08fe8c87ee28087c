/* unmix deconvolve: which cell types each bulk sample is made of. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "inputs.h"
#include "methods.h"
#include "output.h"
#include "record.h"
#include "tables.h"

typedef struct arguments {
    um_common_options common;
    unmix_deconvolve_options options;
    um_input_names in;
    const char *output, *unmatched;
    int require_convergence;
} arguments;

/* Below, Adam's gradients drown in its epsilon; above, no exposure lies. */
static const um_option_range range_start = {-20.0, 0.0, 0, 0, "a number from -20 to 0"};

/* clang-format off */
static const um_option options_input[] = {
    {.name = "signatures", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.signatures), .value = "FILE",
     .help = "expression of each cell type: genes in rows, types in columns, any scale per column; this or "
             "--reference"},
    {.name = "reference", .kind = OPTION_FILES, .offset = offsetof(arguments, in.reference), .value = "FILE",
     .help = "single cells to make them from: an .h5ad, or with --cells a table of counts, a 10x .h5 or a "
             "MatrixMarket folder; music needs one. Given several times, the files are one reference of the genes that all have"},
    {.name = "groupby", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.groupby), .value = "COLUMN",
     .help = "reference: column with the type of each cell"},
    {.name = "subject", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.subject), .value = "COLUMN",
     .help = "reference: column with the donor of each cell", .fallback = "all cells are of one"},
    {.name = "cells", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.cells), .value = "FILE",
     .help = "reference: table of labels for a table of counts, names of the cells in its first column"},
    {.name = "drop", .kind = OPTION_LIST, .offset = offsetof(arguments, in.drop), .value = "LABEL,...",
     .help = "reference: labels to leave out"},
    {.name = "input", .kind = OPTION_CHOICE, .offset = offsetof(arguments, in.scale), .value = "detect|counts|log1p",
     .help = "reference: what the values are; music and nnls need counts"},
    {.name = "reference-layer", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.reference_layer),
     .value = "X|raw|NAME", .help = "reference: matrix of the .h5ad to use", .fallback = "X"},
    {.name = "bulk", .kind = OPTION_FILES, .offset = offsetof(arguments, in.bulk), .value = "FILE",
     .help = "counts of the samples: a table with genes in rows, an .h5ad with samples as obs, a 10x .h5 or a "
             "MatrixMarket folder; - reads a table from standard input. Given several times, or as a folder of tables of one sample, "
             "the samples are joined; required"},
    {.name = "gene-info", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.gene_info), .value = "FILE",
     .help = "table with the columns length (bases) and, if there is one, weight (0 to 1); without it lengths count as "
             "insert size and weights as 1"},
    {.name = "gene-weights", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.gene_weights),
     .value = "none|specificity|variance|FILE",
     .help = "weights to multiply those of the gene info by: less for genes that are alike in all types (specificity), or, "
             "from the variance between subjects, for genes that differ between people; or a table with the genes first "
             "and a column weight (0 to 1; genes that are not there are left out)",
     .fallback = "none"},
    {.name = "variance", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.variance), .value = "FILE",
     .help = "for --gene-weights variance with --signatures: the table that 'unmix signatures --subject' writes beside "
             "them"},
    {.name = "profiles", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.profiles), .value = "FILE",
     .help = "for intervals with --signatures: the donors that these are means of, the table that 'unmix signatures "
             "--subject' writes beside them"},
    {.name = "gene-column", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.gene_column), .value = "NAME",
     .help = "column of the gene info with the names of the genes", .fallback = "the one that matches most"},
    {.name = "bulk-gene-column", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.bulk_read.gene_column),
     .value = "NAME", .help = "the same for the bulk table", .fallback = "the first"},
    {.name = "signature-gene-column", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.signature_gene_column),
     .value = "NAME", .help = "the same for the table of signatures, or of the reference", .fallback = "the first"},
    {.name = "signature-columns", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.signature_columns),
     .value = "all|A,B", .help = "columns of the table of signatures, or of the reference, to take, whatever they are called",
     .fallback = "those that are no identifiers, places and lengths of genes"},
    OPTIONS_TABLE(arguments, in.bulk_read, "the bulk table"),
    {.name = "layer", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.bulk_read.layer), .value = "X|raw|NAME",
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
    {.name = "bulk-units", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.bulk_units),
     .value = "detect|reads|umi|tpm|fpkm|cpm",
     .help = "what the bulk counts: reads have gene lengths in them, umi (3' protocols), tpm and fpkm have not; detect: tpm "
             "where values are not whole and samples add up alike to about 1e6, else reads"},
    {.name = "insert-size", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.insert_size), .value = "BASES",
     .help = "a gene of this length gives one read a molecule", .range = &range_above_zero},
    {.name = "signature-scale", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.signature_scale),
     .value = "detect|columns|none",
     .help = "whether the sums of the signature's columns, over the genes that match, divide the exposures: columns where "
             "they do, none where the columns may have any scale; detect: not those of counts and of means of counts, but "
             "those of files whose columns add up to the same (TPM, CPM) and of panels, fewer than 5,000 genes and half of "
             "those of the bulk; a line says what was done"},
    {.name = "cell-size", .kind = OPTION_TEXT, .offset = offsetof(arguments, in.cell_size), .value = "FILE",
     .help = "RNA content of each type, which turns fractions of RNA into fractions of cells: a table with the columns "
             "type and size; on top of the signature's scale",
     .fallback = "none"},
    {.name = NULL},
};

static const um_option options_method[] = {
    {.name = "method", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.method),
     .made = methods_choice},
    {.name = "music-compat", .kind = OPTION_FLAG, .offset = offsetof(arguments, options.music_compat), .flag = 1,
     .help = "", .made = methods_option},
    {.name = "m-step", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.m_step), .value = "exact|counts|lengths",
     .help = "", .made = methods_option},
    {.name = "stop", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.stop), .value = "each|together",
     .help = "", .made = methods_option},
    {.name = "tolerance", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.tolerance), .value = "X",
     .help = "", .range = &range_above_zero, .made = methods_tolerance},
    {.name = "max-iterations", .kind = OPTION_WHOLE, .offset = offsetof(arguments, options.max_iterations),
     .value = "N", .help = "most iterations", .range = &range_from_one,
     .made = methods_iterations},
    {.name = "l1", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.l1), .value = "X",
     .help = "pull small exposures to zero", .range = &range_from_zero, .made = methods_option},
    {.name = "l2", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.l2), .value = "X",
     .help = "pull large exposures together", .range = &range_from_zero, .made = methods_option},
    {.name = "learning-rate", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.learning_rate), .value = "X",
     .help = "", .range = &range_above_zero, .made = methods_option},
    {.name = "start-exposure", .kind = OPTION_NUMBER, .offset = offsetof(arguments, options.start_exposure), .value = "X",
     .help = "", .range = &range_start, .made = methods_option},
    {.name = NULL},
};

static const um_option options_output[] = {
    {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .offset = offsetof(arguments, output),
     .value = "OUT.h5ad|OUT/", .help = "AnnData file, or folder of tables and run.json; required"},
    {.name = "no-errors", .kind = OPTION_FLAG, .offset = offsetof(arguments, options.errors), .flag = 0,
     .help = "leave out standard errors and intervals"},
    {.name = "intervals", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.intervals),
     .value = "full|reference|gene",
     .help = "what lower and upper hold: gene, that counts are drawn and that genes do not follow the model, one by one; "
             "reference, also that other donors (--subject, --profiles) or other cells might have made the signatures; "
             "full, also that genes are wrong together"},
    {.name = "bootstrap", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.bootstrap), .value = "R",
     .help = "95% percentile intervals from R resamplings of the genes (20 or more; 200 is usual)", .fallback = "none"},
    {.name = "permutations", .kind = OPTION_COUNT, .offset = offsetof(arguments, options.permutations), .value = "P",
     .help = "a p-value for each sample: its counts are given to the genes in P random orders and fitted again; p = (1 + "
             "fits with at least its correlation of counts and prediction) / (1 + P) (19 or more; 99 is usual)",
     .fallback = "none"},
    {.name = "predicted", .kind = OPTION_FLAG, .offset = offsetof(arguments, options.predicted), .flag = 1,
     .help = "write the predicted counts too"},
    {.name = "unmatched", .kind = OPTION_TEXT, .offset = offsetof(arguments, unmatched), .value = "FILE",
     .help = "table to write of the genes of signatures and bulk that did not match: gene, and where it is (signatures, "
             "bulk, or both, where the gene info lacks it)",
     .fallback = "none"},
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
    {"Hidden", options_tuning, 1},
    {NULL, NULL, 0},
};
/* clang-format on */

static void defaults(void *given)
{
    arguments *a = given;
    unmix_deconvolve_options_init(&a->options);
    a->common.seed = a->options.seed;
}

static unmix_status check_method(um_session *run, const arguments *a)
{
    const unmix_method_traits *method = unmix_method_info(a->options.method);
    if (method->needs_reference && !a->in.reference.count)
        return session_usage(
            run, "--method %s needs --reference FILE: single cells, with --subject COLUMN for the donors", method->name);
    if (inputs_column_sums(&a->in) && a->options.signature_scale == UNMIX_SIGNATURE_SCALE_NONE)
        return session_usage(run, "--cell-size column-sums is --signature-scale columns, and not none");
    if (method->takes_basis && a->in.reference.count &&
        (inputs_column_sums(&a->in) || a->options.signature_scale != UNMIX_SIGNATURE_SCALE_DETECT))
        return session_usage(run, "--signature-scale: %s takes the cell sizes from the reference as it is", method->name);
    return methods_check(run, method);
}

/* The output is none of the inputs. */
static unmix_status check_output(um_session *run, const arguments *a)
{
    const um_input_names *in = &a->in;
    const char *others[] = {in->signatures,
                            in->cells,
                            in->variance,
                            in->profiles,
                            in->gene_info,
                            inputs_weights_file(in),
                            inputs_column_sums(in) ? NULL : in->cell_size};
    const size_t n = sizeof others / sizeof others[0];
    const size_t n_inputs = n + in->bulk.count + in->reference.count;
    const char **inputs = malloc(n_inputs * sizeof *inputs);
    if (!inputs)
        return session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    memcpy(inputs, others, sizeof others);
    for (size_t i = 0; i < n_inputs - n; i++)
        inputs[n + i] = i < in->bulk.count ? in->bulk.items[i] : in->reference.items[i - in->bulk.count];
    unmix_status status = output_check(run, a->output, inputs, n_inputs);
    if (status == UNMIX_OK && a->unmatched)
        status = output_check(run, a->unmatched, inputs, n_inputs);
    free(inputs);
    return status;
}

static unmix_status check(um_session *run, const arguments *a)
{
    unmix_status status = inputs_check(run, &a->in);
    if (status != UNMIX_OK)
        return status;
    status = output_check_result(run, a->output);
    if (status != UNMIX_OK)
        return status;
    if (a->unmatched && ends_with(a->unmatched, "/"))
        return session_usage(run, "--unmatched '%s': a table is written; choose a name that ends in .tsv or .csv", a->unmatched);
    status = check_method(run, a);
    if (status != UNMIX_OK)
        return status;
    return check_output(run, a);
}

static unmix_status solve(um_session *run, const arguments *a, unmix_device *device, um_inputs *in,
                          unmix_result **result)
{
    unmix_deconvolve_options options = a->options;
    options.seed = run->common->seed;
    options.scratch = scratch_folder();
    if (inputs_column_sums(&a->in))
        options.signature_scale = UNMIX_SIGNATURE_SCALE_COLUMNS;
    options.cell_size = in->cell_size;
    if (inputs_specificity_weights(&a->in))
        options.gene_weighting = UNMIX_GENE_WEIGHTING_SPECIFICITY;
    options.reference = in->reference;
    options.profiles = in->profiles;
    unmix_status status = unmix_deconvolve(run->cx, device, in->signatures, in->bulk, in->info, &options, result);
    if (status == UNMIX_OK)
        status = session_check_interrupt(run);
    if (status == UNMIX_OK)
        status = record_result(run, *result);
    if (status == UNMIX_OK)
        status = unmix_result_write(run->cx, *result, a->output, run->common->force);
    return status == UNMIX_OK && a->unmatched
               ? unmix_result_write_unmatched(run->cx, *result, a->unmatched, run->common->force)
               : status;
}

/* What to know of the result before it is used; seen with --quiet where something is wrong. */
static void say_remarks(um_session *run, const unmix_result *result)
{
    unmix_log_level level;
    const char *text;
    for (size_t i = 0; (text = unmix_result_remark(result, i, &level)) != NULL; i++)
        (level == UNMIX_LOG_WARNING ? session_warn : session_say)(run, "%s", text);
}

static void summarise(um_session *run, const arguments *a, const unmix_summary *s)
{
    const int penalised = a->options.l1 > 0.0 || a->options.l2 > 0.0;
    const unmix_method_traits *method = unmix_method_info(a->options.method), *exact = methods_exact();
    const int short_of_it = s->certified < s->samples && exact && !method->gap && !penalised;
    session_say(run, "%s genes in common (%s with weight above 0), %s types, %s samples", with_commas(s->genes),
                with_commas(s->genes_used), with_commas(s->types), with_commas(s->samples));
    if (method->variances)
        session_say(run, "%s; proportions are of %s, their variances are in var_p", method->objective,
                    s->proportions_of);
    else
        session_say(run, "%s of %s samples within 1e-6 of the optimum, the largest gap is %.2g nats a read%s%s%s%s%s",
                    with_commas(s->certified), with_commas(s->samples), s->largest_gap,
                    penalised ? " (of the likelihood alone, without the penalty)" : "",
                    short_of_it ? "; --method " : "", short_of_it ? exact->name : "",
                    short_of_it ? " goes all the way" : "",
                    s->poor ? "; the best fit there is need not be a good one" : "");
    if (a->unmatched)
        session_say(run, "genes that did not match are in %s", a->unmatched);
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
    um_inputs in = {0};
    unmix_device *device = NULL;
    unmix_result *result = NULL;
    unmix_status status = check(run, a);
    if (status == UNMIX_OK)
        status = session_open_devices(run, &device);
    if (status == UNMIX_OK)
        status = inputs_read(run, &a->in, a->options.duplicates, &in);
    if (status == UNMIX_OK)
        status = solve(run, a, device, &in, &result);
    if (status == UNMIX_OK) {
        const unmix_summary *summary = unmix_result_summary(result);
        summarise(run, a, summary);
        say_remarks(run, result);
        status = judge_convergence(run, a, summary);
    }
    unmix_result_free(result);
    inputs_free(&in);
    unmix_device_close(device);
    return status;
}

const um_command command_deconvolve = {
    .name = "deconvolve",
    .summary = "which cell types each bulk sample is made of",
    .usage = "unmix deconvolve --signatures FILE --bulk FILE [options] -o OUT.h5ad|OUT/\n"
             "unmix deconvolve --reference CELLS.h5ad --groupby COLUMN [--subject COLUMN]\n    --bulk FILE [options] "
             "-o OUT.h5ad|OUT/",
    .description =
        "Finds the mixture of cell types that explains the counts of each bulk sample best, under a Poisson model "
        "with gene lengths, gene weights and a uniform background. For comparison there are least squares of the "
        "counts divided "
        "by lengths, plain (nnls) and as MuSiC weighs them (music). Genes are matched by name. Tables may be "
        "separated by tabs, commas or blanks, plain or gzipped; .h5ad files, 10x Genomics .h5 files and MatrixMarket "
        "folders are read too.",
    .groups = groups,
    .output =
        "OUT.h5ad is an AnnData file, as anndata and scanpy open it: samples are obs, obsm['proportions'], "
        "obsm['lower'], obsm['upper'], obsm['standard_errors'] and obsm['exposures'] are data frames, obs holds the metrics, "
        "and uns['unmix'] says everything about the run. OUT/ is a folder with proportions.tsv, lower.tsv, upper.tsv, "
        "standard_errors.tsv, exposures.tsv, metrics.tsv and run.json.\n"
        "proportions sum to 1 in each sample, background left out; they are fractions of RNA, or of cells with "
        "--cell-size. exposures are in molecules, or reads without lengths. Of the metrics, gap bounds the distance "
        "from the best possible fit: the log-likelihood could rise by at most gap nats a read. inseparable, "
        "among the metrics, names types that a sample cannot tell apart, with the interval of their sum.\n"
        "lower and upper are the ends of 95% intervals; a type at zero has an upper end, too. What they hold, intervals in "
        "uns['unmix'] and run.json says: genes (counts, and genes that do not follow the model, one by one), misfit (genes "
        "that are wrong together, so it depends on which samples are in a run), donors (that others might "
        "have made the signatures: with --subject or --profiles), cells (only the sampling of cells, where there are no two "
        "donors). Where donors are left out and differ, the intervals are too narrow. standard_errors are of genes alone: 0 for a "
        "type at exactly zero. Both are NA where the gap is above 1e-4 or types cannot be told apart.\n"
        "music and nnls give, instead of standard errors, var_p (the variance of each proportion), the metric r2, and "
        "music "
        "unweighted_proportions; with --reference their proportions are of cells.",
    .examples = "  A cohort to try it on, then two ways to write the result:\n"
                "  $ unmix simulate --force -o cohort/\n"
                "  $ unmix deconvolve --signatures cohort/signatures.tsv --bulk cohort/bulk.tsv \\\n"
                "        --gene-info cohort/genes.tsv -o result.h5ad\n"
                "  $ unmix deconvolve --signatures cohort/signatures.tsv --bulk cohort/bulk.tsv \\\n"
                "        --gene-info cohort/genes.tsv --method gd --tolerance 1e-5 -o result/\n"
                "  $ unmix compare result.h5ad result/ --truth cohort/truth.tsv\n"
                "  Least squares from single cells or, as here, sorted samples of known donors:\n"
                "  $ unmix simulate --force --genes 2000 --types 6 --samples 60 \\\n"
                "        --types-per-sample 1 -o sorted/\n"
                "  $ awk 'NR == 1 {split($0, type); print \"sample\\ttype\\tdonor\"}\n"
                "         NR > 1 {for (i = 2; i <= NF; i++)\n"
                "                     if ($i > 0.5) print $1 \"\\t\" type[i] \"\\td\" NR % 4}' \\\n"
                "        sorted/truth.tsv > sorted/labels.tsv\n"
                "  $ unmix simulate --force --genes 2000 --types 6 --samples 20 -o mixed/\n"
                "  $ unmix deconvolve --method music --reference sorted/bulk.tsv \\\n"
                "        --cells sorted/labels.tsv --groupby type --subject donor \\\n"
                "        --bulk mixed/bulk.tsv -o music.h5ad\n",
    .arguments_size = sizeof(arguments),
    .defaults = defaults,
    .run = run_deconvolve,
};
