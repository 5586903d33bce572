/* Grouping for the view: a counting sort, and busy time over a group. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/view_work.h"

void *smp_work_zeroed(size_t n, size_t size)
{
    return calloc(n ? n : 1, size);
}

uint32_t *smp_work_nones(size_t n)
{
    uint32_t *all = malloc((n ? n : 1) * sizeof *all);
    if (all)
        memset(all, 0xff, n * sizeof *all);
    return all;
}

void smp_groups_release(struct smp_groups *g)
{
    free(g->order);
    free(g->start);
    *g = (struct smp_groups){0};
}

int smp_groups_init(struct smp_groups *g, const uint32_t *keys, size_t n,
                    size_t buckets)
{
    struct smp_groups made = {.buckets = buckets};
    made.order = smp_work_zeroed(n, sizeof *made.order);
    made.start = smp_work_zeroed(buckets + 1, sizeof *made.start);
    if (!made.order || !made.start) {
        smp_groups_release(&made);
        return SMP_ENOMEM;
    }
    for (size_t i = 0; i < n; i++)
        if (keys[i] < buckets)
            made.start[keys[i] + 1]++;
    for (size_t k = 0; k < buckets; k++)
        made.start[k + 1] += made.start[k];
    /* start[k] runs through its bucket, ends as start[k + 1]; put back below. */
    for (size_t i = 0; i < n; i++)
        if (keys[i] < buckets)
            made.order[made.start[keys[i]]++] = (uint32_t)i;
    memmove(made.start + 1, made.start, buckets * sizeof *made.start);
    made.start[0] = 0;
    *g = made;
    return 0;
}

/* Busy seconds of the samples that share a bin: see smp_line_cost. */
static double busy_in_bin(struct smp_view_work *w, const uint32_t *positions,
                          size_t n)
{
    const struct smp_sample *samples = w->p->samples;
    double all_s = 0, one_s = 0;
    for (size_t i = 0; i < n; i++) {
        const struct smp_sample *s = &samples[w->kept[positions[i]]];
        if (!SMP_KIND_IS_CPU(s->kind))
            continue;
        double *thread_s = &w->thread_s[s->thread];
        *thread_s += s->seconds;
        all_s += s->seconds;
        one_s = *thread_s > one_s ? *thread_s : one_s;
    }
    for (size_t i = 0; i < n; i++)
        w->thread_s[samples[w->kept[positions[i]]].thread] = 0;
    double capped_s = all_s < w->p->bin_s ? all_s : w->p->bin_s;
    return capped_s > one_s ? capped_s : one_s;
}

double smp_work_busy(struct smp_view_work *w, const struct smp_groups *g,
                     size_t i, const uint32_t **bins, size_t *bin_count)
{
    const struct smp_sample *samples = w->p->samples;
    const uint32_t *at = g->order + g->start[i],
                   *end = g->order + g->start[i + 1];
    double busy_s = 0;
    *bins = w->bins + w->bin_count;
    while (at < end) {
        const uint32_t *next = at;
        uint32_t bin = samples[w->kept[*at]].bin;
        while (next < end && samples[w->kept[*next]].bin == bin)
            next++;
        double here_s = busy_in_bin(w, at, (size_t)(next - at));
        if (here_s > 0)
            w->bins[w->bin_count++] = bin;
        busy_s += here_s;
        at = next;
    }
    *bin_count = (size_t)(w->bins + w->bin_count - *bins);
    return busy_s;
}
