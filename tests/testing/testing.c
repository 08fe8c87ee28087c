#include "testing/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char log_text[65536];

void um_assert_close(const double *got, const double *want, size_t count, double relative, double absolute,
                     const char *what)
{
    size_t worst = count;
    double worst_excess = 0.0;
    for (size_t i = 0; i < count; i++) {
        const double excess = fabs(got[i] - want[i]) - (relative * fabs(want[i]) + absolute);
        if (excess <= 0.0)
            continue;
        if (worst == count || !(excess <= worst_excess)) {
            worst = i;
            worst_excess = excess;
        }
    }
    if (worst < count)
        fail_msg("%s: element %zu of %zu is %.17g, expected %.17g (allowed relative %g, absolute %g)", what, worst, count,
                 got[worst], want[worst], relative, absolute);
    for (size_t i = 0; i < count; i++)
        if (isnan(got[i]) != isnan(want[i]))
            fail_msg("%s: element %zu of %zu is %g, expected %g", what, i, count, got[i], want[i]);
}

void um_assert_ok_(unmix_context *cx, unmix_status status, const char *text, const char *file, int line)
{
    if (status == UNMIX_OK)
        return;
    print_error("%s: %s (%s)\n", text, unmix_error_message(cx), unmix_error_site(cx));
    _assert_int_equal((uintmax_t)status, (uintmax_t)UNMIX_OK, file, line);
}

void um_assert_refused_(unmix_context *cx, unmix_status got, unmix_status want, const char *part, const char *text,
                        const char *file, int line)
{
    if (got != want || !strstr(unmix_error_message(cx), part)) {
        print_error("%s: %s: \"%s\", expected %s with \"%s\"\n", text, unmix_status_text(got), unmix_error_message(cx),
                    unmix_status_text(want), part);
        _fail(file, line);
    }
    unmix_error_clear(cx);
}

static void keep_log(void *payload, unmix_log_level level, const char *message)
{
    (void)payload;
    (void)level;
    const size_t used = strlen(log_text);
    (void)snprintf(log_text + used, sizeof log_text - used, "%s\n", message);
}

const char *um_test_log(void)
{
    return log_text;
}

unmix_context *um_test_context(void)
{
    unmix_context *cx = unmix_context_new();
    if (!cx)
        abort();
    log_text[0] = '\0';
    unmix_set_log(cx, keep_log, NULL);
    return cx;
}

const char *um_test_folder(void)
{
    static char folder[512];
    if (folder[0])
        return folder;
    const char *base = getenv("UNMIX_TEST_FOLDER");
    (void)snprintf(folder, sizeof folder, "%s/unmix-test-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder))
        abort();
    return folder;
}

const char *um_test_file(const char *name, const char *content)
{
    static char paths[8][640];
    static unsigned next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s/%s", um_test_folder(), name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(content, 1, strlen(content), file) != strlen(content) || fclose(file) != 0)
        abort();
    return path;
}
