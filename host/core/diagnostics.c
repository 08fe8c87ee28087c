#include "core/diagnostics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/processors.h"
#include "core/shown.h"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

unmix_status um_begin(unmix_context *cx)
{
    if (!cx)
        return UNMIX_ERROR_ARGUMENT;
    unmix_error_clear(cx);
    cx->n_said = 0;
    return UNMIX_OK;
}

unmix_status um_fail_(unmix_context *cx, unmix_status status, const char *file, int line, const char *format, ...)
{
    if (cx->status != UNMIX_OK)
        return cx->status;
    cx->status = status;
    (void)snprintf(cx->site, sizeof cx->site, "%s:%d", base_name(file), line);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(cx->message, sizeof cx->message, format, arguments);
    va_end(arguments);
    um_show_in_place(cx->message, sizeof cx->message); /* one line, whatever a file brings in */
    return status;
}

unmix_status um_pass_failure(unmix_context *to, const unmix_context *from)
{
    if (to->status != UNMIX_OK || from->status == UNMIX_OK)
        return to->status;
    to->status = from->status;
    memcpy(to->message, from->message, sizeof to->message);
    memcpy(to->site, from->site, sizeof to->site);
    return to->status;
}

/* FNV-1a; 1 when the running call said so already. */
static int was_said(unmix_context *cx, const char *message)
{
    uint64_t hash = 14695981039346656037u;
    for (const char *c = message; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    for (size_t i = 0; i < cx->n_said; i++)
        if (cx->said[i] == hash)
            return 1;
    if (cx->n_said < sizeof cx->said / sizeof cx->said[0])
        cx->said[cx->n_said++] = hash;
    return 0;
}

static void send(unmix_context *cx, unmix_log_level level, const char *format, va_list arguments) UM_PRINTF(3, 0);

static void send(unmix_context *cx, unmix_log_level level, const char *format, va_list arguments)
{
    if (!cx->log)
        return;
    char message[2048];
    (void)vsnprintf(message, sizeof message, format, arguments);
    um_show_in_place(message, sizeof message);
    if (level != UNMIX_LOG_DETAIL && was_said(cx, message))
        return;
    cx->log(cx->log_payload, level, message);
}

#define UM_DEFINE_LOG(name, level)                                                           \
    void name(unmix_context *cx, const char *format, ...)                                    \
    {                                                                                        \
        va_list arguments;                                                                   \
        va_start(arguments, format);                                                         \
        send(cx, level, format, arguments);                                                  \
        va_end(arguments);                                                                   \
    }

UM_DEFINE_LOG(um_warn, UNMIX_LOG_WARNING)
UM_DEFINE_LOG(um_note, UNMIX_LOG_NOTE)
UM_DEFINE_LOG(um_detail, UNMIX_LOG_DETAIL)

unmix_status um_progress(unmix_context *cx, double fraction, const char *format, ...)
{
    if (!cx->progress)
        return UNMIX_OK;
    char stage[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(stage, sizeof stage, format, arguments);
    va_end(arguments);
    um_show_in_place(stage, sizeof stage);
    if (cx->progress(cx->progress_payload, stage, fraction))
        return UM_FAIL(cx, UNMIX_ERROR_INTERRUPTED, "interrupted while %s", stage);
    return UNMIX_OK;
}

void um_tell_file(const unmix_context *cx, unmix_file_event event, const char *path)
{
    if (cx && cx->files)
        cx->files(cx->files_payload, event, path);
}

unmix_context *unmix_context_new(void)
{
    unmix_context *cx = calloc(1, sizeof *cx);
    if (cx)
        cx->threads = um_processors();
    return cx;
}

void unmix_context_free(unmix_context *cx)
{
    free(cx);
}

void unmix_set_log(unmix_context *cx, unmix_log_callback callback, void *payload)
{
    cx->log = callback;
    cx->log_payload = payload;
}

void unmix_set_progress(unmix_context *cx, unmix_progress_callback callback, void *payload)
{
    cx->progress = callback;
    cx->progress_payload = payload;
}

void unmix_set_encoding(unmix_context *cx, unmix_encoding encoding)
{
    cx->encoding = encoding;
}

void unmix_set_hdf5_plugins(unmix_context *cx, int allowed)
{
    cx->hdf5_plugins = allowed != 0;
}

void unmix_set_files(unmix_context *cx, unmix_file_callback callback, void *payload)
{
    cx->files = callback;
    cx->files_payload = payload;
}

const char *unmix_error_message(const unmix_context *cx)
{
    return cx->message;
}

unmix_status unmix_error_status(const unmix_context *cx)
{
    return cx->status;
}

const char *unmix_shown(const char *text, char *out, size_t size)
{
    return um_shown(text, out, size);
}

const char *unmix_error_site(const unmix_context *cx)
{
    return cx->site;
}

void unmix_error_clear(unmix_context *cx)
{
    cx->status = UNMIX_OK;
    cx->message[0] = '\0';
    cx->site[0] = '\0';
}

const char *unmix_version(void)
{
    return UNMIX_VERSION;
}

const char *unmix_status_text(unmix_status status)
{
    static const char *const texts[] = {
#define UM_TEXT(name, text, exit_status) text,
        UNMIX_STATUSES(UM_TEXT)
#undef UM_TEXT
    };
    return (size_t)status < sizeof texts / sizeof texts[0] ? texts[status] : "unknown status";
}

int unmix_status_exit(unmix_status status)
{
    static const int exits[] = {
#define UM_EXIT(name, text, exit_status) exit_status,
        UNMIX_STATUSES(UM_EXIT)
#undef UM_EXIT
    };
    return (size_t)status < sizeof exits / sizeof exits[0] ? exits[status] : 1;
}
