/* Every kind of matrix in AnnData files, each built by hand around the same matrix. */
#include "core/source.h"
#include "io/anndata/h5ad.h"
#include "unit/io_h5ad_build.h"

/* ---- Matrices ---- */

static void dense_of_every_type(void **state)
{
    (void)state;
    const hid_t types[] = {H5T_STD_I8LE,  H5T_STD_I16LE, H5T_STD_I32LE,  H5T_STD_I64LE,  H5T_STD_U8LE,   H5T_STD_U16LE,
                           H5T_STD_U32LE, H5T_STD_U64LE, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_IEEE_F32BE, H5T_STD_I32BE};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const char *path = build_path("dense.h5ad");
        const hid_t file = build_begin(path);
        build_dense(file, "X", types[i], BUILD_OBS, BUILD_VAR, build_x);
        H5Fclose(file);
        assert_reads(path, NULL);
        assert_reads(path, "X");
    }
}

static void dense_chunked_and_compressed(void **state)
{
    (void)state;
    const char *path = build_path("chunked.h5ad");
    const hid_t file = build_begin(path);
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t chunk[2] = {2, 3}, extent[2] = {BUILD_OBS, BUILD_VAR};
    build_ok(H5Pset_chunk(plist, 2, chunk));
    build_ok(H5Pset_shuffle(plist));
    build_ok(H5Pset_deflate(plist, 6));
    build_ok(H5Pset_fletcher32(plist));
    H5Dclose(build_dataset(file, "X", H5T_IEEE_F32LE, 2, extent, H5T_NATIVE_DOUBLE, build_x, plist));
    H5Pclose(plist);
    H5Fclose(file);
    assert_reads(path, NULL);
}

static void dense_of_booleans(void **state)
{
    (void)state;
    const char *path = build_path("bool.h5ad");
    const hid_t file = build_begin(path);
    const hid_t type = build_boolean_type();
    const hsize_t extent[2] = {BUILD_OBS, BUILD_VAR};
    const int8_t values[BUILD_OBS * BUILD_VAR] = {1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1};
    H5Dclose(build_dataset(file, "X", type, 2, extent, type, values, H5P_DEFAULT));
    H5Tclose(type);
    H5Fclose(file);
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read(cx, path, NULL, &matrix));
    for (size_t i = 0; i < BUILD_OBS * BUILD_VAR; i++)
        assert_true(um_row(&matrix, i % BUILD_VAR)[i / BUILD_VAR] == (double)values[i]);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
}

static void csr_of_every_index_type(void **state)
{
    (void)state;
    const hid_t types[] = {H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_U8LE, H5T_STD_U16LE, H5T_STD_U32LE, H5T_STD_U64LE};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const char *path = build_path("csr.h5ad");
        const hid_t file = build_begin(path);
        H5Gclose(build_sparse(file, "X", "csr_matrix", types[i], BUILD_OBS + 1, build_csr_pointers, 6,
                              build_csr_indices, H5T_STD_U16LE, build_csr_values));
        H5Fclose(file);
        assert_reads(path, NULL);
    }
}

/* Unsorted indices, a stored zero, and (s3, B) stored in two parts that add up to 6. */
static void csr_unsorted_and_repeated(void **state)
{
    (void)state;
    const int64_t pointers[BUILD_OBS + 1] = {0, 3, 4, 8};
    const int64_t indices[8] = {2, 1, 0, 3, 3, 1, 0, 3};
    const double values[8] = {2, 0, 1, 3, 2, 5, 4, 4};
    const char *path = build_path("unsorted.h5ad");
    const hid_t file = build_begin(path);
    H5Gclose(build_sparse(file, "X", "csr_matrix", H5T_STD_I32LE, BUILD_OBS + 1, pointers, 8, indices, H5T_IEEE_F64LE,
                          values));
    H5Fclose(file);
    assert_reads(path, NULL);
    unmix_context *cx = um_test_context();
    um_source source = {0};
    um_block block = {0};
    assert_ok(cx, um_h5ad_source(cx, path, NULL, &source));
    assert_ok(cx, um_source_read(cx, &source, 1, 2, &block));
    assert_int_equal(block.count, 2);
    assert_int_equal(block.start[1], 1);
    assert_int_equal(block.start[2], 4); /* three variables, the repeated one once */
    const uint32_t rows[4] = {3, 0, 1, 3};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(block.row[i], rows[i]);
    assert_true(block.value[3] == 6.0);
    um_block_clear(&block);
    um_source_close(&source);
    unmix_context_free(cx);
    assert_nothing_open();
}

static void csc_turned(void **state)
{
    (void)state;
    const int64_t pointers[BUILD_VAR + 1] = {0, 2, 3, 4, 7};
    const int64_t indices[7] = {2, 0, 2, 0, 1, 2, 2}; /* unsorted; (s3, B) in two parts */
    const double values[7] = {4, 1, 5, 2, 3, 1, 5};
    const char *path = build_path("csc.h5ad");
    const hid_t file = build_begin(path);
    H5Gclose(build_sparse(file, "X", "csc_matrix", H5T_STD_I64LE, BUILD_VAR + 1, pointers, 7, indices, H5T_IEEE_F32LE,
                          values));
    H5Fclose(file);
    assert_reads(path, NULL);
}

static void no_value_at_all(void **state)
{
    (void)state;
    const int64_t pointers[BUILD_OBS + 1] = {0};
    const char *path = build_path("void.h5ad");
    const hid_t file = build_begin(path);
    H5Gclose(build_sparse(file, "X", "csr_matrix", H5T_STD_I32LE, BUILD_OBS + 1, pointers, 0, pointers, H5T_IEEE_F32LE,
                          NULL));
    H5Fclose(file);
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read(cx, path, NULL, &matrix));
    for (size_t i = 0; i < BUILD_OBS * BUILD_VAR; i++)
        assert_true(matrix.values[i] == 0.0);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
}

static void legacy_sparse_group(void **state)
{
    (void)state;
    const char *path = build_path("h5sparse.h5ad");
    const hid_t file = build_begin(path);
    const hid_t group = build_sparse(file, "X", NULL, H5T_STD_I32LE, BUILD_OBS + 1, build_csr_pointers, 6,
                                     build_csr_indices, H5T_IEEE_F32LE, build_csr_values);
    build_attribute_sized(group, "h5sparse_format", "csr", 1);
    build_shape(group, "h5sparse_shape", BUILD_OBS, BUILD_VAR);
    H5Gclose(group);
    H5Fclose(file);
    assert_reads(path, NULL);
}

static void layers_and_raw(void **state)
{
    (void)state;
    const char *path = build_path("layers.h5ad");
    const double others[BUILD_OBS * BUILD_VAR] = {0};
    const hid_t file = build_begin(path);
    build_dense(file, "X", H5T_IEEE_F64LE, BUILD_OBS, BUILD_VAR, others);
    const hid_t layers = build_group(file, "layers", "dict");
    build_csr(layers, "counts");
    const hid_t raw = build_group(file, "raw", "raw");
    build_csr(raw, "X");
    H5Gclose(build_frame(raw, "var", BUILD_VAR, build_var));
    H5Gclose(raw);
    H5Gclose(layers);
    H5Fclose(file);
    assert_reads(path, "counts");
    assert_reads(path, "raw");
}

static void legacy_flat_raw(void **state)
{
    (void)state;
    const char *path = build_path("flatraw.h5ad");
    const hid_t file = build_begin(path);
    build_dense(file, "raw.X", H5T_IEEE_F32LE, BUILD_OBS, BUILD_VAR, build_x);
    H5Gclose(build_frame(file, "raw.var", BUILD_VAR, build_var));
    H5Fclose(file);
    assert_reads(path, "raw");
}

/* Small blocks of a matrix agree with the whole, in any order. */
static void blocks(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const char *paths[2] = {build_path("blocks_csr.h5ad"), build_path("blocks_dense.h5ad")};
    for (size_t kind = 0; kind < 2; kind++) {
        const hid_t file = build_begin(paths[kind]);
        if (kind == 0)
            build_csr(file, "X");
        else
            build_dense(file, "X", H5T_IEEE_F32LE, BUILD_OBS, BUILD_VAR, build_x);
        H5Fclose(file);
        um_source source = {0};
        um_block block = {0};
        assert_ok(cx, um_h5ad_source(cx, paths[kind], NULL, &source));
        assert_true(source.preferred_block > 0);
        for (size_t o = BUILD_OBS; o-- > 0;) {
            double values[BUILD_VAR] = {0};
            assert_ok(cx, um_source_read(cx, &source, o, 1, &block));
            for (size_t i = block.start[0]; i < block.start[1]; i++)
                values[block.row[i]] = block.value[i];
            assert_memory_equal(values, build_x + o * BUILD_VAR, sizeof values);
        }
        um_block_clear(&block);
        um_source_close(&source);
    }
    unmix_context_free(cx);
    assert_nothing_open();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_of_every_type),
        cmocka_unit_test(dense_chunked_and_compressed),
        cmocka_unit_test(dense_of_booleans),
        cmocka_unit_test(csr_of_every_index_type),
        cmocka_unit_test(csr_unsorted_and_repeated),
        cmocka_unit_test(csc_turned),
        cmocka_unit_test(no_value_at_all),
        cmocka_unit_test(legacy_sparse_group),
        cmocka_unit_test(layers_and_raw),
        cmocka_unit_test(legacy_flat_raw),
        cmocka_unit_test(blocks),
    };
    return um_run_group(tests);
}
