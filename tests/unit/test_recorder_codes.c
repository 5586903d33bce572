/* links: src/recorder/codes.c src/recorder/guard.c src/cpython/walk.c
   src/record/ring.c src/platform/linux/memory.c */
/* Code numbers: each code object is defined once, whole, before its number is
 * used; and reads of this process's own memory that never fault. */
#include "fake_python.h"

#include <sys/mman.h>

#include "check.h"
#include "recorder/state.h"
#include "ring_memory.h"

struct smp_recorder smp_recorder; /* boot.c's */

static struct fake fake;
static struct smp_memory memory;
static uint64_t damaged;
static uint64_t print_base; /* the entries outlive a test */

static void begin(uint32_t minor, uint32_t ring_bytes)
{
    print_base += 1000;
    fake = fake_make(minor);
    memory = fake_memory(&fake);
    smp_recorder.layout = fake.l;
    smp_recorder.ring = ring_make(ring_bytes);
}

static void end(void)
{
    ring_drop(smp_recorder.ring);
    fake_drop(&fake);
}

/* A reference as the walk makes it; `print` stands for the contents. */
static struct smp_code_ref ref_of(uint64_t code, uint64_t print)
{
    struct smp_code_ref ref = {.address = code,
                               .print = print_base + print,
                               .first_line = 7};
    memcpy(&ref.filename, fake_at(&fake, code + fake.l.code_filename), 8);
    memcpy(&ref.qualname, fake_at(&fake, code + fake.l.code_qualname), 8);
    memcpy(&ref.linetable, fake_at(&fake, code + fake.l.code_linetable), 8);
    return ref;
}

static uint32_t number(uint64_t code, uint64_t print)
{
    struct smp_code_ref ref = ref_of(code, print);
    return smp_codes_number(&memory, &ref, 0);
}

static const struct smp_record_code *next(void)
{
    return (const void *)smp_ring_next(smp_recorder.ring, 0, &damaged);
}

static void release(const struct smp_record_code *r)
{
    smp_ring_release(smp_recorder.ring, &r->head);
}

static unsigned drop_all(void)
{
    const struct smp_record_code *r;
    unsigned count = 0;
    for (; (r = next()); count++)
        release(r);
    return count;
}

static void test_defined_once(void)
{
    begin(0x030c, 1 << 20);
    uint64_t a = fake_code(&fake, "a", 7), b = fake_code(&fake, "b", 8);
    uint32_t first = number(a, 1);
    const struct smp_record_code *r = next();
    if (!CHECK(r != NULL))
        return;
    const char *text = (const char *)(r + 1);
    CHECK_INT(r->head.type, SMP_RECORD_CODE);
    CHECK_INT(r->number, first);
    CHECK_INT(r->first_line, 7);
    CHECK_INT(r->filename.bytes, strlen("/dir/file.py"));
    CHECK(!memcmp(text, "/dir/file.pya", 13));
    CHECK_INT(r->qualname.bytes, 1);
    CHECK_INT(r->table_bytes, 2);
    CHECK_INT(r->table_total, 2);
    CHECK(!memcmp(text + 13, "\x80\x11", 2));
    release(r);
    CHECK_INT(number(a, 1), first);
    CHECK(number(b, 1) != first);
    CHECK_INT(number(a, 1), first);
    CHECK_INT(drop_all(), 1);
    end();
}

/* The address is used again by another code object: a number of its own. */
static void test_address_used_again(void)
{
    begin(0x030d, 1 << 20);
    uint64_t code = fake_code(&fake, "a", 7);
    uint32_t first = number(code, 100), second = number(code, 200);
    CHECK(first != second);
    CHECK_INT(number(code, 200), second);
    CHECK(number(code, 100) != first); /* and defined anew if it comes back */
    CHECK_INT(drop_all(), 3);
    end();
}

#define MS (UINT64_C(1) << 20)

/* 3.11 has no numbers of its own: what names and lines a code object has is looked at
 * every 10 ms and where it looks another; in between it is the one it was. */
static void test_asked_once_in_a_while(void)
{
    begin(0x030b, 1 << 20);
    uint64_t code = fake_code(&fake, "a", 7);
    uint64_t other = fake_code(&fake, "other", 7), name;
    memcpy(&name, fake_at(&fake, other + fake.l.code_qualname), 8);
    struct smp_code_ref ref = ref_of(code, 0);
    ref.print = 0;
    ref.outline = 5;
    uint32_t first = smp_codes_number(&memory, &ref, 100 * MS);
    CHECK_INT(smp_codes_number(&memory, &ref, 100 * MS), first);
    CHECK_INT(smp_codes_number(&memory, &ref, 300 * MS), first);
    ref.outline = 6; /* it counts its calls */
    CHECK_INT(smp_codes_number(&memory, &ref, 301 * MS), first);
    ref.qualname = name;
    CHECK_INT(smp_codes_number(&memory, &ref, 302 * MS), first);
    uint32_t second = smp_codes_number(&memory, &ref, 312 * MS);
    CHECK(second != first);
    ref = ref_of(code, 0);
    ref.print = 0;
    ref.outline = 7; /* at once, where it looks another */
    uint32_t third = smp_codes_number(&memory, &ref, 312 * MS);
    CHECK(third != second);
    ref.qualname = name;
    CHECK(smp_codes_number(&memory, &ref, 0) != third); /* and in a handler */
    CHECK_INT(drop_all(), 4);
    end();
}

/* More code objects than there are entries: defined again, never mixed up. */
static void test_more_than_entries(void)
{
    enum { MANY = 20000 };
    static uint32_t numbers[MANY];
    begin(0x030c, 8u << 20);
    uint64_t code = fake_code(&fake, "a", 7);
    struct smp_code_ref ref = ref_of(code, 1);
    unsigned same = 0;
    for (unsigned n = 0; n < MANY; n++) {
        ref.address = UINT64_C(0x500000000000) + n * 464;
        numbers[n] = smp_codes_number(&memory, &ref, 0);
        CHECK(n == 0 || numbers[n] > numbers[n - 1]);
    }
    for (unsigned n = MANY; n-- > MANY - 4000;) {
        ref.address = UINT64_C(0x500000000000) + n * 464;
        same += smp_codes_number(&memory, &ref, 0) == numbers[n];
    }
    CHECK(same > 2000); /* the newest are mostly still known */
    drop_all();
    end();
}

/* No room: the number is not given, and the next try defines it. */
static void test_ring_full(void)
{
    begin(0x030c, RING_SMALL);
    uint64_t code = fake_code(&fake, "a", 7);
    while (ring_write(smp_recorder.ring, 1, 0, 500))
        ;
    CHECK_INT(number(code, 1), UINT32_MAX);
    drop_all();
    uint32_t n = number(code, 1);
    CHECK(n != UINT32_MAX);
    CHECK_INT(number(code, 1), n);
    CHECK_INT(drop_all(), 1);
    end();
}

#define LONG 40000u

static void test_long_table(void)
{
    static uint8_t table[LONG], copy[LONG];
    begin(0x030b, 1 << 20);
    uint64_t code = fake_code(&fake, "long", 7);
    for (unsigned n = 0; n < LONG; n++)
        table[n] = (uint8_t)(n * 31);
    fake_set(&fake, code + fake.l.code_linetable,
             fake_bytes(&fake, table, LONG));
    uint32_t n = number(code, 1), have = 0;
    const struct smp_record_code *r;
    for (; (r = next()); release(r)) {
        uint32_t texts = r->filename.bytes + r->qualname.bytes;
        CHECK_INT(r->number, n);
        CHECK_INT(r->table_total, LONG);
        CHECK_INT(r->table_offset, have);
        CHECK_INT(texts, have ? 0 : strlen("/dir/file.py") + 4);
        memcpy(copy + have, (const uint8_t *)(r + 1) + texts, r->table_bytes);
        have += r->table_bytes;
    }
    CHECK_INT(have, LONG);
    CHECK(!memcmp(table, copy, LONG));
    end();
}

/* A name longer than a record takes is cut, and says so. */
static void test_long_name(void)
{
    static char name[3 * SMP_RECORD_TEXT_BYTES];
    begin(0x030c, 1 << 20);
    memset(name, 'n', sizeof name - 1);
    uint64_t code = fake_code(&fake, name, 7);
    CHECK(number(code, 1) != UINT32_MAX);
    const struct smp_record_code *r = next();
    CHECK_INT(r->qualname.bytes, SMP_RECORD_TEXT_BYTES);
    CHECK_INT(r->qualname.cut, 1);
    CHECK_INT(r->filename.cut, 0);
    end();
}

/* What cannot be read is empty; the code is known all the same. */
static void test_unreadable_parts(void)
{
    begin(0x030c, 1 << 20);
    uint64_t code = fake_code(&fake, "name", 7);
    fake_set(&fake, code + fake.l.code_filename, 0xdddddddddddddddd);
    fake_set(&fake, code + fake.l.code_linetable, 8);
    CHECK(number(code, 1) != UINT32_MAX);
    const struct smp_record_code *r = next();
    CHECK_INT(r->filename.bytes, 0);
    CHECK_INT(r->filename.width, 1);
    CHECK_INT(r->table_total, 0);
    CHECK_INT(r->qualname.bytes, 4);
    end();
}

/* ---- guarded reads */

static int reads(const struct smp_memory *m, const void *from, size_t n)
{
    static uint8_t to[3 * SMP_OS_PAGE];
    return m->read(m->context, (uint64_t)(uintptr_t)from, to, n);
}

static void test_guard(void)
{
    struct smp_guard guard = {.pages = {0}};
    struct smp_memory m = smp_guard_memory(&guard);
    uint8_t *p = mmap(NULL, 4 * SMP_OS_PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(p + 2 * SMP_OS_PAGE, SMP_OS_PAGE, PROT_NONE);
    CHECK_INT(reads(&m, p, 8), 0);
    CHECK_INT(reads(&m, p + 1, 2 * SMP_OS_PAGE - 1), 0);
    CHECK_INT(reads(&m, p, 2 * SMP_OS_PAGE + 1), SMP_EFAULT);
    CHECK_INT(reads(&m, p + 2 * SMP_OS_PAGE - 4, 8), SMP_EFAULT);
    CHECK_INT(reads(&m, p + 2 * SMP_OS_PAGE, 1), SMP_EFAULT);
    CHECK_INT(reads(&m, p + 3 * SMP_OS_PAGE, 8), 0);
    CHECK_INT(reads(&m, NULL, 8), SMP_EFAULT);
    CHECK_INT(reads(&m, (void *)4000, 8), SMP_EFAULT);
    CHECK_INT(reads(&m, (void *)(uintptr_t)(UINT64_MAX - 3), 8), SMP_EFAULT);
    CHECK_INT(reads(&m, (void *)(uintptr_t)UINT64_C(0xdddddddddddddddd), 8),
              SMP_EFAULT);
    munmap(p, 4 * SMP_OS_PAGE);
}

/* What was readable is known for a while, but not across what takes pages away. */
static void test_guard_forgets(void)
{
    static struct smp_guard guard;
    struct smp_memory m = smp_guard_memory(&guard);
    uint64_t now = 1000000000;
    uint8_t *p = mmap(NULL, SMP_OS_PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    smp_guard_begin(&guard, now);
    CHECK_INT(reads(&m, p, 8), 0);
    mprotect(p, SMP_OS_PAGE, PROT_NONE);
    const void *seen = m.view(m.context, (uint64_t)(uintptr_t)p, 8);
    CHECK(seen == p); /* not asked again */
    smp_guard_begin(&guard, now + 1000000);
    CHECK(m.view(m.context, (uint64_t)(uintptr_t)p, 8) == p);
    smp_guard_forget();
    smp_guard_begin(&guard, now + 2000000);
    CHECK(!m.view(m.context, (uint64_t)(uintptr_t)p, 8));
    mprotect(p, SMP_OS_PAGE, PROT_READ);
    CHECK_INT(reads(&m, p, 8), 0);
    mprotect(p, SMP_OS_PAGE, PROT_NONE);
    smp_guard_begin(&guard, now + 1000000000);
    CHECK_INT(reads(&m, p, 8), SMP_EFAULT); /* too long ago */
    mprotect(p, SMP_OS_PAGE, PROT_READ);
    CHECK_INT(reads(&m, p, 8), 0);
    mprotect(p, SMP_OS_PAGE, PROT_NONE);
    guard.heap_end += SMP_OS_PAGE; /* as if it had ended there then */
    smp_guard_begin(&guard, now + 1001000000);
    CHECK_INT(reads(&m, p, 8), SMP_EFAULT);
    munmap(p, SMP_OS_PAGE);
}

int main(void)
{
    RUN(test_defined_once);
    RUN(test_address_used_again);
    RUN(test_asked_once_in_a_while);
    RUN(test_more_than_entries);
    RUN(test_ring_full);
    RUN(test_long_table);
    RUN(test_long_name);
    RUN(test_unreadable_parts);
    RUN(test_guard);
    RUN(test_guard_forgets);
    return check_summary();
}
