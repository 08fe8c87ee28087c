#include "io/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/files/paths.h"

typedef struct foreign {
    const char *sign; /* a file that such a folder has */
    const char *name, *advice;
    int folder_only;    /* 1: other files in such a folder mean nothing */
    const char *unless; /* a file beside it that can be read instead */
} foreign;

#define ZARR "convert it in Python: import anndata; anndata.read_zarr('PATH').write_h5ad('cells.h5ad')"

#define ALEVIN                                                                                                         \
    "a folder of alevin with its binary matrix",                                                                       \
        "let 'salmon alevin' write it with --dumpMtx, or read it in R with tximport::tximport(type = 'alevin')", 0

static const foreign known[] = {
    {".zgroup", "a Zarr store", ZARR, 1, NULL},
    {".zattrs", "a Zarr store", ZARR, 1, NULL},
    {"zarr.json", "a Zarr store", ZARR, 1, NULL},
    {"__tiledb_group.tdb", "a TileDB-SOMA store",
     "convert it in Python: import tiledbsoma, tiledbsoma.io; "
     "tiledbsoma.io.to_h5ad(tiledbsoma.open('PATH'), 'cells.h5ad', measurement_name='RNA')", 1, NULL},
    {"storage_order", "a matrix folder of BPCells",
     "convert it in R: BPCells::write_matrix_anndata_hdf5(BPCells::open_matrix_dir('PATH'), 'cells.h5ad')", 1, NULL},
    {"se.rds", "a folder of R's saveHDF5SummarizedExperiment()",
     "convert it in R: zellkonverter::writeH5AD(HDF5Array::loadHDF5SummarizedExperiment('PATH'), 'cells.h5ad')", 1, NULL},
    {"cells_x_tcc.mtx", "a folder of kallisto | bustools with counts of transcript classes", "let 'kb count' count genes", 0,
     "cells_x_genes.mtx"},
    {"quants_mat.gz", ALEVIN, "quants_mat.mtx.gz"},
    {"alevin/quants_mat.gz", ALEVIN, "alevin/quants_mat.mtx.gz"},
};

static int holds(const char *folder, const char *file)
{
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/%s", folder, file);
    return length > 0 && (size_t)length < sizeof path && access(path, F_OK) == 0;
}

unmix_status um_refuse_foreign(unmix_context *cx, const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    const int is_folder = um_is_folder(path);
    const int length = is_folder ? snprintf(folder, sizeof folder, "%s", path)
                                 : snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (length < 0 || (size_t)length >= sizeof folder)
        return UNMIX_OK;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const int named = is_folder || (!known[i].folder_only && strcmp(slash ? slash + 1 : path, known[i].sign) == 0);
        if (named && holds(folder, known[i].sign) && !(known[i].unless && holds(folder, known[i].unless)))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is %s, which is not read; %s", path, known[i].name, known[i].advice);
    }
    return UNMIX_OK;
}
