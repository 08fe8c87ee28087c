/* The help, printed from the same tables as the parser reads. */
#include <string.h>

#include "options.h"

#define WIDTH 80
#define HELP_COLUMN 28

/*
 * Prints text from column `column` on, wrapped; following lines start at `indent`. Two or more blanks stay as they are,
 * and the rest of that line hangs below the text behind them, so that "name   what it means" becomes a list.
 */
static void wrap(FILE *out, size_t column, size_t indent, const char *text)
{
    size_t hang = indent;
    int fresh = 1; /* no word of this line is printed yet */
    while (*text) {
        if (*text == '\n') {
            (void)fputc('\n', out);
            column = 0;
            hang = indent;
            fresh = 1;
            text++;
            continue;
        }
        size_t blanks = strspn(text, " ");
        text += blanks;
        const size_t length = strcspn(text, " \n");
        if (!fresh && blanks < 2 && column + blanks + length > WIDTH) {
            (void)fputc('\n', out);
            column = 0;
            fresh = 1;
            blanks = 0;
        }
        if (fresh && column < hang)
            blanks += hang - column;
        (void)fprintf(out, "%*s%.*s", (int)blanks, "", (int)length, text);
        if (!fresh && blanks > 1)
            hang = column + blanks;
        column += blanks + length;
        fresh = 0;
        text += length;
    }
    (void)fputc('\n', out);
}

void options_wrap(FILE *out, size_t indent, const char *text)
{
    wrap(out, 0, indent, text);
}

static void default_choice(const char *choices, int position, char *text, size_t size)
{
    while (position-- > 0)
        choices += strcspn(choices, "|") + 1;
    (void)snprintf(text, size, "%.*s", (int)strcspn(choices, "|"), choices);
}

void options_default(const um_option *option, const void *arguments, char *text, size_t size)
{
    const char *at = (const char *)arguments + option->offset;
    int choice = 0;
    double number = 0.0;
    long whole = 0;
    size_t count = 0;
    uint64_t seed = 0;

    const um_option_text says = option_text(option);
    text[0] = '\0';
    if (says.fallback) {
        (void)snprintf(text, size, "%s", says.fallback);
        return;
    }
    switch (option->kind) {
    case OPTION_CHOICE:
        memcpy(&choice, at, sizeof choice);
        default_choice(says.value, choice, text, size);
        break;
    case OPTION_NUMBER:
        memcpy(&number, at, sizeof number);
        (void)snprintf(text, size, "%g", number);
        break;
    case OPTION_WHOLE:
        memcpy(&whole, at, sizeof whole);
        (void)snprintf(text, size, "%ld", whole);
        break;
    case OPTION_COUNT:
        memcpy(&count, at, sizeof count);
        (void)snprintf(text, size, "%zu", count);
        break;
    case OPTION_SEED:
        memcpy(&seed, at, sizeof seed);
        (void)snprintf(text, size, "%llu", (unsigned long long)seed);
        break;
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_FILES:
    case OPTION_LIST:
        break;
    }
}

static void print_option(FILE *out, const um_option *option, const void *arguments)
{
    char fallback[128], left[128], help[512];
    const um_option_text says = option_text(option);
    options_default(option, arguments, fallback, sizeof fallback);
    const int used = option->letter ? snprintf(left, sizeof left, "  -%c, --%s", option->letter, option->name)
                                    : snprintf(left, sizeof left, "  --%s", option->name);
    if (says.value)
        (void)snprintf(left + used, sizeof left - (size_t)used, " %s", says.value);
    (void)snprintf(help, sizeof help, "%s%s%s%s", says.help, fallback[0] ? " (default: " : "", fallback,
                   fallback[0] ? ")" : "");
    (void)fputs(left, out);
    size_t column = strlen(left);
    if (column + 2 > HELP_COLUMN) {
        (void)fputc('\n', out);
        column = 0;
    }
    wrap(out, column, HELP_COLUMN, help);
}

void options_print(FILE *out, const um_option_group *groups, const void *arguments)
{
    for (const um_option_group *group = groups; group->title; group++) {
        if (group->hidden)
            continue;
        /* Groups of the same title that follow each other are one. */
        if (group == groups || strcmp(group[-1].title, group->title) != 0)
            (void)fprintf(out, "\n%s\n", group->title);
        for (const um_option *option = group->options; option->name; option++)
            print_option(out, option, arguments);
    }
}
