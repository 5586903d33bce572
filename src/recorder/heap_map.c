/* The mmap family: memory that C code takes from the system itself.
 *
 * Counted is what has no file behind it but memory: anonymous mappings, and
 * files of memory file systems. What is only reserved (no access) is none, nor is
 * what the allocator maps for its own store, nor pymalloc's arenas. libc's own
 * calls (large blocks, threads' stacks) do not come here. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "recorder/heap.h"

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

/* Of libc, or of a library that the user preloads. NULL: not looked up yet. */
static struct {
    void *(*mmap)(void *, size_t, int, int, int, off_t);
    int (*munmap)(void *, size_t);
    void *(*mremap)(void *, size_t, size_t, int, ...);
} below;

static void find(void *to, const char *name)
{
    void *symbol = smp_real_find(name);
    memcpy(to, &symbol, sizeof symbol);
}

void smp_map_find_below(void)
{
    find(&below.mmap, "mmap");
    find(&below.munmap, "munmap");
    find(&below.mremap, "mremap");
}

/* From linux/magic.h, which not every system has. */
#define TMPFS 0x01021994
#define HUGETLBFS 0x958458f6
#define RAMFS 0x858458f6

static int is_memory_file(int fd)
{
    struct statfs s;
    int saved = errno;
    int is = syscall(SYS_fstatfs, fd, &s) == 0 &&
             (s.f_type == TMPFS || s.f_type == (long)HUGETLBFS ||
              s.f_type == (long)RAMFS);
    errno = saved;
    return is;
}

static int counts(int protection, int flags, int fd, const void *caller)
{
    struct smp_heap_thread *t = &smp_heap_self;
    return smp_heap_is_on() && !t->arena && !t->inside &&
           !smp_malloc_is_below(caller) && protection != PROT_NONE &&
           (flags & MAP_ANONYMOUS || is_memory_file(fd));
}

/* [at, at + bytes) is no longer what it was. */
static void end_range(void *at, size_t bytes)
{
    struct smp_range_part part;
    uint64_t pages = (bytes + SMP_OS_PAGE - 1) & ~(uint64_t)(SMP_OS_PAGE - 1);
    while (smp_ranges_cut((uint64_t)(uintptr_t)at, pages, &part))
        smp_heap_end(smp_range_block(part), part.bytes);
}

static void *map(void *at, size_t bytes, int protection, int flags, int fd,
                 off_t offset, const void *caller)
{
    int counted = bytes && counts(protection, flags, fd, caller);
    uint64_t stands_for =
        counted && smp_heap_ended(bytes) ? smp_heap_due(bytes) : 0;
    if (flags & MAP_FIXED) {
        smp_guard_forget();
        end_range(at, bytes);
    }
    void *p = below.mmap ? below.mmap(at, bytes, protection, flags, fd, offset)
                         : (void *)syscall(SYS_mmap, at, bytes, protection,
                                           flags, fd, offset);
    if (flags & MAP_FIXED)
        smp_guard_forget();
    if (stands_for)
        smp_heap_sample(p == MAP_FAILED ? 0 : (uint64_t)(uintptr_t)p, bytes,
                        stands_for,
                        (flags & MAP_TYPE) == MAP_PRIVATE ? SMP_RECORD_MAPPED
                                                          : SMP_RECORD_SHARED);
    return p;
}

EXPORT void *mmap(void *at, size_t bytes, int protection, int flags, int fd,
                  off_t offset)
{
    return map(at, bytes, protection, flags, fd, offset, CALLER);
}

EXPORT void *mmap64(void *at, size_t bytes, int protection, int flags, int fd,
                    off64_t offset)
{
    return map(at, bytes, protection, flags, fd, offset, CALLER);
}

EXPORT int munmap(void *at, size_t bytes)
{
    smp_guard_forget();
    end_range(at, bytes);
    int result = below.munmap ? below.munmap(at, bytes)
                              : (int)syscall(SYS_munmap, at, bytes);
    smp_guard_forget();
    return result;
}

/* The end of the old mapping and a new one; where nothing was sampled of the
 * old one, the new one may be. */
EXPORT void *mremap(void *old, size_t old_bytes, size_t bytes, int flags, ...)
{
    void *wanted = NULL;
    va_list more;
    va_start(more, flags);
    if (flags & MREMAP_FIXED)
        wanted = va_arg(more, void *);
    va_end(more);
    int counted = smp_heap_is_on() && !smp_heap_self.inside &&
                  !smp_malloc_is_below(CALLER) && bytes;
    uint64_t stands_for =
        counted && smp_heap_ended(bytes) ? smp_heap_due(bytes) : 0;
    /* Before the call, since another thread may get the old place at once; put
     * back where it fails, as it often does without MREMAP_MAYMOVE. */
    struct smp_range_part part = {0, 0};
    uint64_t at = (uint64_t)(uintptr_t)old;
    int cut = old_bytes && smp_ranges_cut(at, old_bytes, &part);
    smp_guard_forget();
    void *p = below.mremap ? below.mremap(old, old_bytes, bytes, flags, wanted)
                           : (void *)syscall(SYS_mremap, old, old_bytes, bytes,
                                             flags, wanted);
    smp_guard_forget();
    if (cut && p == MAP_FAILED && !part.bytes &&
        !smp_ranges_put(at, old_bytes, part.id))
        cut = 0;
    if (cut)
        smp_heap_end(smp_range_block(part), part.bytes);
    if (stands_for)
        smp_heap_sample(p == MAP_FAILED ? 0 : (uint64_t)(uintptr_t)p, bytes,
                        stands_for, SMP_RECORD_MAPPED);
    return p;
}
