/*
 * Files that were made to harm: that point outside themselves, whose chunks expand to something else than a chunk, that
 * claim more text than they can hold, or groups without end. Refused when they are read, and when they are copied.
 */
#include <zlib.h>

#include "unit/io_h5ad_addition.h"

static void refuse_copy(const char *path, const char *part)
{
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    assert_refused(cx, um_h5ad_extend(cx, path, &a.annotated, build_path("copy.h5ad"), 1), UNMIX_ERROR_INPUT, part);
    clear(&a);
    unmix_context_free(cx);
    assert_nothing_open();
}

static void refuse_both(const char *path, const char *part)
{
    assert_read_refused(path, NULL, part);
    refuse_copy(path, part);
}

/* A file that is sound, in which `build` adds something below 'uns'. */
static const char *build_with(const char *name, void (*build)(hid_t uns))
{
    const char *path = build_path(name);
    const hid_t file = build_begin(path);
    build_csr(file, "X");
    const hid_t uns = build_group(file, "uns", "dict");
    build(uns);
    H5Gclose(uns);
    H5Fclose(file);
    return path;
}

/* ---- Outside ---- */

static void link_out(hid_t uns)
{
    const hid_t group = build_group(uns, "deeper", "dict");
    build_ok(H5Lcreate_external("secret.h5ad", "/X", group, "x", H5P_DEFAULT, H5P_DEFAULT));
    H5Gclose(group);
}

static hid_t follow_nothing(const char *name, hid_t group, const void *data, size_t size, hid_t access,
                            hid_t transfer)
{
    (void)name, (void)group, (void)data, (void)size, (void)access, (void)transfer;
    return -1;
}

static void own_link(hid_t uns)
{
    static const H5L_class_t class = {.version = H5L_LINK_CLASS_T_VERS, .id = (H5L_type_t)187, .comment = "test",
                                      .trav_func = follow_nothing};
    build_ok(H5Lregister(&class));
    build_ok(H5Lcreate_ud(uns, "x", (H5L_type_t)187, "abc", 3, H5P_DEFAULT, H5P_DEFAULT));
    build_ok(H5Lunregister((H5L_type_t)187));
}

static const hsize_t twelve = 12;

static void virtual_values(hid_t uns)
{
    const hid_t space = build_ok(H5Screate_simple(1, &twelve, NULL));
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
    build_ok(H5Pset_virtual(plist, space, "secret.h5ad", "/X", space));
    H5Dclose(build_dataset(uns, "x", H5T_IEEE_F32LE, 1, &twelve, H5T_NATIVE_DOUBLE, NULL, plist));
    H5Pclose(plist);
    H5Sclose(space);
}

static void values_outside(hid_t uns)
{
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
    build_ok(H5Pset_external(plist, "/etc/passwd", 0, 48));
    H5Dclose(build_dataset(uns, "x", H5T_IEEE_F32LE, 1, &twelve, H5T_NATIVE_DOUBLE, NULL, plist));
    H5Pclose(plist);
}

static void outside(void **state)
{
    (void)state;
    refuse_both(build_with("link.h5ad", link_out), "'uns/deeper/x' is a link into the file 'secret.h5ad'");
    refuse_both(build_with("own.h5ad", own_link), "'uns/x' is a link of a kind that HDF5 does not define (187)");
    refuse_both(build_with("virtual.h5ad", virtual_values), "'uns/x' is a virtual dataset");
    refuse_both(build_with("external.h5ad", values_outside), "the values of 'uns/x' lie in the file '/etc/passwd'");
}

/* ---- Depth ---- */

static void deep(hid_t uns)
{
    hid_t at = build_ok(H5Gopen2(uns, ".", H5P_DEFAULT));
    for (int depth = 0; depth < 3000; depth++) {
        const hid_t below = build_group(at, "g", NULL);
        H5Gclose(at);
        at = below;
    }
    H5Gclose(at);
}

/* Each group has two links to the next: 2^60 ways down, and one back up. */
static void doubled(hid_t uns)
{
    hid_t at = build_ok(H5Gopen2(uns, ".", H5P_DEFAULT));
    for (int depth = 0; depth < 60; depth++) {
        const hid_t below = build_group(at, "a", NULL);
        build_ok(H5Lcreate_hard(at, "a", at, "b", H5P_DEFAULT, H5P_DEFAULT));
        H5Gclose(at);
        at = below;
    }
    build_ok(H5Lcreate_hard(uns, ".", at, "up", H5P_DEFAULT, H5P_DEFAULT));
    H5Gclose(at);
}

static void groups_in_groups(void **state)
{
    (void)state;
    refuse_both(build_with("deep.h5ad", deep), "groups in groups");
    assert_reads(build_with("doubled.h5ad", doubled), NULL);
}

/* ---- Chunks ---- */

enum { GZIP = 1, SHUFFLE = 2, CHECKED = 4, SZIP = 8 };

/* X in one chunk of 3 x 4 doubles with these filters, stored as `bytes` (NULL: as HDF5 makes it). */
static const char *build_chunk(const char *name, unsigned filters, const void *bytes, size_t size)
{
    const char *path = build_path(name);
    const hid_t file = build_begin(path);
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t extent[2] = {BUILD_OBS, BUILD_VAR}, first[2] = {0, 0};
    build_ok(H5Pset_chunk(plist, 2, extent));
    if (filters & SHUFFLE)
        build_ok(H5Pset_shuffle(plist));
    if (filters & GZIP)
        build_ok(H5Pset_deflate(plist, 4));
    if (filters & SZIP)
        build_ok(H5Pset_szip(plist, H5_SZIP_NN_OPTION_MASK, 4));
    if (filters & CHECKED)
        build_ok(H5Pset_fletcher32(plist));
    const hid_t x = build_dataset(file, "X", H5T_IEEE_F64LE, 2, extent, H5T_NATIVE_DOUBLE, build_x, plist);
    if (bytes)
        build_ok(H5Dwrite_chunk(x, H5P_DEFAULT, 0, first, size, bytes));
    H5Dclose(x);
    H5Pclose(plist);
    H5Fclose(file);
    return path;
}

static size_t pack(size_t size, unsigned char packed[4096])
{
    static const unsigned char zeros[1 << 20];
    uLongf length = 4096;
    assert_int_equal(compress(packed, &length, zeros, size), Z_OK);
    return length;
}

static void chunks_that_are_sound(void **state)
{
    (void)state;
    static const unsigned filters[] = {GZIP, SHUFFLE, CHECKED, GZIP | SHUFFLE, GZIP | SHUFFLE | CHECKED, SZIP};
    unsigned szip = 0;
    (void)H5Zget_filter_info(H5Z_FILTER_SZIP, &szip);
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        if (!(filters[i] & SZIP) || (szip & H5Z_FILTER_CONFIG_ENCODE_ENABLED))
            assert_reads(build_chunk("sound.h5ad", filters[i], NULL, 0), NULL);
}

/* HDF5 1.10 takes 60 bytes for a chunk of 96 and gives out what lies behind them in memory. */
static void chunks_that_are_not(void **state)
{
    (void)state;
    static const char not_whole[] = "chunk 1 of 'X' does not expand to the size of a chunk";
    unsigned char packed[4096];
    size_t length = pack(60, packed);
    assert_read_refused(build_chunk("short.h5ad", GZIP, packed, length), NULL, not_whole);
    assert_read_refused(build_chunk("short_shuffled.h5ad", GZIP | SHUFFLE, packed, length), NULL, not_whole);
    length = pack(1 << 20, packed);
    assert_read_refused(build_chunk("long.h5ad", GZIP, packed, length), NULL, not_whole);
    assert_read_refused(build_chunk("torn.h5ad", GZIP, "\x78\x9c torn", 7), NULL, "chunk 1 of 'X' is damaged gzip");
    assert_read_refused(build_chunk("sum.h5ad", CHECKED, build_x, sizeof build_x), NULL, "wrong checksum");
    assert_read_refused(build_chunk("shuffled.h5ad", SHUFFLE, build_x, 40), NULL, not_whole);
    unsigned szip = 0;
    (void)H5Zget_filter_info(H5Z_FILTER_SZIP, &szip);
    if (szip & H5Z_FILTER_CONFIG_ENCODE_ENABLED) {
        assert_read_refused(build_chunk("szip_short.h5ad", SZIP, "\x20\0\0\0 and no more", 16), NULL, "chunk 1 of 'X'");
        assert_read_refused(build_chunk("szip_long.h5ad", SZIP, "\0\0\0\x7f and no more", 16), NULL, not_whole);
    }
}

/* Chunks that do not fit the array, one of which was never written. */
static void chunks_at_the_edge(void **state)
{
    (void)state;
    const char *path = build_path("edge.h5ad");
    const hid_t file = build_begin(path);
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t extent[2] = {BUILD_OBS, BUILD_VAR}, chunk[2] = {2, 3}, one[2] = {1, 1}, at[2] = {2, 3};
    const double fill = 6; /* what the last chunk holds */
    build_ok(H5Pset_chunk(plist, 2, chunk));
    build_ok(H5Pset_deflate(plist, 1));
    build_ok(H5Pset_fill_value(plist, H5T_NATIVE_DOUBLE, &fill));
    const hid_t x = build_dataset(file, "X", H5T_IEEE_F32BE, 2, extent, H5T_NATIVE_DOUBLE, NULL, plist);
    for (hsize_t i = 0; i < BUILD_OBS; i++)
        for (hsize_t j = 0; j < BUILD_VAR; j++) {
            const hid_t element = build_ok(H5Screate_simple(2, one, NULL)), place = build_ok(H5Dget_space(x));
            build_ok(H5Sselect_hyperslab(place, H5S_SELECT_SET, (const hsize_t[2]){i, j}, NULL, one, NULL));
            if (i != at[0] || j != at[1])
                build_ok(H5Dwrite(x, H5T_NATIVE_DOUBLE, element, place, H5P_DEFAULT, &build_x[i * BUILD_VAR + j]));
            H5Sclose(element);
            H5Sclose(place);
        }
    H5Dclose(x);
    H5Pclose(plist);
    H5Fclose(file);
    assert_reads(path, NULL);
}

/* ---- Text ---- */

enum { REPEATED = 2000, LONG = 200000, REFERENCE = 16 };

/* All of a list refer to one long text. */
static void repeat_text(hid_t group, const char *name, size_t n)
{
    static char text[LONG + 1];
    static unsigned char stored[REPEATED * REFERENCE];
    const char *texts[REPEATED] = {text};
    const hsize_t extent = n, first = 0;
    uint32_t mask = 0;
    memset(text, 'x', LONG);
    for (size_t i = 1; i < n; i++)
        texts[i] = "short";
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE)), type = build_text_type(0);
    build_ok(H5Pset_chunk(plist, 1, &extent));
    const hid_t list = build_dataset(group, name, type, 1, &extent, type, texts, plist);
    build_ok(H5Dread_chunk(list, H5P_DEFAULT, &first, &mask, stored));
    for (size_t i = 1; i < n; i++)
        memcpy(stored + i * REFERENCE, stored, REFERENCE);
    build_ok(H5Dwrite_chunk(list, H5P_DEFAULT, mask, &first, n * REFERENCE, stored));
    H5Dclose(list);
    H5Tclose(type);
    H5Pclose(plist);
}

static void repeated(hid_t uns)
{
    repeat_text(uns, "names", REPEATED);
}

static void text_without_end(void **state)
{
    (void)state;
    refuse_copy(build_with("bomb.h5ad", repeated), "'uns/names' claims more than");
    const char *path = build_path("bomb_names.h5ad");
    const hid_t file = build_begin_var(path);
    const hid_t obs = build_group(file, "obs", "dataframe");
    build_attribute(obs, "_index", "cells");
    repeat_text(obs, "cells", REPEATED);
    H5Gclose(obs);
    build_csr(file, "X");
    H5Fclose(file);
    assert_read_refused(path, NULL, "'obs/cells' claims more than");
}

/* A chunk of references to text that is not whole: HDF5 would follow what lies behind it in memory. */
static void short_text(hid_t uns)
{
    unsigned char packed[4096];
    const hsize_t extent = 8, first = 0;
    const char *const texts[8] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE)), type = build_text_type(0);
    build_ok(H5Pset_chunk(plist, 1, &extent));
    build_ok(H5Pset_deflate(plist, 1));
    const hid_t list = build_dataset(uns, "names", type, 1, &extent, type, texts, plist);
    build_ok(H5Dwrite_chunk(list, H5P_DEFAULT, 0, &first, pack(40, packed), packed));
    H5Dclose(list);
    H5Tclose(type);
    H5Pclose(plist);
}

static void text_in_chunks(void **state)
{
    (void)state;
    refuse_copy(build_with("short_text.h5ad", short_text), "chunk 1 of 'uns/names' does not expand");
}

/* ---- Plugins ---- */

/* The setting is the caller's again afterwards. */
static void plugins_stay_as_they_were(void **state)
{
    (void)state;
    unsigned before = 0, after = 0;
    build_ok(H5PLget_loading_state(&before));
    assert_reads(build_chunk("plugins.h5ad", GZIP, NULL, 0), NULL);
    build_ok(H5PLget_loading_state(&after));
    assert_int_equal(before, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outside),
        cmocka_unit_test(groups_in_groups),
        cmocka_unit_test(chunks_that_are_sound),
        cmocka_unit_test(chunks_that_are_not),
        cmocka_unit_test(chunks_at_the_edge),
        cmocka_unit_test(text_without_end),
        cmocka_unit_test(text_in_chunks),
        cmocka_unit_test(plugins_stay_as_they_were),
    };
    return um_run_group(tests);
}
