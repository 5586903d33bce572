/* The resolver: code definitions and instruction offsets to frames. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "collector/state.h"
#include "cpython/location.h"

#define DEFS_MAX 32768        /* code objects told apart */
#define TABLES_MAX (8u << 20) /* bytes of their tables */

void smp_resolver_init(struct smp_resolver *r, struct smp_profile *p)
{
    *r = (struct smp_resolver){.profile = p};
}

void smp_resolver_release(struct smp_resolver *r)
{
    for (size_t i = 0; i < r->def_count; i++)
        free(r->defs[i].table);
    free(r->defs);
    free(r->frames);
    smp_map_release(&r->def_index);
    smp_map_release(&r->frame_index);
    *r = (struct smp_resolver){0};
}

static int def_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_resolver *r = context;
    const struct smp_codedef *a = key, *b = &r->defs[value];
    return a->function == b->function && a->first_line == b->first_line &&
           a->table_bytes == b->table_bytes &&
           !memcmp(a->table, b->table, a->table_bytes);
}

/* Room for one more element of `size`; 0 or SMP_ENOMEM. */
static int room(void **array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return 0;
    size_t more = *capacity ? *capacity * 2 : 256;
    void *bigger = realloc(*array, more * size);
    if (!bigger)
        return SMP_ENOMEM;
    *array = bigger;
    *capacity = more;
    return 0;
}

/* Code is generated without end: what comes now is not told apart. */
static int is_full(const struct smp_resolver *r)
{
    return r->def_count >= DEFS_MAX || r->table_bytes >= TABLES_MAX;
}

static uint32_t define_other(struct smp_resolver *r)
{
    uint32_t frame = smp_profile_other_frame(r->profile);
    return frame == SMP_NONE
               ? SMP_NONE
               : smp_resolver_define(r, r->profile->frames[frame].function, 0,
                                     (const uint8_t *)"", 0);
}

uint32_t smp_resolver_define(struct smp_resolver *r, uint32_t function,
                             int32_t first_line, const uint8_t *table,
                             uint32_t table_bytes)
{
    struct smp_codedef d = {function, first_line, table_bytes,
                            (uint8_t *)(uintptr_t)table, 0};
    d.hash = smp_hash_bytes(table, table_bytes) ^
             (uint64_t)function * UINT64_C(0x9e3779b97f4a7c15) ^
             (uint64_t)(uint32_t)first_line << 32;
    d.hash += !d.hash;
    uint32_t found = smp_map_find(&r->def_index, d.hash, &d, def_equal, r);
    if (found != SMP_MAP_NONE)
        return found;
    if (is_full(r) && table_bytes)
        return define_other(r);
    void *defs = r->defs;
    if (room(&defs, r->def_count, &r->def_capacity, sizeof d))
        return SMP_NONE;
    r->defs = defs;
    d.table = malloc(table_bytes ? table_bytes : 1);
    if (!d.table ||
        smp_map_put(&r->def_index, d.hash, (uint32_t)r->def_count)) {
        free(d.table);
        return SMP_NONE;
    }
    memcpy(d.table, table, table_bytes);
    r->table_bytes += table_bytes;
    r->defs[r->def_count] = d;
    return (uint32_t)r->def_count++;
}

static int frame_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_resolver *r = context;
    const struct smp_frame_key *a = key, *b = &r->frames[value];
    return a->codedef == b->codedef && a->offset == b->offset;
}

static uint32_t make_frame(const struct smp_resolver *r, uint32_t codedef,
                           int32_t offset)
{
    const struct smp_codedef *d = &r->defs[codedef];
    struct smp_location at;
    struct smp_frame f = {.function = d->function};
    /* No location known: the table says so, or it is damaged. */
    if (!smp_location_find(&at, d->table, d->table_bytes, d->first_line,
                           offset) &&
        at.line > 0) {
        f.line = (uint32_t)at.line;
        f.end_line = at.end_line > at.line ? (uint32_t)at.end_line : f.line;
        f.column = at.column > 0 ? (uint32_t)at.column : 0;
        f.end_column =
            at.column > 0 && at.end_column > 0 ? (uint32_t)at.end_column : 0;
    }
    return smp_profile_frame(r->profile, f);
}

uint32_t smp_resolver_frame(struct smp_resolver *r, uint32_t codedef,
                            int32_t offset)
{
    struct smp_frame_key key = {codedef, offset, SMP_NONE};
    uint64_t pair = (uint64_t)codedef << 32 | (uint32_t)offset;
    uint64_t hash = smp_hash_bytes(&pair, sizeof pair);
    uint32_t found = smp_map_find(&r->frame_index, hash, &key, frame_equal, r);
    if (found != SMP_MAP_NONE)
        return r->frames[found].frame;
    key.frame = make_frame(r, codedef, offset);
    void *frames = r->frames;
    if (key.frame == SMP_NONE || r->frame_count >= SMP_FRAME_LIMIT ||
        room(&frames, r->frame_count, &r->frame_capacity, sizeof key))
        return key.frame;
    r->frames = frames;
    if (!smp_map_put(&r->frame_index, hash, (uint32_t)r->frame_count))
        r->frames[r->frame_count++] = key;
    return key.frame;
}
