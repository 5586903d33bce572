/* Profiles for tests: built by hand, at random, and compared. */
#ifndef SMP_TESTS_PROFILES_H
#define SMP_TESTS_PROFILES_H

#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "model/profile.h"

/* xorshift64*: the same sequence everywhere. */
static inline uint32_t random_below(uint64_t *seed, uint32_t n)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (uint32_t)((*seed * 0x2545f4914f6cdd1du) >> 33) % n;
}

static inline char *owned_text(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

static inline uint32_t add_file(struct smp_profile *p, const char *path,
                                enum smp_file_kind kind, int program)
{
    uint32_t file = smp_profile_file(p, smp_profile_string(p, path), kind);
    if (file != SMP_NONE)
        p->files[file].program = (uint8_t)program;
    return file;
}

static inline uint32_t add_function(struct smp_profile *p, const char *name,
                                    uint32_t file, uint32_t first_line)
{
    return smp_profile_function(
        p,
        (struct smp_function){smp_profile_string(p, name), file, first_line});
}

/* `parent` and one more frame at this line. */
static inline uint32_t push(struct smp_profile *p, uint32_t parent,
                            uint32_t function, uint32_t line)
{
    struct smp_frame frame = {.function = function, .line = line};
    return smp_profile_stack(p, parent, smp_profile_frame(p, frame));
}

static inline uint32_t add_process(struct smp_profile *p, int pid,
                                   uint32_t parent)
{
    return smp_profile_process(p, (struct smp_process){.pid = pid,
                                                       .parent = parent,
                                                       .end_s = 1,
                                                       .exit_status =
                                                           SMP_EXIT_UNKNOWN});
}

static inline uint32_t add_thread(struct smp_profile *p, uint32_t process,
                                  int tid, int is_main)
{
    return smp_profile_thread(p, (struct smp_thread){.process = process,
                                                     .tid = tid,
                                                     .main = (uint8_t)is_main,
                                                     .python = 1});
}

static inline int add_sample(struct smp_profile *p, double at_s,
                             uint32_t thread, uint32_t stack,
                             enum smp_kind kind, double seconds)
{
    return smp_profile_add(p, at_s,
                           (struct smp_sample){.thread = thread,
                                               .stack = stack,
                                               .kind = (uint8_t)kind,
                                               .count = 1,
                                               .seconds = seconds});
}

static inline double cpu_now_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Text of up to 12 characters, some that JSON or HTML must escape. */
static inline void random_text(uint64_t *seed, char *text, size_t size)
{
    static const char *const parts[] = {
        "a",    "b",    "z",        "</script>",    "\"", "\\",
        "\n",   "\x01", "\xc3\xa9", "\xe2\x82\xac", "_",  "\xf0\x9f\x98\x80",
        "\x7f", "&",    "/"};
    uint32_t n = random_below(seed, 12);
    *text = '\0';
    for (uint32_t i = 0; i < n; i++) {
        const char *part = parts[random_below(seed, 15)];
        if (strlen(text) + strlen(part) < size)
            strcat(text, part);
    }
}

static inline uint32_t random_string(struct smp_profile *p, uint64_t *seed)
{
    char text[64];
    random_text(seed, text, sizeof text);
    return smp_profile_string(p, text);
}

static inline double random_time(uint64_t *seed)
{
    double whole = random_below(seed, 1000);
    return whole + (double)random_below(seed, 1u << 30) / (3.0 * (1u << 30));
}

static inline void random_run(struct smp_profile *p, uint64_t *seed)
{
    p->program = random_string(p, seed);
    p->command = random_string(p, seed);
    p->directory = random_string(p, seed);
    p->platform = random_string(p, seed);
    p->version = random_string(p, seed);
    p->start_unix_s = 1.7e9 + random_time(seed);
    p->elapsed_s = random_time(seed);
    p->cpus = random_below(seed, 64);
    p->exit_status = (int32_t)random_below(seed, 256) - 20;
#define SMP_X(field)                                                           \
    p->ledger.field = (uint64_t)random_below(seed, 1u << 30) * 77;
    SMP_LEDGER_COUNTS(SMP_X)
#undef SMP_X
    p->ledger.interval_asked_s = 0.01;
    p->ledger.interval_reached_s = random_time(seed);
    p->ledger.recorder_cpu_s = random_time(seed);
    p->ledger.collector_cpu_s = random_time(seed);
    p->ledger.collector_rss_bytes = random_below(seed, 1u << 30);
}

static inline void random_file(struct smp_profile *p, uint64_t *seed)
{
    uint32_t i = smp_profile_file(p, random_string(p, seed),
                                  (enum smp_file_kind)random_below(seed, 3));
    if (i == SMP_NONE)
        return;
    struct smp_file *f = &p->files[i];
    f->library = (uint8_t)random_below(seed, 2);
    f->program = (uint8_t)random_below(seed, 2);
    f->stripped = (uint8_t)random_below(seed, 2);
    if (random_below(seed, 2)) {
        char *source = malloc(128);
        if (source) {
            random_text(seed, source, 128);
            smp_profile_set_source(p, i, source, strlen(source), "0123abcd");
        }
    }
}

static inline void random_process(struct smp_profile *p, uint64_t *seed)
{
    static const int32_t ends[] = {0, 1, -9, SMP_EXIT_UNKNOWN,
                                   SMP_EXIT_RUNNING};
    uint32_t n = (uint32_t)p->process_count;
    smp_profile_process(
        p, (struct smp_process){.pid = (int32_t)random_below(seed, 1u << 22),
                                .parent = n && random_below(seed, 4)
                                              ? random_below(seed, n)
                                              : SMP_NONE,
                                .command = random_string(p, seed),
                                .interpreter = random_string(p, seed),
                                .executable = random_string(p, seed),
                                .recording = (uint8_t)random_below(seed, 3),
                                .note = random_string(p, seed),
                                .start_s = random_time(seed) - 5,
                                .end_s = random_time(seed),
                                .exit_status = ends[random_below(seed, 5)],
                                .cpu_user_s = random_time(seed),
                                .cpu_system_s = random_time(seed),
                                .startup_s = random_time(seed)});
}

static inline void random_thread(struct smp_profile *p, uint64_t *seed)
{
    if (!p->process_count)
        return;
    smp_profile_thread(
        p,
        (struct smp_thread){.process =
                                random_below(seed, (uint32_t)p->process_count),
                            .tid = (int32_t)random_below(seed, 1u << 22),
                            .name = random_string(p, seed),
                            .main = (uint8_t)random_below(seed, 2),
                            .python = (uint8_t)random_below(seed, 2),
                            .start_s = random_time(seed),
                            .end_s = random_time(seed),
                            .cpu_s = random_time(seed)});
}

static inline void random_stacks(struct smp_profile *p, uint64_t *seed)
{
    for (uint32_t i = 0; p->file_count && i < 10; i++)
        smp_profile_function(p, (struct smp_function){
                                    random_string(p, seed),
                                    random_below(seed, (uint32_t)p->file_count),
                                    random_below(seed, 30)});
    for (uint32_t i = 0; p->function_count && i < 40; i++)
        smp_profile_frame(
            p,
            (struct smp_frame){random_below(seed, (uint32_t)p->function_count),
                               random_below(seed, 30),
                               random_below(seed, 2) * 31,
                               random_below(seed, 5), random_below(seed, 9)});
    for (uint32_t i = 0; p->frame_count && i < 80; i++)
        smp_profile_stack(p, random_below(seed, (uint32_t)p->stack_count),
                          random_below(seed, (uint32_t)p->frame_count));
}

static inline double random_bytes(uint64_t *seed)
{
    return random_below(seed, 1u << 30) + random_below(seed, 16) / 16.0;
}

/* A site: a thread and a stack that are there. */
static inline uint32_t random_thread_index(const struct smp_profile *p,
                                           uint64_t *seed)
{
    return random_below(seed, (uint32_t)p->thread_count);
}

static inline uint32_t random_stack_index(const struct smp_profile *p,
                                          uint64_t *seed)
{
    return random_below(seed, (uint32_t)p->stack_count);
}

static inline void random_allocation(struct smp_profile *p, uint64_t *seed,
                                     double until_s)
{
    struct smp_allocation a = {
        .thread = random_thread_index(p, seed),
        .stack = random_stack_index(p, seed),
        .domain = (uint8_t)random_below(seed, SMP_DOMAIN_COUNT),
        .samples = 1 + random_below(seed, 3),
        .bytes = random_bytes(seed),
        .count = random_time(seed),
        .variance = random_bytes(seed) * random_bytes(seed),
        .largest = random_bytes(seed)};
    double born_s = random_time(seed) / 1000 * until_s;
    smp_profile_allocate(p, born_s, a);
    if (random_below(seed, 2))
        smp_profile_end_allocation(p, born_s, born_s + random_time(seed), a);
    smp_profile_high(p, born_s,
                     (struct smp_high){.thread = a.thread,
                                       .stack = a.stack,
                                       .domain = a.domain,
                                       .bytes = random_bytes(seed)});
}

static inline void random_other_memory(struct smp_profile *p, uint64_t *seed,
                                       double until_s)
{
    double at_s = random_time(seed) / 1000 * until_s;
    smp_profile_deallocate(
        p, at_s,
        (struct smp_deallocation){.thread = random_thread_index(p, seed),
                                  .stack = random_stack_index(p, seed),
                                  .samples = random_below(seed, 5),
                                  .bytes = random_bytes(seed)});
    smp_profile_copy(p, at_s,
                     (struct smp_copy){.thread = random_thread_index(p, seed),
                                       .stack = random_stack_index(p, seed),
                                       .samples = random_below(seed, 5),
                                       .bytes = random_bytes(seed),
                                       .variance = random_bytes(seed)});
    smp_profile_footprint(
        p, at_s,
        (struct smp_footprint){.process =
                                   random_below(seed,
                                                (uint32_t)p->process_count),
                               .rss = random_bytes(seed),
                               .anon = random_bytes(seed),
                               .file = random_bytes(seed),
                               .shmem = random_bytes(seed),
                               .tracked = random_bytes(seed),
                               .arenas = random_bytes(seed),
                               .arena_used = random_bytes(seed)});
}

static inline void random_memory(struct smp_profile *p, uint64_t *seed,
                                 double until_s)
{
    struct smp_at_peak peaks[20];
    if (!p->thread_count)
        return;
    p->memory = 1;
    for (int i = 0; i < 200; i++)
        random_allocation(p, seed, until_s);
    for (int i = 0; i < 40; i++)
        random_other_memory(p, seed, until_s);
    for (int i = 0; i < 20; i++)
        peaks[i] = (struct smp_at_peak){
            .thread = random_thread_index(p, seed),
            .stack = random_stack_index(p, seed),
            .domain = (uint8_t)random_below(seed, SMP_DOMAIN_COUNT),
            .samples = random_below(seed, 9),
            .bytes = random_bytes(seed)};
    smp_profile_at_peak(p, random_time(seed) / 1000 * until_s,
                        random_bytes(seed), peaks, 20);
    p->processes[0].start_rss = random_below(seed, 1u << 30);
    p->processes[0].peak_rss = random_below(seed, 1u << 30);
    p->processes[0].peak = random_below(seed, 1u << 30);
    p->ledger.allocations_sampled = 200;
    p->ledger.alloc_interval_least = 65536;
    p->ledger.alloc_interval_most = 131072;
}

/* An owned, valid profile with a bit of everything (memory where the seed is
 * odd); the same for the same
 * seed (not 0). NULL: out of memory at the first step; later lack of memory
 * leaves things out. */
static inline struct smp_profile *random_profile(uint64_t seed)
{
    struct smp_profile *p = smp_profile_new();
    int memory = seed % 2;
    if (!p)
        return NULL;
    random_run(p, &seed);
    for (int i = 0; i < 6; i++)
        random_file(p, &seed);
    for (int i = 0; i < 4; i++)
        random_process(p, &seed);
    for (int i = 0; i < 8; i++)
        random_thread(p, &seed);
    random_stacks(p, &seed);
    double until_s = random_below(&seed, 2) ? 100 : 1;
    for (uint32_t i = 0; p->thread_count && i < 300; i++)
        smp_profile_add(
            p, random_time(&seed) / 1000 * until_s,
            (struct smp_sample){
                .thread = random_below(&seed, (uint32_t)p->thread_count),
                .stack = random_below(&seed, (uint32_t)p->stack_count),
                .kind = (uint8_t)random_below(&seed, SMP_KIND_COUNT),
                .gc = (uint8_t)random_below(&seed, 2),
                .count = 1 + random_below(&seed, 3),
                .seconds = random_below(&seed, 2) ? 0.01 : random_time(&seed)});
    if (memory)
        random_memory(p, &seed, until_s);
    return p;
}

/* --- equality: every field of every thing, by index --- */

#define SAME(field) CHECK(a->field == b->field)

static inline void same_strings(const struct smp_profile *a,
                                const struct smp_profile *b)
{
    if (!CHECK_INT(a->string_count, b->string_count))
        return;
    for (size_t i = 0; i < a->string_count; i++)
        CHECK_STR(a->strings[i], b->strings[i]);
}

static inline void same_file(const struct smp_file *a, const struct smp_file *b)
{
    SAME(path), SAME(kind), SAME(library), SAME(program), SAME(stripped);
    SAME(source_length);
    CHECK_STR(a->source, b->source);
    CHECK_STR(a->hash, b->hash);
}

static inline void same_process(const struct smp_process *a,
                                const struct smp_process *b)
{
    SAME(pid), SAME(parent), SAME(command), SAME(interpreter);
    SAME(executable), SAME(recording), SAME(note), SAME(start_s), SAME(end_s);
    SAME(exit_status), SAME(cpu_user_s), SAME(cpu_system_s), SAME(startup_s);
    CHECK(fabs(a->start_rss - b->start_rss) <= 0.5 &&
          fabs(a->peak_rss - b->peak_rss) <= 0.5 &&
          fabs(a->peak - b->peak) <= 0.5);
}

static inline void same_thread(const struct smp_thread *a,
                               const struct smp_thread *b)
{
    SAME(process), SAME(tid), SAME(name), SAME(main), SAME(python);
    SAME(start_s), SAME(end_s), SAME(cpu_s);
}

static inline void same_sample(const struct smp_sample *a,
                               const struct smp_sample *b)
{
    SAME(thread), SAME(stack), SAME(bin), SAME(kind), SAME(gc), SAME(count);
    SAME(seconds);
}

static inline void same_run(const struct smp_profile *a,
                            const struct smp_profile *b)
{
    SAME(program), SAME(command), SAME(directory), SAME(platform);
    SAME(version), SAME(start_unix_s), SAME(elapsed_s), SAME(cpus);
    SAME(exit_status), SAME(bin_s);
#define SMP_X(field) SAME(ledger.field);
    SMP_LEDGER_COUNTS(SMP_X)
#undef SMP_X
    SAME(ledger.interval_asked_s), SAME(ledger.interval_reached_s);
    SAME(ledger.recorder_cpu_s), SAME(ledger.collector_cpu_s);
    SAME(ledger.collector_rss_bytes);
}

static inline void same_allocation(const struct smp_allocation *a,
                                   const struct smp_allocation *b)
{
    SAME(thread), SAME(stack), SAME(bin), SAME(end_bin), SAME(domain);
    SAME(samples);
    SAME(bytes), SAME(count), SAME(variance);
    SAME(largest);
}

static inline void same_deallocation(const struct smp_deallocation *a,
                                     const struct smp_deallocation *b)
{
    SAME(thread), SAME(stack), SAME(bin), SAME(samples), SAME(bytes);
}

static inline void same_high(const struct smp_high *a, const struct smp_high *b)
{
    SAME(thread), SAME(stack), SAME(bin), SAME(domain), SAME(bytes);
}

static inline void same_at_peak(const struct smp_at_peak *a,
                                const struct smp_at_peak *b)
{
    SAME(thread), SAME(stack), SAME(domain), SAME(samples), SAME(bytes);
}

static inline void same_copy(const struct smp_copy *a, const struct smp_copy *b)
{
    SAME(thread), SAME(stack), SAME(bin), SAME(samples);
    SAME(bytes), SAME(variance);
}

static inline void same_footprint(const struct smp_footprint *a,
                                  const struct smp_footprint *b)
{
    SAME(process), SAME(bin), SAME(rss), SAME(anon);
    SAME(file), SAME(shmem), SAME(tracked);
    SAME(arenas), SAME(arena_used);
}

static inline void same_ledger(const struct smp_ledger *a,
                               const struct smp_ledger *b)
{
#define SMP_X(field) SAME(field);
    SMP_LEDGER_MEMORY_COUNTS(SMP_X)
#undef SMP_X
    SAME(alloc_interval_least), SAME(alloc_interval_most);
}

#define SAME_ALL(array, count, same)                                           \
    do {                                                                       \
        if (CHECK_INT(a->count, b->count))                                     \
            for (size_t i_ = 0; i_ < a->count; i_++)                           \
                same(&a->array[i_], &b->array[i_]);                            \
    } while (0)

/* No padding in these three. */
#define SAME_BYTES(array, count)                                               \
    CHECK(a->count == b->count &&                                              \
          (!a->count ||                                                        \
           !memcmp(a->array, b->array, a->count * sizeof *a->array)))

static inline void check_same_profile(const struct smp_profile *a,
                                      const struct smp_profile *b)
{
    same_run(a, b);
    same_strings(a, b);
    SAME_ALL(files, file_count, same_file);
    SAME_BYTES(functions, function_count);
    SAME_BYTES(frames, frame_count);
    SAME_BYTES(stacks, stack_count);
    SAME_ALL(processes, process_count, same_process);
    SAME_ALL(threads, thread_count, same_thread);
    SAME_ALL(samples, sample_count, same_sample);
    SAME(memory);
    if (!a->memory)
        return;
    SAME(memory_bin_s), SAME(peak_s), SAME(peak);
    same_ledger(&a->ledger, &b->ledger);
    SAME_ALL(allocations, allocation_count, same_allocation);
    SAME_ALL(deallocations, deallocation_count, same_deallocation);
    SAME_ALL(highs, high_count, same_high);
    SAME_ALL(at_peaks, at_peak_count, same_at_peak);
    SAME_ALL(copies, copy_count, same_copy);
    SAME_ALL(footprints, footprint_count, same_footprint);
}

#endif
