/* Where functions begin, from the index of the unwind table. */
#ifndef SMP_COLLECTOR_NATIVE_FUNCTIONS_H
#define SMP_COLLECTOR_NATIVE_FUNCTIONS_H

#include <stdint.h>

#include "collector/native_image.h"

/* Stripped files keep .eh_frame_hdr, a sorted table of where each function (or
 * cold part of one) begins: what makes one of many addresses in a function
 * without a name. Fills `start` with the last beginning at or before
 * `address`, both in the file's own addresses. 0, or SMP_ENOENT where the file
 * has no such table, or not in the one format that linkers write. */
int smp_function_start(const struct smp_image *i, uint64_t address,
                       uint64_t *start);

#endif
