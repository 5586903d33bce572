/* Tasks: a loop's waiting, divided among those that are suspended in it. */
#include "collector/tasks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

#define LINES 1024       /* told apart in one reading; a power of two */
#define NAMES_APART 256  /* rows of tasks: of later ones digits become '#' */
#define AWAITERS_DEEP 64 /* tasks in one chain of waiting */
#define IN_THE_MAKING (SMP_NONE - 1)

/* Tasks that are suspended in one stack. */
struct group {
    uint32_t task, stack; /* of the profile */
    uint8_t on, kind;     /* enum smp_await_on, enum smp_kind */
    double tasks;         /* how many */
    double share;         /* of the loop's waiting */
};

/* Coroutines on one line. */
struct line {
    uint32_t function, line;
    uint32_t last; /* the task that was counted last, + 1 */
    double coroutines;
};

/* Tasks of one row of the profile's table. */
struct row {
    uint32_t task;
    double tasks, share;
};

struct smp_awaits {
    double weight; /* tasks that each one read stands for */
    double drawn;  /* tasks read */
    struct group groups[SMP_TASKS_AT_ONCE];
    struct row rows[SMP_TASKS_AT_ONCE];
    struct line lines[LINES]; /* each in its place by its hash, or behind */
    uint32_t group_count, row_count, line_count;
    int thinned;
};

/* What is at work while a reading is made into that. */
struct maker {
    struct smp_collector *c;
    struct smp_watched *t;
    const struct smp_loop_reading *reading;
    struct smp_awaits *out;
    struct smp_tasks *tasks;
    uint64_t now;
    enum smp_kind kind; /* what the thread itself waits for */
    uint32_t base;      /* the thread's stack up to its loop */
    uint32_t stacks[SMP_TASKS_AT_ONCE + SMP_TASKS_EXTRA];
};

/* ---- stacks */

/* Without the selector, which is where a loop waits, not why. */
static uint32_t base_of(const struct smp_profile *p, uint32_t stack)
{
    uint32_t at = stack;
    while (
        at &&
        !strstr(smp_profile_text(
                    p,
                    p->functions[p->frames[p->stacks[at].frame].function].name),
                "_run_once"))
        at = p->stacks[at].parent;
    return at ? at : stack; /* a loop in C has no frame of its own */
}

static uint32_t stack_of(struct maker *m, uint32_t n, int depth)
{
    const struct smp_loop_reading *r = m->reading;
    const struct smp_suspended *s = &r->tasks[n];
    if (m->stacks[n] != SMP_NONE)
        return m->stacks[n] == IN_THE_MAKING ? m->base : m->stacks[n];
    m->stacks[n] = IN_THE_MAKING; /* tasks may wait for each other in a ring */
    uint32_t stack = s->awaiter >= 0 && depth < AWAITERS_DEEP
                         ? stack_of(m, (uint32_t)s->awaiter, depth + 1)
                         : m->base;
    for (uint32_t k = 0; k < s->count; k++)
        stack =
            smp_profile_stack(m->c->profile, stack, r->frames[s->first + k]);
    m->stacks[n] = stack == SMP_NONE ? 0 : stack;
    return m->stacks[n];
}

/* ---- rows of tasks */

/* "worker-17" to "worker-#". */
static void blur_digits(char *name)
{
    char *to = name;
    for (const char *at = name; *at; at++) {
        int digit = *at >= '0' && *at <= '9';
        if (digit && to > name && to[-1] == '#')
            continue;
        *to++ = digit ? '#' : *at;
    }
    *to = '\0';
}

static uint32_t task_row(struct maker *m, const struct smp_suspended *s)
{
    struct smp_profile *p = m->c->profile;
    char name[SMP_TASK_NAME];
    struct smp_task key = {
        .thread = m->t->thread,
        .function = p->frames[m->reading->frames[s->first]].function};
    memcpy(name, s->name, sizeof name);
    if (p->task_count >= NAMES_APART)
        blur_digits(name);
    key.name = smp_profile_string(p, name);
    uint32_t row = smp_profile_task(p, key);
    if (row == SMP_NONE) {
        key.name = 0;
        row = smp_profile_task(p, key);
    }
    return row;
}

/* ---- sums over tasks */

static void add_to_group(struct maker *m, struct group g)
{
    struct smp_awaits *a = m->out;
    for (uint32_t n = 0; n < a->group_count; n++) {
        struct group *have = &a->groups[n];
        if (have->task == g.task && have->stack == g.stack &&
            have->on == g.on) {
            have->tasks += g.tasks;
            have->share += g.share;
            return;
        }
    }
    a->groups[a->group_count++] = g;
}

static void add_to_row(struct smp_awaits *a, const struct group *g)
{
    uint32_t n = 0;
    while (n < a->row_count && a->rows[n].task != g->task)
        n++;
    if (n == a->row_count)
        a->rows[a->row_count++] = (struct row){.task = g->task};
    a->rows[n].tasks += g->tasks;
    a->rows[n].share += g->share;
}

static struct line *line_at(struct smp_awaits *a, const struct smp_frame *f)
{
    uint32_t key[] = {f->function, f->line};
    size_t slot = smp_hash_bytes(key, sizeof key) % LINES;
    while (a->lines[slot].coroutines > 0 &&
           (a->lines[slot].function != f->function ||
            a->lines[slot].line != f->line))
        slot = (slot + 1) % LINES;
    return &a->lines[slot];
}

/* Counts task `who` on each line of the frames of task `n`, once. 1 where a
 * frame lies outside of asyncio. */
static int count_lines(struct maker *m, uint32_t n, uint32_t who)
{
    const struct smp_profile *p = m->c->profile;
    const struct smp_suspended *s = &m->reading->tasks[n];
    int outside = 0;
    for (uint32_t k = 0; k < s->count; k++) {
        uint32_t at = m->reading->frames[s->first + k];
        const struct smp_frame *f = &p->frames[at];
        struct line *l = line_at(m->out, f);
        outside |= !smp_await_is_asyncio(p, at);
        if (l->coroutines <= 0) {
            if (m->out->line_count == LINES - 1)
                continue;
            m->out->line_count++;
            *l = (struct line){f->function, f->line, 0, 0};
        }
        if (l->last == who + 1)
            continue;
        l->last = who + 1;
        l->coroutines += m->reading->weight;
    }
    return outside;
}

/* A task that is nothing but asyncio's own code (gather(sleep(1), ...)) stands on
 * the line that waits for it. */
static void count_task(struct maker *m, uint32_t n)
{
    int32_t at = (int32_t)n;
    for (int i = 0; at >= 0 && i < AWAITERS_DEEP; i++) {
        if (count_lines(m, (uint32_t)at, n))
            return;
        at = m->reading->tasks[at].awaiter;
    }
}

static uint32_t whole(double tasks)
{
    return tasks < (double)UINT32_MAX ? (uint32_t)(tasks + 0.5) : UINT32_MAX;
}

/* The most of many estimates would be too high: of one it is what they hardly
 * fall below by chance. Where all tasks were read it is exact. */
#define SIGMAS 2.5

static uint32_t peak_of(const struct smp_awaits *a, double tasks)
{
    double share = a->drawn > 0 ? tasks / a->weight / a->drawn : 1;
    double spread = share * (1 - share) * a->drawn;
    if (!a->thinned || spread <= 0)
        return whole(tasks);
    double low = tasks - SIGMAS * a->weight * sqrt(spread);
    return whole(low > tasks / a->weight ? low : tasks / a->weight);
}

static void raise_peaks(struct maker *m)
{
    struct smp_profile *p = m->c->profile;
    for (uint32_t n = 0; n < m->out->row_count; n++) {
        struct smp_task *t = &p->tasks[m->out->rows[n].task];
        uint32_t tasks = peak_of(m->out, m->out->rows[n].tasks);
        t->peak = tasks > t->peak ? tasks : t->peak;
    }
}

/* ---- a reading */

/* Those that wait for no other task; where all do, all. */
static int counts(const struct smp_suspended *s, uint32_t leaves)
{
    return !s->is_extra && (!leaves || !s->is_awaiting);
}

static int make(struct maker *m)
{
    const struct smp_loop_reading *r = m->reading;
    uint32_t leaves = 0, sharing = 0;
    for (uint32_t n = 0; n < r->count; n++) {
        m->stacks[n] = SMP_NONE;
        leaves += !r->tasks[n].is_extra && !r->tasks[n].is_awaiting;
    }
    for (uint32_t n = 0; n < r->count; n++)
        sharing += (uint32_t)counts(&r->tasks[n], leaves);
    for (uint32_t n = 0; n < r->count; n++) {
        const struct smp_suspended *s = &r->tasks[n];
        if (s->is_extra)
            continue;
        struct group g = {.task = task_row(m, s),
                          .stack = stack_of(m, n, 0),
                          .on = s->on,
                          .tasks = r->weight};
        if (g.task == SMP_NONE)
            return SMP_ENOMEM;
        g.kind = (uint8_t)smp_await_kind((enum smp_await_on)s->on, m->kind);
        g.share = counts(s, leaves) ? 1.0 / sharing : 0;
        smp_tasks_note(m->tasks,
                       smp_coroutine(s->coroutine +
                                     m->tasks->layout->gen_frame),
                       g.task, m->now);
        add_to_group(m, g);
        add_to_row(m->out, &g);
        count_task(m, n);
    }
    raise_peaks(m);
    return sharing ? 0 : SMP_ENOENT;
}

int smp_awaits_read(struct smp_collector *c, struct smp_image *i,
                    struct smp_watched *t, const struct smp_os_block *block,
                    uint32_t stack, enum smp_kind kind)
{
    static struct smp_loop_reading reading; /* the collector has one thread */
    int status = smp_loop_read(c, i, t, block, stack, &reading);
    if (status == SMP_ENOENT)
        status = smp_greenlets_read(c, i, block, stack, &reading);
    if (status)
        return status;
    if (!t->awaits)
        t->awaits = malloc(sizeof *t->awaits);
    if (!t->awaits)
        return SMP_ENOMEM;
    *t->awaits = (struct smp_awaits){.weight = reading.weight,
                                     .thinned = reading.thinned > 0};
    for (uint32_t n = 0; n < reading.count; n++)
        t->awaits->drawn += !reading.tasks[n].is_extra;
    struct smp_ledger *l = &c->profile->ledger;
    l->loops_read++;
    l->tasks_read += reading.count;
    l->tasks_thinned += reading.thinned;
    l->tasks_unreadable += reading.unreadable;
    struct maker m = {.c = c,
                      .t = t,
                      .reading = &reading,
                      .out = t->awaits,
                      .tasks = i->tasks,
                      .now = smp_os_now(),
                      .kind = kind,
                      .base = reading.without_base
                                  ? 0
                                  : base_of(c->profile, stack)};
    return make(&m);
}

int smp_awaits_is_thinned(const struct smp_awaits *a)
{
    return a->thinned;
}

/* ---- charging */

static void charge_group(struct smp_collector *c, struct smp_watched *t,
                         double at_s, double seconds, const struct group *g,
                         uint32_t count)
{
    struct smp_sample s = {.thread = t->thread,
                           .stack = g->stack,
                           .kind = g->kind,
                           .count = count,
                           .seconds = g->share * seconds};
    if (g->share > 0)
        smp_charge(c, at_s, s);
    smp_profile_await(c->profile,
                      (struct smp_await){.task = g->task,
                                         .stack = g->stack,
                                         .on = g->on,
                                         .peak = peak_of(t->awaits, g->tasks),
                                         .await_s = g->tasks * seconds,
                                         .wait_s = g->share * seconds});
}

static void charge_lines(struct smp_collector *c, struct smp_watched *t,
                         double seconds)
{
    const struct smp_awaits *a = t->awaits;
    for (uint32_t n = 0; n < LINES; n++) {
        const struct line *l = &a->lines[n];
        if (l->coroutines > 0)
            smp_profile_await_line(
                c->profile,
                (struct smp_await_line){.thread = t->thread,
                                        .function = l->function,
                                        .line = l->line,
                                        .peak = peak_of(a, l->coroutines),
                                        .await_s = l->coroutines * seconds,
                                        .present_s = seconds});
    }
}

void smp_awaits_charge(struct smp_collector *c, struct smp_watched *t,
                       uint64_t at_ns, uint64_t ns, uint32_t count)
{
    const struct smp_awaits *a = t->awaits;
    double seconds = (double)ns * 1e-9, at_s = smp_collector_time(c, at_ns);
    if (!ns)
        return;
    for (uint32_t n = 0; n < a->group_count; n++) {
        const struct group *g = &a->groups[n];
        charge_group(c, t, at_s, seconds, g, g->share > 0 ? count : 0);
        count = g->share > 0 ? 0 : count;
    }
    for (uint32_t n = 0; n < a->row_count; n++) {
        struct smp_task *row = &c->profile->tasks[a->rows[n].task];
        row->await_s += a->rows[n].tasks * seconds;
        row->wait_s += a->rows[n].share * seconds;
    }
    charge_lines(c, t, seconds);
}

void smp_awaits_moved(struct smp_awaits *a, const uint32_t *task)
{
    for (uint32_t n = 0; n < a->group_count; n++)
        a->groups[n].task = task[a->groups[n].task];
    for (uint32_t n = 0; n < a->row_count; n++)
        a->rows[n].task = task[a->rows[n].task];
}

void smp_awaits_free(struct smp_awaits *a)
{
    free(a);
}
