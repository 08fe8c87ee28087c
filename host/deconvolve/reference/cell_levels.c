#include "deconvolve/reference/cell_levels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"

enum { LISTED = 20, LISTED_TYPES = 40 };

/* What becomes of the levels of a column of labels. */
typedef struct column {
    const char *kind;     /* "label" or "subject", for messages */
    const um_names *names;
    const int64_t *level; /* of each cell */
    size_t *position;     /* of each level among those that are kept, or UM_NOT_FOUND */
    um_names *kept;
} column;

typedef struct choice {
    const um_source *cells;
    const unmix_signature_options *options;
    column types, subjects;
} choice;

void um_cell_levels_clear(um_cell_levels *levels)
{
    free(levels->type_position);
    free(levels->subject_position);
    *levels = (um_cell_levels){0};
}

int um_cell_levels_place(const um_cell_levels *levels, size_t cell, size_t *type, size_t *subject)
{
    const int64_t t = levels->type[cell], s = levels->subject ? levels->subject[cell] : 0;
    if (t < 0 || s < 0)
        return 0;
    *type = levels->type_position[t];
    *subject = levels->subject ? levels->subject_position[s] : 0;
    return *type != UM_NOT_FOUND && *subject != UM_NOT_FOUND;
}

static unmix_status drop_types(unmix_context *cx, const choice *b, um_names *levels)
{
    UM_TRY(um_names_index(cx, levels));
    for (size_t i = 0; i < b->options->n_drop; i++) {
        const size_t level = um_names_find(levels, b->options->drop[i]);
        if (level == UM_NOT_FOUND) {
            char list[600];
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no label '%s' to drop; the labels are: %s",
                           b->cells->origin, b->options->drop[i], um_list_names(levels, LISTED, list, sizeof list));
        }
        b->types.position[level] = UM_NOT_FOUND;
    }
    return UNMIX_OK;
}

/* Levels that cells have, of those that were not dropped, are kept; the others are named. */
static unmix_status keep_levels(unmix_context *cx, const choice *b, const column *c, const size_t *members)
{
    for (size_t i = 0; i < c->names->count; i++) {
        const char *name = um_name(c->names, i);
        if (c->position[i] == UM_NOT_FOUND)
            continue;
        if (!members[i]) {
            um_note(cx, "%s: no cell has the %s '%s'; it is left out", b->cells->origin, c->kind, name);
            c->position[i] = UM_NOT_FOUND;
            continue;
        }
        c->position[i] = c->kept->count;
        UM_TRY(um_names_add(cx, c->kept, name, strlen(name)));
    }
    return UNMIX_OK;
}

/*
 * Says how many cells each type has, and warns of types of few cells among larger ones. Where most are small these are
 * sorted samples, and there is nothing to warn of.
 */
static void tell_cells(unmix_context *cx, const choice *b, const size_t *members)
{
    char all[1200] = "", few[400] = "";
    size_t n_few = 0, types = 0;
    for (size_t i = 0; i < b->types.names->count; i++) {
        if (b->types.position[i] == UM_NOT_FOUND)
            continue;
        const char *name = um_name(b->types.names, i);
        if (types++ < LISTED_TYPES)
            (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%.60s %zu", types > 1 ? ", " : "", name,
                           members[i]);
        if (members[i] >= UM_FEW_CELLS)
            continue;
        (void)snprintf(few + strlen(few), sizeof few - strlen(few), "%s'%.60s' (%zu %s)", n_few++ ? ", " : "", name,
                       members[i], members[i] == 1 ? "cell" : "cells");
    }
    um_note(cx, "cells of each type: %s%s", all, types > LISTED_TYPES ? ", ..." : "");
    if (n_few && 2 * n_few < types)
        um_warn(cx, "%s: types of few cells (under %d): %s; their signatures are uncertain", b->cells->origin, UM_FEW_CELLS,
                few);
}

/* Which levels become a type: not dropped, and with at least one cell. */
static unmix_status choose_types(unmix_context *cx, const choice *b, size_t *members)
{
    size_t without = 0, dropped = 0, used = 0;
    for (size_t i = 0; i < b->cells->columns->count; i++)
        if (b->types.level[i] < 0)
            without++;
        else
            members[b->types.level[i]]++;
    for (size_t i = 0; i < b->types.names->count; i++)
        if (b->types.position[i] == UM_NOT_FOUND)
            dropped += members[i];
        else
            used += members[i];
    if (without)
        um_note(cx, "%s: %zu of %zu cells have no label and are left out", b->cells->origin, without,
                b->cells->columns->count);
    UM_TRY(keep_levels(cx, b, &b->types, members));
    if (dropped)
        um_note(cx, "%s: cells with dropped labels are left out: %zu", b->cells->origin, dropped);
    if (!used)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no cell with a label is left, so there is no type to describe",
                       b->cells->origin);
    um_note(cx, "%s: %zu types from %zu cells", b->cells->origin, b->types.kept->count, used);
    tell_cells(cx, b, members);
    return UNMIX_OK;
}

/* Which levels become a subject: with at least one cell that has a type. */
static unmix_status choose_subjects(unmix_context *cx, const choice *b, size_t *members)
{
    size_t without = 0, used = 0;
    for (size_t i = 0; i < b->cells->columns->count; i++) {
        const int64_t type = b->types.level[i], subject = b->subjects.level[i];
        if (type < 0 || b->types.position[type] == UM_NOT_FOUND)
            continue;
        if (subject < 0) {
            without++;
        } else {
            members[subject]++;
            used++;
        }
    }
    if (without)
        um_note(cx, "%s: %zu cells have no subject and are left out", b->cells->origin, without);
    UM_TRY(keep_levels(cx, b, &b->subjects, members));
    if (!used)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no cell with a type has a subject", b->cells->origin);
    if (used > 1 && b->subjects.kept->count == used)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: each of the %zu cells has a subject of its own, so there is no variance within a subject; give the "
                       "column with the donors", b->cells->origin, used);
    return UNMIX_OK;
}

/* From the positions of all levels, which are 0, and the number of cells that each has. */
static unmix_status choose(unmix_context *cx, const choice *b)
{
    const size_t T = b->types.names->count, S = b->subjects.level ? b->subjects.names->count : 0;
    um_names levels = {0};
    size_t *members = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, um_names_copy(cx, &levels, b->types.names));
    UM_TRY_GOTO(status, done, drop_types(cx, b, &levels));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &members, T + S, "labels"));
    UM_TRY_GOTO(status, done, choose_types(cx, b, members));
    if (b->subjects.level)
        status = choose_subjects(cx, b, members + T);
done:
    free(members);
    um_names_clear(&levels);
    return status;
}

unmix_status um_cell_levels_choose(unmix_context *cx, const um_source *cells, const um_cell_labels *labels,
                                   const unmix_signature_options *options, um_cell_levels *levels, um_names *types,
                                   um_names *subjects)
{
    UM_TRY(UM_ALLOC(cx, &levels->type_position, labels->types->count, "labels"));
    UM_TRY(UM_ALLOC(cx, &levels->subject_position, labels->subject ? labels->subjects->count : 0, "labels"));
    levels->type = labels->type;
    levels->subject = labels->subject;
    const choice b = {.cells = cells,
                      .options = options,
                      .types = {"label", labels->types, labels->type, levels->type_position, types},
                      .subjects = {"subject", labels->subjects, labels->subject, levels->subject_position, subjects}};
    return choose(cx, &b);
}
