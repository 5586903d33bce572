/* CPU time of tasks: by the coroutine that ran, and by its name where known. */
#include <stdlib.h>
#include <string.h>

#include "collector/tasks.h"

/* A coroutine's address is used again when it has ended: what was seen in it is
 * taken for true for so long. */
#define TRUSTED_NS UINT64_C(2000000000)

static size_t place_of(uint32_t coroutine)
{
    return coroutine * UINT32_C(0x9e3779b1) >> 22;
}

_Static_assert(SMP_COROUTINES == 1024, "place_of has ten bits");

void smp_tasks_note(struct smp_tasks *k, uint32_t coroutine, uint32_t task,
                    uint64_t now)
{
    size_t n = place_of(coroutine);
    k->coroutines[n].coroutine = coroutine;
    k->coroutines[n].task = task;
    k->coroutines[n].seen_ns = now;
}

/* The coroutine's function, in the stack of the record's frames; SMP_NONE where
 * it is no task's: not called by an event loop. */
static uint32_t task_function(const struct smp_profile *p, uint32_t stack,
                              uint32_t frame)
{
    while (stack && frame--)
        stack = p->stacks[stack].parent;
    uint32_t outer = stack ? p->stacks[stack].parent : 0;
    if (!outer)
        return SMP_NONE;
    uint32_t caller = p->stacks[outer].frame;
    const struct smp_function *f = &p->functions[p->frames[caller].function];
    if (strcmp(smp_profile_text(p, f->name), "Handle._run") != 0 ||
        !smp_await_is_asyncio(p, caller))
        return SMP_NONE;
    return p->frames[p->stacks[stack].frame].function;
}

void smp_tasks_charge_cpu(struct smp_collector *c, struct smp_image *i,
                          const struct smp_record_sample *r, uint32_t thread,
                          uint32_t stack, uint64_t cpu_ns)
{
    struct smp_profile *p = c->profile;
    uint32_t coroutine = r->coroutine & ~SMP_COROUTINE_FRAME;
    if (!r->coroutine || stack == SMP_NONE)
        return;
    uint32_t function =
        task_function(p, stack, r->coroutine & SMP_COROUTINE_FRAME);
    if (function == SMP_NONE)
        return;
    if (i->tasks) {
        size_t n = place_of(coroutine);
        struct smp_task *task = &p->tasks[i->tasks->coroutines[n].task];
        if (i->tasks->coroutines[n].coroutine == coroutine &&
            r->time_ns <= i->tasks->coroutines[n].seen_ns + TRUSTED_NS &&
            task->thread == thread && task->function == function) {
            task->cpu_s =
                (task->cpu_s < 0 ? 0 : task->cpu_s) + (double)cpu_ns * 1e-9;
            return;
        }
    }
    /* It was never seen to wait: its time is added up at the end. */
    smp_profile_task(p,
                     (struct smp_task){.thread = thread, .function = function});
}

/* ---- at the end: all that ran in a coroutine that is a task's outermost */

struct sums {
    uint32_t *root;  /* by stack: the outermost such function, or SMP_NONE */
    uint32_t *first; /* by function: its first row, or SMP_NONE */
    uint32_t *next;  /* by row: the next of the same function */
    double *cpu_s;   /* by row: of all rows of its thread and function, in the
                      * first of them */
};

static int take_rows(struct sums *s, const struct smp_profile *p)
{
    s->root = malloc(p->stack_count * sizeof *s->root);
    s->first = malloc((p->function_count + 1) * sizeof *s->first);
    s->next = malloc((p->task_count + 1) * sizeof *s->next);
    s->cpu_s = calloc(p->task_count + 1, sizeof *s->cpu_s);
    if (!s->root || !s->first || !s->next || !s->cpu_s)
        return 0;
    for (size_t n = 0; n < p->function_count; n++)
        s->first[n] = SMP_NONE;
    for (size_t n = p->task_count; n-- > 0;) {
        s->next[n] = s->first[p->tasks[n].function];
        s->first[p->tasks[n].function] = (uint32_t)n;
    }
    s->root[0] = SMP_NONE;
    for (size_t n = 1; n < p->stack_count; n++) {
        uint32_t function = p->frames[p->stacks[n].frame].function;
        s->root[n] = s->root[p->stacks[n].parent];
        if (s->root[n] == SMP_NONE && s->first[function] != SMP_NONE)
            s->root[n] = function;
    }
    return 1;
}

static void add_samples(struct sums *s, const struct smp_profile *p)
{
    for (size_t n = 0; n < p->sample_count; n++) {
        const struct smp_sample *it = &p->samples[n];
        if (!SMP_KIND_IS_CPU(it->kind) || s->root[it->stack] == SMP_NONE)
            continue;
        uint32_t row = s->first[s->root[it->stack]];
        while (row != SMP_NONE && p->tasks[row].thread != it->thread)
            row = s->next[row];
        if (row != SMP_NONE)
            s->cpu_s[row] += it->seconds;
    }
}

/* Shares it among the rows of that thread and function: each has what was seen
 * of its name, the rest is of those without one. */
static void share(struct sums *s, struct smp_profile *p, uint32_t row)
{
    uint32_t nameless = SMP_NONE, rows = 0;
    double rest_s = s->cpu_s[row];
    for (uint32_t n = row; n != SMP_NONE; n = s->next[n]) {
        struct smp_task *t = &p->tasks[n];
        if (t->thread != p->tasks[row].thread)
            continue;
        rows++;
        nameless = t->name ? nameless : n;
        rest_s -= t->cpu_s > 0 ? t->cpu_s : 0;
    }
    if (rows == 1)
        p->tasks[row].cpu_s = s->cpu_s[row];
    else if (nameless != SMP_NONE && rest_s > 0)
        p->tasks[nameless].cpu_s =
            rest_s +
            (p->tasks[nameless].cpu_s > 0 ? p->tasks[nameless].cpu_s : 0);
}

void smp_tasks_finish(struct smp_profile *p)
{
    struct sums s = {0};
    if (p->task_count && take_rows(&s, p)) {
        add_samples(&s, p);
        for (uint32_t n = 0; n < p->task_count; n++) {
            uint32_t first = s.first[p->tasks[n].function];
            while (p->tasks[first].thread != p->tasks[n].thread)
                first = s.next[first];
            if (first == n)
                share(&s, p, n);
        }
    }
    free(s.root);
    free(s.first);
    free(s.next);
    free(s.cpu_s);
}
