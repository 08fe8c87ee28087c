/* The parts of a result as they stand in an AnnData file: for callers that keep them elsewhere. */
#ifndef UNMIX_ELEMENTS_H
#define UNMIX_ELEMENTS_H

#include <stddef.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum unmix_element_form {
    UNMIX_ELEMENT_VALUE, /* one number or text */
    UNMIX_ELEMENT_LIST,  /* `rows` of them */
    UNMIX_ELEMENT_TABLE  /* rows x columns numbers, row-major */
} unmix_element_form;

typedef enum unmix_element_kind {
    UNMIX_ELEMENT_REAL,
    UNMIX_ELEMENT_INTEGER, /* whole numbers, as doubles */
    UNMIX_ELEMENT_BOOLEAN, /* 0 and 1, as doubles */
    UNMIX_ELEMENT_TEXT
} unmix_element_kind;

typedef struct unmix_element {
    const char *place; /* "obs", "var" (lists), "obsm", "varm" (tables) or "uns" */
    const char *key;   /* "_index": the names of obs or var; in uns keys from the top: "unmix_nmf/ranks/error" */
    unmix_element_form form;
    unmix_element_kind kind;
    size_t rows, columns;
    const double *numbers;
    const char *const *texts;        /* of the kind TEXT, else NULL */
    const char *const *column_names; /* of tables that have them (data frames), else NULL */
    const char *const *row_names;    /* likewise */
} unmix_element;

/* Receives one element, which is there during the call only. */
typedef void (*unmix_element_callback)(void *payload, const unmix_element *element);

#ifdef __cplusplus
}
#endif
#endif
