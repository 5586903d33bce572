/* What is known about code addresses: their unwind rule and function name. */
#include "collector/native_code.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "collector/native_demangle.h"

#define FIRST_SLOTS 256
#define CHUNK_BYTES 32768 /* names are stored in pieces of this size */

struct smp_code_chunk {
    struct smp_code_chunk *next;
    size_t used, size;
    char bytes[];
};

static void free_chunks(struct smp_code_cache *c)
{
    while (c->chunks) {
        struct smp_code_chunk *next = c->chunks->next;
        free(c->chunks);
        c->chunks = next;
    }
}

static void clear(struct smp_code_cache *c)
{
    if (c->slots)
        memset(c->slots, 0, (c->mask + 1) * sizeof *c->slots);
    c->count = 0;
    c->expressions.op_count = c->expressions.count = 0;
    smp_map_release(&c->names);
    c->name_count = c->name_bytes = 0;
    free_chunks(c);
    c->clears++;
}

void smp_code_cache_release(struct smp_code_cache *c)
{
    free(c->slots);
    smp_expressions_release(&c->expressions);
    smp_map_release(&c->names);
    free(c->name_list);
    free_chunks(c);
    smp_buf_release(&c->scratch);
    *c = (struct smp_code_cache){0};
}

/* The slot of the address, or the free one where it belongs. */
static struct smp_code *slot(struct smp_code *slots, size_t mask,
                             uint32_t module, uint64_t address)
{
    uint64_t hash = (address + module * UINT64_C(0x100000001b3)) *
                    UINT64_C(0x9e3779b97f4a7c15);
    size_t k = (size_t)(hash >> 32) & mask;
    while (slots[k].module &&
           (slots[k].module != module || slots[k].address != address))
        k = (k + 1) & mask;
    return &slots[k];
}

static int grow(struct smp_code_cache *c)
{
    size_t count = c->slots ? (c->mask + 1) * 2 : FIRST_SLOTS;
    struct smp_code *slots = calloc(count, sizeof *slots);
    if (!slots)
        return SMP_ENOMEM;
    for (size_t k = 0; c->slots && k <= c->mask; k++)
        if (c->slots[k].module)
            *slot(slots, count - 1, c->slots[k].module, c->slots[k].address) =
                c->slots[k];
    free(c->slots);
    c->slots = slots;
    c->mask = count - 1;
    return 0;
}

static int is_full(const struct smp_code_cache *c, size_t count)
{
    return c->count + count > SMP_CODE_LIMIT ||
           c->name_bytes > SMP_CODE_NAME_BYTES ||
           c->expressions.op_count > SMP_EXPRESSION_OPS / 2;
}

int smp_code_make_room(struct smp_code_cache *c, size_t count)
{
    if (is_full(c, count))
        clear(c);
    while (!c->slots || (c->count + count) * 4 > (c->mask + 1) * 3)
        if (grow(c))
            return SMP_ENOMEM;
    return 0;
}

struct smp_code *smp_code_find(struct smp_code_cache *c, uint32_t module,
                               uint64_t address)
{
    if (!c->slots)
        return NULL;
    struct smp_code *found = slot(c->slots, c->mask, module, address);
    if (found->module)
        return found;
    if ((c->count + 1) * 8 > (c->mask + 1) * 7)
        return NULL;
    found->module = module;
    found->address = address;
    c->count++;
    return found;
}

static int same_name(const void *context, const void *key, uint32_t value)
{
    const struct smp_code_cache *c = context;
    return !strcmp(c->name_list[value], key);
}

static char *store(struct smp_code_cache *c, const char *bytes, size_t n)
{
    if (!c->chunks || c->chunks->size - c->chunks->used < n) {
        size_t size = n > CHUNK_BYTES ? n : CHUNK_BYTES;
        struct smp_code_chunk *chunk = malloc(sizeof *chunk + size);
        if (!chunk)
            return NULL;
        *chunk = (struct smp_code_chunk){.next = c->chunks, .size = size};
        c->chunks = chunk;
    }
    char *kept = c->chunks->bytes + c->chunks->used;
    memcpy(kept, bytes, n);
    c->chunks->used += n;
    c->name_bytes += n;
    return kept;
}

static int reserve_name(struct smp_code_cache *c)
{
    if (c->name_count < c->name_capacity)
        return 0;
    size_t capacity = c->name_capacity * 2 + 256;
    const char **list = realloc(c->name_list, capacity * sizeof *list);
    if (!list)
        return SMP_ENOMEM;
    c->name_list = list;
    c->name_capacity = capacity;
    return 0;
}

/* The scratch buffer's text, kept. */
static const char *keep_scratch(struct smp_code_cache *c)
{
    const char *text = c->scratch.data;
    size_t n = c->scratch.length;
    uint64_t hash = smp_hash_bytes(text, n);
    uint32_t number = smp_map_find(&c->names, hash, text, same_name, c);
    if (number != SMP_MAP_NONE)
        return c->name_list[number];
    char *kept = reserve_name(c) ? NULL : store(c, text, n + 1);
    if (!kept)
        return NULL;
    c->name_list[c->name_count] = kept;
    if (smp_map_put(&c->names, hash, (uint32_t)c->name_count))
        return kept; /* a second copy may be made later: no harm */
    c->name_count++;
    return kept;
}

const char *smp_code_keep_name(struct smp_code_cache *c, const char *symbol)
{
    if (!symbol)
        return NULL;
    smp_buf_clear(&c->scratch);
    smp_demangle(&c->scratch, symbol);
    if (!c->scratch.failed && c->scratch.length)
        return keep_scratch(c);
    smp_buf_release(&c->scratch);
    return NULL;
}
