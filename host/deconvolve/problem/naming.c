#include "deconvolve/problem/naming.h"

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
    const size_t whole = strlen(name);
    um_gene_pair pair = {0};
    const int two = (how == FIRST || how == SECOND) && um_gene_pair_read(name, whole, &pair);
    switch (how) {
    case UNVERSIONED:
        *length = um_gene_unversioned(name, whole);
        return name;
    case FIRST:
        *length = two ? um_gene_unversioned(name, pair.first) : 0;
        return name;
    case SECOND:
        *length = two ? um_gene_unversioned(name + pair.second, pair.second_length) : 0;
        return name + pair.second;
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

/*
 * Signatures and bulk read alike, the table by one of its columns; or both through two columns of the table; or the table
 * through two columns of one of them.
 */
typedef struct choice {
    size_t common;
    const reading *of[UM_INPUTS];
    const reading *translated; /* the table's column that has the names of the bulk; NULL: no translation */
    const reading *bridge;     /* the column of input `through` that has the names of the table; NULL: none */
    size_t through;
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
            const size_t at_most = meeting(&ours->names, &theirs->names, NULL);
            if (!r[UM_TABLE].count)
                consider(best, (choice){.common = at_most, .of = {ours, theirs, NULL}});
            for (size_t t = 0; t < r[UM_TABLE].count && at_most > best->common; t++) {
                const reading *table = &r[UM_TABLE].way[t];
                consider(best, (choice){.common = meeting(&ours->names, &theirs->names, &table->names),
                                        .of = {ours, theirs, table}});
            }
        }
}

/* Rows whose name by `way` both others have, and whose name by `other` the table has. */
static size_t bridged(const reading *way, const reading *other, const reading *meets, const reading *table)
{
    size_t n = 0;
    for (size_t i = 0; i < way->names.count; i++)
        n += has(&meets->names, um_name(&way->names, i)) && um_names_find(&way->names, um_name(&way->names, i)) == i &&
             has(&table->names, um_name(&other->names, i));
    return n;
}

/* Signatures and bulk meet, and the table by another column that one of them has beside the names. */
static void find_bridge(const readings r[UM_INPUTS], choice *best)
{
    choice pair = {0};
    const readings none = {0}, two[UM_INPUTS] = {r[UM_SIGNATURES], r[UM_BULK], none};
    if (!r[UM_TABLE].count)
        return;
    find_direct(two, &pair);
    for (size_t i = UM_SIGNATURES; pair.common > best->common && i <= UM_BULK; i++)
        for (size_t o = 0; o < r[i].count; o++)
            for (size_t t = 0; t < r[UM_TABLE].count; t++) {
                const reading *table = &r[UM_TABLE].way[t], *other = &r[i].way[o], *meets = pair.of[UM_BULK - i];
                const size_t common = bridged(pair.of[i], other, meets, table);
                consider(best, (choice){common, {pair.of[UM_SIGNATURES], pair.of[UM_BULK], table}, NULL, other, i});
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
        consider(best, (choice){.common = translated(ours.input, theirs.input, ours.table, theirs.table),
                                .of = {ours.input, theirs.input, ours.table},
                                .translated = theirs.table});
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

/* The table in the words in which signatures and bulk meet, by the rows of the input between them. */
static unmix_status carry_over(unmix_context *cx, const choice *c, um_naming *naming)
{
    const um_names *table = &c->of[UM_TABLE]->names, *from = &c->bridge->names, *to = &c->of[c->through]->names;
    for (size_t i = 0; i < table->count; i++) {
        const size_t row = um_name(table, i)[0] ? um_names_find(from, um_name(table, i)) : UM_NOT_FOUND;
        const char *name = row == UM_NOT_FOUND ? "" : um_name(to, row);
        UM_TRY(add(cx, &naming->names[UM_TABLE], name[0] && um_names_find(to, name) == row ? name : ""));
    }
    return UNMIX_OK;
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

static int as_it_stands(const reading *way)
{
    return way->cut == WHOLE && !way->column;
}

/* "; bulk.tsv by column 'gene_name' without versions" */
static void describe_reading(const char *origin, const reading *way, um_naming *naming)
{
    if (as_it_stands(way))
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
    else if (c->bridge)
        say(naming, "%s%.80s by %s%.40s%s of %.80s", naming->note[0] ? "; " : "", inputs[UM_TABLE].origin,
            c->bridge->column ? "column '" : "the names", c->bridge->column ? c->bridge->column : "",
            c->bridge->column ? "'" : "", inputs[c->through].origin);
    else if (c->of[UM_TABLE])
        describe_reading(inputs[UM_TABLE].origin, c->of[UM_TABLE], naming);
    say(naming, "; %zu genes meet that way", c->common);
}

static unmix_status take(unmix_context *cx, const um_named inputs[UM_INPUTS], const choice *c, um_naming *naming)
{
    naming->common = c->common;
    naming->versions_only = !c->translated && !c->bridge;
    for (size_t i = 0; i < UM_INPUTS; i++) {
        if (!c->of[i])
            continue;
        naming->versions_only &= !c->of[i]->column && c->of[i]->cut <= UNVERSIONED;
        if (!as_it_stands(c->of[i]) && !(c->translated && i != UM_SIGNATURES) && !(c->bridge && i == UM_TABLE))
            UM_TRY(um_names_copy(cx, &naming->names[i], &c->of[i]->names));
    }
    if (c->translated)
        UM_TRY(translate(cx, c, naming));
    if (c->bridge)
        UM_TRY(carry_over(cx, c, naming));
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
        find_bridge(r, &best);
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
