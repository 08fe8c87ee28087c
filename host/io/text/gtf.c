#include "io/text/gtf.h"

#include <stdlib.h>
#include <string.h>

#include "core/gene_name.h"
#include "core/memory.h"
#include "io/text/text_lines.h"

enum { SEQUENCE, SOURCE, FEATURE, START, END, SCORE, STRAND, FRAME, ATTRIBUTES, FIELDS };

typedef struct slice {
    const char *text;
    size_t length;
} slice;

/* Exons and genes come in runs of one gene, so a name is stored once a run and looked up at the end. */
typedef struct exon {
    uint32_t run;
    uint32_t gene; /* set at the end */
    int64_t start, end; /* both inclusive, from 1 */
} exon;

typedef struct reading {
    unmix_context *cx;
    const char *path;
    size_t line;
    um_names id, sequence, symbol, biotype; /* of each run */
    exon *exons;
    size_t n_exons, exon_capacity;
    uint32_t *gene_of_run; /* position of the run that begins the gene: its number here */
    uint32_t *symbol_run, *biotype_run; /* of each gene: the run that has the word, else its own */
    size_t n_par;
} reading;

void um_gene_models_clear(um_gene_models *models)
{
    um_names_clear(&models->id);
    um_names_clear(&models->symbol);
    um_names_clear(&models->biotype);
    free(models->length);
    *models = (um_gene_models){0};
}

static void reading_clear(reading *r)
{
    um_names_clear(&r->id);
    um_names_clear(&r->sequence);
    um_names_clear(&r->symbol);
    um_names_clear(&r->biotype);
    free(r->exons);
    free(r->gene_of_run);
    free(r->symbol_run);
    free(r->biotype_run);
}

/* ---- A line ---- */

/* Tab-separated fields; 0 when there are fewer than nine. */
static int split(const char *text, size_t length, slice fields[FIELDS])
{
    const char *const end = text + length;
    for (size_t f = 0; f < FIELDS; f++) {
        const char *tab = f < ATTRIBUTES ? memchr(text, '\t', (size_t)(end - text)) : end;
        if (!tab)
            return 0;
        fields[f] = (slice){text, (size_t)(tab - text)};
        text = tab < end ? tab + 1 : end;
    }
    return 1;
}

static int is(slice s, const char *word)
{
    return s.length == strlen(word) && memcmp(s.text, word, s.length) == 0;
}

/* The next attribute, `key "value";` (GTF) or `key=value;` (GFF3); 0 at the end. */
static int next_attribute(const char **at, const char *end, slice *key, slice *value)
{
    const char *p = *at;
    while (p < end && (*p == ' ' || *p == ';'))
        p++;
    const char *start = p;
    while (p < end && *p != ' ' && *p != '=' && *p != ';')
        p++;
    *key = (slice){start, (size_t)(p - start)};
    while (p < end && (*p == ' ' || *p == '='))
        p++;
    const char close = p < end && *p == '"' ? '"' : ';';
    p += close == '"';
    start = p;
    while (p < end && *p != close)
        p++;
    *value = (slice){start, (size_t)(p - start)};
    *at = p < end ? p + 1 : end;
    return key->length > 0;
}

/* The value of the first of the `keys` (NULL ends them) that the attributes have; empty without any. */
static slice attribute(slice attributes, const char *const *keys)
{
    slice best = {"", 0};
    size_t best_rank = SIZE_MAX;
    const char *at = attributes.text;
    slice key, value;
    while (next_attribute(&at, attributes.text + attributes.length, &key, &value))
        for (size_t k = 0; keys[k] && k < best_rank; k++)
            if (is(key, keys[k]) && value.length) {
                best = value;
                best_rank = k;
            }
    return best;
}

static int64_t coordinate(slice s)
{
    int64_t number = 0;
    for (size_t i = 0; i < s.length; i++) {
        if (s.text[i] < '0' || s.text[i] > '9' || number > INT64_MAX / 100)
            return 0;
        number = number * 10 + (s.text[i] - '0');
    }
    return number;
}

/* Whether a run goes on with this gene on this sequence. */
static int same_run(const reading *r, slice id, slice sequence)
{
    return r->id.count && is(id, um_name(&r->id, r->id.count - 1)) &&
           is(sequence, um_name(&r->sequence, r->sequence.count - 1));
}

static unmix_status begin_run(reading *r, slice id, slice sequence, slice attributes)
{
    static const char *const symbols[] = {"gene_name", "gene", "gene_symbol", "Name", NULL};
    static const char *const biotypes[] = {"gene_type", "gene_biotype", "biotype", NULL};
    const slice symbol = attribute(attributes, symbols), biotype = attribute(attributes, biotypes);
    UM_TRY(um_names_add(r->cx, &r->id, id.text, id.length));
    UM_TRY(um_names_add(r->cx, &r->sequence, sequence.text, sequence.length));
    UM_TRY(um_names_add(r->cx, &r->symbol, symbol.text, symbol.length));
    return um_names_add(r->cx, &r->biotype, biotype.text, biotype.length);
}

static unmix_status take_exon(reading *r, const slice fields[FIELDS])
{
    const exon e = {(uint32_t)(r->id.count - 1), 0, coordinate(fields[START]), coordinate(fields[END])};
    if (e.start < 1 || e.end < e.start)
        return UM_FAIL(r->cx, UNMIX_ERROR_INPUT, "%s: line %zu: the exon goes from '%.*s' to '%.*s'; two whole numbers from 1 "
                       "on are wanted", r->path, r->line, (int)fields[START].length, fields[START].text,
                       (int)fields[END].length, fields[END].text);
    UM_TRY(UM_GROW(r->cx, &r->exons, &r->exon_capacity, r->n_exons + 1, "exons"));
    r->exons[r->n_exons++] = e;
    return UNMIX_OK;
}

static unmix_status take_line(reading *r, const char *text, size_t length)
{
    static const char *const ids[] = {"gene_id", "geneID", NULL};
    slice fields[FIELDS];
    if (!length || text[0] == '#')
        return UNMIX_OK;
    if (!split(text, length, fields))
        return UM_FAIL(r->cx, UNMIX_ERROR_INPUT, "%s: line %zu has fewer than nine tab-separated fields; a GTF is wanted", r->path,
                       r->line);
    const int is_exon = is(fields[FEATURE], "exon");
    if (!is_exon && !is(fields[FEATURE], "gene"))
        return UNMIX_OK;
    slice id = attribute(fields[ATTRIBUTES], ids);
    if (!id.length && !is_exon)
        return UNMIX_OK;
    if (!id.length)
        return UM_FAIL(r->cx, UNMIX_ERROR_INPUT,
                       "%s: line %zu: the exon has no gene_id; a GTF is wanted, or a GFF3 whose exons have one (that of GENCODE)",
                       r->path, r->line);
    if (um_gene_is_par_y(id.text, id.length)) {
        r->n_par += !is_exon;
        return UNMIX_OK;
    }
    id.length = um_gene_unversioned(id.text, id.length);
    if (!same_run(r, id, fields[SEQUENCE]))
        UM_TRY(begin_run(r, id, fields[SEQUENCE], fields[ATTRIBUTES]));
    return is_exon ? take_exon(r, fields) : UNMIX_OK;
}

static unmix_status read_lines(reading *r)
{
    um_lines lines;
    UM_TRY(um_lines_open(r->cx, &lines, r->path, NULL));
    unmix_status status = UNMIX_OK;
    while (status == UNMIX_OK) {
        const char *text;
        size_t length;
        status = um_lines_next(r->cx, &lines, &text, &length);
        if (status != UNMIX_OK || length == UM_NOT_FOUND)
            break;
        r->line = lines.line;
        status = take_line(r, text, length);
    }
    um_lines_close(&lines);
    if (status == UNMIX_OK && !r->n_exons)
        status = UM_FAIL(r->cx, UNMIX_ERROR_INPUT, "%s: there is no exon in it; a GTF is wanted", r->path);
    return status;
}

/* ---- Genes of the runs ---- */

static int by_gene_and_start(const void *a, const void *b)
{
    const exon *const x = a, *const y = b;
    if (x->gene != y->gene)
        return x->gene < y->gene ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* The first run of every gene that has a word: GTFs give names and biotypes on some lines only. */
static void first_with(const reading *r, const um_names *words, uint32_t *run_of_gene)
{
    for (size_t run = words->count; run-- > 0;)
        if (um_name(words, run)[0])
            run_of_gene[r->gene_of_run[run]] = (uint32_t)run;
}

/* Exons on another sequence than the first of their gene are taken out. */
static unmix_status assign_genes(reading *r, um_gene_models *models)
{
    UM_TRY(um_names_index(r->cx, &r->id));
    UM_TRY(UM_ALLOC(r->cx, &r->gene_of_run, r->id.count, "genes"));
    UM_TRY(UM_ALLOC(r->cx, &r->symbol_run, r->id.count, "genes"));
    UM_TRY(UM_ALLOC(r->cx, &r->biotype_run, r->id.count, "genes"));
    for (size_t i = 0; i < r->id.count; i++) {
        r->gene_of_run[i] = (uint32_t)um_names_find(&r->id, um_name(&r->id, i));
        r->symbol_run[i] = r->biotype_run[i] = (uint32_t)i;
    }
    first_with(r, &r->symbol, r->symbol_run);
    first_with(r, &r->biotype, r->biotype_run);
    size_t kept = 0;
    for (size_t e = 0; e < r->n_exons; e++) {
        const uint32_t run = r->exons[e].run, gene = r->gene_of_run[run];
        const int here = strcmp(um_name(&r->sequence, run), um_name(&r->sequence, gene)) == 0;
        models->n_elsewhere += !here && (e == 0 || r->exons[e - 1].run != run);
        if (!here)
            continue;
        r->exons[kept] = r->exons[e];
        r->exons[kept++].gene = gene;
    }
    r->n_exons = kept;
    qsort(r->exons, r->n_exons, sizeof *r->exons, by_gene_and_start);
    return UNMIX_OK;
}

static unmix_status add(unmix_context *cx, um_names *names, const char *text)
{
    return um_names_add(cx, names, text, strlen(text));
}

static unmix_status add_gene(reading *r, um_gene_models *models, uint32_t gene, double length)
{
    const char *id = um_name(&r->id, gene), *symbol = um_name(&r->symbol, r->symbol_run[gene]);
    models->length[models->id.count] = length;
    UM_TRY(add(r->cx, &models->id, id));
    UM_TRY(add(r->cx, &models->symbol, symbol[0] ? symbol : id));
    return add(r->cx, &models->biotype, um_name(&r->biotype, r->biotype_run[gene]));
}

/* The bases that the sorted exons [first, last) of one gene cover. */
static double covered(const exon *first, const exon *last)
{
    int64_t bases = 0, end = 0;
    for (const exon *e = first; e < last; e++) {
        const int64_t from = e->start > end ? e->start : end + 1;
        bases += e->end >= from ? e->end - from + 1 : 0;
        end = e->end > end ? e->end : end;
    }
    return (double)bases;
}

static unmix_status form_genes(reading *r, um_gene_models *models)
{
    UM_TRY(UM_ALLOC(r->cx, &models->length, r->id.count, "genes"));
    for (size_t from = 0, to; from < r->n_exons; from = to) {
        for (to = from + 1; to < r->n_exons && r->exons[to].gene == r->exons[from].gene; to++)
            continue;
        UM_TRY(add_gene(r, models, r->exons[from].gene, covered(r->exons + from, r->exons + to)));
    }
    return UNMIX_OK;
}

static int is_coding(const um_gene_models *models, size_t gene)
{
    return strcmp(um_name(&models->biotype, gene), "protein_coding") == 0;
}

/* owner[i], where a symbol stands first at gene i: the first protein-coding gene that has it, else the first one. */
static void choose_owners(const um_gene_models *models, size_t *owner)
{
    for (size_t i = 0; i < models->id.count; i++) {
        const size_t first = um_names_find(&models->symbol, um_name(&models->symbol, i));
        if (first == i || (is_coding(models, i) && !is_coding(models, owner[first])))
            owner[first] = i;
    }
}

/* Tables are matched by symbol, so a symbol may stand once; the other genes that have it keep their id. */
static unmix_status settle_symbols(unmix_context *cx, um_gene_models *models)
{
    um_names settled = {0};
    size_t *owner = NULL;
    UM_TRY(um_names_index(cx, &models->symbol));
    UM_TRY(UM_ALLOC(cx, &owner, models->id.count, "genes"));
    choose_owners(models, owner);
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < models->id.count && status == UNMIX_OK; i++) {
        const char *symbol = um_name(&models->symbol, i);
        const int owns = owner[um_names_find(&models->symbol, symbol)] == i;
        models->n_same_symbol += !owns;
        status = add(cx, &settled, owns ? symbol : um_name(&models->id, i));
    }
    free(owner);
    um_names_clear(&models->symbol);
    models->symbol = settled;
    return status;
}

unmix_status um_gtf_read(unmix_context *cx, const char *path, um_gene_models *models)
{
    reading r = {.cx = cx, .path = path};
    unmix_status status = read_lines(&r);
    if (status == UNMIX_OK)
        status = assign_genes(&r, models);
    if (status == UNMIX_OK)
        status = form_genes(&r, models);
    if (status == UNMIX_OK)
        status = settle_symbols(cx, models);
    models->n_par = r.n_par;
    reading_clear(&r);
    if (status != UNMIX_OK)
        um_gene_models_clear(models);
    return status;
}
