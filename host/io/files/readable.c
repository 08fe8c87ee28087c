#include "io/files/readable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/files/paths.h"

unmix_status um_check_readable(unmix_context *cx, const char *path)
{
    struct stat about;
    if (strcmp(path, "-") == 0) /* standard input */
        return UNMIX_OK;
    if (stat(path, &about) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no such file", path);
        if (errno == EACCES)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no permission to read", path);
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    }
    if (S_ISDIR(about.st_mode))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is a folder; a file is wanted", path);
    if (access(path, R_OK) != 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no permission to read", path);
    if (S_ISREG(about.st_mode) && about.st_size == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is empty", path);
    return UNMIX_OK;
}

int um_is_hdf5(const char *path)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    /* Looking at a pipe would take its first bytes away. */
    FILE *file = um_is_file(path) ? fopen(path, "rb") : NULL;
    if (!file)
        return 0;
    /* The signature stands at the beginning, or after a user block of 512, 1024 or 2048 bytes. */
    static const long places[] = {0, 512, 1024, 2048};
    int found = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0] && !found; i++) {
        unsigned char bytes[sizeof signature];
        found = fseek(file, places[i], SEEK_SET) == 0 && fread(bytes, 1, sizeof bytes, file) == sizeof bytes &&
                memcmp(bytes, signature, sizeof signature) == 0;
    }
    (void)fclose(file);
    return found;
}
