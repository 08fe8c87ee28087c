/*
 * What a result consists of, independent of the file format: observations (samples) and variables (genes) with
 * columns, frames per observation, layers and a dictionary. A view: nothing here is owned.
 */
#ifndef UM_ANNOTATED_H
#define UM_ANNOTATED_H

#include "core/matrix.h"
#include "core/spill.h"

typedef enum um_kind { UM_REAL, UM_INTEGER, UM_BOOLEAN, UM_TEXT } um_kind;

/* A column over all observations or variables. Numbers, also whole ones and booleans (0, 1), stand in `number`. */
typedef struct um_column {
    const char *name;
    um_kind kind;
    const double *number;
    const um_names *text;
} um_column;

/* A named matrix whose rows are the observations in order. */
typedef struct um_frame {
    const char *name;
    const um_matrix *matrix;
} um_frame;

/* Numbers for every observation and variable, in order: in memory, or (matrix NULL) rows that are read when written. */
typedef struct um_layer {
    const char *name;
    const um_matrix *matrix;
    um_spill *spill;
} um_layer;

/* One entry of the dictionary. */
typedef struct um_entry {
    const char *key;
    um_kind kind;
    double number;
    const char *text;
} um_entry;

typedef struct um_annotated {
    const um_names *obs;
    const um_names *var;
    const um_column *obs_columns;
    size_t n_obs_columns;
    const um_column *var_columns;
    size_t n_var_columns;
    const um_frame *obsm;
    size_t n_obsm;
    const um_layer *x; /* the main matrix, or NULL: there is none */
    const um_layer *layers;
    size_t n_layers;
    const char *uns_name; /* the dictionary is uns[uns_name], for example "unmix" */
    const um_entry *uns;
    size_t n_uns;
} um_annotated;

#endif
