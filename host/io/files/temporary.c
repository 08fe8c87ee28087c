#include "io/files/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/memory.h"

/* File names are limited to 255 bytes; what is added to the user's takes 42 at most. */
enum { KEPT_NAME = 200, ADDED = 48, NAME = 256 };

static const char mark[] = ".unmix-";

/* Numbers of processes mean something on one host, in one container. */
static unsigned this_host(void)
{
    char text[400] = "";
    (void)gethostname(text, 255);
    const size_t length = strlen(text);
    const ssize_t space = readlink("/proc/self/ns/pid", text + length, sizeof text - length - 1);
    unsigned hash = 2166136261u;
    for (size_t i = 0; i < length + (space > 0 ? (size_t)space : 0); i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash >> 8;
}

/* When a process began, in ticks since the system did; 0 where it is not known. */
static unsigned start_of(long process)
{
    char path[64], text[1024];
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", process);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    const char *at = strrchr(text, ')'); /* the name before it may hold anything */
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at ? (unsigned)strtoull(at + 1, NULL, 10) : 0;
}

unmix_status um_temporary_name(unmix_context *cx, const char *path, size_t length, unsigned attempt, char **name)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const unsigned long mix = ((unsigned long)now.tv_nsec ^ ((unsigned long)getpid() << 10)) * 2654435761UL + attempt * 40503UL;
    size_t start = length;
    while (start > 0 && path[start - 1] != '/')
        start--;
    const size_t kept = length - start < KEPT_NAME ? length - start : KEPT_NAME;
    UM_TRY(UM_ALLOC(cx, name, start + kept + ADDED, "file name"));
    (void)snprintf(*name, start + kept + ADDED, "%.*s.%.*s%s%06x-%lx-%x-%06lx", (int)start, path, (int)kept, path + start, mark,
                   this_host(), (unsigned long)getpid(), start_of(getpid()), mix >> 8 & 0xffffffUL);
    return UNMIX_OK;
}

/* ---- What others have left ---- */

/* 1 for a name as above whose owner is gone: original[NAME] is what it was to become; *aside: it was put aside. */
static int is_left(const char *entry, char original[NAME], int *aside)
{
    unsigned host = 0, start = 0, number = 0;
    unsigned long process = 0;
    int used = 0;
    const char *at = NULL;
    for (const char *next = strstr(entry, mark); next; next = strstr(next + 1, mark))
        at = next;
    if (entry[0] != '.' || !at || at == entry ||
        sscanf(at + strlen(mark), "%6x-%lx-%x-%6x%n", &host, &process, &start, &number, &used) != 4)
        return 0;
    const char *const rest = at + strlen(mark) + used;
    *aside = strcmp(rest, UM_PUT_ASIDE) == 0;
    if ((*rest && !*aside) || host != this_host() || process < 2 || process > INT32_MAX)
        return 0;
    (void)snprintf(original, NAME, "%.*s", (int)(at - entry - 1), entry + 1);
    if (kill((pid_t)process, 0) != 0 && errno == ESRCH)
        return 1;
    const unsigned now = start_of((long)process);
    return now && start && now != start; /* the number went to another one */
}

static int exists_in(int folder, const char *name)
{
    struct stat about;
    return fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

void um_merge_folder(const char *from, const char *to)
{
    DIR *const source = opendir(from);
    const int target = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!source) {
        if (target >= 0)
            (void)close(target);
        return;
    }
    for (const struct dirent *entry = readdir(source); entry; entry = readdir(source)) {
        const char *const name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (target < 0 || exists_in(target, name) || renameat(dirfd(source), name, target, name) != 0)
            (void)unlinkat(dirfd(source), name, 0); /* no folder: those stay */
    }
    if (target >= 0)
        (void)close(target);
    (void)closedir(source);
    (void)rmdir(from);
}

/* Only folders have ever to be kept of what a run has left. */
static void clear_folder(const char *left, const char *original)
{
    DIR *const source = opendir(left);
    if (!source)
        return;
    for (const struct dirent *entry = readdir(source); entry; entry = readdir(source))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(source), entry->d_name, 0);
    (void)closedir(source);
    um_merge_folder(left, original);
}

static void clear_entry(const char *folder, const char *entry)
{
    char original[NAME], left[4096], target[4096];
    int aside = 0;
    struct stat about;
    if (!is_left(entry, original, &aside))
        return;
    const int fits = snprintf(left, sizeof left, "%s/%s", folder, entry) < (int)sizeof left &&
                     snprintf(target, sizeof target, "%s/%s", folder, original) < (int)sizeof target;
    if (!fits || lstat(left, &about) != 0)
        return;
    if (!S_ISDIR(about.st_mode))
        (void)unlink(left);
    else if (aside && lstat(target, &about) != 0)
        (void)rename(left, target);
    else
        clear_folder(left, target);
}

void um_clear_temporaries(const char *folder)
{
    DIR *const opened = opendir(folder);
    if (!opened)
        return;
    for (const struct dirent *entry = readdir(opened); entry; entry = readdir(opened))
        if (entry->d_name[0] == '.' && strstr(entry->d_name, mark))
            clear_entry(folder, entry->d_name);
    (void)closedir(opened);
}
