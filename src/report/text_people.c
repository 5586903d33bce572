/* The report's tables of processes and of threads. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/names.h"
#include "report/text_numbers.h"
#include "report/text_report.h"

#define ROW_LIMIT 10 /* rows of a table; the rest is summed up */

/* A process, with the time of its threads. */
struct process_row {
    uint32_t process;
    double cpu_s;
};

static int compare_rows(const void *left, const void *right)
{
    const struct process_row *a = left, *b = right;
    if (a->cpu_s != b->cpu_s)
        return a->cpu_s > b->cpu_s ? -1 : 1;
    return a->process < b->process ? -1 : a->process > b->process;
}

static struct process_row *process_rows(const struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    struct process_row *rows = calloc(p->process_count + 1, sizeof *rows);
    for (size_t i = 0; rows && i < p->process_count; i++)
        rows[i].process = (uint32_t)i;
    for (size_t i = 0; rows && i < t->view.thread_count; i++) {
        const struct smp_thread_cost *it = &t->view.threads[i];
        rows[p->threads[it->thread].process].cpu_s += smp_cost_cpu(&it->cost);
    }
    if (rows)
        qsort(rows, p->process_count, sizeof *rows, compare_rows);
    return rows;
}

static void number_cells(struct smp_text *t, double share, int cells, int style)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_percent(number, share);
    smp_pen_right(&t->pen, style, cells, number);
    smp_pen_blank(&t->pen, 1);
}

static void seconds_cells(struct smp_text *t, double seconds, int cells)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_seconds(number, seconds);
    smp_pen_right(&t->pen, SMP_STYLE_PLAIN, cells, number);
    smp_pen_blank(&t->pen, 1);
}

/* Cells of the columns before the text. */
enum { PERCENT_CELLS = 5, SECONDS_CELLS = 8, PID_CELLS = 8, NAME_CELLS = 18 };
#define SECONDS_WIDTH 60 /* of the terminal, for the seconds to be there */
#define LIFE_WIDTH 80    /* the same for how long it lived */
#define LONG_WIDTH 110   /* the same for long names of threads */

static int name_cells(const struct smp_text *t)
{
    return t->pen.width >= LONG_WIDTH ? 2 * NAME_CELLS : NAME_CELLS;
}

/* The columns of times, as far as the terminal has room for them. */
static void time_cells(struct smp_text *t, double cpu_s, double life_s)
{
    number_cells(t, smp_text_share(t, cpu_s), PERCENT_CELLS, SMP_STYLE_BOLD);
    if (t->pen.width >= SECONDS_WIDTH)
        seconds_cells(t, cpu_s, SECONDS_CELLS);
    if (t->pen.width >= LIFE_WIDTH)
        seconds_cells(t, life_s, SECONDS_CELLS);
}

static void tag(struct smp_text *t, const char *text)
{
    smp_pen_text(&t->pen, SMP_STYLE_WARNING, text);
    smp_pen_blank(&t->pen, 1);
}

static void ending(struct smp_text *t, const struct smp_process *it)
{
    char text[48];
    if (it->exit_status > SMP_EXIT_RUNNING && it->exit_status) {
        snprintf(text, sizeof text, "[%s %d]",
                 it->exit_status < 0 ? "signal" : "exit", abs(it->exit_status));
        tag(t, text);
    }
    if (it->recording == SMP_RECORDED_PARTLY)
        tag(t, "[in part]");
    else if (it->recording == SMP_NOT_RECORDED)
        tag(t, "[not recorded]");
}

/* Without the folders of the interpreter and of an installed command, which are
 * the same in all rows and push the rest out of the table. */
static const char *skip_folder(const char *word, int only_bin)
{
    size_t n = strcspn(word, " ");
    const char *slash = *word == '/' ? memrchr(word, '/', n) : NULL;
    if (!slash || slash + 1 == word + n ||
        (only_bin && (slash - word < 4 || memcmp(slash - 4, "/bin", 4) != 0)))
        return word;
    return slash + 1;
}

static void command(struct smp_text *t, const char *text)
{
    const char *word = skip_folder(text, 0);
    size_t n = strcspn(word, " ");
    n += word[n] == ' ';
    smp_pen_printf(&t->pen, SMP_STYLE_PLAIN, "%.*s%s", (int)n, word,
                   skip_folder(word + n, 1));
}

static void process_row(struct smp_text *t, const struct process_row *row)
{
    const struct smp_process *it = &t->profile->processes[row->process];
    char pid[SMP_NUMBER_SIZE];
    snprintf(pid, sizeof pid, "%d", (int)it->pid);
    time_cells(t, row->cpu_s, it->end_s - it->start_s);
    smp_pen_right(&t->pen, SMP_STYLE_DIM, PID_CELLS, pid);
    smp_pen_blank(&t->pen, 2);
    ending(t, it);
    command(t, smp_text_string(t, it->command));
    smp_pen_line(&t->pen);
}

static void head(struct smp_text *t, int cells, const char *text)
{
    smp_pen_right(&t->pen, SMP_STYLE_DIM, cells, text);
    smp_pen_blank(&t->pen, 1);
}

static void time_titles(struct smp_text *t)
{
    head(t, PERCENT_CELLS, "CPU");
    if (t->pen.width >= SECONDS_WIDTH)
        head(t, SECONDS_CELLS, "seconds");
    if (t->pen.width >= LIFE_WIDTH)
        head(t, SECONDS_CELLS, "lived");
}

static void process_titles(struct smp_text *t)
{
    time_titles(t);
    head(t, PID_CELLS, "pid");
    smp_pen_blank(&t->pen, 1);
    smp_pen_text(&t->pen, SMP_STYLE_DIM, "command");
    smp_pen_line(&t->pen);
}

/* The rows beyond the limit, as one. */
static void rest_row(struct smp_text *t, size_t count, double cpu_s)
{
    if (!count)
        return;
    number_cells(t, smp_text_share(t, cpu_s), PERCENT_CELLS, SMP_STYLE_BOLD);
    if (t->pen.width >= SECONDS_WIDTH)
        seconds_cells(t, cpu_s, SECONDS_CELLS);
    smp_pen_blank(&t->pen, 1);
    smp_pen_printf(&t->pen, SMP_STYLE_DIM, "in %zu more", count);
    smp_pen_line(&t->pen);
}

int smp_text_processes(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    struct process_row *rows;
    char remark[64];
    double rest_s = 0;
    if (p->process_count < 2 || t->options->filter.process_plus_1 ||
        t->options->filter.thread_plus_1)
        return 0;
    rows = process_rows(t);
    if (!rows)
        return SMP_ENOMEM;
    snprintf(remark, sizeof remark, "%zu processes", p->process_count);
    smp_text_title(t, "", remark, "");
    process_titles(t);
    for (size_t i = 0; i < p->process_count; i++) {
        if (i < ROW_LIMIT)
            process_row(t, &rows[i]);
        else
            rest_s += rows[i].cpu_s;
    }
    rest_row(t, p->process_count > ROW_LIMIT ? p->process_count - ROW_LIMIT : 0,
             rest_s);
    free(rows);
    return 0;
}

/* Seconds in which a thread did not run: a queue for a CPU is told here too. */
static double idle_s(const struct smp_cost *c)
{
    return c->wait_s + c->queue_s;
}

/* "lock in get (queue.py:171)" */
static void where_it_waits(struct smp_text *t, const struct smp_thread_cost *it)
{
    struct smp_buf name = {0};
    enum smp_kind kind = smp_cost_top_wait(&it->cost);
    if (kind == SMP_KIND_COUNT || t->pen.width < SECONDS_WIDTH)
        return;
    smp_pen_printf(&t->pen, SMP_STYLE_WAIT, "%s", smp_kind_words(kind));
    if (it->top_wait_frame != SMP_NONE) {
        smp_report_frame_name(&name, t->profile, it->top_wait_frame);
        smp_pen_printf(&t->pen, SMP_STYLE_WAIT, " in %s",
                       name.data ? name.data : "");
    }
    t->pen.out->failed |= name.failed;
    smp_buf_release(&name);
}

static void thread_name(struct smp_text *t, const struct smp_thread *it)
{
    const struct smp_profile *p = t->profile;
    const char *name = smp_text_string(t, it->name);
    char full[512];
    if (!*name)
        name = it->main ? "MainThread" : "(no name)";
    if (p->process_count > 1)
        snprintf(full, sizeof full, "%d/%s", (int)p->processes[it->process].pid,
                 name);
    else
        snprintf(full, sizeof full, "%s", name);
    smp_pen_left(&t->pen, SMP_STYLE_PLAIN, name_cells(t), full);
    smp_pen_blank(&t->pen, 1);
}

static void thread_row(struct smp_text *t, const struct smp_thread_cost *it)
{
    const struct smp_thread *thread = &t->profile->threads[it->thread];
    double life_s = thread->end_s - thread->start_s;
    time_cells(t, smp_cost_cpu(&it->cost), life_s);
    number_cells(t, life_s > 0 ? idle_s(&it->cost) / life_s : 0, PERCENT_CELLS,
                 SMP_STYLE_WAIT);
    smp_pen_blank(&t->pen, 1);
    thread_name(t, thread);
    where_it_waits(t, it);
    smp_pen_line(&t->pen);
}

static void thread_titles(struct smp_text *t)
{
    time_titles(t);
    head(t, PERCENT_CELLS, "waits");
    smp_pen_blank(&t->pen, 1);
    smp_pen_left(&t->pen, SMP_STYLE_DIM, name_cells(t), "thread");
    smp_pen_blank(&t->pen, 1);
    if (t->pen.width >= SECONDS_WIDTH)
        smp_pen_text(&t->pen, SMP_STYLE_DIM, "for what most, and where");
    smp_pen_line(&t->pen);
}

void smp_text_threads(struct smp_text *t)
{
    char remark[64];
    size_t count = t->view.thread_count;
    double rest_s = 0;
    if (count < 2)
        return;
    snprintf(remark, sizeof remark, "%zu threads", count);
    smp_text_title(t, "", remark, "");
    thread_titles(t);
    for (size_t i = 0; i < count; i++) {
        if (i < ROW_LIMIT)
            thread_row(t, &t->view.threads[i]);
        else
            rest_s += smp_cost_cpu(&t->view.threads[i].cost);
    }
    rest_row(t, count > ROW_LIMIT ? count - ROW_LIMIT : 0, rest_s);
}
