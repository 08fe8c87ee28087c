#include "deconvolve/problem/naming_advice.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/gene_name.h"

/* The names as `change` makes them, indexed. */
static unmix_status changed(unmix_context *cx, const um_names *names, void (*change)(char *text), um_names *to)
{
    for (size_t i = 0; i < names->count; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "%s", um_name(names, i));
        change(text);
        UM_TRY(um_names_add(cx, to, text, strlen(text)));
    }
    return um_names_index(cx, to);
}

static void to_capitals(char *text)
{
    for (char *c = text; *c; c++)
        *c = (char)toupper((unsigned char)*c);
}

static void cut_version(char *text)
{
    text[um_gene_unversioned(text, strlen(text))] = '\0';
}

/* Different names of a, so changed, that b has. */
static size_t meeting(unmix_context *cx, const um_names *a, const um_names *b, void (*change)(char *text))
{
    um_names x = {0}, y = {0};
    size_t n = 0;
    if (changed(cx, a, change, &x) == UNMIX_OK && changed(cx, b, change, &y) == UNMIX_OK)
        for (size_t i = 0; i < x.count; i++) {
            const char *name = um_name(&x, i);
            n += name[0] && um_names_find(&x, name) == i && um_names_find(&y, name) != UM_NOT_FOUND;
        }
    um_names_clear(&x);
    um_names_clear(&y);
    return n;
}

size_t um_naming_but_for_case(unmix_context *cx, const um_names *a, const um_names *b)
{
    return meeting(cx, a, b, to_capitals);
}

/* Columns of one input that are genes of the other: half of what can be. */
static size_t exchanged(unmix_context *cx, const um_names *columns, const um_names *genes)
{
    const size_t n = meeting(cx, columns, genes, cut_version);
    return n > 0 && 2 * n >= (genes->count < columns->count ? genes->count : columns->count) ? n : 0;
}

const char *um_naming_advice(unmix_context *cx, const um_named inputs[UM_INPUTS], const um_names *samples,
                             const um_names *types, char *text, size_t size)
{
    const um_named *ours = &inputs[UM_SIGNATURES], *theirs = &inputs[UM_BULK];
    const size_t in_bulk = exchanged(cx, samples, ours->names), in_signatures = exchanged(cx, types, theirs->names);
    const size_t both = in_bulk || in_signatures ? 0 : exchanged(cx, samples, types);
    const size_t capitals = um_naming_but_for_case(cx, ours->names, theirs->names);
    if (in_bulk || in_signatures)
        (void)snprintf(text, size, "%.120s looks transposed: %zu of its columns are genes of the %s; put genes into the rows",
                       in_bulk ? theirs->origin : ours->origin, in_bulk ? in_bulk : in_signatures,
                       in_bulk ? "signatures" : "bulk");
    else if (both)
        (void)snprintf(text, size, "both look transposed: %zu of their columns have the same names; put genes into the rows", both);
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
