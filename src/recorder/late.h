/* Late load: the recorder in a process that was not started with it.
 *
 * dlopen'ed, our functions stand before nobody: the slots through which the loaded
 * objects call libc are pointed at them instead, and stay so for ever. */
#ifndef SMP_RECORDER_LATE_H
#define SMP_RECORDER_LATE_H

#include <stdint.h>

#include "platform/platform.h"

/* ---- late.c */

/* What Python calls after dlopen, with the GIL: checks, hooks, and then asleep
 * until it joins a collector. Again: nothing. 0 or a status (base/status.h):
 * SMP_EUNSUPPORTED: another recorder is in this process; SMP_ENOENT, SMP_EVERSION,
 * SMP_EFORMAT: this interpreter can't be read. Nothing was changed then. */
int solvidia_mem_prof_late(void);

/* The same, with the GIL, in a program that is to be attached to (late_module.c):
 * Python's allocators are left as they are until a collector calls. */
int smp_late_sleep(void);

/* While this process is in a session its children that are new programs come into
 * it, too: by our path, as exec.c passes it on. 0: in none. */
void smp_late_pass_on(uint32_t session);

/* ---- boot.c: installs the audit hook in a running interpreter, asleep. 0 or
 * SMP_EUNSUPPORTED. */
int smp_boot_late(void);

/* ---- late_patch.c */

/* 1 where this library was loaded after libc: not preloaded. Known from its
 * constructor on. */
int smp_late_is_late(void);
void smp_late_look(void); /* in the constructor, first */

/* libc's (or a preloaded library's) function of that name, below ours. */
void *smp_late_below(const char *name);

/* Patches the objects that are loaded, then those loaded since. At load, at a
 * dlsym, before a join: takes the loader's lock. */
void smp_late_patch(void);
SMP_SIGSAFE void smp_late_after_fork(void);

#endif
