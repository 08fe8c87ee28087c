#include "progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "provenance.h"

#define INTERVAL 0.1 /* seconds between two lines */

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

void progress_catch_signals(void)
{
    struct sigaction stop = {.sa_handler = interrupt, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction inherited;
    (void)sigemptyset(&stop.sa_mask);
    (void)sigemptyset(&ignore.sa_mask);
    /* A shell starts background jobs with SIGINT ignored: leave that as it is. */
    if (sigaction(SIGINT, NULL, &inherited) != 0 || inherited.sa_handler != SIG_IGN)
        (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
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

int progress_report(void *payload, const char *stage, double fraction)
{
    um_terminal *state = payload;
    if (interrupted)
        return 1;
    const double now = provenance_seconds();
    if (!state->enabled || now - state->last < INTERVAL)
        return 0;
    char share[16] = "";
    if (fraction >= 0.0)
        (void)snprintf(share, sizeof share, " %3.0f%%", 100.0 * (fraction > 1.0 ? 1.0 : fraction));
    /* One column stays free: a full line would wrap, and could not be rewritten. */
    const int room = terminal_width() - 1 - (int)strlen(share);
    if (room > 0)
        (void)fprintf(stderr, "\r%.*s%s\033[K", fitting(stage, room), stage, share);
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
