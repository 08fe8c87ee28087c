#include "unmix/gene_table.h"

#include "api/api_argument.h"
#include "io/text/gtf.h"
#include "io/text/table_sheet.h"

unmix_status unmix_genes_write(unmix_context *cx, const char *gtf, const char *path, int overwrite,
                               unmix_genes_summary *summary)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, gtf);
    UM_NEED(cx, path);
    um_gene_models models = {0};
    UM_TRY(um_gtf_read(cx, gtf, &models));
    const um_column columns[] = {
        {"ensembl", UM_TEXT, NULL, &models.id},
        {"length", UM_REAL, models.length, NULL},
        {"biotype", UM_TEXT, NULL, &models.biotype},
    };
    const um_sheet sheet = {.corner = "symbol",
                            .rows = &models.symbol,
                            .n_columns = sizeof columns / sizeof columns[0],
                            .columns = columns};
    if (summary)
        *summary = (unmix_genes_summary){models.id.count, models.n_par, models.n_elsewhere, models.n_same_symbol};
    const unmix_status status = um_text_out_write(cx, path, overwrite, um_sheet_put, &sheet);
    um_gene_models_clear(&models);
    return status;
}
