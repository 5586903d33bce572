/* links: src/model/profile.c src/model/profile_samples.c
   src/model/profile_memory.c src/model/profile_rows.c src/model/profile_valid.c
   src/model/utf8.c src/model/kind.c src/base/map.c
   -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
/* Memory's tables: merging, the ends of allocations, bins, limits, damage, and
 * lack of memory. */
#include "base/status.h"
#include "check.h"
#include "memory_rows.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);

static long countdown; /* allocations until the one that fails; 0: none */

static int fails(void)
{
    return countdown > 0 && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}

/* A profile with one thread and `lines` stacks of one frame. */
static struct smp_profile *program(uint32_t lines)
{
    struct smp_profile *p = smp_profile_new();
    uint32_t file = add_file(p, "/a.py", SMP_FILE_SOURCE, 1);
    uint32_t f = add_function(p, "f", file, 1);
    add_thread(p, add_process(p, 1, SMP_NONE), 1, 1);
    for (uint32_t i = 1; i <= lines; i++)
        push(p, 0, f, i);
    return p;
}

struct sums {
    double bytes, alive;
    uint64_t samples;
};

static struct sums sums_of(const struct smp_profile *p)
{
    struct sums s = {0};
    for (size_t i = 0; i < p->allocation_count; i++) {
        const struct smp_allocation *a = &p->allocations[i];
        s.bytes += a->bytes;
        s.alive += a->end_bin == SMP_NONE ? a->bytes : 0;
        s.samples += a->samples;
    }
    return s;
}

static void allocations_of_a_bin_merge(void)
{
    struct smp_profile *p = program(2);
    struct smp_allocation a = allocation(0, 1, SMP_DOMAIN_PYTHON, 1, 100);
    struct smp_allocation big = allocation(0, 1, SMP_DOMAIN_PYTHON, 2, 1000);
    big.variance = 7;
    big.bin = big.end_bin = 12345; /* not read */
    CHECK_INT(smp_profile_allocate(p, 0.001, a), 0);
    CHECK_INT(smp_profile_allocate(p, 0.009, big), 0);
    CHECK_INT(p->allocation_count, 1);
    CHECK_NEAR(p->allocations[0].bytes, 1100, 0);
    CHECK_NEAR(p->allocations[0].count, 3, 0);
    CHECK_NEAR(p->allocations[0].variance, 7, 0);
    CHECK_NEAR(p->allocations[0].largest, 500, 0);
    CHECK_INT(p->allocations[0].samples, 3);
    CHECK_INT(p->allocations[0].end_bin, SMP_NONE);
    a.domain = SMP_DOMAIN_NATIVE;
    smp_profile_allocate(p, 0.001, a);
    a.stack = 2;
    smp_profile_allocate(p, 0.001, a);
    smp_profile_allocate(p, 0.011, a);
    smp_profile_allocate(p, -5, a);
    CHECK_INT(p->allocation_count, 4);
    CHECK_INT(p->allocations[3].bin, 1);
    CHECK_INT(p->allocations[2].samples, 2);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

/* Bytes lie on a grid: what is taken off again leaves nothing, in any order. */
static void an_end_moves_weight(void)
{
    struct smp_profile *p = program(1);
    struct smp_allocation a = allocation(0, 1, SMP_DOMAIN_PYTHON, 1, 1e5 / 3);
    struct smp_allocation b = allocation(0, 1, SMP_DOMAIN_PYTHON, 1, 1e7 / 7);
    b.variance = 3.3;
    smp_profile_allocate(p, 0.001, a);
    smp_profile_allocate(p, 0.002, b);
    CHECK_NEAR(p->allocations[0].bytes, 33333.3125 + 1428571.4375, 0);
    CHECK_INT(smp_profile_end_allocation(p, 0.001, 0.055, a), 0);
    CHECK_INT(p->allocation_count, 2);
    CHECK_INT(p->allocations[1].end_bin, 5);
    CHECK_INT(p->allocations[1].bin, 0);
    CHECK_NEAR(p->allocations[1].bytes, 33333.3125, 0);
    CHECK_NEAR(p->allocations[0].bytes, 1428571.4375, 0);
    CHECK_INT(p->allocations[0].samples, 1);
    CHECK_INT(smp_profile_end_allocation(p, 0.002, 0.052, b), 0);
    CHECK_INT(p->allocation_count, 1);
    CHECK_INT(p->allocations[0].end_bin, 5);
    CHECK_INT(p->allocations[0].samples, 2);
    CHECK_NEAR(p->allocations[0].variance, 3, 0);
    CHECK_NEAR(sums_of(p).alive, 0, 0);
    CHECK_INT(smp_profile_end_allocation(p, 0.002, 0.052, b), SMP_ENOENT);
    CHECK_INT(p->allocation_count, 1);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

/* A clock read on another CPU may say that it died before it was born. */
static void an_end_before_the_birth_is_at_the_birth(void)
{
    struct smp_profile *p = program(1);
    struct smp_allocation a = allocation(0, 1, SMP_DOMAIN_MAPPED, 1, 5);
    smp_profile_allocate(p, 0.5, a);
    CHECK_INT(smp_profile_end_allocation(p, 0.5, 0.499, a), 0);
    CHECK_INT(p->allocations[0].bin, 50);
    CHECK_INT(p->allocations[0].end_bin, 50);
    smp_profile_free(p);
}

static void the_other_tables_merge(void)
{
    struct smp_profile *p = program(1);
    CHECK_INT(add_high(p, 0.001, 0, 1, SMP_DOMAIN_PYTHON, 5), 0);
    CHECK_INT(add_high(p, 0.002, 0, 1, SMP_DOMAIN_PYTHON, 9), 0);
    CHECK_INT(add_high(p, 0.003, 0, 1, SMP_DOMAIN_PYTHON, 7), 0);
    CHECK_INT(add_high(p, 0.003, 0, 1, SMP_DOMAIN_NATIVE, 1), 0);
    CHECK_INT(p->high_count, 2);
    CHECK_NEAR(p->highs[0].bytes, 9, 0);
    add_deallocation(p, 0.001, 0, 1, 3);
    add_deallocation(p, 0.002, 0, 1, 4);
    add_deallocation(p, 0.02, 0, 1, 4);
    CHECK_INT(p->deallocation_count, 2);
    CHECK_NEAR(p->deallocations[0].bytes, 7, 0);
    CHECK_INT(p->deallocations[0].samples, 2);
    add_copy(p, 0.001, 0, 1, 3);
    add_copy(p, 0.002, 0, 1, 4);
    CHECK_INT(p->copy_count, 1);
    CHECK_NEAR(p->copies[0].bytes, 7, 0);
    struct smp_footprint f = {.rss = 10, .anon = 3};
    smp_profile_footprint(p, 0.001, f);
    f = (struct smp_footprint){.rss = 12, .anon = 2};
    smp_profile_footprint(p, 0.002, f);
    f = (struct smp_footprint){.rss = 11, .anon = 9};
    smp_profile_footprint(p, 0.003, f);
    CHECK_INT(p->footprint_count, 1);
    CHECK_NEAR(p->footprints[0].rss, 12, 0);
    CHECK_NEAR(p->footprints[0].anon, 2, 0);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

static void the_peak_is_replaced(void)
{
    struct smp_profile *p = program(2);
    struct smp_at_peak rows[2] = {{.stack = 1, .samples = 3, .bytes = 100},
                                  {.stack = 2, .samples = 1, .bytes = 20}};
    CHECK_INT(smp_profile_at_peak(p, 0.5, 120, rows, 2), 0);
    CHECK_NEAR(p->peak, 120, 0);
    CHECK_NEAR(p->peak_s, 0.5, 0);
    CHECK_INT(p->at_peak_count, 2);
    rows[0].stack = 7;
    CHECK_INT(smp_profile_at_peak(p, 0.7, 130, rows, 2), SMP_EINVAL);
    CHECK_NEAR(p->peak, 120, 0);
    CHECK_INT(smp_profile_at_peak(p, 0.7, 150, rows + 1, 1), 0);
    CHECK_INT(p->at_peak_count, 1);
    CHECK_INT(p->at_peaks[0].stack, 2);
    CHECK_INT(smp_profile_at_peak(p, 0.7, 0, NULL, 0), 0);
    CHECK_INT(p->at_peak_count, 0);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

static void bad_rows_are_refused(void)
{
    struct smp_profile *p = program(1);
    const struct smp_allocation good =
        allocation(0, 1, SMP_DOMAIN_PYTHON, 1, 100);
    struct smp_allocation a = good;
#define REFUSED(field, value)                                                  \
    a = good, a.field = (value);                                               \
    CHECK_INT(smp_profile_allocate(p, 0, a), SMP_EINVAL)
    REFUSED(thread, 1);
    REFUSED(stack, 2);
    REFUSED(domain, SMP_DOMAIN_COUNT);
    REFUSED(samples, 0);
    REFUSED(bytes, -1);
    REFUSED(bytes, NAN);
    REFUSED(bytes, 2e18);
    REFUSED(count, -1);
    REFUSED(variance, INFINITY);
    REFUSED(largest, NAN);
    CHECK_INT(smp_profile_allocate(p, NAN, good), SMP_EINVAL);
    CHECK_INT(smp_profile_allocate(p, 1e13, good), SMP_EINVAL);
    smp_profile_allocate(p, 0, good);
    CHECK_INT(smp_profile_end_allocation(p, 0, NAN, good), SMP_EINVAL);
    CHECK_INT(add_high(p, 0, 0, 2, SMP_DOMAIN_PYTHON, 1), SMP_EINVAL);
    CHECK_INT(add_high(p, 0, 0, 1, SMP_DOMAIN_COUNT, 1), SMP_EINVAL);
    CHECK_INT(add_copy(p, 0, 3, 1, 1), SMP_EINVAL);
    CHECK_INT(add_deallocation(p, 0, 0, 1, -1), SMP_EINVAL);
    struct smp_footprint f = {.process = 1};
    CHECK_INT(smp_profile_footprint(p, 0, f), SMP_EINVAL);
    CHECK_INT(p->allocation_count, 1);
    CHECK_INT(p->high_count + p->copy_count + p->footprint_count, 0);
    smp_profile_free(p);
}

static void bins_double_and_nothing_is_lost(void)
{
    struct smp_profile *p = program(1);
    struct smp_allocation a = allocation(0, 1, SMP_DOMAIN_PYTHON, 1, 100);
    for (int i = 0; i < SMP_MEMORY_BIN_LIMIT; i++) {
        double at_s = (i + 0.5) * 0.01;
        add_allocation(p, at_s, i % 2 ? at_s + 0.01 : NAN, a);
        add_high(p, at_s, 0, 1, SMP_DOMAIN_PYTHON, i);
        add_copy(p, at_s, 0, 1, 5);
        add_deallocation(p, at_s, 0, 1, 5);
    }
    CHECK_NEAR(p->memory_bin_s, 0.02, 0); /* the last one died past the end */
    smp_profile_allocate(p, 86400, a);
    CHECK(86400 / p->memory_bin_s < SMP_MEMORY_BIN_LIMIT);
    CHECK(86400 / p->memory_bin_s * 2 >= SMP_MEMORY_BIN_LIMIT);
    CHECK_INT(p->allocation_count, 3); /* alive, freed, and the late one */
    struct sums s = sums_of(p);
    CHECK_NEAR(s.bytes, 102500, 0);
    CHECK_NEAR(s.alive, 51300, 0);
    CHECK_INT(s.samples, 1025);
    CHECK_INT(p->high_count, 1);
    CHECK_NEAR(p->highs[0].bytes, 1023, 0);
    CHECK_NEAR(p->copies[0].bytes, 5120, 0);
    CHECK_NEAR(p->deallocations[0].bytes, 5120, 0);
    CHECK_NEAR(p->bin_s, SMP_BIN_FIRST_S, 0); /* the samples' stay */
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

/* Allocations that die after bins were widened find their row again. */
static void ends_are_found_in_wider_bins(void)
{
    enum { N = 3000 };
    struct smp_profile *p = program(7);
    uint64_t seed = 3;
    static double born_s[N];
    for (int i = 0; i < N; i++) {
        born_s[i] = i < 1500 ? random_time(&seed) / 200 : i;
        CHECK_INT(smp_profile_allocate(p, born_s[i],
                                       allocation(0, 1 + (uint32_t)i % 7,
                                                  SMP_DOMAIN_NATIVE, 1,
                                                  100 + i)),
                  0);
    }
    for (int i = 0; i < N; i++)
        CHECK_INT(smp_profile_end_allocation(p, born_s[i], 2000 + i,
                                             allocation(0, 1 + (uint32_t)i % 7,
                                                        SMP_DOMAIN_NATIVE, 1,
                                                        100 + i)),
                  0);
    struct sums s = sums_of(p);
    CHECK_NEAR(s.alive, 0, 0);
    CHECK_NEAR(s.bytes, 100. * N + N * (N - 1.) / 2, 0.5);
    CHECK_INT(s.samples, N);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

/* A service for an hour: 5,000 samples a second from 300 sites, lifetimes of
 * 0 to 1,000 s. */
static void rows_stay_bounded_and_adding_is_fast(void)
{
    enum { N = 1000000, LIVING = 4096 };
    struct smp_profile *p = program(300);
    static struct smp_allocation living[LIVING];
    static double born_s[LIVING];
    uint64_t seed = 11;
    double start_s = cpu_now_s();
    for (int i = 0; i < N; i++) {
        double at_s = i * 0.0036;
        uint32_t k = random_below(&seed, LIVING);
        if (living[k].samples)
            smp_profile_end_allocation(p, born_s[k], at_s, living[k]);
        living[k] = allocation(0, 1 + random_below(&seed, 300),
                               SMP_DOMAIN_PYTHON, 1, 65536);
        born_s[k] = at_s;
        smp_profile_allocate(p, at_s, living[k]);
    }
    double took_s = cpu_now_s() - start_s;
    printf("1,000,000 allocations in %.3f s, %zu rows, bins of %g s\n", took_s,
           p->allocation_count, p->memory_bin_s);
    CHECK(took_s < 30);
    CHECK(p->allocation_count <= SMP_MEMORY_ROW_LIMIT);
    CHECK_INT(sums_of(p).samples, N);
    CHECK_NEAR(sums_of(p).bytes, 65536. * N, 1);
    CHECK(3600 / p->memory_bin_s > SMP_MEMORY_BINS_LEAST / 2);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

static void more_sites_than_a_bin_can_hold_is_said(void)
{
    struct smp_profile *p = program(1001);
    struct smp_allocation a = allocation(0, 1, SMP_DOMAIN_PYTHON, 1, 1);
    for (int i = 1; i < 1000; i++)
        add_thread(p, 0, i, 0);
    for (uint32_t i = 0; i < SMP_MEMORY_ROW_LIMIT_HARD; i++) {
        a.thread = i / 1000, a.stack = 1 + i % 1000;
        smp_profile_allocate(p, i % 100, a);
    }
    CHECK_INT(p->allocation_count, SMP_MEMORY_ROW_LIMIT_HARD);
    a.thread = 0, a.stack = 1001;
    CHECK_INT(smp_profile_allocate(p, 0, a), SMP_EFULL);
    a.stack = 1;
    CHECK_INT(smp_profile_allocate(p, 0, a), 0);
    /* No row for its end: it stays as it is. */
    CHECK_INT(smp_profile_end_allocation(p, 0, 1, a), SMP_EFULL);
    CHECK_INT(sums_of(p).samples, SMP_MEMORY_ROW_LIMIT_HARD + 1);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

/* Breaks one field, expects "not valid", puts it back. */
#define CHECK_BREAKS(field, value)                                             \
    do {                                                                       \
        __typeof__(field) kept_ = (field);                                     \
        (field) = (value);                                                     \
        CHECK(!smp_profile_is_valid(p));                                       \
        (field) = kept_;                                                       \
        CHECK(smp_profile_is_valid(p));                                        \
    } while (0)

static void damage_is_seen(void)
{
    struct smp_profile *p = program(1);
    struct smp_at_peak peak = {.stack = 1, .samples = 3, .bytes = 100};
    add_allocation(p, 0.5, 0.9, allocation(0, 1, SMP_DOMAIN_PYTHON, 1, 9));
    add_high(p, 0, 0, 1, SMP_DOMAIN_PYTHON, 1);
    add_copy(p, 0, 0, 1, 1);
    add_deallocation(p, 0, 0, 1, 1);
    smp_profile_footprint(p, 0, (struct smp_footprint){.rss = 1});
    smp_profile_at_peak(p, 0, 1, &peak, 1);
    CHECK_BREAKS(p->allocations[0].end_bin, 49);
    CHECK_BREAKS(p->allocations[0].end_bin, SMP_MEMORY_BIN_LIMIT);
    CHECK_BREAKS(p->allocations[0].bin, SMP_MEMORY_BIN_LIMIT);
    CHECK_BREAKS(p->allocations[0].stack, 2);
    CHECK_BREAKS(p->allocations[0].thread, 1);
    CHECK_BREAKS(p->allocations[0].domain, SMP_DOMAIN_COUNT);
    CHECK_BREAKS(p->allocations[0].bytes, NAN);
    CHECK_BREAKS(p->allocations[0].variance, -1);
    CHECK_BREAKS(p->deallocations[0].bytes, -1);
    CHECK_BREAKS(p->highs[0].domain, SMP_DOMAIN_COUNT);
    CHECK_BREAKS(p->highs[0].bytes, INFINITY);
    CHECK_BREAKS(p->at_peaks[0].stack, 2);
    CHECK_BREAKS(p->copies[0].bin, SMP_MEMORY_BIN_LIMIT);
    CHECK_BREAKS(p->footprints[0].process, 1);
    CHECK_BREAKS(p->footprints[0].arenas, -1);
    CHECK_BREAKS(p->memory_bin_s, 0);
    CHECK_BREAKS(p->memory, 2);
    CHECK_BREAKS(p->peak, NAN);
    CHECK_BREAKS(p->processes[0].peak_rss, -1);
    smp_profile_free(p);
}

/* Every allocation of a life of a profile fails in turn: each call then says so
 * and changed nothing that its sums tell of. */
static void lack_of_memory_loses_no_row(void)
{
    long n = 1;
    for (int met = 1; met; n++) {
        struct smp_profile *p = program(40);
        double allocated = 0, ended = 0;
        countdown = n;
        for (int i = 0; i < 400; i++) {
            struct smp_allocation a =
                allocation(0, 1 + (uint32_t)i % 40, SMP_DOMAIN_PYTHON, 1, 8);
            int added = smp_profile_allocate(p, i * 0.05, a);
            allocated += added ? 0 : 8;
            CHECK(added == 0 || added == SMP_ENOMEM);
            if (!added && i % 3 &&
                !smp_profile_end_allocation(p, i * 0.05, i * 0.05 + 1, a))
                ended += 8;
            add_high(p, i * 0.05, 0, 1, SMP_DOMAIN_PYTHON, i);
        }
        met = countdown == 0;
        countdown = 0;
        CHECK_NEAR(sums_of(p).bytes, allocated, 0);
        CHECK_NEAR(sums_of(p).alive, allocated - ended, 0);
        CHECK(smp_profile_is_valid(p));
        smp_profile_free(p);
    }
    CHECK(n > 20);
}

int main(void)
{
    RUN(allocations_of_a_bin_merge);
    RUN(an_end_moves_weight);
    RUN(an_end_before_the_birth_is_at_the_birth);
    RUN(the_other_tables_merge);
    RUN(the_peak_is_replaced);
    RUN(bad_rows_are_refused);
    RUN(bins_double_and_nothing_is_lost);
    RUN(ends_are_found_in_wider_bins);
    RUN(rows_stay_bounded_and_adding_is_fast);
    RUN(more_sites_than_a_bin_can_hold_is_said);
    RUN(damage_is_seen);
    RUN(lack_of_memory_loses_no_row);
    return check_summary();
}
