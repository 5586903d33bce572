/* Private to the view: what its steps hand to each other. */
#ifndef SMP_MODEL_VIEW_WORK_H
#define SMP_MODEL_VIEW_WORK_H

#include "model/view.h"

/* Numbers 0..n-1 put into buckets by key, in order within a bucket: bucket k is
 * order[start[k]] up to order[start[k + 1]]. Keys of `buckets` and above are in
 * none. Storage of the caller. */
struct smp_groups {
    uint32_t *order; /* owned */
    uint32_t *start; /* owned; buckets + 1 of them */
    size_t buckets;
};
int smp_groups_init(
    struct smp_groups *g, const uint32_t *keys, size_t n,
    size_t buckets); /* 0, SMP_ENOMEM (then nothing to release) */
void smp_groups_release(struct smp_groups *g);

/* A frame that samples are charged to. Sites are numbered as they are met,
 * then sorted by file, line and columns; a line is a run of them. */
struct smp_site {
    uint32_t frame, file, line; /* line: index into `lines` of the work */
    struct smp_cost cost;
};

/* A line before it is handed to its file. */
struct smp_line_work {
    uint32_t file;
    struct smp_line_cost result;
};

/* What changed of a site in one bin. */
struct smp_memory_event {
    uint32_t site, bin;
    double delta,
        variance;   /* of what is alive, from the bin's start to its end */
    double through; /* allocated and freed within it */
    double above;   /* its greatest moment less the greater of its two ends */
};

/* What the profile's rows of memory say of the sites that the filter keeps. */
struct smp_memory_work {
    struct smp_memory_site *sites; /* owned; handed to the view */
    size_t site_count;
    struct smp_map map;              /* finds a site */
    struct smp_memory_event *events; /* owned; by site, then by bin */
    size_t event_count;
    uint32_t *first_event; /* owned; by site; one more than there are */
    uint8_t *stack_used;   /* owned; by stack: 1 where a site has it */
    uint32_t bin_count;
    uint32_t from_bin, to_bin;     /* the filter's range: before to_bin */
    struct smp_memory_cost *files; /* owned; by file of the profile */
    /* By bin, all 0 between uses: what is added up over some sites. */
    struct smp_memory_sum {
        double delta, variance, through, up, above;
        int touched;  /* 1: a site has an event in it */
    } * sums;         /* owned */
    float *timelines; /* owned; handed to the view */
    size_t timeline_used;
};

struct smp_view_work {
    const struct smp_profile *p; /* borrowed */
    const struct smp_filter *f;  /* borrowed */
    uint32_t main_thread;
    uint8_t *in_scope; /* by function: 1 in scope */
    uint32_t *charged; /* by stack: the frame it is charged to, or SMP_NONE */
    uint8_t *python;   /* by stack: 1 where a Python frame is on it */
    uint32_t *site_of; /* by frame: its site, or SMP_NONE */
    struct smp_site *sites;
    size_t site_count;
    uint32_t *kept; /* samples that the filter keeps, in order of time */
    uint32_t *site; /* by position in kept: the site, or SMP_NONE */
    size_t kept_count;
    struct smp_line_work *lines; /* by file and line number */
    size_t line_count;
    struct smp_function_cost *functions; /* those of files in scope */
    uint32_t *function_of; /* by function: index into functions, or SMP_NONE */
    size_t function_count;
    uint32_t *bins; /* handed to the view; room for twice kept_count: a sample
                     * gives a bin at most to one line and one function */
    size_t bin_count;
    double *thread_s;              /* by thread: scratch, 0 between uses */
    uint32_t *keys;                /* by position in kept: scratch */
    struct smp_memory_work memory; /* empty where the profile has none */
};

/* The steps, in this order; each 0 or SMP_ENOMEM. What they allocate belongs
 * to the work and goes with smp_work_release. */
int smp_work_memory_sites(struct smp_view_work *w); /* view_memory_sites.c */
uint32_t smp_work_memory_find(const struct smp_memory_work *m, uint32_t thread,
                              uint32_t stack, uint8_t domain); /* or NONE */
/* Adds a site's events to the sums; *first: the least bin that has one. */
void smp_work_memory_sum(struct smp_memory_work *m, uint32_t site,
                         uint32_t *first);
int smp_work_memory_events(struct smp_view_work *w); /* view_memory_events.c */
int smp_work_charge(struct smp_view_work *w, struct smp_view *v);
int smp_work_lines(struct smp_view_work *w);
int smp_work_functions(struct smp_view_work *w);
int smp_work_threads(struct smp_view_work *w, struct smp_view *v);
int smp_work_memory(struct smp_view_work *w, struct smp_view *v);
/* What a process had when it ended is then gone. The bin of memory's rows of that;
 * SMP_NONE: it lived as long as the run. */
uint32_t smp_work_end_of(const struct smp_view_work *w, uint32_t process);
/* view_footprint.c, behind it: what arenas held at the peak. */
int smp_work_footprint(const struct smp_view_work *w, struct smp_view *v);
int smp_work_regions(struct smp_view_work *w, struct smp_view *v);
int smp_work_leaks(struct smp_view_work *w, struct smp_view *v);
int smp_work_files(struct smp_view_work *w, struct smp_view *v);
void smp_work_release(struct smp_view_work *w);

/* The figures of n sites of memory (view_memory.c); no timeline of their own. */
void smp_work_memory_of(struct smp_view_work *w, struct smp_view *v,
                        const uint32_t *sites, size_t n,
                        struct smp_memory_cost *c);

/* Adds what can be added: all but peak, average and timeline. */
void smp_memory_add(struct smp_memory_cost *to,
                    const struct smp_memory_cost *from);

/* Adds one sample; `own`: its thread's waiting is wait_s. */
void smp_cost_add_sample(struct smp_cost *c, const struct smp_sample *s,
                         int own);

/* busy_threads_s of the samples in bucket `i` of g (positions in kept, in order
 * of time); the bins that have CPU time are added to the work's and shown by
 * *bins, *bin_count. */
double smp_work_busy(struct smp_view_work *w, const struct smp_groups *g,
                     size_t i, const uint32_t **bins, size_t *bin_count);

/* An array of n elements, all bits 0, never NULL for n 0. NULL: no memory. */
void *smp_work_zeroed(size_t n, size_t size);
uint32_t *smp_work_nones(size_t n); /* n times SMP_NONE */

#endif
