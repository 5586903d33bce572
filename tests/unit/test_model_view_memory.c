/* links: src/model/profile.c src/model/profile_samples.c
   src/model/profile_memory.c src/model/profile_rows.c
   src/model/profile_valid.c src/model/utf8.c src/model/kind.c
   src/model/view.c src/model/view_charge.c src/model/view_cost.c
   src/model/view_files.c src/model/view_functions.c src/model/view_groups.c
   src/model/view_lines.c src/model/view_scope.c src/model/view_threads.c
   src/model/view_memory.c src/model/view_memory_cost.c
   src/model/view_memory_events.c src/model/view_memory_sites.c
   src/model/view_leaks.c src/model/view_footprint.c src/base/map.c
   src/model/view_regions.c */
/* Memory in a view: known programs and their figures by line, function, thread,
 * process and time. */
#include "base/status.h"
#include "check.h"
#include "model/view.h"
#include "shop_profile.h"

#define MB SHOP_MB

/* A program of one file and one function per line, in one thread; stack n is
 * line n called from the module (line 100). */
struct tiny {
    struct smp_profile *p;
    uint32_t file, module, f;
};

static uint32_t line(struct tiny *t, uint32_t number)
{
    return push(t->p, push(t->p, 0, t->module, 100), t->f, number);
}

static void tiny(struct tiny *t)
{
    t->p = smp_profile_new();
    t->file = add_file(t->p, "/a.py", SMP_FILE_SOURCE, 1);
    t->module = add_function(t->p, "<module>", t->file, 100);
    t->f = add_function(t->p, "f", t->file, 1);
    add_thread(t->p, add_process(t->p, 1, SMP_NONE), 1, 1);
    t->p->processes[0].end_s = t->p->elapsed_s = 1;
    t->p->memory = 1;
}

static const struct smp_line_cost *find_line(const struct smp_view *v,
                                             const char *path, uint32_t number)
{
    static const struct smp_line_cost none;
    for (size_t i = 0; i < v->file_count; i++) {
        const struct smp_file_cost *f = &v->files[i];
        const char *name =
            smp_profile_text(v->profile, v->profile->files[f->file].path);
        for (size_t k = 0; k < f->line_count && strstr(name, path); k++)
            if (f->lines[k].line == number)
                return &f->lines[k];
    }
    return &none;
}

static const struct smp_memory_cost *
memory_of(const struct smp_view *v, const char *path, uint32_t number)
{
    return &find_line(v, path, number)->memory;
}

static const struct smp_function_cost *find_function(const struct smp_view *v,
                                                     uint32_t function)
{
    static const struct smp_function_cost none;
    for (size_t i = 0; i < v->file_count; i++)
        for (size_t k = 0; k < v->files[i].function_count; k++)
            if (v->files[i].functions[k].function == function)
                return &v->files[i].functions[k];
    return &none;
}

static struct smp_view view_of(const struct smp_profile *p,
                               const struct smp_filter *f)
{
    static const struct smp_filter all;
    struct smp_view v = {0};
    CHECK_INT(smp_view_make(&v, p, f ? f : &all), 0);
    return v;
}

static void without_memory_there_is_none(void)
{
    struct shop s;
    shop_profile(&s);
    struct smp_view v = view_of(s.p, NULL);
    CHECK_INT(v.has_memory, 0);
    CHECK(v.process_memory == NULL && v.leak_count == 0);
    CHECK(!smp_memory_is_some(&v.memory));
    smp_view_release(&v);
    smp_profile_free(s.p);
}

static void the_shop_by_line(void)
{
    struct shop s;
    shop_profile(&s);
    shop_memory(&s);
    struct smp_view v = view_of(s.p, NULL);
    const struct smp_memory_cost *m = memory_of(&v, "shop.py", 19);
    CHECK_NEAR(m->alloc_bytes, 200 * MB, 100);
    CHECK_NEAR(m->live_bytes, 200 * MB, 100);
    CHECK_NEAR(m->peak_bytes, 200 * MB, 100);
    CHECK_NEAR(m->at_peak_bytes, 200 * MB, 100);
    CHECK_NEAR(m->freed_bytes, 0, 0);
    CHECK_NEAR(smp_memory_python_share(m), 1, 0);
    CHECK_INT(m->samples, 600);
    CHECK_NEAR(m->alloc_count, 600, 1e-9);
    CHECK_NEAR(m->avg_bytes, 200 * MB * (11.4 - 2.5) / 11.4, 2 * MB);
    m = memory_of(&v, "shop.py", 25);
    CHECK_NEAR(m->alloc_bytes, 2700 * MB, 100);
    CHECK_NEAR(m->peak_bytes, 30 * MB, 100);
    CHECK_NEAR(m->live_bytes, 0, 1);
    CHECK_NEAR(m->freed_bytes, 2700 * MB, 100);
    CHECK(m->churn_bytes > 2400 * MB);
    CHECK_NEAR(m->largest, 30 * MB, 0);
    CHECK_NEAR(m->python_alloc_bytes, 0, 0);
    CHECK_NEAR(memory_of(&v, "shop.py", 17)->peak_bytes, 64 * MB, 100);
    CHECK_NEAR(memory_of(&v, "shop.py", 17)->churn_bytes, 0, 0);
    m = memory_of(&v, "shop.py", 30);
    CHECK_NEAR(smp_memory_net(m), -40 * MB, 100);
    CHECK_NEAR(m->copy_bytes, 8 * MB, 0);
    CHECK(m->timeline == NULL);
    CHECK_NEAR(memory_of(&v, "prices.py", 10)->live_bytes, 20 * MB, 100);
    smp_view_release(&v);
    smp_profile_free(s.p);
}

static void the_shop_as_a_whole(void)
{
    struct shop s;
    shop_profile(&s);
    shop_memory(&s);
    struct smp_view v = view_of(s.p, NULL);
    const struct smp_function_cost *main_fn = find_function(&v, s.main_fn);
    CHECK(v.has_memory && v.has_peak);
    CHECK_NEAR(v.memory.alloc_bytes, 2984 * MB, 100);
    CHECK_NEAR(v.memory_in_scope.alloc_bytes, 2984 * MB, 100);
    CHECK_NEAR(v.memory.peak_bytes, 243.7 * MB, 1); /* the exact one */
    CHECK_NEAR(v.memory.peak_s, 8.96, 0);
    CHECK_NEAR(v.memory.at_peak_bytes, 243.7 * MB, 100);
    CHECK_NEAR(v.process_memory[0].peak_bytes, 243.7 * MB, 0);
    CHECK(!smp_memory_is_some(&v.process_memory[1]));
    CHECK_NEAR(main_fn->memory.alloc_bytes, 0, 0);
    CHECK_NEAR(main_fn->total_memory.alloc_bytes, 2984 * MB, 100);
    CHECK(main_fn->total_memory.peak_bytes >= 243 * MB);
    CHECK(main_fn->total_memory.peak_bytes < 245 * MB);
    CHECK_NEAR(find_function(&v, s.total)->memory.alloc_bytes, 2700 * MB, 100);
    CHECK_NEAR(find_function(&v, s.total)->total_memory.alloc_bytes, 2720 * MB,
               100);
    CHECK_NEAR(v.threads[0].memory.alloc_bytes, 2984 * MB, 100);
    double most = 0;
    for (size_t i = 0; i < v.timeline_count; i++)
        most = fmax(most, v.memory.timeline[i]);
    CHECK(v.timeline_count > 50 && v.timeline_count <= SMP_TIMELINE_LIMIT);
    CHECK_NEAR(most, 243.7 * MB, 100);
    CHECK_NEAR(v.memory.timeline[0], 64 * MB, 100);
    smp_view_release(&v);
    smp_profile_free(s.p);
}

static void the_shop_leaks_in_one_line(void)
{
    struct shop s;
    shop_profile(&s);
    shop_memory(&s);
    struct smp_view v = view_of(s.p, NULL);
    if (CHECK_INT(v.leak_count, 1)) {
        CHECK_INT(v.leaks[0].line, 10);
        CHECK_INT(v.leaks[0].function, s.lookup);
        CHECK_NEAR(v.leaks[0].bytes_per_s, 20 * MB / 6.5, 2 * MB);
        CHECK_NEAR(v.leaks[0].low, v.leaks[0].high, 1); /* all were seen */
    }
    smp_view_release(&v);
    smp_profile_free(s.p);
}

/* A worker from start_s to start_s + 8 that keeps four blocks on one line. */
static uint32_t add_keeping_worker(struct smp_profile *p, uint32_t stack,
                                   double start_s, const double at_s[4])
{
    uint32_t process = add_process(p, 100 + (int)p->process_count, 0);
    uint32_t thread = add_thread(p, process, 100, 1);
    p->processes[process].start_s = start_s;
    p->processes[process].end_s = start_s + 8;
    for (int n = 0; n < 4; n++)
        add_allocation(p, start_s + at_s[n], NAN,
                       allocation(thread, stack, SMP_DOMAIN_PYTHON, 1,
                                  0.1 * MB));
    return process;
}

enum workers { SAME, STRANGERS, LOADERS };

/* Neither has three survivors of its last half. Not together: workers of another
 * kind, and those that load something once each. */
static void workers_are_judged_together(void)
{
    static const double one[] = {1, 2.6, 5.1, 6.7}, other[] = {2.1, 3.7, 5, 6};
    static const double early[] = {2.5, 2.6, 2.7, 2.8};
    static const double later[] = {5, 5.5, 6, 6.5};
    for (int how = SAME; how <= LOADERS; how++) {
        struct smp_profile *p = smp_profile_new();
        uint32_t file = add_file(p, "/p/work.py", SMP_FILE_SOURCE, 1);
        uint32_t stack = push(p, 0, add_function(p, "keep", file, 1), 7);
        add_process(p, 1, SMP_NONE);
        add_keeping_worker(p, stack, 1, how == LOADERS ? early : one);
        uint32_t last =
            add_keeping_worker(p, stack, 1.5, how == LOADERS ? later : other);
        if (how == STRANGERS)
            p->processes[last].command = smp_profile_string(p, "other");
        p->elapsed_s = 10;
        p->memory = 1;
        struct smp_view v = view_of(p, NULL);
        if (CHECK_INT(v.leak_count, how == SAME) && how == SAME) {
            CHECK_INT(v.leaks[0].line, 7);
            /* Seven of the blocks came in 70 % of 8 s. */
            CHECK_NEAR(v.leaks[0].bytes_per_s, 0.7 * MB / 5.6, 1);
        }
        smp_view_release(&v);
        smp_profile_free(p);
    }
}

/* The same rows, but allocated while a module is imported. */
static void what_an_import_keeps_is_no_leak(void)
{
    struct shop s;
    shop_profile(&s);
    shop_memory(&s);
    struct smp_profile *p = s.p;
    uint32_t outer = p->files[p->functions[s.main_fn].file].path;
    free(p->strings[outer]);
    p->strings[outer] = strdup("<frozen importlib._bootstrap>");
    struct smp_view v = view_of(p, NULL);
    CHECK_INT(v.leak_count, 0);
    smp_view_release(&v);
    smp_profile_free(p);
}

static void a_range_asks_for_what_stayed(void)
{
    struct shop s;
    shop_profile(&s);
    shop_memory(&s);
    struct smp_filter f = {.from_s = 2, .to_s = 3.5};
    struct smp_view v = view_of(s.p, &f);
    CHECK_INT(v.has_peak, 0);
    CHECK_NEAR(memory_of(&v, "shop.py", 19)->alloc_bytes, 100 * MB, 3 * MB);
    CHECK_NEAR(memory_of(&v, "shop.py", 19)->live_bytes, 100 * MB, 3 * MB);
    CHECK_NEAR(memory_of(&v, "shop.py", 19)->peak_bytes, 166.7 * MB, 3 * MB);
    CHECK_NEAR(memory_of(&v, "shop.py", 19)->at_peak_bytes, 0, 0);
    CHECK_NEAR(memory_of(&v, "shop.py", 17)->alloc_bytes, 0, 0);
    CHECK_NEAR(memory_of(&v, "shop.py", 17)->peak_bytes, 64 * MB, 100);
    CHECK(!smp_memory_is_some(memory_of(&v, "shop.py", 25)));
    smp_view_release(&v);
    f = (struct smp_filter){.from_s = 0, .to_s = 1};
    v = view_of(s.p, &f);
    /* Freed later: it lives at the end of this range. */
    CHECK_NEAR(memory_of(&v, "shop.py", 17)->live_bytes, 64 * MB, 100);
    CHECK_NEAR(memory_of(&v, "shop.py", 17)->freed_bytes, 0, 0);
    smp_view_release(&v);
    f = (struct smp_filter){.process_plus_1 = 2};
    v = view_of(s.p, &f);
    CHECK(v.has_memory && !smp_memory_is_some(&v.memory));
    smp_view_release(&v);
    smp_profile_free(s.p);
}

/* Two lines retain 900 kB and 150 kB in turn. */
static void lines_in_turn(void)
{
    struct tiny t;
    tiny(&t);
    for (int i = 0; i < 500; i++) {
        add_allocation(t.p, i * 0.002, NAN,
                       allocation(0, line(&t, 1), SMP_DOMAIN_NATIVE, 1, 900e3));
        add_allocation(t.p, i * 0.002, NAN,
                       allocation(0, line(&t, 2), SMP_DOMAIN_NATIVE, 1, 150e3));
    }
    struct smp_view v = view_of(t.p, NULL);
    CHECK_NEAR(memory_of(&v, "a.py", 1)->peak_bytes, 450e6, 1);
    CHECK_NEAR(memory_of(&v, "a.py", 2)->peak_bytes, 75e6, 1);
    CHECK_NEAR(v.memory.live_bytes, 525e6, 1);
    CHECK_NEAR(v.memory.avg_bytes, 262e6, 6e6);
    smp_view_release(&v);
    smp_profile_free(t.p);
}

/* One line, two callers: their greatest moments lie in one bin, but only what
 * lasts adds up, and the largest single rise. */
static void peaks_of_two_sites(void)
{
    struct tiny t;
    tiny(&t);
    uint32_t a = line(&t, 1);
    uint32_t b = push(t.p, push(t.p, 0, t.module, 101), t.f, 1);
    add_allocation(t.p, 0.1, 0.5, allocation(0, a, SMP_DOMAIN_NATIVE, 1, 100));
    add_high(t.p, 0.1, 0, a, SMP_DOMAIN_NATIVE, 100);
    add_high(t.p, 0.5, 0, a, SMP_DOMAIN_NATIVE, 100);
    /* b rises by 30 and falls within one bin while a is constant. */
    add_allocation(t.p, 0.301, 0.302,
                   allocation(0, b, SMP_DOMAIN_NATIVE, 1, 30));
    add_high(t.p, 0.301, 0, b, SMP_DOMAIN_NATIVE, 30);
    struct smp_view v = view_of(t.p, NULL);
    const struct smp_memory_cost *m = memory_of(&v, "a.py", 1);
    CHECK_NEAR(m->peak_bytes, 130, 1e-9);
    CHECK_NEAR(m->peak_s, 0.305, 1e-9);
    CHECK_NEAR(m->live_bytes, 0, 0);
    smp_view_release(&v);
    smp_profile_free(t.p);
}

static void rises_in_one_bin_do_not_add_up(void)
{
    struct tiny t;
    tiny(&t);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t s = push(t.p, push(t.p, 0, t.module, 100 + i), t.f, 1);
        add_allocation(t.p, 0.201, 0.202,
                       allocation(0, s, SMP_DOMAIN_NATIVE, 1, 50 + i));
        add_high(t.p, 0.201, 0, s, SMP_DOMAIN_NATIVE, 50 + i);
    }
    struct smp_view v = view_of(t.p, NULL);
    CHECK_NEAR(memory_of(&v, "a.py", 1)->peak_bytes, 52, 1e-9);
    smp_view_release(&v);
    smp_profile_free(t.p);
}

/* A worker's memory is gone when it has ended, but it never freed it. */
static void memory_ends_with_its_process(void)
{
    struct tiny t;
    tiny(&t);
    uint32_t worker = add_process(t.p, 2, 0);
    uint32_t thread = add_thread(t.p, worker, 2, 1);
    t.p->processes[worker].end_s = 0.4;
    t.p->processes[worker].exit_status = 0;
    struct smp_allocation a =
        allocation(thread, line(&t, 1), SMP_DOMAIN_PYTHON, 1, 1000);
    add_allocation(t.p, 0.1, NAN, a);
    a.thread = 0;
    add_allocation(t.p, 0.6, NAN, a);
    struct smp_view v = view_of(t.p, NULL);
    CHECK_NEAR(memory_of(&v, "a.py", 1)->peak_bytes, 1000, 1e-9);
    CHECK_NEAR(memory_of(&v, "a.py", 1)->live_bytes, 2000, 1e-9);
    smp_view_release(&v);
    smp_profile_free(t.p);
}

/* Recursion counts once; native frames belong to the Python line below. */
static void recursion_counts_once(void)
{
    struct tiny t;
    tiny(&t);
    uint32_t s = line(&t, 1);
    for (int i = 0; i < 50; i++)
        s = push(t.p, s, t.f, 2);
    uint32_t so = add_file(t.p, "/x.so", SMP_FILE_NATIVE, 0);
    s = push(t.p, s, add_function(t.p, "malloc_it", so, 0), 0);
    add_allocation(t.p, 0.1, NAN, allocation(0, s, SMP_DOMAIN_NATIVE, 1, 1000));
    struct smp_view v = view_of(t.p, NULL);
    CHECK_NEAR(find_function(&v, t.f)->total_memory.alloc_bytes, 1000, 0);
    CHECK_NEAR(find_function(&v, t.f)->memory.alloc_bytes, 1000, 0);
    CHECK_NEAR(find_function(&v, t.module)->total_memory.peak_bytes, 1000, 0);
    CHECK_NEAR(memory_of(&v, "a.py", 2)->alloc_bytes, 1000, 0);
    smp_view_release(&v);
    smp_profile_free(t.p);
}

/* What no line in scope pays for is in the whole only. */
static void out_of_scope_is_in_the_whole(void)
{
    struct tiny t;
    tiny(&t);
    add_allocation(t.p, 0.1, NAN, allocation(0, 0, SMP_DOMAIN_NATIVE, 1, 1000));
    add_allocation(t.p, 0.1, NAN,
                   allocation(0, line(&t, 1), SMP_DOMAIN_NATIVE, 1, 10));
    struct smp_view v = view_of(t.p, NULL);
    CHECK_NEAR(v.memory.alloc_bytes, 1010, 0);
    CHECK_NEAR(v.memory_in_scope.alloc_bytes, 10, 0);
    smp_view_release(&v);
    smp_profile_free(t.p);
}

/* Poisson samples of small objects: the interval holds the truth. */
static void intervals_hold_the_truth(void)
{
    const double sizes[] = {48, 20e3, 300e3};
    for (int k = 0; k < 3; k++) {
        int inside = 0;
        uint64_t seed = 17;
        int n = k ? 400 : 60000;
        double r = 65536, p = 1 - exp(-sizes[k] / r), truth = n * sizes[k];
        for (int run = 0; run < 300; run++) {
            double sum = 0, variance = 0;
            uint64_t samples = 0;
            for (int i = 0; i < n; i++) {
                if ((random_below(&seed, 1u << 30) + 0.5) / (1u << 30) >= p)
                    continue;
                sum += sizes[k] / p;
                variance += sizes[k] * sizes[k] * (1 - p) / (p * p);
                samples++;
            }
            struct smp_bounds b = smp_memory_bounds(sum, variance, samples);
            inside += b.low <= truth && truth <= b.high;
        }
        printf("%g bytes: %d of 300 intervals hold the truth\n", sizes[k],
               inside);
        CHECK(inside >= 276); /* 285 expected, sd 3.8 */
    }
    struct smp_bounds exact = smp_memory_bounds(5e6, 0, 1);
    CHECK_NEAR(exact.low, 5e6, 0);
    CHECK_NEAR(exact.high, 5e6, 0);
}

static void the_footprint_adds_up(void)
{
    struct shop s;
    struct smp_footprint_parts f;
    struct smp_filter all = {0};
    shop_profile(&s);
    CHECK_INT(smp_footprint_parts(&f, s.p, &all), SMP_ENOENT);
    shop_memory(&s);
    CHECK_INT(smp_footprint_parts(&f, s.p, &all), 0);
    CHECK_NEAR(f.rss, (16 + 21 * 13.5) * MB, 100);
    CHECK_NEAR(f.tracked + f.arena_slack + f.interpreter + f.files + f.shared +
                   f.rest,
               f.rss, 1);
    CHECK_NEAR(f.interpreter, 6 * MB, 100);
    CHECK_NEAR(f.at_s, 10.51, 1e-9);
    CHECK_INT(f.process, 0);
    smp_profile_free(s.p);
}

/* A row of MB: resident, tracked, mapped for small objects, of that used. */
static void add_footprint(struct smp_profile *p, double at_s, double rss,
                          double tracked, double arenas, double used)
{
    smp_profile_footprint(p, at_s,
                          (struct smp_footprint){.rss = rss * MB,
                                                 .tracked = tracked * MB,
                                                 .arenas = arenas * MB,
                                                 .arena_used = used * MB});
}

/* What arenas hold beside the objects in them: at the peak, as far as it is resident,
 * less what was there at first. */
static void arenas_at_the_peak(void)
{
    static const struct {
        double rss, tracked, arenas, used, slack; /* MB */
    } cases[] = {{100, 60, 50, 30, 18},           /* 20, of which 2 at first */
                 {75, 60, 50, 30, 5},             /* resident are 5 */
                 {60, 60, 50, 30, 0},
                 {100, 60, 31, 30, 0}, /* the interpreter's places are used */
                 {100, 60, 0, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tiny t;
        tiny(&t);
        uint32_t at = line(&t, 1);
        struct smp_at_peak peak = {0, at, SMP_DOMAIN_PYTHON, 1, 60 * MB};
        add_allocation(t.p, 0.1, NAN,
                       allocation(0, at, SMP_DOMAIN_PYTHON, 1, 60 * MB));
        smp_profile_at_peak(t.p, 2.5, 60 * MB, &peak, 1);
        add_footprint(t.p, 0, 10, 0, 2, 0);
        add_footprint(t.p, 1, 50, 30, 26, 20);
        add_footprint(t.p, 2, cases[i].rss, cases[i].tracked, cases[i].arenas,
                      cases[i].used);
        add_footprint(t.p, 3, 900, 0, 800, 0); /* after it */
        t.p->processes[0].end_s = t.p->elapsed_s = 4;
        struct smp_view v = view_of(t.p, NULL);
        CHECK_NEAR(v.peak_slack / MB, cases[i].slack, 0.01);
        smp_view_release(&v);
        t.p->processes[0].end_s =
            2.2; /* before the peak: what it had is gone */
        v = view_of(t.p, NULL);
        CHECK_NEAR(v.peak_slack, 0, 0);
        smp_view_release(&v);
        smp_profile_free(t.p);
    }
}

int main(void)
{
    RUN(without_memory_there_is_none);
    RUN(the_shop_by_line);
    RUN(the_shop_as_a_whole);
    RUN(the_shop_leaks_in_one_line);
    RUN(workers_are_judged_together);
    RUN(what_an_import_keeps_is_no_leak);
    RUN(a_range_asks_for_what_stayed);
    RUN(lines_in_turn);
    RUN(peaks_of_two_sites);
    RUN(rises_in_one_bin_do_not_add_up);
    RUN(memory_ends_with_its_process);
    RUN(recursion_counts_once);
    RUN(out_of_scope_is_in_the_whole);
    RUN(intervals_hold_the_truth);
    RUN(the_footprint_adds_up);
    RUN(arenas_at_the_peak);
    return check_summary();
}
