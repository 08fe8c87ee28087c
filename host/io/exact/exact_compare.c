/* Folders file by file, and which comparison a file takes. */
#include "io/exact/exact_compare.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/memory.h"
#include "core/names.h"
#include "io/files/readable.h"

enum { DEEPEST = 16 };

static int is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static unmix_status list(unmix_context *cx, const char *path, um_names *found, const char ***sorted)
{
    DIR *folder = opendir(path);
    unmix_status status = UNMIX_OK;
    if (!folder)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    for (const struct dirent *entry = readdir(folder); entry && status == UNMIX_OK; entry = readdir(folder))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = um_names_add(cx, found, entry->d_name, strlen(entry->d_name));
    (void)closedir(folder);
    UM_TRY(status);
    UM_TRY(UM_ALLOC(cx, sorted, found->count, "names of files"));
    for (size_t i = 0; i < found->count; i++)
        (*sorted)[i] = um_name(found, i);
    qsort(*sorted, found->count, sizeof **sorted, by_name);
    return UNMIX_OK;
}

static unmix_status compare_paths(um_exact *e, const char *const path[2], const char *member, int depth);

static unmix_status compare_file_of(um_exact *e, const char *const folder[2], const char *above, const char *name, int depth)
{
    char *path[2] = {NULL, NULL}, *member = NULL;
    unmix_status status = um_exact_join(e->cx, folder[0], name, &path[0]);
    if (status == UNMIX_OK)
        status = um_exact_join(e->cx, folder[1], name, &path[1]);
    if (status == UNMIX_OK)
        status = um_exact_join(e->cx, above, name, &member);
    if (status == UNMIX_OK)
        status = compare_paths(e, (const char *const[]){path[0], path[1]}, member, depth + 1);
    free(path[0]);
    free(path[1]);
    free(member);
    return status;
}

/* Both lists are sorted. */
static unmix_status compare_lists(um_exact *e, const char *const path[2], const char *above, const char **const names[2],
                                  const size_t count[2], int depth)
{
    char prefix[512];
    (void)snprintf(prefix, sizeof prefix, "%s%s", above, *above ? "/" : "");
    const um_exact_files files = {e, {path[0], path[1]}, prefix};
    for (size_t i = 0, j = 0; i < count[0] || j < count[1];) {
        const int order = i == count[0] ? 1 : j == count[1] ? -1 : strcmp(names[0][i], names[1][j]);
        if (order == 0)
            UM_TRY(compare_file_of(e, path, above, names[0][i], depth));
        else
            um_exact_alone(&files, order < 0 ? names[0][i] : names[1][j], order > 0);
        i += order <= 0;
        j += order >= 0;
    }
    return UNMIX_OK;
}

static unmix_status compare_folders(um_exact *e, const char *const path[2], const char *member, int depth)
{
    um_names found[2] = {{0}, {0}};
    const char **sorted[2] = {NULL, NULL};
    if (depth == DEEPEST)
        return UM_FAIL(e->cx, UNMIX_ERROR_INPUT, "%s: folders in folders, %d deep", path[0], depth);
    unmix_status status = list(e->cx, path[0], &found[0], &sorted[0]);
    if (status == UNMIX_OK)
        status = list(e->cx, path[1], &found[1], &sorted[1]);
    if (status == UNMIX_OK)
        status = compare_lists(e, path, member, (const char **const[]){sorted[0], sorted[1]},
                               (const size_t[]){found[0].count, found[1].count}, depth);
    for (int s = 0; s < 2; s++) {
        free(sorted[s]);
        um_names_clear(&found[s]);
    }
    return status;
}

static unmix_status compare_files(um_exact *e, const char *const path[2], const char *member)
{
    const char *const dot = strrchr(path[0], '.');
    char prefix[512];
    (void)snprintf(prefix, sizeof prefix, "%s%s", member, *member ? "/" : "");
    const um_exact_files files = {e, {path[0], path[1]}, prefix};
    if (um_is_hdf5(path[0]) && um_is_hdf5(path[1]))
        return um_exact_hdf5(&files);
    if (dot && strcmp(dot, ".json") == 0)
        return um_exact_json(&files);
    return um_exact_bytes(&(um_exact_files){e, {path[0], path[1]}, ""}, *member ? member : "text");
}

static unmix_status compare_paths(um_exact *e, const char *const path[2], const char *member, int depth)
{
    struct stat about;
    UM_TRY(um_progress(e->cx, -1, "comparing %s", path[0]));
    for (int s = 0; s < 2; s++)
        if (stat(path[s], &about) != 0 && errno != ENOENT)
            return UM_FAIL(e->cx, UNMIX_ERROR_INPUT, "%s: cannot be read: %s", path[s], strerror(errno));
        else if (!S_ISDIR(about.st_mode) && !S_ISREG(about.st_mode))
            return UM_FAIL(e->cx, UNMIX_ERROR_INPUT, "%s: is neither a file nor a folder", path[s]);
    const int folders[2] = {is_folder(path[0]), is_folder(path[1])};
    if (folders[0] != folders[1])
        return UM_FAIL(e->cx, UNMIX_ERROR_INPUT, "%s is a folder and %s is a file: compare results of one form",
                       path[folders[1]], path[folders[0]]);
    return folders[0] ? compare_folders(e, path, member, depth) : compare_files(e, path, member);
}

unmix_status um_exact_compare(um_exact *e)
{
    struct stat about;
    for (int s = 0; s < 2; s++)
        if (stat(e->path[s], &about) != 0)
            return UM_FAIL(e->cx, UNMIX_ERROR_INPUT, "%s: %s", e->path[s],
                           errno == ENOENT ? "no such file or folder" : strerror(errno));
    return compare_paths(e, e->path, "", 0);
}
