/* Functions: what each spent itself, and with all that it called. */
#include <stdlib.h>

#include "base/status.h"
#include "model/view_work.h"

/* The walk through the tree of stacks, of which only the branches that have
 * kept samples or memory are entered. */
struct walk {
    struct smp_groups samples;            /* positions in kept, by stack */
    uint32_t *first_child, *next_sibling; /* by stack; SMP_NONE: none */
    uint8_t *used;         /* by stack: it or one below has some */
    uint32_t depth;        /* of the deepest used stack */
    uint32_t *active;      /* by function: times it is on the path */
    uint32_t *path;        /* stacks from the root to where the walk is */
    struct smp_cost *cost; /* of each stack on the path, so far */
};

static void walk_release(struct walk *k)
{
    smp_groups_release(&k->samples);
    free(k->first_child);
    free(k->next_sibling);
    free(k->used);
    free(k->active);
    free(k->path);
    free(k->cost);
}

static int group_by_stack(struct smp_view_work *w, struct walk *k)
{
    for (size_t i = 0; i < w->kept_count; i++)
        w->keys[i] = w->p->samples[w->kept[i]].stack;
    return smp_groups_init(&k->samples, w->keys, w->kept_count,
                           w->p->stack_count);
}

/* Children before parents: marks the used stacks and links their siblings. */
static int link_children(struct smp_view_work *w, struct walk *k)
{
    const struct smp_profile *p = w->p;
    k->used = smp_work_zeroed(p->stack_count, sizeof *k->used);
    k->first_child = smp_work_nones(p->stack_count);
    k->next_sibling = smp_work_nones(p->stack_count);
    if (!k->used || !k->first_child || !k->next_sibling)
        return SMP_ENOMEM;
    for (size_t i = p->stack_count - 1; i > 0; i--) {
        uint32_t parent = p->stacks[i].parent;
        if (k->samples.start[i] == k->samples.start[i + 1] && !k->used[i] &&
            !(w->memory.stack_used && w->memory.stack_used[i]))
            continue;
        k->used[i] = k->used[parent] = 1;
        k->next_sibling[i] = k->first_child[parent];
        k->first_child[parent] = (uint32_t)i;
    }
    return 0;
}

static int measure_depth(struct smp_view_work *w, struct walk *k)
{
    const struct smp_profile *p = w->p;
    uint32_t *depth = smp_work_zeroed(p->stack_count, sizeof *depth);
    if (!depth)
        return SMP_ENOMEM;
    for (size_t i = 1; i < p->stack_count; i++) {
        depth[i] = depth[p->stacks[i].parent] + 1;
        if (k->used[i] && depth[i] > k->depth)
            k->depth = depth[i];
    }
    free(depth);
    k->path = smp_work_zeroed(k->depth + 1, sizeof *k->path);
    k->cost = smp_work_zeroed(k->depth + 1, sizeof *k->cost);
    k->active = smp_work_zeroed(p->function_count, sizeof *k->active);
    return k->path && k->cost && k->active ? 0 : SMP_ENOMEM;
}

/* The result of the function of this stack's frame; NULL: out of scope. */
static struct smp_function_cost *result_of(struct smp_view_work *w,
                                           uint32_t stack)
{
    if (!stack)
        return NULL;
    uint32_t function = w->p->frames[w->p->stacks[stack].frame].function;
    uint32_t i = w->function_of[function];
    return i == SMP_NONE ? NULL : &w->functions[i];
}

/* Gives each function in scope on a used stack its result. */
static int number_functions(struct smp_view_work *w, const struct walk *k)
{
    const struct smp_profile *p = w->p;
    w->function_of = smp_work_nones(p->function_count);
    if (!w->function_of)
        return SMP_ENOMEM;
    for (size_t i = 1; i < p->stack_count; i++) {
        uint32_t function = p->frames[p->stacks[i].frame].function;
        if (k->used[i] && w->in_scope[function] &&
            w->function_of[function] == SMP_NONE)
            w->function_of[function] = (uint32_t)w->function_count++;
    }
    w->functions = smp_work_zeroed(w->function_count, sizeof *w->functions);
    if (!w->functions)
        return SMP_ENOMEM;
    for (size_t i = 0; i < p->function_count; i++)
        if (w->function_of[i] != SMP_NONE)
            w->functions[w->function_of[i]].function = (uint32_t)i;
    return 0;
}

static void enter(struct smp_view_work *w, struct walk *k, uint32_t depth,
                  uint32_t stack)
{
    struct smp_function_cost *f = result_of(w, stack);
    struct smp_cost *cost = &k->cost[depth];
    k->path[depth] = stack;
    *cost = (struct smp_cost){0};
    for (uint32_t i = k->samples.start[stack]; i < k->samples.start[stack + 1];
         i++) {
        const struct smp_sample *s =
            &w->p->samples[w->kept[k->samples.order[i]]];
        smp_cost_add_sample(cost, s, s->thread == w->main_thread);
    }
    if (f)
        k->active[f->function]++;
}

/* A function's outermost appearance takes the whole branch, so that recursion
 * counts once. */
static void leave(struct smp_view_work *w, struct walk *k, uint32_t depth)
{
    struct smp_function_cost *f = result_of(w, k->path[depth]);
    if (f && --k->active[f->function] == 0)
        smp_cost_add(&f->total, &k->cost[depth]);
    if (depth)
        smp_cost_add(&k->cost[depth - 1], &k->cost[depth]);
}

static void walk_tree(struct smp_view_work *w, struct walk *k)
{
    uint32_t depth = 0;
    enter(w, k, 0, 0);
    for (uint32_t next = k->first_child[0];;) {
        if (next != SMP_NONE) {
            enter(w, k, ++depth, next);
            next = k->first_child[next];
            continue;
        }
        leave(w, k, depth);
        if (!depth)
            return;
        next = k->next_sibling[k->path[depth--]];
    }
}

static int make_self(struct smp_view_work *w)
{
    struct smp_groups g;
    for (size_t i = 0; i < w->site_count; i++) {
        uint32_t function = w->p->frames[w->sites[i].frame].function;
        smp_cost_add(&w->functions[w->function_of[function]].self,
                     &w->sites[i].cost);
    }
    for (size_t k = 0; k < w->kept_count; k++) {
        w->keys[k] = SMP_NONE;
        if (w->site[k] == SMP_NONE)
            continue;
        uint32_t frame = w->sites[w->site[k]].frame;
        w->keys[k] = w->function_of[w->p->frames[frame].function];
    }
    if (smp_groups_init(&g, w->keys, w->kept_count, w->function_count))
        return SMP_ENOMEM;
    for (size_t i = 0; i < w->function_count; i++) {
        struct smp_function_cost *f = &w->functions[i];
        f->busy_threads_s = smp_work_busy(w, &g, i, &f->bins, &f->bin_count);
    }
    smp_groups_release(&g);
    return 0;
}

int smp_work_functions(struct smp_view_work *w)
{
    struct walk k = {0};
    int status = SMP_ENOMEM;
    if (!group_by_stack(w, &k) && !link_children(w, &k) &&
        !measure_depth(w, &k) && !number_functions(w, &k)) {
        walk_tree(w, &k);
        status = make_self(w);
    }
    walk_release(&k);
    return status;
}
