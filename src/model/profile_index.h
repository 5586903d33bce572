/* Private to the model: the tables that find a profile's things by content. */
#ifndef SMP_MODEL_PROFILE_INDEX_H
#define SMP_MODEL_PROFILE_INDEX_H

#include "model/profile.h"

/* Each map holds the first `count` elements of its array; elements beyond are
 * put in on the next use (arrays grow at their end only). Capacities are in
 * elements; that of an array which a reader put in place is 0. */
struct smp_profile_index {
    struct smp_map strings, files, functions, frames, stacks, samples;
    size_t string_room, file_room, function_room, frame_room, stack_room,
        process_room, thread_room, sample_room;
    double full_bin_s; /* with bins of this width the samples are at their limit
                        * and all in one bin; 0: they are not */
    struct smp_map allocations, deallocations, highs, copies, footprints;
    size_t allocation_room, deallocation_room, high_room, copy_room,
        footprint_room;
    size_t region_room, mark_room, selected_room;
    struct smp_map tasks, awaits, await_lines;
    size_t task_room, await_room, await_line_room;
    uint32_t *string_frees; /* owned: places that serve new strings */
    size_t string_free_count;
    uint32_t other_frame; /* + 1; 0: not made yet */
    double memory_last_s; /* the latest time of a row of memory */
};

/* Room for one more element of `size` bytes behind `count`, in *array. 0 or
 * SMP_ENOMEM (nothing changed). */
int smp_profile_grow(void **array, size_t *room, size_t count, size_t size);

/* Empties the tables of all that refers to threads and processes. */
void smp_profile_forget_rows(struct smp_profile_index *index);

/* Brings `m` up to date with `count` elements, hashed by `hash`. 0, SMP_ENOMEM. */
int smp_profile_catch_up(struct smp_map *m, const struct smp_profile *p,
                         size_t count,
                         uint64_t (*hash)(const struct smp_profile *,
                                          uint32_t));

/* Rows of one key become one, after what they refer to has moved. Footprints
 * are added. */
void smp_profile_merge_samples(struct smp_profile *p);
void smp_profile_merge_memory(struct smp_profile *p);

/* The hash under which the place of a string that was dropped is known. */
uint64_t smp_profile_free_hash(uint32_t string);

#endif
