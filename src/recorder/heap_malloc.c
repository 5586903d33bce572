/* The malloc family: what the program calls in place of its allocator's.
 *
 * Blocks are the allocator's own, no header, no change of size. Before the
 * allocator's functions are known (the look-up itself may allocate) blocks come
 * out of a small store that is never freed. Compiled with -fno-builtin-malloc:
 * else gcc makes a jump to calloc out of malloc and memset. */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/heap.h"
#include "recorder/late.h"

#define EXPORT __attribute__((visibility("default")))
#define COLD __attribute__((noinline, cold))
#define CALLER __builtin_return_address(0)

/* The allocator below us: of libc, or of a library that the user preloads. NULL
 * until it was looked up, or where it has no such function. */
static struct {
    void *(*malloc)(size_t);
    void (*free)(void *);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*reallocarray)(void *, size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
    void (*free_sized)(void *, size_t);
    void (*free_aligned_sized)(void *, size_t, size_t);
} below;

static __thread uint64_t probe __attribute__((tls_model("initial-exec")));

uint64_t *smp_malloc_probe(void)
{
    return &probe;
}

/* ---- before the allocator is known */

#define STORE_BYTES 65536u
static char store[STORE_BYTES] __attribute__((aligned(16)));
static _Atomic size_t store_used;

static int is_stored(const void *p)
{
    return (uintptr_t)p - (uintptr_t)store < STORE_BYTES;
}

/* Each block has its size in front, for realloc. The filter brings its free to
 * the slow path. */
static void *take_stored(size_t n, size_t alignment)
{
    if (n > STORE_BYTES || alignment > 4096)
        return NULL;
    size_t room = (n + alignment + 31) & ~(size_t)15;
    size_t at = atomic_fetch_add(&store_used, room);
    if (at + room > STORE_BYTES)
        return NULL;
    uintptr_t p = (uintptr_t)store + at + 16;
    p = (p + alignment - 1) & ~(uintptr_t)(alignment - 1);
    memcpy((char *)p - 16, &n, sizeof n);
    smp_filter_add(p);
    return (void *)p;
}

static void *move_stored(void *old, size_t n)
{
    size_t had;
    void *p = malloc(n);
    memcpy(&had, (char *)old - 16, sizeof had);
    if (p)
        memcpy(p, old, had < n ? had : n);
    return p;
}

static void find(void *to, const char *name)
{
    void *symbol = smp_real_find(name);
    memcpy(to, &symbol, sizeof symbol);
}

/* 1 where the allocator is known now. On the program's first allocation, before
 * any thread. */
static COLD int find_below(void)
{
    static _Atomic int looking;
    if (atomic_exchange(&looking, 1))
        return 0;
    find(&below.calloc, "calloc");
    find(&below.free, "free");
    find(&below.realloc, "realloc");
    find(&below.malloc, "malloc"); /* from here on a look-up may allocate */
    find(&below.reallocarray, "reallocarray");
    find(&below.posix_memalign, "posix_memalign");
    find(&below.aligned_alloc, "aligned_alloc");
    find(&below.memalign, "memalign");
    find(&below.valloc, "valloc");
    find(&below.pvalloc, "pvalloc");
    find(&below.free_sized, "free_sized");
    find(&below.free_aligned_sized, "free_aligned_sized");
    if (!below.malloc)
        return 0;
    smp_malloc_watch(0);
    return 1;
}

/* ---- whose malloc it is */

static uint64_t below_low, below_high;

static int note_object(struct dl_phdr_info *info, size_t size, void *context)
{
    uint64_t at = (uint64_t)(uintptr_t)below.malloc, low = UINT64_MAX, high = 0;
    (void)size;
    (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD)
            continue;
        uint64_t from = info->dlpi_addr + p->p_vaddr, to = from + p->p_memsz;
        low = from < low ? from : low;
        high = to > high ? to : high;
    }
    if (at < low || at >= high)
        return 0;
    below_low = low;
    below_high = high;
    return 1;
}

void smp_malloc_find_below(void)
{
    if (below.malloc || find_below())
        dl_iterate_phdr(note_object, NULL);
}

int smp_malloc_is_below(const void *caller)
{
    uint64_t at = (uint64_t)(uintptr_t)caller;
    return at >= below_low && at < below_high;
}

/* ---- slow paths */

/* Until Python's allocators are wrapped (heap_entry.c), what the interpreter's own
 * code asks for is Python's. */
static enum smp_record_domain domain(const void *caller)
{
    uint64_t at = (uint64_t)(uintptr_t)caller;
    int python = smp_heap_self.python ||
                 (smp_entry_is_open() && at >= smp_recorder.text_low &&
                  at < smp_recorder.text_high);
    return python ? SMP_RECORD_PYTHON : SMP_RECORD_NATIVE;
}

/* The countdown has ended with these n bytes: what they stand for where they are to be
 * sampled, else 0. */
static COLD uint64_t due(size_t n)
{
    probe = n > probe ? n : probe;
    return smp_heap_due(n);
}

static void *sampled(void *p, size_t n, uint64_t stands_for, const void *caller)
{
    if (stands_for)
        smp_heap_sample((uint64_t)(uintptr_t)p, n, stands_for, domain(caller));
    return p;
}

static COLD void *malloc_slow(size_t n, const void *caller)
{
    if (!below.malloc && !find_below())
        return take_stored(n, 16);
    uint64_t stands_for = due(n);
    if (!stands_for)
        return below.malloc(n);
    return sampled(below.malloc(smp_python_room(n)), n, stands_for, caller);
}

static COLD void *calloc_slow(size_t count, size_t size, const void *caller)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) {
        errno = ENOMEM;
        return NULL;
    }
    if (!below.calloc && !find_below())
        return take_stored(n, 16); /* zeroed: it is never used twice */
    uint64_t stands_for = due(n);
    if (!stands_for)
        return below.calloc(count, size);
    return sampled(below.calloc(1, smp_python_room(n)), n, stands_for, caller);
}

static COLD void free_slow(void *p)
{
    if (is_stored(p) || (!below.free && !find_below()))
        return;
    int saved = errno;
    smp_heap_end(smp_table_take((uint64_t)(uintptr_t)p), 0);
    errno = saved;
    below.free(p);
}

/* `ended`: so has the countdown. */
static COLD void *realloc_slow(void *old, size_t n, int ended,
                               const void *caller)
{
    if (old && is_stored(old))
        return move_stored(old, n);
    if (!below.realloc && !find_below())
        return old ? NULL : take_stored(n, 16);
    uint64_t stands_for = ended ? due(n) : 0;
    uint64_t address = (uint64_t)(uintptr_t)old;
    struct smp_block block = {0, 0};
    if (old && smp_filter_knows(old))
        block = smp_table_take(address);
    void *p = below.realloc(old, n);
    if (!p && n) {
        smp_heap_put_back(address, block);
    } else if (p && block.id && smp_heap_is_like(block, n)) {
        smp_heap_put_back((uint64_t)(uintptr_t)p, block);
        return p;
    } else {
        smp_heap_end(block, 0);
    }
    if (stands_for && old && p)
        smp_entry_regrown(n);
    return sampled(p, n, stands_for, caller);
}

static COLD void *aligned_slow(void *(*real)(size_t, size_t), size_t alignment,
                               size_t n)
{
    uint64_t stands_for = due(n);
    return sampled(real(alignment, n), n, stands_for, NULL);
}

static COLD void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

/* ---- counting: the fast paths */

static void *malloc_counted(size_t n)
{
    if (SMP_UNLIKELY(smp_heap_ended(n)))
        return malloc_slow(n, CALLER);
    return below.malloc(n);
}

static void free_known(void *p)
{
    if (SMP_UNLIKELY(smp_filter_knows(p)))
        free_slow(p);
    else
        below.free(p);
}

static void *calloc_counted(size_t count, size_t size)
{
    size_t n;
    if (SMP_UNLIKELY(__builtin_mul_overflow(count, size, &n)) ||
        SMP_UNLIKELY(smp_heap_ended(n)))
        return calloc_slow(count, size, CALLER);
    return below.calloc(count, size);
}

static void *realloc_counted(void *p, size_t n)
{
    int ended = smp_heap_ended(n);
    if (SMP_UNLIKELY(ended) || SMP_UNLIKELY(smp_filter_knows(p)))
        return realloc_slow(p, n, ended, CALLER);
    return below.realloc(p, n);
}

/* ---- before the allocator is known */

static void *malloc_first(size_t n)
{
    return malloc_slow(n, CALLER);
}

static void free_first(void *p)
{
    if (p)
        free_slow(p);
}

static void *calloc_first(size_t count, size_t size)
{
    return calloc_slow(count, size, CALLER);
}

static void *realloc_first(void *p, size_t n)
{
    return realloc_slow(p, n, 0, CALLER);
}

/* ---- what the program calls */

/* Where calls go now: while nothing is recorded to the allocator itself, so that a
 * recorder that sleeps costs two instructions a call. Each is entered by a jump:
 * its caller is the program. */
static struct {
    void *(*_Atomic malloc)(size_t);
    void (*_Atomic free)(void *);
    void *(*_Atomic calloc)(size_t, size_t);
    void *(*_Atomic realloc)(void *, size_t);
} now = {malloc_first, free_first, calloc_first, realloc_first};

#define NOW(name) atomic_load_explicit(&now.name, memory_order_relaxed)

/* Blocks that are known must be told of when they go, whoever is on: so free and
 * realloc look for ever once one was, and before any other thread can have it. */
void smp_malloc_watch(int watch)
{
    static _Atomic int watched;
    if (!below.malloc)
        return;
    if (watch && smp_heap_is_on())
        atomic_store(&watched, 1);
    int known = atomic_load(&watched) || atomic_load(&store_used);
    atomic_store(&now.free, known ? free_known : below.free);
    atomic_store(&now.realloc, known ? realloc_counted : below.realloc);
    atomic_store(&now.calloc, watch ? calloc_counted : below.calloc);
    atomic_store(&now.malloc, watch ? malloc_counted : below.malloc);
}

EXPORT void *malloc(size_t n)
{
    return NOW(malloc)(n);
}

EXPORT void free(void *p)
{
    NOW(free)(p);
}

EXPORT void *calloc(size_t count, size_t size)
{
    return NOW(calloc)(count, size);
}

EXPORT void *realloc(void *p, size_t n)
{
    return NOW(realloc)(p, n);
}

EXPORT void *reallocarray(void *p, size_t count, size_t size)
{
    size_t n;
    /* libc's calls the program's realloc, which is not ours where the executable
     * brings its own allocator. */
    if (!smp_late_is_late() &&
        (below.reallocarray || (find_below() && below.reallocarray)))
        return below.reallocarray(p, count, size);
    if (__builtin_mul_overflow(count, size, &n))
        return no_memory();
    return realloc(p, n);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t n)
{
    if (!below.posix_memalign && !find_below()) {
        void *p = take_stored(n, alignment);
        if (p)
            *out = p;
        return p ? 0 : ENOMEM;
    }
    uint64_t stands_for = smp_heap_ended(n) ? due(n) : 0;
    int error = below.posix_memalign(out, alignment, n);
    if (!error)
        sampled(*out, n, stands_for, NULL);
    return error;
}

EXPORT void *aligned_alloc(size_t alignment, size_t n)
{
    if (!below.aligned_alloc && !find_below())
        return take_stored(n, alignment);
    if (SMP_UNLIKELY(smp_heap_ended(n)))
        return aligned_slow(below.aligned_alloc, alignment, n);
    return below.aligned_alloc(alignment, n);
}

EXPORT void *memalign(size_t alignment, size_t n)
{
    if (!below.memalign && !find_below())
        return take_stored(n, alignment);
    if (!below.memalign)
        return no_memory();
    if (SMP_UNLIKELY(smp_heap_ended(n)))
        return aligned_slow(below.memalign, alignment, n);
    return below.memalign(alignment, n);
}

EXPORT void *valloc(size_t n)
{
    if (!below.valloc && !find_below())
        return take_stored(n, SMP_OS_PAGE);
    if (!below.valloc)
        return no_memory();
    uint64_t stands_for = smp_heap_ended(n) ? due(n) : 0;
    return sampled(below.valloc(n), n, stands_for, NULL);
}

EXPORT void *pvalloc(size_t n)
{
    if (!below.pvalloc && !find_below())
        return take_stored(n, SMP_OS_PAGE);
    if (!below.pvalloc)
        return no_memory();
    uint64_t stands_for = smp_heap_ended(n) ? due(n) : 0;
    return sampled(below.pvalloc(n), n, stands_for, NULL);
}

/* C23; newer than many a libc. */
EXPORT void free_sized(void *p, size_t n);
EXPORT void free_aligned_sized(void *p, size_t alignment, size_t n);

EXPORT void free_sized(void *p, size_t n)
{
    if (!below.free_sized || smp_filter_knows(p))
        free(p);
    else
        below.free_sized(p, n);
}

EXPORT void free_aligned_sized(void *p, size_t alignment, size_t n)
{
    if (!below.free_aligned_sized || smp_filter_knows(p))
        free(p);
    else
        below.free_aligned_sized(p, alignment, n);
}
