/* Two profiles beside each other: what changed, by line and by function. */
#ifndef SMP_REPORT_COMPARE_H
#define SMP_REPORT_COMPARE_H

#include "report/report.h"

/* X(symbol, name in JSON, words, unit: s or B) */
#define SMP_MEASURE_TABLE(X)                                                   \
    X(CPU, "cpu_s", "CPU", 's')                                                \
    X(PYTHON, "cpu_python_s", "Python", 's')                                   \
    X(NATIVE, "cpu_native_s", "native", 's')                                   \
    X(SYSTEM, "cpu_system_s", "system", 's')                                   \
    X(WAIT, "wait_s", "waiting", 's')                                          \
    X(PEAK, "peak_bytes", "peak memory", 'B')                                  \
    X(ALLOC, "alloc_bytes", "allocated", 'B')                                  \
    X(NET, "net_bytes", "net memory", 'B')                                     \
    X(COPY, "copy_bytes", "copied", 'B')

enum smp_measure {
#define SMP_X(symbol, name, words, unit) SMP_MEASURE_##symbol,
    SMP_MEASURE_TABLE(SMP_X)
#undef SMP_X
        SMP_MEASURE_COUNT
};
#define SMP_MEASURE_IS_MEMORY(m) ((m) >= SMP_MEASURE_PEAK)

/* A figure and its 95 % interval; a point where it is no estimate. */
struct smp_figure {
    double value, low, high;
};

/* A line, a function or the whole, in both runs. */
struct smp_change {
    uint32_t file[2];     /* in each profile; SMP_NONE: it is not in that one */
    uint32_t line[2];     /* a function's first */
    uint32_t function[2]; /* SMP_NONE: a line, or not in that one */
    struct smp_figure figure[2][SMP_MEASURE_COUNT];
};

struct smp_comparison {
    const struct smp_profile *profile[2]; /* borrowed; before and after */
    struct smp_view view[2];
    int memory; /* 1: both have it, else memory's measures are all 0 */
    struct smp_change whole;
    struct smp_change *lines; /* owned */
    size_t line_count;
    struct smp_change *functions; /* owned */
    size_t function_count;
    double threshold; /* share by which the second may be more */
};

/* Lines are matched by file, enclosing function and the text of the line, so that
 * those that moved stay themselves; where there is no source, by their number.
 * Files are matched by their path from the working directory on. 0 (release it)
 * or SMP_ENOMEM. */
int smp_compare_make(struct smp_comparison *c, const struct smp_profile *before,
                     const struct smp_profile *after,
                     const struct smp_filter *f, double threshold_percent);
void smp_compare_release(struct smp_comparison *c);

/* 1 where the intervals of both overlap: it may be chance. */
int smp_change_is_noise(const struct smp_change *c, enum smp_measure m);

/* After less before. */
double smp_change_delta(const struct smp_change *c, enum smp_measure m);

/* 1 where the second is more than the first by more than the threshold, beyond
 * the noise. */
int smp_change_is_worse(const struct smp_comparison *c,
                        const struct smp_change *change, enum smp_measure m);

/* 1 where that holds for the CPU time, the peak or the bytes allocated of the
 * whole program: what a gate asks. */
int smp_compare_is_worse(const struct smp_comparison *c);

const char *smp_measure_name(enum smp_measure m);  /* "cpu_python_s" */
const char *smp_measure_words(enum smp_measure m); /* "Python" */

/* compare_text.c, compare_json.c: append to `out`. 0 or SMP_ENOMEM. */
int smp_compare_text(struct smp_buf *out, const struct smp_comparison *c,
                     const struct smp_text_options *o);
int smp_compare_json(struct smp_buf *out, const struct smp_comparison *c);

#endif
