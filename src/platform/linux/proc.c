/* Looking at other processes: /proc. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"
#include "platform/platform.h"

static int status_of_errno(void)
{
    return errno == EACCES || errno == EPERM ? SMP_EACCES : SMP_EGONE;
}

/* Reads a small file of /proc whole, NUL-terminated. */
static ssize_t read_small(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return status_of_errno();
    size_t length = 0;
    ssize_t n;
    while (length + 1 < size &&
           (n = read(fd, to + length, size - 1 - length)) > 0)
        length += (size_t)n;
    int failed = length == 0 && size > 1 && read(fd, to, 0) < 0;
    int status = failed ? status_of_errno() : 0;
    close(fd);
    to[length] = '\0';
    return failed ? status : (ssize_t)length;
}

int smp_os_thread_times(pid_t pid, pid_t tid, int *fd, int keep,
                        struct smp_os_thread_times *out)
{
    char path[64], text[128], *end;
    int f = *fd;
    if (f < 0) {
        snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", pid, tid);
        f = open(path, O_RDONLY | O_CLOEXEC);
        if (f < 0)
            return SMP_EGONE;
    }
    ssize_t n = pread(f, text, sizeof text - 1, 0);
    if (keep && n > 0) {
        *fd = f;
    } else {
        close(f);
        *fd = -1;
    }
    if (n <= 0)
        return SMP_EGONE;
    text[n] = '\0';
    out->run_ns = strtoull(text, &end, 10);
    out->queue_ns = strtoull(end, NULL, 10);
    return 0;
}

int smp_os_thread_block(pid_t pid, pid_t tid, struct smp_os_block *out)
{
    char path[64], text[256], *at;
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
    ssize_t n = read_small(path, text, sizeof text);
    if (n < 0)
        return (int)n;
    memset(out, 0, sizeof *out);
    if (!strncmp(text, "running", 7)) {
        out->number = -2;
        return 0;
    }
    out->number = strtol(text, &at, 10);
    /* "-1 SP PC" outside of a system call, else "NR six-arguments SP PC". */
    for (int i = 0; out->number >= 0 && i < 6; i++)
        out->args[i] = strtoull(at, &at, 16);
    out->sp = strtoull(at, &at, 16);
    out->pc = strtoull(at, &at, 16);
    return 0;
}

enum smp_os_wait smp_os_classify(const struct smp_os_block *b)
{
    switch (b->number) {
    case -2:
        return SMP_OS_RUNS;
    case -1: /* a page that is read from disk */
        return SMP_OS_IO;
    case SYS_futex:
        return SMP_OS_FUTEX;
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
        return SMP_OS_SLEEP;
    case SYS_pause:
    case SYS_rt_sigtimedwait:
    case SYS_rt_sigsuspend:
    case SYS_sched_yield:
        return SMP_OS_OTHER;
    case SYS_wait4:
    case SYS_waitid:
        return SMP_OS_CHILD;
    case SYS_poll: /* without descriptors: a sleep */
    case SYS_ppoll:
        return b->args[1] == 0 ? SMP_OS_SLEEP : SMP_OS_IO;
    case SYS_select:
    case SYS_pselect6:
        return b->args[0] == 0 || (!b->args[1] && !b->args[2] && !b->args[3])
                   ? SMP_OS_SLEEP
                   : SMP_OS_IO;
    default: /* read, write, accept, recv, epoll_wait, fsync, open, flock, ... */
        return SMP_OS_IO;
    }
}

int smp_os_task(pid_t pid, pid_t tid, struct smp_os_task *out)
{
    char path[64], text[1024];
    /* The thread's own file does not have how the process ended. */
    if (tid == pid)
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
    else
        snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
    if (read_small(path, text, sizeof text) <= 0)
        return SMP_EGONE;
    /* The command's name may hold anything: what counts is behind its last ')'. */
    const char *after = strrchr(text, ')'), *last = strrchr(text, ' ');
    struct smp_os_task found;
    int parent;
    if (!after || sscanf(after + 1, " %c %d", &found.state, &parent) != 2)
        return SMP_EGONE;
    found.parent = parent;
    found.wait_status = atoi(last + 1);
    *out = found;
    return 0;
}

int smp_os_process_times(pid_t pid, double *user_s, double *system_s)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (read_small(path, text, sizeof text) <= 0)
        return SMP_EGONE;
    /* The command's name may hold anything: count from its last ')'. Fields 14
     * and 15 are utime and stime in clock ticks. */
    char *at = strrchr(text, ')');
    for (int field = 2; at && field < 14; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return SMP_EGONE;
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    *user_s = (double)strtoull(at + 1, &at, 10) * tick;
    *system_s = (double)strtoull(at, NULL, 10) * tick;
    return 0;
}

/* struct pidfd_info and PIDFD_GET_INFO of linux/pidfd.h, which Debian 12's
 * headers do not have yet. */
struct exit_info {
    uint64_t mask, cgroup;
    uint32_t ids[11];
    int32_t exit_code;
};
#define GET_INFO _IOWR(0xFF, 11, struct exit_info)
#define INFO_EXIT (UINT64_C(1) << 3)

int smp_os_exit_status(int pidfd, int32_t *status)
{
    struct exit_info info = {.mask = INFO_EXIT};
    _Static_assert(sizeof info == 64, "the first version of the structure");
    if (pidfd < 0 || ioctl(pidfd, GET_INFO, &info))
        return SMP_EUNSUPPORTED;
    if (!(info.mask & INFO_EXIT))
        return SMP_EAGAIN;
    *status = WIFSIGNALED(info.exit_code) ? -WTERMSIG(info.exit_code)
                                          : WEXITSTATUS(info.exit_code);
    return 0;
}

ssize_t smp_os_proc_text(pid_t pid, const char *name, char *to, size_t size)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return read_small(path, to, size);
}

int smp_os_proc_link(pid_t pid, const char *name, char *to, size_t size)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    ssize_t n = readlink(path, to, size - 1);
    if (n < 0)
        return status_of_errno();
    to[n] = '\0';
    return 0;
}

int smp_os_signal_is_caught(int32_t pid)
{
    char text[4096];
    ssize_t n = smp_os_proc_text(pid, "status", text, sizeof text - 1);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    const char *at = strstr(text, "\nSigCgt:");
    return at && strtoull(at + 8, NULL, 16) >> 31 & 1; /* signal 32 */
}

int smp_os_process_resident(pid_t pid, double *bytes)
{
    char path[64], text[128], *at;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    if (read_small(path, text, sizeof text) <= 0)
        return SMP_EGONE;
    strtoull(text, &at, 10); /* the address space's size comes first */
    double pages = strtod(at, NULL);
    if (pages <= 0)
        return SMP_EGONE;
    *bytes = pages * (double)sysconf(_SC_PAGESIZE);
    return 0;
}

/* A line of /proc/PID/status, "Name: 123 kB", in bytes. */
static double status_line(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at ? strtod(at + strlen(name), NULL) * 1024 : 0;
}

int smp_os_process_memory(pid_t pid, struct smp_os_memory *out)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    if (read_small(path, text, sizeof text) <= 0 || !strstr(text, "\nVmRSS:"))
        return SMP_EGONE; /* a zombie has no memory */
    *out = (struct smp_os_memory){.anon = status_line(text, "\nRssAnon:"),
                                  .file = status_line(text, "\nRssFile:"),
                                  .shmem = status_line(text, "\nRssShmem:"),
                                  .peak = status_line(text, "\nVmHWM:")};
    return 0;
}
