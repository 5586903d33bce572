/* The functions that the recorder stands in front of. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

#include "recorder/late.h"
#include "recorder/state.h"

static struct smp_real real;
static _Atomic int resolved;

void *smp_real_find(const char *name)
{
    return smp_late_is_late() ? smp_late_below(name) : smp_lookup_below(name);
}

/* A function pointer out of dlsym, without the cast that C forbids. */
static void find(void *to, const char *name)
{
    void *symbol = smp_real_find(name);
    memcpy(to, &symbol, sizeof symbol);
}

const struct smp_real *smp_real(void)
{
    if (!atomic_load_explicit(&resolved, memory_order_acquire)) {
        find(&real.pthread_create, "pthread_create");
        find(&real.pthread_cancel, "pthread_cancel");
        find(&real.execve, "execve");
        find(&real.execvpe, "execvpe");
        find(&real.fexecve, "fexecve");
        find(&real.posix_spawn, "posix_spawn");
        find(&real.posix_spawnp, "posix_spawnp");
        find(&real.exit_now, "_exit");
        find(&real.ctermid, "ctermid");
        atomic_store_explicit(&resolved, 1, memory_order_release);
    }
    return &real;
}
