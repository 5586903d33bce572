/* Guarded reads: this process's own memory, without ever faulting.
 *
 * A page is asked about once a sample (100 ns) before it is touched. What a
 * running thread's frames point to cannot go away under it, so a page that was
 * readable a moment ago still is. */
#include <string.h>

#include "base/status.h"
#include "cpython/walk.h"
#include "recorder/state.h"

static int page_is_known(const struct smp_guard *g, uint64_t page)
{
    for (unsigned i = 0; i < SMP_GUARD_PAGES; i++)
        if (g->pages[i] == page)
            return 1;
    return 0;
}

static int guard_read(void *context, uint64_t address, void *to, size_t n)
{
    struct smp_guard *g = context;
    uint64_t last = (address + n - 1) / SMP_OS_PAGE;
    for (uint64_t page = address / SMP_OS_PAGE; page <= last; page++) {
        if (page_is_known(g, page))
            continue;
        if (!smp_os_is_readable((const void *)(uintptr_t)(page * SMP_OS_PAGE)))
            return SMP_EFAULT;
        g->pages[g->next++ % SMP_GUARD_PAGES] = page;
    }
    memcpy(to, (const void *)(uintptr_t)address, n);
    return 0;
}

struct smp_memory smp_guard_memory(struct smp_guard *g)
{
    return (struct smp_memory){guard_read, g};
}
