#include "io/text/gene_sets.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "core/repeated.h"
#include "io/text/table_scan.h"

void um_gene_sets_clear(um_gene_sets *sets)
{
    for (size_t i = 0; sets->genes && i < sets->names.count; i++)
        um_names_clear(&sets->genes[i]);
    free(sets->genes);
    free(sets->origin);
    um_names_clear(&sets->names);
    *sets = (um_gene_sets){0};
}

/* ---- Rows of (set, gene), as both forms are read ---- */

typedef struct pairs {
    um_names set, gene; /* of each row */
} pairs;

static unmix_status refuse_empty(unmix_context *cx, const um_scan *scan, const char *what)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu: the name of a %s is empty", scan->lines.path,
                   scan->lines.line, what);
}

static unmix_status add_pair(unmix_context *cx, const um_scan *scan, um_field set, um_field gene, pairs *p)
{
    if (!set.length)
        return refuse_empty(cx, scan, "set");
    if (!gene.length)
        return refuse_empty(cx, scan, "gene");
    UM_TRY(um_names_add(cx, &p->set, set.text, set.length));
    return um_names_add(cx, &p->gene, gene.text, gene.length);
}

/* ---- Which form ---- */

/* Letter case, blanks, points, dashes and underscores do not matter. */
static int is_word(um_field field, const char *word)
{
    for (size_t i = 0; i < field.length; i++) {
        if (strchr(" ._-", field.text[i]))
            continue;
        if (tolower((unsigned char)field.text[i]) != *word++)
            return 0;
    }
    return *word == '\0';
}

static int is_one_of(um_field field, const char *const *words)
{
    for (; *words; words++)
        if (field.length && is_word(field, *words))
            return 1;
    return 0;
}

/* Where a table has the sets and the genes; further columns are passed over. */
typedef struct places {
    size_t set, gene;
} places;

/* Whether the row is the header of a table. */
static int is_header(const um_scan *scan, places *at)
{
    static const char *const sets[] = {"set",  "geneset",  "program",  "cluster",  "name",  "gsname",    "term", "pathway",
                                       "group", "celltype", "cellname", "module", "signature", "ont", "factor", NULL};
    static const char *const genes[] = {"gene",   "symbol",  "genesymbol", "genes",  "genename", "hgncsymbol", "officialgenesymbol",
                                        "marker", "markers", "names",      "feature", NULL};
    *at = (places){UM_NOT_FOUND, UM_NOT_FOUND};
    for (size_t i = 0; i < scan->n_fields; i++) {
        if (at->set == UM_NOT_FOUND && is_one_of(scan->fields[i], sets))
            at->set = i;
        else if (at->gene == UM_NOT_FOUND && is_one_of(scan->fields[i], genes))
            at->gene = i;
    }
    return at->set != UM_NOT_FOUND && at->gene != UM_NOT_FOUND;
}

static unmix_status refuse_form(unmix_context *cx, const um_scan *scan, const char *what)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: line %zu: %s; gene sets are GMT (name, description and genes of a set in a line, separated by "
                   "tabs), or a table whose header has 'set' and 'gene'",
                   scan->lines.path, scan->lines.line, what);
}

/* ---- GMT ---- */

static unmix_status take_set(unmix_context *cx, const um_scan *scan, pairs *p)
{
    const um_field *f = scan->fields;
    size_t count = scan->n_fields;
    while (count > 2 && !f[count - 1].length)
        count--; /* spreadsheets fill up the shorter rows */
    if (!f[0].length)
        return refuse_empty(cx, scan, "set");
    if (count < 3)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu: set '%.*s' has no genes", scan->lines.path,
                       scan->lines.line, (int)(f[0].length < 60 ? f[0].length : 60), f[0].text);
    for (size_t i = 2; i < count; i++)
        UM_TRY(add_pair(cx, scan, f[0], f[i], p));
    return UNMIX_OK;
}

/* From the first row on, which is split already. */
static unmix_status read_gmt(unmix_context *cx, um_scan *scan, pairs *p)
{
    um_names names = {0};
    unmix_status status = UNMIX_OK;
    for (int more = 1; more && status == UNMIX_OK;) {
        status = take_set(cx, scan, p);
        if (status == UNMIX_OK)
            status = um_names_add(cx, &names, scan->fields[0].text, scan->fields[0].length);
        if (status == UNMIX_OK)
            status = um_scan_row(cx, scan, &more);
    }
    if (status == UNMIX_OK)
        status = um_refuse_repeated(cx, scan->lines.path, "set", &names, 1, "each may be there once");
    um_names_clear(&names);
    return status;
}

/* ---- A table ---- */

static unmix_status read_table(unmix_context *cx, um_scan *scan, places at, pairs *p)
{
    const size_t columns = scan->n_fields;
    if (columns > 2)
        um_note(cx, "%s: sets from column %zu and genes from column %zu of %zu", scan->lines.path, at.set + 1, at.gene + 1,
                columns);
    for (int more = 1;;) {
        UM_TRY(um_scan_row(cx, scan, &more));
        if (!more)
            return UNMIX_OK;
        if (scan->n_fields != columns)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu has %zu fields; %zu are expected", scan->lines.path,
                           scan->lines.line, scan->n_fields, columns);
        UM_TRY(add_pair(cx, scan, scan->fields[at.set], scan->fields[at.gene], p));
    }
}

static unmix_status read_pairs(unmix_context *cx, um_scan *scan, pairs *p)
{
    int more = 0;
    places at;
    UM_TRY(um_scan_row(cx, scan, &more));
    if (!more)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: holds no gene set", scan->lines.path);
    if (is_header(scan, &at))
        UM_TRY(read_table(cx, scan, at, p));
    else if (scan->n_fields < 2)
        return refuse_form(cx, scan, "has one column only");
    else if (scan->n_fields == 2 && scan->lines.line == 1 && scan->fields[1].length)
        return refuse_form(cx, scan, "is neither a set with genes nor a header");
    else
        UM_TRY(read_gmt(cx, scan, p));
    if (!p->set.count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: holds no gene set, only a header", scan->lines.path);
    return UNMIX_OK;
}

/* ---- Into sets ---- */

/* The distinct sets; place[i] is the set of row i. */
static unmix_status find_sets(unmix_context *cx, pairs *p, um_names *names, size_t *place)
{
    UM_TRY(um_names_index(cx, &p->set));
    for (size_t i = 0; i < p->set.count; i++) {
        const char *name = um_name(&p->set, i);
        const size_t first = um_names_find(&p->set, name);
        place[i] = first == i ? names->count : place[first];
        if (first == i)
            UM_TRY(um_names_add(cx, names, name, strlen(name)));
    }
    return UNMIX_OK;
}

/* Leaves the first of repeated genes in the list; *dropped grows by the others. */
static unmix_status drop_repeated(unmix_context *cx, um_names *genes, size_t *dropped)
{
    UM_TRY(um_names_index(cx, genes));
    if (um_names_repeated(genes) == UM_NOT_FOUND)
        return UNMIX_OK;
    um_names once = {0};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < genes->count && status == UNMIX_OK; i++) {
        const char *name = um_name(genes, i);
        const int first = um_names_find(genes, name) == i;
        *dropped += !first;
        if (first)
            status = um_names_add(cx, &once, name, strlen(name));
    }
    if (status != UNMIX_OK) {
        um_names_clear(&once);
        return status;
    }
    um_names_clear(genes);
    *genes = once;
    return UNMIX_OK;
}

static unmix_status fill_sets(unmix_context *cx, const pairs *p, const size_t *place, um_gene_sets *sets)
{
    size_t dropped = 0;
    UM_TRY(UM_ALLOC(cx, &sets->genes, sets->names.count, "gene sets"));
    for (size_t i = 0; i < p->gene.count; i++) {
        const char *gene = um_name(&p->gene, i);
        UM_TRY(um_names_add(cx, &sets->genes[place[i]], gene, strlen(gene)));
    }
    for (size_t s = 0; s < sets->names.count; s++)
        UM_TRY(drop_repeated(cx, &sets->genes[s], &dropped));
    if (dropped)
        um_note(cx, "%s: %zu genes repeat in their set and are kept once", sets->origin, dropped);
    return UNMIX_OK;
}

static unmix_status make_sets(unmix_context *cx, const char *path, pairs *p, um_gene_sets *sets)
{
    const size_t size = strlen(path) + 1;
    size_t *place = NULL;
    UM_TRY(UM_ALLOC(cx, &sets->origin, size, "file name"));
    memcpy(sets->origin, path, size);
    UM_TRY(UM_ALLOC(cx, &place, p->set.count, "gene sets"));
    unmix_status status = find_sets(cx, p, &sets->names, place);
    if (status == UNMIX_OK)
        status = fill_sets(cx, p, place, sets);
    free(place);
    return status;
}

/* By the name of the file: names of sets have commas in them, so the text does not tell. */
static char separator_of(const char *path)
{
    const size_t length = strlen(path), gz = length > 3 && strcmp(path + length - 3, ".gz") == 0 ? 3 : 0;
    return length - gz > 4 && strncasecmp(path + length - gz - 4, ".csv", 4) == 0 ? ',' : '\t';
}

/* What separates a first line that lacks the separator: commas in a .txt, semicolons of spreadsheets with decimal commas. */
static unmix_status look_at_separator(unmix_context *cx, um_scan *scan)
{
    const char *text = NULL;
    size_t length = 0;
    um_lines_mark(&scan->lines);
    UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
    if (length != UM_NOT_FOUND && !memchr(text, '\t', length) && !memchr(text, scan->separator, length))
        scan->separator = memchr(text, ',', length) ? ',' : memchr(text, ';', length) ? ';' : scan->separator;
    um_lines_rewind(&scan->lines);
    return UNMIX_OK;
}

unmix_status um_gene_sets_read(unmix_context *cx, const char *path, um_gene_sets *sets)
{
    um_scan scan;
    pairs p = {0};
    UM_TRY(um_scan_open_plain(cx, &scan, path, separator_of(path)));
    unmix_status status = look_at_separator(cx, &scan);
    if (status == UNMIX_OK)
        status = read_pairs(cx, &scan, &p);
    um_scan_close(&scan);
    if (status == UNMIX_OK)
        status = make_sets(cx, path, &p, sets);
    if (status != UNMIX_OK)
        um_gene_sets_clear(sets);
    um_names_clear(&p.set);
    um_names_clear(&p.gene);
    return status;
}
