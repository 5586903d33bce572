/* Memory's events: what changed of each site in each bin of the timeline. */
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "model/view_work.h"

static int compare_events(const void *left, const void *right)
{
    const struct smp_memory_event *a = left, *b = right;
    if (a->site != b->site)
        return a->site < b->site ? -1 : 1;
    return a->bin < b->bin ? -1 : a->bin > b->bin;
}

static void add_event(struct smp_memory_work *m, struct smp_memory_event e)
{
    m->events[m->event_count++] = e;
}

uint32_t smp_work_end_of(const struct smp_view_work *w, uint32_t process)
{
    const struct smp_profile *p = w->p;
    const struct smp_process *it = &p->processes[process];
    double bin = floor(it->end_s / p->memory_bin_s);
    if (it->exit_status == SMP_EXIT_RUNNING || !(it->end_s > it->start_s) ||
        bin < 0 || bin + 1 >= w->memory.bin_count)
        return SMP_NONE;
    return (uint32_t)bin + 1;
}

static void add_allocation(struct smp_view_work *w,
                           const struct smp_allocation *a, uint32_t site)
{
    uint32_t end = a->end_bin;
    struct smp_memory_event e = {.site = site, .bin = a->bin};
    if (end == SMP_NONE) {
        end = smp_work_end_of(w, w->p->threads[a->thread].process);
        if (end != SMP_NONE && end <= a->bin)
            end = SMP_NONE;
    }
    if (end == a->bin) {
        e.through = a->bytes;
        add_event(&w->memory, e);
        return;
    }
    e.delta = a->bytes;
    e.variance = a->variance;
    add_event(&w->memory, e);
    if (end == SMP_NONE)
        return;
    e.bin = end;
    e.delta = -a->bytes;
    e.variance = -a->variance;
    add_event(&w->memory, e);
}

/* `above` holds the greatest moment itself until settle() makes it a rise. */
static void add_all(struct smp_view_work *w)
{
    const struct smp_profile *p = w->p;
    for (size_t i = 0; i < p->allocation_count; i++) {
        const struct smp_allocation *a = &p->allocations[i];
        uint32_t site =
            smp_work_memory_find(&w->memory, a->thread, a->stack, a->domain);
        if (site != SMP_NONE)
            add_allocation(w, a, site);
    }
    for (size_t i = 0; i < p->high_count; i++) {
        const struct smp_high *h = &p->highs[i];
        uint32_t site =
            smp_work_memory_find(&w->memory, h->thread, h->stack, h->domain);
        if (site != SMP_NONE)
            add_event(&w->memory, (struct smp_memory_event){.site = site,
                                                            .bin = h->bin,
                                                            .above = h->bytes});
    }
}

/* Events of one site and bin become one. */
static void merge(struct smp_memory_work *m)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->event_count; i++) {
        const struct smp_memory_event *e = &m->events[i];
        struct smp_memory_event *last = kept ? &m->events[kept - 1] : NULL;
        if (!last || compare_events(last, e)) {
            m->events[kept++] = *e;
            continue;
        }
        last->delta += e->delta;
        last->variance += e->variance;
        last->through += e->through;
        last->above = fmax(last->above, e->above);
    }
    m->event_count = kept;
}

static void settle(struct smp_memory_work *m)
{
    double alive = 0;
    for (size_t i = 0; i < m->event_count; i++) {
        struct smp_memory_event *e = &m->events[i];
        if (!i || e[-1].site != e->site)
            alive = 0;
        double after = alive + e->delta;
        e->above = fmax(0, e->above - fmax(alive, after));
        alive = after;
    }
}

static void index_sites(struct smp_memory_work *m)
{
    size_t site = 0;
    for (size_t i = 0; i < m->event_count; i++)
        while (site <= m->events[i].site)
            m->first_event[site++] = (uint32_t)i;
    while (site <= m->site_count)
        m->first_event[site++] = (uint32_t)m->event_count;
}

int smp_work_memory_events(struct smp_view_work *w)
{
    struct smp_memory_work *m = &w->memory;
    if (!w->p->memory)
        return 0;
    size_t most = 2 * w->p->allocation_count + w->p->high_count;
    m->events = smp_work_zeroed(most, sizeof *m->events);
    m->first_event = smp_work_zeroed(m->site_count + 1, sizeof *m->first_event);
    if (!m->events || !m->first_event)
        return SMP_ENOMEM;
    add_all(w);
    qsort(m->events, m->event_count, sizeof *m->events, compare_events);
    merge(m);
    settle(m);
    index_sites(m);
    return 0;
}

void smp_work_memory_sum(struct smp_memory_work *m, uint32_t site,
                         uint32_t *first)
{
    for (uint32_t i = m->first_event[site]; i < m->first_event[site + 1]; i++) {
        const struct smp_memory_event *e = &m->events[i];
        struct smp_memory_sum *s = &m->sums[e->bin];
        s->touched = 1;
        s->delta += e->delta;
        s->variance += e->variance;
        s->through += e->through;
        s->up += fmax(0, e->delta);
        s->above = fmax(s->above, e->above);
        *first = e->bin < *first ? e->bin : *first;
    }
}
