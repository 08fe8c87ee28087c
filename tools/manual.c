/* Manual pages. Texts of the help are escaped and filled; a line "word  meaning" becomes a tagged paragraph. */
#include <ctype.h>
#include <string.h>

#include "documents.h"

#define FILL 76
/* The day on the pages is that of the version, so that the same source gives the same bytes. */
#define RELEASED "2026-11-25"

/* Characters that roff reads as its own, or would print as typographic ones that cannot be copied into a shell. */
static const char *escape_of(char c)
{
    static const char plain[] = "\\-'`^~\"";
    static const char *const escapes[] = {"\\e", "\\-", "\\(aq", "\\(ga", "\\(ha", "\\(ti", "\\(dq"};
    const char *found = c ? strchr(plain, c) : NULL;
    return found ? escapes[found - plain] : NULL;
}

static void put_escaped(FILE *out, const char *text, size_t length)
{
    if (length && text[0] == '.')
        (void)fputs("\\&", out);
    for (size_t i = 0; i < length; i++) {
        const char *escape = escape_of(text[i]);
        if (escape)
            (void)fputs(escape, out);
        else
            (void)fputc(text[i], out);
    }
}

static size_t escaped_length(const char *text, size_t length)
{
    size_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        const char *escape = escape_of(text[i]);
        sum += escape ? strlen(escape) : 1;
    }
    return sum;
}

/* Words of one line of text, filled into input lines of moderate length. */
static void put_filled(FILE *out, const char *text, size_t length)
{
    size_t column = 0;
    while (length) {
        const size_t blanks = strspn(text, " ") < length ? strspn(text, " ") : length;
        text += blanks;
        length -= blanks;
        const size_t word = strcspn(text, " \n") < length ? strcspn(text, " \n") : length;
        if (!word)
            break;
        const size_t width = escaped_length(text, word);
        const int fresh = column == 0 || column + width > FILL;
        if (column)
            (void)fputc(fresh ? '\n' : ' ', out);
        if (fresh)
            column = 0;
        put_escaped(out, text, word);
        column += width + 1;
        text += word;
        length -= word;
    }
    if (column)
        (void)fputc('\n', out);
}

/* Length of the head of a line "head  meaning"; 0 where the line is plain text. */
static size_t head_length(const char *line, size_t length)
{
    for (size_t i = 1; i + 1 < length; i++)
        if (line[i] == ' ' && line[i + 1] == ' ')
            return i;
    return 0;
}

static void put_line(FILE *out, const char *line, size_t length, int first)
{
    const size_t head = head_length(line, length);
    if (head) {
        (void)fputs(".TP\n\\fB", out);
        put_escaped(out, line, head);
        (void)fputs("\\fR\n", out);
    } else if (!first) {
        (void)fputs(".PP\n", out);
    }
    put_filled(out, line + head, length - head);
}

static void put_section(FILE *out, const char *title, const char *text)
{
    (void)fprintf(out, ".SH %s\n", title);
    for (int first = 1; *text; first = 0) {
        const size_t length = strcspn(text, "\n");
        if (length)
            put_line(out, text, length, first);
        text += length + (text[length] == '\n');
    }
}

/* Lines as they stand. */
static void put_verbatim(FILE *out, const char *text)
{
    (void)fputs(".EX\n", out);
    while (*text) {
        const size_t length = strcspn(text, "\n");
        put_escaped(out, text, length);
        (void)fputc('\n', out);
        text += length + (text[length] == '\n');
    }
    (void)fputs(".EE\n", out);
}

static void put_title(FILE *out, const char *command, const char *summary)
{
    (void)fputs(".TH UNMIX", out);
    for (const char *c = command ? command : ""; *c; c++)
        (void)fprintf(out, "%s%c", c == command ? "\\-" : "", toupper((unsigned char)*c));
    (void)fprintf(out, " 1 " RELEASED " \"unmix %s\" \"unmix manual\"\n.SH NAME\nunmix%s%s \\-\n", unmix_version(),
                  command ? "\\-" : "", command ? command : "");
    put_filled(out, summary, strlen(summary));
}

static void put_option(FILE *out, const um_option *option, const void *arguments)
{
    char fallback[128];
    const um_option_text says = option_text(option);
    options_default(option, arguments, fallback, sizeof fallback);
    (void)fputs(".TP\n", out);
    if (option->letter)
        (void)fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    (void)fputs("\\fB\\-\\-", out);
    put_escaped(out, option->name, strlen(option->name));
    (void)fputs("\\fR", out);
    if (says.value) {
        (void)fputs(" \\fI", out);
        put_escaped(out, says.value, strlen(says.value));
        (void)fputs("\\fR", out);
    }
    (void)fputc('\n', out);
    put_filled(out, says.help, strlen(says.help));
    if (fallback[0]) {
        (void)fputs("(default: ", out);
        put_escaped(out, fallback, strlen(fallback));
        (void)fputs(")\n", out);
    }
}

static void put_options(FILE *out, const um_option_group *groups, const void *arguments)
{
    (void)fputs(".SH OPTIONS\n", out);
    for (const um_option_group *group = groups; group->title; group++) {
        if (group->hidden)
            continue;
        if (group == groups || strcmp(group[-1].title, group->title) != 0) {
            (void)fputs(".SS ", out);
            put_escaped(out, group->title, strlen(group->title));
            (void)fputc('\n', out);
        }
        for (const um_option *option = group->options; option->name; option++)
            put_option(out, option, arguments);
    }
}

static void put_see_also(FILE *out, const um_program *program, const um_command *page)
{
    const char *separator = "";
    (void)fputs(".SH SEE ALSO\n", out);
    if (page) {
        (void)fputs("\\fBunmix\\fR(1)", out);
        separator = ",\n";
    }
    for (size_t i = 0; i < program->count; i++) {
        if (program->commands[i] == page)
            continue;
        (void)fprintf(out, "%s\\%%\\fBunmix\\-%s\\fR(1)", separator, program->commands[i]->name);
        separator = ",\n";
    }
    (void)fputc('\n', out);
}

void manual_print_program(FILE *out, const um_program *program)
{
    put_title(out, NULL, "takes mixtures of cell types and gene programs apart");
    (void)fputs(".SH SYNOPSIS\n\\fBunmix\\fR \\fICOMMAND\\fR [\\fIoptions\\fR]\n", out);
    put_section(out, "DESCRIPTION", program->description);
    (void)fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; i < program->count; i++) {
        (void)fprintf(out, ".TP\n\\fB%s\\fR\n", program->commands[i]->name);
        put_filled(out, program->commands[i]->summary, strlen(program->commands[i]->summary));
    }
    for (const char *line = program->topics; *line;) {
        const size_t length = strcspn(line, "\n");
        put_line(out, line, length, 0);
        line += length + (line[length] == '\n');
    }
    (void)fputs(".SH EXAMPLES\n", out);
    put_verbatim(out, program->examples);
    put_section(out, "EXIT STATUS", program->exit_status);
    put_see_also(out, program, NULL);
}

void manual_print_command(FILE *out, const um_program *program, const um_command *command, const void *arguments)
{
    put_title(out, command->name, command->summary);
    (void)fputs(".SH SYNOPSIS\n", out);
    put_verbatim(out, command->usage);
    put_section(out, "DESCRIPTION", command->description);
    put_options(out, command->groups, arguments);
    put_section(out, "RESULT", command->output);
    (void)fputs(".SH EXAMPLES\n", out);
    put_verbatim(out, command->examples);
    put_section(out, "EXIT STATUS", program->exit_status);
    put_see_also(out, program, command);
}
