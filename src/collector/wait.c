/* Waiting: what blocked threads wait for, and where.
 *
 * The system counts for each thread how long it ran and how long it queued for
 * a CPU; the rest of the wall clock it waited. So totals are exact, and only
 * the question to which stack they belong is sampled: a thread that has not
 * run since the last look still waits in the same place; one that ran is read
 * anew, and the read counts only if it did not run meanwhile. What was waited
 * in between is kept until the next good read. */
#include "collector/tasks.h"

#include <stdlib.h>

#include "base/status.h"

#define SCAN_EVERY_NS 10000000u /* at the shortest */
#define SCAN_SHARE 100          /* scans take 1/100 of the time, */
#define SCAN_PURSE_NS                                                          \
    20000000 /* and at first so much more: what a look sees for
                                 * the first time costs many times as much, and
                                 * the next one must not come late for that */
#define LIST_EVERY_NS                                                          \
    250000000u /* between two listings of a process's threads */
#define BUSY_WAIT_NS                                                           \
    4500000u /* a running thread's totals lag by a tick of
                                   * 4 ms: less than this may be no waiting */
#define READS_TRIED 2
#define GONE_NS 1000000000u /* by then the record of a thread's end has come */
#define LOOKS_AT_A_TIME 64  /* then the ring is emptied in between */

static void charge(struct smp_collector *c, struct smp_watched *t,
                   uint64_t at_ns, uint64_t ns, uint32_t stack,
                   enum smp_kind kind, uint32_t count)
{
    struct smp_sample s = {.thread = t->thread,
                           .stack = stack == SMP_NONE ? 0 : stack,
                           .kind = (uint8_t)kind,
                           .count = count,
                           .seconds = (double)ns * 1e-9};
    if (ns)
        smp_charge(c, smp_collector_time(c, at_ns), s);
}

static enum smp_kind kind_of(const struct smp_image *i,
                             const struct smp_os_block *b,
                             enum smp_os_wait wait)
{
    switch (wait) {
    case SMP_OS_FUTEX:
        return b->args[0] >= i->gil && b->args[0] < i->gil_end
                   ? SMP_KIND_WAIT_GIL
                   : SMP_KIND_WAIT_LOCK;
    case SMP_OS_IO:
        return SMP_KIND_WAIT_IO;
    case SMP_OS_SLEEP:
        return SMP_KIND_WAIT_SLEEP;
    case SMP_OS_CHILD:
        return SMP_KIND_WAIT_CHILD;
    default:
        return SMP_KIND_WAIT_OTHER;
    }
}

/* One read of a thread that may be blocked: 0 with stack and kind; SMP_EAGAIN
 * where it runs, or ran meanwhile. */
static int read_blocked(struct smp_collector *c, struct smp_image *i,
                        struct smp_watched *t, uint64_t run_ns, uint32_t *stack,
                        enum smp_kind *kind)
{
    struct smp_os_block block;
    struct smp_os_thread_times after;
    struct smp_ledger *ledger = &c->profile->ledger;
    int status = smp_os_thread_block(i->pid, t->tid, &block);
    enum smp_os_wait wait = status ? SMP_OS_OTHER : smp_os_classify(&block);
    if (!status && wait == SMP_OS_RUNS)
        return SMP_EAGAIN;
    *kind = kind_of(i, &block, wait);
    *stack = 0;
    t->in_loop = 0;
    if (!status)
        status = smp_remote_stack(c, i, t, stack);
    if (!status && wait == SMP_OS_IO)
        t->in_loop = !smp_awaits_read(c, i, t, &block, *stack, *kind);
    if (smp_image_thread_times(c, i, t, &after) || after.run_ns != run_ns) {
        ledger->waits_torn++;
        if (t->in_loop)
            smp_loop_torn(i, 1);
        return SMP_EAGAIN;
    }
    if (status == SMP_ENOENT) {
        *stack = 0; /* no Python state: a native thread */
        return 0;
    }
    if (status) {
        /* Not to be read: the last place it was seen in has to do. */
        ledger->waits_unreadable += status == SMP_EACCES;
        ledger->waits_torn += status != SMP_EACCES;
        t->refused = status == SMP_EACCES;
        *stack = t->last_stack == SMP_NONE ? 0 : t->last_stack;
        return 0;
    }
    if (t->in_loop)
        smp_loop_torn(i, 0);
    ledger->waits_read++;
    c->profile->threads[t->thread].python = 1;
    t->framed |= *stack > 0;
    return 0;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* What the thread has waited until `now` and was not charged yet. The system's
 * totals of a running thread lag by up to a tick, so this shrinks again as
 * they catch up; of a blocked one they are exact. */
static uint64_t pending(const struct smp_watched *t, uint64_t now)
{
    uint64_t active = minus(t->run_ns, t->run0_ns) +
                      minus(t->queue_ns, t->queue0_ns) + t->waited_ns;
    return minus(minus(now, t->start_ns), active);
}

static void charge_wait(struct smp_collector *c, struct smp_watched *t,
                        uint64_t now, uint32_t stack, enum smp_kind kind,
                        uint32_t count)
{
    uint64_t ns = pending(t, now);
    t->waited_ns += ns;
    if (t->in_loop)
        smp_awaits_charge(c, t, now, ns, count);
    else
        charge(c, t, now, ns, stack, kind, count);
}

static void charge_queue(struct smp_collector *c, struct smp_watched *t,
                         uint64_t now, uint32_t stack)
{
    uint64_t ns = minus(minus(t->queue_ns, t->queue0_ns), t->queued_ns);
    t->queued_ns += ns;
    charge(c, t, now, ns, stack, SMP_KIND_WAIT_CPU, 0);
}

/* A thread queues where it woke up, or where it was seen to run. Where neither
 * was seen since the last look, its queue waits for the next place: the last
 * sample may be of long ago. */
static void place_queue(struct smp_collector *c, struct smp_watched *t,
                        uint64_t now)
{
    if (t->wait_stack != SMP_NONE)
        charge_queue(c, t, now, t->wait_stack);
    else if (t->samples != t->samples_looked)
        charge_queue(c, t, now, t->last_stack);
    t->samples_looked = t->samples;
}

/* It waits in the same place, with so many tasks that not all were read: another
 * part of them. */
static void read_others(struct smp_collector *c, struct smp_image *i,
                        struct smp_watched *t, uint64_t run_ns)
{
    struct smp_os_block block;
    struct smp_os_thread_times after;
    if (smp_os_thread_block(i->pid, t->tid, &block) ||
        smp_os_classify(&block) != SMP_OS_IO)
        return;
    t->in_loop = !smp_awaits_read(c, i, t, &block, t->wait_stack,
                                  (enum smp_kind)t->wait_kind);
    if (smp_image_thread_times(c, i, t, &after) || after.run_ns != run_ns) {
        c->profile->ledger.waits_torn++;
        t->in_loop = 0;
        t->wait_stack = SMP_NONE;
    }
}

/* The thread ran since the last look: where does it wait now, if it does? */
static void look_anew(struct smp_collector *c, struct smp_image *i,
                      struct smp_watched *t, struct smp_os_thread_times *times)
{
    uint32_t stack;
    enum smp_kind kind;
    for (int n = 0; n < READS_TRIED; n++) {
        uint64_t run_ns = times->run_ns;
        uint64_t now = smp_os_now();
        if (!read_blocked(c, i, t, run_ns, &stack, &kind)) {
            t->wait_stack = stack;
            t->wait_kind = (uint8_t)kind;
            charge_wait(c, t, now, stack, kind, 1);
            charge_queue(c, t, now, stack);
            return;
        }
        if (smp_image_thread_times(c, i, t, times) || times->run_ns == run_ns)
            return;
        t->run_ns = times->run_ns;
        t->queue_ns = times->queue_ns;
    }
}

/* It has ended: its record, or the process's end, says so. Where none comes (it
 * was not made by pthread_create, or the ring was full) it ends here. */
static void note_gone(struct smp_collector *c, struct smp_image *i,
                      struct smp_watched *t)
{
    uint64_t now = smp_os_now();
    if (!t->gone_ns)
        t->gone_ns = now;
    else if (t->tid != i->pid && now - t->gone_ns > GONE_NS)
        smp_image_end_thread(c, i, t, t->gone_ns,
                             t->run_ns > t->cpu_ns ? t->run_ns : t->cpu_ns);
}

static void note_lock(struct smp_watched *t, uint64_t now)
{
    if (t->wait_stack == SMP_NONE || t->wait_kind != SMP_KIND_WAIT_LOCK)
        return;
    t->lock_stack = t->wait_stack;
    t->lock_ns = now;
}

static void look(struct smp_collector *c, struct smp_image *i,
                 struct smp_watched *t)
{
    struct smp_os_thread_times times;
    if (smp_image_thread_times(c, i, t, &times)) {
        note_gone(c, i, t);
        return;
    }
    t->gone_ns = 0;
    uint64_t now = smp_os_now();
    int ran = times.run_ns != t->run_ns;
    t->run_ns = times.run_ns;
    t->queue_ns = times.queue_ns;
    place_queue(c, t, now);
    note_lock(t, now);
    if (!ran && t->wait_stack != SMP_NONE) {
        charge_wait(c, t, now, t->wait_stack, (enum smp_kind)t->wait_kind, 1);
        if (t->in_loop && smp_awaits_is_thinned(t->awaits))
            read_others(c, i, t, times.run_ns);
        return;
    }
    t->wait_stack = SMP_NONE;
    t->in_loop = 0;
    if (!ran || pending(t, now) >= BUSY_WAIT_NS)
        look_anew(c, i, t, &times);
}

/* No look can follow: what is left belongs to where it was last. */
void smp_wait_finish(struct smp_collector *c, struct smp_watched *t,
                     uint64_t now, uint64_t cpu_ns)
{
    if (c->options->cpu_only)
        return;
    if (cpu_ns > t->run_ns)
        t->run_ns = cpu_ns;
    int waits = t->wait_stack != SMP_NONE;
    t->in_loop = t->in_loop && waits;
    uint32_t stack = waits ? t->wait_stack : t->last_stack;
    charge_queue(c, t, now, stack);
    charge_wait(c, t, now, stack,
                waits ? (enum smp_kind)t->wait_kind : SMP_KIND_WAIT_OTHER, 0);
}

void smp_wait_skip(struct smp_collector *c, struct smp_watched *t, uint64_t now)
{
    (void)c;
    t->waited_ns += pending(t, now);
    t->queued_ns = minus(t->queue_ns, t->queue0_ns);
    t->wait_stack = SMP_NONE;
    t->samples_looked = t->samples;
}

static void list_threads(struct smp_collector *c, struct smp_image *i,
                         uint64_t now)
{
    if (i->tasks_read_ns && now - i->tasks_read_ns < LIST_EVERY_NS)
        return;
    i->tasks_read_ns = now;
    smp_image_list_threads(c, i, now);
}

/* How long after a scan that took cost_ns of CPU time the next one is. */
static uint64_t space_scans(struct smp_collector *c, uint64_t now,
                            uint64_t cost_ns)
{
    int64_t purse = SCAN_PURSE_NS;
    if (c->scanned_ns)
        purse =
            c->scan_purse_ns + (int64_t)((now - c->scanned_ns) / SCAN_SHARE);
    purse = (purse < SCAN_PURSE_NS ? purse : SCAN_PURSE_NS) - (int64_t)cost_ns;
    c->scan_purse_ns = purse;
    c->scanned_ns = now;
    uint64_t every = purse < 0 ? (uint64_t)-purse * SCAN_SHARE : 0;
    return every > SCAN_EVERY_NS ? every : SCAN_EVERY_NS;
}

void smp_wait_scan(struct smp_collector *c, uint64_t now)
{
    if (c->options->cpu_only || now < c->next_scan_ns)
        return;
    uint64_t before = smp_os_thread_cpu();
    c->scan_excused_ns = 0;
    for (size_t n = 0; n < c->image_count; n++) {
        struct smp_image *i = c->images[n];
        if (i->ended || !i->ring || i->exec || i->off)
            continue;
        list_threads(c, i, now);
        for (size_t t = 0; t < i->thread_count; t++) {
            if (!i->threads[t].ended)
                look(c, i, &i->threads[t]);
            if (t % LOOKS_AT_A_TIME == LOOKS_AT_A_TIME - 1)
                smp_drain(c, i, 0);
        }
    }
    uint64_t cost_ns = minus(smp_os_thread_cpu() - before, c->scan_excused_ns);
    c->next_scan_ns = now + space_scans(c, now, cost_ns);
}
