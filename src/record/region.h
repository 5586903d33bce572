/* Regions: what the program marks by name, in memory that process and collector
 * share, so that a process that dies at any instant leaves them whole.
 *
 * The process adds up each region itself: a loop that enters one ten million
 * times writes no record. One thread writes at a time (the one with the GIL);
 * signal handlers of any thread and the collector read meanwhile. */
#ifndef SMP_RECORD_REGION_H
#define SMP_RECORD_REGION_H

#include <stdatomic.h>
#include <stdint.h>

#define SMP_REGION_NAMES 1024     /* different names; the last: all others */
#define SMP_REGION_NAME_BYTES 120 /* UTF-8; a longer one is cut */
#define SMP_REGION_TOTALS 8192    /* a power of two; a quarter stays free */
#define SMP_REGION_BUCKETS 512    /* a power of two */
#define SMP_REGION_WAYS 8         /* entered in frames of one bucket */

struct smp_region_name {
    _Atomic uint32_t bytes; /* 0: not given yet */
    uint32_t cut;           /* 1: it was longer */
    char text[SMP_REGION_NAME_BYTES];
};

/* One region in one thread. Written by one thread at a time, each word whole. */
struct smp_region_total {
    _Atomic uint32_t key;      /* number of the name + 1; 0: free */
    int32_t tid;               /* 0: of threads that found no room */
    _Atomic uint64_t count;    /* times it was left */
    _Atomic uint64_t nested;   /* of these: inside of itself */
    _Atomic uint64_t total_ns; /* wall clock, without the nested ones */
    _Atomic uint64_t least_ns, most_ns; /* of one time */
    _Atomic uint64_t first_ns, last_ns; /* first entered, last left */
};

/* A region that a frame has entered and not left. */
struct smp_region_entered {
    uint64_t code;     /* of the frame, so that another frame in its place is
                        * not taken for it */
    uint64_t start_ns; /* 0: entered before a fork, counts in the parent */
    uint32_t region;   /* number of the name */
    uint32_t serial;   /* the greater the further in */
    int32_t tid;
    uint32_t nested; /* 1: inside of itself */
};

struct smp_regions {
    _Atomic uint64_t names_lost;  /* enters under a name that found no room */
    _Atomic uint64_t totals_lost; /* threads' own rows that found no room */
    _Atomic uint64_t untagged;    /* enters whose frame found no room */
    _Atomic uint64_t marks_lost;  /* marks beyond the limit */
    _Atomic uint32_t name_count, total_count;
    _Atomic uint32_t entered_count;
    uint32_t reserved[5];
    struct smp_region_name names[SMP_REGION_NAMES];
    struct smp_region_total totals[SMP_REGION_TOTALS];
    /* By the frame's address. A place is free where `frames` has 0; its entry is
     * filled in before the address is set. */
    _Atomic uint64_t frames[SMP_REGION_BUCKETS][SMP_REGION_WAYS];
    struct smp_region_entered entered[SMP_REGION_BUCKETS][SMP_REGION_WAYS];
};
_Static_assert(sizeof(struct smp_region_name) == 128, "FORMAT.md says 128");
_Static_assert(sizeof(struct smp_region_total) == 64, "FORMAT.md says 64");
_Static_assert(sizeof(struct smp_region_entered) == 32, "FORMAT.md says 32");

/* The bucket of a frame's address. */
static inline uint32_t smp_region_bucket(uint64_t frame)
{
    return (uint32_t)((frame >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32) &
           (SMP_REGION_BUCKETS - 1);
}

/* The regions that a frame with this code has entered, innermost first, at most
 * SMP_REGION_WAYS; how many. Async-signal-safe, reads nothing but the table. */
uint32_t smp_regions_of_frame(const struct smp_regions *r, uint64_t frame,
                              uint64_t code, uint32_t regions[SMP_REGION_WAYS]);

#endif
