/* links: src/base/map.c -Wl,--wrap=calloc */
/* The hash table against a plain array: puts, removals, collisions. */
#include "base/map.h"

#include <stdlib.h>

#include "base/status.h"
#include "check.h"

#define KEYS 5000u

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static int allocations_left = -1;

void *__wrap_calloc(size_t n, size_t size)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left -= allocations_left > 0;
    return __real_calloc(n, size);
}

/* Key n is stored under the value n. */
static int is_value(const void *context, const void *key, uint32_t value)
{
    (void)context;
    return *(const uint32_t *)key == value;
}

static uint64_t few_hashes(uint32_t key)
{
    return key % 7 + 1;
}

static uint64_t all_hashes(uint32_t key)
{
    return smp_hash_bytes(&key, sizeof key);
}

static uint32_t find(const struct smp_map *m, uint64_t (*hash)(uint32_t),
                     uint32_t key)
{
    return smp_map_find(m, hash(key), &key, is_value, NULL);
}

/* Puts and removes in a fixed, mixed order, and asks for every key. */
static void against_array(uint64_t (*hash)(uint32_t), uint32_t keys)
{
    struct smp_map m = {0};
    uint8_t *in = calloc(keys, 1);
    uint32_t x = 1, count = 0;
    for (uint32_t n = 0; n < 6 * keys; n++) {
        x = x * 1664525 + 1013904223;
        uint32_t key = (x >> 8) % keys;
        if (in[key])
            smp_map_remove(&m, hash(key), key);
        else
            CHECK_INT(smp_map_put(&m, hash(key), key), 0);
        count += in[key] ? UINT32_MAX : 1;
        in[key] = !in[key];
    }
    CHECK_INT(m.count, count);
    uint32_t wrong = 0;
    for (uint32_t key = 0; key < keys; key++)
        wrong += find(&m, hash, key) != (in[key] ? key : SMP_MAP_NONE);
    CHECK_INT(wrong, 0);
    smp_map_release(&m);
    CHECK(!m.hashes && !m.count);
    free(in);
}

static void test_many_keys(void)
{
    against_array(all_hashes, KEYS);
}

static void test_same_hashes(void)
{
    against_array(few_hashes, 120);
}

static void test_empty(void)
{
    struct smp_map m = {0};
    CHECK_INT(find(&m, all_hashes, 1), SMP_MAP_NONE);
    smp_map_remove(&m, 1, 1);
    smp_map_put(&m, all_hashes(1), 1);
    smp_map_remove(&m, all_hashes(2), 2); /* not there */
    smp_map_remove(&m, all_hashes(1), 2); /* the hash, another value */
    CHECK_INT(m.count, 1);
    CHECK_INT(find(&m, all_hashes, 1), 1);
    smp_map_release(&m);
}

/* A put that finds no memory leaves the map as it was. */
static void test_no_memory(void)
{
    struct smp_map m = {0};
    uint32_t key = 0;
    allocations_left = 2;
    while (smp_map_put(&m, all_hashes(key), key) == 0)
        key++;
    CHECK(key > 10);
    CHECK_INT(m.count, key);
    for (uint32_t n = 0; n < key; n++)
        CHECK_INT(find(&m, all_hashes, n), n);
    CHECK_INT(find(&m, all_hashes, key), SMP_MAP_NONE);
    allocations_left = 1; /* the first array alone */
    CHECK_INT(smp_map_put(&m, all_hashes(key), key), SMP_ENOMEM);
    CHECK_INT(find(&m, all_hashes, 0), 0);
    allocations_left = -1;
    CHECK_INT(smp_map_put(&m, all_hashes(key), key), 0);
    smp_map_release(&m);
}

static void test_hash(void)
{
    CHECK(smp_hash_bytes("", 0) != 0);
    CHECK(smp_hash_bytes("ab", 2) != smp_hash_bytes("ba", 2));
    CHECK(smp_hash_bytes("a", 1) == smp_hash_bytes("a", 1));
    /* The low bits choose the slot: they differ for keys that hardly do. */
    unsigned used[64] = {0}, slots = 0;
    for (uint32_t n = 0; n < 256; n++)
        used[all_hashes(n << 24) % 64] = 1;
    for (int n = 0; n < 64; n++)
        slots += used[n];
    CHECK(slots > 50);
}

int main(void)
{
    RUN(test_many_keys);
    RUN(test_same_hashes);
    RUN(test_empty);
    RUN(test_no_memory);
    RUN(test_hash);
    return check_summary();
}
