/* A folder of tables that hold a sample each, as RSEM, Salmon, kallisto, STAR, HTSeq and the GDC leave them. */
#ifndef UM_TABLE_FOLDER_H
#define UM_TABLE_FOLDER_H

#include "core/source.h"
#include "unmix/data.h"

/* 1 when the folder, or folders in it, hold files that such a program names so. */
int um_is_table_folder(const char *path);

/* Those files in the order of their names, joined (core/source_join.h). Errors as um_table_source(). */
unmix_status um_table_folder_source(unmix_context *cx, const char *path, const unmix_read_options *options,
                                    um_source *source);

#endif
