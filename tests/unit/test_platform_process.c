/* links: src/platform/linux/memory.c src/platform/linux/proc.c
   src/platform/linux/clock.c */
/* Memory that can be read, here and in another process; what /proc tells. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "check.h"
#include "platform/platform.h"

static void test_readable(void)
{
    char *pages = mmap(NULL, 3 * SMP_OS_PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + SMP_OS_PAGE, SMP_OS_PAGE, PROT_NONE);
    munmap(pages + 2 * SMP_OS_PAGE, SMP_OS_PAGE);
    errno = 7;
    for (unsigned n = 0; n < SMP_OS_PAGE; n += 511)
        CHECK(smp_os_is_readable(pages + n));
    CHECK(smp_os_is_readable(pages + SMP_OS_PAGE - 1));
    CHECK(!smp_os_is_readable(pages + SMP_OS_PAGE));
    CHECK(!smp_os_is_readable(pages + 2 * SMP_OS_PAGE - 1));
    CHECK(!smp_os_is_readable(pages + 2 * SMP_OS_PAGE + 5));
    CHECK(!smp_os_is_readable(NULL));
    CHECK(!smp_os_is_readable((void *)(uintptr_t)UINT64_MAX));
    CHECK(!smp_os_is_readable((void *)(uintptr_t)UINT64_C(0xdddddddddddddddd)));
    CHECK_INT(errno, 7);
    /* It asks with an impossible request: no mask was changed. */
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int n = 1; n < 64; n++)
        CHECK(sigismember(&mask, n) != 1);
    munmap(pages, 2 * SMP_OS_PAGE);
}

/* A child that sleeps, or (with ends) has ended and was not waited for. */
static pid_t child(int ends)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (ends)
            _exit(ends);
        for (;;)
            poll(NULL, 0, -1);
    }
    siginfo_t info;
    struct timespec nap = {0, 30000000};
    if (ends)
        waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    else
        nanosleep(&nap, NULL);
    return pid;
}

static void reap(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void test_read_memory(void)
{
    static const char secret[] = "seen from outside";
    char copy[sizeof secret] = "";
    uint64_t at = (uint64_t)(uintptr_t)secret;
    pid_t pid = child(0);
    CHECK_INT(smp_os_read_memory(pid, at, copy, sizeof copy), 0);
    CHECK_STR(copy, secret);
    CHECK_INT(smp_os_read_memory(pid, 8, copy, 8), SMP_EFAULT);
    CHECK_INT(smp_os_read_memory(pid, UINT64_MAX - 7, copy, 8), SMP_EFAULT);
    reap(pid);
    CHECK_INT(smp_os_read_memory(pid, at, copy, 8), SMP_EGONE);
}

static void test_thread_times(void)
{
    struct smp_os_thread_times before, after;
    int fd = -1;
    pid_t self = getpid();
    CHECK_INT(smp_os_thread_times(self, self, &fd, 1, &before), 0);
    CHECK(fd >= 0);
    uint64_t end = smp_os_thread_cpu() + 50000000;
    while (smp_os_thread_cpu() < end)
        ;
    CHECK_INT(smp_os_thread_times(self, self, &fd, 1, &after), 0);
    CHECK(after.run_ns - before.run_ns >= 35000000);
    CHECK(after.queue_ns >= before.queue_ns);
    CHECK_INT(smp_os_thread_times(self, self, &fd, 0, &after), 0);
    CHECK_INT(fd, -1);
    CHECK_INT(smp_os_thread_times(self, 0x7ffffff0, &fd, 1, &after), SMP_EGONE);
    CHECK_INT(fd, -1);
}

static void test_thread_block(void)
{
    struct smp_os_block block;
    pid_t pid = child(0);
    CHECK_INT(smp_os_thread_block(pid, pid, &block), 0);
    CHECK(block.number == SYS_poll || block.number == SYS_ppoll);
    CHECK_INT(smp_os_classify(&block), SMP_OS_SLEEP);
    CHECK(block.sp != 0 && block.pc != 0);
    reap(pid);
    CHECK(smp_os_thread_block(pid, pid, &block) < 0);
}

static void test_thread_that_runs(void)
{
    struct smp_os_block block;
    struct timespec nap = {0, 30000000};
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile long n = 0;; n++)
            ;
    }
    nanosleep(&nap, NULL);
    CHECK_INT(smp_os_thread_block(pid, pid, &block), 0);
    CHECK_INT(smp_os_classify(&block), SMP_OS_RUNS);
    reap(pid);
}

static void test_classes(void)
{
    static const struct {
        long number;
        uint64_t args[4];
        enum smp_os_wait wait;
    } calls[] = {
        {-2, {0}, SMP_OS_RUNS},
        {-1, {0}, SMP_OS_IO},
        {SYS_futex, {1}, SMP_OS_FUTEX},
        {SYS_nanosleep, {0}, SMP_OS_SLEEP},
        {SYS_clock_nanosleep, {0}, SMP_OS_SLEEP},
        {SYS_wait4, {0}, SMP_OS_CHILD},
        {SYS_waitid, {0}, SMP_OS_CHILD},
        {SYS_poll, {0, 0}, SMP_OS_SLEEP},
        {SYS_poll, {1, 1}, SMP_OS_IO},
        {SYS_ppoll, {1, 2}, SMP_OS_IO},
        {SYS_select, {0}, SMP_OS_SLEEP},
        {SYS_select, {4, 0, 0, 0}, SMP_OS_SLEEP},
        {SYS_select, {4, 1, 0, 0}, SMP_OS_IO},
        {SYS_pselect6, {4, 0, 0, 1}, SMP_OS_IO},
        {SYS_pause, {0}, SMP_OS_OTHER},
        {SYS_rt_sigtimedwait, {0}, SMP_OS_OTHER},
        {SYS_read, {0}, SMP_OS_IO},
        {SYS_recvfrom, {0}, SMP_OS_IO},
        {SYS_accept4, {0}, SMP_OS_IO},
        {SYS_epoll_wait, {3, 1}, SMP_OS_IO},
        {SYS_fsync, {3}, SMP_OS_IO},
        {SYS_flock, {3}, SMP_OS_IO},
    };
    for (unsigned n = 0; n < sizeof calls / sizeof *calls; n++) {
        struct smp_os_block b = {.number = calls[n].number};
        memcpy(b.args, calls[n].args, sizeof calls[n].args);
        if (!CHECK_INT(smp_os_classify(&b), calls[n].wait))
            printf("  (system call %ld)\n", calls[n].number);
    }
}

/* The command's name may hold what the line is made of. */
static void test_process_times(void)
{
    double user = -1, system = -1;
    prctl(PR_SET_NAME, "a) R 1 2 (b", 0, 0, 0);
    uint64_t end = smp_os_process_cpu() + 60000000;
    while (smp_os_process_cpu() < end)
        ;
    CHECK_INT(smp_os_process_times(getpid(), &user, &system), 0);
    CHECK_NEAR(user + system, (double)smp_os_process_cpu() * 1e-9, 0.04);
    pid_t pid = child(3);
    CHECK_INT(smp_os_process_times(pid, &user, &system), 0); /* a zombie */
    reap(pid);
    user = system = -1;
    CHECK_INT(smp_os_process_times(pid, &user, &system), SMP_EGONE);
    CHECK_NEAR(user + system, -2, 0); /* untouched */
}

/* Known once somebody has waited for it, where the system can tell at all. */
static void test_exit_status(void)
{
    int32_t status = 99;
    pid_t pid = child(42);
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    int result = smp_os_exit_status(fd, &status);
    CHECK(result == SMP_EUNSUPPORTED || result == SMP_EAGAIN);
    CHECK_INT(status, 99);
    reap(pid);
    result = smp_os_exit_status(fd, &status);
    CHECK(result == SMP_EUNSUPPORTED || (result == 0 && status == 42));
    close(fd);
    CHECK_INT(smp_os_exit_status(-1, &status), SMP_EUNSUPPORTED);
}

static void test_task(void)
{
    struct smp_os_task task = {0};
    prctl(PR_SET_NAME, "a) Z 7 (b", 0, 0,
          0); /* a name may look like the rest */
    CHECK_INT(smp_os_task(getpid(), getpid(), &task), 0);
    CHECK_INT(task.state, 'R');
    CHECK_INT(task.parent, getppid());
    pid_t pid = fork();
    if (pid == 0)
        _exit(42);
    siginfo_t info;
    CHECK_INT(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    CHECK_INT(smp_os_task(pid, pid, &task), 0);
    CHECK_INT(task.state, 'Z');
    CHECK_INT(task.parent, getpid());
    CHECK_INT(WEXITSTATUS(task.wait_status), 42);
    CHECK_INT(waitpid(pid, NULL, 0), pid);
    task.state = 'n';
    CHECK_INT(smp_os_task(pid, pid, &task), SMP_EGONE);
    CHECK_INT(task.state, 'n');
}

static void test_proc_text(void)
{
    char text[300], small[5];
    prctl(PR_SET_NAME, "name", 0, 0, 0);
    CHECK_INT(smp_os_proc_text(getpid(), "comm", text, sizeof text), 5);
    CHECK_STR(text, "name\n");
    CHECK_INT(smp_os_proc_text(getpid(), "comm", small, sizeof small), 4);
    CHECK_STR(small, "name");
    CHECK(smp_os_proc_text(getpid(), "no such", text, sizeof text) < 0);
    CHECK(smp_os_proc_text(0x7ffffff0, "comm", text, sizeof text) < 0);
    char *cwd = getcwd(NULL, 0);
    CHECK_INT(smp_os_proc_link(getpid(), "cwd", text, sizeof text), 0);
    CHECK_STR(text, cwd);
    free(cwd);
    CHECK(smp_os_proc_link(0x7ffffff0, "cwd", text, sizeof text) < 0);
}

static void test_thread_usage(void)
{
    uint64_t system, faults, more;
    smp_os_thread_usage(&system, &faults);
    char *pages = mmap(NULL, 100 * SMP_OS_PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (unsigned n = 0; n < 100; n++)
        ((volatile char *)pages)[n * SMP_OS_PAGE] = 1;
    smp_os_thread_usage(&system, &more);
    CHECK(more >= faults + 1);
    munmap(pages, 100 * SMP_OS_PAGE);
}

int main(void)
{
    RUN(test_readable);
    RUN(test_read_memory);
    RUN(test_thread_times);
    RUN(test_thread_block);
    RUN(test_thread_that_runs);
    RUN(test_classes);
    RUN(test_process_times);
    RUN(test_exit_status);
    RUN(test_task);
    RUN(test_proc_text);
    RUN(test_thread_usage);
    return check_summary();
}
