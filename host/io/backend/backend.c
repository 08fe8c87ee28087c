#include "io/backend/backend.h"

#include "io/hdf5/hdf5_store.h"

static const um_store_backend *const backends[] = {&um_hdf5_backend};

static const um_store_backend *find(const char *path)
{
    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
        if (backends[i]->is(path))
            return backends[i];
    return NULL;
}

int um_is_store(const char *path)
{
    return find(path) != NULL;
}

unmix_status um_store_open(unmix_context *cx, const char *path, um_store *store)
{
    const um_store_backend *const backend = find(path);
    *store = (um_store){0};
    return (backend ? backend : backends[0])->open(cx, path, store); /* the first says what is wrong with the path */
}

void um_store_write(um_writer *writer, unmix_context *cx, const char *path, const char *temporary)
{
    *writer = (um_writer){.backend = &um_hdf5_writer, .cx = cx, .path = path};
    writer->backend->begin(writer, temporary);
}
