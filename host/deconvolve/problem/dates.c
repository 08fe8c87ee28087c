#include "deconvolve/problem/dates.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gene_date.h"
#include "core/gene_name.h"
#include "core/listing.h"

/* What the dates are judged by; indexed copies. */
typedef struct vocabulary {
    const um_named *own;
    um_names ours;             /* the names of the input itself */
    um_names theirs[UM_INPUTS]; /* of the others: their names */
    const um_named *others[UM_INPUTS];
    size_t n_others;
    um_names repaired, left_out; /* for the messages */
} vocabulary;

static void clear(vocabulary *v)
{
    um_names_clear(&v->ours);
    for (size_t i = 0; i < UM_INPUTS; i++)
        um_names_clear(&v->theirs[i]);
    um_names_clear(&v->repaired);
    um_names_clear(&v->left_out);
}

static unmix_status copy_indexed(unmix_context *cx, um_names *to, const um_names *from)
{
    UM_TRY(um_names_copy(cx, to, from));
    return um_names_index(cx, to);
}

static unmix_status fill(unmix_context *cx, const um_named inputs[UM_INPUTS], size_t which, vocabulary *v)
{
    v->own = &inputs[which];
    UM_TRY(copy_indexed(cx, &v->ours, inputs[which].names));
    for (size_t i = 0; i < UM_INPUTS; i++)
        if (i != which && inputs[i].names) {
            v->others[v->n_others] = &inputs[i];
            UM_TRY(copy_indexed(cx, &v->theirs[v->n_others++], inputs[i].names));
        }
    return UNMIX_OK;
}

/* ---- By another name beside the date ---- */

static int same_unversioned(const char *a, const char *b)
{
    const size_t n = um_gene_unversioned(a, strlen(a)), m = um_gene_unversioned(b, strlen(b));
    return n == m && strncmp(a, b, n) == 0;
}

static const char *known_by(const um_named *other, const char *id)
{
    for (size_t c = 0; other->aliases && c < other->aliases->columns.count; c++)
        for (size_t row = 0; row < other->names->count; row++)
            if (same_unversioned(um_name(&other->aliases->names[c], row), id))
                return um_name(other->names, row);
    return NULL;
}

/* The name that another input has for a gene whose identifier stands beside the date; NULL: none says. */
static const char *name_beside(const vocabulary *v, size_t row)
{
    um_gene_date date;
    for (size_t c = 0; v->own->aliases && c < v->own->aliases->columns.count; c++) {
        const char *id = um_name(&v->own->aliases->names[c], row);
        for (size_t i = 0; *id && i < v->n_others; i++) {
            const char *name = known_by(v->others[i], id);
            if (name && *name && !um_gene_date_read(name, strlen(name), &date))
                return name;
        }
    }
    return NULL;
}

/* ---- By the genes that give the date ---- */

/* MARCHF1 or Marchf1, as the list has it; *found is its own form. */
static int has_symbol(const um_names *names, const char *symbol, char found[16])
{
    (void)snprintf(found, 16, "%.15s", symbol);
    if (um_names_find(names, found) != UM_NOT_FOUND)
        return 1;
    for (char *c = found + 1; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return um_names_find(names, found) != UM_NOT_FOUND;
}

static int stands_here(const vocabulary *v, const um_dated_gene *gene)
{
    char found[16];
    return has_symbol(&v->ours, gene->symbols[0], found) || has_symbol(&v->ours, gene->symbols[1], found);
}

/* Of the genes those that do not stand in the input by their own names. */
static size_t candidates(const vocabulary *v, um_gene_date date, um_dated_gene genes[UM_DATED_GENES])
{
    const size_t n = um_dated_genes(date, genes);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!stands_here(v, &genes[i]))
            genes[kept++] = genes[i];
    return kept;
}

/* In the form that the other inputs have; today's symbol where none has it. */
static void form_of(const vocabulary *v, const um_dated_gene *gene, char form[16])
{
    for (size_t i = 0; i < v->n_others; i++)
        for (size_t s = 0; s < 2; s++)
            if (has_symbol(&v->theirs[i], gene->symbols[s], form))
                return;
    (void)snprintf(form, 16, "%.15s", gene->symbols[0]);
}

/* How many rows are this date, however they write it. */
static size_t times(const um_names *names, um_gene_date date)
{
    size_t n = 0;
    for (size_t i = 0; i < names->count; i++) {
        um_gene_date other;
        n += um_gene_date_read(um_name(names, i), strlen(um_name(names, i)), &other) && other.month == date.month &&
             other.number == date.number;
    }
    return n;
}

/* ---- Names ---- */

static unmix_status add(unmix_context *cx, um_names *names, const char *text)
{
    return um_names_add(cx, names, text, strlen(text));
}

static unmix_status take_as(unmix_context *cx, vocabulary *v, const char *name, const char *gene, um_names *names)
{
    char text[80];
    (void)snprintf(text, sizeof text, "%.30s %.40s", name, gene);
    UM_TRY(add(cx, &v->repaired, text));
    return add(cx, names, gene);
}

/* A name that no file has, and that differs from row to row. */
static unmix_status leave_out(unmix_context *cx, vocabulary *v, size_t row, const um_dated_gene *genes, size_t n,
                              um_names *names)
{
    const char *name = um_name(v->own->names, row);
    char text[100];
    (void)snprintf(text, sizeof text, "%.30s%s%s%s%s%s", name, n ? " (" : "", n ? genes[0].symbols[0] : "",
                   n > 1 ? " or " : "", n > 1 ? genes[1].symbols[0] : "", n ? ")" : "");
    UM_TRY(add(cx, &v->left_out, text));
    (void)snprintf(text, sizeof text, "%.30s\x1f%zu", name, row);
    return add(cx, names, text);
}

static unmix_status repair(unmix_context *cx, vocabulary *v, size_t row, um_gene_date date, um_names *names)
{
    const char *name = um_name(v->own->names, row), *beside = name_beside(v, row);
    um_dated_gene genes[UM_DATED_GENES];
    const size_t n = candidates(v, date, genes);
    if (beside)
        return take_as(cx, v, name, beside, names);
    if (n != 1 || times(v->own->names, date) > 1)
        return leave_out(cx, v, row, genes, n, names);
    char form[16];
    form_of(v, &genes[0], form);
    return take_as(cx, v, name, form, names);
}

static unmix_status repair_all(unmix_context *cx, vocabulary *v, um_names *names)
{
    for (size_t row = 0; row < v->own->names->count; row++) {
        const char *name = um_name(v->own->names, row);
        um_gene_date date;
        UM_TRY(um_gene_date_read(name, strlen(name), &date) ? repair(cx, v, row, date, names) : add(cx, names, name));
    }
    return UNMIX_OK;
}

static void say(unmix_context *cx, const vocabulary *v)
{
    char list[400];
    if (v->repaired.count)
        um_note(cx, "%s: %zu names of genes are dates made by a spreadsheet, read as the genes they were: %s",
                v->own->origin, v->repaired.count, um_list_names(&v->repaired, 8, list, sizeof list));
    if (v->left_out.count)
        um_warn(cx, "%s: %zu names of genes are dates made by a spreadsheet, which may be several genes or repeat, and are "
                    "left out: %s; take the table from before the spreadsheet", v->own->origin, v->left_out.count,
                um_list_names(&v->left_out, 8, list, sizeof list));
}

static int has_dates(const um_names *names)
{
    um_gene_date date;
    for (size_t i = 0; i < names->count; i++)
        if (um_gene_date_read(um_name(names, i), strlen(um_name(names, i)), &date))
            return 1;
    return 0;
}

unmix_status um_dates_repair(unmix_context *cx, const um_named inputs[UM_INPUTS], size_t which, um_names *names)
{
    vocabulary v = {0};
    if (!inputs[which].names || !has_dates(inputs[which].names))
        return UNMIX_OK;
    unmix_status status = fill(cx, inputs, which, &v);
    if (status == UNMIX_OK)
        status = repair_all(cx, &v, names);
    if (status == UNMIX_OK)
        say(cx, &v);
    else
        um_names_clear(names);
    clear(&v);
    return status;
}
