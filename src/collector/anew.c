/* Beginning anew: a profile of what comes from now on, in a session that goes on.
 *
 * What was counted so far is taken out of all totals, as if everything had been
 * switched off until now; names, code and stacks stay. */
#include <stdlib.h>
#include <string.h>

#include "collector/state.h"

/* Marks what had ended before the window began. */
#define PAST (-1.0)

static void begin_process(struct smp_collector *c, struct smp_image *i,
                          uint64_t now)
{
    struct smp_process *p = &c->profile->processes[i->process];
    smp_switch_rebase(c, i, now);
    p->start_s = 0;
    p->startup_s = 0;
    p->peak_rss = i->footprint.rss;
    i->startup_ns = 0;
    i->heap.peak = i->heap.alive;
    i->damaged = 0;
    i->counted = smp_image_counted(i);
    for (size_t n = 0; n < i->thread_count; n++)
        if (!i->threads[n].ended)
            c->profile->threads[i->threads[n].thread].start_s = 0;
}

/* What is alive now is all that the peak begins with. */
static void begin_heaps(struct smp_collector *c, uint64_t now)
{
    c->heaps.peak = c->heaps.alive;
    c->heaps.peak_ns = now;
    c->heaps.peak_number++;
}

void smp_anew_begin(struct smp_collector *c, uint64_t now)
{
    struct smp_profile *p = c->profile;
    for (size_t n = 0; n < p->process_count; n++)
        p->processes[n].start_s = PAST;
    for (size_t n = 0; n < p->thread_count; n++) {
        p->threads[n].start_s = PAST;
        p->threads[n].cpu_s = 0;
    }
    for (size_t n = 0; n < c->image_count; n++)
        if (!c->images[n]->ended && c->images[n]->ring)
            begin_process(c, c->images[n], now);
    smp_profile_clear(p);
    memset(&p->ledger, 0, sizeof p->ledger);
    c->sum.handler_ns = c->sum.heap_ns = 0;
    begin_heaps(c, now);
    c->start_unix_s += (double)(now - c->start_ns) * 1e-9;
    c->start_ns = now;
    c->off_ns = 0;
    if (c->off_since_ns)
        c->off_since_ns = now;
    c->windowed = 1;
}

/* A thread of a group that began before has its time in this window too. */
static int is_in(const struct smp_thread *t)
{
    return t->start_s >= 0 || t->cpu_s > 0;
}

void smp_anew_drop_past(struct smp_collector *c)
{
    struct smp_profile *p = c->profile;
    uint8_t *processes = calloc(p->process_count + 1, 1);
    uint8_t *threads = calloc(p->thread_count + 1, 1);
    for (size_t n = 0; processes && threads && n < p->thread_count; n++)
        threads[n] = is_in(&p->threads[n]);
    for (size_t n = 0; processes && threads && n < p->process_count; n++)
        processes[n] = p->processes[n].start_s >= 0;
    if (processes && threads)
        smp_profile_keep(p, processes, threads);
    free(processes);
    free(threads);
}
