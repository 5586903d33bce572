/* Memory in a view: what each place allocated, freed, kept and copied. */
#ifndef SMP_MODEL_VIEW_MEMORY_H
#define SMP_MODEL_VIEW_MEMORY_H

#include "model/profile.h"

/* The most points of a timeline, whatever the length of the run. */
#define SMP_TIMELINE_LIMIT 100

/* What a line, function, file, thread, process or the whole program did, in
 * bytes. Estimates from sampled allocations, except where all of them were so
 * large that each was recorded. Charged as time is: to the innermost frame in
 * scope of the stack that allocated.
 *
 * alloc, freed, live, freed_here, churn, copy and largest are of what happened
 * in the filter's time range; peak, avg and the timeline are of all that was
 * alive in it, whenever it was allocated. */
struct smp_memory_cost {
    uint64_t samples; /* sampled allocations behind alloc_bytes */
    double alloc_bytes, alloc_count;
    double alloc_variance;     /* of alloc_bytes */
    double python_alloc_bytes; /* of alloc_bytes: Python's own objects */
    double freed_bytes;        /* of alloc_bytes: freed within the range */
    uint64_t live_samples;
    double live_bytes; /* of alloc_bytes: alive at the end of the range */
    double live_variance;
    double freed_here_bytes; /* what this place freed, whoever allocated it */
    /* The most that was alive at one time. Of several sites (thread, stack)
     * whose greatest moments within one bin of time are known, but not which was
     * when: max over bins of (sum over sites of the greater of what was alive at
     * the bin's ends, and the largest single rise above it). */
    double peak_bytes, peak_variance;
    double peak_s;        /* when: the middle of that bin */
    double at_peak_bytes; /* alive at the instant of the program's peak */
    double avg_bytes;     /* alive on average over the range's time */
    double largest;       /* the greatest single allocation that was sampled */
    double churn_bytes;   /* of alloc_bytes: freed at once (SMP_CHURN_S) */
    uint64_t copy_samples;
    double copy_bytes, copy_variance; /* moved by library copies */
    /* The most alive in each of the view's timeline_count steps; NULL: nothing
     * was. The view's. */
    const float *timeline;
};

/* Freed within the bin that it was allocated in, or after no more than this. */
#define SMP_CHURN_S 0.1

/* Allocated less what this place freed: below 0 where it frees what others
 * allocated. */
double smp_memory_net(const struct smp_memory_cost *m);

/* 1 where there is anything to show: it allocated, kept, freed or copied. */
int smp_memory_is_some(const struct smp_memory_cost *m);

/* Python's own objects as a share of what it allocated, 0 to 1. */
double smp_memory_python_share(const struct smp_memory_cost *m);

/* 1 where a place is worth a look for its memory alone: its peak is
 * SMP_MEMORY_SHARE of the program's; or it has that share of all bytes allocated
 * in at least `malloc_threshold` allocations; or of all bytes copied (and those
 * are SMP_COPY_LEAST). A threshold of 0: all that has any. */
#define SMP_MEMORY_SHARE 0.01
#define SMP_COPY_LEAST (32.0 * 1024 * 1024)
struct smp_view;
int smp_memory_matters(const struct smp_view *v,
                       const struct smp_memory_cost *m, int malloc_threshold);

/* The 95 % interval of a sum of sampled weights: normal approximation, widened
 * for few samples as the exact interval of a Poisson count is (n samples of equal
 * weight r: sum -+ 1.96 sd moved up by r and 2.4 r; low never below 0). */
struct smp_bounds {
    double low, high;
};
struct smp_bounds smp_memory_bounds(double sum, double variance,
                                    uint64_t samples);

/* One site of memory with what it did. */
struct smp_memory_site {
    uint32_t thread, stack;
    uint8_t domain; /* SMP_DOMAIN_COUNT: what has none (frees, copies) */
    struct smp_memory_cost cost; /* without a timeline */
};

/* A line that keeps what it allocates, and more and more of it. */
struct smp_leak {
    uint32_t file, line, function; /* SMP_NONE, 0, SMP_NONE: no line in scope */
    uint32_t stack;                /* of its stacks the one that leaks most */
    double bytes_per_s; /* by what stayed of a span of the run's time */
    double low, high;   /* 95 % interval of bytes_per_s */
    double survival;    /* share of what was born early and is still alive */
    double growth_z;    /* Mann-Kendall: standard deviations from "no trend" */
    double live_bytes;  /* alive at the end */
    uint64_t samples;   /* survivors behind the rate */
};

/* One or more sampled allocations, as a leak is looked for in them. */
struct smp_life {
    double born_s, died_s; /* HUGE_VAL: alive at the end */
    double bytes, variance;
    uint32_t samples;
};

/* The rule, for what one place allocated in a run (of a process) from from_s to
 * to_s. It leaks where all hold:
 *   - what is alive grows over the last half of SMP_LEAK_SNAPSHOTS evenly spaced
 *     snapshots (Mann-Kendall's test, z > SMP_LEAK_Z);
 *   - more than half of the samples born in the second quarter are alive at the
 *     end (what was born before is start-up), of those that lived for longer than
 *     from one snapshot to the next (what goes at once is no part of it);
 *   - at least SMP_LEAK_SURVIVORS born in the last half are alive at the end;
 *   - at least SMP_LEAK_LEAST bytes are alive at the end;
 *   - it has not stopped. What grew for a while, a cache until it is full or data
 *     that is loaded, and grew in the last fifth at less than SMP_LEAK_PACE of its
 *     pace before, is none, unless it paused like that before, or has too few
 *     samples to tell. That fifth is of the time to active_s, when the place's
 *     threads last allocated anything at all: one that does nothing leaks nothing,
 *     and has not stopped.
 * 1 (fills rate, interval, survival, growth, live, samples) or 0. The rate is
 * what was born from the second quarter on, but for the last 5 % of the time,
 * and stayed, by that time. */
#define SMP_LEAK_SNAPSHOTS 20
#define SMP_LEAK_Z 2.33
#define SMP_LEAK_SURVIVORS 3
#define SMP_LEAK_LEAST (512.0 * 1024)
#define SMP_LEAK_PACE 0.25
int smp_leak_judge(struct smp_leak *out, const struct smp_life *lives, size_t n,
                   double from_s, double to_s, double active_s);

/* How sure it is that this is growth and no chance: 0 to 1. */
double smp_leak_likelihood(const struct smp_leak *leak);

/* Gives `to`, a copy of p, rows of memory of its own (owned, also after an
 * error), with stack_of[stack] in place of each stack and the greatest moments of
 * sites that become one as in peak_bytes above. 0 or SMP_ENOMEM. */
int smp_view_restack(struct smp_profile *to, const struct smp_profile *p,
                     const uint32_t *stack_of);

/* Resident memory at its greatest, in parts that add up to it (bytes). */
struct smp_footprint_parts {
    uint32_t process;
    double at_s;
    double tracked;     /* alive by our estimate */
    double arena_slack; /* mapped for small objects since then, not in use */
    double interpreter; /* anonymous memory when recording began */
    double files;       /* libraries and mapped files */
    double shared;      /* shared memory, but for what is tracked of it */
    double rest;        /* rss less all these; below 0: not touched yet */
    double rss;
};

/* Of the filter's process, else of the main one. 0, or SMP_ENOENT where there
 * is no footprint of it. */
struct smp_filter;
int smp_footprint_parts(struct smp_footprint_parts *out,
                        const struct smp_profile *p,
                        const struct smp_filter *f);

#endif
