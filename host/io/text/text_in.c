#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <htslib/bgzf.h>
#include <htslib/hts.h>
#include <htslib/hts_log.h>

#include "io/files/readable.h"
#include "io/text/text_file.h"

/* What a file begins with when it is something else than a table; `advice` completes "FILE: looks like ...". */
static const struct {
    const char *bytes;
    size_t length;
    const char *advice;
} foreign[] = {
#define UM_BEGINS(bytes, advice)                                                                                       \
    {                                                                                                                  \
        bytes, sizeof bytes - 1, advice                                                                                \
    }
    UM_BEGINS(UM_MARKET_BANNER, "a MatrixMarket file, which can be read where a matrix of counts is wanted"),
    UM_BEGINS("\x89HDF", "an HDF5 file, not a text table; an .h5ad can be read where a matrix is wanted"),
    UM_BEGINS("PK\x03\x04", "an Excel workbook or zip archive; export the sheet as tab-separated text"),
    UM_BEGINS("\xd0\xcf\x11\xe0", "an Excel workbook; export the sheet as tab-separated text"),
    UM_BEGINS("%PDF", "a PDF document, not a table"),
    UM_BEGINS("RDX", "an R data file; in R write objects with anndataR::write_h5ad() or zellkonverter::writeH5AD(), matrices with write.table()"),
    UM_BEGINS("X\n\0", "an R data file; in R write objects with anndataR::write_h5ad() or zellkonverter::writeH5AD(), matrices with write.table()"),
    UM_BEGINS("PAR1", "a Parquet file; write it as tab-separated text"),
    UM_BEGINS("ARROW1", "a Feather file; write it as tab-separated text"),
    UM_BEGINS("BAM\1", "a BAM file; count the reads of each gene first"),
    UM_BEGINS("\xff\xfe", "UTF-16 text; save it as UTF-8"),
    UM_BEGINS("\xfe\xff", "UTF-16 text; save it as UTF-8"),
    UM_BEGINS("\xfd"
              "7zXZ",
              "compressed with xz; decompress it, or use gzip"),
    UM_BEGINS("\x28\xb5\x2f\xfd", "compressed with zstd; decompress it, or use gzip"),
    UM_BEGINS("BZh", "compressed with bzip2; decompress it, or use gzip"),
    UM_BEGINS("\x1f\x8b", "a gzip file within a gzip file, or one that is cut off"),
    UM_BEGINS("<!DOCTYPE", "a web page, not a table"),
    UM_BEGINS("<html", "a web page, not a table"),
#undef UM_BEGINS
};

static unmix_status refuse_foreign(unmix_context *cx, const um_text_in *in, const char *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (length >= foreign[i].length && memcmp(bytes, foreign[i].bytes, foreign[i].length) == 0 &&
            (!in->accepts || strcmp(in->accepts, foreign[i].bytes) != 0))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: looks like %s", in->path, foreign[i].advice);
    enum { TAR = 257 };
    if (length >= TAR + 5 && memcmp(bytes + TAR, "ustar", 5) == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: looks like a tar archive; unpack it, and give the folder or a file in it",
                       in->path);
    return UNMIX_OK;
}

unmix_status um_text_in_open(unmix_context *cx, um_text_in *in, const char *path)
{
    *in = (um_text_in){.path = path, .descriptor = -1};
    const int standard = strcmp(path, "-") == 0;
    UM_TRY(um_check_readable(cx, path));
    /* By descriptor: htslib's own opening would take "http://..." and "-" for something else than a file's name. */
    in->descriptor = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (in->descriptor < 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    struct stat about;
    if (fstat(in->descriptor, &about) == 0 && S_ISREG(about.st_mode))
        in->size = (double)about.st_size;
    in->file = bgzf_dopen(in->descriptor, "r");
    if (in->file)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
}

/* bgzf_read() prints about damage by itself, which a library must not; we say it in our own words. */
static ssize_t read_quietly(BGZF *file, char *buffer, size_t capacity)
{
    const enum htsLogLevel level = hts_get_log_level();
    hts_set_log_level(HTS_LOG_OFF);
    const ssize_t got = bgzf_read(file, buffer, capacity);
    hts_set_log_level(level);
    return got;
}

static double part_read(const um_text_in *in)
{
    const off_t at = in->size > 0.0 ? lseek(in->descriptor, 0, SEEK_CUR) : -1;
    return at < 0 ? -1.0 : (double)at < in->size ? (double)at / in->size : 1.0;
}

unmix_status um_text_in_read(unmix_context *cx, um_text_in *in, char *buffer, size_t capacity, size_t *got)
{
    *got = 0;
    const char *slash = strrchr(in->path, '/');
    UM_TRY(um_progress(cx, part_read(in), "reading %s", slash ? slash + 1 : in->path));
    errno = 0;
    const ssize_t length = read_quietly(in->file, buffer, capacity);
    const int compressed = bgzf_compression(in->file) != no_compression;
    if (length < 0 && !compressed)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: reading failed: %s", in->path, strerror(errno));
    /* A bgzf file cut between two blocks reads without complaint, but lacks the empty block at its end. */
    if (length < 0 || (length == 0 && bgzf_compression(in->file) == bgzf && bgzf_check_EOF(in->file) == 0))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: the compressed file is cut off or damaged; get it again", in->path);
    if (!in->recognised) {
        in->recognised = 1;
        UM_TRY(refuse_foreign(cx, in, buffer, (size_t)length));
    }
    if (memchr(buffer, '\0', (size_t)length))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: holds zero bytes, so it is not a text table", in->path);
    *got = (size_t)length;
    return UNMIX_OK;
}

void um_text_in_close(um_text_in *in)
{
    if (in->file)
        (void)bgzf_close(in->file);
    *in = (um_text_in){.descriptor = -1};
}
