/* Resident memory at its greatest, the parts that make it up, and what Python's arenas
 * hold beside the objects in them. */
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "model/view_work.h"

/* What was mapped for small objects and is in none that is tracked: rounding up, free
 * places, and what the interpreter had before it was recorded. */
static double unused(const struct smp_footprint *it)
{
    return it->arenas - it->arena_used;
}

/* The row of the process with the most resident memory in the range, and its
 * first row of all. */
static void find_rows(const struct smp_profile *p, const struct smp_filter *f,
                      uint32_t process, const struct smp_footprint **greatest,
                      const struct smp_footprint **first)
{
    for (size_t i = 0; i < p->footprint_count; i++) {
        const struct smp_footprint *it = &p->footprints[i];
        if (it->process != process)
            continue;
        if (!*first || it->bin < (*first)->bin)
            *first = it;
        if (smp_filter_keeps_bin(f, it->bin, p->memory_bin_s) &&
            (!*greatest || it->rss > (*greatest)->rss))
            *greatest = it;
    }
}

/* What the process had in shared mappings that its own code made. */
static double tracked_shared(const struct smp_profile *p,
                             const struct smp_footprint *at)
{
    double sum = 0;
    for (size_t i = 0; i < p->allocation_count; i++) {
        const struct smp_allocation *a = &p->allocations[i];
        int alive = a->bin <= at->bin && a->end_bin > at->bin;
        if (a->domain == SMP_DOMAIN_SHARED && alive &&
            p->threads[a->thread].process == at->process)
            sum += a->bytes;
    }
    return sum;
}

int smp_footprint_parts(struct smp_footprint_parts *out,
                        const struct smp_profile *p, const struct smp_filter *f)
{
    const struct smp_footprint *it = NULL, *first = NULL;
    uint32_t process = smp_view_main_process(p, f);
    find_rows(p, f, process, &it, &first);
    if (!it || it->rss <= 0)
        return SMP_ENOENT;
    double mapped = first->file + first->shmem;
    struct smp_footprint_parts made = {
        .process = process,
        .at_s = (it->bin + 0.5) * p->memory_bin_s,
        .tracked = it->tracked,
        .arena_slack = fmax(0, unused(it) - unused(first)),
        .interpreter = fmax(0, p->processes[process].start_rss - mapped),
        .files = it->file,
        .shared = fmax(0, it->shmem - tracked_shared(p, it)),
        .rss = it->rss,
    };
    made.rest = made.rss - made.tracked - made.arena_slack - made.interpreter -
                made.files - made.shared;
    *out = made;
    return 0;
}

/* A process's first row, and its last one that is not after a time. */
struct row_pair {
    const struct smp_footprint *first, *at;
};

static void note_row(struct row_pair *pair, const struct smp_footprint *it,
                     double at_s, double bin_s)
{
    if (!pair->first || it->bin < pair->first->bin)
        pair->first = it;
    if (it->bin * bin_s <= at_s && (!pair->at || it->bin > pair->at->bin))
        pair->at = it;
}

/* No more than has become resident: the end of a list that grows is not, and an arena
 * is touched bit by bit. */
static double resident_slack(const struct smp_process *process,
                             const struct row_pair *pair)
{
    const struct smp_footprint *first = pair->first, *at = pair->at;
    double slack = unused(at) - unused(first);
    double most = fmax(process->peak_rss, at->rss) - first->rss;
    return fmax(0, fmin(slack, most - at->tracked));
}

int smp_work_footprint(const struct smp_view_work *w, struct smp_view *v)
{
    const struct smp_profile *p = w->p;
    const struct smp_filter *f = w->f;
    if (!p->memory || f->thread_plus_1)
        return 0;
    struct row_pair *pairs = smp_work_zeroed(p->process_count, sizeof *pairs);
    if (!pairs)
        return SMP_ENOMEM;
    for (size_t i = 0; i < p->footprint_count; i++) {
        uint32_t process = p->footprints[i].process;
        if (!f->process_plus_1 || f->process_plus_1 - 1 == process)
            note_row(&pairs[process], &p->footprints[i], v->memory.peak_s,
                     p->memory_bin_s);
    }
    for (uint32_t i = 0; i < p->process_count; i++) {
        uint32_t end = smp_work_end_of(w, i);
        int gone = end != SMP_NONE && end * p->memory_bin_s <= v->memory.peak_s;
        if (pairs[i].at && !gone)
            v->peak_slack += resident_slack(&p->processes[i], &pairs[i]);
    }
    free(pairs);
    return 0;
}
