/* links: src/recorder/heap_countdown.c src/recorder/heap_table.c
   src/recorder/heap_ranges.c src/recorder/heap_rate.c src/record/ring.c
   src/platform/linux/memory.c src/platform/linux/clock.c */
/* The sampler's arithmetic against its mathematics, the table of live samples
 * under threads and forks, mappings cut in every way, the governors. */
#include "recorder/heap.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"
#include "check.h"
#include "ring_memory.h"

struct smp_recorder smp_recorder; /* boot.c's */

#define R 65536.0

/* ---- sampling */

/* A thread's countdown and its generator. */
struct sampler {
    struct smp_countdown c;
    uint64_t random, interval;
};

static struct sampler sampler_of(uint64_t seed, uint64_t interval)
{
    struct sampler s = {.random = smp_random_seed(seed, interval),
                        .interval = interval};
    smp_countdown_begin(&s.c, &s.random, interval);
    return s;
}

/* Bytes that a block of n stands for; 0: it is not sampled. */
static double allocate(struct sampler *s, uint64_t n)
{
    if (!smp_heap_spend(&s->c.left, n))
        return 0;
    uint64_t past = smp_countdown_past(&s->c);
    double bytes = (double)smp_countdown_stands_for(&s->c, past, n);
    smp_countdown_next(&s->c, past, &s->random, s->interval);
    return bytes;
}

/* Of every interval one byte is drawn, each of them as often as any other. */
static void test_each_stratum_has_one(void)
{
    const uint64_t interval = 64, strata = 64000;
    struct sampler s = sampler_of(1, interval);
    uint32_t drawn[64] = {0}, in_one = 0, wrong = 0;
    for (uint64_t at = 0; at < strata * interval; at++) {
        int sampled = allocate(&s, 1) > 0;
        drawn[at % interval] += (uint32_t)sampled;
        in_one += (uint32_t)sampled;
        if (at % interval == interval - 1) {
            wrong += in_one != 1;
            in_one = 0;
        }
    }
    CHECK_INT(wrong, 0);
    for (uint64_t n = 0; n < interval; n++)
        CHECK_NEAR(drawn[n], 1000, 4.5 * sqrt(1000));
}

/* What samples say of blocks in turn, in many series: its mean is the truth, whatever
 * their sizes have to do with the interval. */
static void check_blocks(const uint64_t *sizes, unsigned kinds, uint64_t turns)
{
    enum { SERIES = 400 };
    double sum[4] = {0}, squares[4] = {0};
    for (uint64_t seed = 0; seed < SERIES; seed++) {
        struct sampler s = sampler_of(seed + 1, (uint64_t)R);
        double said[4] = {0};
        for (uint64_t n = 0; n < turns * kinds; n++)
            said[n % kinds] += allocate(&s, sizes[n % kinds]);
        for (unsigned k = 0; k < kinds; k++) {
            double off = said[k] / ((double)sizes[k] * (double)turns) - 1;
            sum[k] += off;
            squares[k] += off * off;
        }
    }
    for (unsigned k = 0; k < kinds; k++) {
        double size = (double)sizes[k] * (double)turns;
        double deviation = sqrt(squares[k] / SERIES);
        CHECK_NEAR(sum[k] / SERIES, 0, 4.5 * deviation / sqrt(SERIES) + 1e-5);
        /* No less sure than independent draws are. */
        CHECK(deviation < 1.2 * sqrt(R / size));
    }
}

static void test_weights_are_unbiased(void)
{
    static const uint64_t sizes[] = {16,    4096,   20000,  32768,   40000,
                                     65536, 100000, 131072, 1u << 20};
    for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++)
        check_blocks(&sizes[k], 1, 1600000 / sizes[k] + 2);
    check_blocks((const uint64_t[]){48, 512, 96}, 3, 5000);
    check_blocks((const uint64_t[]){32768, 98304}, 2, 30);
    check_blocks((const uint64_t[]){24000, 30000, 41000, 100}, 4, 40);
}

/* A line that allocates alone is known to two strata, whatever its length. */
static void test_a_stretch_is_known(void)
{
    double worst = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct sampler s = sampler_of(seed, (uint64_t)R);
        double said = 0;
        for (int n = 0; n < 12345; n++)
            allocate(&s, 40); /* another line's */
        for (int n = 0; n < 100000; n++)
            said += allocate(&s, 56);
        worst = fmax(worst, fabs(said - 5.6e6));
    }
    CHECK(worst < 2 * R);
}

/* "Bytes since the last sample" credits what comes after a large block with the
 * block's bytes: here both have their own. */
static void test_neighbours_do_not_pay(void)
{
    struct sampler s = sampler_of(11, (uint64_t)R);
    const uint64_t size[2] = {900000, 150000};
    double sum[2] = {0, 0};
    for (int i = 0; i < 2000; i++)
        sum[i % 2] += allocate(&s, size[i % 2]);
    CHECK_NEAR(sum[0] / 900e6, 1,
               1e-9); /* of two strata and more: for certain */
    CHECK_NEAR(sum[1] / 150e6, 1, 1e-9);
}

/* A new interval holds from the next stratum on; what was drawn stands for as many
 * bytes as its own stratum has. */
static void test_an_interval_that_changes(void)
{
    double sum = 0;
    const int series = 400, blocks = 20000;
    for (uint64_t seed = 1; seed <= (uint64_t)series; seed++) {
        struct sampler s = sampler_of(seed, 32768);
        for (int n = 0; n < blocks; n++) {
            s.interval = UINT64_C(32768) << n / 1000 % 4;
            sum += allocate(&s, 100);
            if (n % 3000 ==
                2999) /* given up: at a time that was known before */
                smp_countdown_begin(&s.c, &s.random, s.interval);
        }
    }
    CHECK_NEAR(sum / series / (100.0 * blocks), 1, 0.01);
}

/* Of each share that falls on one size exactly one is taken, whatever falls on others
 * in between, each as often as any other. */
static void test_sizes_take_turns(void)
{
    enum { SHARE = 8, ROUNDS = 8000 };
    uint8_t turns[SMP_HEAP_SIZES] = {0};
    uint64_t random = smp_random_seed(21, 22);
    static const uint64_t sizes[] = {1, 8, 9, 24, 28, 512, 513, 4000, 16383};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    uint32_t taken[SIZES][SHARE] = {{0}}, drawn[SIZES] = {0}, twice = 0;
    for (int i = 0; i < SHARE * ROUNDS * 5; i++) {
        unsigned k = (unsigned)smp_random_below(&random, SIZES);
        unsigned at = drawn[k]++ % SHARE;
        taken[k][at] += smp_turns_take(turns, &random, sizes[k], 1, SHARE);
    }
    /* 1 and 8 are one size; 24 and 28 are two. */
    for (unsigned k = 2; k < SIZES; k++) {
        uint32_t sum = 0, rounds = drawn[k] / SHARE;
        for (unsigned n = 0; n < SHARE; n++) {
            sum += taken[k][n];
            CHECK_NEAR(taken[k][n], rounds / (double)SHARE,
                       4.5 * sqrt(rounds / (double)SHARE));
        }
        CHECK(sum == rounds || sum == rounds + 1);
    }
    /* Several drawn at once: one share after the other. */
    for (int i = 0; i < 1000; i++)
        twice += smp_turns_take(turns, &random, 100, 4, SHARE);
    CHECK_NEAR(twice, 500, 0);
}

static void test_the_same_seed_draws_the_same(void)
{
    struct sampler a = sampler_of(5, 1u << 20), b = sampler_of(5, 1u << 20),
                   c = sampler_of(6, 1u << 20);
    int same = 0;
    for (int i = 0; i < 100; i++) {
        CHECK_INT(a.c.left, b.c.left);
        same += a.c.left == c.c.left;
        smp_countdown_begin(&a.c, &a.random, a.interval);
        smp_countdown_begin(&b.c, &b.random, b.interval);
        smp_countdown_begin(&c.c, &c.random, c.interval);
    }
    CHECK(same < 5);
}

static void test_spending(void)
{
    uint64_t left = 10;
    CHECK_INT(smp_heap_spend(&left, 0), 0);
    CHECK_INT(smp_heap_spend(&left, 10), 0);
    CHECK_INT(left, 0);
    CHECK_INT(smp_heap_spend(&left, 0), 0);
    CHECK_INT(smp_heap_spend(&left, 1), 1);
    left = 5; /* no size is so large that it would count as none */
    CHECK_INT(smp_heap_spend(&left, UINT64_MAX), 1);
    left = 5;
    CHECK_INT(smp_heap_spend(&left, UINT64_C(1) << 63), 1);
}

/* ---- the table */

static int put(uint64_t address, uint64_t id)
{
    return smp_table_put(address, (struct smp_block){id, id * 3});
}

/* Its id, or 0; all ones where the block is not as it was put. */
static uint64_t taken(uint64_t address)
{
    struct smp_block b = smp_table_take(address);
    return b.bytes == b.id * 3 ? b.id : UINT64_MAX;
}

static uint64_t address_of(uint64_t n)
{
    return 0x7f0000000010 + n * 48;
}

static void test_table_keeps_what_is_put(void)
{
    const uint64_t n = 50000;
    uint64_t lost = 0, wrong = 0;
    for (uint64_t i = 0; i < n; i++)
        lost += put(address_of(i), i + 1) != 0;
    CHECK_INT(lost, 0);
    CHECK_INT(smp_table_count(0) + smp_table_count(1), n);
    for (uint64_t i = 0; i < n; i += 2)
        wrong += taken(address_of(i)) != i + 1;
    for (uint64_t i = 0; i < n; i += 2)
        wrong += taken(address_of(i)) != 0;
    for (uint64_t i = 0; i < n; i += 2) /* into the holes */
        wrong += put(address_of(i), n + i) != 0;
    for (uint64_t i = 0; i < n; i++)
        wrong += taken(address_of(i)) != (i % 2 ? i + 1 : n + i);
    CHECK_INT(wrong, 0);
    CHECK_INT(smp_table_count(0) + smp_table_count(1), 0);
}

static void test_large_ones_are_counted_apart(void)
{
    smp_table_put(0x6000, (struct smp_block){1, SMP_HEAP_LARGE - 1});
    smp_table_put(0x7000, (struct smp_block){2, SMP_HEAP_LARGE});
    smp_table_put(0x8000, (struct smp_block){3, 1u << 30});
    CHECK_INT(smp_table_count(0), 1);
    CHECK_INT(smp_table_count(1), 2);
    smp_table_take(0x6000);
    smp_table_take(0x7000);
    CHECK_INT(smp_table_count(0), 0);
    CHECK_INT(smp_table_count(1), 1);
    smp_table_take(0x8000);
    CHECK_INT(smp_table_count(1), 0);
}

static void test_what_is_no_block_s_address(void)
{
    CHECK_INT(put(0, 1), SMP_EFULL);
    CHECK_INT(put(0x9004, 1), SMP_EFULL);
    CHECK_INT(put(UINT64_C(1) << 47 | 0x9000, 1), SMP_EFULL);
    CHECK_INT(taken(UINT64_C(1) << 47 | 0x9000), 0);
    CHECK_INT(put((UINT64_C(1) << 47) - 8, 1), 0);
    CHECK_INT(put(8, 2), 0);
    CHECK_INT(taken((UINT64_C(1) << 47) - 8), 1);
    CHECK_INT(taken(8), 2);
    CHECK_INT(smp_table_count(0) + smp_table_count(1), 0);
}

static void test_filter_knows_what_lives(void)
{
    CHECK(!smp_filter_knows((void *)0x5000));
    put(0x5000, 1);
    put(0x5000 + (UINT64_C(1) << 36), 2); /* the same place */
    CHECK(smp_filter_knows((void *)0x5000));
    taken(0x5000);
    CHECK(smp_filter_knows((void *)0x5000));
    taken(0x5000 + (UINT64_C(1) << 36));
    CHECK(!smp_filter_knows((void *)0x5000));
}

static void test_full_table_says_so(void)
{
    uint64_t n = 0;
    while (n < 1000000 && put(address_of(n), n + 1) == 0)
        n++;
    CHECK(n > 75000 && n < 115000);
    CHECK_INT(smp_table_count(0) + smp_table_count(1), n);
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < n; i++)
        wrong += taken(address_of(i)) != i + 1;
    CHECK_INT(wrong, 0);
    CHECK_INT(put(address_of(n), 1), 0); /* there is room again */
    CHECK_INT(taken(address_of(n)), 1);
}

#define THREADS 8
#define EACH 3000

static void *put_and_take(void *number)
{
    uint64_t base = (uint64_t)(uintptr_t)number * EACH, wrong = 0;
    for (int round = 0; round < 20; round++) {
        for (uint64_t i = 0; i < EACH; i++)
            wrong += put(address_of(base + i), base + i + 1) != 0;
        for (uint64_t i = 0; i < EACH; i++)
            wrong += taken(address_of(base + i)) != base + i + 1;
    }
    return (void *)(uintptr_t)wrong;
}

static void test_threads_do_not_meet(void)
{
    pthread_t threads[THREADS];
    for (uintptr_t t = 0; t < THREADS; t++)
        pthread_create(&threads[t], NULL, put_and_take, (void *)t);
    for (int t = 0; t < THREADS; t++) {
        void *wrong;
        pthread_join(threads[t], &wrong);
        CHECK_INT((uintptr_t)wrong, 0);
    }
    CHECK_INT(smp_table_count(0) + smp_table_count(1), 0);
}

static _Atomic int stop;

static void *churn(void *unused)
{
    for (uint64_t i = 0; !atomic_load(&stop); i++) {
        put(address_of(500000 + i % 64), 9);
        taken(address_of(500000 + i % 64));
    }
    return unused;
}

/* In the child: what the parent had is there, and places can be filled. */
static int look_in_child(void)
{
    for (uint64_t i = 0; i < 1000; i++)
        if (taken(address_of(i)) != i + 1 || put(address_of(i), i + 7) ||
            taken(address_of(i)) != i + 7)
            return 1;
    return 0;
}

static void test_forks_at_any_instant(void)
{
    pthread_t other;
    int failed = 0;
    for (uint64_t i = 0; i < 1000; i++)
        put(address_of(i), i + 1);
    pthread_create(&other, NULL, churn, NULL);
    for (int i = 0; i < 200; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(look_in_child());
        int status;
        waitpid(pid, &status, 0);
        failed += status != 0;
    }
    atomic_store(&stop, 1);
    pthread_join(other, NULL);
    CHECK_INT(failed, 0);
    for (uint64_t i = 0; i < 1000; i++)
        taken(address_of(i));
}

/* ---- ranges */

#define PAGE 4096u
#define AT UINT64_C(0x7e0000000000)

/* Cuts, and says what went of which: "id:pages", 0 pages for all. */
static const char *cut(uint64_t page, uint64_t pages)
{
    static char text[128];
    struct smp_range_part part;
    size_t n = 0;
    text[0] = '\0';
    while (smp_ranges_cut(AT + page * PAGE, pages * PAGE, &part))
        n +=
            (size_t)snprintf(text + n, sizeof text - n, "%s%d:%d", n ? " " : "",
                             (int)part.id, (int)(part.bytes / PAGE));
    return text;
}

static void test_ranges_are_cut_anywhere(void)
{
    CHECK_STR(cut(0, 100), "");
    smp_ranges_put(AT, 10 * PAGE, 1);
    CHECK_STR(cut(20, 5), "");
    CHECK_STR(cut(10, 5), "");   /* behind its end */
    CHECK_STR(cut(0, 2), "1:2"); /* the head */
    CHECK_STR(cut(8, 4), "1:2"); /* the tail, and more */
    CHECK_STR(cut(4, 2), "1:2"); /* a hole: 2 to 4 and 6 to 8 are left */
    CHECK_STR(cut(4, 2), "");
    CHECK_STR(cut(6, 2), "1:2");
    CHECK_STR(cut(0, 10), "1:0"); /* the last of it */
    CHECK_STR(cut(0, 10), "");
}

static void test_one_cut_goes_through_many(void)
{
    smp_ranges_put(AT, 4 * PAGE, 1);
    smp_ranges_put(AT + 4 * PAGE, 4 * PAGE, 2);
    smp_ranges_put(AT + 8 * PAGE, 4 * PAGE, 3);
    CHECK_STR(cut(2, 8), "1:2 2:0 3:2");
    CHECK_STR(cut(0, 20), "1:0 3:0");
}

static void test_ranges_are_bounded(void)
{
    uint64_t n = 0;
    while (n < 100000 && !smp_ranges_put(AT + 2 * n * PAGE, PAGE, n + 1))
        n++;
    CHECK(n > 1000 && n < 100000);
    struct smp_range_part part;
    uint64_t gone = 0;
    while (smp_ranges_cut(AT, 2 * n * PAGE, &part))
        gone++;
    CHECK_INT(gone, n);
}

/* ---- governors */

static uint64_t now;

static void take(int samples, uint64_t apart_ns, uint32_t alive)
{
    for (int i = 0; i < samples; i++) {
        now += apart_ns;
        smp_rate_note(SMP_RATE_SMALL, now, 4000, alive);
    }
}

static uint64_t interval(void)
{
    return smp_rate_interval(SMP_RATE_SMALL);
}

static void begin(uint64_t first, int fixed)
{
    smp_rate_start(SMP_RATE_SMALL, first, fixed);
    now = smp_os_now();
}

static void test_a_burst_is_measured_well(void)
{
    begin(65536, 0);
    take(450, 10000, 0); /* 100,000 a second, for 4.5 ms */
    CHECK_INT(interval(), 65536);
}

/* The interval grows with what was allocated, not at once to what can be kept up
 * for ever. */
static void test_a_longer_one_step_by_step(void)
{
    uint64_t before = 0;
    begin(16384, 0);
    for (int i = 0; i < 40; i++) {
        take(64, 10000, 0);
        CHECK(interval() <= 2 * (before ? before : 16384));
        before = interval();
    }
    /* 2,560 samples of 4 us empty the purse. */
    CHECK(before >= 8 * 16384);
}

static void test_a_flood_is_thinned_out(void)
{
    begin(65536, 0);
    take(10000, 10000, 0);
    CHECK(interval() >= 4u << 20);
    uint64_t flooded = interval();
    take(20, 20000000, 0); /* 50 a second */
    CHECK(interval() < flooded);
    take(1, UINT64_C(10000000000), 0); /* one after a long time */
    CHECK_INT(interval(), 65536);
}

/* A flood of small blocks, and the large ones' interval stays; and the other way
 * round, with an end to how rare samples of large ones get. */
static void test_small_and_large_have_their_own(void)
{
    begin(65536, 0);
    smp_rate_start(SMP_RATE_LARGE, 0, 0);
    take(10000, 10000, 5 * 2048);
    CHECK_INT(smp_rate_interval(SMP_RATE_LARGE), 65536);
    begin(65536, 0);
    for (int i = 0; i < 100000; i++)
        smp_rate_note(SMP_RATE_LARGE, now += 10000, 4000, 0);
    CHECK_INT(interval(), 65536);
    CHECK_INT(smp_rate_interval(SMP_RATE_LARGE), 16u << 20);
}

static void test_quiet_without_a_sample(void)
{
    begin(65536, 0);
    take(10000, 10000, 0);
    for (int i = 0; i < 10; i++)
        smp_rate_tick(now += 100000000);
    CHECK_INT(interval(), 65536);
}

static void test_the_usual_rate_is_kept(void)
{
    begin(65536, 0);
    take(20000, 3240000, 0); /* 4 us of each 3,240, for 65 seconds */
    CHECK_INT(interval(), 65536);
}

static void test_many_that_live(void)
{
    begin(65536, 0);
    take(100, 1000000, 3 * 8192);
    CHECK_INT(interval(), 8 * 65536);
    take(100, 1000000, 3 * 8192); /* no closer while they live */
    CHECK_INT(interval(), 8 * 65536);
}

/* The fuller the ring, the rarer; many samples that meet the same fullness raise
 * it once. */
static void test_a_full_ring_makes_samples_rare(void)
{
    static const uint64_t most[] = {1, 4, 16, 64, 64};
    for (uint64_t quarters = 0; quarters <= 4; quarters++) {
        begin(16384, 0);
        for (int i = 0; i < 100; i++)
            smp_rate_press(SMP_RATE_SMALL, now += 1000000, quarters * 1000,
                           4000);
        CHECK_INT(interval(), 16384 * most[quarters]);
    }
    begin(16384, 0);
    for (int i = 0; i < 1000; i++)
        smp_rate_raise(SMP_RATE_SMALL, now + 1000000);
    CHECK_INT(interval(), 2 * 16384);
}

static void test_fixed_stays(void)
{
    begin(1000, 1);
    take(100000, 1000, 100000);
    smp_rate_raise(SMP_RATE_SMALL, now);
    CHECK_INT(interval(), 1000);
    CHECK_INT(smp_recorder.ring->counts.interval_least, 1000);
}

int main(void)
{
    smp_recorder.ring = ring_make(RING_SMALL);
    CHECK_INT(smp_table_start(), 0);
    RUN(test_each_stratum_has_one);
    RUN(test_weights_are_unbiased);
    RUN(test_a_stretch_is_known);
    RUN(test_neighbours_do_not_pay);
    RUN(test_an_interval_that_changes);
    RUN(test_sizes_take_turns);
    RUN(test_the_same_seed_draws_the_same);
    RUN(test_spending);
    RUN(test_table_keeps_what_is_put);
    RUN(test_large_ones_are_counted_apart);
    RUN(test_what_is_no_block_s_address);
    RUN(test_filter_knows_what_lives);
    RUN(test_full_table_says_so);
    RUN(test_threads_do_not_meet);
    RUN(test_forks_at_any_instant);
    RUN(test_ranges_are_cut_anywhere);
    RUN(test_one_cut_goes_through_many);
    RUN(test_ranges_are_bounded);
    RUN(test_a_burst_is_measured_well);
    RUN(test_a_longer_one_step_by_step);
    RUN(test_a_flood_is_thinned_out);
    RUN(test_small_and_large_have_their_own);
    RUN(test_quiet_without_a_sample);
    RUN(test_the_usual_rate_is_kept);
    RUN(test_many_that_live);
    RUN(test_a_full_ring_makes_samples_rare);
    RUN(test_fixed_stays);
    ring_drop(smp_recorder.ring);
    return check_summary();
}
