/* Memory: the parts of the recorder that sample allocations and copies.
 *
 * Sampling by bytes: of every `interval` bytes that a thread allocates one is drawn;
 * the block that has it is sampled. The collector gets its size and what it stands
 * for (docs/how-it-measures.md, Memory).
 *
 * Small and large blocks have a countdown and a governor each: a flood of small
 * objects makes their samples rare and leaves large blocks as exact as they were.
 *
 * The hooks' fast paths touch a thread-local counter (allocations) or a byte of
 * a filter (frees). Everything else happens in the slow paths, about 2,000 times
 * a second: no lock, no allocation, no GIL, no C API. */
#ifndef SMP_RECORDER_HEAP_H
#define SMP_RECORDER_HEAP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/state.h"

#define SMP_LIKELY(x) __builtin_expect(!!(x), 1)
#define SMP_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define SMP_COPY_LEAST 256u /* shorter copies are not counted */
/* Blocks of so many bytes and more are large. Above what pymalloc serves and a
 * debug allocator adds, so what it hands on to malloc is small there, too. */
#define SMP_HEAP_LARGE 16384u

/* How far a thread is from its next sample of a kind. */
struct smp_countdown {
    uint64_t left;     /* bytes before the one that is drawn next */
    uint64_t rest;     /* bytes of its stratum behind that one */
    uint64_t interval; /* the stratum's length; 0: nothing was drawn */
};

/* Small blocks: of each 8 that are drawn of one size, one is sampled. */
#define SMP_HEAP_SHARE 8u
#define SMP_HEAP_SIZES 37u /* smp_turns_take */

/* What a thread keeps. All 0 in a new one: its first allocation ends in the
 * slow path, which draws. */
struct smp_heap_thread {
    struct smp_countdown small, large, copies;
    uint64_t random;  /* state of the generator; 0: not seeded */
    uint64_t pending; /* not 0: PyMem was asked for so many bytes, and has been
                         * handed on to malloc to be sampled there */
    uint64_t pending_stands_for;   /* and meanwhile: as smp_heap_due said */
    uint64_t put_by;               /* and small.left, which is 0 then */
    uint8_t turns[SMP_HEAP_SIZES]; /* smp_turns_take's */
    int32_t tid;                   /* 0: not asked for yet */
    uint16_t
        room; /* bytes that malloc is to give it; 0: what it is asked for */
    uint8_t inside; /* 1: in a slow path: what it does is not the program's */
    uint8_t python; /* 1: PyMem is asking malloc */
    uint8_t arena;  /* 1: pymalloc is mapping or unmapping an arena */
};
extern __thread struct smp_heap_thread smp_heap_self
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Of Python's small objects: who asks for one holds the GIL, so one countdown does for
 * all threads, at an address that is known: the hooks are twice as fast. (Interpreters
 * with a GIL each may spoil it for each other: then some bytes are counted wrong.) A
 * line of the cache of its own, since others are read by all threads. */
struct smp_heap_python {
    struct smp_countdown countdown;
    uint8_t turns[SMP_HEAP_SIZES];
} __attribute__((aligned(64)));
extern struct smp_heap_python smp_heap_python
    __attribute__((visibility("hidden")));

/* Takes n from a countdown; 1 where it ended. One instruction does it, so that a
 * signal handler of this thread finds the countdown before or after. */
static inline int smp_heap_spend(uint64_t *left, uint64_t n)
{
    __asm__ goto("subq %[n], %[left]\n\tjb %l[ended]"
                 :
                 : [left] "m"(*left), [n] "er"(n)
                 : "memory", "cc"
                 : ended);
    return 0;
ended:
    return 1;
}

static inline int smp_heap_is_large(uint64_t n)
{
    return SMP_UNLIKELY(n >= SMP_HEAP_LARGE);
}

/* The same for a block of n bytes, with the countdown that it belongs to. */
static inline int smp_heap_ended(uint64_t n)
{
    if (smp_heap_is_large(n))
        return smp_heap_spend(&smp_heap_self.large.left, n);
    return smp_heap_spend(&smp_heap_self.small.left, n);
}

/* A sampled block that is alive. */
struct smp_block {
    uint64_t id;    /* 0: there is none */
    uint64_t bytes; /* as its ALLOC record said */
};

/* ---- heap.c: when to sample, and the records */

/* Begins, as the collector's welcome says, on the thread that starts. */
void smp_heap_start(const struct smp_welcome *w);
void smp_heap_stop(void);
/* The recording is off, or on again. */
SMP_SIGSAFE void smp_heap_pause(int pause);
SMP_SIGSAFE void smp_heap_after_fork(uint32_t on);
/* No interpreter is in this process: nothing will ever be sampled. */
void smp_heap_never(void);

/* A countdown has ended with a block of n bytes: what it stands for, bytes, where it is
 * to be sampled; else 0. The countdown goes on. */
SMP_SIGSAFE uint64_t smp_heap_due(uint64_t n);
/* The same of a request that pymalloc would serve, with smp_heap_python's. */
SMP_SIGSAFE uint64_t smp_heap_python_due(uint64_t n);
/* Samples the block that was due, at `address`; 0: there is none after all. */
SMP_SIGSAFE void smp_heap_sample(uint64_t address, uint64_t n,
                                 uint64_t stands_for,
                                 enum smp_record_domain domain);
/* PyMem is to hand a request of n bytes on to malloc, where it will be due. */
SMP_SIGSAFE void smp_heap_hand_on(uint64_t n, uint64_t stands_for);
/* It has; it may not have come there. */
SMP_SIGSAFE void smp_heap_handed_on(void);
/* The sampled block at this address is about to go: take it out of the table
 * (smp_table_take) before another thread can get the address. Then write its end,
 * or put it back. part: bytes of it that go; 0: all. */
SMP_SIGSAFE void smp_heap_end(struct smp_block block, uint64_t part);
SMP_SIGSAFE void smp_heap_put_back(uint64_t address, struct smp_block block);
/* 1 where a block that gets this size is still as good as the one recorded. */
SMP_SIGSAFE int smp_heap_is_like(struct smp_block block, uint64_t bytes);
/* A copy's countdown has ended. */
SMP_SIGSAFE void smp_heap_copied(uint64_t n);
/* At each CPU sample of a thread: takes over a new interval. */
SMP_SIGSAFE void smp_heap_tick(uint64_t now);
/* The recording was switched on by the calling thread: begins at once with it. */
SMP_SIGSAFE void smp_heap_resume(void);
/* 1 once the interpreter clears what the program has left: that is no doing of the
 * program, which left it alive. (And with os._exit nothing is cleared.) */
SMP_SIGSAFE int smp_heap_is_over(void);
/* 1 while memory is watched: samples are taken, or the ends of older ones noted. */
int smp_heap_is_on(void);

/* ---- heap_countdown.c: the sampler's arithmetic */

uint64_t smp_random_seed(uint64_t a, uint64_t b); /* never 0 */
/* 0 to n - 1, all equally likely. `state`: of a generator. */
SMP_SIGSAFE uint64_t smp_random_below(uint64_t *state, uint64_t n);

/* A stratum of this length begins with the thread's next byte. */
SMP_SIGSAFE void smp_countdown_begin(struct smp_countdown *c, uint64_t *random,
                                     uint64_t interval);
/* It has ended in a block: the block's bytes behind the drawn one. */
static inline uint64_t smp_countdown_past(const struct smp_countdown *c)
{
    return ~c->left;
}
/* Bytes that the block of n stands for, n / p where p is the probability that one of
 * its bytes was drawn. */
SMP_SIGSAFE uint64_t smp_countdown_stands_for(const struct smp_countdown *c,
                                              uint64_t past, uint64_t n);
/* Goes on behind that block. This stratum goes to its end; the next ones have this
 * length. How many more of the block's bytes were drawn. */
SMP_SIGSAFE uint64_t smp_countdown_next(struct smp_countdown *c, uint64_t past,
                                        uint64_t *random, uint64_t interval);
/* Of so many bytes drawn of a block of n, how many are sampled: one of each share
 * (SMP_HEAP_SHARE at most) that fall on blocks of this size. */
SMP_SIGSAFE unsigned smp_turns_take(uint8_t turns[SMP_HEAP_SIZES],
                                    uint64_t *random, uint64_t n,
                                    uint64_t drawn, unsigned share);

/* ---- heap_rate.c: the governors */

enum smp_rate { SMP_RATE_SMALL, SMP_RATE_LARGE, SMP_RATE_COPIES, SMP_RATES };

/* `first`: the interval at first, and the least one; 0: the usual one. */
void smp_rate_start(enum smp_rate which, uint64_t first, int fixed);
/* Mean bytes between samples, as it is now. */
SMP_SIGSAFE uint64_t smp_rate_interval(enum smp_rate which);
/* A sample was taken at `now`, and took so long; so many are alive. */
SMP_SIGSAFE void smp_rate_note(enum smp_rate which, uint64_t now,
                               uint64_t took_ns, uint32_t alive);
/* Something else took so long. */
SMP_SIGSAFE void smp_rate_note_time(enum smp_rate which, uint64_t took_ns);
SMP_SIGSAFE void smp_rate_tick(uint64_t now);
/* The table of live samples, or the ring, had no room. */
SMP_SIGSAFE void smp_rate_raise(enum smp_rate which, uint64_t now);
/* So much of the ring is used. */
SMP_SIGSAFE void smp_rate_press(enum smp_rate which, uint64_t now,
                                uint64_t used, uint64_t bytes);
SMP_SIGSAFE void smp_rate_after_fork(void);

/* ---- heap_table.c: sampled blocks that are alive */

int smp_table_start(void); /* maps it: 0 or SMP_ENOMEM; again: nothing */
/* 0, or SMP_EFULL (also for an address that is none of a block: not of 47 bits, or no
 * multiple of 8). It must not be in it, nor given out meanwhile. */
SMP_SIGSAFE int smp_table_put(uint64_t address, struct smp_block block);
/* Takes it out. */
SMP_SIGSAFE struct smp_block smp_table_take(uint64_t address);
SMP_SIGSAFE uint32_t smp_table_count(int large);

/* Counts of the live addresses that fall on each byte, read without a lock
 * before anything else is done. 255: as many or more. */
#define SMP_FILTER_BYTES 65536u
extern _Atomic uint8_t smp_filter[SMP_FILTER_BYTES]
    __attribute__((visibility("hidden")));
/* Neighbours fall on neighbours, so that what a program uses together shares
 * the cache's lines. */
static inline uint32_t smp_filter_place(uint64_t address)
{
    return (uint32_t)(address >> 4 ^ address >> 20) % SMP_FILTER_BYTES;
}
static inline int smp_filter_knows(const void *p)
{
    return atomic_load_explicit(
               &smp_filter[smp_filter_place((uint64_t)(uintptr_t)p)],
               memory_order_relaxed) != 0;
}
SMP_SIGSAFE void smp_filter_add(uint64_t address);

/* ---- heap_ranges.c: sampled mappings that are alive */

struct smp_range_part {
    uint64_t id, bytes; /* bytes 0: all that was left of it */
};
/* As a block: of those, all are large. */
static inline struct smp_block smp_range_block(struct smp_range_part part)
{
    return (struct smp_block){part.id, SMP_HEAP_LARGE};
}
/* 0, or SMP_EFULL. */
SMP_SIGSAFE int smp_ranges_put(uint64_t start, uint64_t bytes, uint64_t id);
/* [start, start + bytes) goes: cuts it out of the ranges, one part a call, until
 * it returns 0. */
SMP_SIGSAFE int smp_ranges_cut(uint64_t start, uint64_t bytes,
                               struct smp_range_part *out);
SMP_SIGSAFE void smp_ranges_after_fork(void);

/* ---- heap_malloc.c */

/* The greatest request that the calling thread made since this was set to 0. */
uint64_t *smp_malloc_probe(void);
/* The object whose malloc we stand before: [low, high); what it maps is its own
 * store and no allocation. */
void smp_malloc_find_below(void);
int smp_malloc_is_below(const void *caller);
/* 1: malloc and its like count bytes; 0: nobody asks (as at first). */
SMP_SIGSAFE void smp_malloc_watch(int watch);

/* ---- heap_map.c, copy.c: at load, look up the functions below ours */

void smp_map_find_below(void);
void smp_copy_find_below(void);
/* 1: long copies are counted; 0: nobody asks (as at first). */
SMP_SIGSAFE void smp_copy_watch(int watch);

/* ---- heap_python.c */

struct smp_python_allocator { /* as PyMemAllocatorEx */
    void *context;
    void *(*malloc)(void *, size_t);
    void *(*calloc)(void *, size_t, size_t);
    void *(*realloc)(void *, void *, size_t);
    void (*free)(void *, void *);
};
enum { SMP_PYMEM_RAW, SMP_PYMEM_MEM, SMP_PYMEM_OBJ };
typedef void smp_allocator_function(int, struct smp_python_allocator *);

/* At load: counts pymalloc's arenas from the first on. */
void smp_python_watch_arenas(void);
/* At the start: 0, or SMP_EUNSUPPORTED where the interpreter does not call our
 * malloc. `later`: only when the program has run or grown a little. */
SMP_HOLDS_GIL int smp_python_wrap(smp_allocator_function *get,
                                  smp_allocator_function *set, int later);
int smp_python_is_wrapped(void); /* 1: they are, or smp_entry_now does it */
SMP_SIGSAFE uint64_t smp_python_arenas(void); /* bytes, as of now */

/* ---- heap_entry.c: when Python's allocators are wrapped */

/* Finds where the interpreter keeps them: MEM's and OBJ's functions are `hooks`
 * now and were `real`. 0, or SMP_ENOENT. */
int smp_entry_find(const struct smp_python_allocator hooks[3],
                   const struct smp_python_allocator real[3]);
SMP_SIGSAFE void smp_entry_now(void);
SMP_SIGSAFE void smp_entry_tick(void); /* at each CPU sample */
SMP_SIGSAFE void
smp_entry_grown(uint64_t bytes); /* a sample stands for these */
/* One that grew a block to so many. */
SMP_SIGSAFE void smp_entry_regrown(uint64_t bytes);
SMP_SIGSAFE void smp_entry_undo(void); /* as before smp_entry_now */
SMP_SIGSAFE void smp_entry_done(void); /* they are wrapped */
/* 1 while they are not. */
SMP_SIGSAFE int smp_entry_is_open(void);
/* 1, once, where the program has put others in their place meanwhile: they are to
 * be wrapped then. */
int smp_entry_failed(void);
/* 1 where a request of n bytes is what a small one became that has been handed on
 * to malloc to be sampled there. */
SMP_SIGSAFE int smp_python_is_handed_on(uint64_t n);
/* Bytes that malloc gives a block of n that is due: fewer where it was handed on. */
SMP_SIGSAFE size_t smp_python_room(size_t n);

#endif
