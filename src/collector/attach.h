/* Attaching: programs that were prepared (--dormant) are called to a session. */
#ifndef SMP_COLLECTOR_ATTACH_H
#define SMP_COLLECTOR_ATTACH_H

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

/* Calls all below it that are prepared. */
void smp_attach_call_below(int32_t pid, uint32_t session);

#endif
