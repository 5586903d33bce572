/* Code numbers: each code object is defined once in the records, then known by
 * a number. */
#include <stdatomic.h>

#include "base/status.h"
#include "cpython/walk.h"
#include "recorder/state.h"

/* Direct-mapped by the code's address, with a few neighbours. An entry that is
 * pushed out is defined again when it is next seen: the collector finds that
 * both say the same. */
#define ENTRIES 8192u /* a power of two */
#define PROBES 4u
#define BUSY 1u               /* in `address`: an entry that is being written */
#define TABLE_MAX (16u << 20) /* bytes of a line table; a longer one is cut */

struct entry {
    _Atomic uint64_t address; /* 0: empty */
    _Atomic uint64_t print;
    _Atomic uint64_t outline; /* at that time: */
    _Atomic uint32_t number;
    _Atomic uint32_t checked; /* when the print was last compared, in ticks */
};

/* Where a print costs something it is asked for only so often; meanwhile a code
 * object that looks the same is the same. Asking each time was half of a sample's
 * cost under a deep stack. A program that makes and drops code all the time, each at
 * the place of the last and alike in all its parts, may have a sample of memory
 * charged to the one before. */
#define TICK_BITS 20u /* 2^20 ns: about a millisecond */
#define TICKS 10u

static struct entry entries[ENTRIES];
static _Atomic uint32_t next_number;
static _Atomic uint32_t writers; /* threads that write an entry just now */
static _Atomic uint32_t epoch;

static uint32_t slot_of(uint64_t address)
{
    return (uint32_t)((address * UINT64_C(0x9e3779b97f4a7c15)) >> 40);
}

static uint32_t tick_of(uint64_t now)
{
    return (uint32_t)(now >> TICK_BITS);
}

/* 1 where the entry is of this code: by its print, or, where it has none, by what it
 * looked like a moment ago. */
static int is_of(const struct entry *e, const struct smp_code_ref *code,
                 uint64_t now)
{
    if (code->print)
        return atomic_load_explicit(&e->print, memory_order_relaxed) ==
               code->print;
    return atomic_load_explicit(&e->outline, memory_order_relaxed) ==
               code->outline &&
           tick_of(now) -
                   atomic_load_explicit(&e->checked, memory_order_relaxed) <=
               TICKS;
}

static void note_check(struct entry *e, const struct smp_code_ref *code,
                       uint64_t now)
{
    atomic_store_explicit(&e->outline, code->outline, memory_order_relaxed);
    atomic_store_explicit(&e->checked, tick_of(now), memory_order_relaxed);
}

static uint32_t find(const struct smp_code_ref *code, uint64_t now)
{
    for (uint32_t i = 0; i < PROBES; i++) {
        struct entry *e = &entries[(slot_of(code->address) + i) % ENTRIES];
        if (atomic_load_explicit(&e->address, memory_order_acquire) !=
            code->address)
            continue;
        int same = is_of(e, code, now);
        uint32_t number =
            atomic_load_explicit(&e->number, memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        /* Written anew meanwhile: then the address went through BUSY. */
        if (!same || atomic_load_explicit(&e->address, memory_order_relaxed) !=
                         code->address)
            continue;
        if (code->print && code->outline && now)
            note_check(e, code, now);
        return number;
    }
    return UINT32_MAX;
}

/* The entry to write: this address's old one, an empty one, or a victim. */
static struct entry *choose(uint64_t address, uint32_t number)
{
    struct entry *empty = NULL;
    for (uint32_t i = 0; i < PROBES; i++) {
        struct entry *e = &entries[(slot_of(address) + i) % ENTRIES];
        uint64_t at = atomic_load_explicit(&e->address, memory_order_relaxed);
        if (at == address)
            return e;
        if (!at && !empty)
            empty = e;
    }
    return empty ? empty
                 : &entries[(slot_of(address) + number % PROBES) % ENTRIES];
}

static void remember(const struct smp_code_ref *code, uint32_t number)
{
    struct entry *e = choose(code->address, number);
    uint64_t was = atomic_load_explicit(&e->address, memory_order_relaxed);
    atomic_fetch_add(&writers, 1);
    /* Another thread writes this entry: let it; ours is defined again later. */
    if (was == BUSY ||
        !atomic_compare_exchange_strong(&e->address, &was, BUSY)) {
        atomic_fetch_sub(&writers, 1);
        return;
    }
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&e->print, code->print, memory_order_relaxed);
    note_check(e, code, 0);
    atomic_store_explicit(&e->number, number, memory_order_relaxed);
    atomic_store_explicit(&e->address, code->address, memory_order_release);
    atomic_fetch_sub(&writers, 1);
}

/* Finds a string's characters; an unreadable one is empty. */
static struct smp_text_ref text_of(const struct smp_memory *m, uint64_t object,
                                   struct smp_record_text *out)
{
    struct smp_text_ref text;
    *out = (struct smp_record_text){.width = 1};
    if (smp_walk_text(&smp_recorder.layout, m, object, &text))
        return (struct smp_text_ref){0};
    if (text.bytes > SMP_RECORD_TEXT_BYTES) {
        text.bytes = SMP_RECORD_TEXT_BYTES;
        out->cut = 1;
    }
    out->bytes = (uint32_t)text.bytes;
    out->width = text.width;
    return text;
}

static uint8_t *copy(const struct smp_memory *m, uint8_t *to, uint64_t address,
                     uint32_t bytes)
{
    if (bytes && m->read(m->context, address, to, bytes))
        for (uint32_t i = 0; i < bytes; i++)
            to[i] = '?';
    return to + bytes;
}

/* Writes one record of a definition; with the first goes the naming. */
static int define_part(const struct smp_memory *m,
                       const struct smp_code_ref *code, uint32_t number,
                       uint64_t table, uint32_t total, uint32_t offset)
{
    struct smp_record_text filename_head = {.width = 1},
                           name_head = {.width = 1};
    struct smp_text_ref filename = {0}, name = {0};
    if (offset == 0) {
        filename = text_of(m, code->filename, &filename_head);
        name = text_of(m, code->qualname, &name_head);
    }
    uint32_t bytes = total - offset;
    if (bytes > SMP_RECORD_TABLE_BYTES)
        bytes = SMP_RECORD_TABLE_BYTES;
    uint32_t size = (uint32_t)sizeof(struct smp_record_code) +
                    filename_head.bytes + name_head.bytes + bytes;
    struct smp_record_code *r =
        (struct smp_record_code *)smp_ring_reserve(smp_recorder.ring, size,
                                                   SMP_RECORD_CODE);
    if (!r)
        return SMP_EFULL;
    r->number = number;
    r->first_line = code->first_line;
    r->filename = filename_head;
    r->qualname = name_head;
    r->table_total = total;
    r->table_offset = offset;
    r->table_bytes = bytes;
    r->reserved = 0;
    uint8_t *to = (uint8_t *)(r + 1);
    to = copy(m, to, filename.address, filename_head.bytes);
    to = copy(m, to, name.address, name_head.bytes);
    copy(m, to, table + offset, bytes);
    smp_ring_commit(smp_recorder.ring, &r->head);
    return 0;
}

static int define(const struct smp_memory *m, const struct smp_code_ref *code,
                  uint32_t number)
{
    uint64_t table = 0, total = 0;
    if (smp_walk_bytes(&smp_recorder.layout, m, code->linetable, &table,
                       &total))
        total = 0;
    if (total > TABLE_MAX)
        total = TABLE_MAX;
    uint32_t offset = 0;
    do {
        if (define_part(m, code, number, table, (uint32_t)total, offset))
            return SMP_EFULL;
        offset += SMP_RECORD_TABLE_BYTES;
    } while (offset < total);
    return 0;
}

uint32_t smp_codes_number(const struct smp_memory *m,
                          const struct smp_code_ref *seen, uint64_t now)
{
    struct smp_code_ref code = *seen;
    uint32_t number = UINT32_MAX;
    if (code.print || now)
        number = find(&code, now);
    if (number != UINT32_MAX)
        return number;
    if (!code.print) {
        code.print = smp_walk_print(&smp_recorder.layout, m, &code);
        number = find(&code, now);
    }
    if (number != UINT32_MAX)
        return number;
    number = atomic_fetch_add(&next_number, 1);
    if (define(m, &code, number))
        return UINT32_MAX;
    remember(&code, number);
    return number;
}

uint32_t smp_codes_count(void)
{
    return atomic_load(&next_number);
}

uint32_t smp_codes_epoch(void)
{
    return atomic_load_explicit(&epoch, memory_order_relaxed);
}

void smp_codes_forget(void)
{
    atomic_fetch_add(&epoch, 1);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        uint64_t address =
            atomic_load_explicit(&entries[i].address, memory_order_relaxed);
        if (address && address != BUSY)
            atomic_compare_exchange_strong(&entries[i].address, &address, 0);
    }
}

void smp_codes_after_fork(void)
{
    /* An entry that another thread was writing in the parent stays BUSY for
     * ever here: free it. (Nobody writing is the rule, and spares the pages.) */
    if (!atomic_load(&writers))
        return;
    atomic_store(&writers, 0);
    for (uint32_t i = 0; i < ENTRIES; i++)
        if (atomic_load_explicit(&entries[i].address, memory_order_relaxed) ==
            BUSY)
            atomic_store(&entries[i].address, 0);
}
