/* unmix signatures: the mean expression of each cell type. */
#include <string.h>

#include "command.h"
#include "output.h"
#include "tables.h"

typedef struct arguments {
    um_common_options common;
    unmix_signature_options options;
    um_text_list drop;
    size_t markers;
    const char *output;
} arguments;

/* clang-format off */
static const um_option options_input[] = {
    {.name = "groupby", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.groupby), .value = "COLUMN",
     .help = "column with the type of each cell: of obs in an .h5ad, or of the table given with --cells"},
    {.name = "cells", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.cells), .value = "FILE",
     .help = "for a table of counts: a table of labels, with the names of the cells (or sorted samples) in its first "
             "column"},
    {.name = "subject", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.subject), .value = "COLUMN",
     .help = "column with the donor of each cell: the variance between donors, and the profile of each, are written too"},
    {.name = "drop", .kind = OPTION_LIST, .offset = offsetof(arguments, drop), .value = "LABEL,...",
     .help = "labels to leave out; may be given several times; '\\,' stands for a comma inside a label"},
    {.name = "input", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.scale),
     .value = "detect|counts|log1p",
     .help = "what the values are: counts, or log1p of normalised counts; detect looks, and says what it found"},
    {.name = "layer", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.read.layer), .value = "X|raw|NAME",
     .help = "matrix of an .h5ad to use", .fallback = "X"},
    {.name = "gene-column", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.read.gene_column),
     .value = "NAME", .help = "column of a table with the names of the genes", .fallback = "the first"},
    OPTIONS_TABLE(arguments, options.read, "a table"),
    {.name = "duplicates", .kind = OPTION_CHOICE, .offset = offsetof(arguments, options.read.duplicates),
     .value = "refuse|sum", .help = "genes of the same name"},
    {.name = NULL},
};

static const um_option options_output[] = {
    {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .offset = offsetof(arguments, output), .value = "FILE",
     .help = "table to write: tab-separated, .csv with commas, .gz compressed", .fallback = "standard output"},
    {.name = "markers", .kind = OPTION_COUNT, .offset = offsetof(arguments, markers), .value = "N",
     .help = "write gene weights too: 1 for the N genes of each type whose mean is highest compared to the other "
             "types, else 0",
     .range = &range_from_one, .fallback = "none"},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"Input", options_input, 0},
    {"Output", options_output, 0},
    {"Output", options_force, 0},
    {"General", options_general, 0},
    {"Hidden", options_device, 1},
    {"Hidden", options_seed, 1},
    {NULL, NULL, 0},
};
/* clang-format on */

static void defaults(void *given)
{
    arguments *a = given;
    unmix_signature_options_init(&a->options);
}

/* The tables that may be written besides the signatures: what stands in their names, and whether they are asked for. */
enum { VARIANCE, PROFILES, MARKERS, EXTRAS };

static const char *const extra_names[EXTRAS] = {[VARIANCE] = "variance", [PROFILES] = "profiles", [MARKERS] = "markers"};

static int extra_wanted(const arguments *a, size_t extra)
{
    return extra == MARKERS ? a->markers > 0 : a->options.subject != NULL;
}

static int to_standard_output(const arguments *a)
{
    return !a->output || strcmp(a->output, "-") == 0;
}

static unmix_status check_extras(um_session *run, const arguments *a, const char *const *inputs, size_t n_inputs)
{
    char name[4096];
    for (size_t e = 0; e < EXTRAS; e++) {
        if (!extra_wanted(a, e))
            continue;
        if (to_standard_output(a))
            return session_usage(run, "--%s writes a second table: give -o FILE, beside which it can lie",
                                 e == MARKERS ? "markers" : "subject");
        if (!output_beside(a->output, extra_names[e], name, sizeof name))
            return session_usage(run, "the name '%.60s...' is too long", a->output);
        const unmix_status status = output_check(run, name, inputs, n_inputs);
        if (status != UNMIX_OK)
            return status;
    }
    return UNMIX_OK;
}

static unmix_status check(um_session *run, const arguments *a)
{
    const char *inputs[] = {run->common->positional.items[0], a->options.cells};
    const size_t n_inputs = sizeof inputs / sizeof inputs[0];
    if (!a->options.groupby)
        return session_usage(run, "needs --groupby COLUMN, the column with the cell types");
    if (to_standard_output(a))
        return check_extras(run, a, inputs, n_inputs);
    if (ends_with(a->output, ".h5ad") || ends_with(a->output, ".h5") || ends_with(a->output, "/"))
        return session_usage(run, "'%s': signatures are written as a table; choose a name that ends in .tsv or .csv",
                             a->output);
    const unmix_status status = output_check(run, a->output, inputs, n_inputs);
    return status == UNMIX_OK ? check_extras(run, a, inputs, n_inputs) : status;
}

static unmix_status write_signatures(um_session *run, const arguments *a, const unmix_matrix *signatures)
{
    const char *path = a->output ? a->output : "-";
    const unmix_status status = unmix_matrix_write(run->cx, signatures, path, "gene", run->common->force);
    if (status == UNMIX_OK)
        session_say(run, "%s genes x %s types%s%s", with_commas(unmix_matrix_rows(signatures)),
                    with_commas(unmix_matrix_columns(signatures)), a->output ? " in " : "", a->output ? a->output : "");
    return status;
}

static unmix_status write_beside(um_session *run, const arguments *a, size_t extra, const unmix_matrix *table,
                                 const char *what)
{
    char name[4096];
    const char *path = output_beside(a->output, extra_names[extra], name, sizeof name);
    const unmix_status status = unmix_matrix_write(run->cx, table, path, "gene", run->common->force);
    if (status == UNMIX_OK)
        session_say(run, "%s are in %s", what, path);
    return status;
}

static unmix_status write_markers(um_session *run, const arguments *a, const unmix_reference *reference)
{
    unmix_matrix *weights = NULL;
    unmix_status status = unmix_reference_markers(run->cx, reference, a->markers, &weights);
    if (status == UNMIX_OK)
        status = write_beside(run, a, MARKERS, weights, "markers, as weights for --gene-weights,");
    unmix_matrix_free(weights);
    return status;
}

static unmix_status run_plain(um_session *run, const arguments *a, const unmix_signature_options *options)
{
    unmix_matrix *signatures = NULL;
    unmix_status status = unmix_signatures(run->cx, run->common->positional.items[0], options, &signatures);
    if (status == UNMIX_OK)
        status = session_check_interrupt(run);
    if (status == UNMIX_OK)
        status = write_signatures(run, a, signatures);
    unmix_matrix_free(signatures);
    return status;
}

static unmix_status run_with_extras(um_session *run, const arguments *a, const unmix_signature_options *options)
{
    unmix_reference *reference = NULL;
    unmix_status status = unmix_reference_read(run->cx, run->common->positional.items[0], options, &reference);
    if (status == UNMIX_OK)
        status = session_check_interrupt(run);
    if (status == UNMIX_OK)
        status = write_signatures(run, a, unmix_reference_matrix(reference, "signatures"));
    if (status == UNMIX_OK && extra_wanted(a, VARIANCE))
        status = write_beside(run, a, VARIANCE, unmix_reference_matrix(reference, "variance"),
                              "variances between subjects, for --gene-weights variance,");
    if (status == UNMIX_OK && extra_wanted(a, PROFILES))
        status = write_beside(run, a, PROFILES, unmix_reference_matrix(reference, "profiles"),
                              "profiles of the donors, for intervals with --profiles,");
    if (status == UNMIX_OK && extra_wanted(a, MARKERS))
        status = write_markers(run, a, reference);
    unmix_reference_free(reference);
    return status;
}

static unmix_status run_signatures(um_session *run, const void *given)
{
    const arguments *a = given;
    unmix_signature_options options = a->options;
    const unmix_status status = check(run, a);
    if (status != UNMIX_OK)
        return status;
    options.drop = a->drop.items;
    options.n_drop = a->drop.count;
    return extra_wanted(a, VARIANCE) || extra_wanted(a, MARKERS) ? run_with_extras(run, a, &options)
                                                                 : run_plain(run, a, &options);
}

const um_command command_signatures = {
    .name = "signatures",
    .summary = "the mean expression of each cell type, from labelled cells",
    .usage = "unmix signatures ATLAS.h5ad --groupby COLUMN [options] [-o OUT.tsv]\n"
             "unmix signatures COUNTS --cells LABELS.tsv --groupby COLUMN [options]\n    [-o OUT.tsv]",
    .description =
        "Averages the cells of each label: single cells of an .h5ad, a 10x Genomics .h5 or a MatrixMarket folder "
        "(of Cell Ranger, STARsolo, kallisto | bustools, alevin or split-pipe, whose labels need no --cells), or the cells or sorted samples of a table of counts (genes in "
        "rows). Of log-normalised values it takes the mean of expm1, so that signatures are "
        "linear. They are written as they are; 'unmix deconvolve' scales them.",
    .groups = groups,
    .output =
        "A table with the genes in rows and one column a type. The numbers of genes and types, and what was decided "
        "or left out, are said on standard error. With -o sig.tsv, --subject also writes sig.variance.tsv: for each "
        "gene and type "
        "the variance over donors of its share of the counts; a type of fewer than two donors gets that of Poisson "
        "counts. It writes sig.profiles.tsv, too: the sums of each donor of a type (TYPE|donor:NAME), or, where a type has "
        "fewer than two donors, of up to ten parts of its cells (TYPE|cells:1). "
        "--markers writes sig.markers.tsv, a table with the columns weight and ratio (the highest of the gene) for "
        "'unmix deconvolve --gene-weights'. A mean elsewhere counts as at least one count in all cells of that type.",
    .examples = "  Signatures from sorted samples; here simulated ones, each of a single type,\n"
                "  whose labels are taken from the table of the truth:\n"
                "  $ unmix simulate --force --genes 2000 --types 6 --samples 60 \\\n"
                "        --types-per-sample 1 -o sorted/\n"
                "  $ awk 'NR == 1 {split($0, type); print \"sample\\ttype\"}\n"
                "         NR > 1 {for (i = 2; i <= NF; i++)\n"
                "                     if ($i > 0.5) print $1 \"\\t\" type[i]}' \\\n"
                "        sorted/truth.tsv > sorted/labels.tsv\n"
                "  $ unmix signatures sorted/bulk.tsv --cells sorted/labels.tsv \\\n"
                "        --groupby type -o sorted.tsv\n"
                "  The same, printed, without one of the types:\n"
                "  $ unmix signatures sorted/bulk.tsv --cells sorted/labels.tsv \\\n"
                "        --groupby type --drop type01\n"
                "  With the variance between donors (here the samples dealt out to three) and the\n"
                "  30 best markers of each type; both become weights of the genes:\n"
                "  $ awk '{print $0 \"\\t\" (NR == 1 ? \"donor\" : \"d\" NR % 3)}' \\\n"
                "        sorted/labels.tsv > sorted/donors.tsv\n"
                "  $ unmix signatures sorted/bulk.tsv --cells sorted/donors.tsv --force \\\n"
                "        --groupby type --subject donor --markers 30 -o sorted.tsv\n"
                "  $ unmix deconvolve --signatures sorted.tsv --variance sorted.variance.tsv \\\n"
                "        --gene-weights variance --bulk sorted/bulk.tsv --force -o weighted.h5ad\n"
                "  $ unmix deconvolve --signatures sorted.tsv --gene-weights sorted.markers.tsv \\\n"
                "        --bulk sorted/bulk.tsv --force -o markers.h5ad\n",
    .arguments_size = sizeof(arguments),
    .positional_least = 1,
    .positional_most = 1,
    .positional = "an input: an .h5ad, or with --cells a table of counts, a 10x .h5 or a MatrixMarket folder",
    .defaults = defaults,
    .run = run_signatures,
};
