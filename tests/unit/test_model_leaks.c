/* links: src/model/view_leaks.c src/model/view_memory_cost.c
   src/model/view_groups.c src/model/view_scope.c src/model/profile.c
   src/model/utf8.c src/model/profile_memory.c src/model/profile_rows.c
   src/base/map.c */
/* The rule for leaks on simulated programs, 100 seeds each: what leaks is found,
 * what only looks like it is not. Allocations are sampled as the recorder does. */
#include "model/view.h"
#include "profiles.h"

#define RUN_S 60.0
#define SEEDS 100
#define ROOM 400000

static struct smp_life lives[ROOM];
static size_t count;
static uint64_t seed;

static double uniform(void)
{
    return (random_below(&seed, 1u << 30) + 0.5) / (1u << 30);
}

/* An allocation of `bytes`, seen with the probability that a mean interval of
 * `interval` bytes gives it. */
static void allocate(double born_s, double died_s, double bytes,
                     double interval)
{
    double p = 1 - exp(-bytes / interval);
    if (uniform() >= p || count == ROOM)
        return;
    lives[count++] =
        (struct smp_life){born_s, died_s < RUN_S ? died_s : (double)HUGE_VAL,
                          bytes / p, bytes * bytes * (1 - p) / (p * p), 1};
}

/* Each program fills `lives` with what one of its lines does. */
typedef void program(void);

#define EVERY(step_s)                                                          \
    for (double at = uniform() * (step_s); at < RUN_S; at += (step_s))

/* 100 kB every 20 ms, kept: 5 MB/s. */
static void fast_leak(void)
{
    EVERY(0.02) allocate(at, HUGE_VAL, 100e3, 65536);
}

/* 10 kB an iteration beside a transient of 30 MB on the same line. */
static void leak_beside_a_transient_elsewhere(void)
{
    EVERY(0.02) allocate(at, HUGE_VAL, 10e3, 524288);
}

/* 10 MB in all, of small objects, sampled every 64 KiB. */
static void slow_leak(void)
{
    EVERY(0.006) allocate(at, HUGE_VAL, 1e3, 65536);
}

/* A list of 10 kB is kept that was copied five times while it grew: most of what the
 * line allocates goes at once. */
static void leak_of_lists_that_grow(void)
{
    EVERY(0.02)
    {
        allocate(at, HUGE_VAL, 10e3, 65536);
        for (int i = 1; i <= 5; i++)
            allocate(at, at + 0.001, 10e3 * i / 6, 65536);
    }
}

/* Nine of ten are freed at once. Fewer than half survive: no leak by the rule,
 * so that caches are none. */
static void churn(void)
{
    EVERY(0.005) allocate(at, at + 0.01, 500e3, 524288);
}

/* 1,000 entries of 20 kB, 100 new ones a second, the oldest goes. */
static void lru_cache(void)
{
    EVERY(0.01) allocate(at, at + 10, 20e3, 65536);
}

/* The same, but which one goes is left to chance. */
static void random_cache(void)
{
    EVERY(0.01) allocate(at, at - 5 * log(uniform()), 20e3, 65536);
}

/* Grows for 6 s, is emptied, and again. */
static void sawtooth(void)
{
    double phase = uniform() * 6;
    EVERY(0.01)
    allocate(at, at + 6 - fmod(at + phase, 6), 50e3, 65536);
}

static void start_up(void)
{
    for (double at = 0; at < 2; at += 0.001)
        allocate(at, HUGE_VAL, 50e3, 65536);
}

/* Workers fill their buffers on first use, within the first quarter. */
static void warm_up_pool(void)
{
    for (int i = 0; i < 64; i++)
        allocate(uniform() * RUN_S * 0.24, HUGE_VAL, 1e6, 65536);
}

/* A start, then churn at a constant level on the same line. */
static void start_up_and_churn(void)
{
    start_up();
    EVERY(0.01) allocate(at, at + uniform(), 50e3, 65536);
}

/* A pool that is full at half time and stays, and churn at a constant level on
 * the same line: only the test for growth tells that it does not leak. */
static void full_pool_and_churn(void)
{
    for (int i = 0; i < 100; i++)
        allocate(i * 0.005 * RUN_S, HUGE_VAL, 1e6, 65536);
    EVERY(0.25) allocate(at, at + 6 * uniform(), 50e3, 65536);
}

/* 1,000 entries, full after three quarters of the run; then the oldest goes. */
static void cache_that_is_full_late(void)
{
    double step = RUN_S * 0.75 / 1000;
    EVERY(step) allocate(at, at + RUN_S * 0.75, 20e3, 32768);
}

/* Data that are loaded in two thirds of the run, and then worked with. */
static void long_start_up(void)
{
    for (double at = 0; at < RUN_S * 0.67; at += 0.02)
        allocate(at, HUGE_VAL, 50e3, 32768);
}

/* A batch with each fifth of the run. */
static void leak_by_batches(void)
{
    for (double batch = uniform() * RUN_S / 5; batch < RUN_S;
         batch += RUN_S / 5)
        for (int i = 0; i < 20; i++)
            allocate(batch, HUGE_VAL, 100e3, 65536);
}

static int found(program *fill)
{
    int flagged = 0;
    for (uint64_t i = 1; i <= SEEDS; i++) {
        struct smp_leak leak = {0};
        seed = i * 0x9e3779b97f4a7c15u;
        count = 0;
        fill();
        flagged += smp_leak_judge(&leak, lives, count, 0, RUN_S, RUN_S);
    }
    return flagged;
}

static void leaks_are_found(void)
{
    CHECK_INT(found(fast_leak), SEEDS);
    CHECK(found(leak_beside_a_transient_elsewhere) >= 95);
    CHECK(found(leak_of_lists_that_grow) >= 95);
    CHECK(found(leak_by_batches) >= 95);
    int slow = found(slow_leak);
    printf("slow leak of 10 MB: %d of %d\n", slow, SEEDS);
    CHECK(slow >= 80);
}

static void what_is_no_leak_is_not_flagged(void)
{
    CHECK_INT(found(churn), 0);
    CHECK_INT(found(lru_cache), 0);
    CHECK_INT(found(random_cache), 0);
    CHECK_INT(found(sawtooth), 0);
    CHECK_INT(found(start_up), 0);
    CHECK_INT(found(warm_up_pool), 0);
    CHECK_INT(found(start_up_and_churn), 0);
    CHECK_INT(found(cache_that_is_full_late), 0);
    CHECK_INT(found(long_start_up), 0);
    /* By chance 1 in 100 grows (z > 2.33). */
    CHECK(found(full_pool_and_churn) <= 5);
}

/* A program that leaked and then has nothing to do, or is about to end. */
static void a_leak_of_an_idle_program_is_found(void)
{
    struct smp_leak leak = {0};
    seed = 9;
    count = 0;
    for (double at = 0; at < RUN_S * 0.67; at += 0.02)
        allocate(at, HUGE_VAL, 50e3, 32768);
    CHECK_INT(smp_leak_judge(&leak, lives, count, 0, RUN_S, RUN_S * 0.67), 1);
}

/* The printed interval holds the true rate in 90 of 100 seeds at least. */
static void the_interval_holds_the_rate(void)
{
    int inside = 0, judged = 0;
    double sum = 0;
    for (uint64_t i = 1; i <= SEEDS; i++) {
        struct smp_leak leak = {0};
        seed = i * 0x9e3779b97f4a7c15u;
        count = 0;
        EVERY(0.006) allocate(at, HUGE_VAL, 3e3, 65536);
        if (!smp_leak_judge(&leak, lives, count, 0, RUN_S, RUN_S))
            continue;
        judged++;
        sum += leak.bytes_per_s;
        inside += leak.low <= 500e3 && 500e3 <= leak.high;
        CHECK(leak.low < leak.bytes_per_s && leak.bytes_per_s < leak.high);
    }
    printf("rate: %d of %d intervals hold it\n", inside, judged);
    CHECK(judged >= 95 && inside * 100 >= 90 * judged);
    CHECK_NEAR(sum / judged, 500e3, 10e3);
}

static void a_leak_is_described(void)
{
    struct smp_leak leak = {0};
    seed = 5;
    count = 0;
    fast_leak();
    CHECK_INT(smp_leak_judge(&leak, lives, count, 0, RUN_S, RUN_S), 1);
    CHECK_NEAR(leak.bytes_per_s, 5e6, 0.3e6);
    CHECK_NEAR(leak.survival, 1, 0);
    CHECK_NEAR(leak.live_bytes, 300e6, 15e6);
    CHECK(smp_leak_likelihood(&leak) > 0.99);
    CHECK_INT(smp_leak_judge(&leak, lives, count, 5, 5, 5), 0);
    CHECK_INT(smp_leak_judge(&leak, lives, 0, 0, RUN_S, RUN_S), 0);
}

int main(void)
{
    RUN(leaks_are_found);
    RUN(what_is_no_leak_is_not_flagged);
    RUN(a_leak_of_an_idle_program_is_found);
    RUN(the_interval_holds_the_rate);
    RUN(a_leak_is_described);
    return check_summary();
}
