/* The files of tools/report/, embedded at build time. */
#ifndef UM_REPORT_TEMPLATES_H
#define UM_REPORT_TEMPLATES_H

#include <stddef.h>

typedef struct um_embedded_template {
    const char *name;
    const unsigned char *bytes;
    size_t size;
} um_embedded_template;

extern const um_embedded_template um_embedded_templates[];
extern const size_t um_embedded_templates_count;

/* The file of that name; one that is not there is an error of the program: an empty one. */
const um_embedded_template *um_template(const char *name);

#endif
