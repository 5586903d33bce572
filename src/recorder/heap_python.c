/* Python's own allocations: the MEM and OBJ domains, and pymalloc's arenas.
 *
 * Only what allocates is wrapped; `free` stays the interpreter's own. A small
 * request that is sampled is made a little too large for pymalloc, which hands it
 * on to malloc: there it is entered like any other block, and malloc's free sees
 * it go. So frees of Python's objects cost nothing (the redirect trick). Malloc
 * gives it what was asked for at first, so it takes no more room than any other.
 *
 * Requests that pymalloc does not serve come to our malloc in any case and are
 * counted there, once; here they are only told to be Python's. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "recorder/heap.h"

/* The interpreter's own functions, of MEM and OBJ. */
static struct smp_python_allocator real[3];

/* Requests up to this many bytes are served by pymalloc itself: 512, less what a
 * debug allocator adds to each, or 0 where malloc serves all. */
static size_t limit;
#define PYMALLOC_LIMIT 512u
#define DEBUG_EXTRA 64u /* more than any allocator in between adds */

int smp_python_is_handed_on(uint64_t n)
{
    return n > limit && n <= limit + 1 + 2 * DEBUG_EXTRA;
}

/* ---- hooks */

/* 1 where nothing stands between pymalloc and us that may use more of a block than
 * its caller has asked for. */
static int is_exact;
#define ROOM_LEAST                                                             \
    16u /* pymalloc's blocks are aligned so; smaller ones may not be */

size_t smp_python_room(size_t n)
{
    size_t room = smp_heap_self.room;
    if (!smp_heap_self.pending || !room || n != limit + 1)
        return n;
    return room < ROOM_LEAST ? ROOM_LEAST : room;
}

/* 1 where a sample is due: malloc is to be asked. `old`: the block that moves there, of
 * which pymalloc copies as much as it once gave. */
static int hand_on(size_t n, const void *old)
{
    uint64_t stands_for = smp_heap_python_due(n);
    if (!stands_for)
        return 0;
    smp_heap_self.room = is_exact && !old ? (uint16_t)n : 0;
    smp_heap_hand_on(n, stands_for);
    return 1;
}

#define COLD __attribute__((noinline, cold))

/* Where malloc has no more, pymalloc may still have: it is asked for what the
 * program asked for. */
static COLD void *small_malloc(const struct smp_python_allocator *a,
                               void *context, size_t n)
{
    if (hand_on(n, NULL)) {
        void *p = a->malloc(context, limit + 1);
        smp_heap_handed_on();
        if (SMP_LIKELY(p))
            return p;
    }
    return a->malloc(context, n);
}

static COLD void *small_calloc(const struct smp_python_allocator *a,
                               void *context, size_t count, size_t size)
{
    if (hand_on(count * size, NULL)) {
        void *p = a->calloc(context, 1, limit + 1);
        smp_heap_handed_on();
        if (SMP_LIKELY(p))
            return p;
    }
    return a->calloc(context, count, size);
}

static COLD void *small_realloc(const struct smp_python_allocator *a,
                                void *context, void *old, size_t n)
{
    if (hand_on(n, old)) {
        void *p = a->realloc(context, old, limit + 1);
        smp_heap_handed_on();
        if (SMP_LIKELY(p))
            return p;
    }
    return a->realloc(context, old, n);
}

static COLD void *large_malloc(const struct smp_python_allocator *a,
                               void *context, size_t n)
{
    uint8_t before = smp_heap_self.python;
    smp_heap_self.python = 1;
    void *p = a->malloc(context, n);
    smp_heap_self.python = before;
    return p;
}

static COLD void *large_calloc(const struct smp_python_allocator *a,
                               void *context, size_t count, size_t size)
{
    uint8_t before = smp_heap_self.python;
    smp_heap_self.python = 1;
    void *p = a->calloc(context, count, size);
    smp_heap_self.python = before;
    return p;
}

static COLD void *large_realloc(const struct smp_python_allocator *a,
                                void *context, void *old, size_t n)
{
    uint8_t before = smp_heap_self.python;
    smp_heap_self.python = 1;
    void *p = a->realloc(context, old, n);
    smp_heap_self.python = before;
    return p;
}

/* The fast paths end in a jump to the interpreter's function, with its own
 * context. `most`: the limit; twice, since the usual one need not be loaded. */
#define HOOKS(name, domain, most)                                              \
    static void *name##_malloc(void *context, size_t n)                        \
    {                                                                          \
        if (SMP_UNLIKELY(n > (most)))                                          \
            return large_malloc(&real[domain], context, n);                    \
        if (SMP_UNLIKELY(smp_heap_spend(&smp_heap_python.countdown.left, n)))  \
            return small_malloc(&real[domain], context, n);                    \
        return real[domain].malloc(context, n);                                \
    }                                                                          \
    static void *name##_calloc(void *context, size_t count, size_t size)       \
    {                                                                          \
        size_t n;                                                              \
        if (__builtin_mul_overflow(count, size, &n) || n > (most))             \
            return large_calloc(&real[domain], context, count, size);          \
        if (SMP_UNLIKELY(smp_heap_spend(&smp_heap_python.countdown.left, n)))  \
            return small_calloc(&real[domain], context, count, size);          \
        return real[domain].calloc(context, count, size);                      \
    }                                                                          \
    static void *name##_realloc(void *context, void *p, size_t n)              \
    {                                                                          \
        if (SMP_UNLIKELY(n > (most)))                                          \
            return large_realloc(&real[domain], context, p, n);                \
        if (SMP_UNLIKELY(smp_heap_spend(&smp_heap_python.countdown.left, n)))  \
            return small_realloc(&real[domain], context, p, n);                \
        return real[domain].realloc(context, p, n);                            \
    }

HOOKS(mem, SMP_PYMEM_MEM, PYMALLOC_LIMIT)
HOOKS(object, SMP_PYMEM_OBJ, PYMALLOC_LIMIT)
HOOKS(limited_mem, SMP_PYMEM_MEM, limit)
HOOKS(limited_object, SMP_PYMEM_OBJ, limit)

/* ---- start */

/* 1 where a request of n bytes comes to our malloc. */
static int reaches_malloc(size_t n)
{
    const struct smp_python_allocator *a = &real[SMP_PYMEM_OBJ];
    uint64_t *probe = smp_malloc_probe();
    *probe = 0;
    smp_heap_self.small.left = 0; /* so that malloc looks */
    void *p = a->malloc(a->context, n);
    uint64_t seen = *probe;
    if (p)
        a->free(a->context, p);
    return seen >= n && seen <= n + 2 * DEBUG_EXTRA;
}

/* Which requests pymalloc serves is found out by trying: the allocators in
 * between are those of PYTHONMALLOC, tracemalloc's or the program's own. */
static int try_limits(void)
{
    if (!reaches_malloc(PYMALLOC_LIMIT + 1) || !reaches_malloc(4000))
        return SMP_EUNSUPPORTED;
    for (size_t n = PYMALLOC_LIMIT; n + DEBUG_EXTRA >= PYMALLOC_LIMIT; n -= 8)
        if (!reaches_malloc(n)) {
            limit = n;
            return 0;
        }
    limit = 0;
    return 0;
}

static int find_limit(void)
{
    smp_malloc_watch(1);
    int status = try_limits();
    smp_malloc_watch(smp_heap_is_on());
    return status;
}

/* A debug allocator writes around what it is asked for and has a limit of its own; one
 * of the program's may do as it likes. */
static void find_exact(void)
{
    uint64_t mem = (uint64_t)(uintptr_t)real[SMP_PYMEM_MEM].malloc;
    uint64_t object = (uint64_t)(uintptr_t)real[SMP_PYMEM_OBJ].malloc;
    uint64_t low = smp_recorder.text_low, high = smp_recorder.text_high;
    is_exact = limit == PYMALLOC_LIMIT && mem >= low && mem < high &&
               object >= low && object < high;
}

#define ALLOCATOR(name)                                                        \
    {                                                                          \
        .malloc = name##_malloc, .calloc = name##_calloc,                      \
        .realloc = name##_realloc                                              \
    }
static const struct smp_python_allocator usual_hooks[] = {
    [SMP_PYMEM_MEM] = ALLOCATOR(mem), [SMP_PYMEM_OBJ] = ALLOCATOR(object)};
static const struct smp_python_allocator limited_hooks[] = {
    [SMP_PYMEM_MEM] = ALLOCATOR(limited_mem),
    [SMP_PYMEM_OBJ] = ALLOCATOR(limited_object)};

static const struct smp_python_allocator *hooks(void)
{
    return limit == PYMALLOC_LIMIT ? usual_hooks : limited_hooks;
}

static void wrap(smp_allocator_function *set, int domain)
{
    struct smp_python_allocator ours = hooks()[domain];
    ours.context = real[domain].context;
    ours.free = real[domain].free;
    set(domain, &ours);
}

/* 1: for good. Once more would make a circle where others have wrapped us. */
static int is_wrapped;
static int is_prepared; /* 1: heap_entry.c will */

int smp_python_is_wrapped(void)
{
    return is_wrapped || is_prepared;
}

int smp_python_wrap(smp_allocator_function *get, smp_allocator_function *set,
                    int later)
{
    if (is_wrapped || (later && is_prepared))
        return 0;
    get(SMP_PYMEM_MEM, &real[SMP_PYMEM_MEM]);
    get(SMP_PYMEM_OBJ, &real[SMP_PYMEM_OBJ]);
    int status = find_limit();
    if (status)
        return status;
    find_exact();
    wrap(set, SMP_PYMEM_MEM);
    wrap(set, SMP_PYMEM_OBJ);
    if (!later || smp_entry_find(hooks(), real)) {
        smp_entry_done();
        is_wrapped = 1;
        return 0;
    }
    is_prepared = 1;
    set(SMP_PYMEM_MEM, &real[SMP_PYMEM_MEM]);
    set(SMP_PYMEM_OBJ, &real[SMP_PYMEM_OBJ]);
    return 0;
}

/* ---- arenas */

struct arena_allocator { /* as PyObjectArenaAllocator */
    void *context;
    void *(*alloc)(void *, size_t);
    void (*free)(void *, void *, size_t);
};
static struct arena_allocator real_arenas;
static _Atomic int64_t arena_bytes; /* below 0: of those before we came */

uint64_t smp_python_arenas(void)
{
    int64_t bytes = atomic_load_explicit(&arena_bytes, memory_order_relaxed);
    return bytes > 0 ? (uint64_t)bytes : 0;
}

static void publish_arenas(void)
{
    if (smp_heap_is_on() && !smp_heap_is_over())
        atomic_store_explicit(&smp_recorder.ring->counts.arenas,
                              smp_python_arenas(), memory_order_relaxed);
}

static void *arena_alloc(void *context, size_t n)
{
    uint8_t before = smp_heap_self.arena;
    smp_heap_self.arena = 1;
    void *p = real_arenas.alloc(context, n);
    smp_heap_self.arena = before;
    smp_entry_now(); /* the program's small objects grow */
    if (p)
        atomic_fetch_add(&arena_bytes, (int64_t)n);
    publish_arenas();
    return p;
}

static void arena_free(void *context, void *p, size_t n)
{
    uint8_t before = smp_heap_self.arena;
    smp_heap_self.arena = 1;
    real_arenas.free(context, p, n);
    smp_heap_self.arena = before;
    atomic_fetch_sub(&arena_bytes, (int64_t)n);
    publish_arenas();
}

void smp_python_watch_arenas(void)
{
    void (*get)(struct arena_allocator *), (*set)(struct arena_allocator *);
    void *found[] = {smp_lookup("PyObject_GetArenaAllocator"),
                     smp_lookup("PyObject_SetArenaAllocator")};
    if (!found[0] || !found[1])
        return;
    memcpy(&get, &found[0], sizeof get);
    memcpy(&set, &found[1], sizeof set);
    get(&real_arenas);
    if (!real_arenas.alloc || !real_arenas.free)
        return;
    struct arena_allocator ours = {real_arenas.context, arena_alloc,
                                   arena_free};
    set(&ours);
}
