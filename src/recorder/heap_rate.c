/* The governors: how many bytes apart samples are, so that they cost little and
 * fit the table. One for small blocks, one for large ones, one for copies.
 *
 * A purse of time: a share of the clock goes in, each sample takes out what it
 * took. While half of it is left the interval stays small, whatever the rate: a
 * short program is measured as well as it can be. Then it may be twice that, with
 * a quarter left four times, and so on: each part of the purse lasts for as many bytes
 * as the one before, so that the error stays small beside what was allocated. */
#include "recorder/heap.h"

#define COST_LEAST_NS UINT64_C(600)
/* A longer one was put off its CPU meanwhile: that is no cost of ours. */
#define COST_MOST_NS UINT64_C(20000)
#define RAISE_NS UINT64_C(500000)
#define WINDOW_NS UINT64_C(25000000) /* judged at least so often, */
#define WINDOW_SAMPLES 64u           /* and after so many */
#define CHILD_PART 4 /* 1 / this of a purse: a forked child has it at least */
/* With each further so many live samples the interval doubles: some thousand tell
 * the total to a percent or two, and the table's 114,688 places are never filled. */
#define ALIVE_STEP 8192u

struct rate {
    /* What it is held to. */
    uint64_t share;     /* 1 / this of the time */
    int64_t purse_most; /* ns that the purse holds */
    uint64_t least;     /* bytes: at first, and never less */
    uint64_t soft,
        hard; /* bytes: more than soft only with an overdrawn purse */
    /* How it stands. */
    _Atomic uint64_t interval;
    int fixed;             /* 1: not governed */
    _Atomic int64_t purse; /* ns; may be overdrawn */
    /* Since the last judgement: */
    _Atomic uint64_t judged_ns, spent_ns;
    _Atomic uint64_t raised; /* when there was no room, last */
    _Atomic uint32_t samples;
};

static struct rate rates[SMP_RATES] = {
    /* Beyond 1 MiB a live block of that size is often missed, and the peak becomes
     * a guess. */
    [SMP_RATE_SMALL] = {.share = 800,
                        .purse_most = 4000000,
                        .least = UINT64_C(32) << 10,
                        .soft = UINT64_C(1) << 20,
                        .hard = UINT64_C(64) << 20},
    /* A block of 100 MB is seen for certain (p = 0.998), whatever is spent. */
    [SMP_RATE_LARGE] = {.share = 800,
                        .purse_most = 2200000,
                        .least = UINT64_C(64) << 10,
                        .soft = UINT64_C(1) << 20,
                        .hard = UINT64_C(16) << 20},
    [SMP_RATE_COPIES] = {.share = 1600,
                         .purse_most = 2000000,
                         .least = UINT64_C(256) << 10,
                         .soft = UINT64_C(64) << 20,
                         .hard = UINT64_C(64) << 20},
};

/* Of allocations: the collector tells the extremes. */
static void publish(const struct rate *r)
{
    uint64_t value = atomic_load(&r->interval);
    if (r == &rates[SMP_RATE_COPIES])
        return;
    struct smp_ring_counts *c = &smp_recorder.ring->counts;
    uint64_t least = atomic_load(&c->interval_least);
    if (!least || value < least)
        atomic_store(&c->interval_least, value);
    if (value > atomic_load(&c->interval_most))
        atomic_store(&c->interval_most, value);
}

static void set(struct rate *r, uint64_t value)
{
    atomic_store(&r->interval, value);
    publish(r);
}

static void open_window(struct rate *r, uint64_t now)
{
    atomic_store(&r->samples, 0);
    atomic_store(&r->spent_ns, 0);
    atomic_store(&r->judged_ns, now);
}

void smp_rate_start(enum smp_rate which, uint64_t first, int fixed)
{
    struct rate *r = &rates[which];
    r->fixed = fixed;
    r->least = first ? first : r->least;
    atomic_store(&r->purse, r->purse_most);
    open_window(r, smp_os_now());
    set(r, r->least);
}

uint64_t smp_rate_interval(enum smp_rate which)
{
    return atomic_load_explicit(&rates[which].interval, memory_order_relaxed);
}

/* The least interval for so many live samples (of copies there are none). */
static uint64_t least_for(const struct rate *r, uint32_t alive)
{
    uint32_t steps = alive / ALIVE_STEP;
    return r->least << (steps < 14 ? steps : 14);
}

/* What a time of this length puts in, and what is in the purse then. */
static int64_t fill_purse(struct rate *r, uint64_t length, uint64_t spent)
{
    int64_t most = r->purse_most, in = (int64_t)(length / r->share);
    int64_t level = atomic_load(&r->purse) + in - (int64_t)spent;
    level = level > most ? most : level < -most ? -most : level;
    atomic_store(&r->purse, level);
    return level;
}

/* Closer again after a time in which little was spent: closer by half it still
 * is half of what comes in at most. A long time counts as several. */
static uint64_t lowered(const struct rate *r, uint64_t value, uint64_t spent,
                        uint64_t length)
{
    for (; length >= WINDOW_NS && value > r->least; length /= 2) {
        if (spent > length / r->share / 4)
            break;
        value /= 2;
    }
    return value;
}

/* How far the interval may rise with so much in the purse. */
static uint64_t most_for(const struct rate *r, int64_t level)
{
    if (level <= -r->purse_most / 4)
        return r->hard;
    if (level <= 0)
        return r->soft;
    int64_t times = r->purse_most / level;
    uint64_t most = r->least * (uint64_t)times;
    return times > 1024 || most > r->soft ? r->soft : most;
}

/* A worker whose parent has spent its purse (an application that is loaded, then
 * forked) would be measured as roughly as that: it begins with a part of its own. */
static void renew(struct rate *r)
{
    int64_t level = atomic_load(&r->purse);
    uint64_t value = atomic_load(&r->interval);
    if (level < r->purse_most / CHILD_PART)
        level = r->purse_most / CHILD_PART;
    atomic_store(&r->purse, level);
    if (!r->fixed && value > most_for(r, level))
        atomic_store(&r->interval, most_for(r, level));
}

void smp_rate_after_fork(void)
{
    for (unsigned n = 0; n < SMP_RATES; n++) {
        renew(&rates[n]);
        open_window(&rates[n], smp_os_now());
        publish(&rates[n]);
    }
}

static void judge(struct rate *r, uint64_t now, uint32_t alive)
{
    uint64_t began = atomic_load(&r->judged_ns);
    uint64_t length = now > began ? now - began : 0;
    if (length < WINDOW_NS && atomic_load(&r->samples) < WINDOW_SAMPLES)
        return;
    /* One thread judges; the others go on. */
    if (!atomic_compare_exchange_strong(&r->judged_ns, &began, now))
        return;
    uint64_t spent = atomic_load(&r->spent_ns);
    uint64_t before = atomic_load(&r->interval), value = before;
    uint64_t least = least_for(r, alive);
    int64_t level = fill_purse(r, length, spent);
    open_window(r, now);
    if (level < r->purse_most / 2 && spent > length / r->share)
        value = value * 2 <= most_for(r, level) ? value * 2 : value;
    else
        value = lowered(r, value, spent, length);
    value = value < least ? least : value;
    if (value != before)
        set(r, value);
}

void smp_rate_note_time(enum smp_rate which, uint64_t took)
{
    took = took > COST_MOST_NS ? COST_MOST_NS : took;
    atomic_fetch_add_explicit(&rates[which].spent_ns, took,
                              memory_order_relaxed);
}

void smp_rate_note(enum smp_rate which, uint64_t now, uint64_t took,
                   uint32_t alive)
{
    struct rate *r = &rates[which];
    took = took < COST_LEAST_NS  ? COST_LEAST_NS
           : took > COST_MOST_NS ? COST_MOST_NS
                                 : took;
    atomic_fetch_add_explicit(&r->spent_ns, took, memory_order_relaxed);
    atomic_fetch_add_explicit(&r->samples, 1, memory_order_relaxed);
    if (!r->fixed)
        judge(r, now, alive);
}

void smp_rate_tick(uint64_t now)
{
    for (int which = SMP_RATE_SMALL; which <= SMP_RATE_LARGE; which++) {
        struct rate *r = &rates[which];
        if (!r->fixed &&
            atomic_load_explicit(&r->interval, memory_order_relaxed) > r->least)
            judge(r, now, smp_table_count(which == SMP_RATE_LARGE));
    }
}

/* No more than once in a while: until the collector has made room all samples meet
 * the same fullness. */
static void raise_to(struct rate *r, uint64_t now, uint64_t most)
{
    uint64_t value = atomic_load(&r->interval), then = atomic_load(&r->raised);
    if (!r->fixed && value * 2 <= most && now - then > RAISE_NS &&
        atomic_compare_exchange_strong(&r->raised, &then, now))
        set(r, value * 2);
}

void smp_rate_raise(enum smp_rate which, uint64_t now)
{
    raise_to(&rates[which], now, rates[which].hard);
}

void smp_rate_press(enum smp_rate which, uint64_t now, uint64_t used,
                    uint64_t bytes)
{
    struct rate *r = &rates[which];
    uint64_t quarters = used / (bytes / 4);
    if (quarters)
        raise_to(r, now, quarters < 3 ? r->least << (2 * quarters) : r->soft);
}
