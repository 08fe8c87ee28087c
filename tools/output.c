#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"

#define PATH_SIZE 4096

int ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text), wanted = strlen(ending);
    return length >= wanted && strcmp(text + length - wanted, ending) == 0;
}

/* The folder that holds `path`, into folder[PATH_SIZE]: "." for a bare name. Trailing slashes do not count. */
static unmix_status folder_of(um_session *run, const char *path, char *folder)
{
    size_t length = strlen(path);
    if (length >= PATH_SIZE)
        return session_fail(run, UNMIX_ERROR_ARGUMENT, "the name '%.60s...' is too long", path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    while (length > 0 && path[length - 1] != '/')
        length--;
    while (length > 1 && path[length - 1] == '/')
        length--;
    (void)snprintf(folder, PATH_SIZE, "%.*s", length ? (int)length : 1, length ? path : ".");
    return UNMIX_OK;
}

static int same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static unmix_status check_folder(um_session *run, const char *path)
{
    char folder[PATH_SIZE];
    struct stat found;
    const unmix_status status = folder_of(run, path, folder);
    if (status != UNMIX_OK)
        return status;
    if (stat(folder, &found) != 0)
        return session_fail(run, UNMIX_ERROR_WRITE, "%s: cannot be written: folder '%s': %s", path, folder,
                            strerror(errno));
    if (!S_ISDIR(found.st_mode))
        return session_fail(run, UNMIX_ERROR_WRITE, "%s: cannot be written: '%s' is not a folder", path, folder);
    if (access(folder, W_OK | X_OK) != 0)
        return session_fail(run, UNMIX_ERROR_WRITE, "%s: cannot be written: folder '%s': %s", path, folder,
                            strerror(errno));
    return UNMIX_OK;
}

/* An input would be lost when it is the output itself, or lies in the folder whose files are replaced. */
static unmix_status check_inputs(um_session *run, const char *path, const struct stat *output,
                                 const char *const *inputs, size_t n_inputs)
{
    for (size_t i = 0; i < n_inputs; i++) {
        struct stat found;
        char folder[PATH_SIZE];
        if (!inputs[i] || stat(inputs[i], &found) != 0)
            continue;
        if (same_file(&found, output))
            return session_fail(run, UNMIX_ERROR_ARGUMENT,
                                "%s: the output is the same file as the input '%s'; choose another name", path,
                                inputs[i]);
        if (S_ISDIR(output->st_mode) && folder_of(run, inputs[i], folder) == UNMIX_OK && stat(folder, &found) == 0 &&
            same_file(&found, output))
            return session_fail(run, UNMIX_ERROR_ARGUMENT,
                                "%s: the output folder holds the input '%s'; choose another folder", path, inputs[i]);
    }
    return UNMIX_OK;
}

unmix_status output_check_result(um_session *run, const char *path)
{
    if (!path)
        return session_usage(run, "needs -o OUT.h5ad or -o OUT/, where to write the result");
    if (!ends_with(path, ".h5ad") && !ends_with(path, "/"))
        return session_usage(run, "'%s' must end in .h5ad (one file), or in / (a folder of tables)", path);
    return UNMIX_OK;
}

unmix_status output_check(um_session *run, const char *path, const char *const *inputs, size_t n_inputs)
{
    char name[PATH_SIZE];
    struct stat found;
    const int folder = ends_with(path, "/");
    const unmix_status date = record_check(run);
    if (date != UNMIX_OK)
        return date;
    (void)snprintf(name, sizeof name, "%s", path);
    for (size_t length = strlen(name); folder && length > 1 && name[length - 1] == '/'; length--)
        name[length - 1] = '\0';
    if (stat(name, &found) == 0) {
        const unmix_status status = check_inputs(run, path, &found, inputs, n_inputs);
        if (status != UNMIX_OK)
            return status;
        if (folder && !S_ISDIR(found.st_mode))
            return session_fail(run, UNMIX_ERROR_EXISTS, "%s: exists and is not a folder; choose another name", path);
        if (!folder && S_ISDIR(found.st_mode))
            return session_fail(run, UNMIX_ERROR_EXISTS, "%s: exists and is a folder; choose another name", path);
        if (!run->common->force)
            return session_fail(run, UNMIX_ERROR_EXISTS, "%s: exists; give --force to replace it, or another name",
                                path);
    }
    return check_folder(run, path);
}

unmix_status output_check_files(um_session *run, const char *folder, const char *const *files, size_t n_files)
{
    struct stat found;
    if (stat(folder, &found) != 0)
        return check_folder(run, folder);
    if (!S_ISDIR(found.st_mode))
        return session_fail(run, UNMIX_ERROR_EXISTS, "%s: exists and is not a folder; choose another name", folder);
    if (access(folder, W_OK | X_OK) != 0)
        return session_fail(run, UNMIX_ERROR_WRITE, "%s: cannot be written: %s", folder, strerror(errno));
    for (size_t i = 0; i < n_files && !run->common->force; i++) {
        char path[PATH_SIZE];
        (void)snprintf(path, sizeof path, "%s%s%s", folder, ends_with(folder, "/") ? "" : "/", files[i]);
        if (stat(path, &found) == 0)
            return session_fail(run, UNMIX_ERROR_EXISTS, "%s: exists; give --force to replace it, or another folder",
                                path);
    }
    return UNMIX_OK;
}

const char *output_beside(const char *path, const char *what, char *name, size_t size)
{
    const char *file = strrchr(path, '/');
    file = file ? file + 1 : path;
    size_t stem = strlen(path);
    if (ends_with(path, ".gz") && stem - 3 > (size_t)(file - path))
        stem -= 3;
    for (size_t at = stem; at > (size_t)(file - path) + 1; at--)
        if (path[at - 1] == '.') {
            stem = at - 1;
            break;
        }
    const int length = snprintf(name, size, "%.*s.%s%s", (int)stem, path, what, path + stem);
    return length > 0 && (size_t)length < size ? name : NULL;
}

const char *scratch_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : NULL;
}
