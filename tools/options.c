/* Parsing: popt takes the command line apart, the tables say what the values mean. */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <popt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"
#include "unmix/unmix.h"

_Static_assert(sizeof(unmix_method) == sizeof(int), "choices are stored as int");

#define MAX_OPTIONS 64

const um_option_range range_above_zero = {0.0, INFINITY, 1, 0, "a number above 0"};
const um_option_range range_from_zero = {0.0, INFINITY, 0, 0, "0 or more"};
const um_option_range range_from_one = {1.0, INFINITY, 0, 0, "1 or more"};
const um_option_range range_below_one = {0.0, 1.0, 0, 1, "a number from 0 to below 1"};

/* clang-format off */
const um_option options_device[] = {
    {.name = "device", .kind = OPTION_TEXT, .offset = offsetof(um_common_options, device),
     .value = "auto|cpu|gpu|NAME|P:D|LIST",
     .help = "where to compute: a GPU if there is one, else the CPU; or part of a name, or the numbers that 'unmix "
             "devices' prints; several with commas between them, gpu:all or cpu:all, which deconvolve uses side by side "
             "and other commands the first of",
     .fallback = "auto"},
    {.name = "precision", .kind = OPTION_CHOICE, .offset = offsetof(um_common_options, precision),
     .value = "single|double", .help = "of the device; double needs fp64"},
    {.name = NULL},
};

const um_option options_tuning[] = {
    {.name = "tune", .kind = OPTION_TEXT, .offset = offsetof(um_common_options, tune), .value = "TEXT",
     .help = "changes to the tuning of the device, \"vector=8 genes=4\""},
    {.name = NULL},
};

const um_option options_seed[] = {
    {.name = "seed", .kind = OPTION_SEED, .offset = offsetof(um_common_options, seed), .value = "N",
     .help = "start of the random numbers; the same seed gives the same bytes"},
    {.name = NULL},
};

const um_option options_force[] = {
    {.name = "force", .kind = OPTION_FLAG, .offset = offsetof(um_common_options, force), .flag = 1,
     .help = "replace an output that exists"},
    {.name = NULL},
};

const um_option options_general[] = {
    {.name = "quiet", .letter = 'q', .kind = OPTION_FLAG, .offset = offsetof(um_common_options, quiet), .flag = 1,
     .help = "print warnings and errors only"},
    {.name = "verbose", .letter = 'v', .kind = OPTION_FLAG, .offset = offsetof(um_common_options, verbose), .flag = 1,
     .help = "print details too"},
    {.name = "threads", .kind = OPTION_WHOLE, .offset = offsetof(um_common_options, threads), .value = "N",
     .help = "threads that may be busy at once, those of drivers and libraries too", .range = &range_from_one,
     .fallback = "as many as affinity and control groups allow"},
    {.name = "encoding", .kind = OPTION_CHOICE, .offset = offsetof(um_common_options, encoding), .value = "utf8|latin1",
     .help = "what names in inputs are in that are no UTF-8: refused, or converted"},
    {.name = "hdf5-plugins", .kind = OPTION_FLAG, .offset = offsetof(um_common_options, hdf5_plugins), .flag = 1,
     .help = "let HDF5 load filters of others, from where HDF5_PLUGIN_PATH says; they run in this program, and what they give "
             "is not checked"},
    {.name = "help", .letter = 'h', .kind = OPTION_FLAG, .offset = offsetof(um_common_options, help), .flag = 1,
     .help = "print this"},
    {.name = NULL},
};
/* clang-format on */

typedef struct parser {
    const um_option *table[MAX_OPTIONS];
    struct poptOption popt[MAX_OPTIONS + 1];
    size_t count;
    um_common_options *common;
    char *arguments;
    char *message;
    size_t size;
} parser;

static int refuse(const parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(const parser *p, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(p->message, p->size, format, values);
    va_end(values);
    return -1;
}

static int append(const parser *p, um_text_list *list, const char *text)
{
    const char **grown = realloc(list->items, (list->count + 1) * sizeof *grown);
    if (!grown)
        return refuse(p, "out of memory");
    list->items = grown;
    list->items[list->count++] = text;
    return 0;
}

/* A copy of text[length] that lives as long as the arguments; NULL when memory is exhausted. */
static char *keep(const parser *p, const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (append(p, &p->common->owned, copy) == 0)
        return copy;
    free(copy);
    return NULL;
}

um_option_text option_text(const um_option *option)
{
    um_option_text text = {option->value, option->help, option->fallback};
    if (option->made)
        option->made(option, &text);
    return text;
}

int option_given(const um_common_options *common, const char *name)
{
    for (size_t i = 0; i < common->given.count; i++)
        if (strcmp(common->given.items[i], name) == 0)
            return 1;
    return 0;
}

static int in_range(const um_option_range *range, double value)
{
    return !range || ((range->above_low ? value > range->low : value >= range->low) &&
                      (range->below_high ? value < range->high : value <= range->high));
}

static int refuse_range(const parser *p, const um_option *option, const char *text)
{
    return refuse(p, "--%s must be %s, not '%s'", option->name, option->range->text, text);
}

static int set_number(const parser *p, const um_option *option, const char *text, void *target)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    /* strtod() also takes hexadecimal, "inf" and leading blanks, which are slips here. */
    if (end == text || *end || strspn(text, "0123456789+-.eE") != strlen(text) || !isfinite(value))
        return refuse(p, "--%s takes a number, not '%s'", option->name, text);
    if (!in_range(option->range, value))
        return refuse_range(p, option, text);
    memcpy(target, &value, sizeof value);
    return 0;
}

static int whole_number(const parser *p, const um_option *option, const char *text, unsigned long long *value)
{
    const int negative = text[0] == '-';
    const char *digits = text + negative;
    if (!*digits || strspn(digits, "0123456789") != strlen(digits))
        return refuse(p, "--%s takes a whole number, not '%s'", option->name, text);
    if (negative && option->range)
        return refuse_range(p, option, text);
    errno = 0;
    *value = strtoull(digits, NULL, 10);
    if (negative)
        return refuse(p, "--%s must not be negative: '%s'", option->name, text);
    if (errno == ERANGE || (option->kind != OPTION_SEED && *value > 1000000000000000ULL))
        return refuse(p, "--%s: '%s' is too large", option->name, text);
    if (!in_range(option->range, (double)*value))
        return refuse_range(p, option, text);
    return 0;
}

static int set_whole(const parser *p, const um_option *option, const char *text, void *target)
{
    unsigned long long value = 0;
    if (whole_number(p, option, text, &value) != 0)
        return -1;
    if (option->kind == OPTION_WHOLE)
        memcpy(target, &(long){(long)value}, sizeof(long));
    else if (option->kind == OPTION_COUNT)
        memcpy(target, &(size_t){(size_t)value}, sizeof(size_t));
    else
        memcpy(target, &(uint64_t){value}, sizeof(uint64_t));
    return 0;
}

static um_suggestion nearest_choice(const char *choices, const char *text)
{
    um_suggestion meant = suggest(text, strlen(text));
    for (const char *choice = choices; *choice;) {
        const size_t length = strcspn(choice, "|");
        suggest_candidate(&meant, choice, length);
        choice += length + (choice[length] == '|');
    }
    return meant;
}

static int set_choice(const parser *p, const um_option *option, const char *text, void *target)
{
    int position = 0;
    const char *choices = option_text(option).value;
    for (const char *choice = choices; choice; position++) {
        const size_t length = strcspn(choice, "|");
        if (strlen(text) == length && strncmp(choice, text, length) == 0) {
            memcpy(target, &position, sizeof position);
            return 0;
        }
        choice = choice[length] ? choice + length + 1 : NULL;
    }
    const um_suggestion meant = nearest_choice(choices, text);
    return refuse(p, "--%s takes one of %s, not '%s'%s%s%s", option->name, choices, text, UM_MEANT("", meant));
}

/* Commas separate; "\," is a comma inside an item, because labels of cell types do contain commas. */
static int add_items(const parser *p, const um_option *option, const char *text, um_text_list *list)
{
    char *item = keep(p, text, strlen(text));
    if (!item)
        return refuse(p, "out of memory");
    for (char *read = item, *write = item; item; read++) {
        if (read[0] == '\\' && read[1] == ',') {
            *write++ = *++read;
        } else if (*read && *read != ',') {
            *write++ = *read;
        } else {
            const int last = !*read;
            *write = '\0';
            if (!*item)
                return refuse(p, "--%s: '%s' has an empty item", option->name, text);
            if (append(p, list, item) != 0)
                return -1;
            item = last ? NULL : read + 1;
            write = item;
        }
    }
    return 0;
}

static int is_list(const um_option *option)
{
    return option->kind == OPTION_FILES || option->kind == OPTION_LIST;
}

static int add_file(const parser *p, const char *text, um_text_list *list)
{
    const char *kept = keep(p, text, strlen(text));
    return kept ? append(p, list, kept) : refuse(p, "out of memory");
}

static int set_value(const parser *p, const um_option *option, const char *text)
{
    void *target = p->arguments + option->offset;
    if (option->kind != OPTION_FLAG && (!text || !*text))
        return refuse(p, "--%s needs a value", option->name);
    switch (option->kind) {
    case OPTION_FLAG:
        memcpy(target, &option->flag, sizeof option->flag);
        return 0;
    case OPTION_CHOICE:
        return set_choice(p, option, text, target);
    case OPTION_NUMBER:
        return set_number(p, option, text, target);
    case OPTION_WHOLE:
    case OPTION_COUNT:
    case OPTION_SEED:
        return set_whole(p, option, text, target);
    case OPTION_FILES:
        return add_file(p, text, target);
    case OPTION_LIST:
        return add_items(p, option, text, target);
    case OPTION_TEXT:
        break;
    }
    const char *kept = keep(p, text, strlen(text));
    if (!kept)
        return refuse(p, "out of memory");
    memcpy(target, &kept, sizeof kept);
    return 0;
}

static void build_tables(parser *p, const um_option_group *groups)
{
    for (const um_option_group *group = groups; group->title; group++)
        for (const um_option *option = group->options; option->name && p->count < MAX_OPTIONS; option++) {
            p->popt[p->count] = (struct poptOption){
                .longName = option->name,
                .shortName = option->letter,
                .argInfo = option->kind == OPTION_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING,
                .val = (int)p->count + 1,
            };
            p->table[p->count++] = option;
        }
}

/* Of "--NAME" or "--NAME=VALUE". */
static int refuse_unknown(const parser *p, const char *bad)
{
    const char *name = bad + strspn(bad, "-");
    um_suggestion meant = suggest(name, strcspn(name, "="));
    for (size_t i = 0; i < p->count && meant.length > 1; i++)
        suggest_candidate(&meant, p->table[i]->name, strlen(p->table[i]->name));
    return refuse(p, "unknown option '%s'%s%s%s", bad, UM_MEANT("--", meant));
}

static int parse_one(const parser *p, poptContext context, int which)
{
    if (which < 0) {
        const char *bad = poptBadOption(context, POPT_BADOPTION_NOALIAS);
        switch (which) {
        case POPT_ERROR_BADOPT:
            return refuse_unknown(p, bad);
        case POPT_ERROR_NOARG:
            return refuse(p, "option '%s' needs a value", bad);
        case POPT_ERROR_UNWANTEDARG:
            return refuse(p, "option '%s' takes no value", bad);
        default:
            return refuse(p, "option '%s': %s", bad, poptStrerror(which));
        }
    }
    const um_option *option = p->table[which - 1];
    char *text = poptGetOptArg(context);
    int status = 0;
    if (option->kind != OPTION_FLAG && !is_list(option) && option_given(p->common, option->name))
        status = refuse(p, "--%s is given twice", option->name);
    if (status == 0)
        status = set_value(p, option, text);
    free(text);
    return status == 0 ? append(p, &p->common->given, option->name) : status;
}

int options_parse(const um_option_group *groups, int argc, const char **argv, void *arguments, char *message,
                  size_t size)
{
    parser p = {.common = arguments, .arguments = arguments, .message = message, .size = size};
    build_tables(&p, groups);
    poptContext context = poptGetContext(argv[0], argc, argv, p.popt, 0);
    if (!context)
        return refuse(&p, "out of memory");
    int status = 0;
    for (int which; status == 0 && (which = poptGetNextOpt(context)) != -1;)
        status = parse_one(&p, context, which);
    for (const char *text; status == 0 && (text = poptGetArg(context));) {
        const char *kept = keep(&p, text, strlen(text));
        status = kept ? append(&p, &p.common->positional, kept) : refuse(&p, "out of memory");
    }
    (void)poptFreeContext(context);
    return status;
}

static void free_lists(const um_option_group *groups, char *arguments)
{
    for (const um_option_group *group = groups; group->title; group++)
        for (const um_option *option = group->options; option->name; option++)
            if (is_list(option))
                free(((um_text_list *)(void *)(arguments + option->offset))->items);
}

void options_free(const um_option_group *groups, void *arguments)
{
    um_common_options *common = arguments;
    free_lists(groups, arguments);
    for (size_t i = 0; i < common->owned.count; i++)
        free((void *)(uintptr_t)common->owned.items[i]);
    free(common->owned.items);
    free(common->given.items);
    free(common->positional.items);
    free(arguments);
}
