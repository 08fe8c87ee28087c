#include "suggest.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 48 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: row by row, of which the last two are kept. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

um_suggestion suggest(const char *word, size_t length)
{
    return (um_suggestion){.word = word, .length = length, .distance = length / 3 + 1};
}

void suggest_candidate(um_suggestion *s, const char *candidate, size_t length)
{
    if (s->length > LONGEST || length > LONGEST)
        return;
    const int begins = s->length >= 3 && length > s->length && strncmp(s->word, candidate, s->length) == 0;
    const size_t d = begins ? 0 : distance(s->word, s->length, candidate, length);
    if (d >= s->distance)
        return;
    s->distance = d;
    (void)snprintf(s->best, sizeof s->best, "%.*s", (int)length, candidate);
}
