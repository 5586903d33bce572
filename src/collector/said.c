/* What the program says of itself: regions, marks, decorated functions. */
#include <stdlib.h>
#include <string.h>

#include "collector/state.h"

/* ---- marks and decorated functions */

/* The thread's place in the profile that had this number then; SMP_NONE. */
static uint32_t thread_at(const struct smp_collector *c,
                          const struct smp_image *i, int32_t tid, double at_s)
{
    const struct smp_profile *p = c->profile;
    uint32_t found = SMP_NONE;
    for (uint32_t n = 0; n < p->thread_count; n++)
        if (p->threads[n].process == i->process && p->threads[n].tid == tid &&
            (found == SMP_NONE || p->threads[n].start_s <= at_s))
            found = n;
    return found;
}

void smp_said_mark(struct smp_collector *c, struct smp_image *i,
                   const struct smp_record_mark *r)
{
    if (r->bytes > r->head.size - sizeof *r) {
        i->damaged++;
        return;
    }
    if (c->profile->mark_count >= SMP_MARK_LIMIT) { /* nor is its text kept */
        c->profile->marks_lost++;
        return;
    }
    struct smp_moment m = {
        .text =
            smp_profile_string_n(c->profile, (const char *)(r + 1), r->bytes),
        .process = i->process,
        .at_s = smp_collector_time(c, r->time_ns),
    };
    m.thread = thread_at(c, i, r->tid, m.at_s);
    smp_profile_mark(c->profile, m);
}

void smp_said_select(struct smp_collector *c, struct smp_image *i,
                     const struct smp_record_select *r)
{
    uint32_t definition = smp_code_definition(i, r->code);
    if (definition == SMP_NONE)
        i->damaged++;
    else
        smp_profile_select(c->profile, c->resolver.defs[definition].function);
}

/* ---- regions */

/* The shared memory is the program's to write to: what is read is checked. */
static uint32_t name_of(struct smp_collector *c, const struct smp_image *i,
                        uint32_t region)
{
    const struct smp_region_name *n = &smp_ring_regions(i->ring)->names[region];
    char text[SMP_REGION_NAME_BYTES];
    uint32_t bytes = atomic_load(&n->bytes);
    if (bytes > sizeof text)
        return SMP_NONE;
    memcpy(text, n->text, bytes);
    return smp_profile_string_n(c->profile, text, bytes);
}

uint32_t smp_said_stack(struct smp_collector *c, struct smp_image *i,
                        uint32_t stack, uint32_t region)
{
    if (region >= SMP_REGION_NAMES || !i->ring)
        return stack;
    if (!i->region_frames)
        i->region_frames = calloc(SMP_REGION_NAMES, sizeof *i->region_frames);
    if (!i->region_frames)
        return stack;
    uint32_t *frame = &i->region_frames[region];
    if (!*frame)
        *frame =
            smp_profile_region_frame(c->profile, name_of(c, i, region)) + 1;
    uint32_t on = smp_profile_stack(c->profile, stack, *frame - 1);
    return on == SMP_NONE ? stack : on;
}

static double seconds(uint64_t ns)
{
    return (double)ns * 1e-9;
}

static void put_total(struct smp_collector *c, struct smp_image *i,
                      uint32_t number, int32_t tid, struct smp_region r)
{
    r.name = name_of(c, i, number);
    r.process = i->process;
    r.thread = tid ? thread_at(c, i, tid, r.first_s) : SMP_NONE;
    smp_profile_region(c->profile, r);
}

/* Adds what is open of one region in one thread. */
static void add_open(const struct smp_collector *c, const struct smp_regions *t,
                     uint32_t number, int32_t tid, uint64_t now,
                     struct smp_region *r)
{
    for (uint32_t b = 0; b < SMP_REGION_BUCKETS; b++)
        for (uint32_t w = 0; w < SMP_REGION_WAYS; w++) {
            const struct smp_region_entered *e = &t->entered[b][w];
            uint64_t start = e->start_ns;
            if (!atomic_load(&t->frames[b][w]) || e->region != number ||
                e->tid != tid || !start || start > now)
                continue;
            double start_s = smp_collector_time(c, start);
            r->first_s =
                r->count && r->first_s < start_s ? r->first_s : start_s;
            r->last_s = smp_collector_time(c, now);
            r->count++;
            r->open++;
            if (e->nested)
                r->nested++;
            else
                r->total_s += seconds(now - start);
        }
}

static void take_total(struct smp_collector *c, struct smp_image *i,
                       const struct smp_region_total *t, uint64_t now)
{
    const struct smp_regions *all = smp_ring_regions(i->ring);
    uint32_t number = atomic_load(&t->key) - 1;
    int32_t tid = t->tid;
    struct smp_region r = {
        .count = atomic_load(&t->count),
        .nested = atomic_load(&t->nested),
        .total_s = seconds(atomic_load(&t->total_ns)),
        .least_s = seconds(atomic_load(&t->least_ns)),
        .most_s = seconds(atomic_load(&t->most_ns)),
    };
    if (number >= SMP_REGION_NAMES || r.count > INT64_MAX / 2)
        return;
    if (r.count) {
        r.first_s = smp_collector_time(c, atomic_load(&t->first_ns));
        r.last_s = smp_collector_time(c, atomic_load(&t->last_ns));
    }
    if (atomic_load(&all->entered_count))
        add_open(c, all, number, tid, now, &r);
    if (r.nested > r.count) /* it is being written */
        r.nested = r.count;
    if (r.count)
        put_total(c, i, number, tid, r);
}

void smp_said_regions(struct smp_collector *c, struct smp_image *i,
                      uint64_t now)
{
    struct smp_regions *all = smp_ring_regions(i->ring);
    if (!smp_ring_is_valid(i->ring, i->ring_mapped))
        return;
    for (uint32_t n = 0;
         atomic_load(&all->total_count) && n < SMP_REGION_TOTALS; n++)
        if (atomic_load(&all->totals[n].key))
            take_total(c, i, &all->totals[n], now);
    c->profile->regions_lost +=
        atomic_load(&all->names_lost) + atomic_load(&all->totals_lost);
    c->profile->marks_lost += atomic_load(&all->marks_lost);
}
