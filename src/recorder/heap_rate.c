/* The governor: how many bytes apart samples are, so that they cost little and
 * fit the table.
 *
 * A purse of time: a hundredth of the clock goes in, each sample takes out what
 * it took. While it is at least half full the interval stays small, whatever the
 * rate: a short program is measured as well as it can be. */
#include "recorder/heap.h"

#define SHARE 100                  /* 1 / this of the time is for samples */
#define PURSE_NS INT64_C(15000000) /* it holds at most: about 3,000 samples */
#define COST_LEAST_NS                                                          \
    UINT64_C(5000) /* a sample and the collector's work for it */
/* A longer one was put off its CPU meanwhile: that is no cost of ours. */
#define COST_MOST_NS UINT64_C(20000)
#define WINDOW_NS UINT64_C(25000000) /* judged at least so often, */
#define WINDOW_SAMPLES 64u           /* and after so many */
/* Beyond this a live block of some MiB is often missed, and the peak becomes a
 * guess: only where the purse is empty. */
#define INTERVAL_SOFT (UINT64_C(4) << 20)
#define INTERVAL_HARD (UINT64_C(1) << 30)
/* So many live samples tell the total to a percent: with each further so many the
 * interval doubles, and the table's 229,376 places are never filled. */
#define ALIVE_STEP 16384u

static _Atomic uint64_t interval;
static _Atomic uint64_t fixed; /* 0: governed */
static _Atomic int64_t purse;  /* ns; may be overdrawn */
/* Since the last judgement: */
static _Atomic uint64_t judged_ns, spent_ns;
static _Atomic uint32_t samples;

static void publish(uint64_t value)
{
    struct smp_ring_counts *c = &smp_recorder.ring->counts;
    uint64_t least = atomic_load(&c->interval_least);
    if (!least || value < least)
        atomic_store(&c->interval_least, value);
    if (value > atomic_load(&c->interval_most))
        atomic_store(&c->interval_most, value);
}

static void set(uint64_t value)
{
    atomic_store(&interval, value);
    publish(value);
}

static void begin(uint64_t now)
{
    atomic_store(&samples, 0);
    atomic_store(&spent_ns, 0);
    atomic_store(&judged_ns, now);
}

void smp_rate_start(uint64_t fixed_interval)
{
    atomic_store(&fixed, fixed_interval);
    atomic_store(&purse, PURSE_NS);
    begin(smp_os_now());
    set(fixed_interval ? fixed_interval : SMP_HEAP_INTERVAL);
}

void smp_rate_after_fork(void)
{
    begin(smp_os_now());
    publish(atomic_load(&interval));
}

uint64_t smp_rate_interval(void)
{
    return atomic_load_explicit(&interval, memory_order_relaxed);
}

/* The least interval for so many live samples. */
static uint64_t least_for(uint32_t alive)
{
    uint32_t steps = alive / ALIVE_STEP;
    return (uint64_t)SMP_HEAP_INTERVAL << (steps < 14 ? steps : 14);
}

/* What a time of this length puts in, and what is in the purse then. */
static int64_t fill_purse(uint64_t length, uint64_t spent)
{
    int64_t in = (int64_t)(length / SHARE);
    int64_t level = atomic_load(&purse) + in - (int64_t)spent;
    level = level > PURSE_NS ? PURSE_NS : level < -PURSE_NS ? -PURSE_NS : level;
    atomic_store(&purse, level);
    return level;
}

/* Closer again after a time in which little was spent: closer by half it still
 * is half of what comes in at most. A long time counts as several. */
static uint64_t lowered(uint64_t value, uint64_t spent, uint64_t length)
{
    for (; length >= WINDOW_NS && value > SMP_HEAP_INTERVAL; length /= 2) {
        if (spent > length / SHARE / 4)
            break;
        value /= 2;
    }
    return value;
}

static void judge(uint64_t now, uint32_t alive)
{
    uint64_t began = atomic_load(&judged_ns);
    uint64_t length = now > began ? now - began : 0;
    if (length < WINDOW_NS && atomic_load(&samples) < WINDOW_SAMPLES)
        return;
    /* One thread judges; the others go on. */
    if (!atomic_compare_exchange_strong(&judged_ns, &began, now))
        return;
    uint64_t spent = atomic_load(&spent_ns), value = smp_rate_interval();
    uint64_t before = value, least = least_for(alive);
    int64_t level = fill_purse(length, spent);
    uint64_t most = level > 0 ? INTERVAL_SOFT : INTERVAL_HARD;
    begin(now);
    if (level < PURSE_NS / 2 && spent > length / SHARE)
        value = value < most ? value * 2 : value;
    else
        value = lowered(value, spent, length);
    value = value < least ? least : value;
    if (value != before)
        set(value);
}

void smp_rate_note_time(uint64_t took)
{
    took = took > COST_MOST_NS ? COST_MOST_NS : took;
    atomic_fetch_add_explicit(&spent_ns, took, memory_order_relaxed);
}

void smp_rate_note(uint64_t now, uint64_t took, uint32_t alive)
{
    smp_rate_note_time(took < COST_LEAST_NS ? COST_LEAST_NS : took);
    atomic_fetch_add_explicit(&samples, 1, memory_order_relaxed);
    if (!atomic_load_explicit(&fixed, memory_order_relaxed))
        judge(now, alive);
}

void smp_rate_tick(uint64_t now)
{
    if (!atomic_load_explicit(&fixed, memory_order_relaxed) &&
        smp_rate_interval() > SMP_HEAP_INTERVAL)
        judge(now, smp_table_count());
}

void smp_rate_raise(void)
{
    uint64_t value = smp_rate_interval();
    if (!atomic_load(&fixed) && value < INTERVAL_HARD)
        set(value * 2);
}
