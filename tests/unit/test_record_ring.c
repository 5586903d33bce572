/* links: src/record/ring.c */
/* The ring with one writer: order, ends, losses, and what a dead writer left. */
#include "record/ring.h"

#include "check.h"
#include "ring_memory.h"

static uint64_t damaged;

/* Takes the next record; checks that it is number `number` of stream 1. */
static void take(struct smp_ring *r, int ended, uint32_t number)
{
    const struct smp_record *record = smp_ring_next(r, ended, &damaged);
    if (!CHECK(record != NULL))
        return;
    CHECK(ring_is_intact(record));
    CHECK_INT(((const struct ring_note *)record)->number, number);
    smp_ring_release(r, record);
}

static void test_valid_rings(void)
{
    struct smp_ring *r = ring_make(RING_SMALL);
    size_t mapped = SMP_RING_HEADER_BYTES + RING_SMALL;
    CHECK(smp_ring_is_valid(r, mapped));
    CHECK(!smp_ring_is_valid(r, mapped - 1));
    CHECK(!smp_ring_is_valid(r, SMP_RING_HEADER_BYTES));
    r->version++;
    CHECK(!smp_ring_is_valid(r, mapped));
    r->version--;
    r->magic++;
    CHECK(!smp_ring_is_valid(r, mapped));
    r->magic--;
    r->data_bytes = 3 * 32768; /* no power of two */
    CHECK(!smp_ring_is_valid(r, SMP_RING_HEADER_BYTES + 3 * 32768));
    r->data_bytes = 32768; /* smaller than the largest record */
    CHECK(!smp_ring_is_valid(r, mapped));
    r->data_bytes = 0;
    CHECK(!smp_ring_is_valid(r, mapped));
    r->data_bytes = RING_SMALL;
    CHECK(smp_ring_is_valid(r, mapped));
    ring_drop(r);
}

static void test_seen_after_commit_only(void)
{
    struct smp_ring *r = ring_make(RING_SMALL);
    CHECK(!smp_ring_next(r, 0, &damaged));
    struct ring_note *note = ring_begin(r, 1, 7, 5);
    CHECK(note != NULL);
    CHECK_INT(note->head.size, 32); /* 16 + 8 + 5, rounded up to 16 */
    CHECK_INT(smp_ring_used(r), 32);
    CHECK(!smp_ring_next(r, 0, &damaged));
    smp_ring_commit(r, &note->head);
    take(r, 0, 7);
    CHECK_INT(smp_ring_used(r), 0);
    CHECK(!smp_ring_next(r, 0, &damaged));
    CHECK_INT(damaged, 0);
    ring_drop(r);
}

/* Sizes of all kinds over many laps: every wrap is padded, order is kept. */
static void test_laps(void)
{
    struct smp_ring *r = ring_make(RING_SMALL);
    uint32_t written = 0, taken = 0, ends = 0;
    while (written < 20000) {
        uint64_t lap = atomic_load(&r->head) / RING_SMALL;
        while (smp_ring_used(r) < RING_SMALL / 2)
            CHECK(ring_write(r, 1, written, written * 37 % 9000)), written++;
        ends += atomic_load(&r->head) / RING_SMALL != lap;
        while (taken < written - 1)
            take(r, 0, taken++);
    }
    take(r, 0, taken++);
    CHECK_INT(taken, written);
    CHECK(ends > 100);
    CHECK_INT(atomic_load(&r->counts.lost), 0);
    CHECK_INT(damaged, 0);
    ring_drop(r);
}

/* A record that ends exactly at the ring's end needs no padding. */
static void test_exact_end(void)
{
    struct smp_ring *r = ring_make(RING_SMALL);
    CHECK(ring_write(r, 1, 0, RING_SMALL / 2 - sizeof(struct ring_note)));
    CHECK(ring_write(r, 1, 1, RING_SMALL / 2 - sizeof(struct ring_note)));
    CHECK_INT(smp_ring_used(r), RING_SMALL);
    CHECK(!ring_write(r, 1, 2, 0));
    CHECK_INT(atomic_load(&r->counts.lost), 1);
    take(r, 0, 0);
    take(r, 0, 1);
    CHECK_INT(atomic_load(&r->tail), RING_SMALL);
    CHECK(ring_write(r, 1, 2, 8));
    take(r, 0, 2);
    ring_drop(r);
}

static void test_full_is_counted(void)
{
    struct smp_ring *r = ring_make(RING_SMALL);
    uint32_t written = 0, lost = 0;
    for (uint32_t n = 0; n < 200; n++)
        if (ring_write(r, 1, written, 1000))
            written++;
        else
            lost++;
    CHECK_INT(written, RING_SMALL / 1024);
    CHECK_INT(atomic_load(&r->counts.lost), lost);
    for (uint32_t n = 0; n < written; n++)
        take(r, 0, n);
    CHECK(ring_write(r, 1, written, 1000)); /* there is room again */
    take(r, 0, written);
    CHECK_INT(atomic_load(&r->counts.lost), lost);
    ring_drop(r);
}

static void test_too_large(void)
{
    struct smp_ring *r = ring_make(4 * RING_SMALL);
    CHECK(!smp_ring_reserve(r, SMP_RECORD_SIZE_MAX + 1, SMP_RECORD_CODE));
    CHECK(!smp_ring_reserve(r, UINT32_MAX, SMP_RECORD_CODE));
    CHECK_INT(atomic_load(&r->counts.lost), 2);
    CHECK_INT(smp_ring_used(r), 0);
    CHECK(smp_ring_reserve(r, SMP_RECORD_SIZE_MAX, SMP_RECORD_CODE) != NULL);
    ring_drop(r);
}

static void test_rewind(void)
{
    struct smp_ring *r = ring_make(RING_SMALL);
    smp_ring_rewind(r);
    CHECK_INT(atomic_load(&r->head), 0);
    CHECK(ring_write(r, 1, 0, 100));
    uint64_t head = atomic_load(&r->head);
    smp_ring_rewind(r); /* something is unread: stays */
    CHECK_INT(atomic_load(&r->head), head);
    take(r, 0, 0);
    smp_ring_rewind(r);
    CHECK_INT(atomic_load(&r->head), RING_SMALL);
    CHECK_INT(atomic_load(&r->tail), RING_SMALL);
    CHECK(ring_write(r, 1, 1, 100)); /* at the first page again */
    CHECK_INT(atomic_load(&r->head) - RING_SMALL, head);
    take(r, 0, 1);
    ring_drop(r);
}

/* A writer that reserved and never committed: skipped once it is dead. */
static void test_reserved_and_dead(void)
{
    struct smp_ring *r = ring_make(RING_SMALL);
    CHECK(ring_write(r, 1, 0, 100));
    CHECK(ring_begin(r, 1, 99, 300) != NULL);
    CHECK(ring_write(r, 1, 1, 100));
    damaged = 0;
    take(r, 0, 0);
    CHECK(!smp_ring_next(r, 0, &damaged)); /* it may still commit */
    CHECK_INT(damaged, 0);
    take(r, 1, 1);
    CHECK_INT(damaged, 1);
    CHECK(!smp_ring_next(r, 1, &damaged));
    CHECK_INT(damaged, 1);
    ring_drop(r);
}

/* Fills the ring with old, once committed records of several laps. */
static void fill_with_old(struct smp_ring *r)
{
    for (uint32_t n = 0; n < 1000; n++) {
        CHECK(ring_write(r, 1, 1000 + n, n % 300));
        take(r, 0, 1000 + n);
    }
}

/* A writer that died between moving the head and its first store. */
static void test_unsealed_and_dead(void)
{
    struct smp_ring *r = ring_make(RING_SMALL);
    damaged = 0;
    fill_with_old(r);
    CHECK(ring_write(r, 1, 0, 100));
    atomic_fetch_add(&r->head, 4096);
    CHECK(ring_write(r, 1, 1, 100));
    take(r, 0, 0);
    CHECK(!smp_ring_next(r, 0, &damaged));
    take(r, 1, 1);
    CHECK_INT(damaged, 1);
    atomic_fetch_add(&r->head, 64); /* and one at the very end */
    CHECK(!smp_ring_next(r, 1, &damaged));
    CHECK_INT(damaged, 2);
    CHECK_INT(smp_ring_used(r), 0);
    ring_drop(r);
}

/* Died so when it had to wrap: neither the padding nor the record was begun. */
static void test_unsealed_over_the_end(void)
{
    struct smp_ring *r = ring_make(RING_SMALL);
    damaged = 0;
    fill_with_old(r);
    while (RING_SMALL - atomic_load(&r->head) % RING_SMALL > 512) {
        CHECK(ring_write(r, 1, 5, 8));
        take(r, 0, 5);
    }
    uint64_t head = atomic_load(&r->head);
    uint64_t end = (head | (RING_SMALL - 1)) + 1;
    atomic_store(&r->head, end + 1024);
    CHECK(ring_write(r, 1, 6, 100));
    take(r, 1, 6);
    CHECK_INT(damaged, 1);
    ring_drop(r);
}

/* Everything between tail and head is old: nothing of it may pass. */
static void test_old_bytes_are_no_records(void)
{
    struct smp_ring *r = ring_make(RING_SMALL);
    damaged = 0;
    fill_with_old(r);
    atomic_fetch_add(&r->head, RING_SMALL);
    CHECK(!smp_ring_next(r, 0, &damaged));
    CHECK(!smp_ring_next(r, 1, &damaged));
    CHECK_INT(damaged, 1);
    CHECK_INT(smp_ring_used(r), 0);
    ring_drop(r);
}

/* The size is checked even where the seal is right. */
static void test_sizes_that_lie(void)
{
    static const uint32_t sizes[] = {0, 8, 15, 17, 40, 1 << 20, UINT32_MAX};
    for (unsigned n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        struct smp_ring *r = ring_make(RING_SMALL);
        damaged = 0;
        struct ring_note *bad = ring_begin(r, 1, 50, 100);
        smp_ring_commit(r, &bad->head);
        bad->head.size = sizes[n];
        CHECK(ring_write(r, 1, 1, 100));
        CHECK(!smp_ring_next(r, 0, &damaged));
        take(r, 1, 1);
        CHECK_INT(damaged, 1);
        ring_drop(r);
    }
}

/* Positions that cannot be: nothing is read, and the loss is told. */
static void test_positions_that_lie(void)
{
    static const struct {
        uint64_t tail, head;
    } pairs[] = {{4096, 1024},
                 {0, RING_SMALL + 16},
                 {UINT64_MAX - 15, 16},
                 {0, UINT64_MAX & ~UINT64_C(15)}};
    for (unsigned n = 0; n < sizeof pairs / sizeof *pairs; n++) {
        struct smp_ring *r = ring_make(RING_SMALL);
        atomic_store(&r->tail, pairs[n].tail);
        atomic_store(&r->head, pairs[n].head);
        damaged = 0;
        CHECK(!smp_ring_next(r, 0, &damaged));
        CHECK(!smp_ring_next(r, 1, &damaged));
        CHECK_INT(damaged, 1);
        ring_drop(r);
    }
}

int main(void)
{
    RUN(test_valid_rings);
    RUN(test_seen_after_commit_only);
    RUN(test_laps);
    RUN(test_exact_end);
    RUN(test_full_is_counted);
    RUN(test_too_large);
    RUN(test_rewind);
    RUN(test_reserved_and_dead);
    RUN(test_unsealed_and_dead);
    RUN(test_unsealed_over_the_end);
    RUN(test_old_bytes_are_no_records);
    RUN(test_sizes_that_lie);
    RUN(test_positions_that_lie);
    return check_summary();
}
