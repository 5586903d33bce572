/* The report's tables of awaits and of tasks. */
#include <stdio.h>

#include "base/status.h"
#include "model/view_tasks.h"
#include "report/names.h"
#include "report/text_numbers.h"
#include "report/text_report.h"

#define ROW_LIMIT 10 /* rows of a table; the rest is summed up */

/* Cells of the columns before the text. */
enum { SECONDS_CELLS = 8, COUNT_CELLS = 6, REASON_CELLS = 14 };
#define COUNTS_WIDTH 60 /* of the terminal, for mean and peak to be there */
#define REASON_WIDTH 80 /* the same for what is waited for */

static void right(struct smp_text *t, int style, int cells, const char *text)
{
    smp_pen_right(&t->pen, style, cells, text);
    smp_pen_blank(&t->pen, 1);
}

static void seconds(struct smp_text *t, int style, double s)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_seconds(number, s);
    right(t, style, SECONDS_CELLS, number);
}

static void number(struct smp_text *t, double value, int digits)
{
    char text[32];
    snprintf(text, sizeof text, "%.*f", digits, value);
    right(t, SMP_STYLE_PLAIN, COUNT_CELLS, text);
}

/* What both tables begin with. */
static void times(struct smp_text *t, double wait_s, double await_s)
{
    seconds(t, SMP_STYLE_BOLD, wait_s);
    seconds(t, SMP_STYLE_WAIT, await_s);
}

static void titles(struct smp_text *t, const char *middle, const char *last)
{
    right(t, SMP_STYLE_DIM, SECONDS_CELLS, "waited");
    right(t, SMP_STYLE_DIM, SECONDS_CELLS, "in tasks");
    if (t->pen.width >= COUNTS_WIDTH) {
        right(t, SMP_STYLE_DIM, COUNT_CELLS, middle);
        right(t, SMP_STYLE_DIM, COUNT_CELLS, "most");
    }
    smp_pen_blank(&t->pen, 1);
    if (t->pen.width >= REASON_WIDTH && *middle != 'C')
        smp_pen_left(&t->pen, SMP_STYLE_DIM, REASON_CELLS, "for");
    smp_pen_text(&t->pen, SMP_STYLE_DIM, last);
    smp_pen_line(&t->pen);
}

/* "fetch (app.py:12)" */
static void place(struct smp_text *t, uint32_t function, uint32_t line)
{
    const struct smp_function *f = &t->profile->functions[function];
    char text[512];
    snprintf(text, sizeof text, "%s (%s:%u)", smp_text_string(t, f->name),
             smp_report_path(t->profile, f->file), (unsigned)line);
    smp_pen_text(&t->pen, SMP_STYLE_PLAIN, text);
}

static void await_row(struct smp_text *t, const struct smp_await_place *a)
{
    times(t, a->wait_s, a->await_s);
    if (t->pen.width >= COUNTS_WIDTH) {
        number(t, a->mean, a->mean < 99.95);
        number(t, a->peak, 0);
    }
    smp_pen_blank(&t->pen, 1);
    if (t->pen.width >= REASON_WIDTH)
        smp_pen_left(&t->pen, SMP_STYLE_WAIT, REASON_CELLS,
                     smp_await_words(smp_await_place_top(a)));
    place(t, a->function, a->line);
    smp_pen_line(&t->pen);
}

static void rest_row(struct smp_text *t, size_t count, double wait_s,
                     double await_s)
{
    times(t, wait_s, await_s);
    smp_pen_printf(&t->pen, SMP_STYLE_DIM, " in %zu more", count);
    smp_pen_line(&t->pen);
}

static void awaits(struct smp_text *t, const struct smp_task_view *v)
{
    double wait_s = 0, await_s = 0;
    if (!v->place_count)
        return;
    smp_text_title(t, "", "Awaits", "");
    titles(t, "mean", "line");
    for (size_t i = 0; i < v->place_count; i++) {
        if (i < ROW_LIMIT) {
            await_row(t, &v->places[i]);
            continue;
        }
        wait_s += v->places[i].wait_s;
        await_s += v->places[i].await_s;
    }
    if (v->place_count > ROW_LIMIT)
        rest_row(t, v->place_count - ROW_LIMIT, wait_s, await_s);
}

static void task_row(struct smp_text *t, const struct smp_task *task)
{
    const char *name = smp_text_string(t, task->name);
    times(t, task->wait_s, task->await_s);
    if (t->pen.width >= COUNTS_WIDTH) {
        char cpu[SMP_NUMBER_SIZE] = "-";
        if (task->cpu_s >= 0)
            smp_text_seconds(cpu, task->cpu_s);
        right(t, SMP_STYLE_PLAIN, COUNT_CELLS, cpu);
        number(t, task->peak, 0);
    }
    smp_pen_blank(&t->pen, 1);
    if (*name)
        smp_pen_printf(&t->pen, SMP_STYLE_BOLD, "%s ", name);
    place(t, task->function, t->profile->functions[task->function].first_line);
    smp_pen_line(&t->pen);
}

static void tasks(struct smp_text *t, const struct smp_task_view *v)
{
    double wait_s = 0, await_s = 0;
    smp_text_title(t, "", "Tasks", "");
    titles(t, "CPU", "task");
    for (size_t i = 0; i < v->task_count; i++) {
        const struct smp_task *task = &t->profile->tasks[v->tasks[i]];
        if (i < ROW_LIMIT) {
            task_row(t, task);
            continue;
        }
        wait_s += task->wait_s;
        await_s += task->await_s;
    }
    if (v->task_count > ROW_LIMIT)
        rest_row(t, v->task_count - ROW_LIMIT, wait_s, await_s);
}

int smp_text_tasks(struct smp_text *t)
{
    struct smp_task_view v;
    if (!t->profile->task_count || t->options->filter.cpu_only)
        return 0;
    int status = smp_task_view_make(&v, t->profile, &t->options->filter);
    if (status)
        return status;
    if (v.task_count) {
        awaits(t, &v);
        tasks(t, &v);
    }
    smp_task_view_release(&v);
    return 0;
}
