/* Tasks and where they were suspended: their facts, and the tables for people. */
#include "report/json_write.h"

#include "model/view_tasks.h"

static void put_tasks(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_task *all = p->tasks;
    size_t n = p->task_count;
    smp_json_open(b, "tasks", '{');
    SMP_JSON_INDEXES(b, "thread", struct smp_task, all, n, thread);
    SMP_JSON_INDEXES(b, "name", struct smp_task, all, n, name);
    SMP_JSON_INDEXES(b, "function", struct smp_task, all, n, function);
    SMP_JSON_INDEXES(b, "peak", struct smp_task, all, n, peak);
    SMP_JSON_EXACTS(b, "await_s", struct smp_task, all, n, await_s);
    SMP_JSON_EXACTS(b, "wait_s", struct smp_task, all, n, wait_s);
    SMP_JSON_EXACTS(b, "cpu_s", struct smp_task, all, n, cpu_s);
    smp_json_close(b, '}');
}

static void put_awaits(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_await *all = p->awaits;
    size_t n = p->await_count;
    smp_json_open(b, "awaits", '{');
    SMP_JSON_INDEXES(b, "task", struct smp_await, all, n, task);
    SMP_JSON_INDEXES(b, "stack", struct smp_await, all, n, stack);
    SMP_JSON_INDEXES(b, "on", struct smp_await, all, n, on);
    SMP_JSON_INDEXES(b, "peak", struct smp_await, all, n, peak);
    SMP_JSON_EXACTS(b, "await_s", struct smp_await, all, n, await_s);
    SMP_JSON_EXACTS(b, "wait_s", struct smp_await, all, n, wait_s);
    smp_json_close(b, '}');
}

static void put_lines(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_await_line *all = p->await_lines;
    size_t n = p->await_line_count;
    smp_json_open(b, "await_lines", '{');
    SMP_JSON_INDEXES(b, "thread", struct smp_await_line, all, n, thread);
    SMP_JSON_INDEXES(b, "function", struct smp_await_line, all, n, function);
    SMP_JSON_INDEXES(b, "line", struct smp_await_line, all, n, line);
    SMP_JSON_INDEXES(b, "peak", struct smp_await_line, all, n, peak);
    SMP_JSON_EXACTS(b, "await_s", struct smp_await_line, all, n, await_s);
    SMP_JSON_EXACTS(b, "present_s", struct smp_await_line, all, n, present_s);
    smp_json_close(b, '}');
}

void smp_json_task_facts(const struct smp_json_writer *w)
{
    const struct smp_profile *p = w->facts;
    struct smp_buf *b = w->out;
    if (!p->task_count)
        return;
    smp_json_open(b, "await_reasons", '[');
    for (int i = 0; i < SMP_AWAIT_COUNT; i++)
        smp_json_text(b, NULL, smp_await_name((enum smp_await_on)i));
    smp_json_close(b, ']');
    put_tasks(b, p);
    put_awaits(b, p);
    put_lines(b, p);
}

/* --- for people and their tools --- */

static void put_function(const struct smp_json_writer *w, uint32_t function)
{
    const struct smp_function *f = &w->p->functions[function];
    smp_json_text(w->out, "function", smp_profile_text(w->p, f->name));
    smp_json_text(w->out, "file",
                  smp_profile_text(w->p, w->p->files[f->file].path));
}

static void put_task(const struct smp_json_writer *w, const struct smp_task *t)
{
    struct smp_buf *b = w->out;
    smp_json_open(b, NULL, '{');
    smp_json_text(b, "name", smp_profile_text(w->p, t->name));
    put_function(w, t->function);
    smp_json_int(b, "lineno", w->p->functions[t->function].first_line);
    smp_json_int(b, "thread", t->thread);
    smp_json_int(b, "peak", t->peak);
    smp_json_rounded(b, "await_s", t->await_s);
    smp_json_rounded(b, "wait_s", t->wait_s);
    if (t->cpu_s >= 0)
        smp_json_rounded(b, "cpu_s", t->cpu_s);
    smp_json_close(b, '}');
}

static void put_place(const struct smp_json_writer *w,
                      const struct smp_await_place *a)
{
    struct smp_buf *b = w->out;
    smp_json_open(b, NULL, '{');
    put_function(w, a->function);
    smp_json_int(b, "lineno", a->line);
    smp_json_rounded(b, "await_s", a->await_s);
    smp_json_rounded(b, "wait_s", a->wait_s);
    smp_json_rounded(b, "mean", a->mean);
    smp_json_int(b, "peak", a->peak);
    smp_json_open(b, "on", '{');
    for (int i = 0; i < SMP_AWAIT_COUNT; i++)
        if (a->by_s[i] > 0)
            smp_json_rounded(b, smp_await_name((enum smp_await_on)i),
                             a->by_s[i]);
    smp_json_close(b, '}');
    smp_json_close(b, '}');
}

int smp_json_tasks(const struct smp_json_writer *w)
{
    struct smp_task_view v;
    if (!w->p->task_count)
        return 0;
    int status = smp_task_view_make(&v, w->p, &w->o->filter);
    if (status)
        return status;
    smp_json_open(w->out, "tasks", '[');
    for (size_t i = 0; i < v.task_count; i++)
        put_task(w, &w->p->tasks[v.tasks[i]]);
    smp_json_close(w->out, ']');
    smp_json_open(w->out, "awaits", '[');
    for (size_t i = 0; i < v.place_count; i++)
        put_place(w, &v.places[i]);
    smp_json_close(w->out, ']');
    smp_task_view_release(&v);
    return 0;
}
