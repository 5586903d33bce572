/* links: src/platform/linux/timer.c src/platform/linux/clock.c -lpthread */
/* Sampling timers: they fire on CPU time alone, name their slot, disturb no
 * system call and leave pthread_cancel as it was. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "platform/platform.h"

#define EVERY_NS 4000000

static _Atomic int samples, wrong_slots, wrong_threads;
static _Atomic uint64_t last_pc, last_sp;
static int slot;
static int32_t sampled;

static void on_sample(const struct smp_os_context *c)
{
    uint64_t registers[17];
    smp_os_registers(c, registers);
    /* A CPU that others use as well tells of several ticks at once. */
    samples += 1 + (int)c->overrun;
    wrong_slots += c->slot != &slot;
    wrong_threads += smp_os_thread_id() != sampled;
    last_pc = registers[16] == c->pc ? c->pc : 0;
    last_sp = registers[7] == c->sp ? c->sp : 0;
    errno = 12345; /* what a handler does must not be seen */
}

static void work(double seconds)
{
    uint64_t end = smp_os_thread_cpu() + (uint64_t)(seconds * 1e9);
    while (smp_os_thread_cpu() < end)
        for (volatile int n = 0; n < 1000; n++)
            ;
}

static int start(void)
{
    int timer = -1;
    sampled = smp_os_thread_id();
    samples = 0;
    CHECK_INT(smp_os_timer_start(&timer, sampled, &slot, EVERY_NS, EVERY_NS),
              0);
    return timer;
}

static void test_fires_while_it_runs(void)
{
    char here;
    int timer = start();
    errno = 7;
    work(0.2);
    CHECK_INT(errno, 7);
    smp_os_timer_stop(timer, 1);
    /* A kernel tick is 1 to 10 ms. */
    CHECK(samples >= 15);
    CHECK(samples <= 55);
    CHECK_INT(wrong_slots, 0);
    CHECK_INT(wrong_threads, 0);
    CHECK(last_pc != 0);
    CHECK(last_sp != 0 && last_sp < (uint64_t)(uintptr_t)&here + 65536);
    int before = samples;
    work(0.05);
    CHECK_INT(samples, before);
}

/* A thread that blocks is never interrupted: no EINTR of ours. */
static void test_blocked_threads_are_let_be(void)
{
    int timer = start(), interrupted = 0;
    for (int n = 0; n < 40; n++) {
        work(0.004);
        interrupted += poll(NULL, 0, 5) != 0;
    }
    CHECK_INT(interrupted, 0);
    CHECK(samples > 5);
    smp_os_timer_stop(timer, 1);
}

/* Stopping with drain: what was pending is gone, and so nothing is left over
 * an exec. */
static void test_drain(void)
{
    uint64_t mask = UINT64_C(1) << 31, old, pending = 0;
    int timer = start();
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, &old, 8);
    work(0.05);
    syscall(SYS_rt_sigpending, &pending, 8);
    CHECK(pending & mask);
    smp_os_timer_stop(timer, 1);
    pending = 0;
    syscall(SYS_rt_sigpending, &pending, 8);
    CHECK(!(pending & mask));
    int before = samples;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
    CHECK_INT(samples, before);
}

static void test_no_such_thread(void)
{
    int timer = -1;
    errno = 7;
    CHECK(smp_os_timer_start(&timer, 0x7ffffff0, &slot, 1, EVERY_NS) < 0);
    CHECK_INT(timer, -1);
    CHECK_INT(errno, 7);
}

/* ---- glibc's own use of the signal */

static _Atomic int cleaned;

static void clean(void *unused)
{
    (void)unused;
    cleaned++;
}

static void *blocks(void *asynchronous)
{
    pthread_cleanup_push(clean, NULL);
    if (asynchronous)
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    if (asynchronous)
        for (;;)
            ;
    poll(NULL, 0, -1);
    pthread_cleanup_pop(0);
    return NULL;
}

static void cancel(void *asynchronous)
{
    pthread_t thread;
    void *result = NULL;
    struct timespec nap = {0, 10000000};
    pthread_create(&thread, NULL, blocks, asynchronous);
    nanosleep(&nap, NULL);
    CHECK_INT(pthread_cancel(thread), 0);
    /* glibc installs its handler at the first cancel: back in front. */
    CHECK_INT(smp_os_signal_install(on_sample), 0);
    CHECK(smp_os_signal_is_ours());
    pthread_join(thread, &result);
    CHECK(result == PTHREAD_CANCELED);
}

static void test_cancellation_still_works(void)
{
    int timer = start();
    cancel(NULL);
    cancel(NULL);
    cancel(&slot);
    CHECK_INT(cleaned, 3);
    samples = 0;
    work(0.1);
    CHECK(samples > 5);
    smp_os_timer_stop(timer, 1);
}

/* Programs neither see nor block the signal. */
static void test_invisible(void)
{
    sigset_t all, old;
    struct sigaction action;
    int timer = start();
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    work(0.1);
    CHECK(samples > 5);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    CHECK_INT(sigismember(&old, 32), 0);
    CHECK_INT(sigaction(32, NULL, &action), -1);
    smp_os_timer_stop(timer, 1);
}

int main(void)
{
    CHECK(!smp_os_signal_is_ours());
    CHECK_INT(smp_os_signal_install(on_sample), 0);
    CHECK(smp_os_signal_is_ours());
    RUN(test_fires_while_it_runs);
    RUN(test_blocked_threads_are_let_be);
    RUN(test_drain);
    RUN(test_no_such_thread);
    RUN(test_cancellation_still_works);
    RUN(test_invisible);
    return check_summary();
}
