/* Memory's sites: what is alive of each, and the moment when the most was. */
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "collector/state.h"

#define SITES_MAX (1u << 20) /* more than that: they share one */
#define PYMALLOC_LIMIT 512   /* bytes */

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

void smp_heaps_release(struct smp_heaps *h)
{
    free(h->sites);
    smp_map_release(&h->index);
    *h = (struct smp_heaps){0};
}
