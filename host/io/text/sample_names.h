/* Names of samples where a table does not say them, or says paths of alignments. */
#ifndef UM_SAMPLE_NAMES_H
#define UM_SAMPLE_NAMES_H

#include "core/names.h"

/*
 * The name of the one sample of a file: its name without what programs put behind it, or where nothing is left
 * (quant.sf, abundance.tsv) that of its folder.
 */
unmix_status um_sample_of_file(unmix_context *cx, const char *path, um_names *names);

/*
 * Cuts paths and .bam from names that all have them: folders, ".sorted.bam", "Aligned.sortedByCoord.out.bam". The names
 * stay as they are where they would no longer differ. *cut says whether something was cut.
 */
unmix_status um_cut_alignments(unmix_context *cx, um_names *names, int *cut);

#endif
