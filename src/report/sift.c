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

static void keep_samples(struct smp_sift *s, const struct smp_profile *p,
                         const struct smp_filter *f, enum smp_sift_order order)
{
    for (size_t i = 0; i < p->sample_count; i++) {
        if (!smp_filter_keeps(p, f, &p->samples[i]))
            continue;
        struct smp_sample *it = &s->samples[s->count++];
        *it = p->samples[i];
        it->stack = s->stack_of[it->stack];
        if (order == SMP_SIFT_BY_STACK)
            it->bin = 0;
    }
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
        .samples = calloc(p->sample_count + 1, sizeof *made.samples)};
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
