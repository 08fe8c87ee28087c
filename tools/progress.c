#include "progress.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "provenance.h"
#include "rescue.h"

#define INTERVAL 0.1 /* seconds between two lines */
#define SETTLED 1.0  /* seconds after which the time of a stage is told and foreseen */

static volatile sig_atomic_t interrupted;

/* The first one asks the run to end, a second one ends it. */
static void interrupt(int number)
{
    (void)number;
    if (interrupted)
        rescue_end_now();
    interrupted = 1;
    rescue_after_signal();
}

/* A shell starts background jobs with SIGINT ignored, nohup a command with SIGHUP: they leave that as it is. */
static void catch_unless_ignored(int number)
{
    struct sigaction stop = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    struct sigaction inherited;
    (void)sigemptyset(&stop.sa_mask);
    if (sigaction(number, NULL, &inherited) != 0 || inherited.sa_handler != SIG_IGN)
        (void)sigaction(number, &stop, NULL);
}

void progress_catch_signals(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&ignore.sa_mask);
    catch_unless_ignored(SIGINT);
    catch_unless_ignored(SIGTERM);
    catch_unless_ignored(SIGHUP);
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL);
}

int progress_interrupted(void)
{
    return interrupted;
}

void progress_begin(um_terminal *terminal, int quiet)
{
    const char *type = getenv("TERM");
    terminal->enabled = !quiet && isatty(STDERR_FILENO) && type && strcmp(type, "dumb") != 0;
    terminal->shown = 0;
    terminal->fraction = -1.0;
    terminal->last = provenance_seconds(); /* a run shorter than the interval shows nothing */
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

/* The first `width` bytes of text at most, not cut inside a UTF-8 sequence. */
static int fitting(const char *text, int width)
{
    const size_t length = strlen(text);
    if (length <= (size_t)width)
        return (int)length;
    int end = width;
    while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    return end;
}

/* ---- Time left ---- */

/* Length of what names a stage: "exact" in "exact: 7 steps", "reading" in "reading counts.tsv". */
static size_t key_length(const char *text)
{
    return strcspn(text, ": ");
}

/* Takes a report into account. One without a fraction says only that the stage goes on, where there is one. */
static void follow(um_terminal *state, const char *text, double fraction, double now)
{
    const size_t key = key_length(text);
    const int going_on = state->fraction >= 0.0 && state->fraction < 1.0;
    if (fraction < 0.0 && going_on)
        return;
    const int same = going_on && fraction >= state->fraction && key == key_length(state->stage) &&
                     strncmp(state->stage, text, key) == 0;
    (void)snprintf(state->stage, sizeof state->stage, "%s", text);
    if (!same) {
        state->since = now;
        state->first = fraction;
        state->finish = 0.0;
    } else if (fraction > state->fraction && now - state->since >= SETTLED) {
        state->finish = now + (now - state->since) * (1.0 - fraction) / (fraction - state->first);
    }
    state->fraction = fraction > 1.0 ? 1.0 : fraction;
}

/* "1:05", "2:00:09" */
static const char *clock_text(double seconds, char text[32])
{
    const long whole = seconds > 0.0 ? (long)(seconds + 0.5) : 0;
    if (whole >= 3600)
        (void)snprintf(text, 32, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        (void)snprintf(text, 32, "%ld:%02ld", whole / 60, whole % 60);
    return text;
}

/* "  34%  1:20, 2:35 left": share, time taken, time left, as far as they are known and worth telling. */
static void describe(const um_terminal *state, double now, char *text, size_t size)
{
    char taken[32], left[32];
    const double elapsed = now - state->since;
    int used = 0;
    text[0] = '\0';
    if (state->fraction >= 0.0)
        used = snprintf(text, size, "  %2.0f%%", floor(100.0 * state->fraction));
    if (elapsed >= SETTLED)
        used += snprintf(text + used, size - (size_t)used, "  %s", clock_text(elapsed, taken));
    /* Past the time that was foreseen, nothing is foreseen until the next report. */
    if (elapsed >= SETTLED && state->finish > now)
        (void)snprintf(text + used, size - (size_t)used, ", %s left", clock_text(state->finish - now, left));
}

int progress_report(void *payload, const char *stage, double fraction)
{
    um_terminal *state = payload;
    if (interrupted)
        return 1;
    if (!state->enabled)
        return 0;
    const double now = provenance_seconds();
    follow(state, stage, fraction, now);
    if (now - state->last < INTERVAL)
        return 0;
    char share[100];
    describe(state, now, share, sizeof share);
    /* One column stays free: a full line would wrap, and could not be rewritten. */
    const int room = terminal_width() - 1 - (int)strlen(share);
    if (room > 0)
        (void)fprintf(stderr, "\r%.*s%s\033[K", fitting(state->stage, room), state->stage, share);
    (void)fflush(stderr);
    state->shown = 1;
    state->last = now;
    return 0;
}

void progress_clear(um_terminal *terminal)
{
    if (!terminal->shown)
        return;
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    terminal->shown = 0;
}
