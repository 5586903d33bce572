/* Private to the JSON writer: its pieces and how each puts text out. */
#ifndef SMP_REPORT_JSON_WRITE_H
#define SMP_REPORT_JSON_WRITE_H

#include "report/report.h"

struct smp_json_writer {
    struct smp_buf *out;              /* borrowed */
    const struct smp_profile *p;      /* borrowed: the profile as it is */
    const struct smp_profile *facts;  /* borrowed: what `facts` carries */
    const struct smp_json_options *o; /* borrowed */
    const struct smp_view *v;         /* borrowed */
};

/* --- json_write_text.c: values. Commas come by themselves. --- */

void smp_json_open(struct smp_buf *b, const char *key, char bracket);
void smp_json_close(struct smp_buf *b, char bracket);
/* `key` NULL: an element of an array. */
void smp_json_text(struct smp_buf *b, const char *key, const char *text);
void smp_json_text_n(struct smp_buf *b, const char *key, const char *text,
                     size_t n);
void smp_json_int(struct smp_buf *b, const char *key, int64_t value);
void smp_json_bool(struct smp_buf *b, const char *key, int value);
void smp_json_null(struct smp_buf *b, const char *key);
/* Reads back as the same double. */
void smp_json_exact(struct smp_buf *b, const char *key, double value);
/* Rounded to nanoseconds (or 1e-9 of what it is): for derived figures. */
void smp_json_rounded(struct smp_buf *b, const char *key, double value);
/* A number of bytes, or of anything, as a whole one. */
void smp_json_bytes(struct smp_buf *b, const char *key, double value);
/* An index as an element: SMP_NONE is -1. */
void smp_json_index(struct smp_buf *b, uint32_t index);

/* One array of `count` values; `value` sees the element `it`. */
#define SMP_JSON_COLUMN(b, key, type, array, count, value)                     \
    do {                                                                       \
        smp_json_open(b, key, '[');                                            \
        for (size_t i_ = 0; i_ < (count); i_++) {                              \
            const type *it = &(array)[i_];                                     \
            value;                                                             \
        }                                                                      \
        smp_json_close(b, ']');                                                \
    } while (0)

#define SMP_JSON_INDEXES(b, key, type, array, count, field)                    \
    SMP_JSON_COLUMN(b, key, type, array, count, smp_json_index(b, it->field))

/* A column of numbers, so that they are read back as they are. */
#define SMP_JSON_EXACTS(b, key, type, array, count, field)                     \
    SMP_JSON_COLUMN(b, key, type, array, count,                                \
                    smp_json_exact(b, NULL, it->field))

/* --- json_write_cost.c: figures --- */

/* cpu_python_s ... wait: the absolute figures of a cost. */
void smp_json_cost(const struct smp_json_writer *w, const struct smp_cost *c);
/* The 95 % intervals of those that are estimates. */
void smp_json_intervals(const struct smp_json_writer *w,
                        const struct smp_cost *c);
/* n_cpu_percent_python ...: Scalene's, in percent of the whole. */
void smp_json_percents(const struct smp_json_writer *w,
                       const struct smp_cost *c);
/* n_core_utilization and cpu_samples_list. */
void smp_json_busy(const struct smp_json_writer *w, const struct smp_cost *c,
                   double busy_threads_s, const uint32_t *bins, size_t n);
double smp_json_percent(const struct smp_json_writer *w, double seconds);

/* --- json_write_memory.c: memory's figures; nothing where not measured --- */

/* alloc_bytes ... copy_bytes. */
void smp_json_memory(const struct smp_json_writer *w,
                     const struct smp_memory_cost *m);
/* The same with the intervals. */
void smp_json_memory_sure(const struct smp_json_writer *w,
                          const struct smp_memory_cost *m);
/* n_malloc_mb ...: Scalene's. */
void smp_json_memory_scalene(const struct smp_json_writer *w,
                             const struct smp_memory_cost *m);
/* A line that has none. */
void smp_json_memory_quiet(const struct smp_json_writer *w);
/* Top level: max_footprint_mb ..., leaks, footprint. */
void smp_json_memory_run(const struct smp_json_writer *w);
/* "leaks" of one file. */
void smp_json_memory_leaks(const struct smp_json_writer *w, uint32_t file);
/* 1 where a line or file is worth showing for its memory alone. */
int smp_json_memory_counts(const struct smp_json_writer *w,
                           const struct smp_memory_cost *m);

/* --- one file each --- */

/* Those that return int: 0 or SMP_ENOMEM. */
int smp_json_files(const struct smp_json_writer *w);     /* "files" */
int smp_json_processes(const struct smp_json_writer *w); /* and "threads" */
int smp_json_stacks(const struct smp_json_writer *w);    /* "stacks" */
int smp_json_memory_stacks(const struct smp_json_writer *w);
/* Frames of a stack, outermost first, in Scalene's words. */
void smp_json_stack_frames(const struct smp_json_writer *w, uint32_t stack);
/* same[i]: the first stack that shows the same lines as stack i. `same` has room
 * for every stack. 0 or SMP_ENOMEM. */
int smp_json_same_stacks(const struct smp_profile *p, uint32_t *same);
void smp_json_memory_facts(const struct smp_json_writer *w);
void smp_json_said(const struct smp_json_writer *w); /* regions, marks */
void smp_json_said_facts(const struct smp_json_writer *w);
void smp_json_task_facts(const struct smp_json_writer *w);
/* "tasks" and "awaits", where there were any. 0 or SMP_ENOMEM. */
int smp_json_tasks(const struct smp_json_writer *w);
void smp_json_facts(const struct smp_json_writer *w); /* "facts" */
/* Exit code or -signal, null where not known, with "running". */
void smp_json_exit(struct smp_buf *b, int32_t exit_status);

/* A copy of p without callers (see smp_json_options.stacks): *cut has stacks
 * samples and memory of its own, to be freed with smp_json_uncut, and borrows all
 * else. 0 or SMP_ENOMEM. */
int smp_json_cut(struct smp_profile *cut, const struct smp_profile *p,
                 const struct smp_filter *f);
void smp_json_uncut(struct smp_profile *cut);

#endif
