/* What the program says of itself: regions, marks, decorated functions. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "model/profile.h"
#include "model/profile_index.h"

static int is_time(double s)
{
    return s >= 0 && s <= SMP_TIME_LIMIT_S;
}

static int is_thread(const struct smp_profile *p, uint32_t thread)
{
    return thread == SMP_NONE || thread < p->thread_count;
}

int smp_profile_region(struct smp_profile *p, struct smp_region r)
{
    if (r.name >= p->string_count || r.process >= p->process_count ||
        !is_thread(p, r.thread) || !is_time(r.total_s) || !is_time(r.least_s) ||
        !is_time(r.most_s) || !is_time(fabs(r.first_s)) ||
        !is_time(fabs(r.last_s)))
        return SMP_EINVAL;
    for (size_t i = 0; i < p->region_count; i++) {
        struct smp_region *it = &p->regions[i];
        if (it->name == r.name && it->process == r.process &&
            it->thread == r.thread) {
            *it = r;
            return 0;
        }
    }
    if (p->region_count >= SMP_REGION_LIMIT) {
        p->regions_lost += r.count;
        return SMP_EFULL;
    }
    if (smp_profile_grow((void **)&p->regions, &p->index->region_room,
                         p->region_count, sizeof *p->regions))
        return SMP_ENOMEM;
    p->regions[p->region_count++] = r;
    return 0;
}

int smp_profile_mark(struct smp_profile *p, struct smp_moment m)
{
    if (m.text >= p->string_count || m.process >= p->process_count ||
        !is_thread(p, m.thread) || !is_time(fabs(m.at_s)))
        return SMP_EINVAL;
    if (p->mark_count >= SMP_MARK_LIMIT) {
        p->marks_lost++;
        return SMP_EFULL;
    }
    if (smp_profile_grow((void **)&p->marks, &p->index->mark_room,
                         p->mark_count, sizeof *p->marks))
        return SMP_ENOMEM;
    p->marks[p->mark_count++] = m;
    return 0;
}

int smp_profile_select(struct smp_profile *p, uint32_t function)
{
    size_t at = p->selected_count;
    if (function >= p->function_count)
        return SMP_EINVAL;
    while (at > 0 && p->selected[at - 1] > function)
        at--;
    if (at > 0 && p->selected[at - 1] == function)
        return 0;
    if (smp_profile_grow((void **)&p->selected, &p->index->selected_room,
                         p->selected_count, sizeof *p->selected))
        return SMP_ENOMEM;
    memmove(&p->selected[at + 1], &p->selected[at],
            (p->selected_count - at) * sizeof *p->selected);
    p->selected[at] = function;
    p->selected_count++;
    return 0;
}

uint32_t smp_profile_region_frame(struct smp_profile *p, uint32_t name)
{
    uint32_t file = smp_profile_file(p, smp_profile_string(p, SMP_REGION_FILE),
                                     SMP_FILE_NATIVE);
    uint32_t function =
        smp_profile_function(p, (struct smp_function){name, file, 0});
    return smp_profile_frame(p, (struct smp_frame){.function = function});
}
