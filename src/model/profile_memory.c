/* Memory's tables: merged on the way in, in bins that stay few. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/profile.h"
#include "model/profile_index.h"
#include "model/profile_rows.h"

/* Later times are nonsense, as for samples: 30,000 years. */
#define LAST_S 1e12

/* --- what the rows of each table mean --- */

static uint32_t shifted(uint32_t bin, unsigned shift)
{
    return shift < 32 ? bin >> shift : 0;
}

static void add_count(uint32_t *to, uint32_t from)
{
    uint32_t room = UINT32_MAX - *to;
    *to += from < room ? from : room;
}

#define SET_KEY(a, b, c, d, e)                                                 \
    do {                                                                       \
        k[0] = (a), k[1] = (b), k[2] = (c), k[3] = (d), k[4] = (e);            \
    } while (0)

static void allocation_key(const void *row, uint32_t k[SMP_ROW_KEY])
{
    const struct smp_allocation *a = row;
    SET_KEY(a->thread, a->stack, a->bin, a->end_bin, a->domain);
}

static void allocation_merge(void *to_row, const void *from_row)
{
    struct smp_allocation *to = to_row;
    const struct smp_allocation *from = from_row;
    add_count(&to->samples, from->samples);
    to->bytes += from->bytes;
    to->count += from->count;
    to->variance += from->variance;
    to->largest = fmax(to->largest, from->largest);
}

static void allocation_widen(void *row, unsigned shift)
{
    struct smp_allocation *a = row;
    a->bin = shifted(a->bin, shift);
    if (a->end_bin != SMP_NONE)
        a->end_bin = shifted(a->end_bin, shift);
}

static void deallocation_key(const void *row, uint32_t k[SMP_ROW_KEY])
{
    const struct smp_deallocation *d = row;
    SET_KEY(d->thread, d->stack, d->bin, 0, 0);
}

static void deallocation_merge(void *to_row, const void *from_row)
{
    struct smp_deallocation *to = to_row;
    const struct smp_deallocation *from = from_row;
    add_count(&to->samples, from->samples);
    to->bytes += from->bytes;
}

static void deallocation_widen(void *row, unsigned shift)
{
    struct smp_deallocation *d = row;
    d->bin = shifted(d->bin, shift);
}

static void high_key(const void *row, uint32_t k[SMP_ROW_KEY])
{
    const struct smp_high *h = row;
    SET_KEY(h->thread, h->stack, h->bin, h->domain, 0);
}

static void high_merge(void *to_row, const void *from_row)
{
    struct smp_high *to = to_row;
    const struct smp_high *from = from_row;
    to->bytes = fmax(to->bytes, from->bytes);
}

static void high_widen(void *row, unsigned shift)
{
    struct smp_high *h = row;
    h->bin = shifted(h->bin, shift);
}

static void copy_key(const void *row, uint32_t k[SMP_ROW_KEY])
{
    const struct smp_copy *c = row;
    SET_KEY(c->thread, c->stack, c->bin, 0, 0);
}

static void copy_merge(void *to_row, const void *from_row)
{
    struct smp_copy *to = to_row;
    const struct smp_copy *from = from_row;
    add_count(&to->samples, from->samples);
    to->bytes += from->bytes;
    to->variance += from->variance;
}

static void copy_widen(void *row, unsigned shift)
{
    struct smp_copy *c = row;
    c->bin = shifted(c->bin, shift);
}

static void footprint_key(const void *row, uint32_t k[SMP_ROW_KEY])
{
    const struct smp_footprint *f = row;
    SET_KEY(f->process, f->bin, 0, 0, 0);
}

/* The whole row of one instant, so that its numbers belong together. */
static void footprint_merge(void *to_row, const void *from_row)
{
    struct smp_footprint *to = to_row;
    const struct smp_footprint *from = from_row;
    if (from->rss > to->rss)
        *to = *from;
}

static void footprint_widen(void *row, unsigned shift)
{
    struct smp_footprint *f = row;
    f->bin = shifted(f->bin, shift);
}

#define DEFINE_TABLE(one, many)                                                \
    static struct smp_rows one##_rows(struct smp_profile *p)                   \
    {                                                                          \
        return (struct smp_rows){                                              \
            .array = (void **)&p->many,                                        \
            .count = &p->one##_count,                                          \
            .room = &p->index->one##_room,                                     \
            .map = &p->index->many,                                            \
            .size = sizeof *p->many,                                           \
            .key = one##_key,                                                  \
            .merge = one##_merge,                                              \
            .widen = one##_widen,                                              \
        };                                                                     \
    }

DEFINE_TABLE(allocation, allocations)
DEFINE_TABLE(deallocation, deallocations)
DEFINE_TABLE(high, highs)
DEFINE_TABLE(copy, copies)
DEFINE_TABLE(footprint, footprints)

/* --- the timeline --- */

static void widen(struct smp_profile *p, unsigned shift)
{
    const struct smp_rows tables[] = {allocation_rows(p), deallocation_rows(p),
                                      high_rows(p), copy_rows(p),
                                      footprint_rows(p)};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        smp_rows_widen(&tables[i], shift);
    p->memory_bin_s = ldexp(p->memory_bin_s, (int)shift);
}

/* Widens the bins until `at_s` has one, and says which. */
static uint32_t bin_at(struct smp_profile *p, double at_s)
{
    if (at_s > p->index->memory_last_s)
        p->index->memory_last_s = at_s;
    if (at_s / p->memory_bin_s >= SMP_MEMORY_BIN_LIMIT) {
        int exponent; /* ratio < 2^exponent */
        frexp(at_s / p->memory_bin_s / SMP_MEMORY_BIN_LIMIT, &exponent);
        widen(p, exponent > 0 ? (unsigned)exponent : 1);
    }
    return at_s > 0 ? (uint32_t)(at_s / p->memory_bin_s) : 0;
}

static double bins_in_use(const struct smp_profile *p)
{
    return floor(p->index->memory_last_s / p->memory_bin_s) + 1;
}

static size_t row_limit(const struct smp_profile *p)
{
    return bins_in_use(p) > SMP_MEMORY_BINS_LEAST ? SMP_MEMORY_ROW_LIMIT
                                                  : SMP_MEMORY_ROW_LIMIT_HARD;
}

/* After it a quarter of the table is free, so that merges stay rare. 0, or
 * SMP_EFULL where even one bin has too many rows. */
static int make_room(struct smp_profile *p, const struct smp_rows *r)
{
    while (*r->count > row_limit(p) / 4 * 3 && bins_in_use(p) > 1)
        widen(p, 1);
    return *r->count < row_limit(p) ? 0 : SMP_EFULL;
}

static int is_moment(double at_s)
{
    return isfinite(at_s) && at_s < LAST_S;
}

static int is_bytes(double bytes)
{
    return bytes >= 0 && bytes <= SMP_BYTES_LIMIT;
}

/* Sums of these are exact (up to 5e14), so they do not depend on the order of
 * things, what is taken off again leaves nothing, and they are short as text. */
#define BYTE_STEPS 16
#define COUNT_STEPS 256

static double on_grid(double value, double steps)
{
    return round(value * steps) / steps;
}

static int is_place(const struct smp_profile *p, uint32_t thread,
                    uint32_t stack)
{
    return thread < p->thread_count && stack < p->stack_count;
}

/* --- allocations --- */

static int is_allocation(const struct smp_profile *p,
                         const struct smp_allocation *a)
{
    return is_place(p, a->thread, a->stack) && a->domain < SMP_DOMAIN_COUNT &&
           a->samples > 0 && is_bytes(a->bytes) && is_bytes(a->count) &&
           a->variance >= 0 && isfinite(a->variance) && is_bytes(a->largest);
}

/* Adds a row that lived from born_s to died_s (NaN: it lives). */
static int add_allocation(struct smp_profile *p, double born_s, double died_s,
                          struct smp_allocation a)
{
    const struct smp_rows r = allocation_rows(p);
    uint32_t end_bin = isnan(died_s) ? SMP_NONE : bin_at(p, died_s);
    a.bin = bin_at(p, born_s);
    a.end_bin = end_bin;
    int status = smp_rows_add(&r, &a, row_limit(p));
    if (status != SMP_EFULL)
        return status;
    status = make_room(p, &r);
    return status ? status : add_allocation(p, born_s, died_s, a);
}

static void put_on_grid(struct smp_allocation *a)
{
    a->bytes = on_grid(a->bytes, BYTE_STEPS);
    a->count = on_grid(a->count, COUNT_STEPS);
    a->variance = round(a->variance);
    a->largest = round(a->largest);
}

int smp_profile_allocate(struct smp_profile *p, double born_s,
                         struct smp_allocation a)
{
    if (!is_moment(born_s) || !is_allocation(p, &a))
        return SMP_EINVAL;
    put_on_grid(&a);
    return add_allocation(p, born_s, NAN, a);
}

static uint32_t find_alive(struct smp_profile *p, double born_s,
                           struct smp_allocation a)
{
    const struct smp_rows r = allocation_rows(p);
    a.bin = bin_at(p, born_s);
    a.end_bin = SMP_NONE;
    uint32_t i = smp_rows_find(&r, &a);
    return i != SMP_MAP_NONE && p->allocations[i].samples >= a.samples
               ? i
               : SMP_MAP_NONE;
}

/* A row without samples goes whole, so that rounding leaves nothing behind. */
static void subtract(struct smp_profile *p, uint32_t i,
                     const struct smp_allocation *a)
{
    struct smp_allocation *alive = &p->allocations[i];
    const struct smp_rows r = allocation_rows(p);
    if (alive->samples == a->samples) {
        smp_rows_remove(&r, i);
        return;
    }
    alive->samples -= a->samples;
    alive->bytes = fmax(0, alive->bytes - a->bytes);
    alive->count = fmax(0, alive->count - a->count);
    alive->variance = fmax(0, alive->variance - a->variance);
}

int smp_profile_end_allocation(struct smp_profile *p, double born_s,
                               double died_s, struct smp_allocation a)
{
    if (!is_moment(born_s) || !is_moment(died_s) || !is_allocation(p, &a))
        return SMP_EINVAL;
    put_on_grid(&a);
    if (find_alive(p, born_s, a) == SMP_MAP_NONE)
        return SMP_ENOENT;
    int status = add_allocation(p, born_s, fmax(born_s, died_s), a);
    if (status)
        return status;
    uint32_t i = find_alive(p, born_s, a); /* adding may have moved it */
    if (i != SMP_MAP_NONE)
        subtract(p, i, &a);
    return 0;
}

/* --- the other tables --- */

/* Adds `row` whose bin (at `bin`, inside of row) is made from at_s. */
static int add_row(struct smp_profile *p, const struct smp_rows *r, void *row,
                   uint32_t *bin, double at_s)
{
    *bin = bin_at(p, at_s);
    int status = smp_rows_add(r, row, row_limit(p));
    if (status != SMP_EFULL)
        return status;
    status = make_room(p, r);
    return status ? status : add_row(p, r, row, bin, at_s);
}

int smp_profile_deallocate(struct smp_profile *p, double at_s,
                           struct smp_deallocation d)
{
    if (!is_moment(at_s) || !is_place(p, d.thread, d.stack) ||
        !is_bytes(d.bytes))
        return SMP_EINVAL;
    const struct smp_rows r = deallocation_rows(p);
    d.bytes = on_grid(d.bytes, BYTE_STEPS);
    return add_row(p, &r, &d, &d.bin, at_s);
}

int smp_profile_high(struct smp_profile *p, double at_s, struct smp_high h)
{
    if (!is_moment(at_s) || !is_place(p, h.thread, h.stack) ||
        h.domain >= SMP_DOMAIN_COUNT || !is_bytes(h.bytes))
        return SMP_EINVAL;
    const struct smp_rows r = high_rows(p);
    h.bytes = on_grid(h.bytes, BYTE_STEPS);
    return add_row(p, &r, &h, &h.bin, at_s);
}

int smp_profile_copy(struct smp_profile *p, double at_s, struct smp_copy c)
{
    if (!is_moment(at_s) || !is_place(p, c.thread, c.stack) ||
        !is_bytes(c.bytes) || !(c.variance >= 0) || !isfinite(c.variance))
        return SMP_EINVAL;
    const struct smp_rows r = copy_rows(p);
    c.bytes = on_grid(c.bytes, BYTE_STEPS);
    c.variance = round(c.variance);
    return add_row(p, &r, &c, &c.bin, at_s);
}

int smp_profile_footprint(struct smp_profile *p, double at_s,
                          struct smp_footprint f)
{
    if (!is_moment(at_s) || f.process >= p->process_count || !is_bytes(f.rss) ||
        !is_bytes(f.anon) || !is_bytes(f.file) || !is_bytes(f.shmem) ||
        !is_bytes(f.tracked) || !is_bytes(f.arenas) || !is_bytes(f.arena_used))
        return SMP_EINVAL;
    const struct smp_rows r = footprint_rows(p);
    f.tracked = round(f.tracked);
    f.arena_used = round(f.arena_used);
    return add_row(p, &r, &f, &f.bin, at_s);
}

int smp_profile_at_peak(struct smp_profile *p, double at_s, double peak,
                        const struct smp_at_peak *rows, size_t n)
{
    if (!is_moment(at_s) || !is_bytes(peak) || n > SMP_MEMORY_ROW_LIMIT_HARD)
        return SMP_EINVAL;
    for (size_t i = 0; i < n; i++)
        if (!is_place(p, rows[i].thread, rows[i].stack) ||
            rows[i].domain >= SMP_DOMAIN_COUNT || !is_bytes(rows[i].bytes))
            return SMP_EINVAL;
    struct smp_at_peak *copy = n ? malloc(n * sizeof *copy) : NULL;
    if (n && !copy)
        return SMP_ENOMEM;
    if (n)
        memcpy(copy, rows, n * sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i].bytes = on_grid(copy[i].bytes, BYTE_STEPS);
    free(p->at_peaks);
    p->at_peaks = copy;
    p->at_peak_count = n;
    p->peak = on_grid(peak, BYTE_STEPS);
    p->peak_s = at_s > 0 ? at_s : 0;
    return 0;
}

/* --- other stacks --- */

static void at_peak_key(const void *row, uint32_t k[SMP_ROW_KEY])
{
    const struct smp_at_peak *a = row;
    SET_KEY(a->thread, a->stack, a->domain, 0, 0);
}

static void at_peak_merge(void *to_row, const void *from_row)
{
    struct smp_at_peak *to = to_row;
    const struct smp_at_peak *from = from_row;
    add_count(&to->samples, from->samples);
    to->bytes += from->bytes;
}

static void at_peak_widen(void *row, unsigned shift)
{
    (void)row, (void)shift; /* it has no bin */
}

/* Merges rows of one key. 0 or SMP_ENOMEM. */
static int merge_equal(const struct smp_rows *r)
{
    smp_rows_widen(r, 0);
    return r->map->count < *r->count ? SMP_ENOMEM : 0;
}

static int merge_at_peaks(struct smp_profile *p)
{
    struct smp_map map = {0};
    const struct smp_rows rows = {
        .array = (void **)&p->at_peaks,
        .count = &p->at_peak_count,
        .map = &map,
        .size = sizeof *p->at_peaks,
        .key = at_peak_key,
        .merge = at_peak_merge,
        .widen = at_peak_widen,
    };
    int status = merge_equal(&rows);
    smp_map_release(&map);
    return status;
}

int smp_profile_map_stacks(struct smp_profile *p, const uint32_t *stack_of)
{
    int status = 0;
    struct smp_profile_index index = {0}, *kept = p->index;
    p->index = &index; /* of what is made here; the old one, if any, is stale */
    for (size_t i = 0; i < p->allocation_count; i++)
        p->allocations[i].stack = stack_of[p->allocations[i].stack];
    for (size_t i = 0; i < p->deallocation_count; i++)
        p->deallocations[i].stack = stack_of[p->deallocations[i].stack];
    for (size_t i = 0; i < p->copy_count; i++)
        p->copies[i].stack = stack_of[p->copies[i].stack];
    const struct smp_rows tables[] = {allocation_rows(p), deallocation_rows(p),
                                      copy_rows(p)};
    for (size_t i = 0; i < 3; i++) {
        status = merge_equal(&tables[i]) ? SMP_ENOMEM : status;
        smp_map_release(tables[i].map);
    }
    for (size_t i = 0; i < p->at_peak_count; i++)
        p->at_peaks[i].stack = stack_of[p->at_peaks[i].stack];
    status = merge_at_peaks(p) ? SMP_ENOMEM : status;
    p->index = kept;
    return status;
}

/* --- rows of several processes and threads --- */

/* Of two processes at one time: both are resident. */
static void footprint_add(void *to_row, const void *from_row)
{
    struct smp_footprint *to = to_row;
    const struct smp_footprint *from = from_row;
    to->rss += from->rss;
    to->anon += from->anon;
    to->file += from->file;
    to->shmem += from->shmem;
    to->tracked += from->tracked;
    to->arenas += from->arenas;
    to->arena_used += from->arena_used;
}

void smp_profile_merge_memory(struct smp_profile *p)
{
    struct smp_rows tables[] = {allocation_rows(p), deallocation_rows(p),
                                high_rows(p), copy_rows(p), footprint_rows(p)};
    tables[4].merge = footprint_add;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        smp_rows_widen(&tables[i], 0);
    merge_at_peaks(p);
}
