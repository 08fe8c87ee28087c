/* Columns of the same name, as in a reference whose header names the type of each cell (CIBERSORTx). */
#ifndef UM_TABLE_AVERAGE_H
#define UM_TABLE_AVERAGE_H

#include "core/matrix.h"

/*
 * Where names of columns repeat, puts the mean of those of each name in their place, in the order of the first ones, and
 * says so. INPUT where there are fewer than two columns a name: that is a slip.
 */
unmix_status um_average_columns(unmix_context *cx, um_matrix *matrix);

#endif
