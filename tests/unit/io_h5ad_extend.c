/* AnnData files with results in them: everything that was there stays, and what is added reads back. */
#include <time.h>

#include "unit/io_h5ad_addition.h"

static void check_order(const char *path, const char *frame, size_t count, const char *const want[])
{
    const hid_t file = build_ok(H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT));
    const hid_t attribute = build_ok(H5Aopen_by_name(file, frame, "column-order", H5P_DEFAULT, H5P_DEFAULT));
    const hid_t type = build_ok(H5Aget_type(attribute));
    const hid_t space = build_ok(H5Aget_space(attribute));
    char *names[8] = {0};
    assert_int_equal(H5Sget_simple_extent_npoints(space), count);
    build_ok(H5Aread(attribute, type, names));
    for (size_t i = 0; i < count; i++)
        assert_string_equal(names[i], want[i]);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, names);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    H5Fclose(file);
}

static void check_modern(unmix_context *cx, const char *path)
{
    static const char *const obs_order[] = {"score", "type", "counts"}, *const var_order[] = {"highly_variable"};
    const double old = 5.0;
    double *column = NULL;
    size_t n = 0;
    check_added(cx, path);
    assert_reads(path, NULL);
    check_labels(cx, path, "type", labels);
    check_order(path, "obs", 3, obs_order);
    check_order(path, "var", 1, var_order);
    check_array(cx, path, "uns/old", 1, 1, &old);
    check_array(cx, path, "unknown/deep", 1, 1, &old);
    check_array(cx, path, "obsm/X_pca", BUILD_OBS, 2, usages);
    assert_ok(cx, um_h5ad_read_column(cx, path, "obs", "counts", NULL, &column, &n));
    assert_memory_equal(column, counts, sizeof counts);
    free(column);
    const hid_t file = build_ok(H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT));
    H5L_info_t link;
    build_ok(H5Lget_info(file, "soft", &link, H5P_DEFAULT));
    assert_int_equal(link.type, H5L_TYPE_SOFT);
    assert_true(H5Aexists(file, "creator") > 0);
    assert_true(H5Aexists_by_name(file, "obs", "mine", H5P_DEFAULT) > 0);
    assert_true(H5Aexists_by_name(file, "unknown", "encoding-type", H5P_DEFAULT) > 0);
    const hid_t deep = build_ok(H5Dopen2(file, "unknown/deep", H5P_DEFAULT));
    const hid_t type = build_ok(H5Dget_type(deep));
    assert_true(H5Tequal(type, H5T_IEEE_F64BE) > 0);
    H5Tclose(type);
    H5Dclose(deep);
    H5Fclose(file);
    assert_nothing_open();
}

static void everything_stays(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const char *input = build_modern("modern.h5ad"), *output = build_path("modern_out.h5ad");
    assert_ok(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0));
    assert_nothing_open();
    check_modern(cx, output);
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_EXISTS, "exists already");
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, input, 0), UNMIX_ERROR_EXISTS, "is the input");
    assert_ok(cx, um_h5ad_extend(cx, input, &a.annotated, input, 1));
    check_modern(cx, input);
    assert_ok(cx, um_h5ad_extend(cx, input, &a.annotated, output, 1)); /* again: replaced, not doubled */
    check_modern(cx, output);
    clear(&a);
    unmix_context_free(cx);
}

/* Nothing is added: a plain copy. A file without varm or uns gets them only with members. */
static void adds_nothing(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const um_annotated none = {.obs = &a.obs, .var = &a.var};
    const char *input = build_modern("none.h5ad"), *output = build_path("none_out.h5ad");
    assert_ok(cx, um_h5ad_extend(cx, input, &none, output, 0));
    assert_reads(output, NULL);
    int found = 1;
    assert_ok(cx, um_h5ad_has(cx, output, "obsm/X_nmf", &found));
    assert_int_equal(found, 0);
    assert_ok(cx, um_h5ad_has(cx, output, "obsm/X_pca", &found));
    assert_int_equal(found, 1);
    clear(&a);
    unmix_context_free(cx);
}

/* A layer beside those there are. */
static void adds_a_layer(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    um_matrix fitted = {.rows = a.obs, .columns = a.var, .values = (double *)(uintptr_t)build_x};
    const um_layer layer = {"fitted", &fitted, NULL};
    const um_annotated added = {.obs = &a.obs, .var = &a.var, .layers = &layer, .n_layers = 1};
    const char *input = build_path("layers.h5ad"), *output = build_path("layers_out.h5ad");
    const hid_t file = build_begin(input);
    const hid_t layers = build_group(file, "layers", "dict");
    build_csr(layers, "counts");
    build_dense(layers, "fitted", H5T_IEEE_F32LE, 1, 1, build_x); /* is replaced */
    H5Gclose(layers);
    H5Fclose(file);
    assert_ok(cx, um_h5ad_extend(cx, input, &added, output, 0));
    assert_reads(output, "counts");
    assert_reads(output, "fitted");
    clear(&a);
    unmix_context_free(cx);
}

/* anndata 0.12 with nullable text: a frame in obsm must have the same kind of index as obs. */
static void frames_take_the_index(void **state)
{
    (void)state;
    static double numbers[BUILD_OBS] = {1, 2, 3};
    const int8_t none[BUILD_OBS] = {0};
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    um_matrix matrix = {.rows = a.obs, .values = numbers};
    add(cx, &matrix.columns, "p");
    const um_entry frame = um_entry_frame("frame", &matrix);
    a.annotated.obsm = &frame;
    const char *input = build_path("nullable.h5ad"), *output = build_path("nullable_out.h5ad");
    const hid_t file = build_begin_var(input), obs = build_group(file, "obs", "dataframe");
    const hid_t index = build_group(obs, "cell", "nullable-string-array");
    build_attribute(obs, "_index", "cell");
    build_strings(index, "values", BUILD_OBS, build_obs, 0);
    build_booleans(index, "mask", BUILD_OBS, none);
    H5Gclose(index);
    H5Gclose(obs);
    H5Fclose(file);
    assert_ok(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0));
    um_names rows = {0};
    assert_ok(cx, um_h5ad_row_names(cx, output, "obsm/frame", &rows));
    assert_int_equal(rows.count, BUILD_OBS);
    assert_string_equal(um_name(&rows, 2), "s3");
    um_names_clear(&rows);
    int found = 0;
    assert_ok(cx, um_h5ad_has(cx, output, "obsm/frame/_index/mask", &found));
    assert_int_equal(found, 1);
    um_names_clear(&matrix.columns);
    clear(&a);
    unmix_context_free(cx);
}

/* ---- A filter that is not there ---- */

static size_t pass(unsigned flags, size_t n_values, const unsigned *values, size_t length, size_t *size, void **buffer)
{
    (void)flags, (void)n_values, (void)values, (void)size;
    for (size_t i = 0; i < length; i++)
        ((unsigned char *)*buffer)[i] ^= 0x55;
    return length;
}

/* Chunks are copied as they are: who has the filter can read them in the copy. */
static void unknown_filters_do_not_matter(void **state)
{
    (void)state;
    enum { FILTER = 32001 };
    static const H5Z_class2_t filter = {.version = H5Z_CLASS_T_VERS, .id = FILTER, .encoder_present = 1,
                                        .decoder_present = 1, .name = "test", .filter = pass};
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const char *input = build_path("filter.h5ad"), *output = build_path("filter_out.h5ad");
    const hsize_t extent[2] = {BUILD_OBS, BUILD_VAR};
    const hid_t plist = build_ok(H5Pcreate(H5P_DATASET_CREATE));
    build_ok(H5Zregister(&filter));
    build_ok(H5Pset_chunk(plist, 2, extent));
    build_ok(H5Pset_filter(plist, FILTER, H5Z_FLAG_MANDATORY, 0, NULL));
    const hid_t file = build_begin(input);
    H5Dclose(build_dataset(file, "X", H5T_IEEE_F64LE, 2, extent, H5T_NATIVE_DOUBLE, build_x, plist));
    H5Pclose(plist);
    H5Fclose(file);
    build_ok(H5Zunregister(FILTER));
    assert_read_refused(input, NULL, "filter 32001");
    assert_ok(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0));
    check_added(cx, output);
    assert_read_refused(output, NULL, "filter 32001");
    build_ok(H5Zregister(&filter));
    assert_reads(output, NULL);
    build_ok(H5Zunregister(FILTER));
    clear(&a);
    unmix_context_free(cx);
}

/* ---- anndata 0.7: codes refer to categories that lie in the frame ---- */

static void build_reference(hid_t frame, const char *column, const char *place)
{
    hobj_ref_t reference;
    build_ok(H5Rcreate(&reference, frame, place, H5R_OBJECT, -1));
    const hid_t dataset = build_ok(H5Dopen2(frame, column, H5P_DEFAULT));
    const hid_t space = build_ok(H5Screate(H5S_SCALAR));
    const hid_t attribute =
        build_ok(H5Acreate2(dataset, "categories", H5T_STD_REF_OBJ, space, H5P_DEFAULT, H5P_DEFAULT));
    build_ok(H5Awrite(attribute, H5T_STD_REF_OBJ, &reference));
    H5Aclose(attribute);
    H5Sclose(space);
    H5Dclose(dataset);
}

static void build_old_frame(hid_t parent, const char *name)
{
    const hid_t frame = build_frame(parent, name, BUILD_OBS, build_obs);
    const hid_t categories = build_group(frame, "__categories", NULL);
    build_strings(categories, "Type", 2, types, 0);
    build_strings(categories, "score", 2, types, 0);
    H5Gclose(categories);
    build_integers(frame, "Type", H5T_STD_I8LE, BUILD_OBS, codes);
    build_integers(frame, "score", H5T_STD_I8LE, BUILD_OBS, codes);
    build_reference(frame, "Type", "__categories/Type");
    build_reference(frame, "score", "__categories/score");
    H5Gclose(frame);
}

/* The name of what the attribute refers to. */
static void check_reference(const char *path, const char *column, const char *want)
{
    const hid_t file = build_ok(H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT));
    const hid_t attribute = build_ok(H5Aopen_by_name(file, column, "categories", H5P_DEFAULT, H5P_DEFAULT));
    hobj_ref_t reference = 0;
    build_ok(H5Aread(attribute, H5T_STD_REF_OBJ, &reference));
    char name[100] = "";
    assert_true(H5Rget_name(file, H5R_OBJECT, &reference, name, sizeof name) > 0);
    assert_string_equal(name, want);
    H5Aclose(attribute);
    H5Fclose(file);
}

static void references_lead_into_the_copy(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const char *input = build_path("old.h5ad"), *output = build_path("old_out.h5ad");
    const hid_t file = build_begin_var(input);
    build_csr(file, "X");
    build_old_frame(file, "obs");
    const hid_t obsm = build_group(file, "obsm", NULL);
    build_old_frame(obsm, "frame"); /* copied whole */
    H5Gclose(obsm);
    H5Fclose(file);
    assert_ok(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0));
    check_added(cx, output);
    check_labels(cx, output, "Type", labels);
    check_reference(output, "obs/Type", "/obs/__categories/Type");
    check_reference(output, "obsm/frame/Type", "/obsm/frame/__categories/Type");
    check_reference(output, "obsm/frame/score", "/obsm/frame/__categories/score");
    int found = 1; /* the categories of a column that is replaced go with it */
    assert_ok(cx, um_h5ad_has(cx, output, "obs/__categories/score", &found));
    assert_int_equal(found, 0);

    a.annotated.n_obs_columns = 0; /* obs is copied whole, too */
    assert_ok(cx, um_h5ad_extend(cx, input, &a.annotated, output, 1));
    check_labels(cx, output, "score", labels);
    check_reference(output, "obs/score", "/obs/__categories/score");
    clear(&a);
    unmix_context_free(cx);
}

/* ---- Before anndata 0.7: records ---- */

typedef struct old_obs {
    char index[8];
    int8_t type;
    int8_t batch;
    float counts;
    double score;
} old_obs;

static void build_records(hid_t file)
{
    const old_obs rows[BUILD_OBS] = {{"s1", 1, 7, 3, 9}, {"s2", 0, 8, 3, 9}, {"s3", 1, 9, 15, 9}};
    const hsize_t n_obs = BUILD_OBS, two = 2;
    const hid_t text = build_text_type(8);
    const hid_t type = build_ok(H5Tcreate(H5T_COMPOUND, sizeof(old_obs)));
    build_ok(H5Tinsert(type, "index", HOFFSET(old_obs, index), text));
    build_ok(H5Tinsert(type, "type", HOFFSET(old_obs, type), H5T_NATIVE_INT8));
    build_ok(H5Tinsert(type, "batch", HOFFSET(old_obs, batch), H5T_NATIVE_INT8));
    build_ok(H5Tinsert(type, "counts", HOFFSET(old_obs, counts), H5T_NATIVE_FLOAT));
    build_ok(H5Tinsert(type, "score", HOFFSET(old_obs, score), H5T_NATIVE_DOUBLE));
    H5Dclose(build_dataset(file, "obs", type, 1, &n_obs, type, rows, H5P_DEFAULT));
    const hid_t pair = build_ok(H5Tarray_create2(H5T_NATIVE_DOUBLE, 1, &two));
    const hid_t mapping = build_ok(H5Tcreate(H5T_COMPOUND, sizeof(double[2])));
    build_ok(H5Tinsert(mapping, "X_pca", 0, pair));
    H5Dclose(build_dataset(file, "obsm", mapping, 1, &n_obs, mapping, usages, H5P_DEFAULT));
    H5Tclose(mapping);
    H5Tclose(pair);
    H5Tclose(type);
    H5Tclose(text);
    const hid_t uns = build_group(file, "uns", NULL);
    build_strings(uns, "type_categories", 2, types, 4);
    build_strings(uns, "batch_categories", 2, types, 4); /* of something else: the codes are larger */
    H5Gclose(uns);
}

static void records_become_groups(void **state)
{
    (void)state;
    static const char *const order[] = {"type", "batch", "counts", "score"}, *const batches[] = {"7", "8", "9"};
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const char *input = build_path("records.h5ad"), *output = build_path("records_out.h5ad");
    const hid_t file = build_begin_var(input);
    build_csr(file, "X");
    build_records(file);
    H5Fclose(file);
    assert_ok(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0));
    check_added(cx, output);
    assert_reads(output, NULL);
    check_labels(cx, output, "type", labels);
    check_labels(cx, output, "batch", batches);
    check_order(output, "obs", 4, order);
    check_array(cx, output, "obsm/X_pca", BUILD_OBS, 2, usages);
    double *column = NULL;
    size_t n = 0;
    assert_ok(cx, um_h5ad_read_column(cx, output, "obs", "counts", NULL, &column, &n));
    assert_memory_equal(column, counts, sizeof counts);
    free(column);
    int found = 1; /* now in the column; anndata would apply them again */
    assert_ok(cx, um_h5ad_has(cx, output, "uns/type_categories", &found));
    assert_int_equal(found, 0);
    assert_ok(cx, um_h5ad_has(cx, output, "uns/batch_categories", &found));
    assert_int_equal(found, 1);
    clear(&a);
    unmix_context_free(cx);
}

/* ---- The same input gives the same file ---- */

static void assert_same_files(const char *a, const char *b)
{
    FILE *files[2] = {fopen(a, "rb"), fopen(b, "rb")};
    assert_non_null(files[0]);
    assert_non_null(files[1]);
    int x, y;
    do {
        x = fgetc(files[0]);
        y = fgetc(files[1]);
        assert_int_equal(x, y);
    } while (x != EOF);
    (void)fclose(files[0]);
    (void)fclose(files[1]);
}

/* Files of the newest format hold the time of every change: more than a second lies between the two copies. */
static void same_bytes(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const char *input = build_path("latest.h5ad");
    const char *outputs[2] = {build_path("latest_1.h5ad"), build_path("latest_2.h5ad")};
    const hid_t access = build_ok(H5Pcreate(H5P_FILE_ACCESS));
    build_ok(H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST));
    const hid_t file = build_ok(H5Fcreate(input, H5F_ACC_TRUNC, H5P_DEFAULT, access));
    build_into(file);
    H5Fclose(file);
    H5Pclose(access);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(cx, um_h5ad_extend(cx, input, &a.annotated, outputs[i], 0));
        if (!i)
            (void)nanosleep(&(struct timespec){1, 200000000}, NULL);
    }
    check_modern(cx, outputs[0]);
    assert_same_files(outputs[0], outputs[1]);
    clear(&a);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_stays),
        cmocka_unit_test(adds_nothing),
        cmocka_unit_test(adds_a_layer),
        cmocka_unit_test(frames_take_the_index),
        cmocka_unit_test(unknown_filters_do_not_matter),
        cmocka_unit_test(references_lead_into_the_copy),
        cmocka_unit_test(records_become_groups),
        cmocka_unit_test(same_bytes),
    };
    return um_run_group(tests);
}
