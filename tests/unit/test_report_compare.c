/* links: src/report/compare.c src/report/compare_text.c
   src/report/compare_json.c src/report/json_write_text.c
   src/report/text_pen.c src/report/text_numbers.c src/report/names.c
   src/report/source.c src/report/tokens.c src/report/width.c
   src/model/view.c src/model/view_scope.c src/model/view_cost.c
   src/model/view_groups.c src/model/view_charge.c src/model/view_lines.c
   src/model/view_functions.c src/model/view_threads.c
   src/model/view_memory.c src/model/view_memory_cost.c
   src/model/view_memory_events.c src/model/view_memory_sites.c
   src/model/view_leaks.c src/model/view_footprint.c src/model/view_files.c
   src/model/profile.c src/model/profile_memory.c src/model/profile_rows.c
   src/model/profile_samples.c src/model/profile_valid.c src/model/utf8.c
   src/model/kind.c src/base/map.c src/base/buf.c src/model/view_regions.c */
/* Two profiles beside each other: lines that moved, what is noise, the gate. */
#include "memory_rows.h"
#include "report/compare.h"

static const char old_text[] = "def work(n):\n"    /* 1 */
                               "    x = slow(n)\n" /* 2 */
                               "    return x\n"    /* 3 */
                               "\n"
                               "def other(n):\n" /* 5 */
                               "    keep(n)\n"   /* 6 */
                               "    return x\n"; /* 7 */
/* Three lines above, other() before work(), one line new. */
static const char new_text[] = "import a\n"
                               "import b\n"
                               "import c\n"
                               "def other(n):\n" /* 4 */
                               "    keep(n)\n"   /* 5 */
                               "    return x\n"  /* 6 */
                               "\n"
                               "def work(n):\n"    /* 8 */
                               "    x = slow(n)\n" /* 9 */
                               "    more(n)\n"     /* 10 */
                               "    return x\n";   /* 11 */

struct run {
    struct smp_profile *p;
    uint32_t work, other, file;
};

static struct run start(const char *directory, const char *text, int after)
{
    char path[64];
    struct run r = {.p = smp_profile_new()};
    snprintf(path, sizeof path, "%s/prog.py", directory);
    r.p->directory = smp_profile_string(r.p, directory);
    r.p->program = smp_profile_string(r.p, "prog.py");
    r.p->elapsed_s = 10;
    r.file = add_file(r.p, path, SMP_FILE_SOURCE, 1);
    smp_profile_set_source(r.p, r.file, owned_text(text), strlen(text), "");
    add_thread(r.p, add_process(r.p, 1, SMP_NONE), 1, 1);
    r.work = add_function(r.p, "work", r.file, after ? 8 : 1);
    r.other = add_function(r.p, "other", r.file, after ? 4 : 5);
    r.p->memory = 1;
    return r;
}

/* n samples of 10 ms. */
static void spend(struct run *r, uint32_t function, uint32_t line, int n)
{
    uint32_t stack = push(r->p, 0, function, line);
    for (int i = 0; i < n; i++)
        add_sample(r->p, i * 0.01, 0, stack, SMP_KIND_PYTHON, 0.01);
}

static void keep(struct run *r, uint32_t function, uint32_t line, double bytes,
                 double variance)
{
    struct smp_allocation a = allocation(0, push(r->p, 0, function, line),
                                         SMP_DOMAIN_PYTHON, 10, bytes);
    a.variance = variance;
    add_allocation(r->p, 0.5, NAN, a);
}

/* Before: 5 s in work, 1 s in other, 100 MB kept. */
static struct run before(void)
{
    struct run r = start("/home/ann", old_text, 0);
    spend(&r, r.work, 2, 500);
    spend(&r, r.other, 7, 100);
    keep(&r, r.other, 6, 100e6, 0);
    return r;
}

static struct run after(int slow, double kept, double variance)
{
    struct run r = start("/srv/new", new_text, 1);
    spend(&r, r.work, 9, slow);
    spend(&r, r.other, 6, 100);
    keep(&r, r.other, 5, kept, variance);
    return r;
}

static const struct smp_change *line_of(const struct smp_comparison *c,
                                        uint32_t number)
{
    static const struct smp_change none;
    for (size_t i = 0; i < c->line_count; i++)
        if (c->lines[i].line[1] == number)
            return &c->lines[i];
    return &none;
}

static void compare(struct smp_comparison *c, const struct run *a,
                    const struct run *b, double threshold)
{
    static const struct smp_filter all;
    CHECK_INT(smp_compare_make(c, a->p, b->p, &all, threshold), 0);
}

static void finish(struct smp_comparison *c, struct run *a, struct run *b)
{
    smp_compare_release(c);
    smp_profile_free(a->p);
    smp_profile_free(b->p);
}

static void lines_are_found_where_they_moved(void)
{
    struct run a = before(), b = after(800, 100e6, 0);
    struct smp_comparison c;
    spend(&b, b.work, 10, 50);
    compare(&c, &a, &b, 10);
    CHECK_INT(line_of(&c, 9)->line[0], 2);
    CHECK_NEAR(smp_change_delta(line_of(&c, 9), SMP_MEASURE_CPU), 3, 1e-9);
    CHECK_INT(line_of(&c, 6)->line[0], 7); /* the return of other() */
    CHECK_INT(line_of(&c, 5)->line[0], 6);
    CHECK_INT(line_of(&c, 10)->file[0], SMP_NONE);
    CHECK_INT(c.line_count, 4);
    CHECK_INT(c.function_count, 2);
    CHECK_NEAR(smp_change_delta(&c.whole, SMP_MEASURE_CPU), 3.5, 1e-9);
    finish(&c, &a, &b);
}

/* Two lines of one text in one function are told apart by their order. */
static void equal_lines_keep_their_order(void)
{
    static const char text[] = "def work(n):\n    g()\n    g()\n";
    struct run a = start("/home/ann", text, 0), b = start("/srv", text, 1);
    struct smp_comparison c;
    spend(&a, a.work, 2, 100);
    spend(&a, a.work, 3, 300);
    spend(&b, b.work, 2, 100);
    spend(&b, b.work, 3, 350);
    compare(&c, &a, &b, 10);
    CHECK_INT(c.line_count, 2);
    CHECK_INT(line_of(&c, 3)->line[0], 3);
    CHECK_NEAR(smp_change_delta(line_of(&c, 2), SMP_MEASURE_CPU), 0, 1e-9);
    CHECK_NEAR(smp_change_delta(line_of(&c, 3), SMP_MEASURE_CPU), 0.5, 1e-9);
    finish(&c, &a, &b);
}

static void more_time_is_worse_beyond_the_threshold(void)
{
    struct run a = before(), b = after(700, 100e6, 0);
    struct smp_comparison c;
    compare(&c, &a, &b, 30);
    CHECK_INT(smp_compare_is_worse(&c), 1); /* 6 s to 8 s: 33 % */
    CHECK_INT(smp_change_is_worse(&c, &c.whole, SMP_MEASURE_PEAK), 0);
    smp_compare_release(&c);
    compare(&c, &a, &b, 35);
    CHECK_INT(smp_compare_is_worse(&c), 0);
    smp_compare_release(&c);
    compare(&c, &b, &a, 0);
    CHECK_INT(smp_compare_is_worse(&c), 0); /* it became better */
    finish(&c, &a, &b);
}

static void more_memory_is_worse_beyond_the_noise(void)
{
    struct run a = before(), b = after(500, 130e6, 0),
               rough = after(500, 130e6, 4e14);
    struct smp_comparison c;
    compare(&c, &a, &b, 10);
    CHECK_INT(smp_compare_is_worse(&c), 1);
    smp_compare_release(&c);
    compare(&c, &a, &rough, 10); /* sd 20 MB: 100 MB is inside */
    CHECK_INT(smp_change_is_noise(&c.whole, SMP_MEASURE_ALLOC), 1);
    CHECK_INT(smp_compare_is_worse(&c), 0);
    smp_profile_free(rough.p);
    finish(&c, &a, &b);
}

static void the_same_is_no_change(void)
{
    struct run a = before(), b = before();
    struct smp_comparison c;
    compare(&c, &a, &b, 0);
    CHECK_INT(smp_compare_is_worse(&c), 0);
    for (size_t i = 0; i < c.line_count; i++)
        for (int m = 0; m < SMP_MEASURE_COUNT; m++)
            CHECK_NEAR(smp_change_delta(&c.lines[i], (enum smp_measure)m), 0,
                       0);
    finish(&c, &a, &b);
}

static void without_memory_on_one_side_there_is_none(void)
{
    struct run a = before(), b = after(500, 300e6, 0);
    struct smp_comparison c;
    a.p->memory = 0;
    compare(&c, &a, &b, 10);
    CHECK_INT(c.memory, 0);
    CHECK_INT(smp_compare_is_worse(&c), 0);
    finish(&c, &a, &b);
}

static void reports_say_it(void)
{
    struct run a = before(), b = after(800, 160e6, 0);
    struct smp_text_options o = {.width = 100, .utf8 = 1};
    struct smp_comparison c;
    struct smp_buf text = {0}, json = {0};
    compare(&c, &a, &b, 10);
    CHECK_INT(smp_compare_text(&text, &c, &o), 0);
    CHECK(strstr(text.data, "+3.00 s   +50%  CPU  worse") != NULL);
    CHECK(strstr(text.data, "prog.py:9 (was 2) x = slow(n)") != NULL);
    CHECK(strstr(text.data, "+57.2 MiB   +60%") != NULL);
    CHECK(strstr(text.data, "worse by more than 10%") != NULL);
    CHECK_INT(smp_compare_json(&json, &c), 0);
    CHECK(strstr(json.data, "\"worse\":true") != NULL);
    CHECK(strstr(json.data, "\"lineno_before\":2,\"lineno_after\":9") != NULL);
    smp_buf_release(&text);
    smp_buf_release(&json);
    finish(&c, &a, &b);
}

int main(void)
{
    RUN(lines_are_found_where_they_moved);
    RUN(equal_lines_keep_their_order);
    RUN(more_time_is_worse_beyond_the_threshold);
    RUN(more_memory_is_worse_beyond_the_noise);
    RUN(the_same_is_no_change);
    RUN(without_memory_on_one_side_there_is_none);
    RUN(reports_say_it);
    return check_summary();
}
