#include "deconvolve/solve/method.h"

#include <stdio.h>
#include <string.h>

static const um_method *const methods[] = {
#define UM_ENTRY(NAME, name) &um_##name##_method,
    UNMIX_METHODS(UM_ENTRY)
#undef UM_ENTRY
};

const um_method *um_method_for(unmix_method method)
{
    return (size_t)method < sizeof methods / sizeof methods[0] ? methods[method] : NULL;
}

size_t unmix_method_count(void)
{
    size_t count = 0;
    while (um_method_for((unmix_method)count))
        count++;
    return count;
}

const unmix_method_traits *unmix_method_info(unmix_method method)
{
    const um_method *found = um_method_for(method);
    return found ? &found->traits : NULL;
}

const unmix_method_traits *unmix_method_named(const char *name)
{
    const unmix_method_traits *traits;
    for (size_t i = 0; name && (traits = unmix_method_info((unmix_method)i)); i++)
        if (strcmp(traits->name, name) == 0)
            return traits;
    return NULL;
}

const unmix_method_option *unmix_method_takes(const unmix_method_traits *method, const char *option)
{
    for (const unmix_method_option *o = method->options; o->name; o++)
        if (strcmp(o->name, option) == 0)
            return o;
    return NULL;
}

const char *unmix_methods_that_take(const char *option, const char *last, char *text, size_t size)
{
    const size_t n = unmix_method_count();
    size_t left = 0, used = 0;
    for (size_t i = 0; i < n; i++)
        left += unmix_method_takes(unmix_method_info((unmix_method)i), option) != NULL;
    if (size)
        text[0] = '\0';
    for (size_t i = 0; i < n && used < size; i++) {
        const unmix_method_traits *method = unmix_method_info((unmix_method)i);
        if (!unmix_method_takes(method, option))
            continue;
        const char *comma = !used ? "" : left == 1 ? " " : ", ";
        used += (size_t)snprintf(text + used, size - used, "%s%s%s%s", comma, used && left == 1 ? last : "",
                                 used && left == 1 ? " " : "", method->name);
        left--;
    }
    return text;
}
