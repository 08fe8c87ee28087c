#include "provenance.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

double provenance_seconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0.0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Linux counts kilobytes, macOS bytes. */
static double peak_megabytes(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0.0;
#ifdef __APPLE__
    return (double)usage.ru_maxrss / 1e6;
#else
    return (double)usage.ru_maxrss * 1024.0 / 1e6;
#endif
}

void provenance_print(const unmix_device_info *device, double started)
{
    (void)fprintf(stderr, "unmix %s, ", unmix_version());
    if (device)
        (void)fprintf(stderr, "device %s (%s), ", device->name, device->driver);
    (void)fprintf(stderr, "%.2f s, peak %.0f MB\n", provenance_seconds() - started, peak_megabytes());
}
