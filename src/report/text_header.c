/* The report's first lines: what was measured, and how sure it is. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/text_numbers.h"
#include "report/text_report.h"

/* The unsureness from which on a hint says how to lessen it. */
#define ROUGH_SHARE 0.05
/* Shorter times in which the recording was off are not told. */
#define OFF_LEAST_S 0.001

/* Where both fit, the program and its times share the first line. */
#define ONE_LINE_CELLS 150

/* One "CPU 10.0 s (Python 4.50, native 4.90)": a sum and its parts. */
struct sum {
    const char *name;
    double seconds;
    const double *by_kind;
    int from, to; /* kinds: from the first to before the last */
};

/* A part reads in the unit of its sum, or in its own where that is no seconds. */
static void part_number(char out[SMP_NUMBER_SIZE], double seconds, double sum_s)
{
    int digits = sum_s < 0.995 ? 3 : sum_s < 9.995 ? 2 : 1;
    if (sum_s < 0.0995 || sum_s >= 600)
        smp_text_seconds(out, seconds);
    else
        snprintf(out, SMP_NUMBER_SIZE, "%.*f", digits, seconds);
}

/* Parts too small for the digits shown would read as 0. */
static int is_told(const struct sum *sum, int kind)
{
    return sum->by_kind[kind] >= 0.005 * sum->seconds && sum->by_kind[kind] > 0;
}

/* The kinds to tell: those of CPU in their order, reasons to wait by their
 * size. Returns how many. */
static int told_kinds(const struct sum *sum, int kinds[SMP_KIND_COUNT])
{
    int count = 0;
    for (int kind = sum->from; kind < sum->to; kind++) {
        int at = count;
        if (!is_told(sum, kind))
            continue;
        for (; at > 0 && !SMP_KIND_IS_CPU(kind) &&
               sum->by_kind[kind] > sum->by_kind[kinds[at - 1]];
             at--)
            kinds[at] = kinds[at - 1];
        kinds[at] = kind;
        count++;
    }
    return count;
}

static void sum_words(struct smp_text *t, const struct sum *sum)
{
    char number[SMP_NUMBER_SIZE];
    int kinds[SMP_KIND_COUNT], count = told_kinds(sum, kinds);
    smp_text_seconds(number, sum->seconds);
    smp_pen_words(&t->pen, SMP_STYLE_BOLD, "%s", sum->name);
    smp_pen_word(&t->pen, SMP_STYLE_BOLD, "%s", number);
    for (int i = 0; i < count; i++) {
        int style = SMP_KIND_IS_CPU(kinds[i]) ? SMP_STYLE_PYTHON + kinds[i]
                                              : SMP_STYLE_WAIT;
        part_number(number, sum->by_kind[kinds[i]], sum->seconds);
        smp_pen_word(&t->pen, style, "%s%s %s%s", i ? "" : "(",
                     smp_kind_words((enum smp_kind)kinds[i]), number,
                     i + 1 < count ? "," : ")");
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

/* The machine's load, not the program's doing: outside of every share. */
static void queue_words(struct smp_text *t, double seconds)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_seconds(number, seconds);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "+ %s ready but without a CPU",
                  number);
}

static void times(struct smp_text *t)
{
    const struct smp_cost *c = &t->view.total;
    const struct smp_profile *p = t->profile;
    struct sum cpu = {"CPU", smp_cost_cpu(c), c->cpu_s, SMP_KIND_PYTHON,
                      SMP_KIND_WAIT_IO};
    struct sum wait = {"+ waiting", c->wait_s, c->wait_by_s, SMP_KIND_WAIT_IO,
                       SMP_KIND_COUNT};
    double reasons[SMP_KIND_COUNT];
    memcpy(reasons, c->wait_by_s, sizeof reasons);
    reasons[SMP_KIND_WAIT_CPU] = 0;
    wait.by_kind = reasons;
    sum_words(t, &cpu);
    if (c->wait_s >= 0.0005)
        sum_words(t, &wait);
    if (c->queue_s >= 0.005 * p->elapsed_s && c->queue_s >= 0.0005)
        queue_words(t, c->queue_s);
}

static size_t members(uint32_t of_row)
{
    return of_row ? of_row : 1;
}

static size_t python_processes(const struct smp_profile *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->process_count; i++)
        if (p->processes[i].recording != SMP_NOT_RECORDED)
            count += members(p->processes[i].members);
    return count;
}

static size_t threads(const struct smp_profile *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->thread_count; i++)
        count += members(p->threads[i].members);
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

static void count_words(struct smp_text *t, size_t count, const char *what)
{
    char number[SMP_NUMBER_SIZE];
    if (count < 2)
        return;
    smp_text_count(number, count);
    smp_pen_text(&t->pen, SMP_STYLE_PLAIN, ",");
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "%s %s", number, what);
}

static void program(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    const char *name = smp_text_string(t, p->program);
    const char *python = interpreter(t);
    char elapsed[SMP_NUMBER_SIZE], end[48];
    smp_text_seconds(elapsed, p->elapsed_s);
    ending(end, p->exit_status);
    smp_pen_word(&t->pen, SMP_STYLE_TITLE, "%s", *name ? name : "(program)");
    smp_pen_word(&t->pen, SMP_STYLE_PLAIN, "ran %s", elapsed);
    if (p->off_s >= OFF_LEAST_S) {
        smp_text_seconds(elapsed, fmax(0, p->elapsed_s - p->off_s));
        smp_pen_words(&t->pen, SMP_STYLE_WARNING,
                      "(%s of it measured, else switched off)", elapsed);
    }
    if (*end)
        smp_pen_words(&t->pen, SMP_STYLE_WARNING, "(%s)", end);
    if (*python)
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "on %s", python);
    count_words(t, python_processes(p), "processes");
    count_words(t, threads(p), "threads");
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
    if (l->interval_reached_s > 0 && count > 1) {
        smp_text_seconds(number, l->interval_reached_s);
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN, ",");
        smp_pen_word(&t->pen, SMP_STYLE_PLAIN, "%s", number);
        smp_pen_word(&t->pen, SMP_STYLE_PLAIN, "apart");
    }
    smp_pen_text(&t->pen, SMP_STYLE_PLAIN, ";");
}

static void precision(struct smp_text *t)
{
    char points[SMP_NUMBER_SIZE];
    double unsure = smp_text_unsure(t, smp_cost_cpu(&t->view.total) / 2);
    int style = unsure >= ROUGH_SHARE ? SMP_STYLE_WARNING : SMP_STYLE_PLAIN;
    smp_text_points(points, 100 * unsure);
    smp_pen_words(&t->pen, style, "shares are sure to");
    smp_pen_word(&t->pen, style, "%s%s%%",
                 smp_pen_mark(&t->pen, SMP_MARK_PLUS_MINUS), points);
    smp_pen_words(&t->pen, style, "of the time;");
}

static void count_word(struct smp_text *t, uint64_t count, const char *what)
{
    char number[SMP_NUMBER_SIZE];
    if (!count)
        return;
    smp_text_count(number, count);
    smp_pen_word(&t->pen, SMP_STYLE_WARNING, "%s %s;", number, what);
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
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "profiling cost");
    smp_pen_word(&t->pen, SMP_STYLE_PLAIN, "%s", number);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "of CPU");
    if (cpu_s > 0)
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "(%.1f%%)",
                      100 * own_s / cpu_s);
}

/* How it was measured; another tool's profile does not tell. */
static void measuring(struct smp_text *t)
{
    const struct smp_ledger *l = &t->profile->ledger;
    samples(t);
    if (t->view.total.cpu_count)
        precision(t);
    count_word(t, l->samples_lost, "lost");
    count_word(t, l->samples_unreadable, "unreadable");
    own_cost(t);
    smp_pen_line(&t->pen);
}

void smp_text_header(struct smp_text *t)
{
    const struct smp_ledger *l = &t->profile->ledger;
    t->pen.margin = 2;
    program(t);
    if (t->view.whole_s > 0) {
        if (t->pen.width < ONE_LINE_CELLS) {
            smp_pen_line(&t->pen);
        } else {
            smp_pen_text(&t->pen, SMP_STYLE_PLAIN, ":");
        }
        times(t);
    }
    smp_pen_line(&t->pen);
    smp_text_memory_line(t);
    part_of_run(t);
    if (l->interval_asked_s > 0)
        measuring(t);
    t->pen.margin = 0;
}
