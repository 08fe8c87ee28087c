#include "io/hdf5/hdf5_visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/memory.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion" /* inside khash */
#include <htslib/khash.h>

KHASH_SET_INIT_INT64(um_h5_seen)
#pragma GCC diagnostic pop

enum { PLACE = 1024 };

typedef struct walk {
    unmix_context *cx;
    const um_h5_file *file;
    um_h5_at_dataset at;
    khash_t(um_h5_seen) *seen; /* objects that several links lead to */
    char place[PLACE];         /* of the object at hand */
} walk;

/* What identifies an object within its file, and how many links lead to it. */
static int identify(hid_t object, uint64_t *address, unsigned *links)
{
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t about;
    if (H5Oget_info3(object, &about, H5O_INFO_BASIC) < 0)
        return -1;
    memcpy(address, &about.token, sizeof *address);
#else
    H5O_info_t about;
    if (H5Oget_info2(object, &about, H5O_INFO_BASIC) < 0)
        return -1;
    *address = about.addr;
#endif
    *links = about.rc;
    return 0;
}

/* 1 when the object was visited before by another link; -1 when memory is exhausted. */
static int was_seen(walk *w, hid_t object)
{
    uint64_t address = 0;
    unsigned links = 0;
    int added = 0;
    if (identify(object, &address, &links) < 0 || links < 2)
        return 0;
    (void)kh_put(um_h5_seen, w->seen, address, &added);
    return added < 0 ? -1 : added == 0;
}

/* ---- Links ---- */

static const char trust[] = "other files are not read by way of this one; where it can be trusted, read and write it in "
                            "Python (anndata), which puts all into one file";

static unmix_status refuse_external(const walk *w, hid_t group, const char *name, size_t size)
{
    char *value = NULL;
    const char *target = NULL;
    UM_TRY(UM_ALLOC(w->cx, &value, size + 1, "link"));
    if (H5Lget_val(group, name, value, size, H5P_DEFAULT) < 0 || H5Lunpack_elink_val(value, size, NULL, &target, NULL) < 0)
        target = "?";
    const unmix_status status = UM_FAIL(w->cx, UNMIX_ERROR_INPUT, "%s: '%s' is a link into the file '%.200s'; %s",
                                        w->file->path, w->place, target, trust);
    free(value);
    return status;
}

/* One link of a group. */
typedef struct link {
    H5L_type_t type;
    size_t size; /* of its value */
} link_kind;

typedef struct links {
    unmix_context *cx;
    um_names names;
    link_kind *kind;
    size_t capacity;
} links;

static herr_t keep_link(hid_t group, const char *name, const H5L_info_t *about, void *payload)
{
    links *const l = payload;
    (void)group;
    if (UM_GROW(l->cx, &l->kind, &l->capacity, l->names.count + 1, "links") != UNMIX_OK)
        return -1;
    l->kind[l->names.count] = (link_kind){about->type, about->type == H5L_TYPE_HARD ? 0 : about->u.val_size};
    return um_names_add(l->cx, &l->names, name, strlen(name)) == UNMIX_OK ? 0 : -1;
}

static unmix_status visit(walk *w, hid_t object, size_t depth);

static unmix_status follow(walk *w, hid_t group, const char *name, link_kind kind, size_t depth)
{
    const size_t length = strlen(w->place);
    (void)snprintf(w->place + length, PLACE - length, "%s%s", length ? "/" : "", name);
    unmix_status status = UNMIX_OK;
    if (kind.type == H5L_TYPE_EXTERNAL) {
        status = refuse_external(w, group, name, kind.size);
    } else if (kind.type == H5L_TYPE_HARD) {
        const hid_t object = H5Oopen(group, name, H5P_DEFAULT);
        if (object >= 0)
            status = visit(w, object, depth + 1);
        um_h5_release(object);
    } else if (kind.type != H5L_TYPE_SOFT) {
        status = UM_FAIL(w->cx, UNMIX_ERROR_INPUT, "%s: '%s' is a link of a kind that HDF5 does not define (%d); %s",
                         w->file->path, w->place, (int)kind.type, trust);
    }
    w->place[length] = '\0';
    return status;
}

static unmix_status visit_group(walk *w, hid_t group, size_t depth)
{
    links l = {.cx = w->cx};
    unmix_status status = UNMIX_OK;
    if (depth > UM_H5_DEEPEST)
        return UM_FAIL(w->cx, UNMIX_ERROR_INPUT, "%s: '%.60s...': groups in groups, more than %d deep; such a file is not read",
                       w->file->path, w->place, UM_H5_DEEPEST);
    /* A group that cannot be listed is refused by who wants to read it. */
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, keep_link, &l) < 0)
        status = unmix_error_status(w->cx);
    for (size_t i = 0; i < l.names.count && status == UNMIX_OK; i++)
        status = follow(w, group, um_name(&l.names, i), l.kind[i], depth);
    free(l.kind);
    um_names_clear(&l.names);
    return status;
}

static unmix_status visit(walk *w, hid_t object, size_t depth)
{
    const int seen = was_seen(w, object);
    if (seen < 0)
        return UM_FAIL(w->cx, UNMIX_ERROR_MEMORY, "%s: out of memory", w->file->path);
    if (seen)
        return UNMIX_OK;
    const H5I_type_t type = H5Iget_type(object);
    if (type == H5I_DATASET)
        return w->at(w->cx, w->file, object, w->place);
    if (type != H5I_GROUP && type != H5I_FILE)
        return UNMIX_OK;
    UM_TRY(um_progress(w->cx, -1.0, "reading %s", w->file->path));
    return visit_group(w, object, depth);
}

unmix_status um_h5_visit(unmix_context *cx, const um_h5_file *file, hid_t object, um_h5_at_dataset at)
{
    walk w = {.cx = cx, .file = file, .at = at, .seen = kh_init(um_h5_seen)};
    if (!w.seen)
        return UM_FAIL(cx, UNMIX_ERROR_MEMORY, "%s: out of memory", file->path);
    const hid_t root = H5Iget_type(object) == H5I_FILE ? H5Gopen2(object, "/", H5P_DEFAULT) : -1;
    const unmix_status status = visit(&w, root >= 0 ? root : object, 0);
    um_h5_release(root);
    kh_destroy(um_h5_seen, w.seen);
    return status;
}

/* ---- A file that keeps to itself ---- */

static unmix_status check_storage(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *place)
{
    char name[256] = "?";
    const hid_t creation = H5Dget_create_plist(dataset);
    if (creation < 0)
        return UNMIX_OK;
    const int is_virtual = H5Pget_layout(creation) == H5D_VIRTUAL;
    const int outside = !is_virtual && H5Pget_external_count(creation) > 0;
    if (outside) {
        off_t offset = 0;
        hsize_t size = 0;
        (void)H5Pget_external(creation, 0, sizeof name - 1, name, &offset, &size);
        name[sizeof name - 1] = '\0';
    }
    um_h5_release(creation);
    if (is_virtual)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is a virtual dataset, which is put together from other files; %s",
                       file->path, place, trust);
    if (outside)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: the values of '%s' lie in the file '%.200s'; %s", file->path, place, name,
                       trust);
    return UNMIX_OK;
}

/* Files that were looked at last by this thread. */
typedef struct known {
    dev_t device;
    ino_t number;
    off_t size;
    struct timespec changed;
} known;

enum { KNOWN = 8 };

static int is_same(const known *a, const known *b)
{
    return a->number && a->device == b->device && a->number == b->number && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

unmix_status um_h5_check_inside(unmix_context *cx, const um_h5_file *file)
{
    static _Thread_local known files[KNOWN];
    static _Thread_local unsigned next;
    struct stat about;
    known now = {0};
    if (stat(file->path, &about) == 0)
        now = (known){about.st_dev, about.st_ino, about.st_size, about.st_ctim};
    for (size_t i = 0; i < KNOWN; i++)
        if (is_same(&files[i], &now))
            return UNMIX_OK;
    UM_TRY(um_h5_visit(cx, file, file->id, check_storage));
    files[next++ % KNOWN] = now;
    return UNMIX_OK;
}
