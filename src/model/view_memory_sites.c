/* Memory's sites: the rows of the profile put together by thread, stack and
 * domain, as far as the filter keeps them. */
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "model/view_work.h"

struct finder {
    struct smp_map map;
    size_t room;
};

static uint64_t site_hash(uint32_t thread, uint32_t stack, uint8_t domain)
{
    uint64_t h = (uint64_t)stack << 32 | thread;
    h = (h ^ (h >> 29)) * 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 32) ^ domain) * 0xbf58476d1ce4e5b9u;
    h ^= h >> 31;
    return h ? h : 1;
}

static int site_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_memory_site *a = key;
    const struct smp_memory_site *b =
        &((const struct smp_memory_work *)context)->sites[value];
    return a->thread == b->thread && a->stack == b->stack &&
           a->domain == b->domain;
}

static int append(struct smp_memory_work *m, struct finder *f, uint64_t hash,
                  const struct smp_memory_site *site)
{
    if (m->site_count == f->room) {
        size_t room = f->room ? f->room * 2 : 64;
        void *grown = realloc(m->sites, room * sizeof *m->sites);
        if (!grown)
            return SMP_ENOMEM;
        m->sites = grown;
        f->room = room;
    }
    if (smp_map_put(&f->map, hash, (uint32_t)m->site_count))
        return SMP_ENOMEM;
    m->sites[m->site_count++] = *site;
    return 0;
}

/* The site's figures, found or added; NULL: no memory. */
static struct smp_memory_cost *site_of(struct smp_memory_work *m,
                                       struct finder *f, uint32_t thread,
                                       uint32_t stack, uint8_t domain)
{
    struct smp_memory_site key = {.thread = thread,
                                  .stack = stack,
                                  .domain = domain};
    uint64_t hash = site_hash(thread, stack, domain);
    uint32_t i = smp_map_find(&f->map, hash, &key, site_equal, m);
    if (i != SMP_MAP_NONE)
        return &m->sites[i].cost;
    if (append(m, f, hash, &key))
        return NULL;
    return &m->sites[m->site_count - 1].cost;
}

uint32_t smp_work_memory_find(const struct smp_memory_work *m, uint32_t thread,
                              uint32_t stack, uint8_t domain)
{
    struct smp_memory_site key = {.thread = thread,
                                  .stack = stack,
                                  .domain = domain};
    return smp_map_find(&m->map, site_hash(thread, stack, domain), &key,
                        site_equal, m);
}

static int in_range(const struct smp_memory_work *m, uint32_t bin)
{
    return bin >= m->from_bin && bin < m->to_bin;
}

static int is_churn(const struct smp_profile *p, const struct smp_allocation *a)
{
    return a->end_bin == a->bin ||
           (a->end_bin != SMP_NONE &&
            (a->end_bin - a->bin + 1) * p->memory_bin_s <= SMP_CHURN_S);
}

static void add_allocation(const struct smp_view_work *w,
                           const struct smp_allocation *a,
                           struct smp_memory_cost *c)
{
    c->samples += a->samples;
    c->alloc_bytes += a->bytes;
    c->alloc_count += a->count;
    c->alloc_variance += a->variance;
    c->largest = fmax(c->largest, a->largest);
    if (a->domain == SMP_DOMAIN_PYTHON)
        c->python_alloc_bytes += a->bytes;
    if (is_churn(w->p, a))
        c->churn_bytes += a->bytes;
    if (a->end_bin != SMP_NONE && a->end_bin < w->memory.to_bin) {
        c->freed_bytes += a->bytes;
        return;
    }
    c->live_samples += a->samples;
    c->live_bytes += a->bytes;
    c->live_variance += a->variance;
}

static int add_allocations(struct smp_view_work *w, struct finder *f)
{
    const struct smp_profile *p = w->p;
    for (size_t i = 0; i < p->allocation_count; i++) {
        const struct smp_allocation *a = &p->allocations[i];
        if (!smp_filter_keeps_thread(p, w->f, a->thread))
            continue;
        struct smp_memory_cost *c =
            site_of(&w->memory, f, a->thread, a->stack, a->domain);
        if (!c)
            return SMP_ENOMEM;
        if (in_range(&w->memory, a->bin))
            add_allocation(w, a, c);
    }
    return 0;
}

/* 1 where the program's peak lies in the filter's range. */
static int has_peak(const struct smp_view_work *w)
{
    double bin = floor(w->p->peak_s / w->p->memory_bin_s);
    return bin >= w->memory.from_bin && bin < w->memory.to_bin;
}

static int add_peak(struct smp_view_work *w, struct finder *f)
{
    const struct smp_profile *p = w->p;
    for (size_t i = 0; has_peak(w) && i < p->at_peak_count; i++) {
        const struct smp_at_peak *a = &p->at_peaks[i];
        if (!smp_filter_keeps_thread(p, w->f, a->thread))
            continue;
        struct smp_memory_cost *c =
            site_of(&w->memory, f, a->thread, a->stack, a->domain);
        if (!c)
            return SMP_ENOMEM;
        c->at_peak_bytes += a->bytes;
    }
    return 0;
}

static int add_frees_and_copies(struct smp_view_work *w, struct finder *f)
{
    const struct smp_profile *p = w->p;
    struct smp_memory_cost *s;
    for (size_t i = 0; i < p->deallocation_count; i++) {
        const struct smp_deallocation *d = &p->deallocations[i];
        if (!in_range(&w->memory, d->bin) ||
            !smp_filter_keeps_thread(p, w->f, d->thread))
            continue;
        s = site_of(&w->memory, f, d->thread, d->stack, SMP_DOMAIN_COUNT);
        if (!s)
            return SMP_ENOMEM;
        s->freed_here_bytes += d->bytes;
    }
    for (size_t i = 0; i < p->copy_count; i++) {
        const struct smp_copy *c = &p->copies[i];
        if (!in_range(&w->memory, c->bin) ||
            !smp_filter_keeps_thread(p, w->f, c->thread))
            continue;
        s = site_of(&w->memory, f, c->thread, c->stack, SMP_DOMAIN_COUNT);
        if (!s)
            return SMP_ENOMEM;
        s->copy_samples += c->samples;
        s->copy_bytes += c->bytes;
        s->copy_variance += c->variance;
    }
    return 0;
}

static uint32_t later(uint32_t bin, uint32_t count)
{
    return bin != SMP_NONE && bin >= count ? bin + 1 : count;
}

/* How many bins the rows and the run reach over, and which the filter keeps. */
static void measure_bins(struct smp_view_work *w)
{
    const struct smp_profile *p = w->p;
    struct smp_memory_work *m = &w->memory;
    double last = floor(p->elapsed_s / p->memory_bin_s);
    uint32_t n = last < SMP_MEMORY_BIN_LIMIT - 1 ? (uint32_t)last + 1
                                                 : SMP_MEMORY_BIN_LIMIT;
    for (size_t i = 0; i < p->allocation_count; i++)
        n = later(p->allocations[i].end_bin, later(p->allocations[i].bin, n));
    for (size_t i = 0; i < p->high_count; i++)
        n = later(p->highs[i].bin, n);
    for (size_t i = 0; i < p->deallocation_count; i++)
        n = later(p->deallocations[i].bin, n);
    for (size_t i = 0; i < p->copy_count; i++)
        n = later(p->copies[i].bin, n);
    m->bin_count = n;
    while (m->from_bin < n &&
           !smp_filter_keeps_bin(w->f, m->from_bin, p->memory_bin_s))
        m->from_bin++;
    m->to_bin = m->from_bin;
    while (m->to_bin < n &&
           smp_filter_keeps_bin(w->f, m->to_bin, p->memory_bin_s))
        m->to_bin++;
}

int smp_work_memory_sites(struct smp_view_work *w)
{
    struct finder f = {.room = 0};
    if (!w->p->memory)
        return 0;
    measure_bins(w);
    w->memory.stack_used =
        smp_work_zeroed(w->p->stack_count, sizeof *w->memory.stack_used);
    int status = w->memory.stack_used ? 0 : SMP_ENOMEM;
    status = status ? status : add_allocations(w, &f);
    status = status ? status : add_peak(w, &f);
    status = status ? status : add_frees_and_copies(w, &f);
    for (size_t i = 0; !status && i < w->memory.site_count; i++)
        w->memory.stack_used[w->memory.sites[i].stack] = 1;
    w->memory.map = f.map;
    return status;
}
