/* links: tests/unit/test_report_json.c */
/* Reading JSON profiles: what was written comes back; damage is said. */
#include "base/status.h"
#include "check.h"
#include "profiles.h"
#include "report/report.h"

static const struct smp_json_options whole = {.filter.scope = SMP_SCOPE_ALL,
                                              .stacks = 1,
                                              .sources = 1};

static struct smp_buf written(const struct smp_profile *p,
                              const struct smp_json_options *o)
{
    struct smp_buf b = {0};
    CHECK_INT(smp_report_json(&b, p, o), 0);
    return b;
}

static void what_was_written_comes_back(void)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct smp_profile *p = random_profile(seed), *q = NULL;
        struct smp_buf b = written(p, &whole);
        char why[256] = "";
        CHECK_INT(smp_report_json_read(&q, b.data, b.length, why), 0);
        CHECK_STR(why, "");
        if (q)
            check_same_profile(p, q);
        smp_buf_release(&b);
        smp_profile_free(q);
        smp_profile_free(p);
    }
}

static void what_was_read_is_written_the_same(void)
{
    struct smp_profile *p = random_profile(77), *q = NULL;
    struct smp_buf b = written(p, &whole), c = {0};
    char why[256];
    CHECK_INT(smp_report_json_read(&q, b.data, b.length, why), 0);
    CHECK_INT(smp_report_json(&c, q, &whole), 0);
    CHECK_STR(b.data, c.data);
    smp_buf_release(&b);
    smp_buf_release(&c);
    smp_profile_free(q);
    smp_profile_free(p);
}

static void a_read_profile_can_grow(void)
{
    struct smp_profile *p = random_profile(3), *q = NULL;
    struct smp_buf b = written(p, &whole);
    char why[256];
    if (CHECK_INT(smp_report_json_read(&q, b.data, b.length, why), 0)) {
        size_t samples = q->sample_count;
        struct smp_sample s = q->samples[5];
        CHECK_INT(smp_profile_string(q, q->strings[2]), 2);
        CHECK_INT(smp_profile_add(q, (s.bin + 0.5) * q->bin_s, s), 0);
        CHECK_INT(q->sample_count, samples);
        for (uint32_t i = 0; i < 100; i++)
            push(q, 0, 0, 1000 + i);
        CHECK(smp_profile_is_valid(q));
    }
    smp_buf_release(&b);
    smp_profile_free(q);
    smp_profile_free(p);
}

/* Without callers the lines keep their time; functions' totals are gone. */
static void without_stacks_the_lines_stay(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct smp_profile *p = random_profile(seed), *q = NULL;
        struct smp_json_options o = whole;
        char why[256];
        o.filter.scope = SMP_SCOPE_PROGRAM;
        o.stacks = 0;
        struct smp_buf b = written(p, &o);
        if (CHECK_INT(smp_report_json_read(&q, b.data, b.length, why), 0)) {
            struct smp_view v, w;
            CHECK_INT(smp_view_make(&v, p, &o.filter), 0);
            CHECK_INT(smp_view_make(&w, q, &o.filter), 0);
            CHECK_NEAR(v.whole_s, w.whole_s, 1e-6);
            CHECK_NEAR(smp_cost_cpu(&v.in_scope), smp_cost_cpu(&w.in_scope),
                       1e-6);
            CHECK_NEAR(v.in_scope.wait_s, w.in_scope.wait_s, 1e-6);
            CHECK_NEAR(smp_cost_cpu(&v.no_python), smp_cost_cpu(&w.no_python),
                       1e-6);
            smp_view_release(&v);
            smp_view_release(&w);
        }
        smp_buf_release(&b);
        smp_profile_free(q);
        smp_profile_free(p);
    }
}

static int read_text(const char *text, char why[256])
{
    struct smp_profile *q = NULL;
    strcpy(why, "(nothing was said)");
    int status = smp_report_json_read(&q, text, strlen(text), why);
    CHECK(status == 0 || q == NULL);
    smp_profile_free(q);
    return status;
}

static void other_files_are_named(void)
{
    char why[256];
    CHECK_INT(read_text("", why), SMP_EFORMAT);
    CHECK_INT(read_text("hello", why), SMP_EFORMAT);
    CHECK(strstr(why, "line 1") != NULL);
    CHECK_INT(read_text("[1, 2]", why), SMP_EFORMAT);
    CHECK_INT(read_text("{}", why), SMP_EFORMAT);
    CHECK(strstr(why, "not a profile of") != NULL);
    CHECK_INT(read_text("{\"elapsed_time_sec\": 1.5, \"files\": [],"
                        "\"max_footprint_mb\": 3}",
                        why),
              SMP_EFORMAT);
    CHECK(strstr(why, "files") != NULL);
    CHECK_INT(read_text("{\"format\": \"solvidia-mem-prof profile\","
                        "\"schema_version\": 2}",
                        why),
              SMP_EVERSION);
    CHECK(strstr(why, "update") != NULL);
    CHECK_INT(read_text("{\"format\": \"solvidia-mem-prof profile\","
                        "\"schema_version\": 1}",
                        why),
              SMP_EFORMAT);
    CHECK(strstr(why, "\"facts\"") != NULL);
    CHECK_INT(read_text("{\"\x1b[31m\xff", why), SMP_EFORMAT);
    CHECK(!strchr(why, '\x1b'));
}

/* Replaces the first `from` by `to` in a good profile and reads that. */
static int read_changed(const char *from, const char *to, char why[256])
{
    struct smp_profile *p = random_profile(8);
    struct smp_buf b = written(p, &whole), changed = {0};
    char *place = strstr(b.data, from);
    int status = 1;
    if (CHECK(place)) {
        smp_buf_add(&changed, b.data, (size_t)(place - b.data));
        smp_buf_puts(&changed, to);
        smp_buf_puts(&changed, place + strlen(from));
        status = read_text(changed.data, why);
    }
    smp_buf_release(&b);
    smp_buf_release(&changed);
    smp_profile_free(p);
    return status;
}

static void damage_is_named(void)
{
    static const char *const changes[][3] = {
        {"\"bin_s\":", "\"bin\":", "bin_s"},
        {"\"bin_s\":0.0", "\"bin_s\":-0.0", "contradict"},
        {"\"strings\":[\"\",", "\"strings\":[\"x\",", "strings"},
        {"\"strings\":[", "\"strings\":[7,", "strings"},
        {"\"gc\":[", "\"gc\":[1,", "facts.samples.gc"},
        {"\"gc\":[", "\"gc\":[2", "facts.samples.gc"},
        {"\"stacks\":{\"parent\":[0,", "\"stacks\":{\"parent\":[1,",
         "contradict"},
        {"\"first_line\":[", "\"first_line\":[-", "first_line"},
        {"\"kinds\":[\"python\"", "\"kinds\":[\"perl\"", "kind"},
        {"\"recording\":\"", "\"recording\":\"x", "recording"},
        {"\"tid\":", "\"tid\":9999999999,\"x\":", "tid"},
        {"\"running\":", "\"running\":1,\"x\":", "running"},
        {"\"ledger\":{", "\"ledger\":3,\"x\":{", "ledger"},
        {"\"samples_taken\":", "\"samples_taken\":-", "samples_taken"},
        {"\"elapsed_time_sec\":", "\"elapsed_time_sec\":-1", "contradict"},
        {"\"kind\":\"", "\"kind\":\"z", "kind"},
    };
    char why[256];
    CHECK_INT(read_changed("\"facts\"", "\"facts\"", why), 0);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        CHECK_INT(read_changed(changes[i][0], changes[i][1], why), SMP_EFORMAT);
        if (!CHECK(strstr(why, changes[i][2])))
            printf("  %s -> %s: %s\n", changes[i][0], changes[i][1], why);
    }
}

/* Kinds are found by name: a file may number them otherwise. */
static void kinds_go_by_name(void)
{
    struct smp_profile *p = random_profile(8), *q = NULL;
    struct smp_buf b = written(p, &whole);
    char why[256];
    char *kinds = strstr(b.data, "\"python\",\"native\"");
    if (CHECK(kinds)) {
        memcpy(kinds, "\"native\",\"python\"", 17);
        CHECK_INT(smp_report_json_read(&q, b.data, b.length, why), 0);
        for (size_t i = 0; q && i < q->sample_count; i++)
            if (p->samples[i].kind <= SMP_KIND_NATIVE)
                CHECK_INT(q->samples[i].kind, 1 - p->samples[i].kind);
    }
    smp_buf_release(&b);
    smp_profile_free(q);
    smp_profile_free(p);
}

static void every_cut_is_survived(void)
{
    struct smp_profile *p = random_profile(12);
    struct smp_buf b = written(p, &whole);
    char why[256];
    for (size_t n = 0; n + 2 < b.length; n += 1 + b.length / 300) {
        struct smp_profile *q = NULL;
        CHECK_INT(smp_report_json_read(&q, b.data, n, why), SMP_EFORMAT);
    }
    smp_buf_release(&b);
    smp_profile_free(p);
}

static void flipped_bytes_are_survived(void)
{
    struct smp_profile *p = random_profile(13);
    struct smp_buf b = written(p, &whole);
    uint64_t seed = 99;
    char why[256];
    for (int i = 0; i < 2000; i++) {
        struct smp_profile *q = NULL;
        size_t place = random_below(&seed, (uint32_t)b.length);
        char kept = b.data[place];
        b.data[place] = "0123456789-,]}\"[{ex"[random_below(&seed, 19)];
        if (!smp_report_json_read(&q, b.data, b.length, why))
            CHECK(smp_profile_is_valid(q));
        b.data[place] = kept;
        smp_profile_free(q);
    }
    smp_buf_release(&b);
    smp_profile_free(p);
}

/* Many empty arrays: little text, much memory. Deep nesting: a small stack. */
static void greedy_files_are_refused(void)
{
    struct smp_buf b = {0};
    char why[256];
    smp_buf_puts(&b, "[");
    for (int i = 0; i < 2000000; i++)
        smp_buf_puts(&b, "{},");
    smp_buf_puts(&b, "0]");
    CHECK_INT(read_text(b.data, why), SMP_ERANGE);
    smp_buf_clear(&b);
    for (int i = 0; i < 1000000; i++)
        smp_buf_putc(&b, '[');
    CHECK_INT(read_text(b.data, why), SMP_EFORMAT);
    smp_buf_release(&b);
    struct smp_profile *q = NULL;
    CHECK_INT(smp_report_json_read(&q, "", SMP_JSON_LIMIT + 1, why),
              SMP_ERANGE);
}

static void a_large_profile_is_read(void)
{
    struct smp_profile *p = random_profile(21), *q = NULL;
    uint64_t seed = 5;
    char why[256] = "";
    for (uint32_t i = 0; i < 300000; i++)
        add_sample(p, i * 0.0001, i % (uint32_t)p->thread_count,
                   random_below(&seed, (uint32_t)p->stack_count),
                   (enum smp_kind)(i % 4), 0.01);
    struct smp_buf b = written(p, &whole);
    double start_s = cpu_now_s();
    CHECK_INT(smp_report_json_read(&q, b.data, b.length, why), 0);
    printf("%.1f MB, %zu samples read in %.3f s\n", (double)b.length / 1e6,
           p->sample_count, cpu_now_s() - start_s);
    if (CHECK(q))
        CHECK_INT(q->sample_count, p->sample_count);
    smp_buf_release(&b);
    smp_profile_free(q);
    smp_profile_free(p);
}

int main(void)
{
    RUN(what_was_written_comes_back);
    RUN(what_was_read_is_written_the_same);
    RUN(a_read_profile_can_grow);
    RUN(without_stacks_the_lines_stay);
    RUN(other_files_are_named);
    RUN(damage_is_named);
    RUN(kinds_go_by_name);
    RUN(every_cut_is_survived);
    RUN(flipped_bytes_are_survived);
    RUN(greedy_files_are_refused);
    RUN(a_large_profile_is_read);
    return check_summary();
}
