/* The last line of a run: what computed, how long it took, how much memory it needed. */
#ifndef PROVENANCE_H
#define PROVENANCE_H

#include "unmix/unmix.h"

/* Monotonic clock. */
double provenance_seconds(void);

/* "unmix 0.1.0, device NAME (driver), 0.84 s, peak 142 MB" on standard error; without the device when NULL. */
void provenance_print(const unmix_device_info *device, double started);

#endif
