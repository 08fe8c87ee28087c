/* The names of features and cells beside a matrix, as its program writes them. For market.c. */
#ifndef UM_MARKET_NAMES_H
#define UM_MARKET_NAMES_H

#include "io/market/market_files.h"
#include "io/tenx/features.h"

/*
 * Fills both (empty), features settled; the caller clears them on failure too. A note says what alevin-fry's spliced,
 * unspliced and ambiguous counts become. Errors: INPUT with file and line, MEMORY.
 */
unmix_status um_market_names_read(unmix_context *cx, const um_market_files *files, um_features *features,
                                  um_names *cells);

#endif
