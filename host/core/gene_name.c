#include "core/gene_name.h"

#include <ctype.h>
#include <string.h>

static const char par_y[] = "_PAR_Y";

static size_t digits_from(const char *text, size_t length, size_t at)
{
    size_t end = at;
    while (end < length && isdigit((unsigned char)text[end]))
        end++;
    return end - at;
}

/* ENS, letters of the species, one of G T P R E (gene, transcript, ...), 11 digits: the length of that, or 0. */
static size_t ensembl(const char *text, size_t length)
{
    size_t at = 3;
    if (length < 15 || strncmp(text, "ENS", 3) != 0)
        return 0;
    while (at < length && isupper((unsigned char)text[at]))
        at++;
    return at >= 4 && digits_from(text, length, at) == 11 ? at + 11 : 0;
}

/* NM_000546, XR_001737835 and the like: two capitals, '_', six digits or more. */
static size_t refseq(const char *text, size_t length)
{
    if (length < 9 || !isupper((unsigned char)text[0]) || !isupper((unsigned char)text[1]) || text[2] != '_')
        return 0;
    const size_t digits = digits_from(text, length, 3);
    return digits >= 6 ? 3 + digits : 0;
}

int um_gene_is_ensembl(const char *text, size_t length)
{
    const size_t stem = ensembl(text, length);
    return stem && text[stem - 12] == 'G' && (stem == length || text[stem] == '.' || text[stem] == '_');
}

int um_gene_is_par_y(const char *text, size_t length)
{
    const size_t mark = sizeof par_y - 1;
    return length > mark && ensembl(text, length) && strncmp(text + length - mark, par_y, mark) == 0;
}

size_t um_gene_unversioned(const char *text, size_t length)
{
    const size_t stem = ensembl(text, length) ? ensembl(text, length) : refseq(text, length);
    if (!stem || stem == length)
        return length;
    size_t end = stem;
    if (text[end] == '.') {
        const size_t version = digits_from(text, length, end + 1);
        if (!version)
            return length;
        end += 1 + version;
    }
    if (end == length || (length - end == sizeof par_y - 1 && strncmp(text + end, par_y, length - end) == 0))
        return stem;
    return length;
}

/* first, then what stands from `second` on. */
static int pair_of(um_gene_pair *pair, size_t first, size_t second, size_t end)
{
    *pair = (um_gene_pair){first, second, end > second ? end - second : 0};
    return first > 0 && end > second;
}

/* An identifier of Ensembl, with its version, and a mark behind it. An underscore is common in symbols. */
static int identifier_first(const char *text, size_t length, um_gene_pair *pair)
{
    const size_t stem = ensembl(text, length);
    if (!stem || um_gene_is_par_y(text, length))
        return 0;
    const size_t end = text[stem] == '.' && stem < length ? stem + 1 + digits_from(text, length, stem + 1) : stem;
    return end < length && strchr("_-:", text[end]) && pair_of(pair, end, end + 1, length);
}

static int identifier_last(const char *text, size_t length, um_gene_pair *pair)
{
    for (size_t at = length; at-- > 1;)
        if (text[at] == '_' || text[at] == '-')
            if (um_gene_is_ensembl(text + at + 1, length - at - 1))
                return pair_of(pair, at, at + 1, length);
    return 0;
}

static int in_brackets(const char *text, size_t length, um_gene_pair *pair)
{
    const char *open = memchr(text, '(', length);
    if (!open || open - text < 2 || open[-1] != ' ' || text[length - 1] != ')')
        return 0;
    const size_t at = (size_t)(open - text);
    return pair_of(pair, at - 1, at + 1, length - 1);
}

/* Of mixtures of species, as Cell Ranger writes them; the name of the genome is no name of a gene. */
static int behind_genome(const char *text, size_t length, um_gene_pair *pair)
{
    static const char *const genomes[] = {"GRCh38", "GRCh37", "hg38", "hg19", "GRCm39", "GRCm38", "mm39", "mm10", NULL};
    for (const char *const *genome = genomes; *genome; genome++) {
        size_t at = strlen(*genome);
        if (length <= at + 1 || strncmp(text, *genome, at) != 0 || text[at] != '_')
            continue;
        while (at < length && text[at] == '_')
            at++;
        return pair_of(pair, strlen(*genome), at, length);
    }
    return 0;
}

int um_gene_pair_read(const char *text, size_t length, um_gene_pair *pair)
{
    const char *bar = length ? memchr(text, '|', length) : NULL;
    if (bar)
        return pair_of(pair, (size_t)(bar - text), (size_t)(bar - text) + 1, length);
    return length && (identifier_first(text, length, pair) || identifier_last(text, length, pair) ||
                      in_brackets(text, length, pair) || behind_genome(text, length, pair));
}
