/* Remote reading: memory, codes and frames of a program that stands still. */
#ifndef SMP_COLLECTOR_REMOTE_H
#define SMP_COLLECTOR_REMOTE_H

#include "collector/state.h"
#include "cpython/walk.h"

/* Memory of another process, by pages, which are kept until the next call: what
 * is read in between must stand still. Valid until then. */
struct smp_memory smp_remote_memory(pid_t pid);

/* Reads the pages of these addresses at once, where they are not there yet: a
 * call of the system for each would cost four times as much. */
void smp_remote_prefetch(const uint64_t *addresses, size_t n);

/* The profile's frame of a frame that was read there; SMP_NONE where its code
 * cannot be read. */
uint32_t smp_remote_frame(struct smp_collector *c, struct smp_image *i,
                          const struct smp_memory *m,
                          const struct smp_walk_frame *frame);

#endif
