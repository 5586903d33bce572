/* Tasks in the collector: what the tasks of an idle event loop are suspended in,
 * read from outside, and how the loop's waiting is divided among them. */
#ifndef SMP_COLLECTOR_TASKS_H
#define SMP_COLLECTOR_TASKS_H

#include <stddef.h>
#include <stdint.h>

#include "collector/state.h"
#include "cpython/objects.h"

#define SMP_COROUTINES 1024
#define SMP_GREENLETS 4096 /* known at a time */
#define SMP_GREENLET_DEPTH 256

/* Of one image: where its tasks are. Owned by the image, NULL before the first. */
struct smp_tasks {
    const struct smp_object_layout *layout;
    struct smp_types types;
    uint64_t set, current; /* asyncio's (see cpython/objects.h); 0: not found */
    uint64_t sought_ns;    /* when they were last looked for */
    uint64_t draws;        /* state of the random numbers that thin tasks */
    struct {
        uint32_t coroutine, task; /* as in a sample; a row of the profile */
        uint64_t seen_ns;
    } coroutines[SMP_COROUTINES];      /* outermost ones, seen lately */
    uint64_t greenlets[SMP_GREENLETS]; /* addresses; some may be gone */
    uint32_t greenlet_count;
    uint64_t old_next_ns; /* when the oldest objects are looked through */
    uint32_t old_looks;   /* how many of them next time */
    uint32_t at_once;     /* tasks read in one reading at most */
};

/* ---- tasks_read.c: one reading of a loop */

#define SMP_TASKS_AT_ONCE 128 /* tasks read; of more a random part */
#define SMP_TASKS_EXTRA 128   /* beside these: tasks that wait for them */
#define SMP_TASK_FRAMES 8192  /* of all of them together */
#define SMP_TASK_NAME 64      /* bytes of a name */

/* A suspended task. */
struct smp_suspended {
    uint64_t address, waiter, coroutine;
    uint32_t first, count; /* its frames, outermost first */
    int32_t awaiter;       /* the task that waits for it; -1: none known */
    uint8_t on;            /* enum smp_await_on */
    uint8_t is_extra;      /* it was not drawn: counts for nothing */
    uint8_t is_collecting; /* in as_completed */
    uint8_t is_awaiting;   /* another task waits to go on with it */
    char name[SMP_TASK_NAME];
};

struct smp_loop_reading {
    struct smp_suspended tasks[SMP_TASKS_AT_ONCE + SMP_TASKS_EXTRA];
    uint32_t count;
    uint32_t frames[SMP_TASK_FRAMES]; /* of the profile */
    uint32_t frame_count;
    double weight;    /* tasks that each drawn one stands for */
    int without_base; /* 1: they are not called by the thread's own stack */
    uint64_t thinned, unreadable;
};

/* Reads the tasks of the loop that runs in thread t, which blocks in `stack` and
 * `block`. 0 with at least one task; SMP_ENOENT: no loop is idle there, or it has
 * no suspended task; other statuses: it could not be read. */
int smp_loop_read(struct smp_collector *c, struct smp_image *i,
                  struct smp_watched *t, const struct smp_os_block *block,
                  uint32_t stack, struct smp_loop_reading *out);

int smp_tasks_prepare(struct smp_image *i); /* i->tasks: 0 or a status */
/* A random part of `keep` of the entries to the front. */
void smp_tasks_shuffle(struct smp_tasks *k, uint64_t *all, size_t count,
                       size_t keep);

/* greenlets.c: the same for the greenlets of a hub of gevent. */
int smp_greenlets_read(struct smp_collector *c, struct smp_image *i,
                       const struct smp_os_block *block, uint32_t stack,
                       struct smp_loop_reading *out);

/* Says how the reading ended: torn 1: the loop went on meanwhile. */
void smp_loop_torn(struct smp_image *i, int torn);

/* ---- tasks_reason.c: what a task waits for */

/* From the frames it is suspended in; SMP_AWAIT_FUTURE where they do not tell. */
enum smp_await_on smp_await_reason(const struct smp_profile *p,
                                   const uint32_t *frames, size_t count);
/* 1 where they are in asyncio.as_completed: waits for tasks, through a queue. */
int smp_await_is_collecting(const struct smp_profile *p, const uint32_t *frames,
                            size_t count);
/* 1 where the frame lies in asyncio itself. */
int smp_await_is_asyncio(const struct smp_profile *p, uint32_t frame);
/* The kind of waiting; `kind`: the thread's own. */
enum smp_kind smp_await_kind(enum smp_await_on on, enum smp_kind kind);

/* ---- tasks_cpu.c: which task ran */

/* Task `task` (a row) is in this coroutine (see smp_record_sample) now. */
void smp_tasks_note(struct smp_tasks *k, uint32_t coroutine, uint32_t task,
                    uint64_t now);
/* A sample's CPU time, to its task where that is known. */
void smp_tasks_charge_cpu(struct smp_collector *c, struct smp_image *i,
                          const struct smp_record_sample *r, uint32_t thread,
                          uint32_t stack, uint64_t cpu_ns);
/* At the end: what the samples say of each outermost coroutine. */
void smp_tasks_finish(struct smp_profile *p);

/* ---- tasks.c: what a reading says, until the thread runs again */

struct smp_awaits;

/* Reads and keeps it in t->awaits; 0, or a status and t waits for itself. */
int smp_awaits_read(struct smp_collector *c, struct smp_image *i,
                    struct smp_watched *t, const struct smp_os_block *block,
                    uint32_t stack, enum smp_kind kind);
/* 1 where a part of the tasks stands for all: another part may be read. */
int smp_awaits_is_thinned(const struct smp_awaits *a);
/* Charges `ns` of the thread's waiting to the tasks. */
void smp_awaits_charge(struct smp_collector *c, struct smp_watched *t,
                       uint64_t at_ns, uint64_t ns, uint32_t count);
/* Rows of tasks have moved (smp_profile_fold). */
void smp_awaits_moved(struct smp_awaits *a, const uint32_t *task);
void smp_awaits_free(struct smp_awaits *a);

#endif
