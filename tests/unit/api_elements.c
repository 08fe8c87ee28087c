/* Gene sets, signatures and references from memory, and the elements of results, where no device is needed. */
#include <stdio.h>
#include <string.h>

#include "api/api_elements.h"
#include "testing/testing.h"
#include "unmix/programs.h"
#include "unmix/reference.h"
#include "unmix/signatures.h"

/* ---- Elements ---- */

typedef struct seen {
    char text[2000];
} seen;

static void write_down(void *payload, const unmix_element *e)
{
    char *text = ((seen *)payload)->text;
    char line[300];
    (void)snprintf(line, sizeof line, "%s %s %d %d %zux%zu", e->place, e->key, (int)e->form, (int)e->kind, e->rows, e->columns);
    strncat(text, line, sizeof((seen *)payload)->text - strlen(text) - 1);
    for (size_t i = 0; i < e->rows * (e->columns ? e->columns : 1); i++) {
        (void)(e->texts ? snprintf(line, sizeof line, " %s", e->texts[i])
                        : snprintf(line, sizeof line, " %g", e->numbers[i]));
        strncat(text, line, sizeof((seen *)payload)->text - strlen(text) - 1);
    }
    for (size_t c = 0; e->column_names && c < e->columns; c++) {
        (void)snprintf(line, sizeof line, " [%s]", e->column_names[c]);
        strncat(text, line, sizeof((seen *)payload)->text - strlen(text) - 1);
    }
    for (size_t r = 0; e->row_names && r < e->rows; r++) {
        (void)snprintf(line, sizeof line, " (%s)", e->row_names[r]);
        strncat(text, line, sizeof((seen *)payload)->text - strlen(text) - 1);
    }
    strncat(text, "\n", sizeof((seen *)payload)->text - strlen(text) - 1);
}

static um_names names_of(unmix_context *cx, const char *a, const char *b)
{
    um_names names = {0};
    assert_ok(cx, um_names_add(cx, &names, a, strlen(a)));
    assert_ok(cx, um_names_add(cx, &names, b, strlen(b)));
    return names;
}

static void every_form_is_handed_out_with_its_place(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_names cells = names_of(cx, "c1", "c2"), genes = names_of(cx, "g1", "g2");
    double numbers[] = {1, 2, 3, 4};
    const um_column obs[] = {{.name = "n", .kind = UM_INTEGER, .number = numbers},
                             {.name = "t", .kind = UM_TEXT, .text = &genes}};
    const um_matrix matrix = {.rows = cells, .columns = genes, .values = numbers};
    const um_entry obsm[] = {um_entry_frame("frame", &matrix), um_entry_array("array", 2, 2, numbers)};
    const um_entry inner[] = {um_entry_array("list", 3, 0, numbers), um_entry_names("names", &cells),
                              um_entry_text("nothing", NULL)};
    const um_entry outer[] = {um_entry_number("yes", UM_BOOLEAN, 1), um_entry_tree("in", inner, 3)};
    const um_entry uns[] = {um_entry_tree("run", outer, 2), um_entry_text("top", "text")};
    const um_annotated annotated = {.obs = &cells, .var = &genes, .obs_columns = obs, .n_obs_columns = 2, .obsm = obsm,
                                    .n_obsm = 2, .uns = uns, .n_uns = 2};
    seen got = {""};
    assert_ok(cx, um_annotated_hand_out(cx, &annotated, write_down, &got));
    assert_string_equal(got.text, "obs _index 1 3 2x0 c1 c2\n"
                                  "var _index 1 3 2x0 g1 g2\n"
                                  "obs n 1 1 2x0 1 2\n"
                                  "obs t 1 3 2x0 g1 g2\n"
                                  "obsm frame 2 0 2x2 1 2 3 4 [g1] [g2] (c1) (c2)\n"
                                  "obsm array 2 0 2x2 1 2 3 4\n"
                                  "uns run/yes 0 2 1x0 1\n"
                                  "uns run/in/list 1 0 3x0 1 2 3\n"
                                  "uns run/in/names 1 3 2x0 c1 c2\n"
                                  "uns run/in/nothing 0 3 1x0 \n"
                                  "uns top 0 3 1x0 text\n");
    um_names_clear(&cells);
    um_names_clear(&genes);
    unmix_context_free(cx);
}

/* ---- Scores from memory ---- */

enum { CELLS = 4, GENES = 30 };

typedef struct cells {
    char names[GENES][8];
    const char *gene[GENES];
    double values[GENES * CELLS];
} cells;

static unmix_source *open_cells(unmix_context *cx, cells *c)
{
    static const char *const cell[] = {"c1", "c2", "c3", "c4"};
    for (size_t g = 0; g < GENES; g++) {
        (void)snprintf(c->names[g], sizeof c->names[g], "g%zu", g);
        c->gene[g] = c->names[g];
        for (size_t i = 0; i < CELLS; i++)
            c->values[g * CELLS + i] = (double)((g * 7 + i * 5) % 11);
    }
    const unmix_arrays arrays = {.name = "cells", .genes = GENES, .columns = CELLS, .gene_names = c->gene, .column_names = cell,
                                 .values = c->values};
    unmix_source *source = NULL;
    assert_ok(cx, unmix_source_from_dense(cx, &arrays, CELLS, 1, &source));
    return source;
}

/* The same lists out of a file give the same numbers. */
static void gene_sets_from_memory_score_as_those_of_a_file(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    cells c;
    unmix_source *source = open_cells(cx, &c);
    const char *const names[] = {"a", "b"}, *const genes[] = {"g1", "g2", "g1", "g5", "g7"};
    const size_t sizes[] = {3, 2};
    unmix_gene_sets *memory = NULL, *file = NULL;
    unmix_programs *one = NULL, *other = NULL;
    unmix_score_options options;
    unmix_score_options_init(&options);
    options.bins = 3;
    options.controls = 4;
    assert_ok(cx, unmix_gene_sets_new(cx, 2, names, sizes, genes, &memory));
    assert_int_equal(unmix_gene_sets_count(memory), 2);
    assert_string_equal(unmix_gene_sets_name(memory, 1), "b");
    assert_ok(cx, unmix_gene_sets_read(cx, um_test_file("two.gmt", "a\t\tg1\tg2\nb\t\tg5\tg7\n"), &file));
    assert_ok(cx, unmix_score(cx, source, memory, &options, &one));
    assert_ok(cx, unmix_score(cx, source, file, &options, &other));
    assert_memory_equal(unmix_matrix_values(unmix_programs_matrix(one, "scores")),
                        unmix_matrix_values(unmix_programs_matrix(other, "scores")), CELLS * 2 * sizeof(double));
    seen got = {""};
    assert_ok(cx, unmix_programs_elements(cx, one, "raw", write_down, &got));
    assert_non_null(strstr(got.text, "obs _index 1 3 4x0 c1 c2 c3 c4\n"));
    assert_non_null(strstr(got.text, "obs a 1 0 4x0 "));
    assert_non_null(strstr(got.text, "obs b_score 1 0 4x0 "));
    assert_non_null(strstr(got.text, "uns unmix_score/bins 0 1 1x0 3\n"));
    assert_non_null(strstr(got.text, "uns unmix_score/layer 0 3 1x0 raw\n"));
    unmix_programs_free(one);
    unmix_programs_free(other);
    unmix_gene_sets_free(memory);
    unmix_gene_sets_free(file);
    unmix_source_close(source);
    unmix_context_free(cx);
}

static void gene_sets_from_memory_are_checked(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_gene_sets *sets = NULL;
    const char *const names[] = {"a", "a"}, *const unnamed[] = {"a", ""}, *const fine[] = {"a", "b"};
    const char *const genes[] = {"g1", "g2"}, *const empty[] = {"g1", NULL};
    const size_t one[] = {1, 1}, none[] = {1, 0};
    const unmix_status bad = UNMIX_ERROR_ARGUMENT;
    assert_refused(cx, unmix_gene_sets_new(cx, 0, names, one, genes, &sets), bad, "there is no gene set");
    assert_refused(cx, unmix_gene_sets_new(cx, 2, names, one, genes, &sets), bad, "set 'a' is there twice");
    assert_refused(cx, unmix_gene_sets_new(cx, 2, unnamed, one, genes, &sets), bad, "the name of gene set 2 is empty");
    assert_refused(cx, unmix_gene_sets_new(cx, 2, fine, none, genes, &sets), bad, "set 'b' has no genes");
    assert_refused(cx, unmix_gene_sets_new(cx, 2, fine, one, empty, &sets), bad, "set 'b': the name of gene 1 is empty");
    assert_refused(cx, unmix_gene_sets_new(cx, 2, fine, one, NULL, &sets), bad, "'genes' must not be NULL");
    assert_null(sets);
    unmix_context_free(cx);
}

/* ---- Signatures from memory ---- */

static void signatures_from_memory_are_means_of_the_labels(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    cells c;
    unmix_source *source = open_cells(cx, &c);
    const char *const types[] = {"T", "B"}, *const dropped[] = {"B"};
    const int64_t type[CELLS] = {1, 0, -1, 0};
    unmix_signature_options options;
    unmix_matrix *signatures = NULL;
    unmix_signature_options_init(&options);
    unmix_cell_labels labels = {2, types, type};
    assert_ok(cx, unmix_signatures_of(cx, source, &labels, &options, &signatures));
    assert_int_equal(unmix_matrix_columns(signatures), 2);
    assert_string_equal(unmix_matrix_column_name(signatures, 0), "T");
    for (size_t g = 0; g < GENES; g++) {
        const double *cell = c.values + g * CELLS, *mean = unmix_matrix_values(signatures) + 2 * g;
        assert_true(mean[0] == (cell[1] + cell[3]) / 2 && mean[1] == cell[0]); /* small whole numbers: exact */
    }
    unmix_matrix_free(signatures);
    options.drop = dropped;
    options.n_drop = 1;
    assert_ok(cx, unmix_signatures_of(cx, source, &labels, &options, &signatures));
    assert_int_equal(unmix_matrix_columns(signatures), 1);
    unmix_matrix_free(signatures);
    const int64_t wrong[CELLS] = {2, 0, 0, 0};
    const char *const twice[] = {"T", "T"};
    labels.of_cell = wrong;
    assert_refused(cx, unmix_signatures_of(cx, source, &labels, &options, &signatures), UNMIX_ERROR_ARGUMENT,
                   "cell 1 is of type 3, but there are 2");
    labels = (unmix_cell_labels){2, twice, type};
    assert_refused(cx, unmix_signatures_of(cx, source, &labels, &options, &signatures), UNMIX_ERROR_ARGUMENT,
                   "type 'T' is there twice");
    labels.names = NULL;
    assert_refused(cx, unmix_signatures_of(cx, source, &labels, &options, &signatures), UNMIX_ERROR_ARGUMENT,
                   "the name of type 1 is empty");
    assert_refused(cx, unmix_signatures_of(cx, source, NULL, &options, &signatures), UNMIX_ERROR_ARGUMENT,
                   "'types' must not be NULL");
    assert_null(signatures);
    unmix_source_close(source);
    unmix_context_free(cx);
}

static void references_from_memory_know_their_subjects(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    cells c;
    unmix_source *source = open_cells(cx, &c);
    const char *const types[] = {"T", "B"}, *const people[] = {"p", "q"};
    const int64_t type[CELLS] = {0, 0, 1, 1}, person[CELLS] = {0, 1, 0, 1}, wrong[CELLS] = {0, 1, 2, 0};
    const unmix_cell_labels of_type = {2, types, type}, of_person = {2, people, person}, of_nobody = {2, people, wrong};
    unmix_signature_options options;
    unmix_reference *reference = NULL;
    unmix_signature_options_init(&options);
    assert_ok(cx, unmix_reference_of(cx, source, &of_type, &of_person, &options, &reference));
    assert_int_equal(unmix_reference_subjects(reference), 2);
    const unmix_matrix *means = unmix_reference_matrix(reference, "signatures");
    for (size_t g = 0; g < GENES; g++) /* small whole numbers: exact */
        assert_true(unmix_matrix_values(means)[2 * g] == (c.values[g * CELLS] + c.values[g * CELLS + 1]) / 2);
    unmix_reference_free(reference);
    assert_ok(cx, unmix_reference_of(cx, source, &of_type, NULL, &options, &reference));
    assert_int_equal(unmix_reference_subjects(reference), 0);
    unmix_reference_free(reference);
    assert_refused(cx, unmix_reference_of(cx, source, &of_type, &of_nobody, &options, &reference), UNMIX_ERROR_ARGUMENT,
                   "cell 3 is of subject 3, but there are 2");
    assert_refused(cx, unmix_reference_of(cx, source, NULL, NULL, &options, &reference), UNMIX_ERROR_ARGUMENT,
                   "'types' must not be NULL");
    assert_null(reference);
    unmix_source_close(source);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_handed_out_with_its_place),
        cmocka_unit_test(gene_sets_from_memory_score_as_those_of_a_file),
        cmocka_unit_test(gene_sets_from_memory_are_checked),
        cmocka_unit_test(signatures_from_memory_are_means_of_the_labels),
        cmocka_unit_test(references_from_memory_know_their_subjects),
    };
    return um_run_group(tests);
}
