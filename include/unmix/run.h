/*
 * What differs from run to run though input, seed, device and options are the same: date, command line, host, threads,
 * seconds. The library asks nobody for such things. Who wants them in a result hands them in before it is written; they
 * stand under `run` of the dictionary that says how it was made (uns['unmix']['run'], the member run of run.json), beside
 * what the library itself knows of this kind: device and driver, and where the input was found. Nothing else of a result
 * differs, and unmix_compare_exact() leaves `run` out.
 */
#ifndef UNMIX_RUN_H
#define UNMIX_RUN_H

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A text or, where that is NULL, a number: whole ones (threads) are kept as integers. */
typedef struct unmix_fact {
    const char *key;
    const char *text;
    double number;
    int whole;
} unmix_fact;

#ifdef __cplusplus
}
#endif
#endif
