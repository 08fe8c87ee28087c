/* Names of genes as databases write them. */
#ifndef UM_GENE_NAME_H
#define UM_GENE_NAME_H

#include <stddef.h>

/*
 * The length of text[0..length) without the version of a stable identifier: ENSG00000141510.18 -> ENSG00000141510,
 * ENSMUSG00000059552.14, NM_000546.6, and ENSG00000002586.20_PAR_Y -> ENSG00000002586. `length` for all other names,
 * also for symbols with a point (AC004556.3, HLA.A).
 */
size_t um_gene_unversioned(const char *text, size_t length);

/* 1 for an identifier of a gene of Ensembl, with or without its version. */
int um_gene_is_ensembl(const char *text, size_t length);

/* 1 for the copy of a gene in the pseudoautosomal region of Y, as GENCODE marks it (_PAR_Y). */
int um_gene_is_par_y(const char *text, size_t length);

/* A name that is two names: how long the first is, with its version, and where the second stands. */
typedef struct um_gene_pair {
    size_t first;
    size_t second, second_length;
} um_gene_pair;

/*
 * 1 for "TP53|7157", "ENSG00000141510.18_TP53" (or with '-', as Seurat writes it, or ':'), "TP53_ENSG00000141510",
 * "TP53 (7157)", and names behind that of a genome ("GRCh38_TP53", "hg19_TP53"); 0: it is one name.
 */
int um_gene_pair_read(const char *text, size_t length, um_gene_pair *pair);

#endif
