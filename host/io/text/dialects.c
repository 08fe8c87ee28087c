#include "io/text/dialects.h"

#include <string.h>

static const um_dialect dialects[] = {
    {"featureCounts",
     .columns = {"Geneid", "Chr", "Start", "End", "Strand", "Length"},
     .names = "Geneid",
     .no_samples = {"Chr", "Start", "End", "Strand", "Length"}}, /* of genes with one exon, Start and End are numbers */
};

static int begins_with(const um_names *columns, const char *const *names)
{
    for (size_t i = 0; i < UM_DIALECT_COLUMNS && names[i]; i++)
        if (i >= columns->count || strcmp(um_name(columns, i), names[i]) != 0)
            return 0;
    return 1;
}

const um_dialect *um_find_dialect(const um_names *columns)
{
    for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++)
        if (begins_with(columns, dialects[i].columns))
            return &dialects[i];
    return NULL;
}
