/*
 * The context: carries the error of the last failed call, and the callbacks through which the library speaks.
 *
 * The library never prints, exits, installs signal handlers or touches the environment: a signal is its caller's to catch,
 * who stops a call through the progress callback, and a crash inside a library below ends the process. Every fallible function returns
 * an unmix_status; the text for the user is in the context. Within a call the first failing site wins. A failed call
 * leaves nothing else behind: its error can be read until the next call with the context, which starts without it.
 *
 * One context belongs to one thread at a time. A callback may not call a function that can fail with the context of the
 * call that it is in: the error of that call would be forgotten.
 */
#ifndef UNMIX_CONTEXT_H
#define UNMIX_CONTEXT_H

#include <stddef.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define UNMIX_VERSION_MAJOR 0
#define UNMIX_VERSION_MINOR 1
#define UNMIX_VERSION_PATCH 0
#define UNMIX_VERSION "0.1.0"

typedef struct unmix_context unmix_context;

typedef enum unmix_log_level {
    UNMIX_LOG_WARNING, /* something the user should look at; the result stands */
    UNMIX_LOG_NOTE,    /* what the run decided by itself: matches, defaults, what was skipped */
    UNMIX_LOG_DETAIL   /* for --verbose */
} unmix_log_level;

/* Receives one message, one line without newline. */
typedef void (*unmix_log_callback)(void *payload, unmix_log_level level, const char *message);

/*
 * Called now and then during long work. `stage` is a short text ("reading counts.tsv", "em: 40 of 81 samples converged");
 * `fraction` is the part done in [0,1], or negative when not known. Return non-zero to stop: the running call then
 * returns UNMIX_ERROR_INTERRUPTED.
 */
typedef int (*unmix_progress_callback)(void *payload, const char *stage, double fraction);

/*
 * What a caller who catches signals may want to know, as it happens: which file the HDF5 library is given to read (a damaged
 * one may crash it, or keep it for ever), and which temporary files and folders there are to be taken away should the
 * process end in between. `path` is the callback's for the time of the call. From one thread at a time.
 */
typedef enum unmix_file_event {
    UNMIX_FILE_READING, /* the HDF5 library reads `path`, until UNMIX_FILE_READ or another one */
    UNMIX_FILE_READ,
    UNMIX_FILE_MADE, /* a temporary file or folder, until UNMIX_FILE_GONE: it has got its name, or is removed */
    UNMIX_FILE_GONE
} unmix_file_event;
typedef void (*unmix_file_callback)(void *payload, unmix_file_event event, const char *path);

/* Version of the library that is linked, for example "0.1.0". Static storage. */
UNMIX_API const char *unmix_version(void);

/* A new context, or NULL when memory is exhausted. The caller frees it with unmix_context_free(). */
UNMIX_API unmix_context *unmix_context_new(void);

/* Frees the context. NULL is allowed. Objects made with it must be freed before. */
UNMIX_API void unmix_context_free(unmix_context *cx);

/* Sets the callbacks; NULL switches off. `payload` is handed back unchanged and is not owned. */
UNMIX_API void unmix_set_log(unmix_context *cx, unmix_log_callback callback, void *payload);
UNMIX_API void unmix_set_progress(unmix_context *cx, unmix_progress_callback callback, void *payload);
UNMIX_API void unmix_set_files(unmix_context *cx, unmix_file_callback callback, void *payload);

/*
 * How many threads of the host a call with this context may keep busy; 0: as many as the affinity and the control groups
 * (CPU quota) of the process allow, which is what a new context has. Results do not depend on it. It binds the library
 * itself; what an OpenCL driver for CPUs and LAPACK do with threads is theirs and is set by their own means before they
 * are used (POCL_MAX_PTHREAD_COUNT, OPENBLAS_NUM_THREADS), as the program unmix does.
 */
UNMIX_API void unmix_set_threads(unmix_context *cx, unsigned threads);
UNMIX_API unsigned unmix_get_threads(const unmix_context *cx);

/* Names are UTF-8; a line or name of a file that is not is refused, or taken as Latin-1 where that is set. */
typedef enum unmix_encoding { UNMIX_UTF8, UNMIX_LATIN1 } unmix_encoding;
UNMIX_API void unmix_set_encoding(unmix_context *cx, unmix_encoding encoding);

/*
 * Files of strangers. An HDF5 file that is read may be damaged, or made to harm: what it says is checked, files that point
 * into other files are refused, and HDF5 loads no filters from where the environment says (HDF5_PLUGIN_PATH) unless this is
 * set. That setting of HDF5 is the process's: it is changed while a file is read or written and given back afterwards, as
 * is the handler of errors; other threads that use the same HDF5 library meanwhile see it. A crash or an endless loop inside
 * the HDF5 library itself is not caught here: the program unmix, which does, is the one for files that cannot be trusted.
 */
UNMIX_API void unmix_set_hdf5_plugins(unmix_context *cx, int allowed);

/* The error of the last call: one line for a user, "" when there is none. Owned by the context, valid until the next
 * call that can fail; these functions and the callbacks' setters leave it. */
UNMIX_API const char *unmix_error_message(const unmix_context *cx);
UNMIX_API unmix_status unmix_error_status(const unmix_context *cx);

/*
 * Names come from files of strangers: `text` as it can be shown to a person, in out[size], cut to fit. Control characters,
 * those that turn the direction of writing and bytes that are no UTF-8 become escapes (\n, \x1b, \u202e). Messages are so
 * already. Returns out.
 */
UNMIX_API const char *unmix_shown(const char *text, char *out, size_t size);

/* Where in the source the error arose ("table.c:120"), for bug reports; "" when there is none. */
UNMIX_API const char *unmix_error_site(const unmix_context *cx);

/* Forgets the error before the next call does. */
UNMIX_API void unmix_error_clear(unmix_context *cx);

#ifdef __cplusplus
}
#endif
#endif
