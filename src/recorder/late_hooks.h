/* The functions of libc that the recorder stands in front of: where it was
 * preloaded by their names, where it was loaded late by the loaded objects' slots. */
#ifndef SMP_RECORDER_LATE_HOOKS_H
#define SMP_RECORDER_LATE_HOOKS_H

#include <stddef.h>
#include <stdint.h>

struct smp_late_hook {
    const char *name;
    void *ours;
    uintptr_t real; /* what it stands in front of; 0: not there */
};

extern struct smp_late_hook smp_late_hooks[]
    __attribute__((visibility("hidden")));
extern const size_t smp_late_hook_count __attribute__((visibility("hidden")));

#endif
