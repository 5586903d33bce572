/* Sampled blocks that are alive: from an address to an id, without a lock.
 *
 * Buckets of one cache line: seven places, and how many that belong here had to go
 * to the next buckets. A look-up that fails reads one line as a rule. What is not
 * there any more leaves an empty place, no mark: a look-up goes by the count, not by
 * gaps. Only the block's owner puts or takes an address, so the places alone are
 * contended for. A few buckets are tried before all others: as many samples as are
 * alive as a rule fit there, in 16 pages that stay in the cache.
 *
 * A place is one word, the address and the number of an entry that has the rest.
 * Entries are given out in turn and used again, the last first, so that as many are
 * resident as were ever alive at once. */
#include <string.h>

#include "base/status.h"
#include "recorder/heap.h"

#define NEAR 1024u     /* buckets that are tried first; a power of two */
#define BUCKETS 16384u /* the others; a power of two */
#define PLACES 7u
#define PROBES 16u /* buckets of the others in which an address may be */
#define ENTRIES (BUCKETS * PLACES)

/* A place: the address less its 3 low bits, of the 47 that a program has, then the
 * entry's number in so many bits. 0: empty. */
#define NUMBER_BITS 20u
#define ADDRESS_BITS 47u
_Static_assert(ENTRIES <= 1u << NUMBER_BITS, "every entry has a number");
_Static_assert(ADDRESS_BITS - 3 + NUMBER_BITS == 64, "a word is enough");

struct bucket {
    _Atomic uint64_t places[PLACES];
    _Atomic uint64_t elsewhere;
};
_Static_assert(sizeof(struct bucket) == 64, "one line of cache");

struct entry {
    _Atomic uint64_t
        id; /* while it is free: the next free one's number, plus 1 */
    _Atomic uint64_t bytes;
};

struct table {
    _Alignas(64) struct bucket near[NEAR];
    struct bucket buckets[BUCKETS];
    struct entry entries[ENTRIES];
};

_Atomic uint8_t smp_filter[SMP_FILTER_BYTES];

static struct table *table;        /* of our own mapping; never given back */
static _Atomic uint32_t counts[2]; /* of small and of large ones */
static _Atomic uint32_t given;     /* entries that ever were in use */
/* The first free entry's number, plus 1, below a count that changes each time: who
 * was interrupted must not take an old answer for a new one. */
static _Atomic uint64_t free_entry;

int smp_table_start(void)
{
    if (!table)
        table = smp_os_map_own(sizeof *table);
    return table ? 0 : SMP_ENOMEM;
}

static uint64_t hash_of(uint64_t address)
{
    return address * UINT64_C(0x9e3779b97f4a7c15);
}

static struct bucket *near_of(uint64_t address)
{
    return &table->near[hash_of(address) >> 54];
}
_Static_assert(NEAR == 1u << 10, "10 bits of the product");

static uint32_t home_of(uint64_t address)
{
    return (uint32_t)(hash_of(address) >> 40) % BUCKETS;
}

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

/* ---- entries */

/* The number of one that is free, or ENTRIES: none is. */
static uint32_t get_entry(void)
{
    uint64_t first = atomic_load(&free_entry);
    while (first & UINT32_MAX) {
        uint32_t number = (uint32_t)first - 1;
        uint64_t next = atomic_load(&table->entries[number].id);
        uint64_t now = ((first >> 32) + 1) << 32 | next;
        if (atomic_compare_exchange_weak(&free_entry, &first, now))
            return number;
    }
    uint32_t number = atomic_load(&given);
    while (number < ENTRIES &&
           !atomic_compare_exchange_weak(&given, &number, number + 1))
        ;
    return number;
}

static void give_entry_back(uint32_t number)
{
    uint64_t first = atomic_load(&free_entry), now;
    do {
        atomic_store(&table->entries[number].id, first & UINT32_MAX);
        now = ((first >> 32) + 1) << 32 | (number + 1);
    } while (!atomic_compare_exchange_weak(&free_entry, &first, now));
}

/* ---- places */

static int fits(uint64_t address)
{
    return address && address >> ADDRESS_BITS == 0 && address % 8 == 0;
}

static uint64_t word_of(uint64_t address, uint32_t number)
{
    return address >> 3 << NUMBER_BITS | number;
}

static int is_of(uint64_t word, uint64_t address)
{
    return word && word >> NUMBER_BITS == address >> 3;
}

static int fill(struct bucket *b, uint64_t word)
{
    for (uint32_t k = 0; k < PLACES; k++) {
        uint64_t empty = 0;
        if (!atomic_load_explicit(&b->places[k], memory_order_relaxed) &&
            atomic_compare_exchange_strong(&b->places[k], &empty, word))
            return 1;
    }
    return 0;
}

static int put(uint64_t address, uint64_t word)
{
    struct bucket *near = near_of(address);
    if (fill(near, word))
        return 1;
    uint32_t home = home_of(address);
    for (uint32_t n = 0; n < PROBES; n++) {
        if (!fill(&table->buckets[(home + n) % BUCKETS], word))
            continue;
        atomic_fetch_add(&near->elsewhere, 1);
        if (n)
            atomic_fetch_add(&table->buckets[home].elsewhere, 1);
        return 1;
    }
    return 0;
}

int smp_table_put(uint64_t address, struct smp_block block)
{
    uint32_t number = fits(address) ? get_entry() : ENTRIES;
    if (number == ENTRIES)
        return SMP_EFULL;
    struct entry *e = &table->entries[number];
    atomic_store_explicit(&e->id, block.id, memory_order_relaxed);
    atomic_store_explicit(&e->bytes, block.bytes, memory_order_relaxed);
    if (!put(address, word_of(address, number))) {
        give_entry_back(number);
        return SMP_EFULL;
    }
    smp_filter_add(address);
    atomic_fetch_add_explicit(&counts[smp_heap_is_large(block.bytes)], 1,
                              memory_order_relaxed);
    return 0;
}

/* Takes the address out of one bucket; id 0: it is not there. */
static struct smp_block take(struct bucket *b, uint64_t address)
{
    for (uint32_t k = 0; k < PLACES; k++) {
        uint64_t word =
            atomic_load_explicit(&b->places[k], memory_order_acquire);
        if (!is_of(word, address))
            continue;
        uint32_t number = (uint32_t)(word % (1u << NUMBER_BITS));
        struct entry *e = &table->entries[number];
        struct smp_block block = {atomic_load_explicit(&e->id,
                                                       memory_order_relaxed),
                                  atomic_load_explicit(&e->bytes,
                                                       memory_order_relaxed)};
        /* Fails where the program frees a block twice, at once. */
        if (!atomic_compare_exchange_strong(&b->places[k], &word, 0))
            continue;
        give_entry_back(number);
        return block;
    }
    return (struct smp_block){0, 0};
}

/* Out of the other buckets, where the first has sent some there. */
static struct smp_block take_elsewhere(struct bucket *near, uint64_t address)
{
    uint32_t home = home_of(address), n = 0;
    struct smp_block block = take(&table->buckets[home], address);
    if (!block.id && atomic_load(&table->buckets[home].elsewhere))
        for (n = 1; n < PROBES && !block.id; n++)
            block = take(&table->buckets[(home + n) % BUCKETS], address);
    if (!block.id)
        return block;
    atomic_fetch_sub(&near->elsewhere, 1);
    if (n)
        atomic_fetch_sub(&table->buckets[home].elsewhere, 1);
    return block;
}

struct smp_block smp_table_take(uint64_t address)
{
    struct smp_block block = {0, 0};
    if (!table)
        return block;
    struct bucket *near = near_of(address);
    block = take(near, address);
    if (!block.id && atomic_load(&near->elsewhere))
        block = take_elsewhere(near, address);
    if (!block.id)
        return block;
    filter_remove(address);
    atomic_fetch_sub_explicit(&counts[smp_heap_is_large(block.bytes)], 1,
                              memory_order_relaxed);
    return block;
}

uint32_t smp_table_count(int large)
{
    return atomic_load_explicit(&counts[large], memory_order_relaxed);
}
