/* Tasks and awaits under a filter: the tables that reports show. */
#ifndef SMP_MODEL_VIEW_TASKS_H
#define SMP_MODEL_VIEW_TASKS_H

#include "model/view.h"

/* A line on which tasks were suspended: the innermost in scope of their stacks. */
struct smp_await_place {
    uint32_t function, line;
    double await_s; /* summed over tasks */
    double wait_s;  /* of the time in which the loops were idle: their share */
    double by_s[SMP_AWAIT_COUNT]; /* of await_s, by what was waited for */
    /* Coroutines on this line at a time, in one loop: on average while there was
     * one, and at most. */
    double mean;
    uint32_t peak;
};

struct smp_task_view {
    struct smp_await_place *places; /* owned; most await_s first */
    size_t place_count;
    uint32_t *tasks; /* owned: of the profile's; by await_s and cpu_s */
    size_t task_count;
    double await_s; /* of all tasks that the filter keeps */
};

/* These tables have no times: a filter's range does not touch them. 0 (release
 * with smp_task_view_release), SMP_ENOMEM. */
int smp_task_view_make(struct smp_task_view *v, const struct smp_profile *p,
                       const struct smp_filter *f);
void smp_task_view_release(struct smp_task_view *v);

/* What most of a place's await_s waited for. */
enum smp_await_on smp_await_place_top(const struct smp_await_place *a);

#endif
