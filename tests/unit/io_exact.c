/* Results compared to the bit: what counts as a difference, where it is said to be, and what cannot be compared. */
#include "io/exact/exact_compare.h"

#include <math.h>
#include <sys/stat.h>

#include "unit/io_h5ad_build.h"

typedef struct told {
    char text[2000];
    size_t n;
} told;

static void keep(void *payload, const char *member, const char *place, const char *a, const char *b)
{
    told *t = payload;
    const size_t used = strlen(t->text);
    (void)snprintf(t->text + used, sizeof t->text - used, "%s|%s|%s|%s\n", member, place, a, b);
    t->n++;
}

static unmix_status compare(unmix_context *cx, const char *a, const char *b, told *t)
{
    static const char *const groups[] = {"ours", "more", NULL};
    *t = (told){.n = 0};
    um_exact exact = {.cx = cx, .path = {a, b}, .groups = groups, .tell = keep, .payload = t};
    const unmix_status status = um_exact_compare(&exact);
    assert_int_equal(exact.differences, t->n);
    return status;
}

/* ---- HDF5 ---- */

static void put(hid_t parent, const char *name, hid_t type, int rank, const hsize_t *extent, const void *values)
{
    const hid_t space = build_ok(rank ? H5Screate_simple(rank, extent, NULL) : H5Screate(H5S_SCALAR));
    const hid_t set = build_ok(H5Dcreate2(parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    build_ok(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    H5Dclose(set);
    H5Sclose(space);
}

typedef struct content {
    double matrix[6];
    int whole;
    const char *text;
    char fixed[4];
    int run, elsewhere, group;
    const char *attribute;
} content;

static const content plain = {{1, 2, 3, 4, 5, 6}, 7, "word", "abc", 1, 1, 1, "said"};

static const char *write(const char *name, const content *c)
{
    const char *const path = build_path(name);
    const hid_t file = build_file(path), uns = build_ok(H5Gcreate2(file, "uns", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    const hid_t ours = build_ok(H5Gcreate2(uns, "ours", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    const hid_t text = build_text_type(0), fixed = build_text_type(3);
    put(file, "matrix", H5T_NATIVE_DOUBLE, 2, (const hsize_t[]){2, 3}, c->matrix);
    put(file, "whole", H5T_NATIVE_INT, 0, NULL, &c->whole);
    put(file, "texts", text, 1, (const hsize_t[]){1}, &c->text);
    put(file, "fixed", fixed, 1, (const hsize_t[]){1}, c->fixed);
    put(ours, "run", H5T_NATIVE_INT, 0, NULL, &c->run);
    put(uns, "run", H5T_NATIVE_INT, 0, NULL, &c->elsewhere);
    if (c->group)
        H5Gclose(build_ok(H5Gcreate2(file, "thing", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)));
    else
        put(file, "thing", H5T_NATIVE_INT, 0, NULL, &c->whole);
    build_attribute_sized(file, "says", c->attribute, 0);
    H5Tclose(text);
    H5Tclose(fixed);
    H5Gclose(ours);
    H5Gclose(uns);
    H5Fclose(file);
    return path;
}

static void one_value_is_found_where_it_is(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    told t;
    const char *const a = write("a.h5ad", &plain);
    content c = plain;
    c.run = 5; /* differs from run to run */
    assert_ok(cx, compare(cx, a, write("b.h5ad", &c), &t));
    assert_string_equal(t.text, "");
    c.matrix[5] = 6.0000000000000009;
    c.whole = -7;
    c.text = "words";
    c.fixed[2] = 'd';
    c.elsewhere = 2;
    c.attribute = "asked";
    assert_ok(cx, compare(cx, a, write("b.h5ad", &c), &t));
    assert_string_equal(t.text, "/|attribute 'says'|said|asked\n"
                                "fixed|[0]|abc|abd\n"
                                "matrix|[1,2]|6|6.0000000000000009\n"
                                "texts|[0]|word|words\n"
                                "uns/run||1|2\n"
                                "whole||7|-7\n");
    c = plain;
    c.group = 0;
    c.matrix[0] = -0.0;
    assert_ok(cx, compare(cx, a, write("b.h5ad", &c), &t));
    assert_string_equal(t.text, "matrix|[0,0]|1|-0\nthing||group|dataset\n");
    c = plain;
    c.matrix[3] = c.matrix[4] = NAN; /* the same bits are the same */
    const char *const nan = write("a.h5ad", &c);
    assert_ok(cx, compare(cx, nan, write("b.h5ad", &c), &t));
    assert_string_equal(t.text, "");
    unmix_context_free(cx);
}

/* Rows are read in pieces of some megabytes: the place is that in the whole. */
static void places_hold_beyond_the_first_piece(void **state)
{
    (void)state;
    enum { ROWS = 5000, COLUMNS = 300 };
    unmix_context *cx = um_test_context();
    double *values = calloc(ROWS * COLUMNS, sizeof *values);
    const char *path[2] = {build_path("a.h5ad"), build_path("b.h5ad")};
    told t;
    assert_non_null(values);
    for (int i = 0; i < 2; i++) {
        const hid_t file = build_file(path[i]);
        values[4321 * COLUMNS + 123] = i;
        put(file, "X", H5T_NATIVE_DOUBLE, 2, (const hsize_t[]){ROWS, COLUMNS}, values);
        H5Fclose(file);
    }
    assert_ok(cx, compare(cx, path[0], path[1], &t));
    assert_string_equal(t.text, "X|[4321,123]|0|1\n");
    free(values);
    unmix_context_free(cx);
}

/* ---- Folders ---- */

static void fill(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char *folder(const char *name, const char *json, const char *table)
{
    char file[700];
    const char *const path = build_path(name);
    (void)mkdir(path, 0700);
    (void)snprintf(file, sizeof file, "%s/run.json", path);
    fill(file, json);
    (void)snprintf(file, sizeof file, "%s/t.tsv", path);
    fill(file, table);
    return path;
}

static void json_is_compared_by_members(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    told t;
    const char *const a = folder("a", "{\"x\": 1, \"run\": {\"d\": 1}, \"l\": [[1, 2], [3, 4]], \"s\": \"a\\\"b\", "
                                      "\"ours\": {\"run\": {\"h\": 1}, \"y\": 2}}", "a\tb\n1\t2\n");
    assert_ok(cx, compare(cx, a, folder("b", "{\"x\": 1,\n\"l\": [[1, 2], [3, 4]], \"s\": \"a\\\"b\", \"ours\": {\"y\": 2}}",
                                        "a\tb\n1\t2\n"), &t));
    assert_string_equal(t.text, "");
    assert_ok(cx, compare(cx, a, folder("b", "{\"x\": 1, \"l\": [[1, 2], [3, 5]], \"s\": \"a\\\"c\", \"ours\": {\"z\": 2}, "
                                             "\"other\": {\"run\": 1}}", "a\tb\n1\t3\n"), &t));
    assert_string_equal(t.text, "run.json/l|[3]|4|5\n"
                                "run.json/s||\"a\\\"b\"|\"a\\\"c\"\n"
                                "run.json/ours/y||there|missing\n"
                                "run.json/ours/z||missing|there\n"
                                "run.json/other/run||missing|there\n"
                                "t.tsv|line 2, field 2|2|3\n");
    assert_ok(cx, compare(cx, a, folder("b", "{\"x\": 1, \"l\": [[1, 2, 3, 4]], \"s\": \"a\\\"b\", \"ours\": {\"y\": 2}}",
                                        "a\tb\n1\t2\n3"), &t));
    assert_string_equal(t.text, "run.json/l|shape|other rows|other rows\nt.tsv|line 3, field 1|the end|3\n");
    unmix_context_free(cx);
}

static void what_cannot_be_compared_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {"{", "{\"a\"}", "{\"a\": [1, 2}", "{\"a\": 1", "{\"a\": 1} 2", "{\"a\": \"b}", "{1: 2}"};
    unmix_context *cx = um_test_context();
    told t;
    const char *a = folder("a", "{\"a\": 1}", "a\n");
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        assert_refused(cx, compare(cx, a, folder("b", broken[i], "a\n"), &t), UNMIX_ERROR_INPUT, "is no complete JSON");
    a = build_path("a"); /* paths are a ring */
    assert_refused(cx, compare(cx, a, write("a.h5ad", &plain), &t), UNMIX_ERROR_INPUT, "is a folder and");
    assert_refused(cx, compare(cx, a, "nothing", &t), UNMIX_ERROR_INPUT, "nothing: no such file or folder");
    assert_refused(cx, compare(cx, "/dev/null", a, &t), UNMIX_ERROR_INPUT, "/dev/null: is neither a file nor a folder");
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_value_is_found_where_it_is),
        cmocka_unit_test(places_hold_beyond_the_first_piece),
        cmocka_unit_test(json_is_compared_by_members),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0 ? 1 : 0;
}
