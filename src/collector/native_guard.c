/* Reading mapped files that somebody may cut short meanwhile. */
#include "collector/native_guard.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"

#define RANGES 1024 /* more than the modules that are open at once */

/* Read by the handler: `size` is set last and cleared first. */
struct range {
    _Atomic uintptr_t start;
    _Atomic size_t size; /* 0: free */
};

static struct range ranges[RANGES];
static struct sigaction before;
static int installed;
static atomic_ulong zeroed;
static uintptr_t page_mask;

static int guarded(uintptr_t address)
{
    for (int i = 0; i < RANGES; i++) {
        size_t size = atomic_load(&ranges[i].size);
        if (size && address - atomic_load(&ranges[i].start) < size)
            return 1;
    }
    return 0;
}

static void on_bus_error(int signal, siginfo_t *info, void *context)
{
    (void)context;
    uintptr_t address = (uintptr_t)info->si_addr;
    void *page = (void *)(address & page_mask);
    if (info->si_code == BUS_ADRERR && guarded(address) &&
        mmap(page, ~page_mask + 1, PROT_READ,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page) {
        atomic_fetch_add(&zeroed, 1);
        return;
    }
    /* Not ours: the same access faults again under the former handler. */
    sigaction(signal, &before, NULL);
}

static void install(void)
{
    if (installed)
        return;
    page_mask = ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    struct sigaction action = {.sa_sigaction = on_bus_error,
                               .sa_flags = SA_SIGINFO | SA_RESTART};
    sigemptyset(&action.sa_mask);
    installed = sigaction(SIGBUS, &action, &before) == 0;
}

int smp_guard_add(const void *start, size_t size)
{
    install();
    size = (size + ~page_mask) & page_mask;
    for (int i = 0; i < RANGES; i++)
        if (!atomic_load(&ranges[i].size)) {
            atomic_store(&ranges[i].start, (uintptr_t)start);
            atomic_store(&ranges[i].size, size);
            return 0;
        }
    return SMP_EFULL;
}

void smp_guard_remove(const void *start)
{
    for (int i = 0; i < RANGES; i++)
        if (atomic_load(&ranges[i].size) &&
            atomic_load(&ranges[i].start) == (uintptr_t)start)
            atomic_store(&ranges[i].size, 0);
}

unsigned long smp_guard_zeroed(void)
{
    return atomic_load(&zeroed);
}
