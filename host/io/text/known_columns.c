#include "io/text/known_columns.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Longer names are not known. */
#define LONGEST 48

/* Letters and digits of the name in lower case; 0 when it is too long. */
static int plain_word(const char *name, size_t length, char word[LONGEST])
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)name[i]))
            continue;
        if (used + 1 == LONGEST)
            return 0;
        word[used++] = (char)tolower((unsigned char)name[i]);
    }
    word[used] = '\0';
    return 1;
}

static int is_in(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return 1;
    return 0;
}

static const char *const ids[] = {"entrez",       "entrezid",    "entrezgene",   "entrezgeneid", "ncbi",      "ncbiid",
                                  "ncbigene",     "ncbigeneid",  "geneid",       "hgnc",         "hgncid",    "omim",
                                  "locusid",      "locuslinkid", "unnamed0",     "rownumber",    "rownames",  "entreznumber",
                                  "entrezgenenumber", "ncbigeneformerlyentrezgeneid", NULL};
static const char *const places[] = {"chr",        "chrom",      "chromosome",    "chromosomename",  "chromosomescaffoldname",
                                     "seqname",    "seqnames",   "seqid",         "strand",          "startposition",
                                     "endposition", "genestart", "geneend",       "genestartbp",     "geneendbp",
                                     "chromstart", "chromend",   "chrstart",      "chrend",          "startpositionbp",
                                     "endpositionbp", "txstart", "txend", "tss", NULL};
static const char *const ranges[] = {"start", "end", "stop", "begin", "width", NULL};
static const char *const lengths[] = {"length",         "genelength",       "lengthbp",        "genelengthbp",
                                      "exonlength",     "exoniclength",     "unionexonlength", "mergedexonlength",
                                      "effectivelength", "efflength",       "transcriptlength", "lengthbases",
                                      "exonlengthbp",   "txlength",         "genesize", NULL};
static const char *const annotations[] = {"biotype",      "genebiotype",   "genetype",   "description", "genedescription",
                                          "gccontent",    "genegccontent", "percentgc",  "percentagegccontent",
                                          "percentagegenegccontent", "exoncount", "numexons", "nexons", "exonnumber",
                                          "transcriptcount", "ntranscripts", "numtranscripts", NULL};
static const char *const statistics[] = {"basemean", "log2foldchange", "logfc", "log2fc",     "lfcse",      "pvalue",
                                         "pval",     "padj",           "adjpval", "adjpvalue", "pvalueadj", "fdr",
                                         "qvalue",   "qval",           "logcpm", "aveexpr",   NULL};
static const char *const counts[] = {"count",     "counts",        "rawcount",  "rawcounts", "readcount", "readcounts",
                                     "reads",     "expectedcount", "estcounts", "numreads",  NULL};
static const char *const units[] = {"tpm", "fpkm", "rpkm", "cpm", "rpm", "fpkmuq", "abundance", "scaledestimate", NULL};
/* What tests of differential expression write beside those above. */
static const char *const further[] = {"stat", "f", "t", "b", "lr", "z", "waldstat", "wald", "dispersion", "ave", NULL};

um_column_kind um_known_column(const char *name)
{
    static const struct {
        const char *const *words;
        um_column_kind kind;
    } kinds[] = {{ids, UM_COLUMN_ID},         {places, UM_COLUMN_PLACE},           {ranges, UM_COLUMN_RANGE},
                 {lengths, UM_COLUMN_LENGTH}, {annotations, UM_COLUMN_ANNOTATION}, {statistics, UM_COLUMN_STATISTIC}};
    char word[LONGEST];
    if (!plain_word(name, strlen(name), word))
        return UM_COLUMN_UNKNOWN;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (is_in(word, kinds[i].words))
            return kinds[i].kind;
    return UM_COLUMN_UNKNOWN;
}

int um_known_total(const char *name)
{
    char word[LONGEST];
    return plain_word(name, strlen(name), word) && (strstr(word, "total") || strstr(word, "sum"));
}

int um_known_with_statistics(const char *name)
{
    char word[LONGEST];
    return plain_word(name, strlen(name), word) && is_in(word, further);
}

int um_known_unit(const char *name, size_t length)
{
    char word[LONGEST];
    if (!plain_word(name, length, word))
        return 0;
    return is_in(word, counts) ? 1 : is_in(word, units) ? 2 : 0;
}

int um_named_as_id(const char *name)
{
    const size_t length = strlen(name);
    if (length < 2 || strcasecmp(name + length - 2, "id") != 0)
        return 0;
    if (length == 2)
        return 1;
    const char before = name[length - 3];
    return !isalnum((unsigned char)before) || (islower((unsigned char)before) && name[length - 2] == 'I');
}

int um_names_rows(const char *name, size_t length)
{
    /* Where one of these occurs, the field is no name of a gene. */
    static const char *const parts[] = {"gene",  "symbol", "name",  "feature",    "probe", "ensembl", "transcript",
                                        "index", "sample", "cell",  "barcode",    "type",  "unnamed", "entrez",
                                        "hugo",  "target", "locus", "annotation", "row",   "idref",   NULL};
    static const char *const words[] = {"id", "ids", "x", "v1", "geo", "mrna", "rna", "spot", "tag", "cluster", "refseq", "hgnc", "", NULL};
    char word[LONGEST];
    if (!plain_word(name, length, word))
        return 0;
    for (const char *const *part = parts; *part; part++)
        if (strstr(word, *part))
            return 1;
    return is_in(word, words);
}
