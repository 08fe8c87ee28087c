#include "gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What gnuplot reads and writes: files without names, so that no pipe can fill up and nothing is left behind. */
typedef struct streams {
    FILE *in, *out, *error;
} streams;

static void streams_close(streams *s)
{
    FILE *const files[] = {s->in, s->out, s->error};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (files[i])
            (void)fclose(files[i]);
}

static unmix_status streams_open(um_session *run, streams *s)
{
    s->in = tmpfile();
    s->out = tmpfile();
    s->error = tmpfile();
    if (s->in && s->out && s->error)
        return UNMIX_OK;
    return session_fail(run, UNMIX_ERROR_WRITE, "a temporary file cannot be made: %s", strerror(errno));
}

static unmix_status fail_start(um_session *run, int reason)
{
    if (reason == ENOENT)
        return session_fail(run, UNMIX_ERROR_WRITE, "gnuplot, which draws the figures, is not on the PATH; Debian's package is "
                            "gnuplot-nox (apt-get install gnuplot-nox)");
    return session_fail(run, UNMIX_ERROR_WRITE, "gnuplot cannot be started: %s", strerror(reason));
}

/* -d: without ~/.gnuplot, so that figures do not depend on who draws them. *exit_status is its own. */
static unmix_status start(um_session *run, const streams *s, char *const arguments[], int *exit_status)
{
    posix_spawn_file_actions_t actions;
    pid_t child = -1;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    int reason = posix_spawn_file_actions_adddup2(&actions, fileno(s->in), STDIN_FILENO);
    reason = reason ? reason : posix_spawn_file_actions_adddup2(&actions, fileno(s->out), STDOUT_FILENO);
    reason = reason ? reason : posix_spawn_file_actions_adddup2(&actions, fileno(s->error), STDERR_FILENO);
    reason = reason ? reason : posix_spawnp(&child, "gnuplot", &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (reason)
        return fail_start(run, reason);
    while (waitpid(child, exit_status, 0) < 0)
        if (errno != EINTR)
            return session_fail(run, UNMIX_ERROR_WRITE, "gnuplot cannot be waited for: %s", strerror(errno));
    return UNMIX_OK;
}

unmix_status gnuplot_check(um_session *run)
{
    char *const arguments[] = {"gnuplot", "--version", NULL};
    streams s = {0};
    int exit_status = 0;
    unmix_status status = streams_open(run, &s);
    if (status == UNMIX_OK)
        status = start(run, &s, arguments, &exit_status);
    streams_close(&s);
    if (status == UNMIX_OK && exit_status != 0)
        /* Some systems say only so that a program could not be started. */
        status = WIFEXITED(exit_status) && WEXITSTATUS(exit_status) == 127
                     ? fail_start(run, ENOENT)
                     : session_fail(run, UNMIX_ERROR_WRITE, "gnuplot does not run: 'gnuplot --version' fails");
    return status;
}

/* The last line of what it complained about: those before repeat the command. */
static unmix_status fail_draw(um_session *run, const char *name, FILE *error)
{
    char line[400] = "", next[400];
    rewind(error);
    while (fgets(next, sizeof next, error))
        if (next[strspn(next, " \t\r\n^")] != '\0')
            memcpy(line, next, sizeof line);
    line[strcspn(line, "\r\n")] = '\0';
    return session_fail(run, UNMIX_ERROR_WRITE, "gnuplot failed on the figure '%s': %s", name,
                        line[0] ? line : "it says no reason");
}

static unmix_status read_all(um_session *run, FILE *file, char **bytes, size_t *length)
{
    const long end = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (end < 0)
        return session_fail(run, UNMIX_ERROR_WRITE, "what gnuplot drew cannot be read: %s", strerror(errno));
    rewind(file);
    *bytes = malloc((size_t)end + 1);
    if (!*bytes)
        return session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    *length = fread(*bytes, 1, (size_t)end, file);
    return UNMIX_OK;
}

unmix_status gnuplot_draw(um_session *run, const char *name, const char *script, char **drawing, size_t *length)
{
    char *const arguments[] = {"gnuplot", "-d", "-", NULL};
    streams s = {0};
    int exit_status = 0;
    *drawing = NULL;
    unmix_status status = streams_open(run, &s);
    if (status == UNMIX_OK && (fputs(script, s.in) == EOF || fflush(s.in) != 0))
        status = session_fail(run, UNMIX_ERROR_WRITE, "a temporary file cannot be written: %s", strerror(errno));
    if (status == UNMIX_OK) {
        rewind(s.in);
        status = start(run, &s, arguments, &exit_status);
    }
    if (status == UNMIX_OK && exit_status != 0)
        status = session_check_interrupt(run) == UNMIX_OK ? fail_draw(run, name, s.error) : UNMIX_ERROR_INTERRUPTED;
    if (status == UNMIX_OK)
        status = read_all(run, s.out, drawing, length);
    streams_close(&s);
    return status;
}
