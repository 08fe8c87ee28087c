/* What a command consists of. One file a command; unmix.c holds the list. */
#ifndef COMMAND_H
#define COMMAND_H

#include "session.h"

typedef struct um_command {
    const char *name;
    const char *summary;     /* one line, for the list of commands */
    const char *usage;       /* lines after "Usage:", separated by '\n' */
    const char *description; /* what it does, two or three sentences */
    const um_option_group *groups;
    const char *output;   /* the output explained */
    const char *examples; /* lines as they are printed; "  $ " starts one to run */
    size_t arguments_size;
    size_t positional_least, positional_most;
    const char *positional;            /* what they are, for messages: "an input file" */
    const char *positional_value;      /* the choices, "one|two"; NULL: files */
    void (*defaults)(void *arguments); /* NULL: all zero */
    unmix_status (*run)(um_session *run, const void *arguments);
} um_command;

extern const um_command command_devices;
extern const um_command command_signatures;
extern const um_command command_deconvolve;
extern const um_command command_compare;
extern const um_command command_simulate;
extern const um_command command_genes;
extern const um_command command_bench;
extern const um_command command_nmf;
extern const um_command command_consensus;
extern const um_command command_score;
extern const um_command command_report;

#endif
