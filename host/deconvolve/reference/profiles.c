#include "deconvolve/reference/profiles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static const char donor_mark[] = "|donor:", cells_mark[] = "|cells:";

static unmix_status add_column(unmix_context *cx, um_names *columns, const char *type, const char *mark, const char *part)
{
    char *name = NULL;
    const size_t size = strlen(type) + strlen(mark) + strlen(part) + 1;
    UM_TRY(UM_ALLOC(cx, &name, size, "profiles"));
    (void)snprintf(name, size, "%s%s%s", type, mark, part);
    const unmix_status status = um_names_add(cx, columns, name, size - 1);
    free(name);
    return status;
}

/* Subjects with counts of the type. */
static size_t count_donors(const um_cell_sums *sums, size_t type)
{
    size_t n = 0;
    for (size_t s = 0; sums->subjects.count && s < sums->n_subjects; s++) {
        const size_t group = sums->group[type * sums->n_subjects + s];
        n += group != UM_NOT_FOUND && sums->total[group] > 0.0;
    }
    return n;
}

static int has_counts(const double *sum, size_t genes)
{
    for (size_t g = 0; g < genes; g++)
        if (sum[g] > 0.0)
            return 1;
    return 0;
}

/* Calls add() for every profile: its type, mark, the name of the part and its sums. */
typedef unmix_status (*visitor)(unmix_context *cx, void *state, size_t type, const char *mark, const char *part,
                                const double *sum);

static unmix_status visit(unmix_context *cx, const um_cell_sums *sums, visitor add, void *state)
{
    const size_t G = sums->genes.count;
    for (size_t t = 0; t < sums->types.count; t++) {
        const int donors = count_donors(sums, t) >= 2;
        for (size_t s = 0; donors && s < sums->n_subjects; s++) {
            const double *sum = um_cell_sums_of(sums, t, s);
            if (sum && sums->total[sums->group[t * sums->n_subjects + s]] > 0.0)
                UM_TRY(add(cx, state, t, donor_mark, um_name(&sums->subjects, s), sum));
        }
        for (size_t p = sums->parts.n ? sums->parts.first[t] : 0; !donors && sums->parts.n && p < sums->parts.first[t + 1]; p++) {
            char number[24];
            (void)snprintf(number, sizeof number, "%zu", p - sums->parts.first[t] + 1);
            if (has_counts(sums->part_sum + p * G, G))
                UM_TRY(add(cx, state, t, cells_mark, number, sums->part_sum + p * G));
        }
    }
    return UNMIX_OK;
}

typedef struct filling {
    const um_cell_sums *sums;
    um_matrix *profiles;
    size_t column;
} filling;

static unmix_status name_one(unmix_context *cx, void *state, size_t type, const char *mark, const char *part,
                             const double *sum)
{
    (void)sum;
    filling *f = state;
    return add_column(cx, &f->profiles->columns, um_name(&f->sums->types, type), mark, part);
}

static unmix_status fill_one(unmix_context *cx, void *state, size_t type, const char *mark, const char *part,
                             const double *sum)
{
    (void)cx, (void)type, (void)mark, (void)part;
    filling *f = state;
    for (size_t g = 0; g < f->profiles->rows.count; g++)
        um_row(f->profiles, g)[f->column] = sum[g];
    f->column++;
    return UNMIX_OK;
}

unmix_status um_profiles_of_sums(unmix_context *cx, const um_cell_sums *sums, um_matrix *profiles)
{
    filling f = {sums, profiles, 0};
    UM_TRY(um_names_copy(cx, &profiles->rows, &sums->genes));
    UM_TRY(visit(cx, sums, name_one, &f));
    UM_TRY(um_matrix_set_origin(cx, profiles, sums->origin));
    UM_TRY(um_matrix_allocate(cx, profiles));
    return visit(cx, sums, fill_one, &f);
}

/* The type whose name is text[0..length), or UM_NOT_FOUND. */
static size_t find_type(const um_names *types, const char *text, size_t length)
{
    for (size_t t = 0; t < types->count; t++)
        if (strlen(um_name(types, t)) == length && memcmp(um_name(types, t), text, length) == 0)
            return t;
    return UM_NOT_FOUND;
}

um_profile_kind um_profile_read(const char *column, const um_names *types, size_t *type)
{
    const struct {
        const char *mark;
        um_profile_kind kind;
    } marks[] = {{donor_mark, UM_PROFILE_DONOR}, {cells_mark, UM_PROFILE_CELLS}};
    for (size_t m = 0; m < sizeof marks / sizeof marks[0]; m++)
        for (const char *at = strstr(column, marks[m].mark); at; at = strstr(at + 1, marks[m].mark)) {
            *type = find_type(types, column, (size_t)(at - column));
            if (*type != UM_NOT_FOUND)
                return marks[m].kind;
        }
    return UM_PROFILE_NONE;
}

double um_profile_scale(um_profile_kind kind, size_t n)
{
    const double N = (double)n;
    return kind == UM_PROFILE_DONOR ? sqrt((1.0 + 1.0 / N) / (N - 1.0)) : sqrt(1.0 / (N * (N - 1.0)));
}
