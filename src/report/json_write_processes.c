/* "processes" and "threads": the tree of the run, each with its figures. */
#include <stdlib.h>

#include "base/status.h"
#include "report/json_write.h"
#include "report/process_name.h"

void smp_json_exit(struct smp_buf *b, int32_t exit_status)
{
    if (exit_status == SMP_EXIT_UNKNOWN || exit_status == SMP_EXIT_RUNNING)
        smp_json_null(b, "exit_status");
    else
        smp_json_int(b, "exit_status", exit_status);
    smp_json_bool(b, "running", exit_status == SMP_EXIT_RUNNING);
}

static const char *recording_name(uint8_t recording)
{
    static const char *const names[] = {"recorded", "partly", "not"};
    return names[recording];
}

/* 0: not known. */
static void put_resident(struct smp_buf *b, const char *key, double bytes)
{
    if (bytes > 0)
        smp_json_bytes(b, key, bytes);
}

/* Absent: one alone. */
static void put_members(struct smp_buf *b, uint32_t members)
{
    if (members > 1)
        smp_json_int(b, "members", members);
}

static void put_name(const struct smp_json_writer *w,
                     const struct smp_process *it)
{
    struct smp_buf name = {0};
    smp_report_process_name(&name, w->p, (uint32_t)(it - w->p->processes));
    smp_json_text(w->out, "name", name.data ? name.data : "");
    w->out->failed |= name.failed;
    smp_buf_release(&name);
}

static void put_process(const struct smp_json_writer *w,
                        const struct smp_process *it,
                        const struct smp_cost *cost,
                        const struct smp_memory_cost *memory)
{
    struct smp_buf *b = w->out;
    smp_json_open(b, NULL, '{');
    smp_json_int(b, "pid", it->pid);
    put_members(b, it->members);
    if (it->parent == SMP_NONE)
        smp_json_null(b, "parent");
    else
        smp_json_int(b, "parent", it->parent);
    put_name(w, it);
    smp_json_text(b, "command", smp_profile_text(w->p, it->command));
    smp_json_text(b, "interpreter", smp_profile_text(w->p, it->interpreter));
    smp_json_text(b, "executable", smp_profile_text(w->p, it->executable));
    smp_json_text(b, "recording", recording_name(it->recording));
    smp_json_text(b, "note", smp_profile_text(w->p, it->note));
    smp_json_exact(b, "start_s", it->start_s);
    smp_json_exact(b, "end_s", it->end_s);
    smp_json_exit(b, it->exit_status);
    smp_json_exact(b, "rusage_user_s", it->cpu_user_s);
    smp_json_exact(b, "rusage_system_s", it->cpu_system_s);
    smp_json_exact(b, "startup_s", it->startup_s);
    put_resident(b, "start_rss_bytes", it->start_rss);
    put_resident(b, "peak_rss_bytes", it->peak_rss);
    put_resident(b, "tracked_peak_bytes", it->peak);
    smp_json_cost(w, cost);
    if (memory)
        smp_json_memory(w, memory);
    smp_json_close(b, '}');
}

static void put_top_wait(const struct smp_json_writer *w,
                         const struct smp_thread_cost *t)
{
    const struct smp_profile *p = w->p;
    const struct smp_frame *frame = &p->frames[t->top_wait_frame];
    const struct smp_function *function = &p->functions[frame->function];
    smp_json_open(w->out, "top_wait", '{');
    smp_json_text(w->out, "file",
                  smp_profile_text(p, p->files[function->file].path));
    smp_json_int(w->out, "lineno", frame->line);
    smp_json_text(w->out, "function", smp_profile_text(p, function->name));
    smp_json_rounded(w->out, "wait_s", t->top_wait_s);
    smp_json_close(w->out, '}');
}

/* `cost` NULL: the filter does not keep this thread. */
static void put_thread(const struct smp_json_writer *w,
                       const struct smp_thread *it,
                       const struct smp_thread_cost *cost)
{
    struct smp_buf *b = w->out;
    smp_json_open(b, NULL, '{');
    smp_json_int(b, "process", it->process);
    smp_json_int(b, "tid", it->tid);
    put_members(b, it->members);
    smp_json_text(b, "name", smp_profile_text(w->p, it->name));
    smp_json_bool(b, "main", it->main);
    smp_json_bool(b, "python", it->python);
    smp_json_exact(b, "start_s", it->start_s);
    smp_json_exact(b, "end_s", it->end_s);
    smp_json_exact(b, "cpu_s", it->cpu_s);
    if (cost) {
        smp_json_cost(w, &cost->cost);
        smp_json_memory(w, &cost->memory);
        if (cost->top_wait_frame != SMP_NONE)
            put_top_wait(w, cost);
    }
    smp_json_close(b, '}');
}

/* In a process its main thread's waiting is wait_s, as in the whole program. */
static void add_to_process(struct smp_cost *process, struct smp_cost thread,
                           int is_main)
{
    if (!is_main) {
        thread.other_wait_s += thread.wait_s + thread.queue_s;
        thread.wait_s = thread.queue_s = 0;
        thread.wait_count = 0;
        for (int k = 0; k < SMP_KIND_COUNT; k++)
            thread.wait_by_s[k] = 0;
    }
    smp_cost_add(process, &thread);
}

static void put_both(const struct smp_json_writer *w,
                     const struct smp_thread_cost **of_thread,
                     struct smp_cost *of_process)
{
    const struct smp_profile *p = w->p;
    for (size_t i = 0; i < w->v->thread_count; i++) {
        const struct smp_thread_cost *t = &w->v->threads[i];
        const struct smp_thread *it = &p->threads[t->thread];
        of_thread[t->thread] = t;
        add_to_process(&of_process[it->process], t->cost, it->main);
    }
    smp_json_open(w->out, "processes", '[');
    for (size_t i = 0; i < p->process_count; i++)
        put_process(w, &p->processes[i], &of_process[i],
                    w->v->process_memory ? &w->v->process_memory[i] : NULL);
    smp_json_close(w->out, ']');
    smp_json_open(w->out, "threads", '[');
    for (size_t i = 0; i < p->thread_count; i++)
        put_thread(w, &p->threads[i], of_thread[i]);
    smp_json_close(w->out, ']');
}

int smp_json_processes(const struct smp_json_writer *w)
{
    const struct smp_thread_cost **of_thread =
        calloc(w->p->thread_count + 1, sizeof *of_thread);
    struct smp_cost *of_process =
        calloc(w->p->process_count + 1, sizeof *of_process);
    int status = of_thread && of_process ? 0 : SMP_ENOMEM;
    if (!status)
        put_both(w, of_thread, of_process);
    free(of_thread);
    free(of_process);
    return status;
}
