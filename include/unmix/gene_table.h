/* A table of genes (names of both kinds, length, biotype) from gene models. */
#ifndef UNMIX_GENE_TABLE_H
#define UNMIX_GENE_TABLE_H

#include <stddef.h>

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct unmix_genes_summary {
    size_t genes;         /* rows of the table */
    size_t par;           /* copies in the pseudoautosomal region of Y (GENCODE's _PAR_Y), left out */
    size_t elsewhere;     /* genes with exons on a second sequence, which are left out */
    size_t same_symbol;   /* genes whose symbol another one has: they stand under their id */
} unmix_genes_summary;

/*
 * Reads gene models, GTF or GFF3 with gene_id on its exons, plain or .gz, and writes the table that
 * unmix_gene_info_read() takes: columns symbol, ensembl (the gene_id without version), length (bases that the exons of
 * the gene cover, over all transcripts), biotype. Every symbol stands once. `path` "-" is standard output; an existing
 * file is replaced only with overwrite != 0. `summary` may be NULL. Errors: INPUT (file and line), EXISTS, WRITE, MEMORY.
 */
UNMIX_API unmix_status unmix_genes_write(unmix_context *cx, const char *gtf, const char *path, int overwrite,
                                         unmix_genes_summary *summary);

#ifdef __cplusplus
}
#endif
#endif
