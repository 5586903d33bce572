/* Regions: wall clock as the program measured it, time and memory by what the
 * stacks inside of them did. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/view_work.h"

#define DEPTH 64 /* regions inside each other that are told apart */

/* Regions by their name, and where they are on stacks. */
struct regions {
    uint32_t *of_function; /* by function: the region, or SMP_NONE */
    uint32_t *nearest; /* by stack: the innermost stack of a region on it; 0 */
    uint32_t *sites;   /* scratch: sites of memory in one region */
};

static uint32_t find(const struct smp_view *v, uint32_t name)
{
    for (uint32_t i = 0; i < v->region_count; i++)
        if (v->regions[i].name == name)
            return i;
    return SMP_NONE;
}

/* The region of this name, added where it is new. */
static uint32_t take(struct smp_view *v, uint32_t name)
{
    uint32_t i = find(v, name);
    if (i != SMP_NONE)
        return i;
    v->regions[v->region_count] = (struct smp_region_cost){.name = name};
    return (uint32_t)v->region_count++;
}

static void add_row(struct smp_region_cost *c, const struct smp_region *r)
{
    int first = !c->count;
    c->least_s = r->least_s > 0 && (c->least_s <= 0 || r->least_s < c->least_s)
                     ? r->least_s
                     : c->least_s;
    c->most_s = fmax(c->most_s, r->most_s);
    c->first_s = first ? r->first_s : fmin(c->first_s, r->first_s);
    c->last_s = first ? r->last_s : fmax(c->last_s, r->last_s);
    c->count += r->count;
    c->nested += r->nested;
    c->open += r->open;
    c->total_s += r->total_s;
    c->threads++;
}

static int keeps(const struct smp_view_work *w, const struct smp_region *r)
{
    const struct smp_filter *f = w->f;
    if (f->process_plus_1 && r->process != f->process_plus_1 - 1)
        return 0;
    return !f->thread_plus_1 || r->thread == f->thread_plus_1 - 1;
}

/* Processes that have a row of this name; rows of a process are together. */
static void count_processes(struct smp_view_work *w, struct smp_view *v)
{
    const struct smp_profile *p = w->p;
    for (size_t n = 0; n < v->region_count; n++) {
        uint32_t last = SMP_NONE;
        for (size_t i = 0; i < p->region_count; i++) {
            const struct smp_region *r = &p->regions[i];
            if (r->name != v->regions[n].name || !keeps(w, r) ||
                r->process == last)
                continue;
            last = r->process;
            v->regions[n].processes++;
        }
    }
}

static void add_rows(struct smp_view_work *w, struct smp_view *v)
{
    const struct smp_profile *p = w->p;
    for (size_t i = 0; i < p->region_count; i++)
        if (keeps(w, &p->regions[i]))
            add_row(&v->regions[take(v, p->regions[i].name)], &p->regions[i]);
    count_processes(w, v);
}

static int is_region_file(const struct smp_profile *p, uint32_t file)
{
    return p->files[file].kind == SMP_FILE_NATIVE &&
           !strcmp(smp_profile_text(p, p->files[file].path), SMP_REGION_FILE);
}

/* Finds the regions on each stack: parents come before children. */
static int mark_stacks(const struct smp_view_work *w, const struct smp_view *v,
                       struct regions *r)
{
    const struct smp_profile *p = w->p;
    r->of_function = smp_work_nones(p->function_count);
    r->nearest = smp_work_zeroed(p->stack_count, sizeof *r->nearest);
    r->sites = smp_work_zeroed(w->memory.site_count, sizeof *r->sites);
    if (!r->of_function || !r->nearest || !r->sites)
        return SMP_ENOMEM;
    for (size_t i = 0; i < p->function_count; i++)
        if (is_region_file(p, p->functions[i].file))
            r->of_function[i] = find(v, p->functions[i].name);
    for (uint32_t i = 1; i < p->stack_count; i++) {
        uint32_t function = p->frames[p->stacks[i].frame].function;
        r->nearest[i] = r->of_function[function] != SMP_NONE
                            ? i
                            : r->nearest[p->stacks[i].parent];
    }
    return 0;
}

/* The regions of a stack, each once; how many. */
static uint32_t regions_of(const struct smp_view_work *w,
                           const struct regions *r, uint32_t stack,
                           uint32_t found[DEPTH])
{
    const struct smp_profile *p = w->p;
    uint32_t n = 0;
    for (uint32_t s = r->nearest[stack]; s && n < DEPTH;
         s = r->nearest[p->stacks[s].parent]) {
        uint32_t region =
            r->of_function[p->frames[p->stacks[s].frame].function];
        uint32_t k = 0;
        while (k < n && found[k] != region)
            k++;
        if (k == n)
            found[n++] = region;
    }
    return n;
}

static void add_samples(const struct smp_view_work *w, struct smp_view *v,
                        const struct regions *r)
{
    uint32_t found[DEPTH];
    for (size_t k = 0; k < w->kept_count; k++) {
        const struct smp_sample *s = &w->p->samples[w->kept[k]];
        uint32_t n = regions_of(w, r, s->stack, found);
        while (n-- > 0)
            smp_cost_add_sample(&v->regions[found[n]].cost, s,
                                s->thread == w->main_thread);
    }
}

static int has(const uint32_t *found, uint32_t n, uint32_t region)
{
    while (n-- > 0)
        if (found[n] == region)
            return 1;
    return 0;
}

static void add_memory(struct smp_view_work *w, struct smp_view *v,
                       const struct regions *r, uint32_t region)
{
    uint32_t found[DEPTH];
    size_t count = 0;
    for (uint32_t i = 0; i < w->memory.site_count; i++)
        if (has(found, regions_of(w, r, w->memory.sites[i].stack, found),
                region))
            r->sites[count++] = i;
    smp_work_memory_of(w, v, r->sites, count, &v->regions[region].memory);
}

static int compare(const void *left, const void *right)
{
    const struct smp_region_cost *a = left, *b = right;
    if (a->total_s != b->total_s)
        return a->total_s > b->total_s ? -1 : 1;
    return a->name < b->name ? -1 : a->name > b->name;
}

int smp_work_regions(struct smp_view_work *w, struct smp_view *v)
{
    const struct smp_profile *p = w->p;
    struct regions r = {0};
    if (!p->region_count)
        return 0;
    v->regions = smp_work_zeroed(p->region_count, sizeof *v->regions);
    if (!v->regions)
        return SMP_ENOMEM;
    add_rows(w, v);
    int status = mark_stacks(w, v, &r);
    if (!status)
        add_samples(w, v, &r);
    for (uint32_t i = 0; !status && p->memory && i < v->region_count; i++)
        add_memory(w, v, &r, i);
    free(r.of_function);
    free(r.nearest);
    free(r.sites);
    qsort(v->regions, v->region_count, sizeof *v->regions, compare);
    return status;
}
