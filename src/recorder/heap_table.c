/* Sampled blocks that are alive: from an address to an id, without a lock.
 *
 * Buckets of one cache line: seven addresses, and how many that belong here had
 * to go to the next buckets. A look-up that fails reads one line as a rule. What
 * is not there any more leaves an empty place, no mark: a look-up goes by the
 * count, not by gaps. Only the block's owner puts or takes an address, so the
 * places alone are contended for. */
#include <string.h>

#include "base/status.h"
#include "recorder/heap.h"

#define BUCKETS 16384u /* a power of two */
#define KEYS 7u
#define PROBES 16u /* buckets in which an address may be */
#define BUSY 1u    /* a place that is being filled */

struct bucket {
    _Atomic uint64_t keys[KEYS]; /* 0: empty */
    _Atomic uint64_t elsewhere;
};
_Static_assert(sizeof(struct bucket) == 64, "one line of cache");

struct table {
    _Alignas(64) struct bucket buckets[BUCKETS];
    _Atomic uint64_t ids[BUCKETS][KEYS];
    _Atomic uint64_t bytes[BUCKETS][KEYS];
};

_Atomic uint8_t smp_filter[SMP_FILTER_BYTES];

static struct table *table;        /* of our own mapping; never given back */
static _Atomic uint32_t counts[2]; /* of small and of large ones */
static _Atomic uint32_t writers;   /* threads that fill a place just now */

int smp_table_start(void)
{
    if (!table)
        table = smp_os_map_own(sizeof *table);
    return table ? 0 : SMP_ENOMEM;
}

static uint32_t home_of(uint64_t address)
{
    return (uint32_t)((address * UINT64_C(0x9e3779b97f4a7c15)) >> 50);
}
_Static_assert(BUCKETS == 1u << 14, "14 bits of the product");

void smp_filter_add(uint64_t address)
{
    _Atomic uint8_t *byte = &smp_filter[smp_filter_place(address)];
    uint8_t n = atomic_load(byte);
    while (n < 255 && !atomic_compare_exchange_weak(byte, &n, (uint8_t)(n + 1)))
        ;
}

/* A byte that ever was full stays so: it no longer knows how many it counts. */
static void filter_remove(uint64_t address)
{
    _Atomic uint8_t *byte = &smp_filter[smp_filter_place(address)];
    uint8_t n = atomic_load(byte);
    while (n && n < 255 &&
           !atomic_compare_exchange_weak(byte, &n, (uint8_t)(n - 1)))
        ;
}

/* Fills a place of this bucket: 1, or 0 where there is none. */
static int fill(uint32_t at, uint64_t address, struct smp_block block)
{
    struct bucket *b = &table->buckets[at];
    for (uint32_t k = 0; k < KEYS; k++) {
        uint64_t empty = 0;
        if (atomic_load_explicit(&b->keys[k], memory_order_relaxed) ||
            !atomic_compare_exchange_strong(&b->keys[k], &empty, BUSY))
            continue;
        atomic_store_explicit(&table->ids[at][k], block.id,
                              memory_order_relaxed);
        atomic_store_explicit(&table->bytes[at][k], block.bytes,
                              memory_order_relaxed);
        atomic_store_explicit(&b->keys[k], address, memory_order_release);
        return 1;
    }
    return 0;
}

int smp_table_put(uint64_t address, struct smp_block block)
{
    uint32_t home = home_of(address);
    int done = 0;
    atomic_fetch_add(&writers, 1);
    for (uint32_t n = 0; n < PROBES && !done; n++) {
        done = fill((home + n) % BUCKETS, address, block);
        if (done && n)
            atomic_fetch_add(&table->buckets[home].elsewhere, 1);
    }
    atomic_fetch_sub(&writers, 1);
    if (!done)
        return SMP_EFULL;
    smp_filter_add(address);
    atomic_fetch_add_explicit(&counts[smp_heap_is_large(block.bytes)], 1,
                              memory_order_relaxed);
    return 0;
}

/* Takes the address out of one bucket; id 0: it is not there. */
static struct smp_block take(uint32_t at, uint64_t address)
{
    struct bucket *b = &table->buckets[at];
    for (uint32_t k = 0; k < KEYS; k++) {
        uint64_t key = address;
        if (atomic_load_explicit(&b->keys[k], memory_order_acquire) != address)
            continue;
        struct smp_block block = {atomic_load_explicit(&table->ids[at][k],
                                                       memory_order_relaxed),
                                  atomic_load_explicit(&table->bytes[at][k],
                                                       memory_order_relaxed)};
        /* Fails where the program frees a block twice, at once. */
        if (atomic_compare_exchange_strong(&b->keys[k], &key, 0))
            return block;
    }
    return (struct smp_block){0, 0};
}

struct smp_block smp_table_take(uint64_t address)
{
    uint32_t home = home_of(address), n = 0;
    struct smp_block block = {0, 0};
    if (!table)
        return block;
    block = take(home, address);
    if (!block.id && atomic_load(&table->buckets[home].elsewhere))
        for (n = 1; n < PROBES && !block.id; n++)
            block = take((home + n) % BUCKETS, address);
    if (!block.id)
        return block;
    if (n)
        atomic_fetch_sub(&table->buckets[home].elsewhere, 1);
    filter_remove(address);
    atomic_fetch_sub_explicit(&counts[smp_heap_is_large(block.bytes)], 1,
                              memory_order_relaxed);
    return block;
}

uint32_t smp_table_count(int large)
{
    return atomic_load_explicit(&counts[large], memory_order_relaxed);
}

void smp_table_after_fork(void)
{
    /* A place that another thread was filling in the parent stays BUSY for ever
     * here: free it. (Nobody filling is the rule, and spares the pages.) */
    if (!table || !atomic_load(&writers))
        return;
    atomic_store(&writers, 0);
    for (uint32_t at = 0; at < BUCKETS; at++)
        for (uint32_t k = 0; k < KEYS; k++)
            if (atomic_load(&table->buckets[at].keys[k]) == BUSY)
                atomic_store(&table->buckets[at].keys[k], 0);
}
