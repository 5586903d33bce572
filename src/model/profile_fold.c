/* The fold: processes and threads that have ended become one row with others of
 * their kind, so that a service which replaces its workers for days has a profile
 * no larger than that of an hour. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/profile.h"
#include "model/profile_index.h"
#include "model/profile_rows.h"

/* ---- places */

/* Where each goes: those that stay move together, in their order. */
static uint32_t *places(const uint32_t *with, size_t count)
{
    uint32_t *place = malloc((count + 1) * sizeof *place), next = 0;
    for (size_t n = 0; place && n < count; n++)
        place[n] = with[n] == n ? next++ : place[with[n]];
    return place;
}

static int same_task(const struct smp_task *a, const struct smp_task *b,
                     const uint32_t *thread)
{
    return a->name == b->name && a->function == b->function &&
           thread[a->thread] == thread[b->thread];
}

/* There are few of them (SMP_TASK_LIMIT). */
static uint32_t *task_places(const struct smp_profile *p,
                             const uint32_t *thread)
{
    uint32_t *with = malloc((p->task_count + 1) * sizeof *with);
    for (uint32_t n = 0; with && n < p->task_count; n++) {
        uint32_t k = 0;
        while (k < n && !same_task(&p->tasks[k], &p->tasks[n], thread))
            k++;
        with[n] = k;
    }
    uint32_t *place = with ? places(with, p->task_count) : NULL;
    free(with);
    return place;
}

void smp_folded_release(struct smp_folded *f)
{
    free(f->process);
    free(f->thread);
    free(f->task);
    *f = (struct smp_folded){0};
}

/* ---- processes and threads */

static uint32_t members_of(uint32_t members)
{
    return members ? members : 1;
}

static void merge_process(struct smp_process *to,
                          const struct smp_process *from)
{
    to->members = members_of(to->members) + members_of(from->members);
    to->pid = 0;
    if (to->parent != from->parent)
        to->parent = SMP_NONE;
    if (to->interpreter != from->interpreter)
        to->interpreter = 0;
    if (to->executable != from->executable)
        to->executable = 0;
    to->start_s = fmin(to->start_s, from->start_s);
    to->end_s = fmax(to->end_s, from->end_s);
    to->cpu_user_s += from->cpu_user_s;
    to->cpu_system_s += from->cpu_system_s;
    to->startup_s += from->startup_s;
    to->start_rss = fmax(to->start_rss, from->start_rss);
    to->peak_rss = fmax(to->peak_rss, from->peak_rss);
    to->peak = fmax(to->peak, from->peak);
}

/* A parent that is one row with others is none: there could be a ring. */
static uint32_t parent_place(const struct smp_profile *p,
                             const uint32_t *process, uint32_t parent)
{
    uint32_t known = parent < p->process_count ? process[parent] : parent;
    return known != parent || parent >= p->process_count ||
                   p->processes[known].members
               ? SMP_NONE
               : parent;
}

static void fold_processes(struct smp_profile *p, const uint32_t *process,
                           const uint32_t *place)
{
    size_t count = p->process_count, kept = 0;
    for (size_t n = 0; n < count; n++)
        if (process[n] != n)
            merge_process(&p->processes[process[n]], &p->processes[n]);
    for (size_t n = 0; n < count; n++)
        p->processes[n].parent =
            parent_place(p, process, p->processes[n].parent);
    for (size_t n = 0; n < count; n++) {
        struct smp_process it = p->processes[n];
        if (process[n] != n)
            continue;
        if (it.parent != SMP_NONE)
            it.parent = place[it.parent];
        p->processes[kept++] = it;
    }
    p->process_count = kept;
}

static void merge_thread(struct smp_thread *to, const struct smp_thread *from)
{
    to->members = members_of(to->members) + members_of(from->members);
    to->tid = 0;
    to->python |= from->python;
    to->start_s = fmin(to->start_s, from->start_s);
    to->end_s = fmax(to->end_s, from->end_s);
    to->cpu_s += from->cpu_s;
}

static void fold_threads(struct smp_profile *p, const uint32_t *thread,
                         const uint32_t *process_place)
{
    size_t kept = 0;
    for (size_t n = 0; n < p->thread_count; n++)
        if (thread[n] != n)
            merge_thread(&p->threads[thread[n]], &p->threads[n]);
    for (size_t n = 0; n < p->thread_count; n++) {
        struct smp_thread it = p->threads[n];
        if (thread[n] != n)
            continue;
        it.process = process_place[it.process];
        p->threads[kept++] = it;
    }
    p->thread_count = kept;
}

/* ---- rows */

/* What a process had at its end was gone then: the row that it becomes a part of
 * ends later. Before processes move. */
static void end_allocations(struct smp_profile *p, const uint32_t *process,
                            uint8_t *shared)
{
    for (size_t n = 0; n < p->process_count; n++)
        shared[process[n]] |= process[n] != n;
    for (size_t n = 0; n < p->allocation_count; n++) {
        struct smp_allocation *a = &p->allocations[n];
        uint32_t of = p->threads[a->thread].process;
        const struct smp_process *it = &p->processes[of];
        if (a->end_bin != SMP_NONE || !shared[process[of]])
            continue;
        double bin = floor(it->end_s / p->memory_bin_s);
        uint32_t end = bin > 0 ? (uint32_t)bin : 0;
        a->end_bin = end > a->bin ? end : a->bin;
    }
}

static void no_bins(void *row, unsigned shift)
{
    (void)row, (void)shift;
}

static void region_key(const void *row, uint32_t k[SMP_ROW_KEY])
{
    const struct smp_region *r = row;
    uint32_t key[SMP_ROW_KEY] = {r->name, r->process, r->thread};
    memcpy(k, key, sizeof key);
}

static double least(double a, double b)
{
    return a > 0 && b > 0 ? fmin(a, b) : fmax(a, b);
}

static void region_merge(void *to_row, const void *from_row)
{
    struct smp_region *to = to_row;
    const struct smp_region *from = from_row;
    to->count += from->count;
    to->nested += from->nested;
    to->open += from->open;
    to->total_s += from->total_s;
    to->least_s = least(to->least_s, from->least_s);
    to->most_s = fmax(to->most_s, from->most_s);
    to->first_s = fmin(to->first_s, from->first_s);
    to->last_s = fmax(to->last_s, from->last_s);
}

static void await_key(const void *row, uint32_t k[SMP_ROW_KEY])
{
    const struct smp_await *a = row;
    uint32_t key[SMP_ROW_KEY] = {a->task, a->stack, a->on};
    memcpy(k, key, sizeof key);
}

static void raise_peak(uint32_t *peak, uint32_t to)
{
    *peak = to > *peak ? to : *peak;
}

static void await_merge(void *to_row, const void *from_row)
{
    struct smp_await *to = to_row;
    const struct smp_await *from = from_row;
    raise_peak(&to->peak, from->peak);
    to->await_s += from->await_s;
    to->wait_s += from->wait_s;
}

static void await_line_key(const void *row, uint32_t k[SMP_ROW_KEY])
{
    const struct smp_await_line *l = row;
    uint32_t key[SMP_ROW_KEY] = {l->thread, l->function, l->line};
    memcpy(k, key, sizeof key);
}

static void await_line_merge(void *to_row, const void *from_row)
{
    struct smp_await_line *to = to_row;
    const struct smp_await_line *from = from_row;
    raise_peak(&to->peak, from->peak);
    to->await_s += from->await_s;
    to->present_s += from->present_s;
}

/* Rows without bins, by a table of this moment. */
#define MERGE_ROWS(p, one, many)                                               \
    do {                                                                       \
        struct smp_map map = {0};                                              \
        const struct smp_rows rows = {.array = (void **)&(p)->many,            \
                                      .count = &(p)->one##_count,              \
                                      .map = &map,                             \
                                      .size = sizeof *(p)->many,               \
                                      .key = one##_key,                        \
                                      .merge = one##_merge,                    \
                                      .widen = no_bins};                       \
        smp_rows_widen(&rows, 0);                                              \
        smp_map_release(&map);                                                 \
    } while (0)

static void merge_task(struct smp_task *to, const struct smp_task *from)
{
    raise_peak(&to->peak, from->peak);
    to->await_s += from->await_s;
    to->wait_s += from->wait_s;
    if (from->cpu_s >= 0)
        to->cpu_s = fmax(0, to->cpu_s) + from->cpu_s;
}

static void fold_tasks(struct smp_profile *p, const struct smp_folded *f)
{
    size_t kept = 0;
    for (size_t n = 0; n < p->task_count; n++) {
        struct smp_task it = p->tasks[n];
        it.thread = f->thread[it.thread];
        if (f->task[n] < kept)
            merge_task(&p->tasks[f->task[n]], &it);
        else
            p->tasks[kept++] = it;
    }
    p->task_count = kept;
    for (size_t n = 0; n < p->await_count; n++)
        p->awaits[n].task = f->task[p->awaits[n].task];
    smp_map_release(&p->index->tasks);
    smp_map_release(&p->index->awaits);
    smp_map_release(&p->index->await_lines);
    MERGE_ROWS(p, await, awaits);
    MERGE_ROWS(p, await_line, await_lines);
}

#define MOVE(p, many, one, field, place)                                       \
    do {                                                                       \
        for (size_t n = 0; n < (p)->one##_count; n++)                          \
            if ((p)->many[n].field != SMP_NONE)                                \
                (p)->many[n].field = (place)[(p)->many[n].field];              \
    } while (0)

static void move_rows(struct smp_profile *p, const struct smp_folded *f)
{
    MOVE(p, samples, sample, thread, f->thread);
    MOVE(p, allocations, allocation, thread, f->thread);
    MOVE(p, deallocations, deallocation, thread, f->thread);
    MOVE(p, highs, high, thread, f->thread);
    MOVE(p, at_peaks, at_peak, thread, f->thread);
    MOVE(p, copies, copy, thread, f->thread);
    MOVE(p, await_lines, await_line, thread, f->thread);
    MOVE(p, regions, region, thread, f->thread);
    MOVE(p, marks, mark, thread, f->thread);
    MOVE(p, footprints, footprint, process, f->process);
    MOVE(p, regions, region, process, f->process);
    MOVE(p, marks, mark, process, f->process);
}

int smp_profile_fold(struct smp_profile *p, const uint32_t *process,
                     const uint32_t *thread, struct smp_folded *out)
{
    struct smp_folded f = {.process = places(process, p->process_count),
                           .thread = places(thread, p->thread_count)};
    if (f.thread)
        f.task = task_places(p, f.thread);
    uint8_t *shared = calloc(p->process_count + 1, 1);
    if (!f.process || !f.task || !shared) {
        smp_folded_release(&f);
        free(shared);
        return SMP_ENOMEM;
    }
    end_allocations(p, process, shared);
    free(shared);
    move_rows(p, &f);
    fold_tasks(p, &f);
    fold_threads(p, thread, f.process);
    fold_processes(p, process, f.process);
    smp_profile_merge_samples(p);
    smp_profile_merge_memory(p);
    MERGE_ROWS(p, region, regions);
    *out = f;
    return 0;
}
