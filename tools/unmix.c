/* unmix: the program. Finds the command, reads its options, runs it; the commands are in command_*.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "documents.h"
#include "provenance.h"
#include "rescue.h"
#include "suggest.h"
#include "threads.h"

static const um_command *const commands[] = {&command_devices, &command_signatures, &command_deconvolve,
                                             &command_compare, &command_simulate,   &command_genes,     &command_nmf,
                                             &command_consensus, &command_score,   &command_report,
                                             &command_bench};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

#define EXIT_STATUS                                                                                             \
    "0 done, 1 failed, 2 wrong command line, 3 bad input, 4 no usable device, 5 not converged (with "           \
    "--require-convergence), 130 interrupted."

static const um_program program = {
    .description = "unmix takes mixtures apart: which cell types a bulk RNA-seq sample is made of, and which gene "
                   "programs single cells or spots are made of.",
    .topics = "help COMMAND  what a command does, its options and an example\n"
              "version       the version",
    .examples = "Try it: a cohort with known truth, taken apart and compared\n"
                "  $ unmix simulate --genes 2000 --types 6 --samples 20 -o try/\n"
                "  $ unmix deconvolve --signatures try/signatures.tsv --bulk try/bulk.tsv \\\n"
                "        --gene-info try/genes.tsv -o try.h5ad\n"
                "  $ unmix compare try.h5ad --truth try/truth.tsv\n",
    .exit_status = EXIT_STATUS,
    .commands = commands,
    .count = N_COMMANDS,
};

static const um_command *find_command(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static void print_overview(FILE *out)
{
    options_wrap(out, 0, program.description);
    (void)fputs("\nUsage: unmix COMMAND [options]\n\nCommands\n", out);
    for (size_t i = 0; i < N_COMMANDS; i++)
        (void)fprintf(out, "  %-14s%s\n", commands[i]->name, commands[i]->summary);
    options_wrap(out, 2, program.topics);
    (void)fprintf(out, "\n%s\n", program.examples);
    options_wrap(out, 0, "Exit status: " EXIT_STATUS);
}

static void print_help(FILE *out, const um_command *command, const void *arguments)
{
    (void)fprintf(out, "unmix %s: %s\n\nUsage:\n", command->name, command->summary);
    options_wrap(out, 2, command->usage);
    (void)fputc('\n', out);
    options_wrap(out, 0, command->description);
    options_print(out, command->groups, arguments);
    (void)fputs("\nResult\n", out);
    options_wrap(out, 2, command->output);
    (void)fprintf(out, "\nExamples\n%s", command->examples);
}

static unmix_status check_positional(um_session *run, const um_command *command)
{
    const um_text_list *positional = &run->common->positional;
    if (positional->count > command->positional_most)
        return session_usage(run, "unexpected argument '%s'", positional->items[command->positional_most]);
    if (positional->count < command->positional_least)
        return session_usage(run, "needs %s", command->positional);
    return UNMIX_OK;
}

static char **command_line; /* whole */

static unmix_status set_threads(um_session *run)
{
    const int asked = run->common->threads > 0;
    unmix_set_threads(run->cx, asked ? (unsigned)run->common->threads : 0);
    return threads_bind(unmix_get_threads(run->cx), asked, command_line) == 0
               ? UNMIX_OK
               : session_fail(run, UNMIX_ERROR_MEMORY, "--threads: out of memory");
}

static unmix_status run_command(um_session *run, const um_command *command, int argc, const char **argv,
                                void *arguments)
{
    char message[512];
    const um_common_options *common = arguments;
    run->argc = argc;
    run->argv = argv;
    const int parsed = options_parse(command->groups, argc, argv, arguments, message, sizeof message);
    if (common->help) {
        print_help(stdout, command, arguments);
        return UNMIX_OK;
    }
    if (parsed != 0)
        return session_usage(run, "%s", message);
    unmix_status status = check_positional(run, command);
    if (status == UNMIX_OK)
        status = set_threads(run);
    unmix_set_encoding(run->cx, (unmix_encoding)common->encoding);
    unmix_set_hdf5_plugins(run->cx, common->hdf5_plugins);
    progress_begin(&run->progress, common->quiet);
    if (status != UNMIX_OK)
        return status;
    run->working = 1;
    return command->run(run, arguments);
}

/* Arguments with the defaults of the command; NULL when memory is exhausted. */
static void *new_arguments(const um_command *command)
{
    void *arguments = calloc(1, command->arguments_size);
    if (!arguments) {
        (void)fprintf(stderr, "unmix %s: out of memory\n", command->name);
        return NULL;
    }
    if (command->defaults)
        command->defaults(arguments);
    return arguments;
}

static int command_main(const um_command *command, int argc, const char **argv)
{
    const double started = provenance_seconds();
    um_session run;
    um_common_options *arguments = new_arguments(command);
    if (!arguments)
        return 1;
    rescue_catch_crashes(command->name);
    unmix_status status = session_begin(&run, command->name, arguments, started);
    if (status == UNMIX_OK)
        status = run_command(&run, command, argc, argv, arguments);
    const int result = session_end(&run, status);
    options_free(command->groups, arguments);
    return result;
}

static int finish(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    (void)fputs("unmix: standard output: writing failed\n", stderr);
    return 1;
}

static int refuse(const char *what, const char *name)
{
    static const char *const others[] = {"help", "version", "--help", "--version"};
    um_suggestion meant = suggest(name, strlen(name));
    for (size_t i = 0; i < N_COMMANDS; i++)
        suggest_candidate(&meant, commands[i]->name, strlen(commands[i]->name));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        suggest_candidate(&meant, others[i], strlen(others[i]));
    (void)fprintf(stderr, "unmix: %s '%s'%s%s%s\ntry 'unmix --help'\n", what, name, UM_MEANT("", meant));
    return 2;
}

static int help_main(const char *name)
{
    if (!name) {
        print_overview(stdout);
        return finish();
    }
    const um_command *command = find_command(name);
    if (!command)
        return refuse("there is no command", name);
    void *arguments = new_arguments(command);
    if (!arguments)
        return 1;
    print_help(stdout, command, arguments);
    options_free(command->groups, arguments);
    return finish();
}

/* Not in the help: what a build installs beside the program. */
static int manual_main(const char *name)
{
    const um_command *command = name ? find_command(name) : NULL;
    if (name && !command)
        return refuse("there is no command", name);
    void *arguments = command ? new_arguments(command) : NULL;
    if (command && !arguments)
        return 1;
    if (command)
        manual_print_command(stdout, &program, command, arguments);
    else
        manual_print_program(stdout, &program);
    if (command)
        options_free(command->groups, arguments);
    return finish();
}

static int documents_main(const char *kind, const char *name)
{
    if (strcmp(kind, "--man") == 0)
        return manual_main(name);
    if (strcmp(kind, "--commands") == 0)
        for (size_t i = 0; i < N_COMMANDS; i++)
            (void)printf("%s\n", commands[i]->name);
    else if (strcmp(kind, "--bash") == 0)
        completion_print_bash(stdout, &program);
    else if (strcmp(kind, "--zsh") == 0)
        completion_print_zsh(stdout, &program);
    else
        return refuse("unknown option", kind);
    return finish();
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    command_line = argv;
    progress_catch_signals();
    if (!name) {
        print_overview(stderr);
        return 2;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help_main(NULL);
    if (strcmp(name, "help") == 0 && argc > 2 && argv[2][0] == '-')
        return documents_main(argv[2], argc > 3 ? argv[3] : NULL);
    if (strcmp(name, "help") == 0)
        return help_main(argc > 2 ? argv[2] : NULL);
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        (void)printf("unmix %s\n", unmix_version());
        return finish();
    }
    const um_command *command = find_command(name);
    if (command)
        return command_main(command, argc - 1, (const char **)(argv + 1));
    return refuse(name[0] == '-' ? "unknown option" : "there is no command", name);
}
