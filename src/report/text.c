/* The terminal report: its parts in order, and what they share. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/text_report.h"
#include "report/width.h"

static void sum_stacks(struct smp_text *t)
{
    for (size_t i = 0; i < t->sift.count; i++) {
        const struct smp_sample *s = &t->sift.samples[i];
        if (SMP_KIND_IS_CPU(s->kind))
            t->stack_time[s->stack].cpu_s[s->kind] += s->seconds;
        else if (s->thread == t->view.main_thread &&
                 s->kind != SMP_KIND_WAIT_CPU)
            t->stack_time[s->stack].wait_s += s->seconds;
    }
}

static int find_scope(struct smp_text *t)
{
    t->in_scope = smp_view_functions_in_scope(t->profile, &t->options->filter);
    return t->in_scope ? 0 : SMP_ENOMEM;
}

/* Parents come before children, so one pass answers for every stack. */
static void charge_stacks(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    t->charged[0] = SMP_NONE;
    for (uint32_t i = 1; i < p->stack_count; i++) {
        const struct smp_stack *s = &p->stacks[i];
        uint32_t function = p->frames[s->frame].function;
        t->charged[i] = t->in_scope[function] ? t->sift.frame_of[s->frame]
                                              : t->charged[s->parent];
    }
}

/* Where no file reaches the threshold the hottest are shown, as many as this. */
#define FILES_AT_LEAST 3
/* The same for the lines of a file that does. */
#define LINES_AT_LEAST 3

int smp_text_shows_file(const struct smp_text *t, size_t i)
{
    double hottest_s = smp_cost_all(&t->view.files[0].cost);
    double share = smp_text_share(t, smp_cost_all(&t->view.files[i].cost));
    if (smp_text_memory_matters(t, &t->view.files[i].memory))
        return 1;
    if (smp_text_share(t, hottest_s) >= t->threshold)
        return share >= t->threshold && share > 0;
    return i < FILES_AT_LEAST && share > 0;
}

/* Time was spent in the file, so lines are shown. */
double smp_text_line_threshold(const struct smp_text *t,
                               const struct smp_file_cost *file)
{
    double most[LINES_AT_LEAST] = {0}; /* the largest shares, falling */
    for (size_t i = 0; i < file->line_count; i++) {
        double share = smp_text_share(t, smp_cost_all(&file->lines[i].cost));
        int at = LINES_AT_LEAST;
        for (; at > 0 && share > most[at - 1]; at--)
            if (at < LINES_AT_LEAST)
                most[at] = most[at - 1];
        if (at < LINES_AT_LEAST)
            most[at] = share;
    }
    if (most[0] >= t->threshold)
        return t->threshold;
    for (int i = LINES_AT_LEAST; i > 0; i--)
        if (most[i - 1] > 0)
            return most[i - 1];
    return t->threshold;
}

int smp_text_shows_line(const struct smp_text *t,
                        const struct smp_line_cost *line, double threshold)
{
    return smp_text_share(t, smp_cost_all(&line->cost)) >= threshold ||
           smp_text_memory_matters(t, &line->memory);
}

/* What a small program imports is not worth columns, nor are the numbers and
 * tuples that every loop makes and drops: only blocks that are large count. */
#define MEMORY_PEAK (8.0 * 1024 * 1024)
#define MEMORY_ALLOCATED (256.0 * 1024 * 1024)
#define MEMORY_LARGE (256.0 * 1024)

static void look_at_memory(struct smp_text *t)
{
    const struct smp_memory_cost *m = &t->view.memory_in_scope;
    t->copies = m->copy_bytes >= SMP_COPY_LEAST;
    t->memory =
        m->peak_bytes >= MEMORY_PEAK ||
        (m->alloc_bytes >= MEMORY_ALLOCATED && m->largest >= MEMORY_LARGE) ||
        t->view.leak_count || t->copies;
}

int smp_text_memory_matters(const struct smp_text *t,
                            const struct smp_memory_cost *m)
{
    return t->memory &&
           smp_memory_matters(&t->view, m, t->options->malloc_threshold);
}

/* The most that one line or one function has of its own. */
static double longest_bar(const struct smp_view *v)
{
    double most = 0;
    for (size_t i = 0; i < v->file_count; i++) {
        const struct smp_file_cost *f = &v->files[i];
        for (size_t k = 0; k < f->line_count; k++)
            most = fmax(most, smp_cost_all(&f->lines[k].cost));
        for (size_t k = 0; k < f->function_count; k++)
            most = fmax(most, smp_cost_all(&f->functions[k].self));
    }
    return most;
}

static uint32_t last_line(const struct smp_view *v)
{
    uint32_t last = 0;
    for (size_t i = 0; i < v->file_count; i++) {
        const struct smp_file_cost *f = &v->files[i];
        uint32_t line = f->line_count ? f->lines[f->line_count - 1].line : 0;
        last = line > last ? line : last;
    }
    return last;
}

int smp_text_prepare(struct smp_text *t, struct smp_buf *out,
                     const struct smp_profile *p,
                     const struct smp_text_options *o)
{
    *t = (struct smp_text){.profile = p, .options = o};
    smp_pen_init(&t->pen, out, o);
    t->stack_time = calloc(p->stack_count + 1, sizeof *t->stack_time);
    t->charged = calloc(p->stack_count + 1, sizeof *t->charged);
    int status = t->stack_time && t->charged ? 0 : SMP_ENOMEM;
    status = status ? status : find_scope(t);
    status = status ? status : smp_view_make(&t->view, p, &o->filter);
    status = status ? status
                    : smp_sift_make(&t->sift, p, &o->filter, SMP_SIFT_BY_STACK);
    if (status) {
        smp_text_release(t);
        return status;
    }
    sum_stacks(t);
    charge_stacks(t);
    t->threshold = o->cpu_percent_threshold / 100;
    t->last_line = last_line(&t->view);
    t->bar_s = longest_bar(&t->view);
    look_at_memory(t);
    return 0;
}

void smp_text_release(struct smp_text *t)
{
    smp_view_release(&t->view);
    smp_sift_release(&t->sift);
    free(t->stack_time);
    free(t->charged);
    free(t->in_scope);
    *t = (struct smp_text){0};
}

double smp_text_share(const struct smp_text *t, double seconds)
{
    return t->view.whole_s > 0 ? seconds / t->view.whole_s : 0;
}

double smp_text_unsure(const struct smp_text *t, double cpu_s)
{
    double all_s = smp_cost_cpu(&t->view.total);
    if (all_s <= 0 || !t->view.total.cpu_count)
        return 0; /* not known, where nothing says what it rests on */
    struct smp_interval i =
        smp_share_interval(cpu_s / all_s, t->view.total.cpu_count);
    return (i.high - i.low) / 2 * smp_text_share(t, all_s);
}

const char *smp_text_string(const struct smp_text *t, uint32_t string)
{
    return smp_profile_text(t->profile, string);
}

/* The end of a path that fits, cut where a folder begins. */
static const char *path_end(const struct smp_pen *pen, const char *path,
                            int cells)
{
    const char *end = path;
    while (smp_width_text(end, strlen(end), pen->utf8) > cells) {
        const char *slash = strchr(end + 1, '/');
        if (!slash || !slash[1])
            break;
        end = slash;
    }
    return end;
}

/* Where less room than this is left, the remark goes before the title. */
#define TITLE_CELLS 8

void smp_text_title(struct smp_text *t, const char *path, const char *title,
                    const char *remark)
{
    struct smp_pen *pen = &t->pen;
    int remark_cells = smp_width_text(remark, strlen(remark), pen->utf8);
    int room = pen->width - (remark_cells ? remark_cells + 2 : 0) - 2;
    smp_pen_line(pen);
    if (room < TITLE_CELLS) {
        smp_pen_link(pen, SMP_STYLE_TITLE, pen->width, path, title);
        smp_pen_line(pen);
        smp_pen_text(pen, SMP_STYLE_PLAIN, remark);
        smp_pen_line(pen);
        return;
    }
    const char *end = path_end(pen, title, room - 4);
    if (end != title)
        smp_pen_text(pen, SMP_STYLE_TITLE,
                     smp_pen_mark(pen, SMP_MARK_ELLIPSIS));
    smp_pen_link(pen, SMP_STYLE_TITLE, room - pen->column, path, end);
    smp_pen_blank(pen, 1);
    smp_pen_rule(pen, SMP_STYLE_RULE,
                 pen->width - (remark_cells ? remark_cells + 1 : 0));
    if (remark_cells)
        smp_pen_blank(pen, 1);
    smp_pen_text(pen, SMP_STYLE_BOLD, remark);
    smp_pen_line(pen);
}

int smp_report_text(struct smp_buf *out, const struct smp_profile *p,
                    const struct smp_text_options *o)
{
    struct smp_text t;
    int status = smp_text_prepare(&t, out, p, o);
    if (status)
        return status;
    smp_text_header(&t);
    status = smp_text_files(&t);
    status = status ? status : smp_text_outside(&t);
    if (!status)
        smp_text_said(&t);
    status = status ? status : smp_text_leaks(&t);
    if (!status)
        smp_text_footprint(&t);
    status = status ? status : smp_text_stacks(&t);
    status = status ? status : smp_text_memory_stacks(&t);
    status = status ? status : smp_text_other_waits(&t);
    status = status ? status : smp_text_tasks(&t);
    status = status ? status : smp_text_processes(&t);
    status = status ? status : smp_text_threads(&t);
    status = status ? status : smp_text_notes(&t);
    smp_text_release(&t);
    return status ? status : out->failed ? SMP_ENOMEM : 0;
}
