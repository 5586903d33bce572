/* The report's last lines: what is not in the tables, why, and how to see it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/names.h"
#include "report/text_numbers.h"
#include "report/text_report.h"

#define NAMES_LIMIT 3     /* names in one note */
#define PROCESS_LIMIT 5   /* notes on single processes */
#define NOTE_SHARE 0.01   /* of the whole: less is not worth a note */
#define NOTE_LOST 0.01    /* of the samples */
#define NOTE_MISSING 0.05 /* of the CPU that the system counted */
#define FEW_SHARE 0.05    /* unsureness of half the CPU time */

/* The first note is set off by an empty line. */
void smp_text_note_begin(struct smp_text *t)
{
    if (!t->notes++)
        smp_pen_line(&t->pen);
    t->pen.margin = 2;
    smp_pen_text(&t->pen, SMP_STYLE_DIM,
                 smp_pen_mark(&t->pen, SMP_MARK_BULLET));
    smp_pen_to(&t->pen, 2);
}

void smp_text_note_end(struct smp_text *t)
{
    smp_pen_line(&t->pen);
    t->pen.margin = 0;
}

static void option(struct smp_text *t, const char *name)
{
    smp_pen_words(&t->pen, SMP_STYLE_OPTION, "%s", name);
}

static void share_words(struct smp_text *t, double seconds)
{
    char percent[SMP_NUMBER_SIZE], number[SMP_NUMBER_SIZE];
    smp_text_percent_some(percent, smp_text_share(t, seconds));
    smp_text_seconds(number, seconds);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "%s of the time (%s)", percent,
                  number);
}

static int is_native(const struct smp_profile *p, uint32_t function)
{
    return p->files[p->functions[function].file].kind == SMP_FILE_NATIVE;
}

/* "most in json.loads (json/__init__.py) 12%, ...": what ran outside the scope,
 * with a Python frame or (`native`) without one. */
static int name_outside(struct smp_text *t, int native)
{
    struct smp_inside in;
    size_t count, told = 0;
    if (smp_inside_make(&in, t))
        return SMP_ENOMEM;
    const struct smp_inside_entry *e =
        smp_inside_find(&in, SMP_NONE, SMP_NONE, &count);
    for (size_t i = 0; i < count && told < NAMES_LIMIT; i++) {
        double share = smp_text_share(t, smp_stack_seconds(&e[i].time));
        char percent[SMP_NUMBER_SIZE];
        struct smp_buf name = {0};
        if (share < NOTE_SHARE)
            break;
        if (is_native(t->profile, e[i].function) != native)
            continue;
        smp_text_percent_some(percent, share);
        smp_inside_name(&name, t->profile, e[i].function);
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "%s%s %s",
                      told++ ? "" : "most in ", name.data ? name.data : "",
                      percent);
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN, ",");
        t->pen.out->failed |= name.failed;
        smp_buf_release(&name);
    }
    smp_inside_release(&in);
    return 0;
}

static int outside_scope(struct smp_text *t)
{
    double outside_s = smp_cost_all(&t->view.total) -
                       smp_cost_all(&t->view.in_scope) -
                       smp_cost_all(&t->view.no_python);
    if (smp_text_share(t, outside_s) < NOTE_SHARE ||
        smp_cost_all(&t->view.in_scope) <= 0)
        return 0;
    smp_text_note_begin(t);
    share_words(t, outside_s);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                  smp_text_is_selected(t)
                      ? "passed outside of the functions decorated with "
                        "@profile,"
                      : "passed in code that none of these files called,");
    if (name_outside(t, 0))
        return SMP_ENOMEM;
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "which is shown by");
    option(t, "--profile-all");
    double waits_s = t->view.total.wait_s - t->view.in_scope.wait_s -
                     t->view.no_python.wait_s;
    if (waits_s > outside_s / 2) {
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN, ";");
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                      "for shares of CPU time alone:");
        option(t, "--use-virtual-time");
    }
    smp_text_note_end(t);
    return 0;
}

static int no_python(struct smp_text *t)
{
    double seconds = smp_cost_all(&t->view.no_python);
    if (smp_text_share(t, seconds) < NOTE_SHARE)
        return 0;
    smp_text_note_begin(t);
    share_words(t, seconds);
    smp_pen_words(
        &t->pen, SMP_STYLE_PLAIN,
        "passed with no Python code on the stack (native threads, the "
        "interpreter's start and end),");
    if (name_outside(t, 1))
        return SMP_ENOMEM;
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "so it has no line");
    smp_text_note_end(t);
    return 0;
}

/* Adds the lines of file i of the view that its table leaves out. */
static void add_hidden(const struct smp_text *t, size_t i, size_t *lines,
                       double *seconds)
{
    const struct smp_file_cost *f = &t->view.files[i];
    double threshold =
        smp_text_shows_file(t, i) ? smp_text_line_threshold(t, f) : HUGE_VAL;
    for (size_t k = 0; k < f->line_count; k++) {
        double line_s = smp_cost_all(&f->lines[k].cost);
        if (line_s <= 0 || smp_text_share(t, line_s) >= threshold ||
            (threshold < HUGE_VAL &&
             smp_text_memory_matters(t, &f->lines[k].memory)))
            continue;
        *seconds += line_s;
        (*lines)++;
    }
}

static void below_threshold(struct smp_text *t)
{
    char percent[SMP_NUMBER_SIZE], number[SMP_NUMBER_SIZE];
    double hidden_s = 0;
    size_t lines = 0;
    for (size_t i = 0; i < t->view.file_count; i++)
        add_hidden(t, i, &lines, &hidden_s);
    if (smp_text_share(t, hidden_s) < NOTE_SHARE)
        return;
    smp_text_percent_some(percent, smp_text_share(t, hidden_s));
    smp_text_count(number, lines);
    smp_text_note_begin(t);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                  "%s more lines, below %.3g%% each, have %s of the time "
                  "together; to see all:",
                  number, 100 * t->threshold, percent);
    smp_pen_word(&t->pen, SMP_STYLE_OPTION, "--cpu-percent-threshold 0");
    smp_text_note_end(t);
}

static void few_samples(struct smp_text *t)
{
    double unsure = smp_text_unsure(t, smp_cost_cpu(&t->view.total) / 2);
    if (!t->view.total.cpu_count || unsure < FEW_SHARE)
        return;
    smp_text_note_begin(t);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                  "With so few samples the shares are rough; a longer run has "
                  "more. A smaller");
    option(t, "--cpu-sampling-rate");
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                  "helps where the kernel's timer ticks more often than that "
                  "(CONFIG_HZ)");
    smp_text_note_end(t);
}

static void counted(struct smp_text *t, uint64_t count, const char *one,
                    const char *many)
{
    char number[SMP_NUMBER_SIZE];
    if (!count)
        return;
    smp_text_count(number, count);
    smp_text_note_begin(t);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "%s %s", number,
                  count == 1 ? one : many);
    smp_text_note_end(t);
}

static void ledger(struct smp_text *t)
{
    const struct smp_ledger *l = &t->profile->ledger;
    double taken = (double)(l->samples_taken ? l->samples_taken : 1);
    if ((double)l->samples_lost / taken >= NOTE_LOST)
        counted(t, l->samples_lost,
                "sample found no room in the buffer; a larger "
                "--cpu-sampling-rate loses fewer",
                "samples found no room in the buffer; a larger "
                "--cpu-sampling-rate loses fewer");
    if ((double)l->samples_unreadable / taken >= NOTE_LOST)
        counted(t, l->samples_unreadable, "stack could not be read",
                "stacks could not be read");
    counted(t, l->samples_truncated,
            "stack was deeper than a record holds: its outer calls are missing",
            "stacks were deeper than a record holds: their outer calls are "
            "missing");
    counted(t, l->waits_unreadable,
            "look at a waiting thread was refused: its waiting is charged to "
            "its last known line",
            "looks at waiting threads were refused: their waiting is charged "
            "to the last known line");
    counted(t, l->threads_unsampled,
            "thread got no timer and has no CPU samples",
            "threads got no timer and have no CPU samples");
    counted(t, l->processes_unrecorded, "Python process ran unprofiled",
            "Python processes ran unprofiled");
    counted(t, l->records_damaged, "record was damaged and left out",
            "records were damaged and left out");
}

/* What is beyond the limits of a profile (model/profile.h). */
static void beyond(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    for (size_t i = 0; i < p->function_count; i++)
        if (!strcmp(smp_text_string(t, p->functions[i].name), SMP_OTHER)) {
            smp_text_note_begin(t);
            smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                          "More different stacks or functions ran than are "
                          "told apart: time and memory of those beyond is in "
                          "the function %s",
                          SMP_OTHER);
            smp_text_note_end(t);
            return;
        }
}

static void processes(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    size_t told = 0, left = 0;
    for (size_t i = 0; i < p->process_count; i++) {
        const struct smp_process *it = &p->processes[i];
        const char *note = smp_text_string(t, it->note);
        if (it->recording == SMP_RECORDED)
            continue;
        if (told++ >= PROCESS_LIMIT) {
            left++;
            continue;
        }
        smp_text_note_begin(t);
        if (it->pid == 0) { /* another tool's profile knows no process */
            smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "%s", note);
            smp_text_note_end(t);
            continue;
        }
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "Process %d %s: %s",
                      (int)it->pid,
                      it->recording == SMP_NOT_RECORDED
                          ? "was not recorded"
                          : "was recorded in part",
                      *note ? note : "reason not known");
        smp_text_note_end(t);
    }
    counted(t, left, "more process was not recorded whole",
            "more processes were not recorded whole");
}

/* What the system counted that no sample stands for. */
static void missing_cpu(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    const struct smp_filter *f = &t->options->filter;
    char missing[SMP_NUMBER_SIZE], whole[SMP_NUMBER_SIZE];
    double counted_s = 0, startup_s = 0;
    for (size_t i = 0; i < p->process_count; i++) {
        counted_s += p->processes[i].cpu_user_s + p->processes[i].cpu_system_s;
        startup_s += p->processes[i].startup_s;
    }
    double missing_s = counted_s - smp_cost_cpu(&t->view.total);
    if (f->from_s > 0 || f->to_s > 0 || f->process_plus_1 || f->thread_plus_1 ||
        missing_s < NOTE_MISSING * counted_s || t->view.whole_s <= 0)
        return;
    smp_text_seconds(missing, missing_s);
    smp_text_seconds(whole, counted_s);
    smp_text_note_begin(t);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                  "%s of the %s of CPU that the system counted is not in the "
                  "figures",
                  missing, whole);
    if (startup_s >= missing_s / 2)
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                      "(the interpreter's own start, before the program)");
    smp_text_note_end(t);
}

/* CPU seconds of each file's functions without a symbol; owned. */
static double *unnamed_seconds(const struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    double *seconds = calloc(p->file_count + 1, sizeof *seconds);
    for (uint32_t i = 1; seconds && i < p->stack_count; i++) {
        uint32_t function = p->frames[p->stacks[i].frame].function;
        if (smp_report_is_unnamed(p, function))
            seconds[p->functions[function].file] +=
                smp_stack_seconds(&t->stack_time[i]);
    }
    return seconds;
}

static int symbols(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    double *seconds = unnamed_seconds(t);
    size_t told = 0;
    for (size_t i = 0; seconds && i < p->file_count; i++) {
        const char *path = smp_report_path(p, (uint32_t)i);
        if (smp_text_share(t, seconds[i]) < NOTE_SHARE || *path == '[' ||
            told == NAMES_LIMIT)
            continue;
        if (!told)
            smp_text_note_begin(t);
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "%s%s",
                      told ? "" : "Native functions without a name in ", path);
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN, ",");
        told++;
    }
    free(seconds);
    if (!seconds || !told)
        return seconds ? 0 : SMP_ENOMEM;
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                  "which is stripped; its debug symbols name them (Debian: a "
                  "package ending in -dbg or -dbgsym)");
    smp_text_note_end(t);
    return 0;
}

int smp_text_notes(struct smp_text *t)
{
    smp_text_said_notes(t);
    int status = outside_scope(t);
    if (status)
        return status;
    status = no_python(t);
    if (status)
        return status;
    below_threshold(t);
    few_samples(t);
    smp_text_memory_notes(t);
    missing_cpu(t);
    ledger(t);
    beyond(t);
    processes(t);
    return symbols(t);
}
