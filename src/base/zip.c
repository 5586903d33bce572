/* Members of zip archives. */
#include "base/zip.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/status.h"

#define END_SIGNATURE 0x06054b50u    /* end of central directory, 22 bytes */
#define ENTRY_SIGNATURE 0x02014b50u  /* central directory entry, 46 bytes */
#define MEMBER_SIGNATURE 0x04034b50u /* local header, 30 bytes */
#define COMMENT_MAX 65535u

static unsigned two(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static uint32_t four(const uint8_t *p)
{
    return two(p) | (uint32_t)two(p + 2) << 16;
}

/* The end record: searched from the end, since a comment may follow it. */
static const uint8_t *find_end(const uint8_t *bytes, size_t n)
{
    size_t least = n > 22 + COMMENT_MAX ? n - 22 - COMMENT_MAX : 0;
    for (size_t at = n - 22 + 1; at-- > least;)
        if (four(bytes + at) == END_SIGNATURE)
            return bytes + at;
    return NULL;
}

static int inflate_member(struct smp_buf *out, const uint8_t *from, uint32_t n,
                          uint32_t size)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from, .avail_in = n};
    uint8_t *to = malloc(size ? size : 1);
    if (!to)
        return SMP_ENOMEM;
    z.next_out = to;
    z.avail_out = size;
    int status = SMP_EFORMAT;
    if (inflateInit2(&z, -MAX_WBITS) == Z_OK) {
        if (inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == size) {
            smp_buf_add(out, to, size);
            status = out->failed ? SMP_ENOMEM : 0;
        }
        inflateEnd(&z);
    }
    free(to);
    return status;
}

/* `entry`: in the central directory; `shift`: bytes before the archive. */
static int read_entry(struct smp_buf *out, const uint8_t *bytes, size_t n,
                      const uint8_t *entry, uint64_t shift, size_t limit)
{
    unsigned method = two(entry + 10);
    uint32_t packed = four(entry + 20), size = four(entry + 24);
    uint64_t at = shift + four(entry + 42);
    if (size > limit)
        return SMP_ERANGE;
    if (at + 30 > n || four(bytes + at) != MEMBER_SIGNATURE)
        return SMP_EFORMAT;
    at += 30u + two(bytes + at + 26) + two(bytes + at + 28);
    if (at + packed > n || (method != 0 && method != 8))
        return SMP_EFORMAT;
    if (method == 8)
        return inflate_member(out, bytes + at, packed, size);
    if (packed != size)
        return SMP_EFORMAT;
    smp_buf_add(out, bytes + at, size);
    return out->failed ? SMP_ENOMEM : 0;
}

static int find_member(struct smp_buf *out, const uint8_t *bytes, size_t n,
                       const char *member, size_t limit)
{
    const uint8_t *end = n >= 22 ? find_end(bytes, n) : NULL;
    size_t name = strlen(member);
    if (!end)
        return SMP_EFORMAT;
    uint64_t size = four(end + 12), begin = four(end + 16);
    uint64_t end_at = (uint64_t)(end - bytes);
    if (begin + size > end_at)
        return SMP_EFORMAT;
    uint64_t shift = end_at - begin - size, at = begin + shift;
    for (unsigned left = two(end + 10); left && at + 46 <= end_at; left--) {
        const uint8_t *entry = bytes + at;
        if (four(entry) != ENTRY_SIGNATURE)
            return SMP_EFORMAT;
        unsigned length = two(entry + 28);
        at += 46u + length + two(entry + 30) + two(entry + 32);
        if (at <= end_at && length == name && !memcmp(entry + 46, member, name))
            return read_entry(out, bytes, n, entry, shift, limit);
    }
    return SMP_ENOENT;
}

int smp_zip_read(struct smp_buf *out, const char *archive, const char *member,
                 size_t limit)
{
    struct smp_buf bytes = {0};
    int status = smp_buf_read_file(&bytes, archive, limit);
    if (!status)
        status = find_member(out, (const uint8_t *)bytes.data, bytes.length,
                             member, limit);
    smp_buf_release(&bytes);
    return status;
}
