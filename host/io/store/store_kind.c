#include "io/store/store_kind.h"

#include <string.h>

unmix_status um_tenx_groups(unmix_context *cx, const um_store *store, um_names *groups)
{
    um_names members = {0};
    unmix_status status = um_node_members(cx, store->root, &members);
    for (size_t i = 0; i < members.count && status == UNMIX_OK; i++) {
        um_node group;
        const char *name = um_name(&members, i);
        if (!um_node_has(store->root, name))
            continue;
        status = um_node_find(cx, store->root, name, &group);
        if (status == UNMIX_OK && um_node_is_group(group) && um_node_has(group, "barcodes") &&
            um_node_has(group, "indptr"))
            status = um_names_add(cx, groups, name, strlen(name));
        um_node_release(group);
    }
    um_names_clear(&members);
    return status;
}

/* Where all of them are at the root, it is this kind; of several the first. */
static const struct {
    um_store_kind kind;
    const char *members[3];
} marks[] = {
    {UM_STORE_LOOM, {"matrix", "row_attrs", "col_attrs"}},
    {UM_STORE_MUDATA, {"mod", "obs", NULL}},
    {UM_STORE_SEURAT, {"cell.names", "assays", NULL}},
    {UM_STORE_ANNDATA, {"obs", "var", NULL}},
};

unmix_status um_store_kind_of(unmix_context *cx, const um_store *store, um_store_kind *kind)
{
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        int all = 1;
        for (size_t m = 0; m < 3 && marks[i].members[m]; m++)
            all = all && um_node_has(store->root, marks[i].members[m]);
        *kind = marks[i].kind;
        if (all)
            return UNMIX_OK;
    }
    um_names groups = {0};
    const unmix_status status = um_tenx_groups(cx, store, &groups);
    *kind = groups.count ? UM_STORE_TENX : UM_STORE_OTHER;
    um_names_clear(&groups);
    return status;
}
