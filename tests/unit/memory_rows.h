/* Rows of memory for tests: added by hand. */
#ifndef SMP_TESTS_MEMORY_ROWS_H
#define SMP_TESTS_MEMORY_ROWS_H

#include "profiles.h"

/* `samples` sampled allocations of `bytes` together that stand for themselves
 * alone, one each. */
static inline struct smp_allocation allocation(uint32_t thread, uint32_t stack,
                                               enum smp_domain domain,
                                               uint32_t samples, double bytes)
{
    return (struct smp_allocation){.thread = thread,
                                   .stack = stack,
                                   .domain = (uint8_t)domain,
                                   .samples = samples,
                                   .bytes = bytes,
                                   .count = samples,
                                   .largest = bytes / samples};
}

/* Allocates at born_s; died_s NaN: it stays alive. */
static inline void add_allocation(struct smp_profile *p, double born_s,
                                  double died_s, struct smp_allocation a)
{
    smp_profile_allocate(p, born_s, a);
    if (!isnan(died_s))
        smp_profile_end_allocation(p, born_s, died_s, a);
}

static inline int add_deallocation(struct smp_profile *p, double at_s,
                                   uint32_t thread, uint32_t stack,
                                   double bytes)
{
    return smp_profile_deallocate(p, at_s,
                                  (struct smp_deallocation){.thread = thread,
                                                            .stack = stack,
                                                            .samples = 1,
                                                            .bytes = bytes});
}

static inline int add_high(struct smp_profile *p, double at_s, uint32_t thread,
                           uint32_t stack, enum smp_domain domain, double bytes)
{
    return smp_profile_high(p, at_s,
                            (struct smp_high){.thread = thread,
                                              .stack = stack,
                                              .domain = (uint8_t)domain,
                                              .bytes = bytes});
}

static inline int add_copy(struct smp_profile *p, double at_s, uint32_t thread,
                           uint32_t stack, double bytes)
{
    return smp_profile_copy(p, at_s,
                            (struct smp_copy){.thread = thread,
                                              .stack = stack,
                                              .samples = 1,
                                              .bytes = bytes});
}

#endif
