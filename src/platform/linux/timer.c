/* Sampling timers and the signal they send.
 *
 * The signal is 32, glibc's own SIGCANCEL: programs can neither see, set nor
 * block it, since glibc refuses it and strips it from every mask. All calls go
 * to the kernel directly, because glibc refuses us too. What is not from a
 * timer is glibc's and is passed on (docs/how-it-measures.md). */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/status.h"
#include "platform/platform.h"

#define SAMPLE_SIGNAL 32
#define SAMPLE_MASK (UINT64_C(1) << (SAMPLE_SIGNAL - 1))
#define KERNEL_SA_RESTORER 0x04000000ul
#define DRAIN_MAX 64 /* signals taken off a thread's queue, at most */

/* The kernel's struct sigaction and sigevent, which are not libc's. */
struct kernel_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

/* Returns from a signal: glibc's own is not reachable by name. These very bytes
 * (48 c7 c0 0f 00 00 00 0f 05) are how unwinders know a signal's frame, and a
 * pthread_cancel unwinds from inside the handler: other bytes would end it there
 * and leave out the destructors of the interrupted functions. */
extern void smp_os_signal_return(void);
__asm__(".text\n"
        ".globl smp_os_signal_return\n"
        ".hidden smp_os_signal_return\n"
        ".type smp_os_signal_return, @function\n"
        "nop\n" /* unwinders look one byte before a return address */
        "smp_os_signal_return:\n"
        "movq $15, %rax\n"
        "syscall\n"
        ".size smp_os_signal_return, . - smp_os_signal_return\n");

static smp_os_sample_handler *sample_handler;
static smp_os_call_handler *call_handler;
/* The upper half of a call's value. */
#define CALL_MAGIC UINT64_C(0x736d7063)
static struct kernel_action before; /* what we stand in front of */

/* glibc's own signal comes from tgkill, never with a value. */
static int is_call(const siginfo_t *info)
{
    return call_handler && info->si_code == SI_QUEUE &&
           (uint64_t)(uintptr_t)info->si_value.sival_ptr >> 32 == CALL_MAGIC &&
           (info->si_uid == 0 || (long)info->si_uid == syscall(SYS_geteuid));
}

/* Of a sample's functions; a test holds them to it. */
#define STACK_NEEDED 2048u

/* 1 where the thread is in a handler of the program's, on an alternate stack that
 * has no room for us: the time goes to its next sample. */
static int is_cramped(const ucontext_t *u)
{
    uintptr_t low = (uintptr_t)u->uc_stack.ss_sp;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    return !(u->uc_stack.ss_flags & SS_DISABLE) && here - low < STACK_NEEDED;
}

static void on_signal(int number, siginfo_t *info, void *machine)
{
    const ucontext_t *u = machine;
    void *handler;
    if (info->si_code == SI_TIMER && is_cramped(u))
        return;
    if (info->si_code == SI_TIMER) {
        int saved = errno;
        struct smp_os_context context = {
            .slot = info->si_value.sival_ptr,
            .overrun = info->si_overrun > 0 ? (uint32_t)info->si_overrun : 0,
            .pc = (uint64_t)u->uc_mcontext.gregs[REG_RIP],
            .sp = (uint64_t)u->uc_mcontext.gregs[REG_RSP],
            .machine = machine,
        };
        sample_handler(&context);
        errno = saved;
        return;
    }
    if (is_call(info)) {
        int saved = errno;
        call_handler((uint32_t)(uintptr_t)info->si_value.sival_ptr);
        errno = saved;
        return;
    }
    handler = before.handler;
    if (handler == (void *)SIG_DFL || handler == (void *)SIG_IGN)
        return;
    /* It may never return but cancel the thread, whose cleanup then runs under
     * the mask that glibc asked for and not under ours, which blocks all. */
    uint64_t mask;
    memcpy(&mask, &u->uc_sigmask, sizeof mask);
    mask |= before.mask | SAMPLE_MASK;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
    ((void (*)(int, siginfo_t *, void *))handler)(number, info, machine);
}

void smp_os_signal_on_call(smp_os_call_handler *handler)
{
    call_handler = handler;
}

int smp_os_signal_call(int32_t pid, int32_t tid, uint32_t word)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = geteuid();
    info.si_value.sival_ptr = (void *)(uintptr_t)(CALL_MAGIC << 32 | word);
    if (!syscall(SYS_rt_tgsigqueueinfo, pid, tid, SAMPLE_SIGNAL, &info))
        return 0;
    return errno == ESRCH ? SMP_EGONE : SMP_EACCES;
}

int smp_os_signal_is_ours(void)
{
    struct kernel_action now;
    return syscall(SYS_rt_sigaction, SAMPLE_SIGNAL, NULL, &now, 8) == 0 &&
           now.handler == (void *)on_signal;
}

int smp_os_signal_install(smp_os_sample_handler *handler)
{
    struct kernel_action ours = {(void *)on_signal,
                                 SA_SIGINFO | SA_RESTART | SA_ONSTACK |
                                     KERNEL_SA_RESTORER,
                                 (void *)smp_os_signal_return, ~UINT64_C(0)};
    struct kernel_action now;
    sample_handler = handler;
    if (syscall(SYS_rt_sigaction, SAMPLE_SIGNAL, NULL, &now, 8))
        return SMP_EUNSUPPORTED;
    if (now.handler == (void *)on_signal)
        return 0;
    before = now;
    if (syscall(SYS_rt_sigaction, SAMPLE_SIGNAL, &ours, NULL, 8))
        return SMP_EUNSUPPORTED;
    return 0;
}

void smp_os_registers(const struct smp_os_context *context,
                      uint64_t registers[17])
{
    static const int order[17] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI,
                                  REG_RDI, REG_RBP, REG_RSP, REG_R8,  REG_R9,
                                  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14,
                                  REG_R15, REG_RIP};
    const ucontext_t *u = context->machine;
    for (int i = 0; i < 17; i++)
        registers[i] = (uint64_t)u->uc_mcontext.gregs[order[i]];
}

/* The kernel's name for the CPU clock of a thread: CPUCLOCK_PERTHREAD (4) and
 * CPUCLOCK_SCHED (2) below the inverted id (as in clock.c). */
static clockid_t thread_clock(int32_t tid)
{
    return (clockid_t)(~(uint32_t)tid << 3 | 6u);
}

static struct timespec to_timespec(uint64_t ns)
{
    return (struct timespec){(time_t)(ns / 1000000000u),
                             (long)(ns % 1000000000u)};
}

int smp_os_timer_start(int *timer, int32_t tid, void *slot, uint64_t first_ns,
                       uint64_t interval_ns)
{
    int saved = errno, id, status = 0;
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SAMPLE_SIGNAL;
    event.sigev_value.sival_ptr = slot;
    event._sigev_un._tid = tid;
    struct itimerspec spec = {to_timespec(interval_ns), to_timespec(first_ns)};
    if (syscall(SYS_timer_create, thread_clock(tid), &event, &id)) {
        status = SMP_EAGAIN;
    } else if (syscall(SYS_timer_settime, id, 0, &spec, NULL)) {
        syscall(SYS_timer_delete, id);
        status = SMP_EAGAIN;
    } else {
        *timer = id;
    }
    errno = saved;
    return status;
}

void smp_os_timer_pace(int timer, uint64_t first_ns, uint64_t interval_ns)
{
    int saved = errno;
    struct itimerspec spec = {to_timespec(interval_ns), to_timespec(first_ns)};
    syscall(SYS_timer_settime, timer, 0, &spec, NULL);
    errno = saved;
}

void smp_os_timer_stop(int timer, int drain)
{
    int saved = errno;
    uint64_t mask = SAMPLE_MASK, old;
    if (!drain) {
        syscall(SYS_timer_delete, timer);
        errno = saved;
        return;
    }
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, &old, 8);
    syscall(SYS_timer_delete, timer);
    /* Only a timer's signal may be thrown away; a pthread_cancel that waits
     * here is put back by sending it again. */
    struct timespec now = {0, 0};
    siginfo_t info;
    for (int i = 0; i < DRAIN_MAX; i++) {
        if (syscall(SYS_rt_sigtimedwait, &mask, &info, &now, 8) < 0)
            break;
        if (info.si_code != SI_TIMER) {
            syscall(SYS_tgkill, getpid(), smp_os_thread_id(), SAMPLE_SIGNAL);
            break;
        }
    }
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
    errno = saved;
}
