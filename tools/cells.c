#include "cells.h"

#include <string.h>
#include <sys/stat.h>

#include "record.h"

unmix_status cells_check(um_session *run)
{
    if (option_given(run->common, "no-log") && !option_given(run->common, "normalize"))
        return session_usage(run, "--no-log belongs to --normalize; without it values are taken as they are");
    return UNMIX_OK;
}

unmix_status cells_open(um_session *run, const um_cells_arguments *cells, const char *path, unmix_source **source)
{
    unmix_read_options read = cells->read;
    read.scratch = scratch_folder();
    const unmix_status status = unmix_source_open(run->cx, path, &read, source);
    return status == UNMIX_OK ? session_check_interrupt(run) : status;
}

unmix_status cells_write(um_session *run, unmix_programs *programs, const um_cells_arguments *cells,
                         const char *input, const char *output)
{
    unmix_read_options read = cells->read;
    read.scratch = scratch_folder();
    unmix_status status = session_check_interrupt(run);
    if (status == UNMIX_OK)
        status = record_programs(run, programs);
    return status == UNMIX_OK ? unmix_programs_write(run->cx, programs, input, &read, output, run->common->force) : status;
}

static int is_stream(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

unmix_status cells_check_output(um_session *run, const char *output, const char *const *inputs, size_t n_inputs)
{
    const unmix_status status = output_check_result(run, output);
    if (status != UNMIX_OK)
        return status;
    if (ends_with(output, ".h5ad") && is_stream(inputs[0]))
        return session_usage(run, "%s is a pipe, which can be read only once, but %s would hold the data too: save it in a file, "
                                  "or write a folder (-o OUT/)", inputs[0], output);
    return output_check(run, output, inputs, n_inputs);
}

unmix_status cells_print(um_session *run, const unmix_programs *programs, const char *matrix, const char *corner)
{
    return unmix_matrix_write(run->cx, unmix_programs_matrix(programs, matrix), "-", corner, 0);
}
