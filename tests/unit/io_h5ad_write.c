/* Writing AnnData: what is written reads back equal, the same content gives the same bytes, nothing half is left. */
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "core/source.h"
#include "io/anndata/h5ad.h"
#include "io/files/output.h"
#include "io/files/readable.h"
#include "unit/io_h5ad_build.h"

#define MANY 3000 /* observations in the large result: enough for the compressed, chunked layout */

typedef struct result {
    um_names obs, var, text;
    um_matrix proportions, layer;
    double *number;
    um_column obs_columns[4];
    um_column var_column;
    um_entry obsm;
    um_layer layers;
    um_entry run[4];
    um_entry uns;
    um_annotated annotated;
} result;

static void add(unmix_context *cx, um_names *names, const char *text)
{
    assert_ok(cx, um_names_add(cx, names, text, strlen(text)));
}

static void fill_matrix(unmix_context *cx, um_matrix *matrix, const um_names *rows, const um_names *columns)
{
    assert_ok(cx, um_names_copy(cx, &matrix->rows, rows));
    if (columns)
        assert_ok(cx, um_names_copy(cx, &matrix->columns, columns));
    assert_ok(cx, um_matrix_allocate(cx, matrix));
    for (size_t i = 0; i < matrix->rows.count * matrix->columns.count; i++)
        matrix->values[i] = (double)(i % 97) / 7.0;
}

static void make(unmix_context *cx, result *r, size_t n_obs)
{
    *r = (result){0};
    for (size_t i = 0; i < n_obs; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "sample %zu", i);
        add(cx, &r->obs, name);
        add(cx, &r->text, i % 2 ? "odd" : "even");
    }
    for (size_t i = 0; i < BUILD_VAR; i++)
        add(cx, &r->var, build_var[i]);
    add(cx, &r->proportions.columns, "B");
    add(cx, &r->proportions.columns, "Mono/Mac"); /* not possible as a member of a group */
    add(cx, &r->proportions.columns, "Mono_Mac"); /* the obvious replacement is taken */
    fill_matrix(cx, &r->proportions, &r->obs, NULL);
    fill_matrix(cx, &r->layer, &r->obs, &r->var);
    r->number = calloc(n_obs + BUILD_VAR, sizeof *r->number);
    assert_non_null(r->number);
    for (size_t i = 0; i < n_obs; i++)
        r->number[i] = (double)(i % 2);
    r->proportions.values[0] = NAN;
    r->obs_columns[0] = (um_column){"gap", UM_REAL, r->number, NULL};
    r->obs_columns[1] = (um_column){"iterations", UM_INTEGER, r->number, NULL};
    r->obs_columns[2] = (um_column){"converged", UM_BOOLEAN, r->number, NULL};
    r->obs_columns[3] = (um_column){"parity", UM_TEXT, NULL, &r->text};
    r->var_column = (um_column){"length", UM_REAL, r->number, NULL};
    r->obsm = um_entry_frame("proportions", &r->proportions);
    r->layers = (um_layer){"predicted", &r->layer, NULL};
    r->run[0] = um_entry_text("version", "0.1.0");
    r->run[1] = um_entry_number("seed", UM_INTEGER, 42.0);
    r->run[2] = um_entry_number("tolerance", UM_REAL, 1e-6);
    r->run[3] = um_entry_number("intercept", UM_BOOLEAN, 1.0);
    r->uns = um_entry_tree("unmix", r->run, 4);
    r->annotated = (um_annotated){.obs = &r->obs,
                                  .var = &r->var,
                                  .obs_columns = r->obs_columns,
                                  .n_obs_columns = 4,
                                  .var_columns = &r->var_column,
                                  .n_var_columns = n_obs < BUILD_VAR ? 0 : 1,
                                  .obsm = &r->obsm,
                                  .n_obsm = 1,
                                  .layers = &r->layers,
                                  .n_layers = 1,
                                  .uns = &r->uns,
                                  .n_uns = 1};
}

static void clear(result *r)
{
    um_names_clear(&r->obs);
    um_names_clear(&r->var);
    um_names_clear(&r->text);
    um_matrix_clear(&r->proportions);
    um_matrix_clear(&r->layer);
    free(r->number);
}

static void check_contents(unmix_context *cx, const char *path, const result *r)
{
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read_obsm(cx, path, "proportions", &matrix));
    assert_int_equal(matrix.columns.count, 3);
    assert_int_equal(matrix.rows.count, r->obs.count);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(um_name(&matrix.columns, i), um_name(&r->proportions.columns, i));
    assert_string_equal(um_name(&matrix.rows, 1), "sample 1");
    assert_true(isnan(matrix.values[0]));
    assert_memory_equal(matrix.values + 1, r->proportions.values + 1, (r->obs.count * 3 - 1) * sizeof(double));
    um_matrix_clear(&matrix);

    assert_ok(cx, um_h5ad_read(cx, path, "predicted", &matrix)); /* variables are the rows here */
    for (size_t o = 0; o < r->obs.count; o++)
        for (size_t v = 0; v < BUILD_VAR; v++)
            assert_true(um_row(&matrix, v)[o] == um_row(&r->layer, o)[v]);
    um_matrix_clear(&matrix);

    const char *const columns[] = {"iterations", "converged", "parity"};
    const char *const second[] = {"1", "True", "odd"};
    for (size_t i = 0; i < 3; i++) {
        um_names levels = {0};
        int64_t *level = NULL;
        size_t n = 0;
        assert_ok(cx, um_h5ad_labels(cx, path, columns[i], &levels, &level, &n));
        assert_int_equal(n, r->obs.count);
        assert_string_equal(um_name(&levels, (size_t)level[1]), second[i]);
        free(level);
        um_names_clear(&levels);
    }
    assert_refused(cx, um_h5ad_read(cx, path, NULL, &matrix), UNMIX_ERROR_INPUT, "no 'X'; layers: predicted");
}

static void round_trip(void **state)
{
    (void)state;
    const size_t sizes[] = {2, MANY};
    for (size_t i = 0; i < 2; i++) {
        unmix_context *cx = um_test_context();
        result r;
        make(cx, &r, sizes[i]);
        const char *path = build_path(i ? "large.h5ad" : "small.h5ad");
        assert_ok(cx, um_h5ad_write(cx, &r.annotated, path, 0));
        assert_true(um_is_hdf5(path));
        assert_non_null(strstr(um_test_log(), "'Mono/Mac' is stored as 'Mono_Mac_'"));
        assert_nothing_open();
        check_contents(cx, path, &r);
        assert_nothing_open();
        assert_refused(cx, um_h5ad_write(cx, &r.annotated, path, 0), UNMIX_ERROR_EXISTS, path);
        assert_ok(cx, um_h5ad_write(cx, &r.annotated, path, 1));
        clear(&r);
        unmix_context_free(cx);
    }
}

static size_t read_bytes(const char *path, char **bytes)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    rewind(file);
    *bytes = malloc((size_t)size);
    assert_non_null(*bytes);
    assert_int_equal(fread(*bytes, 1, (size_t)size, file), (size_t)size);
    (void)fclose(file);
    return (size_t)size;
}

/* HDF5 stamps objects with the time in seconds by default: more than a second lies between the two files. */
static void same_bytes(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    char *bytes[2];
    size_t size[2];
    for (size_t i = 0; i < 2; i++) {
        result r;
        make(cx, &r, MANY);
        const char *path = build_path(i ? "second.h5ad" : "first.h5ad");
        assert_ok(cx, um_h5ad_write(cx, &r.annotated, path, 0));
        clear(&r);
        size[i] = read_bytes(path, &bytes[i]);
        if (!i)
            (void)nanosleep(&(struct timespec){1, 200000000}, NULL);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(bytes[0], bytes[1], size[0]);
    free(bytes[0]);
    free(bytes[1]);
    unmix_context_free(cx);
}

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

/* A file size limit fails a write as a full disk does. */
static void full_disk(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    result r;
    make(cx, &r, MANY);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small = {20000, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const unmix_status status = um_h5ad_write(cx, &r.annotated, build_path("full.h5ad"), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, old);
    assert_refused(cx, status, UNMIX_ERROR_WRITE, "full.h5ad");
    assert_int_equal(files_named("full.h5ad"), 0);
    assert_nothing_open();
    clear(&r);
    unmix_context_free(cx);
}

static void refuses_impossible_keys(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    result r;
    make(cx, &r, 2);
    r.run[0].key = "a/b";
    assert_refused(cx, um_h5ad_write(cx, &r.annotated, build_path("key.h5ad"), 0), UNMIX_ERROR_INTERNAL, "'a/b'");
    r.run[0].key = "version";
    r.obs_columns[0].name = "n/a";
    assert_refused(cx, um_h5ad_write(cx, &r.annotated, build_path("key.h5ad"), 0), UNMIX_ERROR_INTERNAL, "'n/a'");
    assert_int_equal(files_named("key.h5ad"), 0);
    assert_nothing_open();
    clear(&r);
    unmix_context_free(cx);
}

static void a_column_named_as_the_index(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    result r;
    make(cx, &r, 2);
    um_names_clear(&r.proportions.columns);
    add(cx, &r.proportions.columns, "_index_");
    add(cx, &r.proportions.columns, "_index");
    add(cx, &r.proportions.columns, "B");
    const char *path = build_path("clash.h5ad");
    assert_ok(cx, um_h5ad_write(cx, &r.annotated, path, 0));
    um_matrix matrix = {0};
    assert_ok(cx, um_h5ad_read_obsm(cx, path, "proportions", &matrix));
    assert_string_equal(um_name(&matrix.columns, 1), "_index");
    assert_memory_equal(matrix.values + 1, r.proportions.values + 1, 5 * sizeof(double));
    um_matrix_clear(&matrix);
    clear(&r);
    unmix_context_free(cx);
}

/* No columns, no frames, no dictionary. */
static void nearly_empty(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_names obs = {0}, var = {0};
    add(cx, &obs, "s1");
    const um_annotated annotated = {.obs = &obs, .var = &var};
    const char *path = build_path("bare.h5ad");
    assert_ok(cx, um_h5ad_write(cx, &annotated, path, 0));
    um_names levels = {0};
    int64_t *level = NULL;
    size_t n = 0;
    assert_refused(cx, um_h5ad_labels(cx, path, "type", &levels, &level, &n), UNMIX_ERROR_INPUT, "there are: none");
    um_names_clear(&obs);
    unmix_context_free(cx);
    assert_nothing_open();
}

/* ---- Rows that come from a spill ---- */

/* The numbers of `matrix` in a spill whose rows are in a file. */
static um_spill spill_of(unmix_context *cx, const um_matrix *matrix)
{
    const um_spill_options options = {.memory = 1, .tile = 100 * sizeof(double), .folder = um_test_folder()};
    um_spill spill;
    assert_ok(cx, um_spill_open(cx, &spill, matrix->columns.count, &options));
    for (size_t r = 0; r < matrix->rows.count; r++)
        assert_ok(cx, um_spill_add(cx, &spill, um_row(matrix, r)));
    assert_ok(cx, um_spill_finish(cx, &spill));
    return spill;
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

static void spilled_layer_is_the_same_file(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    result r;
    make(cx, &r, MANY);
    char held[700], spilled[700];
    (void)snprintf(held, sizeof held, "%s", build_path("held.h5ad"));
    (void)snprintf(spilled, sizeof spilled, "%s", build_path("spilled.h5ad"));
    assert_ok(cx, um_h5ad_write(cx, &r.annotated, held, 0));
    um_spill spill = spill_of(cx, &r.layer);
    r.layers = (um_layer){"predicted", NULL, &spill};
    assert_ok(cx, um_h5ad_write(cx, &r.annotated, spilled, 0));
    assert_same_files(held, spilled);
    um_spill_close(&spill);
    clear(&r);
    unmix_context_free(cx);
    assert_nothing_open();
}

static hid_t open_x(const char *path, hid_t *file)
{
    *file = build_ok(H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT));
    return build_ok(H5Oopen(*file, "X", H5P_DEFAULT));
}

/* Writes r.layer as X and reads it back; gives the open X. */
static hid_t through_x(unmix_context *cx, result *r, const char *path, hid_t *file)
{
    um_spill spill = spill_of(cx, &r->layer);
    const um_layer x = {"X", NULL, &spill};
    const um_annotated annotated = {.obs = &r->obs, .var = &r->var, .x = &x};
    assert_ok(cx, um_h5ad_write(cx, &annotated, path, 0));
    um_spill_close(&spill);
    um_matrix got = {0};
    assert_ok(cx, um_h5ad_read(cx, path, NULL, &got)); /* variables x observations */
    assert_int_equal(got.rows.count, r->var.count);
    assert_int_equal(got.columns.count, r->obs.count);
    for (size_t v = 0; v < r->var.count; v++)
        for (size_t o = 0; o < r->obs.count; o++)
            assert_true(um_row(&got, v)[o] == um_row(&r->layer, o)[v]);
    um_matrix_clear(&got);
    return open_x(path, file);
}

static H5T_class_t class_of(hid_t dataset)
{
    const hid_t type = build_ok(H5Dget_type(dataset));
    const H5T_class_t class = H5Tget_class(type);
    H5Tclose(type);
    return class;
}

static void x_takes_the_smallest_form(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    result r;
    make(cx, &r, MANY);
    const size_t n = MANY * r.var.count;
    hid_t file;

    hid_t x = through_x(cx, &r, build_path("reals.h5ad"), &file);
    assert_int_equal(H5Iget_type(x), H5I_DATASET);
    assert_int_equal(class_of(x), H5T_FLOAT);
    H5Oclose(x);
    H5Fclose(file);

    for (size_t i = 0; i < n; i++)
        r.layer.values[i] = i == 5 ? 2147483647.0 : (double)(i % 10);
    x = through_x(cx, &r, build_path("counts.h5ad"), &file);
    assert_int_equal(H5Iget_type(x), H5I_DATASET);
    assert_int_equal(class_of(x), H5T_INTEGER);
    H5Oclose(x);
    H5Fclose(file);

    r.layer.values[5] = 2147483648.0; /* no 32-bit integer */
    x = through_x(cx, &r, build_path("not_32_bits.h5ad"), &file);
    assert_int_equal(class_of(x), H5T_FLOAT);
    H5Oclose(x);
    H5Fclose(file);

    for (size_t i = 0; i < n; i++)
        r.layer.values[i] = i % 3 ? 0.0 : (double)(i % 11);
    x = through_x(cx, &r, build_path("sparse.h5ad"), &file);
    assert_int_equal(H5Iget_type(x), H5I_GROUP);
    const hid_t data = build_ok(H5Dopen2(x, "data", H5P_DEFAULT));
    assert_int_equal(class_of(data), H5T_INTEGER);
    H5Dclose(data);
    H5Oclose(x);
    H5Fclose(file);

    memset(r.layer.values, 0, n * sizeof *r.layer.values);
    x = through_x(cx, &r, build_path("zeros.h5ad"), &file);
    assert_int_equal(H5Iget_type(x), H5I_GROUP);
    H5Oclose(x);
    H5Fclose(file);
    clear(&r);
    unmix_context_free(cx);
    assert_nothing_open();
}

static void full_disk_while_streaming(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    result r;
    make(cx, &r, MANY);
    um_spill spill = spill_of(cx, &r.layer);
    r.layers = (um_layer){"predicted", NULL, &spill};
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    for (rlim_t size = 0; size < 60000; size += 12000) {
        const struct rlimit small = {size, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        const unmix_status status = um_h5ad_write(cx, &r.annotated, build_path("stream_full.h5ad"), 0);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_refused(cx, status, UNMIX_ERROR_WRITE, "stream_full.h5ad: cannot be written: File too large");
        assert_int_equal(files_named("stream_full.h5ad"), 0);
        assert_nothing_open();
    }
    (void)signal(SIGXFSZ, old);
    um_spill_close(&spill);
    clear(&r);
    unmix_context_free(cx);
}

/* HDF5's own driver for memory left files padded to its increment. */
static void file_ends_where_its_content_ends(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    result r;
    make(cx, &r, 3);
    const char *path = build_path("size.h5ad");
    assert_ok(cx, um_h5ad_write(cx, &r.annotated, path, 0));
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_true(about.st_size > 1000 && about.st_size < 200000);
    clear(&r);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(refuses_impossible_keys),
        cmocka_unit_test(a_column_named_as_the_index),
        cmocka_unit_test(nearly_empty),
        cmocka_unit_test(spilled_layer_is_the_same_file),
        cmocka_unit_test(x_takes_the_smallest_form),
        cmocka_unit_test(full_disk_while_streaming),
        cmocka_unit_test(file_ends_where_its_content_ends),
    };
    return um_run_group(tests);
}
