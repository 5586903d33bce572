/* One reading of an idle event loop: its suspended tasks, the frames they are
 * suspended in, and which of them waits for which. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "collector/remote.h"
#include "collector/tasks.h"

#define SEEK_AGAIN_NS 500000000u /* before asyncio is looked for again */
#define WINDOW 65536u            /* slots of the set of tasks read at most */
#define CALLBACKS 8u             /* of a future, looked through */
#define HELD 12u                 /* objects that a callback holds, the same */
#define AWAITER_DEPTH 4          /* gathers of gathers */

/* What a reading is about. */
struct reader {
    struct smp_collector *c;
    struct smp_image *i;
    struct smp_memory memory;
    struct smp_objects objects;
    uint64_t loop;
    struct smp_loop_reading *out;
};

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

static int tasks_of(struct reader *r, struct smp_watched *t)
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
    struct reader *r;
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
static void take_name(struct reader *r, uint64_t name, char *to)
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
static int is_job(struct reader *r, uint64_t future)
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

static enum smp_await_on reason_of(struct reader *r,
                                   const struct smp_suspended *s)
{
    enum smp_await_on on =
        smp_await_reason(r->c->profile, r->out->frames + s->first, s->count);
    enum smp_python_kind kind = smp_object_kind(&r->objects, s->waiter);
    if (on != SMP_AWAIT_FUTURE)
        return on;
    if (kind == SMP_IS_TASK || kind == SMP_IS_GATHERING)
        return SMP_AWAIT_TASK;
    return kind == SMP_IS_FUTURE && is_job(r, s->waiter)
               ? SMP_AWAIT_EXECUTOR
               : SMP_AWAIT_FUTURE;
}

/* Adds a task of this loop that is suspended: its index, or -1. */
static int32_t read_task(struct reader *r, uint64_t address, int is_extra)
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
    return (int32_t)out->count++;
}

/* ---- who waits for whom */

/* The task that goes on when this future is done, or one that is done by it: a
 * gather, a shield, a wait, a group of tasks. 0: none is known. */
static uint64_t awaiter_of(struct reader *r, uint64_t future, int depth)
{
    const struct smp_objects *o = &r->objects;
    uint64_t callbacks[CALLBACKS], held[HELD];
    unsigned count, holds;
    struct smp_task_ref task;
    if (depth == AWAITER_DEPTH ||
        smp_object_callbacks(o, future, callbacks, CALLBACKS, &count))
        return 0;
    for (unsigned n = 0; n < count; n++) {
        enum smp_python_kind kind = smp_object_kind(o, callbacks[n]);
        if (smp_object_held(o, callbacks[n], held, HELD, &holds) || !holds)
            continue;
        if (kind == SMP_IS_BUILTIN) { /* a task's own wake-up call */
            if (!smp_object_task(o, held[0], &task) && task.waiter == future)
                return held[0];
            continue;
        }
        if (kind == SMP_IS_METHOD) { /* of a TaskGroup, for one */
            uint64_t self = held[0];
            if (smp_object_attributes(o, self, held, HELD, &holds))
                continue;
        }
        for (unsigned k = 0; k < holds; k++) {
            enum smp_python_kind what = smp_object_kind(o, held[k]);
            if (held[k] == future ||
                (what != SMP_IS_FUTURE && what != SMP_IS_GATHERING))
                continue;
            uint64_t found = awaiter_of(r, held[k], depth + 1);
            if (found)
                return found;
        }
    }
    return 0;
}

static int32_t index_of(const struct smp_loop_reading *out, uint64_t address)
{
    for (uint32_t n = 0; n < out->count; n++)
        if (out->tasks[n].address == address)
            return (int32_t)n;
    return -1;
}

static void link_tasks(struct reader *r)
{
    struct smp_loop_reading *out = r->out;
    for (uint32_t n = 0; n < out->count; n++) {
        uint64_t address = awaiter_of(r, out->tasks[n].address, 0);
        if (!address)
            continue;
        int32_t awaiter = index_of(out, address);
        if (awaiter < 0)
            awaiter = read_task(r, address, 1);
        if (awaiter < 0 || awaiter == (int32_t)n)
            continue;
        out->tasks[n].awaiter = awaiter;
        out->tasks[awaiter].is_awaiting = 1;
    }
    /* Where not all were read, the one that it waits for may be missing. */
    for (uint32_t n = 0; out->thinned && n < out->count; n++)
        if (out->tasks[n].on == SMP_AWAIT_TASK)
            out->tasks[n].is_awaiting = 1;
}

/* ---- all of them, or a random part */

static uint64_t draw(struct smp_tasks *k, uint64_t below)
{
    k->draws = k->draws * UINT64_C(6364136223846793005) +
               UINT64_C(1442695040888963407);
    return (k->draws >> 33) % below;
}

/* The entries of the set; of one that is very large those of a random part.
 * Owned; NULL. *stands: entries that each of them stands for. */
static uint64_t *references_of(struct reader *r, size_t *count, double *stands)
{
    struct smp_set_ref set;
    *count = 0;
    if (smp_object_set(&r->objects, r->i->tasks->set, &set) || !set.used)
        return NULL;
    uint64_t slots = set.slots < WINDOW ? set.slots : WINDOW;
    uint64_t from =
        set.slots - slots ? draw(r->i->tasks, set.slots - slots + 1) : 0;
    uint8_t *table = malloc(slots * SMP_SET_SLOT);
    uint64_t *all = malloc(slots * sizeof *all);
    if (!table || !all ||
        smp_os_read_memory(r->i->pid, set.table + from * SMP_SET_SLOT, table,
                           slots * SMP_SET_SLOT)) {
        free(table);
        free(all);
        return NULL;
    }
    for (uint64_t n = 0; n < slots; n++) {
        uint64_t entry, hash;
        memcpy(&entry, table + n * SMP_SET_SLOT, sizeof entry);
        memcpy(&hash, table + n * SMP_SET_SLOT + 8, sizeof hash);
        if (entry && entry % 8 == 0 && hash != UINT64_MAX) /* not deleted */
            all[(*count)++] = entry;
    }
    free(table);
    *stands = (double)set.slots / (double)slots;
    return all;
}

/* A random part of `keep` to the front. */
static void shuffle(struct smp_tasks *k, uint64_t *all, size_t count,
                    size_t keep)
{
    for (size_t n = 0; n < keep; n++) {
        size_t other = n + draw(k, count - n);
        uint64_t swap = all[n];
        all[n] = all[other];
        all[other] = swap;
    }
}

static int read_tasks(struct reader *r)
{
    size_t count;
    double stands = 1;
    struct smp_loop_reading *out = r->out;
    uint64_t *all = references_of(r, &count, &stands), task;
    if (!all)
        return SMP_ENOENT;
    size_t keep = count < SMP_TASKS_AT_ONCE ? count : SMP_TASKS_AT_ONCE;
    if (keep < count)
        shuffle(r->i->tasks, all, count, keep);
    out->thinned = (uint64_t)((double)count * stands) - keep;
    for (size_t n = 0; n < keep; n++)
        if (!smp_object_referent(&r->objects, all[n], &task) && task)
            read_task(r, task, 0);
    free(all);
    if (!out->count)
        return SMP_ENOENT;
    out->weight = (double)count * stands / (double)keep;
    link_tasks(r);
    return 0;
}

static int prepare(struct smp_image *i)
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
    return 0;
}

int smp_loop_read(struct smp_collector *c, struct smp_image *i,
                  struct smp_watched *t, const struct smp_os_block *block,
                  uint32_t stack, struct smp_loop_reading *out)
{
    if (!t->state || !stack_is_idle(c->profile, stack, block))
        return SMP_ENOENT;
    int status = prepare(i);
    if (status)
        return status;
    struct reader r = {.c = c, .i = i, .out = out};
    r.memory = smp_remote_memory(i->pid);
    r.objects =
        (struct smp_objects){&i->hello.layout, i->tasks->layout, &r.memory,
                             &i->tasks->types, i->hello.code_type};
    out->count = out->frame_count = 0;
    out->thinned = out->unreadable = 0;
    status = tasks_of(&r, t);
    return status ? status : read_tasks(&r);
}
