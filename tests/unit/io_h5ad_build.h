/* Builds AnnData files by hand with the HDF5 library, in encodings that unmix itself does not write. */
#ifndef UM_IO_H5AD_BUILD_H
#define UM_IO_H5AD_BUILD_H

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/source.h"
#include "io/anndata/h5ad.h"
#include "testing/testing.h"

#define BUILD_OBS 3
#define BUILD_VAR 4

/* The matrix of all these files, observations x variables. */
static const double build_x[BUILD_OBS * BUILD_VAR] = {1, 0, 2, 0, 0, 0, 0, 3, 4, 5, 0, 6};
static const char *const build_obs[BUILD_OBS] = {"s1", "s2", "s3"};
static const char *const build_var[BUILD_VAR] = {"GATA1", "CD34", "LYZ", "B\xc3\xa9ta"};

static inline hid_t build_ok(hid_t id)
{
    if (id < 0)
        abort(); /* the test is wrong, not what it tests */
    return id;
}

static inline const char *build_path(const char *name)
{
    static char paths[8][640];
    static unsigned next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s/%s", um_test_folder(), name);
    return path;
}

static inline hid_t build_file(const char *path)
{
    return build_ok(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
}

static inline hid_t build_text_type(size_t fixed)
{
    const hid_t type = build_ok(H5Tcopy(H5T_C_S1));
    build_ok(H5Tset_size(type, fixed ? fixed : H5T_VARIABLE));
    build_ok(H5Tset_cset(type, fixed ? H5T_CSET_ASCII : H5T_CSET_UTF8));
    if (fixed)
        build_ok(H5Tset_strpad(type, H5T_STR_NULLPAD));
    return type;
}

/* A scalar text attribute, of fixed length (ASCII) or, with fixed 0, of variable length (UTF-8). */
static inline void build_attribute_sized(hid_t object, const char *name, const char *text, int fixed)
{
    const hid_t type = build_text_type(fixed ? strlen(text) : 0);
    const hid_t space = build_ok(H5Screate(H5S_SCALAR));
    const hid_t attribute = build_ok(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    build_ok(H5Awrite(attribute, type, fixed ? (const void *)text : (const void *)&text));
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static inline void build_attribute(hid_t object, const char *name, const char *text)
{
    build_attribute_sized(object, name, text, 0);
}

/* encoding NULL: without the attribute. */
static inline hid_t build_group(hid_t parent, const char *name, const char *encoding)
{
    const hid_t group = build_ok(H5Gcreate2(parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    if (encoding)
        build_attribute(group, "encoding-type", encoding);
    return group;
}

static inline hid_t build_dataset(hid_t parent, const char *name, hid_t type, int rank, const hsize_t *extent,
                                  hid_t memory, const void *values, hid_t plist)
{
    const hid_t space = build_ok(H5Screate_simple(rank, extent, NULL));
    const hid_t dataset = build_ok(H5Dcreate2(parent, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT));
    if (values)
        build_ok(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    H5Sclose(space);
    return dataset;
}

static inline void build_integers(hid_t parent, const char *name, hid_t type, size_t n, const int64_t *values)
{
    const hsize_t extent = n;
    H5Dclose(build_dataset(parent, name, type, 1, &extent, H5T_NATIVE_INT64, values, H5P_DEFAULT));
}

static inline void build_doubles(hid_t parent, const char *name, hid_t type, size_t n, const double *values)
{
    const hsize_t extent = n;
    H5Dclose(build_dataset(parent, name, type, 1, &extent, H5T_NATIVE_DOUBLE, values, H5P_DEFAULT));
}

static inline void build_dense(hid_t parent, const char *name, hid_t type, size_t rows, size_t columns,
                               const double *values)
{
    const hsize_t extent[2] = {rows, columns};
    H5Dclose(build_dataset(parent, name, type, 2, extent, H5T_NATIVE_DOUBLE, values, H5P_DEFAULT));
}

/* fixed 0: variable length. */
static inline void build_strings(hid_t parent, const char *name, size_t n, const char *const *texts, size_t fixed)
{
    const hid_t type = build_text_type(fixed);
    const hsize_t extent = n;
    char buffer[4096] = {0};
    for (size_t i = 0; i < n && fixed; i++)
        memcpy(buffer + i * fixed, texts[i], strlen(texts[i]) < fixed ? strlen(texts[i]) : fixed);
    H5Dclose(build_dataset(parent, name, type, 1, &extent, type, fixed ? (const void *)buffer : (const void *)texts,
                           H5P_DEFAULT));
    H5Tclose(type);
}

static inline void build_shape(hid_t object, const char *name, int64_t rows, int64_t columns)
{
    const int64_t shape[2] = {rows, columns};
    const hsize_t two = 2;
    const hid_t space = build_ok(H5Screate_simple(1, &two, NULL));
    const hid_t attribute = build_ok(H5Acreate2(object, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT));
    build_ok(H5Awrite(attribute, H5T_NATIVE_INT64, shape));
    H5Aclose(attribute);
    H5Sclose(space);
}

static inline hid_t build_boolean_type(void)
{
    const hid_t type = build_ok(H5Tenum_create(H5T_NATIVE_INT8));
    const int8_t no = 0, yes = 1;
    build_ok(H5Tenum_insert(type, "FALSE", &no));
    build_ok(H5Tenum_insert(type, "TRUE", &yes));
    return type;
}

static inline void build_booleans(hid_t parent, const char *name, size_t n, const int8_t *values)
{
    const hid_t type = build_boolean_type();
    const hsize_t extent = n;
    H5Dclose(build_dataset(parent, name, type, 1, &extent, type, values, H5P_DEFAULT));
    H5Tclose(type);
}

/* A frame with an index of variable length and no columns, left open. */
static inline hid_t build_frame(hid_t parent, const char *name, size_t n, const char *const *index)
{
    const hid_t frame = build_group(parent, name, "dataframe");
    build_attribute(frame, "_index", "_index");
    build_strings(frame, "_index", n, index, 0);
    return frame;
}

/* A file with obs and var, and whatever the test adds. */
static inline hid_t build_begin(const char *path)
{
    const hid_t file = build_file(path);
    H5Gclose(build_frame(file, "obs", BUILD_OBS, build_obs));
    H5Gclose(build_frame(file, "var", BUILD_VAR, build_var));
    return file;
}

/* The same with obs left to the test. */
static inline hid_t build_begin_var(const char *path)
{
    const hid_t file = build_file(path);
    H5Gclose(build_frame(file, "var", BUILD_VAR, build_var));
    return file;
}

/* A sparse group over given arrays, left open. encoding "csr_matrix" or "csc_matrix", NULL: without attributes. */
static inline hid_t build_sparse(hid_t parent, const char *name, const char *encoding, hid_t index_type,
                                 size_t n_pointers, const int64_t *pointers, size_t n_values, const int64_t *indices,
                                 hid_t value_type, const double *values)
{
    const hid_t group = build_group(parent, name, encoding);
    if (encoding)
        build_shape(group, "shape", BUILD_OBS, BUILD_VAR);
    build_integers(group, "indptr", index_type, n_pointers, pointers);
    build_integers(group, "indices", index_type, n_values, indices);
    build_doubles(group, "data", value_type, n_values, values);
    return group;
}

/* build_x as CSR. */
static const int64_t build_csr_pointers[BUILD_OBS + 1] = {0, 2, 3, 6};
static const int64_t build_csr_indices[6] = {0, 2, 3, 0, 1, 3};
static const double build_csr_values[6] = {1, 2, 3, 4, 5, 6};

static inline void build_csr(hid_t parent, const char *name)
{
    H5Gclose(build_sparse(parent, name, "csr_matrix", H5T_STD_I32LE, BUILD_OBS + 1, build_csr_pointers, 6,
                          build_csr_indices, H5T_IEEE_F32LE, build_csr_values));
}

/* Nothing of HDF5 is left open. */
static inline void assert_nothing_open(void)
{
    assert_int_equal(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
}

/* Reads the layer whole and compares with build_x; exact, as all values are small whole numbers. */
static inline void assert_reads(const char *path, const char *layer)
{
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read(cx, path, layer, &matrix));
    assert_int_equal(matrix.rows.count, BUILD_VAR);
    assert_int_equal(matrix.columns.count, BUILD_OBS);
    for (size_t v = 0; v < BUILD_VAR; v++) {
        assert_string_equal(um_name(&matrix.rows, v), build_var[v]);
        for (size_t o = 0; o < BUILD_OBS; o++)
            if (um_row(&matrix, v)[o] != build_x[o * BUILD_VAR + v])
                fail_msg("%s: %s, %s: %g", path, build_var[v], build_obs[o], um_row(&matrix, v)[o]);
    }
    for (size_t o = 0; o < BUILD_OBS; o++)
        assert_string_equal(um_name(&matrix.columns, o), build_obs[o]);
    assert_string_equal(matrix.origin, path);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
    assert_nothing_open();
}

/* Reading is refused with `part` in the message; opening as a source fails, if it fails, with the file's name. */
static inline void assert_read_refused(const char *path, const char *layer, const char *part)
{
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_refused(cx, um_h5ad_read(cx, path, layer, &matrix), UNMIX_ERROR_INPUT, part);
    assert_null(matrix.values);
    um_source source = {0};
    if (um_h5ad_source(cx, path, layer, &source) != UNMIX_OK) /* else: found when a block is read */
        assert_non_null(strstr(unmix_error_message(cx), path));
    um_source_close(&source);
    unmix_context_free(cx);
    assert_nothing_open();
}

#endif
