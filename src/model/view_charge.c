/* Charging: each sample to the innermost frame in scope on its stack. */
#include <stdlib.h>

#include "base/status.h"
#include "model/view_work.h"

static int mark_functions(struct smp_view_work *w)
{
    w->in_scope = smp_view_functions_in_scope(w->p, w->f);
    return w->in_scope ? 0 : SMP_ENOMEM;
}

/* Parents come before children, so one pass answers for every stack. */
static int mark_stacks(struct smp_view_work *w)
{
    const struct smp_profile *p = w->p;
    w->charged = smp_work_nones(p->stack_count);
    w->python = smp_work_zeroed(p->stack_count, sizeof *w->python);
    if (!w->charged || !w->python)
        return SMP_ENOMEM;
    for (size_t i = 1; i < p->stack_count; i++) {
        const struct smp_stack *s = &p->stacks[i];
        uint32_t function = p->frames[s->frame].function;
        uint32_t file = p->functions[function].file;
        w->charged[i] =
            w->in_scope[function] ? s->frame : w->charged[s->parent];
        w->python[i] =
            p->files[file].kind != SMP_FILE_NATIVE || w->python[s->parent];
    }
    return 0;
}

/* The samples that the filter keeps, in order of time. */
static int keep(struct smp_view_work *w)
{
    const struct smp_profile *p = w->p;
    struct smp_groups g;
    uint32_t *bins = smp_work_nones(p->sample_count);
    if (!bins)
        return SMP_ENOMEM;
    for (size_t i = 0; i < p->sample_count; i++)
        if (smp_filter_keeps(p, w->f, &p->samples[i]))
            bins[i] = p->samples[i].bin;
    int status = smp_groups_init(&g, bins, p->sample_count, SMP_BIN_LIMIT);
    free(bins);
    if (status)
        return status;
    w->kept = g.order; /* taken over */
    w->kept_count = g.start[SMP_BIN_LIMIT];
    free(g.start);
    return 0;
}

/* The site of the frame that this stack is charged to, or SMP_NONE. */
static uint32_t number_site(struct smp_view_work *w, uint32_t stack)
{
    uint32_t frame = w->charged[stack];
    if (frame == SMP_NONE)
        return SMP_NONE;
    if (w->site_of[frame] == SMP_NONE)
        w->site_of[frame] = (uint32_t)w->site_count++;
    return w->site_of[frame];
}

/* Numbers the frames that kept samples and memory are charged to. */
static int number_sites(struct smp_view_work *w)
{
    w->site = smp_work_nones(w->kept_count);
    w->site_of = smp_work_nones(w->p->frame_count);
    if (!w->site || !w->site_of)
        return SMP_ENOMEM;
    for (size_t k = 0; k < w->kept_count; k++)
        w->site[k] = number_site(w, w->p->samples[w->kept[k]].stack);
    for (size_t i = 0; i < w->memory.site_count; i++)
        number_site(w, w->memory.sites[i].stack);
    return 0;
}

static void describe_sites(struct smp_view_work *w)
{
    for (size_t i = 0; i < w->p->frame_count; i++) {
        uint32_t site = w->site_of[i];
        if (site == SMP_NONE)
            continue;
        w->sites[site].frame = (uint32_t)i;
        w->sites[site].file = w->p->functions[w->p->frames[i].function].file;
    }
}

static void charge(struct smp_view_work *w, struct smp_view *v)
{
    for (size_t k = 0; k < w->kept_count; k++) {
        const struct smp_sample *s = &w->p->samples[w->kept[k]];
        int own = s->thread == w->main_thread;
        smp_cost_add_sample(&v->total, s, own);
        if (w->site[k] != SMP_NONE) {
            smp_cost_add_sample(&v->in_scope, s, own);
            smp_cost_add_sample(&w->sites[w->site[k]].cost, s, own);
        } else if (!w->python[s->stack]) {
            smp_cost_add_sample(&v->no_python, s, own);
        }
    }
    v->whole_s = smp_cost_all(&v->total);
}

int smp_work_charge(struct smp_view_work *w, struct smp_view *v)
{
    if (mark_functions(w) || mark_stacks(w) || keep(w) || number_sites(w))
        return SMP_ENOMEM;
    w->sites = smp_work_zeroed(w->site_count, sizeof *w->sites);
    w->keys = smp_work_nones(w->kept_count);
    w->bins = smp_work_nones(2 * w->kept_count);
    w->thread_s = smp_work_zeroed(w->p->thread_count, sizeof *w->thread_s);
    if (!w->sites || !w->keys || !w->bins || !w->thread_s)
        return SMP_ENOMEM;
    describe_sites(w);
    charge(w, v);
    return 0;
}
