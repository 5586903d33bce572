/* Memory with other stacks in place of the recorded ones. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/view_work.h"

/* An old site, and where it belongs now. */
struct place {
    uint32_t thread, stack, domain, site;
};

static int compare_u32(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = compare_u32(a->thread, b->thread);
    order = order ? order : compare_u32(a->stack, b->stack);
    return order ? order : compare_u32(a->domain, b->domain);
}

struct restack {
    struct smp_view_work w; /* the sites and events of the old stacks */
    struct place *places;
    struct smp_high *highs;
    size_t count;
};

/* The greatest moments of n sites that become one, bin by bin. */
static void join(struct restack *k, const struct place *places, size_t n)
{
    struct smp_memory_work *m = &k->w.memory;
    uint32_t first = m->bin_count;
    double alive = 0;
    for (size_t i = 0; i < n; i++)
        smp_work_memory_sum(m, places[i].site, &first);
    for (uint32_t b = first; b < m->bin_count; b++) {
        struct smp_memory_sum s = m->sums[b];
        m->sums[b] = (struct smp_memory_sum){0};
        if (s.touched)
            k->highs[k->count++] =
                (struct smp_high){.thread = places[0].thread,
                                  .stack = places[0].stack,
                                  .bin = b,
                                  .domain = (uint8_t)places[0].domain,
                                  .bytes = alive + s.up + s.above};
        alive = alive + s.delta > 0 ? alive + s.delta : 0;
    }
}

static int place_sites(struct restack *k, const uint32_t *stack_of)
{
    const struct smp_memory_work *m = &k->w.memory;
    k->places = smp_work_zeroed(m->site_count, sizeof *k->places);
    k->highs = smp_work_zeroed(m->event_count, sizeof *k->highs);
    if (!k->places || !k->highs)
        return SMP_ENOMEM;
    for (uint32_t i = 0; i < m->site_count; i++) {
        const struct smp_memory_site *s = &m->sites[i];
        k->places[i] =
            (struct place){s->thread, stack_of[s->stack], s->domain, i};
    }
    if (m->site_count)
        qsort(k->places, m->site_count, sizeof *k->places, compare_places);
    return 0;
}

static int make_highs(struct restack *k, const uint32_t *stack_of)
{
    struct smp_memory_work *m = &k->w.memory;
    size_t to;
    if (smp_work_memory_sites(&k->w) || smp_work_memory_events(&k->w))
        return SMP_ENOMEM;
    m->sums = smp_work_zeroed(m->bin_count, sizeof *m->sums);
    if (!m->sums || place_sites(k, stack_of))
        return SMP_ENOMEM;
    for (size_t from = 0; from < m->site_count; from = to) {
        for (to = from; to < m->site_count &&
                        !compare_places(&k->places[from], &k->places[to]);)
            to++;
        join(k, k->places + from, to - from);
    }
    return 0;
}

/* A copy of n elements; NULL: no memory. */
static void *copy_of(const void *array, size_t n, size_t size)
{
    void *copy = smp_work_zeroed(n, size);
    if (copy && n)
        memcpy(copy, array, n * size);
    return copy;
}

#define COPY(to, p, many, one)                                                 \
    ((to)->many = copy_of((p)->many, (p)->one##_count, sizeof *(p)->many))

static int copy_rows(struct smp_profile *to, const struct smp_profile *p)
{
    COPY(to, p, allocations, allocation);
    COPY(to, p, deallocations, deallocation);
    COPY(to, p, at_peaks, at_peak);
    COPY(to, p, copies, copy);
    return to->allocations && to->deallocations && to->at_peaks && to->copies
               ? 0
               : SMP_ENOMEM;
}

int smp_view_restack(struct smp_profile *to, const struct smp_profile *p,
                     const uint32_t *stack_of)
{
    static const struct smp_filter all;
    struct restack k = {.w.p = p, .w.f = &all};
    to->allocations = NULL;
    to->deallocations = NULL;
    to->highs = NULL;
    to->at_peaks = NULL;
    to->copies = NULL;
    to->high_count = 0;
    int status = p->memory ? make_highs(&k, stack_of) : 0;
    status = status ? status : copy_rows(to, p);
    if (!status && p->memory) {
        to->highs = k.highs;
        to->high_count = k.count;
        k.highs = NULL;
        status = smp_profile_map_stacks(to, stack_of);
    }
    free(k.places);
    free(k.highs);
    smp_work_release(&k.w);
    return status;
}
