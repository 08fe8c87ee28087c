#include "deconvolve/problem/deviations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "deconvolve/reference/profiles.h"

/* Which profiles are taken, and what they are. */
typedef struct chosen {
    um_profile_kind *kind; /* of each column of the profiles */
    size_t *type;
    double *total;         /* of each column, over the genes in common */
    size_t *n;             /* of each type: profiles with counts */
} chosen;

static void release(chosen *c)
{
    free(c->kind);
    free(c->type);
    free(c->total);
    free(c->n);
}

static unmix_status read_columns(unmix_context *cx, const um_problem *problem, const um_matrix *profiles, chosen *c)
{
    const size_t K = profiles->columns.count;
    UM_TRY(UM_ALLOC(cx, &c->kind, K, "profiles"));
    UM_TRY(UM_ALLOC(cx, &c->type, K, "profiles"));
    UM_TRY(UM_ALLOC(cx, &c->total, K, "profiles"));
    UM_TRY(UM_ALLOC(cx, &c->n, problem->n_types, "profiles"));
    for (size_t k = 0; k < K; k++) {
        c->kind[k] = um_profile_read(um_name(&profiles->columns, k), &problem->types, &c->type[k]);
        if (c->kind[k] == UM_PROFILE_NONE)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: column '%s' is no profile of one of the types; columns are named TYPE|donor:NAME or "
                           "TYPE|cells:NUMBER, as 'unmix signatures --subject' writes them",
                           profiles->origin, um_name(&profiles->columns, k));
    }
    return UNMIX_OK;
}

/* For each row of the profiles its gene, UM_NO_GENE or UM_LEFT_OUT. */
static unmix_status map_rows(unmix_context *cx, const um_problem *problem, const um_matrix *signatures,
                             const um_matrix *profiles, uint32_t *gene)
{
    um_names index = {0};
    size_t met = 0;
    unmix_status status = um_names_copy(cx, &index, &signatures->rows);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &index);
    for (size_t r = 0; status == UNMIX_OK && r < profiles->rows.count; r++) {
        const size_t row = um_names_find(&index, um_name(&profiles->rows, r));
        gene[r] = row == UM_NOT_FOUND ? UM_NO_GENE : problem->gene_of_signature[row];
        met += gene[r] != UM_NO_GENE;
    }
    um_names_clear(&index);
    if (status == UNMIX_OK && !met)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s and %s have no gene in common; profiles belong to signatures of the same file",
                       profiles->origin, signatures->origin);
    return status;
}

static unmix_status add_up(unmix_context *cx, const um_matrix *profiles, const uint32_t *gene, chosen *c)
{
    const size_t K = profiles->columns.count;
    char place[32];
    for (size_t r = 0; r < profiles->rows.count; r++)
        for (size_t k = 0; gene[r] != UM_NO_GENE && k < K; k++) {
            const double value = um_row(profiles, r)[k];
            if (!(value >= 0.0))
                return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s, column '%s': %g; profiles are sums of counts", profiles->origin,
                               um_row_place(profiles->first_line, r, place, sizeof place), um_name(&profiles->columns, k),
                               value);
            c->total[k] += value;
        }
    for (size_t k = 0; k < K; k++)
        c->n[c->type[k]] += c->total[k] > 0.0;
    return UNMIX_OK;
}

/* The columns in use: those with counts, of types that have two or more of them. */
static unmix_status keep_columns(unmix_context *cx, um_problem *problem, const um_matrix *profiles, const chosen *c,
                                 um_deviation_origin *origin, size_t *column)
{
    UM_TRY(UM_ALLOC(cx, &problem->profile_type, profiles->columns.count, "profiles"));
    for (size_t k = 0; k < profiles->columns.count; k++) {
        const size_t type = c->type[k];
        const char *name = um_name(&profiles->columns, k);
        if (!(c->total[k] > 0.0) || c->n[type] < 2)
            continue;
        *(c->kind[k] == UM_PROFILE_DONOR ? &origin[type].donors : &origin[type].parts) += 1;
        column[problem->n_profiles] = k;
        problem->profile_type[problem->n_profiles++] = (uint32_t)type;
        UM_TRY(um_names_add(cx, &problem->profile_names, name, strlen(name)));
    }
    return UNMIX_OK;
}

static unmix_status form(unmix_context *cx, um_problem *problem, const um_matrix *profiles, const uint32_t *gene,
                         const chosen *c, const size_t *column)
{
    const size_t G = problem->genes.count, K = problem->n_profiles;
    double *mean = NULL;
    UM_TRY(UM_ALLOC(cx, &problem->deviation, um_product_size(G, K, 1), "profiles"));
    UM_TRY(UM_ALLOC(cx, &mean, problem->n_types, "profiles"));
    for (size_t r = 0; r < profiles->rows.count; r++) {
        if (gene[r] >= UM_LEFT_OUT)
            continue;
        const double *row = um_row(profiles, r), factor = problem->factor[gene[r]];
        memset(mean, 0, problem->n_types * sizeof *mean);
        for (size_t k = 0; k < K; k++)
            mean[problem->profile_type[k]] += row[column[k]] / c->total[column[k]] / (double)c->n[problem->profile_type[k]];
        for (size_t k = 0; k < K; k++) {
            const size_t type = problem->profile_type[k];
            const double scale = um_profile_scale(c->kind[column[k]], c->n[type]);
            problem->deviation[(size_t)gene[r] * K + k] +=
                (float)(factor * scale * (row[column[k]] / c->total[column[k]] - mean[type]));
        }
    }
    free(mean);
    return UNMIX_OK;
}

unmix_status um_problem_take_profiles(unmix_context *cx, um_problem *problem, const um_matrix *signatures,
                                      const um_matrix *profiles, um_deviation_origin *origin)
{
    chosen c = {0};
    uint32_t *gene = NULL;
    size_t *column = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, read_columns(cx, problem, profiles, &c));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &gene, profiles->rows.count, "profiles"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &column, profiles->columns.count, "profiles"));
    UM_TRY_GOTO(status, done, map_rows(cx, problem, signatures, profiles, gene));
    UM_TRY_GOTO(status, done, add_up(cx, profiles, gene, &c));
    UM_TRY_GOTO(status, done, keep_columns(cx, problem, profiles, &c, origin, column));
    status = form(cx, problem, profiles, gene, &c, column);
done:
    release(&c);
    free(gene);
    free(column);
    return status;
}

/* How many types have donors, and how many have parts of their cells instead. */
static void count_origins(const um_deviation_origin *origin, size_t n_types, size_t *donors, size_t *cells)
{
    *donors = *cells = 0;
    for (size_t j = 0; origin && j < n_types; j++) {
        *donors += origin[j].donors > 0;
        *cells += origin[j].donors == 0 && origin[j].parts > 0;
    }
}

void um_deviations_text(const um_deviation_origin *origin, size_t n_types, const char *first, char *text, size_t size)
{
    size_t donors, cells;
    count_origins(origin, n_types, &donors, &cells);
    (void)snprintf(text, size, "%s%s%s", first, donors ? ", donors" : "", cells ? ", cells" : "");
}

unmix_status um_deviations_tell(unmix_context *cx, const um_names *types, const um_deviation_origin *origin, int wanted)
{
    size_t donors, cells;
    char list[600];
    um_names few = {0};
    unmix_status status = UNMIX_OK;
    count_origins(origin, types->count, &donors, &cells);
    for (size_t j = 0; donors && j < types->count && status == UNMIX_OK; j++)
        if (!origin[j].donors)
            status = um_names_add(cx, &few, um_name(types, j), strlen(um_name(types, j)));
    if (few.count)
        um_note(cx, "intervals: fewer than two donors have cells of %s; what donors differ by is missing there%s",
                um_list_names(&few, 20, list, sizeof list), cells ? ", the sampling of cells is in" : "");
    else if (cells)
        um_note(cx, "intervals: no donors known (--subject); the sampling of cells is in, what donors differ by is missing");
    else if (!donors && wanted)
        um_warn(cx, "intervals: signatures come without donors, so what the reference adds is missing; give --reference with "
                    "--subject, or the profiles that 'unmix signatures --subject' writes");
    um_names_clear(&few);
    return status;
}

void um_deviations_draw(const um_problem *problem, const double *z, double *dA)
{
    const size_t G = problem->genes.count, K = problem->n_profiles, M = problem->n_sources;
    memset(dA, 0, G * M * sizeof *dA);
    for (size_t g = 0; g < G; g++)
        for (size_t k = 0; k < K; k++)
            dA[g * M + problem->profile_type[k]] += z[k] * (double)problem->deviation[g * K + k];
}
