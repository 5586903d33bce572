/* The hottest stacks of the report (--stacks). */
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "report/names.h"
#include "report/text_numbers.h"
#include "report/text_report.h"

#define STACK_LIMIT 5  /* stacks shown */
#define DEPTH_LIMIT 14 /* frames of one: the outer ones are left out before */
#define STACK_SHARE 0.01

/* A stack of Python calls, with the time of all native code below it. */
struct hot_stack {
    uint32_t stack;
    struct smp_stack_time time;
};

/* The stack without the native frames at its inner end. */
static uint32_t python_part(const struct smp_text *t, uint32_t stack)
{
    const struct smp_profile *p = t->profile;
    uint32_t part = stack;
    while (part && smp_report_frame_is_native(p, p->stacks[part].frame))
        part = p->stacks[part].parent;
    return t->sift.stack_of[part ? part : stack];
}

static int compare_stacks(const void *left, const void *right)
{
    const struct hot_stack *a = left, *b = right;
    double a_s = smp_stack_seconds(&a->time), b_s = smp_stack_seconds(&b->time);
    if (a_s != b_s)
        return a_s > b_s ? -1 : 1;
    return a->stack < b->stack ? -1 : a->stack > b->stack;
}

/* Every stack, the hottest first; owned. NULL: out of memory. */
static struct hot_stack *sum_stacks(const struct smp_text *t)
{
    size_t n = t->profile->stack_count;
    struct hot_stack *stacks = calloc(n + 1, sizeof *stacks);
    for (uint32_t i = 0; stacks && i < n; i++)
        stacks[i].stack = i;
    for (uint32_t i = 1; stacks && i < n; i++)
        if (smp_stack_seconds(&t->stack_time[i]) > 0)
            smp_stack_add(&stacks[python_part(t, i)].time, &t->stack_time[i]);
    if (stacks)
        qsort(stacks, n, sizeof *stacks, compare_stacks);
    return stacks;
}

static void frame_row(struct smp_text *t, uint32_t frame, int inner)
{
    struct smp_buf name = {0};
    const struct smp_profile *p = t->profile;
    int mine = t->in_scope[p->frames[frame].function];
    smp_report_frame_name(&name, p, frame);
    smp_pen_to(&t->pen, 6);
    smp_pen_text(&t->pen,
                 inner  ? SMP_STYLE_BOLD
                 : mine ? SMP_STYLE_PLAIN
                        : SMP_STYLE_DIM,
                 name.data ? name.data : "");
    smp_pen_line(&t->pen);
    t->pen.out->failed |= name.failed;
    smp_buf_release(&name);
}

/* Outermost first; of a deep stack its inner frames, which say where it is. */
static void stack_rows(struct smp_text *t, const struct hot_stack *hot,
                       uint32_t *frames)
{
    char percent[SMP_NUMBER_SIZE];
    size_t n = smp_sift_frames(&t->sift, t->profile, hot->stack, frames);
    size_t from = n > DEPTH_LIMIT ? n - DEPTH_LIMIT : 0;
    double share = smp_text_share(t, smp_stack_seconds(&hot->time));
    smp_text_percent_some(percent, share);
    smp_pen_right(&t->pen, SMP_STYLE_BOLD, 5, percent);
    if (from) {
        smp_pen_to(&t->pen, 6);
        smp_pen_printf(&t->pen, SMP_STYLE_DIM, "%s %zu outer calls",
                       smp_pen_mark(&t->pen, SMP_MARK_ELLIPSIS), from);
        smp_pen_line(&t->pen);
    }
    for (size_t i = from; i < n; i++)
        frame_row(t, frames[i], i + 1 == n);
}

static int is_hot(const struct smp_text *t, const struct hot_stack *hot)
{
    double share = smp_text_share(t, smp_stack_seconds(&hot->time));
    return hot->stack && share >= STACK_SHARE;
}

int smp_text_stacks(struct smp_text *t)
{
    if (!t->options->stacks || t->profile->stack_count < 2)
        return 0;
    uint32_t *frames = malloc(smp_sift_depth(t->profile) * sizeof *frames);
    struct hot_stack *stacks = sum_stacks(t);
    int status = frames && stacks ? 0 : SMP_ENOMEM;
    if (!status && is_hot(t, &stacks[0]))
        smp_text_title(t, "", "Hottest stacks", "outermost call first");
    for (size_t i = 0; !status && i < STACK_LIMIT; i++) {
        if (i >= t->profile->stack_count || !is_hot(t, &stacks[i]))
            break;
        stack_rows(t, &stacks[i], frames);
    }
    free(frames);
    free(stacks);
    return status;
}
