/*
 * Gene models: GTF of GENCODE, Ensembl, RefSeq or StringTie, and GFF3 whose exons carry gene_id; plain or .gz.
 *
 * The length of a gene is the number of bases that its exons cover (their union over all transcripts).
 */
#ifndef UM_GTF_H
#define UM_GTF_H

#include "core/names.h"

/* Genes in the order of the file. `id` is without version. */
typedef struct um_gene_models {
    um_names id, symbol, biotype; /* symbol: the id where there is none; biotype: "" where there is none */
    double *length;               /* bases */
    size_t n_par;                 /* copies in the pseudoautosomal region of Y, which are left out */
    size_t n_elsewhere;           /* genes that stand on a second sequence, too: the first counts */
    size_t n_same_symbol;         /* genes whose symbol an earlier one has: their symbol became the id */
} um_gene_models;

void um_gene_models_clear(um_gene_models *models);

/* Errors: INPUT (no exon, an exon without gene_id or with wrong coordinates: the line is named), MEMORY. */
unmix_status um_gtf_read(unmix_context *cx, const char *path, um_gene_models *models);

#endif
