#define _GNU_SOURCE /* renameat2() */
#include "io/files/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/files/paths.h"
#include "io/files/temporary.h"

/* Length of path without slashes at its end (but "/" stays). */
static size_t bare_length(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return length;
}

static unmix_status copy_text(unmix_context *cx, const char *text, size_t length, char **copy)
{
    UM_TRY(UM_ALLOC(cx, copy, length + 1, "file name"));
    memcpy(*copy, text, length);
    return UNMIX_OK;
}

/* The folder that holds path, "." when path names none; to be freed. */
static unmix_status folder_of(unmix_context *cx, const char *path, char **folder)
{
    size_t length = bare_length(path);
    while (length > 0 && path[length - 1] != '/')
        length--;
    if (length == 0)
        return copy_text(cx, ".", 1, folder);
    char *text = NULL;
    UM_TRY(copy_text(cx, path, length, &text));
    text[bare_length(text)] = '\0';
    *folder = text;
    return UNMIX_OK;
}

int um_is_filled_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return 0;
    int filled = 0;
    for (const struct dirent *entry = readdir(folder); entry && !filled; entry = readdir(folder))
        filled = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(folder);
    return filled;
}

static unmix_status check_folder(unmix_context *cx, const char *path)
{
    char *folder = NULL;
    UM_TRY(folder_of(cx, path, &folder));
    struct stat about;
    unmix_status status = UNMIX_OK;
    if (stat(folder, &about) != 0)
        status = errno == ENOENT || errno == ENOTDIR
                     ? UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: the folder %s does not exist; make it first", path, folder)
                     : UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: the folder %s: %s", path, folder, strerror(errno));
    else if (!S_ISDIR(about.st_mode))
        status = UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: %s is a file, not a folder", path, folder);
    else if (access(folder, W_OK | X_OK) != 0)
        status = UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: no permission to write into the folder %s", path, folder);
    free(folder);
    return status;
}

static unmix_status refuse_existing(unmix_context *cx, const char *path)
{
    return UM_FAIL(cx, UNMIX_ERROR_EXISTS, "%s exists already; choose another name, or replace it with --force", path);
}

/* What stands at a path that ends in '/'. */
static unmix_status check_folder_target(unmix_context *cx, const char *path, int overwrite)
{
    char *bare = NULL;
    UM_TRY(copy_text(cx, path, bare_length(path), &bare));
    struct stat about;
    const int exists = stat(bare, &about) == 0;
    free(bare);
    if (!exists)
        return check_folder(cx, path);
    if (!S_ISDIR(about.st_mode))
        return UM_FAIL(cx, overwrite ? UNMIX_ERROR_WRITE : UNMIX_ERROR_EXISTS,
                       "%s: a file of this name exists; choose another name for the folder", path);
    if (um_is_filled_folder(path) && !overwrite)
        return refuse_existing(cx, path);
    if (access(path, W_OK | X_OK) != 0)
        return UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: no permission to write into this folder", path);
    return um_is_filled_folder(path) ? UNMIX_OK : check_folder(cx, path);
}

unmix_status um_output_check(unmix_context *cx, const char *path, int overwrite)
{
    const size_t length = strlen(path);
    if (length == 0)
        return UM_FAIL(cx, UNMIX_ERROR_WRITE, "the name of the output is empty");
    if (path[length - 1] == '/')
        return check_folder_target(cx, path, overwrite);
    struct stat about;
    if (lstat(path, &about) != 0)
        return check_folder(cx, path);
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return UM_FAIL(cx, overwrite ? UNMIX_ERROR_WRITE : UNMIX_ERROR_EXISTS, "%s is %s", path,
                       S_ISDIR(about.st_mode) ? "a folder; name a file, or end the name in '/' for a folder of tables"
                                              : "not an ordinary file; name another output");
    if (!overwrite)
        return refuse_existing(cx, path);
    return check_folder(cx, path);
}

static int make_file(const char *name)
{
    /* Not mkstemp(): the file shall have the permissions that the user's umask gives, not 0600. */
    const int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    return file < 0 ? -1 : close(file);
}

static int make_folder(const char *name)
{
    return mkdir(name, 0777);
}

static void clear_beside(unmix_context *cx, const char *path)
{
    char *folder = NULL;
    if (folder_of(cx, path, &folder) == UNMIX_OK)
        um_clear_temporaries(folder);
    free(folder);
}

/* Fills in `output`; `make` creates the file or folder and fails with EEXIST where the name is taken. */
static unmix_status begin(unmix_context *cx, um_output *output, const char *path, int overwrite,
                          int (*make)(const char *name))
{
    *output = (um_output){.overwrite = overwrite, .cx = cx};
    UM_TRY(um_output_check(cx, path, overwrite));
    UM_TRY(copy_text(cx, path, strlen(path), &output->path));
    clear_beside(cx, path);
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        const unmix_status status = um_temporary_name(cx, path, bare_length(path), attempt, &output->temporary);
        if (status == UNMIX_OK && make(output->temporary) == 0) {
            um_tell_file(cx, UNMIX_FILE_MADE, output->temporary);
            return UNMIX_OK;
        }
        const int reason = errno;
        free(output->temporary);
        output->temporary = NULL;
        if (status != UNMIX_OK || reason != EEXIST) {
            um_output_abandon(output);
            return UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: cannot be written: %s", path, strerror(reason));
        }
    }
    um_output_abandon(output);
    return UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: no free name for a temporary file beside it", path);
}

unmix_status um_output_begin(unmix_context *cx, um_output *output, const char *path, int overwrite)
{
    return begin(cx, output, path, overwrite, make_file);
}

static int is_current(const char *path)
{
    struct stat one, other;
    return stat(path, &one) == 0 && stat(".", &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

unmix_status um_output_begin_folder(unmix_context *cx, um_output *output, const char *path, int overwrite)
{
    char *bare = NULL;
    struct stat about;
    if (overwrite && is_current(path) && um_is_filled_folder(path))
        return UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: is the current folder, which cannot be replaced as a whole; name another one",
                       path);
    UM_TRY(copy_text(cx, path, bare_length(path), &bare));
    /* What a link leads to is replaced, not the link. */
    char *const real = lstat(bare, &about) == 0 && S_ISLNK(about.st_mode) ? realpath(bare, NULL) : NULL;
    free(bare);
    if (!real)
        return begin(cx, output, path, overwrite, make_folder);
    char *folder = NULL;
    unmix_status status = um_file_in(cx, real, "", &folder);
    if (status == UNMIX_OK)
        status = begin(cx, output, folder, overwrite, make_folder);
    free(folder);
    free(real);
    return status;
}

static int sync_file(const char *path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    const int result = fsync(file);
    const int reason = errno;
    (void)close(file);
    errno = reason;
    return result;
}

unmix_status um_output_sync(unmix_context *cx, const char *path, const char *file)
{
    if (sync_file(file) == 0)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: cannot be written: %s", path, strerror(errno));
}

/* The new name on the disk. The file is complete by now: where folders cannot be synced, that is no failure. */
static void sync_folder_of(unmix_context *cx, const char *path)
{
    char *folder = NULL;
    if (folder_of(cx, path, &folder) == UNMIX_OK)
        (void)sync_file(folder);
    free(folder);
}

/*
 * Gives `temporary` the name `path` unless something has that name by now. link() does it in one step; on file systems
 * without it, the name is claimed by an empty file first.
 */
static int rename_to_new(const char *temporary, const char *path)
{
    if (link(temporary, path) == 0)
        return unlink(temporary);
    if (errno == EEXIST)
        return -1;
    const int claim = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (claim < 0)
        return -1;
    (void)close(claim);
    if (rename(temporary, path) == 0)
        return 0;
    const int reason = errno;
    (void)unlink(path);
    errno = reason;
    return -1;
}

/* Releases the strings and reports what errno says about the last step. */
static unmix_status fail_commit(unmix_context *cx, um_output *output, void (*abandon)(um_output *output))
{
    const int reason = errno;
    const unmix_status status =
        !output->overwrite && (reason == EEXIST || reason == ENOTEMPTY || reason == ENOTDIR)
            ? refuse_existing(cx, output->path)
            : UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: cannot be written: %s", output->path, strerror(reason));
    abandon(output);
    return status;
}

static void release(um_output *output)
{
    if (output->temporary)
        um_tell_file(output->cx, UNMIX_FILE_GONE, output->temporary);
    free(output->path);
    free(output->temporary);
    *output = (um_output){0};
}

unmix_status um_output_commit(unmix_context *cx, um_output *output)
{
    if (sync_file(output->temporary) != 0)
        return fail_commit(cx, output, um_output_abandon);
    const int result =
        output->overwrite ? rename(output->temporary, output->path) : rename_to_new(output->temporary, output->path);
    if (result != 0)
        return fail_commit(cx, output, um_output_abandon);
    sync_folder_of(cx, output->path);
    release(output);
    return UNMIX_OK;
}

void um_output_abandon(um_output *output)
{
    if (output->temporary)
        (void)unlink(output->temporary);
    release(output);
}

/* Other files of the folder `path`, which are not ours to lose, come along as further names. */
static void carry_over(const char *path, const char *temporary)
{
    DIR *const old = opendir(path);
    const int to = open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (old && to >= 0)
        for (const struct dirent *entry = readdir(old); entry; entry = readdir(old))
            (void)linkat(dirfd(old), entry->d_name, to, entry->d_name, 0); /* not folders, and not what is new */
    if (to >= 0)
        (void)close(to);
    if (old)
        (void)closedir(old);
}

/* Folders change their names in one step, or where the system cannot do that, in two: what a crash between them leaves is
 * known by its name (temporary.h). *old is to be the name of what `path` was. */
static int exchange(const char *temporary, const char *path, const char *aside, const char **old)
{
#ifdef RENAME_EXCHANGE
    *old = temporary;
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_EXCHANGE) == 0)
        return 0;
    if (errno != ENOSYS && errno != EINVAL)
        return -1;
#endif
    *old = aside;
    if (rename(path, aside) != 0)
        return -1;
    if (rename(temporary, path) == 0)
        return 0;
    const int reason = errno;
    (void)rename(aside, path);
    errno = reason;
    return -1;
}

static unmix_status replace_folder(unmix_context *cx, um_output *output)
{
    const size_t size = strlen(output->temporary) + sizeof UM_PUT_ASIDE;
    char *aside = NULL;
    const char *old = NULL;
    if (UM_ALLOC(cx, &aside, size, "file name") != UNMIX_OK) {
        um_output_abandon_folder(output);
        return unmix_error_status(cx);
    }
    (void)snprintf(aside, size, "%s%s", output->temporary, UM_PUT_ASIDE);
    carry_over(output->path, output->temporary);
    const int result = exchange(output->temporary, output->path, aside, &old);
    const unmix_status status = result == 0 ? UNMIX_OK : fail_commit(cx, output, um_output_abandon_folder);
    if (result == 0)
        um_merge_folder(old, output->path);
    free(aside);
    return status;
}

unmix_status um_output_commit_folder(unmix_context *cx, um_output *output)
{
    output->path[bare_length(output->path)] = '\0';
    if (sync_file(output->temporary) != 0)
        return fail_commit(cx, output, um_output_abandon_folder);
    if (output->overwrite && um_is_filled_folder(output->path))
        UM_TRY(replace_folder(cx, output));
    /* rename() puts a folder over nothing or over an empty folder, never over a filled one or a file. */
    else if (rename(output->temporary, output->path) != 0)
        return fail_commit(cx, output, um_output_abandon_folder);
    sync_folder_of(cx, output->path);
    release(output);
    return UNMIX_OK;
}

void um_output_abandon_folder(um_output *output)
{
    DIR *folder = output->temporary ? opendir(output->temporary) : NULL;
    if (folder) {
        for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
        (void)closedir(folder);
        (void)rmdir(output->temporary);
    }
    release(output);
}
