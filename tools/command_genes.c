/* unmix genes: the table of genes for --gene-info, from gene models. */
#include "command.h"
#include "output.h"

typedef struct arguments {
    um_common_options common;
    const char *output;
} arguments;

/* clang-format off */
static const um_option options_output[] = {
    {.name = "output", .letter = 'o', .kind = OPTION_TEXT, .offset = offsetof(arguments, output), .value = "FILE",
     .help = "table to write, .tsv or .csv, also with .gz (default: standard output)"},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"Output", options_output, 0},
    {"Output", options_force, 0},
    {"General", options_general, 0},
    {"Hidden", options_device, 1},
    {NULL, NULL, 0},
};
/* clang-format on */

static void say(um_session *run, const char *gtf, const unmix_genes_summary *s)
{
    session_say(run, "%s: %s genes", gtf, with_commas(s->genes));
    if (s->par)
        session_say(run, "%s genes of the pseudoautosomal region of Y are left out; they stand under X", with_commas(s->par));
    if (s->elsewhere)
        session_say(run, "%s genes stand on a second sequence, too; the first counts", with_commas(s->elsewhere));
    if (s->same_symbol)
        session_say(run, "%s genes share their symbol with another one (protein-coding genes go first) and stand under their id",
                    with_commas(s->same_symbol));
}

static unmix_status run_genes(um_session *run, const void *given)
{
    const arguments *a = given;
    const char *const gtf = a->common.positional.items[0], *const path = a->output ? a->output : "-";
    unmix_genes_summary summary;
    unmix_status status = a->output ? output_check(run, a->output, &gtf, 1) : UNMIX_OK;
    if (status == UNMIX_OK)
        status = unmix_genes_write(run->cx, gtf, path, run->common->force, &summary);
    if (status == UNMIX_OK)
        say(run, gtf, &summary);
    return status;
}

const um_command command_genes = {
    .name = "genes",
    .summary = "a table of gene names and lengths, from a GTF",
    .usage = "unmix genes FILE.gtf[.gz] [options] [-o FILE]",
    .description =
        "Reads the gene models of GENCODE, Ensembl, RefSeq or your own (GTF, or GFF3 whose exons have gene_id) and writes "
        "the table that 'unmix deconvolve --gene-info' takes: symbol, Ensembl id without version, length and biotype. With "
        "both kinds of names, signatures and bulk may each have the other kind.",
    .groups = groups,
    .output = "A row a gene: symbol, ensembl (the gene_id), length (bases that its exons cover, all transcripts together) "
              "and biotype. A symbol stands once: of several genes that share it the first protein-coding one has it, the "
              "others stand under their id.",
    .examples = "  Of a GTF with one gene of two exons:\n"
                "  $ printf '1\\tx\\texon\\t%s\\t%s\\t.\\t+\\t.\\tgene_id \"ENSG00000000001.2\"; gene_name \"ABC\";\\n' \\\n"
                "        101 400 351 600 > small.gtf\n"
                "  $ unmix genes small.gtf -o genes.tsv\n",
    .arguments_size = sizeof(arguments),
    .positional_least = 1,
    .positional_most = 1,
    .positional = "a GTF file",
    .run = run_genes,
};
