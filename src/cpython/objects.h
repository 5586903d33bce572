/* Objects: what the collector reads of a blocked program beside frames: types,
 * dictionaries, coroutines and asyncio's tasks, through any memory.
 *
 * All of it may be torn or no such object at all: every pointer and size is
 * checked, every loop is bounded. Functions return 0, SMP_EFAULT (could not be
 * read), SMP_EFORMAT (is not what it should be) or SMP_ENOENT (there is none). */
#ifndef SMP_CPYTHON_OBJECTS_H
#define SMP_CPYTHON_OBJECTS_H

#include "cpython/layout.h"
#include "cpython/walk.h"

/* Offsets in bytes, per version. */
struct smp_object_layout {
    uint32_t interp_modules; /* PyInterpreterState: the modules' dictionary */
    uint32_t interp_generations; /* the same: of the garbage collector */
    /* The running event loop: a field of the thread's state, else in the state's
     * dictionary, in 3.11 inside a holder. */
    uint16_t thread_loop, thread_dict, loop_in_holder;
    uint16_t gen_state, gen_frame;        /* PyGenObject and its likes */
    uint16_t frame_stacktop, frame_slots; /* _PyInterpreterFrame */
    uint16_t future_state, task_waiter, task_coro, task_name;
    int8_t state_awaiting;   /* gen_state of one suspended in an await */
    uint8_t resume, resume2; /* where 0 != resume: state_awaiting is that of a
                              * yield, too, and the next opcode tells */
    uint8_t instance;        /* enum smp_instance_layout */
};

enum smp_instance_layout {
    SMP_INSTANCE_311, /* pointers to values and dictionary before the object */
    SMP_INSTANCE_312, /* one tagged pointer to either */
    SMP_INSTANCE_313  /* values behind the object */
};

/* 0 or SMP_EVERSION. The result is static. */
int smp_object_layout_find(const struct smp_object_layout **out,
                           uint32_t python_version);

enum smp_python_kind {
    SMP_IS_OTHER,
    SMP_IS_COROUTINE, /* generators and async generators, too */
    SMP_IS_DELEGATE,  /* what it awaits stands behind its header */
    SMP_IS_FUTURE,    /* asyncio's, in C */
    SMP_IS_GATHERING, /* a future of asyncio.gather */
    SMP_IS_TASK,      /* asyncio's, in C */
    SMP_IS_FUNCTION,
    SMP_IS_METHOD,
    SMP_IS_BUILTIN,
    SMP_IS_PARTIAL,
    SMP_IS_SET,
    SMP_IS_FRAME,
    SMP_IS_GREENLET,
    SMP_IS_DICT
};

/* Types met, so that their names are read once. {0} is empty. */
#define SMP_TYPES 512 /* a power of two */
struct smp_types {
    struct {
        uint64_t type, name; /* addresses; a reused one differs in its name */
        enum smp_python_kind kind;
    } known[SMP_TYPES];
};

/* A program's objects. Borrows all of it. */
struct smp_objects {
    const struct smp_layout *layout;
    const struct smp_object_layout *at;
    const struct smp_memory *memory;
    struct smp_types *types;
    uint64_t code_type;
};

enum smp_python_kind smp_object_kind(const struct smp_objects *o,
                                     uint64_t object);
int smp_object_word(const struct smp_objects *o, uint64_t address,
                    uint64_t *out);

/* The value of a key that is this (ASCII) text. */
int smp_object_lookup(const struct smp_objects *o, uint64_t dict,
                      const char *key, uint64_t *value);
/* The values of a dictionary whose keys do not matter, by key object: the value
 * of `key`. SMP_ENOENT also for one with more than 64 entries. */
int smp_object_lookup_object(const struct smp_objects *o, uint64_t dict,
                             uint64_t key, uint64_t *value);
/* The first attributes of an instance of a Python class, in the order in which
 * its class first set them; 0 where one is not set. At most `most`; *count
 * may be more than it has: what is behind is of no meaning. */
int smp_object_attributes(const struct smp_objects *o, uint64_t object,
                          uint64_t *values, unsigned most, unsigned *count);
/* ASCII text, cut to size - 1, NUL-terminated. */
int smp_object_text(const struct smp_objects *o, uint64_t string, char *to,
                    size_t size);

/* A set's table. */
struct smp_set_ref {
    uint64_t used, slots, table; /* entries, slots, address of slots */
};
#define SMP_SET_SLOT 16 /* bytes of a slot; it begins with the entry: 0: none */
int smp_object_set(const struct smp_objects *o, uint64_t set,
                   struct smp_set_ref *out);
/* What a weak reference points to; 0: it is gone. */
int smp_object_referent(const struct smp_objects *o, uint64_t reference,
                        uint64_t *object);

/* A task that has not ended. name: a string's address, 0: not given. */
struct smp_task_ref {
    uint64_t loop, waiter, coro, name;
};
int smp_object_task(const struct smp_objects *o, uint64_t task,
                    struct smp_task_ref *out);

/* Visits the frames of a suspended coroutine and of what it awaits, outermost
 * first; a visitor that returns not 0 ends it. SMP_EAGAIN: it runs, or has not
 * begun. */
int smp_object_await_chain(const struct smp_objects *o, uint64_t coroutine,
                           smp_walk_visit *visit, void *context);

/* The coroutine that a suspended coroutine awaits; 0: none, or it does not. */
uint64_t smp_object_awaited(const struct smp_objects *o, uint64_t coroutine);

/* Calls that a future makes when it is done, each an object; at most `most`. */
int smp_object_callbacks(const struct smp_objects *o, uint64_t future,
                         uint64_t *callbacks, unsigned most, unsigned *count);
/* Objects that a callable holds: what a method or builtin is bound to, a
 * closure's contents, a partial's arguments. */
int smp_object_held(const struct smp_objects *o, uint64_t callable,
                    uint64_t *held, unsigned most, unsigned *count);

/* Visits up to `most` objects that the garbage collector follows, the newest of
 * each generation first; a visitor that returns not 0 ends it. The lists may
 * change meanwhile: what is visited may be gone. */
typedef int smp_object_visit(void *context, uint64_t object);
void smp_object_each_tracked(const struct smp_objects *o, uint64_t interpreter,
                             unsigned generation, unsigned most,
                             smp_object_visit *visit, void *context);

/* A greenlet that is suspended: its innermost frame, and what of its C stack was
 * put away to `copy` since others use its place. */
struct smp_greenlet_ref {
    uint64_t frame;
    uint64_t stack, saved, copy;
};
int smp_object_greenlet(const struct smp_objects *o, uint64_t greenlet,
                        struct smp_greenlet_ref *out);

/* The event loop that runs in the thread of this state. */
int smp_object_running_loop(const struct smp_objects *o, uint64_t thread_state,
                            uint64_t *loop);

/* Where asyncio keeps its tasks: a set of weak references to all of them, and a
 * dictionary from loop to the task that it runs. SMP_ENOENT: not imported. */
int smp_object_find_tasks(const struct smp_objects *o, uint64_t interpreter,
                          uint64_t *set, uint64_t *current);

#endif
