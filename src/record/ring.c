/* The ring: shared memory that carries records to the collector. */
#include "record/ring.h"

#define ALIGN 16u

static unsigned char *data_of(const struct smp_ring *r)
{
    return (unsigned char *)(uintptr_t)r + SMP_RING_HEADER_BYTES;
}

static struct smp_record *record_at(const struct smp_ring *r, uint64_t position)
{
    return (struct smp_record *)(data_of(r) + (position & (r->data_bytes - 1)));
}

void smp_ring_init(struct smp_ring *r, uint32_t data_bytes)
{
    r->version = SMP_RECORD_VERSION;
    r->data_bytes = data_bytes;
    r->magic = SMP_RING_MAGIC;
}

int smp_ring_is_valid(const struct smp_ring *r, size_t mapped_bytes)
{
    return mapped_bytes > SMP_RING_HEADER_BYTES && r->magic == SMP_RING_MAGIC &&
           r->version == SMP_RECORD_VERSION && r->data_bytes >= 65536 &&
           (r->data_bytes & (r->data_bytes - 1)) == 0 &&
           r->data_bytes <= mapped_bytes - SMP_RING_HEADER_BYTES;
}

static void seal_reserved(struct smp_record *record, uint64_t position,
                          uint32_t size, uint16_t type)
{
    record->size = size;
    record->type = type;
    record->reserved = 0;
    atomic_store_explicit(&record->seal, position ^ SMP_SEAL_RESERVED,
                          memory_order_release);
}

static struct smp_record *lose(struct smp_ring *r)
{
    atomic_fetch_add_explicit(&r->counts.lost, 1, memory_order_relaxed);
    return NULL;
}

struct smp_record *smp_ring_reserve(struct smp_ring *r, uint32_t size,
                                    enum smp_record_type type)
{
    uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed), end;
    uint32_t pad;
    if (size > SMP_RECORD_SIZE_MAX)
        return lose(r);
    size = (size + ALIGN - 1) & ~(ALIGN - 1);
    do {
        uint64_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
        uint32_t to_end =
            r->data_bytes - (uint32_t)(head & (r->data_bytes - 1));
        pad = to_end < size ? to_end : 0;
        end = head + pad + size;
        /* A tail past our head: others wrote, and were read, since we looked.
         * There is room then; the exchange fails and tells the new head. */
        if (tail <= head && end - tail > r->data_bytes)
            return lose(r);
    } while (!atomic_compare_exchange_weak_explicit(&r->head, &head, end,
                                                    memory_order_acq_rel,
                                                    memory_order_relaxed));
    if (pad) {
        struct smp_record *filler = record_at(r, head);
        seal_reserved(filler, head, pad, SMP_RECORD_PAD);
        smp_ring_commit(r, filler);
    }
    struct smp_record *record = record_at(r, head + pad);
    seal_reserved(record, head + pad, size, (uint16_t)type);
    return record;
}

void smp_ring_commit(struct smp_ring *r, struct smp_record *record)
{
    (void)r;
    uint64_t seal = atomic_load_explicit(&record->seal, memory_order_relaxed);
    atomic_store_explicit(&record->seal,
                          seal ^ SMP_SEAL_RESERVED ^ SMP_SEAL_COMMITTED,
                          memory_order_release);
}

/* 1 where a record of plausible size with this seal lies at `position`. */
static int is_sealed(const struct smp_ring *r, uint64_t position, uint64_t seal,
                     uint64_t head)
{
    struct smp_record *record = record_at(r, position);
    if (atomic_load_explicit(&record->seal, memory_order_acquire) !=
        (position ^ seal))
        return 0;
    uint32_t size = record->size;
    uint32_t to_end =
        r->data_bytes - (uint32_t)(position & (r->data_bytes - 1));
    return size >= sizeof *record && size % ALIGN == 0 && size <= to_end &&
           size <= head - position;
}

/* The next position at or after `position` that holds a record; `head` where
 * there is none. For a dead process: a writer died between its reservation
 * and its first store. */
static uint64_t find_record(const struct smp_ring *r, uint64_t position,
                            uint64_t head)
{
    for (; position < head; position += ALIGN)
        if (is_sealed(r, position, SMP_SEAL_COMMITTED, head) ||
            is_sealed(r, position, SMP_SEAL_RESERVED, head))
            return position;
    return head;
}

/* The program wrote over the positions: nothing can be found any more. */
static void give_up(struct smp_ring *r, uint64_t head, uint64_t *damaged)
{
    ++*damaged;
    atomic_store_explicit(&r->tail, head, memory_order_release);
}

const struct smp_record *smp_ring_next(struct smp_ring *r, int ended,
                                       uint64_t *damaged)
{
    for (;;) {
        uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
        uint64_t head = atomic_load_explicit(&r->head, memory_order_acquire);
        if (tail == head)
            return NULL;
        if (tail > head || head - tail > r->data_bytes || tail % ALIGN) {
            if (ended)
                give_up(r, head, damaged);
            return NULL;
        }
        struct smp_record *record = record_at(r, tail);
        if (is_sealed(r, tail, SMP_SEAL_COMMITTED, head)) {
            if (record->type != SMP_RECORD_PAD)
                return record;
            smp_ring_release(r, record);
            continue;
        }
        if (!ended)
            return NULL;
        ++*damaged;
        uint64_t next = is_sealed(r, tail, SMP_SEAL_RESERVED, head)
                            ? tail + record->size
                            : find_record(r, tail + ALIGN, head);
        atomic_store_explicit(&r->tail, next, memory_order_release);
    }
}

void smp_ring_release(struct smp_ring *r, const struct smp_record *record)
{
    uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    atomic_store_explicit(&r->tail, tail + record->size, memory_order_release);
}

uint64_t smp_ring_used(const struct smp_ring *r)
{
    return atomic_load(&r->head) - atomic_load(&r->tail);
}

void smp_ring_rewind(struct smp_ring *r)
{
    uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    uint64_t head = tail;
    uint64_t start =
        (tail + r->data_bytes - 1) & ~(uint64_t)(r->data_bytes - 1);
    if (start == tail)
        return;
    /* The tail moves second: in between writers see a fuller ring than it is,
     * which loses at most a record and never overwrites one. */
    if (atomic_compare_exchange_strong(&r->head, &head, start))
        atomic_store_explicit(&r->tail, start, memory_order_release);
}
