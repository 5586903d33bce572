/* Memory records: sampled allocations, their ends, and copies, into the
 * profile. */
#include "collector/heap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "collector/state.h"

#define SITES_MAX (1u << 20) /* more than that: they share one */
#define LIVES_MAX (1u << 22) /* of an image; the recorder keeps far fewer */
#define PYMALLOC_LIMIT 512   /* bytes */
#define MEAN_MAX 1e15        /* an interval beyond is no interval */

/* ---- what a sample stands for */

struct estimate {
    double bytes, count, variance;
};

/* Sampled with probability p = 1 - exp(-s/R) it stands for 1/p of its kind. */
static struct estimate estimate_of(uint64_t size, uint64_t interval)
{
    double s = (double)size, p = -expm1(-s / (double)interval);
    return (struct estimate){s / p, 1 / p, s * s * (1 - p) / (p * p)};
}

/* ---- sites */

static int site_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_heaps *h = context;
    const struct smp_site *a = key, *b = &h->sites[value];
    return a->thread == b->thread && a->stack == b->stack &&
           a->domain == b->domain;
}

static uint32_t add_site(struct smp_heaps *h, uint64_t hash,
                         struct smp_site site)
{
    if (h->count == SITES_MAX)
        return h->count ? 0 : SMP_NONE;
    if (h->count == h->capacity) {
        size_t capacity = h->capacity ? h->capacity * 2 : 256;
        void *sites = realloc(h->sites, capacity * sizeof *h->sites);
        if (!sites)
            return SMP_NONE;
        h->sites = sites;
        h->capacity = capacity;
    }
    if (smp_map_put(&h->index, hash, (uint32_t)h->count))
        return SMP_NONE;
    site.peak = h->peak_number;
    h->sites[h->count] = site;
    return (uint32_t)h->count++;
}

static uint32_t find_site(struct smp_heaps *h, uint32_t thread, uint32_t stack,
                          uint8_t domain)
{
    struct smp_site site = {.thread = thread, .stack = stack, .domain = domain};
    uint32_t words[] = {thread, stack, domain};
    uint64_t hash = smp_hash_bytes(words, sizeof words);
    uint32_t found = smp_map_find(&h->index, hash, &site, site_equal, h);
    return found != SMP_MAP_NONE ? found : add_site(h, hash, site);
}

/* ---- the peak: every site's bytes at the moment when the most were alive.
 *
 * A moment is a peak when the next thing is a decrease and more is alive than
 * ever before. It gets a number, nothing is copied; a site remembers what it had
 * when it first changes after that. So each peak is exact and costs nothing. */

static void note_peak(struct smp_heaps *h)
{
    if (h->alive <= h->peak)
        return;
    h->peak = h->alive;
    h->peak_ns = h->last_ns;
    h->peak_number++;
}

static void change_site(struct smp_heaps *h, struct smp_site *s, double bytes,
                        int samples)
{
    if (s->peak != h->peak_number) {
        s->peak = h->peak_number;
        s->peak_bytes = s->bytes;
        s->peak_samples = s->samples;
    }
    s->samples += (uint32_t)samples;
    s->bytes = s->samples ? fmax(0, s->bytes + bytes) : 0;
}

static void change(struct smp_collector *c, struct smp_image *i,
                   struct smp_site *s, uint64_t size, double bytes, int samples)
{
    struct smp_heaps *h = &c->heaps;
    if (bytes < 0)
        note_peak(h);
    change_site(h, s, bytes, samples);
    h->alive = fmax(0, h->alive + bytes);
    i->heap.alive = fmax(0, i->heap.alive + bytes);
    i->heap.peak = fmax(i->heap.peak, i->heap.alive);
    if (s->domain == SMP_DOMAIN_PYTHON && size <= PYMALLOC_LIMIT)
        i->heap.small = fmax(0, i->heap.small + bytes);
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

/* ---- the records */

static uint32_t stack_of(struct smp_collector *c, struct smp_image *i,
                         const struct smp_record_memory *r,
                         const struct smp_stack_view *v)
{
    uint32_t stack = r->stack_bytes ? smp_stack_whole(c, i, v, r->time_ns)
                                    : smp_stack_python(c, i, v);
    return stack == SMP_NONE ? 0 : stack;
}

static void allocate(struct smp_collector *c, struct smp_image *i,
                     const struct smp_record_memory *r, uint32_t thread,
                     uint32_t stack)
{
    double at_s = smp_collector_time(c, r->time_ns);
    struct estimate e = estimate_of(r->bytes, r->interval);
    uint32_t site = find_site(&c->heaps, thread, stack, r->domain);
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
    if (add_live(&i->heap, live))
        return;
    smp_profile_allocate(c->profile, at_s, a);
    change(c, i, s, r->bytes, e.bytes, 1);
    c->heaps.last_ns = r->time_ns;
    note_high(c, s, at_s);
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
    note_high(c, s, at_s);
    if (part)
        end_part(c, live, s, bytes, at_s);
    else
        end_whole(c, live, s, at_s);
    smp_profile_deallocate(c->profile, at_s, d);
    change(c, i, s, live->size, -bytes, part ? 0 : -1);
    c->heaps.last_ns = r->time_ns;
    if (!part) {
        remove_live(h, n);
        return;
    }
    live->bytes -= bytes;
    live->size -= r->bytes;
}

static void copy(struct smp_collector *c, const struct smp_record_memory *r,
                 uint32_t thread, uint32_t stack)
{
    struct estimate e = estimate_of(r->bytes, r->interval);
    struct smp_copy row = {.thread = thread,
                           .stack = stack,
                           .samples = 1,
                           .bytes = e.bytes,
                           .variance = e.variance};
    smp_profile_copy(c->profile, smp_collector_time(c, r->time_ns), row);
}

static int is_whole(const struct smp_record_memory *r, struct smp_stack_view *v)
{
    int sampled = r->head.type != SMP_RECORD_FREE;
    *v = (struct smp_stack_view){.payload = (const uint8_t *)(r + 1),
                                 .frame_count = r->frame_count,
                                 .stack_bytes = r->stack_bytes,
                                 .anchor = r->anchor};
    return smp_stack_view_fits(v, r->head.size - sizeof *r) &&
           r->domain < SMP_RECORD_DOMAINS && r->bytes < (uint64_t)MEAN_MAX &&
           r->interval < (uint64_t)MEAN_MAX &&
           (!sampled || (r->bytes && r->interval)) &&
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
    if (r->head.type == SMP_RECORD_ALLOC)
        allocate(c, i, r, thread, stack);
    else if (r->head.type == SMP_RECORD_FREE)
        deallocate(c, i, r, thread, stack);
    else
        copy(c, r, thread, stack);
}

/* ---- ends */

void smp_heap_end_image(struct smp_collector *c, struct smp_image *i)
{
    struct smp_heap *h = &i->heap;
    for (size_t n = 0; n < h->count; n++) {
        struct smp_live *live = &h->lives[n];
        if (live->site != SMP_NONE)
            change(c, i, &c->heaps.sites[live->site], live->size, -live->bytes,
                   -1);
    }
    c->profile->processes[i->process].peak = h->peak;
    smp_heap_release(h);
}

void smp_heap_release(struct smp_heap *h)
{
    free(h->lives);
    smp_map_release(&h->index);
    h->lives = NULL;
    h->count = h->capacity = 0;
    h->free = 0;
}

void smp_heap_finish(struct smp_collector *c)
{
    struct smp_heaps *h = &c->heaps;
    struct smp_at_peak *rows = calloc(h->count + 1, sizeof *rows);
    size_t n = 0;
    double sum = 0;
    for (size_t k = 0; rows && k < h->count; k++) {
        const struct smp_site *s = &h->sites[k];
        int changed = s->peak == h->peak_number;
        double bytes = changed ? s->peak_bytes : s->bytes;
        if (bytes <= 0)
            continue;
        sum += bytes;
        rows[n++] = (struct smp_at_peak){.thread = s->thread,
                                         .stack = s->stack,
                                         .domain = s->domain,
                                         .samples = changed ? s->peak_samples
                                                            : s->samples,
                                         .bytes = bytes};
    }
    if (rows)
        smp_profile_at_peak(c->profile, smp_collector_time(c, h->peak_ns), sum,
                            rows, n);
    free(rows);
}

void smp_heaps_release(struct smp_heaps *h)
{
    free(h->sites);
    smp_map_release(&h->index);
    *h = (struct smp_heaps){0};
}
