/* "facts": everything that a profile holds, so that it can be read again. */
#include "report/json_write.h"

static void put_strings(struct smp_buf *b, const struct smp_profile *p)
{
    smp_json_open(b, "strings", '[');
    for (size_t i = 0; i < p->string_count; i++)
        smp_json_text(b, NULL, p->strings[i]);
    smp_json_close(b, ']');
}

static void put_file(const struct smp_json_writer *w, const struct smp_file *f)
{
    static const char *const kinds[] = {"source", "synthetic", "native"};
    struct smp_buf *b = w->out;
    smp_json_open(b, NULL, '{');
    smp_json_int(b, "path", f->path);
    smp_json_text(b, "kind", kinds[f->kind]);
    smp_json_bool(b, "library", f->library);
    smp_json_bool(b, "program", f->program);
    if (f->kind == SMP_FILE_NATIVE || f->stripped)
        smp_json_bool(b, "stripped", f->stripped);
    if (f->hash[0])
        smp_json_text(b, "hash", f->hash);
    if (f->source && w->o->sources)
        smp_json_text_n(b, "source", f->source, f->source_length);
    smp_json_close(b, '}');
}

static void put_files(const struct smp_json_writer *w)
{
    smp_json_open(w->out, "files", '[');
    for (size_t i = 0; i < w->facts->file_count; i++)
        put_file(w, &w->facts->files[i]);
    smp_json_close(w->out, ']');
}

static void put_functions(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_function *all = p->functions;
    size_t n = p->function_count;
    smp_json_open(b, "functions", '{');
    SMP_JSON_INDEXES(b, "name", struct smp_function, all, n, name);
    SMP_JSON_INDEXES(b, "file", struct smp_function, all, n, file);
    SMP_JSON_INDEXES(b, "first_line", struct smp_function, all, n, first_line);
    smp_json_close(b, '}');
}

static void put_frames(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_frame *all = p->frames;
    size_t n = p->frame_count;
    smp_json_open(b, "frames", '{');
    SMP_JSON_INDEXES(b, "function", struct smp_frame, all, n, function);
    SMP_JSON_INDEXES(b, "line", struct smp_frame, all, n, line);
    SMP_JSON_INDEXES(b, "end_line", struct smp_frame, all, n, end_line);
    SMP_JSON_INDEXES(b, "column", struct smp_frame, all, n, column);
    SMP_JSON_INDEXES(b, "end_column", struct smp_frame, all, n, end_column);
    smp_json_close(b, '}');
}

static void put_stacks(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_stack *all = p->stacks;
    size_t n = p->stack_count;
    smp_json_open(b, "stacks", '{');
    SMP_JSON_INDEXES(b, "parent", struct smp_stack, all, n, parent);
    SMP_JSON_INDEXES(b, "frame", struct smp_stack, all, n, frame);
    smp_json_close(b, '}');
}

static void put_samples(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_sample *all = p->samples;
    size_t n = p->sample_count;
    smp_json_open(b, "samples", '{');
    SMP_JSON_INDEXES(b, "thread", struct smp_sample, all, n, thread);
    SMP_JSON_INDEXES(b, "stack", struct smp_sample, all, n, stack);
    SMP_JSON_INDEXES(b, "bin", struct smp_sample, all, n, bin);
    SMP_JSON_INDEXES(b, "kind", struct smp_sample, all, n, kind);
    SMP_JSON_INDEXES(b, "gc", struct smp_sample, all, n, gc);
    SMP_JSON_COLUMN(b, "count", struct smp_sample, all, n,
                    smp_json_int(b, NULL, it->count));
    SMP_JSON_EXACTS(b, "seconds", struct smp_sample, all, n, seconds);
    smp_json_close(b, '}');
}

/* Kinds by name, so that a later version may number them otherwise. */
static void put_kinds(struct smp_buf *b)
{
    smp_json_open(b, "kinds", '[');
    for (int k = 0; k < SMP_KIND_COUNT; k++)
        smp_json_text(b, NULL, smp_kind_name((enum smp_kind)k));
    smp_json_close(b, ']');
}

void smp_json_facts(const struct smp_json_writer *w)
{
    struct smp_buf *b = w->out;
    const struct smp_profile *p = w->facts;
    smp_json_open(b, "facts", '{');
    smp_json_exact(b, "bin_s", p->bin_s);
    smp_json_bool(b, "whole_stacks", p == w->p);
    put_kinds(b);
    put_strings(b, p);
    put_files(w);
    put_functions(b, p);
    put_frames(b, p);
    put_stacks(b, p);
    put_samples(b, p);
    smp_json_said_facts(w);
    smp_json_task_facts(w);
    smp_json_memory_facts(w);
    smp_json_close(b, '}');
}
