/* A view: the steps from a profile and a filter to the answer. */
#include "model/view.h"

#include <stdlib.h>

#include "base/status.h"
#include "model/view_work.h"

void smp_work_release(struct smp_view_work *w)
{
    free(w->in_scope);
    free(w->charged);
    free(w->python);
    free(w->site_of);
    free(w->sites);
    free(w->kept);
    free(w->site);
    free(w->lines);
    free(w->functions);
    free(w->function_of);
    free(w->bins);
    free(w->thread_s);
    free(w->keys);
    free(w->memory.sites);
    smp_map_release(&w->memory.map);
    free(w->memory.events);
    free(w->memory.first_event);
    free(w->memory.stack_used);
    free(w->memory.files);
    free(w->memory.sums);
    free(w->memory.timelines);
    *w = (struct smp_view_work){0};
}

static int run_steps(struct smp_view_work *w, struct smp_view *v)
{
    int status = smp_work_memory_sites(w);
    status = status ? status : smp_work_memory_events(w);
    status = status ? status : smp_work_charge(w, v);
    status = status ? status : smp_work_lines(w);
    status = status ? status : smp_work_functions(w);
    status = status ? status : smp_work_threads(w, v);
    status = status ? status : smp_work_memory(w, v);
    status = status ? status : smp_work_footprint(w, v);
    status = status ? status : smp_work_regions(w, v);
    status = status ? status : smp_work_leaks(w, v);
    return status ? status : smp_work_files(w, v);
}

int smp_view_make(struct smp_view *v, const struct smp_profile *p,
                  const struct smp_filter *f)
{
    struct smp_view made = {.profile = p,
                            .main_thread = smp_view_main_thread(p, f)};
    struct smp_view_work w = {.p = p, .f = f, .main_thread = made.main_thread};
    int status = run_steps(&w, &made);
    if (!status) {
        made.bins = w.bins; /* lines point into it, and into timelines */
        made.timelines = w.memory.timelines;
        made.memory_sites = w.memory.sites;
        made.memory_site_count = w.memory.site_count;
        w.bins = NULL;
        w.memory.timelines = NULL;
        w.memory.sites = NULL;
        *v = made;
    } else {
        smp_view_release(&made);
    }
    smp_work_release(&w);
    return status;
}

void smp_view_release(struct smp_view *v)
{
    for (size_t i = 0; i < v->file_count; i++) {
        free(v->files[i].lines);
        free(v->files[i].functions);
    }
    free(v->files);
    free(v->threads);
    free(v->bins);
    free(v->process_memory);
    free(v->memory_sites);
    free(v->leaks);
    free(v->regions);
    free(v->timelines);
    *v = (struct smp_view){0};
}
