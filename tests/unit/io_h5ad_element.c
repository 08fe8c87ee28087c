/* Elements by their place, in the encodings of all versions, and every refusal of them. */
#include <math.h>

#include "io/anndata/h5ad_element.h"
#include "unit/io_h5ad_build.h"

static unmix_context *cx;

static void build_truths(hid_t var)
{
    const int8_t yes_no[BUILD_VAR] = {1, 0, 0, 1}, none[BUILD_VAR] = {0}, gap[BUILD_VAR] = {0, 0, 1, 0};
    const int64_t numbers[BUILD_VAR] = {1, 0, 0, 1}, more[BUILD_VAR] = {1, 0, 2, 1};
    const char *const text[BUILD_VAR] = {"True", "False", "FALSE", "true"}, *const levels[2] = {"False", "True"};
    build_booleans(var, "boolean", BUILD_VAR, yes_no);
    build_integers(var, "integer", H5T_STD_I32LE, BUILD_VAR, numbers);
    build_integers(var, "more", H5T_STD_I32LE, BUILD_VAR, more);
    build_strings(var, "text", BUILD_VAR, text, 0);
    hid_t group = build_group(var, "nullable", "nullable-boolean");
    build_booleans(group, "values", BUILD_VAR, yes_no);
    build_booleans(group, "mask", BUILD_VAR, none);
    H5Gclose(group);
    group = build_group(var, "gap", "nullable-boolean");
    build_booleans(group, "values", BUILD_VAR, yes_no);
    build_booleans(group, "mask", BUILD_VAR, gap);
    H5Gclose(group);
    group = build_group(var, "factor", "categorical");
    build_integers(group, "codes", H5T_STD_I8LE, BUILD_VAR, numbers);
    build_strings(group, "categories", 2, levels, 0);
    H5Gclose(group);
}

static void build_single_text(hid_t parent, const char *name, const char *text, size_t fixed)
{
    const hid_t type = build_text_type(fixed);
    const hid_t space = build_ok(H5Screate(H5S_SCALAR));
    const hid_t dataset = build_ok(H5Dcreate2(parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    build_ok(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, fixed ? (const void *)text : (const void *)&text));
    H5Dclose(dataset);
    H5Sclose(space);
    H5Tclose(type);
}

static const double pairs[BUILD_OBS * 2] = {1, -2, 3, NAN, 5, 6};

static const char *build(void)
{
    const char *path = build_path("elements.h5ad");
    const hid_t file = build_file(path);
    H5Gclose(build_frame(file, "obs", BUILD_OBS, build_obs));
    const hid_t var = build_frame(file, "var", BUILD_VAR, build_var);
    build_truths(var);
    H5Gclose(var);
    build_csr(file, "X");
    const hid_t obsm = build_group(file, "obsm", "dict");
    build_dense(obsm, "X_nmf", H5T_IEEE_F32LE, BUILD_OBS, 2, pairs);
    build_dense(obsm, "short", H5T_IEEE_F32LE, BUILD_OBS - 1, 2, pairs);
    H5Gclose(build_frame(obsm, "frame", BUILD_OBS, build_obs));
    H5Gclose(obsm);
    const hid_t uns = build_group(file, "uns", "dict");
    const hid_t run = build_group(uns, "unmix_nmf", "dict");
    build_single_text(run, "loss", "kl", 0);
    build_single_text(run, "fixed", "mu", 2);
    build_strings(run, "genes", BUILD_VAR, build_var, 0);
    build_strings(run, "fixed_genes", BUILD_VAR, build_var, 6);
    build_doubles(run, "one", H5T_IEEE_F32LE, 1, pairs);
    H5Gclose(run);
    H5Gclose(uns);
    H5Fclose(file);
    return path;
}

static void reads(void **state)
{
    (void)state;
    const char *path = build();
    um_numbers numbers = {0};
    assert_ok(cx, um_h5ad_read_array(cx, path, "obsm/X_nmf", NULL, &numbers));
    assert_int_equal(numbers.rows, BUILD_OBS);
    assert_int_equal(numbers.columns, 2);
    for (size_t i = 0; i < BUILD_OBS * 2; i++)
        assert_true(numbers.values[i] == pairs[i] || (isnan(numbers.values[i]) && isnan(pairs[i])));
    um_numbers_clear(&numbers);
    const char *const lists[] = {"uns/unmix_nmf/genes", "uns/unmix_nmf/fixed_genes", "/uns/unmix_nmf/genes"};
    for (size_t i = 0; i < 3; i++) {
        um_names names = {0};
        assert_ok(cx, um_h5ad_read_names(cx, path, lists[i], NULL, &names));
        assert_int_equal(names.count, BUILD_VAR);
        assert_string_equal(um_name(&names, 3), build_var[3]);
        um_names_clear(&names);
    }
    char *text = NULL;
    assert_ok(cx, um_h5ad_read_text(cx, path, "uns/unmix_nmf/loss", NULL, &text));
    assert_string_equal(text, "kl");
    free(text);
    assert_ok(cx, um_h5ad_read_text(cx, path, "uns/unmix_nmf/fixed", NULL, &text));
    assert_string_equal(text, "mu");
    free(text);
    um_names rows = {0};
    assert_ok(cx, um_h5ad_row_names(cx, path, "var", &rows));
    assert_int_equal(rows.count, BUILD_VAR);
    assert_string_equal(um_name(&rows, 2), build_var[2]);
    um_names_clear(&rows);
    double one = 0.0;
    assert_ok(cx, um_h5ad_read_number(cx, path, "uns/unmix_nmf/one", NULL, &one));
    assert_true(one == 1.0);
    assert_nothing_open();
}

static void reads_masks(void **state)
{
    (void)state;
    static const char *const columns[] = {"boolean", "integer", "text", "nullable", "factor"};
    const char *path = build();
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        unsigned char *mask = NULL;
        size_t n = 0;
        assert_ok(cx, um_h5ad_read_mask(cx, path, "var", columns[i], NULL, &mask, &n));
        assert_int_equal(n, BUILD_VAR);
        assert_memory_equal(mask, "\1\0\0\1", BUILD_VAR);
        free(mask);
    }
    double *values = NULL;
    size_t n = 0;
    assert_ok(cx, um_h5ad_read_column(cx, path, "var", "gap", NULL, &values, &n));
    assert_true(values[0] == 1.0 && values[1] == 0.0 && isnan(values[2]));
    free(values);
    assert_nothing_open();
}

static void finds(void **state)
{
    (void)state;
    static const struct {
        const char *place;
        int found;
    } cases[] = {{"X", 1}, {"obsm/X_nmf", 1}, {"obsm/X", 0}, {"varm/NMs", 0}, {"uns/unmix_nmf/loss", 1},
                 {"uns/unmix_nmf/loss/more", 0}, {"obs/_index", 1}};
    const char *path = build();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int found = -1;
        assert_ok(cx, um_h5ad_has(cx, path, cases[i].place, &found));
        assert_int_equal(found, cases[i].found);
    }
    int found = -1;
    assert_refused(cx, um_h5ad_has(cx, um_test_file("no.h5ad", "no"), "X", &found), UNMIX_ERROR_INPUT, "not an HDF5");
    assert_int_equal(found, 0);
    assert_nothing_open();
}

static void refuse_array(const char *path, const char *place, const char *part)
{
    um_numbers numbers = {0};
    assert_refused(cx, um_h5ad_read_array(cx, path, place, "run 'unmix nmf' first", &numbers), UNMIX_ERROR_INPUT, part);
    assert_null(numbers.values);
}

static void refuse_mask(const char *path, const char *column, const char *part)
{
    unsigned char *mask = NULL;
    size_t n = 0;
    assert_refused(cx, um_h5ad_read_mask(cx, path, "var", column, "select genes first", &mask, &n), UNMIX_ERROR_INPUT,
                   part);
    assert_null(mask);
}

static void refuses(void **state)
{
    (void)state;
    const char *path = build();
    um_names names = {0};
    char *text = NULL;
    double number = 0.0, *values = NULL;
    size_t n = 0;
    refuse_array(path, "obsm/NMF", "elements.h5ad: there is no 'obsm/NMF'; 'obsm' has: X_nmf, frame, short; run "
                                   "'unmix nmf' first");
    refuse_array(path, "varm/NMs", "there is no 'varm/NMs'; '/' has: X, obs, obsm, uns, var; run 'unmix nmf' first");
    refuse_array(path, "uns/unmix_nmf/loss/x", "there is no 'uns/unmix_nmf/loss/x'");
    refuse_array(path, "obsm/frame", "'obsm/frame' is not an array of numbers");
    refuse_array(path, "X", "'X' is not an array of numbers");
    refuse_array(path, "uns/unmix_nmf/genes", "is not an array of numbers");
    refuse_array(path, "obsm/short", "'obsm/short' has 2 rows, but 'obs' has 3");
    refuse_mask(path, "hvg", "'var' has no column 'hvg'; there are: boolean, factor, gap, integer, more, nullable, "
                             "text; select genes first");
    refuse_mask(path, "gap", "'var/gap': row 3 is missing");
    refuse_mask(path, "more", "'var/more': row 3 is '2'");
    assert_refused(cx, um_h5ad_read_names(cx, path, "obsm/frame", NULL, &names), UNMIX_ERROR_INPUT,
                   "is not a list of names");
    assert_refused(cx, um_h5ad_read_number(cx, path, "uns/unmix_nmf/loss", NULL, &number), UNMIX_ERROR_INPUT,
                   "is not a single number");
    assert_refused(cx, um_h5ad_read_number(cx, path, "obsm/X_nmf", NULL, &number), UNMIX_ERROR_INPUT,
                   "is not a single number");
    assert_refused(cx, um_h5ad_read_text(cx, path, "uns/unmix_nmf/genes", NULL, &text), UNMIX_ERROR_INPUT,
                   "is not a single text");
    assert_refused(cx, um_h5ad_read_text(cx, path, "uns/unmix_nmf", NULL, &text), UNMIX_ERROR_INPUT,
                   "is not a single text");
    assert_refused(cx, um_h5ad_read_column(cx, path, "var", "text", NULL, &values, &n), UNMIX_ERROR_INPUT, "var/text");
    assert_null(values);
    assert_nothing_open();
}

static void refuses_repeated_names(void **state)
{
    (void)state;
    static const char *const twice[BUILD_OBS] = {"s1", "s2", "s1"};
    assert_ok(cx, um_h5ad_refuse_repeated(cx, build(), "obs"));
    const char *path = build_path("twice.h5ad");
    const hid_t file = build_begin_var(path);
    H5Gclose(build_frame(file, "obs", BUILD_OBS, twice));
    H5Fclose(file);
    assert_refused(cx, um_h5ad_refuse_repeated(cx, path, "obs"), UNMIX_ERROR_INPUT,
                   "twice.h5ad: obs 's1' stands in row 1 and in row 3; ");
    assert_nothing_open();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),   cmocka_unit_test(reads_masks), cmocka_unit_test(finds),
        cmocka_unit_test(refuses), cmocka_unit_test(refuses_repeated_names),
    };
    cx = um_test_context();
    const int result = um_run_group(tests);
    unmix_context_free(cx);
    return result;
}
