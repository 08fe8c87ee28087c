/*
 * The features (genes and what else is counted) of 10x files and MatrixMarket folders: which of them are genes, and
 * names that are unique.
 */
#ifndef UM_FEATURES_H
#define UM_FEATURES_H

#include <stdint.h>

#include "core/source.h"

/* Place of a feature that is left out. */
#define UM_LEFT_OUT UINT32_MAX

/* Fill `all_*` from the file, then call um_features_settle(). */
typedef struct um_features {
    um_names all_ids;   /* one for each feature of the file */
    um_names all_names; /* likewise; symbols, that is */
    um_names all_kinds; /* "Gene Expression", ...: likewise, or empty where the file does not tell */
    um_names ids;       /* of the features that are kept */
    um_names names;     /* likewise; unique */
    um_aliases aliases; /* the ids, as "id" */
    uint32_t *place;    /* of each feature of the file among those kept, or UM_LEFT_OUT */
} um_features;

/* Zero-initialise with `um_features features = {0}`; release with um_features_clear(), which leaves it empty. */
void um_features_clear(um_features *features);

/*
 * Where there are several kinds of features, those of the kind "Gene Expression" are kept, and a note says what is left
 * out; INPUT where there are several but not that one. A feature without a name gets its id. Repeated names get "-1",
 * "-2", ... behind the second and later ones as in anndata (var_names_make_unique), which a note says. `origin` is the
 * file for messages. The lists of all features are given back but for all_names, by which messages name them.
 */
unmix_status um_features_settle(unmix_context *cx, const char *origin, um_features *features);

/* Drops the rows of a block that are left out, and numbers the others as they are kept. */
void um_features_keep(const um_features *features, um_block *block);

/* `names` become unique as above: NAME-N with the smallest N >= 1, not used before, that is no name yet. */
unmix_status um_names_make_unique(unmix_context *cx, um_names *names, size_t *changed);

#endif
