/* Tables written and read again; results written as folders. */
#include "testing/testing.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/files/output.h"
#include "io/folder.h"
#include "io/text/table.h"

static unmix_context *cx;
static um_matrix matrix;
static um_matrix back;
static uint64_t state = 7;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    matrix = (um_matrix){0};
    back = (um_matrix){0};
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    um_matrix_clear(&matrix);
    um_matrix_clear(&back);
    unmix_context_free(cx);
    return 0;
}

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void add(um_names *names, const char *name)
{
    assert_ok(cx, um_names_add(cx, names, name, strlen(name)));
}

static const char *in_folder(const char *name)
{
    static char paths[4][700];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", um_test_folder(), name);
    return path;
}

static char content[1 << 20];

static const char *content_of(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is not there", path);
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    (void)fclose(file);
    return content;
}

static void test_what_is_written(void **unused)
{
    (void)unused;
    add(&matrix.rows, "A");
    add(&matrix.rows, "B,\"b\"");
    add(&matrix.columns, "s 1");
    add(&matrix.columns, "s\t2");
    assert_ok(cx, um_matrix_allocate(cx, &matrix));
    matrix.values[0] = 1e6;
    matrix.values[1] = 0.1;
    matrix.values[2] = (double)NAN;
    assert_ok(cx, um_table_write(cx, &matrix, in_folder("what.tsv"), "gene", 0));
    assert_string_equal(content_of(in_folder("what.tsv")),
                        "gene\ts 1\t\"s\t2\"\nA\t1000000\t0.1\n\"B,\"\"b\"\"\"\tNA\t0\n");
    assert_ok(cx, um_table_write(cx, &matrix, in_folder("what.csv"), NULL, 0));
    assert_string_equal(content_of(in_folder("what.csv")), ",s 1,\"s\t2\"\nA,1000000,0.1\n\"B,\"\"b\"\"\",NA,0\n");
    assert_refused(cx, um_table_write(cx, &matrix, in_folder("what.csv"), "gene", 0), UNMIX_ERROR_EXISTS,
                   "exists already");
}

/* Names of all the characters that make trouble in tables; first and last may be blanks. */
static void add_random_names(um_names *names, size_t count)
{
    static const char *const letters[] = {"a", "b", "\"", "'", ",", " ", "#", ";", "%", ".", "\xc3\xa9"};
    for (size_t i = 0; i < count; i++) {
        char name[48];
        size_t used = 0;
        for (size_t k = draw() % 8; k > 0; k--)
            used += (size_t)snprintf(name + used, sizeof name - used, "%s",
                                     letters[draw() % (sizeof letters / sizeof letters[0])]);
        used += (size_t)snprintf(name + used, sizeof name - used, "%zu", i); /* unique */
        if (draw() % 8 == 0)
            name[used++] = ' ';
        assert_ok(cx, um_names_add(cx, names, name, used));
    }
}

static double random_value(void)
{
    double number;
    const uint64_t pattern = draw() & ~(UINT64_C(1) << 63);
    memcpy(&number, &pattern, sizeof number);
    switch (draw() % 3) {
    case 0:
        return isfinite(number) ? number : 0.5;
    case 1:
        return (double)(draw() % 1000);
    default:
        return (double)(draw() >> 11) * 0x1p-53;
    }
}

/* What is written reads back equal, bit for bit. */
static void test_round_trip(void **unused)
{
    (void)unused;
    static const char *const names[] = {"trip.tsv", "trip.csv", "trip.tsv.gz", "trip.csv.gz", "trip.txt"};
    for (size_t round = 0; round < 60; round++) {
        add_random_names(&matrix.rows, 1 + draw() % 150);
        add_random_names(&matrix.columns, 1 + draw() % 12);
        assert_ok(cx, um_matrix_allocate(cx, &matrix));
        const size_t cells = matrix.rows.count * matrix.columns.count;
        for (size_t i = 0; i < cells; i++)
            matrix.values[i] = random_value();
        const char *path = in_folder(names[round % 5]);
        assert_ok(cx, um_table_write(cx, &matrix, path, round % 2 ? "gene" : "#", 1));
        assert_ok(cx, um_table_read(cx, path, NULL, &back));
        assert_int_equal(back.rows.count, matrix.rows.count);
        assert_int_equal(back.columns.count, matrix.columns.count);
        for (size_t i = 0; i < matrix.rows.count; i++)
            assert_string_equal(um_name(&back.rows, i), um_name(&matrix.rows, i));
        for (size_t i = 0; i < matrix.columns.count; i++)
            assert_string_equal(um_name(&back.columns, i), um_name(&matrix.columns, i));
        assert_memory_equal(back.values, matrix.values, cells * sizeof(double));
        um_matrix_clear(&matrix);
        um_matrix_clear(&back);
    }
}

/* One result with everything; `fit` goes into it as frame and as layer. */
static void write_result(const char *path, int overwrite, unmix_status want, const char *part)
{
    um_names obs = {0};
    um_names var = {0};
    um_names label = {0};
    add(&obs, "s1");
    add(&obs, "s2");
    add(&var, "A");
    add(&var, "B");
    add(&var, "C");
    add(&label, "good");
    add(&label, "x\ty");
    um_matrix types = {0};
    add(&types.columns, "T");
    add(&types.columns, "NK");
    static double proportions[] = {0.25, 0.75, 1.0, 0.0};
    static double predicted[] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
    types.values = proportions;
    const um_matrix layer = {.columns = var, .values = predicted};
    static const double counts[] = {100.0, 2.5e9};
    static const double converged[] = {1.0, 0.0};
    static const double lengths[] = {1500.5, 2.0, 3.0};
    const um_column obs_columns[] = {{"total_counts", UM_INTEGER, counts, NULL},
                                     {"converged", UM_BOOLEAN, converged, NULL},
                                     {"label", UM_TEXT, NULL, &label}};
    const um_column var_columns[] = {{"length", UM_REAL, lengths, NULL}};
    const um_entry frames[] = {um_entry_frame("proportions", &types)};
    const um_layer layers[] = {{"predicted", &layer, NULL}};
    const um_entry entries[] = {um_entry_text("version", "0.1 \"x\\\"\n\xff"),
                                um_entry_number("samples", UM_INTEGER, 2.0),
                                um_entry_number("tolerance", UM_REAL, 1e-9),
                                um_entry_number("intercept", UM_BOOLEAN, 1.0),
                                um_entry_number("missing", UM_REAL, (double)NAN)};
    const um_entry uns = um_entry_tree("unmix", entries, 5);
    const um_annotated annotated = {.obs = &obs,
                                    .var = &var,
                                    .obs_columns = obs_columns,
                                    .n_obs_columns = 3,
                                    .var_columns = var_columns,
                                    .n_var_columns = 1,
                                    .obsm = frames,
                                    .n_obsm = 1,
                                    .layers = layers,
                                    .n_layers = 1,
                                    .uns = &uns,
                                    .n_uns = 1};
    if (want == UNMIX_OK)
        assert_ok(cx, um_folder_write(cx, &annotated, path, overwrite));
    else
        assert_refused(cx, um_folder_write(cx, &annotated, path, overwrite), want, part);
    types.values = NULL;
    um_matrix_clear(&types);
    um_names_clear(&obs);
    um_names_clear(&var);
    um_names_clear(&label);
}

static void assert_result(const char *path)
{
    char file[800];
    (void)snprintf(file, sizeof file, "%sproportions.tsv", path);
    assert_string_equal(content_of(file), "sample\tT\tNK\ns1\t0.25\t0.75\ns2\t1\t0\n");
    (void)snprintf(file, sizeof file, "%spredicted.tsv", path);
    assert_string_equal(content_of(file), "gene\ts1\ts2\nA\t1\t4\nB\t2\t5\nC\t3\t6\n");
    (void)snprintf(file, sizeof file, "%smetrics.tsv", path);
    assert_string_equal(content_of(file), "sample\ttotal_counts\tconverged\tlabel\ns1\t100\ttrue\tgood\n"
                                          "s2\t2500000000\tfalse\t\"x\ty\"\n");
    (void)snprintf(file, sizeof file, "%sgenes.tsv", path);
    assert_string_equal(content_of(file), "gene\tlength\nA\t1500.5\nB\t2\nC\t3\n");
    (void)snprintf(file, sizeof file, "%srun.json", path);
    assert_string_equal(content_of(file), "{\n  \"version\": \"0.1 \\\"x\\\\\\\"\\u000a\\ufffd\",\n  \"samples\": 2,\n"
                                          "  \"tolerance\": 1e-09,\n  \"intercept\": true,\n  \"missing\": null\n}\n");
}

/* Arrays, names and trees: members of obsm and varm as tables under names of their own, the dictionary as JSON. */
static void test_folder_of_programs(void **unused)
{
    (void)unused;
    um_names obs = {0}, var = {0}, programs = {0};
    add(&obs, "c1");
    add(&obs, "c2");
    add(&var, "A");
    add(&programs, "p1");
    add(&programs, "p\"2");
    const double usages[] = {0.5, 1.0, 2.0, (double)NAN}, scores[] = {1.0, 0.25};
    um_entry usage = um_entry_array("X_nmf", 2, 2, usages), program = um_entry_array("NMs", 1, 2, usages);
    um_entry mask = um_entry_array("mask", 2, 0, (const double[]){1.0, 0.0});
    usage.names = &programs;
    usage.table = "usages";
    mask.kind = UM_BOOLEAN;
    const um_matrix frame = {.rows = obs, .columns = programs, .values = (double[]){1, 2, 3, 4}};
    const um_entry run[] = {mask, um_entry_names("programs", &programs), um_entry_array("empty", 0, 2, usages)};
    const um_entry uns[] = {um_entry_tree("run", run, 3), um_entry_array("loss", 2, 2, usages),
                            um_entry_frame("frame", &frame), um_entry_tree("none", NULL, 0)};
    const um_column column = {"score", UM_REAL, scores, NULL};
    const um_annotated annotated = {.obs = &obs,
                                    .var = &var,
                                    .obs_columns = &column,
                                    .n_obs_columns = 1,
                                    .obsm = &usage,
                                    .n_obsm = 1,
                                    .varm = &program,
                                    .n_varm = 1,
                                    .uns = uns,
                                    .n_uns = 4,
                                    .noun = "cell",
                                    .obs_table = "cells"};
    char path[750], file[800];
    (void)snprintf(path, sizeof path, "%s/", in_folder("programs"));
    assert_ok(cx, um_folder_write(cx, &annotated, path, 0));
    (void)snprintf(file, sizeof file, "%susages.tsv", path);
    assert_string_equal(content_of(file), "cell\tp1\t\"p\"\"2\"\nc1\t0.5\t1\nc2\t2\tNA\n");
    (void)snprintf(file, sizeof file, "%sNMs.tsv", path);
    assert_string_equal(content_of(file), "gene\t0\t1\nA\t0.5\t1\n");
    (void)snprintf(file, sizeof file, "%scells.tsv", path);
    assert_string_equal(content_of(file), "cell\tscore\nc1\t1\nc2\t0.25\n");
    (void)snprintf(file, sizeof file, "%srun.json", path);
    assert_string_equal(content_of(file), "{\n  \"run\": {\n    \"mask\": [true, false],\n"
                                          "    \"programs\": [\"p1\", \"p\\\"2\"],\n    \"empty\": []\n  },\n"
                                          "  \"loss\": [\n    [0.5, 1],\n    [2, null]\n  ],\n"
                                          "  \"frame\": {\n    \"rows\": [\"c1\", \"c2\"],\n"
                                          "    \"columns\": [\"p1\", \"p\\\"2\"],\n"
                                          "    \"values\": [\n      [1, 2],\n      [3, 4]\n    ]\n  },\n"
                                          "  \"none\": {}\n}\n");
    um_names_clear(&obs);
    um_names_clear(&var);
    um_names_clear(&programs);
}

static size_t files_in(const char *path)
{
    DIR *opened = opendir(path);
    assert_non_null(opened);
    size_t count = 0;
    for (struct dirent *entry = readdir(opened); entry; entry = readdir(opened))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(opened);
    return count;
}

static void test_folder(void **unused)
{
    (void)unused;
    const char *base = in_folder("results");
    assert_int_equal(mkdir(base, 0777), 0);
    char path[750];
    (void)snprintf(path, sizeof path, "%s/out/", base);
    write_result(path, 0, UNMIX_OK, "");
    assert_result(path);
    assert_int_equal(files_in(path), 5);
    assert_int_equal(files_in(base), 1);

    /* Again: refused, and with overwrite only our files are replaced. */
    write_result(path, 0, UNMIX_ERROR_EXISTS, "out/ exists already");
    char mine[800];
    (void)snprintf(mine, sizeof mine, "%snotes.txt", path);
    FILE *file = fopen(mine, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(mine, sizeof mine, "%sproportions.tsv", path);
    file = fopen(mine, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    write_result(path, 1, UNMIX_OK, "");
    assert_result(path);
    assert_int_equal(files_in(path), 6);

    (void)snprintf(path, sizeof path, "%s/empty/", base);
    assert_int_equal(mkdir(path, 0777), 0);
    write_result(path, 0, UNMIX_OK, "");
    assert_result(path);
    (void)snprintf(path, sizeof path, "%s/no/out/", base);
    write_result(path, 0, UNMIX_ERROR_WRITE, "does not exist");
    assert_int_equal(files_in(base), 2);
}

/* A layer larger than memory has samples in rows and becomes a table with genes in rows. */
static void test_folder_of_spilled_layer(void **unused)
{
    (void)unused;
    enum { OBS = 90, VAR = 170 };
    um_names obs = {0}, var = {0};
    um_matrix fitted = {0};
    char name[32], path[2][750], file[2][1600];
    for (int i = 0; i < OBS; i++)
        add(&obs, (snprintf(name, sizeof name, "s%d", i), name));
    for (int i = 0; i < VAR; i++)
        add(&var, (snprintf(name, sizeof name, "g%d", i), name));
    assert_ok(cx, um_names_copy(cx, &fitted.rows, &obs));
    assert_ok(cx, um_names_copy(cx, &fitted.columns, &var));
    assert_ok(cx, um_matrix_allocate(cx, &fitted));
    um_spill spill;
    const um_spill_options options = {.memory = 1, .tile = 7 * VAR * sizeof(double), .folder = in_folder("")};
    assert_ok(cx, um_spill_open(cx, &spill, VAR, &options));
    for (size_t r = 0; r < OBS; r++) {
        for (size_t c = 0; c < VAR; c++)
            um_row(&fitted, r)[c] = (double)(r * VAR + c) / 7.0;
        assert_ok(cx, um_spill_add(cx, &spill, um_row(&fitted, r)));
    }
    assert_ok(cx, um_spill_finish(cx, &spill));
    const um_layer layers[2] = {{"predicted", &fitted, NULL}, {"predicted", NULL, &spill}};
    for (int i = 0; i < 2; i++) {
        const um_annotated annotated = {.obs = &obs, .var = &var, .layers = &layers[i], .n_layers = 1};
        (void)snprintf(path[i], sizeof path[i], "%s%d/", in_folder("layer"), i);
        (void)snprintf(file[i], sizeof file[i], "%spredicted.tsv", path[i]);
        assert_ok(cx, um_folder_write(cx, &annotated, path[i], 0));
    }
    char *held = strdup(content_of(file[0]));
    assert_non_null(held);
    assert_true(strlen(held) > OBS * VAR);
    assert_string_equal(content_of(file[1]), held);
    free(held);

    /* A disk that fills up: the message names the file as it would have been, and nothing is left. */
    const um_annotated annotated = {.obs = &obs, .var = &var, .layers = &layers[1], .n_layers = 1};
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 2000, .rlim_max = before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)snprintf(path[0], sizeof path[0], "%s/", in_folder("full"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const unmix_status status = um_folder_write(cx, &annotated, path[0], 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_refused(cx, status, UNMIX_ERROR_WRITE, "/full/predicted.tsv: cannot be written: File too large");
    assert_int_equal(access(in_folder("full"), F_OK), -1);
    um_spill_close(&spill);
    um_matrix_clear(&fitted);
    um_names_clear(&obs);
    um_names_clear(&var);
}

/* A folder that fills up meanwhile stays as it is; ours is removed. */
static void test_folder_appears_meanwhile(void **unused)
{
    (void)unused;
    char path[750];
    char inner[900];
    (void)snprintf(path, sizeof path, "%s/", in_folder("meanwhile"));
    um_output output;
    assert_ok(cx, um_output_begin_folder(cx, &output, path, 0));
    char temporary[800];
    (void)snprintf(temporary, sizeof temporary, "%s", output.temporary);
    (void)snprintf(inner, sizeof inner, "%s/a", temporary);
    FILE *file = fopen(inner, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(mkdir(path, 0777), 0);
    (void)snprintf(inner, sizeof inner, "%sb", path);
    file = fopen(inner, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_refused(cx, um_output_commit_folder(cx, &output), UNMIX_ERROR_EXISTS, "exists already");
    assert_int_equal(files_in(path), 1);
    assert_int_equal(access(temporary, F_OK), -1);
}

#define UM_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UM_CASE(test_what_is_written),
        UM_CASE(test_round_trip),
        UM_CASE(test_folder),
        UM_CASE(test_folder_appears_meanwhile),
        UM_CASE(test_folder_of_programs),
        UM_CASE(test_folder_of_spilled_layer),
    };
    return um_run_group(tests);
}
