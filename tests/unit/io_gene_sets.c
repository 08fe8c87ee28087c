/* Gene sets in both forms, and every refusal with its line. */
#include "io/text/gene_sets.h"

#include <stdio.h>
#include <string.h>

#include "io/text/text_file.h"
#include "testing/testing.h"

static void assert_set(const um_gene_sets *sets, size_t i, const char *name, const char *const *genes)
{
    assert_true(i < sets->names.count);
    assert_string_equal(um_name(&sets->names, i), name);
    size_t n = 0;
    for (; genes[n]; n++) {
        assert_true(n < sets->genes[i].count);
        assert_string_equal(um_name(&sets->genes[i], n), genes[n]);
    }
    assert_int_equal(sets->genes[i].count, n);
}

static void gmt(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_gene_sets sets = {0};
    const char *path = um_test_file("sets.gmt", "T cells\thttp://x\tCD3D\tCD3E\r\n"
                                                "B\t\tMS4A1\tCD79A\tMS4A1\t\t\n"
                                                "set\tna\tA\n");
    assert_ok(cx, um_gene_sets_read(cx, path, &sets));
    assert_int_equal(sets.names.count, 3);
    assert_set(&sets, 0, "T cells", (const char *const[]){"CD3D", "CD3E", NULL});
    assert_set(&sets, 1, "B", (const char *const[]){"MS4A1", "CD79A", NULL});
    assert_set(&sets, 2, "set", (const char *const[]){"A", NULL});
    assert_string_equal(sets.origin, path);
    assert_non_null(strstr(um_test_log(), "sets.gmt: 1 genes repeat in their set and are kept once"));
    um_gene_sets_clear(&sets);
    um_gene_sets_clear(&sets);
    unmix_context_free(cx);
}

static void tables(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "set\tgene\nB\tMS4A1\nT\tCD3D\nB\tCD79A\n",     "Gene\tProgram\nMS4A1\tB\nCD3D\tT\nCD79A\tB\n",
        "cluster\tSYMBOL\nB\tMS4A1\nT\tCD3D\nB\tCD79A", "symbol\tname\r\nMS4A1\tB\r\nCD3D\tT\r\nCD79A\tB\r\n\r\n",
    };
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        um_gene_sets sets = {0};
        assert_ok(cx, um_gene_sets_read(cx, um_test_file("sets.tsv", texts[i]), &sets));
        assert_int_equal(sets.names.count, 2);
        assert_set(&sets, 0, "B", (const char *const[]){"MS4A1", "CD79A", NULL});
        assert_set(&sets, 1, "T", (const char *const[]){"CD3D", NULL});
        um_gene_sets_clear(&sets);
    }
    assert_string_equal(um_test_log(), "");
    unmix_context_free(cx);
}

/* As other programs write them: further columns are passed over. */
static void tables_of_programs(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
    } tables[] = {
        {"seurat.csv", "\"\",\"avg_log2FC\",\"cluster\",\"gene\"\n\"x\",1,\"B\",\"MS4A1\"\n\"y\",1,\"T\",\"CD3D\"\n\"z\",1,\"B\",\"CD79A\"\n"},
        {"scanpy.csv", "group,names,scores\nB,MS4A1,5\nT,CD3D,4\nB,CD79A,3\n"},
        {"msigdbr.csv", "gs_cat,gs_name,gene_symbol\nH,B,MS4A1\nH,T,CD3D\nH,B,CD79A\n"},
        {"panglao.tsv", "species\tofficial gene symbol\tcell type\nHs\tMS4A1\tB\nHs\tCD3D\tT\nHs\tCD79A\tB\n"},
        {"marker.csv", "cell_name,marker\nB,MS4A1\nT,CD3D\nB,CD79A\n"},
        {"commas.txt", "set,gene\nB,MS4A1\nT,CD3D\nB,CD79A\n"},
        {"semicolons.csv", "set;gene\nB;MS4A1\nT;CD3D\nB;CD79A\n"},
    };
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        um_gene_sets sets = {0};
        assert_ok(cx, um_gene_sets_read(cx, um_test_file(tables[i].file, tables[i].text), &sets));
        assert_int_equal(sets.names.count, 2);
        assert_set(&sets, 0, "B", (const char *const[]){"MS4A1", "CD79A", NULL});
        assert_set(&sets, 1, "T", (const char *const[]){"CD3D", NULL});
        um_gene_sets_clear(&sets);
    }
    unmix_context_free(cx);
}

/* Markers as Seurat and msigdbr write them: CSV, further columns, any order. */
static void csv_and_further_columns(void **state)
{
    (void)state;
    static const char *const texts[] = {"cluster,gene,avg_log2FC\nB,MS4A1,2.5\nT,CD3D,1\nB,CD79A,0.5\n",
                                        "p_val,avg_log2FC,cluster,gene\n0,2,B,MS4A1\n0,1,T,CD3D\n0,1,B,CD79A\n",
                                        "gs_name,gene_symbol\nB,MS4A1\n\"T\",CD3D\nB,CD79A\n"};
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        um_gene_sets sets = {0};
        assert_ok(cx, um_gene_sets_read(cx, um_test_file("sets.csv", texts[i]), &sets));
        assert_int_equal(sets.names.count, 2);
        assert_set(&sets, 0, "B", (const char *const[]){"MS4A1", "CD79A", NULL});
        assert_set(&sets, 1, "T", (const char *const[]){"CD3D", NULL});
        um_gene_sets_clear(&sets);
    }
    assert_non_null(strstr(um_test_log(), "sets from column 3 and genes from column 4 of 4"));
    unmix_context_free(cx);
}

static unmix_status put_gmt(unmix_context *cx, um_text_out *out, const void *content)
{
    return um_text_out_put(cx, out, content, strlen(content));
}

static void compressed(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_gene_sets sets = {0};
    char path[700];
    (void)snprintf(path, sizeof path, "%s/sets.gmt.gz", um_test_folder());
    assert_ok(cx, um_text_out_write(cx, path, 1, put_gmt, "B\tx\tMS4A1\n"));
    assert_ok(cx, um_gene_sets_read(cx, path, &sets));
    assert_set(&sets, 0, "B", (const char *const[]){"MS4A1", NULL});
    um_gene_sets_clear(&sets);
    unmix_context_free(cx);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"", "sets.txt: is empty"},
        {"B\tx\tMS4A1\nT\tx\nNK\tx\tNKG7\n", "sets.txt: line 2: set 'T' has no genes"},
        {"B\tx\tMS4A1\nT\n", "line 2: set 'T' has no genes"},
        {"B\tx\tMS4A1\nT\tx\t\t\t\n", "line 2: set 'T' has no genes"},
        {"B\tx\tMS4A1\n\tx\tCD3D\n", "line 2: the name of a set is empty"},
        {"B\tx\tMS4A1\t\tCD79A\n", "line 1: the name of a gene is empty"},
        {"B\tx\tMS4A1\nT\tx\tCD3D\nB\tx\tCD79A\n", "set 'B' stands in line 1 and in line 3"},
        {"B\tx\tMS4A1\n\nT\tx\tCD3D\n", "line 2 is blank"},
        {"set\tgene\n", "sets.txt: holds no gene set, only a header"},
        {"set\tgene\nB\tMS4A1\tx\n", "line 2 has 3 fields; 2 are expected"},
        {"set\tgene\nB\n", "line 2 has 1 fields; 2 are expected"},
        {"set\tgene\nB\t\n", "line 2: the name of a gene is empty"},
        {"gene\tset\nMS4A1\t\n", "line 2: the name of a set is empty"},
        {"set\tgene\tscore\nB\tMS4A1\n", "line 2 has 2 fields; 3 are expected"},
        {"what\twhere\nB\tMS4A1\n", "line 1: is neither a set with genes nor a header; gene sets are GMT"},
        {"gene\tsymbol\nB\tMS4A1\n", "line 1: is neither a set with genes nor a header"},
        {"CD3D\nMS4A1\n", "line 1: has one column only; gene sets are GMT"},
        {"B,MS4A1\nT,CD3D\n", "line 1: is neither a set with genes nor a header"},
        {"PK\x03\x04", "looks like an Excel workbook"},
    };
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_gene_sets sets = {0};
        const char *path = um_test_file("sets.txt", cases[i].text);
        assert_refused(cx, um_gene_sets_read(cx, path, &sets), UNMIX_ERROR_INPUT, cases[i].part);
        assert_null(sets.genes);
        assert_null(sets.origin);
        assert_int_equal(sets.names.count, 0);
    }
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gmt),
        cmocka_unit_test(tables), cmocka_unit_test(tables_of_programs),
        cmocka_unit_test(csv_and_further_columns),
        cmocka_unit_test(compressed),
        cmocka_unit_test(refused),
    };
    return um_run_group(tests);
}
