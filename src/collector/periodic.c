/* Reports at intervals: of all so far, or of each interval by itself. */
#include <sys/wait.h>
#include <unistd.h>

#include "collector/copy.h"
#include "collector/launcher.h"
#include "collector/state.h"

static _Noreturn void report(struct smp_collector *c, uint64_t now)
{
    const struct smp_run_reports *r = c->options->reports;
    smp_copy_finish(c, now);
    _exit(r->periodic(r->context, c->profile, c->periodic.failed) != 0);
}

static int is_due(struct smp_periodic *p, uint64_t every_ns, uint64_t start_ns,
                  uint64_t now)
{
    if (every_ns && !p->next_ns)
        p->next_ns = start_ns + every_ns;
    int due = every_ns && now >= p->next_ns;
    while (every_ns && p->next_ns <= now)
        p->next_ns += every_ns;
    return due || p->asked;
}

void smp_periodic_step(struct smp_collector *c, uint64_t now)
{
    const struct smp_run_options *o = c->options;
    struct smp_periodic *p = &c->periodic;
    uint64_t every_ns = (uint64_t)(o->periodic_s * 1e9);
    p->asked |= smp_launcher_was_asked();
    if (!o->reports || !o->reports->periodic || !c->start_ns || c->copy ||
        p->pid >
            0) /* one that takes longer than its interval delays the next */
        return;
    if (!is_due(p, every_ns, c->start_ns, now))
        return;
    p->asked = 0;
    pid_t pid = smp_copy_fork(c);
    if (pid == 0)
        report(c, now);
    p->pid = pid;
    if (pid > 0 && o->windows)
        smp_anew_begin(c, now);
}

void smp_periodic_reaped(struct smp_collector *c, int32_t pid, int status)
{
    const struct smp_run_reports *r = c->options->reports;
    if (!pid || c->periodic.pid != pid)
        return;
    c->periodic.pid = 0;
    c->periodic.failed = status != 0;
    if (r->periodic_done)
        r->periodic_done(r->context, c->periodic.failed);
}

/* A report that is being written is not to come after the last one. */
void smp_periodic_wait(struct smp_collector *c)
{
    int status = 0;
    if (c->periodic.pid > 0) {
        waitpid(c->periodic.pid, &status, 0);
        smp_periodic_reaped(c, c->periodic.pid, status);
    }
}
