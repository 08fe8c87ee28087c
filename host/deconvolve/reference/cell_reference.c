#include "deconvolve/reference/cell_reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "deconvolve/reference/profiles.h"
#include "deconvolve/reference/signature.h"

enum { LISTED = 20, LISTED_FEW = 6 };

void um_cell_reference_clear(um_cell_reference *reference)
{
    um_matrix_clear(&reference->signatures);
    um_matrix_clear(&reference->mean);
    um_matrix_clear(&reference->variance);
    um_matrix_clear(&reference->cell_size);
    um_matrix_clear(&reference->basis);
    um_matrix_clear(&reference->profiles);
    free(reference->total);
    *reference = (um_cell_reference){0};
}

static unmix_status open_matrix(unmix_context *cx, um_matrix *matrix, const um_names *rows, const um_names *columns,
                                const char *origin)
{
    UM_TRY(um_names_copy(cx, &matrix->rows, rows));
    UM_TRY(um_names_copy(cx, &matrix->columns, columns));
    UM_TRY(um_matrix_set_origin(cx, matrix, origin));
    return um_matrix_allocate(cx, matrix);
}

static unmix_status open_reference(unmix_context *cx, const um_cell_sums *sums, um_cell_reference *reference)
{
    um_matrix *frames[] = {&reference->mean, &reference->variance, &reference->basis};
    um_names size = {0};
    for (size_t f = 0; f < sizeof frames / sizeof frames[0]; f++)
        UM_TRY(open_matrix(cx, frames[f], &sums->genes, &sums->types, sums->origin));
    UM_TRY(um_aliases_copy(cx, &reference->basis.aliases, &sums->aliases));
    unmix_status status = um_names_add(cx, &size, "size", 4);
    if (status == UNMIX_OK)
        status = open_matrix(cx, &reference->cell_size, &sums->types, &size, sums->origin);
    um_names_clear(&size);
    UM_TRY(status);
    UM_TRY(um_signature_of_sums(cx, sums, &reference->signatures));
    UM_TRY(um_matrix_set_origin(cx, &reference->signatures, sums->origin));
    return UM_ALLOC(cx, &reference->total, sums->types.count, "cell types");
}

/* The counts of a type from one subject, 0 where there are none. */
static double counts_of(const um_cell_sums *sums, size_t type, size_t subject)
{
    const size_t group = sums->group[type * sums->n_subjects + subject];
    return group == UM_NOT_FOUND ? 0.0 : sums->total[group];
}

/* Means over the subjects with counts of the type; returns their number. */
static size_t form_means(const um_cell_sums *sums, size_t type, um_cell_reference *reference)
{
    double size = 0.0;
    size_t n = 0;
    for (size_t s = 0; s < sums->n_subjects; s++) {
        const double counts = counts_of(sums, type, s);
        if (!(counts > 0.0))
            continue;
        const double *sum = um_cell_sums_of(sums, type, s);
        for (size_t g = 0; g < sums->genes.count; g++)
            um_row(&reference->mean, g)[type] += sum[g] / counts;
        size += counts / (double)sums->cells[type * sums->n_subjects + s];
        reference->total[type] += counts;
        n++;
    }
    for (size_t g = 0; g < sums->genes.count; g++)
        um_row(&reference->mean, g)[type] /= (double)n;
    um_row(&reference->cell_size, type)[0] = size / (double)n;
    return n;
}

/* About the mean, in a second pass: squares of differences never cancel. */
static void form_variances(const um_cell_sums *sums, size_t type, size_t n, um_cell_reference *reference)
{
    for (size_t s = 0; s < sums->n_subjects; s++) {
        const double counts = counts_of(sums, type, s);
        const double *sum = um_cell_sums_of(sums, type, s);
        for (size_t g = 0; counts > 0.0 && g < sums->genes.count; g++) {
            const double d = sum[g] / counts - um_row(&reference->mean, g)[type];
            um_row(&reference->variance, g)[type] += d * d / (double)(n - 1);
        }
    }
}

static void form_poisson(size_t type, um_cell_reference *reference)
{
    for (size_t g = 0; g < reference->mean.rows.count; g++)
        um_row(&reference->variance, g)[type] = um_row(&reference->mean, g)[type] / reference->total[type];
}

/*
 * Warns of subjects with few cells of a type: their mean of it counts as much as that of any other. Where most have few
 * these are sorted samples, and there is nothing to warn of.
 */
static void tell_few(unmix_context *cx, const um_cell_sums *sums)
{
    char list[600] = "";
    size_t few = 0, pairs = 0;
    for (size_t type = 0; type < sums->types.count; type++)
        for (size_t s = 0; s < sums->n_subjects; s++) {
            const size_t cells = sums->cells[type * sums->n_subjects + s];
            pairs += cells > 0;
            if (cells == 0 || cells >= UM_FEW_CELLS)
                continue;
            if (few++ < LISTED_FEW)
                (void)snprintf(list + strlen(list), sizeof list - strlen(list), "%s'%.40s' of '%.40s' (%zu)", few > 1 ? ", " : "",
                               um_name(&sums->types, type), um_name(&sums->subjects, s), cells);
        }
    if (few && 2 * few < pairs)
        um_warn(cx, "%s: subjects with few cells (under %d) of a type, whose mean of it counts as much as any other's: %s%s",
                sums->origin, UM_FEW_CELLS, list, few > LISTED_FEW ? ", ..." : "");
}

/* Types that only some of the subjects have, and types without a variance over subjects. */
static void tell_subjects(unmix_context *cx, const um_cell_sums *sums, const um_names *partly, const um_names *poisson)
{
    char list[600];
    if (!sums->subjects.count)
        return;
    um_note(cx, "%s: %zu subjects", sums->origin, sums->n_subjects);
    tell_few(cx, sums);
    if (partly->count)
        um_note(cx, "%s: not all subjects have cells of these types, whose means are over those that do: %s",
                sums->origin, um_list_names(partly, LISTED, list, sizeof list));
    if (poisson->count)
        um_warn(
            cx,
            "%s: fewer than two subjects have cells of %s, so the variance of a gene there is that of Poisson counts, "
            "not between people: %s",
            sums->origin, poisson->count == sums->types.count ? "any type" : "these types",
            um_list_names(poisson, LISTED, list, sizeof list));
}

static unmix_status form(unmix_context *cx, const um_cell_sums *sums, um_cell_reference *reference, um_names *partly,
                         um_names *poisson)
{
    UM_TRY(open_reference(cx, sums, reference));
    reference->n_subjects = sums->subjects.count;
    reference->scale = sums->scale;
    for (size_t type = 0; type < sums->types.count; type++) {
        const char *name = um_name(&sums->types, type);
        const size_t n = form_means(sums, type, reference);
        if (n < 2) {
            form_poisson(type, reference);
            reference->n_poisson++;
            UM_TRY(um_names_add(cx, poisson, name, strlen(name)));
        } else {
            form_variances(sums, type, n, reference);
        }
        if (n > 1 && n < sums->n_subjects)
            UM_TRY(um_names_add(cx, partly, name, strlen(name)));
        for (size_t g = 0; g < sums->genes.count; g++)
            um_row(&reference->basis, g)[type] =
                um_row(&reference->mean, g)[type] * um_row(&reference->cell_size, type)[0];
    }
    tell_subjects(cx, sums, partly, poisson);
    return um_profiles_of_sums(cx, sums, &reference->profiles);
}

unmix_status um_cell_reference_form(unmix_context *cx, const um_cell_sums *sums, um_cell_reference *reference)
{
    um_names partly = {0}, poisson = {0};
    const unmix_status status = form(cx, sums, reference, &partly, &poisson);
    um_names_clear(&partly);
    um_names_clear(&poisson);
    if (status != UNMIX_OK)
        um_cell_reference_clear(reference);
    return status;
}
