/* A hash table from a fixed-size key to a 32-bit number. */
#include "base/map.h"

#include <stdlib.h>

#include "base/status.h"

uint64_t smp_hash_bytes(const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    h ^= h >> 32;
    h *= 0x9e3779b97f4a7c15u;
    h ^= h >> 29;
    return h ? h : 1;
}

void smp_map_release(struct smp_map *m)
{
    free(m->hashes);
    free(m->values);
    *m = (struct smp_map){0};
}

uint32_t smp_map_find(const struct smp_map *m, uint64_t hash, const void *key,
                      smp_map_equal *equal, const void *context)
{
    if (!m->hashes)
        return SMP_MAP_NONE;
    for (size_t i = hash & m->mask; m->hashes[i]; i = (i + 1) & m->mask)
        if (m->hashes[i] == hash && equal(context, key, m->values[i]))
            return m->values[i];
    return SMP_MAP_NONE;
}

static void insert(struct smp_map *m, uint64_t hash, uint32_t value)
{
    size_t i = hash & m->mask;
    while (m->hashes[i])
        i = (i + 1) & m->mask;
    m->hashes[i] = hash;
    m->values[i] = value;
}

static int grow(struct smp_map *m)
{
    size_t slots = m->hashes ? (m->mask + 1) * 2 : 64;
    struct smp_map bigger = {.mask = slots - 1, .count = m->count};
    bigger.hashes = calloc(slots, sizeof *bigger.hashes);
    bigger.values = calloc(slots, sizeof *bigger.values);
    if (!bigger.hashes || !bigger.values) {
        smp_map_release(&bigger);
        return SMP_ENOMEM;
    }
    for (size_t i = 0; m->hashes && i <= m->mask; i++)
        if (m->hashes[i])
            insert(&bigger, m->hashes[i], m->values[i]);
    smp_map_release(m);
    *m = bigger;
    return 0;
}

int smp_map_put(struct smp_map *m, uint64_t hash, uint32_t value)
{
    if (!m->hashes || (m->count + 1) * 4 > (m->mask + 1) * 3) {
        int status = grow(m);
        if (status)
            return status;
    }
    insert(m, hash, value);
    m->count++;
    return 0;
}

void smp_map_remove(struct smp_map *m, uint64_t hash, uint32_t value)
{
    if (!m->hashes)
        return;
    size_t i = hash & m->mask;
    while (m->hashes[i] && (m->hashes[i] != hash || m->values[i] != value))
        i = (i + 1) & m->mask;
    if (!m->hashes[i])
        return;
    m->hashes[i] = 0;
    m->count--;
    /* Entries behind the hole may have been pushed past it: put them again. */
    for (size_t j = (i + 1) & m->mask; m->hashes[j]; j = (j + 1) & m->mask) {
        uint64_t moved = m->hashes[j];
        m->hashes[j] = 0;
        insert(m, moved, m->values[j]);
    }
}
