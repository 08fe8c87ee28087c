#include "device/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "device/constants.h"
#include "device/embedded.h"

const char *const um_program_files[UM_PROGRAM_COUNT] = {
#define UM_ENTRY(id, files) files,
    UM_PROGRAMS(UM_ENTRY)
#undef UM_ENTRY
};

/* ---- Options ---- */

/* Room for the sums of a work-item where the number of sources is no constant: few sizes, so few builds. */
enum { SOURCES_STEP = 128 };

static uint32_t sources_of(const um_build *b)
{
    return b->sources ? b->sources : 1;
}

/* Reals of the rows of A that a group shares, whole blocks each; sums have room for as many sources. */
static uint32_t staged_reals(const um_build *b)
{
    const uint32_t step = b->tuning.fixed_sources ? UM_BLOCK : SOURCES_STEP;
    if (!b->tuning.stage || b->program == UM_PROGRAM_NMF)
        return 0;
    return b->tuning.genes * ((sources_of(b) + step - 1) / step * step);
}

size_t um_build_local_bytes(const um_build *build)
{
    return staged_reals(build) * (build->precision == UNMIX_DOUBLE ? sizeof(double) : sizeof(float));
}

/* What differs between programs: the sources, or the shape of a factor. */
static void write_shape(const um_build *b, const um_rank *rank, char *options, size_t size)
{
    const um_tuning *t = &b->tuning;
    const uint32_t sources = sources_of(b), room = (sources + SOURCES_STEP - 1) / SOURCES_STEP * SOURCES_STEP;
    if (b->program == UM_PROGRAM_NMF)
        (void)snprintf(options, size, "-DUM_KV=%u -DUM_FOLD=%u", rank->vectors, t->fold);
    else if (t->fixed_sources)
        (void)snprintf(options, size, "-DUM_SOURCES=%uu -DUM_MAX_SOURCES=%uu", sources, sources);
    else
        (void)snprintf(options, size, "-DUM_MAX_SOURCES=%uu", room);
}

/* What differs between devices, precisions and problems. */
static void write_variant(const um_build *build, char *options, size_t size)
{
    const um_tuning *t = &build->tuning;
    const um_rank rank = um_tuning_rank(t, build->programs);
    char shape[80];
    write_shape(build, &rank, shape, sizeof shape);
    (void)snprintf(options, size,
                   "-DUM_DOUBLE=%d -DUM_FP64=%d -DUM_VW=%u -DUM_NV=%u -DUM_GU=%u -DUM_TILE=%u -DUM_WG=%u -DUM_STAGE=%u %s",
                   build->precision == UNMIX_DOUBLE, build->has_double ? 1 : 0,
                   build->program == UM_PROGRAM_NMF ? rank.vector : t->vector, t->vectors, t->genes, t->tile, t->group,
                   staged_reals(build), shape);
}

static const struct {
    const char *name;
    unsigned value;
} shared_counts[] = {
#define UM_ENTRY(name, value) {#name, (value)},
    UM_SHARED_COUNTS(UM_ENTRY)
#undef UM_ENTRY
};

static const struct {
    const char *name, *value;
} shared_numbers[] = {
#define UM_ENTRY(name, value) {#name, #value},
    UM_SHARED_NUMBERS(UM_ENTRY)
#undef UM_ENTRY
};

/*
 * -w: a driver may print its warnings (PoCL does, with their number) where nobody can help them.
 * Whole numbers are unsigned, as indices are. Where there is no fp64 a number must be a float where it is written.
 */
void um_build_options(const um_build *build, char *options, size_t size)
{
    char variant[256];
    write_variant(build, variant, sizeof variant);
    size_t at = (size_t)snprintf(options, size, "-cl-std=CL1.2 -w %s", variant);
    for (size_t i = 0; i < sizeof shared_counts / sizeof shared_counts[0] && at < size; i++)
        at += (size_t)snprintf(options + at, size - at, " -DUM_%s=%uu", shared_counts[i].name, shared_counts[i].value);
    for (size_t i = 0; i < sizeof shared_numbers / sizeof shared_numbers[0] && at < size; i++)
        at += (size_t)snprintf(options + at, size - at, " -DUM_%s=%s%s", shared_numbers[i].name, shared_numbers[i].value,
                               build->has_double ? "" : "f");
}

/* ---- Text ---- */

static const um_embedded_file *find_file(const char *name, size_t length)
{
    for (size_t i = 0; i < um_embedded_count; i++)
        if (strlen(um_embedded_files[i].name) == length && strncmp(um_embedded_files[i].name, name, length) == 0)
            return &um_embedded_files[i];
    return NULL;
}

/* Appends one file to text; without text (NULL) only the length grows. */
static void append_file(const um_embedded_file *file, char *text, size_t *length)
{
    static const char head[] = "#line 1 \"kernels/%s\"\n";
    const size_t line = strlen(head) - 2 + strlen(file->name);
    if (text) {
        (void)snprintf(text + *length, line + 1, head, file->name);
        memcpy(text + *length + line, file->bytes, file->size);
    }
    *length += line + file->size;
}

static unmix_status append_files(unmix_context *cx, const char *files, char *text, size_t *length)
{
    *length = 0;
    while (*files) {
        const size_t name = strcspn(files, " ");
        const um_embedded_file *file = find_file(files, name);
        if (!file)
            return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "kernel file '%.*s' is not embedded", (int)name, files);
        append_file(file, text, length);
        files += name + (files[name] == ' ');
    }
    return UNMIX_OK;
}

unmix_status um_build_text(unmix_context *cx, const char *files, char **text)
{
    size_t length = 0;
    *text = NULL;
    UM_TRY(append_files(cx, files, NULL, &length));
    UM_TRY(UM_ALLOC(cx, text, length + 1, "kernels"));
    return append_files(cx, files, *text, &length);
}
