/* A hash table from a fixed-size key to a 32-bit number: how ids are found. */
#ifndef SMP_BASE_MAP_H
#define SMP_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#define SMP_MAP_NONE UINT32_MAX /* "no such key"; never a stored value */

/* Open addressing over the hashes of keys that the owner stores elsewhere (in
 * an array indexed by the number), so one table serves strings, frames and
 * stacks alike. Storage of the caller; {0} is a valid empty map. */
struct smp_map {
    uint64_t *hashes; /* owned; 0 marks an empty slot */
    uint32_t *values; /* owned */
    size_t mask;      /* slots - 1, or 0 while nothing is allocated */
    size_t count;
};

/* 1 where the key that the caller looks for is the one stored under `value`. */
typedef int smp_map_equal(const void *context, const void *key, uint32_t value);

void smp_map_release(struct smp_map *m);

/* The number stored under `key`, or SMP_MAP_NONE. */
uint32_t smp_map_find(const struct smp_map *m, uint64_t hash, const void *key,
                      smp_map_equal *equal, const void *context);

/* Stores `value` under a key that is not in the map yet. 0 or SMP_ENOMEM. */
int smp_map_put(struct smp_map *m, uint64_t hash, uint32_t value);

/* Removes the entry that has this hash and value, where there is one. */
void smp_map_remove(struct smp_map *m, uint64_t hash, uint32_t value);

/* FNV-1a with a final mix; never 0. For tables in memory only: not stable
 * across versions, not for untrusted floods. */
uint64_t smp_hash_bytes(const void *bytes, size_t n);

#endif
