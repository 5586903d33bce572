/* Memory's sites: what is alive of each, and the moment when the most was. */
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "collector/state.h"

#define PYMALLOC_LIMIT 512 /* bytes */

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
    if (h->count >= SMP_SITES_MAX && site.stack != h->other)
        return SMP_NONE;
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

uint32_t smp_site_find(struct smp_heaps *h, uint32_t thread, uint32_t stack,
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

void smp_site_change(struct smp_collector *c, struct smp_image *i,
                     struct smp_site *s, uint64_t size, double bytes,
                     int samples)
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

/* ---- threads that have moved */

/* As of the present peak. */
static void settle(const struct smp_heaps *h, struct smp_site *s)
{
    if (s->peak == h->peak_number)
        return;
    s->peak = h->peak_number;
    s->peak_bytes = s->bytes;
    s->peak_samples = s->samples;
}

/* `place`: 1 where it must stay. After it where each site goes; SMP_NONE: nowhere,
 * it is empty. */
static void join_sites(struct smp_heaps *h, const uint32_t *thread,
                       uint32_t *place)
{
    size_t count = h->count;
    struct smp_map map = {0};
    smp_map_release(&h->index);
    h->count = 0;
    for (size_t n = 0; n < count; n++) {
        struct smp_site s = h->sites[n];
        settle(h, &s);
        if (!place[n] && !s.samples && s.peak_bytes <= 0) {
            place[n] = SMP_NONE;
            continue;
        }
        s.thread = thread[s.thread];
        uint32_t words[] = {s.thread, s.stack, s.domain};
        uint64_t hash = smp_hash_bytes(words, sizeof words);
        uint32_t found = smp_map_find(&map, hash, &s, site_equal, h);
        if (found != SMP_MAP_NONE) {
            struct smp_site *to = &h->sites[found];
            to->samples += s.samples;
            to->bytes += s.bytes;
            to->peak_samples += s.peak_samples;
            to->peak_bytes += s.peak_bytes;
            place[n] = found;
            continue;
        }
        smp_map_put(&map, hash, (uint32_t)h->count); /* else: twice */
        h->sites[h->count] = s;
        place[n] = (uint32_t)h->count++;
    }
    h->index = map;
}

static void mark_lives(const struct smp_image *i, uint32_t *place)
{
    for (size_t n = 0; n < i->heap.count; n++)
        if (i->heap.lives[n].site != SMP_NONE)
            place[i->heap.lives[n].site] = 1;
}

static void move_lives(struct smp_image *i, const uint32_t *place)
{
    for (size_t n = 0; n < i->heap.count; n++)
        if (i->heap.lives[n].site != SMP_NONE)
            i->heap.lives[n].site = place[i->heap.lives[n].site];
}

void smp_heaps_moved(struct smp_collector *c, const uint32_t *thread)
{
    struct smp_heaps *h = &c->heaps;
    uint32_t *place = calloc(h->count + 1, sizeof *place);
    if (!place) { /* their threads are right, at least */
        for (size_t n = 0; n < h->count; n++)
            h->sites[n].thread = thread[h->sites[n].thread];
        return;
    }
    for (size_t n = 0; n < c->image_count; n++)
        mark_lives(c->images[n], place);
    join_sites(h, thread, place);
    for (size_t n = 0; n < c->image_count; n++)
        move_lives(c->images[n], place);
    free(place);
}

void smp_heaps_release(struct smp_heaps *h)
{
    free(h->sites);
    smp_map_release(&h->index);
    *h = (struct smp_heaps){0};
}
