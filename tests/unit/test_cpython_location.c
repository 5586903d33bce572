/* links: src/cpython/location.c src/base/status.c */
/* Location tables made by hand: each kind of entry, and damaged tables. The
 * tables of real code are compared in tests/e2e/test_recorder_locations.py. */
#include "cpython/location.h"

#include <stdlib.h>

#include "base/status.h"
#include "check.h"

/* An entry's first byte: its kind and how many 2-byte units it stands for. */
#define HEAD(kind, units) (uint8_t)(128 | (kind) << 3 | ((units)-1))

static void is(const uint8_t *table, size_t bytes, int offset, int line,
               int end_line, int column, int end_column)
{
    struct smp_location at = {-1, -1, -1, -1};
    CHECK_INT(smp_location_find(&at, table, bytes, 100, offset), 0);
    CHECK_INT(at.line, line);
    CHECK_INT(at.end_line, end_line);
    CHECK_INT(at.column, column);
    CHECK_INT(at.end_column, end_column);
}

static void is_unknown(const uint8_t *table, size_t bytes, int offset)
{
    struct smp_location at = {-1, -1, -1, -1};
    CHECK_INT(smp_location_find(&at, table, bytes, 100, offset), SMP_ERANGE);
    CHECK_INT(at.line, 0);
    CHECK_INT(at.end_line, 0);
    CHECK_INT(at.column, 0);
    CHECK_INT(at.end_column, 0);
}

/* 0 to 9: the same line, column kind * 8 + 3 bits, end 4 bits further. */
static void test_short_forms(void)
{
    for (int kind = 0; kind < 10; kind++) {
        uint8_t table[] = {HEAD(kind, 1), 5 << 4 | 11};
        is(table, 2, 0, 100, 100, kind * 8 + 5 + 1, kind * 8 + 5 + 11 + 1);
    }
}

/* 10 to 12: a line 0 to 2 further down, two columns. */
static void test_one_line_forms(void)
{
    for (int delta = 0; delta < 3; delta++) {
        uint8_t table[] = {HEAD(10 + delta, 2), 127, 200};
        is(table, 3, 2, 100 + delta, 100 + delta, 128, 201);
    }
}

static void test_no_columns(void)
{
    uint8_t down[] = {HEAD(13, 1), 7 << 1};
    uint8_t up[] = {HEAD(13, 1), 7 << 1 | 1};
    uint8_t far[] = {HEAD(13, 1), 64 | 32, 64 | 1, 2}; /* 0x2060 >> 1 */
    is(down, 2, 0, 107, 107, 0, 0);
    is(up, 2, 0, 93, 93, 0, 0);
    is(far, 4, 0, 100 + 0x1030, 100 + 0x1030, 0, 0);
}

/* 14: signed line delta, end line delta, columns plus 1 (0: none). */
static void test_long_form(void)
{
    uint8_t table[] = {HEAD(14, 1), 3 << 1 | 1, 4, 6, 64 | 10, 1};
    uint8_t bare[] = {HEAD(14, 1), 0, 0, 0, 0};
    is(table, 6, 0, 97, 101, 6, 64 + 10);
    is(bare, 5, 0, 100, 100, 0, 0);
}

static void test_none(void)
{
    uint8_t table[] = {HEAD(15, 3), HEAD(0, 1), 0};
    is(table, 3, 4, 0, 0, 0, 0);
    is(table, 3, 6, 100, 100, 1, 1); /* the line runs on */
}

/* Entries stand for several units, and the line runs from entry to entry. */
static void test_many_entries(void)
{
    uint8_t table[] = {HEAD(11, 8), 0,          1,   HEAD(13, 1),
                       5 << 1,      HEAD(0, 2), 0x12};
    is(table, sizeof table, 0, 101, 101, 1, 2);
    is(table, sizeof table, 14, 101, 101, 1, 2);
    is(table, sizeof table, 15, 101, 101, 1, 2);
    is(table, sizeof table, 16, 106, 106, 0, 0);
    is(table, sizeof table, 18, 106, 106, 2, 4);
    is(table, sizeof table, 20, 106, 106, 2, 4);
    is_unknown(table, sizeof table, 22);
    is_unknown(table, sizeof table, INT32_MAX);
}

static void test_before_the_first(void)
{
    is(NULL, 0, -2, 100, 100, 0, 0);
    is_unknown(NULL, 0, 0);
}

/* Cut anywhere: what is whole is right, the rest is unknown. */
static void test_cut_tables(void)
{
    const uint8_t table[] = {HEAD(14, 1), 3 << 1, 64 | 1, 1, 6, 10};
    for (size_t n = 0; n < sizeof table; n++)
        is_unknown(table, n, 0);
    is(table, sizeof table, 0, 103, 103 + 65, 6, 10);
}

static void test_damaged_tables(void)
{
    const uint8_t no_head[] = {HEAD(0, 1), 0, 5, 5};
    uint8_t endless[64];
    is(no_head, 4, 0, 100, 100, 1, 1);
    is_unknown(no_head, 4, 2);
    memset(endless, 0xff, sizeof endless); /* numbers that never end */
    endless[0] = HEAD(13, 1);
    is_unknown(endless, sizeof endless, 0);
}

/* Any bytes: an answer or "unknown", and nothing read past the end (with
 * AddressSanitizer this test sees that). */
static void test_any_bytes(void)
{
    uint32_t x = 1;
    for (int n = 0; n < 20000; n++) {
        uint8_t table[40];
        struct smp_location at;
        for (unsigned i = 0; i < sizeof table; i++) {
            x = x * 1664525 + 1013904223;
            table[i] = (uint8_t)(x >> 24 | (i % 3 == 0) << 7);
        }
        size_t bytes = (x >> 8) % sizeof table;
        uint8_t *exact = table + sizeof table - bytes;
        int status = smp_location_find(&at, exact, bytes, INT32_MAX,
                                       (int)(x >> 16 & 127));
        if (status != 0 && status != SMP_ERANGE)
            CHECK_INT(status, 0);
    }
}

/* A table that stands for more code than an offset can name. */
static void test_endless_code(void)
{
    size_t bytes = ((size_t)1 << 27) + 2;
    uint8_t *table = malloc(bytes);
    memset(table, HEAD(15, 8), bytes);
    is(table, bytes, INT32_MAX, 0, 0, 0, 0);
    free(table);
}

int main(void)
{
    RUN(test_short_forms);
    RUN(test_one_line_forms);
    RUN(test_no_columns);
    RUN(test_long_form);
    RUN(test_none);
    RUN(test_many_entries);
    RUN(test_before_the_first);
    RUN(test_cut_tables);
    RUN(test_damaged_tables);
    RUN(test_any_bytes);
    RUN(test_endless_code);
    return check_summary();
}
