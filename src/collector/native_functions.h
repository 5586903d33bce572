/* Where functions begin, from the index of the unwind table. */
#ifndef SMP_COLLECTOR_NATIVE_FUNCTIONS_H
#define SMP_COLLECTOR_NATIVE_FUNCTIONS_H

#include <stdint.h>

#include "collector/native_image.h"

/* Also stripped files keep .eh_frame_hdr, a sorted table of where each
 * function (or cold part of one) begins and where its unwind entry lies. Finds
 * the last beginning at or before `address`; all in the file's own addresses.
 * 0, SMP_ENOENT where there is none before it, or SMP_EUNSUPPORTED where the
 * file has no such table, or not in the one format that linkers write. */
int smp_function_find(const struct smp_image *i, uint64_t address,
                      uint64_t *start, uint64_t *entry);

#endif
