/* unmix report: results as figures, on one page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "gnuplot.h"
#include "output.h"
#include "tables.h"

typedef struct arguments {
    um_common_options common;
    unmix_report_options options;
    const char *output, *figures, *scripts;
} arguments;

/* clang-format off */
static const um_option options_what[] = {
    {.name = "samples", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.samples), .value = "FILE",
     .help = "sample sheet: a table with the names of the samples in its first column; needs --group"},
    {.name = "group", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.group), .value = "COLUMN",
     .help = "column of the sample sheet by which samples are grouped", .fallback = "samples are clustered"},
    {.name = "truth", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.truth), .value = "FILE",
     .help = "true proportions (samples in rows, types in columns), shown against the estimated ones"},
    {.name = "bulk", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.bulk), .value = "FILE",
     .help = "counts that were deconvolved, shown against the predicted ones of results written with --predicted"},
    {.name = "bulk-gene-column", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.read.gene_column),
     .value = "NAME", .help = "column of the bulk table with the names of the genes", .fallback = "the first"},
    OPTIONS_TABLE(arguments, options.read, "the bulk table"),
    {.name = "layer", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.read.layer), .value = "X|raw|NAME",
     .help = "matrix of the bulk .h5ad to use", .fallback = "X"},
    {.name = "coordinates", .kind = OPTION_TEXT, .offset = offsetof(arguments, options.coordinates), .value = "FILE",
     .help = "places of the cells of gene programs: a table with names, x and y",
     .fallback = "obsm['spatial'], where there is one"},
    {.name = NULL},
};

static const um_option options_output[] = {
    {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .offset = offsetof(arguments, output), .value = "REPORT.html",
     .help = "the page; required unless --figures or --keep-scripts is given"},
    {.name = "figures", .kind = OPTION_TEXT, .offset = offsetof(arguments, figures), .value = "FOLDER/",
     .help = "every figure as SVG, PDF and PNG"},
    {.name = "keep-scripts", .kind = OPTION_TEXT, .offset = offsetof(arguments, scripts), .value = "FOLDER/",
     .help = "the gnuplot script of every figure, with its data, to be changed and drawn again"},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"What is shown", options_what, 0},
    {"Output", options_output, 0},
    {"Output", options_force, 0},
    {"General", options_general, 0},
    {"Hidden", options_device, 1},
    {"Hidden", options_seed, 1},
    {NULL, NULL, 0},
};
/* clang-format on */

/* The name of a folder with '/' behind it, into name[4096]; NULL for NULL. */
static const char *as_folder(const char *path, char name[4096])
{
    if (!path)
        return NULL;
    (void)snprintf(name, 4096, "%s%s", path, ends_with(path, "/") ? "" : "/");
    return name;
}

static unmix_status check_outputs(um_session *run, const arguments *a)
{
    char folder[4096];
    const um_text_list *results = &run->common->positional;
    const char *const outputs[] = {a->output, as_folder(a->figures, folder)};
    unmix_status status = UNMIX_OK;
    for (size_t o = 0; o < 2 && status == UNMIX_OK; o++)
        if (outputs[o])
            status = output_check(run, outputs[o], results->items, results->count);
    if (status == UNMIX_OK && a->scripts)
        status = output_check(run, as_folder(a->scripts, folder), results->items, results->count);
    return status;
}

static unmix_status check(um_session *run, const arguments *a)
{
    const char *const others[] = {a->options.samples, a->options.truth, a->options.bulk, a->options.coordinates};
    if (!a->output && !a->figures && !a->scripts)
        return session_usage(run, "needs -o REPORT.html, --figures FOLDER/ or --keep-scripts FOLDER/");
    if (a->output && !ends_with(a->output, ".html") && !ends_with(a->output, ".htm"))
        return session_usage(run, "'%s' must end in .html", a->output);
    if (!a->options.samples != !a->options.group)
        return session_usage(run, "--samples FILE and --group COLUMN belong together");
    if (a->figures && a->scripts && strcmp(a->figures, a->scripts) == 0)
        return session_usage(run, "--figures and --keep-scripts need folders of their own");
    if (a->output) {
        const unmix_status status = output_check(run, a->output, others, sizeof others / sizeof others[0]);
        if (status != UNMIX_OK)
            return status;
    }
    return check_outputs(run, a);
}

static unmix_status draw(um_session *run, unmix_report *report, size_t i, unmix_drawing drawing)
{
    char *bytes = NULL;
    size_t length = 0;
    const char *script = unmix_report_script(run->cx, report, i, drawing);
    if (!script)
        return session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    unmix_status status = gnuplot_draw(run, unmix_report_name(report, i), script, &bytes, &length);
    if (status == UNMIX_OK)
        status = unmix_report_set_drawing(run->cx, report, i, drawing, bytes, length);
    free(bytes);
    return status;
}

/* SVG for the page; the others only where single files are wanted. */
static unmix_status draw_all(um_session *run, const arguments *a, unmix_report *report)
{
    static const unmix_drawing drawings[] = {UNMIX_DRAWING_SVG, UNMIX_DRAWING_PDF, UNMIX_DRAWING_PNG};
    const size_t n = unmix_report_count(report), kinds = a->figures ? 3 : a->output ? 1 : 0;
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < n && status == UNMIX_OK; i++)
        for (size_t d = 0; d < kinds && status == UNMIX_OK; d++) {
            char stage[80];
            (void)snprintf(stage, sizeof stage, "drawing figure %zu of %zu", i + 1, n);
            (void)progress_report(&run->progress, stage, (double)i / (double)n);
            status = draw(run, report, i, drawings[d]);
        }
    return status;
}

/* The page comes last: where it is, everything is. */
static unmix_status write_all(um_session *run, const arguments *a, unmix_report *report)
{
    char folder[4096];
    const int force = run->common->force;
    unmix_status status = UNMIX_OK;
    if (a->scripts)
        status = unmix_report_write_scripts(run->cx, report, as_folder(a->scripts, folder), force);
    if (status == UNMIX_OK && a->figures)
        status = unmix_report_write_drawings(run->cx, report, as_folder(a->figures, folder), force);
    if (status == UNMIX_OK && a->output)
        status = unmix_report_write_page(run->cx, report, a->output, force);
    return status;
}

static unmix_status run_report(um_session *run, const void *given)
{
    const arguments *a = given;
    const um_text_list *results = &run->common->positional;
    unmix_report_options options = a->options;
    unmix_report *report = NULL;
    options.read.scratch = scratch_folder();
    unmix_status status = check(run, a);
    if (status == UNMIX_OK && (a->output || a->figures))
        status = gnuplot_check(run);
    if (status == UNMIX_OK)
        status = unmix_report_new(run->cx, results->items, results->count, &options, &report);
    if (status == UNMIX_OK)
        status = draw_all(run, a, report);
    if (status == UNMIX_OK)
        status = write_all(run, a, report);
    if (status == UNMIX_OK)
        session_say(run, "%s figures in %s", with_commas(unmix_report_count(report)),
                    a->output ? a->output : a->figures ? a->figures : a->scripts);
    unmix_report_free(report);
    return status;
}

const um_command command_report = {
    .name = "report",
    .summary = "results as figures, on one page that needs no network",
    .usage = "unmix report RESULT [more results] [options] -o REPORT.html",
    .description =
        "Draws what results say. RESULT is an .h5ad or a folder written by 'unmix deconvolve', or an .h5ad written by 'unmix "
        "nmf' or 'unmix consensus'. Several deconvolutions are also set against each other. gnuplot draws (Debian's package "
        "gnuplot-nox).",
    .groups = groups,
    .output =
        "REPORT.html holds everything: the figures as SVG, and under each the numbers behind it, to be copied.\n"
        "For a deconvolution: proportions as a heatmap (samples clustered, or grouped by --group; background along the edge) "
        "and as stacked bars; observed against predicted counts and residuals (with --bulk, and a result with --predicted); "
        "for each sample correlation, residuals, background, certificate, iterations and dispersion; proportions with 95% "
        "intervals; with --truth estimated against true proportions of each type; with several results one against the other.\n"
        "For gene programs: consensus matrix with its tree, stability and error by number of programs, top genes, usages and "
        "gene scores of the cells (at their coordinates where these are known), loss.\n"
        "Where there are too many samples or cells to be drawn, neighbours are averaged or counted in squares, and the caption "
        "says so.",
    .examples = "  Two methods on a cohort, with its truth:\n"
                "  $ unmix simulate --force --genes 2000 --types 6 --samples 20 -o cohort/\n"
                "  $ unmix deconvolve --signatures cohort/signatures.tsv --bulk cohort/bulk.tsv \\\n"
                "        --gene-info cohort/genes.tsv --predicted --force -o exact.h5ad\n"
                "  $ unmix deconvolve --signatures cohort/signatures.tsv --bulk cohort/bulk.tsv \\\n"
                "        --gene-info cohort/genes.tsv --method em --force -o em.h5ad\n"
                "  $ unmix report exact.h5ad em.h5ad --truth cohort/truth.tsv \\\n"
                "        --bulk cohort/bulk.tsv --force -o report.html\n"
                "  Single files for a paper, and the scripts that drew them:\n"
                "  $ unmix report exact.h5ad --force --figures figures/ --keep-scripts scripts/\n",
    .arguments_size = sizeof(arguments),
    .positional_least = 1,
    .positional_most = (size_t)-1,
    .positional = "a result: what 'unmix deconvolve', 'nmf' or 'consensus' wrote",
    .run = run_report,
};
