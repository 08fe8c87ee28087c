/* Names of columns that are known not to hold values of samples, as programs and people write them. */
#ifndef UM_KNOWN_COLUMNS_H
#define UM_KNOWN_COLUMNS_H

#include <stddef.h>

typedef enum um_column_kind {
    UM_COLUMN_UNKNOWN,
    UM_COLUMN_ID,         /* Entrez and other numbers of genes */
    UM_COLUMN_PLACE,      /* Chr, Strand: only tables of genes have them */
    UM_COLUMN_RANGE,      /* Start, End: also names that a sample may have */
    UM_COLUMN_LENGTH,     /* of the gene, in bases */
    UM_COLUMN_ANNOTATION, /* biotype, description, GC content */
    UM_COLUMN_STATISTIC   /* log2FoldChange, padj */
} um_column_kind;

/* The kind of a column by its name; case, blanks, points, dashes and underscores do not matter. */
um_column_kind um_known_column(const char *name);

/* 1 when the name says that the column is a sum over samples. */
int um_known_total(const char *name);

/* 1 when beside columns of statistics the name is one of them, too: stat, F, t, LR. */
int um_known_with_statistics(const char *name);

/* 1 when the name is a unit of counts (count, NumReads, ...), 2 when it is another unit (TPM, FPKM, ...), else 0. */
int um_known_unit(const char *name, size_t length);

/* 1 when the name ends as those of identifiers do: "id", "probe_id", "GeneID". */
int um_named_as_id(const char *name);

/* 1 when a first header field names a column of names (gene, symbol, id, sample, ...), or is empty. */
int um_names_rows(const char *name, size_t length);

#endif
