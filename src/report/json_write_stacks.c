/* "stacks": the hottest call stacks in Scalene's shape. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/json_write.h"

/* Whole stacks are long as text; all of them are in `facts`. */
#define STACK_LIMIT 100
/* Frames of one stack, the innermost: a recursion 10,000 deep helps nobody. */
#define DEPTH_LIMIT 256

struct hot_stack {
    uint32_t stack;
    uint64_t count;
    double cpu_s[3];
};

static double cpu_of(const struct hot_stack *s)
{
    return s->cpu_s[0] + s->cpu_s[1] + s->cpu_s[2];
}

static int compare_stacks(const void *left, const void *right)
{
    const struct hot_stack *a = left, *b = right;
    double a_s = cpu_of(a), b_s = cpu_of(b);
    if (a_s != b_s)
        return a_s > b_s ? -1 : 1;
    return a->stack < b->stack ? -1 : a->stack > b->stack;
}

/* Two positions on one line of one function are one frame here. */
struct line_stack {
    uint32_t parent, function, line;
};

static int same_line_stack(const void *context, const void *key, uint32_t value)
{
    const struct line_stack *all = context;
    return !memcmp(key, &all[value], sizeof all[value]);
}

static int merge_columns(const struct smp_profile *p, uint32_t *same,
                         struct line_stack *keys)
{
    struct smp_map m = {0};
    same[0] = 0;
    int status = 0;
    for (uint32_t i = 1; i < p->stack_count && !status; i++) {
        const struct smp_frame *f = &p->frames[p->stacks[i].frame];
        keys[i] = (struct line_stack){same[p->stacks[i].parent], f->function,
                                      f->line};
        uint64_t hash = smp_hash_bytes(&keys[i], sizeof keys[i]);
        same[i] = smp_map_find(&m, hash, &keys[i], same_line_stack, keys);
        if (same[i] != SMP_MAP_NONE)
            continue;
        same[i] = i;
        status = smp_map_put(&m, hash, i);
    }
    smp_map_release(&m);
    return status;
}

static void put_frame(struct smp_buf *b, const struct smp_profile *p,
                      uint32_t stack, struct smp_buf *text)
{
    const struct smp_frame *f = &p->frames[p->stacks[stack].frame];
    const struct smp_function *function = &p->functions[f->function];
    smp_buf_clear(text);
    smp_buf_puts(text, smp_profile_text(p, p->files[function->file].path));
    smp_buf_putc(text, ' ');
    smp_buf_puts(text, smp_profile_text(p, function->name));
    smp_buf_printf(text, ":%u;", f->line);
    if (text->failed)
        b->failed = 1;
    else
        smp_json_text_n(b, NULL, text->data, text->length);
}

/* Outermost first. */
void smp_json_stack_frames(const struct smp_json_writer *w, uint32_t stack)
{
    uint32_t path[DEPTH_LIMIT];
    size_t depth = 0;
    struct smp_buf text = {0};
    for (; stack && depth < DEPTH_LIMIT; stack = w->p->stacks[stack].parent)
        path[depth++] = stack;
    smp_json_open(w->out, NULL, '[');
    while (depth)
        put_frame(w->out, w->p, path[--depth], &text);
    smp_json_close(w->out, ']');
    smp_buf_release(&text);
}

static void put_stack(const struct smp_json_writer *w,
                      const struct hot_stack *s)
{
    double all_s = smp_cost_cpu(&w->v->total);
    smp_json_open(w->out, NULL, '[');
    smp_json_stack_frames(w, s->stack);
    smp_json_open(w->out, NULL, '{');
    smp_json_int(w->out, "count", (int64_t)s->count);
    smp_json_rounded(w->out, "python_time", s->cpu_s[SMP_KIND_PYTHON] / all_s);
    smp_json_rounded(w->out, "c_time",
                     (s->cpu_s[SMP_KIND_NATIVE] + s->cpu_s[SMP_KIND_SYSTEM]) /
                         all_s);
    smp_json_rounded(w->out, "cpu_samples", cpu_of(s) / all_s);
    smp_json_close(w->out, '}');
    smp_json_close(w->out, ']');
}

static void add_samples(const struct smp_json_writer *w, const uint32_t *same,
                        struct hot_stack *hot)
{
    const struct smp_profile *p = w->p;
    for (uint32_t i = 0; i < p->stack_count; i++)
        hot[i].stack = i;
    for (size_t i = 0; i < p->sample_count; i++) {
        const struct smp_sample *s = &p->samples[i];
        if (!s->stack || !SMP_KIND_IS_CPU(s->kind) ||
            !smp_filter_keeps(p, &w->o->filter, s))
            continue;
        hot[same[s->stack]].cpu_s[s->kind] += s->seconds;
        hot[same[s->stack]].count += s->count;
    }
}

int smp_json_same_stacks(const struct smp_profile *p, uint32_t *same)
{
    struct line_stack *keys = calloc(p->stack_count, sizeof *keys);
    int status = keys ? merge_columns(p, same, keys) : SMP_ENOMEM;
    free(keys);
    return status;
}

int smp_json_stacks(const struct smp_json_writer *w)
{
    size_t n = w->p->stack_count;
    uint32_t *same = calloc(n, sizeof *same);
    struct hot_stack *hot = calloc(n, sizeof *hot);
    int status = same && hot ? smp_json_same_stacks(w->p, same) : SMP_ENOMEM;
    if (!status) {
        add_samples(w, same, hot);
        qsort(hot, n, sizeof *hot, compare_stacks);
        smp_json_open(w->out, "stacks", '[');
        for (size_t i = 0; i < n && i < STACK_LIMIT && cpu_of(&hot[i]) > 0; i++)
            put_stack(w, &hot[i]);
        smp_json_close(w->out, ']');
    }
    free(same);
    free(hot);
    return status;
}
