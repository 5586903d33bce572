/* Sandboxes: a program that is about to forbid itself system calls (seccomp) is
 * left alone from then on, since a call of ours would get it killed.
 *
 * Only prctl is seen; libseccomp's own system call is not. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder/state.h"

#ifndef PR_SET_SECCOMP
#define PR_SET_SECCOMP 22
#endif

/* 1 where it was recorded. */
static int stop(void)
{
    int running = SMP_RUNNING;
    if (!smp_process_is_ours() ||
        !atomic_compare_exchange_strong(&smp_recorder.phase, &running,
                                        SMP_STOPPED))
        return 0;
    smp_threads_stop_timers();
    return 1;
}

/* It was only asked whether it could. */
static void go_on(void)
{
    atomic_store(&smp_recorder.phase, SMP_RUNNING);
    smp_threads_start_timers();
}

__attribute__((visibility("default"))) int prctl(int option, ...)
{
    unsigned long a[4];
    va_list arguments;
    va_start(arguments, option);
    for (int i = 0; i < 4; i++)
        a[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    int stopped = option == PR_SET_SECCOMP && stop();
    /* As libc's does; no symbol is looked up in a forked child. */
    int result = (int)syscall(SYS_prctl, option, a[0], a[1], a[2], a[3]);
    if (stopped && result < 0)
        go_on();
    return result;
}
