/* Which task waits for which: from what a task calls when it is done. */
#include <string.h>

#include "collector/tasks_read.h"

#define CALLBACKS 8u    /* of a future, looked through */
#define HELD 12u        /* objects that a callback holds, the same */
#define OWNERS 3u       /* of these: instances whose attributes are */
#define AWAITER_DEPTH 4 /* gathers of gathers */

static uint64_t awaiter_of(struct smp_loop_reader *r, uint64_t future,
                           int depth);

/* The task that goes on when one of these objects, a future, is done. */
static uint64_t awaiter_of_any(struct smp_loop_reader *r, uint64_t not_this,
                               const uint64_t *objects, unsigned count,
                               int depth)
{
    for (unsigned n = 0; n < count; n++) {
        enum smp_python_kind kind = smp_object_kind(&r->objects, objects[n]);
        if (objects[n] == not_this ||
            (kind != SMP_IS_FUTURE && kind != SMP_IS_GATHERING))
            continue;
        uint64_t found = awaiter_of(r, objects[n], depth + 1);
        if (found)
            return found;
    }
    return 0;
}

/* The same for futures that are attributes of an object: of a TaskGroup. */
static uint64_t awaiter_of_owner(struct smp_loop_reader *r, uint64_t not_this,
                                 uint64_t owner, int depth)
{
    uint64_t attributes[HELD];
    unsigned count;
    if (smp_object_attributes(&r->objects, owner, attributes, HELD, &count))
        return 0;
    return awaiter_of_any(r, not_this, attributes, count, depth);
}

/* Through one callback of a future. */
static uint64_t awaiter_by(struct smp_loop_reader *r, uint64_t future,
                           uint64_t callback, int depth)
{
    const struct smp_objects *o = &r->objects;
    enum smp_python_kind kind = smp_object_kind(o, callback);
    uint64_t held[HELD], found;
    unsigned count, owners = 0;
    struct smp_task_ref task;
    if (smp_object_held(o, callback, held, HELD, &count) || !count)
        return 0;
    if (kind == SMP_IS_BUILTIN) /* a task's own wake-up call */
        return !smp_object_task(o, held[0], &task) && task.waiter == future
                   ? held[0]
                   : 0;
    if (kind == SMP_IS_METHOD)
        return awaiter_of_owner(r, future, held[0], depth);
    found = awaiter_of_any(r, future, held, count, depth);
    /* anyio's group is in a closure. */
    for (unsigned n = 0; !found && n < count && owners < OWNERS; n++)
        if (smp_object_kind(o, held[n]) == SMP_IS_OTHER) {
            owners++;
            found = awaiter_of_owner(r, future, held[n], depth);
        }
    return found;
}

/* The task that goes on when this future is done, or one that is done by it: a
 * gather, a shield, a wait, a group of tasks. 0: none is known. */
static uint64_t awaiter_of(struct smp_loop_reader *r, uint64_t future,
                           int depth)
{
    uint64_t callbacks[CALLBACKS], found = 0;
    unsigned count;
    if (depth == AWAITER_DEPTH ||
        smp_object_callbacks(&r->objects, future, callbacks, CALLBACKS, &count))
        return 0;
    for (unsigned n = 0; n < count && !found; n++)
        found = awaiter_by(r, future, callbacks[n], depth);
    return found;
}

static int32_t index_of(const struct smp_loop_reading *out, uint64_t address)
{
    for (uint32_t n = 0; n < out->count; n++)
        if (out->tasks[n].address == address)
            return (int32_t)n;
    return -1;
}

void smp_loop_link(struct smp_loop_reader *r)
{
    struct smp_loop_reading *out = r->out;
    for (uint32_t n = 0; n < out->count; n++) {
        uint64_t address = awaiter_of(r, out->tasks[n].address, 0);
        if (!address)
            continue;
        int32_t awaiter = index_of(out, address);
        if (awaiter < 0)
            awaiter = smp_loop_read_task(r, address, 1);
        if (awaiter < 0 || awaiter == (int32_t)n)
            continue;
        out->tasks[n].awaiter = awaiter;
        out->tasks[awaiter].is_awaiting = 1;
    }
    /* Where not all were read, the one that it waits for may be missing; and
     * as_completed hands tasks on through a queue, which has no callback. */
    for (uint32_t n = 0; n < out->count; n++)
        if (out->tasks[n].on == SMP_AWAIT_TASK &&
            (out->thinned || out->tasks[n].is_collecting))
            out->tasks[n].is_awaiting = 1;
}
