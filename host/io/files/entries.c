#include "io/files/entries.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* alphasort() would follow the locale of the program that uses the library. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

unmix_status um_folder_entries(unmix_context *cx, const char *folder, um_names *names)
{
    struct dirent **entries = NULL;
    const int n = scandir(folder, &entries, is_shown, by_bytes);
    unmix_status status = UNMIX_OK;
    for (int i = 0; i < n; i++) {
        if (status == UNMIX_OK)
            status = um_names_add(cx, names, entries[i]->d_name, strlen(entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    return status;
}
