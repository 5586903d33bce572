/* Resident memory at its greatest, and the parts that make it up. */
#include <math.h>

#include "base/status.h"
#include "model/view.h"

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
        .arena_slack = fmax(0, it->arenas - it->arena_used),
        .interpreter = fmax(0, p->processes[process].start_rss - mapped),
        .files = it->file,
        .shared = it->shmem,
        .rss = it->rss,
    };
    made.rest = made.rss - made.tracked - made.arena_slack - made.interpreter -
                made.files - made.shared;
    *out = made;
    return 0;
}
