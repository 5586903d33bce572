/* links: src/model/view.c src/model/view_scope.c src/model/view_cost.c
   src/model/view_groups.c src/model/view_charge.c src/model/view_lines.c
   src/model/view_functions.c src/model/view_threads.c
   src/model/view_memory.c src/model/view_memory_cost.c
   src/model/view_memory_events.c src/model/view_memory_sites.c
   src/model/view_leaks.c src/model/view_footprint.c src/model/view_files.c
   src/model/profile.c src/model/profile_samples.c src/model/profile_valid.c
   src/model/profile_said.c src/model/utf8.c src/model/kind.c
   src/model/profile_memory.c src/model/profile_rows.c src/base/map.c
   src/model/view_regions.c src/record/region.c */
/* What the program says of itself: regions, marks, decorated functions; and which
 * regions a frame is in. */
#include "base/status.h"
#include "check.h"
#include "model/view.h"
#include "profiles.h"
#include "record/region.h"

struct world {
    struct smp_profile *p;
    uint32_t file, lib, f, g, h, thread, other, process;
    uint32_t a, b; /* names of regions */
};

static struct world make_world(void)
{
    struct world w = {.p = smp_profile_new()};
    w.file = add_file(w.p, "/app/main.py", SMP_FILE_SOURCE, 1);
    w.lib = add_file(w.p, "/lib/l.py", SMP_FILE_SOURCE, 0);
    w.f = add_function(w.p, "f", w.file, 1);
    w.g = add_function(w.p, "g", w.file, 10);
    w.h = add_function(w.p, "h", w.lib, 20);
    w.process = add_process(w.p, 1, SMP_NONE);
    w.thread = add_thread(w.p, w.process, 1, 1);
    w.other = add_thread(w.p, w.process, 2, 0);
    w.a = smp_profile_string(w.p, "a");
    w.b = smp_profile_string(w.p, "b");
    return w;
}

static uint32_t inside(struct world *w, uint32_t stack, uint32_t name)
{
    return smp_profile_stack(w->p, stack, smp_profile_region_frame(w->p, name));
}

static int put(struct world *w, uint32_t name, uint32_t thread, uint64_t count,
               double total_s)
{
    return smp_profile_region(w->p, (struct smp_region){.name = name,
                                                        .process = w->process,
                                                        .thread = thread,
                                                        .count = count,
                                                        .total_s = total_s,
                                                        .least_s = 0.1,
                                                        .most_s = total_s});
}

static const struct smp_region_cost *region(const struct smp_view *v,
                                            uint32_t name)
{
    for (size_t i = 0; i < v->region_count; i++)
        if (v->regions[i].name == name)
            return &v->regions[i];
    return NULL;
}

static struct smp_view view_of(const struct world *w,
                               const struct smp_filter *f)
{
    struct smp_view v = {0};
    CHECK(smp_profile_is_valid(w->p));
    CHECK_INT(smp_view_make(&v, w->p, f), 0);
    return v;
}

/* f in a, g in b in a in b (recursion), h in none. */
static void test_regions_have_what_ran_inside(void)
{
    struct world w = make_world();
    uint32_t in_a = push(w.p, inside(&w, 0, w.a), w.f, 2);
    uint32_t in_b = push(w.p, inside(&w, in_a, w.b), w.g, 11);
    uint32_t again = push(w.p, inside(&w, in_b, w.a), w.f, 3);
    uint32_t none = push(w.p, 0, w.g, 12);
    add_sample(w.p, 0, w.thread, in_a, SMP_KIND_PYTHON, 1);
    add_sample(w.p, 0, w.thread, in_b, SMP_KIND_NATIVE, 2);
    add_sample(w.p, 0, w.thread, again, SMP_KIND_SYSTEM, 4);
    add_sample(w.p, 0, w.thread, again, SMP_KIND_WAIT_IO, 8);
    add_sample(w.p, 0, w.other, in_b, SMP_KIND_PYTHON, 16);
    add_sample(w.p, 0, w.thread, none, SMP_KIND_PYTHON, 32);
    CHECK_INT(put(&w, w.a, w.thread, 3, 5), 0);
    CHECK_INT(put(&w, w.a, w.thread, 4, 6), 0); /* takes its place */
    CHECK_INT(put(&w, w.a, w.other, 1, 1), 0);
    CHECK_INT(put(&w, w.b, w.other, 1, 9), 0);
    struct smp_view v = view_of(&w, &(struct smp_filter){0});
    CHECK_INT(v.region_count, 2);
    CHECK_INT(v.regions[0].name, w.b); /* the most wall clock first */
    const struct smp_region_cost *a = region(&v, w.a), *b = region(&v, w.b);
    CHECK_INT(a->count, 5);
    CHECK_INT(a->threads, 2);
    CHECK_INT(a->processes, 1);
    CHECK_NEAR(a->total_s, 7, 1e-9);
    CHECK_NEAR(a->most_s, 6, 1e-9);
    CHECK_NEAR(smp_cost_cpu(&a->cost), 1 + 2 + 4 + 16, 1e-9);
    CHECK_NEAR(a->cost.wait_s, 8, 1e-9);
    CHECK_NEAR(smp_cost_cpu(&b->cost), 2 + 4 + 16, 1e-9);
    /* The lines are those without regions. */
    CHECK_NEAR(smp_cost_cpu(&v.in_scope), 1 + 2 + 4 + 16 + 32, 1e-9);
    CHECK_INT(v.file_count, 1);
    smp_view_release(&v);
    struct smp_filter one = {.thread_plus_1 = w.other + 1};
    v = view_of(&w, &one);
    CHECK_INT(region(&v, w.a)->count, 1);
    CHECK_NEAR(smp_cost_cpu(&region(&v, w.b)->cost), 16, 1e-9);
    smp_view_release(&v);
    struct smp_filter all = {.scope = SMP_SCOPE_ALL};
    v = view_of(&w, &all);
    CHECK_INT(v.file_count, 1); /* a region's file is in no scope */
    smp_view_release(&v);
    smp_profile_free(w.p);
}

static int is_in(const struct world *w, const struct smp_filter *f,
                 uint32_t function)
{
    uint8_t *in = smp_view_functions_in_scope(w->p, f);
    CHECK(in != NULL);
    int found = in && in[function];
    free(in);
    return found;
}

static void test_selection_is_the_scope(void)
{
    struct world w = make_world();
    struct smp_filter program = {0}, all = {.scope = SMP_SCOPE_ALL};
    const char *lib[] = {"/lib/"};
    struct smp_filter exclude = {.exclude = lib, .exclude_count = 1};
    CHECK(is_in(&w, &program, w.f) && !is_in(&w, &program, w.h));
    CHECK_INT(smp_profile_select(w.p, w.h), 0);
    CHECK_INT(smp_profile_select(w.p, w.g), 0);
    CHECK_INT(smp_profile_select(w.p, w.h), 0);
    CHECK_INT(smp_profile_select(w.p, 99), SMP_EINVAL);
    CHECK_INT(w.p->selected_count, 2);
    CHECK(w.p->selected[0] == w.g && w.p->selected[1] == w.h);
    CHECK(!is_in(&w, &program, w.f) && is_in(&w, &program, w.g));
    CHECK(is_in(&w, &program, w.h) && !is_in(&w, &exclude, w.h));
    CHECK(is_in(&w, &all, w.f) && is_in(&w, &all, w.h));
    /* What g calls is charged to g; f's own time to nobody, but counted. */
    uint32_t f = push(w.p, 0, w.f, 2);
    uint32_t called = push(w.p, push(w.p, f, w.g, 11), w.f, 3);
    add_sample(w.p, 0, w.thread, f, SMP_KIND_PYTHON, 1);
    add_sample(w.p, 0, w.thread, called, SMP_KIND_PYTHON, 2);
    struct smp_view v = view_of(&w, &program);
    CHECK_NEAR(smp_cost_cpu(&v.total), 3, 1e-9);
    CHECK_NEAR(smp_cost_cpu(&v.in_scope), 2, 1e-9);
    CHECK_INT(v.files[0].line_count, 1);
    CHECK_INT(v.files[0].lines[0].line, 11);
    smp_view_release(&v);
    smp_profile_free(w.p);
}

static void test_limits(void)
{
    struct world w = make_world();
    struct smp_moment m = {.text = w.a,
                           .process = w.process,
                           .thread = SMP_NONE};
    for (int i = 0; i < SMP_MARK_LIMIT; i++)
        CHECK_INT(smp_profile_mark(w.p, m), 0);
    CHECK_INT(smp_profile_mark(w.p, m), SMP_EFULL);
    CHECK_INT(w.p->mark_count, SMP_MARK_LIMIT);
    CHECK_INT(w.p->marks_lost, 1);
    m.at_s = NAN;
    CHECK_INT(smp_profile_mark(w.p, m), SMP_EINVAL);
    CHECK_INT(put(&w, 9999, w.thread, 1, 1), SMP_EINVAL);
    CHECK_INT(put(&w, w.a, 9999, 1, 1), SMP_EINVAL);
    CHECK_INT(put(&w, w.a, w.thread, 1, NAN), SMP_EINVAL);
    CHECK_INT(w.p->region_count, 0);
    CHECK_INT(put(&w, w.a, w.thread, 1, 1), 0);
    w.p->regions[0].open = 2; /* more than there were */
    CHECK(!smp_profile_is_valid(w.p));
    smp_profile_free(w.p);
}

static void enter(struct smp_regions *r, uint32_t way, uint64_t frame,
                  uint64_t code, uint32_t name, uint32_t serial)
{
    uint32_t bucket = smp_region_bucket(frame);
    r->entered[bucket][way] = (struct smp_region_entered){.code = code,
                                                          .region = name,
                                                          .serial = serial};
    atomic_store(&r->frames[bucket][way], frame);
    atomic_fetch_add(&r->entered_count, 1);
}

static void test_regions_of_a_frame(void)
{
    static struct smp_regions r;
    uint32_t found[SMP_REGION_WAYS];
    CHECK_INT(smp_regions_of_frame(&r, 0x1000, 7, found), 0);
    enter(&r, 0, 0x1000, 7, 3, 5);
    enter(&r, 2, 0x1000, 7, 4, 9);
    enter(&r, 5, 0x1000, 7, 1, 6);
    enter(&r, 6, 0x1000, 8, 2, 7);                /* another code's frame */
    enter(&r, 7, 0x1000, 7, SMP_REGION_NAMES, 8); /* written over */
    CHECK_INT(smp_regions_of_frame(&r, 0x1000, 7, found), 3);
    CHECK(found[0] == 4 && found[1] == 1 && found[2] == 3);
    CHECK_INT(smp_regions_of_frame(&r, 0x2000, 7, found), 0);
}

int main(void)
{
    RUN(test_regions_have_what_ran_inside);
    RUN(test_selection_is_the_scope);
    RUN(test_limits);
    RUN(test_regions_of_a_frame);
    return check_summary();
}
