/*
 * What a result consists of, independent of the file format: observations (samples) and variables (genes) with
 * columns, frames and arrays per observation or variable, layers and a dictionary. A view: nothing here is owned.
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

/* Numbers for every observation and variable, in order: in memory, or (matrix NULL) rows that are read when written. */
typedef struct um_layer {
    const char *name;
    const um_matrix *matrix;
    um_spill *spill;
} um_layer;

/* What an entry holds. */
typedef enum um_form {
    UM_FORM_SCALAR, /* `number` of any kind, or `text` (NULL as "") */
    UM_FORM_ARRAY,  /* rows x columns numbers, row-major; columns 0: a list of `rows` */
    UM_FORM_NAMES,  /* a list of names */
    UM_FORM_FRAME,  /* a named matrix; in obsm and varm its rows are the observations or variables in order */
    UM_FORM_TREE    /* further entries under their keys */
} um_form;

/* A named thing beside the columns: a member of obsm, varm or the dictionary uns, which is a tree of them. */
typedef struct um_entry um_entry;
struct um_entry {
    const char *key;
    um_form form;
    um_kind kind; /* of a scalar or an array */
    double number;
    const char *text;
    size_t rows, columns;
    const double *values;
    const um_names *names; /* NAMES: the list. ARRAY: what text tables call its columns; NULL: "0", "1", ... */
    const um_matrix *matrix;
    const um_entry *entries;
    size_t n_entries;
    const char *table; /* members of obsm and varm: their file in a folder is TABLE.tsv; NULL: KEY.tsv */
};

static inline um_entry um_entry_number(const char *key, um_kind kind, double number)
{
    return (um_entry){.key = key, .form = UM_FORM_SCALAR, .kind = kind, .number = number};
}

static inline um_entry um_entry_text(const char *key, const char *text)
{
    return (um_entry){.key = key, .form = UM_FORM_SCALAR, .kind = UM_TEXT, .text = text};
}

static inline um_entry um_entry_array(const char *key, size_t rows, size_t columns, const double *values)
{
    return (um_entry){
        .key = key, .form = UM_FORM_ARRAY, .kind = UM_REAL, .rows = rows, .columns = columns, .values = values};
}

static inline um_entry um_entry_names(const char *key, const um_names *names)
{
    return (um_entry){.key = key, .form = UM_FORM_NAMES, .names = names};
}

static inline um_entry um_entry_frame(const char *key, const um_matrix *matrix)
{
    return (um_entry){.key = key, .form = UM_FORM_FRAME, .matrix = matrix};
}

static inline um_entry um_entry_tree(const char *key, const um_entry *entries, size_t n_entries)
{
    return (um_entry){.key = key, .form = UM_FORM_TREE, .entries = entries, .n_entries = n_entries};
}

/*
 * A result on its own, or what is added to the file it was made from. Text tables call an observation `noun` (NULL:
 * "sample") and hold the columns of obs in `obs_table`.tsv (NULL: "metrics").
 */
typedef struct um_annotated {
    const um_names *obs;
    const um_names *var;
    const um_column *obs_columns;
    size_t n_obs_columns;
    const um_column *var_columns;
    size_t n_var_columns;
    const um_entry *obsm;
    size_t n_obsm;
    const um_entry *varm;
    size_t n_varm;
    const um_layer *x; /* the main matrix, or NULL: there is none */
    const um_layer *layers;
    size_t n_layers;
    const um_entry *uns; /* for example a tree "unmix" of how it was made */
    size_t n_uns;
    const char *noun;
    const char *obs_table;
} um_annotated;

#endif
