/* The finish: header and ledger of the profile, and time that no sample saw. */
#define _GNU_SOURCE
#include <gnu/libc-version.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "collector/tasks.h"

/* CPU seconds that samples charged to each thread. */
static double *charged_cpu(const struct smp_profile *p)
{
    double *charged = calloc(p->thread_count + 1, sizeof *charged);
    for (size_t n = 0; charged && n < p->sample_count; n++)
        if (SMP_KIND_IS_CPU(p->samples[n].kind))
            charged[p->samples[n].thread] += p->samples[n].seconds;
    return charged;
}

/* Threads shorter than a few ticks: a sample fell into some of them, and then
 * stands for others as well (threads.c), so that their charges are right only in
 * sum. They share their process's exact CPU time, threads that are a group share
 * the group's. A main thread has its own. */
#define SHORT_TICKS 8

struct short_threads {
    double cpu_s;     /* as counted */
    double charged_s; /* by samples */
    double ended_s;   /* as counted, those in groups included */
    double threads_s; /* as counted, all threads of the process */
    double ending;    /* factor for what their endings took, see below */
};

static int is_group(const struct smp_thread *t)
{
    return t->tid == 0 && !t->main;
}

static int is_short(const struct smp_thread *t, double charged)
{
    double ticks = t->cpu_s / ((double)smp_os_tick() * 1e-9);
    return !t->main && (is_group(t) ? charged <= 0
                                    : ticks < (charged > 0 ? 1 : SHORT_TICKS));
}

/* A thread tells its CPU time when its function has returned; unmapping its stack
 * and leaving comes after that. For a thread of 0.1 ms it is a tenth. What the
 * system counted for the process beyond its threads is shared by the short ones. */
#define ENDING_MOST 2.0

static double ending_factor(const struct smp_process *p,
                            const struct short_threads *s)
{
    double left_s =
        p->cpu_user_s + p->cpu_system_s - p->startup_s - s->threads_s;
    double factor = s->ended_s > 0 ? 1 + left_s / s->ended_s : 1;
    return factor < 1 ? 1 : factor < ENDING_MOST ? factor : ENDING_MOST;
}

static struct short_threads *short_threads(const struct smp_profile *p,
                                           const double *charged)
{
    struct short_threads *s = calloc(p->process_count + 1, sizeof *s);
    for (size_t n = 0; s && n < p->thread_count; n++) {
        const struct smp_thread *t = &p->threads[n];
        struct short_threads *of = &s[t->process];
        of->threads_s += t->cpu_s;
        if (is_group(t) || is_short(t, charged[n]))
            of->ended_s += t->cpu_s;
        if (is_short(t, charged[n])) {
            of->cpu_s += t->cpu_s;
            of->charged_s += charged[n];
        }
    }
    for (size_t n = 0; s && n < p->process_count; n++)
        s[n].ending = ending_factor(&p->processes[n], &s[n]);
    return s;
}

static void scale_samples(struct smp_profile *p, const struct short_threads *s,
                          const double *charged)
{
    for (size_t n = 0; n < p->sample_count; n++) {
        struct smp_sample *sample = &p->samples[n];
        const struct smp_thread *t = &p->threads[sample->thread];
        const struct short_threads *of = &s[t->process];
        if (!SMP_KIND_IS_CPU(sample->kind))
            continue;
        if (is_short(t, charged[sample->thread]))
            sample->seconds *= of->ending * of->cpu_s / of->charged_s;
        else if (is_group(t))
            sample->seconds *= of->ending * t->cpu_s / charged[sample->thread];
    }
}

static void add_unseen(struct smp_profile *p, uint32_t thread, const char *why)
{
    uint32_t file = smp_profile_file(p, smp_profile_string(p, "[not sampled]"),
                                     SMP_FILE_NATIVE);
    uint32_t function = smp_profile_function(
        p, (struct smp_function){smp_profile_string(p, why), file, 0});
    uint32_t frame =
        smp_profile_frame(p, (struct smp_frame){.function = function});
    struct smp_sample sample = {.thread = thread,
                                .stack = smp_profile_stack(p, 0, frame),
                                .kind = SMP_KIND_NATIVE,
                                .seconds = p->threads[thread].cpu_s};
    smp_profile_add(p, p->threads[thread].end_s, sample);
}

/* Where no sample stands for a thread, its time is shown under a name of its
 * own. */
static void add_all_unseen(struct smp_profile *p, const struct short_threads *s,
                           const double *charged)
{
    double tick_s = (double)smp_os_tick() * 1e-9;
    for (uint32_t n = 0; n < p->thread_count; n++) {
        const struct smp_thread *t = &p->threads[n];
        int stood_for = is_short(t, 0) && s[t->process].charged_s > 0;
        if (charged[n] <= 0 && t->cpu_s > 0 && !stood_for)
            add_unseen(p, n,
                       is_group(t) || t->cpu_s < SHORT_TICKS * tick_s
                           ? "shorter than a sample"
                           : "without samples");
    }
}

static void correct_short_threads(struct smp_collector *c)
{
    double *charged = charged_cpu(c->profile);
    struct short_threads *s =
        charged ? short_threads(c->profile, charged) : NULL;
    if (s) {
        scale_samples(c->profile, s, charged);
        add_all_unseen(c->profile, s, charged);
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
    const char *program =
        c->options->program ? c->options->program : c->attached_to;
    if (*program)
        p->program = smp_profile_string(p, program);
    if (!sched_getaffinity(0, sizeof cpus, &cpus))
        p->cpus = (uint32_t)CPU_COUNT(&cpus);
}

/* Bytes. getrusage's figure also covers what ran here before the exec. */
static double peak_memory(void)
{
    char text[4096];
    long long kib = 0;
    if (smp_os_proc_text(getpid(), "status", text, sizeof text) > 0) {
        const char *at = strstr(text, "\nVmHWM:");
        if (at)
            kib = atoll(at + 7);
    }
    return (double)kib * 1024;
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
    l->recorder_cpu_s = (double)(c->sum.handler_ns + c->sum.heap_ns) * 1e-9;
    if (!getrusage(RUSAGE_SELF, &u)) {
        l->collector_cpu_s =
            (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec * 1e-6 +
            (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec * 1e-6;
    }
    l->collector_rss_bytes = peak_memory();
}

void smp_finish(struct smp_collector *c, uint64_t now)
{
    struct smp_profile *p = c->profile;
    p->start_unix_s = c->start_unix_s;
    if (!c->start_ns) /* no Python ran: the command's own time */
        c->start_ns = c->launch_ns;
    p->elapsed_s = smp_collector_time(c, now);
    p->off_s = smp_switch_off(c, now);
    correct_short_threads(c);
    smp_tasks_finish(p);
    if (c->options->memory && c->image_count) {
        p->memory = 1;
        smp_heap_finish(c);
    }
    smp_fold_name(p);
    describe(c);
    if (c->windowed)
        smp_anew_drop_past(c);
    smp_source_mark(c);
    smp_source_load(c);
    fill_ledger(c);
}
