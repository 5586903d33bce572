/* The finish: header and ledger of the profile, and time that no sample saw. */
#define _GNU_SOURCE
#include <gnu/libc-version.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "collector/state.h"

/* CPU seconds that samples charged to each thread. */
static double *charged_cpu(const struct smp_profile *p)
{
    double *charged = calloc(p->thread_count + 1, sizeof *charged);
    for (size_t n = 0; charged && n < p->sample_count; n++)
        if (SMP_KIND_IS_CPU(p->samples[n].kind))
            charged[p->samples[n].thread] += p->samples[n].seconds;
    return charged;
}

/* Threads so short that no sample fell into them: their time is known, their
 * stacks are not. Samples of a process's other short threads stand for them,
 * since each thread's first sample comes at a random instant. */
struct shortfall {
    double unseen_s; /* of threads without a sample */
    double seen_s;   /* of the process's threads but the main one */
};

/* Of a group of threads only some were sampled: its samples stand for all. */
static double raise_of(const struct smp_thread *t, double charged)
{
    return !t->main && charged > 0 && t->cpu_s > charged ? t->cpu_s / charged
                                                         : 1.0;
}

static struct shortfall *shortfalls(const struct smp_profile *p,
                                    const double *charged)
{
    struct shortfall *s = calloc(p->process_count + 1, sizeof *s);
    for (size_t n = 0; s && n < p->thread_count; n++) {
        const struct smp_thread *t = &p->threads[n];
        if (charged[n] <= 0)
            s[t->process].unseen_s += t->cpu_s;
        else if (!t->main)
            s[t->process].seen_s += charged[n] * raise_of(t, charged[n]);
    }
    return s;
}

static void scale_samples(struct smp_profile *p, const struct shortfall *s,
                          const double *charged)
{
    for (size_t n = 0; n < p->sample_count; n++) {
        struct smp_sample *sample = &p->samples[n];
        const struct smp_thread *t = &p->threads[sample->thread];
        const struct shortfall *of = &s[t->process];
        if (t->main || !SMP_KIND_IS_CPU(sample->kind))
            continue;
        sample->seconds *= raise_of(t, charged[sample->thread]);
        if (of->seen_s > 0)
            sample->seconds *= 1.0 + of->unseen_s / of->seen_s;
    }
}

/* Where nothing stands for them, the time is shown under a name of its own. */
static void add_unseen(struct smp_collector *c, const struct shortfall *s,
                       const double *charged)
{
    struct smp_profile *p = c->profile;
    size_t threads = p->thread_count;
    for (uint32_t n = 0; n < threads; n++) {
        const struct smp_thread *t = &p->threads[n];
        if (charged[n] > 0 || t->cpu_s <= 0 || s[t->process].seen_s > 0)
            continue;
        uint32_t file =
            smp_profile_file(p, smp_profile_string(p, "[not sampled]"),
                             SMP_FILE_NATIVE);
        uint32_t function = smp_profile_function(
            p, (struct smp_function){
                   smp_profile_string(p, "[shorter than a sample]"), file, 0});
        uint32_t frame =
            smp_profile_frame(p, (struct smp_frame){.function = function});
        struct smp_sample sample = {.thread = n,
                                    .stack = smp_profile_stack(p, 0, frame),
                                    .kind = SMP_KIND_NATIVE,
                                    .seconds = t->cpu_s};
        smp_profile_add(p, t->end_s, sample);
    }
}

static void correct_shortfalls(struct smp_collector *c)
{
    double *charged = charged_cpu(c->profile);
    struct shortfall *s = charged ? shortfalls(c->profile, charged) : NULL;
    if (s) {
        scale_samples(c->profile, s, charged);
        add_unseen(c, s, charged);
    }
    free(s);
    free(charged);
}

static void describe(struct smp_collector *c)
{
    struct smp_profile *p = c->profile;
    struct utsname u;
    char text[256], cwd[4096];
    cpu_set_t cpus;
    if (!uname(&u)) {
        snprintf(text, sizeof text, "%s %.40s %s, glibc %s", u.sysname,
                 u.release, u.machine, gnu_get_libc_version());
        p->platform = smp_profile_string(p, text);
    }
    p->version = smp_profile_string(p, SMP_VERSION);
    if (c->image_count) {
        p->directory = smp_profile_string(p, c->images[0]->cwd);
        p->command = p->processes[c->images[0]->process].command;
    } else if (realpath(".", cwd)) {
        p->directory = smp_profile_string(p, cwd);
    }
    if (c->options->program)
        p->program = smp_profile_string(p, c->options->program);
    if (!sched_getaffinity(0, sizeof cpus, &cpus))
        p->cpus = (uint32_t)CPU_COUNT(&cpus);
}

static void fill_ledger(struct smp_collector *c)
{
    struct smp_ledger *l = &c->profile->ledger;
    struct rusage u;
    double charged = 0;
    for (size_t n = 0; n < c->profile->sample_count; n++)
        if (SMP_KIND_IS_CPU(c->profile->samples[n].kind))
            charged += c->profile->samples[n].seconds;
    l->interval_asked_s = c->options->interval_s;
    l->interval_reached_s =
        l->samples_taken ? charged / (double)l->samples_taken : 0;
    l->recorder_cpu_s = (double)c->sum.handler_ns * 1e-9;
    if (!getrusage(RUSAGE_SELF, &u)) {
        l->collector_cpu_s =
            (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec * 1e-6 +
            (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec * 1e-6;
        l->collector_rss_bytes = (double)u.ru_maxrss * 1024;
    }
}

void smp_finish(struct smp_collector *c, uint64_t now)
{
    struct smp_profile *p = c->profile;
    p->start_unix_s = c->start_unix_s;
    if (!c->start_ns) /* no Python ran: the command's own time */
        c->start_ns = c->launch_ns;
    p->elapsed_s = smp_collector_time(c, now);
    correct_shortfalls(c);
    describe(c);
    smp_source_mark(c);
    smp_source_load(c);
    fill_ledger(c);
}
