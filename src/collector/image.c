/* Images: one program from its start to its end, and its threads. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/status.h"
#include "collector/state.h"

double smp_collector_time(const struct smp_collector *c, uint64_t ns)
{
    return ns > c->start_ns ? (double)(ns - c->start_ns) * 1e-9 : 0.0;
}

struct smp_image *smp_image_find(struct smp_collector *c, int32_t pid)
{
    for (size_t n = c->image_count; n-- > 0;)
        if (c->images[n]->pid == pid)
            return c->images[n];
    return NULL;
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
    for (size_t n = 0; n < i->thread_count; n++)
        if (i->threads[n].schedstat >= 0)
            close(i->threads[n].schedstat);
    free(i->codes);
    free(i->parts);
    free(i->threads);
    smp_map_release(&i->thread_index);
    smp_space_free(i->space);
    free(i);
}

/* What a forked child knows of its parent's codes and mappings. */
static void inherit(struct smp_image *child, struct smp_image *parent)
{
    child->origin = parent;
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
        .startup_s = (double)i->hello.cpu_ns * 1e-9,
    };
    i->process = smp_profile_process(c->profile, p);
    if (i->hello.kind == SMP_HELLO_REFUSED && i->process != SMP_NONE)
        smp_image_give_up(c, i,
                          refusal_text(i->hello.reason, v, text, sizeof text));
}

static int add_image(struct smp_collector *c, struct smp_image *i)
{
    if (c->image_count == c->image_capacity) {
        size_t capacity = c->image_capacity ? c->image_capacity * 2 : 16;
        void *images = realloc(c->images, capacity * sizeof *c->images);
        if (!images)
            return SMP_ENOMEM;
        c->images = images;
        c->image_capacity = capacity;
    }
    c->images[c->image_count++] = i;
    c->live++;
    return 0;
}

/* The same process had another program before, or its number was used again. */
static void end_former(struct smp_collector *c, const struct smp_hello *hello)
{
    struct smp_image *former = smp_image_find(c, hello->pid);
    if (!former || former->ended)
        return;
    if (hello->kind == SMP_HELLO_REFUSED && former->ring) {
        /* A running recorder has given itself up after its check. */
        former->exec = 0;
    }
    smp_image_end(c, former, 0);
}

struct smp_image *smp_image_new(struct smp_collector *c,
                                const struct smp_hello *hello)
{
    if (!c->start_ns && hello->kind != SMP_HELLO_REFUSED)
        c->start_ns = hello->time_ns;
    end_former(c, hello);
    struct smp_image *former = smp_image_find(c, hello->pid);
    struct smp_image *i = calloc(1, sizeof *i);
    if (!i)
        return NULL;
    i->pid = hello->pid;
    i->hello = *hello;
    i->pidfd = (int)syscall(SYS_pidfd_open, i->pid, 0);
    /* A process that was recorded under its former program: its start-up is
     * what came on top. */
    if (former && former->exec && i->hello.cpu_ns > former->exit_cpu_ns)
        i->hello.cpu_ns -= former->exit_cpu_ns;
    struct smp_image *parent = smp_image_find(c, hello->parent);
    if (hello->kind == SMP_HELLO_FORK) {
        i->hello.cpu_ns = 0;
        if (parent) {
            smp_drain(c, parent, parent->ended);
            inherit(i, parent);
            memcpy(i->cwd, parent->cwd, sizeof i->cwd);
        }
    } else if (c->modules && hello->kind == SMP_HELLO_START) {
        i->space = smp_space_new(c->modules);
    }
    add_process(c, i);
    if (i->process == SMP_NONE || add_image(c, i)) {
        smp_image_free(i);
        return NULL;
    }
    if (hello->kind == SMP_HELLO_REFUSED)
        return i;
    find_gil(i);
    smp_image_thread(c, i, i->pid, hello->time_ns);
    return i;
}

static int tid_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_image *i = context;
    return i->threads[value].tid == *(const int32_t *)key;
}

static uint64_t tid_hash(int32_t tid)
{
    return smp_hash_bytes(&tid, sizeof tid);
}

struct smp_watched *smp_image_find_thread(struct smp_image *i, int32_t tid)
{
    uint32_t n =
        smp_map_find(&i->thread_index, tid_hash(tid), &tid, tid_equal, i);
    return n == SMP_MAP_NONE ? NULL : &i->threads[n];
}

/* The kernel's name for a thread; "MainThread" as Python calls its own. */
static uint32_t first_name(struct smp_collector *c, const struct smp_image *i,
                           int32_t tid)
{
    char path[64], name[64];
    if (tid == i->pid)
        return smp_profile_string(c->profile, "MainThread");
    snprintf(path, sizeof path, "task/%d/comm", tid);
    ssize_t n = smp_os_proc_text(i->pid, path, name, sizeof name);
    while (n > 0 && name[n - 1] == '\n')
        name[--n] = '\0';
    return smp_profile_string(c->profile, n > 0 ? name : "");
}

struct smp_watched *smp_image_thread(struct smp_collector *c,
                                     struct smp_image *i, int32_t tid,
                                     uint64_t start_ns)
{
    struct smp_watched *t = smp_image_find_thread(i, tid);
    if (t)
        return t;
    if (i->thread_count == i->thread_capacity) {
        size_t capacity = i->thread_capacity ? i->thread_capacity * 2 : 4;
        void *threads = realloc(i->threads, capacity * sizeof *i->threads);
        if (!threads)
            return NULL;
        i->threads = threads;
        i->thread_capacity = capacity;
    }
    struct smp_thread in_profile = {
        .process = i->process,
        .tid = tid,
        .name = first_name(c, i, tid),
        .main = tid == i->pid,
        .start_s = smp_collector_time(c, start_ns),
    };
    uint32_t index = smp_profile_thread(c->profile, in_profile);
    if (index == SMP_NONE ||
        smp_map_put(&i->thread_index, tid_hash(tid), (uint32_t)i->thread_count))
        return NULL;
    t = &i->threads[i->thread_count++];
    *t = (struct smp_watched){.tid = tid,
                              .thread = index,
                              .schedstat = -1,
                              .start_ns = start_ns,
                              .last_stack = SMP_NONE,
                              .wait_stack = SMP_NONE};
    /* CPU time before the recording began is start-up. */
    if (tid == i->pid) {
        struct smp_os_thread_times times;
        t->cpu_ns = i->hello.kind == SMP_HELLO_FORK ? 0 : i->hello.cpu_ns;
        if (!smp_os_thread_times(i->pid, tid, &t->schedstat,
                                 !c->low_on_descriptors, &times)) {
            t->run_ns = t->run0_ns = times.run_ns;
            t->queue_ns = t->queue0_ns = times.queue_ns;
            if (i->hello.kind != SMP_HELLO_FORK)
                t->cpu_ns = times.run_ns;
        }
    }
    return t;
}

void smp_image_end_thread(struct smp_collector *c, struct smp_image *i,
                          struct smp_watched *t, uint64_t now, uint64_t cpu_ns)
{
    if (t->ended)
        return;
    struct smp_thread *in_profile = &c->profile->threads[t->thread];
    smp_wait_finish(c, t, now, cpu_ns);
    /* What it used since its last sample. */
    if (cpu_ns > t->cpu_ns && t->samples) {
        smp_charge_cpu(c, t, now, cpu_ns - t->cpu_ns, t->last_stack,
                       (enum smp_kind)t->last_kind, 0, 0);
        t->cpu_ns = cpu_ns;
    }
    in_profile->end_s = smp_collector_time(c, now);
    uint64_t base = t->tid == i->pid ? i->hello.cpu_ns : 0;
    in_profile->cpu_s = cpu_ns > base ? (double)(cpu_ns - base) * 1e-9 : 0;
    if (t->schedstat >= 0)
        close(t->schedstat);
    t->schedstat = -1;
    t->ended = 1;
    smp_map_remove(&i->thread_index, tid_hash(t->tid),
                   (uint32_t)(t - i->threads));
}

/* A thread's CPU total: from the system while it can still be asked. */
static uint64_t last_cpu(struct smp_image *i, struct smp_watched *t)
{
    struct smp_os_thread_times times;
    uint64_t run_ns = t->run_ns;
    if (!smp_os_thread_times(i->pid, t->tid, &t->schedstat, 0, &times)) {
        run_ns = times.run_ns;
        t->queue_ns = times.queue_ns;
    }
    if (t->tid == i->pid && i->exit_main_cpu_ns)
        return i->exit_main_cpu_ns;
    return run_ns > t->cpu_ns ? run_ns : t->cpu_ns;
}

static void end_threads(struct smp_collector *c, struct smp_image *i,
                        uint64_t now)
{
    for (size_t n = 0; n < i->thread_count; n++)
        if (!i->threads[n].ended)
            smp_image_end_thread(c, i, &i->threads[n], now,
                                 last_cpu(i, &i->threads[n]));
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
    /* The system counts in ticks of 10 ms; the process's own clock is exact. */
    if (known > 0 && (all <= 0 || known >= all)) {
        double share = all > 0 ? p->cpu_user_s / all : 1.0;
        p->cpu_user_s = known * share;
        p->cpu_system_s = known - p->cpu_user_s;
    }
}

static void add_counts(struct smp_collector *c, const struct smp_image *i)
{
    struct smp_ledger *l = &c->profile->ledger;
    const struct smp_ring_counts *n = &i->ring->counts;
    l->records_damaged += i->damaged;
    if (!smp_ring_is_valid(i->ring, i->ring_mapped))
        return; /* the program wrote over it */
    l->samples_taken += atomic_load(&n->samples);
    l->samples_overrun += atomic_load(&n->overruns);
    l->samples_lost += atomic_load(&n->lost_samples);
    l->samples_unreadable += atomic_load(&n->unreadable);
    l->samples_truncated += atomic_load(&n->truncated);
    l->threads_unsampled += atomic_load(&n->untimed);
    c->sum.handler_ns += atomic_load(&n->handler_ns);
}

void smp_image_end(struct smp_collector *c, struct smp_image *i,
                   int32_t exit_status)
{
    if (i->ended)
        return;
    uint64_t now = smp_os_now();
    if (i->ring)
        smp_drain(c, i, 1);
    if (i->end_ns && i->end_ns <= now)
        now = i->end_ns;
    if (i->ring)
        end_threads(c, i, now);
    close_process(c, i, now, exit_status);
    if (i->ring) {
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
    i->ended = 1;
    c->live--;
}
