/* Tables of rows on a timeline: found, merged and thinned by their key. */
#include "model/profile_rows.h"

#include <string.h>

#include "base/status.h"
#include "model/profile_index.h"

static void *row_at(const struct smp_rows *r, uint32_t i)
{
    return (char *)*r->array + (size_t)i * r->size;
}

static uint64_t key_hash(const struct smp_rows *r, const void *row)
{
    uint32_t k[SMP_ROW_KEY];
    uint64_t h = 0x9e3779b97f4a7c15u;
    r->key(row, k);
    for (int i = 0; i < SMP_ROW_KEY; i++) {
        h = (h ^ k[i]) * 0xbf58476d1ce4e5b9u;
        h ^= h >> 29;
    }
    return h ? h : 1;
}

static int key_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_rows *r = context;
    uint32_t a[SMP_ROW_KEY], b[SMP_ROW_KEY];
    r->key(key, a);
    r->key(row_at(r, value), b);
    return !memcmp(a, b, sizeof a);
}

static int catch_up(const struct smp_rows *r)
{
    while (r->map->count < *r->count) {
        uint32_t next = (uint32_t)r->map->count;
        int status = smp_map_put(r->map, key_hash(r, row_at(r, next)), next);
        if (status)
            return status;
    }
    return 0;
}

static int append(const struct smp_rows *r, uint64_t hash, const void *row)
{
    if (smp_profile_grow(r->array, r->room, *r->count, r->size) ||
        smp_map_put(r->map, hash, (uint32_t)*r->count))
        return SMP_ENOMEM;
    memcpy(row_at(r, (uint32_t)*r->count), row, r->size);
    ++*r->count;
    return 0;
}

int smp_rows_add(const struct smp_rows *r, const void *row, size_t limit)
{
    if (catch_up(r))
        return SMP_ENOMEM;
    uint64_t hash = key_hash(r, row);
    uint32_t found = smp_map_find(r->map, hash, row, key_equal, r);
    if (found != SMP_MAP_NONE) {
        r->merge(row_at(r, found), row);
        return 0;
    }
    return *r->count < limit ? append(r, hash, row) : SMP_EFULL;
}

uint32_t smp_rows_find(const struct smp_rows *r, const void *row)
{
    if (catch_up(r))
        return SMP_MAP_NONE;
    return smp_map_find(r->map, key_hash(r, row), row, key_equal, r);
}

/* The map is up to date: smp_rows_find gave `i`. After two entries went, one
 * more finds room without growing. */
void smp_rows_remove(const struct smp_rows *r, uint32_t i)
{
    uint32_t last = (uint32_t)*r->count - 1;
    smp_map_remove(r->map, key_hash(r, row_at(r, i)), i);
    if (i != last) {
        uint64_t hash = key_hash(r, row_at(r, last));
        smp_map_remove(r->map, hash, last);
        memcpy(row_at(r, i), row_at(r, last), r->size);
        smp_map_put(r->map, hash, i);
    }
    --*r->count;
}

/* In place: what is kept moves to the front. The map stays usable if memory
 * lacks (some merges are then missed). */
void smp_rows_widen(const struct smp_rows *r, unsigned shift)
{
    size_t rows = *r->count, kept = 0;
    smp_map_release(r->map);
    for (size_t i = 0; i < rows; i++) {
        void *row = row_at(r, (uint32_t)i);
        r->widen(row, shift);
        uint64_t hash = key_hash(r, row);
        uint32_t found = smp_map_find(r->map, hash, row, key_equal, r);
        if (found != SMP_MAP_NONE) {
            r->merge(row_at(r, found), row);
            continue;
        }
        if (kept != i)
            memcpy(row_at(r, (uint32_t)kept), row, r->size);
        if (r->map->count == kept)
            smp_map_put(r->map, hash, (uint32_t)kept); /* else later */
        kept++;
    }
    *r->count = kept;
}
