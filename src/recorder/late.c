/* Late load: the way in, where this library was dlopen'ed by Python code. */
#define _GNU_SOURCE
#include "recorder/late.h"

#include <dlfcn.h>
#include <stdatomic.h>

#include "base/status.h"
#include "recorder/heap.h"
#include "recorder/state.h"

/* Another copy of us, preloaded, is in the way: programs are measured once. */
static int is_only_one(void)
{
    void *found = dlsym(RTLD_DEFAULT, "solvidia_mem_prof_late");
    return found == (void *)(uintptr_t)solvidia_mem_prof_late;
}

static int check(void)
{
    int status = smp_symbols_find();
    if (!status)
        status = smp_check_objects();
    if (!status)
        status = smp_check_frames();
    return status;
}

__attribute__((visibility("default"))) int solvidia_mem_prof_late(void)
{
    static int done;
    if (done)
        return 0;
    if (!smp_late_is_late() || !is_only_one())
        return SMP_EUNSUPPORTED;
    int status = check();
    if (status)
        return status;
    smp_real();
    smp_malloc_find_below();
    smp_late_patch();
    status = smp_boot_late();
    done = !status;
    return status;
}
