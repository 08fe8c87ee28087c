/* unmix devices: which devices there are, and whether they compute rightly. */
#include <stdio.h>
#include <string.h>

#include "command.h"

typedef struct arguments {
    um_common_options common;
    int no_test;
} arguments;

/* clang-format off */
static const um_option options_what[] = {
    {.name = "no-test", .kind = OPTION_FLAG, .offset = offsetof(arguments, no_test), .flag = 1,
     .help = "list the devices without testing them"},
    {.name = NULL},
};

static const um_option_group groups[] = {
    {"Options", options_what, 0},
    {"Options", options_device, 0},
    {"General", options_general, 0},
    {"Hidden", options_seed, 1},
    {"Hidden", options_force, 1},
    {NULL, NULL, 0},
};
/* clang-format on */

static const char *kind_name(unmix_device_kind kind)
{
    return kind == UNMIX_DEVICE_GPU ? "gpu" : kind == UNMIX_DEVICE_CPU ? "cpu" : "other";
}

/* Widths of the columns whose texts come from the drivers. */
typedef struct layout {
    int name, driver;
} layout;

static layout measure(const unmix_device_info *list, size_t count)
{
    layout widths = {(int)strlen("name"), (int)strlen("driver")};
    for (size_t i = 0; i < count; i++) {
        const int name = (int)strlen(list[i].name), driver = (int)strlen(list[i].driver);
        widths.name = name > widths.name ? name : widths.name;
        widths.driver = driver > widths.driver ? driver : widths.driver;
    }
    return widths;
}

static void print_list(const unmix_device_info *list, size_t count)
{
    const layout widths = measure(list, count);
    (void)printf("%-6s  %-5s  %-*s  %-*s  %5s  %10s  %s\n", "device", "kind", widths.name, "name", widths.driver,
                 "driver", "units", "memory", "fp64");
    for (size_t i = 0; i < count; i++)
        (void)printf("%-6s  %-5s  %-*s  %-*s  %5u  %7.1f GB  %s\n", list[i].selector, kind_name(list[i].kind),
                     widths.name, list[i].name, widths.driver, list[i].driver, list[i].compute_units,
                     (double)list[i].memory_bytes / 1e9, list[i].has_double ? "yes" : "no");
}

typedef struct test_state {
    um_session *run;
    const char *selector;
} test_state;

static void print_test(void *payload, const unmix_self_test *test)
{
    test_state *state = payload;
    progress_clear(&state->run->progress);
    (void)printf("%-6s  %-24s  %-6s  %7.1e  %7.1e\n", state->selector, test->family, test->passed ? "ok" : "WRONG",
                 test->error, test->bound);
    (void)fflush(stdout);
}

static unmix_status test_open_device(um_session *run, unmix_device *device)
{
    test_state state = {run, unmix_device_get_info(device)->selector};
    return unmix_device_self_test(run->cx, device, print_test, &state);
}

static void print_test_header(void)
{
    (void)printf("\n%-6s  %-24s  %-6s  %7s  %7s\n", "device", "test", "result", "error", "allowed");
    (void)fflush(stdout);
}

static unmix_status one_device(um_session *run, const arguments *a)
{
    unmix_device *device = NULL;
    unmix_status status = session_open_device(run, &device);
    if (status != UNMIX_OK)
        return status;
    print_list(&run->device, 1);
    if (!a->no_test) {
        print_test_header();
        status = test_open_device(run, device);
    }
    unmix_device_close(device);
    return status;
}

/* A device that fails does not keep the others from being tested; the first failure is the one reported at the end. */
static unmix_status test_all(um_session *run, const unmix_device_info *list, size_t count)
{
    print_test_header();
    for (size_t i = 0; i < count; i++) {
        unmix_device *device = NULL;
        unmix_status status =
            unmix_device_open(run->cx, list[i].selector, (unmix_precision)run->common->precision, &device);
        if (status == UNMIX_OK)
            status = test_open_device(run, device);
        unmix_device_close(device);
        if (status == UNMIX_ERROR_INTERRUPTED)
            return status;
        if (status == UNMIX_OK)
            continue;
        if (run->status != UNMIX_OK)
            session_warn(run, "%s", unmix_error_message(run->cx));
        (void)session_keep_error(run);
    }
    return run->status;
}

static unmix_status all_devices(um_session *run, const arguments *a)
{
    unmix_device_info *list = NULL;
    size_t count = 0;
    unmix_status status = unmix_device_list(run->cx, &list, &count);
    if (status != UNMIX_OK)
        return status;
    if (count == 0)
        return session_fail(run, UNMIX_ERROR_NO_DEVICE, "there is no OpenCL device on this machine");
    print_list(list, count);
    if (!a->no_test)
        status = test_all(run, list, count);
    unmix_device_list_free(list);
    return status;
}

static unmix_status run_devices(um_session *run, const void *given)
{
    const arguments *a = given;
    return run->common->device ? one_device(run, a) : all_devices(run, a);
}

const um_command command_devices = {
    .name = "devices",
    .summary = "which devices there are, and whether they compute rightly",
    .usage = "unmix devices [--device X] [--no-test]",
    .description =
        "Lists the OpenCL devices of this machine, then runs every kernel of unmix on each of them on data with "
        "a known answer. Drivers do have errors: a device that computes wrongly is named, and the exit status "
        "is 4. Without --device all devices are listed and tested.",
    .groups = groups,
    .output =
        "One line a device: 'device' is what --device takes, then kind, name, driver version, compute units, memory, "
        "and whether it has double precision (fp64).\n"
        "Then one line a device and kernel family: the largest error found, relative to the scale of the result, and "
        "the error that is allowed.",
    .examples = "  $ unmix devices\n"
                "  $ unmix devices --no-test\n"
                "  $ unmix devices --device auto --precision single\n",
    .arguments_size = sizeof(arguments),
    .run = run_devices,
};
