/* Parts of a profile: its tables emptied, or cut to some processes and threads. */
#include <stdlib.h>

#include "model/profile.h"
#include "model/profile_index.h"

static void forget_index(struct smp_profile_index *index)
{
    smp_map_release(&index->samples);
    smp_map_release(&index->allocations);
    smp_map_release(&index->deallocations);
    smp_map_release(&index->highs);
    smp_map_release(&index->copies);
    smp_map_release(&index->footprints);
    smp_map_release(&index->tasks);
    smp_map_release(&index->awaits);
    smp_map_release(&index->await_lines);
}

void smp_profile_clear(struct smp_profile *p)
{
    forget_index(p->index);
    p->index->memory_last_s = p->index->full_bin_s = 0;
    p->sample_count = p->allocation_count = p->deallocation_count = 0;
    p->high_count = p->at_peak_count = p->copy_count = p->footprint_count = 0;
    p->await_count = p->await_line_count = p->mark_count = 0;
    p->marks_lost = 0;
    for (size_t n = 0; n < p->task_count; n++) { /* rows that are referred to */
        p->tasks[n].peak = 0;
        p->tasks[n].await_s = p->tasks[n].wait_s = p->tasks[n].cpu_s = 0;
    }
    p->bin_s = p->memory_bin_s = SMP_BIN_FIRST_S;
    p->peak = p->peak_s = 0;
}

/* Where each goes that is kept; SMP_NONE where not. */
static uint32_t *places(const uint8_t *keep, size_t count)
{
    uint32_t *place = malloc((count + 1) * sizeof *place), next = 0;
    for (size_t n = 0; place && n < count; n++)
        place[n] = keep[n] ? next++ : SMP_NONE;
    return place;
}

static void keep_processes(struct smp_profile *p, const uint32_t *place)
{
    size_t kept = 0;
    for (size_t n = 0; n < p->process_count; n++) {
        struct smp_process process = p->processes[n];
        if (place[n] == SMP_NONE)
            continue;
        if (process.parent != SMP_NONE)
            process.parent = place[process.parent];
        p->processes[kept++] = process;
    }
    p->process_count = kept;
}

static void keep_threads(struct smp_profile *p, const uint32_t *place,
                         const uint32_t *process_place)
{
    size_t kept = 0;
    for (size_t n = 0; n < p->thread_count; n++) {
        struct smp_thread thread = p->threads[n];
        if (place[n] == SMP_NONE)
            continue;
        thread.process = process_place[thread.process];
        p->threads[kept++] = thread;
    }
    p->thread_count = kept;
}

#define KEEP_ROWS(p, table, count, field, place)                               \
    do {                                                                       \
        size_t kept = 0;                                                       \
        for (size_t n = 0; n < (p)->count; n++) {                              \
            uint32_t to = (place)[(p)->table[n].field];                        \
            if (to == SMP_NONE)                                                \
                continue;                                                      \
            (p)->table[kept] = (p)->table[n];                                  \
            (p)->table[kept++].field = to;                                     \
        }                                                                      \
        (p)->count = kept;                                                     \
    } while (0)

/* A region, or a mark, of a thread that goes is its process's. */
static void keep_said(struct smp_profile *p, const uint32_t *thread,
                      const uint32_t *process)
{
    for (size_t n = 0; n < p->region_count; n++)
        if (p->regions[n].thread != SMP_NONE)
            p->regions[n].thread = thread[p->regions[n].thread];
    for (size_t n = 0; n < p->mark_count; n++)
        if (p->marks[n].thread != SMP_NONE)
            p->marks[n].thread = thread[p->marks[n].thread];
    KEEP_ROWS(p, regions, region_count, process, process);
    KEEP_ROWS(p, marks, mark_count, process, process);
}

static void keep_tasks(struct smp_profile *p, const uint32_t *thread)
{
    uint8_t *wanted = malloc(p->task_count + 1);
    for (size_t n = 0; wanted && n < p->task_count; n++)
        wanted[n] = thread[p->tasks[n].thread] != SMP_NONE;
    uint32_t *task = wanted ? places(wanted, p->task_count) : NULL;
    if (task) {
        KEEP_ROWS(p, awaits, await_count, task, task);
        KEEP_ROWS(p, await_lines, await_line_count, thread, thread);
        KEEP_ROWS(p, tasks, task_count, thread, thread);
    }
    free(wanted);
    free(task);
}

void smp_profile_keep(struct smp_profile *p, const uint8_t *processes,
                      const uint8_t *threads)
{
    uint8_t *wanted = malloc(p->thread_count + 1);
    for (size_t n = 0; wanted && n < p->thread_count; n++)
        wanted[n] = threads[n] && processes[p->threads[n].process];
    uint32_t *process = places(processes, p->process_count);
    uint32_t *thread = wanted ? places(wanted, p->thread_count) : NULL;
    if (process && thread) {
        forget_index(p->index);
        keep_threads(p, thread, process);
        keep_processes(p, process);
        keep_said(p, thread, process);
        keep_tasks(p, thread);
        KEEP_ROWS(p, samples, sample_count, thread, thread);
        KEEP_ROWS(p, allocations, allocation_count, thread, thread);
        KEEP_ROWS(p, deallocations, deallocation_count, thread, thread);
        KEEP_ROWS(p, highs, high_count, thread, thread);
        KEEP_ROWS(p, at_peaks, at_peak_count, thread, thread);
        KEEP_ROWS(p, copies, copy_count, thread, thread);
        KEEP_ROWS(p, footprints, footprint_count, process, process);
    }
    free(wanted);
    free(process);
    free(thread);
}
