/* Late load: the way in, where this library was dlopen'ed by Python code. */
#define _GNU_SOURCE
#include "recorder/late.h"

#include <dlfcn.h>
#include <string.h>

#include "base/status.h"
#include "recorder/heap.h"
#include "recorder/state.h"

#define SMP_SESSION_BITS 32

/* Another copy of us, preloaded, is in the way: programs are measured once. */
static int is_only_one(void)
{
    void *found = dlsym(RTLD_DEFAULT, "solvidia_mem_prof_late");
    return found == (void *)(uintptr_t)solvidia_mem_prof_late;
}

/* "/lib/librecorder.so" with the session's number in its spelling (boot.c). */
static int spell(char *to, size_t room, const char *path, uint32_t session)
{
    const char *name = strrchr(path, '/');
    size_t n = name ? (size_t)(name - path) : 0;
    if (!name || path[0] != '/' || path[strcspn(path, ": ")] ||
        strlen(path) + 2 * SMP_SESSION_BITS >= room)
        return SMP_ERANGE;
    memcpy(to, path, n);
    for (int bit = SMP_SESSION_BITS - 1; bit >= 0; bit--) {
        to[n++] = '/';
        if (session >> bit & 1)
            to[n++] = '.';
    }
    memcpy(to + n, name, strlen(name) + 1);
    return 0;
}

void smp_late_pass_on(uint32_t session)
{
    char path[sizeof smp_recorder.library];
    Dl_info self;
    if (!smp_late_is_late())
        return;
    smp_recorder.library[0] = '\0';
    if (session && dladdr((void *)&smp_recorder, &self) && self.dli_fname &&
        !spell(path, sizeof path, self.dli_fname, session))
        memcpy(smp_recorder.library, path, strlen(path) + 1);
}

/* What both ways do, once: 1 where it was done before, 0 or a status. */
static int load(void)
{
    static int done;
    if (done)
        return 1;
    if (!smp_late_is_late() || !is_only_one())
        return SMP_EUNSUPPORTED;
    int status = smp_session_prepare();
    if (!status)
        status = smp_check_frames();
    if (status)
        return status;
    smp_late_patch();
    status = smp_boot_late();
    done = !status;
    return status;
}

/* Asleep, it answers a collector's call: `attach` works here, too. */
static int sleep_after_load(int wrap)
{
    int status = load();
    if (status)
        return status < 0 ? status : 0;
    smp_recorder.dormant = 1;
    if (wrap)
        smp_boot_wrap(0); /* where it can't be, joining will say so */
    return smp_session_sleep();
}

__attribute__((visibility("default"))) int solvidia_mem_prof_late(void)
{
    return sleep_after_load(1);
}

int smp_late_sleep(void)
{
    return sleep_after_load(0);
}
