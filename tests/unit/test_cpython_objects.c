/* links: src/cpython/walk.c */
/* Strings, bytes and lists of threads in hand-made memory, and the print that
 * tells two code objects at one address apart. */
#include "fake_python.h"

#include "check.h"

static const uint32_t minors[] = {0x030b, 0x030c, 0x030d};
#define MINORS (sizeof minors / sizeof *minors)

static void text_is(struct fake *f, uint64_t object, uint64_t data,
                    uint64_t bytes, int width)
{
    struct smp_text_ref t = {0};
    struct smp_memory m = fake_memory(f);
    CHECK_INT(smp_walk_text(&f->l, &m, object, &t), 0);
    CHECK_INT(t.address, object + data);
    CHECK_INT(t.bytes, bytes);
    CHECK_INT(t.width, width);
}

static void test_strings(void)
{
    for (unsigned n = 0; n < MINORS; n++) {
        struct fake f = fake_make(minors[n]);
        unsigned ascii = f.l.text_ascii_data, compact = f.l.text_compact_data;
        text_is(&f, fake_text(&f, "name"), ascii, 4, 1);
        text_is(&f, fake_text(&f, ""), ascii, 0, 1);
        text_is(&f, fake_string(&f, "\xe9", 1, 1, 0), compact, 1, 1);
        text_is(&f, fake_string(&f, "\x22\x6f", 1, 2, 0), compact, 2, 2);
        text_is(&f, fake_string(&f, "\0\0\1\0abcd", 2, 4, 0), compact, 8, 4);
        fake_drop(&f);
    }
}

static void test_no_strings(void)
{
    struct fake f = fake_make(0x030c);
    struct smp_memory m = fake_memory(&f);
    struct smp_text_ref t;
    uint64_t text = fake_text(&f, "name"), state = text + f.l.text_state;
    static const int32_t states[] = {0, 3 << 2 | 1 << 5, 7 << 2 | 1 << 5,
                                     1 << 2 /* not compact */, 5 << 2 | 1 << 5};
    for (unsigned n = 0; n < sizeof states / sizeof *states; n++) {
        fake_set_int(&f, state, states[n]);
        CHECK_INT(smp_walk_text(&f.l, &m, text, &t), SMP_EFORMAT);
    }
    text = fake_text(&f, "name");
    fake_set(&f, text + f.l.text_length, UINT64_C(1) << 31);
    CHECK_INT(smp_walk_text(&f.l, &m, text, &t), SMP_EFORMAT);
    fake_set(&f, text + f.l.text_length, UINT64_MAX);
    CHECK_INT(smp_walk_text(&f.l, &m, text, &t), SMP_EFORMAT);
    CHECK_INT(smp_walk_text(&f.l, &m, text + 4, &t), SMP_EFAULT);
    CHECK_INT(smp_walk_text(&f.l, &m, 0, &t), SMP_EFAULT);
    CHECK_INT(smp_walk_text(&f.l, &m, FAKE_BASE + FAKE_BYTES, &t), SMP_EFAULT);
    fake_drop(&f);
}

/* A short string whose page is the last that can be read. */
static void test_string_at_a_mappings_end(void)
{
    for (unsigned n = 0; n < MINORS; n++) {
        struct fake f = fake_make(minors[n]);
        uint64_t text = fake_text(&f, "f");
        f.hole_from = (text + f.l.text_ascii_data + 2 + 15) & ~UINT64_C(15);
        f.hole_to = f.hole_from + 4096;
        text_is(&f, text, f.l.text_ascii_data, 1, 1);
        fake_drop(&f);
    }
}

static void test_bytes(void)
{
    struct fake f = fake_make(0x030d);
    struct smp_memory m = fake_memory(&f);
    uint64_t address, size, bytes = fake_bytes(&f, "abc", 3);
    CHECK_INT(smp_walk_bytes(&f.l, &m, bytes, &address, &size), 0);
    CHECK_INT(address, bytes + 32);
    CHECK_INT(size, 3);
    fake_set(&f, bytes + 16, UINT64_C(1) << 40);
    CHECK_INT(smp_walk_bytes(&f.l, &m, bytes, &address, &size), SMP_EFORMAT);
    CHECK_INT(smp_walk_bytes(&f.l, &m, bytes + 1, &address, &size), SMP_EFAULT);
    CHECK_INT(smp_walk_bytes(&f.l, &m, 16, &address, &size), SMP_EFAULT);
    fake_drop(&f);
}

/* ---- prints */

static int keep(void *context, const struct smp_walk_frame *frame)
{
    *(struct smp_code_ref *)context = frame->code;
    return 1;
}

/* The print of the code object at `code`. */
static uint64_t print_of(struct fake *f, uint64_t code)
{
    struct smp_memory m = fake_memory(f);
    struct smp_walk_result result;
    struct smp_code_ref ref = {0};
    uint64_t frame = fake_frame(f, code, 4, 0, 0);
    uint64_t thread = fake_thread(f, frame, 1);
    CHECK_INT(smp_walk(&f->l, &m, FAKE_CODE_TYPE, thread, keep, &ref, &result),
              0);
    return ref.print;
}

/* The object at `at` is freed, and another string takes its place. */
static void put_text(struct fake *f, uint64_t at, const char *text)
{
    uint64_t length = strlen(text);
    fake_set(f, at + f->l.text_length, length);
    memcpy(fake_at(f, at + f->l.text_ascii_data), text, length);
}

static void names_differ(struct fake *f, const char *a, const char *b)
{
    uint64_t code = fake_code(f, a, 1), name;
    memcpy(&name, fake_at(f, code + f->l.code_qualname), 8);
    uint64_t before = print_of(f, code);
    CHECK(print_of(f, code) == before);
    put_text(f, name, b);
    CHECK(print_of(f, code) != before);
}

static void test_print_knows_names(void)
{
    for (unsigned n = 0; n < MINORS; n++) {
        struct fake f = fake_make(minors[n]);
        names_differ(&f, "a", "b");
        names_differ(&f, "ab", "a");
        names_differ(&f, "generated_with_a_long_name_of_its_own_0001",
                     "generated_with_a_long_name_of_its_own_0002");
        names_differ(&f, "first_then_the_same_for_quite_a_while_on",
                     "other_then_the_same_for_quite_a_while_on");
        fake_drop(&f);
    }
}

static void test_print_knows_the_rest(void)
{
    for (unsigned n = 0; n < MINORS; n++) {
        struct fake f = fake_make(minors[n]);
        const struct smp_layout *l = &f.l;
        uint64_t code = fake_code(&f, "name", 7), before = print_of(&f, code);
        uint64_t other = fake_bytes(&f, "\x80\x12", 2), table;
        memcpy(&table, fake_at(&f, code + l->code_linetable), 8);
        fake_set(&f, code + l->code_linetable, other);
        CHECK(print_of(&f, code) != before);
        fake_set(&f, code + l->code_linetable, table);
        CHECK(print_of(&f, code) == before);
        *(uint8_t *)fake_at(&f, table + l->bytes_data + 1) ^= 1;
        CHECK(print_of(&f, code) != before);
        *(uint8_t *)fake_at(&f, table + l->bytes_data + 1) ^= 1;
        fake_set_int(&f, code + l->code_first_line, 8);
        CHECK(print_of(&f, code) != before);
        fake_drop(&f);
    }
}

/* Where code objects are numbered the number is enough: the next one at the
 * address differs in it, and what it names is not read. */
static void test_print_knows_the_number(void)
{
    for (unsigned n = 0; n < MINORS; n++) {
        struct fake f = fake_make(minors[n]);
        if (f.l.code_version) {
            uint64_t code = fake_code(&f, "name", 7), name;
            fake_set_int(&f, code + f.l.code_version, 4711);
            uint64_t before = print_of(&f, code);
            unsigned reads = f.reads;
            CHECK(print_of(&f, code) == before);
            CHECK(f.reads - reads <= 5); /* thread, frame, code, unit */
            fake_set_int(&f, code + f.l.code_version, 4712);
            CHECK(print_of(&f, code) != before);
            fake_set_int(&f, code + f.l.code_version, 4711);
            memcpy(&name, fake_at(&f, code + f.l.code_qualname), 8);
            fake_set(&f, code + f.l.code_filename, name);
            CHECK(print_of(&f, code) != before);
        }
        fake_drop(&f);
    }
}

/* Memory behind an object is another's: it says nothing about this one. A
 * print that changed with it would define the code again and again. */
static void test_print_ends_with_the_object(void)
{
    for (unsigned n = 0; n < MINORS; n++) {
        struct fake f = fake_make(minors[n]);
        const struct smp_layout *l = &f.l;
        uint64_t code = fake_code(&f, "f", 7), before = print_of(&f, code);
        uint64_t name, table;
        memcpy(&name, fake_at(&f, code + l->code_qualname), 8);
        memcpy(&table, fake_at(&f, code + l->code_linetable), 8);
        name = (name + l->text_ascii_data + 2 + 7) & ~UINT64_C(7);
        fake_set(&f, name, 0x1234);
        fake_set(&f, name + 8, 0x1234);
        fake_set(&f, table + l->bytes_data + 8, 99);
        fake_set(&f, table + l->bytes_data + 16, 99);
        CHECK(print_of(&f, code) == before);
        fake_drop(&f);
    }
}

/* ---- threads */

struct world {
    uint64_t runtime, interpreter, other, threads[4];
};

/* Two interpreters, with threads 1, 2, 3 and with thread 4. */
static struct world make_world(struct fake *f)
{
    const struct smp_layout *l = &f->l;
    struct world w = {.runtime = fake_room(f, 4096),
                      .interpreter = fake_room(f, 16384),
                      .other = fake_room(f, 16384)};
    for (unsigned n = 0; n < 4; n++)
        w.threads[n] = fake_thread(f, 0, n + 1);
    fake_set(f, w.runtime + l->runtime_interpreters, w.other);
    fake_set(f, w.other + l->interp_next, w.interpreter);
    fake_set(f, w.interpreter + l->interp_threads, w.threads[0]);
    fake_set(f, w.threads[0] + l->thread_next, w.threads[1]);
    fake_set(f, w.threads[1] + l->thread_next, w.threads[2]);
    fake_set(f, w.other + l->interp_threads, w.threads[3]);
    return w;
}

static uint64_t find(struct fake *f, const struct world *w, uint64_t tid)
{
    struct smp_memory m = fake_memory(f);
    return smp_walk_find_thread(&f->l, &m, w->interpreter, w->runtime, tid);
}

static void test_finds_threads(void)
{
    for (unsigned n = 0; n < MINORS; n++) {
        struct fake f = fake_make(minors[n]);
        struct world w = make_world(&f);
        for (unsigned t = 0; t < 4; t++)
            CHECK_INT(find(&f, &w, t + 1), w.threads[t]);
        CHECK_INT(find(&f, &w, 5), 0);
        fake_drop(&f);
    }
}

static void test_damaged_lists(void)
{
    for (unsigned n = 0; n < MINORS; n++) {
        struct fake f = fake_make(minors[n]);
        const struct smp_layout *l = &f.l;
        struct world w = make_world(&f);
        fake_set(&f, w.threads[2] + l->thread_next, w.threads[0]); /* a cycle */
        fake_set(&f, w.interpreter + l->interp_next, w.other);
        CHECK_INT(find(&f, &w, 5), 0);
        CHECK_INT(find(&f, &w, 4), w.threads[3]);
        fake_set(&f, w.threads[0] + l->thread_next, 0x13);
        CHECK_INT(find(&f, &w, 3), 0);
        CHECK_INT(find(&f, &w, 1), w.threads[0]);
        CHECK_INT(find(&f, &w, 4), w.threads[3]);
        w.runtime = w.interpreter = 8;
        CHECK_INT(find(&f, &w, 1), 0);
        fake_drop(&f);
    }
}

static void test_owns(void)
{
    struct fake f = fake_make(0x030b);
    struct smp_memory m = fake_memory(&f);
    uint64_t t = fake_thread(&f, 0, 77);
    CHECK(smp_walk_owns(&f.l, &m, t, 77));
    CHECK(!smp_walk_owns(&f.l, &m, t, 78));
    CHECK(!smp_walk_owns(&f.l, &m, 0, 0));
    CHECK(!smp_walk_owns(&f.l, &m, t + 1, 77));
    CHECK(!smp_walk_owns(&f.l, &m, UINT64_C(0xdddddddddddddddd), 77));
    fake_drop(&f);
}

int main(void)
{
    RUN(test_strings);
    RUN(test_no_strings);
    RUN(test_string_at_a_mappings_end);
    RUN(test_bytes);
    RUN(test_print_knows_names);
    RUN(test_print_knows_the_rest);
    RUN(test_print_knows_the_number);
    RUN(test_print_ends_with_the_object);
    RUN(test_finds_threads);
    RUN(test_damaged_lists);
    RUN(test_owns);
    return check_summary();
}
