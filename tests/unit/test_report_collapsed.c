/* links: src/report/collapsed.c src/report/names.c src/report/sift.c
   src/model/view_scope.c src/model/profile.c src/model/profile_memory.c
   src/model/profile_rows.c src/model/profile_samples.c
   src/model/profile_valid.c src/model/utf8.c src/model/kind.c src/base/map.c
   src/base/buf.c -lm */
/* Collapsed stacks: the names, the sums, and bytes that the format owns. */
#include "report/names.h"
#include "report/report.h"
#include "shop_profile.h"

static const struct smp_filter all = {.scope = SMP_SCOPE_ALL};

static const char *collapsed(const struct smp_profile *p,
                             const struct smp_filter *f)
{
    static struct smp_buf b;
    smp_buf_clear(&b);
    CHECK_INT(smp_report_collapsed(&b, p, f), 0);
    return b.data ? b.data : "";
}

/* Microseconds of the line that ends with these frames; -1: no such line. */
static long long time_of(const char *text, const char *frames)
{
    const char *at = strstr(text, frames);
    return at && at[strlen(frames)] == ' ' ? atoll(at + strlen(frames)) : -1;
}

static long long sum(const char *text)
{
    long long us = 0;
    for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
        const char *space = end;
        while (space > text && *space != ' ')
            space--;
        us += atoll(space);
    }
    return us;
}

static void test_stacks(void)
{
    struct shop s;
    shop_profile(&s);
    const char *c = collapsed(s.p, &all);
    CHECK_INT(time_of(c, "python3 shop.py orders.json (4711);MainThread (4711);"
                         "<module> (shop.py:47);main (shop.py:42);"
                         "Shop.read (shop.py:19);loads (json/__init__.py:346);"
                         "JSONDecoder.raw_decode (json/decoder.py:353);"
                         "scan_once_unicode [_json.so]"),
              2400000);
    CHECK_INT(time_of(c, "lookup (prices.py:10);[libsqlite3.so.0+0x4711]"),
              700000);
    CHECK_INT(time_of(c, "Shop.read (shop.py:18);[kernel]"), 600000);
    CHECK_INT(time_of(c, "Event.wait (threading.py:655);[waiting: lock]"),
              11000000);
    CHECK_INT(sum(c), 23000000); /* 10 s of CPU, 13 s of waiting */
    smp_profile_free(s.p);
}

static void test_filters(void)
{
    struct shop s;
    struct smp_filter f = {.cpu_only = 1};
    shop_profile(&s);
    CHECK_INT(sum(collapsed(s.p, &f)), 10000000);
    CHECK(!strstr(collapsed(s.p, &f), "waiting"));
    f.process_plus_1 = 2;
    CHECK_INT(sum(collapsed(s.p, &f)), 1000000);
    f = (struct smp_filter){.thread_plus_1 = s.waiter + 1};
    CHECK_INT(sum(collapsed(s.p, &f)), 11000000);
    f = (struct smp_filter){.from_s = 100};
    CHECK_STR(collapsed(s.p, &f), "");
    smp_profile_free(s.p);
}

/* Positions in a line, and functions of one name, are one stack here. */
static void test_equal_names_are_one_line(void)
{
    struct shop s;
    struct smp_frame frame = {.line = 30, .column = 5, .end_column = 9};
    shop_profile(&s);
    frame.function = s.best;
    for (int i = 0; i < 4; i++, frame.column++)
        add_sample(s.p, 1, s.waiter,
                   smp_profile_stack(s.p, 0, smp_profile_frame(s.p, frame)),
                   SMP_KIND_PYTHON, 0.25);
    frame.function =
        add_function(s.p, "Shop.best", s.p->functions[s.best].file, 99);
    add_sample(s.p, 1, s.waiter,
               smp_profile_stack(s.p, 0, smp_profile_frame(s.p, frame)),
               SMP_KIND_PYTHON, 0.5);
    CHECK_INT(time_of(collapsed(s.p, &all),
                      "Thread-1 (warm_up) (4712);Shop.best (shop.py:30)"),
              1500000);
    smp_profile_free(s.p);
}

static void test_names_are_safe(void)
{
    struct shop s;
    shop_profile(&s);
    s.p->functions[s.sort].name = smp_profile_string(s.p, "a;b\nc\x1b[0m d");
    CHECK_INT(time_of(collapsed(s.p, &all), ";a:b c [0m d [python3.12]"),
              900000);
    smp_profile_free(s.p);
}

static void test_random(void)
{
    for (uint64_t seed = 1; seed < 100; seed++) {
        struct smp_profile *p = random_profile(seed);
        double s = 0;
        for (size_t i = 0; i < p->sample_count; i++)
            s += p->samples[i].seconds;
        const char *c = collapsed(p, &all);
        CHECK_NEAR((double)sum(c) / 1e6, s, 1e-6 * (double)p->sample_count);
        for (; *c; c++)
            if ((unsigned char)*c < 0x20 && *c != '\n')
                CHECK(0);
        smp_profile_free(p);
    }
}

static void test_paths(void)
{
    struct smp_profile *p = smp_profile_new();
    p->directory = smp_profile_string(p, "/home/ann/");
    uint32_t mine = add_file(p, "/home/ann/a/b.py", SMP_FILE_SOURCE, 1);
    uint32_t near = add_file(p, "/home/anna/b.py", SMP_FILE_SOURCE, 1);
    uint32_t site = add_file(p, "/x/lib/python3.12/site-packages/flask/app.py",
                             SMP_FILE_SOURCE, 0);
    uint32_t lib =
        add_file(p, "/usr/lib/python3.12/queue.py", SMP_FILE_SOURCE, 0);
    uint32_t odd = add_file(p, "/usr/lib/python3", SMP_FILE_SOURCE, 0);
    uint32_t so = add_file(p, "/usr/lib/libc.so.6", SMP_FILE_NATIVE, 0);
    uint32_t text = add_file(p, "<string>", SMP_FILE_SYNTHETIC, 0);
    p->files[site].library = p->files[lib].library = p->files[odd].library = 1;
    CHECK_STR(smp_report_path(p, mine), "a/b.py");
    CHECK_STR(smp_report_path(p, near), "/home/anna/b.py");
    CHECK_STR(smp_report_path(p, site), "flask/app.py");
    CHECK_STR(smp_report_path(p, lib), "queue.py");
    CHECK_STR(smp_report_path(p, odd), "/usr/lib/python3");
    CHECK_STR(smp_report_path(p, so), "libc.so.6");
    CHECK_STR(smp_report_path(p, text), "<string>");
    CHECK_STR(smp_report_path(p, 99), "");
    smp_profile_free(p);
}

/* The same stacks by bytes, and by one kind of time. */
static void test_metrics(void)
{
    struct shop s;
    struct smp_filter f = all;
    shop_profile(&s);
    shop_memory(&s);
    f.metric = SMP_METRIC_CPU;
    CHECK_INT(sum(collapsed(s.p, &f)), 10000000);
    f.metric = SMP_METRIC_WAIT;
    CHECK_INT(sum(collapsed(s.p, &f)), 13000000);
    f.metric = SMP_METRIC_ALLOC;
    CHECK_NEAR(sum(collapsed(s.p, &f)), 2984 * SHOP_MB, 100);
    f.metric = SMP_METRIC_LIVE;
    CHECK_NEAR(sum(collapsed(s.p, &f)), 220 * SHOP_MB, 100);
    f.metric = SMP_METRIC_PEAK;
    const char *text = collapsed(s.p, &f);
    CHECK_NEAR(sum(text), 243.7 * SHOP_MB, 100);
    CHECK_NEAR(time_of(text, "JSONDecoder.raw_decode (json/decoder.py:353)"),
               200 * SHOP_MB, 1);
    f.metric = SMP_METRIC_COPY;
    CHECK_NEAR(sum(collapsed(s.p, &f)), 8 * SHOP_MB, 0);
    f.metric = SMP_METRIC_LIVE; /* what lives at 1 s of it: the mapped file */
    f.to_s = 1;
    CHECK_NEAR(sum(collapsed(s.p, &f)), 64 * SHOP_MB, 0);
    smp_profile_free(s.p);
}

int main(void)
{
    RUN(test_stacks);
    RUN(test_filters);
    RUN(test_equal_names_are_one_line);
    RUN(test_names_are_safe);
    RUN(test_random);
    RUN(test_paths);
    RUN(test_metrics);
    return check_summary();
}
