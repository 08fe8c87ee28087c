/* AnnData files with results in them: everything that was there stays, what is added reads back, nothing half is left. */
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "io/h5ad_element.h"
#include "io/h5ad_extend.h"
#include "unit/io_h5ad_build.h"

#define K 2

/* What is added everywhere here: columns, arrays, a dictionary. */
static const double usages[BUILD_OBS * K] = {0.5, -1, 2, 0.25, 0, 7};
static const double programs[BUILD_VAR * K] = {1, 2, 3, 4, 5, 6, 7, 8};
static const double scores[BUILD_OBS] = {-1.5, 0, 2.5};
static const double variable[BUILD_VAR] = {1, 0, 0, 1};
static const double history[3] = {3, 2, 1.5};

typedef struct addition {
    um_names obs, var, genes;
    um_column obs_column, var_column;
    um_entry obsm, varm, run[3], uns[2];
    um_annotated annotated;
} addition;

static void add(unmix_context *cx, um_names *names, const char *text)
{
    assert_ok(cx, um_names_add(cx, names, text, strlen(text)));
}

static void make(unmix_context *cx, addition *a)
{
    *a = (addition){0};
    for (size_t i = 0; i < BUILD_OBS; i++)
        add(cx, &a->obs, build_obs[i]);
    for (size_t i = 0; i < BUILD_VAR; i++)
        add(cx, &a->var, build_var[i]);
    add(cx, &a->genes, "LYZ");
    a->obs_column = (um_column){"score", UM_REAL, scores, NULL};
    a->var_column = (um_column){"highly_variable", UM_BOOLEAN, variable, NULL};
    a->obsm = um_entry_array("X_nmf", BUILD_OBS, K, usages);
    a->varm = um_entry_array("NMs", BUILD_VAR, K, programs);
    a->run[0] = um_entry_text("loss", "kl");
    a->run[1] = um_entry_array("history", 3, 0, history);
    a->run[2] = um_entry_names("genes", &a->genes);
    a->uns[0] = um_entry_tree("unmix_nmf", a->run, 3);
    a->uns[1] = um_entry_number("k", UM_INTEGER, K);
    a->annotated = (um_annotated){.obs = &a->obs,
                                  .var = &a->var,
                                  .obs_columns = &a->obs_column,
                                  .n_obs_columns = 1,
                                  .var_columns = &a->var_column,
                                  .n_var_columns = 1,
                                  .obsm = &a->obsm,
                                  .n_obsm = 1,
                                  .varm = &a->varm,
                                  .n_varm = 1,
                                  .uns = a->uns,
                                  .n_uns = 2};
}

static void clear(addition *a)
{
    um_names_clear(&a->obs);
    um_names_clear(&a->var);
    um_names_clear(&a->genes);
}

static void check_array(unmix_context *cx, const char *path, const char *place, size_t rows, size_t columns,
                        const double *values)
{
    um_numbers got = {0};
    assert_ok(cx, um_h5ad_read_array(cx, path, place, NULL, &got));
    assert_int_equal(got.rows, rows);
    assert_int_equal(got.columns, columns);
    assert_memory_equal(got.values, values, rows * columns * sizeof *values);
    um_numbers_clear(&got);
}

static void check_added(unmix_context *cx, const char *path)
{
    double *column = NULL, number = 0.0;
    unsigned char *mask = NULL;
    char *text = NULL;
    size_t n = 0;
    um_names genes = {0};
    check_array(cx, path, "obsm/X_nmf", BUILD_OBS, K, usages);
    check_array(cx, path, "varm/NMs", BUILD_VAR, K, programs);
    check_array(cx, path, "uns/unmix_nmf/history", 3, 1, history);
    assert_ok(cx, um_h5ad_read_column(cx, path, "obs", "score", NULL, &column, &n));
    assert_int_equal(n, BUILD_OBS);
    assert_memory_equal(column, scores, sizeof scores);
    free(column);
    assert_ok(cx, um_h5ad_read_mask(cx, path, "var", "highly_variable", NULL, &mask, &n));
    assert_int_equal(n, BUILD_VAR);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(mask[i], variable[i] != 0.0);
    free(mask);
    assert_ok(cx, um_h5ad_read_text(cx, path, "uns/unmix_nmf/loss", NULL, &text));
    assert_string_equal(text, "kl");
    free(text);
    assert_ok(cx, um_h5ad_read_number(cx, path, "uns/k", NULL, &number));
    assert_true(number == K);
    assert_ok(cx, um_h5ad_read_names(cx, path, "uns/unmix_nmf/genes", NULL, &genes));
    assert_int_equal(genes.count, 1);
    assert_string_equal(um_name(&genes, 0), "LYZ");
    um_names_clear(&genes);
    assert_nothing_open();
}

static void check_labels(unmix_context *cx, const char *path, const char *column, const char *const want[BUILD_OBS])
{
    um_names levels = {0};
    int64_t *level = NULL;
    size_t n = 0;
    assert_ok(cx, um_h5ad_labels(cx, path, column, &levels, &level, &n));
    assert_int_equal(n, BUILD_OBS);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(um_name(&levels, (size_t)level[i]), want[i]);
    free(level);
    um_names_clear(&levels);
}

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

/* ---- Files to extend ---- */

static void build_order(hid_t frame, size_t count, const char *const names[])
{
    const hid_t type = build_text_type(0);
    const hsize_t extent = count;
    const hid_t space = build_ok(H5Screate_simple(1, &extent, NULL));
    const hid_t attribute = build_ok(H5Acreate2(frame, "column-order", type, space, H5P_DEFAULT, H5P_DEFAULT));
    build_ok(H5Awrite(attribute, type, names));
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static const int64_t codes[BUILD_OBS] = {1, 0, 1};
static const char *const types[2] = {"T", "NK"};
static const char *const labels[BUILD_OBS] = {"NK", "T", "NK"};
static const double old_scores[BUILD_OBS] = {9, 9, 9};
static const double counts[BUILD_OBS] = {3, 3, 15};

static void build_obs_columns(hid_t obs)
{
    const char *const order[] = {"score", "type", "counts"};
    const hid_t type = build_group(obs, "type", "categorical");
    build_integers(type, "codes", H5T_STD_I8LE, BUILD_OBS, codes);
    build_strings(type, "categories", 2, types, 0);
    H5Gclose(type);
    build_doubles(obs, "score", H5T_IEEE_F64LE, BUILD_OBS, old_scores);
    build_doubles(obs, "counts", H5T_IEEE_F32LE, BUILD_OBS, counts);
    build_attribute(obs, "mine", "kept");
    build_order(obs, 3, order);
}

/* Today's encoding, and things that nobody knows. */
static void build_into(hid_t file)
{
    const double old = 5.0;
    build_attribute(file, "encoding-type", "anndata");
    build_attribute(file, "creator", "somebody");
    const hid_t obs = build_frame(file, "obs", BUILD_OBS, build_obs);
    build_obs_columns(obs);
    H5Gclose(obs);
    H5Gclose(build_frame(file, "var", BUILD_VAR, build_var));
    build_csr(file, "X");
    const hid_t uns = build_group(file, "uns", "dict");
    build_doubles(uns, "old", H5T_IEEE_F64LE, 1, &old);
    build_doubles(uns, "k", H5T_IEEE_F64LE, 1, &old);
    H5Gclose(uns);
    const hid_t obsm = build_group(file, "obsm", "dict");
    build_dense(obsm, "X_pca", H5T_IEEE_F32LE, BUILD_OBS, 2, usages);
    H5Gclose(obsm);
    const hid_t unknown = build_group(file, "unknown", "something-else");
    build_doubles(unknown, "deep", H5T_IEEE_F64BE, 1, &old);
    H5Gclose(unknown);
    build_ok(H5Lcreate_soft("/X", file, "soft", H5P_DEFAULT, H5P_DEFAULT));
}

static const char *build_modern(const char *name)
{
    const char *path = build_path(name);
    const hid_t file = build_file(path);
    build_into(file);
    H5Fclose(file);
    return path;
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
    clear(&a);
    unmix_context_free(cx);
}

/* ---- Before anndata 0.7: records ---- */

typedef struct old_obs {
    char index[8];
    int8_t type;
    float counts;
    double score;
} old_obs;

static void build_records(hid_t file)
{
    const old_obs rows[BUILD_OBS] = {{"s1", 1, 3, 9}, {"s2", 0, 3, 9}, {"s3", 1, 15, 9}};
    const hsize_t n_obs = BUILD_OBS, two = 2;
    const hid_t text = build_text_type(8);
    const hid_t type = build_ok(H5Tcreate(H5T_COMPOUND, sizeof(old_obs)));
    build_ok(H5Tinsert(type, "index", HOFFSET(old_obs, index), text));
    build_ok(H5Tinsert(type, "type", HOFFSET(old_obs, type), H5T_NATIVE_INT8));
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
    build_strings(uns, "other_categories", 2, types, 4);
    H5Gclose(uns);
}

static void records_become_groups(void **state)
{
    (void)state;
    static const char *const order[] = {"type", "counts", "score"};
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
    check_order(output, "obs", 3, order);
    check_array(cx, output, "obsm/X_pca", BUILD_OBS, 2, usages);
    double *column = NULL;
    size_t n = 0;
    assert_ok(cx, um_h5ad_read_column(cx, output, "obs", "counts", NULL, &column, &n));
    assert_memory_equal(column, counts, sizeof counts);
    free(column);
    int found = 1; /* now in the column; anndata would apply them again */
    assert_ok(cx, um_h5ad_has(cx, output, "uns/type_categories", &found));
    assert_int_equal(found, 0);
    assert_ok(cx, um_h5ad_has(cx, output, "uns/other_categories", &found));
    assert_int_equal(found, 1);
    clear(&a);
    unmix_context_free(cx);
}

/* ---- Refusals and failures ---- */

static size_t files_named(const char *part)
{
    DIR *folder = opendir(um_test_folder());
    assert_non_null(folder);
    size_t count = 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += strstr(entry->d_name, part) != NULL;
    (void)closedir(folder);
    return count;
}

static void refuses(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const char *input = build_modern("refuse.h5ad"), *output = build_path("no_file.h5ad");
    a.obs_column.name = "_index";
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INPUT,
                   "refuse.h5ad: the index of 'obs' is called '_index'");
    a.obs_column.name = "a/b";
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INTERNAL, "'a/b'");
    a.obs_column.name = "score";
    a.obsm.rows = BUILD_OBS - 1;
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INTERNAL, "'X_nmf' has 2 rows");
    a.obsm.rows = BUILD_OBS;
    um_names_clear(&a.obs);
    add(cx, &a.obs, "s1");
    add(cx, &a.obs, "x2");
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INPUT, "'obs' has 3 rows now, 2");
    add(cx, &a.obs, "s3");
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INPUT,
                   "row 2 of 'obs' is 's2' now, 'x2' before");
    assert_refused(cx, um_h5ad_extend(cx, um_test_file("no.h5ad", "no"), &a.annotated, output, 0), UNMIX_ERROR_INPUT,
                   "not an HDF5 file");
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, "/no/such/folder/x.h5ad", 0), UNMIX_ERROR_WRITE,
                   "does not exist");
    assert_int_equal(files_named("no_file"), 0);
    assert_nothing_open();
    clear(&a);
    unmix_context_free(cx);
}

static int stop(void *payload, const char *stage, double fraction)
{
    (void)fraction;
    return strstr(stage, payload) != NULL;
}

static void interrupted(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    char name[] = "stopped.h5ad";
    addition a;
    make(cx, &a);
    const char *input = build_modern("go.h5ad");
    unmix_set_progress(cx, stop, name);
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, build_path(name), 0), UNMIX_ERROR_INTERRUPTED,
                   "interrupted while writing");
    assert_int_equal(files_named(name), 0);
    assert_nothing_open();
    clear(&a);
    unmix_context_free(cx);
}

/* X of 96 MiB: HDF5 copies it in one call, in which the disk below asks whether to go on. */
static int stop_later(void *payload, const char *stage, double fraction)
{
    (void)payload;
    return strstr(stage, "writing") && fraction > 0.2 && fraction < 0.8;
}

static void interrupted_within_x(void **state)
{
    (void)state;
    enum { WIDE = (96 << 20) / (BUILD_OBS * 8) };
    unmix_context *cx = um_test_context();
    const char *input = build_path("wide.h5ad"), *output = build_path("stopped_wide.h5ad");
    const hid_t file = build_begin(input);
    double *values = calloc((size_t)BUILD_OBS * WIDE, sizeof *values);
    assert_non_null(values);
    build_dense(file, "X", H5T_IEEE_F64LE, BUILD_OBS, WIDE, values);
    free(values);
    H5Fclose(file);
    addition a;
    make(cx, &a);
    unmix_set_progress(cx, stop_later, NULL);
    assert_refused(cx, um_h5ad_extend(cx, input, &a.annotated, output, 0), UNMIX_ERROR_INTERRUPTED, "interrupted");
    assert_int_equal(files_named("stopped_wide"), 0);
    assert_nothing_open();
    assert_int_equal(remove(input), 0);
    clear(&a);
    unmix_context_free(cx);
}

/* A file size limit fails a write as a full disk does. */
static void full_disk(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    addition a;
    make(cx, &a);
    const char *input = build_modern("large.h5ad");
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    for (rlim_t size = 0; size < 15000; size += 5000) {
        const struct rlimit small = {size, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        const unmix_status status = um_h5ad_extend(cx, input, &a.annotated, build_path("full.h5ad"), 0);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_refused(cx, status, UNMIX_ERROR_WRITE, "full.h5ad: cannot be written: File too large");
        assert_int_equal(files_named("full.h5ad"), 0);
        assert_nothing_open();
    }
    (void)signal(SIGXFSZ, old);
    clear(&a);
    unmix_context_free(cx);
}

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

/* ---- Other data as AnnData ---- */

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_stays),
        cmocka_unit_test(adds_nothing),
        cmocka_unit_test(references_lead_into_the_copy),
        cmocka_unit_test(records_become_groups),
        cmocka_unit_test(refuses),
        cmocka_unit_test(interrupted),
        cmocka_unit_test(interrupted_within_x),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(creates_in_the_smallest_type),
    };
    return um_run_group(tests);
}
