/* links: src/collector/drain.c src/collector/sample.c src/collector/window.c
   src/collector/library.c src/collector/code.c src/collector/dynamic_code.c
   src/collector/classify.c src/collector/opcode.c src/collector/resolve.c
   src/collector/image.c src/collector/images.c src/collector/switch.c
   src/collector/wait.c src/collector/threads.c src/collector/remote.c
   src/collector/remote_pages.c src/collector/tasks.c
   src/collector/tasks_read.c src/collector/tasks_reason.c
   src/cpython/objects.c src/cpython/tasks.c src/model/profile_tasks.c
   src/cpython/walk.c src/cpython/location.c src/record/ring.c
   src/model/profile.c src/model/profile_samples.c src/model/profile_valid.c
   src/model/kind.c src/model/utf8.c src/platform/linux/clock.c
   src/platform/linux/memory.c src/platform/linux/proc.c src/base/buf.c
   src/base/map.c src/base/status.c src/collector/stack.c src/collector/heap.c
   src/collector/heap_sites.c src/collector/heap_owner.c
   src/collector/footprint.c src/model/profile_memory.c
   src/model/profile_rows.c src/collector/said.c src/record/region.c
   src/model/profile_said.c src/collector/tasks_cpu.c
   src/collector/tasks_link.c src/collector/greenlets.c src/cpython/greenlets.c
   src/collector/fold.c src/model/profile_fold.c src/model/profile_strings.c */
/* Waiting: what a blocked process waits for and where, seen from outside; and
 * that what is charged adds up.
 *
 * The process is a child of the test, with a hand-made interpreter in its
 * memory: main() in its code, called by nobody. */
#define _GNU_SOURCE
#include "fake_python.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "no_native.h"
#include "records.h"

#define LOOKS 12
#define NAP_NS 20000000

static struct fake fake;
static uint64_t runtime, interpreter, thread_state, gil;
static int nobody_writes[2];

/* The hand-made interpreter lies where its addresses say. */
static int make_python(void)
{
    fake = fake_make(0x030c);
    free(fake.bytes);
    fake.bytes =
        mmap((void *)(uintptr_t)FAKE_BASE, FAKE_BYTES, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (fake.bytes != (void *)(uintptr_t)FAKE_BASE)
        return 0;
    runtime = fake_room(&fake, 4096);
    interpreter = fake_room(&fake, 16384);
    gil = fake_room(&fake, 256);
    uint64_t code = fake_code(&fake, "main", 7);
    thread_state = fake_thread(&fake, fake_frame(&fake, code, 4, 0, 0), 0);
    fake_set(&fake, runtime + fake.l.runtime_interpreters, interpreter);
    fake_set(&fake, interpreter + fake.l.interp_threads, thread_state);
    return 1;
}

/* ---- what the child does, for ever */

static void wait_on(uint64_t address)
{
    int value = 0;
    memcpy(&value, (void *)(uintptr_t)address, sizeof value);
    syscall(SYS_futex, address, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void sleeps(void)
{
    sleep(1000);
}
static void reads(void)
{
    char c;
    if (read(nobody_writes[0], &c, 1) < 0)
        _exit(1);
}
static void polls(void)
{
    struct pollfd p = {.fd = nobody_writes[0], .events = POLLIN};
    poll(&p, 1, -1);
}
static void polls_nothing(void)
{
    poll(NULL, 0, -1);
}
static void selects_nothing(void)
{
    select(0, NULL, NULL, NULL, NULL);
}
static void waits_for_a_lock(void)
{
    wait_on(runtime + 2048);
}
static void waits_for_the_gil(void)
{
    wait_on(gil + 64);
}
static void waits_for_a_child(void)
{
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sleep(1000);
    }
    wait(NULL);
}
static void pauses(void)
{
    pause();
}
static void works(void)
{
    for (volatile long n = 0;; n++)
        ;
}

static pid_t start(void (*what)(void), int with_python)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    fake_set(&fake, thread_state + fake.l.thread_native_id,
             with_python ? (uint64_t)getpid() : 0);
    what();
    _exit(0);
}

/* ---- the collector's side */

static struct world *watch(pid_t pid)
{
    struct world *w = world_make();
    struct smp_hello *h = &w->i.hello;
    w->options.cpu_only = 0;
    w->i.pid = pid;
    h->layout = fake.l;
    h->runtime = runtime;
    h->interpreter = interpreter;
    h->code_type = FAKE_CODE_TYPE;
    w->i.gil = gil;
    w->i.gil_end = gil + fake.l.gil_bytes;
    w->c.start_ns = smp_os_now();
    w->c.images = calloc(1, sizeof *w->c.images);
    w->c.images[0] = &w->i;
    w->c.image_count = w->c.image_capacity = 1;
    smp_image_thread(&w->c, &w->i, pid, w->c.start_ns);
    return w;
}

static double look_for_a_while(struct world *w)
{
    for (int n = 0; n < LOOKS; n++) {
        struct timespec nap = {0, NAP_NS};
        nanosleep(&nap, NULL);
        w->c.next_scan_ns = 0;
        smp_wait_scan(&w->c, smp_os_now());
    }
    return smp_collector_time(&w->c, smp_os_now());
}

static void stop(struct world *w, pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    free(w->c.images);
    w->c.images = NULL;
    w->c.image_count = 0;
    world_drop(w);
}

/* The child waits in `what`: nearly all of its time is of this kind, in main. */
static void waits(void (*what)(void), enum smp_kind kind)
{
    pid_t pid = start(what, 1);
    struct world *w = watch(pid);
    double elapsed = look_for_a_while(w);
    const struct smp_profile *p = w->c.profile;
    CHECK_NEAR(seconds_of(p, 0, (int)kind), elapsed, 0.3 * elapsed);
    CHECK(seconds_of(p, 0, -1) <= elapsed * 1.001);
    for (size_t n = 0; n < p->sample_count; n++)
        if (p->samples[n].kind == kind)
            CHECK_STR(names_of(p, p->samples[n].stack), "main");
    CHECK(p->ledger.waits_read >= 1);
    CHECK_INT(p->ledger.waits_unreadable, 0);
    stop(w, pid);
}

static void test_kinds_of_waiting(void)
{
    waits(sleeps, SMP_KIND_WAIT_SLEEP);
    waits(reads, SMP_KIND_WAIT_IO);
    waits(polls, SMP_KIND_WAIT_IO);
    waits(polls_nothing, SMP_KIND_WAIT_SLEEP);
    waits(selects_nothing, SMP_KIND_WAIT_SLEEP);
    waits(waits_for_a_lock, SMP_KIND_WAIT_LOCK);
    waits(waits_for_the_gil, SMP_KIND_WAIT_GIL);
    waits(waits_for_a_child, SMP_KIND_WAIT_CHILD);
    waits(pauses, SMP_KIND_WAIT_OTHER);
}

/* A thread without a Python state waits as well, in no stack. */
static void test_no_python_state(void)
{
    pid_t pid = start(sleeps, 0);
    struct world *w = watch(pid);
    double elapsed = look_for_a_while(w);
    const struct smp_profile *p = w->c.profile;
    CHECK_NEAR(seconds_of(p, 0, SMP_KIND_WAIT_SLEEP), elapsed, 0.3 * elapsed);
    CHECK_INT(p->threads[0].python, 0);
    CHECK_INT(p->samples[0].stack, 0);
    stop(w, pid);
}

/* A thread that runs is not waiting, and is never read. */
static void test_running(void)
{
    pid_t pid = start(works, 1);
    struct world *w = watch(pid);
    look_for_a_while(w);
    double waited = 0;
    for (int kind = 0; kind < SMP_KIND_COUNT; kind++)
        if (!SMP_KIND_IS_CPU(kind) && kind != SMP_KIND_WAIT_CPU)
            waited += seconds_of(w->c.profile, 0, kind);
    CHECK_NEAR(waited, 0, 0.03);
    CHECK_INT(w->c.profile->ledger.waits_read, 0);
    stop(w, pid);
}

static double queued_in(const struct smp_profile *p, uint32_t stack)
{
    double sum = 0;
    for (size_t n = 0; n < p->sample_count; n++)
        if (p->samples[n].stack == stack &&
            p->samples[n].kind == SMP_KIND_WAIT_CPU)
            sum += p->samples[n].seconds;
    return sum;
}

static uint32_t new_stack(struct smp_profile *p, int32_t line)
{
    struct smp_frame frame = {
        .function = smp_profile_function(p, (struct smp_function){0}),
        .line = line};
    return smp_profile_stack(p, 0, smp_profile_frame(p, frame));
}

/* A thread that queues, without a sample since the last look, queues at the place
 * where it is seen next: its last sample may be of long ago. */
static void test_queue_waits_for_a_place(void)
{
    cpu_set_t all, one;
    CHECK_INT(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one); /* both children on one CPU */
    pid_t rival = start(works, 0), pid = start(works, 1);
    sched_setaffinity(0, sizeof all, &all);
    struct world *w = watch(pid);
    struct smp_watched *t = &w->i.threads[0];
    smp_profile_file(w->c.profile, 0, SMP_FILE_SOURCE);
    uint32_t before = new_stack(w->c.profile, 1),
             after = new_stack(w->c.profile, 2);
    t->last_stack = before;
    t->samples = t->samples_looked = 1;
    look_for_a_while(w);
    CHECK_NEAR(queued_in(w->c.profile, before), 0, 1e-9);
    t->last_stack = after;
    t->samples++;
    look_for_a_while(w);
    CHECK_NEAR(queued_in(w->c.profile, before), 0, 1e-9);
    CHECK(queued_in(w->c.profile, after) > 0.03);
    kill(rival, SIGKILL);
    waitpid(rival, NULL, 0);
    stop(w, pid);
}

/* With cpu_only nothing is looked at. */
static void test_cpu_only(void)
{
    pid_t pid = start(sleeps, 1);
    struct world *w = watch(pid);
    w->options.cpu_only = 1;
    look_for_a_while(w);
    CHECK_INT(w->c.profile->sample_count, 0);
    stop(w, pid);
}

/* A damaged frame: the wait is told, without a place. */
static void test_unreadable_stack(void)
{
    pid_t pid = start(sleeps, 1);
    struct world *w = watch(pid);
    uint64_t at = thread_state + fake.l.thread_frame, before;
    memcpy(&before, fake_at(&fake, at), 8);
    fake_set(&fake, at, 0xdddddddddddddddd);
    double elapsed = look_for_a_while(w);
    fake_set(&fake, at, before);
    const struct smp_profile *p = w->c.profile;
    CHECK(seconds_of(p, 0, -1) > 0.5 * elapsed);
    CHECK_INT(p->ledger.waits_read, 0);
    CHECK(p->ledger.waits_unreadable + p->ledger.waits_torn > 0);
    CHECK_INT(p->samples[0].stack, 0);
    stop(w, pid);
}

/* ---- sums, without a process */

static double ms(const struct world *w, enum smp_kind kind)
{
    return 1000 * seconds_of(w->c.profile, 0, (int)kind);
}

/* What is left at a thread's end: elapsed less run, queued and charged time. */
static void ends(uint64_t run, uint64_t queue, uint64_t waited, uint64_t queued,
                 double waits_ms, double queues_ms)
{
    struct world *w = world_make();
    w->options.cpu_only = 0;
    struct smp_watched *t = smp_image_thread(&w->c, &w->i, 5, w->c.start_ns);
    t->run_ns = run * 1000000;
    t->queue_ns = queue * 1000000;
    t->waited_ns = waited * 1000000;
    t->queued_ns = queued * 1000000;
    t->wait_stack = 0;
    t->wait_kind = SMP_KIND_WAIT_IO;
    smp_wait_finish(&w->c, t, w->c.start_ns + 100000000, 0);
    CHECK_NEAR(ms(w, SMP_KIND_WAIT_IO), waits_ms, 1e-6);
    CHECK_NEAR(ms(w, SMP_KIND_WAIT_CPU), queues_ms, 1e-6);
    smp_wait_finish(&w->c, t, w->c.start_ns + 100000000, 0);
    CHECK_NEAR(ms(w, SMP_KIND_WAIT_IO), waits_ms, 1e-6); /* nothing twice */
    world_drop(w);
}

static void test_sums(void)
{
    ends(0, 0, 0, 0, 100, 0);
    ends(30, 10, 20, 0, 40, 10);
    ends(30, 10, 60, 10, 0, 0);
    ends(30, 10, 20, 4, 40, 6);
    ends(200, 0, 0, 0, 0, 0); /* clocks disagree: never less than nothing */
    ends(90, 0, 50, 0, 0, 0);
}

/* The CPU time that the thread's own end tells is newer than the last look. */
static void test_last_run_time(void)
{
    struct world *w = world_make();
    w->options.cpu_only = 0;
    struct smp_watched *t = smp_image_thread(&w->c, &w->i, 5, w->c.start_ns);
    t->run_ns = 10000000;
    smp_wait_finish(&w->c, t, w->c.start_ns + 100000000, 70000000);
    CHECK_NEAR(1000 * seconds_of(w->c.profile, 0, -1), 30, 1e-6);
    world_drop(w);
}

int main(void)
{
    if (pipe(nobody_writes) || !make_python()) {
        printf("no memory at %#llx: not tested\n",
               (unsigned long long)FAKE_BASE);
        return 0;
    }
    RUN(test_kinds_of_waiting);
    RUN(test_no_python_state);
    RUN(test_running);
    RUN(test_queue_waits_for_a_place);
    RUN(test_cpu_only);
    RUN(test_unreadable_stack);
    RUN(test_sums);
    RUN(test_last_run_time);
    return check_summary();
}
