/* Guarded reads: this process's own memory, without ever faulting.
 *
 * A page is asked about (100 ns) before it is touched: once a sample, in a hook
 * once in a while (stack.c). What a running thread's frames point to cannot go
 * away under it, so a page that was readable a moment ago still is. */
#include <string.h>

#include "base/status.h"
#include "cpython/walk.h"
#include "recorder/state.h"

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
    return (struct smp_memory){guard_read, g};
}
