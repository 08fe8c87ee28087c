/* Status codes of the library. One list gives the names, the texts and the exit statuses of the program. */
#ifndef UNMIX_STATUS_H
#define UNMIX_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define UNMIX_API __attribute__((visibility("default")))
#else
#define UNMIX_API
#endif

/* X(name, text, exit status of the program) */
#define UNMIX_STATUSES(X)                                                                    \
    X(OK, "done", 0)                                                                         \
    X(ERROR_ARGUMENT, "invalid argument", 2)                                                 \
    X(ERROR_EXISTS, "the output exists", 2)                                                  \
    X(ERROR_INPUT, "bad input", 3)                                                           \
    X(ERROR_NO_DEVICE, "no usable device", 4)                                                \
    X(ERROR_WRONG_DEVICE, "the device computes wrongly", 4)                                  \
    X(ERROR_DEVICE, "the device failed", 1)                                                  \
    X(ERROR_MEMORY, "out of memory", 1)                                                      \
    X(ERROR_WRITE, "writing failed", 1)                                                      \
    X(ERROR_NOT_CONVERGED, "not converged", 5)                                               \
    X(ERROR_INTERRUPTED, "interrupted", 130)                                                 \
    X(ERROR_INTERNAL, "internal error", 1)

typedef enum unmix_status {
#define UNMIX_STATUS_ENTRY(name, text, exit_status) UNMIX_##name,
    UNMIX_STATUSES(UNMIX_STATUS_ENTRY)
#undef UNMIX_STATUS_ENTRY
} unmix_status;

/* Short text for a status, for example "bad input". Static storage; never NULL. */
UNMIX_API const char *unmix_status_text(unmix_status status);

/* Exit status that the program `unmix` gives for this status (see the list above). */
UNMIX_API int unmix_status_exit(unmix_status status);

#ifdef __cplusplus
}
#endif
#endif
