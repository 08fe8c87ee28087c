#include "io/market/market_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/files/entries.h"
#include "io/files/paths.h"

/* ---- The programs ---- */

/* Names of files follow the prefix; each may be compressed (.gz). The first that is there is meant. */
typedef struct layout {
    const char *matrix;       /* how the matrix ends; what stands before it is the prefix */
    const char *features[5];
    const char *cells[5];
    const char *symbols;
    um_market_form form;
    int cells_first;
} layout;

#define KALLISTO(ending)                                                                                              \
    {.matrix = ending, .features = {".genes.txt"}, .cells = {".barcodes.txt"}, .symbols = ".genes.names.txt",          \
     .cells_first = 1}
#define PARSE(name)                                                                                                   \
    {.matrix = name, .features = {"all_genes.csv", "genes.csv"}, .cells = {"cell_metadata.csv"},                       \
     .form = UM_MARKET_TABLES, .cells_first = 1}
#define CELL_RANGER(ending)                                                                                           \
    {.matrix = ending, .features = {"features.tsv", "genes.tsv", "features.txt", "genes.txt"},                         \
     .cells = {"barcodes.tsv", "barcodes.txt", "cells.tsv", "cells.txt"}}

static const layout layouts[] = {
    {.matrix = "quants_mat.mtx",
     .features = {"quants_mat_cols.txt"},
     .cells = {"quants_mat_rows.txt"},
     .form = UM_MARKET_USA,
     .cells_first = 1},
    PARSE("count_matrix.mtx"),
    PARSE("DGE.mtx"),
    CELL_RANGER("matrix.mtx"),
    CELL_RANGER("sparse.mtx"),
    CELL_RANGER("counts.mtx"),
    KALLISTO(".total.mtx"),
    KALLISTO(".mature.mtx"),
    KALLISTO(".nascent.mtx"),
    KALLISTO(".ambiguous.mtx"),
    KALLISTO(".cell.mtx"),
    KALLISTO(".nucleus.mtx"),
    KALLISTO(".mtx"),
    {.matrix = ".mtx",
     .features = {"_features.tsv", "_genes.tsv", ".features.tsv", ".genes.tsv"},
     .cells = {"_barcodes.tsv", ".barcodes.tsv"}},
};
static const layout any_name = CELL_RANGER(""); /* the prefix is the folder */

/* What a folder is read by where further matrices lie in it. */
static const char *const usual[] = {"matrix.mtx", "cells_x_genes.mtx", "count_matrix.mtx", "DGE.mtx", "quants_mat.mtx"};

void um_market_files_clear(um_market_files *files)
{
    free(files->matrix);
    free(files->features);
    free(files->cells);
    free(files->symbols);
    *files = (um_market_files){0};
}

/* ---- Files beside a matrix ---- */

/* prefix + name, or the same with .gz; *path is NULL when neither is there. */
static unmix_status find_file(unmix_context *cx, const char *prefix, size_t length, const char *name, char **path)
{
    const size_t size = length + strlen(name) + sizeof ".gz";
    UM_TRY(UM_ALLOC(cx, path, size, "file name"));
    (void)snprintf(*path, size, "%.*s%s", (int)length, prefix, name);
    if (um_is_file(*path))
        return UNMIX_OK;
    (void)snprintf(*path, size, "%.*s%s.gz", (int)length, prefix, name);
    if (um_is_file(*path))
        return UNMIX_OK;
    free(*path);
    *path = NULL;
    return UNMIX_OK;
}

static unmix_status find_first(unmix_context *cx, const char *prefix, size_t length, const char *const *names, char **path)
{
    for (; *names && !*path; names++)
        UM_TRY(find_file(cx, prefix, length, *names, path));
    return UNMIX_OK;
}

/* Length of the path in front of the ending, also where .gz follows it; UM_NOT_FOUND: it ends otherwise. */
static size_t without_ending(const char *path, const char *ending)
{
    const size_t length = strlen(path), packed = um_has_ending(path, ".gz") ? 3 : 0, size = strlen(ending);
    if (length < packed + size || strncmp(path + length - packed - size, ending, size) != 0)
        return UM_NOT_FOUND;
    return length - packed - size;
}

static size_t prefix_of(const char *path, const layout *l)
{
    const char *slash = strrchr(path, '/');
    return *l->matrix ? without_ending(path, l->matrix) : slash ? (size_t)(slash - path) + 1 : 0;
}

static unmix_status find_names(unmix_context *cx, const char *path, const layout *l, um_market_files *files)
{
    const size_t length = prefix_of(path, l);
    if (length == UM_NOT_FOUND)
        return UNMIX_OK;
    UM_TRY(find_first(cx, path, length, l->features, &files->features));
    UM_TRY(find_first(cx, path, length, l->cells, &files->cells));
    if (l->symbols)
        UM_TRY(find_file(cx, path, length, l->symbols, &files->symbols));
    files->form = l->form;
    files->cells_first = l->cells_first;
    return UNMIX_OK;
}

static int is_complete(const um_market_files *files)
{
    return files->features && files->cells;
}

/* What is missing, by the layout of which most is there. */
static unmix_status refuse_names(unmix_context *cx, const char *path, const layout *l, const um_market_files *found)
{
    const int length = (int)prefix_of(path, l);
    const char *const *lacking = found->features ? l->cells : l->features;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no '%.*s%s%s%s' beside it, nor the same with .gz", path, length,
                   path, lacking[0], lacking[1] && !found->features ? "' or '" : "",
                   lacking[1] && !found->features ? lacking[1] : "");
}

/* How much speaks for a layout whose names are not all there: some of them, the name of the matrix, nothing. */
static int nearness(const char *path, const layout *l, const um_market_files *found)
{
    const int named = strlen(l->matrix) > sizeof ".mtx" - 1 && prefix_of(path, l) != UM_NOT_FOUND;
    return found->features || found->cells ? 2 : named;
}

static unmix_status try_layouts(unmix_context *cx, const char *path, um_market_files *files)
{
    const layout *nearest = &any_name;
    um_market_files partly = {0};
    int best = 0;
    unmix_status status = UNMIX_OK;
    const size_t n = sizeof layouts / sizeof layouts[0];
    for (size_t i = 0; i <= n && status == UNMIX_OK && !is_complete(files); i++) {
        const layout *l = i < n ? &layouts[i] : &any_name;
        status = find_names(cx, path, l, files);
        const int near = nearness(path, l, files);
        if (status != UNMIX_OK || is_complete(files))
            break;
        if (near > best) {
            um_market_files_clear(&partly);
            partly = *files;
            *files = (um_market_files){0};
            nearest = l;
            best = near;
        }
        um_market_files_clear(files);
    }
    if (status == UNMIX_OK && !is_complete(files))
        status = refuse_names(cx, path, nearest, &partly);
    um_market_files_clear(&partly);
    return status;
}

static unmix_status files_of(unmix_context *cx, const char *path, um_market_files *files)
{
    UM_TRY(try_layouts(cx, path, files));
    const size_t size = strlen(path) + 1;
    UM_TRY(UM_ALLOC(cx, &files->matrix, size, "file name"));
    memcpy(files->matrix, path, size);
    return UNMIX_OK;
}

/* ---- Matrices in folders ---- */

static int is_matrix(const char *path)
{
    return (um_has_ending(path, ".mtx") || um_has_ending(path, ".mtx.gz")) && um_is_file(path);
}

/* So deep lie those of Cell Ranger (SAMPLE/outs/filtered_feature_bc_matrix) and STARsolo (Solo.out/Gene/filtered). */
enum { DEEPEST = 3, MOST_FOLDERS = 200 };

/* Adds the matrices that lie in the folder itself, or else those of the folders in it. */
static unmix_status add_matrices(unmix_context *cx, const char *folder, int depth, um_names *matrices)
{
    um_names entries = {0};
    const size_t before = matrices->count;
    unmix_status status = um_folder_entries(cx, folder, &entries);
    for (int deeper = 0; deeper <= (depth > 0 && matrices->count == before); deeper++)
        for (size_t i = 0; i < entries.count && status == UNMIX_OK; i++) {
            char *path = NULL;
            status = um_file_in(cx, folder, um_name(&entries, i), &path);
            if (status == UNMIX_OK && !deeper && is_matrix(path))
                status = um_names_add(cx, matrices, path, strlen(path));
            else if (status == UNMIX_OK && deeper && matrices->count < MOST_FOLDERS && um_is_folder(path))
                status = add_matrices(cx, path, depth - 1, matrices);
            free(path);
        }
    um_names_clear(&entries);
    return status;
}

int um_market_depth(const char *folder)
{
    unmix_context asked = {0};
    um_names matrices = {0};
    int depth = 0;
    if (add_matrices(&asked, folder, 0, &matrices) == UNMIX_OK && matrices.count)
        depth = 1;
    else if (add_matrices(&asked, folder, DEEPEST, &matrices) == UNMIX_OK && matrices.count)
        depth = 2;
    um_names_clear(&matrices);
    return depth;
}

/* Of the matrices of a folder, the usual one, plain or compressed; UM_NOT_FOUND: none or several are. */
static size_t the_usual(const um_names *matrices)
{
    size_t found = UM_NOT_FOUND, count = 0;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        size_t one = UM_NOT_FOUND;
        for (size_t m = matrices->count; m-- > 0;) { /* the plain one stands first, and counts */
            const char *path = um_name(matrices, m), *slash = strrchr(path, '/');
            if (without_ending(slash ? slash + 1 : path, usual[i]) == 0)
                one = m;
        }
        count += one != UM_NOT_FOUND;
        found = one != UM_NOT_FOUND ? one : found;
    }
    return count == 1 ? found : UM_NOT_FOUND;
}

static size_t length_of_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

static int in_one_folder(const um_names *matrices)
{
    const size_t length = length_of_folder(um_name(matrices, 0));
    for (size_t i = 1; i < matrices->count; i++)
        if (length_of_folder(um_name(matrices, i)) != length ||
            strncmp(um_name(matrices, i), um_name(matrices, 0), length) != 0)
            return 0;
    return 1;
}

/* The names as they go on behind the folder's. */
static unmix_status refuse_several(unmix_context *cx, const char *folder, const um_names *matrices)
{
    um_names within = {0};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < matrices->count && status == UNMIX_OK; i++) {
        const char *name = um_name(matrices, i) + strlen(folder);
        while (*name == '/')
            name++;
        status = um_names_add(cx, &within, name, strlen(name));
    }
    char list[800];
    if (status == UNMIX_OK)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is a folder with %zu matrices; name the one that is meant: %s", folder,
                         matrices->count, um_list_names(&within, 6, list, sizeof list));
    um_names_clear(&within);
    return status;
}

static unmix_status choose(unmix_context *cx, const char *folder, const um_names *matrices, size_t *chosen)
{
    *chosen = matrices->count == 1 ? 0 : in_one_folder(matrices) ? the_usual(matrices) : UM_NOT_FOUND;
    return *chosen != UM_NOT_FOUND ? UNMIX_OK : refuse_several(cx, folder, matrices);
}

static unmix_status files_of_folder(unmix_context *cx, const char *folder, um_market_files *files)
{
    um_names matrices = {0};
    size_t chosen = UM_NOT_FOUND;
    unmix_status status = add_matrices(cx, folder, DEEPEST, &matrices);
    if (status == UNMIX_OK && !matrices.count)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is a folder without matrix.mtx or matrix.mtx.gz", folder);
    if (status == UNMIX_OK)
        status = choose(cx, folder, &matrices, &chosen);
    if (status == UNMIX_OK)
        status = files_of(cx, um_name(&matrices, chosen), files);
    um_names_clear(&matrices);
    return status;
}

unmix_status um_market_files_find(unmix_context *cx, const char *path, um_market_files *files)
{
    const unmix_status status = um_is_folder(path) ? files_of_folder(cx, path, files) : files_of(cx, path, files);
    if (status != UNMIX_OK)
        um_market_files_clear(files);
    return status;
}
