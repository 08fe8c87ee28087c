/*
 * Files cut off and files with wrong bytes: never a crash, always a valid read or one line that names the file. Bytes
 * are flipped in what datasets hold, which is ours to check; HDF5's own structures are the HDF5 library's to check.
 */
#include "core/random.h"
#include "core/source.h"
#include "io/anndata/h5ad.h"
#include "unit/io_damage.h"
#include "unit/io_h5ad_build.h"

#define MOST_PLACES 32

/* Where the contents of a dataset lie in the file. */
typedef struct place {
    uint64_t offset;
    uint64_t size;
} place;

static const char *write_all(const bytes *all, size_t size)
{
    const char *path = build_path("damaged.h5ad");
    write_part(all, size, path);
    return path;
}

/* Reads everything that can be read; the number of refusals. */
static int use(unmix_context *cx, const char *path, size_t n_layers, const char *const *layers)
{
    int refused = 0;
    for (size_t i = 0; i < n_layers; i++) {
        um_matrix matrix = {0};
        refused += judge(cx, um_h5ad_read(cx, path, layers[i], &matrix), path);
        um_matrix_clear(&matrix);
    }
    const char *const columns[] = {"type", "flag"};
    for (size_t i = 0; i < 2; i++) {
        um_names levels = {0};
        int64_t *level = NULL;
        size_t n = 0;
        refused += judge(cx, um_h5ad_labels(cx, path, columns[i], &levels, &level, &n), path);
        free(level);
        um_names_clear(&levels);
    }
    assert_nothing_open();
    return refused;
}

static void build_sample(const char *path)
{
    const hid_t file = build_begin_var(path);
    const hid_t obs = build_group(file, "obs", "dataframe");
    build_attribute(obs, "_index", "cells");
    build_strings(obs, "cells", BUILD_OBS, build_obs, 2);
    const char *const categories[2] = {"B", "T"};
    const hid_t type = build_group(obs, "type", "categorical");
    build_strings(type, "categories", 2, categories, 1);
    build_integers(type, "codes", H5T_STD_I8LE, BUILD_OBS, (const int64_t[]){0, -1, 1});
    H5Gclose(type);
    build_booleans(obs, "flag", BUILD_OBS, (const int8_t[]){1, 0, 1});
    H5Gclose(obs);
    build_csr(file, "X");
    const hid_t layers = build_group(file, "layers", "dict");
    H5Gclose(build_sparse(layers, "csc", "csc_matrix", H5T_STD_I64LE, BUILD_VAR + 1, (const int64_t[]){0, 2, 3, 4, 6},
                          6, (const int64_t[]){0, 2, 2, 0, 1, 2}, H5T_IEEE_F64LE, (const double[]){1, 4, 5, 2, 3, 6}));
    build_dense(layers, "dense", H5T_IEEE_F32LE, BUILD_OBS, BUILD_VAR, build_x);
    H5Gclose(layers);
    H5Fclose(file);
}

static const char *const sample_layers[] = {NULL, "csc", "dense"};

static size_t find_places(const char *path, place *places)
{
    static const char *const names[] = {
        "obs/cells", "obs/type/codes",  "obs/type/categories", "obs/flag",          "X/data",      "X/indices",
        "X/indptr",  "layers/csc/data", "layers/csc/indices",  "layers/csc/indptr", "layers/dense"};
    const hid_t file = build_ok(H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT));
    const size_t count = sizeof names / sizeof names[0];
    for (size_t i = 0; i < count; i++) {
        const hid_t dataset = build_ok(H5Dopen2(file, names[i], H5P_DEFAULT));
        places[i] = (place){H5Dget_offset(dataset), H5Dget_storage_size(dataset)};
        assert_true(places[i].offset != HADDR_UNDEF && places[i].size > 0);
        H5Dclose(dataset);
    }
    H5Fclose(file);
    return count;
}

static void cut_off(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const char *path = build_path("whole.h5ad");
    build_sample(path);
    assert_int_equal(use(cx, path, 3, sample_layers), 0);
    const bytes whole = read_all(path);
    for (size_t size = 0; size < whole.size; size += 1 + whole.size / 150)
        assert_int_equal(use(cx, write_all(&whole, size), 3, sample_layers), 5);
    assert_int_equal(use(cx, write_all(&whole, whole.size - 1), 3, sample_layers), 5);
    free(whole.data);
    unmix_context_free(cx);
}

static void wrong_bytes_in_contents(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const char *path = build_path("whole.h5ad");
    build_sample(path);
    place places[MOST_PLACES];
    const size_t n_places = find_places(path, places);
    const bytes whole = read_all(path);
    um_random random;
    um_random_start(&random, 1, "damage", "contents");
    int refused = 0;
    for (int i = 0; i < 600; i++) {
        const place *at = &places[um_random_below(&random, n_places)];
        unsigned char *byte = whole.data + at->offset + um_random_below(&random, at->size);
        const unsigned char before = *byte;
        *byte = (unsigned char)(i % 4 ? um_random_below(&random, 256) : 0xff);
        refused += use(cx, write_all(&whole, whole.size), 3, sample_layers);
        *byte = before;
    }
    assert_true(refused > 100); /* the damage does reach the checks */
    free(whole.data);
    unmix_context_free(cx);
}

/* ---- LZF ---- */

/* 1 0 2 0 as they are; then three times the byte before; then 3 4 5 0 6 as they are. */
static const unsigned char short_stream[] = {3, 1, 0, 2, 0, 1 << 5, 0, 4, 3, 4, 5, 0, 6};
/* A zero, then 95 times the byte before: 2 + 7 + 86. */
static const unsigned char long_stream[] = {0, 0, 7 << 5, 86, 0};

static void build_lzf(hid_t parent, const char *name, hid_t type, const unsigned char *stream, size_t size)
{
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t extent[2] = {BUILD_OBS, BUILD_VAR}, origin[2] = {0, 0};
    const unsigned values[3] = {4, 0x105, (unsigned)(BUILD_OBS * BUILD_VAR * H5Tget_size(type))};
    build_ok(H5Pset_chunk(plist, 2, extent));
    build_ok(H5Pset_filter(plist, 32000, H5Z_FLAG_OPTIONAL, 3, values));
    const hid_t dataset = build_dataset(parent, name, type, 2, extent, type, NULL, plist);
    build_ok(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, origin, size, stream));
    H5Dclose(dataset);
    H5Pclose(plist);
}

static const char *build_streams(const unsigned char *x, const unsigned char *zeros)
{
    const char *path = build_path("lzf.h5ad");
    if (H5Zfilter_avail(32000) > 0) /* our filter only reads, and HDF5 creates no dataset with such a one */
        build_ok(H5Zunregister(32000));
    const hid_t file = build_begin(path);
    build_lzf(file, "X", H5T_STD_U8LE, x, sizeof short_stream);
    const hid_t layers = build_group(file, "layers", "dict");
    build_lzf(layers, "zeros", H5T_STD_I64LE, zeros, sizeof long_stream);
    H5Gclose(layers);
    H5Fclose(file);
    return path;
}

static void lzf(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const char *path = build_streams(short_stream, long_stream);
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read(cx, path, NULL, &matrix));
    for (size_t i = 0; i < BUILD_OBS * BUILD_VAR; i++)
        assert_true(um_row(&matrix, i % BUILD_VAR)[i / BUILD_VAR] == build_x[i]);
    um_matrix_clear(&matrix);
    assert_ok(cx, um_h5ad_read(cx, path, "zeros", &matrix));
    for (size_t i = 0; i < BUILD_OBS * BUILD_VAR; i++)
        assert_true(matrix.values[i] == 0.0);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
    assert_nothing_open();
}

/* Every byte of both streams replaced by values that change runs, lengths and distances. */
static void wrong_bytes_in_lzf(void **state)
{
    (void)state;
    static const unsigned char values[] = {0, 1, 5, 13, 31, 32, 63, 64, 128, 223, 224, 230, 255};
    unmix_context *cx = um_test_context();
    int refused = 0;
    for (size_t at = 0; at < sizeof short_stream; at++)
        for (size_t v = 0; v < sizeof values; v++) {
            unsigned char x[sizeof short_stream], zeros[sizeof long_stream];
            memcpy(x, short_stream, sizeof x);
            memcpy(zeros, long_stream, sizeof zeros);
            x[at] = values[v];
            zeros[at % sizeof zeros] = values[v];
            const char *path = build_streams(x, zeros);
            um_matrix matrix = {0};
            refused += judge(cx, um_h5ad_read(cx, path, NULL, &matrix), path);
            um_matrix_clear(&matrix);
            refused += judge(cx, um_h5ad_read(cx, path, "zeros", &matrix), path);
            um_matrix_clear(&matrix);
        }
    assert_true(refused > 50);
    unmix_context_free(cx);
    assert_nothing_open();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_off),
        cmocka_unit_test(wrong_bytes_in_contents),
        cmocka_unit_test(lzf),
        cmocka_unit_test(wrong_bytes_in_lzf),
    };
    return um_run_group(tests);
}
