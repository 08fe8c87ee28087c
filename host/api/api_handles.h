/* What the opaque public handles hold. */
#ifndef UM_HANDLES_H
#define UM_HANDLES_H

#include "core/matrix.h"
#include "core/source.h"
#include "deconvolve/reference/cell_reference.h"
#include "io/text/gene_info.h"
#include "unmix/data.h"
#include "unmix/reference.h"

struct unmix_matrix {
    um_matrix matrix;
};

struct unmix_source {
    um_source source;
};

struct unmix_gene_info {
    um_gene_info info;
};

enum { UM_REFERENCE_VIEWS = 6 };

struct unmix_reference {
    um_cell_reference reference;
    struct unmix_matrix view[UM_REFERENCE_VIEWS];
};

#endif
