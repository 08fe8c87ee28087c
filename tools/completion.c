/*
 * Completion in shells. What an option takes is read from its `value`: alternatives that begin with a small letter are
 * words to choose from, FILE and NAME.ending are files, DIR and what ends in a slash folders; the rest is free text.
 */
#include <ctype.h>
#include <string.h>

#include "documents.h"

typedef struct offer {
    char words[256]; /* separated by blanks */
    int files, folders;
} offer;

static int is_file(const char *part, size_t length)
{
    const char *dot = memchr(part, '.', length);
    return strncmp(part, "FILE", 4) == 0 || (dot && dot + 1 < part + length && isalpha((unsigned char)dot[1]));
}

static offer read_value(const char *value)
{
    offer found = {.words = ""};
    size_t used = 0;
    for (const char *part = value; part && *part;) {
        const size_t length = strcspn(part, "|");
        if (islower((unsigned char)part[0])) {
            const int put = snprintf(found.words + used, sizeof found.words - used, "%s%.*s", used ? " " : "",
                                     (int)length, part);
            used += put > 0 && (size_t)put < sizeof found.words - used ? (size_t)put : 0;
        } else if (is_file(part, length)) {
            found.files = 1;
        } else if (strncmp(part, "DIR", 3) == 0 || (length && part[length - 1] == '/')) {
            found.folders = 1;
        }
        part += length + (part[length] == '|');
    }
    return found;
}

static offer read_positional(const um_command *command)
{
    if (command->positional_value)
        return read_value(command->positional_value);
    return read_value(command->positional_most ? "FILE" : NULL);
}

typedef void option_visitor(FILE *out, const um_command *command, const um_option *option);

static void each_option(FILE *out, const um_command *command, option_visitor *visit)
{
    for (const um_option_group *group = command->groups; group->title; group++)
        for (const um_option *option = group->options; option->name && !group->hidden; option++)
            visit(out, command, option);
}

/* --- bash ------------------------------------------------------------------------------------------------------- */

static void bash_offer(FILE *out, const offer *what)
{
    if (what->words[0])
        (void)fprintf(out, " _unmix_words '%s';", what->words);
    if (what->files)
        (void)fputs(" _unmix_files -f;", out);
    else if (what->folders)
        (void)fputs(" _unmix_files -d;", out);
    else if (!what->words[0])
        (void)fputs(" :;", out);
}

static void bash_value(FILE *out, const um_command *command, const um_option *option)
{
    if (option->kind == OPTION_FLAG)
        return;
    const offer what = read_value(option_text(option).value);
    (void)fprintf(out, "    '%s --%s'", command->name, option->name);
    if (option->letter)
        (void)fprintf(out, "|'%s -%c'", command->name, option->letter);
    (void)fputc(')', out);
    bash_offer(out, &what);
    (void)fputs(";\n", out);
}

static void bash_name(FILE *out, const um_command *command, const um_option *option)
{
    (void)command;
    if (option->letter)
        (void)fprintf(out, "-%c ", option->letter);
    (void)fprintf(out, "--%s ", option->name);
}

static void bash_command(FILE *out, const um_command *command)
{
    const offer what = read_positional(command);
    (void)fprintf(out, "    '%s -'*) _unmix_words '", command->name);
    each_option(out, command, bash_name);
    (void)fprintf(out, "' ;;\n    '%s '*)", command->name);
    bash_offer(out, &what);
    (void)fputs(";\n", out);
}

static void bash_commands(FILE *out, const um_program *program)
{
    for (size_t i = 0; i < program->count; i++)
        (void)fprintf(out, "%s ", program->commands[i]->name);
}

void completion_print_bash(FILE *out, const um_program *program)
{
    (void)fputs("# Completion of unmix for bash, written by 'unmix help --bash' from the options of the program.\n\n"
                "_unmix_words()\n{\n"
                "    mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -W \"$1\" -- \"$current\")\n}\n\n"
                "_unmix_files()\n{\n"
                "    compopt -o filenames 2>/dev/null\n"
                "    mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen \"$1\" -- \"$current\")\n}\n\n"
                "_unmix()\n{\n"
                "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                "    local command=${COMP_WORDS[1]}\n"
                "    COMPREPLY=()\n"
                "    # bash takes --option=value apart into three words.\n"
                "    if [[ $current == = ]]; then\n"
                "        current=\n"
                "    elif [[ $before == = ]]; then\n"
                "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
                "    fi\n"
                "    if ((COMP_CWORD == 1)); then\n"
                "        _unmix_words '",
                out);
    bash_commands(out, program);
    (void)fputs("help version --help --version'\n        return\n    fi\n"
                "    case \"$command $before\" in\n    'help help') _unmix_words '",
                out);
    bash_commands(out, program);
    (void)fputs("'; return ;;\n", out);
    for (size_t i = 0; i < program->count; i++)
        each_option(out, program->commands[i], bash_value);
    (void)fputs("    *) _unmix_argument ;;\n    esac\n}\n\n"
                "_unmix_argument()\n{\n    case \"$command $current\" in\n",
                out);
    for (size_t i = 0; i < program->count; i++)
        bash_command(out, program->commands[i]);
    (void)fputs("    esac\n}\n\ncomplete -F _unmix unmix\n", out);
}

/* --- zsh -------------------------------------------------------------------------------------------------------- */

/* Inside '...' of a specification of _arguments: brackets and colons are its own, quotes the shell's. */
static void zsh_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            (void)fputs("'\\''", out);
        else if (strchr("[]:\\", *text))
            (void)fprintf(out, "\\%c", *text);
        else
            (void)fputc(*text, out);
}

static void zsh_offer(FILE *out, const offer *what)
{
    if (what->files)
        (void)fputs("_files", out);
    else if (what->folders)
        (void)fputs("_files -/", out);
    else if (what->words[0])
        (void)fprintf(out, "(%s)", what->words);
    else
        (void)fputc(' ', out);
}

static void zsh_spelling(FILE *out, const um_option *option, const char *dashes, const char *name)
{
    (void)fprintf(out, " \\\n            '%s%s%s[", option->kind == OPTION_LIST || option->kind == OPTION_FILES ? "*" : "", dashes, name);
    zsh_text(out, option_text(option).help);
    (void)fputc(']', out);
    if (option->kind != OPTION_FLAG) {
        const offer what = read_value(option_text(option).value);
        (void)fputc(':', out);
        zsh_text(out, option_text(option).value);
        (void)fputc(':', out);
        zsh_offer(out, &what);
    }
    (void)fputc('\'', out);
}

static void zsh_option(FILE *out, const um_command *command, const um_option *option)
{
    (void)command;
    zsh_spelling(out, option, "--", option->name);
    if (option->letter)
        zsh_spelling(out, option, "-", (const char[]){option->letter, '\0'});
}

static void zsh_command(FILE *out, const um_command *command)
{
    const offer what = read_positional(command);
    (void)fprintf(out, "    %s)\n        _arguments", command->name);
    each_option(out, command, zsh_option);
    if (command->positional_most) {
        (void)fputs(" \\\n            '*:argument:", out);
        zsh_offer(out, &what);
        (void)fputc('\'', out);
    }
    (void)fputs("\n        ;;\n", out);
}

void completion_print_zsh(FILE *out, const um_program *program)
{
    (void)fputs("#compdef unmix\n"
                "# Completion of unmix for zsh, written by 'unmix help --zsh' from the options of the program.\n\n"
                "_unmix_commands()\n{\n    local -a commands=(",
                out);
    for (size_t i = 0; i < program->count; i++) {
        (void)fprintf(out, "\n        '%s:", program->commands[i]->name);
        zsh_text(out, program->commands[i]->summary);
        (void)fputc('\'', out);
    }
    (void)fputs("\n        'help:what a command does'\n        'version:the version')\n"
                "    _describe command commands\n}\n\n"
                "if ((CURRENT == 2)); then\n    _unmix_commands\n    return\nfi\n"
                "shift words\n((CURRENT--))\n"
                "case $words[1] in\n    help)\n        _unmix_commands\n        ;;\n",
                out);
    for (size_t i = 0; i < program->count; i++)
        zsh_command(out, program->commands[i]);
    (void)fputs("esac\n", out);
}
