/* The understudy: a copy of the collector that sleeps, and writes the profile
 * where the collector is killed.
 *
 * A new one takes the old one's place every few seconds. It holds the profile as
 * of its fork (the pages are shared until they change), uses no CPU and no disk,
 * and wakes up when the collector's end of a pipe closes. So nothing is written
 * during a run, and at the normal end there is nothing to remove. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/copy.h"
#include "collector/state.h"

#define FIRST_NS                                                               \
    UINT64_C(50000000) /* the first come fast: a run may be short */
#define MOST_NS UINT64_C(4000000000) /* what is lost is less than 5 s */
#define COST_SHARE 100 /* forks take at most so much of the collector's time */

static struct {
    pid_t pid; /* 0: none */
    int pipe;  /* it wakes up when this closes */
    uint64_t every_ns, next_ns, made_ns;
} understudy; /* outlives the collector: until the report is out */

/* Keeps 2 (what is said goes there) and the pipe. Nothing may hold the program's
 * pipes open, nor the session's socket. */
static void close_all_but(int fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    }
    syscall(SYS_close_range, 3u, (unsigned)fd - 1, 0u);
    syscall(SYS_close_range, (unsigned)fd + 1, ~0u, 0u);
}

static void forget_descriptors(struct smp_collector *c)
{
    c->listener = -1;
    for (size_t n = 0; n < c->image_count; n++) {
        struct smp_image *i = c->images[n];
        i->pidfd = -1;
        for (size_t t = 0; t < i->thread_count; t++)
            i->threads[t].schedstat = -1;
    }
}

/* Until the collector's end of the pipe is closed; 1 where it was done before. */
static int sleep_until_orphaned(int fd)
{
    char done;
    ssize_t n;
    do
        n = read(fd, &done, 1);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

static _Noreturn void stand_by(struct smp_collector *c, int fd, uint64_t now)
{
    const struct smp_run_reports *r = c->options->reports;
    setsid(); /* what kills the collector's group leaves us */
    smp_copy_end(c);
    forget_descriptors(c);
    close_all_but(fd);
    if (sleep_until_orphaned(fd))
        _exit(0);
    smp_finish(c, now);
    r->orphaned(r->context, c->profile);
    _exit(0);
}

static void dismiss(pid_t pid, int pipe)
{
    if (pid <= 0)
        return;
    ssize_t n = write(pipe, "", 1);
    (void)n;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(pipe);
}

/* The new one is there before the old one goes. */
static void replace(struct smp_collector *c, uint64_t now)
{
    pid_t old_pid = understudy.pid;
    int old_pipe = understudy.pipe, ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return;
    pid_t pid = smp_copy_fork(c);
    if (pid == 0) {
        close(ends[1]);
        stand_by(c, ends[0], now);
    }
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return;
    }
    understudy.pid = pid;
    understudy.pipe = ends[1];
    dismiss(old_pid, old_pipe);
}

/* Nothing that is recorded has changed while all is switched off. */
static int is_quiet(const struct smp_collector *c)
{
    return c->off_since_ns && understudy.pid > 0 &&
           c->off_since_ns < understudy.made_ns;
}

void smp_understudy_step(struct smp_collector *c, uint64_t now)
{
    if (!c->options->reports || !c->options->reports->orphaned || c->copy ||
        now < understudy.next_ns || is_quiet(c))
        return;
    understudy.every_ns = !understudy.every_ns ? FIRST_NS
                          : understudy.every_ns * 2 < MOST_NS
                              ? understudy.every_ns * 2
                              : MOST_NS;
    uint64_t before = smp_os_thread_cpu();
    replace(c, now);
    uint64_t cost = (smp_os_thread_cpu() - before) * COST_SHARE;
    understudy.made_ns = now;
    understudy.next_ns =
        now + (cost > understudy.every_ns && cost < MOST_NS ? cost
               : cost >= MOST_NS                            ? MOST_NS
                                 : understudy.every_ns);
}

void smp_run_finished(void)
{
    dismiss(understudy.pid, understudy.pipe);
    understudy.pid = 0;
}
