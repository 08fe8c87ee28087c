#include "io/text/table_folder.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/source_join.h"
#include "io/files/entries.h"
#include "io/files/paths.h"
#include "io/text/dialects.h"
#include "io/text/table_source.h"

/* How the files end; the first that occurs is meant. Genes come before transcripts. */
static const char *const endings[] = {"quant.genes.sf", "quant.genes.sf.gz", ".genes.results", ".genes.results.gz",
                                      "ReadsPerGene.out.tab", "ReadsPerGene.out.tab.gz",
                                      ".augmented_star_gene_counts.tsv", ".augmented_star_gene_counts.tsv.gz",
                                      "abundance.gene.tsv", "quant.sf", "quant.sf.gz", "abundance.tsv", "abundance.tsv.gz", ".htseq.txt",
                                      ".htseq.txt.gz", ".htseq.counts", ".htseq.counts.gz", ".htseq.tsv", ".counts",
                                      ".counts.gz", ".counts.txt", ".counts.txt.gz"};

static unmix_status add_files(unmix_context *cx, const char *path, const char *ending, int deeper, um_names *files);

static unmix_status add_entry(unmix_context *cx, const char *path, const char *name, const char *ending, int deeper,
                              um_names *files)
{
    char *file = NULL;
    unmix_status status = um_file_in(cx, path, name, &file);
    if (status == UNMIX_OK && deeper && um_is_folder(file))
        status = add_files(cx, file, ending, 0, files);
    else if (status == UNMIX_OK && um_has_ending(file, ending) && um_is_file(file))
        status = um_names_add(cx, files, file, strlen(file));
    free(file);
    return status;
}

/* Adds the files of `path` that end so, and with `deeper` those of the folders in it. */
static unmix_status add_files(unmix_context *cx, const char *path, const char *ending, int deeper, um_names *files)
{
    um_names entries = {0};
    unmix_status status = um_folder_entries(cx, path, &entries);
    for (size_t i = 0; i < entries.count && status == UNMIX_OK; i++)
        status = add_entry(cx, path, um_name(&entries, i), ending, deeper, files);
    um_names_clear(&entries);
    return status;
}

/* A table of one sample by what stands in it, whatever it is called. */
static int is_of_one_sample(const char *path)
{
    unmix_context asked = {0};
    um_scan scan;
    if (um_scan_open(&asked, &scan, path, UNMIX_HEADER_DETECT) != UNMIX_OK)
        return 0;
    const um_dialect *dialect = um_find_dialect(&scan);
    um_scan_close(&scan);
    return dialect && dialect->counts;
}

/* Of files that are called otherwise ("GSM1_counts.txt.gz"): those of a folder with two or more, where all are such tables. */
static unmix_status find_by_content(unmix_context *cx, const char *path, um_names *files)
{
    static const char *const tables[] = {".txt", ".txt.gz", ".tsv", ".tsv.gz", ".tab", ".tab.gz", ".csv", ".csv.gz", ".htseq", ".htseq.gz"};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        UM_TRY(add_files(cx, path, tables[i], 0, files));
    int all = files->count > 1;
    for (size_t i = 0; i < files->count && all; i++)
        all = is_of_one_sample(um_name(files, i));
    if (!all)
        um_names_clear(files);
    return UNMIX_OK;
}

static unmix_status find_files(unmix_context *cx, const char *path, um_names *files)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0] && files->count == 0; i++)
        UM_TRY(add_files(cx, path, endings[i], 1, files));
    return files->count ? UNMIX_OK : find_by_content(cx, path, files);
}

int um_is_table_folder(const char *path)
{
    unmix_context asked = {0};
    um_names files = {0};
    const int yes = um_is_folder(path) && find_files(&asked, path, &files) == UNMIX_OK && files.count > 0;
    um_names_clear(&files);
    return yes;
}

unmix_status um_table_folder_source(unmix_context *cx, const char *path, const unmix_read_options *options,
                                    um_source *source)
{
    um_names files = {0};
    const char **paths = NULL;
    unmix_status status = find_files(cx, path, &files);
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &paths, files.count, "joined tables");
    for (size_t i = 0; i < files.count && status == UNMIX_OK; i++)
        paths[i] = um_name(&files, i);
    if (status == UNMIX_OK) {
        um_note(cx, "%s: %zu files such as %s are joined", path, files.count, paths[0]);
        status = um_source_join_files(cx, paths, files.count, um_table_source, options, source);
    }
    free(paths);
    um_names_clear(&files);
    return status;
}
