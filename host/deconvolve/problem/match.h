/* Matching of genes by name over signatures, bulk and gene information. */
#ifndef UM_MATCH_H
#define UM_MATCH_H

#include "core/matrix.h"
#include "core/source.h"
#include "unmix/deconvolve.h"

#define UM_NO_GENE UINT32_MAX

/* Lengths and weights by gene name; a view. */
typedef struct um_gene_table {
    const char *origin;
    const um_names *genes;
    const um_aliases *aliases; /* other names of the genes; NULL: none */
    const double *length; /* NULL: all insert_size; NaN: missing */
    const double *weight; /* NULL: all 1; NaN: missing */
    size_t first_line;
} um_gene_table;

/* The genes in common, in the order of their names, and where they stand in each input. */
typedef struct um_match {
    size_t count;
    um_names signature_genes, bulk_genes, table_genes; /* indexed copies of the inputs' names */
    const char **name;     /* into signature_genes */
    size_t *table_row;     /* row in the gene table (only with one) */
    uint32_t *of_signature; /* for each signature row its gene, or UM_NO_GENE; several rows may share one (sum) */
    uint32_t *of_bulk;      /* likewise for the rows of the bulk */
    int read_otherwise;     /* 1: the names were not taken as they stand */
} um_match;

void um_match_clear(um_match *match);

/*
 * Where the names meet hardly or not at all as they stand, they are read as most of them meet (naming.h), and a note says
 * how; names that repeat by that are added up. Errors: INPUT (a name repeats and duplicates are refused; nothing in
 * common), MEMORY.
 */
unmix_status um_match_genes(unmix_context *cx, um_match *match, const um_matrix *signatures, const um_source *bulk,
                            const um_gene_table *table, unmix_duplicates duplicates);

#endif
