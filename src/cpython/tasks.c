/* asyncio's tasks: what they are suspended in and who waits for them. */
#include <string.h>

#include "base/status.h"
#include "cpython/objects.h"

enum {
    FUTURE_LOOP = 16,
    FUTURE_CALLBACK = 24,  /* the first one */
    FUTURE_CALLBACKS = 40, /* a list of the others */
    VAR_SIZE = 16,
    LIST_ITEMS = 24,  /* a pointer */
    TUPLE_ITEMS = 24, /* the items themselves */
    DELEGATE_TO = 16,
    FUNCTION_CLOSURE = 72,
    CELL_CONTENT = 16,
    BOUND_SELF = 24, /* of a method or a builtin */
    PARTIAL_ARGS = 24,
    MODULE_DICT = 16
};

#define CHAIN_MOST 1024  /* coroutines in one await chain */
#define DELEGATES_MOST 4 /* between two of them */
#define SLOTS_MOST 65536 /* of a frame */
#define ITEMS_MOST 4096  /* of a tuple or list, if it is one */
#define STATE_PENDING 0

static int read_bytes(const struct smp_objects *o, uint64_t address, void *to,
                      size_t n)
{
    return o->memory->read(o->memory->context, address, to, n);
}

int smp_object_task(const struct smp_objects *o, uint64_t task,
                    struct smp_task_ref *out)
{
    int32_t state;
    uint64_t name;
    if (smp_object_kind(o, task) != SMP_IS_TASK)
        return SMP_EFORMAT;
    if (read_bytes(o, task + o->at->future_state, &state, sizeof state) ||
        smp_object_word(o, task + FUTURE_LOOP, &out->loop) ||
        smp_object_word(o, task + o->at->task_waiter, &out->waiter) ||
        smp_object_word(o, task + o->at->task_coro, &out->coro) ||
        smp_object_word(o, task + o->at->task_name, &name))
        return SMP_EFAULT;
    out->name = name;
    return state == STATE_PENDING && out->coro ? 0 : SMP_ENOENT;
}

/* ---- await chains */

/* 1 where a suspended frame awaits; before 3.13 its next instruction tells. */
static int awaits(const struct smp_objects *o, uint64_t frame)
{
    uint64_t ip;
    uint8_t next[2];
    if (!o->at->resume)
        return 1;
    if (smp_object_word(o, frame + o->layout->frame_ip, &ip) || ip % 2 ||
        read_bytes(o, ip + 2, next, sizeof next))
        return 0;
    return (next[0] == o->at->resume || next[0] == o->at->resume2) &&
           next[1] >= 2;
}

/* What a suspended frame awaits: the top of its stack. 0: nothing. */
static uint64_t awaited(const struct smp_objects *o, uint64_t frame)
{
    int32_t top;
    uint64_t object = 0;
    if (!awaits(o, frame) ||
        read_bytes(o, frame + o->at->frame_stacktop, &top, sizeof top) ||
        top < 1 || top > SLOTS_MOST ||
        smp_object_word(o, frame + o->at->frame_slots + 8 * (uint64_t)(top - 1),
                        &object))
        return 0;
    return object;
}

/* The coroutine behind what stands between two of them; 0: there is none. */
static uint64_t coroutine_behind(const struct smp_objects *o, uint64_t object)
{
    for (int i = 0; i < DELEGATES_MOST; i++) {
        enum smp_python_kind kind = smp_object_kind(o, object);
        if (kind == SMP_IS_COROUTINE)
            return object;
        if (kind != SMP_IS_DELEGATE ||
            smp_object_word(o, object + DELEGATE_TO, &object))
            return 0;
    }
    return 0;
}

uint64_t smp_object_awaited(const struct smp_objects *o, uint64_t coroutine)
{
    int8_t state;
    if (smp_object_kind(o, coroutine) != SMP_IS_COROUTINE ||
        read_bytes(o, coroutine + o->at->gen_state, &state, 1) ||
        state != o->at->state_awaiting)
        return 0;
    return coroutine_behind(o, awaited(o, coroutine + o->at->gen_frame));
}

int smp_object_await_chain(const struct smp_objects *o, uint64_t coroutine,
                           smp_walk_visit *visit, void *context)
{
    uint64_t at = coroutine_behind(o, coroutine);
    for (int i = 0; at && i < CHAIN_MOST; i++) {
        struct smp_walk_frame frame;
        int8_t state;
        if (read_bytes(o, at + o->at->gen_state, &state, 1))
            return SMP_EFAULT;
        /* The innermost may be suspended in a yield: it awaits nothing. */
        int suspended =
            state == o->at->state_awaiting || (!o->at->resume && state == -2);
        if (!suspended)
            return SMP_EAGAIN;
        uint64_t place = at + o->at->gen_frame;
        int status = smp_walk_frame_at(o->layout, o->memory, o->code_type,
                                       place, &frame);
        if (status)
            return status;
        if (visit(context, &frame))
            return 0;
        if (state != o->at->state_awaiting)
            return 0;
        at = coroutine_behind(o, awaited(o, place));
    }
    return 0;
}

/* ---- callbacks */

static int items_of(const struct smp_objects *o, uint64_t object, int is_list,
                    uint64_t *first, uint64_t *count)
{
    if (!object || object % 8 || smp_object_word(o, object + VAR_SIZE, count))
        return SMP_EFAULT;
    *first = object + TUPLE_ITEMS;
    if (is_list && smp_object_word(o, object + LIST_ITEMS, first))
        return SMP_EFAULT;
    return *count <= ITEMS_MOST ? 0 : SMP_EFORMAT;
}

int smp_object_callbacks(const struct smp_objects *o, uint64_t future,
                         uint64_t *callbacks, unsigned most, unsigned *count)
{
    uint64_t one, list, first, n = 0, pair;
    *count = 0;
    if (smp_object_word(o, future + FUTURE_CALLBACK, &one) ||
        smp_object_word(o, future + FUTURE_CALLBACKS, &list))
        return SMP_EFAULT;
    if (one && most)
        callbacks[(*count)++] = one;
    if (!list || items_of(o, list, 1, &first, &n))
        return 0;
    /* Each a tuple of a callable and a context. */
    for (uint64_t i = 0; i < n && *count < most; i++) {
        if (smp_object_word(o, first + 8 * i, &pair) || pair % 8 ||
            smp_object_word(o, pair + TUPLE_ITEMS, &one))
            break;
        callbacks[(*count)++] = one;
    }
    return 0;
}

static void add_items(const struct smp_objects *o, uint64_t tuple, int cells,
                      uint64_t *held, unsigned most, unsigned *count)
{
    uint64_t first, n, item;
    if (items_of(o, tuple, 0, &first, &n))
        return;
    for (uint64_t i = 0; i < n && *count < most; i++) {
        if (smp_object_word(o, first + 8 * i, &item))
            return;
        if (cells &&
            (item % 8 || smp_object_word(o, item + CELL_CONTENT, &item)))
            return;
        if (item)
            held[(*count)++] = item;
    }
}

int smp_object_held(const struct smp_objects *o, uint64_t callable,
                    uint64_t *held, unsigned most, unsigned *count)
{
    enum smp_python_kind kind = smp_object_kind(o, callable);
    uint64_t at = kind == SMP_IS_FUNCTION  ? FUNCTION_CLOSURE
                  : kind == SMP_IS_PARTIAL ? PARTIAL_ARGS
                                           : BOUND_SELF;
    uint64_t object;
    *count = 0;
    if (kind != SMP_IS_FUNCTION && kind != SMP_IS_PARTIAL &&
        kind != SMP_IS_METHOD && kind != SMP_IS_BUILTIN)
        return SMP_ENOENT;
    if (smp_object_word(o, callable + at, &object))
        return SMP_EFAULT;
    if (!object || !most)
        return 0;
    if (at == BOUND_SELF && kind != SMP_IS_PARTIAL)
        held[(*count)++] = object;
    else
        add_items(o, object, kind == SMP_IS_FUNCTION, held, most, count);
    return 0;
}

/* ---- where they are */

/* In the dictionary of the thread's state. */
static int loop_in_dict(const struct smp_objects *o, uint64_t thread_state,
                        uint64_t *loop)
{
    uint64_t dict, found;
    if (smp_object_word(o, thread_state + o->at->thread_dict, &dict))
        return SMP_EFAULT;
    if (!dict)
        return SMP_ENOENT;
    int status =
        smp_object_lookup(o, dict, "__asyncio_running_event_loop__", &found);
    if (status)
        return status;
    *loop = found;
    return o->at->loop_in_holder
               ? smp_object_word(o, found + o->at->loop_in_holder, loop)
               : 0;
}

int smp_object_running_loop(const struct smp_objects *o, uint64_t thread_state,
                            uint64_t *loop)
{
    uint64_t found = 0;
    int status =
        o->at->thread_loop
            ? smp_object_word(o, thread_state + o->at->thread_loop, &found)
            : loop_in_dict(o, thread_state, &found);
    if (status)
        return status;
    if (!found || found % 8)
        return SMP_ENOENT;
    *loop = found;
    return 0;
}

int smp_object_find_tasks(const struct smp_objects *o, uint64_t interpreter,
                          uint64_t *set, uint64_t *current)
{
    uint64_t modules, module, dict, weak_set, first, now;
    unsigned n;
    if (smp_object_word(o, interpreter + o->at->interp_modules, &modules))
        return SMP_EFAULT;
    int status = smp_object_lookup(o, modules, "asyncio.tasks", &module);
    if (status)
        return status;
    if (module % 8 || smp_object_word(o, module + MODULE_DICT, &dict))
        return SMP_EFAULT;
    status = smp_object_lookup(o, dict, "_scheduled_tasks", &weak_set);
    if (status == SMP_ENOENT)
        status = smp_object_lookup(o, dict, "_all_tasks", &weak_set);
    if (!status)
        status = smp_object_lookup(o, dict, "_current_tasks", &now);
    if (!status)
        status = smp_object_attributes(o, weak_set, &first, 1, &n);
    if (status)
        return status;
    if (!n || smp_object_kind(o, first) != SMP_IS_SET ||
        smp_object_kind(o, now) != SMP_IS_DICT)
        return SMP_EFORMAT;
    *set = first;
    *current = now;
    return 0;
}
