/* links: tests/unit/test_collector_code.c */
/* Memory's records to the profile: weights, ends, parts, the peak, and records
 * that lie. */
#include "check.h"
#include "no_native.h"
#include "records.h"

#define TID 77
#define R 65536
#define MB 1e6

/* What a record says; times in ms since the profile's start. */
struct memory_text {
    enum smp_record_type type;
    double at_ms;
    uint64_t id, bytes, stands_for;
    int32_t tid;            /* 0: TID */
    uint32_t code;          /* of its one frame */
    uint32_t frames, stack; /* as the record claims; frames 0: 1 */
    unsigned domain;
};

static struct smp_record_memory *write_memory(struct world *w,
                                              struct memory_text t)
{
    struct smp_record_frame frame = {t.code, 0};
    struct smp_record_memory *r =
        (struct smp_record_memory *)smp_ring_reserve(w->i.ring,
                                                     sizeof *r + sizeof frame,
                                                     t.type);
    r->time_ns = w->c.start_ns + (uint64_t)(t.at_ms * 1e6);
    r->id = t.id;
    r->bytes = t.bytes;
    r->stands_for = t.stands_for;
    r->anchor = 0;
    r->tid = t.tid ? t.tid : TID;
    r->frame_count = t.frames ? t.frames : 1;
    r->stack_bytes = t.stack;
    r->flags = SMP_SAMPLE_PYTHON;
    r->domain = (uint8_t)t.domain;
    r->reserved = 0;
    memcpy(r + 1, &frame, sizeof frame);
    smp_ring_commit(w->i.ring, &r->head);
    return r;
}

/* Bytes: one block of R at most is sampled. */
static uint64_t stands_for(uint64_t bytes)
{
    return bytes < (uint64_t)R ? (uint64_t)R : bytes;
}

static void allocate(struct world *w, double at_ms, uint64_t id, uint64_t bytes,
                     uint32_t code)
{
    write_memory(w, (struct memory_text){.type = SMP_RECORD_ALLOC,
                                         .at_ms = at_ms,
                                         .id = id,
                                         .bytes = bytes,
                                         .stands_for = stands_for(bytes),
                                         .code = code});
}

static void release(struct world *w, double at_ms, uint64_t id, uint64_t bytes,
                    uint32_t code)
{
    write_memory(w, (struct memory_text){.type = SMP_RECORD_FREE,
                                         .at_ms = at_ms,
                                         .id = id,
                                         .bytes = bytes,
                                         .code = code});
}

static struct world *begin(void)
{
    struct world *w = world_make();
    w->options.memory = 1;
    write_code(w, 0, "first");
    write_code(w, 1, "second");
    return w;
}

static double weight(double bytes)
{
    return (double)stands_for((uint64_t)bytes);
}

/* Bytes of the rows of a function that are alive (or freed). */
static double rows_of(const struct smp_profile *p, const char *name, int alive)
{
    double sum = 0;
    for (size_t n = 0; n < p->allocation_count; n++) {
        const struct smp_allocation *a = &p->allocations[n];
        if ((a->end_bin == SMP_NONE) == alive &&
            !strcmp(names_of(p, a->stack), name))
            sum += a->bytes;
    }
    return sum;
}

static double peak_of(const struct smp_profile *p, const char *name)
{
    double sum = 0;
    for (size_t n = 0; n < p->at_peak_count; n++)
        if (!strcmp(names_of(p, p->at_peaks[n].stack), name))
            sum += p->at_peaks[n].bytes;
    return sum;
}

static struct smp_profile *finish(struct world *w)
{
    drain(w);
    struct smp_profile *p = world_end(w);
    smp_heap_finish(&w->c);
    CHECK(smp_profile_is_valid(p));
    return p;
}

static void test_a_sample_stands_for_its_kind(void)
{
    struct world *w = begin();
    allocate(w, 1, 1, 100, 0);
    allocate(w, 2, 2, 10 << 20, 1);
    const struct smp_profile *p = finish(w);
    CHECK_NEAR(rows_of(p, "first", 1), weight(100), 0.05);
    CHECK_NEAR(rows_of(p, "second", 1), 10 << 20, 1e-3);
    for (size_t n = 0; n < p->allocation_count; n++) {
        const struct smp_allocation *a = &p->allocations[n];
        int small = a->bytes < MB;
        double s = small ? 100 : 10 << 20, prob = small ? s / R : 1;
        CHECK_NEAR(a->count, 1 / prob, 0.005);
        CHECK_NEAR(a->variance, s * s * (1 - prob) / prob / prob, 1);
        CHECK_NEAR(a->largest, s, 0);
        CHECK_INT(a->samples, 1);
    }
    world_drop(w);
}

static void test_an_end_goes_to_both_lines(void)
{
    struct world *w = begin();
    allocate(w, 1, 1, 1 << 20, 0);
    release(w, 50, 1, 0, 1);
    release(w, 60, 1, 0, 1);  /* what is gone is gone */
    release(w, 70, 99, 0, 1); /* of the process before a fork */
    const struct smp_profile *p = finish(w);
    CHECK_NEAR(rows_of(p, "first", 1), 0, 0);
    CHECK_NEAR(rows_of(p, "first", 0), 1 << 20, 1);
    if (CHECK_INT(p->deallocation_count, 1)) {
        CHECK_STR(names_of(p, p->deallocations[0].stack), "second");
        CHECK_NEAR(p->deallocations[0].bytes, 1 << 20, 1);
    }
    CHECK_INT(p->ledger.records_damaged, 0);
    world_drop(w);
}

static void test_a_part_of_a_mapping_goes(void)
{
    struct world *w = begin();
    allocate(w, 1, 1, 40 << 20, 0);
    release(w, 20, 1, 10 << 20, 1);
    release(w, 30, 1, 10 << 20, 1);
    const struct smp_profile *p = w->c.profile;
    drain(w);
    CHECK_NEAR(rows_of(p, "first", 1), 20 << 20, 1);
    CHECK_NEAR(rows_of(p, "first", 0), 20 << 20, 1);
    CHECK_NEAR(w->c.heaps.alive, 20 << 20, 1);
    release(w, 40, 1, 0, 1);
    finish(w);
    CHECK_NEAR(rows_of(p, "first", 1), 0, 1);
    CHECK_NEAR(rows_of(p, "first", 0), 40 << 20, 1);
    double count = 0;
    for (size_t n = 0; n < p->allocation_count; n++)
        count += p->allocations[n].count;
    CHECK_NEAR(count, 1, 1e-9); /* parts are no allocations */
    world_drop(w);
}

/* The high-water set is that of one instant, not each site's own best. */
static void test_the_peak_is_one_instant(void)
{
    struct world *w = begin();
    allocate(w, 1, 1, 3 << 20, 0);
    release(w, 10, 1, 0, 0); /* a first, lower peak: 3 */
    allocate(w, 20, 2, 2 << 20, 0);
    allocate(w, 30, 3, 4 << 20, 1); /* the peak: 6 */
    release(w, 40, 3, 0, 0);
    allocate(w, 50, 4, 3 << 20, 0); /* 5 */
    release(w, 60, 2, 0, 0);
    release(w, 70, 4, 0, 0);
    const struct smp_profile *p = finish(w);
    CHECK_NEAR(p->peak, 6 << 20, 1);
    CHECK_NEAR(p->peak_s, 0.030, 1e-9);
    CHECK_NEAR(peak_of(p, "first"), 2 << 20, 1);
    CHECK_NEAR(peak_of(p, "second"), 4 << 20, 1);
    CHECK_NEAR(p->processes[0].peak, 6 << 20, 1);
    world_drop(w);
}

static void test_a_peak_at_the_very_end(void)
{
    struct world *w = begin();
    allocate(w, 1, 1, 1 << 20, 0);
    release(w, 2, 1, 0, 0);
    allocate(w, 3, 2, 5 << 20, 1);
    const struct smp_profile *p = finish(w);
    CHECK_NEAR(p->peak, 5 << 20, 1);
    CHECK_NEAR(peak_of(p, "second"), 5 << 20, 1);
    CHECK_NEAR(peak_of(p, "first"), 0, 0);
    /* It was alive when the process ended, and counts so. */
    CHECK_NEAR(rows_of(p, "second", 1), 5 << 20, 1);
    world_drop(w);
}

static void test_a_site_has_a_high_in_each_bin(void)
{
    struct world *w = begin();
    allocate(w, 1, 1, 1 << 20, 0);
    allocate(w, 2, 2, 2 << 20, 0);
    release(w, 3, 1, 0, 0);
    release(w, 500, 2, 0, 0); /* in a later bin: 2 until then */
    const struct smp_profile *p = finish(w);
    double early = 0, late = 0;
    for (size_t n = 0; n < p->high_count; n++) {
        double *to = p->highs[n].bin ? &late : &early;
        *to = fmax(*to, p->highs[n].bytes);
    }
    CHECK_NEAR(early, 3 << 20, 1);
    CHECK_NEAR(late, 2 << 20, 1);
    world_drop(w);
}

/* What lives for a moment makes no peak of all that it stands for; what stays
 * does. */
static void test_a_moment_makes_no_peak(void)
{
    struct world *w = begin();
    allocate(w, 1, 1, 100, 0);
    release(w, 2, 1, 0, 0);
    allocate(w, 20, 2, 300, 1);
    allocate(w, 40, 3, 8 << 20, 1); /* by now the one before is old */
    release(w, 41, 3, 0, 1);
    release(w, 42, 2, 0, 1);
    const struct smp_profile *p = finish(w);
    CHECK_NEAR(p->peak, (8 << 20) + weight(300), 1);
    double most = 0;
    for (size_t n = 0; n < p->high_count; n++)
        if (!strcmp(names_of(p, p->highs[n].stack), "first"))
            most = fmax(most, p->highs[n].bytes);
    CHECK_NEAR(most, 100, 1e-6);
    CHECK_NEAR(rows_of(p, "first", 0), weight(100),
               0.05); /* and all of it here */
    world_drop(w);
}

static void test_copies(void)
{
    struct world *w = begin();
    write_memory(w, (struct memory_text){.type = SMP_RECORD_COPY,
                                         .at_ms = 5,
                                         .bytes = 1000,
                                         .stands_for = stands_for(1000),
                                         .code = 1});
    const struct smp_profile *p = finish(w);
    if (CHECK_INT(p->copy_count, 1)) {
        CHECK_NEAR(p->copies[0].bytes, weight(1000), 0.05);
        CHECK_STR(names_of(p, p->copies[0].stack), "second");
    }
    world_drop(w);
}

/* A thread frees what is its own a little after it has said that it ends. */
static void test_last_words_make_no_thread(void)
{
    struct world *w = begin();
    write_thread(w, SMP_RECORD_THREAD_START, TID, 0, 0, "worker");
    allocate(w, 1, 1, 1 << 20, 0);
    write_thread(w, SMP_RECORD_THREAD_END, TID, 10, 5, NULL);
    release(w, 11, 1, 0, 0);
    const struct smp_profile *p = finish(w);
    CHECK_INT(p->thread_count, 1);
    if (CHECK_INT(p->deallocation_count, 1))
        CHECK_INT(p->deallocations[0].thread, thread_of(p, TID));
    world_drop(w);
}

static void test_the_same_frames_are_the_same_stack(void)
{
    struct world *w = begin();
    for (int n = 0; n < 50; n++)
        allocate(w, n, (uint64_t)n + 1, 1 << 20, (uint32_t)n % 2);
    const struct smp_profile *p = finish(w);
    CHECK_NEAR(rows_of(p, "first", 1), 25 << 20, 10);
    CHECK_NEAR(rows_of(p, "second", 1), 25 << 20, 10);
    world_drop(w);
}

/* Frames whose definition comes later are not remembered as none. */
static void test_a_code_that_comes_late(void)
{
    struct world *w = begin();
    allocate(w, 1, 1, 1 << 20, 5);
    drain(w);
    write_code(w, 5, "late");
    allocate(w, 2, 2, 2 << 20, 5);
    const struct smp_profile *p = finish(w);
    CHECK_NEAR(rows_of(p, "late", 1), 2 << 20, 1);
    world_drop(w);
}

static void test_records_that_lie(void)
{
    static const struct memory_text lies[] = {
        {.type = SMP_RECORD_ALLOC, .id = 0, .bytes = 1, .stands_for = R},
        {.type = SMP_RECORD_ALLOC, .id = 9, .bytes = 0, .stands_for = R},
        {.type = SMP_RECORD_ALLOC, .id = 9, .bytes = 1, .stands_for = 0},
        {.type = SMP_RECORD_ALLOC, .id = 9, .bytes = ~0u, .stands_for = ~0ull},
        {.type = SMP_RECORD_ALLOC,
         .id = 9,
         .bytes = ~0ull,
         .stands_for = ~0ull},
        {.type = SMP_RECORD_ALLOC,
         .id = 9,
         .bytes = 1,
         .stands_for = R,
         .domain = SMP_RECORD_DOMAINS},
        {.type = SMP_RECORD_ALLOC,
         .id = 9,
         .bytes = 1,
         .stands_for = R,
         .frames = 1000},
        {.type = SMP_RECORD_ALLOC,
         .id = 9,
         .bytes = 1,
         .stands_for = R,
         .stack = 8},
        {.type = SMP_RECORD_FREE, .id = 0},
        {.type = SMP_RECORD_FREE, .id = 1, .frames = 4000000000u},
        {.type = SMP_RECORD_COPY, .bytes = 0, .stands_for = R},
        {.type = SMP_RECORD_COPY, .bytes = 10, .stands_for = 0},
        {.type = SMP_RECORD_COPY, .bytes = 10, .stands_for = 9},
        {.type = SMP_RECORD_ALLOC, .id = 1, .bytes = 5, .stands_for = R},
    };
    struct world *w = begin();
    unsigned n = sizeof lies / sizeof *lies;
    allocate(w, 1, 1, 1 << 20, 0);
    for (unsigned k = 0; k < n; k++)
        write_memory(w, lies[k]);
    const struct smp_profile *p = finish(w);
    CHECK_INT(p->ledger.records_damaged, n);
    CHECK_NEAR(rows_of(p, "first", 1), 1 << 20, 1);
    world_drop(w);
}

int main(void)
{
    RUN(test_a_sample_stands_for_its_kind);
    RUN(test_an_end_goes_to_both_lines);
    RUN(test_a_part_of_a_mapping_goes);
    RUN(test_the_peak_is_one_instant);
    RUN(test_a_peak_at_the_very_end);
    RUN(test_a_site_has_a_high_in_each_bin);
    RUN(test_a_moment_makes_no_peak);
    RUN(test_copies);
    RUN(test_last_words_make_no_thread);
    RUN(test_the_same_frames_are_the_same_stack);
    RUN(test_a_code_that_comes_late);
    RUN(test_records_that_lie);
    return check_summary();
}
