#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity() */
#endif
#include "core/processors.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 4096 };

/* The first line of a file, without its end; 0: there is none. */
static int read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    const int got = fgets(line, (int)size, file) != NULL;
    (void)fclose(file);
    if (got)
        line[strcspn(line, "\n")] = '\0';
    return got;
}

/* quota / period of one folder, 0 when it has no limit. */
static double limit_of(const char *folder, int version)
{
    char path[PATH + 32], line[128], period[128];
    double quota = 0.0, each = 0.0;
    if (version == 2) {
        (void)snprintf(path, sizeof path, "%s/cpu.max", folder);
        return read_line(path, line, sizeof line) && sscanf(line, "%lf %lf", &quota, &each) == 2 && each > 0.0 && quota > 0.0
                   ? quota / each
                   : 0.0;
    }
    (void)snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    if (!read_line(path, line, sizeof line))
        return 0.0;
    (void)snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    if (!read_line(path, period, sizeof period))
        return 0.0;
    quota = strtod(line, NULL); /* -1: none */
    each = strtod(period, NULL);
    return quota > 0.0 && each > 0.0 ? quota / each : 0.0;
}

/* The least limit of a group and of those around it. In a container the mount begins at the group: then only its top is there. */
static double limit_along(const char *mount, const char *group, int version, double least)
{
    char folder[PATH];
    (void)snprintf(folder, sizeof folder, "%s%s", mount, group);
    for (;;) {
        const double limit = limit_of(folder, version);
        if (limit > 0.0 && (least == 0.0 || limit < least))
            least = limit;
        char *slash = strrchr(folder, '/');
        if (strlen(folder) <= strlen(mount) || !slash)
            return least;
        *slash = '\0';
    }
}

/* Whether a comma-separated list of controllers has "cpu". */
static int has_cpu(const char *controllers)
{
    for (const char *at = controllers; *at;) {
        const size_t length = strcspn(at, ",");
        if (length == 3 && strncmp(at, "cpu", 3) == 0)
            return 1;
        at += length + (at[length] == ',');
    }
    return 0;
}

unsigned um_processors_of_groups(const char *root)
{
    char path[PATH], line[PATH];
    double least = 0.0;
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) { /* number:controllers:group */
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = '\0';
        controllers++;
        if (!*controllers)
            (void)snprintf(path, sizeof path, "%s/sys/fs/cgroup", root);
        else if (has_cpu(controllers))
            (void)snprintf(path, sizeof path, "%s/sys/fs/cgroup/cpu", root);
        else
            continue;
        least = limit_along(path, group, *controllers ? 1 : 2, least);
    }
    if (file)
        (void)fclose(file);
    return least > 0.0 ? (unsigned)fmin(ceil(least), 1e6) : 0;
}

unsigned um_processors(void)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned processors = online < 1 ? 1 : (unsigned)online;
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) { /* fails beyond 1,024 processors: then those online count */
        const unsigned mine = (unsigned)CPU_COUNT(&set);
        processors = mine && mine < processors ? mine : processors;
    }
    const unsigned groups = um_processors_of_groups("");
    return groups && groups < processors ? groups : processors;
}
