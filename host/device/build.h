/*
 * What a program is built from: the text of its files, and options that say everything it depends on. Known without a
 * device, so that the kernels can be compiled for devices that are not there (tools/check-kernels).
 */
#ifndef UM_BUILD_H
#define UM_BUILD_H

#include "core/diagnostics.h"
#include "device/kernels.h"
#include "device/tuning.h"
#include "unmix/device.h"

typedef struct um_build {
    um_program_id program;
    unmix_precision precision;
    int has_double;   /* the device has fp64 */
    um_tuning tuning;
    uint32_t sources;  /* of a deconvolution; 0: none */
    uint32_t programs; /* of a factorisation; 0: none */
} um_build;

enum { UM_OPTIONS_SIZE = 2048 };

/* Everything that a build depends on beside the text, so two builds with the same options are the same. */
void um_build_options(const um_build *build, char *options, size_t size);

/* What a group keeps of A in local memory, pass.cl. */
size_t um_build_local_bytes(const um_build *build);

/*
 * The text of `files`, names separated by blanks, one after the other, each behind a #line that names it. The caller frees
 * it. UNMIX_ERROR_INTERNAL for a name that is not embedded.
 */
unmix_status um_build_text(unmix_context *cx, const char *files, char **text);

#endif
