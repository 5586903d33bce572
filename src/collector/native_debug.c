/* Finding the symbols that were stripped from an ELF file. */
#include <elfutils/libdwelf.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "collector/native_symbols.h"

#define DEBUG_ROOT "/usr/lib/debug" /* where distributions install them */
#define PATH_LIMIT 4096
#define BUILD_ID_LIMIT 64          /* bytes; in practice 20 */
#define UNPACKED_LIMIT (64u << 20) /* bytes of an unpacked .gnu_debugdata */
#define UNPACK_MEMORY (128u << 20) /* bytes that unpacking may take */

static int same_build_id(const struct smp_image *a, const struct smp_image *b)
{
    const void *x, *y;
    ssize_t n = dwelf_elf_gnu_build_id(a->elf, &x);
    return n > 0 && n == dwelf_elf_gnu_build_id(b->elf, &y) &&
           !memcmp(x, y, (size_t)n);
}

/* Opens the candidate where it was made from the same build. */
static int try_file(struct smp_image *out, const struct smp_image *i,
                    const char *path)
{
    struct smp_image found;
    int status = smp_image_open(&found, path, NULL);
    if (status)
        return status;
    if (!same_build_id(&found, i)) {
        smp_image_release(&found);
        return SMP_ENOENT;
    }
    *out = found;
    return 0;
}

static int by_build_id(struct smp_image *out, const struct smp_image *i)
{
    const void *id;
    ssize_t n = dwelf_elf_gnu_build_id(i->elf, &id);
    char path[sizeof DEBUG_ROOT + 2 * BUILD_ID_LIMIT + 32];
    if (n < 2 || n > BUILD_ID_LIMIT)
        return SMP_ENOENT;
    const unsigned char *byte = id;
    int at = sprintf(path, DEBUG_ROOT "/.build-id/%02x/", byte[0]);
    for (ssize_t k = 1; k < n; k++)
        at += sprintf(path + at, "%02x", byte[k]);
    strcpy(path + at, ".debug");
    return try_file(out, i, path);
}

static int by_link(struct smp_image *out, const struct smp_image *i,
                   const char *path)
{
    /* %.*s: the folder of the file itself. */
    static const char *const places[] = {"%.*s/%s", "%.*s/.debug/%s",
                                         DEBUG_ROOT "%.*s/%s"};
    GElf_Word crc;
    const char *name = dwelf_elf_gnu_debuglink(i->elf, &crc);
    const char *slash = strrchr(path, '/');
    char candidate[PATH_LIMIT];
    if (!name || !*name || strchr(name, '/') || !slash)
        return SMP_ENOENT;
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
        int n = snprintf(candidate, sizeof candidate, places[k],
                         (int)(slash - path), path, name);
        if (n > 0 && n < PATH_LIMIT && strcmp(candidate, path) &&
            !try_file(out, i, candidate))
            return 0;
    }
    return SMP_ENOENT;
}

static int grow(uint8_t **bytes, size_t *capacity)
{
    size_t wanted = *capacity ? *capacity * 2 : 1u << 20;
    uint8_t *more = wanted > UNPACKED_LIMIT ? NULL : realloc(*bytes, wanted);
    if (!more)
        return SMP_ENOMEM;
    *bytes = more;
    *capacity = wanted;
    return 0;
}

/* The whole of an .xz stream as malloc'ed bytes; NULL where it is damaged or
 * larger than we take. */
static uint8_t *unpack(const void *packed, size_t packed_size, size_t *size)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    uint8_t *bytes = NULL;
    size_t capacity = 0;
    lzma_ret ret = lzma_stream_decoder(&stream, UNPACK_MEMORY, 0);
    stream.next_in = packed;
    stream.avail_in = packed_size;
    while (ret == LZMA_OK) {
        if (stream.total_out == capacity && grow(&bytes, &capacity))
            break;
        stream.next_out = bytes + stream.total_out;
        stream.avail_out = capacity - stream.total_out;
        ret = lzma_code(&stream, LZMA_FINISH);
    }
    *size = stream.total_out;
    lzma_end(&stream);
    if (ret == LZMA_STREAM_END)
        return bytes;
    free(bytes);
    return NULL;
}

static int by_packed_section(struct smp_image *out, const struct smp_image *i)
{
    Elf_Scn *s = smp_image_section(i, ".gnu_debugdata");
    Elf_Data *packed = s ? elf_rawdata(s, NULL) : NULL;
    size_t size;
    if (!packed || !packed->d_buf || !packed->d_size)
        return SMP_ENOENT;
    uint8_t *bytes = unpack(packed->d_buf, packed->d_size, &size);
    if (!bytes)
        return SMP_ENOENT;
    int status = smp_image_open_bytes(out, bytes, size, SMP_IMAGE_OWNED);
    if (status)
        free(bytes);
    return status;
}

int smp_debug_image_open(struct smp_image *out, const struct smp_image *i,
                         const char *path)
{
    if (!i->elf)
        return SMP_ENOENT;
    if (!by_build_id(out, i) || !by_link(out, i, path) ||
        !by_packed_section(out, i))
        return 0;
    return SMP_ENOENT;
}
