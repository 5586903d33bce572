/* links: src/model/view.c src/model/view_scope.c src/model/view_cost.c
   src/model/view_groups.c src/model/view_charge.c src/model/view_lines.c
   src/model/view_functions.c src/model/view_threads.c
   src/model/view_memory.c src/model/view_memory_cost.c
   src/model/view_memory_events.c src/model/view_memory_sites.c
   src/model/view_leaks.c src/model/view_footprint.c src/model/view_files.c
   src/model/profile.c src/model/profile_samples.c src/model/profile_valid.c
   src/model/utf8.c src/model/kind.c src/model/profile_memory.c
   src/model/profile_rows.c src/base/map.c src/model/view_regions.c */
/* The view: known programs in, known sums out. */
#include "base/status.h"
#include "check.h"
#include "model/view.h"
#include "profiles.h"

static const struct smp_filter plain;

/* A program main.py (run, work), a library lib.py (helper), a native object,
 * one main thread, one worker, one thread that never ran Python. */
struct world {
    struct smp_profile *p;
    uint32_t main_py, lib_py, native_so;
    uint32_t run, work, helper, native;
    uint32_t main, worker, alien;
};

static struct world make_world(void)
{
    struct world w = {.p = smp_profile_new()};
    struct smp_profile *p = w.p;
    w.main_py = add_file(p, "/app/main.py", SMP_FILE_SOURCE, 1);
    w.lib_py = add_file(p, "/lib/site-packages/lib.py", SMP_FILE_SOURCE, 0);
    p->files[w.lib_py].library = 1;
    w.native_so = add_file(p, "/lib/fast.so", SMP_FILE_NATIVE, 0);
    w.run = add_function(p, "run", w.main_py, 1);
    w.work = add_function(p, "work", w.main_py, 10);
    w.helper = add_function(p, "helper", w.lib_py, 5);
    w.native = add_function(p, "fast_sum", w.native_so, 0);
    uint32_t process = add_process(p, 100, SMP_NONE);
    w.worker = add_thread(p, process, 101, 0);
    w.main = add_thread(p, process, 100, 1);
    w.alien = add_thread(p, process, 102, 0);
    return w;
}

static struct smp_view view_of(const struct world *w,
                               const struct smp_filter *f)
{
    struct smp_view v = {0};
    CHECK(smp_profile_is_valid(w->p));
    CHECK_INT(smp_view_make(&v, w->p, f), 0);
    return v;
}

static const struct smp_file_cost *file_in(const struct smp_view *v,
                                           uint32_t file)
{
    for (size_t i = 0; i < v->file_count; i++)
        if (v->files[i].file == file)
            return &v->files[i];
    return NULL;
}

static const struct smp_line_cost *line_in(const struct smp_view *v,
                                           uint32_t file, uint32_t line)
{
    const struct smp_file_cost *f = file_in(v, file);
    for (size_t i = 0; f && i < f->line_count; i++)
        if (f->lines[i].line == line)
            return &f->lines[i];
    return NULL;
}

static const struct smp_function_cost *
function_in(const struct smp_view *v, uint32_t file, uint32_t function)
{
    const struct smp_file_cost *f = file_in(v, file);
    for (size_t i = 0; f && i < f->function_count; i++)
        if (f->functions[i].function == function)
            return &f->functions[i];
    return NULL;
}

static double line_cpu_s(const struct smp_view *v, uint32_t file, uint32_t line)
{
    const struct smp_line_cost *l = line_in(v, file, line);
    return l ? smp_cost_cpu(&l->cost) : 0;
}

static void an_empty_profile_has_an_empty_view(void)
{
    struct world w = {.p = smp_profile_new()};
    struct smp_view v = view_of(&w, &plain);
    CHECK_INT(v.file_count, 0);
    CHECK_INT(v.thread_count, 0);
    CHECK_INT(v.main_thread, SMP_NONE);
    CHECK_NEAR(v.whole_s, 0, 0);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

static void library_time_goes_to_the_users_line(void)
{
    struct world w = make_world();
    uint32_t line3 = push(w.p, 0, w.run, 3);
    uint32_t in_lib = push(w.p, line3, w.helper, 7);
    uint32_t in_native = push(w.p, in_lib, w.native, 0);
    add_sample(w.p, 0, w.main, line3, SMP_KIND_PYTHON, 1);
    add_sample(w.p, 0, w.main, in_lib, SMP_KIND_PYTHON, 2);
    add_sample(w.p, 0, w.main, in_native, SMP_KIND_NATIVE, 4);
    struct smp_view v = view_of(&w, &plain);
    CHECK_INT(v.file_count, 1);
    CHECK_NEAR(line_cpu_s(&v, w.main_py, 3), 7, 1e-9);
    CHECK_NEAR(line_in(&v, w.main_py, 3)->cost.cpu_s[SMP_KIND_NATIVE], 4, 1e-9);
    CHECK_INT(line_in(&v, w.main_py, 3)->cost.cpu_count, 3);
    CHECK_NEAR(smp_cost_cpu(&v.total), 7, 1e-9);
    CHECK_NEAR(smp_cost_cpu(&v.in_scope), 7, 1e-9);
    CHECK_NEAR(smp_cost_cpu(&v.no_python), 0, 0);
    smp_view_release(&v);

    v = view_of(&w, &(struct smp_filter){.scope = SMP_SCOPE_ALL});
    CHECK_INT(v.file_count, 2);
    CHECK_NEAR(line_cpu_s(&v, w.main_py, 3), 1, 1e-9);
    CHECK_NEAR(line_cpu_s(&v, w.lib_py, 7), 6, 1e-9);
    CHECK_INT(v.files[0].file, w.lib_py); /* most time first */
    smp_view_release(&v);
    smp_profile_free(w.p);
}

static void time_out_of_scope_is_in_total_only(void)
{
    struct world w = make_world();
    add_sample(w.p, 0, w.worker, push(w.p, 0, w.helper, 5), SMP_KIND_PYTHON, 2);
    add_sample(w.p, 0, w.alien, push(w.p, 0, w.native, 0), SMP_KIND_NATIVE, 3);
    add_sample(w.p, 0, w.alien, 0, SMP_KIND_SYSTEM, 5);
    struct smp_view v = view_of(&w, &plain);
    CHECK_INT(v.file_count, 0);
    CHECK_NEAR(v.whole_s, 10, 1e-9);
    CHECK_NEAR(smp_cost_cpu(&v.in_scope), 0, 0);
    CHECK_NEAR(v.no_python.cpu_s[SMP_KIND_NATIVE], 3, 1e-9);
    CHECK_NEAR(v.no_python.cpu_s[SMP_KIND_SYSTEM], 5, 1e-9);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

/* An idle worker's lock is in its queue, though it once slept in the program. */
static void a_thread_waits_most_where_it_does_so(void)
{
    struct world w = make_world();
    uint32_t mine = push(w.p, 0, w.run, 3), lib = push(w.p, 0, w.helper, 7);
    add_sample(w.p, 0, w.worker, mine, SMP_KIND_WAIT_SLEEP, 7);
    add_sample(w.p, 0, w.worker, lib, SMP_KIND_WAIT_LOCK, 50);
    add_sample(w.p, 0, w.main, mine, SMP_KIND_PYTHON, 1);
    struct smp_view v = view_of(&w, &plain);
    CHECK_INT(smp_cost_top_wait(&v.threads[1].cost), SMP_KIND_WAIT_LOCK);
    CHECK_INT(v.threads[1].top_wait_frame, SMP_NONE);
    CHECK_INT(smp_cost_top_wait(&v.threads[0].cost), SMP_KIND_COUNT);
    smp_view_release(&v);
    v = view_of(&w, &(struct smp_filter){.scope = SMP_SCOPE_ALL});
    CHECK_INT(w.p->frames[v.threads[1].top_wait_frame].line, 7);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

static void only_the_main_thread_waits_in_the_summary(void)
{
    struct world w = make_world();
    uint32_t line3 = push(w.p, 0, w.run, 3), line4 = push(w.p, 0, w.run, 4);
    add_sample(w.p, 0, w.main, line3, SMP_KIND_PYTHON, 1);
    add_sample(w.p, 0, w.main, line4, SMP_KIND_WAIT_IO, 2);
    add_sample(w.p, 0, w.worker, line4, SMP_KIND_WAIT_LOCK, 50);
    add_sample(w.p, 0, w.worker, line3, SMP_KIND_WAIT_GIL, 7);
    struct smp_view v = view_of(&w, &plain);
    CHECK_INT(v.main_thread, w.main);
    CHECK_NEAR(v.whole_s, 3, 1e-9);
    CHECK_NEAR(v.total.wait_s, 2, 1e-9);
    CHECK_NEAR(v.total.other_wait_s, 57, 1e-9);
    CHECK_INT(v.total.wait_count, 1);
    const struct smp_line_cost *l = line_in(&v, w.main_py, 4);
    CHECK_NEAR(l->cost.wait_by_s[SMP_KIND_WAIT_IO], 2, 1e-9);
    CHECK_NEAR(l->cost.wait_by_s[SMP_KIND_WAIT_LOCK], 0, 0);
    CHECK_NEAR(l->cost.other_wait_s, 50, 1e-9);
    CHECK_NEAR(smp_cost_all(&l->cost), 2, 1e-9);

    CHECK_INT(v.thread_count, 3);
    CHECK_INT(v.threads[0].thread, w.main); /* most CPU first */
    CHECK_INT(v.threads[1].thread, w.worker);
    CHECK_NEAR(v.threads[1].cost.wait_s, 57, 1e-9);
    CHECK_NEAR(v.threads[1].top_wait_s, 50, 1e-9);
    CHECK_INT(w.p->frames[v.threads[1].top_wait_frame].line, 4);
    CHECK_INT(v.threads[2].top_wait_frame, SMP_NONE);
    smp_view_release(&v);

    v = view_of(&w, &(struct smp_filter){.cpu_only = 1});
    CHECK_NEAR(v.whole_s, 1, 1e-9);
    CHECK_NEAR(v.total.other_wait_s, 0, 0);
    smp_view_release(&v);

    v = view_of(&w, &(struct smp_filter){.thread_plus_1 = w.worker + 1});
    CHECK_NEAR(v.total.wait_s, 57, 1e-9);
    CHECK_INT(v.thread_count, 1);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

/* Waiting for a CPU is the machine's load: seconds, but no share of the whole. */
static void the_cpu_queue_is_apart(void)
{
    struct world w = make_world();
    uint32_t line3 = push(w.p, 0, w.run, 3);
    add_sample(w.p, 0, w.main, line3, SMP_KIND_PYTHON, 1);
    add_sample(w.p, 0, w.main, line3, SMP_KIND_WAIT_SLEEP, 2);
    add_sample(w.p, 0, w.main, line3, SMP_KIND_WAIT_CPU, 4);
    add_sample(w.p, 0, w.worker, line3, SMP_KIND_WAIT_CPU, 8);
    struct smp_view v = view_of(&w, &plain);
    const struct smp_line_cost *l = line_in(&v, w.main_py, 3);
    CHECK_NEAR(v.whole_s, 3, 1e-9);
    CHECK_NEAR(l->cost.wait_s, 2, 1e-9);
    CHECK_NEAR(l->cost.queue_s, 4, 1e-9);
    CHECK_NEAR(l->cost.wait_by_s[SMP_KIND_WAIT_CPU], 4, 1e-9);
    CHECK_NEAR(l->cost.other_wait_s, 8, 1e-9);
    CHECK_NEAR(smp_cost_all(&l->cost), 3, 1e-9);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

/* run -> work -> work -> work: total of work counts each second once. */
static void recursion_counts_once(void)
{
    struct world w = make_world();
    uint32_t s1 = push(w.p, 0, w.run, 2), s2 = push(w.p, s1, w.work, 11);
    uint32_t s3 = push(w.p, s2, w.helper, 6), s4 = push(w.p, s3, w.work, 12);
    uint32_t other = push(w.p, 0, w.work, 11);
    add_sample(w.p, 0, w.main, s1, SMP_KIND_PYTHON, 1);
    add_sample(w.p, 0, w.main, s2, SMP_KIND_PYTHON, 2);
    add_sample(w.p, 0, w.main, s3, SMP_KIND_PYTHON, 4);
    add_sample(w.p, 0, w.main, s4, SMP_KIND_NATIVE, 8);
    add_sample(w.p, 0, w.main, other, SMP_KIND_PYTHON, 16);
    struct smp_view v = view_of(&w, &plain);
    const struct smp_function_cost *run = function_in(&v, w.main_py, w.run);
    const struct smp_function_cost *work = function_in(&v, w.main_py, w.work);
    CHECK_NEAR(smp_cost_cpu(&run->self), 1, 1e-9);
    CHECK_NEAR(smp_cost_cpu(&run->total), 15, 1e-9);
    CHECK_NEAR(smp_cost_cpu(&work->self), 30, 1e-9);
    CHECK_NEAR(smp_cost_cpu(&work->total), 30, 1e-9);
    CHECK_INT(work->total.cpu_count, 4);
    CHECK_INT(v.files[0].functions[0].function, w.work);
    CHECK_INT(v.files[0].function_count, 2);
    CHECK_NEAR(line_cpu_s(&v, w.main_py, 11), 2 + 4 + 16, 1e-9);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

static void a_caller_without_own_time_is_listed(void)
{
    struct world w = make_world();
    uint32_t outer = add_file(w.p, "/app/outer.py", SMP_FILE_SOURCE, 1);
    uint32_t start = add_function(w.p, "start", outer, 1);
    uint32_t deep = push(w.p, push(w.p, 0, start, 2), w.work, 11);
    add_sample(w.p, 0, w.main, deep, SMP_KIND_PYTHON, 3);
    struct smp_view v = view_of(&w, &plain);
    const struct smp_file_cost *f = file_in(&v, outer);
    if (CHECK(f)) {
        CHECK_INT(f->line_count, 0);
        CHECK_NEAR(smp_cost_all(&f->cost), 0, 0);
        CHECK_NEAR(smp_cost_cpu(&f->functions[0].total), 3, 1e-9);
    }
    smp_view_release(&v);
    smp_profile_free(w.p);
}

static void garbage_collection_is_part_of_cpu(void)
{
    struct world w = make_world();
    struct smp_sample s = {.thread = w.main,
                           .stack = push(w.p, 0, w.run, 3),
                           .kind = SMP_KIND_NATIVE,
                           .gc = 1,
                           .count = 5,
                           .seconds = 2};
    smp_profile_add(w.p, 0, s);
    add_sample(w.p, 0, w.main, s.stack, SMP_KIND_NATIVE, 1);
    struct smp_view v = view_of(&w, &plain);
    CHECK_NEAR(v.total.gc_s, 2, 1e-9);
    CHECK_NEAR(smp_cost_cpu(&v.total), 3, 1e-9);
    CHECK_INT(v.total.cpu_count, 6);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

static uint32_t push_columns(struct world *w, uint32_t column,
                             uint32_t end_line, uint32_t end_column)
{
    struct smp_frame f = {w->run, 3, end_line, column, end_column};
    return smp_profile_stack(w->p, 0, smp_profile_frame(w->p, f));
}

static void the_hottest_expression_is_found(void)
{
    struct world w = make_world();
    add_sample(w.p, 0, w.main, push_columns(&w, 5, 3, 9), SMP_KIND_PYTHON, 1);
    add_sample(w.p, 0, w.main, push_columns(&w, 12, 0, 20), SMP_KIND_PYTHON, 2);
    add_sample(w.p, 0, w.main, push_columns(&w, 12, 3, 20), SMP_KIND_PYTHON, 4);
    add_sample(w.p, 0, w.main, push_columns(&w, 0, 0, 0), SMP_KIND_PYTHON, 3);
    struct smp_view v = view_of(&w, &plain);
    const struct smp_line_cost *l = line_in(&v, w.main_py, 3);
    CHECK_INT(l->column, 12);
    CHECK_INT(l->end_column, 20);
    CHECK_NEAR(l->expression_share, 0.6, 1e-9);
    smp_view_release(&v);
    add_sample(w.p, 0, w.main, push_columns(&w, 7, 5, 2), SMP_KIND_PYTHON, 90);
    v = view_of(&w, &plain);
    l = line_in(&v, w.main_py, 3);
    CHECK_INT(l->column, 7);
    CHECK_INT(l->end_column, 0); /* it ends on line 5 */
    CHECK_NEAR(l->expression_share, 0.9, 1e-9);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

/* Two threads in the same bins keep two CPUs busy; in turn, one. */
static void busy_time_tells_cpus_apart(void)
{
    struct world w = make_world();
    uint32_t both = push(w.p, 0, w.run, 3), turns = push(w.p, 0, w.run, 4);
    uint32_t slow = push(w.p, 0, w.run, 5);
    for (int i = 0; i < 100; i++) {
        double at_s = (i + 0.5) * 0.01;
        add_sample(w.p, at_s, w.main, both, SMP_KIND_PYTHON, 0.004);
        add_sample(w.p, at_s, w.main, both, SMP_KIND_NATIVE, 0.006);
        add_sample(w.p, at_s, w.worker, both, SMP_KIND_NATIVE, 0.01);
        at_s += 1;
        add_sample(w.p, at_s, i % 2 ? w.main : w.worker, turns, SMP_KIND_PYTHON,
                   0.01);
        add_sample(w.p, at_s, w.main, turns, SMP_KIND_WAIT_GIL, 0.01);
    }
    add_sample(w.p, 2.5, w.main, slow, SMP_KIND_PYTHON, 0.05);
    struct smp_view v = view_of(&w, &plain);
    const struct smp_line_cost *l = line_in(&v, w.main_py, 3);
    CHECK_NEAR(smp_cost_cpu(&l->cost), 2, 1e-9);
    CHECK_NEAR(l->busy_threads_s, 1, 1e-9);
    CHECK_INT(l->bin_count, 100);
    CHECK_INT(l->bins[0], 0);
    CHECK_INT(l->bins[99], 99);
    CHECK_NEAR(line_in(&v, w.main_py, 4)->busy_threads_s, 1, 1e-9);
    /* A coarse sample is longer than its bin: one thread is one CPU. */
    CHECK_NEAR(line_in(&v, w.main_py, 5)->busy_threads_s, 0.05, 1e-9);
    CHECK_INT(line_in(&v, w.main_py, 5)->bins[0], 250);
    const struct smp_function_cost *run = function_in(&v, w.main_py, w.run);
    CHECK_NEAR(run->busy_threads_s, 1 + 1 + 0.05, 1e-9);
    CHECK_INT(run->bin_count, 201);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

static void time_range_keeps_bins_by_their_middle(void)
{
    struct world w = make_world();
    uint32_t s = push(w.p, 0, w.run, 3);
    for (int i = 0; i < 10; i++)
        add_sample(w.p, (i + 0.5) * 0.01, w.main, s, SMP_KIND_PYTHON, 1);
    struct smp_view v =
        view_of(&w, &(struct smp_filter){.from_s = 0.02, .to_s = 0.05});
    CHECK_NEAR(v.whole_s, 3, 1e-9);
    smp_view_release(&v);
    v = view_of(&w, &(struct smp_filter){.from_s = 0.026, .to_s = 0.054});
    CHECK_NEAR(v.whole_s, 2, 1e-9);
    smp_view_release(&v);
    v = view_of(&w, &(struct smp_filter){.from_s = 0.02});
    CHECK_NEAR(v.whole_s, 8, 1e-9);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

static void the_main_process_is_the_root(void)
{
    struct world w = make_world();
    struct smp_profile *p = w.p;
    uint32_t child = add_process(p, 200, 0);
    uint32_t child_main = add_thread(p, child, 200, 1);
    p->processes[child].end_s = 99;
    CHECK_INT(smp_view_main_thread(p, &plain), w.main);
    struct smp_filter of_child = {.process_plus_1 = child + 1};
    CHECK_INT(smp_view_main_thread(p, &of_child), child_main);
    uint32_t s = push(p, 0, w.run, 3);
    add_sample(p, 0, w.main, s, SMP_KIND_WAIT_CHILD, 9);
    add_sample(p, 0, child_main, s, SMP_KIND_PYTHON, 4);
    add_sample(p, 0, child_main, s, SMP_KIND_WAIT_SLEEP, 2);
    struct smp_view v = view_of(&w, &plain);
    CHECK_NEAR(v.whole_s, 13, 1e-9);
    CHECK_NEAR(v.total.other_wait_s, 2, 1e-9);
    smp_view_release(&v);
    v = view_of(&w, &of_child);
    CHECK_NEAR(v.whole_s, 6, 1e-9);
    CHECK_INT(v.thread_count, 1);
    smp_view_release(&v);
    /* Of several roots (a shell's commands) the one that lived longest. */
    uint32_t root = add_process(p, 300, SMP_NONE);
    uint32_t root_main = add_thread(p, root, 300, 1);
    p->processes[root].end_s = 50;
    CHECK_INT(smp_view_main_thread(p, &plain), root_main);
    smp_profile_free(p);
}

/* Sums must agree whatever the profile: files, lines, functions, threads. */
static void check_sums(const struct smp_profile *p, const struct smp_filter *f)
{
    struct smp_view v;
    struct smp_cost files = {0}, lines = {0}, self = {0}, threads = {0};
    if (!CHECK_INT(smp_view_make(&v, p, f), 0))
        return;
    for (size_t i = 0; i < v.file_count; i++) {
        const struct smp_file_cost *file = &v.files[i];
        smp_cost_add(&files, &file->cost);
        for (size_t j = 0; j < file->line_count; j++) {
            smp_cost_add(&lines, &file->lines[j].cost);
            CHECK(!j || file->lines[j - 1].line < file->lines[j].line);
            CHECK(file->lines[j].busy_threads_s <=
                  smp_cost_cpu(&file->lines[j].cost) + 1e-9);
        }
        for (size_t j = 0; j < file->function_count; j++) {
            const struct smp_function_cost *fn = &file->functions[j];
            smp_cost_add(&self, &fn->self);
            CHECK(smp_cost_cpu(&fn->total) >= smp_cost_cpu(&fn->self) - 1e-9);
            CHECK(smp_cost_cpu(&fn->total) <= smp_cost_cpu(&v.total) + 1e-9);
        }
    }
    for (size_t i = 0; i < v.thread_count; i++)
        smp_cost_add(&threads, &v.threads[i].cost);
    CHECK_NEAR(smp_cost_all(&files), smp_cost_all(&v.in_scope), 1e-6);
    CHECK_NEAR(lines.wait_s, v.in_scope.wait_s, 1e-6);
    CHECK_NEAR(lines.other_wait_s, v.in_scope.other_wait_s, 1e-6);
    CHECK_NEAR(smp_cost_cpu(&lines), smp_cost_cpu(&v.in_scope), 1e-6);
    CHECK_NEAR(smp_cost_cpu(&self), smp_cost_cpu(&v.in_scope), 1e-6);
    CHECK_INT(lines.cpu_count, v.in_scope.cpu_count);
    CHECK_NEAR(smp_cost_cpu(&threads), smp_cost_cpu(&v.total), 1e-6);
    CHECK_NEAR(lines.queue_s, v.in_scope.queue_s, 1e-6);
    CHECK_NEAR(threads.wait_s + threads.queue_s,
               v.total.wait_s + v.total.queue_s + v.total.other_wait_s, 1e-6);
    CHECK_NEAR(smp_cost_all(&v.total), v.whole_s, 1e-9);
    smp_view_release(&v);
}

static void sums_agree_on_random_profiles(void)
{
    const char *const b[] = {"b"};
    struct smp_filter filters[] = {
        {0},
        {.scope = SMP_SCOPE_ALL},
        {.scope = SMP_SCOPE_ALL, .cpu_only = 1},
        {.only = b, .only_count = 1},
        {.exclude = b, .exclude_count = 1},
        {.scope = SMP_SCOPE_ALL, .from_s = 0.3, .to_s = 0.6},
        {.scope = SMP_SCOPE_ALL, .process_plus_1 = 2},
        {.scope = SMP_SCOPE_ALL, .thread_plus_1 = 3},
        {.thread_plus_1 = 1000, .process_plus_1 = 1000}};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct smp_profile *p = random_profile(seed);
        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
            check_sums(p, &filters[i]);
        smp_profile_free(p);
    }
}

/* Total of a function by the definition, stack by stack: the slow way. */
static double slow_total_s(const struct smp_profile *p, uint32_t function)
{
    double total_s = 0;
    for (size_t i = 0; i < p->sample_count; i++) {
        if (!SMP_KIND_IS_CPU(p->samples[i].kind))
            continue;
        for (uint32_t s = p->samples[i].stack; s; s = p->stacks[s].parent)
            if (p->frames[p->stacks[s].frame].function == function) {
                total_s += p->samples[i].seconds;
                break;
            }
    }
    return total_s;
}

static void totals_agree_with_the_slow_way(void)
{
    for (uint64_t seed = 100; seed < 140; seed++) {
        struct smp_profile *p = random_profile(seed);
        struct smp_view v;
        CHECK_INT(smp_view_make(&v, p,
                                &(struct smp_filter){.scope = SMP_SCOPE_ALL}),
                  0);
        for (size_t i = 0; i < v.file_count; i++)
            for (size_t j = 0; j < v.files[i].function_count; j++) {
                const struct smp_function_cost *f = &v.files[i].functions[j];
                CHECK_NEAR(smp_cost_cpu(&f->total),
                           slow_total_s(p, f->function), 1e-6);
            }
        smp_view_release(&v);
        smp_profile_free(p);
    }
}

/* 10,000 distinct stacks 40 frames deep, 100,000 samples. */
static struct world make_large_world(void)
{
    struct world w = make_world();
    uint64_t seed = 9;
    uint32_t functions[500], leaves[10000];
    for (uint32_t i = 0; i < 500; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%u", i);
        functions[i] =
            add_function(w.p, name, i % 3 ? w.main_py : w.lib_py, i * 10);
    }
    for (uint32_t i = 0; i < 10000; i++) {
        uint32_t s = i ? leaves[random_below(&seed, i)] : 0;
        for (int back = 0; back < 10 && s; back++)
            s = w.p->stacks[s].parent;
        for (int d = 0; d < 12; d++) {
            uint32_t f = random_below(&seed, 500);
            s = push(w.p, s, functions[f], f * 10 + random_below(&seed, 10));
        }
        leaves[i] = s;
    }
    for (uint32_t i = 0; w.p->sample_count < 100000; i++)
        add_sample(w.p, i * 0.0004, random_below(&seed, 3),
                   leaves[random_below(&seed, 10000)],
                   (enum smp_kind)random_below(&seed, 4), 0.01);
    return w;
}

static void a_large_view_is_fast(void)
{
    struct world w = make_large_world();
    struct smp_view v;
    double best_s = 1e9;
    for (int i = 0; i < 5; i++) {
        double start_s = cpu_now_s();
        CHECK_INT(smp_view_make(&v, w.p, &plain), 0);
        double took_s = cpu_now_s() - start_s;
        best_s = took_s < best_s ? took_s : best_s;
        smp_view_release(&v);
    }
    printf("view of %zu stacks, %zu samples: %.1f ms\n", w.p->stack_count,
           w.p->sample_count, best_s * 1e3);
    CHECK(best_s < 0.5); /* below 50 ms without sanitizers */
    smp_profile_free(w.p);
}

int main(void)
{
    RUN(an_empty_profile_has_an_empty_view);
    RUN(library_time_goes_to_the_users_line);
    RUN(time_out_of_scope_is_in_total_only);
    RUN(a_thread_waits_most_where_it_does_so);
    RUN(only_the_main_thread_waits_in_the_summary);
    RUN(the_cpu_queue_is_apart);
    RUN(recursion_counts_once);
    RUN(a_caller_without_own_time_is_listed);
    RUN(garbage_collection_is_part_of_cpu);
    RUN(the_hottest_expression_is_found);
    RUN(busy_time_tells_cpus_apart);
    RUN(time_range_keeps_bins_by_their_middle);
    RUN(the_main_process_is_the_root);
    RUN(sums_agree_on_random_profiles);
    RUN(totals_agree_with_the_slow_way);
    RUN(a_large_view_is_fast);
    return check_summary();
}
