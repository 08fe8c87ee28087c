/* Options that say how a table is read, which the commands share. */
#ifndef TABLES_H
#define TABLES_H

#include "options.h"

/* clang-format off */
/* Rows of a table of options, for arguments `type` with unmix_read_options at `member`; `what` is "the bulk table". */
#define OPTIONS_TABLE(type, member, what)                                                                                 \
    {.name = "skip-columns", .kind = OPTION_TEXT, .offset = offsetof(type, member.skip_columns), .value = "A,B",          \
     .help = "columns of " what " to leave out"},                                                                         \
    {.name = "columns", .kind = OPTION_TEXT, .offset = offsetof(type, member.columns), .value = "all|A,B",                \
     .help = "columns of " what " to take, whatever they are called; all: every column of numbers and every row",         \
     .fallback = "those that are no identifiers, places and lengths of genes"},                                           \
    {.name = "no-header", .kind = OPTION_FLAG, .offset = offsetof(type, member.header), .flag = UNMIX_HEADER_NONE,        \
     .help = "the first line of " what " is a row already; its columns are called column1, column2, ..."},                \
    {.name = "header", .kind = OPTION_FLAG, .offset = offsetof(type, member.header), .flag = UNMIX_HEADER_FIRST,          \
     .help = "the first line of " what " is its header, though it looks like a row of numbers"},                          \
    {.name = "strand", .kind = OPTION_CHOICE, .offset = offsetof(type, member.strand),                                    \
     .value = "detect|none|forward|reverse",                                                                              \
     .help = "counts of STAR and of the GDC by strand: detect takes those with most reads in genes, of the GDC the "      \
             "unstranded ones"}
/* clang-format on */

#endif
