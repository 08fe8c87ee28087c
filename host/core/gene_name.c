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

size_t um_gene_second(const char *text, size_t length)
{
    const char *bar = memchr(text, '|', length);
    if (bar)
        return bar > text && (size_t)(bar - text) + 1 < length ? (size_t)(bar - text) + 1 : 0;
    const char *line = memchr(text, '_', length);
    if (!line)
        return 0;
    const size_t first = (size_t)(line - text), stem = ensembl(text, first);
    /* An underscore is common in symbols; what stands before it must be an identifier. */
    return stem && um_gene_unversioned(text, first) == stem && first + 1 < length && !um_gene_is_par_y(text, length)
               ? first + 1
               : 0;
}
