/* links: src/cpython/walk.c */
/* Walks over hand-made memory, in every version's layout: chains that are good,
 * and everything that a torn or foreign one can be. */
#include "fake_python.h"

#include "check.h"

#define SEEN_MAX 100
#define TID 4711

static struct seen {
    struct smp_walk_frame frames[SEEN_MAX];
    unsigned count, stop_at;
} seen;

static int look(void *context, const struct smp_walk_frame *frame)
{
    struct seen *s = context;
    if (s->count < SEEN_MAX)
        s->frames[s->count] = *frame;
    return ++s->count == s->stop_at;
}

static struct smp_walk_result result;

static int walk(struct fake *f, uint64_t thread)
{
    struct smp_memory m = fake_memory(f);
    seen = (struct seen){.stop_at = seen.stop_at};
    memset(&result, 0x5a, sizeof result);
    return smp_walk(&f->l, &m, FAKE_CODE_TYPE, thread, look, &seen, &result);
}

/* outer() calls middle() calls inner(). */
struct chain {
    uint64_t code[3], frame[3], thread;
};

static struct chain make_chain(struct fake *f)
{
    static const char *const names[] = {"inner", "middle", "outer"};
    struct chain c;
    uint64_t previous = 0;
    for (int n = 2; n >= 0; n--) {
        c.code[n] = fake_code(f, names[n], 10 * (n + 1));
        previous = c.frame[n] =
            fake_frame(f, c.code[n], 4 + 2 * n, previous, 0);
    }
    c.thread = fake_thread(f, previous, TID);
    return c;
}

static void good_chain(struct fake *f)
{
    struct chain c = make_chain(f);
    CHECK_INT(walk(f, c.thread), 0);
    CHECK_INT(seen.count, 3);
    CHECK_INT(result.frames, 3);
    CHECK_INT(result.truncated, 0);
    CHECK_INT(result.opcode, FAKE_NOP);
    for (int n = 0; n < 3; n++) {
        CHECK_INT(seen.frames[n].code.address, c.code[n]);
        CHECK_INT(seen.frames[n].code.first_line, 10 * (n + 1));
        CHECK_INT(seen.frames[n].offset, 4 + 2 * n);
    }
}

static void no_frames(struct fake *f)
{
    CHECK_INT(walk(f, fake_thread(f, 0, TID)), 0);
    CHECK_INT(seen.count, 0);
    CHECK_INT(result.frames, 0);
}

static void visitor_stops(struct fake *f)
{
    struct chain c = make_chain(f);
    seen.stop_at = 2;
    CHECK_INT(walk(f, c.thread), 0);
    seen.stop_at = 0;
    CHECK_INT(result.frames, 2);
    CHECK_INT(result.truncated, 1);
}

/* Frames of C, and frames that are being set up, are no Python frames; those
 * of generators always are. */
static void skipped_frames(struct fake *f)
{
    struct chain c = make_chain(f);
    uint64_t ip = c.code[1] + f->l.code_instructions;
    fake_set(f, c.frame[1] + f->l.frame_ip, ip);
    CHECK_INT(walk(f, c.thread), 0);
    CHECK_INT(seen.count, 2); /* before its first traceable instruction */
    fake_set_owner(f, c.frame[1], 1);
    CHECK_INT(walk(f, c.thread), 0);
    CHECK_INT(seen.count, 3);
    fake_set(f, c.frame[1] + f->l.frame_ip, ip - 2);
    CHECK_INT(walk(f, c.thread), 0); /* not begun: one unit before the code */
    CHECK_INT(seen.frames[1].offset, -2);
    if (f->l.shim_owner > 3)
        return;
    fake_set_owner(f, c.frame[1], FAKE_SHIM);
    fake_set(f, c.frame[1] + f->l.frame_code, 0x1234); /* never looked at */
    CHECK_INT(walk(f, c.thread), 0);
    CHECK_INT(seen.count, 2);
}

/* Puts `value` into a place of the chain and expects a status. */
static void bad_word(struct fake *f, uint64_t at, uint64_t value, int status,
                     const struct chain *c)
{
    uint64_t before;
    struct smp_walk_result untouched;
    memset(&untouched, 0x5a, sizeof untouched);
    memcpy(&before, fake_at(f, at), 8);
    fake_set(f, at, value);
    CHECK_INT(walk(f, c->thread), status);
    CHECK(!memcmp(&result, &untouched, sizeof result));
    fake_set(f, at, before);
}

/* 3.11 and 3.12 may show a new frame before it knows its caller; 3.13 does not. */
static void a_frame_without_its_caller(struct fake *f)
{
    struct chain c = make_chain(f);
    int status = f->l.frame_indirect ? SMP_EAGAIN : SMP_EFAULT;
    uint64_t previous = c.frame[0] + f->l.frame_previous;
    uint64_t start = c.code[0] + f->l.code_instructions;
    uint64_t ip = c.frame[0] + f->l.frame_ip, running;
    memcpy(&running, fake_at(f, ip), 8);
    fake_set(f, ip, start - 2);
    bad_word(f, previous, 8, status, &c);
    bad_word(f, c.frame[1] + f->l.frame_code, 8, status, &c);
    bad_word(f, c.frame[2] + f->l.frame_code, 8, SMP_EFAULT, &c);
    fake_set(f, ip, running); /* one that has begun does */
    bad_word(f, previous, 8, SMP_EFAULT, &c);
}

/* The anchor: what lies in the frame of the eval function itself. */
static void anchors(struct fake *f)
{
    struct chain c = make_chain(f);
    CHECK_INT(walk(f, c.thread), 0);
    if (f->l.frame_indirect) {
        uint64_t cframe, inside = c.thread + 512;
        memcpy(&cframe, fake_at(f, c.thread + f->l.thread_frame), 8);
        CHECK_INT(result.anchor, cframe);
        fake_set(f, c.thread + f->l.thread_frame, inside); /* the root's */
        fake_set(f, inside + f->l.frame_in_cframe, c.frame[0]);
        CHECK_INT(walk(f, c.thread), 0);
        CHECK_INT(result.anchor, 0);
        CHECK_INT(seen.count, 3);
        return;
    }
    CHECK_INT(result.anchor, 0); /* no frame of C: nothing on the C stack */
    fake_set_owner(f, c.frame[1], FAKE_SHIM);
    fake_set_owner(f, c.frame[2], FAKE_SHIM);
    CHECK_INT(walk(f, c.thread), 0);
    CHECK_INT(result.anchor, c.frame[1]); /* the nearest */
}

static void owners_that_cannot_be(struct fake *f)
{
    static const int owners[] = {2, -1, 9, 127, -128};
    for (unsigned n = 0; n < sizeof owners / sizeof *owners; n++) {
        struct chain c = make_chain(f);
        fake_set_owner(f, c.frame[1], owners[n]);
        CHECK_INT(walk(f, c.thread), SMP_EFORMAT);
    }
}

static void cycles(struct fake *f)
{
    struct chain c = make_chain(f);
    fake_set(f, c.frame[1] + f->l.frame_previous, c.frame[1]);
    CHECK_INT(walk(f, c.thread), SMP_EFORMAT);
    fake_set(f, c.frame[1] + f->l.frame_previous, c.frame[0]);
    CHECK_INT(walk(f, c.thread), 0); /* ends, and says that it was cut */
    CHECK_INT(result.truncated, 1);
    CHECK(result.frames > 1000);
    if (f->l.shim_owner > 3)
        return;
    fake_set_owner(f, c.frame[0], FAKE_SHIM);
    fake_set_owner(f, c.frame[1], FAKE_SHIM);
    CHECK_INT(walk(f, c.thread), 0); /* also where no frame is shown */
    CHECK_INT(result.truncated, 1);
}

static void bad_pointers(struct fake *f)
{
    static const uint64_t bad[] = {1,
                                   8,
                                   4095,
                                   FAKE_BASE - 64,
                                   FAKE_BASE + FAKE_BYTES,
                                   UINT64_C(1) << 47,
                                   UINT64_MAX,
                                   UINT64_MAX - 7,
                                   UINT64_C(0xdddddddddddddddd)};
    struct chain c = make_chain(f);
    for (unsigned n = 0; n < sizeof bad / sizeof *bad; n++) {
        uint64_t previous = c.frame[0] + f->l.frame_previous;
        bad_word(f, previous, bad[n], SMP_EFAULT, &c);
        bad_word(f, c.thread + f->l.thread_frame, bad[n], SMP_EFAULT, &c);
        bad_word(f, c.frame[1] + f->l.frame_code, bad[n], SMP_EFAULT, &c);
    }
    bad_word(f, c.frame[1] + f->l.frame_code, 0, SMP_EFAULT, &c);
    bad_word(f, c.frame[0] + f->l.frame_previous, c.frame[1] + 4, SMP_EFAULT,
             &c);
    bad_word(f, c.frame[1] + f->l.frame_code, c.code[1] + 4, SMP_EFAULT, &c);
    CHECK_INT(walk(f, 8), SMP_EFAULT);
    CHECK_INT(walk(f, UINT64_MAX), SMP_EFAULT);
    CHECK_INT(walk(f, c.thread), 0);
}

static void codes_that_are_none(struct fake *f)
{
    struct chain c = make_chain(f);
    bad_word(f, c.code[1] + 8, FAKE_CODE_TYPE + 8, SMP_EFORMAT, &c);
    bad_word(f, c.code[1] + 8, 0, SMP_EFORMAT, &c);
    bad_word(f, c.code[1] + 16, UINT64_C(1) << 40, SMP_EFORMAT, &c);
    bad_word(f, c.code[1] + 16, UINT64_MAX, SMP_EFORMAT, &c);
    bad_word(f, c.frame[1] + f->l.frame_code, c.thread, SMP_EFORMAT, &c);
}

static void instructions_outside(struct fake *f)
{
    struct chain c = make_chain(f);
    uint64_t at = c.frame[1] + f->l.frame_ip;
    uint64_t start = c.code[1] + f->l.code_instructions;
    bad_word(f, at, start - 4, SMP_EFORMAT, &c);
    bad_word(f, at, start + 2 * FAKE_UNITS + 2, SMP_EFORMAT, &c);
    bad_word(f, at, 0, SMP_EFORMAT, &c);
    bad_word(f, at, UINT64_MAX, SMP_EFORMAT, &c);
    bad_word(f, at, c.code[0] + f->l.code_instructions, SMP_EFORMAT, &c);
}

/* A page that cannot be read, wherever it begins. */
static void holes(struct fake *f)
{
    struct chain c = make_chain(f);
    uint64_t end = FAKE_BASE + f->used;
    unsigned good = 0, bad = 0;
    for (uint64_t at = FAKE_BASE; at < end; at += 32) {
        f->hole_from = at;
        f->hole_to = at + 512;
        int status = walk(f, c.thread);
        good += status == 0;
        bad += status == SMP_EFAULT;
        CHECK(status == 0 || status == SMP_EFAULT);
    }
    f->hole_from = f->hole_to = 0;
    CHECK(good > 10);
    CHECK(bad > 20);
}

/* Any one word of the image is anything: never a crash, a known status. */
static void any_word(struct fake *f)
{
    struct chain c = make_chain(f);
    uint64_t from = c.code[2], end = FAKE_BASE + f->used, x = 1;
    for (uint64_t at = from; at < end; at += 8) {
        uint64_t before;
        memcpy(&before, fake_at(f, at), 8);
        for (int n = 0; n < 20; n++) {
            x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
            fake_set(f, at, n % 2 ? x : from + (x >> 20) % (end - from));
            int status = walk(f, c.thread);
            if (status != 0 && status != SMP_EFAULT && status != SMP_EFORMAT)
                CHECK_INT(status, 0);
        }
        fake_set(f, at, before);
    }
    CHECK_INT(walk(f, c.thread), 0);
}

/* Reads of a frame: a bound on them is a bound on the handler's time. */
static void few_reads(struct fake *f)
{
    struct chain c = make_chain(f);
    f->reads = 0;
    CHECK_INT(walk(f, c.thread), 0);
    CHECK(f->reads <= 3 + 3 * 8);
}

/* A walk with a cache of codes, which keeps for each its first line plus 1,000. */
static void walk_kept(struct fake *f, struct smp_code_cache *cache,
                      uint64_t thread)
{
    struct smp_memory m = fake_memory(f);
    m.codes = cache;
    seen = (struct seen){.stop_at = 0};
    CHECK_INT(smp_walk(&f->l, &m, FAKE_CODE_TYPE, thread, look, &seen, &result),
              0);
    for (unsigned n = 0; n < seen.count; n++)
        if (!seen.frames[n].word)
            smp_walk_keep(&m, seen.frames[n].code.address,
                          1000 + (uint32_t)seen.frames[n].code.first_line);
}

/* 1 where the innermost frame's code was known in the last walk. */
static int was_known(const struct chain *c)
{
    CHECK_INT(seen.count, 3);
    CHECK_INT(seen.frames[0].code.address, c->code[0]);
    CHECK_INT(seen.frames[0].offset, 4);
    CHECK(!seen.frames[0].word || seen.frames[0].word == 1010);
    return seen.frames[0].word != 0;
}

/* A code object that is known is told by its word, and only while it is the one that
 * it was. Without numbers (3.11) none is known. */
static void codes_that_are_known(struct fake *f)
{
    static struct smp_code_cache cache;
    const struct smp_layout *l = &f->l;
    int numbered = l->code_version != 0;
    struct chain c = make_chain(f);
    uint64_t code = c.code[0];
    memset(&cache, 0, sizeof cache);
    for (int n = 0; numbered && n < 3; n++)
        fake_set_int(f, c.code[n] + l->code_version, 7 + n);
    walk_kept(f, &cache, c.thread);
    CHECK(!was_known(&c));
    walk_kept(f, &cache, c.thread);
    CHECK_INT(was_known(&c), numbered);
    if (!numbered)
        return;
    fake_set_int(f, code + l->code_version, 77); /* another at its address */
    walk_kept(f, &cache, c.thread);
    CHECK(!was_known(&c));
    walk_kept(f, &cache, c.thread);
    CHECK(was_known(&c));
    fake_set(f, code + l->code_filename, fake_text(f, "/dir/other.py"));
    walk_kept(f, &cache, c.thread);
    CHECK(!was_known(&c));
    fake_set_int(f, code + l->code_version, 0); /* the numbers have run out */
    walk_kept(f, &cache, c.thread);
    CHECK(!was_known(&c));
    walk_kept(f, &cache, c.thread);
    CHECK(!was_known(&c));
    fake_set(f, code + 8, FAKE_CODE_TYPE + 8); /* none any more */
    struct smp_memory m = fake_memory(f);
    m.codes = &cache;
    CHECK(smp_walk(&f->l, &m, FAKE_CODE_TYPE, c.thread, look, &seen, &result) !=
          0);
}

static void each_version(void (*test)(struct fake *))
{
    static const uint32_t minors[] = {0x030b, 0x030c, 0x030d};
    for (unsigned n = 0; n < sizeof minors / sizeof *minors; n++) {
        struct fake f = fake_make(minors[n]);
        int failures = check_state.failures;
        test(&f);
        if (check_state.failures != failures)
            printf("  (in version %x)\n", minors[n]);
        fake_drop(&f);
    }
}

#define TEST(name)                                                             \
    static void test_##name(void)                                              \
    {                                                                          \
        each_version(name);                                                    \
    }
TEST(good_chain)
TEST(no_frames)
TEST(visitor_stops)
TEST(skipped_frames)
TEST(a_frame_without_its_caller)
TEST(anchors)
TEST(owners_that_cannot_be)
TEST(cycles)
TEST(bad_pointers)
TEST(codes_that_are_none)
TEST(instructions_outside)
TEST(holes)
TEST(any_word)
TEST(few_reads)
TEST(codes_that_are_known)

int main(void)
{
    RUN(test_good_chain);
    RUN(test_no_frames);
    RUN(test_visitor_stops);
    RUN(test_skipped_frames);
    RUN(test_a_frame_without_its_caller);
    RUN(test_anchors);
    RUN(test_owners_that_cannot_be);
    RUN(test_cycles);
    RUN(test_bad_pointers);
    RUN(test_codes_that_are_none);
    RUN(test_instructions_outside);
    RUN(test_holes);
    RUN(test_any_word);
    RUN(test_few_reads);
    RUN(test_codes_that_are_known);
    return check_summary();
}
