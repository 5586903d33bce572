/* links: src/report/text.c src/report/text_bar.c src/report/text_columns.c
   src/report/text_files.c src/report/text_header.c src/report/text_inside.c
   src/report/text_notes.c src/report/text_numbers.c src/report/text_outside.c
   src/report/text_pen.c src/report/text_people.c src/report/process_name.c
   src/report/text_processes.c src/report/text_other_waits.c
   src/report/text_threads.c src/report/text_source.c src/report/text_stacks.c
   src/report/names.c src/report/sift.c src/report/source.c src/report/tokens.c
   src/report/width.c src/report/text_memory.c src/report/text_spark.c
   src/model/view.c src/model/view_scope.c src/model/view_cost.c
   src/model/view_groups.c src/model/view_charge.c src/model/view_lines.c
   src/model/view_functions.c src/model/view_threads.c src/model/view_memory.c
   src/model/view_memory_cost.c src/model/view_memory_events.c
   src/model/view_memory_sites.c src/model/view_leaks.c
   src/model/view_footprint.c src/model/view_files.c src/model/profile.c
   src/model/profile_memory.c src/model/profile_rows.c
   src/model/profile_samples.c src/model/profile_valid.c src/model/utf8.c
   src/model/kind.c src/base/map.c src/base/buf.c src/model/view_regions.c
   src/report/text_said.c src/report/text_tasks.c src/model/view_tasks.c
   src/model/profile_tasks.c -lm */
/* The terminal report: what it says, at every width, in every colour. */
#include "report/text_numbers.h"
#include "terminal_report.h"

static void test_header(void)
{
    struct shop s;
    shop_profile(&s);
    const char *r = report(s.p, &plain);
    CHECK_STR(line_with(r, "ran"),
              "shop.py ran 11.4 s on CPython 3.12.1, 2 processes, 3 threads");
    CHECK(has(r, "CPU 10.0 s (Python 4.5, native 4.9, system 0.6) + waiting "
                 "2.00 s (lock 1.50,"));
    CHECK(has(r, "1,000 samples, 10 ms apart; shares are sure to \xc2\xb1"
                 "3% of the time"));
    CHECK(has(r, "(0.6%)"));
    CHECK(!strstr(r, "lost"));
    s.p->ledger.samples_lost = 1234;
    s.p->ledger.samples_unreadable = 2;
    s.p->exit_status = -9;
    r = report(s.p, &plain);
    CHECK(has(r, "1,234 lost;"));
    CHECK(has(r, "2 unreadable;"));
    CHECK(has(r, "(ended by signal 9)"));
    smp_profile_free(s.p);
}

static void test_lines(void)
{
    struct shop s;
    shop_profile(&s);
    const char *r = report(s.p, &plain);
    CHECK_STR(line_with(r, "   17 "),
              "   17   4%                        4% \xe2\x94\x82     "
              "with open(self.path, encoding=\"utf-8\xe2\x80\xa6");
    CHECK(
        has(r, "\xe2\x96\xb6  19  28%     8%    20%             \xe2\x94\x82"));
    CHECK(has(r, "67% of the time, 8.00 s"));
    CHECK(has(r, "25% of the time, 3.00 s"));
    CHECK(has(line_with(r, "scan_once_unicode"), "  20%"));
    CHECK(has(line_with(r, "waiting for a lock"), "  13%"));
    CHECK(has(r, "libsqlite3.so.0 (no symbols)"));
    /* Context and the def around are there, quiet stretches are not. */
    CHECK(has(r, "def best(self, n=10):"));
    CHECK(!strstr(r, "warm_up(event)"));
    CHECK(has(r, "\n    \xe2\x80\xa6   "));
    smp_profile_free(s.p);
}

/* What ran outside the files, and what ran outside Python, each under its note. */
static void test_names_of_what_is_outside(void)
{
    struct shop s;
    shop_profile(&s);
    uint32_t serve = add_function(s.p, "serve",
                                  add_file(s.p, "/lib/site-packages/server.py",
                                           SMP_FILE_SOURCE, 0),
                                  5);
    uint32_t spin =
        add_function(s.p, "spin",
                     add_file(s.p, "/lib/blas.so", SMP_FILE_NATIVE, 0), 0);
    add_sample(s.p, 0, s.main_thread, push(s.p, 0, serve, 7), SMP_KIND_PYTHON,
               5);
    add_sample(s.p, 0, s.main_thread, push(s.p, 0, spin, 0), SMP_KIND_NATIVE,
               9);
    const char *r = strstr(report(s.p, &plain), "files called,");
    const char *then = r ? strstr(r, "no Python code") : NULL;
    CHECK(then && strstr(r, "serve") < then && strstr(then, "spin [blas.so]"));
    CHECK(then && strstr(r, "spin") > then && !strstr(then, "serve"));
    smp_profile_free(s.p);
}

/* Waiting for a CPU is told, and is no part of the shares. */
static void test_cpu_queue(void)
{
    struct shop s;
    shop_profile(&s);
    uint32_t stack = push(s.p, 0, s.lookup, 10);
    add_sample(s.p, 1, s.main_thread, stack, SMP_KIND_WAIT_CPU, 7);
    const char *r = report(s.p, &plain);
    CHECK(has(r, "7.00 s ready but without a CPU"));
    CHECK(has(r, "  10  21%            8%         13%"));
    CHECK(!strstr(r, "waiting for CPU queue"));
    CHECK(has(line_with(r, "4711/MainThread"), " 75% "));
    CHECK(!strstr(line_with(r, "4711/MainThread"), "CPU queue"));
    smp_profile_free(s.p);
}

static void test_short_names(void)
{
    struct shop s;
    shop_profile(&s);
    s.p->program = smp_profile_string(s.p, "ls");
    CHECK(has(report(s.p, &plain), "ls ran 11.4 s"));
    for (size_t i = 0; i < s.p->sample_count; i++)
        s.p->samples[i].count = 0;
    CHECK(has(report(s.p, &plain), "\n0 samples;"));
    smp_profile_free(s.p);
}

static void test_reduced(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    o.reduced = 1;
    const char *r = report(s.p, &o);
    CHECK(has(r, "   30   9%"));
    CHECK(!strstr(r, "def read"));
    CHECK(!strstr(r, "\n    \xe2\x80\xa6"));
    smp_profile_free(s.p);
}

static void test_stacks(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    CHECK(!strstr(report(s.p, &o), "Hottest stacks"));
    o.stacks = 1;
    const char *r = report(s.p, &o);
    CHECK(has(r, "Hottest stacks"));
    CHECK(has(r, "  25% <module> (shop.py:47)\n      main (shop.py:42)\n"
                 "      Shop.read (shop.py:19)\n"
                 "      loads (json/__init__.py:346)\n"
                 "      JSONDecoder.raw_decode (json/decoder.py:353)\n"));
    smp_profile_free(s.p);
}

static void test_scope(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    static const char *const only[] = {"no_such_file"};
    shop_profile(&s);
    CHECK(has(report(s.p, &o), "8% of the time (1.00 s) passed in code that"));
    o.filter.only = only;
    o.filter.only_count = 1;
    const char *r = report(s.p, &o);
    CHECK(has(r, "None of the time was spent in files that --profile-only"));
    CHECK(has(r, "--profile-all"));
    CHECK(has(r, "What ran instead"));
    CHECK(
        has(r, "\n  25%   3.00 s  JSONDecoder.raw_decode (json/decoder.py)\n"));
    CHECK(has(r, "\n   8%   1.00 s  spawn_main (multiprocessing/spawn.py)\n"));
    smp_profile_free(s.p);
}

static void test_nothing(void)
{
    struct smp_profile *p = smp_profile_new();
    p->command = smp_profile_string(p, "make all");
    CHECK(has(report(p, &plain), "No Python ran in make all,"));
    add_thread(p, add_process(p, 7, SMP_NONE), 7, 1);
    CHECK(has(report(p, &plain), "No time to show"));
    p->processes[0].recording = SMP_NOT_RECORDED;
    p->processes[0].note = smp_profile_string(p, "Python 9.9 is not known");
    CHECK(has(report(p, &plain),
              "Python ran unprofiled: Python 9.9 is not known"));
    smp_profile_free(p);
}

static void test_notes(void)
{
    struct shop s;
    shop_profile(&s);
    s.p->processes[1].recording = SMP_RECORDED_PARTLY;
    s.p->processes[1].note = smp_profile_string(s.p, "its ring was full");
    s.p->processes[0].cpu_user_s += 3;
    s.p->ledger.waits_unreadable = 1;
    s.p->ledger.threads_unsampled = 2;
    const char *r = report(s.p, &plain);
    CHECK(has(r, "Process 4720 was recorded in part: its ring was full"));
    CHECK(has(r, "3.00 s of the 13.0 s of CPU"));
    CHECK(has(r, "1 look at a waiting thread was refused"));
    CHECK(has(r, "2 threads got no timer"));
    CHECK(has(r, "without a name in libsqlite3.so.0"));
    smp_profile_free(s.p);
}

static void test_small_samples_are_unsure(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    o.width = 120;
    /* 2 s of the 10 s of CPU in 1,000 samples: Wilson's 17.6 to 22.6 %, half
     * of that is 2.5 of CPU, 2.1 of the whole: up to the next point. */
    CHECK(has(report(s.p, &o), "  25  17%   \xc2\xb1"
                               "3    17%"));
    for (size_t i = 0; i < s.p->sample_count; i++)
        s.p->samples[i].count = 1000;
    CHECK(!strstr(line_with(report(s.p, &o), "   25 "), "\xc2\xb1"));
    smp_profile_free(s.p);
}

static void test_threshold(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    o.cpu_percent_threshold = 10;
    const char *r = report(s.p, &o);
    CHECK(!strstr(r, "   30   9%"));
    CHECK(has(r, "more lines, below 10% each, have"));
    o.cpu_percent_threshold = 99; /* nothing reaches it: the hottest is shown */
    CHECK(has(report(s.p, &o), "  19  28%"));
    smp_profile_free(s.p);
}

static void test_ascii_and_colour(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    o.utf8 = 0;
    o.width = 120;
    CHECK(has(report(s.p, &o), ">  19  28%  +-3     8%    20%"));
    CHECK(has(report(s.p, &o), "PPPnnnnnn"));
    o.color = SMP_COLOR_16;
    o.utf8 = 1;
    const char *r = report(s.p, &o);
    CHECK(has(r, "\x1b[0;1;31m28%\x1b[0m"));
    CHECK(has(r, "\x1b[0;34mdef\x1b[0m"));
    smp_profile_free(s.p);
}

static void test_hot_expression_is_underlined(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    o.color = SMP_COLOR_256;
    /* `open(self.path, ...)` of line 17, which waits, gets 3 s of CPU. */
    struct smp_frame frame = {.function = s.read,
                              .line = 17,
                              .column = 14,
                              .end_column = 47};
    uint32_t stack = smp_profile_stack(s.p, 0, smp_profile_frame(s.p, frame));
    for (int i = 0; i < 30; i++)
        add_sample(s.p, 1, s.main_thread, stack, SMP_KIND_PYTHON, 0.1);
    const char *r = report(s.p, &o);
    CHECK(has(r, ";4mopen"));
    CHECK(!strstr(r, ";4mwith"));
    smp_profile_free(s.p);
}

static void test_links(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    o.links = 1;
    s.p->files[0].path = smp_profile_string(s.p, "/a b/\x1b]\x07/shop.py");
    CHECK(
        has(report(s.p, &o), "\x1b]8;;file:///a%20b/%1B%5D%07/shop.py\x1b\\"));
    smp_profile_free(s.p);
}

/* Names, sources and commands that try to reach the terminal. */
static void test_hostile_text(void)
{
    static const char evil[] = "\x1b[2J\x1b]0;owned\x07\r\n\xc2\x9b"
                               "31m"
                               "\xe2\x80\xae";
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    o.color = SMP_COLOR_256;
    o.links = o.stacks = 1;
    uint32_t text = smp_profile_string(s.p, evil);
    for (size_t i = 0; i < s.p->file_count; i++)
        s.p->files[i].path = text;
    for (size_t i = 0; i < s.p->function_count; i++)
        s.p->functions[i].name = text;
    for (size_t i = 0; i < 2; i++) {
        s.p->processes[i].command = s.p->processes[i].interpreter = text;
        s.p->processes[i].note = text;
        s.p->processes[i].recording = SMP_RECORDED_PARTLY;
        smp_profile_set_source(s.p, (uint32_t)i, owned_text(evil),
                               sizeof evil - 1, "");
        s.p->threads[i].name = text;
    }
    s.p->program = s.p->command = text;
    for (int width = 20; width < 130; width += 7) {
        o.width = width;
        const char *r = report(s.p, &o);
        CHECK(!strstr(r, "\x1b[2J") && !strstr(r, "\x1b]0"));
        CHECK(!strstr(r, "\xc2\x9b") && !strstr(r, "\xe2\x80\xae"));
    }
    smp_profile_free(s.p);
}

static void test_every_width(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    o.stacks = 1;
    for (o.width = 1; o.width <= 220; o.width++) {
        o.utf8 = o.width % 3 != 0;
        o.color = (enum smp_color)(o.width % 2 * 2);
        report(s.p, &o);
    }
    smp_profile_free(s.p);
}

static void test_random_profiles(void)
{
    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct smp_profile *p = random_profile(seed * 7919);
        struct smp_text_options o = {.filter.scope = seed % 2
                                                         ? SMP_SCOPE_ALL
                                                         : SMP_SCOPE_PROGRAM,
                                     .cpu_percent_threshold = seed % 4,
                                     .reduced = seed % 5 == 0,
                                     .width = (int)(20 + seed % 130),
                                     .color = (enum smp_color)(seed % 3),
                                     .utf8 = seed % 7 != 0,
                                     .links = seed % 2 == 0,
                                     .stacks = 1};
        report(p, &o);
        smp_profile_free(p);
    }
}

/* Line numbers of a damaged profile must not become sizes. */
static void test_huge_lines(void)
{
    struct shop s;
    shop_profile(&s);
    uint32_t stack = push(s.p, 0, s.read, INT32_MAX);
    add_sample(s.p, 1, s.main_thread, stack, SMP_KIND_PYTHON, 5);
    CHECK(has(report(s.p, &plain), "2147483647"));
    smp_profile_free(s.p);
}

static const char *seconds(double s)
{
    static char out[SMP_NUMBER_SIZE];
    smp_text_seconds(out, s);
    return out;
}

static void test_numbers(void)
{
    char out[SMP_NUMBER_SIZE];
    CHECK_STR(seconds(0), "0 s");
    CHECK_STR(seconds(0.0004), "0.4 ms");
    CHECK_STR(seconds(0.031), "31 ms");
    CHECK_STR(seconds(0.0996), "0.10 s");
    CHECK_STR(seconds(9.994), "9.99 s");
    CHECK_STR(seconds(9.996), "10.0 s");
    CHECK_STR(seconds(99.96), "100 s");
    CHECK_STR(seconds(599.4), "599 s");
    CHECK_STR(seconds(724), "12.1 min");
    CHECK_STR(seconds(18720), "5.20 h");
    CHECK_STR(seconds(1e6), "278 h");
    smp_text_count(out, 0);
    CHECK_STR(out, "0");
    smp_text_count(out, 1234567);
    CHECK_STR(out, "1,234,567");
    smp_text_percent(out, 0.0049);
    CHECK_STR(out, "");
    smp_text_percent(out, 0.006);
    CHECK_STR(out, "1%");
    smp_text_percent_some(out, 0.001);
    CHECK_STR(out, "<1%");
    smp_text_points(out, 0.02);
    CHECK_STR(out, "0.1");
    smp_text_points(out, 2.1);
    CHECK_STR(out, "3");
}

int main(void)
{
    RUN(test_header);
    RUN(test_lines);
    RUN(test_names_of_what_is_outside);
    RUN(test_cpu_queue);
    RUN(test_short_names);
    RUN(test_reduced);
    RUN(test_stacks);
    RUN(test_scope);
    RUN(test_nothing);
    RUN(test_notes);
    RUN(test_small_samples_are_unsure);
    RUN(test_threshold);
    RUN(test_ascii_and_colour);
    RUN(test_hot_expression_is_underlined);
    RUN(test_links);
    RUN(test_hostile_text);
    RUN(test_every_width);
    RUN(test_random_profiles);
    RUN(test_huge_lines);
    RUN(test_numbers);
    return check_summary();
}
