#define _GNU_SOURCE /* syscall() */
#include "rescue.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { TEMPORARIES = 16, PATH = 4096, INTERRUPTED = 130, BAD_INPUT = 3 };

/* Written outside handlers, read in them: a place is used only while its mark says that it is whole. */
typedef struct place {
    volatile sig_atomic_t used;
    char path[PATH];
} place;

static place temporary[TEMPORARIES];
static place reading;
static char name[64] = "unmix";
static volatile sig_atomic_t waited; /* seconds since the first signal */

enum { PATIENCE = 10 };

static void fill(place *p, const char *path)
{
    const size_t length = strlen(path);
    p->used = 0;
    if (length >= PATH)
        return;
    memcpy(p->path, path, length + 1);
    p->used = 1;
}

/* ---- In a handler: only what may be called there ---- */

#ifdef __linux__
/* The files in a folder. opendir() takes memory, so the system is asked for the names as it has them. */
static void empty_folder(int folder)
{
    static uint64_t buffer[4096];
    for (;;) {
        const long got = syscall(SYS_getdents64, folder, buffer, sizeof buffer);
        if (got <= 0)
            return;
        for (long at = 0; at < got;) {
            const char *const entry = (const char *)buffer + at; /* number, offset, length, kind, name */
            uint16_t length;
            memcpy(&length, entry + 16, sizeof length);
            (void)unlinkat(folder, entry + 19, 0);
            at += length;
        }
    }
}
#else
static void empty_folder(int folder)
{
    (void)folder; /* the next run into its place takes it away */
}
#endif

static void remove_temporaries(void)
{
    for (size_t i = 0; i < TEMPORARIES; i++) {
        if (!temporary[i].used || unlink(temporary[i].path) == 0)
            continue;
        const int folder = open(temporary[i].path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder < 0)
            continue;
        empty_folder(folder);
        (void)close(folder);
        (void)rmdir(temporary[i].path);
    }
}

static void put(const char *text)
{
    const ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

/* The name of a file, in which a terminal is to obey nothing. */
static void put_path(const char *path)
{
    for (; *path; path++) {
        const char one[2] = {(unsigned char)*path < 0x20 || *path == 0x7f ? '?' : *path, '\0'};
        put(one);
    }
}

void rescue_end_now(void)
{
    remove_temporaries();
    put("unmix ");
    put(name);
    put(": interrupted");
    if (reading.used) {
        put(" while reading ");
        put_path(reading.path);
    }
    put("\n");
    _exit(INTERRUPTED);
}

static void look_again(int number)
{
    (void)number;
    waited = waited + 1;
    if (reading.used || waited >= PATIENCE)
        rescue_end_now();
    (void)alarm(1);
}

void rescue_after_signal(void)
{
    struct sigaction look = {.sa_handler = look_again, .sa_flags = SA_RESTART};
    (void)sigemptyset(&look.sa_mask);
    (void)sigaction(SIGALRM, &look, NULL);
    (void)alarm(1);
}

/* ---- Crashes ---- */

static void crash(int number)
{
    remove_temporaries();
    if (!reading.used) { /* ours: the default action, by which the system says so, and may keep a core */
        (void)signal(number, SIG_DFL);
        (void)raise(number);
        return;
    }
    put("unmix ");
    put(name);
    put(": ");
    put_path(reading.path);
    put(": the HDF5 library crashes on this file; it is damaged, or made to harm\n");
    _exit(BAD_INPUT);
}
static void catch_crashes(void)
{
#ifndef SANITIZED
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    struct sigaction action = {.sa_handler = crash, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND | SA_NODEFER};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaction(signals[i], &action, NULL);
#else
    (void)crash;
#endif
}

/* ---- Outside of handlers ---- */

void rescue_note_file(void *payload, unmix_file_event event, const char *path)
{
    (void)payload;
    switch (event) {
    case UNMIX_FILE_READING:
        if (!reading.used) /* LLVM, which OpenCL drivers bring along, puts handlers of its own in place of ours */
            catch_crashes();
        if (!reading.used || strcmp(reading.path, path) != 0)
            fill(&reading, path);
        break;
    case UNMIX_FILE_READ:
        reading.used = 0;
        break;
    case UNMIX_FILE_MADE:
        for (size_t i = 0; i < TEMPORARIES; i++)
            if (!temporary[i].used) {
                fill(&temporary[i], path);
                break;
            }
        break;
    case UNMIX_FILE_GONE:
        for (size_t i = 0; i < TEMPORARIES; i++)
            if (temporary[i].used && strcmp(temporary[i].path, path) == 0)
                temporary[i].used = 0;
        break;
    }
}

void rescue_catch_crashes(const char *command)
{
    static uint64_t stack[1 << 14]; /* of its own: groups in groups can exhaust the ordinary one */
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    (void)strncpy(name, command, sizeof name - 1);
#ifndef SANITIZED
    (void)sigaltstack(&other, NULL);
#else
    (void)other;
#endif
    catch_crashes();
}
