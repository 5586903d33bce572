/* Guarded reads: this process's own memory, without ever faulting.
 *
 * A page is asked about (100 ns) before it is touched: once a sample, in a hook
 * once in a while (stack.c). What a running thread's frames point to cannot go
 * away under it, so a page that was readable a moment ago still is. */
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

/* What a hook knows of pages. A pointer that is valid leads to memory; the guard
 * is against one that is not, which then would also have to lead to a page that
 * the C library itself gave back in this time. Asking each time was half of a
 * sample's cost. */
#define KNOWN_NS UINT64_C(10000000)

void smp_guard_begin(struct smp_guard *g, uint64_t now)
{
    uint32_t gone = atomic_load_explicit(&unmapped, memory_order_relaxed);
    if (now && g->began_ns && now - g->began_ns < KNOWN_NS &&
        g->unmapped == gone)
        return;
    memset(g->pages, 0, sizeof g->pages);
    g->began_ns = now;
    g->unmapped = gone;
}

static int guard_read(void *context, uint64_t address, void *to, size_t n)
{
    struct smp_guard *g = context;
    uint64_t last = (address + n - 1) / SMP_OS_PAGE;
    if (address < SMP_OS_PAGE || address + n < address) /* page 0: no page */
        return SMP_EFAULT;
    for (uint64_t page = address / SMP_OS_PAGE; page <= last; page++) {
        uint64_t *known = &g->pages[page % SMP_GUARD_PAGES];
        if (*known == page)
            continue;
        if (!smp_os_is_readable((const void *)(uintptr_t)(page * SMP_OS_PAGE)))
            return SMP_EFAULT;
        *known = page;
    }
    memcpy(to, (const void *)(uintptr_t)address, n);
    return 0;
}

struct smp_memory smp_guard_memory(struct smp_guard *g)
{
    return (struct smp_memory){.read = guard_read,
                               .context = g,
                               .asks_for_prints = 1};
}
