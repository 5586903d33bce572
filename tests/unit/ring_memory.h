/* Rings for tests: shared memory, and records whose content tells who wrote
 * them, so that a byte out of place is seen. */
#ifndef SMP_TESTS_RING_MEMORY_H
#define SMP_TESTS_RING_MEMORY_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "record/ring.h"

#define RING_SMALL 65536u /* the smallest ring that is valid */

static inline struct smp_ring *ring_make(uint32_t data_bytes)
{
    void *at = mmap(NULL, SMP_RING_HEADER_BYTES + data_bytes,
                    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        abort();
    smp_ring_init(at, data_bytes);
    return at;
}

static inline void ring_drop(struct smp_ring *r)
{
    munmap(r, SMP_RING_HEADER_BYTES + r->data_bytes);
}

/* A record of a stream: its `fill` words follow from stream and number. */
struct ring_note {
    struct smp_record head;
    uint32_t stream, number;
    uint64_t fill[];
};

static inline uint64_t ring_word(uint32_t stream, uint32_t number, uint32_t n)
{
    uint64_t x = ((uint64_t)stream << 40 | number) + n;
    x *= UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 31;
}

static inline uint32_t ring_words(const struct ring_note *note)
{
    return (note->head.size - (uint32_t)sizeof *note) / 8;
}

static inline struct ring_note *ring_begin(struct smp_ring *r, uint32_t stream,
                                           uint32_t number, uint32_t bytes)
{
    struct ring_note *note =
        (struct ring_note *)smp_ring_reserve(r, (uint32_t)sizeof *note + bytes,
                                             SMP_RECORD_SAMPLE);
    if (!note)
        return NULL;
    note->stream = stream;
    note->number = number;
    for (uint32_t n = 0; n < ring_words(note); n++)
        note->fill[n] = ring_word(stream, number, n);
    return note;
}

/* 1 where it found room. */
static inline int ring_write(struct smp_ring *r, uint32_t stream,
                             uint32_t number, uint32_t bytes)
{
    struct ring_note *note = ring_begin(r, stream, number, bytes);
    if (note)
        smp_ring_commit(r, &note->head);
    return note != NULL;
}

/* 1 where every byte is as it was written. */
static inline int ring_is_intact(const struct smp_record *record)
{
    const struct ring_note *note = (const void *)record;
    if (record->type != SMP_RECORD_SAMPLE || record->size < sizeof *note)
        return 0;
    for (uint32_t n = 0; n < ring_words(note); n++)
        if (note->fill[n] != ring_word(note->stream, note->number, n))
            return 0;
    return 1;
}

#endif
