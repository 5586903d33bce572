/* A view: one question put to a profile, and its answer by file, line and
 * function. Filters live here, so a saved profile can be asked again. */
#ifndef SMP_MODEL_VIEW_H
#define SMP_MODEL_VIEW_H

#include "model/profile.h"
#include "model/view_memory.h"

enum smp_scope {
    SMP_SCOPE_PROGRAM, /* files of the user's program */
    SMP_SCOPE_ALL      /* every Python file (--profile-all) */
};

/* What exports of stacks weigh by: seconds, or bytes.
 * X(symbol, name of the option's word) */
#define SMP_METRIC_TABLE(X)                                                    \
    X(TIME, "time") /* CPU and waiting */                                      \
    X(CPU, "cpu")                                                              \
    X(WAIT, "wait")                                                            \
    X(ALLOC, "alloc") /* bytes allocated in the time range */                  \
    X(LIVE, "live")   /* of these: alive at its end */                         \
    X(PEAK, "peak")   /* alive at the program's peak */                        \
    X(COPY, "copy")   /* bytes copied */

enum smp_metric {
#define SMP_X(symbol, name) SMP_METRIC_##symbol,
    SMP_METRIC_TABLE(SMP_X)
#undef SMP_X
        SMP_METRIC_COUNT
};
#define SMP_METRIC_IS_BYTES(m) ((m) >= SMP_METRIC_ALLOC)

/* What to look at. {0} is the default question. Strings are borrowed. */
struct smp_filter {
    enum smp_scope scope;
    /* A file is in scope where its path contains one of these (--profile-only;
     * then `scope` does not matter), and none of those (--profile-exclude). */
    const char *const *only;
    size_t only_count;
    const char *const *exclude;
    size_t exclude_count;
    const char *program_path; /* --program-path: what is under it is in scope */
    int cpu_only; /* drop waiting: only CPU time counts (--use-virtual-time) */
    enum smp_metric metric;  /* what speedscope and collapsed stacks weigh by */
    double from_s, to_s;     /* time range; to_s 0: until the end */
    uint32_t process_plus_1; /* 0: all; else process index + 1 */
    uint32_t thread_plus_1;  /* 0: all; else thread index + 1 */
};

/* Time by kind. `wait_s` is the waiting of the main thread of the program's
 * main process alone: it, queue_s and that thread's CPU time add up to the
 * elapsed time. Waiting of every other thread is in `other_wait_s`: idle
 * workers would drown the answer. (Where the filter names one thread or
 * process, its own (main) thread takes that place.) */
struct smp_cost {
    double cpu_s[3]; /* python, native, system: over all threads */
    double wait_s;
    /* The same thread was ready and waited for a CPU. Apart from wait_s, since
     * it is the machine's load and not the program's doing: shares would say
     * something else on a busy machine. */
    double queue_s;
    double wait_by_s[SMP_KIND_COUNT]; /* of wait_s and queue_s, by reason */
    double other_wait_s;
    double gc_s;        /* of cpu_s: in the garbage collector */
    uint64_t cpu_count; /* measurements behind cpu_s: n of its interval */
    uint64_t wait_count;
};

struct smp_line_cost {
    uint32_t line; /* 1-based; 0: no line known */
    struct smp_cost cost;
    /* Seconds of timeline in which any thread ran it on a CPU; CPU seconds
     * over this is how many CPUs it kept busy. In each bin: the CPU time of all
     * threads up to the bin's width, but no less than one thread's own. */
    double busy_threads_s;
    const uint32_t *bins; /* bins with CPU time, ascending; the view's */
    size_t bin_count;
    /* The hottest expression inside the line, as in smp_frame; 0: not known;
     * end_column 0 also where the expression ends on a later line. */
    uint32_t column, end_column;
    double expression_share; /* of the line's CPU time, 0 to 1 */
    struct smp_memory_cost memory;
};

struct smp_function_cost {
    uint32_t function;
    struct smp_cost self;  /* charged to its own lines */
    struct smp_cost total; /* with what it called; recursion counted once */
    double busy_threads_s; /* of self, and `bins`: as in smp_line_cost */
    const uint32_t *bins;
    size_t bin_count;
    struct smp_memory_cost memory;       /* of self */
    struct smp_memory_cost total_memory; /* of total */
};

struct smp_file_cost {
    uint32_t file;
    struct smp_cost cost;
    struct smp_memory_cost memory;
    struct smp_line_cost *lines; /* owned, by line number */
    size_t line_count;
    struct smp_function_cost *functions; /* owned, most self time first */
    size_t function_count;
};

struct smp_thread_cost {
    uint32_t thread;
    struct smp_cost cost; /* here wait_s is this thread's own waiting */
    /* Of the waiting that it did most: the frame in scope with the most of it;
     * SMP_NONE where it was outside the scope. */
    uint32_t top_wait_frame;
    double top_wait_s;
    struct smp_memory_cost memory;
};

/* A region of all threads that the filter keeps. Wall clock and counts are of
 * the whole run, whatever the filter's time range; the rest is of that range.
 * Time and memory are with all that ran inside, other regions too; where it is
 * inside of itself it counts once. */
struct smp_region_cost {
    uint32_t name;
    uint32_t threads, processes; /* that entered it */
    uint64_t count, nested, open;
    double total_s, least_s, most_s, first_s, last_s; /* as in smp_region */
    struct smp_cost cost;
    struct smp_memory_cost memory;
};

struct smp_view {
    const struct smp_profile *profile; /* borrowed: outlives the view */
    uint32_t main_thread;  /* the thread whose waiting is wait_s; SMP_NONE */
    struct smp_cost total; /* all that time, process and thread filter keep */
    struct smp_cost in_scope;  /* the part charged to the files below */
    struct smp_cost no_python; /* of the rest: threads without Python frames */
    /* 100 % of the report: CPU of all threads plus wait_s (without queue_s). */
    double whole_s;
    struct smp_file_cost *files; /* owned, most time first */
    size_t file_count;
    struct smp_thread_cost *threads; /* owned, most CPU time first; those that
                                      * the process and thread filters keep */
    size_t thread_count;
    struct smp_region_cost *regions; /* owned, most wall clock first */
    size_t region_count;
    uint32_t *bins; /* owned: what lines' and functions' bins point into */

    /* Memory; all 0 where the profile has none. Lines and functions that have
     * memory but no time are among the others. */
    int has_memory, has_peak; /* 1: measured; its peak lies in the range */
    struct smp_memory_cost memory, memory_in_scope;
    /* Bytes that Python's arenas held at the peak beside what lines are charged with,
     * as far as it was resident: rounding up to 16 bytes, and what was free in them.
     * What the interpreter had when recording began is not in it. */
    double peak_slack;
    struct smp_memory_cost *process_memory; /* owned; by process */
    struct smp_memory_site *memory_sites;   /* owned: all that is kept */
    size_t memory_site_count;
    struct smp_leak *leaks; /* owned; the fastest first */
    size_t leak_count;
    double timeline_from_s, timeline_step_s; /* of every timeline */
    size_t timeline_count;                   /* points, <= SMP_TIMELINE_LIMIT */
    float *timelines;                        /* owned */
};

/* The rule of charging: a sample belongs to the innermost Python frame whose
 * file is in scope, so library time goes to the user's line that called it;
 * with no such frame it is out of scope and counted in `total` only.
 * Returns 0 (free with smp_view_release), SMP_ENOMEM. */
int smp_view_make(struct smp_view *v, const struct smp_profile *p,
                  const struct smp_filter *f);
void smp_view_release(struct smp_view *v);

/* 1 where the filter has this file in scope. Native files never are; under
 * SMP_SCOPE_ALL a synthetic file is only where its text is known. */
int smp_view_file_in_scope(const struct smp_profile *p, uint32_t file,
                           const struct smp_filter *f);

/* By function, 1 where it is in scope: its file is; but where functions were
 * decorated with @profile and the scope is the program, those functions,
 * wherever their files lie (the filter's only and exclude hold). Owned; NULL on
 * lack of memory. */
uint8_t *smp_view_functions_in_scope(const struct smp_profile *p,
                                     const struct smp_filter *f);

/* 1 where the filter's time range, process, thread and cpu_only keep this
 * sample. A bin belongs to the time range that holds its middle. */
int smp_filter_keeps(const struct smp_profile *p, const struct smp_filter *f,
                     const struct smp_sample *s);

/* The same for a thread, and for a bin of memory's rows. */
int smp_filter_keeps_thread(const struct smp_profile *p,
                            const struct smp_filter *f, uint32_t thread);
int smp_filter_keeps_bin(const struct smp_filter *f, uint32_t bin,
                         double bin_s);

/* The thread whose waiting counts as wait_s under this filter: the thread or
 * the process's main thread that it names, else that of the program's main
 * process (no parent in the profile; of several the one that lived longest).
 * SMP_NONE where there is none. */
uint32_t smp_view_main_thread(const struct smp_profile *p,
                              const struct smp_filter *f);

/* The process whose footprint is the program's: the filter's, or that of its
 * thread, else the main one; SMP_NONE where there is none. */
uint32_t smp_view_main_process(const struct smp_profile *p,
                               const struct smp_filter *f);

/* The share part/whole and its 95 % interval for n independent measurements
 * (Wilson's score interval; E. B. Wilson, 1927). n 0: [0, 1]. */
struct smp_interval {
    double low, high;
};
struct smp_interval smp_share_interval(double share, uint64_t n);

double smp_cost_cpu(const struct smp_cost *c); /* seconds, three kinds */
double smp_cost_all(const struct smp_cost *c); /* with wait_s */
/* The kind of waiting that took the most of wait_s; SMP_KIND_COUNT: none. */
enum smp_kind smp_cost_top_wait(const struct smp_cost *c);
void smp_cost_add(struct smp_cost *to, const struct smp_cost *from);

#endif
