/* The witness: tells a signal to the launcher from one to its process group. */
#define _GNU_SOURCE
#include "collector/witness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"
#include "platform/platform.h"

#define PATIENCE_NS UINT64_C(20000000) /* a manager signals one by one */
#define APART_NS UINT64_C(100000000)   /* further apart: of another signal */
#define SEEN 16

struct sight {
    int number;
    pid_t sender;
    uint64_t at_ns;
};

static pid_t witness;
static int sights = -1; /* the pipe it writes to */
static struct sight seen[SEEN];
static unsigned seen_count; /* so many were read; the place is modulo SEEN */

/* Descriptors that others wait for the end of are not ours to hold. */
static void keep_only(int *fd)
{
    if (*fd != 0)
        dup2(*fd, 0);
    *fd = 0;
    if (syscall(SYS_close_range, 1, ~0U, 0))
        for (int n = 1; n < 1024; n++)
            close(n);
}

static void watch(int fd, const sigset_t *signals, pid_t launcher)
{
    siginfo_t info;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "smp-witness");
    keep_only(&fd);
    while (getppid() == launcher) {
        int number = sigwaitinfo(signals, &info);
        /* SI_KERNEL: the terminal; those are not passed on in any case. */
        if (number <= 0 || info.si_code == SI_KERNEL)
            continue;
        struct sight s = {number, info.si_pid, smp_os_now()};
        if (write(fd, &s, sizeof s) < 0)
            continue; /* nobody reads: an old one */
    }
    _exit(0);
}

int smp_witness_start(const sigset_t *signals)
{
    int ends[2];
    pid_t launcher = getpid();
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return SMP_EIO;
    witness = fork();
    if (witness == 0)
        watch(ends[1], signals, launcher);
    close(ends[1]);
    if (witness < 0) {
        witness = 0;
        close(ends[0]);
        return SMP_EIO;
    }
    sights = ends[0];
    seen_count = 0;
    return 0;
}

void smp_witness_end(void)
{
    if (!witness)
        return;
    kill(witness, SIGKILL);
    waitpid(witness, NULL, 0);
    close(sights);
    witness = 0;
    sights = -1;
}

int smp_witness_is_there(void)
{
    return witness != 0;
}

static void read_sights(void)
{
    struct sight s;
    while (read(sights, &s, sizeof s) == (ssize_t)sizeof s)
        seen[seen_count++ % SEEN] = s;
}

/* Each sight answers for one signal. */
static int take(int number, pid_t sender, uint64_t at_ns)
{
    for (unsigned n = 0; n < SEEN && n < seen_count; n++) {
        struct sight *s = &seen[n];
        if (s->number != number || s->sender != sender ||
            s->at_ns + APART_NS < at_ns || s->at_ns > at_ns + APART_NS)
            continue;
        s->number = 0;
        return 1;
    }
    return 0;
}

int smp_witness_saw(int number, pid_t sender, uint64_t at_ns)
{
    if (!witness)
        return 0;
    for (;;) {
        uint64_t now = smp_os_now();
        read_sights();
        if (take(number, sender, at_ns))
            return 1;
        if (now >= at_ns + PATIENCE_NS)
            return 0;
        struct pollfd p = {.fd = sights, .events = POLLIN};
        if (poll(&p, 1, (int)((at_ns + PATIENCE_NS - now) / 1000000 + 1)) > 0 &&
            !(p.revents & POLLIN))
            return 0; /* it is gone */
    }
}
