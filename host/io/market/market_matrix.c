#include "io/market/market_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "io/text/text_lines.h"

/* Entries in the order of the file. */
typedef struct entries {
    uint32_t *cell, *gene;
    double *value;
    size_t count;
    size_t cell_capacity, gene_capacity, value_capacity;
    int ordered; /* by cell, in a cell by gene, each once: as Cell Ranger writes */
} entries;

typedef struct reader {
    um_lines lines;
    const um_market_names *names;
    int pattern;          /* entries have no value: each counts 1 */
    int turned;           /* the file is cells x genes */
    uint64_t size[3];     /* rows, columns, entries */
    size_t size_line;     /* where they stand */
    entries entries;
} reader;

static void clear_entries(entries *e)
{
    free(e->cell);
    free(e->gene);
    free(e->value);
    *e = (entries){0};
}

/* ---- The parts of a line ---- */

typedef struct word {
    const char *text;
    size_t length;
} word;

/* The next word between blanks, of length 0 at the end. */
static word next_word(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
    const char *begin = *at;
    while (*at < end && **at != ' ' && **at != '\t')
        (*at)++;
    return (word){begin, (size_t)(*at - begin)};
}

static int is_word(word w, const char *text)
{
    return w.length == strlen(text) && strncasecmp(w.text, text, w.length) == 0;
}

/* 1 when the word is a whole number of at most 18 digits. */
static int whole_number(word w, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < w.length; i++) {
        if (w.text[i] < '0' || w.text[i] > '9')
            return 0;
        *number = *number * 10 + (uint64_t)(w.text[i] - '0');
    }
    return w.length > 0 && w.length <= 18;
}

/* The next line that is neither blank nor a comment; *length is UM_NOT_FOUND at the end. */
static unmix_status next_line(unmix_context *cx, um_lines *lines, const char **text, size_t *length)
{
    for (;;) {
        UM_TRY(um_lines_next(cx, lines, text, length));
        if (*length == UM_NOT_FOUND)
            return UNMIX_OK;
        const char *at = *text;
        const word first = next_word(&at, *text + *length);
        if (first.length && first.text[0] != '%')
            return UNMIX_OK;
    }
}

static int shown(size_t length)
{
    return (int)(length < 60 ? length : 60);
}

/* ---- The head ---- */

static unmix_status read_banner(unmix_context *cx, reader *r)
{
    static const char wanted[] = "%%MatrixMarket matrix coordinate integer|real|pattern general";
    const char *text = NULL;
    size_t length = 0;
    UM_TRY(um_lines_next(cx, &r->lines, &text, &length));
    const char *at = text, *end = length == UM_NOT_FOUND ? text : text + length;
    word w[5];
    for (size_t i = 0; i < 5; i++)
        w[i] = next_word(&at, end);
    if (!is_word(w[0], UM_MARKET_BANNER) || !is_word(w[1], "matrix"))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line 1 is not the head of a MatrixMarket file: '%s'", r->lines.path,
                       wanted);
    r->pattern = is_word(w[3], "pattern");
    const int known = r->pattern || is_word(w[3], "integer") || is_word(w[3], "real") || is_word(w[3], "double");
    if (is_word(w[2], "coordinate") && known && is_word(w[4], "general"))
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line 1: a matrix that is '%.*s %.*s %.*s' is not read; counts are '%s'",
                   r->lines.path, shown(w[2].length), w[2].text, shown(w[3].length), w[3].text, shown(w[4].length),
                   w[4].text, wanted);
}

static unmix_status read_size(unmix_context *cx, reader *r)
{
    const char *text = NULL;
    size_t length = 0;
    UM_TRY(next_line(cx, &r->lines, &text, &length));
    if (length == UM_NOT_FOUND)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: ends before the line with the size of the matrix; it is cut off",
                       r->lines.path);
    const char *at = text, *end = text + length;
    int good = 1;
    for (size_t i = 0; i < 3; i++)
        good &= whole_number(next_word(&at, end), &r->size[i]);
    if (!good || next_word(&at, end).length)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: line %zu: '%.*s' is not the size of a matrix: the numbers of rows, columns and entries",
                       r->lines.path, r->lines.line, shown(length), text);
    r->size_line = r->lines.line;
    return UNMIX_OK;
}

/* Which way round the matrix fits the names. */
static unmix_status orient(unmix_context *cx, reader *r)
{
    const um_market_names *names = r->names;
    const size_t features = names->features->all_names.count, cells = names->cells->count;
    if (!features || !cells)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there are %zu features and %zu cells; there is nothing to read",
                       r->lines.path, features, cells);
    const int upright = r->size[0] == features && r->size[1] == cells;
    r->turned = r->size[0] == cells && r->size[1] == features && (names->cells_first || !upright);
    if (upright || r->turned) {
        if (r->turned && !names->cells_first)
            um_note(cx, "%s: is cells x genes by the numbers of names, and is read so", r->lines.path);
        return UNMIX_OK;
    }
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is %llu x %llu, but %s has %zu names and %s has %zu", r->lines.path,
                   (unsigned long long)r->size[0], (unsigned long long)r->size[1], names->features_path, features,
                   names->cells_path, cells);
}

/* ---- The entries ---- */

static unmix_status refuse_entry(unmix_context *cx, const reader *r, const char *text, size_t length)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu: '%.*s' is not an entry: a row, a column%s", r->lines.path,
                   r->lines.line, shown(length), text, r->pattern ? "" : " and a value");
}

static unmix_status refuse_value(unmix_context *cx, const reader *r, size_t feature, size_t cell, word value)
{
    double number = 0.0;
    const int negative = um_parse_number(value.text, value.length, &number) && number < 0.0;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: line %zu, gene '%s', cell '%s': '%.*s' is %s; counts must be finite and 0 or more",
                   r->lines.path, r->lines.line, um_name(&r->names->features->all_names, feature),
                   um_name(r->names->cells, cell), shown(value.length), value.text,
                   negative ? "negative" : "not a finite number");
}

static unmix_status value_of(unmix_context *cx, const reader *r, size_t feature, size_t cell, word text, double *value)
{
    if (r->pattern)
        *value = 1.0;
    else if (r->names->missing && um_is_no_value(text.text, text.length))
        *value = (double)NAN;
    else if (!um_parse_number(text.text, text.length, value) || !(*value >= 0.0) || isinf(*value))
        return refuse_value(cx, r, feature, cell, text);
    return UNMIX_OK;
}

static unmix_status add_entry(unmix_context *cx, entries *e, uint32_t cell, uint32_t gene, double value)
{
    const size_t n = e->count;
    UM_TRY(UM_GROW(cx, &e->cell, &e->cell_capacity, n + 1, "matrix"));
    UM_TRY(UM_GROW(cx, &e->gene, &e->gene_capacity, n + 1, "matrix"));
    UM_TRY(UM_GROW(cx, &e->value, &e->value_capacity, n + 1, "matrix"));
    if (n && (cell < e->cell[n - 1] || (cell == e->cell[n - 1] && gene <= e->gene[n - 1])))
        e->ordered = 0;
    e->cell[n] = cell;
    e->gene[n] = gene;
    e->value[n] = value;
    e->count++;
    return UNMIX_OK;
}

static unmix_status take_entry(unmix_context *cx, reader *r, const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    uint64_t row = 0, column = 0;
    const int good = whole_number(next_word(&at, end), &row) && whole_number(next_word(&at, end), &column);
    const word number = r->pattern ? (word){at, 0} : next_word(&at, end);
    if (!good || (!r->pattern && !number.length) || next_word(&at, end).length)
        return refuse_entry(cx, r, text, length);
    if (row < 1 || row > r->size[0] || column < 1 || column > r->size[1])
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: line %zu: an entry in row %llu and column %llu of a matrix of %llu x %llu", r->lines.path,
                       r->lines.line, (unsigned long long)row, (unsigned long long)column,
                       (unsigned long long)r->size[0], (unsigned long long)r->size[1]);
    const size_t feature = (size_t)(r->turned ? column : row) - 1, cell = (size_t)(r->turned ? row : column) - 1;
    double value = 0.0;
    UM_TRY(value_of(cx, r, feature, cell, number, &value));
    const uint32_t gene = r->names->features->place[feature];
    if (gene == UM_LEFT_OUT || value == 0.0)
        return UNMIX_OK;
    return add_entry(cx, &r->entries, (uint32_t)cell, gene, value);
}

static unmix_status read_entries(unmix_context *cx, reader *r)
{
    const unsigned long long announced = r->size[2];
    for (unsigned long long count = 0;; count++) {
        const char *text = NULL;
        size_t length = 0;
        UM_TRY(next_line(cx, &r->lines, &text, &length));
        if (length == UM_NOT_FOUND && count == announced)
            return UNMIX_OK;
        if (length == UM_NOT_FOUND)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: ends after %llu entries, but line %zu announces %llu; the file is cut off",
                           r->lines.path, count, r->size_line, announced);
        if (count == announced)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu: there are more entries than the %llu of line %zu",
                           r->lines.path, r->lines.line, announced, r->size_line);
        UM_TRY(take_entry(cx, r, text, length));
    }
}

/* ---- Into rows of cells ---- */

/* start[i + 1] becomes the end of line i, from the line of each entry. */
static void count_lines(const uint32_t *line, size_t count, size_t lines, size_t *start)
{
    for (size_t i = 0; i < count; i++)
        start[line[i] + 1]++;
    for (size_t i = 0; i < lines; i++)
        start[i + 1] += start[i];
}

/* Ordered entries are the rows already. */
static unmix_status take_over(unmix_context *cx, entries *e, size_t cells, size_t genes, um_sparse *matrix)
{
    if (!e->count)
        return um_sparse_allocate(cx, matrix, cells, genes, 0);
    size_t *start = NULL;
    UM_TRY(UM_ALLOC(cx, &start, cells + 1, "matrix"));
    count_lines(e->cell, e->count, cells, start);
    *matrix = (um_sparse){.rows = cells, .columns = genes, .start = start, .column = e->gene, .value = e->value};
    matrix->capacity = e->gene_capacity < e->value_capacity ? e->gene_capacity : e->value_capacity;
    e->gene = NULL;
    e->value = NULL;
    return UNMIX_OK;
}

/* By gene, in the order of the file. */
static unmix_status collect_genes(unmix_context *cx, const entries *e, size_t cells, size_t genes, um_sparse *matrix)
{
    size_t *next = NULL;
    UM_TRY(um_sparse_allocate(cx, matrix, genes, cells, e->count));
    UM_TRY(UM_ALLOC(cx, &next, genes, "matrix"));
    count_lines(e->gene, e->count, genes, matrix->start);
    memcpy(next, matrix->start, genes * sizeof *next);
    for (size_t i = 0; i < e->count; i++) {
        const size_t to = next[e->gene[i]]++;
        matrix->column[to] = e->cell[i];
        matrix->value[to] = e->value[i];
    }
    free(next);
    return UNMIX_OK;
}

/* Adds up neighbours in the same column, in the order of the file; yields how many are gone. */
static size_t add_repeated(um_sparse *matrix)
{
    size_t used = 0, from = 0;
    for (size_t row = 0; row < matrix->rows; row++) {
        const size_t begin = used;
        for (; from < matrix->start[row + 1]; from++) {
            if (used > begin && matrix->column[used - 1] == matrix->column[from]) {
                matrix->value[used - 1] += matrix->value[from];
                continue;
            }
            matrix->column[used] = matrix->column[from];
            matrix->value[used++] = matrix->value[from];
        }
        matrix->start[row + 1] = used;
    }
    return from - used;
}

static unmix_status arrange(unmix_context *cx, reader *r, um_sparse *matrix)
{
    const size_t cells = r->names->cells->count, genes = r->names->features->names.count;
    if (r->entries.ordered)
        return take_over(cx, &r->entries, cells, genes, matrix);
    um_sparse by_gene = {0};
    unmix_status status = collect_genes(cx, &r->entries, cells, genes, &by_gene);
    clear_entries(&r->entries);
    if (status == UNMIX_OK)
        status = um_sparse_turn(cx, &by_gene, matrix);
    um_sparse_clear(&by_gene);
    if (status != UNMIX_OK)
        return status;
    const size_t repeated = add_repeated(matrix);
    if (repeated && !r->names->added_up)
        um_note(cx, "%s: %zu repeated entries are added up", r->lines.path, repeated);
    return UNMIX_OK;
}

unmix_status um_market_matrix_read(unmix_context *cx, const char *path, const um_market_names *names,
                                   um_sparse *matrix)
{
    reader r = {.names = names, .entries.ordered = 1};
    UM_TRY(um_lines_open(cx, &r.lines, path, UM_MARKET_BANNER));
    unmix_status status;
    UM_TRY_GOTO(status, done, read_banner(cx, &r));
    UM_TRY_GOTO(status, done, read_size(cx, &r));
    UM_TRY_GOTO(status, done, orient(cx, &r));
    UM_TRY_GOTO(status, done, read_entries(cx, &r));
    status = arrange(cx, &r, matrix);
done:
    clear_entries(&r.entries);
    um_lines_close(&r.lines);
    return status;
}
