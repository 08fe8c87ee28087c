#include "methods.h"

#include <string.h>

enum { TEXT = 500 };

static const unmix_method_traits *method_at(size_t i)
{
    return unmix_method_info((unmix_method)i);
}

static void add(char *text, const char *more)
{
    strncat(text, more, TEXT - 1 - strlen(text));
}

/* What method i has to say, "" when nothing. Static storage until the next call. */
typedef const char *(*said)(const unmix_method_traits *method, const char *option);

/* Names of the methods from i on that say the same: "em and gd". */
static void add_names(char *text, size_t i, said say, const char *option)
{
    char same[TEXT];
    size_t last = i;
    (void)snprintf(same, sizeof same, "%s", say(method_at(i), option));
    for (size_t m = i + 1; m < unmix_method_count(); m++)
        if (strcmp(same, say(method_at(m), option)) == 0)
            last = m;
    add(text, method_at(i)->name);
    for (size_t m = i + 1; m <= last; m++)
        if (strcmp(same, say(method_at(m), option)) == 0) {
            add(text, m == last ? " and " : ", ");
            add(text, method_at(m)->name);
        }
}

static int said_before(size_t i, said say, const char *option)
{
    char own[TEXT];
    (void)snprintf(own, sizeof own, "%s", say(method_at(i), option));
    for (size_t m = 0; m < i; m++)
        if (strcmp(own, say(method_at(m), option)) == 0)
            return 1;
    return !own[0];
}

/* "exact: ...; em and gd: ..." behind what is in the text already. */
static void add_groups(char *text, said say, const char *option, const char *between)
{
    int first = 1;
    for (size_t i = 0; i < unmix_method_count(); i++) {
        if (said_before(i, say, option))
            continue;
        add(text, first ? "" : "; ");
        add_names(text, i, say, option);
        add(text, between);
        add(text, say(method_at(i), option));
        first = 0;
    }
}

static const char *say_description(const unmix_method_traits *method, const char *option)
{
    (void)option;
    return method->description;
}

static const char *say_option(const unmix_method_traits *method, const char *option)
{
    const unmix_method_option *found = unmix_method_takes(method, option);
    return found ? found->text : "";
}

/* "1e-6", where %g has "1e-06". */
static void put_number(double number, char *text, size_t size)
{
    (void)snprintf(text, size, "%g", number);
    char *zero = strstr(text, "e-0");
    if (zero)
        memmove(zero + 2, zero + 3, strlen(zero + 3) + 1);
}

static const char *say_tolerance(const unmix_method_traits *method, const char *option)
{
    static char text[96];
    char single[24], twice[24];
    put_number(method->tolerance[UNMIX_SINGLE], single, sizeof single);
    put_number(method->tolerance[UNMIX_DOUBLE], twice, sizeof twice);
    const int differ = strcmp(single, twice) != 0;
    (void)snprintf(text, sizeof text, "%s%s%s", single, differ ? ", in double precision " : "", differ ? twice : "");
    return unmix_method_takes(method, option) ? text : "";
}

static const char *say_iterations(const unmix_method_traits *method, const char *option)
{
    static char text[24];
    (void)snprintf(text, sizeof text, "%ld", method->max_iterations);
    return unmix_method_takes(method, option) ? text : "";
}

void methods_choice(const um_option *option, um_option_text *text)
{
    static char names[TEXT], help[TEXT];
    names[0] = help[0] = '\0';
    for (size_t i = 0; i < unmix_method_count(); i++) {
        add(names, i ? "|" : "");
        add(names, method_at(i)->name);
    }
    add_groups(help, say_description, option->name, ": ");
    text->value = names;
    text->help = help;
}

void methods_option(const um_option *option, um_option_text *text)
{
    static char help[TEXT];
    (void)snprintf(help, sizeof help, "%s%s", option->help, option->help[0] ? ": " : "");
    add_groups(help, say_option, option->name, ": ");
    text->help = help;
}

void methods_tolerance(const um_option *option, um_option_text *text)
{
    static char fallback[TEXT];
    fallback[0] = '\0';
    methods_option(option, text);
    add_groups(fallback, say_tolerance, option->name, " ");
    text->fallback = fallback;
}

void methods_iterations(const um_option *option, um_option_text *text)
{
    static char fallback[TEXT];
    fallback[0] = '\0';
    add_groups(fallback, say_iterations, option->name, " ");
    text->fallback = fallback;
}

unmix_status methods_check(um_session *run, const unmix_method_traits *method)
{
    char takers[128];
    for (size_t i = 0; i < unmix_method_count(); i++)
        for (const unmix_method_option *o = method_at(i)->options; o->name; o++)
            if (option_given(run->common, o->name) && !unmix_method_takes(method, o->name))
                return session_usage(run, "--%s belongs to --method %s; %s has none", o->name,
                                     unmix_methods_that_take(o->name, "or", takers, sizeof takers), method->name);
    return UNMIX_OK;
}

const unmix_method_traits *methods_exact(void)
{
    for (size_t i = 0; i < unmix_method_count(); i++)
        if (method_at(i)->gap)
            return method_at(i);
    return NULL;
}
