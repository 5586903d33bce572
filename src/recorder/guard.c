/* Guarded reads: this process's own memory, without ever faulting.
 *
 * A page is asked about (200 ns) before it is touched, and again after a while. What
 * a running thread's frames point to cannot go away under it, so a page that was
 * readable a moment ago still is. */
#include <stdatomic.h>
#include <string.h>

#include "base/status.h"
#include "cpython/walk.h"
#include "recorder/state.h"

static _Atomic uint32_t unmapped; /* pages went so often */

void smp_guard_forget(void)
{
    atomic_fetch_add_explicit(&unmapped, 1, memory_order_relaxed);
}

/* How long pages are known. A pointer that is valid leads to memory; the guard is
 * against one that is not (a frame that is not linked yet), which would also have to
 * lead to a page that went in this time unseen: not by munmap, nor by the end of the
 * C library's heap, but in its own hands, as another thread's arena of 64 MiB goes.
 * Asking each time was a third of a sample's cost. */
#define KNOWN_NS UINT64_C(25000000)

void smp_guard_begin(struct smp_guard *g, uint64_t now)
{
    uint32_t gone = atomic_load_explicit(&unmapped, memory_order_relaxed);
    uint64_t end = smp_os_heap_end();
    if (now - g->began_ns < KNOWN_NS && g->unmapped == gone &&
        end >= g->heap_end) {
        g->heap_end = end;
        return;
    }
    memset(g->pages, 0, sizeof g->pages);
    g->began_ns = now;
    g->unmapped = gone;
    g->heap_end = end;
}

static const void *guard_view(void *context, uint64_t address, size_t n)
{
    struct smp_guard *g = context;
    uint64_t last = (address + n - 1) / SMP_OS_PAGE;
    if (address < SMP_OS_PAGE || address + n < address) /* page 0: no page */
        return NULL;
    for (uint64_t page = address / SMP_OS_PAGE; page <= last; page++) {
        uint64_t *known = &g->pages[page % SMP_GUARD_PAGES];
        if (*known == page)
            continue;
        if (!smp_os_is_readable((const void *)(uintptr_t)(page * SMP_OS_PAGE)))
            return NULL;
        *known = page;
    }
    return (const void *)(uintptr_t)address;
}

static int guard_read(void *context, uint64_t address, void *to, size_t n)
{
    const void *from = guard_view(context, address, n);
    if (!from)
        return SMP_EFAULT;
    memcpy(to, from, n);
    return 0;
}

struct smp_memory smp_guard_memory(struct smp_guard *g)
{
    return (struct smp_memory){.read = guard_read,
                               .view = guard_view,
                               .context = g,
                               .asks_for_prints = 1};
}
