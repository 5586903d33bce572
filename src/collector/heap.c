/* Memory records: sampled allocations, their ends, and copies, into the
 * profile. */
#include "collector/heap.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "collector/state.h"

#define LIVES_MAX (1u << 22) /* of an image; the recorder keeps far fewer */
#define BYTES_MAX 1e15       /* more is no number of bytes */
#define YOUNG_NS UINT64_C(5000000) /* see struct smp_young */
#define YOUNG_MAX (1u << 16)

/* ---- what a sample stands for */

struct estimate {
    double bytes, count, variance;
};

/* One of s bytes that was sampled with probability p stands for 1/p of its kind. That
 * of sums is at most the sum of these variances: samples of one line exclude each
 * other, if anything (stratified sampling). */
static struct estimate estimate_of(const struct smp_record_memory *r)
{
    double bytes = (double)r->stands_for, s = (double)r->bytes;
    return (struct estimate){bytes, bytes / s, bytes * (bytes - s)};
}

static void note_high(struct smp_collector *c, const struct smp_site *s,
                      double at_s)
{
    struct smp_high h = {.thread = s->thread,
                         .stack = s->stack,
                         .domain = s->domain,
                         .bytes = s->bytes};
    smp_profile_high(c->profile, at_s, h);
}

/* ---- what is alive */

static int live_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_heap *h = context;
    return h->lives[value].id == *(const uint64_t *)key;
}

static uint64_t id_hash(uint64_t id)
{
    return smp_hash_bytes(&id, sizeof id);
}

static uint32_t find_live(const struct smp_heap *h, uint64_t id)
{
    return smp_map_find(&h->index, id_hash(id), &id, live_equal, h);
}

static int add_live(struct smp_heap *h, struct smp_live live)
{
    uint32_t n = h->free ? h->free - 1 : (uint32_t)h->count;
    if (!h->free && h->count == h->capacity) {
        size_t capacity = h->capacity ? h->capacity * 2 : 256;
        if (capacity > LIVES_MAX)
            return SMP_EFULL;
        void *lives = realloc(h->lives, capacity * sizeof *h->lives);
        if (!lives)
            return SMP_ENOMEM;
        h->lives = lives;
        h->capacity = capacity;
    }
    if (smp_map_put(&h->index, id_hash(live.id), n))
        return SMP_ENOMEM;
    if (h->free)
        h->free = h->lives[n].next_free;
    else
        h->count++;
    h->lives[n] = live;
    return 0;
}

static void remove_live(struct smp_heap *h, uint32_t n)
{
    smp_map_remove(&h->index, id_hash(h->lives[n].id), n);
    h->lives[n] = (struct smp_live){.next_free = h->free, .site = SMP_NONE};
    h->free = n + 1;
}

static struct smp_allocation allocation_of(const struct smp_site *s)
{
    return (struct smp_allocation){.thread = s->thread,
                                   .stack = s->stack,
                                   .domain = s->domain,
                                   .samples = 1};
}

/* ---- the young */

/* Counts a sample for all that it stands for. */
static void grow_up(struct smp_collector *c, struct smp_image *i,
                    struct smp_live *live, uint64_t at_ns)
{
    struct smp_site *s = &c->heaps.sites[live->site];
    double more = live->bytes - live->counted;
    if (more <= 0)
        return;
    live->counted = live->bytes;
    smp_site_change(c, i, s, live->size, more, 0);
    smp_window_change(c, i->process, s->stack, live->born_ns, more, 0);
    c->heaps.last_ns = at_ns;
    note_high(c, s, smp_collector_time(c, at_ns));
}

/* Those that were born before `born_ns` and still live. */
static void grow_up_all(struct smp_collector *c, struct smp_image *i,
                        uint64_t born_ns, uint64_t at_ns)
{
    struct smp_heap *h = &i->heap;
    while (h->young_count) {
        struct smp_young y = h->young[h->young_first];
        struct smp_live *live = &h->lives[y.live];
        if (live->id == y.id && live->born_ns > born_ns)
            return;
        if (live->id == y.id)
            grow_up(c, i, live, at_ns);
        h->young_first = (h->young_first + 1) & (h->young_capacity - 1);
        h->young_count--;
    }
}

static int add_young(struct smp_heap *h, struct smp_young y)
{
    if (h->young_count == h->young_capacity) {
        size_t capacity = h->young_capacity ? h->young_capacity * 2 : 64;
        struct smp_young *young =
            capacity > YOUNG_MAX ? NULL : malloc(capacity * sizeof *young);
        if (!young)
            return SMP_ENOMEM;
        for (size_t n = 0; n < h->young_count; n++)
            young[n] = h->young[(h->young_first + n) & (h->young_capacity - 1)];
        free(h->young);
        h->young = young;
        h->young_capacity = capacity;
        h->young_first = 0;
    }
    h->young[(h->young_first + h->young_count++) & (h->young_capacity - 1)] = y;
    return 0;
}

/* ---- the records */

static uint32_t stack_of(struct smp_collector *c, struct smp_image *i,
                         const struct smp_record_memory *r,
                         const struct smp_stack_view *v)
{
    uint32_t stack = r->stack_bytes ? smp_stack_whole(c, i, v, r->time_ns)
                                    : smp_stack_python(c, i, v);
    return stack == SMP_NONE ? 0 : stack;
}

static uint32_t site_of(struct smp_collector *c, uint32_t thread,
                        uint32_t stack, uint8_t domain)
{
    uint32_t site = smp_site_find(&c->heaps, thread, stack, domain);
    if (site != SMP_NONE || c->heaps.count < SMP_SITES_MAX)
        return site;
    c->heaps.other = smp_profile_other_stack(c->profile);
    return smp_site_find(&c->heaps, thread, c->heaps.other, domain);
}

static void allocate(struct smp_collector *c, struct smp_image *i,
                     const struct smp_record_memory *r, uint32_t thread,
                     uint32_t stack)
{
    double at_s = smp_collector_time(c, r->time_ns);
    struct estimate e = estimate_of(r);
    uint32_t site = site_of(c, thread, stack, r->domain);
    if (site == SMP_NONE)
        return;
    struct smp_site *s = &c->heaps.sites[site];
    struct smp_live live = {.id = r->id,
                            .born_ns = r->time_ns,
                            .site = site,
                            .size = r->bytes,
                            .bytes = e.bytes,
                            .weight = e.count,
                            .variance = e.variance};
    struct smp_allocation a = allocation_of(s);
    a.bytes = e.bytes;
    a.count = e.count;
    a.variance = e.variance;
    a.largest = (double)r->bytes;
    /* One that stands for little more than itself counts at once. */
    int young = e.bytes > (double)r->bytes * 1.0625;
    live.counted = young ? (double)r->bytes : e.bytes;
    if (add_live(&i->heap, live))
        return;
    smp_profile_allocate(c->profile, at_s, a);
    smp_site_change(c, i, s, r->bytes, live.counted, 1);
    smp_window_allocate(c, i->process, stack, e.bytes, e.count);
    smp_window_change(c, i->process, stack, r->time_ns, live.counted,
                      e.variance);
    c->heaps.last_ns = r->time_ns;
    note_high(c, s, at_s);
    uint32_t n = find_live(&i->heap, r->id);
    if (young && add_young(&i->heap, (struct smp_young){r->id, n}))
        grow_up(c, i, &i->heap.lives[n], r->time_ns);
}

/* A part of a mapping went: its bytes, and no allocation of its own. The row
 * that ends is entered first, as one that stood for nothing. */
static void end_part(struct smp_collector *c, struct smp_live *live,
                     const struct smp_site *s, double bytes, double died_s)
{
    double born_s = smp_collector_time(c, live->born_ns);
    struct smp_allocation a = allocation_of(s);
    if (smp_profile_allocate(c->profile, born_s, a))
        return;
    a.bytes = bytes;
    smp_profile_end_allocation(c->profile, born_s, died_s, a);
}

static void end_whole(struct smp_collector *c, const struct smp_live *live,
                      const struct smp_site *s, double died_s)
{
    struct smp_allocation a = allocation_of(s);
    a.bytes = live->bytes;
    a.count = live->weight;
    a.variance = live->variance;
    a.largest = (double)live->size;
    smp_profile_end_allocation(c->profile, smp_collector_time(c, live->born_ns),
                               died_s, a);
}

static void deallocate(struct smp_collector *c, struct smp_image *i,
                       const struct smp_record_memory *r, uint32_t thread,
                       uint32_t stack)
{
    struct smp_heap *h = &i->heap;
    double at_s = smp_collector_time(c, r->time_ns);
    uint32_t n = find_live(h, r->id);
    if (n == SMP_MAP_NONE)
        return; /* of the process before a fork, or its record was lost */
    struct smp_live *live = &h->lives[n];
    struct smp_site *s = &c->heaps.sites[live->site];
    int part = r->bytes && r->bytes < live->size;
    double bytes = part ? live->bytes * ((double)r->bytes / (double)live->size)
                        : live->bytes;
    struct smp_deallocation d = {.thread = thread,
                                 .stack = stack,
                                 .samples = 1,
                                 .bytes = bytes};
    if (part)
        grow_up(c, i, live, r->time_ns);
    note_high(c, s, at_s);
    if (part)
        end_part(c, live, s, bytes, at_s);
    else
        end_whole(c, live, s, at_s);
    if (smp_profile_deallocate(c->profile, at_s, d) == SMP_EFULL) {
        d.stack = smp_profile_other_stack(c->profile);
        smp_profile_deallocate(c->profile, at_s, d);
    }
    double counted = part ? bytes : live->counted;
    smp_site_change(c, i, s, live->size, -counted, part ? 0 : -1);
    smp_window_change(c, i->process, s->stack, live->born_ns, -counted,
                      part ? 0 : -live->variance);
    c->heaps.last_ns = r->time_ns;
    if (!part) {
        remove_live(h, n);
        return;
    }
    live->bytes -= bytes;
    live->counted -= bytes;
    live->size -= r->bytes;
}

static void copy(struct smp_collector *c, const struct smp_record_memory *r,
                 uint32_t thread, uint32_t stack)
{
    struct estimate e = estimate_of(r);
    struct smp_copy row = {.thread = thread,
                           .stack = stack,
                           .samples = 1,
                           .bytes = e.bytes,
                           .variance = e.variance};
    double at_s = smp_collector_time(c, r->time_ns);
    if (smp_profile_copy(c->profile, at_s, row) == SMP_EFULL) {
        row.stack = smp_profile_other_stack(c->profile);
        smp_profile_copy(c->profile, at_s, row);
    }
}

static int is_whole(const struct smp_record_memory *r, struct smp_stack_view *v)
{
    int sampled = r->head.type != SMP_RECORD_FREE;
    *v = (struct smp_stack_view){.payload = (const uint8_t *)(r + 1),
                                 .frame_count = r->frame_count,
                                 .stack_bytes = r->stack_bytes,
                                 .anchor = r->anchor};
    return smp_stack_view_fits(v, r->head.size - sizeof *r) &&
           r->domain < SMP_RECORD_DOMAINS && r->bytes < (uint64_t)BYTES_MAX &&
           r->stands_for < (uint64_t)BYTES_MAX &&
           (!sampled || (r->bytes && r->stands_for >= r->bytes)) &&
           (r->head.type == SMP_RECORD_COPY || r->id);
}

void smp_heap_take(struct smp_collector *c, struct smp_image *i,
                   const struct smp_record_memory *r)
{
    struct smp_stack_view v;
    /* A number twice: the program wrote over the records. */
    if (!is_whole(r, &v) || (r->head.type == SMP_RECORD_ALLOC &&
                             find_live(&i->heap, r->id) != SMP_MAP_NONE)) {
        i->damaged++;
        return;
    }
    uint32_t thread = smp_image_thread_place(c, i, r->tid, r->time_ns);
    if (thread == SMP_NONE)
        return;
    if (r->flags & SMP_SAMPLE_PYTHON)
        c->profile->threads[thread].python = 1;
    uint32_t stack = stack_of(c, i, r, &v);
    stack = smp_owned_stack(c, i, smp_image_find_thread(i, r->tid), stack,
                            r->time_ns);
    if (r->time_ns > YOUNG_NS)
        grow_up_all(c, i, r->time_ns - YOUNG_NS, r->time_ns);
    if (r->head.type == SMP_RECORD_ALLOC)
        allocate(c, i, r, thread, stack);
    else if (r->head.type == SMP_RECORD_FREE)
        deallocate(c, i, r, thread, stack);
    else
        copy(c, r, thread, stack);
}

/* ---- ends */

#define UNSEEN                                                                 \
    "its memory cannot be seen: the program brings an allocator of its own"

void smp_heap_check(struct smp_collector *c, struct smp_image *i)
{
    if (i->heap.told ||
        atomic_load(&i->ring->counts.heap_state) != SMP_HEAP_UNSEEN)
        return;
    struct smp_process *p = &c->profile->processes[i->process];
    i->heap.told = 1;
    p->recording = SMP_RECORDED_PARTLY;
    p->note = smp_profile_string(c->profile, UNSEEN);
    fprintf(stderr, "solvidia-mem-prof: process %d: " UNSEEN "\n", i->pid);
}

void smp_heap_end_image(struct smp_collector *c, struct smp_image *i)
{
    struct smp_heap *h = &i->heap;
    grow_up_all(c, i, UINT64_MAX, c->heaps.last_ns);
    for (size_t n = 0; n < h->count; n++) {
        struct smp_live *live = &h->lives[n];
        if (live->site != SMP_NONE)
            smp_site_change(c, i, &c->heaps.sites[live->site], live->size,
                            -live->counted, -1);
    }
    c->profile->processes[i->process].peak = h->peak;
    smp_heap_release(h);
}

void smp_heap_release(struct smp_heap *h)
{
    free(h->lives);
    free(h->young);
    smp_map_release(&h->index);
    h->lives = NULL;
    h->young = NULL;
    h->count = h->capacity = 0;
    h->young_first = h->young_count = h->young_capacity = 0;
    h->free = 0;
}
