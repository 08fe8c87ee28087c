/* Labelled cells of several files as those of one: the genes that all have, labels of each, levels of the same name one. */
#ifndef UM_LABELLED_FILES_H
#define UM_LABELLED_FILES_H

#include "api/api_labelled.h"

/*
 * As um_labelled_open() for each of n paths (1 or more); says how many genes they share. Cells are called NUMBER:NAME, as names may
 * repeat from file to file. INPUT also where no gene is in all of them, or one repeats and duplicates are refused.
 */
unmix_status um_labelled_open_files(unmix_context *cx, const char *const *paths, size_t n,
                                    const unmix_signature_options *options, um_labelled *cells);

#endif
