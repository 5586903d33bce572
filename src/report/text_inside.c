/* What ran inside lines: the innermost functions, by the line that pays. */
#include <stdlib.h>

#include "base/status.h"
#include "report/names.h"
#include "report/text_report.h"

double smp_stack_seconds(const struct smp_stack_time *time)
{
    return time->cpu_s[0] + time->cpu_s[1] + time->cpu_s[2] + time->wait_s;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_places(const struct smp_inside_entry *a,
                          const struct smp_inside_entry *b)
{
    int order = compare_numbers(a->file, b->file);
    return order ? order : compare_numbers(a->line, b->line);
}

static int by_function(const void *left, const void *right)
{
    const struct smp_inside_entry *a = left, *b = right;
    int order = compare_places(a, b);
    return order ? order : compare_numbers(a->function, b->function);
}

static int by_seconds(const void *left, const void *right)
{
    const struct smp_inside_entry *a = left, *b = right;
    int order = compare_places(a, b);
    double a_s = smp_stack_seconds(&a->time), b_s = smp_stack_seconds(&b->time);
    if (order || a_s == b_s)
        return order ? order : compare_numbers(a->function, b->function);
    return a_s > b_s ? -1 : 1;
}

void smp_inside_name(struct smp_buf *out, const struct smp_profile *p,
                     uint32_t function)
{
    const struct smp_function *f = &p->functions[function];
    if (smp_report_is_unnamed(p, function))
        smp_buf_printf(out, "%s (no symbols)", smp_report_path(p, f->file));
    else
        smp_report_function_name(out, p, function);
}

/* Functions without a symbol are one, by object: addresses tell people nothing. */
static int name_by_object(const struct smp_profile *p, uint32_t *same)
{
    uint32_t *first = malloc((p->file_count + 1) * sizeof *first);
    if (!first)
        return SMP_ENOMEM;
    for (size_t i = 0; i < p->file_count; i++)
        first[i] = SMP_NONE;
    for (uint32_t i = 0; i < p->function_count; i++) {
        const struct smp_function *f = &p->functions[i];
        same[i] = i;
        if (!smp_report_is_unnamed(p, i))
            continue;
        if (first[f->file] == SMP_NONE)
            first[f->file] = i;
        same[i] = first[f->file];
    }
    free(first);
    return 0;
}

/* The innermost Python frame of a stack, else its innermost frame. */
static uint32_t python_frame(const struct smp_profile *p, uint32_t stack)
{
    uint32_t inner = p->stacks[stack].frame;
    for (; stack; stack = p->stacks[stack].parent)
        if (!smp_report_frame_is_native(p, p->stacks[stack].frame))
            return p->stacks[stack].frame;
    return inner;
}

/* The entry of one stack; 0 where its own line ran, and nothing inside it. */
static int make_entry(struct smp_inside_entry *e, const struct smp_text *t,
                      uint32_t stack, const uint32_t *same)
{
    const struct smp_profile *p = t->profile;
    uint32_t frame = t->sift.frame_of[p->stacks[stack].frame];
    uint32_t charged = t->charged[stack];
    if (frame == charged)
        return 0;
    e->file = e->line = SMP_NONE;
    if (charged != SMP_NONE) {
        e->file = p->functions[p->frames[charged].function].file;
        e->line = p->frames[charged].line;
    } else {
        frame = python_frame(p, stack); /* whose --profile-all would show it */
    }
    e->function = same[p->frames[frame].function];
    return 1;
}

void smp_stack_add(struct smp_stack_time *to, const struct smp_stack_time *from)
{
    for (int i = 0; i < 3; i++)
        to->cpu_s[i] += from->cpu_s[i];
    to->wait_s += from->wait_s;
}

/* Makes neighbours with the same line and function one. */
static void unite(struct smp_inside *in)
{
    size_t kept = 0;
    for (size_t i = 0; i < in->count; i++) {
        struct smp_inside_entry *last = kept ? &in->entries[kept - 1] : NULL;
        if (last && by_function(last, &in->entries[i]) == 0)
            smp_stack_add(&last->time, &in->entries[i].time);
        else
            in->entries[kept++] = in->entries[i];
    }
    in->count = kept;
}

static void collect(struct smp_inside *in, const struct smp_text *t,
                    const uint32_t *same)
{
    for (uint32_t i = 1; i < t->profile->stack_count; i++) {
        const struct smp_stack_time *time = &t->stack_time[i];
        struct smp_inside_entry *e = &in->entries[in->count];
        if (smp_stack_seconds(time) <= 0 || !make_entry(e, t, i, same))
            continue;
        e->time = *time;
        in->count++;
    }
    qsort(in->entries, in->count, sizeof *in->entries, by_function);
    unite(in);
    qsort(in->entries, in->count, sizeof *in->entries, by_seconds);
}

int smp_inside_make(struct smp_inside *in, const struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    uint32_t *same = malloc((p->function_count + 1) * sizeof *same);
    *in = (struct smp_inside){
        .entries = malloc((p->stack_count + 1) * sizeof *in->entries)};
    if (!same || !in->entries || name_by_object(p, same)) {
        free(same);
        smp_inside_release(in);
        return SMP_ENOMEM;
    }
    collect(in, t, same);
    free(same);
    return 0;
}

void smp_inside_release(struct smp_inside *in)
{
    free(in->entries);
    *in = (struct smp_inside){0};
}

/* The first entry that is not before this place. */
static size_t lower_bound(const struct smp_inside *in,
                          const struct smp_inside_entry *place)
{
    size_t low = 0, high = in->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_places(&in->entries[middle], place) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct smp_inside_entry *smp_inside_find(const struct smp_inside *in,
                                               uint32_t file, uint32_t line,
                                               size_t *count)
{
    struct smp_inside_entry place = {.file = file, .line = line};
    size_t first = lower_bound(in, &place), end = first;
    while (end < in->count && compare_places(&in->entries[end], &place) == 0)
        end++;
    *count = end - first;
    return in->entries + first;
}
