/* One reading of an idle event loop: its suspended tasks, the frames they are
 * suspended in, and which of them waits for which. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "collector/remote.h"
#include "collector/tasks_read.h"

#define SEEK_AGAIN_NS 500000000u /* before asyncio is looked for again */
#define PIECE 16u                /* slots of the set of tasks read together */
#define PIECES 128u              /* of a large set, read at once */
#define SLOTS (PIECE * PIECES)
#define LEAST 8u            /* tasks read at once, where a loop hardly idles */
#define FETCHED_DEEP 2      /* coroutines of a chain that are read together */
#define COROUTINE_BYTES 240 /* of one: head, frame, a few slots */
#define CALLBACKS 8u        /* of a future, looked through */

/* ---- is a loop idle here? */

static const char *function_name(const struct smp_profile *p, uint32_t frame)
{
    return smp_profile_text(p, p->functions[p->frames[frame].function].name);
}

static int is_selector(const struct smp_profile *p, uint32_t frame)
{
    static const char tail[] = "/selectors.py";
    const struct smp_function *f = &p->functions[p->frames[frame].function];
    const char *path = smp_profile_text(p, p->files[f->file].path);
    size_t n = strlen(path);
    return n >= sizeof tail - 1 && !strcmp(path + n - (sizeof tail - 1), tail);
}

/* Between the loop's own frame and the system call stands the selector and
 * nothing else; a callback that blocks stands there as well. A loop in C has no
 * frame of its own: then that it is in epoll has to do. */
static int stack_is_idle(const struct smp_profile *p, uint32_t stack,
                         const struct smp_os_block *block)
{
    int selectors = 1;
    for (uint32_t at = stack; at; at = p->stacks[at].parent) {
        uint32_t frame = p->stacks[at].frame;
        if (!strcmp(function_name(p, frame), "BaseEventLoop._run_once") &&
            smp_await_is_asyncio(p, frame))
            return selectors;
        selectors = selectors && is_selector(p, frame);
    }
    return smp_os_classify(block) == SMP_OS_IO;
}

static int tasks_of(struct smp_loop_reader *r, struct smp_watched *t)
{
    struct smp_image *i = r->i;
    uint64_t now = smp_os_now(), task;
    int status = smp_object_running_loop(&r->objects, t->state, &r->loop);
    if (status)
        return status;
    struct smp_tasks *k = i->tasks;
    if (!k->set || smp_object_kind(&r->objects, k->set) != SMP_IS_SET) {
        if (k->sought_ns && now - k->sought_ns < SEEK_AGAIN_NS)
            return SMP_ENOENT;
        k->sought_ns = now;
        status = smp_object_find_tasks(&r->objects, i->hello.interpreter,
                                       &k->set, &k->current);
        if (status)
            return status;
    }
    /* A task that runs and blocks is no idle loop. */
    if (!smp_object_lookup_object(&r->objects, k->current, r->loop, &task))
        return SMP_ENOENT;
    return 0;
}

/* ---- one task */

struct frames {
    struct smp_loop_reader *r;
    int failed;
};

static int take_frame(void *context, const struct smp_walk_frame *frame)
{
    struct frames *f = context;
    struct smp_loop_reading *out = f->r->out;
    uint32_t n = out->frame_count < SMP_TASK_FRAMES
                     ? smp_remote_frame(f->r->c, f->r->i, &f->r->memory, frame)
                     : SMP_NONE;
    if (n == SMP_NONE) {
        f->failed = 1;
        return 1;
    }
    out->frames[out->frame_count++] = n;
    return 0;
}

/* asyncio's own names say nothing: "Task-7". */
static void take_name(struct smp_loop_reader *r, uint64_t name, char *to)
{
    static const char own[] = "Task-";
    to[0] = '\0';
    if (!name || smp_object_text(&r->objects, name, to, SMP_TASK_NAME)) {
        to[0] = '\0';
        return;
    }
    const char *digits = to + sizeof own - 1;
    if (!strncmp(to, own, sizeof own - 1) && *digits &&
        !digits[strspn(digits, "0123456789")])
        to[0] = '\0';
}

/* 1 where a future is done when a job in an executor is. */
static int is_job(struct smp_loop_reader *r, uint64_t future)
{
    uint64_t callbacks[CALLBACKS], name;
    unsigned count;
    char text[48];
    if (smp_object_callbacks(&r->objects, future, callbacks, CALLBACKS, &count))
        return 0;
    for (unsigned n = 0; n < count; n++)
        if (smp_object_kind(&r->objects, callbacks[n]) == SMP_IS_FUNCTION &&
            !smp_object_word(&r->objects, callbacks[n] + 40, &name) &&
            !smp_object_text(&r->objects, name, text, sizeof text) &&
            !strncmp(text, "_chain_future.", 14))
            return 1;
    return 0;
}

static enum smp_await_on reason_of(struct smp_loop_reader *r,
                                   const struct smp_suspended *s)
{
    enum smp_await_on on =
        smp_await_reason(r->c->profile, r->out->frames + s->first, s->count);
    enum smp_python_kind kind = smp_object_kind(&r->objects, s->waiter);
    if (on != SMP_AWAIT_FUTURE)
        return on;
    if (kind == SMP_IS_TASK || kind == SMP_IS_GATHERING)
        return SMP_AWAIT_TASK;
    return kind == SMP_IS_FUTURE && is_job(r, s->waiter) ? SMP_AWAIT_EXECUTOR
                                                         : SMP_AWAIT_FUTURE;
}

/* Adds a task of this loop that is suspended: its index, or -1. */
int32_t smp_loop_read_task(struct smp_loop_reader *r, uint64_t address,
                           int is_extra)
{
    struct smp_loop_reading *out = r->out;
    struct smp_task_ref task;
    struct frames f = {r, 0};
    if (out->count == sizeof out->tasks / sizeof *out->tasks)
        return -1;
    int status = smp_object_task(&r->objects, address, &task);
    out->unreadable += status == SMP_EFAULT;
    if (status || task.loop != r->loop)
        return -1;
    struct smp_suspended *s = &out->tasks[out->count];
    *s = (struct smp_suspended){.address = address,
                                .waiter = task.waiter,
                                .coroutine = task.coro,
                                .first = out->frame_count,
                                .awaiter = -1,
                                .is_extra = (uint8_t)is_extra};
    status = smp_object_await_chain(&r->objects, task.coro, take_frame, &f);
    s->count = out->frame_count - s->first;
    if (status == SMP_EAGAIN && !s->count)
        return -1; /* it has not begun, or has just ended */
    if (!s->count || f.failed) {
        out->frame_count = s->first;
        out->unreadable++;
        return -1;
    }
    take_name(r, task.name, s->name);
    s->on = (uint8_t)reason_of(r, s);
    s->is_collecting =
        (uint8_t)smp_await_is_collecting(r->c->profile, out->frames + s->first,
                                         s->count);
    if (s->is_collecting)
        s->on = SMP_AWAIT_TASK;
    return (int32_t)out->count++;
}

/* ---- all of them, or a random part */

static uint64_t draw(struct smp_tasks *k, uint64_t below)
{
    k->draws = k->draws * UINT64_C(6364136223846793005) +
               UINT64_C(1442695040888963407);
    return (k->draws >> 33) % below;
}

/* The entries of a piece of the set's table, added to `all`. */
static void take_entries(const uint8_t *slots, size_t n, uint64_t *all,
                         size_t *count)
{
    for (size_t k = 0; k < n; k++) {
        uint64_t entry, hash;
        memcpy(&entry, slots + k * SMP_SET_SLOT, sizeof entry);
        memcpy(&hash, slots + k * SMP_SET_SLOT + 8, sizeof hash);
        if (entry && entry % 8 == 0 && hash != UINT64_MAX) /* not deleted */
            all[(*count)++] = entry;
    }
}

/* Weak references to tasks: the entries of the set, of a large one those of
 * random pieces of its table. Which slot an entry has says nothing of it. */
static size_t read_references(struct smp_loop_reader *r,
                              const struct smp_set_ref *set,
                              uint64_t all[SLOTS])
{
    static uint8_t pieces[SLOTS * SMP_SET_SLOT]; /* one thread */
    uint64_t from[PIECES];
    uint8_t *to[PIECES];
    size_t count = 0, bytes = PIECE * SMP_SET_SLOT;
    if (set->slots <= SLOTS) {
        if (smp_os_read_memory(r->i->pid, set->table, pieces,
                               set->slots * SMP_SET_SLOT))
            return 0;
        take_entries(pieces, set->slots, all, &count);
        return count;
    }
    for (size_t n = 0; n < PIECES; n++) {
        from[n] = set->table + draw(r->i->tasks, set->slots / PIECE) * bytes;
        to[n] = pieces + n * bytes;
    }
    size_t got = smp_os_read_pieces(r->i->pid, from, to, PIECES, bytes);
    take_entries(pieces, got * PIECE, all, &count);
    return count;
}

void smp_tasks_shuffle(struct smp_tasks *k, uint64_t *all, size_t count,
                       size_t keep)
{
    for (size_t n = 0; n < keep; n++) {
        size_t other = n + draw(k, count - n);
        uint64_t swap = all[n];
        all[n] = all[other];
        all[other] = swap;
    }
}

/* ---- reading them together: level by level, each with one call */

static void fetch(const uint64_t *objects, size_t n, uint64_t offset)
{
    uint64_t ends[2 * SMP_TASKS_AT_ONCE];
    size_t count = 0;
    for (size_t k = 0; k < n; k++)
        if (objects[k]) {
            ends[count++] = objects[k];
            ends[count++] = objects[k] + offset;
        }
    smp_remote_prefetch(ends, count);
}

/* Tasks of weak references (0: gone), and the pages of all that they await. */
static void fetch_tasks(struct smp_loop_reader *r, const uint64_t *references,
                        size_t n, uint64_t tasks[SMP_TASKS_AT_ONCE])
{
    const struct smp_objects *o = &r->objects;
    uint64_t at[SMP_TASKS_AT_ONCE], waiters[SMP_TASKS_AT_ONCE];
    fetch(references, n, 16);
    for (size_t k = 0; k < n; k++)
        if (smp_object_referent(o, references[k], &tasks[k]) || tasks[k] % 8)
            tasks[k] = 0;
    fetch(tasks, n, o->at->task_name);
    for (size_t k = 0; k < n; k++) {
        at[k] = waiters[k] = 0;
        if (!tasks[k] || smp_object_kind(o, tasks[k]) != SMP_IS_TASK)
            continue;
        smp_object_word(o, tasks[k] + o->at->task_coro, &at[k]);
        smp_object_word(o, tasks[k] + o->at->task_waiter, &waiters[k]);
    }
    fetch(waiters, n, 48);
    for (int deep = 0; deep < FETCHED_DEEP; deep++) {
        fetch(at, n, COROUTINE_BYTES);
        for (size_t k = 0; k < n; k++)
            at[k] = at[k] ? smp_object_awaited(o, at[k]) : 0;
    }
}

static int read_tasks(struct smp_loop_reader *r)
{
    static uint64_t all[SLOTS]; /* one thread */
    uint64_t tasks[SMP_TASKS_AT_ONCE];
    struct smp_set_ref set;
    struct smp_loop_reading *out = r->out;
    if (smp_object_set(&r->objects, r->i->tasks->set, &set) || !set.used)
        return SMP_ENOENT;
    size_t count = read_references(r, &set, all);
    size_t keep = r->i->tasks->at_once;
    if (!count)
        return SMP_ENOENT;
    if (keep < count)
        smp_tasks_shuffle(r->i->tasks, all, count, keep);
    else
        keep = count;
    out->thinned = set.used > keep ? set.used - keep : 0;
    fetch_tasks(r, all, keep, tasks);
    for (size_t n = 0; n < keep; n++)
        if (tasks[n])
            smp_loop_read_task(r, tasks[n], 0);
    if (!out->count)
        return SMP_ENOENT;
    out->weight = out->thinned ? (double)set.used / (double)keep : 1;
    smp_loop_link(r);
    return 0;
}

/* A loop that goes on within the time that a reading takes is read in smaller
 * parts. */
void smp_loop_torn(struct smp_image *i, int torn)
{
    struct smp_tasks *k = i->tasks;
    if (torn)
        k->at_once = k->at_once / 2 > LEAST ? k->at_once / 2 : LEAST;
    else if (k->at_once < SMP_TASKS_AT_ONCE)
        k->at_once++;
}

int smp_tasks_prepare(struct smp_image *i)
{
    const struct smp_object_layout *layout;
    if (i->tasks)
        return 0;
    if (smp_object_layout_find(&layout, i->hello.python_version))
        return SMP_EVERSION;
    i->tasks = calloc(1, sizeof *i->tasks);
    if (!i->tasks)
        return SMP_ENOMEM;
    i->tasks->layout = layout;
    i->tasks->draws = (uint64_t)i->pid;
    i->tasks->at_once = SMP_TASKS_AT_ONCE;
    return 0;
}

int smp_loop_read(struct smp_collector *c, struct smp_image *i,
                  struct smp_watched *t, const struct smp_os_block *block,
                  uint32_t stack, struct smp_loop_reading *out)
{
    if (!t->state || !stack_is_idle(c->profile, stack, block))
        return SMP_ENOENT;
    int status = smp_tasks_prepare(i);
    if (status)
        return status;
    struct smp_loop_reader r = {.c = c, .i = i, .out = out};
    r.memory = smp_remote_memory(i->pid);
    r.objects =
        (struct smp_objects){&i->hello.layout, i->tasks->layout, &r.memory,
                             &i->tasks->types, i->hello.code_type};
    out->count = out->frame_count = 0;
    out->thinned = out->unreadable = 0;
    out->without_base = 0;
    status = tasks_of(&r, t);
    return status ? status : read_tasks(&r);
}
