/* Memory's answer: sites put together to lines, functions, files, threads,
 * processes and the whole. */
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "model/view_work.h"

/* Of what came and went within one bin, at the times of a random pair of points
 * in it, a third of the bytes is alive at a time on average. */
#define THROUGH_SHARE (1.0 / 3)

/* --- one place: the sum of some sites --- */

/* Walks the timeline once; the sums are 0 again behind it. */
static void walk(const struct smp_view *v, struct smp_memory_work *m,
                 uint32_t first, struct smp_memory_cost *c, float *timeline)
{
    double alive = 0, variance = 0, integral = 0;
    uint32_t bins = m->to_bin - m->from_bin;
    uint32_t step =
        (uint32_t)lround(v->timeline_step_s / v->profile->memory_bin_s);
    for (uint32_t b = first; b < m->bin_count; b++) {
        struct smp_memory_sum s = m->sums[b];
        double after = fmax(0, alive + s.delta);
        double most = alive + s.up + s.above;
        m->sums[b] = (struct smp_memory_sum){0};
        if (b >= m->from_bin && b < m->to_bin) {
            if (most > c->peak_bytes) {
                c->peak_bytes = most;
                c->peak_s = (b + 0.5) * v->profile->memory_bin_s;
                c->peak_variance =
                    fmax(0, fmax(variance, variance + s.variance));
            }
            integral += (alive + after) / 2 +
                        fmin(s.through * THROUGH_SHARE, s.above / 2);
            if (timeline) {
                float *point = &timeline[(b - m->from_bin) / step];
                *point = fmaxf(*point, (float)most);
            }
        }
        alive = after;
        variance += s.variance;
    }
    c->avg_bytes = bins ? integral / bins : 0;
}

/* The figures of n sites, and the view's next timeline where they have any. */
static void sum_up(struct smp_view *v, struct smp_memory_work *m,
                   const uint32_t *sites, size_t n, struct smp_memory_cost *c)
{
    uint32_t first = m->bin_count;
    for (size_t i = 0; i < n; i++) {
        smp_memory_add(c, &m->sites[sites[i]].cost);
        smp_work_memory_sum(m, sites[i], &first);
    }
    if (first == m->bin_count)
        return;
    float *timeline = v->timeline_count ? m->timelines + m->timeline_used : 0;
    walk(v, m, first, c, timeline);
    if (c->peak_bytes > 0) {
        c->timeline = timeline;
        m->timeline_used += v->timeline_count;
    }
}

void smp_work_memory_of(struct smp_view_work *w, struct smp_view *v,
                        const uint32_t *sites, size_t n,
                        struct smp_memory_cost *c)
{
    size_t kept = v->timeline_count;
    v->timeline_count = 0;
    sum_up(v, &w->memory, sites, n, c);
    v->timeline_count = kept;
    if (v->memory.peak_bytes > 0) /* no part has more than the whole */
        c->peak_bytes = fmin(c->peak_bytes, v->memory.peak_bytes);
}

/* --- many places: each the sum of the sites that have its number --- */

struct places {
    void *first; /* the memory cost of place 0 */
    size_t stride, count;
};

static struct smp_memory_cost *cost_at(const struct places *to, size_t i)
{
    return (void *)((char *)to->first + i * to->stride);
}

static void sum_groups(struct smp_view *v, struct smp_memory_work *m,
                       const struct smp_groups *g, const struct places *to)
{
    for (size_t i = 0; i < to->count; i++)
        sum_up(v, m, g->order + g->start[i], g->start[i + 1] - g->start[i],
               cost_at(to, i));
}

static int sum_by(struct smp_view *v, struct smp_memory_work *m,
                  const uint32_t *place_of_site, const struct places *to)
{
    struct smp_groups g;
    if (smp_groups_init(&g, place_of_site, m->site_count, to->count))
        return SMP_ENOMEM;
    sum_groups(v, m, &g, to);
    smp_groups_release(&g);
    return 0;
}

/* The line's site that a site of memory is charged to, or NULL. */
static const struct smp_site *charged_to(const struct smp_view_work *w,
                                         size_t i)
{
    uint32_t frame = w->charged[w->memory.sites[i].stack];
    return frame == SMP_NONE ? NULL : &w->sites[w->site_of[frame]];
}

static uint32_t line_of(const struct smp_view_work *w, size_t i)
{
    const struct smp_site *site = charged_to(w, i);
    return site ? site->line : SMP_NONE;
}

static uint32_t function_of(const struct smp_view_work *w, size_t i)
{
    const struct smp_site *site = charged_to(w, i);
    return site ? w->function_of[w->p->frames[site->frame].function] : SMP_NONE;
}

static uint32_t file_of(const struct smp_view_work *w, size_t i)
{
    const struct smp_site *site = charged_to(w, i);
    return site ? site->file : SMP_NONE;
}

static uint32_t thread_of(const struct smp_view_work *w, size_t i)
{
    return w->memory.sites[i].thread;
}

static uint32_t process_of(const struct smp_view_work *w, size_t i)
{
    return w->p->threads[w->memory.sites[i].thread].process;
}

/* 0: any; of the whole. */
static uint32_t whole_of(const struct smp_view_work *w, size_t i)
{
    (void)w, (void)i;
    return 0;
}

static uint32_t scope_of(const struct smp_view_work *w, size_t i)
{
    return charged_to(w, i) ? 0 : SMP_NONE;
}

typedef uint32_t place_of(const struct smp_view_work *w, size_t site);

static int sum_places(struct smp_view_work *w, struct smp_view *v,
                      place_of *which, struct places to)
{
    uint32_t *keys = smp_work_nones(w->memory.site_count);
    if (!keys)
        return SMP_ENOMEM;
    for (size_t i = 0; i < w->memory.site_count; i++)
        keys[i] = which(w, i);
    int status = sum_by(v, &w->memory, keys, &to);
    free(keys);
    return status;
}

/* --- functions with all that they called: a site is in many --- */

/* Calls on the site's stack, each function in scope once: counts them in
 * start[function + 1], or (order given) enters the site. */
static void enter_callers(const struct smp_view_work *w, uint32_t site,
                          uint32_t *seen, uint32_t *start, uint32_t *order)
{
    const struct smp_profile *p = w->p;
    for (uint32_t s = w->memory.sites[site].stack; s; s = p->stacks[s].parent) {
        uint32_t f = w->function_of[p->frames[p->stacks[s].frame].function];
        if (f == SMP_NONE || seen[f] == site)
            continue;
        seen[f] = site;
        if (order)
            order[start[f]++] = site;
        else
            start[f + 1]++;
    }
}

static int group_callers(const struct smp_view_work *w, struct smp_groups *g)
{
    size_t n = w->function_count;
    uint32_t *seen = smp_work_nones(n);
    *g = (struct smp_groups){.buckets = n};
    g->start = smp_work_zeroed(n + 2, sizeof *g->start);
    for (uint32_t i = 0; seen && g->start && i < w->memory.site_count; i++)
        enter_callers(w, i, seen, g->start + 1, NULL);
    for (size_t k = 0; g->start && k < n; k++)
        g->start[k + 2] += g->start[k + 1];
    if (g->start)
        g->order = smp_work_zeroed(g->start[n + 1], sizeof *g->order);
    for (size_t k = 0; seen && k < n; k++)
        seen[k] = SMP_NONE;
    /* start[k + 1] runs through bucket k and ends where bucket k + 1 begins. */
    for (uint32_t i = 0; seen && g->order && i < w->memory.site_count; i++)
        enter_callers(w, i, seen, g->start + 1, g->order);
    int status = seen && g->order ? 0 : SMP_ENOMEM;
    free(seen);
    if (status)
        smp_groups_release(g);
    return status;
}

static int sum_callers(struct smp_view_work *w, struct smp_view *v)
{
    struct smp_groups g;
    if (group_callers(w, &g))
        return SMP_ENOMEM;
    sum_groups(v, &w->memory, &g,
               &(struct places){&w->functions->total_memory,
                                sizeof *w->functions, w->function_count});
    smp_groups_release(&g);
    return 0;
}

/* --- all --- */

/* Threads of the view come in another order than the profile's. */
static int sum_threads(struct smp_view_work *w, struct smp_view *v)
{
    size_t n = w->p->thread_count;
    struct smp_memory_cost *all = smp_work_zeroed(n, sizeof *all);
    if (!all)
        return SMP_ENOMEM;
    int status =
        sum_places(w, v, thread_of, (struct places){all, sizeof *all, n});
    for (size_t i = 0; !status && i < v->thread_count; i++)
        v->threads[i].memory = all[v->threads[i].thread];
    free(all);
    return status;
}

static int sum_sites(struct smp_view_work *w, struct smp_view *v)
{
    size_t kept = v->timeline_count;
    v->timeline_count = 0; /* a site alone needs none */
    for (uint32_t i = 0; i < w->memory.site_count; i++) {
        struct smp_memory_cost c = {0};
        sum_up(v, &w->memory, &i, 1, &c);
        w->memory.sites[i].cost = c;
    }
    v->timeline_count = kept;
    return 0;
}

static int is_whole(const struct smp_filter *f)
{
    return f->from_s <= 0 && f->to_s <= 0 && !f->thread_plus_1;
}

/* No part has more than the whole: the sum of sites' greatest moments may. */
static void cap_parts(struct smp_view_work *w, struct smp_view *v, double peak)
{
    v->memory_in_scope.peak_bytes = fmin(v->memory_in_scope.peak_bytes, peak);
    for (size_t i = 0; i < w->line_count; i++)
        w->lines[i].result.memory.peak_bytes =
            fmin(w->lines[i].result.memory.peak_bytes, peak);
    for (size_t i = 0; i < w->function_count; i++) {
        struct smp_function_cost *f = &w->functions[i];
        f->memory.peak_bytes = fmin(f->memory.peak_bytes, peak);
        f->total_memory.peak_bytes = fmin(f->total_memory.peak_bytes, peak);
    }
    for (size_t i = 0; i < w->p->file_count; i++)
        w->memory.files[i].peak_bytes =
            fmin(w->memory.files[i].peak_bytes, peak);
}

/* The collector followed the sums themselves: of a whole run or process the
 * peak is known better than from bins. */
static void prefer_exact(struct smp_view_work *w, struct smp_view *v)
{
    const struct smp_profile *p = w->p;
    const struct smp_filter *f = w->f;
    double peak = p->peak;
    for (size_t i = 0; is_whole(f) && i < p->process_count; i++)
        if (p->processes[i].peak > 0 && v->process_memory[i].peak_bytes > 0)
            v->process_memory[i].peak_bytes = p->processes[i].peak;
    if (f->process_plus_1 && f->process_plus_1 <= p->process_count)
        peak = p->processes[f->process_plus_1 - 1].peak;
    if (!is_whole(f) || peak <= 0 || v->memory.peak_bytes <= 0)
        return;
    float *timeline = (float *)v->memory.timeline; /* w->memory.timelines' */
    for (size_t i = 0; timeline && i < v->timeline_count; i++)
        timeline[i] = fminf(timeline[i], (float)peak);
    v->memory.peak_bytes = peak;
    cap_parts(w, v, peak);
    if (f->process_plus_1)
        return;
    double at = (p->peak_s - v->timeline_from_s) / v->timeline_step_s;
    v->memory.peak_s = p->peak_s;
    if (timeline && at >= 0 && at < (double)v->timeline_count)
        timeline[(size_t)at] = (float)peak;
}

static int prepare(struct smp_view_work *w, struct smp_view *v)
{
    const struct smp_profile *p = w->p;
    struct smp_memory_work *m = &w->memory;
    uint32_t bins = m->to_bin - m->from_bin;
    uint32_t step = (bins + SMP_TIMELINE_LIMIT - 1) / SMP_TIMELINE_LIMIT;
    size_t places = w->line_count + 2 * w->function_count + p->file_count +
                    p->thread_count + p->process_count + 2;
    v->has_memory = 1;
    v->has_peak = p->peak > 0 && p->peak_s >= m->from_bin * p->memory_bin_s &&
                  p->peak_s < m->to_bin * p->memory_bin_s;
    v->timeline_count = bins ? (bins + step - 1) / step : 0;
    v->timeline_from_s = m->from_bin * p->memory_bin_s;
    v->timeline_step_s = step * p->memory_bin_s;
    m->sums = smp_work_zeroed(m->bin_count, sizeof *m->sums);
    m->files = smp_work_zeroed(p->file_count, sizeof *m->files);
    m->timelines =
        smp_work_zeroed(places * v->timeline_count, sizeof *m->timelines);
    v->process_memory =
        smp_work_zeroed(p->process_count, sizeof *v->process_memory);
    return m->sums && m->files && m->timelines && v->process_memory
               ? 0
               : SMP_ENOMEM;
}

int smp_work_memory(struct smp_view_work *w, struct smp_view *v)
{
    const struct smp_profile *p = w->p;
    if (!p->memory)
        return 0;
    if (prepare(w, v))
        return SMP_ENOMEM;
    const struct {
        place_of *which;
        struct places to;
    } all[] = {
        {whole_of, {&v->memory, sizeof v->memory, 1}},
        {scope_of, {&v->memory_in_scope, sizeof v->memory_in_scope, 1}},
        {line_of, {&w->lines->result.memory, sizeof *w->lines, w->line_count}},
        {function_of,
         {&w->functions->memory, sizeof *w->functions, w->function_count}},
        {file_of, {w->memory.files, sizeof *w->memory.files, p->file_count}},
        {process_of,
         {v->process_memory, sizeof *v->process_memory, p->process_count}},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (sum_places(w, v, all[i].which, all[i].to))
            return SMP_ENOMEM;
    if (sum_callers(w, v) || sum_threads(w, v) || sum_sites(w, v))
        return SMP_ENOMEM;
    prefer_exact(w, v);
    return 0;
}
