/* Memory in the collector: what is alive, where it was allocated, the peak. */
#ifndef SMP_COLLECTOR_HEAP_H
#define SMP_COLLECTOR_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "model/profile.h"
#include "record/record.h"

struct smp_collector;
struct smp_image;

/* A sampled allocation that is alive. */
struct smp_live {
    uint64_t id;
    uint64_t born_ns;
    uint32_t site;
    uint32_t next_free;   /* of an entry that is not used: the next, 1-based */
    uint64_t size;        /* exact, what is left of it */
    double bytes, weight; /* it stands for: bytes left, allocations */
    double variance;
    double counted; /* of bytes: in the site's sum so far (see smp_young) */
};

/* A sample that stands for many others of its kind, and is new. One of 40 kB that
 * stands for 32 MB would show a peak that never was, if its kind lives for a
 * microsecond. So at first it counts for itself; for its kind when it has lived a
 * while, since by Little's law what lives shorter is little at any time. */
struct smp_young {
    uint64_t id;
    uint32_t live; /* the index; another's by now where the id differs */
};

/* Of one image. */
struct smp_heap {
    struct smp_live *lives; /* owned */
    size_t count, capacity;
    uint32_t free; /* 1-based; 0: none */
    struct smp_map index;
    struct smp_young *young;                         /* owned; a ring, by age */
    size_t young_first, young_count, young_capacity; /* a power of two */
    double alive, peak; /* bytes, by our estimate */
    double small;       /* of alive: Python's objects that pymalloc serves */
    int told;           /* 1: it was said what cannot be seen */
};

/* A thread, a stack and a domain, over all images. */
struct smp_site {
    uint32_t thread, stack;
    uint8_t domain;
    uint32_t samples; /* alive */
    double bytes;     /* alive */
    /* As they were at the peak of this number, which is remembered only when the
     * site changes after it. */
    uint64_t peak;
    uint32_t peak_samples;
    double peak_bytes;
};

#define SMP_SITES_MAX (1u << 16) /* then one for each thread and domain */

struct smp_heaps {
    struct smp_site *sites; /* owned */
    size_t count, capacity;
    struct smp_map index;
    uint32_t other; /* the stack that sites beyond SMP_SITES_MAX share; 0 */
    double alive;
    double peak; /* the most that was alive, at peak_ns */
    uint64_t peak_number, peak_ns, last_ns;
};

/* The parts of the drain: an ALLOC, FREE or COPY record. */
void smp_heap_take(struct smp_collector *c, struct smp_image *i,
                   const struct smp_record_memory *r);

/* Says once, where a process's memory cannot be sampled, that it is so. */
void smp_heap_check(struct smp_collector *c, struct smp_image *i);

/* The image is over: what it had is gone, and was not freed. */
void smp_heap_end_image(struct smp_collector *c, struct smp_image *i);

/* heap_sites.c. A site's index; SMP_NONE on lack of memory. */
uint32_t smp_site_find(struct smp_heaps *h, uint32_t thread, uint32_t stack,
                       uint8_t domain);
/* So many bytes and samples more (or less) are alive of a site, in an image, in
 * all; `size`: of the block. */
void smp_site_change(struct smp_collector *c, struct smp_image *i,
                     struct smp_site *s, uint64_t size, double bytes,
                     int samples);

/* The high-water set, into the profile. Before that smp_heap_end_image of all. */
void smp_heap_finish(struct smp_collector *c);
/* Threads have moved (smp_profile_fold): sites become one with others, and those
 * that neither have nor had anything at the peak go. */
void smp_heaps_moved(struct smp_collector *c, const uint32_t *thread);
void smp_heaps_release(struct smp_heaps *h);
void smp_heap_release(struct smp_heap *h);

/* footprint.c: resident memory of each process, from outside. */
void smp_footprint_scan(struct smp_collector *c, uint64_t now);
void smp_footprint_begin(struct smp_collector *c, struct smp_image *i);
void smp_footprint_end(struct smp_collector *c, struct smp_image *i);

#endif
