/*
 * Options of the commands: one table a command, from which the parser and the help are both made. Values go into the
 * command's own struct of arguments, whose first member is the um_common_options; what stands there before parsing is
 * the default that the help shows.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum um_option_kind {
    OPTION_FLAG,   /* int, becomes `flag` */
    OPTION_CHOICE, /* an enum, the position in `value` ("one|two|three") */
    OPTION_NUMBER, /* double */
    OPTION_WHOLE,  /* long */
    OPTION_COUNT,  /* size_t */
    OPTION_SEED,   /* uint64_t */
    OPTION_TEXT,   /* const char * */
    OPTION_FILES,  /* um_text_list: given several times */
    OPTION_LIST    /* um_text_list: given several times, or separated by commas */
} um_option_kind;

/* Which numbers an option takes. */
typedef struct um_option_range {
    double low, high;
    int above_low, below_high; /* 1: the end itself is not allowed */
    const char *text;          /* for messages: "a number above 0" */
} um_option_range;

extern const um_option_range range_above_zero;
extern const um_option_range range_from_zero;
extern const um_option_range range_from_one;
extern const um_option_range range_below_one; /* [0, 1) */

/* What an option says of itself. */
typedef struct um_option_text {
    const char *value, *help, *fallback;
} um_option_text;

typedef struct um_option {
    const char *name; /* long name, without dashes; NULL ends a table */
    char letter;      /* 0: none */
    um_option_kind kind;
    size_t offset; /* in the arguments */
    const char *value;
    const char *help;
    const um_option_range *range; /* numbers only; NULL: any */
    int flag;
    const char *fallback; /* text for the default where the value itself does not say it; "" hides it */
    void (*made)(const struct um_option *option, um_option_text *text); /* NULL, or changes what it says of itself */
} um_option;

typedef struct um_option_group {
    const char *title; /* NULL ends the list of groups */
    const um_option *options;
    int hidden; /* 1: accepted, as every command takes the common options, but without effect here */
} um_option_group;

typedef struct um_text_list {
    const char **items;
    size_t count;
} um_text_list;

typedef struct um_common_options {
    const char *device; /* NULL: auto */
    const char *tune;   /* NULL: as the device is tuned */
    int precision;      /* unmix_precision */
    long threads;       /* 0: all */
    uint64_t seed;
    int encoding; /* unmix_encoding */
    int quiet, verbose, force, hdf5_plugins, help;
    um_text_list given;      /* names of the options that were given */
    um_text_list positional; /* the arguments that are not options */
    um_text_list owned;      /* every string above and in the arguments */
} um_common_options;

extern const um_option options_device[];
extern const um_option options_force[];
extern const um_option options_general[];
extern const um_option options_seed[];
extern const um_option options_tuning[]; /* for tests and benchmarks */

/*
 * Parses argv[1..] (argv[0] is the command) into `arguments`. Returns 0, or -1 with one line in message[size].
 * options_free() releases the arguments, with all strings, in both cases.
 */
int options_parse(const um_option_group *groups, int argc, const char **argv, void *arguments, char *message,
                  size_t size);
void options_free(const um_option_group *groups, void *arguments);

/* The value, help and fallback of an option, as they stand in the table or are made. */
um_option_text option_text(const um_option *option);

/* 1 when the option was given on the command line. */
int option_given(const um_common_options *common, const char *name);

/* Help of the groups; defaults are read from `arguments` as initialised. */
void options_print(FILE *out, const um_option_group *groups, const void *arguments);

/* The default of an option as a person would type it, "" where there is none; from `arguments` as initialised. */
void options_default(const um_option *option, const void *arguments, char *text, size_t size);

/* Prints text indented and wrapped to 80 columns; '\n' starts a new line, two blanks start a hanging text. */
void options_wrap(FILE *out, size_t indent, const char *text);

#endif
