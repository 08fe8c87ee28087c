#include "io/files/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/memory.h"

/* File names are limited to 255 bytes; the temporary one adds 15 to what it keeps of the user's. */
#define KEPT_NAME 200

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

/* ".NAME.unmix-XXXXXX" beside path. */
static unmix_status temporary_name(unmix_context *cx, const char *path, unsigned attempt, char **name)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const unsigned long mix =
        ((unsigned long)now.tv_nsec ^ ((unsigned long)getpid() << 10)) * 2654435761UL + attempt * 40503UL;
    const size_t length = bare_length(path);
    size_t start = length;
    while (start > 0 && path[start - 1] != '/')
        start--;
    const size_t kept = length - start < KEPT_NAME ? length - start : KEPT_NAME;
    UM_TRY(UM_ALLOC(cx, name, start + kept + 16, "file name"));
    (void)snprintf(*name, start + kept + 16, "%.*s.%.*s.unmix-%06lx", (int)start, path, (int)kept, path + start,
                   mix >> 8 & 0xffffffUL);
    return UNMIX_OK;
}

static int make_file(const char *name)
{
    /* Not mkstemp(): the file shall have the permissions that the user's umask gives, not 0600. */
    const int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return file < 0 ? -1 : close(file);
}

static int make_folder(const char *name)
{
    return mkdir(name, 0777);
}

/* Fills in `output`; `make` creates the file or folder and fails with EEXIST where the name is taken. */
static unmix_status begin(unmix_context *cx, um_output *output, const char *path, int overwrite,
                          int (*make)(const char *name))
{
    *output = (um_output){.overwrite = overwrite, .cx = cx};
    UM_TRY(um_output_check(cx, path, overwrite));
    UM_TRY(copy_text(cx, path, strlen(path), &output->path));
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        const unmix_status status = temporary_name(cx, path, attempt, &output->temporary);
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

unmix_status um_output_begin_folder(unmix_context *cx, um_output *output, const char *path)
{
    return begin(cx, output, path, 0, make_folder);
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

unmix_status um_output_commit_folder(unmix_context *cx, um_output *output)
{
    output->path[bare_length(output->path)] = '\0';
    /* rename() puts a folder over nothing or over an empty folder, never over a filled one or a file. */
    if (sync_file(output->temporary) != 0 || rename(output->temporary, output->path) != 0)
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
