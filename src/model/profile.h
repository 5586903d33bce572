/* The profile: everything that a run recorded, each thing stored once.
 *
 * The collector builds it, the JSON reader rebuilds it from a file, reports
 * ask it questions through a view (view.h). It holds facts only: no filter, no
 * percentage, no wording.
 *
 * Things refer to each other by index into the arrays below (uint32_t). Index
 * 0 of strings is "", index 0 of stacks is the empty stack; the other arrays
 * start with a real element. SMP_NONE means "none". Times are seconds since
 * the profile's start on the monotonic clock. */
#ifndef SMP_MODEL_PROFILE_H
#define SMP_MODEL_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "model/kind.h"

#define SMP_NONE UINT32_MAX

/* A source file or a shared object. */
enum smp_file_kind {
    SMP_FILE_SOURCE,    /* Python source: `path` is what co_filename says */
    SMP_FILE_SYNTHETIC, /* no file: <string>, <frozen importlib._bootstrap> */
    SMP_FILE_NATIVE     /* a shared object or executable */
};

struct smp_file {
    uint32_t path;    /* string; absolute where that could be found out */
    uint8_t kind;     /* enum smp_file_kind */
    uint8_t library;  /* 1: standard library or site-packages, by its place */
    uint8_t program;  /* 1: the user's code: in scope unless filtered out */
    uint8_t stripped; /* native: 1 where a frame in it found no symbol */
    char *source; /* owned UTF-8 text, NUL-terminated; NULL: not available */
    size_t source_length;
    char hash[65]; /* hex SHA-256 of the file's bytes, "" where not known */
};

/* A Python code object's identity, or a native function. */
struct smp_function {
    uint32_t name;       /* string: qualname; native: demangled symbol, or
                          * "[name.so+0x1234]" where no symbol was found */
    uint32_t file;       /* file */
    uint32_t first_line; /* 0: native or not known */
};

/* One position in a function. line 0: not known (native, or no location);
 * columns are 1-based UTF-8 byte columns as CPython's tables give them plus 1,
 * 0: not known. end_line 0: as line. */
struct smp_frame {
    uint32_t function;
    uint32_t line, end_line;
    uint32_t column, end_column;
};

/* A stack is its outer part and one more frame; sharing makes it a tree. */
struct smp_stack {
    uint32_t parent; /* stack; 0 is the empty stack */
    uint32_t frame;  /* the innermost frame; of stack 0: SMP_NONE */
};

enum smp_recording {
    SMP_RECORDED,        /* recorded as asked */
    SMP_RECORDED_PARTLY, /* some of it is missing: `note` says what */
    SMP_NOT_RECORDED     /* a Python process that ran unprofiled: `note` */
};

struct smp_process {
    int32_t pid;
    uint32_t parent;  /* process, or SMP_NONE */
    uint32_t command; /* string: its argv, joined as a shell would read it */
    uint32_t interpreter; /* string: "CPython 3.12.1", "" where not known */
    uint32_t executable;  /* string: path of the interpreter */
    uint8_t recording;    /* enum smp_recording */
    uint32_t note;        /* string: why not, or what is missing; or "" */
    double start_s, end_s;
    /* How it ended: exit code, or -signal; SMP_EXIT_UNKNOWN, SMP_EXIT_RUNNING */
    int32_t exit_status;
    double cpu_user_s, cpu_system_s; /* what the system counted, all threads */
    double startup_s; /* CPU before sampling began (interpreter start) */
    /* Memory, bytes; 0: not known. */
    double start_rss; /* resident when recording began: the bare start */
    double peak_rss;  /* the most that was resident, by the system */
    double peak;      /* the most that was alive at a time, by our estimate */
    /* So many processes that have ended are this row; 0: it is one alone. */
    uint32_t members;
};
#define SMP_EXIT_UNKNOWN INT32_MIN
#define SMP_EXIT_RUNNING (INT32_MIN + 1)

struct smp_thread {
    uint32_t process;
    int32_t tid;
    uint32_t name;  /* string: Python's name, else the kernel's */
    uint8_t main;   /* 1: the process's main thread */
    uint8_t python; /* 1: held a Python state at some time */
    double start_s, end_s;
    double cpu_s;     /* what the system counted */
    uint32_t members; /* so many are this row (as of a process); 0: one alone */
};

/* Time of one thread in one stack, of one kind, in one bin of the timeline. */
struct smp_sample {
    uint32_t thread;
    uint32_t stack;
    uint32_t bin;   /* begins at bin * bin_s */
    uint8_t kind;   /* enum smp_kind */
    uint8_t gc;     /* 1: the garbage collector was running */
    uint32_t count; /* measurements it stands for: the n of statistics */
    double seconds;
};

/* ---- what the program says of itself */

/* A region (a part of the program that it names) in one thread. Its CPU time and
 * memory are found in stacks: the frame that entered it stands on a frame of the
 * region, whose function has its name and whose file is SMP_REGION_FILE. */
struct smp_region {
    uint32_t name; /* string */
    uint32_t process;
    uint32_t thread;        /* SMP_NONE: of several, or not known */
    uint64_t count;         /* times it was entered */
    uint64_t nested;        /* of these: inside of itself on the same stack */
    uint64_t open;          /* of these: not left when the profile was made */
    double total_s;         /* wall clock, without the nested ones */
    double least_s, most_s; /* of one time that was left; 0: none was */
    double first_s, last_s; /* first entered, last left */
};
#define SMP_REGION_FILE "[region]" /* of kind SMP_FILE_NATIVE */
#define SMP_REGION_LIMIT 100000    /* rows at most */

/* An instant that it marks. */
struct smp_moment {
    uint32_t text; /* string */
    uint32_t process;
    uint32_t thread; /* or SMP_NONE */
    double at_s;
};
#define SMP_MARK_LIMIT 10000 /* kept; later ones are counted */

/* ---- memory: absent (all counts 0) where `memory` of the profile is 0. Its
 * rows lie in bins of their own width, memory_bin_s. */

/* A memory site is a thread, a stack and a domain. Bytes, counts and variances
 * are sums over sampled allocations of unbiased weights (Horvitz-Thompson: an
 * allocation of s bytes that is sampled with probability p stands for s/p bytes,
 * 1/p allocations, variance s^2 (1-p)/p^2). */

/* What a site allocated in one bin of the timeline and lost in another. */
struct smp_allocation {
    uint32_t thread, stack;
    uint32_t bin;     /* in which they were allocated */
    uint32_t end_bin; /* in which they were freed; SMP_NONE: alive at the end */
    uint8_t domain;   /* enum smp_domain */
    uint32_t samples; /* sampled allocations it stands for */
    double bytes, count, variance;
    double largest; /* the greatest single one, its exact size in bytes */
};

/* What a thread freed in one stack (of the freeing code) in one bin. */
struct smp_deallocation {
    uint32_t thread, stack, bin;
    uint32_t samples;
    double bytes;
};

/* The most bytes of a site that were alive at one time during a bin, in each
 * bin in which the site allocated or freed. */
struct smp_high {
    uint32_t thread, stack, bin;
    uint8_t domain;
    double bytes;
};

/* What of a site was alive at the instant of the program's peak (the most bytes
 * alive in all processes together). */
struct smp_at_peak {
    uint32_t thread, stack;
    uint8_t domain;
    uint32_t samples;
    double bytes;
};

/* What library copies (memcpy, memmove, strcpy, ...) moved. */
struct smp_copy {
    uint32_t thread, stack, bin;
    uint32_t samples;
    double bytes, variance;
};

/* A process's memory, read from outside, at the instant within a bin at which its
 * resident memory was greatest. Bytes. */
struct smp_footprint {
    uint32_t process, bin;
    double rss, anon, file, shmem; /* as the system counts them */
    double tracked;                /* alive by our estimate, all domains */
    double arenas;                 /* of pymalloc: mapped for small objects */
    double arena_used;             /* of these: in small objects, estimate */
};

/* ---- tasks of event loops (asyncio): absent where there were none.
 *
 * The time in which a loop's thread blocks with nothing to run (d seconds) is
 * divided evenly among the tasks that are suspended then and do not wait for
 * another one of them: that is their wait_s, and the same seconds are samples
 * with their stacks, so that sums stay the elapsed time. await_s are d seconds
 * for each suspended task. */

/* What a suspended task waits for. X(symbol, name in JSON, words) */
#define SMP_AWAIT_TABLE(X)                                                     \
    X(SLEEP, "sleep", "sleep")                                                 \
    X(IO, "io", "I/O")                                                         \
    X(LOCK, "lock", "lock") /* lock, event, condition, semaphore */            \
    X(QUEUE, "queue", "queue")                                                 \
    X(TASK, "task", "task") /* another task, a gather, a group of them */      \
    X(EXECUTOR, "executor", "executor") /* a job in a thread or process */     \
    X(PROCESS, "process", "child process")                                     \
    X(FUTURE, "future", "future") /* one that nobody says more about */

enum smp_await_on {
#define SMP_X(symbol, name, words) SMP_AWAIT_##symbol,
    SMP_AWAIT_TABLE(SMP_X)
#undef SMP_X
        SMP_AWAIT_COUNT
};

/* The tasks of a loop that have one name and one outermost coroutine; those that
 * the program gave no name (asyncio calls them "Task-7") together. */
struct smp_task {
    uint32_t thread;   /* in which their loop runs */
    uint32_t name;     /* string; 0: none was given */
    uint32_t function; /* their outermost coroutine */
    uint32_t peak;     /* the most that were suspended at one time */
    double await_s, wait_s;
    double cpu_s; /* CPU time in which one of them ran; < 0: not known apart */
};

/* Tasks that were suspended in one stack: frames of the thread up to its loop,
 * of the tasks that wait for this one, then its coroutines. */
struct smp_await {
    uint32_t task; /* in the table of tasks */
    uint32_t stack;
    uint8_t on; /* enum smp_await_on */
    uint32_t peak;
    double await_s, wait_s;
};

/* Coroutines that were suspended on one line, also where they await another
 * one. */
struct smp_await_line {
    uint32_t thread, function, line;
    uint32_t peak;
    double await_s;   /* summed over coroutines */
    double present_s; /* while at least one was: await_s / present_s is their
                       * mean number */
};

/* What was measured, and what was not: printed in every report. Counts over
 * all processes. X(field): also the names in JSON. */
#define SMP_LEDGER_COUNTS(X)                                                   \
    X(samples_taken)        /* timer signals that made a record */             \
    X(samples_overrun)      /* ticks folded into another sample's weight */    \
    X(samples_lost)         /* records that found no room */                   \
    X(samples_unreadable)   /* stacks that did not pass validation */          \
    X(samples_truncated)    /* stacks deeper than a record holds */            \
    X(waits_read)           /* stacks of blocked threads read from outside */  \
    X(waits_torn)           /* reads thrown away: the thread ran meanwhile */  \
    X(waits_unreadable)     /* reading was refused or failed */                \
    X(native_unwound)       /* native stacks that reached Python's frame */    \
    X(native_cut)           /* native stacks that did not */                   \
    X(native_unnamed)       /* native frames without a symbol */               \
    X(threads_unsampled)    /* threads that got no timer */                    \
    X(processes_unrecorded) /* Python processes that ran unprofiled */         \
    X(records_damaged)      /* records the collector had to skip */
/* The same, where memory was measured. */
#define SMP_LEDGER_MEMORY_COUNTS(X)                                            \
    X(allocations_sampled)                                                     \
    X(deallocations_sampled)                                                   \
    X(allocations_lost)         /* sampled ones whose record found no room */  \
    X(memory_stacks_unreadable) /* stacks that did not pass validation */      \
    X(copies_sampled)                                                          \
    X(copies_lost) /* sampled ones whose record found no room */

/* The same, where there were tasks. */
#define SMP_LEDGER_TASK_COUNTS(X)                                              \
    X(loops_read)    /* readings of the suspended tasks of an idle loop */     \
    X(tasks_read)    /* tasks read in them */                                  \
    X(tasks_thinned) /* tasks for which those that were read stand */          \
    X(tasks_unreadable)

struct smp_ledger {
#define SMP_X(field) uint64_t field;
    SMP_LEDGER_COUNTS(SMP_X)
    SMP_LEDGER_MEMORY_COUNTS(SMP_X)
    SMP_LEDGER_TASK_COUNTS(SMP_X)
#undef SMP_X
    double interval_asked_s; /* CPU seconds between samples of a thread */
    /* Mean bytes between two sampled allocations of a thread: the least and the
     * greatest that the governor set; 0: memory was not measured. */
    double alloc_interval_least, alloc_interval_most;
    double interval_reached_s;  /* the mean that was reached; 0: no sample */
    double recorder_cpu_s;      /* inside the program: signal handlers */
    double collector_cpu_s;     /* outside the program */
    double collector_rss_bytes; /* its peak */
};

struct smp_profile {
    /* What was run. Strings; 0 where not known. */
    uint32_t program;    /* the script, module or command as given */
    uint32_t command;    /* the whole command line as a shell would read it */
    uint32_t directory;  /* the working directory */
    uint32_t platform;   /* "Linux 6.1 x86_64, glibc 2.36" */
    uint32_t version;    /* of this profiler */
    double start_unix_s; /* wall clock at the profile's start */
    double elapsed_s;
    double off_s;        /* of it nothing was recorded: switched off */
    uint32_t cpus;       /* CPUs that the program could use */
    int32_t exit_status; /* of the command: as smp_process.exit_status */
    struct smp_ledger ledger;

    /* The timeline's bins: `bin_s` doubles whenever bin_limit would be passed,
     * so that a day's profile is no larger than an hour's. */
    double bin_s;

    char **strings; /* owned */
    size_t string_count;
    struct smp_file *files;
    size_t file_count;
    struct smp_function *functions;
    size_t function_count;
    struct smp_frame *frames;
    size_t frame_count;
    struct smp_stack *stacks;
    size_t stack_count;
    struct smp_process *processes;
    size_t process_count;
    struct smp_thread *threads;
    size_t thread_count;
    struct smp_sample *samples;
    size_t sample_count;

    struct smp_region *regions;
    size_t region_count;
    struct smp_moment *marks;
    size_t mark_count;
    uint32_t *selected; /* functions that were decorated, ascending */
    size_t selected_count;
    /* Enters of regions under names, and regions of threads, that found no room
     * (they are with others), and marks that were not kept. */
    uint64_t regions_lost, marks_lost;
    struct smp_task *tasks;
    size_t task_count;
    struct smp_await *awaits;
    size_t await_count;
    struct smp_await_line *await_lines;
    size_t await_line_count;

    uint8_t memory; /* 1: memory was measured */
    /* Width of memory's bins: SMP_BIN_FIRST_S doubled as often as needed, apart
     * from bin_s, since a row of memory has two bins and so there are more. */
    double memory_bin_s;
    double peak;   /* bytes alive at the program's peak, all processes */
    double peak_s; /* when that was */
    struct smp_allocation *allocations;
    size_t allocation_count;
    struct smp_deallocation *deallocations;
    size_t deallocation_count;
    struct smp_high *highs;
    size_t high_count;
    struct smp_at_peak *at_peaks;
    size_t at_peak_count;
    struct smp_copy *copies;
    size_t copy_count;
    struct smp_footprint *footprints;
    size_t footprint_count;

    /* Private: tables that find all of it. */
    struct smp_profile_index *index;
};

#define SMP_BIN_FIRST_S 0.01    /* width of the timeline's bins at first */
#define SMP_BIN_LIMIT 4096      /* bins at most, then their width doubles */
#define SMP_SAMPLE_LIMIT 250000 /* samples at most, then as well */

#define SMP_MEMORY_BIN_LIMIT 1024 /* bins of memory at most */
/* Rows of a table of memory: from the first limit on bins get wider as long as
 * more than SMP_MEMORY_BINS_LEAST are in use, from the second in any case. */
#define SMP_MEMORY_ROW_LIMIT 60000
#define SMP_MEMORY_BINS_LEAST 64
#define SMP_MEMORY_ROW_LIMIT_HARD 120000

/* An owned, empty profile, or NULL (out of memory). free takes NULL too. */
struct smp_profile *smp_profile_new(void);
void smp_profile_free(struct smp_profile *p);

/* Each finds or adds a thing and returns its index; SMP_NONE on lack of memory
 * (also where an argument is SMP_NONE, so that calls can be nested). Bytes are
 * copied. Text that is not UTF-8 is stored with U+FFFD in place of what is not. */
uint32_t smp_profile_string(struct smp_profile *p, const char *text);
uint32_t smp_profile_string_n(struct smp_profile *p, const char *text,
                              size_t n);
uint32_t smp_profile_file(struct smp_profile *p, uint32_t path,
                          enum smp_file_kind kind);
uint32_t smp_profile_function(struct smp_profile *p, struct smp_function f);
uint32_t smp_profile_frame(struct smp_profile *p, struct smp_frame f);
uint32_t smp_profile_stack(struct smp_profile *p, uint32_t parent,
                           uint32_t frame);

/* These add an element, found by no key. Its strings may be SMP_NONE: read as
 * "". SMP_NONE on lack of memory. */
uint32_t smp_profile_process(struct smp_profile *p, struct smp_process process);
uint32_t smp_profile_thread(struct smp_profile *p, struct smp_thread thread);

/* Adds `seconds` (>= 0) and `count` measurements that ended at `at_s`, merged
 * with what the same thread, stack, kind and gc already have in that bin (its
 * `bin` is not read). A time before 0 counts as 0. 0, SMP_ENOMEM, SMP_EINVAL
 * (an index out of range, a time that is no number) or SMP_EFULL (more
 * different samples than SMP_SAMPLE_LIMIT even in one bin). */
int smp_profile_add(struct smp_profile *p, double at_s, struct smp_sample s);

/* What the program says of itself (profile_said.c). A region takes the place of
 * that of the same name, process and thread. select: once for each function. 0,
 * SMP_ENOMEM, SMP_EINVAL, SMP_EFULL (counted in regions_lost, marks_lost). */
int smp_profile_region(struct smp_profile *p, struct smp_region r);
int smp_profile_mark(struct smp_profile *p, struct smp_moment m);
int smp_profile_select(struct smp_profile *p, uint32_t function);
/* The frame of a region, for stacks; SMP_NONE on lack of memory. */
uint32_t smp_profile_region_frame(struct smp_profile *p, uint32_t name);
/* Tasks (profile_tasks.c). task: finds or adds the row of this thread, name and
 * function (what else is in `key` is not read) with cpu_s -1; SMP_NONE on lack
 * of memory, or where an index is out of range or the table full. The others add
 * seconds to the row of their keys and raise its peak: 0, SMP_ENOMEM, SMP_EFULL
 * or SMP_EINVAL. */
#define SMP_TASK_LIMIT 4096   /* rows of tasks at most */
#define SMP_AWAIT_LIMIT 65536 /* rows of the other two tables */
uint32_t smp_profile_task(struct smp_profile *p, struct smp_task key);
int smp_profile_await(struct smp_profile *p, struct smp_await a);
int smp_profile_await_line(struct smp_profile *p, struct smp_await_line l);

/* "sleep", "io", ...: as in JSON; "sleep", "I/O", ... in words. The reason of a
 * name, or SMP_AWAIT_COUNT where there is none. */
const char *smp_await_name(enum smp_await_on on);
const char *smp_await_words(enum smp_await_on on);
enum smp_await_on smp_await_from_name(const char *name);

/* Memory (profile_memory.c). As smp_profile_add: merged with what is there; a
 * row's `bin` (and end_bin) is made from the time and not read. Bytes
 * are rounded to sixteenths, counts to 1/256. Bins double when
 * they or a table's rows pass their limit. 0, SMP_ENOMEM, SMP_EFULL, SMP_EINVAL
 * (also a number of bytes or samples that is none); then nothing was changed.
 *
 * allocate: adds sampled allocations that are alive.
 * end_allocation: moves one that was added at born_s with the same numbers from
 *   "alive" to "freed at died_s" (>= born_s); SMP_ENOENT where none is.
 * high: raises the site's row to `bytes` where they are more.
 * at_peak: the whole table anew (n may be 0), with `peak` and peak_s.
 * footprint: kept where its rss is the greatest of its process in the bin. */
int smp_profile_allocate(struct smp_profile *p, double born_s,
                         struct smp_allocation a);
int smp_profile_end_allocation(struct smp_profile *p, double born_s,
                               double died_s, struct smp_allocation a);
int smp_profile_deallocate(struct smp_profile *p, double at_s,
                           struct smp_deallocation d);
int smp_profile_high(struct smp_profile *p, double at_s, struct smp_high h);
int smp_profile_at_peak(struct smp_profile *p, double at_s, double peak,
                        const struct smp_at_peak *rows, size_t n);
int smp_profile_copy(struct smp_profile *p, double at_s, struct smp_copy c);
int smp_profile_footprint(struct smp_profile *p, double at_s,
                          struct smp_footprint f);

/* Empties the tables of samples and memory; their bins begin anew. */
void smp_profile_clear(struct smp_profile *p);
/* Keeps only the processes and threads that are marked (a byte each, 1: keep; a
 * thread goes with its process), and what was recorded of them. */
void smp_profile_keep(struct smp_profile *p, const uint8_t *processes,
                      const uint8_t *threads);

/* What is folded: where each process, thread and row of tasks went. Owned. */
struct smp_folded {
    uint32_t *process, *thread, *task;
};

/* Rows become one (profile_fold.c): process[n] and thread[n] are the row with
 * which n becomes one, itself where it stays; at most n; of a thread in the same
 * process as its own one is. Sums stay, resident memory at one time is added, of
 * a site's high-water marks the highest stays. What an ended process had is freed
 * when it ended. 0 and the new places in *out, or SMP_ENOMEM (nothing was done).
 * smp_folded_release takes {0} too. */
int smp_profile_fold(struct smp_profile *p, const uint32_t *process,
                     const uint32_t *thread, struct smp_folded *out);
void smp_folded_release(struct smp_folded *f);

/* A byte for each string, 1 where the profile refers to it; NULL: no memory.
 * Owned. drop_strings forgets those that are marked 0: their places serve new
 * ones (profile_strings.c). */
uint8_t *smp_profile_strings_used(const struct smp_profile *p);
void smp_profile_drop_strings(struct smp_profile *p, const uint8_t *used);
/* Those that were not dropped. */
size_t smp_profile_string_count(const struct smp_profile *p);

/* Limits of what a profile tells apart. What is beyond becomes one frame,
 * "[other]" in a file of this name, so that no time and no byte is lost. */
#define SMP_STACK_LIMIT 100000
#define SMP_FRAME_LIMIT 65536
#define SMP_FUNCTION_LIMIT 32768
#define SMP_FILE_LIMIT 8192
#define SMP_OTHER "[other]"
uint32_t smp_profile_other_frame(struct smp_profile *p);
uint32_t smp_profile_other_stack(struct smp_profile *p);

/* Gives a file its text (taken over, freed with the profile; what is not UTF-8
 * or is NUL becomes U+FFFD; dropped where that lacks memory) and its hash
 * (lower-case hex; NULL or "": not known). */
void smp_profile_set_source(struct smp_profile *p, uint32_t file, char *text,
                            size_t length, const char *hash);

/* For a reader that put arrays of its own (malloc'ed) in place of a new
 * profile's: forgets what was known of them; the tables are made again on use.
 * Such a reader then asks smp_profile_is_valid. */
void smp_profile_arrays_replaced(struct smp_profile *p);

/* In all rows of memory but the highs stack_of[stack] takes the place of the
 * stack; rows that then have one key are merged. `p` may be a copy without an
 * index, that owns these arrays. 0 or SMP_ENOMEM (some are not merged then). */
int smp_profile_map_stacks(struct smp_profile *p, const uint32_t *stack_of);

/* The text of a string index; "" for SMP_NONE or out of range. Borrowed. */
const char *smp_profile_text(const struct smp_profile *p, uint32_t string);

/* No time in a profile is longer (30 million years), no number of bytes is
 * greater: sums stay finite. */
#define SMP_TIME_LIMIT_S 1e15
#define SMP_BYTES_LIMIT 1e18

/* Structure checks (every index in range, stacks' parents before children, no
 * cycle, seconds finite and not negative, text is UTF-8, lines and columns at
 * most INT32_MAX, counts at most INT64_MAX): 1 or 0. What a reader calls once. */
int smp_profile_is_valid(const struct smp_profile *p);

#endif
