/* Tasks of event loops: where they were suspended, for how long, how many. */
#include <string.h>

#include "base/status.h"
#include "model/profile.h"
#include "model/profile_index.h"

static const struct {
    const char *name, *words;
} reasons[] = {
#define SMP_X(symbol, name, words) {name, words},
    SMP_AWAIT_TABLE(SMP_X)
#undef SMP_X
};

const char *smp_await_name(enum smp_await_on on)
{
    return reasons[on].name;
}

const char *smp_await_words(enum smp_await_on on)
{
    return reasons[on].words;
}

enum smp_await_on smp_await_from_name(const char *name)
{
    int on = 0;
    while (on < SMP_AWAIT_COUNT && strcmp(reasons[on].name, name) != 0)
        on++;
    return (enum smp_await_on)on;
}

/* A row's key: three numbers. */
struct key {
    uint32_t part[3];
};

static struct key task_key(const struct smp_task *t)
{
    return (struct key){{t->thread, t->name, t->function}};
}

static struct key await_key(const struct smp_await *a)
{
    return (struct key){{a->task, a->stack, a->on}};
}

static struct key await_line_key(const struct smp_await_line *l)
{
    return (struct key){{l->thread, l->function, l->line}};
}

/* Finds the row of a key, or makes it: its index, or SMP_NONE. */
#define DEFINE_ROWS(one, array, most)                                          \
    static int one##_equal(const void *context, const void *key,               \
                           uint32_t value)                                     \
    {                                                                          \
        const struct smp_profile *p = context;                                 \
        struct key k = one##_key(&p->array[value]);                            \
        return !memcmp(key, &k, sizeof k);                                     \
    }                                                                          \
    static uint64_t one##_hash(const struct smp_profile *p, uint32_t i)        \
    {                                                                          \
        struct key k = one##_key(&p->array[i]);                                \
        return smp_hash_bytes(&k, sizeof k);                                   \
    }                                                                          \
    static uint32_t one##_row(struct smp_profile *p, struct smp_##one it,      \
                              int *status)                                     \
    {                                                                          \
        struct smp_map *m = &p->index->array;                                  \
        struct key k = one##_key(&it);                                         \
        uint64_t hash = smp_hash_bytes(&k, sizeof k);                          \
        *status = smp_profile_catch_up(m, p, p->one##_count, one##_hash);      \
        if (*status)                                                           \
            return SMP_NONE;                                                   \
        uint32_t found = smp_map_find(m, hash, &k, one##_equal, p);            \
        if (found != SMP_MAP_NONE)                                             \
            return found;                                                      \
        *status =                                                              \
            p->one##_count < (most)                                            \
                ? smp_profile_grow((void **)&p->array, &p->index->one##_room,  \
                                   p->one##_count, sizeof *p->array)           \
                : SMP_EFULL;                                                   \
        if (!*status)                                                          \
            *status = smp_map_put(m, hash, (uint32_t)p->one##_count);          \
        if (*status)                                                           \
            return SMP_NONE;                                                   \
        p->array[p->one##_count] = it;                                         \
        return (uint32_t)p->one##_count++;                                     \
    }

DEFINE_ROWS(task, tasks, SMP_TASK_LIMIT)
DEFINE_ROWS(await, awaits, SMP_AWAIT_LIMIT)
DEFINE_ROWS(await_line, await_lines, SMP_AWAIT_LIMIT)

static int is_seconds(double s)
{
    return s >= 0 && s <= SMP_TIME_LIMIT_S;
}

static void raise_peak(uint32_t *peak, uint32_t to)
{
    *peak = to > *peak ? to : *peak;
}

uint32_t smp_profile_task(struct smp_profile *p, struct smp_task key)
{
    int status;
    struct smp_task empty = {.thread = key.thread,
                             .name = key.name,
                             .function = key.function,
                             .cpu_s = -1};
    if (key.thread >= p->thread_count || key.name >= p->string_count ||
        key.function >= p->function_count)
        return SMP_NONE;
    return task_row(p, empty, &status);
}

int smp_profile_await(struct smp_profile *p, struct smp_await a)
{
    int status;
    struct smp_await empty = {.task = a.task, .stack = a.stack, .on = a.on};
    if (a.task >= p->task_count || a.stack >= p->stack_count ||
        a.on >= SMP_AWAIT_COUNT || !is_seconds(a.await_s) ||
        !is_seconds(a.wait_s))
        return SMP_EINVAL;
    uint32_t row = await_row(p, empty, &status);
    if (row == SMP_NONE)
        return status;
    p->awaits[row].await_s += a.await_s;
    p->awaits[row].wait_s += a.wait_s;
    raise_peak(&p->awaits[row].peak, a.peak);
    return 0;
}

int smp_profile_await_line(struct smp_profile *p, struct smp_await_line l)
{
    int status;
    struct smp_await_line empty = {.thread = l.thread,
                                   .function = l.function,
                                   .line = l.line};
    if (l.thread >= p->thread_count || l.function >= p->function_count ||
        l.line > INT32_MAX || !is_seconds(l.await_s) ||
        !is_seconds(l.present_s))
        return SMP_EINVAL;
    uint32_t row = await_line_row(p, empty, &status);
    if (row == SMP_NONE)
        return status;
    p->await_lines[row].await_s += l.await_s;
    p->await_lines[row].present_s += l.present_s;
    raise_peak(&p->await_lines[row].peak, l.peak);
    return 0;
}
