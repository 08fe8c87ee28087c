/* Other data as AnnData: X in the smallest exact type, missing values, results beside it. */
#include <math.h>

#include "unit/io_h5ad_addition.h"

/* build_x with `value` in one place, written, and the type of X checked. */
static void create_with(double value, hid_t type)
{
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    um_matrix matrix = {0};
    assert_ok(cx, um_names_copy(cx, &matrix.rows, &a.var));
    assert_ok(cx, um_names_copy(cx, &matrix.columns, &a.obs));
    assert_ok(cx, um_matrix_allocate(cx, &matrix));
    for (size_t v = 0; v < BUILD_VAR; v++)
        for (size_t o = 0; o < BUILD_OBS; o++)
            um_row(&matrix, v)[o] = build_x[o * BUILD_VAR + v];
    um_row(&matrix, 2)[1] = value; /* of s2, where build_x has 0 */
    um_source source;
    um_source_of_matrix(&source, &matrix);
    const char *output = build_path("created.h5ad");
    assert_ok(cx, um_h5ad_create(cx, &source, &a.var, &a.annotated, output, 1));
    check_added(cx, output);
    um_numbers data = {0}, indices = {0}, indptr = {0};
    assert_ok(cx, um_h5ad_read_array(cx, output, "X/data", NULL, &data));
    assert_ok(cx, um_h5ad_read_array(cx, output, "X/indices", NULL, &indices));
    assert_ok(cx, um_h5ad_read_array(cx, output, "X/indptr", NULL, &indptr));
    assert_int_equal(data.rows, 7);
    const double want[7] = {1, 2, value, 3, 4, 5, 6}, where[7] = {0, 2, 2, 3, 0, 1, 3}, start[4] = {0, 2, 4, 7};
    for (size_t i = 0; i < 7; i++)
        assert_true(data.values[i] == want[i] || (isnan(data.values[i]) && isnan(want[i])));
    assert_memory_equal(indices.values, where, sizeof where);
    assert_memory_equal(indptr.values, start, sizeof start);
    const hid_t file = build_ok(H5Fopen(output, H5F_ACC_RDONLY, H5P_DEFAULT));
    const hid_t dataset = build_ok(H5Dopen2(file, "X/data", H5P_DEFAULT)), got = build_ok(H5Dget_type(dataset));
    assert_true(H5Tequal(got, type) > 0);
    H5Tclose(got);
    H5Dclose(dataset);
    H5Fclose(file);
    um_names ids = {0};
    assert_ok(cx, um_h5ad_read_names(cx, output, "var/gene_ids", NULL, &ids));
    assert_string_equal(um_name(&ids, 3), build_var[3]);
    um_names_clear(&ids);
    um_numbers_clear(&data);
    um_numbers_clear(&indices);
    um_numbers_clear(&indptr);
    um_source_close(&source);
    um_matrix_clear(&matrix);
    clear(&a);
    unmix_context_free(cx);
}

static void creates_in_the_smallest_type(void **state)
{
    (void)state;
    create_with(2147483647.0, H5T_STD_I32LE);
    create_with(2147483648.0, H5T_IEEE_F32LE); /* a power of two, but no 32-bit integer */
    create_with(0.5, H5T_IEEE_F32LE);
    create_with(NAN, H5T_IEEE_F32LE);
    create_with(0.1, H5T_IEEE_F64LE);
    create_with(1e300, H5T_IEEE_F64LE);
}

/* ---- A source that gives the rows of a column in any order ---- */

static unmix_status read_backwards(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    size_t used = 0;
    (void)state;
    UM_TRY(um_block_begin(cx, block, count));
    UM_TRY(um_block_reserve(cx, block, 0, count * BUILD_VAR));
    for (size_t c = 0; c < count; c++) {
        for (uint32_t r = BUILD_VAR; r-- > 0;) {
            const double value = build_x[(first + c) * BUILD_VAR + r];
            block->row[used] = r;
            block->value[used] = value;
            used += value != 0.0;
        }
        block->start[c + 1] = used;
    }
    return UNMIX_OK;
}

static void variables_ascend(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const um_source source = {.origin = "memory", .rows = &a.var, .columns = &a.obs, .read = read_backwards};
    const char *output = build_path("sorted.h5ad");
    assert_ok(cx, um_h5ad_create(cx, &source, NULL, &(um_annotated){0}, output, 0));
    assert_reads(output, NULL);
    um_numbers indices = {0};
    assert_ok(cx, um_h5ad_read_array(cx, output, "X/indices", NULL, &indices));
    for (size_t i = 0; i < 6; i++)
        assert_true(indices.values[i] == (double)build_csr_indices[i]);
    um_numbers_clear(&indices);
    assert_refused(cx, um_h5ad_create(cx, &source, NULL, &(um_annotated){0}, output, 0), UNMIX_ERROR_EXISTS, "exists");
    clear(&a);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creates_in_the_smallest_type),
        cmocka_unit_test(variables_ascend),
    };
    return um_run_group(tests);
}
