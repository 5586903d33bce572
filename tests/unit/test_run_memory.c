/* links: -lsmp_rooms -ldw -ljansson -lyaml -liberty */
/* Whole runs against known truth: real interpreters run small programs with the
 * recorder in them, memory is sampled 64 KiB apart by a fixed seed, and what the
 * profile says of each line is compared. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "collector/run.h"

#define MB 1e6
#define INTERVAL 65536

static char recorder[4096];
static const char *python;

/* ---- a run, and what it says */

/* Native stacks are large: without them all records of a program here fit into the
 * ring, so that none is lost however late the collector comes. */
static int native_stacks;

static uint32_t interval = INTERVAL;

/* `fixed` 0: the rate is governed, as in a user's run. */
static struct smp_profile *run_governed(const char *program, uint64_t seed,
                                        int fixed)
{
    char *argv[] = {(char *)(uintptr_t)python, "-c", (char *)(uintptr_t)program,
                    NULL};
    struct smp_run_options o = {.argv = argv,
                                .recorder = recorder,
                                .program = "test",
                                .interval_s = 0.004,
                                .native_stacks = native_stacks,
                                .memory = 1,
                                .heap_interval = interval,
                                .heap_fixed = fixed,
                                .heap_seed = seed};
    struct smp_run_result result;
    struct smp_profile *p = NULL;
    if (!CHECK_INT(smp_run(&p, &result, &o), 0))
        return NULL;
    CHECK(p->memory);
    CHECK(smp_profile_is_valid(p));
    CHECK_INT(p->ledger.allocations_lost, 0);
    /* A thread's last word may be cut off by the process's end. */
    CHECK(p->ledger.records_damaged <= 1);
    return p;
}

static struct smp_profile *run(const char *program, uint64_t seed)
{
    return run_governed(program, seed, 1);
}

/* 1 where the stack goes through a Python function of this name. */
static int passes(const struct smp_profile *p, uint32_t stack, const char *name)
{
    for (; stack; stack = p->stacks[stack].parent) {
        const struct smp_frame *f = &p->frames[p->stacks[stack].frame];
        const struct smp_function *function = &p->functions[f->function];
        if (!strcmp(smp_profile_text(p, function->name), name))
            return 1;
    }
    return 0;
}

struct sums {
    double allocated, live, variance, copied, freed;
    double python, mapped, shared; /* of allocated */
    double at_peak;
};

/* Of everything below a function; NULL: of all. */
static struct sums sums_of(const struct smp_profile *p, const char *name)
{
    struct sums s = {0};
    for (size_t n = 0; n < p->allocation_count; n++) {
        const struct smp_allocation *a = &p->allocations[n];
        if (name && !passes(p, a->stack, name))
            continue;
        s.allocated += a->bytes;
        s.variance += a->variance;
        s.live += a->end_bin == SMP_NONE ? a->bytes : 0;
        s.python += a->domain == SMP_DOMAIN_PYTHON ? a->bytes : 0;
        s.mapped += a->domain == SMP_DOMAIN_MAPPED ? a->bytes : 0;
        s.shared += a->domain == SMP_DOMAIN_SHARED ? a->bytes : 0;
    }
    for (size_t n = 0; n < p->copy_count; n++)
        if (!name || passes(p, p->copies[n].stack, name))
            s.copied += p->copies[n].bytes;
    for (size_t n = 0; n < p->deallocation_count; n++)
        if (!name || passes(p, p->deallocations[n].stack, name))
            s.freed += p->deallocations[n].bytes;
    for (size_t n = 0; n < p->at_peak_count; n++)
        if (!name || passes(p, p->at_peaks[n].stack, name))
            s.at_peak += p->at_peaks[n].bytes;
    return s;
}

/* ---- lines against truth */

static void test_two_lines_in_turn(void)
{
    struct smp_profile *p = run("kept = []\n"
                                "def a(): kept.append(bytearray(900_000))\n"
                                "def b(): kept.append(bytearray(150_000))\n"
                                "for i in range(200): a(); b()\n",
                                1);
    if (!p)
        return;
    struct sums a = sums_of(p, "a"), b = sums_of(p, "b");
    CHECK_NEAR(a.live / (180 * MB), 1, 0.01);
    CHECK_NEAR(b.live / (30 * MB), 1,
               4 * sqrt(exp(-150000.0 / INTERVAL) / 200));
    CHECK_NEAR(a.python / a.allocated, 1, 0.01);
    CHECK_NEAR(a.at_peak, a.live, 1000);
    CHECK_NEAR(p->peak / (210 * MB), 1, 0.03);
    CHECK_NEAR(p->processes[0].peak, p->peak, 1);
    smp_profile_free(p);
}

/* 24 bytes each and a list that grew: 1,000,000 of them, and as many that die. */
static void test_small_objects(void)
{
    struct smp_profile *p =
        run("def keep(): return [float(i) for i in range(1000000)]\n"
            "def drop():\n"
            "    for i in range(1000000): float(i)\n"
            "kept = keep()\n"
            "drop()\n",
            2);
    if (!p)
        return;
    struct sums keep = sums_of(p, "keep"), drop = sums_of(p, "drop");
    /* The list has 8,448,728 bytes at its end. What is dropped are the loop's
     * ints: floats come from a list of free ones. */
    CHECK_NEAR(keep.live, 24 * MB + 8.45 * MB, 4 * sqrt(24 * MB * INTERVAL));
    CHECK_NEAR(drop.live, 0, 1 * MB);
    CHECK_NEAR(drop.allocated, 28 * MB, 4 * sqrt(drop.variance));
    CHECK(drop.variance > 0.5 * 28 * MB * INTERVAL &&
          drop.variance < 2 * 28 * MB * INTERVAL);
    smp_profile_free(p);
}

/* Python's allocators are wrapped when a program grows: little goes before. (An arena
 * that the interpreter had begun has room for most of these.) */
static void test_the_first_small_objects(void)
{
    interval = 2048; /* a standard error of 55 kB */
    struct smp_profile *p = run_governed("kept = []\n"
                                         "def keep():\n"
                                         "    for i in range(15_000):\n"
                                         "        kept.append(bytes(67))\n"
                                         "keep()\n",
                                         5, 0);
    if (p) {
        double list = 15e3 * 8 * 1.06;
        CHECK_NEAR(sums_of(p, "keep").live, 15e3 * 100 + list, 0.2e6);
    }
    smp_profile_free(p);
    interval = INTERVAL;
}

static void test_growth_by_realloc(void)
{
    struct smp_profile *p =
        run("def grow():\n"
            "    b = bytearray()\n"
            "    while len(b) < 50_000_000: b += bytes(100_000)\n"
            "    return b\n"
            "kept = grow()\n",
            3);
    if (!p)
        return;
    struct sums s = sums_of(p, "grow");
    /* It has room for at most an eighth more than is asked for. */
    CHECK(s.live > 50 * MB && s.live < 57 * MB);
    smp_profile_free(p);
}

/* Small objects come and go at some 100 MB a second on another thread, so that
 * the governor makes their samples rare: large blocks stay exact. */
static void test_large_blocks_beside_churn(void)
{
    struct smp_profile *p = run_governed(
        "import mmap, threading, time\n"
        "stop = False\n"
        "def churn():\n"
        "    while not stop: [(i, i + 1, float(i)) for i in range(5000)]\n"
        "def array(): return bytes(120_000_000)\n"
        "def grow():\n"
        "    kept = []\n"
        "    while len(kept) < 4_000_000: kept.append(None)\n"
        "    return kept, kept.__sizeof__()\n"
        "def mapped(): return mmap.mmap(-1, 60_000_000)\n"
        "t = threading.Thread(target=churn)\n"
        "t.start()\n"
        "time.sleep(0.3)\n"
        "kept = array(), grow(), mapped()\n"
        "stop = True\n"
        "t.join()\n",
        8, 0);
    if (!p)
        return;
    CHECK_NEAR(sums_of(p, "array").live / (120 * MB), 1, 0.01);
    CHECK_NEAR(sums_of(p, "mapped").live / (60 * MB), 1, 0.01);
    /* A list keeps room for an eighth more. */
    struct sums grow = sums_of(p, "grow");
    CHECK(grow.live > 0.99 * 32 * MB && grow.live < 1.01 * 36.1 * MB);
    CHECK(sums_of(p, "churn").allocated > 50 * MB);
    smp_profile_free(p);
}

static void test_mappings_and_their_parts(void)
{
    struct smp_profile *p =
        run("import ctypes, mmap\n"
            "c = ctypes.CDLL(None)\n"
            "c.mmap.restype = ctypes.c_void_p\n"
            "c.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)\n"
            "def take(n): return c.mmap(None, ctypes.c_size_t(n), 3, 0x22, -1, "
            "ctypes.c_long(0))\n"
            "def module(): return mmap.mmap(-1, 30_000_000)\n"
            "def gone(): mmap.mmap(-1, 20_000_000).close()\n"
            "kept = module()\n"
            "gone()\n"
            "at = take(100 << 20)\n"
            "c.munmap(at, 10 << 20)\n"              /* its head */
            "c.munmap(at + (90 << 20), 10 << 20)\n" /* its tail */
            "c.munmap(at + (40 << 20), 20 << 20)\n" /* a hole */
            ,
            4);
    if (!p)
        return;
    CHECK_NEAR(sums_of(p, "module").live, 30e6, 1e5);
    CHECK_NEAR(sums_of(p, "module").shared, 30e6, 1e5);
    CHECK_NEAR(sums_of(p, "gone").live, 0, 2e5);
    CHECK_NEAR(sums_of(p, "gone").shared, 20e6, 1e5);
    CHECK_NEAR(sums_of(p, "take").mapped, 100 << 20, 3e5);
    CHECK_NEAR(sums_of(p, "take").allocated, 100 << 20, 3e5);
    CHECK_NEAR(sums_of(p, "take").live, 60 << 20, 3e5);
    smp_profile_free(p);
}

static void test_copies(void)
{
    struct smp_profile *p = run("def copy():\n"
                                "    b = bytearray(4_000_000)\n"
                                "    for i in range(100): bytes(b)\n"
                                "copy()\n",
                                5);
    if (!p)
        return;
    /* 4 MB at a mean of 256 KiB and more: nearly each is seen. */
    CHECK_NEAR(sums_of(p, "copy").copied / (400 * MB), 1, 0.03);
    smp_profile_free(p);
}

static void test_who_frees(void)
{
    struct smp_profile *p =
        run("kept = []\n"
            "def make():\n"
            "    for i in range(50): kept.append(bytes(1_000_000))\n"
            "def clear(): kept.clear()\n"
            "make()\n"
            "clear()\n",
            6);
    if (!p)
        return;
    CHECK_NEAR(sums_of(p, "make").allocated / (50 * MB), 1, 0.01);
    CHECK_NEAR(sums_of(p, "make").live, 0, 1);
    CHECK_NEAR(sums_of(p, "clear").freed / (50 * MB), 1, 0.01);
    CHECK_NEAR(sums_of(p, "make").at_peak / (50 * MB), 1, 0.01);
    smp_profile_free(p);
}

/* ---- allocators */

static void test_every_allocator(void)
{
    static const char *const names[] = {"pymalloc", "malloc", "debug",
                                        "pymalloc_debug", "malloc_debug"};
    for (unsigned k = 0; k < sizeof names / sizeof *names; k++) {
        setenv("PYTHONMALLOC", names[k], 1);
        struct smp_profile *p =
            run("kept = []\n"
                "def small():\n"
                "    for i in range(100000): kept.append(bytes(267))\n"
                "def large():\n"
                "    for i in range(10000): kept.append(bytes(2967))\n"
                "def gone():\n"
                "    for i in range(100000): bytes(267)\n"
                "    for i in range(10000): bytes(2967)\n"
                "small()\n"
                "large()\n"
                "gone()\n",
                7 + k);
        unsetenv("PYTHONMALLOC");
        if (!p)
            continue;
        /* 30 MB each, by objects of 300 and 3,000 bytes; a list of 0.9 MB; the
         * loops' ints. A debug allocator's extra bytes are seen where they come
         * to malloc: they are memory too. */
        int all_debug = !strcmp(names[k], "malloc_debug");
        double truth = 60 * MB + 110000 * 28 + all_debug * 220000 * 32;
        struct sums small = sums_of(p, "small"), large = sums_of(p, "large"),
                    gone = sums_of(p, "gone");
        double sigma = sqrt(30 * MB * INTERVAL);
        int ok = CHECK_NEAR(small.live, 30.9 * MB, 4 * sigma) &&
                 CHECK_NEAR(large.live, 30 * MB, 4 * sigma) &&
                 CHECK_NEAR(gone.live, 0, 0) &&
                 CHECK_NEAR(gone.allocated, truth, 4 * sqrt(gone.variance)) &&
                 CHECK_NEAR(gone.python / gone.allocated, 1, 0);
        if (!ok)
            printf("  with PYTHONMALLOC=%s\n", names[k]);
        smp_profile_free(p);
    }
}

/* ---- processes and ends */

static void test_how_it_ends_does_not_matter(void)
{
    static const char *const ends[] = {"", "import os; os._exit(0)",
                                       "import os; os.kill(os.getpid(), 9)",
                                       "import sys; sys.exit(3)"};
    for (unsigned k = 0; k < sizeof ends / sizeof *ends; k++) {
        char text[512];
        snprintf(text, sizeof text,
                 "kept = [b'x' * (1_000_000 + i) for i in range(30)]\n"
                 "def f(): return [b'x' * (500_000 + i) for i in range(20)]\n"
                 "f()\n%s\n",
                 ends[k]);
        struct smp_profile *p = run(text, 20 + k);
        if (!p)
            return;
        CHECK_NEAR(sums_of(p, NULL).live / (30 * MB), 1, 0.02);
        CHECK_NEAR(p->peak / (40 * MB), 1, 0.02);
        /* Killed, it cannot tell, and we look only now and then. */
        CHECK(k == 2 ||
              p->processes[0].peak_rss > p->processes[0].start_rss + 30 * MB);
        smp_profile_free(p);
    }
}

static void test_a_forked_child_has_its_own(void)
{
    struct smp_profile *p =
        run("import os\n"
            "kept = [bytes(1_000_000) for i in range(20)]\n"
            "def child():\n"
            "    global kept\n"
            "    kept = None\n" /* the parent's: no end of it */
            "    more = [bytes(1_000_000) for i in range(10)]\n"
            "    os._exit(0)\n"
            "pid = os.fork()\n"
            "if not pid: child()\n"
            "os.waitpid(pid, 0)\n",
            30);
    if (!p)
        return;
    CHECK_INT(p->process_count, 2);
    CHECK_NEAR(sums_of(p, NULL).live / (30 * MB), 1, 0.02);
    CHECK_NEAR(sums_of(p, "child").live / (10 * MB), 1, 0.02);
    CHECK_NEAR(sums_of(p, "child").freed, 0, 0);
    CHECK_NEAR(p->peak / (30 * MB), 1, 0.02);
    smp_profile_free(p);
}

static void test_threads_have_their_own(void)
{
    struct smp_profile *p =
        run("import threading\n"
            "kept = []\n"
            "def work(): kept.append([bytes(100_000) for i in range(200)])\n"
            "threads = [threading.Thread(target=work) for i in range(4)]\n"
            "[t.start() for t in threads]\n"
            "[t.join() for t in threads]\n",
            31);
    if (!p)
        return;
    double by_thread[8] = {0};
    CHECK_INT(p->thread_count, 5);
    for (size_t n = 0; n < p->allocation_count; n++)
        if (p->allocations[n].end_bin == SMP_NONE &&
            p->allocations[n].thread < 8)
            by_thread[p->allocations[n].thread] += p->allocations[n].bytes;
    for (size_t n = 0; n < p->thread_count; n++)
        if (!p->threads[n].main)
            CHECK_NEAR(by_thread[n] / (20 * MB), 1,
                       4 * sqrt(exp(-100000.0 / INTERVAL) / 200));
    smp_profile_free(p);
}

static const char *find_python(void)
{
    static const char *const names[] = {"/usr/bin/python3.11",
                                        "/usr/bin/python3.12",
                                        "/usr/bin/python3.13",
                                        "/usr/bin/python3"};
    const char *asked = getenv("SMP_PYTHON");
    for (unsigned k = 0; !asked && k < sizeof names / sizeof *names; k++)
        if (!access(names[k], X_OK))
            asked = names[k];
    return asked;
}

int main(int argc, char **argv)
{
    (void)argc;
    const char *slash = strrchr(argv[0], '/');
    snprintf(recorder, sizeof recorder, "%.*s/librecorder.so",
             slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
    python = find_python();
    char whole[4096];
    if (!python || access(recorder, R_OK) || !realpath(recorder, whole)) {
        printf("no Python of the system, or no recorder: nothing was tried\n");
        return 0;
    }
    strcpy(recorder, whole);
    RUN(test_two_lines_in_turn);
    RUN(test_small_objects);
    RUN(test_the_first_small_objects);
    RUN(test_growth_by_realloc);
    RUN(test_large_blocks_beside_churn);
    native_stacks = 1; /* some dozen */
    RUN(test_mappings_and_their_parts);
    native_stacks = 0;
    RUN(test_copies);
    RUN(test_who_frees);
    RUN(test_every_allocator);
    RUN(test_how_it_ends_does_not_matter);
    RUN(test_a_forked_child_has_its_own);
    RUN(test_threads_have_their_own);
    return check_summary();
}
