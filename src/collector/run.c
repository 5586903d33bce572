/* A run: starts the command, collects until it has ended, makes the profile. */
#define _GNU_SOURCE
#include "collector/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "collector/attach.h"
#include "collector/copy.h"
#include "collector/launcher.h"
#include "collector/state.h"

#define TICK_NS 10000000  /* while something is recorded */
#define IDLE_NS 200000000 /* while nothing is */
#define OFF_NS 50000000   /* while all that lives is switched off */
#define REAPED_MS 20      /* a process is taken from the system's lists */
#define TITLES_EVERY 64   /* and between looks at the titles of workers */
#define ALIVE_EVERY 16    /* ticks between looks at processes without pidfd */
/* When the command has ended its helpers are about to (multiprocessing's resource
 * tracker, say), and what it put into the background may not have begun. */
#define LINGER_NS UINT64_C(200000000)
#define QUIET_NS UINT64_C(50000000) /* since the last of them was there */
#define FOLLOW_LINGER_NS UINT64_C(2000000000)

#define OWN_POLLS 2 /* the listener and the lifeline; processes follow */

struct loop {
    struct smp_collector *c;
    int lifeline;         /* its end is ours; -1: none */
    struct pollfd *polls; /* owned */
    size_t poll_capacity;
    unsigned ticks;
    int done;
    int exit_status;
    uint64_t done_ns;
};

static size_t fill_polls(struct loop *l)
{
    struct smp_collector *c = l->c;
    size_t need = c->live + OWN_POLLS, n = OWN_POLLS;
    if (!l->polls || need > l->poll_capacity) {
        void *polls = realloc(l->polls, need * 2 * sizeof *l->polls);
        if (!polls)
            return 0;
        l->polls = polls;
        l->poll_capacity = need * 2;
    }
    l->polls[0] = (struct pollfd){.fd = c->listener, .events = POLLIN};
    l->polls[1] = (struct pollfd){.fd = l->lifeline, .events = POLLIN};
    for (size_t i = 0; i < c->image_count && n < l->poll_capacity; i++)
        if (!c->images[i]->ended && c->images[i]->pidfd >= 0)
            l->polls[n++] =
                (struct pollfd){.fd = c->images[i]->pidfd, .events = POLLIN};
    return n;
}

static int has_ended(const struct smp_os_task *task)
{
    return task->state == 'Z' || task->state == 'X';
}

static int is_dead(pid_t pid)
{
    struct smp_os_task task;
    return smp_os_task(pid, pid, &task) || has_ended(&task);
}

/* The wait status of a process that nobody has waited for; -1 where it cannot
 * be had. 0 also where we may not see it. */
static int zombie_status(pid_t pid)
{
    struct smp_os_task task;
    return smp_os_task(pid, pid, &task) || !has_ended(&task) ? -1
                                                             : task.wait_status;
}

/* How a process that is not our child ended. Its own word comes after the
 * system's: it may have been killed at its very end. */
static int32_t exit_status_of(const struct smp_image *i)
{
    const struct timespec moment = {0, 1000000};
    int32_t status;
    if (!smp_os_exit_status(i->pidfd, &status))
        return status;
    int code = zombie_status(i->pid);
    if (code > 0)
        return WIFSIGNALED(code) ? -WTERMSIG(code) : WEXITSTATUS(code);
    if (i->end_ns)
        return i->exit_status;
    if (code == 0)
        return 0;
    /* It is being waited for just now. */
    for (int n = 0; n < REAPED_MS; n++) {
        int told = smp_os_exit_status(i->pidfd, &status);
        if (told != SMP_EAGAIN)
            return told ? SMP_EXIT_UNKNOWN : status;
        nanosleep(&moment, NULL);
    }
    return SMP_EXIT_UNKNOWN;
}

static void end_image(struct loop *l, struct smp_image *i)
{
    struct smp_collector *c = l->c;
    siginfo_t info = {0};
    int32_t status;
    smp_drain(c, i, 1);
    status = exit_status_of(i);
    if (i->pid == c->child &&
        waitid(P_PID, (id_t)c->child, &info, WEXITED | WNOWAIT | WNOHANG) ==
            0 &&
        info.si_pid == c->child)
        status = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
    smp_image_end(c, i, status);
}

static int is_readable(const struct loop *l, size_t count, int fd)
{
    for (size_t n = OWN_POLLS; n < count; n++)
        if (l->polls[n].fd == fd)
            return l->polls[n].revents != 0;
    return 0;
}

static void end_dead(struct loop *l, size_t polled)
{
    struct smp_collector *c = l->c;
    int look = l->ticks % ALIVE_EVERY == 0;
    size_t seen = OWN_POLLS; /* polls and images are in the same order */
    for (size_t n = 0; n < c->image_count; n++) {
        struct smp_image *i = c->images[n];
        if (i->ended)
            continue;
        if (i->pidfd >= 0 && seen < polled && l->polls[seen].fd == i->pidfd) {
            if (l->polls[seen++].revents)
                end_image(l, i);
        } else if (i->pidfd >= 0 ? is_readable(l, polled, i->pidfd)
                                 : look && is_dead(i->pid)) {
            end_image(l, i);
        }
    }
}

/* Reaps the command, and as PID 1 every orphan. The images of a process are
 * ended before it is reaped: /proc still knows it. */
static void reap(struct loop *l)
{
    siginfo_t info;
    for (;;) {
        info.si_pid = 0;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) ||
            !info.si_pid)
            return;
        struct smp_image *i = smp_image_find(l->c, info.si_pid);
        if (i && !i->ended)
            end_image(l, i);
        if (info.si_pid == l->c->child && !l->done) {
            l->done = 1;
            l->done_ns = smp_os_now();
            l->exit_status =
                info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
        }
        smp_periodic_reaped(l->c, info.si_pid, info.si_status);
        waitpid(info.si_pid, NULL, WNOHANG);
    }
}

static void end_left(struct smp_collector *c)
{
    for (size_t n = 0; n < c->image_count; n++)
        if (c->images[n]->left && !c->images[n]->ended) {
            smp_image_end(c, c->images[n], SMP_EXIT_RUNNING);
            c->left_ns = smp_os_now();
        }
}

static void drain_all(struct smp_collector *c)
{
    for (size_t n = 0; n < c->image_count; n++)
        if (!c->images[n]->ended)
            smp_drain(c, c->images[n], 0);
}

static void read_titles(struct loop *l)
{
    for (size_t n = 0; n < l->c->image_count; n++)
        if (!l->c->images[n]->ended)
            smp_command_read_title(l->c, l->c->images[n]);
}

static void turn(struct loop *l)
{
    struct smp_collector *c = l->c;
    uint64_t wait = c->options->attach || l->done ? TICK_NS
                    : !c->live                    ? IDLE_NS
                    : c->off_since_ns             ? OFF_NS
                                                  : TICK_NS;
    struct timespec timeout = {0, (long)wait};
    size_t polled = fill_polls(l);
    int n = ppoll(l->polls, polled, &timeout, smp_launcher_wait_mask());
    if (n < 0) /* a signal: nothing was polled */
        for (size_t i = 0; i < polled; i++)
            l->polls[i].revents = 0;
    smp_launcher_pass_on();
    l->ticks++;
    if (n > 0 && polled && l->polls[0].revents)
        smp_meeting_accept(c);
    drain_all(c);
    end_left(c);
    end_dead(l, polled);
    smp_images_sweep(c, smp_os_now());
    if (l->ticks % TITLES_EVERY == 0)
        read_titles(l);
    smp_fold_step(c);
    smp_wait_scan(c, smp_os_now());
    if (c->options->memory)
        smp_footprint_scan(c, smp_os_now());
    smp_periodic_step(c, smp_os_now());
    smp_understudy_step(c, smp_os_now());
    if (smp_launcher_child_changed() || n > 0)
        reap(l);
}

/* Processes that outlive the command are let go. */
static void end_rest(struct smp_collector *c)
{
    smp_meeting_accept(c);
    for (size_t n = 0; n < c->image_count; n++) {
        struct smp_image *i = c->images[n];
        if (i->ended)
            continue;
        if (is_dead(i->pid)) {
            smp_drain(c, i, 1);
            smp_image_end(c, i, exit_status_of(i));
        } else {
            smp_image_end(c, i, SMP_EXIT_RUNNING);
        }
    }
}

/* 1 while a child that was forked has not said hello yet. */
static int awaits_hello(const struct smp_collector *c)
{
    uint64_t forks = c->sum.forks;
    for (size_t n = 0; n < c->image_count; n++) {
        const struct smp_image *i = c->images[n];
        if (!i->ended && i->ring)
            forks += smp_image_counted(i).forks - i->counted.forks;
    }
    return forks > c->sum.forks_met;
}

/* The command has ended. Follows what it left behind where that is asked for;
 * else gives helpers that end just now the time to, and a daemon on its way into
 * the background (the second of its two forks) the time to be seen. */
static void follow(struct loop *l)
{
    struct smp_collector *c = l->c;
    uint64_t until_ns = l->done_ns + LINGER_NS, alone_ns = 0;
    uint32_t seen = c->images_made;
    smp_launcher_set_child(0);
    smp_meeting_accept(c);
    if (c->options->follow)
        alone_ns = l->done_ns + FOLLOW_LINGER_NS;
    while (!smp_launcher_asked_to_end()) {
        uint64_t now = smp_os_now();
        if (c->live || c->images_made != seen) {
            alone_ns = now + (c->options->follow ? FOLLOW_LINGER_NS : QUIET_NS);
            l->done_ns = c->options->follow ? now : l->done_ns;
        } else if (!c->options->follow && awaits_hello(c)) {
            alone_ns = until_ns;
        }
        seen = c->images_made;
        if (now > alone_ns || (!c->options->follow && now > until_ns))
            return;
        turn(l);
    }
}

static int collect(struct smp_collector *c, struct smp_run_result *result)
{
    struct loop l = {.c = c, .lifeline = -1};
    while (!l.done)
        turn(&l);
    follow(&l);
    end_rest(c);
    free(l.polls);
    c->profile->exit_status = result->exit_status = l.exit_status;
    smp_finish(c, l.done_ns);
    return 0;
}

static void release(struct smp_collector *c)
{
    smp_meeting_close(c);
    smp_launch_clean(c);
    smp_collector_release(c);
    free(c->script_text);
    smp_modules_free(c->modules);
}

static int begin_session(struct smp_collector *c)
{
    struct timespec now;
    int status = smp_meeting_open(c);
    if (status)
        return status;
    clock_gettime(CLOCK_REALTIME, &now);
    c->start_unix_s = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    c->launch_ns = smp_os_now();
    return 0;
}

static int start(struct smp_collector *c, struct smp_run_result *result)
{
    struct smp_launch launch;
    int status = begin_session(c);
    if (!status)
        status = smp_launch(c, &launch);
    if (status)
        return status;
    c->child = launch.pid;
    if (launch.exec_errno) {
        waitpid(launch.pid, NULL, 0);
        result->exec_errno = launch.exec_errno;
        return 0;
    }
    smp_launcher_set_child(launch.pid);
    if (c->options->reports)
        c->options->reports->started(c->options->reports->context, launch.pid);
    return collect(c, result);
}

#define DESCRIPTORS_ENOUGH 4096 /* fewer: none is kept for a thread */
#define DESCRIPTORS_FREE 32

static void share_descriptors(struct smp_collector *c)
{
    size_t most = smp_launcher_descriptors();
    c->kept_most = most < DESCRIPTORS_ENOUGH ? 0 : most / 2;
    c->pidfds_most = most > c->kept_most + DESCRIPTORS_FREE
                         ? most - c->kept_most - DESCRIPTORS_FREE
                         : 0;
}

static int prepare(struct smp_collector *c, const struct smp_run_options *o)
{
    *c = (struct smp_collector){.options = o,
                                .listener = -1,
                                .end_fd = -1,
                                .off_at_start = o->off};
    c->profile = smp_profile_new();
    if (!c->profile)
        return SMP_ENOMEM;
    if (o->native_stacks)
        c->modules = smp_modules_new();
    smp_resolver_init(&c->resolver, c->profile);
    smp_launcher_begin();
    smp_launcher_keep(o->snapshot_signal);
    share_descriptors(c);
    return 0;
}

static int finish(struct smp_collector *c, struct smp_profile **out, int status)
{
    smp_periodic_wait(c);
    smp_launcher_end();
    if (status)
        smp_profile_free(c->profile);
    else
        *out = c->profile;
    release(c);
    return status;
}

int smp_run(struct smp_profile **out, struct smp_run_result *result,
            const struct smp_run_options *o)
{
    struct smp_collector c;
    struct smp_run_result r = {0};
    int status = prepare(&c, o);
    if (status)
        return status;
    status = finish(&c, out, start(&c, &r));
    if (!status)
        *result = r;
    return status;
}

/* ---- without a command */

#define LEFT_WAIT_NS UINT64_C(5000000000) /* for an END, after the last left */

/* What comes through standard input is thrown away; its end is ours. */
static int is_cut_off(const struct loop *l)
{
    char bytes[256];
    return l->polls && l->polls[1].revents &&
           read(l->lifeline, bytes, sizeof bytes) <= 0;
}

#define CALL_WAIT_NS UINT64_C(3000000000) /* for who was called */

static int is_over(const struct smp_collector *c)
{
    const struct smp_run_options *o = c->options;
    uint64_t now = smp_os_now();
    if (c->end_asked)
        return 1;
    if (o->attach && !c->images_made)
        return now > c->launch_ns + CALL_WAIT_NS;
    if (o->attach && o->duration_s > 0 &&
        now >= c->start_ns + (uint64_t)(o->duration_s * 1e9))
        return 1;
    if (c->live || !c->images_made)
        return 0;
    return !c->left_ns || now > c->left_ns + LEFT_WAIT_NS;
}

static int announce(const struct smp_collector *c)
{
    char line[64];
    int n = snprintf(line, sizeof line, "session %08x pid %d\n", c->session,
                     (int)getpid());
    return write(STDOUT_FILENO, line, (size_t)n) == n ? 0 : SMP_EIO;
}

#define CALL_BELOW_NS UINT64_C(1000000000) /* to those that came since */

static int is_recorded(void *context, int32_t pid)
{
    const struct smp_image *i = smp_image_find(context, pid);
    return i && !i->ended;
}

/* The one that was named comes first in the profile; who is below it follows, also
 * who is started while this lasts: forked children come by themselves, new
 * programs begin asleep. */
static void call_below(struct smp_collector *c, struct smp_attach_below *below)
{
    uint64_t now = smp_os_now();
    if (!below || !c->images_made || now < c->call_ns)
        return;
    smp_attach_call_below(below, c->options->attach, c->session, is_recorded,
                          c);
    c->call_ns = now + CALL_BELOW_NS;
}

static void collect_joined(struct smp_collector *c)
{
    struct loop l = {.c = c,
                     .lifeline = c->options->attach ? -1 : STDIN_FILENO};
    struct smp_attach_below *below =
        c->options->attach ? calloc(1, sizeof *below) : NULL;
    do {
        turn(&l);
        call_below(c, below);
    } while (!is_over(c) && !is_cut_off(&l) && !smp_launcher_asked_to_end());
    l.done_ns = smp_os_now();
    while (awaits_hello(c) && !smp_launcher_asked_to_end() &&
           smp_os_now() < l.done_ns + LINGER_NS)
        turn(&l);
    end_rest(c);
    free(below);
    free(l.polls);
    smp_finish(c, l.done_ns);
    if (c->end_fd >= 0) {
        smp_answer_profile(c, c->end_fd, c->end_path);
        close(c->end_fd);
    }
}

int smp_collect(struct smp_profile **out, const struct smp_run_options *o)
{
    struct smp_collector c;
    int status = prepare(&c, o);
    if (status)
        return status;
    c.is_collect = 1;
    status = begin_session(&c);
    if (!status && o->attach)
        status = smp_attach_call(o->attach, c.session);
    else if (!status)
        status = announce(&c);
    if (!status)
        collect_joined(&c);
    return finish(&c, out, status);
}
