#include "deconvolve/problem/naming.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gene_name.h"
#include "core/memory.h"

/* What is taken of a name. */
typedef enum cut { WHOLE, UNVERSIONED, FIRST, SECOND, CUTS } cut;

static const char *const cut_words[CUTS] = {"as they are", "without versions", "by the first of their two names",
                                            "by the second of their two names"};

/* One way to read the names of an input. */
typedef struct reading {
    cut cut;
    const char *column; /* of the aliases; NULL: the names themselves */
    um_names names;     /* indexed */
} reading;

typedef struct readings {
    reading *way;
    size_t count;
} readings;

static void readings_clear(readings *r)
{
    for (size_t i = 0; i < r->count; i++)
        um_names_clear(&r->way[i].names);
    free(r->way);
    *r = (readings){0};
}

void um_naming_clear(um_naming *naming)
{
    for (size_t i = 0; i < UM_INPUTS; i++)
        um_names_clear(&naming->names[i]);
    *naming = (um_naming){0};
}

/* The part of a name that a cut takes; *length is 0 where the name has no such part. */
static const char *part_of(const char *name, cut how, size_t *length)
{
    const size_t whole = strlen(name), second = um_gene_second(name, whole);
    switch (how) {
    case UNVERSIONED:
        *length = um_gene_unversioned(name, whole);
        return name;
    case FIRST:
        *length = second ? um_gene_unversioned(name, second - 1) : 0;
        return name;
    case SECOND:
        *length = second ? whole - second : 0;
        return name + second;
    default:
        *length = whole;
        return name;
    }
}

/* Adds one reading, unless it changes nothing. */
static unmix_status add_reading(unmix_context *cx, readings *r, const um_names *from, const char *column, cut how)
{
    reading *const way = &r->way[r->count];
    size_t changed = 0;
    *way = (reading){.cut = how, .column = column};
    r->count++;
    for (size_t i = 0; i < from->count; i++) {
        const char *name = um_name(from, i);
        size_t length;
        const char *part = part_of(name, how, &length);
        changed += length != strlen(name);
        UM_TRY(um_names_add(cx, &way->names, part, length));
    }
    if (how == WHOLE || changed)
        return um_names_index(cx, &way->names);
    um_names_clear(&way->names);
    r->count--;
    return UNMIX_OK;
}

static unmix_status all_readings(unmix_context *cx, const um_named *input, readings *r)
{
    const size_t n_aliases = input->aliases ? input->aliases->columns.count : 0;
    if (!input->names)
        return UNMIX_OK;
    UM_TRY(UM_ALLOC(cx, &r->way, (1 + n_aliases) * CUTS, "names of genes"));
    for (size_t a = 0; a <= n_aliases; a++)
        for (cut how = WHOLE; how < CUTS; how++)
            UM_TRY(add_reading(cx, r, a ? &input->aliases->names[a - 1] : input->names,
                               a ? um_name(&input->aliases->columns, a - 1) : NULL, how));
    return UNMIX_OK;
}

static int has(const um_names *names, const char *name)
{
    return name[0] && um_names_find(names, name) != UM_NOT_FOUND;
}

/* Different names of a that b has, too, and c, where there is one. */
static size_t meeting(const um_names *a, const um_names *b, const um_names *c)
{
    size_t n = 0;
    for (size_t i = 0; i < a->count; i++) {
        const char *name = um_name(a, i);
        n += has(b, name) && (!c || has(c, name)) && um_names_find(a, name) == i;
    }
    return n;
}

/* ---- Which readings meet ---- */

/* Signatures and bulk read alike, the table by one of its columns; or both through two columns of the table. */
typedef struct choice {
    size_t common;
    const reading *of[UM_INPUTS];
    const reading *translated; /* the table's column that has the names of the bulk; NULL: no translation */
} choice;

static void consider(choice *best, choice other)
{
    if (other.common > best->common)
        *best = other;
}

static void find_direct(const readings r[UM_INPUTS], choice *best)
{
    for (size_t s = 0; s < r[UM_SIGNATURES].count; s++)
        for (size_t b = 0; b < r[UM_BULK].count; b++) {
            const reading *ours = &r[UM_SIGNATURES].way[s], *theirs = &r[UM_BULK].way[b];
            if (!r[UM_TABLE].count)
                consider(best, (choice){meeting(&ours->names, &theirs->names, NULL), {ours, theirs, NULL}, NULL});
            for (size_t t = 0; t < r[UM_TABLE].count; t++) {
                const reading *table = &r[UM_TABLE].way[t];
                consider(best, (choice){meeting(&ours->names, &theirs->names, &table->names), {ours, theirs, table}, NULL});
            }
        }
}

/* Rows of the table whose one name the signatures have and whose other name the bulk has. */
static size_t translated(const reading *ours, const reading *theirs, const reading *to, const reading *from)
{
    size_t n = 0;
    for (size_t i = 0; i < to->names.count; i++)
        n += has(&ours->names, um_name(&to->names, i)) && um_names_find(&to->names, um_name(&to->names, i)) == i &&
             has(&theirs->names, um_name(&from->names, i));
    return n;
}

/* The reading of an input, and the column of the table, that have most names in common. */
typedef struct pairing {
    size_t common;
    const reading *input, *table;
} pairing;

static pairing best_column(const readings *input, const readings *table)
{
    pairing best = {0};
    for (size_t i = 0; i < input->count; i++)
        for (size_t t = 0; t < table->count; t++) {
            const size_t common = meeting(&input->way[i].names, &table->way[t].names, NULL);
            if (common > best.common)
                best = (pairing){common, &input->way[i], &table->way[t]};
        }
    return best;
}

static void find_translation(const readings r[UM_INPUTS], choice *best)
{
    const pairing ours = best_column(&r[UM_SIGNATURES], &r[UM_TABLE]), theirs = best_column(&r[UM_BULK], &r[UM_TABLE]);
    if (ours.common && theirs.common && ours.table->column != theirs.table->column)
        consider(best, (choice){translated(ours.input, theirs.input, ours.table, theirs.table),
                                {ours.input, theirs.input, ours.table},
                                theirs.table});
}

/* ---- Names as they were chosen ---- */

static unmix_status add(unmix_context *cx, um_names *names, const char *text)
{
    return um_names_add(cx, names, text, strlen(text));
}

/*
 * The bulk's names in the words of the signatures, and the table with the rows that served for it: a name that two rows
 * would give is given by the first. What has no translation becomes "", which meets nothing.
 */
static unmix_status translate(unmix_context *cx, const choice *c, um_naming *naming)
{
    const um_names *to = &c->of[UM_TABLE]->names, *from = &c->translated->names, *bulk = &c->of[UM_BULK]->names;
    unsigned char *serves = NULL;
    unmix_status status = UM_ALLOC(cx, &serves, to->count, "names of genes");
    for (size_t i = 0; i < bulk->count && status == UNMIX_OK; i++) {
        const size_t row = um_name(bulk, i)[0] ? um_names_find(from, um_name(bulk, i)) : UM_NOT_FOUND;
        const char *name = row == UM_NOT_FOUND ? "" : um_name(to, row);
        const int first = name[0] && um_names_find(to, name) == row;
        if (first)
            serves[row] = 1;
        status = add(cx, &naming->names[UM_BULK], first ? name : "");
    }
    for (size_t row = 0; row < to->count && status == UNMIX_OK; row++)
        status = add(cx, &naming->names[UM_TABLE], serves[row] ? um_name(to, row) : "");
    free(serves);
    return status;
}

static void say(um_naming *naming, const char *format, ...) UM_PRINTF(2, 3);

static void say(um_naming *naming, const char *format, ...)
{
    const size_t used = strlen(naming->note);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(naming->note + used, sizeof naming->note - used, format, arguments);
    va_end(arguments);
}

/* "; bulk.tsv by column 'gene_name' without versions" */
static void describe_reading(const char *origin, const reading *way, um_naming *naming)
{
    if (way->cut == WHOLE && !way->column)
        return;
    say(naming, "%s%.80s", naming->note[0] ? "; " : "", origin);
    if (way->column)
        say(naming, " by column '%.40s'", way->column);
    if (way->cut != WHOLE)
        say(naming, " %s", cut_words[way->cut]);
}

static void describe(const um_named inputs[UM_INPUTS], const choice *c, um_naming *naming)
{
    describe_reading(inputs[UM_SIGNATURES].origin, c->of[UM_SIGNATURES], naming);
    describe_reading(inputs[UM_BULK].origin, c->of[UM_BULK], naming);
    if (c->translated)
        say(naming, "%s%.80s translates the names of the bulk into those of the signatures", naming->note[0] ? "; " : "",
            inputs[UM_TABLE].origin);
    else if (c->of[UM_TABLE])
        describe_reading(inputs[UM_TABLE].origin, c->of[UM_TABLE], naming);
    say(naming, "; %zu genes meet that way", c->common);
}

static unmix_status take(unmix_context *cx, const um_named inputs[UM_INPUTS], const choice *c, um_naming *naming)
{
    naming->common = c->common;
    for (size_t i = 0; i < UM_INPUTS; i++)
        if (c->of[i] && !(c->translated && i != UM_SIGNATURES))
            UM_TRY(um_names_copy(cx, &naming->names[i], &c->of[i]->names));
    if (c->translated)
        UM_TRY(translate(cx, c, naming));
    describe(inputs, c, naming);
    return UNMIX_OK;
}

unmix_status um_naming_find(unmix_context *cx, const um_named inputs[UM_INPUTS], um_naming *naming)
{
    readings r[UM_INPUTS] = {{0}};
    choice best = {0};
    unmix_status status = UNMIX_OK;
    *naming = (um_naming){0};
    for (size_t i = 0; i < UM_INPUTS && status == UNMIX_OK; i++)
        status = all_readings(cx, &inputs[i], &r[i]);
    if (status == UNMIX_OK) {
        find_direct(r, &best);
        find_translation(r, &best);
        if (best.common)
            status = take(cx, inputs, &best, naming);
    }
    for (size_t i = 0; i < UM_INPUTS; i++)
        readings_clear(&r[i]);
    if (status != UNMIX_OK)
        um_naming_clear(naming);
    return status;
}

/* ---- What to do where nothing meets ---- */

static unmix_status upper_case(unmix_context *cx, const um_names *names, um_names *upper)
{
    for (size_t i = 0; i < names->count; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "%s", um_name(names, i));
        for (char *c = text; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        UM_TRY(add(cx, upper, text));
    }
    return um_names_index(cx, upper);
}

static size_t meeting_in_capitals(unmix_context *cx, const um_names *a, const um_names *b)
{
    um_names x = {0}, y = {0};
    size_t n = 0;
    if (upper_case(cx, a, &x) == UNMIX_OK && upper_case(cx, b, &y) == UNMIX_OK)
        n = meeting(&x, &y, NULL);
    um_names_clear(&x);
    um_names_clear(&y);
    return n;
}

/* How many of `names` the signatures have. */
static size_t known(unmix_context *cx, const um_names *signatures, const um_names *names)
{
    um_names index = {0};
    size_t n = 0;
    if (um_names_copy(cx, &index, signatures) == UNMIX_OK && um_names_index(cx, &index) == UNMIX_OK)
        for (size_t i = 0; i < names->count; i++)
            n += has(&index, um_name(names, i)) ? 1 : 0;
    um_names_clear(&index);
    return n;
}

const char *um_naming_advice(unmix_context *cx, const um_named inputs[UM_INPUTS], const um_names *samples, char *text,
                             size_t size)
{
    const um_names *ours = inputs[UM_SIGNATURES].names, *theirs = inputs[UM_BULK].names;
    const size_t columns = known(cx, ours, samples), capitals = meeting_in_capitals(cx, ours, theirs);
    if (columns > 0 && columns * 2 >= (ours->count < samples->count ? ours->count : samples->count))
        (void)snprintf(text, size, "%s looks transposed: %zu of its columns are genes of the signatures; put genes into the rows",
                       inputs[UM_BULK].origin, columns);
    else if (capitals)
        (void)snprintf(text, size, "%zu names differ in letter case only: genes of mouse and human? use the same species in both",
                       capitals);
    else if (!inputs[UM_TABLE].names)
        (void)snprintf(text, size, "use the same kind of names in both, or give --gene-info a table that has both kinds, as "
                                   "'unmix genes' makes it from a GTF");
    else
        (void)snprintf(text, size, "use the same kind of names in all, or a gene table with both kinds, as 'unmix genes' makes it "
                                   "from a GTF");
    return text;
}
