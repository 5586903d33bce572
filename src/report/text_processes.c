/* The report's table of processes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/process_name.h"
#include "report/text_numbers.h"
#include "report/text_people.h"

#define PID_CELLS 7

static int is_failure(const struct smp_process *it)
{
    return it->exit_status > SMP_EXIT_RUNNING && it->exit_status;
}

static struct smp_people_row new_row(const struct smp_text *t, uint32_t i)
{
    const struct smp_process *it = &t->profile->processes[i];
    struct smp_people_row row = {.first = i,
                                 .count = 1,
                                 .failed = (uint32_t)is_failure(it),
                                 .life_s = it->end_s - it->start_s,
                                 .rss = it->peak_rss};
    struct smp_buf kind = {0};
    if (t->view.process_memory)
        row.peak = t->view.process_memory[i].peak_bytes;
    smp_report_process_kind(&kind, t->profile, i);
    row.kind = smp_buf_take(&kind);
    return row;
}

static void add_thread(const struct smp_text *t,
                       const struct smp_thread_cost *it,
                       struct smp_people_row *rows)
{
    const struct smp_thread *thread = &t->profile->threads[it->thread];
    struct smp_people_row *row = &rows[thread->process];
    for (int k = 0; k < 3; k++)
        row->cpu_s[k] += it->cost.cpu_s[k];
    if (thread->main)
        row->idle_s = it->cost.wait_s + it->cost.queue_s;
}

/* NULL: out of memory. */
static struct smp_people_row *make_rows(const struct smp_text *t)
{
    size_t n = t->profile->process_count, named = 0;
    struct smp_people_row *rows = calloc(n + 1, sizeof *rows);
    for (size_t i = 0; rows && i < n; i++) {
        rows[i] = new_row(t, (uint32_t)i);
        named += rows[i].kind != NULL;
    }
    if (rows && named < n) {
        smp_people_free(rows, n);
        return NULL;
    }
    for (size_t i = 0; rows && i < t->view.thread_count; i++)
        add_thread(t, &t->view.threads[i], rows);
    return rows;
}

static void tag(struct smp_text *t, const char *text)
{
    smp_pen_text(&t->pen, SMP_STYLE_WARNING, text);
    smp_pen_blank(&t->pen, 1);
}

static void ending(struct smp_text *t, const struct smp_process *it)
{
    char text[48];
    if (is_failure(it)) {
        snprintf(text, sizeof text, "[%s %d]",
                 it->exit_status < 0 ? "signal" : "exit", abs(it->exit_status));
        tag(t, text);
    } else if (it->exit_status == SMP_EXIT_RUNNING) {
        tag(t, "[runs on]");
    }
    if (it->recording == SMP_RECORDED_PARTLY)
        tag(t, "[in part]");
    else if (it->recording == SMP_NOT_RECORDED)
        tag(t, "[not recorded]");
}

static void one_process(struct smp_text *t, const struct smp_people_row *row)
{
    struct smp_buf name = {0};
    char pid[SMP_NUMBER_SIZE];
    const struct smp_process *it = &t->profile->processes[row->first];
    snprintf(pid, sizeof pid, "%d", (int)it->pid);
    smp_pen_right(&t->pen, SMP_STYLE_DIM, PID_CELLS, pid);
    smp_pen_blank(&t->pen, 2);
    ending(t, it);
    smp_report_process_name(&name, t->profile, row->first);
    smp_pen_text(&t->pen, SMP_STYLE_PLAIN, name.data ? name.data : "");
    t->pen.out->failed |= name.failed;
    smp_buf_release(&name);
}

/* "22x  [signal or exit code: 3] child of 4711, same command (most in 4720: 0.39 s)" */
static void many_processes(struct smp_text *t, const struct smp_people_row *row)
{
    char text[SMP_NUMBER_SIZE + 32];
    snprintf(text, sizeof text, "%ux", (unsigned)row->count);
    smp_pen_right(&t->pen, SMP_STYLE_BOLD, PID_CELLS, text);
    smp_pen_blank(&t->pen, 2);
    if (row->failed) {
        snprintf(text, sizeof text, "[signal or exit code: %u]",
                 (unsigned)row->failed);
        tag(t, text);
    }
    smp_pen_text(&t->pen, SMP_STYLE_PLAIN, row->kind);
    smp_text_seconds(text, row->first_cpu_s);
    smp_pen_printf(&t->pen, SMP_STYLE_DIM, " (most in %d: %s)",
                   (int)t->profile->processes[row->first].pid, text);
}

static void put_row(struct smp_text *t, const struct smp_people_columns *c,
                    const struct smp_people_row *row)
{
    smp_people_cells(t, c, row);
    if (row->count > 1)
        many_processes(t, row);
    else
        one_process(t, row);
    smp_pen_line(&t->pen);
}

static void put_table(struct smp_text *t, const struct smp_people_row *rows,
                      size_t n)
{
    struct smp_people_columns c = smp_people_columns(t, rows, n);
    smp_people_titles(t, &c);
    smp_pen_right(&t->pen, SMP_STYLE_DIM, PID_CELLS, "pid");
    smp_pen_blank(&t->pen, 2);
    smp_pen_text(&t->pen, SMP_STYLE_DIM, "command");
    smp_pen_line(&t->pen);
    for (size_t i = 0; i < n && i < SMP_PEOPLE_ROWS; i++)
        put_row(t, &c, &rows[i]);
    smp_people_rest(t, &c, rows, n);
}

int smp_text_processes(struct smp_text *t)
{
    size_t n = t->profile->process_count;
    struct smp_people_row *rows;
    char remark[64];
    if (n < 2 || t->options->filter.process_plus_1 ||
        t->options->filter.thread_plus_1)
        return 0;
    rows = make_rows(t);
    if (!rows)
        return SMP_ENOMEM;
    for (size_t i = 0; i < n; i++)
        rows[i].first_cpu_s = smp_people_cpu(&rows[i]);
    snprintf(remark, sizeof remark, "%zu processes", n);
    n = smp_people_group(rows, n);
    smp_text_title(t, "", remark, "");
    put_table(t, rows, n);
    smp_people_free(rows, n);
    return 0;
}
