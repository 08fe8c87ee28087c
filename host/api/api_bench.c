/* unmix_bench(): checks the options and turns every line into JSON. */
#include "unmix/bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_handles.h"
#include "bench/bench_deconvolve.h"
#include "bench/bench_programs.h"

typedef struct lines {
    unmix_device *device;
    unmix_bench_callback callback;
    void *payload;
    char text[2048];
    size_t used;
} lines;

void unmix_bench_options_init(unmix_bench_options *options)
{
    *options = (unmix_bench_options){
        .part = UNMIX_BENCH_ALL, .genes = 18879, .types = 21, .samples = 81, .seconds = 1.0, .seed = 42,
        .cells = 10000, .program_genes = 2000, .density = 0.075, .components = 10, .replicates = 8};
}

static void put(lines *l, const char *format, ...) UM_PRINTF(2, 3);

static void put(lines *l, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(l->text + l->used, sizeof l->text - l->used, format, values);
    va_end(values);
    if (length > 0)
        l->used += (size_t)length < sizeof l->text - l->used ? (size_t)length : sizeof l->text - l->used - 1;
}

/* Names of devices are ASCII in practice; anything else that JSON would have to escape becomes '?'. */
static void put_text(lines *l, const char *key, const char *text)
{
    put(l, ", \"%s\": \"", key);
    for (; *text; text++)
        put(l, "%c", *text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\' ? '?' : *text);
    put(l, "\"");
}

static void put_number(lines *l, const char *key, double value)
{
    if (isfinite(value))
        put(l, ", \"%s\": %.6g", key, value);
    else
        put(l, ", \"%s\": null", key);
}

static unmix_status give_out(void *payload, const um_bench_line *line)
{
    lines *l = payload;
    const unmix_device_info *info = unmix_device_get_info(l->device);
    const double rate = line->operations / line->median, traffic = line->bytes / line->median;
    l->used = 0;
    put(l, "{\"bench\": \"%s\"", line->name);
    put_text(l, "device", info->name);
    put_text(l, "driver", info->driver);
    put_text(l, "platform", info->platform);
    put_text(l, "version", unmix_version());
    put_text(l, "precision", unmix_device_get_precision(l->device) == UNMIX_DOUBLE ? "double" : "single");
    for (size_t i = 0; i < UM_BENCH_SIZES; i++)
        put(l, ", \"%s\": %zu", line->size[i].key, line->size[i].value);
    put_number(l, "seconds", line->median);
    put_number(l, "fastest", line->fastest);
    put(l, ", \"repeats\": %zu", line->repeats);
    put_number(l, "gflops", rate * 1e-9);
    put_number(l, "gbs", traffic * 1e-9);
    put_number(l, "peak_fraction", rate / line->peak);
    put_number(l, "copy_fraction", traffic / line->bandwidth);
    put_number(l, "error", line->error);
    put_number(l, "bound", line->bound);
    put_number(l, "cpu_seconds", line->processor);
    put(l, ", \"verified\": %zu", line->verified);
    for (size_t e = 0; e < UM_BENCH_EXTRAS && line->extra[e].key; e++)
        put_number(l, line->extra[e].key, line->extra[e].value);
    put(l, "}");
    l->callback(l->payload, l->text);
    return UNMIX_OK;
}

static unmix_status check_options(unmix_context *cx, const unmix_bench_options *o)
{
    if ((unsigned)o->part > UNMIX_BENCH_NMF)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "bench: there is no part %d", (int)o->part);
    if (!o->types || !o->samples || o->genes <= o->types)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "bench: %zu genes, %zu types, %zu samples: at least 1 type, 1 sample and more genes than types are "
                       "needed", o->genes, o->types, o->samples);
    if (!o->components || !o->replicates || o->components > o->program_genes || o->components > o->cells)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "bench: %zu components of %zu cells and %zu genes, %zu replicates: at least 1 of each, and no more "
                       "components than cells or genes", o->components, o->cells, o->program_genes, o->replicates);
    if (!(o->density > 0.0 && o->density < 1.0))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "bench: the density must lie between 0 and 1, not %g", o->density);
    if (!(o->seconds > 0.0) || !isfinite(o->seconds))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "bench: the seconds of an item must be above 0, not %g", o->seconds);
    return UNMIX_OK;
}

unmix_status unmix_bench(unmix_context *cx, unmix_device *device, const unmix_bench_options *options,
                         unmix_bench_callback callback, void *payload)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, device);
    UM_NEED(cx, options);
    UM_NEED(cx, callback);
    UM_TRY(check_options(cx, options));
    lines l = {.device = device, .callback = callback, .payload = payload};
    return options->part == UNMIX_BENCH_NMF
               ? um_programs_bench_run(cx, device, options, options->source ? &options->source->source : NULL, give_out, &l)
               : um_bench_run(cx, device, options, give_out, &l);
}
