/* Library copies: memcpy and its like, handed on to libc's own routines.
 *
 * Short ones pass; of longer ones every few megabytes one is recorded. The old
 * memcpy let its areas overlap, so both go to memmove, which is the same routine
 * in libc. Before libc's is known (that is before our own relocation, too, so no
 * thread-local variable may be touched) a plain loop does. One comparison tells
 * all: short, or nobody asks, or not yet. */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <string.h>

#include "recorder/heap.h"

#define EXPORT __attribute__((visibility("default")))
#define COLD __attribute__((noinline, cold))

static void *(*below_move)(void *, const void *, size_t);
/* Copies of so many bytes are looked at: at first all, since below_move is not
 * known. */
static _Atomic size_t looked_at;
static void *(*below_move_checked)(void *, const void *, size_t, size_t);
static char *(*below_stpcpy)(char *, const char *);
static char *(*below_strcpy_checked)(char *, const char *, size_t);

static void *find(const char *name)
{
    return smp_real_find(name);
}

#define FIND(function, name)                                                   \
    do {                                                                       \
        void *symbol = find(name);                                             \
        __builtin_memcpy(&(function), &symbol, sizeof symbol);                 \
    } while (0)

void smp_copy_find_below(void)
{
    FIND(below_move_checked, "__memmove_chk");
    FIND(below_strcpy_checked, "__strcpy_chk");
    FIND(below_stpcpy, "stpcpy");
    FIND(below_move, "memmove");
    smp_copy_watch(0);
}

void smp_copy_watch(int watch)
{
    if (below_move)
        atomic_store(&looked_at, watch ? SMP_COPY_LEAST : SIZE_MAX);
}

static void *plain_copy(void *to, const void *from, size_t n)
{
    void *start = to;
    if ((uintptr_t)to - (uintptr_t)from >= n) {
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n)::"memory");
        return start;
    }
    for (; n; n--) /* overlapping: from the end */
        __asm__ volatile("movb %1, %0"
                         : "=m"(((char *)to)[n - 1])
                         : "q"(((const char *)from)[n - 1]));
    return start;
}

/* The recorder's own copies (own.h). */
void *smp_own_copy(void *to, const void *from, size_t n)
    __attribute__((visibility("hidden")));

void *smp_own_copy(void *to, const void *from, size_t n)
{
    return SMP_LIKELY(below_move) ? below_move(to, from, n)
                                  : plain_copy(to, from, n);
}

static int is_due(size_t n)
{
    return SMP_UNLIKELY(n >= SMP_COPY_LEAST) &&
           SMP_UNLIKELY(smp_heap_spend(&smp_heap_self.copies.left, n));
}

static COLD void *move_counted(void *to, const void *from, size_t n)
{
    smp_heap_copied(n);
    return below_move(to, from, n);
}

static COLD void *move_slow(void *to, const void *from, size_t n)
{
    if (!below_move)
        return plain_copy(to, from, n);
    return is_due(n) ? move_counted(to, from, n) : below_move(to, from, n);
}

/* Not by way of each other: gcc makes one that is called with restricted areas
 * into the other. */
static inline void *move(void *to, const void *from, size_t n)
{
    if (SMP_UNLIKELY(n >=
                     atomic_load_explicit(&looked_at, memory_order_relaxed)))
        return move_slow(to, from, n);
    return below_move(to, from, n);
}

EXPORT void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    return move(to, from, n);
}

EXPORT void *memmove(void *to, const void *from, size_t n)
{
    return move(to, from, n);
}

EXPORT void *mempcpy(void *restrict to, const void *restrict from, size_t n)
{
    return (char *)memcpy(to, from, n) + n;
}

void *__mempcpy(void *restrict to, const void *restrict from, size_t n);
void *__memcpy_chk(void *, const void *, size_t, size_t);
void *__memmove_chk(void *, const void *, size_t, size_t);
void *__mempcpy_chk(void *, const void *, size_t, size_t);
char *__strcpy_chk(char *, const char *, size_t);

EXPORT void *__mempcpy(void *restrict to, const void *restrict from, size_t n)
{
    return (char *)memcpy(to, from, n) + n;
}

/* libc ends the program where `room` is too small. */
EXPORT void *__memmove_chk(void *to, const void *from, size_t n, size_t room)
{
    if (SMP_UNLIKELY(n > room) && below_move_checked)
        return below_move_checked(to, from, n, room);
    return memmove(to, from, n);
}

EXPORT void *__memcpy_chk(void *to, const void *from, size_t n, size_t room)
{
    return __memmove_chk(to, from, n, room);
}

EXPORT void *__mempcpy_chk(void *to, const void *from, size_t n, size_t room)
{
    return (char *)__memmove_chk(to, from, n, room) + n;
}

EXPORT char *strcpy(char *restrict to, const char *restrict from)
{
    if (SMP_UNLIKELY(!below_stpcpy))
        return plain_copy(to, from, strlen(from) + 1);
    size_t n = (size_t)(below_stpcpy(to, from) - to);
    if (is_due(n))
        smp_heap_copied(n);
    return to;
}

EXPORT char *__strcpy_chk(char *to, const char *from, size_t room)
{
    size_t n = strlen(from) + 1;
    if (SMP_UNLIKELY(n > room) && below_strcpy_checked)
        return below_strcpy_checked(to, from, room);
    return memcpy(to, from, n);
}
