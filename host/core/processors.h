/* How many processors the process may keep busy. */
#ifndef UM_PROCESSORS_H
#define UM_PROCESSORS_H

/* The least of what is online, what the affinity of the process allows and what its control groups allow; at least 1. */
unsigned um_processors(void);

/*
 * What the control groups allow (version 2: cpu.max, version 1: cpu.cfs_quota_us over cpu.cfs_period_us), rounded up; the
 * group itself and all that it lies in count. 0: no limit. `root` stands before /proc and /sys: "", or a folder of a test.
 */
unsigned um_processors_of_groups(const char *root);

#endif
