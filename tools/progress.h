/* The progress line on a terminal, with the time that a stage has taken and will take, and the signals that stop a run. */
#ifndef PROGRESS_H
#define PROGRESS_H

typedef struct um_terminal {
    int enabled; /* 1: standard error is a terminal that can rewrite a line, and the user did not ask for quiet */
    int shown;   /* 1: a line stands on the terminal */
    double last; /* when it was written */
    /* The stage that says how far it is: all reports with the same first word. */
    char stage[128];
    double since;    /* when it began, */
    double first;    /* and with which fraction */
    double fraction; /* as last reported; negative: there is no such stage */
    double finish;   /* when it will be done; 0: not known */
} um_terminal;

/*
 * The first SIGINT, SIGTERM or SIGHUP raises a flag, which stops the run at its next progress report; where none comes
 * (rescue.h), or with a second signal, the program ends at once, its temporary files taken away. SIGPIPE and SIGXFSZ are ignored: a write that fails is reported where it fails.
 */
void progress_catch_signals(void);

/* 1 after SIGINT, SIGTERM or SIGHUP. */
int progress_interrupted(void);

void progress_begin(um_terminal *terminal, int quiet);

/* An unmix_progress_callback; payload is the um_terminal. */
int progress_report(void *payload, const char *stage, double fraction);

/* Takes the line away, so that something else can be printed. */
void progress_clear(um_terminal *terminal);

#endif
