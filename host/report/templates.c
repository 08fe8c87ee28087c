#include "report/templates.h"

#include <string.h>

const um_embedded_template *um_template(const char *name)
{
    static const um_embedded_template none = {"", (const unsigned char *)"", 0};
    for (size_t i = 0; i < um_embedded_templates_count; i++)
        if (strcmp(um_embedded_templates[i].name, name) == 0)
            return &um_embedded_templates[i];
    return &none;
}
