/* On and off: what a time in which a process is not recorded means for its
 * threads and for the profile.
 *
 * What a thread used since its last sample when it is switched off is carried
 * over to the first sample after it is on again: so also many short times add up
 * to what they were. What it uses while off is taken out of all its totals. */
#include "collector/state.h"

static uint64_t since(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

/* ---- the profile's active time */

/* Off is when something lives, and nothing of it is recorded. */
void smp_switch_note(struct smp_collector *c, uint64_t now)
{
    int live = 0, on = 0;
    for (size_t n = 0; n < c->image_count; n++) {
        const struct smp_image *i = c->images[n];
        live |= !i->ended && i->ring;
        on |= !i->ended && i->ring && !i->off;
    }
    if (!live)
        return;
    if (on && c->off_since_ns)
        c->off_ns += since(now, c->off_since_ns);
    if (on)
        c->off_since_ns = 0;
    else if (!c->off_since_ns)
        c->off_since_ns = now;
}

double smp_switch_off(const struct smp_collector *c, uint64_t now)
{
    uint64_t off = c->off_ns, all = since(now, c->start_ns);
    if (c->off_since_ns)
        off += since(now, c->off_since_ns);
    return (double)(off < all ? off : all) * 1e-9;
}

/* ---- threads */

static void thread_off(struct smp_collector *c, struct smp_image *i,
                       struct smp_watched *t, uint64_t now)
{
    struct smp_os_thread_times times;
    uint64_t cpu_ns = t->cpu_ns;
    if (!smp_image_thread_times(c, i, t, &times)) {
        cpu_ns = times.run_ns > cpu_ns ? times.run_ns : cpu_ns;
        t->queue_ns = times.queue_ns;
    }
    smp_wait_finish(c, t, now, cpu_ns);
    t->off_cpu_ns = cpu_ns;
}

void smp_switch_thread_on(struct smp_collector *c, struct smp_watched *t,
                          uint64_t now, uint64_t cpu_ns)
{
    uint64_t unseen = since(cpu_ns, t->off_cpu_ns);
    t->cpu_ns += unseen;
    t->base_ns += unseen;
    t->on_cpu_ns = cpu_ns;
    t->fresh = 1;
    smp_wait_skip(c, t, now);
}

static void thread_on(struct smp_collector *c, struct smp_image *i,
                      struct smp_watched *t, uint64_t now)
{
    struct smp_os_thread_times times;
    uint64_t cpu_ns = t->off_cpu_ns;
    if (!smp_image_thread_times(c, i, t, &times)) {
        cpu_ns = times.run_ns;
        t->run_ns = times.run_ns;
        t->queue_ns = times.queue_ns;
    }
    smp_switch_thread_on(c, t, now, cpu_ns);
}

/* ---- processes */

static void switch_image(struct smp_collector *c, struct smp_image *i, int off,
                         uint64_t now)
{
    if (i->off == off)
        return;
    for (size_t n = 0; n < i->thread_count; n++) {
        struct smp_watched *t = &i->threads[n];
        if (!t->ended && off)
            thread_off(c, i, t, now);
        else if (!t->ended)
            thread_on(c, i, t, now);
    }
    uint64_t cpu_ns = smp_os_cpu_of_process(i->pid);
    if (off)
        i->off_since_cpu_ns = cpu_ns;
    else
        i->off_cpu_ns += since(cpu_ns, i->off_since_cpu_ns);
    i->off = (uint8_t)off;
    smp_switch_note(c, now);
}

void smp_switch_rebase(struct smp_collector *c, struct smp_image *i,
                       uint64_t now)
{
    uint64_t cpu_ns = smp_os_cpu_of_process(i->pid);
    for (size_t n = 0; n < i->thread_count; n++) {
        struct smp_watched *t = &i->threads[n];
        if (t->ended)
            continue;
        if (!i->off) {
            thread_off(c, i, t, now);
            smp_wait_skip(c, t, now);
        }
        t->base_ns = t->off_cpu_ns;
    }
    double before_s = i->before_user_s + i->before_system_s;
    i->off_cpu_ns = since(cpu_ns, (uint64_t)(before_s * 1e9));
    if (i->off)
        i->off_since_cpu_ns = cpu_ns;
}

uint64_t smp_switch_off_cpu(const struct smp_image *i, uint64_t total_ns)
{
    return i->off_cpu_ns + (i->off ? since(total_ns, i->off_since_cpu_ns) : 0);
}

void smp_switch_begin(struct smp_collector *c, struct smp_image *i)
{
    uint64_t now = smp_os_now();
    if (i->off_at_start)
        atomic_store(&i->ring->control, SMP_CONTROL_PAUSE);
    for (size_t n = 0; i->off_at_start && n < i->thread_count; n++)
        smp_wait_skip(c, &i->threads[n], now);
    switch_image(c, i, i->off_at_start, now);
    smp_switch_note(c, now);
}

static int is_below(const struct smp_collector *c, uint32_t process,
                    uint32_t ancestor)
{
    while (process != SMP_NONE && process != ancestor)
        process = c->profile->processes[process].parent;
    return process == ancestor;
}

size_t smp_switch_processes(struct smp_collector *c, uint32_t ancestor,
                            enum smp_control control)
{
    size_t switched = 0;
    uint64_t now = smp_os_now();
    if (ancestor == SMP_NONE)
        c->off_at_start = control == SMP_CONTROL_PAUSE;
    for (size_t n = 0; n < c->image_count; n++) {
        struct smp_image *i = c->images[n];
        if (i->ended || !i->ring)
            continue;
        if (ancestor != SMP_NONE && !is_below(c, i->process, ancestor))
            continue;
        smp_drain(c, i, 0);
        atomic_store(&i->ring->control, control);
        switch_image(c, i, control == SMP_CONTROL_PAUSE, now);
        switched++;
    }
    return switched;
}

/* The process has switched itself: the record has the exact time of a thread. */
void smp_switch_take(struct smp_collector *c, struct smp_image *i,
                     const struct smp_record_switch *r)
{
    int off = r->control == SMP_CONTROL_PAUSE;
    struct smp_watched *t = smp_image_thread(c, i, r->tid, r->time_ns);
    switch_image(c, i, off, r->time_ns);
    if (!t)
        return;
    if (off && r->cpu_ns >= t->cpu_ns) {
        t->off_cpu_ns = r->cpu_ns;
    } else if (!off && t->fresh && r->cpu_ns < t->on_cpu_ns) {
        uint64_t early = t->on_cpu_ns - r->cpu_ns;
        t->cpu_ns -= early < t->cpu_ns ? early : t->cpu_ns;
        t->base_ns -= early < t->base_ns ? early : t->base_ns;
        t->on_cpu_ns = r->cpu_ns;
    }
}
