/* How many processors the control groups leave, from trees of files as Linux has them; affinity; the context's number. */
#include "core/processors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/parallel.h"
#include "testing/testing.h"

static char root[4096];

/* Writes a file under the root, with the folders above it. */
static void put(const char *path, const char *text)
{
    char whole[8192];
    (void)snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *at = whole + strlen(root) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        (void)mkdir(whole, 0777);
        *at = '/';
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int new_root(void **state)
{
    static unsigned number;
    (void)state;
    (void)snprintf(root, sizeof root, "%s/tree%u", um_test_folder(), number++);
    return mkdir(root, 0777);
}

static void without_groups_there_is_no_limit(void **state)
{
    (void)state;
    assert_int_equal(um_processors_of_groups(root), 0);
    put("/proc/self/cgroup", "0::/user\n");
    assert_int_equal(um_processors_of_groups(root), 0);
    put("/sys/fs/cgroup/user/cpu.max", "max 100000\n");
    assert_int_equal(um_processors_of_groups(root), 0);
    put("/proc/self/cgroup", "not what it should be\n\n:::\n");
    assert_int_equal(um_processors_of_groups(root), 0);
}

static void version_2_is_rounded_up(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/user/job\n");
    put("/sys/fs/cgroup/user/job/cpu.max", "250000 100000\n");
    assert_int_equal(um_processors_of_groups(root), 3);
    put("/sys/fs/cgroup/user/job/cpu.max", "20000 100000\n");
    assert_int_equal(um_processors_of_groups(root), 1);
}

static void a_group_around_it_counts_too(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/user/job\n");
    put("/sys/fs/cgroup/user/job/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/user/cpu.max", "400000 100000\n");
    assert_int_equal(um_processors_of_groups(root), 4);
    put("/sys/fs/cgroup/cpu.max", "200000 100000\n"); /* as it is in a container, whose group is the top of the mount */
    assert_int_equal(um_processors_of_groups(root), 2);
}

static void version_1_has_files_of_its_own(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "12:cpuset:/other\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/x\n");
    put("/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us", "100000\n");
    assert_int_equal(um_processors_of_groups(root), 0);
    put("/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us", "150000\n");
    assert_int_equal(um_processors_of_groups(root), 2);
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    assert_int_equal(um_processors_of_groups(root), 1);
}

static void note_thread(void *state, unsigned thread)
{
    ((unsigned *)state)[thread]++;
}

static void the_context_says_how_many(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    assert_true(um_processors() >= 1);
    assert_int_equal(unmix_get_threads(cx), um_processors());
    unmix_set_threads(cx, 3);
    assert_int_equal(um_threads(cx), 3);
    unsigned calls[4] = {0};
    um_parallel(um_threads(cx), note_thread, calls);
    assert_true(calls[0] == 1 && calls[1] == 1 && calls[2] == 1 && calls[3] == 0);
    unmix_set_threads(cx, 1000);
    assert_int_equal(um_threads(cx), 64);
    unmix_set_threads(cx, 0);
    assert_int_equal(unmix_get_threads(cx), um_processors());
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_groups_there_is_no_limit, new_root),
        cmocka_unit_test_setup(version_2_is_rounded_up, new_root),
        cmocka_unit_test_setup(a_group_around_it_counts_too, new_root),
        cmocka_unit_test_setup(version_1_has_files_of_its_own, new_root),
        cmocka_unit_test(the_context_says_how_many),
    };
    return um_run_group(tests);
}
