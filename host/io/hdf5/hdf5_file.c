#include "io/hdf5/hdf5_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/memory.h"
#include "io/files/readable.h"
#include "io/hdf5/hdf5_lzf.h"

void um_h5_hush(um_h5_silence *silence)
{
    silence->known = H5Eget_auto2(H5E_DEFAULT, &silence->handler, &silence->payload) >= 0;
    if (silence->known)
        (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    silence->loading_known = !(silence->cx && silence->cx->hdf5_plugins) && H5PLget_loading_state(&silence->loading) >= 0;
    if (silence->loading_known)
        (void)H5PLset_loading_state(0);
}

void um_h5_unhush(const um_h5_silence *silence)
{
    um_tell_file(silence->cx, UNMIX_FILE_READ, "");
    if (silence->known)
        (void)H5Eset_auto2(H5E_DEFAULT, silence->handler, silence->payload);
    if (silence->loading_known)
        (void)H5PLset_loading_state(silence->loading);
}

typedef struct cause {
    char *text;
    size_t size;
} cause;

static herr_t keep_cause(unsigned depth, const H5E_error2_t *error, void *payload)
{
    (void)depth;
    const cause *kept = payload;
    (void)snprintf(kept->text, kept->size, "%s", error->desc ? error->desc : "");
    return 0;
}

const char *um_h5_cause(char *text, size_t size)
{
    cause kept = {text, size};
    text[0] = '\0';
    /* Downward: from the call that failed to what failed in it; the last one stays. */
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_cause, &kept);
    text[strcspn(text, "\n")] = '\0';
    if (!text[0])
        (void)snprintf(text, size, "no reason given");
    return text;
}

um_place um_h5_place_of(hid_t object)
{
    um_place place;
    char name[sizeof place.text] = "";
    const ssize_t length = H5Iget_name(object, name, sizeof name);
    const char *start = name[0] == '/' ? name + 1 : name;
    if (length <= 0)
        (void)snprintf(place.text, sizeof place.text, "an object without a name");
    else
        (void)snprintf(place.text, sizeof place.text, "%s", start[0] ? start : "/");
    return place;
}

/* A version that the library does not know is that of a newer one, more likely than damage. */
static const char *advice_on(const char *reason, char *text, size_t size)
{
    if (!strstr(reason, "version"))
        (void)snprintf(text, size, "the file may be damaged");
    else
        (void)snprintf(text, size, "it was written by a newer HDF5 than this program has (%d.%d): write it with "
                                   "libver='earliest', or h5repack --high=V110 it", H5_VERS_MAJOR, H5_VERS_MINOR);
    return text;
}

unmix_status um_h5_fail_(unmix_context *cx, const char *source, int line, const um_h5_file *file, hid_t object,
                         const char *what)
{
    char reason[200];
    um_h5_cause(reason, sizeof reason);
    const um_place place = um_h5_place_of(object);
    char advice[200];
    return um_fail_(cx, UNMIX_ERROR_INPUT, source, line, "%s: '%s' %s (HDF5: %s); %s", file->path, place.text, what, reason,
                    advice_on(reason, advice, sizeof advice));
}

static unmix_status refuse_unopened(unmix_context *cx, const char *path)
{
    char reason[200];
    um_h5_cause(reason, sizeof reason);
    if (strstr(reason, "lock file"))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: the file is locked (%s); close the program that writes it, or, on a network file system, "
                       "set HDF5_USE_FILE_LOCKING=FALSE in the environment",
                       path, reason);
    if (strstr(reason, "truncated"))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: the file is cut off (%s); copy or download it again", path, reason);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: cannot be opened as HDF5 (%s); the file is damaged", path, reason);
}

unmix_status um_h5_open(unmix_context *cx, const char *path, um_h5_file *file)
{
    *file = UM_H5_CLOSED;
    UM_TRY(um_check_readable(cx, path));
    if (!um_is_hdf5(path))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: not an HDF5 file, which an .h5ad file must be", path);
    struct stat about;
    if (stat(path, &about) == 0 && about.st_size > 0)
        file->size = (uint64_t)about.st_size;
    const size_t length = strlen(path) + 1;
    UM_TRY(UM_ALLOC(cx, &file->path, length, "file name"));
    memcpy(file->path, path, length);
    file->kept = um_h5_kept_new();
    if (!file->kept) {
        um_h5_close(file);
        return UM_FAIL(cx, UNMIX_ERROR_MEMORY, "%s: out of memory", path);
    }
    um_h5_register_lzf();
    um_h5_touch(cx, file);
    file->id = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t creation = file->id >= 0 ? H5Fget_create_plist(file->id) : -1;
    const int sized = creation >= 0 && H5Pget_sizes(creation, &file->address, NULL) >= 0;
    um_h5_release(creation);
    if (sized)
        return UNMIX_OK;
    const unmix_status status = refuse_unopened(cx, path);
    um_h5_close(file);
    return status;
}

void um_h5_close(um_h5_file *file)
{
    if (file->id >= 0)
        (void)H5Fclose(file->id);
    um_h5_kept_free(file->kept);
    free(file->path);
    *file = UM_H5_CLOSED;
}

void um_h5_release(hid_t id)
{
    if (id >= 0)
        (void)H5Idec_ref(id);
}

int um_h5_has(hid_t parent, const char *name)
{
    /* The link may be there and lead nowhere. */
    return name[0] && H5Lexists(parent, name, H5P_DEFAULT) > 0 && H5Oexists_by_name(parent, name, H5P_DEFAULT) > 0;
}

int um_h5_is_group(hid_t object)
{
    return H5Iget_type(object) == H5I_GROUP;
}

void um_h5_touch(const unmix_context *cx, const um_h5_file *file)
{
    um_tell_file(cx, UNMIX_FILE_READING, file->path);
}

size_t um_h5_stored_bytes(const um_h5_file *file, hid_t type)
{
    const H5T_class_t class = H5Tget_class(type);
    if (class == H5T_VLEN || (class == H5T_STRING && H5Tis_variable_str(type) > 0))
        return 4 + file->address + 4;
    size_t bytes = H5Tget_size(type);
    const hid_t element = class == H5T_ARRAY ? H5Tget_super(type) : -1;
    if (element >= 0 && H5Tget_size(element))
        bytes = bytes / H5Tget_size(element) * um_h5_stored_bytes(file, element);
    um_h5_release(element);
    for (int i = 0, members = class == H5T_COMPOUND ? H5Tget_nmembers(type) : 0; i < members; i++) {
        const hid_t member = H5Tget_member_type(type, (unsigned)i);
        if (member >= 0)
            bytes += um_h5_stored_bytes(file, member) - H5Tget_size(member);
        um_h5_release(member);
    }
    return bytes;
}

unmix_status um_h5_open_member(unmix_context *cx, const um_h5_file *file, hid_t parent, const char *name, hid_t *id)
{
    *id = -1;
    um_h5_touch(cx, file);
    if (!um_h5_has(parent, name))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has no member '%s'; the file is not complete", file->path,
                       um_h5_place_of(parent).text, name);
    *id = H5Oopen(parent, name, H5P_DEFAULT);
    if (*id < 0)
        return UM_H5_FAIL(cx, file, parent, "has a member that cannot be opened");
    const H5I_type_t type = H5Iget_type(*id);
    if (type == H5I_GROUP || type == H5I_DATASET)
        return UNMIX_OK;
    um_h5_release(*id);
    *id = -1;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has a member '%s' that is neither a group nor a dataset",
                   file->path, um_h5_place_of(parent).text, name);
}

int um_h5_read_reference(hid_t attribute, hobj_ref_t *reference)
{
    const hid_t type = H5Aget_type(attribute);
    const hid_t space = H5Aget_space(attribute);
    const int is = type >= 0 && space >= 0 && H5Tequal(type, H5T_STD_REF_OBJ) > 0 &&
                   H5Sget_simple_extent_npoints(space) == 1 && H5Aread(attribute, H5T_STD_REF_OBJ, reference) >= 0;
    um_h5_release(space);
    um_h5_release(type);
    return is;
}

unmix_status um_h5_members(unmix_context *cx, const um_h5_file *file, hid_t group, um_names *names)
{
    H5G_info_t about;
    if (H5Gget_info(group, &about) < 0)
        return UM_H5_FAIL(cx, file, group, "cannot be listed");
    for (hsize_t i = 0; i < about.nlinks; i++) {
        char name[1024] = "";
        if (H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT) < 0)
            return UM_H5_FAIL(cx, file, group, "cannot be listed");
        UM_TRY(um_names_add(cx, names, name, strlen(name)));
    }
    return UNMIX_OK;
}
