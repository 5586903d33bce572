/* Clocks and identities of the calling thread and process. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "platform/platform.h"

static uint64_t read_clock(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t))
        return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t smp_os_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t smp_os_thread_cpu(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t smp_os_process_cpu(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/* The kernel's name for the CPU clock of another: CPUCLOCK_SCHED (2) below the
 * inverted id, CPUCLOCK_PERTHREAD (4) for a thread alone. */
static uint64_t read_other(int32_t id, uint32_t which)
{
    int saved = errno;
    uint64_t ns = read_clock((clockid_t)(~(uint32_t)id << 3 | which));
    errno = saved;
    return ns;
}

uint64_t smp_os_cpu_of_thread(int32_t tid)
{
    return read_other(tid, 6);
}

uint64_t smp_os_cpu_of_process(int32_t pid)
{
    return read_other(pid, 2);
}

uint64_t smp_os_tick(void)
{
    struct timespec t;
    if (clock_getres(CLOCK_MONOTONIC_COARSE, &t) || t.tv_sec || t.tv_nsec <= 0)
        return 4000000; /* HZ=250 */
    return (uint64_t)t.tv_nsec;
}

void smp_os_thread_usage(uint64_t *system_us, uint64_t *faults)
{
    struct rusage u;
    if (getrusage(RUSAGE_THREAD, &u)) {
        *system_us = *faults = 0;
        return;
    }
    *system_us =
        (uint64_t)u.ru_stime.tv_sec * 1000000u + (uint64_t)u.ru_stime.tv_usec;
    *faults = (uint64_t)u.ru_minflt + (uint64_t)u.ru_majflt;
}

uint64_t smp_os_peak_resident(void)
{
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) ? 0 : (uint64_t)u.ru_maxrss * 1024u;
}

int32_t smp_os_thread_id(void)
{
    return (int32_t)syscall(SYS_gettid);
}

int32_t smp_os_process_id(void)
{
    return (int32_t)syscall(SYS_getpid);
}
