/* Threads of an image: found by number, charged to the end, and counted in
 * groups where a program makes them by the thousand. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "collector/tasks.h"

/* So many threads of a process may end before later ones are no longer told
 * apart: a server with a thread for each request would else fill the profile. */
#define THREADS_APART 2048
/* A thread goes on a little after it has said that it ends: it clears what is its
 * own. */
#define LAST_WORDS_NS UINT64_C(1000000000)
#define GROUPS_MAX 64 /* of one image; then threads join the last */

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

/* ---- groups */

/* What the names of such threads have in common: "Thread-# (work)". */
uint32_t smp_thread_pattern(struct smp_collector *c, uint32_t name)
{
    const char *text = smp_profile_text(c->profile, name);
    char pattern[128];
    size_t n = 0;
    for (; *text && n + 1 < sizeof pattern; text++) {
        int digit = *text >= '0' && *text <= '9';
        if (!digit || !n || pattern[n - 1] != '#')
            pattern[n++] = digit ? '#' : *text;
    }
    return smp_profile_string_n(c->profile, pattern, n);
}

static struct smp_thread_group *add_group(struct smp_collector *c,
                                          struct smp_image *i, uint32_t name,
                                          const struct smp_thread *first)
{
    struct smp_thread in_profile = *first;
    void *groups = realloc(i->groups, (i->group_count + 1) * sizeof *i->groups);
    if (!groups)
        return NULL;
    i->groups = groups;
    in_profile.name = name;
    in_profile.tid = 0;
    uint32_t thread = smp_profile_thread(c->profile, in_profile);
    if (thread == SMP_NONE)
        return NULL;
    i->groups[i->group_count] = (struct smp_thread_group){name, thread};
    return &i->groups[i->group_count++];
}

/* The place in the profile of threads with such a name. */
static uint32_t place_in_group(struct smp_collector *c, struct smp_image *i,
                               const struct smp_thread *t)
{
    uint32_t name = smp_thread_pattern(c, t->name);
    struct smp_thread_group *g = NULL;
    for (size_t n = 0; n < i->group_count && !g; n++)
        if (i->groups[n].name == name)
            g = &i->groups[n];
    if (!g && i->group_count == GROUPS_MAX)
        g = &i->groups[GROUPS_MAX - 1];
    if (!g)
        g = add_group(c, i, name, t);
    if (!g)
        return SMP_NONE;
    c->profile->threads[g->thread].members++;
    return g->thread;
}

static void leave_group(struct smp_collector *c, uint32_t thread)
{
    struct smp_thread *group = &c->profile->threads[thread];
    if (group->members)
        group->members--;
}

/* ---- beginning and end */

/* An unused entry's index, at the end or of a thread that has ended; SMP_NONE. */
static uint32_t free_entry(struct smp_image *i)
{
    if (i->free_thread) {
        uint32_t n = i->free_thread - 1;
        i->free_thread = i->threads[n].next_free;
        return n;
    }
    if (i->thread_count == i->thread_capacity) {
        size_t capacity = i->thread_capacity ? i->thread_capacity * 2 : 4;
        void *threads = realloc(i->threads, capacity * sizeof *i->threads);
        if (!threads)
            return SMP_NONE;
        i->threads = threads;
        i->thread_capacity = capacity;
    }
    i->threads[i->thread_count] =
        (struct smp_watched){.ended = 1, .schedstat = -1};
    return (uint32_t)i->thread_count++;
}

static void give_entry(struct smp_image *i, uint32_t n)
{
    i->threads[n].ended = 1;
    i->threads[n].next_free = i->free_thread;
    i->free_thread = n + 1;
}

int smp_image_thread_times(struct smp_collector *c, struct smp_image *i,
                           struct smp_watched *t,
                           struct smp_os_thread_times *out)
{
    int was_kept = t->schedstat >= 0;
    int keep = was_kept || c->kept < c->kept_most;
    int status = smp_os_thread_times(i->pid, t->tid, &t->schedstat, keep, out);
    c->kept += (size_t)(t->schedstat >= 0);
    c->kept -= (size_t)was_kept;
    return status;
}

static void drop_descriptor(struct smp_collector *c, struct smp_watched *t)
{
    if (t->schedstat < 0)
        return;
    close(t->schedstat);
    t->schedstat = -1;
    c->kept--;
}

/* CPU time before the recording began is start-up. */
static void begin_main(struct smp_collector *c, struct smp_image *i,
                       struct smp_watched *t)
{
    struct smp_os_thread_times times;
    int forked = i->hello.kind == SMP_HELLO_FORK;
    t->cpu_ns = forked ? 0 : i->hello.cpu_ns;
    if (!smp_image_thread_times(c, i, t, &times)) {
        t->run_ns = t->run0_ns = times.run_ns;
        t->queue_ns = t->queue0_ns = times.queue_ns;
        if (!forked)
            t->cpu_ns = times.run_ns;
    }
    t->base_ns = t->cpu_ns;
}

/* What a thread did before its process joined is not the session's: of those that
 * are listed then. */
static void begin_late(struct smp_collector *c, struct smp_image *i,
                       struct smp_watched *t)
{
    struct smp_os_thread_times times;
    if (t->start_ns != i->hello.time_ns ||
        smp_image_thread_times(c, i, t, &times))
        return;
    t->run_ns = t->run0_ns = times.run_ns;
    t->queue_ns = t->queue0_ns = times.queue_ns;
    t->cpu_ns = t->base_ns = times.run_ns;
}

static struct smp_watched *new_thread(struct smp_collector *c,
                                      struct smp_image *i, int32_t tid,
                                      uint64_t start_ns, uint32_t name)
{
    uint32_t entry = free_entry(i);
    if (entry == SMP_NONE)
        return NULL;
    struct smp_thread in_profile = {
        .process = i->process,
        .tid = tid,
        .name = name == SMP_NONE ? first_name(c, i, tid) : name,
        .main = tid == i->pid,
        .python = name != SMP_NONE,
        .start_s = smp_collector_time(c, start_ns),
    };
    int grouped = i->threads_ended >= THREADS_APART && !in_profile.main;
    uint32_t thread = grouped ? place_in_group(c, i, &in_profile)
                              : smp_profile_thread(c->profile, in_profile);
    if (thread == SMP_NONE ||
        smp_map_put(&i->thread_index, tid_hash(tid), entry)) {
        give_entry(i, entry);
        return NULL;
    }
    struct smp_watched *t = &i->threads[entry];
    *t = (struct smp_watched){.tid = tid,
                              .thread = thread,
                              .named = name != SMP_NONE,
                              .grouped = (uint8_t)grouped,
                              .schedstat = -1,
                              .start_ns = start_ns,
                              .last_stack = SMP_NONE,
                              .wait_stack = SMP_NONE};
    if (tid == i->pid)
        begin_main(c, i, t);
    else if (i->hello.kind == SMP_HELLO_JOIN)
        begin_late(c, i, t);
    t->off_cpu_ns = t->cpu_ns;
    return t;
}

struct smp_watched *smp_image_thread(struct smp_collector *c,
                                     struct smp_image *i, int32_t tid,
                                     uint64_t start_ns)
{
    struct smp_watched *t = smp_image_find_thread(i, tid);
    return t ? t : new_thread(c, i, tid, start_ns, SMP_NONE);
}

void smp_image_list_threads(struct smp_collector *c, struct smp_image *i,
                            uint64_t at_ns)
{
    char path[64];
    struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/task", i->pid);
    DIR *d = opendir(path);
    while (d && (entry = readdir(d))) {
        int32_t tid = (int32_t)atoi(entry->d_name);
        if (tid > 0)
            smp_image_thread(c, i, tid, at_ns);
    }
    if (d)
        closedir(d);
}

struct smp_watched *smp_image_start_thread(struct smp_collector *c,
                                           struct smp_image *i, int32_t tid,
                                           uint64_t start_ns, uint32_t name)
{
    struct smp_watched *t = smp_image_find_thread(i, tid);
    if (!t)
        return new_thread(c, i, tid, start_ns, name);
    if (name == SMP_NONE || t->named)
        return t;
    /* We had listed it before its record came. */
    struct smp_thread in_profile = c->profile->threads[t->thread];
    in_profile.name = name;
    in_profile.python = 1;
    t->named = 1;
    if (!t->grouped) {
        c->profile->threads[t->thread] = in_profile;
        return t;
    }
    /* What was charged before stays where it is. */
    uint32_t thread = place_in_group(c, i, &in_profile);
    if (thread != SMP_NONE) {
        leave_group(c, t->thread);
        t->thread = thread;
    }
    return t;
}

uint32_t smp_image_thread_place(struct smp_collector *c, struct smp_image *i,
                                int32_t tid, uint64_t at_ns)
{
    struct smp_watched *t = smp_image_find_thread(i, tid);
    uint32_t known = i->gone_count < SMP_ENDED ? i->gone_count : SMP_ENDED;
    for (uint32_t n = 0; !t && n < known; n++) {
        const struct smp_ended *e =
            &i->gone[(i->gone_count - 1 - n) % SMP_ENDED];
        if (e->tid == tid && at_ns < e->ended_ns + LAST_WORDS_NS)
            return e->thread;
    }
    if (!t)
        t = smp_image_thread(c, i, tid, at_ns);
    return t ? t->thread : SMP_NONE;
}

/* What it used since its last sample. A thread of d ns, shorter than a tick, was
 * sampled with the chance d / tick: so where it was, it stands for a whole tick
 * (the estimate of Horvitz and Thompson). The sums are put right at the end, see
 * finish.c. */
static void charge_rest(struct smp_collector *c, struct smp_image *i,
                        struct smp_watched *t, uint64_t now, uint64_t cpu_ns)
{
    uint64_t until = cpu_ns, tick = t->base_ns + smp_os_tick();
    if (t->tid != i->pid && until < tick)
        until = tick;
    if (t->samples && until > t->cpu_ns)
        smp_charge_cpu(c, t, now, until - t->cpu_ns, t->last_stack,
                       (enum smp_kind)t->last_kind, 0, 0);
}

void smp_image_end_thread(struct smp_collector *c, struct smp_image *i,
                          struct smp_watched *t, uint64_t now, uint64_t cpu_ns)
{
    if (t->ended)
        return;
    if (i->off)
        smp_switch_thread_on(c, t, now, cpu_ns);
    smp_wait_finish(c, t, now, cpu_ns);
    charge_rest(c, i, t, now, cpu_ns);
    struct smp_thread *in_profile = &c->profile->threads[t->thread];
    double end_s = smp_collector_time(c, now);
    if (end_s > in_profile->end_s)
        in_profile->end_s = end_s;
    if (cpu_ns > t->base_ns)
        in_profile->cpu_s += (double)(cpu_ns - t->base_ns) * 1e-9;
    drop_descriptor(c, t);
    smp_awaits_free(t->awaits);
    t->awaits = NULL;
    t->in_loop = 0;
    smp_map_remove(&i->thread_index, tid_hash(t->tid),
                   (uint32_t)(t - i->threads));
    i->threads_ended++;
    i->gone[i->gone_count++ % SMP_ENDED] =
        (struct smp_ended){t->tid, t->thread, now};
    give_entry(i, (uint32_t)(t - i->threads));
}

/* A thread's CPU total: from the system while it can still be asked. */
static uint64_t last_cpu(struct smp_collector *c, struct smp_image *i,
                         struct smp_watched *t)
{
    struct smp_os_thread_times times;
    uint64_t run_ns = t->run_ns;
    /* What it uses after its exec is another program's. */
    if (i->exec)
        return t->tid == i->pid && i->exit_main_cpu_ns > t->cpu_ns
                   ? i->exit_main_cpu_ns
                   : t->cpu_ns;
    if (!smp_image_thread_times(c, i, t, &times)) {
        run_ns = times.run_ns;
        t->queue_ns = times.queue_ns;
    }
    if (t->tid == i->pid && i->exit_main_cpu_ns)
        return i->exit_main_cpu_ns;
    return run_ns > t->cpu_ns ? run_ns : t->cpu_ns;
}

void smp_image_end_threads(struct smp_collector *c, struct smp_image *i,
                           uint64_t now)
{
    for (size_t n = 0; n < i->thread_count; n++)
        if (!i->threads[n].ended)
            smp_image_end_thread(c, i, &i->threads[n], now,
                                 last_cpu(c, i, &i->threads[n]));
}

void smp_image_free_threads(struct smp_image *i)
{
    for (size_t n = 0; n < i->thread_count; n++) {
        smp_awaits_free(i->threads[n].awaits);
        if (i->threads[n].schedstat >= 0)
            close(i->threads[n].schedstat);
    }
    free(i->threads);
    free(i->groups);
    i->threads = NULL;
    i->groups = NULL;
    i->thread_count = i->thread_capacity = i->group_count = 0;
    i->free_thread = 0;
    smp_map_release(&i->thread_index);
}
