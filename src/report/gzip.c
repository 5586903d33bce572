/* Gzip of bytes in memory. */
#include "report/gzip.h"

#include <zlib.h>

#include "base/status.h"

#define GZIP_WINDOW (15 + 16) /* 32 KiB, with a gzip header */
#define MEMORY_LEVEL 8
#define INPUT_MOST ((size_t)1 << 30) /* what zlib's 32 bits take at a time */

static void feed(z_stream *z, const unsigned char **at, size_t *left)
{
    size_t n = *left < INPUT_MOST ? *left : INPUT_MOST;
    z->next_in = (unsigned char *)*at; /* zlib only reads it */
    z->avail_in = (unsigned)n;
    *at += n;
    *left -= n;
}

int smp_gzip(struct smp_buf *out, const void *bytes, size_t n, int level)
{
    unsigned char block[65536];
    const unsigned char *at = bytes;
    z_stream z = {0};
    if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return SMP_ENOMEM;
    int status = Z_OK;
    while (status == Z_OK || status == Z_BUF_ERROR) {
        if (!z.avail_in && n)
            feed(&z, &at, &n);
        z.next_out = block;
        z.avail_out = sizeof block;
        status = deflate(&z, n ? Z_NO_FLUSH : Z_FINISH);
        smp_buf_add(out, block, sizeof block - z.avail_out);
    }
    deflateEnd(&z);
    return out->failed || status != Z_STREAM_END ? SMP_ENOMEM : 0;
}
