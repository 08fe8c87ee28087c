#include "deconvolve/problem/problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "deconvolve/problem/specificity.h"
#include "deconvolve/problem/units.h"
#include "core/repeated.h"

void um_problem_clear(um_problem *problem)
{
    um_names_clear(&problem->genes);
    um_names_clear(&problem->types);
    free(problem->A);
    free(problem->D);
    free(problem->factor);
    free(problem->w);
    free(problem->length);
    free(problem->null);
    free(problem->sum);
    free(problem->gene_of_row);
    free(problem->gene_of_signature);
    free(problem->silent_row);
    um_unmatched_clear(&problem->unmatched);
    free(problem->profile_type);
    um_names_clear(&problem->profile_names);
    free(problem->deviation);
    free(problem->variance);
    free(problem->abundance);
    *problem = (um_problem){0};
}

/* All genes in common, before those without weight leave: what the scaling needs. */
typedef struct staged_genes {
    um_match match;
    double *S;      /* count x C, as read; then columns scaled to sum 1 */
    double *length; /* count */
    double *weight; /* count */
    uint32_t *kept; /* count: position among the genes that take part, or UM_NO_GENE */
} staged_genes;

static void staged_clear(staged_genes *staged)
{
    um_match_clear(&staged->match);
    free(staged->S);
    free(staged->length);
    free(staged->weight);
    free(staged->kept);
}

static unmix_status check_gene(unmix_context *cx, const um_gene_table *table, size_t row, double length, double weight)
{
    char place[32];
    (void)um_row_place(table->first_line, row, place, sizeof place);
    const char *gene = um_name(table->genes, row);
    if (table->length && !(length > 0.0 && isfinite(length)))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s, column 'length': gene '%s' has length %g; lengths must be above 0 bases",
                       table->origin, place, gene, length);
    if (table->weight && !(weight >= 0.0 && weight <= 1.0))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s, column 'weight': gene '%s' has weight %g; weights must be in [0, 1]",
                       table->origin, place, gene, weight);
    return UNMIX_OK;
}

static unmix_status take_gene_info(unmix_context *cx, staged_genes *staged, const um_gene_table *table, double insert_size)
{
    const size_t n = staged->match.count;
    UM_TRY(UM_ALLOC(cx, &staged->length, n, "gene lengths"));
    UM_TRY(UM_ALLOC(cx, &staged->weight, n, "gene weights"));
    for (size_t g = 0; g < n; g++) {
        const size_t row = table ? staged->match.table_row[g] : 0;
        staged->length[g] = table && table->length ? table->length[row] : insert_size;
        staged->weight[g] = table && table->weight ? table->weight[row] : 1.0;
        if (table)
            UM_TRY(check_gene(cx, table, row, staged->length[g], staged->weight[g]));
    }
    return UNMIX_OK;
}

/* S: rows of the same gene added up, columns divided by their sums over all genes in common. */
static unmix_status scale_signatures(unmix_context *cx, staged_genes *staged, const um_matrix *signatures, um_problem *problem)
{
    const size_t C = signatures->columns.count;
    UM_TRY(UM_ALLOC(cx, &staged->S, um_product_size(staged->match.count, C, 1), "signatures"));
    UM_TRY(UM_ALLOC(cx, &problem->sum, C, "signatures"));
    for (size_t r = 0; r < signatures->rows.count; r++) {
        const uint32_t g = staged->match.of_signature[r];
        for (size_t j = 0; g != UM_NO_GENE && j < C; j++)
            staged->S[(size_t)g * C + j] += um_row(signatures, r)[j];
    }
    for (size_t g = 0; g < staged->match.count; g++)
        for (size_t j = 0; j < C; j++)
            problem->sum[j] += staged->S[g * C + j];
    for (size_t g = 0; g < staged->match.count; g++)
        for (size_t j = 0; j < C; j++)
            if (problem->sum[j] > 0.0)
                staged->S[g * C + j] /= problem->sum[j];
    return UNMIX_OK;
}

static unmix_status weigh_genes(unmix_context *cx, staged_genes *staged, const um_matrix *signatures,
                                unmix_gene_weighting weighting)
{
    const size_t C = signatures->columns.count;
    if (weighting == UNMIX_GENE_WEIGHTING_NONE)
        return UNMIX_OK;
    if (C < 2)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: weights by specificity tell types apart, and there is only one ('%s')",
                       signatures->origin, um_name(&signatures->columns, 0));
    double *unit = NULL;
    UM_TRY(UM_ALLOC(cx, &unit, C, "gene weights"));
    um_specificity_units(staged->S, staged->match.count, C, unit);
    for (size_t g = 0; g < staged->match.count; g++)
        staged->weight[g] *= um_specificity(staged->S + g * C, unit, C);
    free(unit);
    return UNMIX_OK;
}

/* A column without any expression where w > 0 could not be told from any other: D_j would be 0. */
static unmix_status refuse_empty_columns(unmix_context *cx, const staged_genes *staged, const um_matrix *signatures)
{
    const size_t C = signatures->columns.count;
    for (size_t j = 0; j < C; j++) {
        double used = 0.0;
        for (size_t g = 0; g < staged->match.count; g++)
            if (staged->weight[g] > 0.0)
                used += staged->S[g * C + j];
        if (!(used > 0.0))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: signature column '%s' is all zero over the genes in common with weight > 0; leave that type out",
                           signatures->origin, um_name(&signatures->columns, j));
    }
    return UNMIX_OK;
}

/* Which genes take part: w > 0, and, without an intercept, at least one source that can produce them. */
static unmix_status choose_genes(unmix_context *cx, staged_genes *staged, um_problem *problem, int intercept)
{
    const size_t C = problem->n_types;
    UM_TRY(UM_ALLOC(cx, &staged->kept, staged->match.count, "gene matching"));
    for (size_t g = 0; g < staged->match.count; g++) {
        double any = intercept ? 1.0 : 0.0;
        for (size_t j = 0; j < C; j++)
            any += staged->S[g * C + j];
        const int silent = staged->weight[g] > 0.0 && !(any > 0.0);
        problem->n_silent += (size_t)silent;
        staged->kept[g] = UM_NO_GENE;
        if (!(staged->weight[g] > 0.0) || silent)
            continue;
        staged->kept[g] = (uint32_t)problem->genes.count;
        UM_TRY(um_names_add(cx, &problem->genes, staged->match.name[g], strlen(staged->match.name[g])));
    }
    return UNMIX_OK;
}

static unmix_status map_bulk(unmix_context *cx, const staged_genes *staged, um_problem *problem, size_t n_rows)
{
    problem->n_rows = n_rows;
    UM_TRY(UM_ALLOC(cx, &problem->gene_of_row, n_rows, "gene matching"));
    UM_TRY(UM_ALLOC(cx, &problem->silent_row, n_rows, "gene matching"));
    for (size_t r = 0; r < n_rows; r++) {
        const uint32_t g = staged->match.of_bulk[r];
        problem->gene_of_row[r] = g == UM_NO_GENE ? UM_NO_GENE : staged->kept[g];
        problem->silent_row[r] = g != UM_NO_GENE && staged->kept[g] == UM_NO_GENE && staged->weight[g] > 0.0;
    }
    return UNMIX_OK;
}

static unmix_status map_signatures(unmix_context *cx, const staged_genes *staged, um_problem *problem, size_t n_rows)
{
    UM_TRY(UM_ALLOC(cx, &problem->gene_of_signature, n_rows, "gene matching"));
    for (size_t r = 0; r < n_rows; r++) {
        const uint32_t g = staged->match.of_signature[r], kept = g == UM_NO_GENE ? UM_NO_GENE : staged->kept[g];
        problem->gene_of_signature[r] = g != UM_NO_GENE && kept == UM_NO_GENE ? UM_LEFT_OUT : kept;
    }
    return UNMIX_OK;
}

/* A, D, w, lengths and the null model over the genes that take part. */
static unmix_status form_products(unmix_context *cx, const staged_genes *staged, um_problem *problem,
                                  const unmix_deconvolve_options *options)
{
    const size_t G = problem->genes.count, C = problem->n_types, M = problem->n_sources;
    UM_TRY(UM_ALLOC(cx, &problem->A, um_product_size(G, M, 1), "signatures"));
    UM_TRY(UM_ALLOC(cx, &problem->D, M, "signatures"));
    UM_TRY(UM_ALLOC(cx, &problem->factor, G, "gene lengths"));
    UM_TRY(UM_ALLOC(cx, &problem->w, G, "gene weights"));
    UM_TRY(UM_ALLOC(cx, &problem->length, G, "gene lengths"));
    UM_TRY(UM_ALLOC(cx, &problem->null, G, "null model"));
    const int use_lengths = options->m_step != UNMIX_M_STEP_COUNTS, into_weights = options->m_step == UNMIX_M_STEP_LENGTHS;
    for (size_t g = 0; g < staged->match.count; g++) {
        const uint32_t i = staged->kept[g];
        if (i == UM_NO_GENE)
            continue;
        const double c = use_lengths ? um_unit_factor(options->bulk_units, options->units, staged->length[g], options->insert_size)
                                     : 1.0;
        double *row = problem->A + (size_t)i * M;
        for (size_t j = 0; j < C; j++)
            row[j] = c * staged->S[g * C + j];
        if (M > C)
            row[C] = c / (double)staged->match.count;
        problem->factor[i] = c;
        problem->w[i] = staged->weight[g] / (into_weights ? c : 1.0);
        problem->length[i] = staged->length[g];
        for (size_t j = 0; j < M; j++)
            problem->D[j] += problem->w[i] * row[j];
    }
    double all = 0.0;
    for (size_t j = 0; j < M; j++)
        all += problem->D[j];
    for (size_t i = 0; i < G; i++) {
        const double *row = problem->A + i * M;
        double any = 0.0;
        for (size_t j = 0; j < M; j++)
            any += row[j];
        problem->null[i] = M > C ? row[C] / problem->D[C] : any / all;
    }
    return UNMIX_OK;
}

static unmix_status refuse_intercept_as_type(unmix_context *cx, const um_matrix *signatures, int intercept)
{
    for (size_t j = 0; intercept && j < signatures->columns.count; j++)
        if (strcmp(um_name(&signatures->columns, j), "intercept") == 0)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: a type is called 'intercept', the name of the background; rename it or use --no-intercept",
                           signatures->origin);
    return UNMIX_OK;
}

/*
 * Returns the genes of the input that has fewest. With so few genes in common the names are usually of two kinds; MuSiC
 * stops at a fifth.
 */
static size_t warn_of_few_genes(unmix_context *cx, size_t common, const um_matrix *signatures, const um_source *bulk,
                              const um_gene_table *table)
{
    size_t fewest = signatures->rows.count;
    const char *origin = signatures->origin;
    if (bulk->rows->count < fewest) {
        fewest = bulk->rows->count;
        origin = bulk->origin;
    }
    if (table && table->genes->count < fewest) {
        fewest = table->genes->count;
        origin = table->origin;
    }
    if (common * 5 < fewest)
        um_warn(cx, "only %zu genes are in common, less than a fifth of the %zu that %s has; are the names of the same kind?",
                common, fewest, origin);
    return fewest;
}

static unmix_status stage(unmix_context *cx, um_problem *problem, staged_genes *staged, const um_matrix *signatures,
                          const um_source *bulk, const um_gene_table *table, const unmix_deconvolve_options *options)
{
    UM_TRY(um_refuse_repeated_column(cx, signatures->origin, "type", &signatures->columns));
    UM_TRY(refuse_intercept_as_type(cx, signatures, options->intercept));
    if (!options->reference) /* whose means are known to be linear */
        UM_TRY(um_refuse_logarithms(cx, signatures, options->scale));
    UM_TRY(um_match_genes(cx, &staged->match, signatures, bulk, table, options->duplicates));
    problem->n_common = staged->match.count;
    problem->n_least = warn_of_few_genes(cx, problem->n_common, signatures, bulk, table);
    problem->n_types = signatures->columns.count;
    problem->n_sources = problem->n_types + (options->intercept ? 1 : 0);
    UM_TRY(um_names_copy(cx, &problem->types, &signatures->columns));
    UM_TRY(take_gene_info(cx, staged, table, options->insert_size));
    UM_TRY(scale_signatures(cx, staged, signatures, problem));
    UM_TRY(weigh_genes(cx, staged, signatures, options->gene_weighting));
    UM_TRY(refuse_empty_columns(cx, staged, signatures));
    UM_TRY(choose_genes(cx, staged, problem, options->intercept));
    if (problem->genes.count < problem->n_sources)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s and %s have %zu genes in common, %zu of them usable, fewer than the %zu sources (%zu types%s); "
                       "check that the gene names are of the same kind", signatures->origin, bulk->origin, problem->n_common,
                       problem->genes.count, problem->n_sources, problem->n_types,
                       options->intercept ? " and the intercept" : "");
    UM_TRY(map_bulk(cx, staged, problem, bulk->rows->count));
    UM_TRY(um_unmatched_take(cx, &staged->match, &signatures->rows, bulk->rows, &problem->unmatched));
    UM_TRY(map_signatures(cx, staged, problem, signatures->rows.count));
    return form_products(cx, staged, problem, options);
}

unmix_status um_problem_stage(unmix_context *cx, um_problem *problem, const um_matrix *signatures, const um_source *bulk,
                              const um_gene_table *table, const unmix_deconvolve_options *options)
{
    staged_genes staged = {0};
    const unmix_status status = stage(cx, problem, &staged, signatures, bulk, table, options);
    staged_clear(&staged);
    if (status != UNMIX_OK)
        return status;
    um_detail(cx, "%zu genes in common (signatures %zu, bulk %zu%s), %zu with weight > 0 take part", problem->n_common,
            signatures->rows.count, bulk->rows->count, table ? ", gene information too" : "", problem->genes.count);
    if (!table)
        um_note(cx, "no gene information: every length counts as the insert size (%g bases) and every weight as 1",
                options->insert_size);
    else if (options->m_step == UNMIX_M_STEP_COUNTS)
        um_note(cx, "gene lengths are ignored (--m-step counts)");
    else if (options->bulk_units <= UNMIX_BULK_READS && options->units == UNMIX_UNITS_READS)
        um_note(cx, "gene lengths are ignored (--signature-units reads)");
    return UNMIX_OK;
}

unmix_status um_problem_take_reference(unmix_context *cx, um_problem *problem, const um_cell_reference *reference)
{
    const size_t C = problem->n_types, G = problem->genes.count;
    UM_TRY(UM_ALLOC(cx, &problem->variance, um_product_size(G, C, 1), "variances"));
    UM_TRY(UM_ALLOC(cx, &problem->abundance, C, "variances"));
    for (size_t r = 0; r < reference->variance.rows.count; r++) { /* the rows of the basis */
        const uint32_t g = problem->gene_of_signature[r];
        for (size_t j = 0; g < UM_LEFT_OUT && j < C; j++)
            problem->variance[(size_t)g * C + j] += um_row(&reference->variance, r)[j];
    }
    for (size_t j = 0; j < C; j++) /* the basis is mean x size, and the signatures were divided by its sums */
        problem->abundance[j] = problem->sum[j] / um_row(&reference->cell_size, j)[0];
    return UNMIX_OK;
}
