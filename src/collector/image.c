/* Images: one program from its start to its end. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "collector/state.h"

double smp_collector_time(const struct smp_collector *c, uint64_t ns)
{
    return ns > c->start_ns ? (double)(ns - c->start_ns) * 1e-9 : 0.0;
}

void smp_image_free(struct smp_image *i)
{
    if (!i)
        return;
    if (i->ring)
        munmap(i->ring, i->ring_mapped);
    if (i->pidfd >= 0)
        close(i->pidfd);
    for (size_t n = 0; n < i->part_count; n++)
        free(i->parts[n].table);
    smp_image_free_threads(i);
    free(i->tasks);
    smp_heap_release(&i->heap);
    free(i->codes);
    free(i->parts);
    smp_space_free(i->space);
    free(i->region_frames);
    free(i);
}

/* What a forked child knows of its parent's codes and mappings. */
static void inherit(struct smp_image *child, struct smp_image *parent)
{
    child->origin = parent;
    parent->heirs++;
    child->faults = parent->faults;
    if (parent->space)
        child->space = smp_space_copy(parent->space);
}

static void find_gil(struct smp_image *i)
{
    const struct smp_layout *l = &i->hello.layout;
    uint64_t gil = i->hello.runtime + l->runtime_gil;
    if (l->interp_gil &&
        smp_os_read_memory(i->pid, i->hello.interpreter + l->interp_gil, &gil,
                           sizeof gil))
        return;
    i->gil = gil;
    i->gil_end = gil + l->gil_bytes;
}

static const char *refusal_text(uint32_t reason, uint32_t version, char *to,
                                size_t size)
{
    unsigned major = version >> 24, minor = version >> 16 & 0xff;
    if (reason == SMP_REFUSAL_VERSION && version)
        snprintf(to, size,
                 "CPython %u.%u is not known to this version of the profiler",
                 major, minor);
    else if (reason == SMP_REFUSAL_VERSION)
        snprintf(to, size, "CPython before 3.11 is not supported");
    else if (reason == SMP_REFUSAL_CHECK)
        snprintf(to, size,
                 "this build of CPython %u.%u is laid out in an unknown way",
                 major, minor);
    else
        snprintf(to, size, "the interpreter lacks a symbol that is needed");
    return to;
}

void smp_image_give_up(struct smp_collector *c, struct smp_image *i,
                       const char *why)
{
    struct smp_process *p = &c->profile->processes[i->process];
    p->recording = SMP_NOT_RECORDED;
    p->note = smp_profile_string(c->profile, why);
    c->profile->ledger.processes_unrecorded++;
    fprintf(stderr, "solvidia-mem-prof: process %d runs unprofiled: %s\n",
            i->pid, why);
}

static void add_process(struct smp_collector *c, struct smp_image *i)
{
    char text[160] = "";
    uint32_t v = i->hello.python_version;
    struct smp_image *parent = smp_image_find(c, i->hello.parent);
    if (v)
        snprintf(text, sizeof text, "CPython %u.%u.%u", v >> 24, v >> 16 & 0xff,
                 v >> 8 & 0xff);
    struct smp_process p = {
        .pid = i->pid,
        .parent = parent ? parent->process : SMP_NONE,
        .interpreter = smp_profile_string(c->profile, text),
        .start_s = smp_collector_time(c, i->hello.time_ns),
        .exit_status = SMP_EXIT_RUNNING,
        .startup_s = (double)i->startup_ns * 1e-9,
    };
    i->process = smp_profile_process(c->profile, p);
    if (i->hello.kind == SMP_HELLO_REFUSED && i->process != SMP_NONE)
        smp_image_give_up(c, i,
                          refusal_text(i->hello.reason, v, text, sizeof text));
}

/* The same process had another program before, or its number was used again.
 * Returns the image of the former program, NULL where it was another process. */
static struct smp_image *end_former(struct smp_collector *c,
                                    const struct smp_hello *hello)
{
    struct smp_image *former = smp_image_find(c, hello->pid);
    if (!former || former->ended)
        return NULL;
    if (hello->kind == SMP_HELLO_REFUSED && former->ring) {
        /* A running recorder has given itself up after its check. */
        former->exec = 0;
    }
    smp_image_end(c, former, 0);
    return former->exec ? former : NULL;
}

/* What the process used under its former program is not this one's. */
static void succeed(struct smp_image *i, const struct smp_image *former)
{
    if (i->startup_ns > former->exit_cpu_ns)
        i->startup_ns -= former->exit_cpu_ns;
    i->before_user_s = former->total_user_s;
    i->before_system_s = former->total_system_s;
}

/* What the process used before it joined is not the session's. */
static void join_late(struct smp_image *i)
{
    i->startup_ns = 0;
    if (smp_os_process_times(i->pid, &i->before_user_s, &i->before_system_s))
        i->before_user_s = (double)i->hello.cpu_ns * 1e-9;
}

struct smp_image *smp_image_new(struct smp_collector *c,
                                const struct smp_hello *hello)
{
    if (!c->start_ns && hello->kind != SMP_HELLO_REFUSED)
        c->start_ns = hello->time_ns;
    struct smp_image *former = end_former(c, hello);
    struct smp_image *i = calloc(1, sizeof *i);
    if (!i)
        return NULL;
    i->pid = hello->pid;
    i->number = ++c->images_made;
    i->hello = *hello;
    i->pidfd =
        c->live < c->pidfds_most ? (int)syscall(SYS_pidfd_open, i->pid, 0) : -1;
    struct smp_image *parent = smp_image_find(c, hello->parent);
    if (parent) /* a switch of its own, say */
        smp_drain(c, parent, parent->ended);
    i->off_at_start = former                   ? former->off
                      : parent && parent->ring ? parent->off
                                               : (uint8_t)c->off_at_start;
    if (hello->kind == SMP_HELLO_FORK) {
        c->sum.forks_met++;
        if (parent) {
            inherit(i, parent);
            memcpy(i->cwd, parent->cwd, sizeof i->cwd);
        }
    } else {
        i->startup_ns = hello->cpu_ns;
        if (former)
            succeed(i, former);
        if (hello->kind == SMP_HELLO_JOIN)
            join_late(i);
        if (c->modules && hello->kind != SMP_HELLO_REFUSED)
            i->space = smp_space_new(c->modules);
    }
    add_process(c, i);
    if (i->process == SMP_NONE || smp_images_add(c, i)) {
        if (i->origin)
            i->origin->heirs--;
        smp_image_free(i);
        return NULL;
    }
    if (hello->kind == SMP_HELLO_REFUSED)
        return i;
    find_gil(i);
    smp_image_thread(c, i, i->pid, hello->time_ns);
    if (hello->kind == SMP_HELLO_JOIN) /* before there are others */
        smp_image_list_threads(c, i, hello->time_ns);
    return i;
}

/* What its threads were seen to use, the interpreter's start included. */
static double seen_cpu(const struct smp_collector *c, const struct smp_image *i)
{
    const struct smp_profile *p = c->profile;
    double sum = (double)(i->origin ? 0 : i->startup_ns) * 1e-9;
    for (size_t n = 0; n < p->thread_count; n++)
        if (p->threads[n].process == i->process)
            sum += p->threads[n].cpu_s;
    return sum;
}

/* What it used while it was switched off is no part of the profile. */
static void leave_out_off(struct smp_process *p, const struct smp_image *i)
{
    double all = p->cpu_user_s + p->cpu_system_s;
    /* A damaged record may say anything. */
    double total_ns = fmin(1e18, (i->total_user_s + i->total_system_s) * 1e9);
    double off = (double)smp_switch_off_cpu(i, (uint64_t)total_ns) * 1e-9;
    if (off <= 0 || all <= 0)
        return;
    double left = fmax(0, all - off) / all;
    p->cpu_user_s *= left;
    p->cpu_system_s *= left;
}

static void close_process(struct smp_collector *c, struct smp_image *i,
                          uint64_t now, int32_t exit_status)
{
    struct smp_process *p = &c->profile->processes[i->process];
    double user, system;
    p->end_s = smp_collector_time(c, now);
    p->exit_status = exit_status;
    if (!smp_os_process_times(i->pid, &user, &system)) {
        p->cpu_user_s = user;
        p->cpu_system_s = system;
    }
    double all = p->cpu_user_s + p->cpu_system_s;
    double known = (double)i->exit_cpu_ns * 1e-9;
    /* Killed, and its parent was faster to collect it. */
    if (all <= 0 && known <= 0 && i->hello.kind != SMP_HELLO_REFUSED)
        known = seen_cpu(c, i) + i->before_user_s + i->before_system_s;
    /* The system counts in ticks of 10 ms; the process's own clock is exact.
     * After an exec the system counts the next program as well. */
    if (known > 0 && (all <= 0 || known >= all || i->exec || i->left)) {
        double share = all > 0 ? p->cpu_user_s / all : 1.0;
        p->cpu_user_s = known * share;
        p->cpu_system_s = known - p->cpu_user_s;
    }
    i->total_user_s = p->cpu_user_s;
    i->total_system_s = p->cpu_system_s;
    p->cpu_user_s = fmax(0, p->cpu_user_s - i->before_user_s);
    p->cpu_system_s = fmax(0, p->cpu_system_s - i->before_system_s);
    leave_out_off(p, i);
}

struct smp_counted smp_image_counted(const struct smp_image *i)
{
    const struct smp_ring_counts *n = &i->ring->counts;
    return (struct smp_counted){
        .samples = atomic_load(&n->samples),
        .overruns = atomic_load(&n->overruns),
        .lost_samples = atomic_load(&n->lost_samples),
        .unreadable = atomic_load(&n->unreadable),
        .truncated = atomic_load(&n->truncated),
        .untimed = atomic_load(&n->untimed),
        .handler_ns = atomic_load(&n->handler_ns),
        .forks = atomic_load(&n->forks),
        .heap_ns = atomic_load(&n->heap_ns),
        .allocations = atomic_load(&n->allocations),
        .frees = atomic_load(&n->frees),
        .lost = atomic_load(&n->lost_heap) + atomic_load(&n->lost_frees),
        .unread_heap = atomic_load(&n->unread_heap),
        .copies = atomic_load(&n->copies),
        .lost_copies = atomic_load(&n->lost_copies),
    };
}

static void add_intervals(struct smp_ledger *l, const struct smp_ring_counts *n)
{
    double least = (double)atomic_load(&n->interval_least);
    double most = (double)atomic_load(&n->interval_most);
    if (least > 0 &&
        (l->alloc_interval_least <= 0 || least < l->alloc_interval_least))
        l->alloc_interval_least = least;
    l->alloc_interval_most = fmax(l->alloc_interval_most, most);
}

static void add_counts(struct smp_collector *c, const struct smp_image *i)
{
    struct smp_ledger *l = &c->profile->ledger;
    const struct smp_counted *before = &i->counted;
    l->records_damaged += i->damaged;
    if (!smp_ring_is_valid(i->ring, i->ring_mapped))
        return; /* the program wrote over it */
    struct smp_counted n = smp_image_counted(i);
    l->samples_taken += n.samples - before->samples;
    l->samples_overrun += n.overruns - before->overruns;
    l->samples_lost += n.lost_samples - before->lost_samples;
    l->samples_unreadable += n.unreadable - before->unreadable;
    l->samples_truncated += n.truncated - before->truncated;
    l->threads_unsampled += n.untimed - before->untimed;
    c->sum.handler_ns += n.handler_ns - before->handler_ns;
    c->sum.forks += n.forks - before->forks;
    c->sum.heap_ns += n.heap_ns - before->heap_ns;
    l->allocations_sampled += n.allocations - before->allocations;
    l->deallocations_sampled += n.frees - before->frees;
    l->allocations_lost += n.lost - before->lost;
    l->memory_stacks_unreadable += n.unread_heap - before->unread_heap;
    l->copies_sampled += n.copies - before->copies;
    l->copies_lost += n.lost_copies - before->lost_copies;
    add_intervals(l, &i->ring->counts);
}

/* One that goes on: it writes no more from now on, and what it is writing at this
 * moment is no damage. */
#define WRITERS_TRIES 20
static const struct timespec WRITERS_WAIT = {.tv_nsec = 1000000};

static void let_writers_end(struct smp_collector *c, struct smp_image *i)
{
    if (c->copy || !smp_ring_is_valid(i->ring, i->ring_mapped))
        return;
    atomic_store(&i->ring->control, SMP_CONTROL_STOP);
    for (int n = 0; n < WRITERS_TRIES; n++) {
        smp_drain(c, i, 0);
        if (!smp_ring_used(i->ring))
            return;
        nanosleep(&WRITERS_WAIT, NULL);
    }
}

void smp_image_end(struct smp_collector *c, struct smp_image *i,
                   int32_t exit_status)
{
    if (i->ended)
        return;
    uint64_t now = smp_os_now();
    if (i->ring && exit_status == SMP_EXIT_RUNNING)
        let_writers_end(c, i);
    if (i->ring)
        smp_drain(c, i, 1);
    if (i->ring && c->options->memory) {
        smp_footprint_end(c, i);
        smp_heap_end_image(c, i);
    }
    i->ended_ns = now;
    if (i->exec && i->exec_ns <= now)
        now = i->exec_ns;
    else if (i->end_ns && i->end_ns <= now)
        now = i->end_ns;
    if (i->ring)
        smp_said_regions(c, i, now);
    if (i->ring)
        smp_image_end_threads(c, i, now);
    close_process(c, i, now, exit_status);
    if (i->ring) {
        if (!c->copy)
            atomic_store(&i->ring->control, SMP_CONTROL_STOP);
        add_counts(c, i);
        munmap(i->ring, i->ring_mapped);
        i->ring = NULL;
    }
    if (i->pidfd >= 0)
        close(i->pidfd);
    i->pidfd = -1;
    smp_space_free(i->space);
    i->space = NULL;
    smp_image_free_threads(i);
    i->ended = 1;
    c->live--;
    smp_switch_note(c, i->ended_ns);
}
