/* The terminal report's parts, and what they share. Private to src/report/text*. */
#ifndef SMP_REPORT_TEXT_REPORT_H
#define SMP_REPORT_TEXT_REPORT_H

#include "report/report.h"
#include "report/sift.h"
#include "report/text_pen.h"

/* How hot a line is. A share of the whole from which on it counts: */
#define SMP_HOT_SHARE 0.20  /* red */
#define SMP_WARM_SHARE 0.05 /* the number stands out; what ran inside is told */

/* One stack's time, of all threads: CPU, and the waiting that counts (wait_s
 * of model/view.h). */
struct smp_stack_time {
    double cpu_s[3], wait_s;
};

struct smp_text {
    struct smp_pen pen;
    const struct smp_profile *profile;
    const struct smp_text_options *options;
    struct smp_view view;
    struct smp_sift sift;
    struct smp_stack_time *stack_time; /* owned; by stack */
    uint8_t *in_scope;  /* owned; by function: 1 where the filter has it */
    uint32_t *charged;  /* owned; by stack: the frame in scope that pays, or
                        * SMP_NONE */
    double threshold;   /* share from which on files and functions are shown */
    uint32_t last_line; /* the largest line number that has time */
    double bar_s;       /* seconds that a whole bar stands for */
    int memory;         /* 1: memory is large enough for columns */
    int copies;         /* 1: so is what was copied */
    int notes;          /* written so far */
};

/* 0 (release with smp_text_release) or SMP_ENOMEM. */
int smp_text_prepare(struct smp_text *t, struct smp_buf *out,
                     const struct smp_profile *p,
                     const struct smp_text_options *o);
void smp_text_release(struct smp_text *t);

/* The parts, in the report's order. Each writes whole lines, with an empty
 * line before it, or nothing where it has nothing to say. */
void smp_text_header(struct smp_text *t);
int smp_text_files(struct smp_text *t); /* 0 or SMP_ENOMEM, as those below */
int smp_text_leaks(struct smp_text *t);
void smp_text_said(struct smp_text *t);
/* 1 where only decorated functions are shown. */
int smp_text_is_selected(const struct smp_text *t);
void smp_text_said_notes(struct smp_text *t); /* of the notes */
void smp_text_footprint(struct smp_text *t);
int smp_text_memory_stacks(struct smp_text *t);
void smp_text_memory_line(struct smp_text *t);  /* of the header */
void smp_text_memory_notes(struct smp_text *t); /* of the notes */
int smp_text_other_waits(struct smp_text *t);
int smp_text_tasks(struct smp_text *t);
int smp_text_processes(struct smp_text *t);
int smp_text_threads(struct smp_text *t);
int smp_text_stacks(struct smp_text *t);
int smp_text_outside(struct smp_text *t); /* where no line in scope has time */
int smp_text_notes(struct smp_text *t);

/* Helpers that the parts share. */
double smp_text_share(const struct smp_text *t, double seconds); /* of whole */
const char *smp_text_string(const struct smp_text *t, uint32_t string);

/* 1 where file i of the view has a table: it reached the threshold, or is one
 * of the hottest where none did. */
int smp_text_shows_file(const struct smp_text *t, size_t i);

/* The share from which on a line of this file is shown: the threshold, or less
 * where no line reaches it. */
double smp_text_line_threshold(const struct smp_text *t,
                               const struct smp_file_cost *file);

/* 1 where a row of this memory is shown whatever its time. */
int smp_text_memory_matters(const struct smp_text *t,
                            const struct smp_memory_cost *m);

/* 1 where this line of this file is shown: for its time, from `threshold` on, or
 * for its memory. */
int smp_text_shows_line(const struct smp_text *t,
                        const struct smp_line_cost *line, double threshold);

/* Begins and ends a note. */
void smp_text_note_begin(struct smp_text *t);
void smp_text_note_end(struct smp_text *t);

/* Draws a timeline of n points in `cells` cells, scaled to `most`. */
void smp_text_spark(struct smp_text *t, const float *points, size_t n,
                    double most, int cells, int style);

/* Half the width of the 95 % interval of a share of the whole, as a share.
 * Waiting is timed, CPU is sampled: only the CPU part is unsure. */
double smp_text_unsure(const struct smp_text *t, double cpu_s);

/* A section's title: bold, then a rule to the right edge with a remark in it. */
void smp_text_title(struct smp_text *t, const char *path, const char *title,
                    const char *remark);

/* What ran inside lines: time by the innermost function. */
struct smp_inside_entry {
    uint32_t file, line; /* the line that is charged; SMP_NONE: none is */
    uint32_t function;   /* that ran, called from it */
    struct smp_stack_time time;
};

struct smp_inside {
    struct smp_inside_entry *entries; /* owned; by line, most seconds first */
    size_t count;
};

/* 0 or SMP_ENOMEM. */
int smp_inside_make(struct smp_inside *in, const struct smp_text *t);
void smp_inside_release(struct smp_inside *in);

double smp_stack_seconds(const struct smp_stack_time *time); /* all of it */
void smp_stack_add(struct smp_stack_time *to,
                   const struct smp_stack_time *from);

/* Appends the function's name; native code without symbols by its object. */
void smp_inside_name(struct smp_buf *out, const struct smp_profile *p,
                     uint32_t function);

/* The entries of a line (file SMP_NONE: of no line), most seconds first. */
const struct smp_inside_entry *smp_inside_find(const struct smp_inside *in,
                                               uint32_t file, uint32_t line,
                                               size_t *count);

#endif
