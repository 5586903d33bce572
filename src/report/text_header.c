/* The report's first lines: what was measured, and how sure it is. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/text_numbers.h"
#include "report/text_report.h"

/* The unsureness from which on a hint says how to lessen it. */
#define ROUGH_SHARE 0.05

static void seconds_word(struct smp_text *t, int style, const char *before,
                         const char *name, double seconds, const char *after)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_seconds(number, seconds);
    smp_pen_word(&t->pen, style, "%s%s%s%s%s", before, name, *name ? " " : "",
                 number, after);
}

/* "(Python 7.10 s, native 2.60 s)": the parts of a sum that are not nothing. */
static void parts(struct smp_text *t, const double *seconds, const int *kinds,
                  int count)
{
    int last = -1, first = 1;
    for (int i = 0; i < count; i++)
        if (seconds[kinds[i]] >= 0.0005)
            last = i;
    for (int i = 0; i <= last; i++) {
        double s = seconds[kinds[i]];
        int kind = kinds[i];
        int style = SMP_KIND_IS_CPU(kind) ? SMP_STYLE_PYTHON + kind
                                          : SMP_STYLE_WAIT;
        if (s < 0.0005)
            continue;
        seconds_word(t, style, first ? "(" : "",
                     smp_kind_words((enum smp_kind)kind), s,
                     i == last ? ")" : ",");
        first = 0;
    }
}

_Static_assert(SMP_STYLE_NATIVE == SMP_STYLE_PYTHON + SMP_KIND_NATIVE &&
                   SMP_STYLE_SYSTEM == SMP_STYLE_PYTHON + SMP_KIND_SYSTEM,
               "the styles of CPU time follow its kinds");

/* How a command that did not end well ended, as words; "" where it did. */
static void ending(char out[48], int32_t status)
{
    out[0] = '\0';
    if (status == SMP_EXIT_RUNNING)
        snprintf(out, 48, "still running");
    else if (status == SMP_EXIT_UNKNOWN || status == 0)
        return;
    else if (status < 0)
        snprintf(out, 48, "ended by signal %d", -status);
    else
        snprintf(out, 48, "exit code %d", status);
}

static void program(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    const char *name = smp_text_string(t, p->program);
    char elapsed[SMP_NUMBER_SIZE], end[48];
    smp_text_seconds(elapsed, p->elapsed_s);
    ending(end, p->exit_status);
    smp_pen_word(&t->pen, SMP_STYLE_TITLE, "%s", *name ? name : "(program)");
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "ran %s%s", elapsed, *end ? "" : ":");
    if (*end)
        smp_pen_words(&t->pen, SMP_STYLE_WARNING, "(%s):", end);
}

static void cpu_time(struct smp_text *t)
{
    static const int kinds[] = {SMP_KIND_PYTHON, SMP_KIND_NATIVE,
                                SMP_KIND_SYSTEM};
    double cpu_s = smp_cost_cpu(&t->view.total);
    seconds_word(t, SMP_STYLE_BOLD, "", "CPU", cpu_s, "");
    parts(t, t->view.total.cpu_s, kinds, 3);
}

static void wait_time(struct smp_text *t)
{
    int kinds[SMP_KIND_COUNT], count = 0;
    for (int i = SMP_KIND_WAIT_IO; i < SMP_KIND_COUNT; i++)
        kinds[count++] = i;
    if (t->view.total.wait_s < 0.0005)
        return;
    seconds_word(t, SMP_STYLE_BOLD, "+ ", "waiting", t->view.total.wait_s, "");
    parts(t, t->view.total.wait_by_s, kinds, count);
}

static size_t python_processes(const struct smp_profile *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->process_count; i++)
        count += p->processes[i].recording != SMP_NOT_RECORDED;
    return count;
}

/* The interpreter of the first process that tells it. */
static const char *interpreter(const struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    for (size_t i = 0; i < p->process_count; i++) {
        const char *name = smp_text_string(t, p->processes[i].interpreter);
        if (*name)
            return name;
    }
    return "";
}

static void who(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    char number[SMP_NUMBER_SIZE];
    size_t processes = python_processes(p);
    const char *python = interpreter(t);
    if (processes > 1) {
        smp_text_count(number, processes);
        smp_pen_words(&t->pen, SMP_STYLE_DIM, "%s processes,", number);
    }
    if (p->thread_count > 1) {
        smp_text_count(number, p->thread_count);
        smp_pen_words(&t->pen, SMP_STYLE_DIM, "%s threads%s", number,
                      *python ? "," : "");
    }
    smp_pen_words(&t->pen, SMP_STYLE_DIM, "%s", python);
}

/* What the filter leaves, where it is not all of the run. */
static void part_of_run(struct smp_text *t)
{
    const struct smp_filter *f = &t->options->filter;
    const struct smp_profile *p = t->profile;
    struct smp_pen *pen = &t->pen;
    double to_s = f->to_s > 0 ? f->to_s : p->elapsed_s;
    if (f->from_s > 0 || f->to_s > 0)
        smp_pen_words(pen, SMP_STYLE_WARNING, "only seconds %.2f to %.2f;",
                      f->from_s, to_s);
    if (f->process_plus_1 && f->process_plus_1 <= p->process_count)
        smp_pen_words(pen, SMP_STYLE_WARNING, "only process %d;",
                      (int)p->processes[f->process_plus_1 - 1].pid);
    if (f->thread_plus_1 && f->thread_plus_1 <= p->thread_count)
        smp_pen_words(pen, SMP_STYLE_WARNING, "only thread %d;",
                      (int)p->threads[f->thread_plus_1 - 1].tid);
    if (f->cpu_only)
        smp_pen_words(pen, SMP_STYLE_DIM, "only CPU time, waiting left out;");
}

static void samples(struct smp_text *t)
{
    const struct smp_ledger *l = &t->profile->ledger;
    char number[SMP_NUMBER_SIZE];
    uint64_t count = t->view.total.cpu_count;
    smp_text_count(number, count);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "%s sample%s", number,
                  count == 1 ? "" : "s");
    if (l->interval_reached_s > 0) {
        smp_text_seconds(number, l->interval_reached_s);
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "of CPU, %s apart;", number);
    } else {
        smp_pen_word(&t->pen, SMP_STYLE_PLAIN, "of CPU;");
    }
}

static void precision(struct smp_text *t)
{
    char points[SMP_NUMBER_SIZE];
    double unsure = smp_text_unsure(t, smp_cost_cpu(&t->view.total) / 2);
    int style = unsure >= ROUGH_SHARE ? SMP_STYLE_WARNING : SMP_STYLE_PLAIN;
    smp_text_points(points, 100 * unsure);
    smp_pen_words(&t->pen, style, "shares are sure to");
    smp_pen_word(&t->pen, style, "%s%s",
                 smp_pen_mark(&t->pen, SMP_MARK_PLUS_MINUS), points);
    smp_pen_words(&t->pen, style, "%s (95 %%);",
                  strcmp(points, "1") == 0 ? "point" : "points");
}

static void count_word(struct smp_text *t, uint64_t count, const char *what)
{
    char number[SMP_NUMBER_SIZE];
    if (!count)
        return;
    smp_text_count(number, count);
    smp_pen_words(&t->pen, SMP_STYLE_WARNING, "%s %s;", number, what);
}

static void own_cost(struct smp_text *t)
{
    const struct smp_ledger *l = &t->profile->ledger;
    char number[SMP_NUMBER_SIZE];
    double own_s = l->recorder_cpu_s + l->collector_cpu_s;
    double cpu_s = 0;
    for (size_t i = 0; i < t->profile->process_count; i++)
        cpu_s += t->profile->processes[i].cpu_user_s +
                 t->profile->processes[i].cpu_system_s;
    smp_text_seconds(number, own_s);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "the profiler itself took %s",
                  number);
    if (cpu_s > 0)
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "(%.1f %%)", 100 * own_s / cpu_s);
}

void smp_text_header(struct smp_text *t)
{
    const struct smp_ledger *l = &t->profile->ledger;
    t->pen.margin = 2;
    program(t);
    if (t->view.whole_s > 0) {
        cpu_time(t);
        wait_time(t);
    }
    who(t);
    smp_pen_line(&t->pen);
    part_of_run(t);
    samples(t);
    if (t->view.total.cpu_count)
        precision(t);
    count_word(t, l->samples_lost, "lost");
    count_word(t, l->samples_unreadable, "unreadable");
    own_cost(t);
    smp_pen_line(&t->pen);
    t->pen.margin = 0;
}
