/* Sandboxes: a program that is about to forbid itself system calls (seccomp) is
 * left alone from then on, since a call of ours would get it killed.
 *
 * Both ways in are seen: prctl, and the system call itself, which has no function
 * of its own in libc: libseccomp and others make it by syscall(). */
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
#define MODE_FILTER 1u /* of SYS_seccomp; above are mere questions */

static _Atomic int sandboxed;

int smp_sandbox_is_on(void)
{
    return atomic_load_explicit(&sandboxed, memory_order_relaxed);
}

/* 1 where this is the recorded process. Never asked again inside a sandbox. */
static int begin(int *stopped)
{
    int running = SMP_RUNNING;
    *stopped = 0;
    if (smp_sandbox_is_on() || !smp_recorder.pid || !smp_process_is_ours())
        return 0;
    if (atomic_compare_exchange_strong(&smp_recorder.phase, &running,
                                       SMP_STOPPED)) {
        smp_threads_stop_timers();
        *stopped = 1;
    }
    atomic_store(&sandboxed, 1);
    return 1;
}

/* It was only asked whether it could. */
static void go_on(int stopped)
{
    atomic_store(&sandboxed, 0);
    if (!stopped)
        return;
    atomic_store(&smp_recorder.phase, SMP_RUNNING);
    smp_threads_start_timers();
}

/* The function behind ours, of libc or of a library that the user preloads; NULL:
 * not known (yet), we do as libc does. */
__attribute__((visibility("hidden"))) extern void *smp_sandbox_below;
void *smp_sandbox_below;

void smp_sandbox_find_below(void)
{
    smp_sandbox_below = smp_real_find("syscall");
}

/* The system call; the name of libc's function is ours below. */
long smp_sandbox_call(long number, ...);

__attribute__((visibility("default"))) int prctl(int option, ...)
{
    unsigned long a[4];
    int stopped;
    va_list arguments;
    va_start(arguments, option);
    for (int i = 0; i < 4; i++)
        a[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    int begun = option == PR_SET_SECCOMP && begin(&stopped);
    int result =
        (int)smp_sandbox_call(SYS_prctl, option, a[0], a[1], a[2], a[3]);
    if (begun && result < 0)
        go_on(stopped);
    return result;
}

/* Reached from syscall, by a jump. */
__attribute__((used, visibility("hidden"))) long
smp_sandbox_seccomp(long number, unsigned long operation, unsigned long flags,
                    void *program);

long smp_sandbox_seccomp(long number, unsigned long operation,
                         unsigned long flags, void *program)
{
    int stopped;
    int begun = (unsigned)operation <= MODE_FILTER && begin(&stopped);
    long result = smp_sandbox_call(number, operation, flags, program);
    if (begun && result < 0)
        go_on(stopped);
    return result;
}

/* In assembly, for what a system call does to its caller's stack is the caller's
 * own affair (a clone returns on another one): no frame of ours may lie between. */
_Static_assert(SYS_seccomp == 317, "as below");
__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, @function\n"
        ".globl smp_sandbox_call\n"
        ".hidden smp_sandbox_call\n"
        ".type smp_sandbox_call, @function\n"
        "syscall:\n"
        ".cfi_startproc\n"
        "cmpq $317, %rdi\n"
        "je smp_sandbox_seccomp\n"
        "smp_sandbox_call:\n"
        "movq smp_sandbox_below(%rip), %rax\n"
        "testq %rax, %rax\n"
        "jz 2f\n"
        "jmp *%rax\n"
        "2:\n"
        "movq %rdi, %rax\n"
        "movq %rsi, %rdi\n"
        "movq %rdx, %rsi\n"
        "movq %rcx, %rdx\n"
        "movq %r8, %r10\n"
        "movq %r9, %r8\n"
        "movq 8(%rsp), %r9\n"
        "syscall\n"
        "cmpq $-4095, %rax\n"
        "jae 1f\n"
        "ret\n"
        "1:\n"
        "negl %eax\n"
        "pushq %rax\n"
        ".cfi_adjust_cfa_offset 8\n"
        "call *__errno_location@GOTPCREL(%rip)\n"
        "popq %rcx\n"
        ".cfi_adjust_cfa_offset -8\n"
        "movl %ecx, (%rax)\n"
        "movq $-1, %rax\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size syscall, . - syscall\n");
