/* Threads: what each ran and what it waited for, and where most. */
#include <stdlib.h>

#include "base/status.h"
#include "model/view_work.h"

static int compare_threads(const void *left, const void *right)
{
    const struct smp_thread_cost *a = left, *b = right;
    double a_cpu_s = smp_cost_cpu(&a->cost), b_cpu_s = smp_cost_cpu(&b->cost);
    if (a_cpu_s != b_cpu_s)
        return a_cpu_s > b_cpu_s ? -1 : 1;
    if (a->cost.wait_s != b->cost.wait_s)
        return a->cost.wait_s > b->cost.wait_s ? -1 : 1;
    return a->thread < b->thread ? -1 : a->thread > b->thread;
}

/* The waiting that one thread did most, by line, in line_s (all 0 before and
 * after). Other waiting is elsewhere: an idle worker's lock is in its queue, its
 * sleep in the program. */
static void find_top_wait(const struct smp_view_work *w,
                          const uint32_t *positions, size_t n, double *line_s,
                          struct smp_thread_cost *t)
{
    enum smp_kind kind = smp_cost_top_wait(&t->cost);
    for (size_t i = 0; i < n; i++) {
        uint32_t k = positions[i];
        const struct smp_sample *s = &w->p->samples[w->kept[k]];
        if (w->site[k] == SMP_NONE || s->kind != kind)
            continue;
        const struct smp_site *site = &w->sites[w->site[k]];
        line_s[site->line] += s->seconds;
        if (line_s[site->line] > t->top_wait_s) {
            t->top_wait_s = line_s[site->line];
            t->top_wait_frame = site->frame;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (w->site[positions[i]] != SMP_NONE)
            line_s[w->sites[w->site[positions[i]]].line] = 0;
}

static void make_thread(const struct smp_view_work *w,
                        const uint32_t *positions, size_t n, double *line_s,
                        struct smp_thread_cost *t)
{
    for (size_t i = 0; i < n; i++)
        smp_cost_add_sample(&t->cost, &w->p->samples[w->kept[positions[i]]], 1);
    t->top_wait_frame = SMP_NONE;
    find_top_wait(w, positions, n, line_s, t);
}

static void make_threads(const struct smp_view_work *w,
                         const struct smp_groups *g, double *line_s,
                         struct smp_view *v)
{
    for (uint32_t i = 0; i < w->p->thread_count; i++) {
        if (!smp_filter_keeps_thread(w->p, w->f, i))
            continue;
        struct smp_thread_cost *t = &v->threads[v->thread_count++];
        t->thread = i;
        make_thread(w, g->order + g->start[i], g->start[i + 1] - g->start[i],
                    line_s, t);
    }
    if (v->thread_count)
        qsort(v->threads, v->thread_count, sizeof *v->threads, compare_threads);
}

int smp_work_threads(struct smp_view_work *w, struct smp_view *v)
{
    struct smp_groups g;
    for (size_t k = 0; k < w->kept_count; k++)
        w->keys[k] = w->p->samples[w->kept[k]].thread;
    if (smp_groups_init(&g, w->keys, w->kept_count, w->p->thread_count))
        return SMP_ENOMEM;
    double *line_s = smp_work_zeroed(w->line_count, sizeof *line_s);
    v->threads = smp_work_zeroed(w->p->thread_count, sizeof *v->threads);
    int status = line_s && v->threads ? 0 : SMP_ENOMEM;
    if (!status)
        make_threads(w, &g, line_s, v);
    free(line_s);
    smp_groups_release(&g);
    return status;
}
