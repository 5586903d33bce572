/* The ring: shared memory that carries records from a process to the
 * collector. Any thread and any signal handler of the process writes, without
 * a lock; one collector reads. */
#ifndef SMP_RECORD_RING_H
#define SMP_RECORD_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "record/record.h"
#include "record/region.h"

#define SMP_RING_MAGIC UINT64_C(0x31676e6972706d73) /* "smpring1" */
/* The header and the regions, in pages; what is not used of them takes none. */
#define SMP_RING_HEADER_PAGE 4096u
#define SMP_RING_HEADER_BYTES                                                  \
    (SMP_RING_HEADER_PAGE +                                                    \
     (((uint32_t)sizeof(struct smp_regions) + 4095u) & ~4095u))
#define SMP_RING_DATA_BYTES (4u << 20) /* a power of two */

enum smp_control {
    SMP_CONTROL_RUN = 0,   /* record */
    SMP_CONTROL_PAUSE = 1, /* off: record nothing but the end of what was
                            * allocated before, look seldom */
    SMP_CONTROL_STOP = 2   /* the collector is done: take the timers down */
};

/* What the recorder counts. Written by the process, read by the collector. */
struct smp_ring_counts {
    _Atomic uint64_t samples;      /* SAMPLE records written */
    _Atomic uint64_t lost;         /* records that found no room */
    _Atomic uint64_t lost_samples; /* of these, samples */
    _Atomic uint64_t overruns;
    _Atomic uint64_t unreadable;
    _Atomic uint64_t truncated;
    _Atomic uint64_t untimed;    /* threads that have no timer */
    _Atomic uint64_t handler_ns; /* time inside signal handlers */
    _Atomic uint64_t forks; /* children forked: each says hello of its own */
    /* Memory. */
    _Atomic uint64_t heap_state;  /* enum smp_heap_state */
    _Atomic uint64_t allocations; /* ALLOC records written */
    _Atomic uint64_t frees;       /* FREE records written */
    _Atomic uint64_t copies;      /* COPY records written */
    _Atomic uint64_t lost_heap;   /* sampled allocations without a record */
    _Atomic uint64_t lost_frees;  /* their ends */
    _Atomic uint64_t lost_copies; /* sampled copies without a record */
    _Atomic uint64_t unread_heap; /* records whose stack was not readable */
    _Atomic uint64_t heap_ns;     /* time inside the hooks */
    _Atomic uint64_t arenas;      /* bytes that pymalloc has mapped just now */
    _Atomic uint64_t interval_least, interval_most; /* 0: none was set yet */
};

/* What of this process's memory can be sampled. */
enum smp_heap_state {
    SMP_HEAP_OFF,   /* it was not asked for */
    SMP_HEAP_ON,    /* all of it */
    SMP_HEAP_UNSEEN /* the program does not call the functions before which we
                     * stand (an allocator linked into it): nothing */
};

/* The first page of the shared memory; the regions and the data follow it.
 * Positions grow for ever; a position's place is position % data_bytes. */
struct smp_ring {
    uint64_t magic;
    uint32_t version;                   /* SMP_RECORD_VERSION */
    uint32_t data_bytes;                /* a power of two */
    _Alignas(64) _Atomic uint64_t head; /* writers: the next free position */
    _Alignas(64) _Atomic uint64_t tail; /* reader: the oldest unread position */
    _Alignas(
        64) _Atomic uint32_t control; /* enum smp_control: by the collector,
                                       * by the process while it is not STOP */
    /* Reader: when it last looked (CLOCK_MONOTONIC). A full ring whose reader
     * has not looked for long has none any more. */
    _Atomic uint64_t read_ns;
    _Alignas(64) struct smp_ring_counts counts;
};
_Static_assert(sizeof(struct smp_ring) <= SMP_RING_HEADER_PAGE,
               "the header has one page");

static inline struct smp_regions *smp_ring_regions(struct smp_ring *r)
{
    return (struct smp_regions *)(void *)((char *)r + SMP_RING_HEADER_PAGE);
}

/* Collector: makes an empty ring in zeroed memory of header + data bytes. */
void smp_ring_init(struct smp_ring *r, uint32_t data_bytes);

/* 1 where this memory holds a ring that this build understands. */
int smp_ring_is_valid(const struct smp_ring *r, size_t mapped_bytes);

/* Writer, async-signal-safe: reserves `size` bytes (rounded up to 16) and
 * returns the record with its head filled in, or NULL where the ring is full
 * (counted in counts.lost). Fill the rest, then commit. */
struct smp_record *smp_ring_reserve(struct smp_ring *r, uint32_t size,
                                    enum smp_record_type type);
void smp_ring_commit(struct smp_ring *r, struct smp_record *record);

/* Reader: the oldest complete record, or NULL where there is none yet. Stays
 * valid until smp_ring_release. `ended`: the process is dead, so a record that
 * is not complete never will be: it is skipped and *damaged counts it. Sizes
 * are checked: a record never reaches past the ring's end. */
const struct smp_record *smp_ring_next(struct smp_ring *r, int ended,
                                       uint64_t *damaged);
void smp_ring_release(struct smp_ring *r, const struct smp_record *record);

/* Reader: bytes written and not yet released. */
uint64_t smp_ring_used(const struct smp_ring *r);

/* Reader: where the ring is empty, lets writers begin at its start again, so
 * that a quiet process touches only the first pages. */
void smp_ring_rewind(struct smp_ring *r);

#endif
