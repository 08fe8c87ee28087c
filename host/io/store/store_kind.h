/* What a store holds: AnnData, a 10x Genomics matrix, or what other programs keep in such files. Told from its members. */
#ifndef UM_STORE_KIND_H
#define UM_STORE_KIND_H

#include "io/store/store.h"

typedef enum um_store_kind {
    UM_STORE_ANNDATA,
    UM_STORE_TENX,
    UM_STORE_LOOM,
    UM_STORE_MUDATA,
    UM_STORE_SEURAT,
    UM_STORE_OTHER
} um_store_kind;

unmix_status um_store_kind_of(unmix_context *cx, const um_store *store, um_store_kind *kind);

/* The groups that hold a 10x matrix: `matrix`, or in old files one with the name of each genome. */
unmix_status um_tenx_groups(unmix_context *cx, const um_store *store, um_names *groups);

#endif
