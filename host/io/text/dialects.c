#include "io/text/dialects.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define STAR "STAR (ReadsPerGene.out.tab)"
#define HTSEQ "htseq-count"

/* The first that fits; those with more columns come first. */
static const um_dialect dialects[] = {
    {.program = "featureCounts", .columns = {"Geneid", "Chr", "Start", "End", "Strand", "Length"}, .length = "Length",
     .exons = 1},
    {.program = "RSEM (genes.results)",
     .columns = {"gene_id", "transcript_id(s)", "length", "effective_length", "expected_count"},
     .counts = "expected_count",
     .length = "effective_length",
     .length_else = "length"},
    {.program = "RSEM (isoforms.results)",
     .columns = {"transcript_id", "gene_id", "length", "effective_length", "expected_count"},
     .counts = "expected_count",
     .refused = "its rows are transcripts; RSEM writes the genes into the file genes.results beside it"},
    {.program = "Salmon",
     .columns = {"Name", "Length", "EffectiveLength", "TPM", "NumReads"},
     .counts = "NumReads",
     .length = "EffectiveLength",
     .length_else = "Length",
     .transcripts = 1},
    {.program = "kallisto",
     .columns = {"target_id", "length", "eff_length", "est_counts", "tpm"},
     .counts = "est_counts",
     .length = "eff_length",
     .length_else = "length",
     .transcripts = 1},
    {.program = "kallisto (genes)",
     .columns = {"gene_id", "length", "eff_length", "est_counts", "tpm"},
     .counts = "est_counts",
     .length = "eff_length",
     .length_else = "length"},
    {.program = "GDC (augmented_star_gene_counts)",
     .columns = {"gene_id", "gene_name", "gene_type", "unstranded", "stranded_first", "stranded_second"},
     .counts = "unstranded",
     .stranded = {"stranded_first", "stranded_second"}},
    {.program = "StringTie (gene abundances)",
     .columns = {"Gene ID", "Gene Name", "Reference", "Strand", "Start", "End", "Coverage", "FPKM", "TPM"},
     .counts = "TPM"},
    {.program = "BD Rhapsody (molecules of cells)",
     .columns = {"Cell_Index", "Gene"},
     .refused = "it lists entries, not genes and cells; take the folder of the same run whose name ends in MEX, which can be read"},
    {.program = "BD Rhapsody (molecules of cells)",
     .columns = {"Cell_Index"},
     .refused = "its rows are cells; take the folder of the same run whose name ends in MEX, which can be read, or transpose it"},
    {.program = "Cufflinks (fpkm_tracking)", .columns = {"tracking_id", "gene_id", "locus", "FPKM"}, .counts = "FPKM"},
    {.program = NULL},
};

/* Without a header; the columns are called as um_scan_open() calls them, or are meant by their place. */
static const um_dialect star = {.program = STAR,
                                .counts = "column2",
                                .stranded = {"column3", "column4"},
                                .columns = {"column1", "column2", "column3", "column4"}};
static const um_dialect htseq = {.program = HTSEQ, .counts = "column2", .columns = {"column1", "column2"}};
/* With the names of --additional-attr. */
static const um_dialect htseq_more = {.program = HTSEQ, .counts = "column3", .columns = {"column1", "column2", "column3"}};

/* What featureCounts counts beside its table, one row a reason. */
static const um_dialect summary = {.program = "featureCounts (summary)",
                                   .columns = {"Status"},
                                   .refused = "it counts reads by what became of them; the genes are in the file "
                                              "beside it whose name lacks .summary"};

static int has_column(const um_names *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcasecmp(um_name(columns, i), name) == 0)
            return 1;
    return 0;
}

static int has_columns(const um_names *columns, const um_dialect *dialect)
{
    for (size_t i = 0; dialect->columns[i]; i++)
        if (!has_column(columns, dialect->columns[i]))
            return 0;
    return 1;
}

/* In any case. */
static int contains_word(const char *text, const char *word)
{
    for (; *text; text++)
        if (strncasecmp(text, word, strlen(word)) == 0)
            return 1;
    return 0;
}

static int begins(const char *text, size_t length, const char *with)
{
    return length >= strlen(with) && strncmp(text, with, strlen(with)) == 0;
}

/* Of STAR's counts below a header that somebody wrote: the columns say their strand. */
static int names_strands(const um_names *columns)
{
    static const char *const words[] = {"strand", "sense", "forward", "reverse", "fwd", "rev", "first", "second"};
    size_t n = 0;
    for (size_t i = 1; i < columns->count; i++) {
        int named = 0;
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
            named |= contains_word(um_name(columns, i), words[w]);
        n += (size_t)named;
    }
    return n >= 2;
}

static const um_dialect *without_header(const um_scan *scan)
{
    if (scan->columns.count == 4 && begins(scan->first_field, strlen(scan->first_field), "N_"))
        return &star;
    if (scan->columns.count == 3 && scan->first_is_named)
        return &htseq_more;
    return scan->columns.count == 2 && scan->first_is_whole ? &htseq : NULL;
}

const um_dialect *um_find_dialect(const um_scan *scan)
{
    if (scan->headless)
        return without_header(scan);
    if (scan->columns.count == 4 && begins(scan->first_field, strlen(scan->first_field), "N_") && names_strands(&scan->columns))
        return &star;
    if (strcmp(um_name(&scan->columns, 0), "Status") == 0 && strcmp(scan->first_field, "Assigned") == 0)
        return &summary;
    for (const um_dialect *dialect = dialects; dialect->program; dialect++)
        if (has_columns(&scan->columns, dialect))
            return dialect;
    return NULL;
}

const char *um_dialect_counts(const um_dialect *dialect, unmix_strand strand)
{
    if (!dialect->stranded[0] || strand == UNMIX_STRAND_DETECT || strand == UNMIX_STRAND_NONE)
        return dialect->counts;
    return dialect->stranded[strand == UNMIX_STRAND_REVERSE];
}

int um_dialect_is_stranded(const um_dialect *dialect)
{
    return dialect == &star;
}

int um_counts_no_gene(const char *name, size_t length)
{
    /* STAR, and HTSeq before its names began with "__". */
    static const char *const words[] = {"N_unmapped", "N_multimapping", "N_noFeature",   "N_ambiguous",
                                        "no_feature", "ambiguous",      "too_low_aQual", "not_aligned",
                                        "alignment_not_unique"};
    if (length < 9)
        return 0;
    if (name[0] == '_')
        return name[1] == '_';
    if (name[1] != '_' && !memchr(name, '_', length) && name[0] != 'a')
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && memcmp(name, words[i], length) == 0)
            return 1;
    return 0;
}

int um_is_transcript(const char *name, size_t length)
{
    if (length > 3 && (name[0] == 'N' || name[0] == 'X') && (name[1] == 'M' || name[1] == 'R') && name[2] == '_')
        return isdigit((unsigned char)name[3]) != 0;
    if (!begins(name, length, "ENS"))
        return 0;
    size_t at = 3; /* ENST, ENSMUST, ENSDART */
    while (at < length && isupper((unsigned char)name[at]))
        at++;
    return at < length && name[at - 1] == 'T' && isdigit((unsigned char)name[at]);
}
