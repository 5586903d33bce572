/* Floods threads of this very process with the recorder's timer signal, sent
 * by hand as rt_tgsigqueueinfo allows: the kernel fires real timers no more
 * often than its tick. Loaded by ctypes into a profiled program. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TARGETS 4

/* Seconds for which every other signal is followed by a yield, so that the
 * targets run between them: on a busy machine (Linux 6.18 makes a yield give up
 * the rest of the turn) half a million yields would take many minutes. */
#define POLITE 10

static struct {
    int tid, number;
    void *value;
} targets[TARGETS];
static int target_count;
static long limit;
static _Atomic int stop;
static _Atomic long sent;
static pthread_t thread;

void flood_add(int tid, int number, void *value);
int flood_start(long count);
long flood_sent(void);
long flood_stop(void);

void flood_add(int tid, int number, void *value)
{
    targets[target_count].tid = tid;
    targets[target_count].number = number;
    targets[target_count++].value = value;
}

static int send(int n)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = targets[n].number;
    info.si_code = SI_TIMER;
    info.si_value.sival_ptr = targets[n].value;
    return (int)syscall(SYS_rt_tgsigqueueinfo, getpid(), targets[n].tid,
                        targets[n].number, &info);
}

static void *run(void *unused)
{
    time_t polite_until = time(NULL) + POLITE;
    for (int n = 0; !stop && sent < limit; n = (n + 1) % target_count) {
        if (send(n) == 0)
            sent++;
        else
            sched_yield(); /* its queue is full */
        if (n == 0 && time(NULL) < polite_until)
            sched_yield();
    }
    return unused;
}

/* Pending signals are counted by user: half of what is allowed is left for other
 * programs, whose timers could not be made else. */
static void be_modest(void)
{
    struct rlimit pending;
    if (getrlimit(RLIMIT_SIGPENDING, &pending) == 0) {
        pending.rlim_cur /= 2;
        setrlimit(RLIMIT_SIGPENDING, &pending);
    }
}

int flood_start(long count)
{
    limit = count;
    be_modest();
    return pthread_create(&thread, NULL, run, NULL);
}

long flood_sent(void)
{
    return sent;
}

long flood_stop(void)
{
    stop = 1;
    pthread_join(thread, NULL);
    return sent;
}
