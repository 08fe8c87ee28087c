/* The context inside the library: error record, log and progress. See include/unmix/context.h for the contract. */
#ifndef UM_DIAGNOSTICS_H
#define UM_DIAGNOSTICS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "unmix/context.h"

struct unmix_context {
    unmix_status status;
    char message[1024];
    char site[128];
    unmix_log_callback log;
    void *log_payload;
    unmix_progress_callback progress;
    void *progress_payload;
    unmix_file_callback files;
    void *files_payload;
    unsigned threads; /* at least 1 */
    unmix_encoding encoding;
    int hdf5_plugins; /* HDF5 may load filters of others */
    uint64_t said[64]; /* of warnings and notes of the running call: what was said is not said again */
    size_t n_said;
    size_t asked;     /* bytes of host memory asked for so far */
};

#if defined(__GNUC__)
#define UM_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define UM_PRINTF(text, first)
#endif

/*
 * Opens a public function, as its first statement `UM_TRY(um_begin(cx));`: the error of the call before is forgotten.
 * tools/check-layers sees that every public function does so. Fails with ARGUMENT when there is no context.
 */
unmix_status um_begin(unmix_context *cx);

/* Records a failure, unless one is recorded already, and yields the status: `return UM_FAIL(cx, UNMIX_ERROR_INPUT, "..")`. */
#define UM_FAIL(cx, status, ...) um_fail_((cx), (status), __FILE__, __LINE__, __VA_ARGS__)
unmix_status um_fail_(unmix_context *cx, unmix_status status, const char *file, int line, const char *format, ...)
    UM_PRINTF(5, 6);

/* Records in `to`, unless it has one, the failure of `from`, with its site; yields the status. */
unmix_status um_pass_failure(unmix_context *to, const unmix_context *from);

/* Returns the status from the calling function when it is not UNMIX_OK. */
#define UM_TRY(expression)                                                                   \
    do {                                                                                     \
        const unmix_status um_try_status_ = (expression);                                    \
        if (um_try_status_ != UNMIX_OK)                                                      \
            return um_try_status_;                                                           \
    } while (0)

/* For functions that must release something: sets `status` and jumps to `done`. */
#define UM_TRY_GOTO(status, done, expression)                                                \
    do {                                                                                     \
        (status) = (expression);                                                             \
        if ((status) != UNMIX_OK)                                                            \
            goto done;                                                                       \
    } while (0)

void um_warn(unmix_context *cx, const char *format, ...) UM_PRINTF(2, 3);
void um_note(unmix_context *cx, const char *format, ...) UM_PRINTF(2, 3);
void um_detail(unmix_context *cx, const char *format, ...) UM_PRINTF(2, 3);

/* Tells the caller what happens to a file. `cx` may be NULL: nobody is told. */
void um_tell_file(const unmix_context *cx, unmix_file_event event, const char *path);

/* Reports progress; fails with UNMIX_ERROR_INTERRUPTED when the caller wants to stop. `fraction` < 0: not known. */
unmix_status um_progress(unmix_context *cx, double fraction, const char *format, ...) UM_PRINTF(3, 4);

#endif
