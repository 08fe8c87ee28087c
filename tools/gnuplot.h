/* gnuplot as a program beside ours: scripts go in, drawings come out. */
#ifndef GNUPLOT_H
#define GNUPLOT_H

#include "session.h"

/* Fails (exit status 1) with one line where gnuplot is not on PATH or cannot be run. */
unmix_status gnuplot_check(um_session *run);

/* Draws `script`: *drawing (length bytes) is freed by the caller. `name` is the figure, for the message of a failure. */
unmix_status gnuplot_draw(um_session *run, const char *name, const char *script, char **drawing, size_t *length);

#endif
