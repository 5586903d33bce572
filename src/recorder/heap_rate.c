/* The governor: how many bytes apart samples are, so that they cost little and
 * fit the table. */
#include "recorder/heap.h"

#define WINDOW_NS UINT64_C(100000000) /* what a rate is taken over */
#define SAMPLES_MOST 200u /* in a window: 2,000 a second; more: wider apart */
#define SAMPLES_FEW 50u   /* in a window; fewer: closer again */
/* 1 / these of the time may go into samples; below the second they may come
 * closer again. */
#define TIME_MOST 100u
#define TIME_FEW 400u
/* Beyond this a live block of some MiB is often missed, and the peak becomes a
 * guess: then the number of samples is no reason any more, only their time. */
#define INTERVAL_SOFT (UINT64_C(4) << 20)
#define INTERVAL_HARD (UINT64_C(1) << 30)
/* So many live samples tell the total to a percent: with each further so many the
 * interval doubles, and the table's 229,376 places are never filled. */
#define ALIVE_STEP 16384u

static _Atomic uint64_t interval;
static _Atomic uint64_t fixed; /* 0: governed */
/* The window. */
static _Atomic uint64_t began_ns, took_ns;
static _Atomic uint32_t samples;

static void publish(uint64_t now_interval)
{
    struct smp_ring_counts *c = &smp_recorder.ring->counts;
    uint64_t least = atomic_load(&c->interval_least);
    if (!least || now_interval < least)
        atomic_store(&c->interval_least, now_interval);
    if (now_interval > atomic_load(&c->interval_most))
        atomic_store(&c->interval_most, now_interval);
}

static void set(uint64_t value)
{
    atomic_store(&interval, value);
    publish(value);
}

static void begin_window(uint64_t now)
{
    atomic_store(&samples, 0);
    atomic_store(&took_ns, 0);
    atomic_store(&began_ns, now);
}

void smp_rate_start(uint64_t fixed_interval)
{
    atomic_store(&fixed, fixed_interval);
    begin_window(smp_os_now());
    set(fixed_interval ? fixed_interval : SMP_HEAP_INTERVAL);
}

void smp_rate_after_fork(void)
{
    begin_window(smp_os_now());
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

/* Too many samples in a window that has not even ended, or too long ones. */
static uint64_t raised(uint64_t value, uint32_t n, uint64_t took,
                       uint64_t length)
{
    int many = n >= SAMPLES_MOST && length < WINDOW_NS;
    int slow = took > (length > WINDOW_NS ? length : WINDOW_NS) / TIME_MOST;
    uint64_t most = slow ? INTERVAL_HARD : INTERVAL_SOFT;
    return (many || slow) && value < most ? value * 2 : value;
}

/* Few samples in a window, or in a quiet time that spans many. */
static uint64_t lowered(uint64_t value, uint32_t n, uint64_t took,
                        uint64_t length)
{
    for (; length >= WINDOW_NS && value > SMP_HEAP_INTERVAL; length /= 2) {
        uint64_t windows = length / WINDOW_NS;
        if (n >= SAMPLES_FEW * windows || took > length / TIME_FEW)
            break;
        value /= 2;
    }
    return value;
}

static void judge(uint64_t now, uint32_t alive)
{
    uint64_t began = atomic_load(&began_ns);
    uint64_t length = now > began ? now - began : 0;
    uint32_t n = atomic_load(&samples);
    uint64_t took = atomic_load(&took_ns), before = smp_rate_interval();
    uint64_t after = raised(before, n, took, length);
    if (after == before && length < WINDOW_NS && n < SAMPLES_MOST)
        return;
    /* One thread judges a window; the others go on. */
    if (!atomic_compare_exchange_strong(&began_ns, &began, now))
        return;
    if (after == before)
        after = lowered(before, n, took, length);
    if (after < least_for(alive))
        after = least_for(alive);
    begin_window(now);
    if (after != before)
        set(after);
}

void smp_rate_note(uint64_t now, uint64_t took, uint32_t alive)
{
    atomic_fetch_add_explicit(&took_ns, took, memory_order_relaxed);
    atomic_fetch_add_explicit(&samples, 1, memory_order_relaxed);
    if (!atomic_load_explicit(&fixed, memory_order_relaxed))
        judge(now, alive);
}

void smp_rate_note_time(uint64_t took)
{
    atomic_fetch_add_explicit(&took_ns, took, memory_order_relaxed);
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
