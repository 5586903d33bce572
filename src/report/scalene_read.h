/* Private to the reader of Scalene's JSON: what its pieces share. */
#ifndef SMP_REPORT_SCALENE_READ_H
#define SMP_REPORT_SCALENE_READ_H

#include <jansson.h>

#include "base/map.h"
#include "report/json_read.h"

#define SMP_SCALENE_MIB (1024.0 * 1024) /* its MB */

/* A line that took time or memory. */
struct smp_scalene_line {
    uint32_t file;
    uint32_t line;
    uint32_t function;   /* of the profile */
    double seconds[3];   /* Python, native, system and waiting together */
    const json_t *times; /* borrowed; NULL: not told */
    double weight;       /* of the stacks that end in it, together */
    double alloc, growth, peak, copy; /* bytes */
    double allocations;               /* samples, as it counts them */
    double python;                    /* share of alloc */
};

struct smp_scalene {
    struct smp_json_reader r;
    double elapsed_s;
    double first_s; /* of cpu_samples_list: the clock at the start */
    uint32_t process, thread;
    uint8_t has_times;              /* 1: lines tell when they ran */
    struct smp_scalene_line *lines; /* owned */
    size_t line_count, line_room;
};

/* A member that may be missing, from 0 to `most`; 0 where it is. 0 or
 * SMP_EFORMAT. */
int smp_scalene_number(struct smp_scalene *s, const json_t *object,
                       const char *key, double most, double *out);

/* scalene_lines.c: files, functions and lines into the profile and `lines`. */
int smp_scalene_read_files(struct smp_scalene *s, const json_t *root);

/* scalene_facts.c: time and memory of the lines as samples, by the stacks that
 * end in them where there are any. */
int smp_scalene_add_facts(struct smp_scalene *s, const json_t *root);

/* scalene_read.c, called by the JSON reader: the whole. */
int smp_scalene_read(struct smp_json_reader *r, const json_t *root);

#endif
