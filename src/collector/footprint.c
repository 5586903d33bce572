/* Footprints: each process's resident memory, from outside.
 *
 * The total is read often (a few microseconds); what it is made of and the
 * system's own peak are read where it has moved, and from time to time. */
#include "collector/state.h"

#define LOOK_NS UINT64_C(50000000) /* between two looks at a process */
#define PARTS_NS                                                               \
    UINT64_C(1000000000) /* its parts are read as often, and where */
#define MOVED 0.01       /* the total has moved so much */
#define LOOKS_MOST 20    /* processes in one scan */

static struct smp_footprint row_of(const struct smp_image *i,
                                   const struct smp_os_memory *m)
{
    struct smp_footprint f = {.process = i->process,
                              .rss = m->anon + m->file + m->shmem,
                              .anon = m->anon,
                              .file = m->file,
                              .shmem = m->shmem,
                              .tracked = i->heap.alive};
    f.arenas = (double)atomic_load_explicit(&i->ring->counts.arenas,
                                            memory_order_relaxed);
    f.arena_used = i->heap.small < f.arenas ? i->heap.small : f.arenas;
    return f;
}

static void look(struct smp_collector *c, struct smp_image *i, uint64_t now,
                 int must)
{
    struct smp_os_memory m;
    double rss;
    i->footprint.looked_ns = now;
    smp_heap_check(c, i);
    if (!must && smp_os_process_resident(i->pid, &rss))
        return;
    double moved = must ? 1 : rss / i->footprint.rss - 1;
    if (moved < MOVED && moved > -MOVED &&
        now - i->footprint.parts_ns < PARTS_NS)
        return;
    if (smp_os_process_memory(i->pid, &m))
        return;
    /* What was tracked until now: what waits in the ring is resident already. */
    smp_drain(c, i, 0);
    struct smp_process *p = &c->profile->processes[i->process];
    struct smp_footprint f = row_of(i, &m);
    i->footprint.parts_ns = now;
    i->footprint.rss = f.rss;
    if (m.peak > p->peak_rss)
        p->peak_rss = m.peak;
    smp_profile_footprint(c->profile, smp_collector_time(c, now), f);
}

void smp_footprint_begin(struct smp_collector *c, struct smp_image *i)
{
    look(c, i, smp_os_now(), 1);
    c->profile->processes[i->process].start_rss = i->footprint.rss;
}

void smp_footprint_scan(struct smp_collector *c, uint64_t now)
{
    size_t looks = 0;
    for (size_t n = 0; n < c->image_count && looks < LOOKS_MOST; n++) {
        struct smp_image *i = c->images[n];
        if (i->ended || !i->ring || i->off ||
            now - i->footprint.looked_ns < LOOK_NS)
            continue;
        look(c, i, now, 0);
        looks++;
    }
}

void smp_footprint_end(struct smp_collector *c, struct smp_image *i)
{
    struct smp_process *p = &c->profile->processes[i->process];
    look(c, i, smp_os_now(), 1); /* where it is still there */
    /* A damaged record may say anything. */
    double last = (double)i->exit_peak_rss;
    if (last > p->peak_rss && last <= SMP_BYTES_LIMIT)
        p->peak_rss = last;
}
