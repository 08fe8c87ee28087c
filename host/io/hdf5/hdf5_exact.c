/* HDF5 files object by object: attributes, members of groups, what datasets hold (hdf5_exact_data.c). */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/hdf5/hdf5_exact_data.h"
#include "io/hdf5/hdf5_visit.h"

static herr_t keep_name(hid_t object, const char *name, const H5A_info_t *about, void *payload)
{
    (void)object;
    (void)about;
    um_exact_attributes *a = payload;
    return um_names_add(a->cx, &a->names, name, strlen(name)) == UNMIX_OK ? 0 : -1;
}

static unmix_status attributes_of(const um_exact_walk *w, int side, hid_t object, um_exact_attributes *a)
{
    hsize_t at = 0;
    a->cx = w->cx;
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, keep_name, a) < 0)
        return UM_H5_FAIL(w->cx, &w->file[side], object, "has attributes that cannot be listed");
    return UNMIX_OK;
}

static unmix_status compare_attribute(const um_exact_walk *w, const char *member, const hid_t object[2], const char *name)
{
    hid_t id[2] = {H5Aopen(object[0], name, H5P_DEFAULT), -1};
    id[1] = H5Aopen(object[1], name, H5P_DEFAULT);
    unmix_status status = UNMIX_OK;
    for (int s = 0; s < 2 && status == UNMIX_OK; s++)
        if (id[s] < 0)
            status = UM_H5_FAIL(w->cx, &w->file[s], object[s], "has an attribute that cannot be read");
    if (status == UNMIX_OK)
        status = um_exact_data(w, member, name, id);
    um_h5_release(id[0]);
    um_h5_release(id[1]);
    return status;
}

/* Walks two sorted lists: what to do with a name that one has alone, or both. */
typedef unmix_status (*both)(const um_exact_walk *w, const char *member, const hid_t id[2], const char *name, int depth);
typedef unmix_status (*alone)(const um_exact_walk *w, const char *member, const char *name, int side);

static unmix_status merge(const um_exact_walk *w, const char *member, const hid_t id[2], const um_names names[2], both of_both,
                          alone of_one, int depth)
{
    for (size_t i = 0, j = 0; i < names[0].count || j < names[1].count;) {
        const int order = i == names[0].count   ? 1
                          : j == names[1].count ? -1
                                                : strcmp(um_name(&names[0], i), um_name(&names[1], j));
        if (order == 0)
            UM_TRY(of_both(w, member, id, um_name(&names[0], i), depth));
        else
            UM_TRY(of_one(w, member, order < 0 ? um_name(&names[0], i) : um_name(&names[1], j), order > 0));
        i += order <= 0;
        j += order >= 0;
    }
    return UNMIX_OK;
}

static unmix_status attribute_of_both(const um_exact_walk *w, const char *member, const hid_t id[2], const char *name, int depth)
{
    (void)depth;
    return compare_attribute(w, member, id, name);
}

static unmix_status attribute_of_one(const um_exact_walk *w, const char *member, const char *name, int side)
{
    char place[300];
    (void)snprintf(place, sizeof place, "attribute '%.200s'", name);
    um_exact_differs(w->files, member, place, side ? "missing" : "there", side ? "there" : "missing");
    return UNMIX_OK;
}

static unmix_status compare_attributes(const um_exact_walk *w, const char *member, const hid_t id[2])
{
    um_exact_attributes a[2] = {{0}, {0}};
    unmix_status status = attributes_of(w, 0, id[0], &a[0]);
    if (status == UNMIX_OK)
        status = attributes_of(w, 1, id[1], &a[1]);
    if (status == UNMIX_OK)
        status = merge(w, member, id, (const um_names[]){a[0].names, a[1].names}, attribute_of_both, attribute_of_one, 0);
    um_names_clear(&a[0].names);
    um_names_clear(&a[1].names);
    return status;
}

static unmix_status compare_objects(const um_exact_walk *w, const char *member, const hid_t id[2], int depth);

static unmix_status member_of_both(const um_exact_walk *w, const char *above, const hid_t group[2], const char *name, int depth)
{
    char *member = NULL;
    hid_t id[2] = {-1, -1};
    UM_TRY(um_exact_join(w->cx, above, name, &member));
    unmix_status status = UNMIX_OK;
    if (!um_exact_is_apart(w->files, "uns/", member)) {
        for (int s = 0; s < 2 && status == UNMIX_OK; s++)
            status = um_h5_open_member(w->cx, &w->file[s], group[s], name, &id[s]);
        if (status == UNMIX_OK)
            status = compare_objects(w, member, id, depth + 1);
    }
    um_h5_release(id[0]);
    um_h5_release(id[1]);
    free(member);
    return status;
}

static unmix_status member_of_one(const um_exact_walk *w, const char *above, const char *name, int side)
{
    char *member = NULL;
    UM_TRY(um_exact_join(w->cx, above, name, &member));
    if (!um_exact_is_apart(w->files, "uns/", member))
        um_exact_alone(w->files, member, side);
    free(member);
    return UNMIX_OK;
}

static unmix_status compare_groups(const um_exact_walk *w, const char *member, const hid_t id[2], int depth)
{
    um_names names[2] = {{0}, {0}};
    unmix_status status = um_h5_members(w->cx, &w->file[0], id[0], &names[0]);
    if (status == UNMIX_OK)
        status = um_h5_members(w->cx, &w->file[1], id[1], &names[1]);
    if (status == UNMIX_OK)
        status = merge(w, member, id, names, member_of_both, member_of_one, depth);
    um_names_clear(&names[0]);
    um_names_clear(&names[1]);
    return status;
}

static unmix_status compare_objects(const um_exact_walk *w, const char *member, const hid_t id[2], int depth)
{
    const int groups[2] = {um_h5_is_group(id[0]), um_h5_is_group(id[1])};
    if (depth > UM_H5_DEEPEST) /* hard links may lead around in circles */
        return UM_FAIL(w->cx, UNMIX_ERROR_INPUT, "%s: '%.60s...': groups in groups, more than %d deep", w->file[0].path, member,
                       UM_H5_DEEPEST);
    if (groups[0] != groups[1]) {
        um_exact_differs(w->files, member, "", groups[0] ? "group" : "dataset", groups[1] ? "group" : "dataset");
        return UNMIX_OK;
    }
    UM_TRY(compare_attributes(w, member, id));
    return groups[0] ? compare_groups(w, member, id, depth) : um_exact_data(w, member, NULL, id);
}

unmix_status um_exact_hdf5(const um_exact_files *files)
{
    um_exact_walk w = {.cx = files->exact->cx, .files = files, .file = {UM_H5_CLOSED, UM_H5_CLOSED}};
    um_h5_silence silence = {.cx = w.cx};
    um_h5_hush(&silence);
    unmix_status status = um_h5_open(w.cx, files->path[0], &w.file[0]);
    if (status == UNMIX_OK)
        status = um_h5_open(w.cx, files->path[1], &w.file[1]);
    for (int s = 0; s < 2 && status == UNMIX_OK; s++)
        status = um_h5_check_inside(w.cx, &w.file[s]);
    hid_t root[2] = {-1, -1};
    for (int s = 0; s < 2 && status == UNMIX_OK; s++)
        status = um_h5_open_member(w.cx, &w.file[s], w.file[s].id, "/", &root[s]);
    if (status == UNMIX_OK)
        status = compare_objects(&w, "", root, 0);
    um_h5_release(root[0]);
    um_h5_release(root[1]);
    um_h5_close(&w.file[0]);
    um_h5_close(&w.file[1]);
    um_h5_unhush(&silence);
    return status;
}
