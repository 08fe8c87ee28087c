#include "threads.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Libraries under LAPACK that have threads of their own: what sets them, and the variable that they read at their start. */
static const struct {
    const char *setter, *variable;
} libraries[] = {
    {"openblas_set_num_threads", "OPENBLAS_NUM_THREADS"},
    {"MKL_Set_Num_Threads", "MKL_NUM_THREADS"},
};

typedef void set_threads(int threads);

/* The setter, or NULL where the library is not there. */
static set_threads *find(void *linked, const char *name)
{
    set_threads *set = NULL;
    void *found = dlsym(linked, name);
    memcpy(&set, &found, sizeof set);
    return set;
}

/* Returns 1 when a library was started with another number, which it has left its threads with. */
static int tell(unsigned threads, const char *text)
{
    int late = 0;
    void *linked = dlopen(NULL, RTLD_LAZY);
    for (size_t i = 0; linked && i < sizeof libraries / sizeof libraries[0]; i++) {
        set_threads *set = find(linked, libraries[i].setter);
        const char *before = getenv(libraries[i].variable);
        if (!set)
            continue;
        set((int)threads);
        if (!before || strcmp(before, text) != 0)
            late = setenv(libraries[i].variable, text, 1) == 0;
    }
    if (linked)
        (void)dlclose(linked);
    return late;
}

int threads_bind(unsigned threads, int asked, char *const argv[])
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", threads);
    /* Read when OpenCL is first called; versions of PoCL before and after 4.0 name it differently. */
    if (setenv("POCL_MAX_PTHREAD_COUNT", text, asked) != 0 || setenv("POCL_CPU_MAX_CU_COUNT", text, asked) != 0)
        return -1;
    if (tell(threads, text) && asked)
        (void)execv("/proc/self/exe", argv); /* where that is not to be had, the setter has done most of it */
    return 0;
}
