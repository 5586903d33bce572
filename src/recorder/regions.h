/* Regions in the process: entering and leaving, and whose they are. */
#ifndef SMP_RECORDER_REGIONS_H
#define SMP_RECORDER_REGIONS_H

#include <stdint.h>

#include "record/region.h"
#include "recorder/state.h"

/* One time that a region was entered. Storage of the caller, from enter to
 * leave; `next` is the caller's. */
struct smp_enter {
    uint64_t start_ns;           /* 0: not measured */
    uint64_t frame;              /* that entered; 0: not known */
    struct smp_regions *regions; /* the ring's, and in it: */
    struct smp_region_total *total;
    uint32_t epoch; /* of that ring */
    int32_t tid;
    uint16_t bucket;
    uint8_t way; /* SMP_REGION_WAYS: it has no place in the table */
    uint8_t nested;
    struct smp_enter *next;
};

/* 1 while the program is measured: regions count, marks are written. */
int smp_regions_are_on(void);

/* Grows with each ring: numbers of names are valid within one. */
uint32_t smp_regions_epoch(void);

/* The number of the name with this hash and length in characters; UINT32_MAX
 * where it has none yet: then add it. */
SMP_HOLDS_GIL uint32_t smp_regions_find(uint64_t hash, uint64_t length);
SMP_HOLDS_GIL uint32_t smp_regions_add(uint64_t hash, uint64_t length,
                                       const char *text, uint64_t bytes);

/* The calling thread's Python frame that stands behind a call from C: not that
 * of contextlib, which calls for another. 0: none. `state`: its thread state. */
SMP_HOLDS_GIL uint64_t smp_regions_frame(const void *state);

/* Where regions are not on, nothing is measured and leave does nothing. */
SMP_HOLDS_GIL void smp_regions_enter(struct smp_enter *e, uint32_t region,
                                     uint64_t frame);
SMP_HOLDS_GIL void smp_regions_leave(struct smp_enter *e);
/* Forgets it: it was not left, it went. */
SMP_HOLDS_GIL void smp_regions_drop(struct smp_enter *e);

/* A new ring takes the place of the old one (NULL: there was none): after a fork
 * it gets the names, so that numbers stay, and the frames' regions. */
SMP_SIGSAFE void smp_regions_inherit(struct smp_ring *from,
                                     struct smp_ring *to);

#endif
