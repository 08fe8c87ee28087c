/*
 * Labelled cells added up: what signatures and references are made of. The cells are read in blocks and stay sparse;
 * the memory is genes x groups, where a group is what a type has from one subject.
 */
#ifndef UM_CELL_SUMS_H
#define UM_CELL_SUMS_H

#include "core/source.h"
#include "deconvolve/reference/cell_levels.h"
#include "deconvolve/reference/cell_parts.h"
#include "unmix/signatures.h"

typedef struct um_cell_sums {
    const char *origin;     /* of the cells */
    um_names genes;         /* repeated names once */
    um_aliases aliases;     /* other names of the genes */
    um_names types;         /* those that have cells, in the order of the labels */
    um_names subjects;      /* the same; empty without subjects */
    size_t n_subjects;      /* at least 1 */
    size_t *group;          /* types x subjects: position in `sum`, or UM_NOT_FOUND where there are no cells */
    size_t *cells;          /* types x subjects */
    size_t n_groups;
    double *sum;            /* groups x genes, so that the values of one cell fall close together */
    double *total;          /* groups: over the genes */
    um_cell_parts parts;    /* of types with fewer than two subjects; empty where none are wanted */
    double *part_sum;       /* parts x genes */
    unmix_cell_scale scale; /* counts or log1p; of the latter expm1 was added up */
    double largest;         /* of all values */
} um_cell_sums;

void um_cell_sums_clear(um_cell_sums *sums);

/*
 * Reads all cells. `sums` is zero-initialised; cleared on failure. Notes say what was decided and left out. Errors:
 * INPUT (a repeated gene, an unknown label to drop, no cell left, a type without any count, values that are neither
 * counts nor log1p), MEMORY, INTERRUPTED.
 */
unmix_status um_cell_sums_take(unmix_context *cx, const um_source *cells, const um_cell_labels *labels,
                               const unmix_signature_options *options, um_cell_sums *sums);

/* The sums of a type from one subject (genes), or NULL where there are no cells. */
static inline const double *um_cell_sums_of(const um_cell_sums *sums, size_t type, size_t subject)
{
    const size_t group = sums->group[type * sums->n_subjects + subject];
    return group == UM_NOT_FOUND ? NULL : sums->sum + group * sums->genes.count;
}

#endif
