/* Reports on runs in which none of the program's own lines has time: what ran
 * instead, and what to try. A report is never empty without a reason. */
#include <stdio.h>

#include "report/names.h"
#include "report/text_numbers.h"
#include "report/text_report.h"

#define FUNCTION_LIMIT 15

static int python_ran(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->process_count; i++)
        if (p->processes[i].recording != SMP_NOT_RECORDED)
            return 1;
    return 0;
}

static void begin(struct smp_text *t)
{
    smp_pen_line(&t->pen);
    t->pen.margin = 0;
}

/* A Python that ran unprofiled says why; else there was none. */
static void no_python(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    const char *command = smp_text_string(t, p->command);
    if (!*command)
        command = smp_text_string(t, p->program);
    begin(t);
    if (p->process_count) {
        smp_pen_words(&t->pen, SMP_STYLE_WARNING, "Python ran unprofiled: %s",
                      smp_text_string(t, p->processes[0].note));
    } else {
        smp_pen_words(&t->pen, SMP_STYLE_WARNING, "No Python ran in");
        smp_pen_words(&t->pen, SMP_STYLE_WARNING, "%s,",
                      *command ? command : "this command");
        smp_pen_words(&t->pen, SMP_STYLE_WARNING,
                      "or only one that ignores LD_PRELOAD (a static or setuid "
                      "program); give a Python program:");
        smp_pen_words(&t->pen, SMP_STYLE_OPTION, "solvidia-mem-prof prog.py");
    }
    smp_pen_line(&t->pen);
}

static void too_short(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    char number[SMP_NUMBER_SIZE];
    double cpu_s = 0;
    for (size_t i = 0; i < p->process_count; i++)
        cpu_s += p->processes[i].cpu_user_s + p->processes[i].cpu_system_s;
    smp_text_seconds(number, cpu_s);
    begin(t);
    smp_pen_words(
        &t->pen, SMP_STYLE_WARNING,
        "No time to show: the program used %s of CPU, its interpreter's "
        "start included, which is too little for a sample, or a "
        "filter left nothing. Samples come more often with a smaller",
        number);
    smp_pen_words(&t->pen, SMP_STYLE_OPTION, "--cpu-sampling-rate");
    smp_pen_line(&t->pen);
}

static void rows(struct smp_text *t, const struct smp_inside *in)
{
    size_t count;
    const struct smp_inside_entry *e =
        smp_inside_find(in, SMP_NONE, SMP_NONE, &count);
    for (size_t i = 0; i < count && i < FUNCTION_LIMIT; i++) {
        char percent[SMP_NUMBER_SIZE], seconds[SMP_NUMBER_SIZE];
        struct smp_buf name = {0};
        smp_text_percent_some(percent,
                              smp_text_share(t, smp_stack_seconds(&e[i].time)));
        smp_text_seconds(seconds, smp_stack_seconds(&e[i].time));
        smp_inside_name(&name, t->profile, e[i].function);
        smp_pen_right(&t->pen, SMP_STYLE_BOLD, 5, percent);
        smp_pen_right(&t->pen, SMP_STYLE_DIM, 9, seconds);
        smp_pen_blank(&t->pen, 2);
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN, name.data ? name.data : "");
        smp_pen_line(&t->pen);
        t->pen.out->failed |= name.failed;
        smp_buf_release(&name);
    }
}

static int nothing_in_scope(struct smp_text *t)
{
    const struct smp_filter *f = &t->options->filter;
    struct smp_inside in;
    int status = smp_inside_make(&in, t);
    if (status)
        return status;
    begin(t);
    smp_pen_words(&t->pen, SMP_STYLE_WARNING, "None of the time was spent %s.",
                  f->only_count ? "in files that --profile-only names"
                  : f->scope == SMP_SCOPE_ALL ? "in Python code"
                  : smp_text_is_selected(t)
                      ? "in functions decorated with @profile"
                      : "in the program's own files");
    if (f->only_count || f->exclude_count || f->scope != SMP_SCOPE_ALL) {
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "To see all code by line:");
        smp_pen_words(&t->pen, SMP_STYLE_OPTION, "--profile-all");
    }
    smp_pen_line(&t->pen);
    smp_text_title(t, "", "What ran instead", "functions outside the scope");
    rows(t, &in);
    smp_inside_release(&in);
    return 0;
}

int smp_text_outside(struct smp_text *t)
{
    if (smp_cost_all(&t->view.in_scope) > 0)
        return 0;
    if (!python_ran(t->profile)) {
        no_python(t);
        return 0;
    }
    if (t->view.whole_s <= 0) {
        too_short(t);
        return 0;
    }
    return nothing_in_scope(t);
}
