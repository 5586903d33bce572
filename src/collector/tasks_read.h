/* Private to the reading of an idle loop: what its two halves share. */
#ifndef SMP_COLLECTOR_TASKS_READ_H
#define SMP_COLLECTOR_TASKS_READ_H

#include "collector/tasks.h"

/* What a reading is about. */
struct smp_loop_reader {
    struct smp_collector *c;
    struct smp_image *i;
    struct smp_memory memory;
    struct smp_objects objects;
    uint64_t loop;
    struct smp_loop_reading *out;
};

/* tasks_read.c: adds a task of the loop that is suspended to `out`: its index
 * there, or -1. is_extra: it was not drawn. */
int32_t smp_loop_read_task(struct smp_loop_reader *r, uint64_t address,
                           int is_extra);

/* tasks_link.c: finds out which of the tasks wait for which; adds those that do
 * and were not read. */
void smp_loop_link(struct smp_loop_reader *r);

#endif
