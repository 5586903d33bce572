/* The launcher's own place in the system: signals, limits, descriptors. */
#define _GNU_SOURCE
#include "collector/launcher.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "collector/witness.h"
#include "platform/platform.h"

static const int limits[] = {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_AS,
                             RLIMIT_DATA,   RLIMIT_STACK, RLIMIT_CPU};
#define LIMITS (sizeof limits / sizeof *limits)
static struct rlimit before_limits[LIMITS];

/* Passed on to the command. What the terminal sends goes to the whole
 * foreground group, the command included: that is not passed on twice, and
 * neither is what somebody else sends to the group (witness.h). */
static const int forwarded[] = {SIGHUP,  SIGINT,    SIGQUIT, SIGTERM,
                                SIGUSR1, SIGUSR2,   SIGALRM, SIGWINCH,
                                SIGPWR,  SIGVTALRM, SIGPROF, SIGIO};
#define FORWARDED (sizeof forwarded / sizeof *forwarded)
static struct sigaction before_actions[FORWARDED];
static struct sigaction before_child, before_pipe, before_xfsz;
static sigset_t before_mask, wait_mask;
static volatile sig_atomic_t child_changed;
static volatile sig_atomic_t kept, asked;
static volatile pid_t child;
static int opened[3], opened_count;

/* Signals that came since the loop last passed some on. */
static struct {
    volatile sig_atomic_t came;
    volatile pid_t sender;
    volatile uint64_t at_ns;
} waiting[FORWARDED];
static volatile sig_atomic_t asked_to_end; /* once the command is over */

static void on_child(int number)
{
    (void)number;
    child_changed = 1;
}

static void on_forwarded(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (number == kept) {
        asked = 1;
        return;
    }
    if (child <= 0 && (number == SIGHUP || number == SIGINT ||
                       number == SIGQUIT || number == SIGTERM))
        asked_to_end = 1;
    /* SI_KERNEL: from the terminal's driver, to the group. */
    for (unsigned n = 0; n < FORWARDED && info->si_code != SI_KERNEL; n++) {
        if (forwarded[n] != number)
            continue;
        waiting[n].sender = info->si_pid;
        waiting[n].at_ns = smp_os_now();
        waiting[n].came = 1;
    }
}

/* 1 where the command got it as well. */
static int came_to_all(unsigned n)
{
    return getpgid(child) == getpgrp() &&
           smp_witness_saw(forwarded[n], waiting[n].sender, waiting[n].at_ns);
}

void smp_launcher_pass_on(void)
{
    for (unsigned n = 0; n < FORWARDED; n++) {
        if (!waiting[n].came)
            continue;
        waiting[n].came = 0;
        if (child > 0 && !came_to_all(n))
            kill(child, forwarded[n]);
    }
}

int smp_launcher_asked_to_end(void)
{
    return asked_to_end;
}

static void raise_limits(void)
{
    for (unsigned n = 0; n < LIMITS; n++) {
        struct rlimit raised;
        if (getrlimit((__rlimit_resource_t)limits[n], &before_limits[n]))
            continue;
        raised = before_limits[n];
        raised.rlim_cur = raised.rlim_max;
        /* The hard limit, too, where the user may (it is put back as well). */
        struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
        if (limits[n] == RLIMIT_NOFILE ||
            setrlimit((__rlimit_resource_t)limits[n], &none))
            setrlimit((__rlimit_resource_t)limits[n], &raised);
    }
}

static void restore_limits(void)
{
    for (unsigned n = 0; n < LIMITS; n++)
        setrlimit((__rlimit_resource_t)limits[n], &before_limits[n]);
}

/* A closed 0, 1 or 2 would be taken by the next descriptor we open, and the
 * report go there. They are closed again in the child, at its exec. */
static void occupy_standard(void)
{
    for (;;) {
        int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0)
            return;
        if (fd > 2) {
            close(fd);
            return;
        }
        opened[opened_count++] = fd;
    }
}

static void catch_signals(void)
{
    sigset_t block;
    struct sigaction a;
    sigfillset(&block);
    /* Faults and job control stay as they are: Ctrl-Z stops us as well. */
    int open_ones[] = {SIGSEGV, SIGBUS,  SIGILL,  SIGFPE,  SIGABRT, SIGTRAP,
                       SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGSYS};
    for (unsigned n = 0; n < sizeof open_ones / sizeof *open_ones; n++)
        sigdelset(&block, open_ones[n]);
    sigprocmask(SIG_BLOCK, &block, &before_mask);
    memset(&a, 0, sizeof a);
    sigfillset(&a.sa_mask);
    a.sa_flags = SA_SIGINFO | SA_RESTART;
    a.sa_sigaction = on_forwarded;
    for (unsigned n = 0; n < FORWARDED; n++)
        sigaction(forwarded[n], &a, &before_actions[n]);
    a.sa_flags = 0;
    a.sa_handler = on_child;
    sigaction(SIGCHLD, &a, &before_child);
    a.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &a, &before_pipe);
    sigaction(SIGXFSZ, &a, &before_xfsz);
    wait_mask = before_mask;
    sigdelset(&wait_mask, SIGCHLD);
    for (unsigned n = 0; n < FORWARDED; n++)
        sigdelset(&wait_mask, forwarded[n]);
}

static void call_witness(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    for (unsigned n = 0; n < FORWARDED; n++)
        sigaddset(&signals, forwarded[n]);
    smp_witness_start(&signals);
}

/* What was meant for the command and came when it had ended, as a Ctrl-\ that
 * killed it: it must not kill the report. */
static void drop_pending(void)
{
    const struct timespec now = {0, 0};
    sigset_t late;
    sigemptyset(&late);
    for (unsigned n = 0; n < FORWARDED; n++)
        sigaddset(&late, forwarded[n]);
    while (sigtimedwait(&late, NULL, &now) > 0)
        ;
}

static void restore_signals(void)
{
    for (unsigned n = 0; n < FORWARDED; n++)
        sigaction(forwarded[n], &before_actions[n], NULL);
    sigaction(SIGCHLD, &before_child, NULL);
    sigaction(SIGPIPE, &before_pipe, NULL);
    sigaction(SIGXFSZ, &before_xfsz, NULL);
    sigprocmask(SIG_SETMASK, &before_mask, NULL);
}

void smp_launcher_begin(void)
{
    occupy_standard();
    raise_limits();
    catch_signals();
    call_witness();
}

void smp_launcher_restore(void)
{
    restore_limits();
    restore_signals();
}

void smp_launcher_set_child(pid_t pid)
{
    child = pid;
}

const sigset_t *smp_launcher_wait_mask(void)
{
    return &wait_mask;
}

int smp_launcher_child_changed(void)
{
    int changed = child_changed;
    child_changed = 0;
    return changed;
}

void smp_launcher_keep(int number)
{
    kept = number;
}

int smp_launcher_was_asked(void)
{
    int was = asked;
    asked = 0;
    return was;
}

void smp_launcher_end(void)
{
    child = 0;
    smp_witness_end();
    drop_pending();
    restore_signals();
    for (int n = 0; n < opened_count; n++)
        close(opened[n]);
    opened_count = 0;
}

size_t smp_launcher_descriptors(void)
{
    struct rlimit now;
    return getrlimit(RLIMIT_NOFILE, &now) ? 0 : (size_t)now.rlim_cur;
}
