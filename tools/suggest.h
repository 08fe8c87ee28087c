/* What a mistyped word may have been meant to be. */
#ifndef UM_SUGGEST_H
#define UM_SUGGEST_H

#include <stddef.h>

typedef struct um_suggestion {
    const char *word; /* not zero-terminated */
    size_t length;
    char best[64]; /* "": no candidate is near */
    size_t distance;
} um_suggestion;

/* A word of which the candidates follow, one after another. */
um_suggestion suggest(const char *word, size_t length);

/*
 * Takes the candidate when it is nearer than those before: fewer letters put in, left out, changed or swapped with their
 * neighbour, at most a third of the word's; a word that the candidate begins with (of three letters or more) is nearer
 * than all of these.
 */
void suggest_candidate(um_suggestion *suggestion, const char *candidate, size_t length);

/* Three arguments for "%s%s%s": "; did you mean 'BEST'?", or nothing. */
#define UM_MEANT(before, suggestion)                                                                                   \
    *(suggestion).best ? "; did you mean '" before : "", (suggestion).best, *(suggestion).best ? "'?" : ""

#endif
