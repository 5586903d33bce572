/* Private to the model: tables of rows on a timeline, merged by a key. */
#ifndef SMP_MODEL_PROFILE_ROWS_H
#define SMP_MODEL_PROFILE_ROWS_H

#include "base/map.h"

#define SMP_ROW_KEY 5 /* words of a key */

/* One table: where its storage is (all borrowed; the map holds the first
 * map->count rows and catches up on use) and what its rows mean. */
struct smp_rows {
    void **array; /* malloc'ed */
    size_t *count, *room;
    struct smp_map *map;
    size_t size; /* of a row, bytes */
    /* Fills k: rows with the same k are one. */
    void (*key)(const void *row, uint32_t k[SMP_ROW_KEY]);
    void (*merge)(void *to, const void *from);
    void (*widen)(void *row, unsigned shift); /* bins become bin >> shift */
};

/* Merges with the row of the same key, or appends. 0, SMP_ENOMEM (nothing
 * changed), SMP_EFULL (no such key, and there are `limit` rows). */
int smp_rows_add(const struct smp_rows *r, const void *row, size_t limit);

/* The index of the row with this key; SMP_MAP_NONE: there is none (or memory
 * lacks to look). */
uint32_t smp_rows_find(const struct smp_rows *r, const void *row);

/* Takes row `i` out; the last row takes its place. */
void smp_rows_remove(const struct smp_rows *r, uint32_t i);

/* Widens the bins of all rows and merges those that fall together. */
void smp_rows_widen(const struct smp_rows *r, unsigned shift);

#endif
