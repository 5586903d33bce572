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

static double stack_s(const struct smp_text *t, uint32_t stack)
{
    return smp_stack_seconds(&t->stack_time[stack]);
}

/* The stacks with the most time, most first. Returns how many. */
static int find_hottest(const struct smp_text *t, uint32_t hottest[STACK_LIMIT])
{
    int count = 0;
    for (uint32_t i = 1; i < t->profile->stack_count; i++) {
        if (smp_text_share(t, stack_s(t, i)) < STACK_SHARE)
            continue;
        int at = count < STACK_LIMIT ? count++ : STACK_LIMIT;
        for (; at > 0 && stack_s(t, i) > stack_s(t, hottest[at - 1]); at--)
            if (at < STACK_LIMIT)
                hottest[at] = hottest[at - 1];
        if (at < STACK_LIMIT)
            hottest[at] = i;
    }
    return count;
}

static void frame_row(struct smp_text *t, uint32_t frame, int inner)
{
    struct smp_buf name = {0};
    const struct smp_profile *p = t->profile;
    uint32_t file = p->functions[p->frames[frame].function].file;
    int mine = smp_view_file_in_scope(p, file, &t->options->filter);
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
static void stack_rows(struct smp_text *t, uint32_t stack, uint32_t *frames)
{
    char percent[SMP_NUMBER_SIZE];
    size_t n = smp_sift_frames(&t->sift, t->profile, stack, frames);
    size_t from = n > DEPTH_LIMIT ? n - DEPTH_LIMIT : 0;
    smp_text_percent_some(percent, smp_text_share(t, stack_s(t, stack)));
    smp_pen_right(&t->pen, SMP_STYLE_BOLD, 5, percent);
    if (from) {
        smp_pen_to(&t->pen, 6);
        smp_pen_printf(&t->pen, SMP_STYLE_DIM, "%s %zu outer frames",
                       smp_pen_mark(&t->pen, SMP_MARK_ELLIPSIS), from);
        smp_pen_line(&t->pen);
    }
    for (size_t i = from; i < n; i++)
        frame_row(t, frames[i], i + 1 == n);
}

int smp_text_stacks(struct smp_text *t)
{
    uint32_t hottest[STACK_LIMIT];
    int count = t->options->stacks ? find_hottest(t, hottest) : 0;
    if (!count)
        return 0;
    uint32_t *frames = malloc(smp_sift_depth(t->profile) * sizeof *frames);
    if (!frames)
        return SMP_ENOMEM;
    smp_text_title(t, "", "Hottest stacks", "outermost call first");
    for (int i = 0; i < count; i++)
        stack_rows(t, hottest[i], frames);
    free(frames);
    return 0;
}
