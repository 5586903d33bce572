/* The fold: keeps the collector and its profile small in a session of days.
 *
 * A service replaces its workers and makes a thread for each request. Where there
 * are very many of them, those that ended first become one row with others of
 * their kind (model/profile_fold.c), and all that holds an index into the profile
 * is told. It is done rarely: from a limit on, in one pass. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/tasks.h"

/* Rows from which on there is a fold, and what has ended that it leaves alone. */
#define PROCESSES_MOST 12288
#define PROCESSES_APART 1024
#define THREADS_MOST 16384
#define THREADS_APART 1024
#define STRINGS_MOST 50000
#define REGIONS_MOST 20000
/* Commands and thread names that are told apart; others become "[other]". */
#define COMMANDS_APART 64
#define KINDS_APART 2048
/* Started before the window began (anew.c): it is not in the profile. */
#define IS_PAST(it) ((it)->start_s < 0)

/* What one fold works with. Owned. */
struct fold {
    struct smp_collector *c;
    uint8_t *process_used, *thread_used; /* 1: it stays a row of its own */
    uint32_t *process, *thread;          /* with which each becomes one */
    uint32_t *kind;                      /* of a row: a pattern of its name */
    uint32_t *kinds;                     /* the first row of each kind */
    size_t kind_count;
};

static void release(struct fold *f)
{
    free(f->process_used);
    free(f->thread_used);
    free(f->process);
    free(f->thread);
    free(f->kind);
    free(f->kinds);
}

static int prepare(struct fold *f, struct smp_collector *c)
{
    size_t processes = c->profile->process_count + 1;
    size_t threads = c->profile->thread_count + 1;
    size_t more = processes > threads ? processes : threads;
    *f = (struct fold){.c = c,
                       .process_used = calloc(processes, 1),
                       .thread_used = calloc(threads, 1),
                       .process = calloc(processes, sizeof *f->process),
                       .thread = calloc(threads, sizeof *f->thread),
                       .kind = calloc(more, sizeof *f->kind),
                       .kinds = calloc(more, sizeof *f->kinds)};
    return f->process_used && f->thread_used && f->process && f->thread &&
           f->kind && f->kinds;
}

/* The processes that live, the first, and threads that live. */
static void mark_used(struct fold *f)
{
    struct smp_collector *c = f->c;
    for (size_t n = 0; n < c->image_count; n++) {
        const struct smp_image *i = c->images[n];
        if (!i->ended || n == 0)
            f->process_used[i->process] = 1;
        for (size_t t = 0; !i->ended && t < i->thread_count; t++)
            if (!i->threads[t].ended && !i->threads[t].grouped)
                f->thread_used[i->threads[t].thread] = 1;
    }
}

/* The row that stands for the kind of row n: an earlier one that is equal, itself
 * where there is none and `most` are not reached, else the first beyond. */
static uint32_t kind_of(struct fold *f, uint32_t n, size_t most,
                        int (*equal)(const struct fold *, uint32_t, uint32_t))
{
    for (size_t k = 0; k < f->kind_count; k++)
        if (equal(f, f->kinds[k], n))
            return f->kinds[k];
    if (f->kind_count < most)
        f->kinds[f->kind_count++] = n;
    return n;
}

/* ---- processes */

static int is_failure(const struct smp_process *it)
{
    return it->exit_status > SMP_EXIT_RUNNING && it->exit_status;
}

static int same_class(const struct smp_process *a, const struct smp_process *b)
{
    return is_failure(a) == is_failure(b) && a->recording == b->recording &&
           IS_PAST(a) == IS_PAST(b);
}

static int same_process(const struct fold *f, uint32_t a, uint32_t b)
{
    const struct smp_process *all = f->c->profile->processes;
    return f->kind[a] == f->kind[b] && same_class(&all[a], &all[b]);
}

/* One that has a command which no kind is left for: with others of this sort. */
static uint32_t other_process(struct fold *f, uint32_t n, uint32_t other)
{
    f->kind[n] = f->c->profile->processes[n].command = other;
    return kind_of(f, n, COMMANDS_APART + 16, same_process);
}

static void choose_process(struct fold *f, uint32_t n, uint32_t other)
{
    struct smp_process *all = f->c->profile->processes;
    f->kind[n] = all[n].command == other
                     ? other
                     : smp_thread_pattern(f->c, all[n].command);
    size_t before = f->kind_count;
    uint32_t with = kind_of(f, n, COMMANDS_APART, same_process);
    if (with == n && before == f->kind_count)
        with = other_process(f, n, other);
    f->process[n] = with;
    if (with != n && all[with].command != all[n].command)
        all[with].command = f->kind[n];
}

static int may_go(const struct fold *f, uint32_t n)
{
    return !f->process_used[n] &&
           f->c->profile->processes[n].exit_status != SMP_EXIT_RUNNING;
}

/* 0: none is to go. */
static void choose_processes(struct fold *f)
{
    struct smp_profile *p = f->c->profile;
    uint32_t other = smp_profile_string(p, SMP_OTHER);
    size_t ended = 0, left;
    for (uint32_t n = 0; n < p->process_count; n++)
        ended += (size_t)may_go(f, n);
    left = ended > PROCESSES_APART && other != SMP_NONE
               ? ended - PROCESSES_APART
               : 0;
    for (uint32_t n = 0; n < p->process_count; n++) {
        f->process[n] = n;
        if (!left || !may_go(f, n))
            continue;
        left--;
        choose_process(f, n, other);
    }
    f->kind_count = 0;
}

/* ---- threads */

static int same_thread(const struct fold *f, uint32_t a, uint32_t b)
{
    const struct smp_thread *x = &f->c->profile->threads[a];
    const struct smp_thread *y = &f->c->profile->threads[b];
    return f->kind[a] == f->kind[b] && x->main == y->main &&
           IS_PAST(x) == IS_PAST(y) &&
           f->process[x->process] == f->process[y->process];
}

/* 1 where its process becomes one with another. */
static int has_moved(const struct fold *f, const uint8_t *shared, uint32_t n)
{
    return shared[f->process[f->c->profile->threads[n].process]];
}

static void choose_thread(struct fold *f, uint32_t n)
{
    struct smp_thread *all = f->c->profile->threads;
    f->kind[n] = smp_thread_pattern(f->c, all[n].name);
    size_t before = f->kind_count;
    uint32_t with = kind_of(f, n, KINDS_APART, same_thread);
    if (with == n && before == f->kind_count) {
        f->kind[n] = all[n].name = smp_profile_string(f->c->profile, SMP_OTHER);
        with = kind_of(f, n, SIZE_MAX, same_thread);
    }
    f->thread[n] = with;
    if (with != n)
        all[with].name = f->kind[n];
}

static void choose_threads(struct fold *f)
{
    const struct smp_profile *p = f->c->profile;
    uint8_t *shared = calloc(p->process_count + 1, 1);
    size_t ended = 0, left;
    for (size_t n = 0; shared && n < p->process_count; n++)
        shared[f->process[n]] |= f->process[n] != n;
    for (uint32_t n = 0; n < p->thread_count; n++)
        ended += !f->thread_used[n] && shared && !has_moved(f, shared, n);
    left = p->thread_count > THREADS_MOST / 2 && ended > THREADS_APART
               ? ended - THREADS_APART
               : 0;
    for (uint32_t n = 0; n < p->thread_count; n++) {
        f->thread[n] = n;
        if (!shared || f->thread_used[n])
            continue;
        int moved = has_moved(f, shared, n);
        if (moved || (left && !p->threads[n].main))
            choose_thread(f, n);
        left -= !moved && left;
    }
    free(shared);
}

/* ---- all that holds an index */

static void move(uint32_t *index, const uint32_t *place, size_t count)
{
    if (*index < count)
        *index = place[*index];
}

static void move_image(struct smp_image *i, const struct smp_folded *f,
                       size_t processes, size_t threads)
{
    move(&i->process, f->process, processes);
    for (size_t n = 0; n < i->thread_count; n++) {
        move(&i->threads[n].thread, f->thread, threads);
        if (i->threads[n].awaits)
            smp_awaits_moved(i->threads[n].awaits, f->task);
    }
    for (size_t n = 0; n < i->group_count; n++)
        move(&i->groups[n].thread, f->thread, threads);
    for (size_t n = 0; n < SMP_ENDED && n < i->gone_count; n++)
        move(&i->gone[n].thread, f->thread, threads);
    for (size_t n = 0; i->tasks && n < SMP_COROUTINES; n++)
        if (i->tasks->coroutines[n].seen_ns)
            i->tasks->coroutines[n].task =
                f->task[i->tasks->coroutines[n].task];
}

static void move_all(struct smp_collector *c, const struct smp_folded *f,
                     size_t processes, size_t threads)
{
    for (size_t n = 0; n < c->image_count; n++)
        move_image(c->images[n], f, processes, threads);
    for (size_t n = 0; n < c->windows.count; n++)
        move(&c->windows.items[n].process, f->process, processes);
    if (c->heaps.count)
        smp_heaps_moved(c, f->thread);
}

/* ---- strings */

static void drop_strings(struct smp_collector *c)
{
    uint8_t *used = smp_profile_strings_used(c->profile);
    for (size_t n = 0; used && n < c->image_count; n++)
        for (size_t g = 0; g < c->images[n]->group_count; g++)
            used[c->images[n]->groups[g].name] = 1;
    if (used)
        smp_profile_drop_strings(c->profile, used);
    free(used);
}

/* ---- the fold */

static size_t next_limit(size_t least, size_t now)
{
    return now + least / 4 > least ? now + least / 4 : least;
}

static void set_limits(struct smp_collector *c)
{
    const struct smp_profile *p = c->profile;
    c->fold.processes = next_limit(PROCESSES_MOST, p->process_count);
    c->fold.threads = next_limit(THREADS_MOST, p->thread_count);
    c->fold.regions = next_limit(REGIONS_MOST, p->region_count);
    c->fold.strings = next_limit(STRINGS_MOST, smp_profile_string_count(p));
}

void smp_fold_now(struct smp_collector *c)
{
    struct smp_profile *p = c->profile;
    struct smp_folded folded = {0};
    size_t processes = p->process_count, threads = p->thread_count;
    struct fold f;
    if (prepare(&f, c)) {
        mark_used(&f);
        choose_processes(&f);
        choose_threads(&f);
        if (!smp_profile_fold(p, f.process, f.thread, &folded))
            move_all(c, &folded, processes, threads);
    }
    smp_folded_release(&folded);
    release(&f);
    drop_strings(c);
    set_limits(c);
}

void smp_fold_step(struct smp_collector *c)
{
    const struct smp_profile *p = c->profile;
    if (!c->fold.processes)
        set_limits(c);
    if (!c->copy && (p->process_count >= c->fold.processes ||
                     p->thread_count >= c->fold.threads ||
                     p->region_count >= c->fold.regions ||
                     smp_profile_string_count(p) >= c->fold.strings))
        smp_fold_now(c);
}

/* ---- names */

static void name(struct smp_profile *p, uint32_t *text, const char *format,
                 uint32_t members)
{
    const char *before = smp_profile_text(p, *text);
    size_t size = strlen(before) + 64;
    char *after = malloc(size);
    if (!after)
        return;
    snprintf(after, size, format, before, (unsigned)members);
    uint32_t string = smp_profile_string(p, after);
    if (string != SMP_NONE)
        *text = string;
    free(after);
}

void smp_fold_name(struct smp_profile *p)
{
    for (size_t n = 0; n < p->process_count; n++)
        if (p->processes[n].members)
            name(p, &p->processes[n].command, "%s (%u processes, ended)",
                 p->processes[n].members);
    for (size_t n = 0; n < p->thread_count; n++)
        if (p->threads[n].members)
            name(p, &p->threads[n].name, "%s, %u threads",
                 p->threads[n].members);
}
