/*
 * A worker fits the samples of a run: a device, a queue and batches, with a context of its own. Several work side by
 * side on blocks of samples; what they share stands in the job. A block is read, fitted, evaluated in double and
 * collected into the result when it is its turn, in the order of the samples, so that nothing depends on who was first.
 */
#ifndef UM_WORKER_H
#define UM_WORKER_H

#include <pthread.h>

#include "deconvolve/certify/intervals.h"
#include "deconvolve/certify/permutations.h"
#include "deconvolve/problem/cohort.h"
#include "deconvolve/solve/method.h"

/* Samples with most counts above zero and samples with few go through batches of their own. */
typedef enum um_path_id { UM_PATH_DENSE, UM_PATH_SPARSE, UM_PATHS } um_path_id;

/* Columns first .. first+count of the source; those that take part stand in the result from `row` on. */
typedef struct um_portion {
    size_t first, count, row;
} um_portion;

typedef struct um_job {
    unmix_device *device;
    const unmix_deconvolve_options *options;
    const um_method *method;
    const um_problem *problem;
    const double *D;           /* M: what the method divides by */
    const double *cell_size;   /* C, or NULL */
    um_cohort *cohort;
    um_evaluator *evaluator;
    um_result *result;
    size_t at_once;            /* samples in a block */
    int fits_path[UM_PATHS];   /* 1: some sample goes through it */
    int takes_path[UM_PATHS];  /* 1: some sample goes through it, or the error bars do */
    size_t nonzeros;           /* most of a block in the sparse batch, with the padding */
    um_portion *portion;
    size_t n_portions;
    /* Behind the lock: */
    pthread_mutex_t lock;      /* of reading, too */
    pthread_cond_t changed;
    size_t next;               /* portion that nobody has taken */
    size_t turn;               /* portion that is collected next */
    int stop;                  /* somebody failed */
} um_job;

typedef struct um_path {
    int open;
    um_batch batch;
    void *state; /* of the method */
} um_path;

typedef struct um_worker {
    um_job *job;
    unmix_context *cx;
    size_t slot;        /* of the device */
    um_queue *queue;
    size_t capacity;    /* samples at once, at most those of a block */
    um_path path[UM_PATHS];
    um_intervals intervals;
    um_path permuted[UM_PATHS]; /* for permuted samples, where p-values are wanted */
    um_permutations permutations;
    size_t n_without_errors;
    /* Of a block: */
    um_block block;
    size_t *column;     /* columns that take part */
    size_t *of_path;    /* those of them that go through one path */
    size_t *row_of;     /* rows of the result of these */
    um_metrics *metrics;
    um_fit fit;
} um_worker;

/* The path of a sample: its own counts choose, so its result does not depend on which others are in the file. */
um_path_id um_job_path_of(const um_job *job, const um_queue *queue, size_t column);

/*
 * Everything for blocks of job->at_once samples on `queue`, which the worker closes then (also after a failure).
 * Released with um_worker_close().
 */
unmix_status um_worker_open(unmix_context *cx, um_worker *worker, um_job *job, size_t slot, um_queue *queue);
void um_worker_close(um_worker *worker);

/*
 * After a failure with UNMIX_ERROR_MEMORY: forgets it and opens everything for half of the samples at once, and again,
 * down to one step of the device. Errors: MEMORY, when that does not fit either.
 */
unmix_status um_worker_make_smaller(um_worker *worker);

/*
 * Fits, evaluates and collects one portion. When the device has no room for it, in parts of half as many samples, down
 * to one step of the device. Yields the status of the failure in its context; UNMIX_OK, with nothing done, after
 * another worker has failed.
 */
unmix_status um_worker_run(um_worker *worker, const um_portion *portion, size_t index);

#endif
