/* Attaching: programs that were prepared (--dormant) are called to a session. */
#ifndef SMP_COLLECTOR_ATTACH_H
#define SMP_COLLECTOR_ATTACH_H

#include <stddef.h>
#include <stdint.h>

enum smp_prepared {
    SMP_PREPARED,     /* it sleeps, and can be called */
    SMP_PREPARED_NOT, /* a Python program that was not prepared */
    SMP_PREPARED_SOON, /* it has the recorder, but does not run Python code yet */
    SMP_PREPARED_NO_PYTHON,
    SMP_PREPARED_HIDDEN, /* another user's: it may not be looked at */
    SMP_PREPARED_GONE    /* there is no such process */
};

/* *minor: of CPython 3 where it can be told, else 0. */
enum smp_prepared smp_attach_look(int32_t pid, int *minor);

/* Calls a prepared process to the session: 0, SMP_EACCES or SMP_EGONE. */
int smp_attach_call(int32_t pid, uint32_t session);

/* Those below a process that were called: each a few times at most, should one
 * not answer, since a call wakes up who waits. */
#define SMP_ATTACH_TREE_MAX 4096 /* processes of a tree that are looked at */
struct smp_attach_below {
    int32_t pids[SMP_ATTACH_TREE_MAX];
    uint8_t calls[SMP_ATTACH_TREE_MAX];
    size_t count;
};

/* Calls all below it that are prepared and not recorded: those of now. */
void smp_attach_call_below(struct smp_attach_below *b, int32_t pid,
                           uint32_t session,
                           int (*is_recorded)(void *context, int32_t pid),
                           void *context);

#endif
