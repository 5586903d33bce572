/* The report's table of threads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/names.h"
#include "report/process_name.h"
#include "report/text_numbers.h"
#include "report/text_people.h"

#define NAME_CELLS 18
#define WHERE_WIDTH 60 /* of the terminal, to say where a thread waits */
#define LONG_WIDTH 110 /* the same for long names */

static int name_cells(const struct smp_text *t)
{
    return t->pen.width >= LONG_WIDTH ? 2 * NAME_CELLS : NAME_CELLS;
}

static const char *name_of(const struct smp_text *t,
                           const struct smp_thread *it)
{
    const char *name = smp_text_string(t, it->name);
    return *name ? name : it->main ? "MainThread" : "(no name)";
}

/* Threads of one process, or of processes of one kind where those are too many,
 * with names that differ by a number. */
static void add_kind(struct smp_buf *kind, const struct smp_text *t,
                     const struct smp_thread *it)
{
    const struct smp_profile *p = t->profile;
    if (p->process_count > SMP_PEOPLE_ROWS)
        smp_report_process_kind(kind, p, it->process);
    else
        smp_buf_printf(kind, "%u", (unsigned)it->process);
    smp_buf_putc(kind, '\n');
    smp_report_pattern(kind, name_of(t, it));
}

static struct smp_people_row new_row(const struct smp_text *t, uint32_t i)
{
    const struct smp_thread_cost *it = &t->view.threads[i];
    const struct smp_thread *thread = &t->profile->threads[it->thread];
    struct smp_people_row row = {.first = i,
                                 .count = 1,
                                 .idle_s = it->cost.wait_s + it->cost.queue_s,
                                 .life_s = thread->end_s - thread->start_s,
                                 .peak = it->memory.peak_bytes};
    struct smp_buf kind = {0};
    for (int k = 0; k < 3; k++)
        row.cpu_s[k] = it->cost.cpu_s[k];
    row.first_cpu_s = smp_people_cpu(&row);
    add_kind(&kind, t, thread);
    row.kind = smp_buf_take(&kind);
    return row;
}

/* "lock in get (queue.py:171)" */
static void where_it_waits(struct smp_text *t, const struct smp_thread_cost *it)
{
    struct smp_buf name = {0};
    enum smp_kind kind = smp_cost_top_wait(&it->cost);
    if (kind == SMP_KIND_COUNT || t->pen.width < WHERE_WIDTH)
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

/* "4720/Thread-1", or for many "22x MainThread": in one process with its pid. */
static void put_name(struct smp_text *t, const struct smp_people_row *row)
{
    const struct smp_profile *p = t->profile;
    const struct smp_thread *it =
        &p->threads[t->view.threads[row->first].thread];
    const char *name =
        row->count > 1 ? strchr(row->kind, '\n') + 1 : name_of(t, it);
    char full[512], many[32] = "", process[32] = "";
    if (row->count > 1)
        snprintf(many, sizeof many, "%ux ", (unsigned)row->count);
    if (p->process_count > 1 &&
        (row->count == 1 || p->process_count <= SMP_PEOPLE_ROWS))
        snprintf(process, sizeof process, "%d/",
                 (int)p->processes[it->process].pid);
    snprintf(full, sizeof full, "%s%s%s", many, process, name);
    smp_pen_left(&t->pen, SMP_STYLE_PLAIN, name_cells(t), full);
    smp_pen_blank(&t->pen, 1);
}

static void put_row(struct smp_text *t, const struct smp_people_columns *c,
                    const struct smp_people_row *row)
{
    smp_people_cells(t, c, row);
    smp_pen_blank(&t->pen, 1);
    put_name(t, row);
    where_it_waits(t, &t->view.threads[row->first]);
    smp_pen_line(&t->pen);
}

static void put_table(struct smp_text *t, const struct smp_people_row *rows,
                      size_t n)
{
    struct smp_people_columns c = smp_people_columns(t, rows, n);
    c.kinds = c.rss = 0; /* the room is for where it waits */
    smp_people_titles(t, &c);
    smp_pen_blank(&t->pen, 1);
    smp_pen_left(&t->pen, SMP_STYLE_DIM, name_cells(t), "thread");
    smp_pen_blank(&t->pen, 1);
    if (t->pen.width >= WHERE_WIDTH)
        smp_pen_text(&t->pen, SMP_STYLE_DIM, "for what most, and where");
    smp_pen_line(&t->pen);
    for (size_t i = 0; i < n && i < SMP_PEOPLE_ROWS; i++)
        put_row(t, &c, &rows[i]);
    smp_people_rest(t, &c, rows, n);
}

int smp_text_threads(struct smp_text *t)
{
    char remark[64];
    size_t n = t->view.thread_count, named = 0;
    if (n < 2)
        return 0;
    struct smp_people_row *rows = calloc(n, sizeof *rows);
    for (uint32_t i = 0; rows && i < n; i++) {
        rows[i] = new_row(t, i);
        named += rows[i].kind != NULL;
    }
    if (!rows || named < n) {
        smp_people_free(rows, n);
        return SMP_ENOMEM;
    }
    snprintf(remark, sizeof remark, "%zu threads", n);
    n = smp_people_group(rows, n);
    smp_text_title(t, "", remark, "");
    put_table(t, rows, n);
    smp_people_free(rows, n);
    return 0;
}
