/* What the opaque public handles hold. */
#ifndef UM_HANDLES_H
#define UM_HANDLES_H

#include "core/matrix.h"
#include "core/source.h"
#include "io/read.h"
#include "unmix/data.h"

struct unmix_matrix {
    um_matrix matrix;
};

struct unmix_source {
    um_source source;
};

struct unmix_gene_info {
    um_gene_info info;
};

#endif
