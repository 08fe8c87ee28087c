#include <stdlib.h>
#include <string.h>

#include "io/files/output.h"
#include "io/files/paths.h"
#include "io/text/text_file.h"
#include "report/deconvolved.h"
#include "report/page.h"

static unmix_status put_text(unmix_context *cx, um_text_out *out, const void *content)
{
    const um_text *const text = content;
    return text->length ? um_text_out_put(cx, out, text->bytes, text->length) : UNMIX_OK;
}

unmix_status um_text_write(unmix_context *cx, const um_text *text, const char *path, int overwrite)
{
    return um_text_out_write(cx, path, overwrite, put_text, text);
}

/* Into the folder `temporary`, whose later name is `path`; NULL: into `path` itself, one by one. */
static unmix_status write_files(unmix_context *cx, const um_files *files, const char *path, const char *temporary)
{
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < files->count && status == UNMIX_OK; i++) {
        char *name = NULL, *file = NULL;
        status = um_file_in(cx, path, files->name[i], &name);
        if (status == UNMIX_OK && temporary)
            status = um_file_in(cx, temporary, files->name[i], &file);
        if (status == UNMIX_OK)
            status = file ? um_text_out_write_as(cx, name, file, put_text, files->text[i])
                          : um_text_out_write(cx, name, 1, put_text, files->text[i]);
        free(name);
        free(file);
    }
    return status;
}

unmix_status um_files_write(unmix_context *cx, const um_files *files, const char *path, int overwrite)
{
    UM_TRY(um_output_check(cx, path, overwrite));
    um_output output;
    UM_TRY(um_output_begin_folder(cx, &output, path, overwrite));
    const unmix_status status = write_files(cx, files, path, output.temporary);
    if (status == UNMIX_OK)
        return um_output_commit_folder(cx, &output);
    um_output_abandon_folder(&output);
    return status;
}
