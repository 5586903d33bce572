/* Samples: merged on the way in, on a timeline whose bins stay few. */
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "model/profile.h"
#include "model/profile_index.h"

/* After a merge this much of SMP_SAMPLE_LIMIT is free at least, so that merges
 * stay rare and adding stays fast. */
#define KEEP_AFTER_MERGE (SMP_SAMPLE_LIMIT / 4 * 3)

/* Later times are nonsense (and would overflow bin_s): 30,000 years. */
#define LAST_S 1e12

static uint64_t sample_key_hash(const struct smp_sample *s)
{
    uint64_t a = (uint64_t)s->stack << 32 | s->thread;
    uint64_t b = (uint64_t)s->bin << 32 | (uint32_t)s->kind << 1 | s->gc;
    uint64_t h = (a ^ (a >> 29)) * 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 32) ^ b) * 0xbf58476d1ce4e5b9u;
    h ^= h >> 31;
    return h ? h : 1;
}

static uint64_t sample_hash(const struct smp_profile *p, uint32_t i)
{
    return sample_key_hash(&p->samples[i]);
}

static int sample_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_sample *a = key;
    const struct smp_sample *b =
        &((const struct smp_profile *)context)->samples[value];
    return a->thread == b->thread && a->stack == b->stack && a->bin == b->bin &&
           a->kind == b->kind && a->gc == b->gc;
}

static void merge_into(struct smp_sample *to, const struct smp_sample *from)
{
    uint32_t room = UINT32_MAX - to->count;
    to->count += from->count < room ? from->count : room;
    to->seconds += from->seconds;
}

/* Halves the timeline `shift` times: bins fall together, and so do the samples
 * that then have the same key. In place: what is kept moves to the front. The
 * map stays usable if memory lacks (some merges are then missed). */
static void merge_bins(struct smp_profile *p, unsigned shift)
{
    struct smp_map *m = &p->index->samples;
    size_t kept = 0;
    smp_map_release(m);
    for (size_t i = 0; i < p->sample_count; i++) {
        struct smp_sample s = p->samples[i];
        s.bin = shift < 32 ? s.bin >> shift : 0;
        uint64_t hash = sample_key_hash(&s);
        uint32_t found = smp_map_find(m, hash, &s, sample_equal, p);
        if (found != SMP_MAP_NONE) {
            merge_into(&p->samples[found], &s);
            continue;
        }
        p->samples[kept] = s;
        if (m->count == kept)
            smp_map_put(m, hash, (uint32_t)kept); /* else caught up later */
        kept++;
    }
    p->sample_count = kept;
    p->bin_s = ldexp(p->bin_s, (int)shift);
}

void smp_profile_merge_samples(struct smp_profile *p)
{
    merge_bins(p, 0);
}

static int fits(const struct smp_profile *p, double at_s)
{
    return at_s / p->bin_s < SMP_BIN_LIMIT;
}

/* Widens the bins until `at_s` has one. */
static void reach(struct smp_profile *p, double at_s)
{
    if (fits(p, at_s))
        return;
    int exponent;
    frexp(at_s / p->bin_s / SMP_BIN_LIMIT, &exponent); /* ratio < 2^exponent */
    merge_bins(p, exponent > 0 ? (unsigned)exponent : 1);
}

static int in_one_bin(const struct smp_profile *p)
{
    for (size_t i = 0; i < p->sample_count; i++)
        if (p->samples[i].bin)
            return 0;
    return 1;
}

static int make_room(struct smp_profile *p)
{
    if (p->sample_count < SMP_SAMPLE_LIMIT)
        return 0;
    if (p->bin_s <= p->index->full_bin_s) /* known without a look at all */
        return SMP_EFULL;
    while (p->sample_count > KEEP_AFTER_MERGE && !in_one_bin(p))
        merge_bins(p, 1);
    if (p->sample_count < SMP_SAMPLE_LIMIT)
        return 0;
    p->index->full_bin_s = p->bin_s;
    return SMP_EFULL;
}

static int append(struct smp_profile *p, uint64_t hash, struct smp_sample s)
{
    struct smp_profile_index *index = p->index;
    if (smp_profile_grow((void **)&p->samples, &index->sample_room,
                         p->sample_count, sizeof *p->samples) ||
        smp_map_put(&index->samples, hash, (uint32_t)p->sample_count))
        return SMP_ENOMEM;
    p->samples[p->sample_count++] = s;
    return 0;
}

static int is_usable(const struct smp_profile *p, double at_s,
                     const struct smp_sample *s)
{
    return s->thread < p->thread_count && s->stack < p->stack_count &&
           s->kind < SMP_KIND_COUNT && isfinite(at_s) && at_s < LAST_S &&
           s->seconds >= 0 && s->seconds <= SMP_TIME_LIMIT_S;
}

int smp_profile_add(struct smp_profile *p, double at_s, struct smp_sample s)
{
    struct smp_map *m = &p->index->samples;
    if (!is_usable(p, at_s, &s))
        return SMP_EINVAL;
    s.gc = s.gc != 0;
    reach(p, at_s);
    s.bin = at_s > 0 ? (uint32_t)(at_s / p->bin_s) : 0;
    if (smp_profile_catch_up(m, p, p->sample_count, sample_hash))
        return SMP_ENOMEM;
    uint64_t hash = sample_key_hash(&s);
    uint32_t found = smp_map_find(m, hash, &s, sample_equal, p);
    if (found != SMP_MAP_NONE) {
        merge_into(&p->samples[found], &s);
        return 0;
    }
    if (p->sample_count < SMP_SAMPLE_LIMIT)
        return append(p, hash, s);
    int status = make_room(p);
    return status ? status : smp_profile_add(p, at_s, s);
}
