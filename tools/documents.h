/* What is installed beside the program, made from the tables that the parser and the help are made from. */
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include "command.h"

typedef struct um_program {
    const char *description;
    const char *topics;   /* what the program takes beside commands: lines "word  meaning" */
    const char *examples; /* lines as they are printed */
    const char *exit_status;
    const um_command *const *commands;
    size_t count;
} um_program;

/* Pages of section 1 for man, in the man(7) macros; defaults are read from `arguments` as initialised. */
void manual_print_program(FILE *out, const um_program *program);
void manual_print_command(FILE *out, const um_program *program, const um_command *command, const void *arguments);

/* Scripts that complete commands, options, choices and files on the tab key. */
void completion_print_bash(FILE *out, const um_program *program);
void completion_print_zsh(FILE *out, const um_program *program);

#endif
