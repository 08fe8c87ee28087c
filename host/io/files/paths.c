#include "io/files/paths.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/memory.h"

int um_is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

int um_is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

int um_is_stream(const char *path)
{
    struct stat about;
    return strcmp(path, "-") == 0 ||
           (stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode));
}

int um_has_ending(const char *path, const char *ending)
{
    const size_t length = strlen(path), size = strlen(ending);
    return length >= size && strcasecmp(path + length - size, ending) == 0;
}

unmix_status um_file_in(unmix_context *cx, const char *folder, const char *name, char **path)
{
    const size_t length = strlen(folder), size = length + strlen(name) + 2;
    UM_TRY(UM_ALLOC(cx, path, size, "file name"));
    (void)snprintf(*path, size, "%s%s%s", folder, length && folder[length - 1] == '/' ? "" : "/", name);
    return UNMIX_OK;
}
