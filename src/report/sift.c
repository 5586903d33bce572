/* Sifting samples. */
#include "report/sift.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/status.h"

/* What makes two frames, or two stacks, read the same. */
struct pair {
    uint32_t first, second; /* function and line; or parent and frame */
};

struct finder {
    struct smp_map map;
    struct pair *pairs; /* by index */
};

static int pair_equal(const void *context, const void *key, uint32_t value)
{
    const struct pair *a = key;
    const struct pair *b = &((const struct finder *)context)->pairs[value];
    return a->first == b->first && a->second == b->second;
}

/* The first index that has this pair: `index` itself where it is new. */
static int first_of(struct finder *f, struct pair pair, uint32_t index,
                    uint32_t *first)
{
    uint64_t hash = smp_hash_bytes(&pair, sizeof pair);
    f->pairs[index] = pair;
    *first = smp_map_find(&f->map, hash, &pair, pair_equal, f);
    if (*first != SMP_MAP_NONE)
        return 0;
    *first = index;
    return smp_map_put(&f->map, hash, index);
}

static int unite_frames(struct smp_sift *s, const struct smp_profile *p)
{
    struct finder f = {.pairs = calloc(p->frame_count + 1, sizeof *f.pairs)};
    int status = f.pairs ? 0 : SMP_ENOMEM;
    for (uint32_t i = 0; !status && i < p->frame_count; i++) {
        struct pair pair = {p->frames[i].function, p->frames[i].line};
        status = first_of(&f, pair, i, &s->frame_of[i]);
    }
    smp_map_release(&f.map);
    free(f.pairs);
    return status;
}

static int unite_stacks(struct smp_sift *s, const struct smp_profile *p)
{
    struct finder f = {.pairs = calloc(p->stack_count + 1, sizeof *f.pairs)};
    int status = f.pairs ? 0 : SMP_ENOMEM;
    for (uint32_t i = 1; !status && i < p->stack_count; i++) {
        struct pair pair = {s->stack_of[p->stacks[i].parent],
                            s->frame_of[p->stacks[i].frame]};
        status = first_of(&f, pair, i, &s->stack_of[i]);
    }
    smp_map_release(&f.map);
    free(f.pairs);
    return status;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_kinds(const struct smp_sample *a, const struct smp_sample *b)
{
    int order = compare_numbers(a->kind, b->kind);
    return order ? order : compare_numbers(a->gc, b->gc);
}

static int by_time(const void *left, const void *right)
{
    const struct smp_sample *a = left, *b = right;
    int order = compare_numbers(a->thread, b->thread);
    order = order ? order : compare_numbers(a->bin, b->bin);
    order = order ? order : compare_numbers(a->stack, b->stack);
    return order ? order : compare_kinds(a, b);
}

static int by_stack(const void *left, const void *right)
{
    const struct smp_sample *a = left, *b = right;
    int order = compare_numbers(a->thread, b->thread);
    order = order ? order : compare_numbers(a->stack, b->stack);
    return order ? order : compare_kinds(a, b);
}

static int has_metric(const struct smp_filter *f, const struct smp_sample *s)
{
    int cpu = SMP_KIND_IS_CPU(s->kind);
    return f->metric == SMP_METRIC_TIME || cpu == (f->metric == SMP_METRIC_CPU);
}

static void keep_times(struct smp_sift *s, const struct smp_profile *p,
                       const struct smp_filter *f)
{
    for (size_t i = 0; i < p->sample_count; i++)
        if (smp_filter_keeps(p, f, &p->samples[i]) &&
            has_metric(f, &p->samples[i]))
            s->samples[s->count++] = p->samples[i];
}

static void keep_bytes(struct smp_sift *s, uint32_t thread, uint32_t stack,
                       uint32_t bin, uint8_t domain, uint32_t count,
                       double bytes)
{
    s->samples[s->count++] =
        (struct smp_sample){.thread = thread,
                            .stack = stack,
                            .bin = bin,
                            .kind = domain == SMP_DOMAIN_PYTHON
                                        ? SMP_KIND_PYTHON
                                        : SMP_KIND_NATIVE,
                            .count = count,
                            .seconds = bytes};
}

/* Alive at the end of the filter's time range. */
static int is_alive(const struct smp_profile *p, const struct smp_filter *f,
                    const struct smp_allocation *a)
{
    return a->end_bin == SMP_NONE ||
           (f->to_s > 0 && (a->end_bin + 0.5) * p->memory_bin_s >= f->to_s);
}

static void keep_allocations(struct smp_sift *s, const struct smp_profile *p,
                             const struct smp_filter *f)
{
    for (size_t i = 0; i < p->allocation_count; i++) {
        const struct smp_allocation *a = &p->allocations[i];
        if (smp_filter_keeps_thread(p, f, a->thread) &&
            smp_filter_keeps_bin(f, a->bin, p->memory_bin_s) &&
            (f->metric == SMP_METRIC_ALLOC || is_alive(p, f, a)))
            keep_bytes(s, a->thread, a->stack, a->bin, a->domain, a->samples,
                       a->bytes);
    }
}

static void keep_peak(struct smp_sift *s, const struct smp_profile *p,
                      const struct smp_filter *f)
{
    if (p->peak_s < f->from_s || (f->to_s > 0 && p->peak_s >= f->to_s))
        return;
    for (size_t i = 0; i < p->at_peak_count; i++) {
        const struct smp_at_peak *a = &p->at_peaks[i];
        if (smp_filter_keeps_thread(p, f, a->thread))
            keep_bytes(s, a->thread, a->stack, 0, a->domain, a->samples,
                       a->bytes);
    }
}

static void keep_copies(struct smp_sift *s, const struct smp_profile *p,
                        const struct smp_filter *f)
{
    for (size_t i = 0; i < p->copy_count; i++) {
        const struct smp_copy *c = &p->copies[i];
        if (smp_filter_keeps_thread(p, f, c->thread) &&
            smp_filter_keeps_bin(f, c->bin, p->memory_bin_s))
            keep_bytes(s, c->thread, c->stack, c->bin, SMP_DOMAIN_NATIVE,
                       c->samples, c->bytes);
    }
}

static void keep_samples(struct smp_sift *s, const struct smp_profile *p,
                         const struct smp_filter *f, enum smp_sift_order order)
{
    if (f->metric == SMP_METRIC_COPY)
        keep_copies(s, p, f);
    else if (f->metric == SMP_METRIC_PEAK)
        keep_peak(s, p, f);
    else if (SMP_METRIC_IS_BYTES(f->metric))
        keep_allocations(s, p, f);
    else
        keep_times(s, p, f);
    for (size_t i = 0; i < s->count; i++) {
        s->samples[i].stack = s->stack_of[s->samples[i].stack];
        if (order == SMP_SIFT_BY_STACK)
            s->samples[i].bin = 0;
    }
}

/* Rows that a filter can keep at most. */
static size_t most_rows(const struct smp_profile *p, enum smp_metric metric)
{
    return metric == SMP_METRIC_COPY     ? p->copy_count
           : metric == SMP_METRIC_PEAK   ? p->at_peak_count
           : SMP_METRIC_IS_BYTES(metric) ? p->allocation_count
                                         : p->sample_count;
}

/* Adds up neighbours that are equal, which sorting has brought together. */
static void merge_neighbours(struct smp_sift *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct smp_sample *last = kept ? &s->samples[kept - 1] : NULL;
        if (last && by_time(last, &s->samples[i]) == 0) {
            last->seconds += s->samples[i].seconds;
            last->count += s->samples[i].count;
        } else {
            s->samples[kept++] = s->samples[i];
        }
    }
    s->count = kept;
}

int smp_sift_make(struct smp_sift *s, const struct smp_profile *p,
                  const struct smp_filter *f, enum smp_sift_order order)
{
    struct smp_sift made = {
        .frame_of = calloc(p->frame_count + 1, sizeof *made.frame_of),
        .stack_of = calloc(p->stack_count + 1, sizeof *made.stack_of),
        .samples = calloc(most_rows(p, f->metric) + 1, sizeof *made.samples)};
    if (!made.frame_of || !made.stack_of || !made.samples ||
        unite_frames(&made, p) || unite_stacks(&made, p)) {
        smp_sift_release(&made);
        return SMP_ENOMEM;
    }
    keep_samples(&made, p, f, order);
    qsort(made.samples, made.count, sizeof *made.samples,
          order == SMP_SIFT_BY_STACK ? by_stack : by_time);
    merge_neighbours(&made);
    *s = made;
    return 0;
}

void smp_sift_release(struct smp_sift *s)
{
    free(s->frame_of);
    free(s->stack_of);
    free(s->samples);
    *s = (struct smp_sift){0};
}

static size_t depth_of(const struct smp_profile *p, uint32_t stack)
{
    size_t n = 0;
    for (; stack; stack = p->stacks[stack].parent)
        n++;
    return n;
}

size_t smp_sift_frames(const struct smp_sift *s, const struct smp_profile *p,
                       uint32_t stack, uint32_t *frames)
{
    size_t n = depth_of(p, stack);
    for (size_t i = n; i > 0; i--) {
        frames[i - 1] = s->frame_of[p->stacks[stack].frame];
        stack = p->stacks[stack].parent;
    }
    return n;
}

size_t smp_sift_depth(const struct smp_profile *p)
{
    size_t deepest = 0;
    for (uint32_t i = 1; i < p->stack_count; i++) {
        size_t n = depth_of(p, i);
        if (n > deepest)
            deepest = n;
    }
    return deepest + 1;
}
