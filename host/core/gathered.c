#include "core/gathered.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* A pending message is its level as a letter, then the text. */
static void keep(void *payload, unmix_log_level level, const char *message)
{
    um_gathered *g = payload;
    unmix_context apart = {0};
    char text[2100];
    const int length = snprintf(text, sizeof text, "%c%s", 'a' + (int)level, message);
    if (level == UNMIX_LOG_DETAIL || length < 0 ||
        um_names_add(&apart, &g->pending, text, strlen(text)) != UNMIX_OK)
        g->log(g->payload, level, message);
}

void um_gathered_begin(unmix_context *cx, um_gathered *g)
{
    g->cx = cx;
    g->log = cx->log;
    g->payload = cx->log_payload;
    if (g->log)
        unmix_set_log(cx, keep, g);
}

static int is_part_of_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* Cuts out `word` wherever it stands by itself. */
static void cut(char *text, const char *word)
{
    const size_t length = word ? strlen(word) : 0;
    for (char *at = text; length && (at = strstr(at, word));) {
        const int inside = (at > text && is_part_of_word(at[-1])) || isalnum((unsigned char)at[length]);
        if (inside)
            at += length;
        else
            memmove(at, at + length, strlen(at + length) + 1);
    }
}

static unmix_status add(um_gathered *g, const char *kind, const char *message, unmix_log_level level, const char *path)
{
    const size_t n = g->kinds.count;
    UM_TRY(um_names_index(g->cx, &g->kinds));
    const size_t at = um_names_find(&g->kinds, kind);
    if (at != UM_NOT_FOUND) {
        g->count[at]++;
        return UNMIX_OK;
    }
    UM_TRY(UM_GROW(g->cx, &g->count, &g->count_capacity, n + 1, "messages"));
    UM_TRY(UM_GROW(g->cx, &g->level, &g->level_capacity, n + 1, "messages"));
    UM_TRY(um_names_add(g->cx, &g->first, message, strlen(message)));
    UM_TRY(um_names_add(g->cx, &g->paths, path, strlen(path)));
    g->count[n] = 1;
    g->level[n] = level;
    return um_names_add(g->cx, &g->kinds, kind, strlen(kind));
}

unmix_status um_gathered_file(um_gathered *g, const char *path, const char *sample)
{
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < g->pending.count && status == UNMIX_OK; i++) {
        const char *pending = um_name(&g->pending, i);
        char kind[2100];
        (void)snprintf(kind, sizeof kind, "%s", pending);
        cut(kind + 1, path);
        cut(kind + 1, sample);
        status = add(g, kind, pending + 1, (unmix_log_level)(pending[0] - 'a'), path);
    }
    um_names_clear(&g->pending);
    return status;
}

static void say_kind(um_gathered *g, size_t i)
{
    const char *message = um_name(&g->first, i), *path = um_name(&g->paths, i);
    const size_t length = strlen(path), more = g->count[i] - 1;
    char text[2100];
    if (more && strncmp(message, path, length) == 0)
        (void)snprintf(text, sizeof text, "%s and %zu more file%s%s", path, more, more == 1 ? "" : "s", message + length);
    else
        (void)snprintf(text, sizeof text, "%s", message);
    g->log(g->payload, g->level[i], text);
}

void um_gathered_end(um_gathered *g)
{
    unmix_set_log(g->cx, g->log, g->payload);
    for (size_t i = 0; i < g->kinds.count; i++)
        say_kind(g, i);
    for (size_t i = 0; i < g->pending.count; i++) /* of a file that failed */
        g->log(g->payload, (unmix_log_level)(um_name(&g->pending, i)[0] - 'a'), um_name(&g->pending, i) + 1);
    um_names_clear(&g->pending);
    um_names_clear(&g->kinds);
    um_names_clear(&g->first);
    um_names_clear(&g->paths);
    free(g->count);
    free(g->level);
}
