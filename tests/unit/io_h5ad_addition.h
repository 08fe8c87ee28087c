/* What the tests of files with results in them share: a result, a file to put it into, and checks of both. */
#ifndef UM_IO_H5AD_ADDITION_H
#define UM_IO_H5AD_ADDITION_H

#include <dirent.h>

#include "io/anndata/h5ad_element.h"
#include "io/anndata/h5ad_extend.h"
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

static inline void add(unmix_context *cx, um_names *names, const char *text)
{
    assert_ok(cx, um_names_add(cx, names, text, strlen(text)));
}

static inline void make(unmix_context *cx, addition *a)
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

static inline void clear(addition *a)
{
    um_names_clear(&a->obs);
    um_names_clear(&a->var);
    um_names_clear(&a->genes);
}

static inline void check_array(unmix_context *cx, const char *path, const char *place, size_t rows, size_t columns,
                        const double *values)
{
    um_numbers got = {0};
    assert_ok(cx, um_h5ad_read_array(cx, path, place, NULL, &got));
    assert_int_equal(got.rows, rows);
    assert_int_equal(got.columns, columns);
    assert_memory_equal(got.values, values, rows * columns * sizeof *values);
    um_numbers_clear(&got);
}

static inline void check_added(unmix_context *cx, const char *path)
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

static inline void check_labels(unmix_context *cx, const char *path, const char *column,
                                const char *const want[BUILD_OBS])
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

/* ---- A file to extend ---- */

static inline void build_order(hid_t frame, size_t count, const char *const names[])
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

static inline void build_obs_columns(hid_t obs)
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
static inline void build_into(hid_t file)
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

static inline const char *build_modern(const char *name)
{
    const char *path = build_path(name);
    const hid_t file = build_file(path);
    build_into(file);
    H5Fclose(file);
    return path;
}

static inline size_t files_named(const char *part)
{
    DIR *folder = opendir(um_test_folder());
    assert_non_null(folder);
    size_t count = 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += strstr(entry->d_name, part) != NULL;
    (void)closedir(folder);
    return count;
}

#endif
