/* How to tell log-transformed values from linear ones: the one rule for samples, signatures and cells. */
#ifndef UM_SCALE_H
#define UM_SCALE_H

/*
 * Values that are not all whole and stay below this look log-transformed: log2(x + 1) of counts stays under 30, as 2^30
 * reads of one gene do not occur, and log1p of counts per 10,000 stays below 10.
 */
#define UM_LOG_LIMIT 30.0

/* Beyond this no count is: single precision ends at 3e38, and sums over genes and squares must fit. */
#define UM_LARGEST_COUNT 1e15

#endif
