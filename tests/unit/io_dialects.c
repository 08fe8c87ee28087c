/* Tables of other programs and of people: which columns are samples, what they are called, what is said and refused. */
#include "testing/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/text/dialects.h"
#include "io/text/foreign_number.h"
#include "io/text/known_columns.h"
#include "io/text/sample_names.h"
#include "io/text/table.h"
#include "io/text/table_source.h"

static unmix_context *cx;
static um_matrix matrix;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    matrix = (um_matrix){0};
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
    return 0;
}

/* "a b c" for the names. */
static const char *joined(const um_names *names)
{
    static char text[1000];
    text[0] = '\0';
    for (size_t i = 0; i < names->count; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "", um_name(names, i));
    return text;
}

/* Every program's table: the samples, the first value, the length of the first gene (0: none), a part of the note. */
static void test_programs(void **unused)
{
    (void)unused;
    static const struct {
        const char *file, *content, *samples;
        double value, length;
        const char *note;
    } cases[] = {
        {"counts.txt",
         "# Program:featureCounts v2.0.3; Command:\"featureCounts\" \"-o\" \"counts.txt\"\n"
         "Geneid\tChr\tStart\tEnd\tStrand\tLength\tout/S1.sorted.bam\tout/S2.sorted.bam\n"
         "G1\tchr1;chr1\t1;5\t3;9\t+;+\t800\t7\t8\nG2\tchr1\t10\t30\t-\t900\t0\t1\n",
         "S1 S2", 7, 800, "a table of featureCounts: 2 columns of values; Chr, Start, End, Strand are none; Length holds"},
        {"one.txt",
         "Geneid\tChr\tStart\tEnd\tStrand\tLength\tgene_name\t/data/a.b/S1_Aligned.sortedByCoord.out.bam\n"
         "G1\t1\t1\t3\t+\t800\tTP53\t7\nG2\t1\t10\t30\t-\t900\tMYC\t0\n",
         "S1", 7, 800, "a table of featureCounts: 1 column of values, S1; Chr, Start, End, Strand, gene_name are none"},
        {"S7.htseq.txt", "ENSG00000000003\t7\nENSG00000000005\t0\n__no_feature\t99\n__ambiguous\t5\n", "S7", 7, 0,
         "S7.htseq.txt: 2 rows count no gene and are left out: __no_feature, __ambiguous"},
        {"merged.txt", "gene\tA\tB\nG1\t7\t1\nG2\t0\t4\n__not_aligned\t9\t9\n", "A B", 7, 0, "1 row counts no gene"},
        {"S2ReadsPerGene.out.tab",
         "N_unmapped\t5\t5\t5\nN_multimapping\t5\t5\t5\nN_noFeature\t10\t90\t8\nN_ambiguous\t9\t1\t2\n"
         "G1\t1\t2\t7\nG2\t0\t0\t3\n",
         "S2", 7, 0, "the counts of the reverse strand are taken"},
        {"S3.genes.results",
         "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\n"
         "G1\tT1,T2\t900.5\t800\t7.00\t3\t2\nG2\tT3\t50\t0\t0\t0\t0\n",
         "S3", 7, 800, "a table of RSEM (genes.results): 1 column of values, S3; transcript_id(s), length, TPM, FPKM are none"},
        {"quant.genes.sf", "Name\tLength\tEffectiveLength\tTPM\tNumReads\nG1\t900\t800\t3\t7\nG2\t50\t1\t0\t0\n", "*", 7, 800,
         "a table of Salmon"},
        {"S4.abundance.tsv", "target_id\tlength\teff_length\test_counts\ttpm\nG1\t900\t800\t7\t3\nG2\t50\t1\t0\t0\n", "S4", 7,
         800, "a table of kallisto: 1 column of values, S4; length, tpm are none; eff_length holds lengths of genes"},
        {"ab12.rna_seq.augmented_star_gene_counts.tsv",
         "# gene-model: GENCODE v36\n"
         "gene_id\tgene_name\tgene_type\tunstranded\tstranded_first\tstranded_second\ttpm_unstranded\n"
         "N_unmapped\t\t\t5\t5\t5\t\nN_noFeature\t\t\t5\t5\t5\t\n"
         "ENSG00000000003.15\tTSPAN6\tprotein_coding\t7\t3\t4\t1.5\nENSG00000000005.6\tTNMD\tprotein_coding\t0\t0\t0\t0\n",
         "ab12", 7, 0, "a table of GDC"},
        {"set.gct", "#1.2\n2\t2\nName\tDescription\tA\tB\nG1\tna\t7\t8\nG2\tna\t0\t1\n", "A B", 7, 0, "a table of GCT: 2"},
        {"set13.gct",
         "#1.3\n2\t2\t1\t1\nid\tscore\tA\tB\nage\tna\t50\t60\nG1\t0.5\t7\t8\nG2\t0.1\t0\t1\n", "A B", 7, 0,
         "a table of GCT: 2 columns of values; score is none"},
        {"GSE1_series_matrix.txt",
         "!Series_title\t\"x\"\n\n!Sample_title\t\"a\"\t\"b\"\n!series_matrix_table_begin\n\"ID_REF\"\t\"GSM1\"\t\"GSM2\"\n"
         "\"G1\"\t7\t8\n\"G2\"\t0\t1\n!series_matrix_table_end\n",
         "GSM1 GSM2", 7, 0, "a table of GEO series matrix"},
        {"de.csv", ",EntrezID,chrom,start,end,S1,S2\nG1,1000,chr1,1,900,7,8\nG2,1001,chr1,5,90,0,1\n", "S1 S2", 7, 0,
         "columns EntrezID, chrom, start, end are no samples and are left out (--columns all takes them)"},
        {"units.tsv", "gene\tS1_count\tS1_TPM\tS2_count\tS2_TPM\nG1\t7\t1.5\t8\t2\nG2\t0\t0\t1\t1\n", "S1 S2", 7,
         0, "columns S1_TPM, S2_TPM are no samples"},
        {"deseq.csv", "\"\",\"baseMean\",\"padj\",\"length\",\"S1\"\n\"G1\",5.5,0.1,800,7\n\"G2\",3,NA,90,0\n", "S1", 7, 800,
         "columns baseMean, padj are no samples"},
        {"S5_counts.txt", "ENSG00000000003.15\tTSPAN6\t7\nENSG00000000005.6\tTNMD\t0\n__no_feature\t\t99\n", "S5", 7, 0,
         "a table of htseq-count: 1 column of values, S5; column2 is none"},
        {"S6.tab", "gene_id\tunstranded\tforward\treverse\nN_unmapped\t5\t5\t5\nN_noFeature\t10\t90\t8\nG1\t9\t2\t7\nG2\t0\t0\t3\n",
         "S6", 7, 0, "a table of STAR (ReadsPerGene.out.tab): 1 column of values, S6; unstranded, forward are none"},
        {"three.tsv", "gene_id\tA\tB\tC\nN_unmapped\t5\t5\t5\nG1\t7\t2\t7\nG2\t0\t0\t3\n", "A B C", 7, 0, "1 row counts"},
        {"S8.abundance.gene.tsv", "gene_id\tlength\teff_length\test_counts\ttpm\nG1\t900\t800\t7\t3\nG2\t50\t1\t0\t0\n", "S8", 7,
         800, "a table of kallisto (genes)"},
        {"txi.csv", "\"\",\"abundance.A\",\"abundance.B\",\"counts.A\",\"counts.B\",\"length.A\",\"length.B\",\"x\"\n"
                    "\"G1\",1.5,2,7,8,800,801,\"no\"\n\"G2\",1,2,0,1,90,91,\"no\"\n",
         "A B", 7, 800, "the unit is cut from the names of samples: 'counts.A' is A"},
        {"firehose.txt", "Hybridization REF\tA\tA\tB\tB\ngene_id\traw_count\tscaled_estimate\traw_count\tscaled_estimate\n"
                         "TP53|7157\t7\t1e-5\t8\t2e-5\nMYC|4609\t0\t0\t1\t0\n",
         "A B", 7, 0, "columns A scaled_estimate, B scaled_estimate are no samples"},
        {"normalized.txt", "Hybridization REF\tA\tB\ngene_id\tnormalized_count\tnormalized_count\nTP53|7157\t7\t8\nMYC|4609\t0\t1\n",
         "A B", 7, 0, ""},
        {"windows.txt", "Geneid\tC:\\x\\A.bam\tC:\\x\\B.bam\nG1\t7\t8\nG2\t0\t1\n", "A B", 7, 0, "'C:\\x\\A.bam' is A"},
        {"rsem.matrix", "\t\"out/A.genes.results\"\t\"out/B.genes.results\"\n\"G1\"\t7\t8\n\"G2\"\t0\t1\n", "A B", 7, 0, "is A"},
        {"read.tsv", "gene\tA Read Count\tA FPKM\tB Read Count\tB FPKM\nG1\t7\t1\t8\t1\nG2\t0\t0\t1\t1\n", "A B", 7, 0, "'A Read Count' is A"},
        {"expected.tsv", "gene\tcount\nG1\t7\nG2\t0\n", "expected", 7, 0, ""},
        {"gtex.gct", "#1.2\n2\t2\nid\tName\tDescription\tA\tB\n0\tG1\tx\t7\t8\n1\tG2\ty\t0\t1\n", "A B", 7, 0, "a table of GCT: 2"},
        {"sum.csv", "gene;S1;S2\nG1;7,5;8,25\nG2;0;1,5\n", "S1 S2", 7.5, 0, "numbers are read with decimal commas"},
        {"commas.tsv", "gene\tS1\tS2\nG1\t7,5\t1,333\nG2\t0,125\t1,50\n", "S1 S2", 7.5, 0, "decimal commas"},
        {"mixed.csv", "gene;Patient A, day 1;B\nG1;7;8\nG2;0;1\n", "Patient A, day 1 B", 7, 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_source source = {0};
        const char *path = um_test_file(cases[i].file, cases[i].content);
        assert_ok(cx, um_table_read(cx, path, NULL, &matrix));
        if (cases[i].samples[0] != '*')
            assert_string_equal(joined(&matrix.columns), cases[i].samples);
        assert_int_equal(matrix.rows.count, 2);
        if (matrix.values[0] != cases[i].value || !strstr(um_test_log(), cases[i].note))
            fail_msg("%s: %g; the log says: %s", cases[i].file, matrix.values[0], um_test_log());
        if (strcmp(cases[i].file, "gtex.gct") == 0)
            assert_string_equal(um_name(&matrix.rows, 0), "G1");
        um_matrix_clear(&matrix);
        assert_ok(cx, um_table_source(cx, path, NULL, &source));
        assert_int_equal(source.row_lengths != NULL, cases[i].length > 0);
        if (source.row_lengths)
            assert_true(source.row_lengths[0] == cases[i].length);
        um_source_close(&source);
    }
}

/* A reference of cells, whose header names their types. */
static void test_columns_of_the_same_name(void **unused)
{
    (void)unused;
    const unmix_read_options options = {.average_columns = 1};
    const char *path = um_test_file("ref.txt", "GeneSymbol\tB\tT\tB\tT\tT\nG1\t1\t2\t3\t4\t6\nG2\t0\t1\t1\t1\t1\n");
    static const double want[] = {2, 4, 0.5, 1};
    assert_ok(cx, um_table_read(cx, path, &options, &matrix));
    assert_string_equal(joined(&matrix.columns), "B T");
    assert_memory_equal(matrix.values, want, sizeof want);
    assert_non_null(strstr(um_test_log(), "ref.txt: its 5 columns have 2 names"));
    um_matrix_clear(&matrix);
    assert_refused(cx, um_table_read(cx, path, NULL, &matrix), UNMIX_ERROR_INPUT, "column 'B' twice");
    um_source source = {0};
    assert_refused(cx, um_table_source(cx, path, &options, &source), UNMIX_ERROR_INPUT, "column 'B' twice");
}

/* Where the effective length is 0, the other one is taken. */
static void test_lengths_that_are_nought(void **unused)
{
    (void)unused;
    um_source source = {0};
    assert_ok(cx, um_table_source(cx,
                                  um_test_file("r.genes.results",
                                               "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\n"
                                               "G1\tT1\t50\t0\t0\nG2\tT2\t0\t0\t0\n"),
                                  NULL, &source));
    assert_true(source.row_lengths[0] == 50.0);
    assert_true(isnan(source.row_lengths[1]));
    um_source_close(&source);
}

static void test_refused(void **unused)
{
    (void)unused;
    static const struct {
        const char *content, *part;
    } cases[] = {
        {"ENSG01\t1\t2\t7\nENSG02\t0\t4\t1\n", "line 1 is no header: 'ENSG01' is followed by numbers; read the table with --no-header"},
        {"A1BG,1.5\nA2M,2\n", "line 1 is no header"},
        {"gene\tS1\tS2\nG1\t5\t\"1,914\"\nG2\t7\t\"12,001\"\n", "line 2, column 'S2': '1,914' is no number: the column has thousands"},
        {"gene\tS1\tS2\nG1\t5\t1 914\nG2\t7\t12 001\n", "'1 914' is no number: the column has thousands separators"},
        {"gene\tS1\nG1\t1.234.567\nG2\t2.000.000\n", "thousands separators"},
        {"gene;S1\nG1;1.234,5\nG2;12,5\nG3;1,5\nG4;2,5\n", "the column has"},
        {"gene,S1,S2\nG1,5,50%\nG2,7,20%\n", "percent signs"},
        {"gene\tS1\tS2\nG1\t5\t1.5\nG2\t7\t\"1,5\"\nG3\t7\t\"2,5\"\nG4\t7\t\"2,5\"\n", "decimal commas; write 12.5"},
        {"gene\tS1\nG1\t12\nG2\t34\nG3\t1,914,000\n", "line 4, column 'S1': '1,914,000' is no number: it has thousands"},
        {"Status\tS1.bam\nAssigned\t500\nUnassigned_Unmapped\t4\n", "a table of featureCounts (summary)"},
        {"transcript_id\tgene_id\tlength\teffective_length\texpected_count\nT1\tG1\t5\t5\t5\n", "genes.results"},
        {"Name\tLength\tEffectiveLength\tTPM\tNumReads\nENST00000456328.2\t5\t5\t5\t1\n",
         "its rows are transcripts such as 'ENST00000456328.2', and genes are wanted"},
        {"target_id\tlength\teff_length\test_counts\ttpm\nNM_000546.6\t5\t5\t5\t1\n", "--columns est_counts"},
        {"^DATABASE = Geo\n!Database_name = x\n", "is a SOFT file of GEO"},
        {"!Series_title\t\"x\"\n", "has no line !series_matrix_table_begin"},
        {"!Series_title\t\"x\"\n!series_matrix_table_begin\n\"ID_REF\"\t\"GSM1\"\n!series_matrix_table_end\n",
         "is a GEO series matrix without values"},
        {"#1.2\nName\tDescription\tA\n", "line 2 of this GCT file must say"},
        {"gene\tTPM\tFPKM\nG1\t1\t2\n", "one sample in several units"},
        {"gene\tlength\nG1\t100\nG2\t200\n", "has no column of numbers"},
        {"Geneid\tChr\tStart\tEnd\tStrand\tLength\tA.bam\nG1\t1\t1\t2\t+\t2\t5\nG1\t1\t8\t9\t+\t2\t5\n",
         "its rows are exons, such as several of gene 'G1'; let it count genes (without -f)"},
        {"##x\nCell_Index,A,B\n1000,5,6\n", "a table of BD Rhapsody (molecules of cells): its rows are cells; take the folder"},
        {"Cell_Index\tGene\tRSEC_Reads\n1000\tA\t6\n", "it lists entries"},
        {"__no_feature\t5\n__ambiguous\t6\n", "has no row of a gene"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_refused(cx, um_table_read(cx, um_test_file("refused.txt", cases[i].content), NULL, &matrix),
                       UNMIX_ERROR_INPUT, cases[i].part);
        assert_null(matrix.values);
    }
}

/* Every detection is overruled by an option. */
static void test_overruled(void **unused)
{
    (void)unused;
    static const struct {
        const char *content;
        unmix_read_options options;
        const char *samples;
        size_t rows;
    } cases[] = {
        {"gene\tEntrezID\tS1\nG1\t1\t2\nG2\t3\t4\n", {.columns = "all"}, "EntrezID S1", 2},
        {"gene\tEntrezID\tS1\tS2\nG1\t1\t2\t3\n", {.columns = "EntrezID,S2"}, "EntrezID S2", 1},
        {"A1BG\t1\t7\nA2M\t2\t5\n", {.header = UNMIX_HEADER_NONE}, "column2 column3", 2},
        {"A1BG\t1\t7\nA2M\t2\t5\n", {.header = UNMIX_HEADER_FIRST}, "1 7", 1},
        {"A1BG\t17\nA2M\t2\n", {.header = UNMIX_HEADER_FIRST}, "17", 1},
        {"A1BG\t1.5\nA2M\t2.5\n", {.header = UNMIX_HEADER_NONE}, "overruled", 2},
        {"gene\tS1\nG1\t5\n__no_feature\t4\n", {.columns = "all"}, "S1", 2},
        {"N_unmapped\t5\t5\t5\nG1\t1\t2\t7\n", {.strand = UNMIX_STRAND_FORWARD}, "overruled", 1},
        {"target_id\tlength\teff_length\test_counts\ttpm\nENST01\t5\t5\t5\t1\n", {.columns = "est_counts"}, "overruled", 1},
        {"Name\tLength\tEffectiveLength\tTPM\tNumReads\nG1\t5\t5\t5\t1\n", {.columns = "TPM"}, "overruled", 1},
        {"gene\tx.bam\ty.bam\nG1\t5\t6\n", {.columns = "all"}, "x.bam y.bam", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_ok(cx, um_table_read(cx, um_test_file("overruled.txt", cases[i].content), &cases[i].options, &matrix));
        assert_string_equal(joined(&matrix.columns), cases[i].samples);
        assert_int_equal(matrix.rows.count, cases[i].rows);
        um_matrix_clear(&matrix);
    }
    um_source source = {0};
    const unmix_read_options skip = {.skip_columns = "Length"};
    assert_ok(cx, um_table_source(cx, um_test_file("skip.tsv", "gene\tLength\tS1\nG1\t5\t6\n"), &skip, &source));
    assert_null(source.row_lengths);
    um_source_close(&source);
}

/* Numbers of 40 rows: what `of` gives for row i. */
static const char *table_of(const char *header, const char *format)
{
    static char text[8000];
    (void)snprintf(text, sizeof text, "%s\n", header);
    for (int i = 0; i < 40; i++) /* id, rank, two counts */
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), format, i, 3 * i + 5, i, (i * 7919) % 13, i % 5);
    return text;
}

static void test_evidence(void **unused)
{
    (void)unused;
    assert_ok(cx, um_table_read(cx, um_test_file("id.tsv", table_of("gene\tprobe_id\trank\tS1\tS2", "G%d\t%d\t%d\t%d\t%d\n")),
                                NULL, &matrix));
    assert_string_equal(joined(&matrix.columns), "S1 S2");
    assert_non_null(strstr(um_test_log(), "columns probe_id, rank are no samples"));
    um_matrix_clear(&matrix);
    /* A table of nothing but rising numbers keeps them. */
    assert_ok(cx, um_table_read(cx, um_test_file("rise.tsv", table_of("gene\tS1", "G%d\t%d\n")), NULL, &matrix));
    assert_string_equal(joined(&matrix.columns), "S1");
}

/* Ordinary tables, of which nothing is said. */
static void test_no_wrong_note(void **unused)
{
    (void)unused;
    static const char *const forms[] = {
        "gene\tS1\tS2\nG1\t1\t2\nG2\t3\t4\n",
        "\tS1\tS2\nG1\t1\t2\nG2\t3\t4\n",
        "S1\tS2\nG1\t1\t2\nG2\t3\t4\n",
        "gene\t0\t1\t2\nG1\t1\t2\t3\n",
        "0\t1\t2\nG1\t1\t2\t3\n",
        "GeneSymbol\t101\t205\t17\nG1\t1\t2\t3\n",
        "gene_id,12,34\nG1,1,2\n",
        "A\t1\t2\t3\nG1\t5\t6\t7\n",
        "gene\tB cells\tT cells\nG1\t1.5\t2\n",
        "gene\tStart\tEnd\nG1\t5\t2\nG2\t3\t4\n",
        "gene\tstart\tmiddle\tend\nG1\t5\t2\t7\nG2\t3\t4\t1\n",
        "gene\tpos\tneg\tGC\nG1\t5\t2\t3\n",
        "gene\tTPM\nG1\t5.5\nG2\t0\n",
        "gene\tcount\nG1\t5\nG2\t0\n",
        "gene\tS1_TPM\tS2_TPM\nG1\t5.5\t1\n",
        "gene\tpatient_id1\tKID\tAcid\nG1\t5\t6\t7\n",
        "gene\tS1.bam.x\tS2\nG1\t5\t6\n",
        "gene\tdonor/1\tdonor/2\nG1\t5\t6\n",
        "symbol\tmean\tsize\tweight\nG1\t5\t6\t1\n",
        "Entrez_Gene_Id\tS1\tS2\n1000\t5\t6\n1001\t7\t8\n",
        "gene\tS1\tS2\na_gene\t5\t6\nno_one\t7\t8\n",
        "mRNA\tA549\t293T\n__\t5\t6\n",
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        unmix_context_free(cx);
        cx = um_test_context();
        assert_ok(cx, um_table_read(cx, um_test_file("plain.tsv", forms[i]), NULL, &matrix));
        if (um_test_log()[0])
            fail_msg("form %zu: %s", i, um_test_log());
        um_matrix_clear(&matrix);
    }
}

static void test_names_of_samples(void **unused)
{
    (void)unused;
    static const struct {
        const char *path, *name;
    } files[] = {
        {"S1.htseq.txt", "S1"},        {"x/S1/quant.sf", "S1"},        {"x/S1/quant.genes.sf", "S1"},
        {"S1/abundance.tsv.gz", "S1"}, {"S1_ReadsPerGene.out.tab", "S1"}, {"S1/ReadsPerGene.out.tab", "S1"},
        {"a.b.counts.txt.gz", "a.b"},  {"counts.txt", "counts"},       {"quant.sf", "quant.sf"},
        {"S1.genes.results", "S1"},    {"standard input", "standard input"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        um_names names = {0};
        assert_ok(cx, um_sample_of_file(cx, files[i].path, &names));
        assert_string_equal(um_name(&names, 0), files[i].name);
        um_names_clear(&names);
    }
    static const struct {
        const char *first, *second, *after;
    } pairs[] = {
        {"a/S1.bam", "b/S2.bam", "S1 S2"},
        {"S1Aligned.sortedByCoord.out.bam", "S2Aligned.sortedByCoord.out.bam", "S1 S2"},
        {"out/S1/Aligned.sortedByCoord.out.bam", "out/S2/Aligned.sortedByCoord.out.bam", "S1 S2"},
        {"a/S1.bam", "b/S1.bam", "a b"},
        {"S1.bam", "S2", "S1.bam S2"},
        {"x/S1", "x/S2", "x/S1 x/S2"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        um_names names = {0};
        int cut = 0;
        assert_ok(cx, um_names_add(cx, &names, pairs[i].first, strlen(pairs[i].first)));
        assert_ok(cx, um_names_add(cx, &names, pairs[i].second, strlen(pairs[i].second)));
        assert_ok(cx, um_cut_alignments(cx, &names, &cut));
        assert_string_equal(joined(&names), pairs[i].after);
        assert_int_equal(cut, strcmp(um_name(&names, 0), pairs[i].first) != 0);
        um_names_clear(&names);
    }
}

static void test_foreign_numbers(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        um_foreign_number kind;
    } cases[] = {
        {"1,914", UM_FOREIGN_EITHER},       {"0,914", UM_FOREIGN_COMMA},        {"1,91", UM_FOREIGN_COMMA},
        {"1,914,000", UM_FOREIGN_THOUSANDS}, {"1,914.5", UM_FOREIGN_THOUSANDS}, {"1.914,5", UM_FOREIGN_THOUSANDS},
        {"1 914", UM_FOREIGN_THOUSANDS},    {"1'914", UM_FOREIGN_THOUSANDS},    {"1\xc2\xa0" "914", UM_FOREIGN_THOUSANDS},
        {"12%", UM_FOREIGN_PERCENT},        {"-1,5", UM_FOREIGN_COMMA},         {"1,5e3", UM_FOREIGN_COMMA},
        {"12", UM_FOREIGN_NONE},            {"1,2,3", UM_FOREIGN_NONE},         {"abc", UM_FOREIGN_NONE},
        {"", UM_FOREIGN_NONE},              {"5-9", UM_FOREIGN_NONE},           {"1;2", UM_FOREIGN_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (um_foreign_number_kind(cases[i].text, strlen(cases[i].text)) != cases[i].kind)
            fail_msg("'%s' is of kind %d", cases[i].text, (int)um_foreign_number_kind(cases[i].text, strlen(cases[i].text)));
}

static void test_names_of_rows(void **unused)
{
    (void)unused;
    static const char *const none[] = {"__no_feature", "__alignment_not_unique", "N_unmapped", "N_noFeature", "no_feature",
                                       "too_low_aQual", "ambiguous"};
    static const char *const genes[] = {"ENSG00000000003", "N_ACETYLTRANSFERASE", "_x", "A", "a_long_gene_name", "ambiguou"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_true(um_counts_no_gene(none[i], strlen(none[i])));
    for (size_t i = 0; i < sizeof genes / sizeof genes[0]; i++)
        assert_false(um_counts_no_gene(genes[i], strlen(genes[i])));
    assert_true(um_is_transcript("ENSMUST00000000001.4", 20));
    assert_false(um_is_transcript("ENSG00000000003", 15));
    assert_false(um_is_transcript("NMU", 3));
    assert_false(um_is_transcript("NM_X", 4));
    assert_int_equal(um_known_column("Gene length (bp)"), UM_COLUMN_LENGTH);
    assert_int_equal(um_known_column("Entrez_Gene_Id"), UM_COLUMN_ID);
    assert_int_equal(um_known_column("S1"), UM_COLUMN_UNKNOWN);
}

#define UM_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UM_CASE(test_programs),      UM_CASE(test_lengths_that_are_nought), UM_CASE(test_columns_of_the_same_name), UM_CASE(test_refused),
        UM_CASE(test_overruled),     UM_CASE(test_evidence),                UM_CASE(test_no_wrong_note),
        UM_CASE(test_names_of_samples), UM_CASE(test_foreign_numbers),      UM_CASE(test_names_of_rows),
    };
    return um_run_group(tests);
}
