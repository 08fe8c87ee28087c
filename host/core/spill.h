/*
 * A large matrix that is written row by row, and read back by blocks of rows or of columns: this is how tables are
 * transposed and results wait to be written. It is packed exactly (whole numbers in as few bytes as hold them) and
 * stays in memory up to a limit; what comes after lies in a file without a name, which goes away with the process.
 *
 * The rows are stored in tiles, each transposed, so that a block of columns is one piece of every tile.
 */
#ifndef UM_SPILL_H
#define UM_SPILL_H

#include <stdint.h>
#include <sys/types.h>

#include "core/diagnostics.h"

/* Zero-initialised is the default. */
typedef struct um_spill_options {
    const char *folder; /* of the temporary file; NULL: the system's, P_tmpdir. Copied */
    size_t memory;      /* bytes of packed numbers to keep in memory; 0: UM_SPILL_MEMORY */
    size_t tile;        /* bytes of numbers that are collected before they are packed; 0: 32 MiB */
} um_spill_options;

#define UM_SPILL_MEMORY ((size_t)256 << 20)

typedef struct um_spill_tile {
    size_t rows;
    uint8_t width;        /* bytes of a number: 1, 2, 4 whole and >= 0; 8 double */
    unsigned char *bytes; /* columns x rows; NULL: in the file at `offset` */
    off_t offset;
} um_spill_tile;

typedef struct um_spill {
    char *folder;
    size_t memory;
    size_t rows, columns;
    size_t tile_rows;
    um_spill_tile *tile;
    size_t n_tiles, tile_capacity;
    double *open;         /* rows that are not packed yet; later the rows of tile `unpacked` */
    size_t open_rows, open_capacity;
    size_t unpacked;      /* tile whose rows lie in `open`, from 1; 0: none */
    unsigned char *piece; /* of a tile, as it comes from the file */
    size_t piece_capacity;
    size_t held;          /* bytes of the tiles in memory */
    int file;             /* -1: none yet */
    off_t end;            /* of the file */
    double largest;       /* of all numbers */
    int whole;            /* 1: all are whole, >= 0 and below 2^32 */
    size_t nonzero;
} um_spill;

/* Rows have `columns` (1 or more) numbers. Nothing is written yet. Released with um_spill_close(). */
unmix_status um_spill_open(unmix_context *cx, um_spill *spill, size_t columns, const um_spill_options *options);
void um_spill_close(um_spill *spill);

/* Appends a row. Fails with WRITE, naming the folder, where the temporary file cannot be made or the disk is full. */
unmix_status um_spill_add(unmix_context *cx, um_spill *spill, const double *row);

/* After the last row, before the first reading. */
unmix_status um_spill_finish(unmix_context *cx, um_spill *spill);

/* values[count x columns] becomes rows first .. first+count. Cheap when rows are asked for in order. */
unmix_status um_spill_read_rows(unmix_context *cx, um_spill *spill, size_t first, size_t count, double *values);

/* values[count x rows] becomes columns first .. first+count, one after another. */
unmix_status um_spill_read_columns(unmix_context *cx, um_spill *spill, size_t first, size_t count, double *values);

/* Columns that are sensible to read at once: about 8 MB; at least 1. */
size_t um_spill_column_block(const um_spill *spill);

#endif
