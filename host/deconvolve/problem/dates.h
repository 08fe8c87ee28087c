/*
 * Names of genes that a spreadsheet made dates of (1-Mar). They are read as the gene that they were, where the file or its
 * companions tell: by another name that stands beside the date, or because one gene alone gives it.
 */
#ifndef UM_DATES_H
#define UM_DATES_H

#include "deconvolve/problem/naming.h"

/*
 * The names of inputs[which] with the dates repaired, into `names` (empty); it stays empty where there are no names
 * or no dates. Dates that
 * may be several genes, or that repeat, become names that meet nothing, so that nothing is added up. Says what became of
 * them: a note of those repaired, a warning of the others. Errors: MEMORY.
 */
unmix_status um_dates_repair(unmix_context *cx, const um_named inputs[UM_INPUTS], size_t which, um_names *names);

#endif
