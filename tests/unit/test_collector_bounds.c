/* links: src/collector/drain.c src/collector/sample.c src/collector/window.c
   src/collector/library.c src/collector/code.c src/collector/dynamic_code.c
   src/collector/classify.c src/collector/opcode.c src/collector/resolve.c
   src/collector/image.c src/collector/images.c src/collector/switch.c
   src/collector/wait.c src/collector/threads.c src/collector/remote.c
   src/collector/remote_pages.c src/collector/tasks.c
   src/collector/tasks_read.c src/collector/tasks_reason.c
   src/cpython/objects.c src/cpython/tasks.c src/collector/stack.c
   src/collector/heap.c src/collector/heap_sites.c src/collector/owner.c
   src/collector/footprint.c src/cpython/walk.c src/cpython/location.c
   src/record/ring.c src/platform/linux/memory.c src/platform/linux/proc.c
   src/base/buf.c src/base/map.c src/base/status.c src/collector/said.c
   src/record/region.c src/collector/tasks_cpu.c src/collector/tasks_link.c
   src/collector/greenlets.c src/cpython/greenlets.c src/collector/fold.c
   src/model/[a-z]*.c src/report/json_write*.c src/report/process_name.c
   src/base/sha256.c -ljansson */
/* Days of a service in seconds: workers that are replaced every two minutes, a
 * thread for each request, generated code, memory, marks, regions and tasks. The
 * collector and its file must stay small, and nothing may be lost. */
#include <malloc.h>
#include <math.h>

#include "check.h"
#include "collector/tasks.h"
#include "no_native.h"
#include "records.h"
#include "report/report.h"

#define HOURS 72
#define WORKERS 8
#define LIFE_S 120.0 /* of a worker */
#define ROUTES 200
#define GENERATED 20 /* functions that only this worker has */
#define MEMORY_MOST (64.0 * 1024 * 1024)
#define FILE_MOST (20.0 * 1024 * 1024)
#define BYTES 65536 /* of a block */

/* The clock of the simulation. */
static uint64_t now_ns;

uint64_t smp_os_now(void)
{
    return now_ns;
}

uint64_t smp_os_tick(void)
{
    return 1000000;
}

uint64_t smp_os_thread_cpu(void)
{
    return 0;
}

uint64_t smp_os_process_cpu(void)
{
    return 0;
}

uint64_t smp_os_cpu_of_thread(int32_t tid)
{
    (void)tid;
    return 0;
}

uint64_t smp_os_cpu_of_process(int32_t pid)
{
    (void)pid;
    return 0;
}

/* What was fed, to compare with. */
struct fed {
    double cpu_s, bytes, regions, await_s, end_s;
    uint64_t threads, processes, blocks, marks;
    double most;        /* bytes of the heap at a time */
    size_t rows, folds; /* of processes, at most; how often they became fewer */
};

static struct world *w;
static struct fed fed;
/* Of a worker. `test_collector_bounds 58` makes a million in all. */
static unsigned requests = 20;

static struct smp_hello hello_of(int32_t pid, int32_t parent)
{
    return (struct smp_hello){.kind = SMP_HELLO_START,
                              .pid = pid,
                              .parent = parent,
                              .python_version = 0x030c01f0,
                              .time_ns = now_ns};
}

static struct smp_image *new_image(int32_t pid, int32_t parent)
{
    struct smp_hello hello = hello_of(pid, parent);
    struct smp_image *i = smp_image_new(&w->c, &hello);
    if (!i)
        abort();
    i->ring = ring_make(4 * RING_SMALL);
    i->ring_mapped = SMP_RING_HEADER_BYTES + 4 * RING_SMALL;
    fed.processes++;
    return i;
}

static void set_command(struct smp_image *i, const char *format, unsigned n)
{
    char text[128];
    snprintf(text, sizeof text, format, n);
    w->c.profile->processes[i->process].command =
        smp_profile_string(w->c.profile, text);
}

static void begin(void)
{
    w = calloc(1, sizeof *w);
    fed = (struct fed){0};
    w->options.cpu_only = 1;
    w->options.memory = 1;
    w->c.options = &w->options;
    w->c.start_ns = now_ns = 1000000000;
    w->c.profile = smp_profile_new();
    smp_resolver_init(&w->c.resolver, w->c.profile);
    set_command(new_image(NOBODY, 1), "service %u", 8000);
}

static double at_ms(void)
{
    return (double)(now_ns - w->c.start_ns) * 1e-6;
}

static void write_block(enum smp_record_type type, int32_t tid, uint64_t id,
                        uint32_t code)
{
    struct smp_record_frame frame = {code, 0};
    struct smp_record_memory *r =
        (struct smp_record_memory *)smp_ring_reserve(w->i.ring,
                                                     sizeof *r + sizeof frame,
                                                     type);
    struct smp_record head = r->head;
    memset(r, 0, sizeof *r);
    r->head = head;
    r->time_ns = now_ns;
    r->id = id;
    r->bytes = type == SMP_RECORD_ALLOC ? BYTES : 0;
    r->stands_for = type == SMP_RECORD_ALLOC ? 2 * BYTES : 0;
    r->tid = tid;
    r->frame_count = 1;
    r->flags = SMP_SAMPLE_PYTHON;
    memcpy(r + 1, &frame, sizeof frame);
    smp_ring_commit(w->i.ring, &r->head);
}

static void define_codes(struct smp_image *i, unsigned worker)
{
    char name[64];
    w->i.ring = i->ring;
    for (unsigned n = 0; n < ROUTES + GENERATED; n++) {
        if (n < ROUTES)
            snprintf(name, sizeof name, "route_%u", n);
        else
            snprintf(name, sizeof name, "generated_%u", worker * GENERATED + n);
        write_code(w, n, name);
    }
    smp_drain(&w->c, i, 0);
}

/* One request: a thread, a sample, a block; every hundredth block stays. */
static void request(struct smp_image *i, unsigned n)
{
    char name[64];
    int32_t tid = (int32_t)(1000 + fed.threads % 30000);
    uint32_t route = (uint32_t)(fed.threads * 7 % (ROUTES + GENERATED));
    w->i.ring = i->ring;
    snprintf(name, sizeof name, "Thread-%llu (process_request_thread)",
             (unsigned long long)fed.threads);
    write_thread(w, SMP_RECORD_THREAD_START, tid, at_ms(), 0, name);
    struct sample_text s = {.tid = tid,
                            .at_ms = at_ms(),
                            .cpu_ms = 4,
                            .anchor = 0x7fff1000,
                            .opcode = 1,
                            .flags = SMP_SAMPLE_PYTHON,
                            .frame_count = 3,
                            .frames = {{route, (int32_t)(n % 5) * 2},
                                       {(route + n % 16) % ROUTES, 2},
                                       {0, 0}}};
    write_sample(w, s);
    write_block(SMP_RECORD_ALLOC, tid, fed.threads + 1, route % ROUTES);
    if (n % 100)
        write_block(SMP_RECORD_FREE, tid, fed.threads + 1, route % ROUTES);
    write_thread(w, SMP_RECORD_THREAD_END, tid, at_ms(), 4, NULL);
    smp_drain(&w->c, i, 0);
    fed.threads++;
    fed.blocks++;
    fed.cpu_s += 0.004;
}

static void write_mark(struct smp_image *i, unsigned second)
{
    char text[64];
    uint32_t bytes = (uint32_t)snprintf(text, sizeof text, "second %u", second);
    w->i.ring = i->ring;
    struct smp_record_mark *r =
        (struct smp_record_mark *)smp_ring_reserve(i->ring,
                                                   (uint32_t)sizeof *r + bytes,
                                                   SMP_RECORD_MARK);
    r->time_ns = now_ns;
    r->tid = NOBODY;
    r->bytes = bytes;
    memcpy(r + 1, text, bytes);
    smp_ring_commit(i->ring, &r->head);
    smp_drain(&w->c, i, 0);
    fed.marks++;
}

static void look(struct smp_image *i)
{
    struct smp_footprint f = {.process = i->process, .rss = 5e7, .anon = 5e7};
    smp_profile_footprint(w->c.profile, at_ms() * 1e-3, f);
}

/* A region and a task of each worker. */
static void end_worker(struct smp_image *i, unsigned worker)
{
    struct smp_profile *p = w->c.profile;
    char name[32];
    snprintf(name, sizeof name, "region %u", worker % 5);
    smp_profile_region(p,
                       (struct smp_region){.name = smp_profile_string(p, name),
                                           .process = i->process,
                                           .thread = SMP_NONE,
                                           .count = 1,
                                           .total_s = 1});
    fed.regions++;
    snprintf(name, sizeof name, "job-%u", worker % 7);
    uint32_t task =
        smp_profile_task(p, (struct smp_task){.thread = i->threads[0].thread,
                                              .name =
                                                  smp_profile_string(p, name)});
    struct smp_await a = {.task = task, .await_s = 2, .wait_s = 1, .peak = 3};
    CHECK_INT(smp_profile_await(p, a), 0);
    fed.await_s += 2;
    i->end_ns = now_ns;
    smp_image_end(&w->c, i, 0);
}

static void measure(void)
{
    struct mallinfo2 m = mallinfo2();
    double bytes = (double)(m.uordblks + m.hblkhd);
    size_t before = w->c.profile->process_count;
    fed.most = bytes > fed.most ? bytes : fed.most;
    fed.rows = before > fed.rows ? before : fed.rows;
    smp_fold_step(&w->c);
    fed.folds += w->c.profile->process_count < before;
    smp_images_sweep(&w->c, now_ns);
}

static void a_generation(unsigned period)
{
    struct smp_image *workers[WORKERS];
    for (unsigned n = 0; n < WORKERS; n++) {
        unsigned number = period * WORKERS + n;
        workers[n] = new_image((int32_t)(100000 + number), NOBODY);
        set_command(workers[n], "worker --id %u", number);
        define_codes(workers[n], number);
    }
    for (unsigned k = 0; k < requests; k++) {
        now_ns += (uint64_t)(LIFE_S * 1e9 / requests);
        for (unsigned n = 0; n < WORKERS; n++) {
            request(workers[n], k);
            if (k % 2 == 0)
                look(workers[n]);
        }
        write_mark(w->c.images[0], period * requests + k);
        measure();
    }
    for (unsigned n = 0; n < WORKERS; n++)
        end_worker(workers[n], period * WORKERS + n);
    measure();
}

/* ---- what must have stayed */

static double cpu_of(const struct smp_profile *p)
{
    double sum = 0;
    for (size_t n = 0; n < p->sample_count; n++)
        if (SMP_KIND_IS_CPU(p->samples[n].kind))
            sum += p->samples[n].seconds;
    return sum;
}

static double thread_cpu_of(const struct smp_profile *p)
{
    double sum = 0;
    for (size_t n = 0; n < p->thread_count; n++)
        sum += p->threads[n].cpu_s;
    return sum;
}

static void check_sums(const struct smp_profile *p)
{
    double regions = 0, awaits = 0, blocks = 0;
    size_t processes = 0, threads = 0;
    for (size_t n = 0; n < p->region_count; n++)
        regions += p->regions[n].total_s;
    for (size_t n = 0; n < p->await_count; n++)
        awaits += p->awaits[n].await_s;
    for (size_t n = 0; n < p->allocation_count; n++)
        blocks += p->allocations[n].samples;
    for (size_t n = 0; n < p->process_count; n++)
        processes += p->processes[n].members ? p->processes[n].members : 1;
    for (size_t n = 0; n < p->thread_count; n++)
        threads += p->threads[n].members ? p->threads[n].members : 1;
    CHECK_NEAR(cpu_of(p), fed.cpu_s, 1e-6 * fed.cpu_s);
    CHECK_NEAR(thread_cpu_of(p), fed.cpu_s, 1e-6 * fed.cpu_s);
    CHECK_NEAR(regions, fed.regions, 1e-6);
    CHECK_NEAR(awaits, fed.await_s, 1e-6);
    CHECK_INT(blocks, fed.blocks);
    CHECK_INT(processes, fed.processes);
    CHECK_INT(threads, fed.threads + fed.processes); /* and the main ones */
    CHECK_INT(p->mark_count + p->marks_lost, fed.marks);
}

/* Blocks of workers that have ended are not alive: at no time more than the
 * present workers can have. */
static void check_alive(const struct smp_profile *p)
{
    double alive = 0;
    for (size_t n = 0; n < p->allocation_count; n++) {
        const struct smp_allocation *a = &p->allocations[n];
        if (a->end_bin == SMP_NONE &&
            p->processes[p->threads[a->thread].process].members)
            alive += a->bytes;
    }
    CHECK_NEAR(alive, 0, 0);
    CHECK(p->peak < WORKERS * (requests / 100.0 + 2) * BYTES * 2);
}

static double json_bytes(const struct smp_profile *p)
{
    const struct smp_json_options o = {.stacks = 1, .sources = 1};
    struct smp_buf out = {0};
    CHECK_INT(smp_report_json(&out, p, &o), 0);
    double bytes = (double)out.length;
    smp_buf_release(&out);
    return bytes;
}

static void end(void)
{
    smp_collector_release(&w->c);
    smp_profile_free(w->c.profile);
    free(w);
}

static void test_three_days(void)
{
    begin();
    for (unsigned n = 0; n < HOURS * 3600 / LIFE_S; n++)
        a_generation(n);
    struct smp_profile *p = w->c.profile;
    smp_image_end(&w->c, w->c.images[0], 0);
    p->elapsed_s = at_ms() * 1e-3;
    p->memory = 1;
    smp_heap_finish(&w->c);
    CHECK(smp_profile_is_valid(p));
    CHECK(fed.folds > 1);
    CHECK(fed.rows <= 16384);
    check_sums(p);
    check_alive(p);
    smp_fold_name(p);
    double bytes = json_bytes(p);
    CHECK(fed.most < MEMORY_MOST);
    CHECK(bytes < FILE_MOST);
    printf("%d h, %llu processes, %llu threads: %.1f MB of memory at most, "
           "%.1f MB of JSON; rows: %zu processes, %zu threads, %zu samples, "
           "%zu allocations, %zu stacks, %zu functions, %zu strings\n",
           HOURS, (unsigned long long)fed.processes,
           (unsigned long long)fed.threads, fed.most / 1048576, bytes / 1048576,
           p->process_count, p->thread_count, p->sample_count,
           p->allocation_count, p->stack_count, p->function_count,
           p->string_count);
    end();
}

int main(int argc, char **argv)
{
    if (argc > 1)
        requests = (unsigned)atoi(argv[1]);
    RUN(test_three_days);
    return check_summary();
}
