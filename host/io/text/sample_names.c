#include "io/text/sample_names.h"

#include <string.h>
#include <strings.h>

#include "core/memory.h"

typedef struct part {
    const char *text;
    size_t length;
} part;

static int ends_with(part name, const char *end)
{
    const size_t length = strlen(end);
    return name.length >= length && strncasecmp(name.text + name.length - length, end, length) == 0;
}

static part without_marks(part name)
{
    while (name.length && strchr("._- ", name.text[name.length - 1]))
        name.length--;
    return name;
}

static int is_slash(char c)
{
    return c == '/' || c == '\\'; /* a table may come from Windows */
}

/* The part behind the last slash of text[0..length), which is cut there. */
static part last_part(const char *text, size_t *length)
{
    while (*length && is_slash(text[*length - 1]))
        --*length;
    size_t begin = *length;
    while (begin && !is_slash(text[begin - 1]))
        begin--;
    const part name = {text + begin, *length - begin};
    *length = begin;
    return name;
}

unmix_status um_sample_of_file(unmix_context *cx, const char *path, um_names *names)
{
    static const char *const ends[] = {
        ".gz", ".bgz", ".txt", ".tsv", ".csv", ".tab", ".sf", ".results", ".genes", "quant.genes", "quant",
        "ReadsPerGene.out", "abundance", ".gene", ".counts", ".count", ".htseq", ".rna_seq.augmented_star_gene_counts",
        ".augmented_star_gene_counts", ".fpkm_tracking", "gene_abund", "_counts", NULL};
    size_t length = strlen(path);
    const part file = last_part(path, &length);
    part name = file;
    for (int cut = 1; cut;) {
        cut = 0;
        for (const char *const *end = ends; *end; end++) {
            if (!ends_with(name, *end))
                continue;
            name.length -= strlen(*end);
            name = without_marks(name);
            cut = 1;
        }
    }
    if (name.length == 0)
        name = last_part(path, &length);
    if (name.length == 0 || (name.length <= 2 && strncmp(name.text, "..", name.length) == 0))
        name = file;
    return um_names_add(cx, names, name.text, name.length);
}

/* The part of a name that is left: from `begin`, without `end` characters at its end. */
typedef struct cutting {
    size_t begin, end;
} cutting;

static part rest(const um_names *names, size_t i, cutting cut)
{
    const char *name = um_name(names, i);
    const size_t length = strlen(name);
    return length > cut.begin + cut.end ? (part){name + cut.begin, length - cut.begin - cut.end} : (part){name, 0};
}

static int all_end_with(const um_names *names, cutting cut, const char *end)
{
    for (size_t i = 0; i < names->count; i++)
        if (!ends_with(rest(names, i, cut), end))
            return 0;
    return 1;
}

/* How much all names end with that comes from alignment programs. */
static size_t shared_end(const um_names *names)
{
    static const char *const files[] = {".bam", ".sam", ".cram", ".genes.results", ".isoforms.results", NULL};
    static const char *const steps[] = {"Aligned.sortedByCoord.out", "Aligned.out", ".sortedByCoord", ".sortedByName",
                                        ".sorted", "_sorted", ".sort", "_sort", ".dedup", "_dedup", ".markdup", ".rmdup",
                                        ".markDuplicates", ".umi_dedup", ".mapped", ".filtered", ".out", ".", "_", NULL};
    cutting cut = {0};
    for (const char *const *end = files; *end && !cut.end; end++)
        if (all_end_with(names, cut, *end))
            cut.end = strlen(*end);
    for (int again = cut.end > 0; again;) {
        again = 0;
        for (const char *const *end = steps; *end && !again; end++)
            if (all_end_with(names, cut, *end)) {
                cut.end += strlen(*end);
                again = 1;
            }
    }
    return cut.end;
}

/* The folders that all names begin with: up to the last slash before which they are the same. */
static size_t shared_folders(const um_names *names)
{
    const char *first = um_name(names, 0);
    size_t same = strlen(first);
    for (size_t i = 1; i < names->count; i++) {
        size_t at = 0;
        while (at < same && um_name(names, i)[at] == first[at])
            at++;
        same = at;
    }
    while (same && !is_slash(first[same - 1]))
        same--;
    return same;
}

/* The part of name i that is kept: its file, or its folder where all files are called the same. */
static part kept(const um_names *names, size_t i, size_t end, int by_folder)
{
    part name = rest(names, i, (cutting){by_folder ? shared_folders(names) : 0, end});
    size_t length = name.length;
    if (!by_folder)
        return last_part(name.text, &length);
    size_t slash = 0;
    while (slash < name.length && !is_slash(name.text[slash]))
        slash++;
    return (part){name.text, slash};
}

static unmix_status shorten(unmix_context *cx, const um_names *names, size_t end, int by_folder, um_names *shorter,
                            int *good)
{
    *good = 0;
    for (size_t i = 0; i < names->count; i++) {
        const part name = kept(names, i, end, by_folder);
        if (name.length == 0)
            return UNMIX_OK;
        UM_TRY(um_names_add(cx, shorter, name.text, name.length));
    }
    UM_TRY(um_names_index(cx, shorter));
    *good = um_names_repeated(shorter) == UM_NOT_FOUND;
    return UNMIX_OK;
}

unmix_status um_cut_alignments(unmix_context *cx, um_names *names, int *cut)
{
    *cut = 0;
    const size_t end = names->count ? shared_end(names) : 0;
    for (int by_folder = 0; end && by_folder < 2 && !*cut; by_folder++) {
        um_names shorter = {0};
        const unmix_status status = shorten(cx, names, end, by_folder, &shorter, cut);
        if (status != UNMIX_OK || !*cut) {
            um_names_clear(&shorter);
            UM_TRY(status);
            continue;
        }
        um_names_clear(names);
        *names = shorter;
    }
    return UNMIX_OK;
}
