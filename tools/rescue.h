/*
 * How the program ends when it cannot go on: a crash inside the HDF5 library, which a damaged file can cause, and a second
 * signal, or a first one that nobody heeds. Temporary files are taken away, and one line says what happened.
 */
#ifndef RESCUE_H
#define RESCUE_H

#include "unmix/unmix.h"

/* Catches crashes; `command` is what messages begin with. Not in a build with sanitizers, which report them better. */
void rescue_catch_crashes(const char *command);

/* An unmix_file_callback: keeps, in a fixed table, what a handler of signals has to know. */
void rescue_note_file(void *payload, unmix_file_event event, const char *path);

/*
 * For handlers. After a signal the run has a moment to end by itself: a second while the HDF5 library reads, which may
 * never come back, and ten otherwise.
 */
void rescue_after_signal(void);

/* For handlers: takes temporary files away and ends the program as interrupted. */
void rescue_end_now(void);

#endif
