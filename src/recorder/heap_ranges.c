/* Sampled mappings that are alive. They can be cut anywhere, so they are kept as
 * ranges; they are few, so a list that is searched from one end to the other
 * does. */
#include "base/status.h"
#include "recorder/heap.h"

#define RANGES 2048u

/* Free where state is 0. Whoever changes one holds it (BUSY) for a moment; who
 * finds it held leaves it: two threads that unmap the same bytes at once are the
 * program's own mistake. */
enum { FREE, BUSY, USED };
static struct range {
    _Atomic uint32_t state;
    uint32_t unused;
    _Atomic uint64_t start, end, id;
} ranges[RANGES];
static _Atomic uint32_t used; /* entries from here on were never taken */
static _Atomic uint32_t count;

static void fill(struct range *r, uint64_t start, uint64_t end, uint64_t id)
{
    atomic_store_explicit(&r->start, start, memory_order_relaxed);
    atomic_store_explicit(&r->end, end, memory_order_relaxed);
    atomic_store_explicit(&r->id, id, memory_order_relaxed);
    atomic_store_explicit(&r->state, USED, memory_order_release);
}

static struct range *take_free(void)
{
    for (uint32_t i = 0; i < RANGES; i++) {
        uint32_t state = FREE, most = atomic_load(&used);
        if (atomic_load_explicit(&ranges[i].state, memory_order_relaxed) ||
            !atomic_compare_exchange_strong(&ranges[i].state, &state, BUSY))
            continue;
        while (most <= i && !atomic_compare_exchange_weak(&used, &most, i + 1))
            ;
        return &ranges[i];
    }
    return NULL;
}

int smp_ranges_put(uint64_t start, uint64_t bytes, uint64_t id)
{
    struct range *r = take_free();
    if (!r)
        return SMP_EFULL;
    atomic_fetch_add(&count, 1);
    fill(r, start, start + bytes, id);
    return 0;
}

static void drop(struct range *r)
{
    atomic_fetch_sub(&count, 1);
    atomic_store_explicit(&r->state, FREE, memory_order_release);
}

/* Cuts [from, to) out of a range that is held, and lets it go. */
static void cut(struct range *r, uint64_t from, uint64_t to,
                struct smp_range_part *out)
{
    uint64_t start = atomic_load(&r->start), end = atomic_load(&r->end);
    uint64_t id = atomic_load(&r->id);
    from = from > start ? from : start;
    to = to < end ? to : end;
    out->id = id;
    out->bytes = to - from;
    if (from == start && to == end) {
        out->bytes = 0;
        drop(r);
        return;
    }
    /* What lies behind a hole becomes a range of its own, of the same id. */
    if (from > start && to < end && smp_ranges_put(to, end - to, id))
        out->bytes += end - to; /* no room: it counts as gone too */
    if (from > start)
        fill(r, start, from, id);
    else
        fill(r, to, end, id);
}

/* 1 where another range has this id: then this one was not all that is left. */
static int has_other(uint64_t id)
{
    uint32_t most = atomic_load(&used);
    for (uint32_t i = 0; i < most; i++)
        if (atomic_load_explicit(&ranges[i].state, memory_order_acquire) ==
                USED &&
            atomic_load(&ranges[i].id) == id)
            return 1;
    return 0;
}

int smp_ranges_cut(uint64_t start, uint64_t bytes, struct smp_range_part *out)
{
    if (!atomic_load_explicit(&count, memory_order_relaxed))
        return 0;
    uint32_t most = atomic_load(&used);
    for (uint32_t i = 0; i < most; i++) {
        struct range *r = &ranges[i];
        uint32_t state = USED;
        if (atomic_load_explicit(&r->state, memory_order_acquire) != USED ||
            atomic_load(&r->start) >= start + bytes ||
            atomic_load(&r->end) <= start ||
            !atomic_compare_exchange_strong(&r->state, &state, BUSY))
            continue;
        uint64_t whole = atomic_load(&r->end) - atomic_load(&r->start);
        cut(r, start, start + bytes, out);
        if (!out->bytes && has_other(out->id))
            out->bytes = whole;
        return 1;
    }
    return 0;
}

void smp_ranges_after_fork(void)
{
    uint32_t most = atomic_load(&used);
    for (uint32_t i = 0; i < most; i++)
        if (atomic_load(&ranges[i].state) == BUSY)
            drop(&ranges[i]);
}
