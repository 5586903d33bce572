/* Greenlets that are suspended while their hub is idle: read as tasks are.
 *
 * Nothing lists them. They are looked for among what the garbage collector
 * follows: the young at each look, the old from time to time. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "collector/remote.h"
#include "collector/tasks.h"

#define YOUNG 1000u      /* objects of the youngest generation looked at */
#define OLD_FIRST 4000u  /* of each older one: at first, */
#define OLD_MOST 200000u /* then twice as many each time, up to so many */
#define OLD_SHARE 100u   /* that takes 1/100 of a core, */
#define OLD_AGAIN_NS UINT64_C(100000000) /* and comes no more often */
#define STACK_REACH (UINT64_C(64) << 20) /* stacks of one thread lie together */

/* ---- finding */

#define TYPES 1024u /* seen in one look; each has its place */

struct finder {
    const struct smp_objects *objects;
    struct smp_tasks *k;
    uint64_t other[TYPES]; /* types that are no greenlets' */
};

static int take(void *context, uint64_t object)
{
    struct finder *f = context;
    struct smp_tasks *k = f->k;
    uint64_t type;
    if (smp_object_word(f->objects, object + 8, &type))
        return 1;
    /* Most of a look's cost would be to read what is behind a type again. */
    uint64_t *other =
        &f->other[(type >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 54];
    if (*other == type)
        return 0;
    if (smp_object_kind(f->objects, object) != SMP_IS_GREENLET) {
        *other = type;
        return 0;
    }
    for (uint32_t n = 0; n < k->greenlet_count; n++)
        if (k->greenlets[n] == object)
            return 0;
    if (k->greenlet_count == SMP_GREENLETS)
        return 1;
    k->greenlets[k->greenlet_count++] = object;
    return 0;
}

/* Those that are no greenlets any more make room. */
static void sweep(const struct smp_objects *o, struct smp_tasks *k)
{
    uint32_t kept = 0;
    for (uint32_t n = 0; n < k->greenlet_count; n++)
        if (smp_object_kind(o, k->greenlets[n]) == SMP_IS_GREENLET)
            k->greenlets[kept++] = k->greenlets[n];
    k->greenlet_count = kept;
}

/* Its cost has a limit of its own: a scan's would put off the next by seconds. */
static void find_old(struct smp_collector *c, struct smp_image *i,
                     struct finder *f, uint64_t now)
{
    struct smp_tasks *k = i->tasks;
    uint64_t before = smp_os_thread_cpu();
    if (!k->old_looks)
        k->old_looks = OLD_FIRST;
    for (unsigned generation = 1; generation <= 2; generation++)
        smp_object_each_tracked(f->objects, i->hello.interpreter, generation,
                                k->old_looks, take, f);
    uint64_t cost = smp_os_thread_cpu() - before;
    c->scan_excused_ns += cost;
    k->old_next_ns = now + (cost * OLD_SHARE > OLD_AGAIN_NS ? cost * OLD_SHARE
                                                            : OLD_AGAIN_NS);
    if (k->old_looks < OLD_MOST)
        k->old_looks *= 2;
}

static void find(struct smp_collector *c, struct smp_image *i,
                 const struct smp_objects *o)
{
    static struct finder f; /* the collector has one thread */
    uint64_t now = smp_os_now();
    f = (struct finder){.objects = o, .k = i->tasks};
    sweep(o, i->tasks);
    smp_object_each_tracked(o, i->hello.interpreter, 0, YOUNG, take, &f);
    if (now >= i->tasks->old_next_ns)
        find_old(c, i, &f, now);
}

/* ---- reading */

/* Memory in which a greenlet's stack is back in its place. */
struct restored {
    const struct smp_memory *memory;
    struct smp_greenlet_ref greenlet;
};

static int read_restored(void *context, uint64_t address, void *to, size_t n)
{
    const struct restored *r = context;
    uint64_t offset = address - r->greenlet.stack;
    if (offset < r->greenlet.saved)
        address = r->greenlet.copy + offset;
    return r->memory->read(r->memory->context, address, to, n);
}

struct frames {
    struct smp_collector *c;
    struct smp_image *i;
    const struct smp_memory *memory;
    uint32_t found[SMP_GREENLET_DEPTH];
    uint32_t count;
};

static int take_frame(void *context, const struct smp_walk_frame *frame)
{
    struct frames *f = context;
    uint32_t n = smp_remote_frame(f->c, f->i, f->memory, frame);
    if (n == SMP_NONE || f->count == SMP_GREENLET_DEPTH)
        return 1;
    f->found[f->count++] = n;
    return 0;
}

/* gevent's own greenlet, in which the thread blocks when all others wait. */
static int is_hub(const struct smp_profile *p, uint32_t frame)
{
    const struct smp_function *f = &p->functions[p->frames[frame].function];
    return !strcmp(smp_profile_text(p, f->name), "Hub.run") &&
           strstr(smp_profile_text(p, p->files[f->file].path), "/gevent/");
}

static void read_one(struct smp_collector *c, struct smp_image *i,
                     const struct smp_objects *o, uint64_t greenlet,
                     uint64_t sp, struct smp_loop_reading *out)
{
    struct restored r = {.memory = o->memory};
    struct smp_memory memory = {.read = read_restored, .context = &r};
    struct frames f = {.c = c, .i = i, .memory = &memory};
    if (smp_object_greenlet(o, greenlet, &r.greenlet))
        return;
    uint64_t apart =
        r.greenlet.stack > sp ? r.greenlet.stack - sp : sp - r.greenlet.stack;
    if (apart > STACK_REACH) /* of another thread */
        return;
    /* What was read up to a frame that does not pass is right. */
    smp_walk_from(o->layout, &memory, o->code_type, r.greenlet.frame,
                  take_frame, &f);
    if (f.count && is_hub(c->profile, f.found[f.count - 1]))
        return;
    if (!f.count || out->frame_count + f.count > SMP_TASK_FRAMES) {
        out->unreadable++;
        return;
    }
    struct smp_suspended *s = &out->tasks[out->count++];
    *s = (struct smp_suspended){.address = greenlet,
                                .first = out->frame_count,
                                .count = f.count,
                                .awaiter = -1};
    while (f.count) /* outermost first */
        out->frames[out->frame_count++] = f.found[--f.count];
    s->on =
        (uint8_t)smp_await_reason(c->profile, out->frames + s->first, s->count);
    s->is_awaiting = s->on == SMP_AWAIT_TASK;
}

int smp_greenlets_read(struct smp_collector *c, struct smp_image *i,
                       const struct smp_os_block *block, uint32_t stack,
                       struct smp_loop_reading *out)
{
    if (!stack || !is_hub(c->profile, c->profile->stacks[stack].frame))
        return SMP_ENOENT;
    int status = smp_tasks_prepare(i);
    if (status)
        return status;
    struct smp_memory memory = smp_remote_memory(i->pid);
    struct smp_objects o = {&i->hello.layout, i->tasks->layout, &memory,
                            &i->tasks->types, i->hello.code_type};
    struct smp_tasks *k = i->tasks;
    out->count = out->frame_count = 0;
    out->thinned = out->unreadable = 0;
    out->without_base = 1;
    find(c, i, &o);
    uint32_t keep =
        k->greenlet_count < k->at_once ? k->greenlet_count : k->at_once;
    if (keep < k->greenlet_count)
        smp_tasks_shuffle(k, k->greenlets, k->greenlet_count, keep);
    for (uint32_t n = 0; n < keep; n++)
        read_one(c, i, &o, k->greenlets[n], block->sp, out);
    out->thinned = k->greenlet_count - keep;
    out->weight = keep ? (double)k->greenlet_count / keep : 1;
    return out->count ? 0 : SMP_ENOENT;
}
