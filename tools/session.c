#include "session.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "provenance.h"
#include "rescue.h"

static void print_line(um_session *run, const char *prefix, const char *format, va_list values)
    __attribute__((format(printf, 3, 0)));

static void print_line(um_session *run, const char *prefix, const char *format, va_list values)
{
    char line[2048], shown[2048];
    (void)vsnprintf(line, sizeof line, format, values);
    progress_clear(&run->progress);
    (void)fprintf(stderr, "%s%s\n", prefix, unmix_shown(line, shown, sizeof shown)); /* names of files may hold anything */
}

void session_say(um_session *run, const char *format, ...)
{
    if (run->common->quiet)
        return;
    va_list values;
    va_start(values, format);
    print_line(run, "", format, values);
    va_end(values);
}

void session_warn(um_session *run, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    print_line(run, "warning: ", format, values);
    va_end(values);
}

static void print_log(void *payload, unmix_log_level level, const char *message)
{
    um_session *run = payload;
    if (level == UNMIX_LOG_WARNING)
        session_warn(run, "%s", message);
    else if (level == UNMIX_LOG_NOTE || run->common->verbose)
        session_say(run, "%s", message);
}

unmix_status session_begin(um_session *run, const char *command, const um_common_options *common, double started)
{
    *run = (um_session){.command = command, .common = common, .started = started};
    progress_begin(&run->progress, common->quiet);
    run->cx = unmix_context_new();
    if (!run->cx)
        return session_fail(run, UNMIX_ERROR_MEMORY, "out of memory");
    unmix_set_log(run->cx, print_log, run);
    unmix_set_files(run->cx, rescue_note_file, NULL);
    unmix_set_progress(run->cx, progress_report, &run->progress);
    return UNMIX_OK;
}

static unmix_status record(um_session *run, unmix_status status, const char *format, va_list values)
    __attribute__((format(printf, 3, 0)));

static unmix_status record(um_session *run, unmix_status status, const char *format, va_list values)
{
    if (run->status != UNMIX_OK)
        return run->status;
    run->status = status;
    char message[sizeof run->message];
    (void)vsnprintf(message, sizeof message, format, values);
    (void)unmix_shown(message, run->message, sizeof run->message);
    return status;
}

unmix_status session_fail(um_session *run, unmix_status status, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    status = record(run, status, format, values);
    va_end(values);
    return status;
}

unmix_status session_usage(um_session *run, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const unmix_status status = record(run, UNMIX_ERROR_ARGUMENT, format, values);
    va_end(values);
    run->usage = 1;
    return status;
}

unmix_status session_keep_error(um_session *run)
{
    const unmix_status status = unmix_error_status(run->cx);
    (void)session_fail(run, status, "%s", unmix_error_message(run->cx));
    unmix_error_clear(run->cx);
    return status;
}

unmix_status session_check_interrupt(um_session *run)
{
    return progress_interrupted() ? session_fail(run, UNMIX_ERROR_INTERRUPTED, "interrupted") : UNMIX_OK;
}

unmix_status session_open_devices(um_session *run, unmix_device **device)
{
    unmix_status status =
        unmix_device_open(run->cx, run->common->device, (unmix_precision)run->common->precision, device);
    if (status == UNMIX_OK && run->common->tune)
        status = unmix_device_tune(run->cx, *device, run->common->tune);
    if (status != UNMIX_OK)
        return status;
    run->device = *unmix_device_get_info(*device);
    run->has_device = 1;
    return UNMIX_OK;
}

unmix_status session_open_device(um_session *run, unmix_device **device)
{
    const unmix_status status = session_open_devices(run, device);
    if (status == UNMIX_OK && unmix_device_count(*device) > 1)
        session_say(run, "%s uses one device: %s, the first of %zu", run->command, run->device.name,
                     unmix_device_count(*device));
    return status;
}

/* The reader of a pipe went away (`| head`): nothing to tell, the person who did it knows. */
static int nobody_reads(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

/* What was printed must have arrived: a full disk behind `> table.tsv` is a failure. */
static unmix_status flush_output(um_session *run)
{
    errno = 0;
    const int failed_before = ferror(stdout);
    if (fflush(stdout) == 0 && !failed_before)
        return UNMIX_OK;
    return session_fail(run, UNMIX_ERROR_WRITE, "standard output: %s", errno ? strerror(errno) : "writing failed");
}

static void print_failure(const um_session *run, unmix_status status)
{
    const char *message = run->message;
    if (!message[0])
        message = run->cx && unmix_error_message(run->cx)[0] ? unmix_error_message(run->cx) : unmix_status_text(status);
    if (status == UNMIX_ERROR_WRITE && nobody_reads())
        return;
    (void)fprintf(stderr, "unmix %s: %s\n", run->command, message);
    if (run->usage)
        (void)fprintf(stderr, "try 'unmix %s --help'\n", run->command);
    if (status == UNMIX_ERROR_NO_DEVICE)
        (void)fprintf(stderr,
                      "'unmix devices' lists the devices; to compute on the CPU install pocl-opencl-icd, and see "
                      "that its cache folder can be written (POCL_CACHE_DIR, or ~/.cache)\n");
    if (run->common->verbose && run->cx && unmix_error_site(run->cx)[0])
        (void)fprintf(stderr, "arose at %s\n", unmix_error_site(run->cx));
}

int session_end(um_session *run, unmix_status status)
{
    if (status == UNMIX_OK)
        status = flush_output(run);
    progress_clear(&run->progress);
    if (run->working && !run->common->quiet && (status == UNMIX_OK || status == UNMIX_ERROR_NOT_CONVERGED))
        provenance_print(run->has_device ? &run->device : NULL, run->started);
    if (status != UNMIX_OK)
        print_failure(run, status);
    unmix_context_free(run->cx);
    run->cx = NULL;
    return status == UNMIX_OK && run->unlike ? 1 : unmix_status_exit(status);
}

const char *with_commas(size_t number)
{
    static char buffers[8][32];
    static unsigned next;
    char *buffer = buffers[next++ % 8];
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%zu", number);
    size_t used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            buffer[used++] = ',';
        buffer[used++] = digits[i];
    }
    buffer[used] = '\0';
    return buffer;
}
