/* One run of a command: its context, what it says, and how it ends. */
#ifndef SESSION_H
#define SESSION_H

#include "options.h"
#include "progress.h"
#include "unmix/unmix.h"

typedef struct um_session {
    unmix_context *cx;
    const char *command;
    const um_common_options *common;
    um_terminal progress;
    double started;
    int argc; /* of the command: argv[0] is its name */
    const char *const *argv;
    unmix_device_info device;
    int has_device;
    unmix_status status; /* of the first failure found by the program itself */
    char message[1280];
    int unlike;  /* 1: the command did what it should, and the answer is no: exit status 1 */
    int usage;   /* 1: the failure is one of usage, point to the help */
    int working; /* 1: the command itself was started, so there is something to say at the end */
} um_session;

/* Makes the context and ties log and progress to it. Released by session_end(). */
unmix_status session_begin(um_session *run, const char *command, const um_common_options *common, double started);

/* Prints the failure or the provenance line, and returns the exit status. */
int session_end(um_session *run, unmix_status status);

/* Records a failure found by the program itself; the first one wins. Returns its status. */
unmix_status session_fail(um_session *run, unmix_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a wrong command line. */
unmix_status session_usage(um_session *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Remembers the context's error as the failure and clears it, so that the run can go on. Returns its status. */
unmix_status session_keep_error(um_session *run);

/* A line for people on standard error, not with --quiet; session_warn() also with it. */
void session_say(um_session *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void session_warn(um_session *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* INTERRUPTED after SIGINT or SIGTERM: asked between steps that report no progress. */
unmix_status session_check_interrupt(um_session *run);

/* Opens the device that the common options ask for, all of a list, or, with a line for people, the first of it as the
 * one that is used. Closed by the caller. */
unmix_status session_open_devices(um_session *run, unmix_device **device);
unmix_status session_open_device(um_session *run, unmix_device **device);

/* 12345 as "12,345", into one of eight static buffers. */
const char *with_commas(size_t number);

#endif
