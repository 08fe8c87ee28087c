/* Folders of other programs are refused by their names. */
#include "io/foreign.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "testing/testing.h"

static const char *folder_with(const char *name, const char *file)
{
    static char path[700];
    char inside[900];
    (void)snprintf(path, sizeof path, "%s/%s", um_test_folder(), name);
    (void)mkdir(path, 0777);
    (void)snprintf(inside, sizeof inside, "%s/%s", path, file);
    FILE *f = fopen(inside, "w");
    assert_non_null(f);
    (void)fclose(f);
    return path;
}

static void each_is_named_with_a_way_out(void **state)
{
    (void)state;
    static const struct {
        const char *file, *part;
    } cases[] = {{".zgroup", "is a Zarr store, which is not read; convert it in Python: import anndata; anndata.read_zarr("},
                 {"zarr.json", "is a Zarr store"},
                 {"cells_x_tcc.mtx", "is a folder of kallisto | bustools with counts of transcript classes"},
                 {"quants_mat.gz", "is a folder of alevin with its binary matrix, which is not read; let 'salmon alevin'"},
                 {"se.rds", "is a folder of R's saveHDF5SummarizedExperiment()"},
                 {"storage_order", "is a matrix folder of BPCells"},
                 {"__tiledb_group.tdb", "is a TileDB-SOMA store"}};
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "foreign%zu", i);
        assert_refused(cx, um_refuse_foreign(cx, folder_with(name, cases[i].file)), UNMIX_ERROR_INPUT, cases[i].part);
    }
    unmix_context_free(cx);
}

static void the_matrix_itself_is_named_and_other_files_are_not(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    char path[900];
    (void)snprintf(path, sizeof path, "%s/cells_x_tcc.mtx", folder_with("foreign_kb", "cells_x_tcc.mtx"));
    assert_refused(cx, um_refuse_foreign(cx, path), UNMIX_ERROR_INPUT, "kallisto | bustools");
    (void)snprintf(path, sizeof path, "%s/labels.tsv", folder_with("foreign_kb", "labels.tsv"));
    assert_ok(cx, um_refuse_foreign(cx, path));
    assert_ok(cx, um_refuse_foreign(cx, folder_with("foreign_kb", "cells_x_genes.mtx"))); /* that can be read */
    assert_ok(cx, um_refuse_foreign(cx, folder_with("ordinary", "matrix.mtx")));
    assert_ok(cx, um_refuse_foreign(cx, "not_there"));
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_named_with_a_way_out),
        cmocka_unit_test(the_matrix_itself_is_named_and_other_files_are_not),
    };
    return um_run_group(tests);
}
