/* links: src/model/profile.c src/model/profile_samples.c
   src/model/profile_tasks.c src/model/profile_valid.c src/model/view_tasks.c
   src/model/view_scope.c src/model/utf8.c src/model/kind.c src/base/map.c */
/* Tables of tasks: rows are merged by their keys, peaks raised, indexes checked;
 * and how a view charges them to lines. */
#include "base/status.h"
#include "check.h"
#include "model/view_tasks.h"
#include "profiles.h"

struct program {
    struct smp_profile *p;
    uint32_t mine, library, outer, inner, task;
};

/* main() of the program awaits sleep() of a library. */
static struct program make(void)
{
    struct program m = {.p = smp_profile_new()};
    uint32_t a = add_file(m.p, "/a.py", SMP_FILE_SOURCE, 1);
    uint32_t b = add_file(m.p, "/lib/b.py", SMP_FILE_SOURCE, 0);
    m.mine = add_function(m.p, "main", a, 1);
    m.library = add_function(m.p, "sleep", b, 10);
    add_thread(m.p, add_process(m.p, 1, SMP_NONE), 1, 1);
    m.outer = push(m.p, 0, m.mine, 5);
    m.inner = push(m.p, m.outer, m.library, 12);
    m.task = smp_profile_task(
        m.p, (struct smp_task){.name = smp_profile_string(m.p, "worker"),
                               .function = m.mine});
    return m;
}

static void test_rows(void)
{
    struct program m = make();
    struct smp_await a = {.task = m.task,
                          .stack = m.inner,
                          .on = SMP_AWAIT_SLEEP,
                          .peak = 3,
                          .await_s = 3,
                          .wait_s = 1};
    CHECK_INT(smp_profile_await(m.p, a), 0);
    a.peak = 2;
    CHECK_INT(smp_profile_await(m.p, a), 0);
    CHECK_INT(m.p->await_count, 1);
    CHECK_INT(m.p->awaits[0].peak, 3);
    CHECK_NEAR(m.p->awaits[0].await_s, 6, 1e-9);
    a.on = SMP_AWAIT_IO;
    CHECK_INT(smp_profile_await(m.p, a), 0);
    CHECK_INT(m.p->await_count, 2);
    CHECK_INT(m.p->tasks[0].cpu_s < 0, 1);
    /* The same task again; and one of another name. */
    struct smp_task key = {.name = m.p->tasks[0].name, .function = m.mine};
    CHECK_INT(smp_profile_task(m.p, key), m.task);
    key.name = 0;
    CHECK_INT(smp_profile_task(m.p, key), m.task + 1);
    CHECK_INT(smp_profile_is_valid(m.p), 1);
    smp_profile_free(m.p);
}

static void test_bad_rows(void)
{
    struct program m = make();
    struct smp_await a = {.task = 1, .stack = m.inner};
    CHECK_INT(smp_profile_await(m.p, a), SMP_EINVAL);
    a = (struct smp_await){.task = m.task, .stack = 99};
    CHECK_INT(smp_profile_await(m.p, a), SMP_EINVAL);
    a = (struct smp_await){.task = m.task, .on = SMP_AWAIT_COUNT};
    CHECK_INT(smp_profile_await(m.p, a), SMP_EINVAL);
    a = (struct smp_await){.task = m.task, .await_s = -1};
    CHECK_INT(smp_profile_await(m.p, a), SMP_EINVAL);
    CHECK_INT(m.p->await_count, 0);
    struct smp_await_line l = {.function = 99};
    CHECK_INT(smp_profile_await_line(m.p, l), SMP_EINVAL);
    CHECK_INT(smp_profile_task(m.p, (struct smp_task){.function = 99}),
              SMP_NONE);
    for (uint32_t n = 0; n < SMP_TASK_LIMIT + 10; n++) {
        char name[16];
        snprintf(name, sizeof name, "n%u", n);
        smp_profile_task(m.p, (struct smp_task){
                                  .name = smp_profile_string(m.p, name)});
    }
    CHECK_INT(m.p->task_count, SMP_TASK_LIMIT);
    m.p->tasks[7].function = 99;
    CHECK_INT(smp_profile_is_valid(m.p), 0);
    smp_profile_free(m.p);
}

static void test_view(void)
{
    struct program m = make();
    struct smp_task_view v;
    struct smp_filter f = {0};
    smp_profile_await(m.p, (struct smp_await){.task = m.task,
                                              .stack = m.inner,
                                              .on = SMP_AWAIT_SLEEP,
                                              .await_s = 8,
                                              .wait_s = 2});
    smp_profile_await(m.p, (struct smp_await){.task = m.task,
                                              .stack = m.outer,
                                              .on = SMP_AWAIT_QUEUE,
                                              .await_s = 1,
                                              .wait_s = 0.5});
    smp_profile_await_line(m.p, (struct smp_await_line){.function = m.mine,
                                                        .line = 5,
                                                        .peak = 7,
                                                        .await_s = 9,
                                                        .present_s = 3});
    CHECK_INT(smp_task_view_make(&v, m.p, &f), 0);
    CHECK_INT(v.place_count, 1); /* the library's line is not in scope */
    CHECK_INT(v.places[0].line, 5);
    CHECK_NEAR(v.places[0].await_s, 9, 1e-9);
    CHECK_NEAR(v.places[0].wait_s, 2.5, 1e-9);
    CHECK_NEAR(v.places[0].mean, 3, 1e-9);
    CHECK_INT(v.places[0].peak, 7);
    CHECK_INT(smp_await_place_top(&v.places[0]), SMP_AWAIT_SLEEP);
    CHECK_INT(v.task_count, 1);
    smp_task_view_release(&v);
    f.scope = SMP_SCOPE_ALL;
    CHECK_INT(smp_task_view_make(&v, m.p, &f), 0);
    CHECK_INT(v.place_count, 2);
    CHECK_INT(v.places[0].line, 12);
    smp_task_view_release(&v);
    smp_profile_free(m.p);
}

static void test_names(void)
{
    for (int n = 0; n < SMP_AWAIT_COUNT; n++) {
        const char *name = smp_await_name((enum smp_await_on)n);
        CHECK_INT(smp_await_from_name(name), n);
    }
    CHECK_INT(smp_await_from_name("nothing"), SMP_AWAIT_COUNT);
    CHECK_STR(smp_await_words(SMP_AWAIT_IO), "I/O");
}

int main(void)
{
    RUN(test_rows);
    RUN(test_bad_rows);
    RUN(test_view);
    RUN(test_names);
    return check_summary();
}
