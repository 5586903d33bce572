/* links: src/cpython/objects.c src/cpython/tasks.c src/cpython/greenlets.c
   src/cpython/walk.c */
/* Objects read from memory that holds anything: whatever it is, reading ends and
 * touches nothing else. */
#include <string.h>

#include "base/status.h"
#include "check.h"
#include "cpython/objects.h"

#define BASE 0x10000u
#define BYTES 65536u

static uint8_t memory[BYTES];
static size_t reads;

static int read_fake(void *context, uint64_t address, void *to, size_t n)
{
    (void)context;
    reads++;
    if (address < BASE || address - BASE > BYTES - n || n > BYTES)
        return SMP_EFAULT;
    memcpy(to, memory + (address - BASE), n);
    return 0;
}

static uint64_t state = 1;

static uint64_t draw(void)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return state >> 16;
}

static void put(uint64_t address, uint64_t word)
{
    memcpy(memory + (address - BASE), &word, sizeof word);
}

/* Words that are pointers into it, small numbers or anything. */
static void fill(void)
{
    for (uint64_t at = BASE; at < BASE + BYTES; at += 8) {
        uint64_t kind = draw() % 8;
        put(at, kind < 5   ? BASE + draw() % BYTES / 8 * 8
                : kind < 7 ? draw() % 5
                           : draw());
    }
}

static const char *const names[] = {"coroutine",
                                    "set",
                                    "dict",
                                    "_asyncio.Task",
                                    "_asyncio.Future",
                                    "function",
                                    "builtin_function_or_method",
                                    "greenlet.greenlet",
                                    "frame",
                                    "async_generator_asend"};
#define NAMES (sizeof names / sizeof *names)

/* Types with real names at the beginning, so that the readers go on. */
static uint64_t type_at(size_t n)
{
    return BASE + 512 * n;
}

static void put_types(void)
{
    for (size_t n = 0; n < NAMES; n++) {
        uint64_t text = BASE + 16384 + 64 * n;
        put(type_at(n) + 24, text);
        strcpy((char *)memory + (text - BASE), names[n]);
    }
    for (uint64_t at = BASE + 20480; at < BASE + BYTES; at += 64)
        put(at + 8, type_at(draw() % NAMES));
}

static int no_frame(void *context, const struct smp_walk_frame *frame)
{
    (void)context;
    (void)frame;
    return 0;
}

static int count_object(void *context, uint64_t object)
{
    (void)object;
    ++*(size_t *)context;
    return 0;
}

static void read_everything(const struct smp_objects *o, uint64_t at)
{
    uint64_t words[16], a, b;
    unsigned n = 0;
    size_t visits = 0;
    char text[32];
    struct smp_set_ref set;
    struct smp_task_ref task;
    struct smp_greenlet_ref greenlet;
    smp_object_kind(o, at);
    smp_object_lookup(o, at, "asyncio.tasks", &a);
    smp_object_lookup_object(o, at, at, &a);
    smp_object_attributes(o, at, words, 16, &n);
    CHECK(n <= 16);
    smp_object_text(o, at, text, sizeof text);
    smp_object_set(o, at, &set);
    smp_object_referent(o, at, &a);
    smp_object_task(o, at, &task);
    smp_object_await_chain(o, at, no_frame, NULL);
    smp_object_awaited(o, at);
    n = 0;
    smp_object_callbacks(o, at, words, 16, &n);
    CHECK(n <= 16);
    n = 0;
    smp_object_held(o, at, words, 16, &n);
    CHECK(n <= 16);
    smp_object_each_tracked(o, at, 0, 100, count_object, &visits);
    CHECK(visits <= 100);
    smp_object_greenlet(o, at, &greenlet);
    smp_object_running_loop(o, at, &a);
    smp_object_find_tasks(o, at, &a, &b);
}

static void test_anything(void)
{
    static const uint32_t versions[] = {0x030b0700, 0x030c0100, 0x030d0000};
    static struct smp_types types;
    struct smp_memory m = {.read = read_fake};
    for (int round = 0; round < 300; round++) {
        struct smp_layout layout = {.frame_ip = 56,
                                    .text_length = 16,
                                    .text_state = 32,
                                    .text_ascii_data = 40,
                                    .text_compact_data = 56,
                                    .frame_owner = 70,
                                    .code_bytes = 200};
        const struct smp_object_layout *at = NULL;
        CHECK_INT(smp_object_layout_find(&at, versions[round % 3]), 0);
        memset(&types, 0, sizeof types);
        fill();
        put_types();
        struct smp_objects o = {&layout, at, &m, &types, type_at(0)};
        for (int n = 0; n < 40; n++)
            read_everything(&o, BASE + 20480 + draw() % 44000 / 64 * 64);
        read_everything(&o, draw());
    }
    CHECK(reads > 10000);
}

static void test_kinds(void)
{
    struct smp_memory m = {.read = read_fake};
    static struct smp_types types;
    const struct smp_object_layout *at = NULL;
    struct smp_layout layout = {0};
    CHECK_INT(smp_object_layout_find(&at, 0x030a0000), SMP_EVERSION);
    CHECK_INT(smp_object_layout_find(&at, 0x030c0100), 0);
    struct smp_objects o = {&layout, at, &m, &types, 0};
    memset(memory, 0, sizeof memory);
    put_types();
    put(BASE + 32768 + 8, type_at(3));
    CHECK_INT(smp_object_kind(&o, BASE + 32768), SMP_IS_TASK);
    /* A class derived from it; and the address of its type used anew. */
    put(BASE + 40960 + 24, BASE + 16384 + 64 * NAMES);
    strcpy((char *)memory + 16384 + 64 * NAMES, "MyTask");
    put(BASE + 40960 + 256, type_at(3));
    put(BASE + 32768 + 8, BASE + 40960);
    CHECK_INT(smp_object_kind(&o, BASE + 32768), SMP_IS_TASK);
    put(BASE + 40960 + 24, BASE + 16384 + 64);
    CHECK_INT(smp_object_kind(&o, BASE + 32768), SMP_IS_SET);
}

int main(void)
{
    RUN(test_anything);
    RUN(test_kinds);
    return check_summary();
}
