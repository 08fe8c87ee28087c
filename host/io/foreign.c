#include "io/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/files/paths.h"

typedef struct foreign {
    const char *sign; /* a file that such a folder has */
    const char *name, *advice;
    int folder_only; /* 1: other files in such a folder mean nothing */
} foreign;

#define ZARR "convert it in Python: import anndata; anndata.read_zarr('PATH').write_h5ad('cells.h5ad')"

static const foreign known[] = {
    {".zgroup", "a Zarr store", ZARR, 1},
    {".zattrs", "a Zarr store", ZARR, 1},
    {"zarr.json", "a Zarr store", ZARR, 1},
    {"cells_x_genes.mtx", "a folder of kallisto | bustools (cells in rows)",
     "let 'kb count' write it with --h5ad, or with --cellranger, whose folder can be read", 0},
    {"cells_x_tcc.mtx", "a folder of kallisto | bustools (transcript classes)", "count genes, with --h5ad", 0},
    {"count_matrix.mtx", "a folder of Parse Biosciences' split-pipe (cells in rows)",
     "convert it in Python: import scanpy, pandas; cells = scanpy.read_mtx('count_matrix.mtx'); cells.obs_names and "
     "cells.var_names from cell_metadata.csv and all_genes.csv; cells.write_h5ad('cells.h5ad')", 0},
    {"DGE.mtx", "a folder of Parse Biosciences' split-pipe (cells in rows)",
     "convert it in Python with scanpy.read_mtx('DGE.mtx') and the names of cell_metadata.csv and all_genes.csv", 0},
    {"quants_mat.gz", "a folder of alevin", "read it in R with fishpond::loadFry or tximeta, and write it as .h5ad", 0},
    {"quants_mat.mtx", "a folder of alevin-fry (cells in rows)", "convert it in Python: import pyroe; "
     "pyroe.load_fry('PATH').write_h5ad('cells.h5ad')", 0},
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
        if (named && holds(folder, known[i].sign))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is %s, which is not read; %s", path, known[i].name, known[i].advice);
    }
    return UNMIX_OK;
}
