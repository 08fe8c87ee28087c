/*
 * MatrixMarket folders, gene sets and 10x files cut off and with wrong bytes: never a crash, always a valid read or one
 * line that names the file. In 10x files bytes are wrong in what datasets hold; the rest is for the HDF5 library.
 */
#include <sys/stat.h>

#include "core/random.h"
#include "io/text/gene_sets.h"
#include "io/market/market.h"
#include "io/tenx/tenx.h"
#include "io/text/text_file.h"
#include "unit/io_damage.h"
#include "unit/io_h5ad_build.h"

enum { CUTS = 50, FLIPS = 600 };

static const unmix_read_options defaults;

/* How a file is read; the number of refusals. `folder` is what messages are about. */
typedef int (*use)(unmix_context *cx, const char *path, const char *folder);

static int use_source(unmix_context *cx, um_source *source, const char *folder)
{
    um_matrix matrix = {0};
    const int refused = judge(cx, um_source_to_matrix(cx, source, &matrix), folder);
    um_matrix_clear(&matrix);
    um_source_close(source);
    return refused;
}

static int use_market(unmix_context *cx, const char *path, const char *folder)
{
    um_source source = {0};
    (void)path;
    return judge(cx, um_market_source(cx, folder, &defaults, &source), folder) || use_source(cx, &source, folder);
}

static int use_tenx(unmix_context *cx, const char *path, const char *folder)
{
    um_source source = {0};
    (void)um_is_tenx(path);
    const int refused =
        judge(cx, um_tenx_source(cx, path, &defaults, &source), folder) || use_source(cx, &source, folder);
    assert_nothing_open();
    return refused;
}

static int use_sets(unmix_context *cx, const char *path, const char *folder)
{
    um_gene_sets sets = {0};
    const int refused = judge(cx, um_gene_sets_read(cx, path, &sets), folder);
    if (!refused)
        assert_true(sets.names.count > 0);
    um_gene_sets_clear(&sets);
    return refused;
}

static int cut_off(unmix_context *cx, const char *path, const char *folder, use read)
{
    const bytes whole = read_all(path);
    int refused = 0;
    assert_int_equal(read(cx, path, folder), 0);
    for (size_t cut = 0; cut < CUTS; cut++) {
        write_part(&whole, whole.size * cut / CUTS, path);
        refused += read(cx, path, folder);
    }
    write_part(&whole, whole.size, path);
    free(whole.data);
    return refused;
}

/* Wrong bytes anywhere in data[from .. from+size). */
static int flip(unmix_context *cx, const char *path, const char *folder, size_t from, size_t size, use read)
{
    static const unsigned char hard[] = {0, '\n', '\r', '\t', '"', '-', '9', '%', 0xff};
    const bytes whole = read_all(path);
    um_random random;
    um_random_start(&random, 1, "damage", path + strlen(um_test_folder()));
    int refused = 0;
    for (size_t i = 0; i < FLIPS; i++) {
        unsigned char *byte = whole.data + from + um_random_below(&random, size ? size : whole.size);
        const unsigned char before = *byte;
        *byte = (unsigned char)(i % 2 ? um_random_below(&random, 256) : hard[um_random_below(&random, sizeof hard)]);
        write_part(&whole, whole.size, path);
        refused += read(cx, path, folder);
        *byte = before;
    }
    write_part(&whole, whole.size, path);
    free(whole.data);
    return refused;
}

static unmix_status put_text(unmix_context *cx, um_text_out *out, const void *content)
{
    return um_text_out_put(cx, out, content, strlen(content));
}

static void put(unmix_context *cx, const char *path, const char *content)
{
    assert_ok(cx, um_text_out_write(cx, path, 1, put_text, content));
}

/* A matrix of 40 x 30 with every seventh entry, in the order of the genes: it has to be turned. */
static void build_matrix(char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%%%%MatrixMarket matrix coordinate real general\n%%\n40 30 172\n");
    for (size_t i = 0; i < 1200; i += 7)
        used += (size_t)snprintf(text + used, size - used, "%zu %zu %g\n", i / 30 + 1, i % 30 + 1, (double)i / 4.0);
}

static void markets(const char *ending)
{
    static const char *const names[] = {"matrix.mtx", "features.tsv", "barcodes.tsv"};
    static char text[3][8192];
    unmix_context *cx = um_test_context();
    char folder[640], path[3][700];
    size_t used[2] = {0, 0};
    build_matrix(text[0], sizeof text[0]);
    for (int i = 0; i < 40; i++)
        used[0] += (size_t)snprintf(text[1] + used[0], sizeof text[1] - used[0], "E%d\tG%d\t%s\n", i, i % 35,
                                    i % 4 ? "Gene Expression" : "Antibody Capture");
    for (int i = 0; i < 30; i++)
        used[1] += (size_t)snprintf(text[2] + used[1], sizeof text[2] - used[1], "c%d\n", i);
    (void)snprintf(folder, sizeof folder, "%s/market%s", um_test_folder(), ending);
    assert_int_equal(mkdir(folder, 0700), 0);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path[i], sizeof path[i], "%s/%s%s", folder, names[i], ending);
        put(cx, path[i], text[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_true(cut_off(cx, path[i], folder, use_market) >= CUTS - 1); /* all; a line end may be what is cut */
        assert_true(flip(cx, path[i], folder, 0, 0, use_market) > FLIPS / 20);
    }
    unmix_context_free(cx);
}

static void plain_market(void **state)
{
    (void)state;
    markets("");
}

static void compressed_market(void **state)
{
    (void)state;
    markets(".gz");
}

static void gene_sets(void **state)
{
    (void)state;
    static const char *const names[] = {"sets.gmt", "sets.gmt.gz", "sets.tsv"};
    unmix_context *cx = um_test_context();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        static char text[4096];
        size_t used = (size_t)snprintf(text, sizeof text, "%s", i == 2 ? "set\tgene\n" : "");
        for (int s = 0; s < 20; s++)
            for (int g = 0; g < 5; g++)
                used += (size_t)snprintf(text + used, sizeof text - used, i == 2 ? "S%d\tG%d\n" : "S%d\tx\tG%d\tA\n",
                                         i == 2 ? s : s * 5 + g, g * s);
        char path[700];
        (void)snprintf(path, sizeof path, "%s/%s", um_test_folder(), names[i]);
        put(cx, path, text);
        assert_true(cut_off(cx, path, um_test_folder(), use_sets) > 0);
        assert_true(flip(cx, path, um_test_folder(), 0, 0, use_sets) > FLIPS / 20);
    }
    unmix_context_free(cx);
}

static const char *build_tenx(void)
{
    const char *const kinds[BUILD_VAR] = {"Gene Expression", "Gene Expression", "Custom", "Gene Expression"};
    const char *path = build_path("tenx.h5");
    const hid_t file = build_file(path);
    const hid_t group = build_group(file, "matrix", NULL), features = build_group(group, "features", NULL);
    build_strings(features, "id", BUILD_VAR, build_var, 8);
    build_strings(features, "name", BUILD_VAR, build_var, 8);
    build_strings(features, "feature_type", BUILD_VAR, kinds, 16);
    build_strings(group, "barcodes", BUILD_OBS, build_obs, 4);
    build_doubles(group, "data", H5T_IEEE_F64LE, 6, build_csr_values);
    build_integers(group, "indices", H5T_STD_I64LE, 6, build_csr_indices);
    build_integers(group, "indptr", H5T_STD_I64LE, BUILD_OBS + 1, build_csr_pointers);
    build_integers(group, "shape", H5T_STD_I32LE, 2, (const int64_t[]){BUILD_VAR, BUILD_OBS});
    H5Gclose(features);
    H5Gclose(group);
    H5Fclose(file);
    return path;
}

static void tenx(void **state)
{
    (void)state;
    static const char *const names[] = {"features/id", "features/name", "features/feature_type", "barcodes",
                                        "data",        "indices",       "indptr",                "shape"};
    unmix_context *cx = um_test_context();
    const char *path = build_tenx();
    int refused = 0;
    assert_int_equal(cut_off(cx, path, path, use_tenx), CUTS);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const hid_t file = build_ok(H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT));
        const hid_t group = build_ok(H5Gopen2(file, "matrix", H5P_DEFAULT));
        const hid_t dataset = build_ok(H5Dopen2(group, names[i], H5P_DEFAULT));
        const size_t from = H5Dget_offset(dataset), size = H5Dget_storage_size(dataset);
        assert_true(size > 0);
        H5Dclose(dataset);
        H5Gclose(group);
        H5Fclose(file);
        refused += flip(cx, path, path, from, size, use_tenx);
    }
    assert_true(refused > FLIPS);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_market),
        cmocka_unit_test(compressed_market),
        cmocka_unit_test(gene_sets),
        cmocka_unit_test(tenx),
    };
    return um_run_group(tests);
}
