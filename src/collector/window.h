/* Windows: what one process did between two requests of its own, a test's figures
 * say. A window knows the lines that ran and allocated in it, what of that is
 * alive, and what was at its peak. Blocks from before it do not count. */
#ifndef SMP_COLLECTOR_WINDOW_H
#define SMP_COLLECTOR_WINDOW_H

#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "model/kind.h"

struct smp_collector;

/* A line of the program, by its frame's function and line. */
struct smp_window_line {
    uint32_t function, line;
    double cpu_s;
    double alloc_bytes; /* in the window */
    double live_bytes;  /* of these: alive */
    /* As it was at the peak of this number (see collector/heap_sites.c). */
    uint64_t peak;
    double peak_bytes;
};

struct smp_window {
    uint32_t process;  /* in the profile */
    uint64_t begin_ns; /* 0: it is closed */
    double cpu_s[3];   /* python, native, system: all threads */
    double alloc_bytes, alloc_count;
    double live_bytes, live_variance;
    double peak_bytes, peak_variance;
    uint64_t peak_number;
    uint64_t cpu_samples, alloc_samples;
    struct smp_window_line *lines; /* owned */
    size_t line_count, line_capacity;
    struct smp_map index;
};

struct smp_windows {
    struct smp_window *items; /* owned */
    size_t count;
};
#define SMP_WINDOWS_MAX 256 /* processes with a window at a time */

/* Hooks of the collector: each does nothing where the process has no window. */
void smp_window_cpu(struct smp_collector *c, uint32_t process, uint32_t stack,
                    enum smp_kind kind, uint64_t at_ns, uint64_t ns);
void smp_window_allocate(struct smp_collector *c, uint32_t process,
                         uint32_t stack, double bytes, double count);
/* So many bytes more (or less) of a block born then are alive. */
void smp_window_change(struct smp_collector *c, uint32_t process,
                       uint32_t stack, uint64_t born_ns, double bytes,
                       double variance);

/* The requests of a process whose records have all been drained: "begin", and
 * "end N": closes the window and writes its figures as one JSON object, with the N
 * lines that have the most of each figure. 0; SMP_EINVAL (another text),
 * SMP_ENOENT (no window is open), SMP_ENOMEM, SMP_EFULL. */
int smp_window_request(struct smp_collector *c, uint32_t process,
                       const char *text, uint64_t now, struct smp_buf *out);

void smp_windows_release(struct smp_windows *w);

#endif
