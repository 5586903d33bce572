/* Reading numbers from bytes that may be damaged. */
#ifndef SMP_COLLECTOR_NATIVE_BYTES_H
#define SMP_COLLECTOR_NATIVE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A piece of memory that is read from front to back. Past its end everything
 * reads as 0 and `failed` is set, so that a reader checks once, at its end. */
struct smp_bytes {
    const uint8_t *at, *end; /* borrowed */
    int failed;
};

static inline size_t smp_bytes_left(const struct smp_bytes *b)
{
    return (size_t)(b->end - b->at);
}

static inline void smp_bytes_skip(struct smp_bytes *b, uint64_t count)
{
    if (count > smp_bytes_left(b)) {
        b->failed = 1;
        b->at = b->end;
    } else {
        b->at += count;
    }
}

/* Little-endian, `width` bytes (at most 8), zero-extended. */
static inline uint64_t smp_bytes_unsigned(struct smp_bytes *b, size_t width)
{
    uint64_t value = 0;
    if (width > smp_bytes_left(b))
        b->failed = 1;
    else
        memcpy(&value, b->at, width);
    smp_bytes_skip(b, width);
    return value;
}

static inline int64_t smp_bytes_signed(struct smp_bytes *b, size_t width)
{
    unsigned unused = 64 - 8 * (unsigned)width;
    if (!width)
        return 0;
    return (int64_t)(smp_bytes_unsigned(b, width) << unused) >> unused;
}

/* LEB128; bits above the 64th are dropped. */
static inline uint64_t smp_bytes_uleb(struct smp_bytes *b)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = (uint8_t)smp_bytes_unsigned(b, 1);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
}

static inline int64_t smp_bytes_sleb(struct smp_bytes *b)
{
    uint64_t value = 0;
    for (unsigned shift = 0;;) {
        uint8_t byte = (uint8_t)smp_bytes_unsigned(b, 1);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
        if (byte & 0x80)
            continue;
        if ((byte & 0x40) && shift < 64)
            value |= ~UINT64_C(0) << shift;
        return (int64_t)value;
    }
}

#endif
