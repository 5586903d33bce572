/* Memory's tables in "facts", and its stacks. */
#include <stdlib.h>

#include "base/status.h"
#include "report/json_write.h"

#define STACK_LIMIT 100 /* as for time */

static void put_allocations(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_allocation *all = p->allocations;
    size_t n = p->allocation_count;
    smp_json_open(b, "allocations", '{');
    SMP_JSON_INDEXES(b, "thread", struct smp_allocation, all, n, thread);
    SMP_JSON_INDEXES(b, "stack", struct smp_allocation, all, n, stack);
    SMP_JSON_INDEXES(b, "bin", struct smp_allocation, all, n, bin);
    SMP_JSON_INDEXES(b, "end_bin", struct smp_allocation, all, n, end_bin);
    SMP_JSON_INDEXES(b, "domain", struct smp_allocation, all, n, domain);
    SMP_JSON_COLUMN(b, "samples", struct smp_allocation, all, n,
                    smp_json_int(b, NULL, it->samples));
    SMP_JSON_EXACTS(b, "bytes", struct smp_allocation, all, n, bytes);
    SMP_JSON_EXACTS(b, "count", struct smp_allocation, all, n, count);
    SMP_JSON_EXACTS(b, "variance", struct smp_allocation, all, n, variance);
    SMP_JSON_EXACTS(b, "largest", struct smp_allocation, all, n, largest);
    smp_json_close(b, '}');
}

static void put_deallocations(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_deallocation *all = p->deallocations;
    size_t n = p->deallocation_count;
    smp_json_open(b, "deallocations", '{');
    SMP_JSON_INDEXES(b, "thread", struct smp_deallocation, all, n, thread);
    SMP_JSON_INDEXES(b, "stack", struct smp_deallocation, all, n, stack);
    SMP_JSON_INDEXES(b, "bin", struct smp_deallocation, all, n, bin);
    SMP_JSON_COLUMN(b, "samples", struct smp_deallocation, all, n,
                    smp_json_int(b, NULL, it->samples));
    SMP_JSON_EXACTS(b, "bytes", struct smp_deallocation, all, n, bytes);
    smp_json_close(b, '}');
}

static void put_highs(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_high *all = p->highs;
    size_t n = p->high_count;
    smp_json_open(b, "highs", '{');
    SMP_JSON_INDEXES(b, "thread", struct smp_high, all, n, thread);
    SMP_JSON_INDEXES(b, "stack", struct smp_high, all, n, stack);
    SMP_JSON_INDEXES(b, "bin", struct smp_high, all, n, bin);
    SMP_JSON_INDEXES(b, "domain", struct smp_high, all, n, domain);
    SMP_JSON_EXACTS(b, "bytes", struct smp_high, all, n, bytes);
    smp_json_close(b, '}');
}

static void put_at_peaks(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_at_peak *all = p->at_peaks;
    size_t n = p->at_peak_count;
    smp_json_open(b, "at_peaks", '{');
    SMP_JSON_INDEXES(b, "thread", struct smp_at_peak, all, n, thread);
    SMP_JSON_INDEXES(b, "stack", struct smp_at_peak, all, n, stack);
    SMP_JSON_INDEXES(b, "domain", struct smp_at_peak, all, n, domain);
    SMP_JSON_COLUMN(b, "samples", struct smp_at_peak, all, n,
                    smp_json_int(b, NULL, it->samples));
    SMP_JSON_EXACTS(b, "bytes", struct smp_at_peak, all, n, bytes);
    smp_json_close(b, '}');
}

static void put_copies(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_copy *all = p->copies;
    size_t n = p->copy_count;
    smp_json_open(b, "copies", '{');
    SMP_JSON_INDEXES(b, "thread", struct smp_copy, all, n, thread);
    SMP_JSON_INDEXES(b, "stack", struct smp_copy, all, n, stack);
    SMP_JSON_INDEXES(b, "bin", struct smp_copy, all, n, bin);
    SMP_JSON_COLUMN(b, "samples", struct smp_copy, all, n,
                    smp_json_int(b, NULL, it->samples));
    SMP_JSON_EXACTS(b, "bytes", struct smp_copy, all, n, bytes);
    SMP_JSON_EXACTS(b, "variance", struct smp_copy, all, n, variance);
    smp_json_close(b, '}');
}

static void put_footprints(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_footprint *all = p->footprints;
    size_t n = p->footprint_count;
    smp_json_open(b, "footprints", '{');
    SMP_JSON_INDEXES(b, "process", struct smp_footprint, all, n, process);
    SMP_JSON_INDEXES(b, "bin", struct smp_footprint, all, n, bin);
    SMP_JSON_EXACTS(b, "rss", struct smp_footprint, all, n, rss);
    SMP_JSON_EXACTS(b, "anon", struct smp_footprint, all, n, anon);
    SMP_JSON_EXACTS(b, "file", struct smp_footprint, all, n, file);
    SMP_JSON_EXACTS(b, "shmem", struct smp_footprint, all, n, shmem);
    SMP_JSON_EXACTS(b, "tracked", struct smp_footprint, all, n, tracked);
    SMP_JSON_EXACTS(b, "arenas", struct smp_footprint, all, n, arenas);
    SMP_JSON_EXACTS(b, "arena_used", struct smp_footprint, all, n, arena_used);
    smp_json_close(b, '}');
}

void smp_json_memory_facts(const struct smp_json_writer *w)
{
    struct smp_buf *b = w->out;
    const struct smp_profile *p = w->facts;
    if (!p->memory)
        return;
    smp_json_exact(b, "memory_bin_s", p->memory_bin_s);
    smp_json_exact(b, "peak_bytes", p->peak);
    smp_json_exact(b, "peak_s", p->peak_s);
    smp_json_open(b, "domains", '[');
    for (int i = 0; i < SMP_DOMAIN_COUNT; i++)
        smp_json_text(b, NULL, smp_domain_name((enum smp_domain)i));
    smp_json_close(b, ']');
    put_allocations(b, p);
    put_deallocations(b, p);
    put_highs(b, p);
    put_at_peaks(b, p);
    put_copies(b, p);
    put_footprints(b, p);
}

/* --- memory_stacks: those that matter most, in the shape of "stacks" --- */

struct heavy_stack {
    uint32_t stack;
    struct smp_memory_cost cost; /* what adds up of it */
};

static int compare_stacks(const void *left, const void *right)
{
    const struct heavy_stack *a = left, *b = right;
    const double mine[] = {a->cost.at_peak_bytes, a->cost.live_bytes,
                           a->cost.alloc_bytes};
    const double other[] = {b->cost.at_peak_bytes, b->cost.live_bytes,
                            b->cost.alloc_bytes};
    for (int i = 0; i < 3; i++)
        if (mine[i] != other[i])
            return mine[i] > other[i] ? -1 : 1;
    return a->stack < b->stack ? -1 : a->stack > b->stack;
}

static void add_site(struct smp_memory_cost *to,
                     const struct smp_memory_cost *from)
{
    to->samples += from->samples;
    to->alloc_count += from->alloc_count;
    to->alloc_bytes += from->alloc_bytes;
    to->live_bytes += from->live_bytes;
    to->at_peak_bytes += from->at_peak_bytes;
    to->python_alloc_bytes += from->python_alloc_bytes;
}

static void put_stack(const struct smp_json_writer *w,
                      const struct heavy_stack *s)
{
    smp_json_open(w->out, NULL, '[');
    smp_json_stack_frames(w, s->stack);
    smp_json_open(w->out, NULL, '{');
    smp_json_int(w->out, "count", (int64_t)s->cost.samples);
    smp_json_bytes(w->out, "alloc_count", s->cost.alloc_count);
    smp_json_bytes(w->out, "alloc_bytes", s->cost.alloc_bytes);
    smp_json_bytes(w->out, "python_alloc_bytes", s->cost.python_alloc_bytes);
    smp_json_bytes(w->out, "live_bytes", s->cost.live_bytes);
    if (w->v->has_peak)
        smp_json_bytes(w->out, "at_peak_bytes", s->cost.at_peak_bytes);
    smp_json_close(w->out, '}');
    smp_json_close(w->out, ']');
}

static void put_stacks(const struct smp_json_writer *w, const uint32_t *same,
                       struct heavy_stack *all)
{
    size_t n = w->p->stack_count;
    for (uint32_t i = 0; i < n; i++)
        all[i].stack = i;
    for (size_t i = 0; i < w->v->memory_site_count; i++) {
        const struct smp_memory_site *s = &w->v->memory_sites[i];
        add_site(&all[same[s->stack]].cost, &s->cost);
    }
    qsort(all, n, sizeof *all, compare_stacks);
    smp_json_open(w->out, "memory_stacks", '[');
    for (size_t i = 0; i < n && i < STACK_LIMIT; i++)
        if (all[i].stack && all[i].cost.alloc_bytes > 0)
            put_stack(w, &all[i]);
    smp_json_close(w->out, ']');
}

int smp_json_memory_stacks(const struct smp_json_writer *w)
{
    size_t n = w->p->stack_count;
    if (!w->v->has_memory)
        return 0;
    uint32_t *same = calloc(n, sizeof *same);
    struct heavy_stack *all = calloc(n, sizeof *all);
    int status = same && all ? smp_json_same_stacks(w->p, same) : SMP_ENOMEM;
    if (!status)
        put_stacks(w, same, all);
    free(same);
    free(all);
    return status;
}
