/* The profile as JSON: Scalene's names, absolute figures, and all the facts. */
#include "report/json_write.h"

#include <string.h>

#include "base/status.h"

/* The next word of a command line as a shell would read it, into `word`.
 * NULL where there is none, else where the rest begins. */
static const char *next_word(const char *at, struct smp_buf *word)
{
    char quote = 0;
    smp_buf_clear(word);
    at += strspn(at, " \t\n");
    if (!*at)
        return NULL;
    for (; *at && (quote || !strchr(" \t\n", *at)); at++) {
        if (*at == quote)
            quote = 0;
        else if (!quote && (*at == '\'' || *at == '"'))
            quote = *at;
        else if (*at == '\\' && quote != '\'' && at[1])
            smp_buf_putc(word, *++at);
        else
            smp_buf_putc(word, *at);
    }
    return at;
}

static void put_args(const struct smp_json_writer *w)
{
    struct smp_buf word = {0};
    const char *at = smp_profile_text(w->p, w->p->command);
    smp_json_open(w->out, "args", '[');
    while ((at = next_word(at, &word)))
        smp_json_text_n(w->out, NULL, word.data ? word.data : "", word.length);
    smp_json_close(w->out, ']');
    if (word.failed)
        w->out->failed = 1;
    smp_buf_release(&word);
}

/* The path of the file that `program` names, where the profile has it. */
static const char *program_path(const struct smp_profile *p)
{
    const char *program = smp_profile_text(p, p->program);
    size_t n = strlen(program);
    for (size_t i = 0; n && i < p->file_count; i++) {
        const char *path = smp_profile_text(p, p->files[i].path);
        size_t length = strlen(path);
        if (p->files[i].program && length > n && path[length - n - 1] == '/' &&
            !strcmp(path + length - n, program))
            return path;
    }
    return program;
}

static void put_run(const struct smp_json_writer *w)
{
    struct smp_buf *b = w->out;
    const struct smp_profile *p = w->p;
    smp_json_text(b, "format", "solvidia-mem-prof profile");
    smp_json_int(b, "schema_version", SMP_JSON_VERSION);
    smp_json_text(b, "version", smp_profile_text(p, p->version));
    smp_json_text(b, "program", smp_profile_text(p, p->program));
    smp_json_text(b, "filename", program_path(p));
    smp_json_text(b, "command", smp_profile_text(p, p->command));
    put_args(w);
    smp_json_text(b, "entrypoint_dir", smp_profile_text(p, p->directory));
    smp_json_text(b, "platform", smp_profile_text(p, p->platform));
    smp_json_int(b, "cpus", p->cpus);
    smp_json_exact(b, "start_time_absolute", p->start_unix_s);
    smp_json_exact(b, "elapsed_time_sec", p->elapsed_s);
    if (p->off_s > 0)
        smp_json_exact(b, "active_time_sec", p->elapsed_s - p->off_s);
    smp_json_exit(b, p->exit_status);
    smp_json_bool(b, "memory", p->memory);
    /* What later versions measure; flags that Scalene's tools ask for. */
    smp_json_bool(b, "gpu", 0);
    smp_json_text(b, "gpu_device", "");
}

static void put_names(struct smp_buf *b, const char *key,
                      const char *const *names, size_t n)
{
    smp_json_open(b, key, '[');
    for (size_t i = 0; i < n; i++)
        smp_json_text(b, NULL, names[i] ? names[i] : "");
    smp_json_close(b, ']');
}

static void put_index(struct smp_buf *b, const char *key, uint32_t plus_1)
{
    if (plus_1)
        smp_json_int(b, key, (int64_t)plus_1 - 1);
    else
        smp_json_null(b, key);
}

/* The question that `files`, `threads` and the figures answer. */
static void put_filter(const struct smp_json_writer *w)
{
    struct smp_buf *b = w->out;
    const struct smp_filter *f = &w->o->filter;
    smp_json_open(b, "filter", '{');
    smp_json_text(b, "scope", f->scope == SMP_SCOPE_ALL ? "all" : "program");
    put_names(b, "only", f->only, f->only_count);
    put_names(b, "exclude", f->exclude, f->exclude_count);
    smp_json_text(b, "program_path", f->program_path ? f->program_path : "");
    smp_json_bool(b, "cpu_only", f->cpu_only);
    smp_json_rounded(b, "from_s", f->from_s);
    if (f->to_s > 0)
        smp_json_rounded(b, "to_s", f->to_s);
    else
        smp_json_null(b, "to_s");
    put_index(b, "process", f->process_plus_1);
    put_index(b, "thread", f->thread_plus_1);
    smp_json_rounded(b, "cpu_percent_threshold", w->o->cpu_percent_threshold);
    smp_json_bool(b, "reduced", w->o->reduced);
    smp_json_close(b, '}');
}

static void put_whole(const struct smp_json_writer *w)
{
    smp_json_rounded(w->out, "whole_s", w->v->whole_s);
    smp_json_cost(w, &w->v->total);
    smp_json_intervals(w, &w->v->total);
    smp_json_memory_sure(w, &w->v->memory);
    smp_json_open(w->out, "in_scope", '{');
    smp_json_cost(w, &w->v->in_scope);
    smp_json_memory(w, &w->v->memory_in_scope);
    smp_json_close(w->out, '}');
    smp_json_open(w->out, "no_python", '{');
    smp_json_cost(w, &w->v->no_python);
    smp_json_close(w->out, '}');
    put_index(w->out, "main_thread", w->v->main_thread + 1); /* NONE + 1 is 0 */
}

static uint64_t measurements(const struct smp_cost *c)
{
    return c->cpu_count + c->wait_count;
}

static void put_ledger(const struct smp_json_writer *w)
{
    struct smp_buf *b = w->out;
    const struct smp_ledger *l = &w->p->ledger;
    smp_json_open(b, "ledger", '{');
#define SMP_X(field) smp_json_int(b, #field, (int64_t)l->field);
    SMP_LEDGER_COUNTS(SMP_X)
    if (w->p->memory) {
        SMP_LEDGER_MEMORY_COUNTS(SMP_X)
        smp_json_bytes(b, "alloc_interval_least_bytes",
                       l->alloc_interval_least);
        smp_json_bytes(b, "alloc_interval_most_bytes", l->alloc_interval_most);
    }
    if (w->p->task_count) {
        SMP_LEDGER_TASK_COUNTS(SMP_X)
    }
#undef SMP_X
    smp_json_int(b, "measurements_in_scope",
                 (int64_t)measurements(&w->v->in_scope));
    smp_json_int(b, "measurements_out_of_scope",
                 (int64_t)(measurements(&w->v->total) -
                           measurements(&w->v->in_scope)));
    smp_json_exact(b, "interval_asked_s", l->interval_asked_s);
    smp_json_exact(b, "interval_reached_s", l->interval_reached_s);
    smp_json_exact(b, "recorder_cpu_s", l->recorder_cpu_s);
    smp_json_exact(b, "collector_cpu_s", l->collector_cpu_s);
    smp_json_exact(b, "collector_rss_bytes", l->collector_rss_bytes);
    smp_json_close(b, '}');
}

static int put_all(const struct smp_json_writer *w)
{
    smp_buf_putc(w->out, '{');
    put_run(w);
    put_whole(w);
    put_filter(w);
    put_ledger(w);
    smp_json_memory_run(w);
    smp_json_said(w);
    int status = smp_json_processes(w);
    if (!w->o->facts_only && !status)
        status = smp_json_files(w);
    if (!w->o->facts_only && !status)
        status = smp_json_tasks(w);
    if (w->o->stacks && !w->o->facts_only && !status)
        status = smp_json_stacks(w);
    if (w->o->stacks && !w->o->facts_only && !status)
        status = smp_json_memory_stacks(w);
    smp_json_facts(w);
    smp_buf_puts(w->out, "}\n");
    return status ? status : w->out->failed ? SMP_ENOMEM : 0;
}

static int write_view(struct smp_json_writer w)
{
    struct smp_profile cut;
    if (w.o->stacks)
        return put_all(&w);
    int status = smp_json_cut(&cut, w.p, &w.o->filter);
    if (status)
        return status;
    w.facts = &cut;
    status = put_all(&w);
    smp_json_uncut(&cut);
    return status;
}

int smp_report_json(struct smp_buf *out, const struct smp_profile *p,
                    const struct smp_json_options *o)
{
    struct smp_view v;
    if (!smp_profile_is_valid(p))
        return SMP_EINVAL;
    int status = smp_view_make(&v, p, &o->filter);
    if (status)
        return status;
    struct smp_json_writer w = {out, p, p, o, &v};
    status = write_view(w);
    smp_view_release(&v);
    return status;
}
