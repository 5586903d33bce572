/* Tasks and awaits under a filter: await stacks charged to lines. */
#include "model/view_tasks.h"

#include <stdlib.h>

#include "base/status.h"

/* The places while they are made: found by function and line. */
struct work {
    const struct smp_profile *p;
    struct smp_await_place *places; /* owned */
    double *present_s;              /* owned; by place */
    double *on_line_s;              /* owned; the same */
    size_t count;
    struct smp_map map;
};

static int place_equal(const void *context, const void *key, uint32_t value)
{
    const struct work *w = context;
    const uint32_t *k = key;
    return w->places[value].function == k[0] && w->places[value].line == k[1];
}

/* The place of a line, SMP_MAP_NONE where it has none and `make` is 0. There is
 * room for one more for each row of awaits. */
static uint32_t place_of(struct work *w, uint32_t function, uint32_t line,
                         int make)
{
    uint32_t key[] = {function, line};
    uint64_t hash = smp_hash_bytes(key, sizeof key);
    uint32_t at = smp_map_find(&w->map, hash, key, place_equal, w);
    if (at != SMP_MAP_NONE || !make)
        return at;
    if (smp_map_put(&w->map, hash, (uint32_t)w->count))
        return SMP_MAP_NONE;
    w->places[w->count] =
        (struct smp_await_place){.function = function, .line = line};
    return (uint32_t)w->count++;
}

/* By stack: its innermost frame in scope, or SMP_NONE. Owned; NULL. */
static uint32_t *frames_in_scope(const struct smp_profile *p,
                                 const struct smp_filter *f)
{
    uint32_t *charged = malloc(p->stack_count * sizeof *charged);
    if (!charged)
        return NULL;
    charged[0] = SMP_NONE;
    for (size_t i = 1; i < p->stack_count; i++) {
        const struct smp_stack *s = &p->stacks[i];
        uint32_t file = p->functions[p->frames[s->frame].function].file;
        charged[i] =
            smp_view_file_in_scope(p, file, f) ? s->frame : charged[s->parent];
    }
    return charged;
}

static int charge_awaits(struct work *w, const struct smp_filter *f,
                         const uint32_t *charged)
{
    const struct smp_profile *p = w->p;
    for (size_t i = 0; i < p->await_count; i++) {
        const struct smp_await *a = &p->awaits[i];
        if (charged[a->stack] == SMP_NONE ||
            !smp_filter_keeps_thread(p, f, p->tasks[a->task].thread))
            continue;
        const struct smp_frame *frame = &p->frames[charged[a->stack]];
        uint32_t at = place_of(w, frame->function, frame->line, 1);
        if (at == SMP_MAP_NONE)
            return SMP_ENOMEM;
        w->places[at].await_s += a->await_s;
        w->places[at].wait_s += a->wait_s;
        w->places[at].by_s[a->on] += a->await_s;
    }
    return 0;
}

static void count_coroutines(struct work *w, const struct smp_filter *f)
{
    const struct smp_profile *p = w->p;
    for (size_t i = 0; i < p->await_line_count; i++) {
        const struct smp_await_line *l = &p->await_lines[i];
        uint32_t at = place_of(w, l->function, l->line, 0);
        if (at == SMP_MAP_NONE || !smp_filter_keeps_thread(p, f, l->thread))
            continue;
        w->present_s[at] += l->present_s;
        w->on_line_s[at] += l->await_s;
        if (l->peak > w->places[at].peak)
            w->places[at].peak = l->peak;
    }
    for (size_t i = 0; i < w->count; i++)
        if (w->present_s[i] > 0)
            w->places[i].mean = w->on_line_s[i] / w->present_s[i];
}

static int compare_places(const void *left, const void *right)
{
    const struct smp_await_place *a = left, *b = right;
    if (a->await_s != b->await_s)
        return a->await_s > b->await_s ? -1 : 1;
    if (a->function != b->function)
        return a->function < b->function ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static int make_places(struct smp_task_view *v, const struct smp_profile *p,
                       const struct smp_filter *f)
{
    struct work w = {.p = p};
    size_t room = p->await_count + 1;
    uint32_t *charged = frames_in_scope(p, f);
    w.places = calloc(room, sizeof *w.places);
    w.present_s = calloc(room, sizeof *w.present_s);
    w.on_line_s = calloc(room, sizeof *w.on_line_s);
    int status =
        charged && w.places && w.present_s && w.on_line_s ? 0 : SMP_ENOMEM;
    status = status ? status : charge_awaits(&w, f, charged);
    if (!status) {
        count_coroutines(&w, f);
        qsort(w.places, w.count, sizeof *w.places, compare_places);
        v->places = w.places;
        v->place_count = w.count;
        w.places = NULL;
    }
    free(charged);
    free(w.places);
    free(w.present_s);
    free(w.on_line_s);
    smp_map_release(&w.map);
    return status;
}

/* A task and what it is sorted by. */
struct ranked {
    uint32_t task;
    double alive_s;
};

static int compare_tasks(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->alive_s != b->alive_s)
        return a->alive_s > b->alive_s ? -1 : 1;
    return a->task < b->task ? -1 : a->task > b->task;
}

static double alive_s(const struct smp_task *t)
{
    return t->await_s + (t->cpu_s > 0 ? t->cpu_s : 0);
}

static int rank_tasks(struct smp_task_view *v, const struct smp_profile *p,
                      const struct smp_filter *f)
{
    struct ranked *all = calloc(p->task_count + 1, sizeof *all);
    v->tasks = calloc(p->task_count + 1, sizeof *v->tasks);
    if (!all || !v->tasks) {
        free(all);
        return SMP_ENOMEM;
    }
    for (uint32_t i = 0; i < p->task_count; i++) {
        if (!smp_filter_keeps_thread(p, f, p->tasks[i].thread))
            continue;
        all[v->task_count++] = (struct ranked){i, alive_s(&p->tasks[i])};
        v->await_s += p->tasks[i].await_s;
    }
    qsort(all, v->task_count, sizeof *all, compare_tasks);
    for (size_t i = 0; i < v->task_count; i++)
        v->tasks[i] = all[i].task;
    free(all);
    return 0;
}

int smp_task_view_make(struct smp_task_view *v, const struct smp_profile *p,
                       const struct smp_filter *f)
{
    struct smp_task_view made = {0};
    int status = rank_tasks(&made, p, f);
    status = status ? status : make_places(&made, p, f);
    if (status)
        smp_task_view_release(&made);
    else
        *v = made;
    return status;
}

void smp_task_view_release(struct smp_task_view *v)
{
    free(v->places);
    free(v->tasks);
    *v = (struct smp_task_view){0};
}

enum smp_await_on smp_await_place_top(const struct smp_await_place *a)
{
    int top = 0;
    for (int i = 1; i < SMP_AWAIT_COUNT; i++)
        if (a->by_s[i] > a->by_s[top])
            top = i;
    return (enum smp_await_on)top;
}
