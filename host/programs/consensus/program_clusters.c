/* What is made of clusters of programs: medians, numbers, genes. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"
#include "programs/consensus/consensus.h"

static double total(size_t m, const double *loading)
{
    double sum = 0;
    for (size_t g = 0; g < m; g++)
        sum += loading[g];
    return sum;
}

/* Medians */

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, um_by_double);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* The programs `member` [count], scale[p] x their loadings; values: room for count. */
static void median_program(const um_programs *programs, const size_t *member, size_t count, const double *scale,
                           double *values, double *result)
{
    const size_t m = programs->genes;
    double sum = 0;
    for (int by_mean = 0; by_mean < 2 && !(sum > 0) && count > 0; by_mean++) {
        for (size_t g = 0; g < m; g++) {
            for (size_t i = 0; i < count; i++)
                values[i] = scale[member[i]] * programs->loading[member[i] * m + g];
            result[g] = by_mean ? total(count, values) / (double)count : median(values, count);
        }
        sum = total(m, result);
    }
    for (size_t g = 0; g < m; g++)
        result[g] = sum > 0 ? result[g] / sum : 0;
}

static size_t members_of(const size_t *label, size_t items, size_t cluster, size_t *member)
{
    size_t count = 0;
    for (size_t p = 0; p < items; p++)
        if (label[p] == cluster)
            member[count++] = p;
    return count;
}

unmix_status um_program_medians(unmix_context *cx, const um_programs *programs, size_t clusters, const size_t *label,
                                double *medians)
{
    const size_t P = programs->count, m = programs->genes;
    double *scale = NULL;
    size_t *member = NULL;
    unmix_status status = UNMIX_OK;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &scale, um_product_size(P, 2, 1), "median programs"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &member, P, "median programs"));
    for (size_t p = 0; p < P; p++) {
        const double sum = total(m, programs->loading + p * m);
        scale[p] = sum > 0 ? 1 / sum : 0;
    }
    for (size_t c = 0; c < clusters; c++) {
        const size_t count = members_of(label, P, c, member);
        median_program(programs, member, count, scale, scale + P, medians + c * m);
    }
done:
    free(scale);
    free(member);
    return status;
}

/* Numbers of clusters */

unmix_status um_program_clusters(unmix_context *cx, const um_programs *programs, size_t clusters, const size_t *label,
                                 const double *silhouette, um_program_cluster *cluster)
{
    const size_t P = programs->count;
    size_t replicates = 1;
    unsigned char *seen;
    for (size_t p = 0; p < P && programs->replicate; p++)
        replicates = programs->replicate[p] >= replicates ? programs->replicate[p] + 1 : replicates;
    UM_TRY(UM_ALLOC(cx, &seen, um_product_size(replicates, clusters, 1), "clusters of programs"));
    for (size_t c = 0; c < clusters; c++)
        cluster[c] = (um_program_cluster){0, 0, 0};
    for (size_t p = 0; p < P; p++) {
        if (label[p] == UM_NO_CLUSTER)
            continue;
        um_program_cluster *c = cluster + label[p];
        unsigned char *s = seen + (programs->replicate ? programs->replicate[p] : 0) * clusters + label[p];
        c->members++;
        c->stability += silhouette[p];
        c->replicates += !*s;
        *s = 1;
    }
    for (size_t c = 0; c < clusters; c++)
        cluster[c].stability /= cluster[c].members ? (double)cluster[c].members : 1;
    free(seen);
    return UNMIX_OK;
}

/* Genes */

typedef struct loaded_gene {
    double loading;
    size_t gene;
} loaded_gene;

/* The largest loading first, of equal ones the gene that comes first. */
static int compare_genes(const void *a, const void *b)
{
    const loaded_gene *one = a, *two = b;
    if (one->loading != two->loading)
        return one->loading > two->loading ? -1 : 1;
    return one->gene < two->gene ? -1 : one->gene > two->gene;
}

/* Genes with a loading above zero, sorted; yields their number, at most `most`. */
static size_t largest_genes(size_t m, const double *loading, size_t most, loaded_gene *genes)
{
    size_t count = 0;
    for (size_t g = 0; g < m; g++)
        if (loading[g] > 0)
            genes[count++] = (loaded_gene){loading[g], g};
    qsort(genes, count, sizeof *genes, compare_genes);
    return count < most ? count : most;
}

unmix_status um_program_genes(unmix_context *cx, const um_programs *programs, const size_t *label, size_t cluster,
                              size_t most, size_t *gene, double *votes, size_t *count)
{
    const size_t m = programs->genes;
    loaded_gene *genes = NULL;
    double *vote = NULL;
    unmix_status status = UNMIX_OK;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &genes, m, "genes of a program"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &vote, m, "genes of a program"));
    for (size_t p = 0; p < programs->count; p++) {
        const double *loading = programs->loading + p * m, sum = total(m, loading);
        if (label[p] != cluster || !(sum > 0))
            continue;
        const size_t largest = largest_genes(m, loading, most, genes);
        for (size_t i = 0; i < largest; i++)
            vote[genes[i].gene] += genes[i].loading / sum;
    }
    *count = largest_genes(m, vote, most, genes);
    for (size_t i = 0; i < *count; i++) {
        gene[i] = genes[i].gene;
        if (votes)
            votes[i] = genes[i].loading;
    }
done:
    free(genes);
    free(vote);
    return status;
}

unmix_status um_largest_genes(unmix_context *cx, size_t genes, const double *loading, size_t most, size_t *gene,
                              size_t *count)
{
    loaded_gene *sorted;
    UM_TRY(UM_ALLOC(cx, &sorted, genes, "genes of a program"));
    *count = largest_genes(genes, loading, most, sorted);
    for (size_t i = 0; i < *count; i++)
        gene[i] = sorted[i].gene;
    free(sorted);
    return UNMIX_OK;
}

void um_specific_loadings(size_t clusters, size_t genes, const double *medians, double *specific)
{
    for (size_t c = 0; c < clusters; c++)
        for (size_t g = 0; g < genes; g++) {
            double other = 0;
            for (size_t d = 0; d < clusters; d++)
                if (d != c && medians[d * genes + g] > other)
                    other = medians[d * genes + g];
            specific[c * genes + g] = medians[c * genes + g] - other;
        }
}
