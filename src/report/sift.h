/* Sifting: the samples that a filter keeps (or, by its metric, rows of memory),
 * with stacks that read the same made one. Positions inside a line (columns) do not matter here. */
#ifndef SMP_REPORT_SIFT_H
#define SMP_REPORT_SIFT_H

#include <stddef.h>
#include <stdint.h>

#include "model/view.h"

enum smp_sift_order {
    SMP_SIFT_BY_TIME, /* by thread, then by bin */
    SMP_SIFT_BY_STACK /* by thread, then by stack; bins are added up */
};

struct smp_sift {
    /* By frame and by stack of the profile: the first one that reads the same
     * (function and line). Owned. */
    uint32_t *frame_of, *stack_of;
    /* Owned; `stack` is one of stack_of's. Where the metric is of bytes, `seconds`
     * holds them, `kind` is SMP_KIND_PYTHON or SMP_KIND_NATIVE by who asked for
     * them, and `bin` is one of memory's. */
    struct smp_sample *samples;
    size_t count;
};

/* 0 (free with smp_sift_release) or SMP_ENOMEM. */
int smp_sift_make(struct smp_sift *s, const struct smp_profile *p,
                  const struct smp_filter *f, enum smp_sift_order order);
void smp_sift_release(struct smp_sift *s);

/* The frames of a stack, outermost first, as frame_of has them, into `frames`
 * (room for smp_sift_depth). Returns how many. */
size_t smp_sift_frames(const struct smp_sift *s, const struct smp_profile *p,
                       uint32_t stack, uint32_t *frames);

/* Frames of the deepest stack of the profile, plus 1. */
size_t smp_sift_depth(const struct smp_profile *p);

#endif
