/* Regions: which of them a frame has entered. */
#include "record/region.h"

uint32_t smp_regions_of_frame(const struct smp_regions *r, uint64_t frame,
                              uint64_t code, uint32_t regions[SMP_REGION_WAYS])
{
    uint32_t serials[SMP_REGION_WAYS], count = 0;
    uint32_t bucket = smp_region_bucket(frame);
    if (!atomic_load_explicit(&r->entered_count, memory_order_relaxed))
        return 0;
    for (uint32_t way = 0; way < SMP_REGION_WAYS; way++) {
        if (atomic_load_explicit(&r->frames[bucket][way],
                                 memory_order_acquire) != frame)
            continue;
        const struct smp_region_entered *e = &r->entered[bucket][way];
        uint32_t region = e->region, serial = e->serial, at = count;
        if (e->code != code || region >= SMP_REGION_NAMES)
            continue;
        for (; at > 0 && serials[at - 1] < serial; at--) {
            serials[at] = serials[at - 1];
            regions[at] = regions[at - 1];
        }
        serials[at] = serial;
        regions[at] = region;
        count++;
    }
    return count;
}
