#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "provenance.h"

/* The end of the year 9999. */
static const long long LATEST = 253402300799;

typedef struct facts {
    char date[32], host[256];
    char *command;
    unmix_fact list[5];
    size_t n;
} facts;

static const char *fixed_date(void)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    return text && *text ? text : NULL;
}

/* Seconds since 1970, or -1. */
static long long seconds_of(const char *text)
{
    char *end;
    errno = 0;
    const long long seconds = strtoll(text, &end, 10);
    return text[0] < '0' || text[0] > '9' || *end || errno || seconds > LATEST ? -1 : seconds;
}

unmix_status record_check(um_session *run)
{
    const char *text = fixed_date();
    if (text && seconds_of(text) < 0)
        return session_fail(run, UNMIX_ERROR_ARGUMENT,
                            "SOURCE_DATE_EPOCH is '%.40s'; it must be a whole number of seconds since 1970, up to the year 9999, "
                            "or not set", text);
    return UNMIX_OK;
}

static int is_plain(const char *word)
{
    for (const char *c = word; *c; c++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%", *c))
            return 0;
    return *word != '\0';
}

/* A word as a shell takes it, at `to`; at most four times as long, and three. */
static char *put_word(char *to, const char *word)
{
    if (is_plain(word))
        return stpcpy(to, word);
    *to++ = '\'';
    for (; *word; word++)
        to = *word == '\'' ? stpcpy(to, "'\\''") : stpcpy(to, (const char[]){*word, '\0'});
    return stpcpy(to, "'");
}

static char *command_line(const um_session *run)
{
    size_t size = sizeof "unmix";
    for (int i = 0; i < run->argc; i++)
        size += 4 * strlen(run->argv[i]) + 3;
    char *line = malloc(size), *to = line;
    if (!line)
        return NULL;
    to = stpcpy(to, "unmix");
    for (int i = 0; i < run->argc; i++) {
        *to++ = ' ';
        to = put_word(to, run->argv[i]);
    }
    return line;
}

static void put_date(facts *f)
{
    const char *text = fixed_date();
    const time_t now = text ? (time_t)seconds_of(text) : time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) && strftime(f->date, sizeof f->date, "%Y-%m-%dT%H:%M:%SZ", &utc))
        f->list[f->n++] = (unmix_fact){.key = "date", .text = f->date};
}

static double threads(const um_session *run)
{
    return (double)(run->common->threads ? run->common->threads : sysconf(_SC_NPROCESSORS_ONLN));
}

static unmix_status gather(um_session *run, facts *f)
{
    put_date(f);
    f->command = command_line(run);
    if (!f->command)
        return session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    f->list[f->n++] = (unmix_fact){.key = "command", .text = f->command};
    f->list[f->n++] = (unmix_fact){.key = "threads", .number = threads(run), .whole = 1};
    if (fixed_date())
        return UNMIX_OK;
    if (gethostname(f->host, sizeof f->host - 1) == 0)
        f->list[f->n++] = (unmix_fact){.key = "host", .text = f->host};
    f->list[f->n++] = (unmix_fact){.key = "seconds", .number = provenance_seconds() - run->started};
    return UNMIX_OK;
}

unmix_status record_result(um_session *run, unmix_result *result)
{
    facts f = {.n = 0};
    unmix_status status = gather(run, &f);
    if (status == UNMIX_OK)
        status = unmix_result_record(run->cx, result, f.list, f.n);
    free(f.command);
    return status;
}

unmix_status record_programs(um_session *run, unmix_programs *programs)
{
    facts f = {.n = 0};
    unmix_status status = gather(run, &f);
    if (status == UNMIX_OK)
        status = unmix_programs_record(run->cx, programs, f.list, f.n);
    free(f.command);
    return status;
}
