/* "files": Scalene's table of files, lines and functions. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/json_write.h"

/* Walks a source text by lines: \n, \r\n or \r ends one, as Python reads it. */
struct lines {
    const char *at, *end;
    uint32_t number; /* of the line that `text` shows; 0 before the first */
    const char *text;
    size_t length;
    int ended; /* 1: it had an end of line */
};

static int next_line(struct lines *l)
{
    if (l->at == l->end)
        return 0;
    l->text = l->at;
    while (l->at < l->end && *l->at != '\n' && *l->at != '\r')
        l->at++;
    l->length = (size_t)(l->at - l->text);
    l->ended = l->at < l->end;
    if (l->ended && *l->at++ == '\r' && l->at < l->end && *l->at == '\n')
        l->at++;
    l->number++;
    return 1;
}

static void put_source(struct smp_buf *b, const struct lines *l)
{
    smp_json_text_n(b, "line", l->text, l->length);
    if (!l->ended || b->failed)
        return;
    b->length--; /* the quote: Scalene's lines carry their end */
    smp_buf_puts(b, "\\n\"");
}

static void put_line(const struct smp_json_writer *w,
                     const struct smp_line_cost *line, const struct lines *l)
{
    struct smp_buf *b = w->out;
    smp_json_open(b, NULL, '{');
    smp_json_int(b, "lineno", line->line);
    if (l)
        put_source(b, l);
    else
        smp_json_text(b, "line", "");
    smp_json_percents(w, &line->cost);
    smp_json_busy(w, &line->cost, line->busy_threads_s, line->bins,
                  line->bin_count);
    smp_json_cost(w, &line->cost);
    smp_json_intervals(w, &line->cost);
    smp_json_memory_scalene(w, &line->memory);
    smp_json_memory_sure(w, &line->memory);
    if (line->column) {
        smp_json_int(b, "column", line->column);
        smp_json_int(b, "end_column", line->end_column);
        smp_json_rounded(b, "expression_share", line->expression_share);
    }
    smp_json_close(b, '}');
}

/* A source line in which no time was seen. */
static void put_quiet_line(const struct smp_json_writer *w,
                           const struct lines *l)
{
    struct smp_buf *b = w->out;
    smp_json_open(b, NULL, '{');
    smp_json_int(b, "lineno", l->number);
    put_source(b, l);
    smp_buf_puts(b, ",\"n_cpu_percent_python\":0.0,\"n_cpu_percent_c\":0.0,"
                    "\"n_sys_percent\":0.0,\"n_core_utilization\":0.0,"
                    "\"cpu_samples_list\":[],\"cpu_python_s\":0.0,"
                    "\"cpu_native_s\":0.0,\"cpu_system_s\":0.0");
    if (!w->o->filter.cpu_only)
        smp_buf_puts(b, ",\"wait_s\":0.0");
    smp_json_memory_quiet(w);
    smp_json_close(b, '}');
}

static int is_shown(const struct smp_json_writer *w,
                    const struct smp_line_cost *line)
{
    return !w->o->reduced || smp_json_memory_counts(w, &line->memory) ||
           smp_json_percent(w, smp_cost_all(&line->cost)) >=
               w->o->cpu_percent_threshold;
}

/* Lines of the source and lines with time, in one order; some with time lie
 * outside the source (it changed, or the line is not known). */
static void put_lines(const struct smp_json_writer *w,
                      const struct smp_file_cost *f)
{
    const struct smp_file *file = &w->p->files[f->file];
    struct lines l = {0};
    size_t i = 0;
    if (w->o->sources && file->source) {
        l.at = file->source;
        l.end = file->source + file->source_length;
    }
    for (; i < f->line_count && f->lines[i].line == 0; i++)
        if (is_shown(w, &f->lines[i]))
            put_line(w, &f->lines[i], NULL);
    while (next_line(&l)) {
        if (i < f->line_count && f->lines[i].line == l.number) {
            if (is_shown(w, &f->lines[i]))
                put_line(w, &f->lines[i], &l);
            i++;
        } else if (!w->o->reduced) {
            put_quiet_line(w, &l);
        }
    }
    for (; i < f->line_count; i++)
        if (is_shown(w, &f->lines[i]))
            put_line(w, &f->lines[i], NULL);
}

static void put_function(const struct smp_json_writer *w,
                         const struct smp_function_cost *f)
{
    const struct smp_function *function = &w->p->functions[f->function];
    smp_json_open(w->out, NULL, '{');
    smp_json_text(w->out, "line", smp_profile_text(w->p, function->name));
    smp_json_int(w->out, "lineno", function->first_line);
    smp_json_percents(w, &f->self);
    smp_json_busy(w, &f->self, f->busy_threads_s, f->bins, f->bin_count);
    smp_json_cost(w, &f->self);
    smp_json_intervals(w, &f->self);
    smp_json_memory_scalene(w, &f->memory);
    smp_json_memory_sure(w, &f->memory);
    if (w->o->stacks) {
        smp_json_open(w->out, "total", '{');
        smp_json_cost(w, &f->total);
        smp_json_memory(w, &f->total_memory);
        smp_json_close(w->out, '}');
    }
    smp_json_close(w->out, '}');
}

static void put_file(const struct smp_json_writer *w,
                     const struct smp_file_cost *f)
{
    const struct smp_file *file = &w->p->files[f->file];
    smp_json_text(w->out, NULL, smp_profile_text(w->p, file->path));
    smp_buf_putc(w->out, ':');
    smp_json_open(w->out, NULL, '{');
    smp_json_rounded(w->out, "percent_cpu_time",
                     smp_json_percent(w, smp_cost_all(&f->cost)));
    smp_json_cost(w, &f->cost);
    smp_json_intervals(w, &f->cost);
    smp_json_memory_sure(w, &f->memory);
    smp_json_memory_leaks(w, f->file);
    smp_json_open(w->out, "functions", '[');
    for (size_t i = 0; i < f->function_count; i++)
        put_function(w, &f->functions[i]);
    smp_json_close(w->out, ']');
    smp_json_open(w->out, "lines", '[');
    put_lines(w, f);
    smp_json_close(w->out, ']');
    smp_json_close(w->out, '}');
}

static void put_files(const struct smp_json_writer *w, uint8_t *taken)
{
    smp_json_open(w->out, "files", '{');
    for (size_t i = 0; i < w->v->file_count; i++) {
        const struct smp_file_cost *f = &w->v->files[i];
        uint32_t path = w->p->files[f->file].path;
        if ((smp_json_percent(w, smp_cost_all(&f->cost)) <
                 w->o->cpu_percent_threshold &&
             !smp_json_memory_counts(w, &f->memory)) ||
            taken[path])
            continue;
        taken[path] = 1;
        put_file(w, f);
    }
    smp_json_close(w->out, '}');
}

/* A path that stands for two files (source and synthetic) is one key of JSON:
 * the first, which has the most time, takes it. */
int smp_json_files(const struct smp_json_writer *w)
{
    uint8_t *taken = calloc(w->p->string_count, 1);
    if (!taken)
        return SMP_ENOMEM;
    put_files(w, taken);
    free(taken);
    return 0;
}
